"""Constraints said with fixed words: small Comuni, inner areas, replicated, evidence, abroad."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .reading import OURSELVES, Heard, Said

_IN: Final = (
    r"(?:(?:in|per|di|da|a|nei|nel|nelle|dei|delle|dai|ai|for|of) )?"
    r"(?:(?:i|le|un|una|il|a|an|the) )?"
)
_TOWN: Final = r"(?:comun[ei]|paes[ei]|borg(?:o|hi)|municipalit(?:y|ies)|towns?|villages?)"
_PRACTICE: Final = (
    r"(?:pratic(?:a|he)|progett[oi]|esperienz[ae]|esemp[io]+|cas[oi]|modell[oi]|iniziativ[ae]"
    r"|serviz[io]+|soluzion[ei]|practices?|projects?|examples?|ideas?|experiences?|cases?|models?)"
)
_BODIES: Final = (
    r"(?:(?:da|in) altr[ei] (?:comuni|enti|citta|ambiti|regioni|territori|paesi)"
    r"|(?:by|in) other (?:towns|cities|municipalities|places|comuni|councils|regions))"
)
_OTHERS: Final = rf"(?:{_BODIES}|altrove|da altri|elsewhere|by others)"
_COPIED: Final = r"(?:(?:replicat|copiat|riprodott|imitat)[aeio]|replicated|copied|reproduced)"
_ADOPTED: Final = r"(?:(?:ripres|adottat|riusat)[aeio]|adopted|taken up|reused)"
"""These are also said of children and of things, so they need other bodies that do it."""
_NOT: Final = re.compile(
    r"(?<![^\W_])(?:non|mai|not|never|senza|without|nessun[ao]?)"
    r"(?: (?:ancora|mai|e|ha|hanno|sono|stat[aeio]|gia|yet|been|has|have))* $"
)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words, the filter that they say, and what it is called."""

    words: re.Pattern[str]
    name: str
    values: tuple[str, ...]
    label_it: str
    label_en: str


def _phrase(words: str, name: str, values: str, label_it: str, label_en: str) -> _Phrase:
    pattern = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])")
    return _Phrase(pattern, name, tuple(values.split()), label_it, label_en)


_PHRASES: Final = (
    _phrase(
        rf"{_IN}(?:piccol[oi]ssim[oi]|piccol[oi]|small|little|tiny) {_TOWN}"
        rf"|{_IN}{_TOWN}(?: molto| davvero)? (?:piccol[oi]|piccolissim[oi])|{_IN}paesin[oi]",
        "abitanti-a",
        "5000",
        "Comuni fino a 5.000 abitanti (legge 158/2017)",
        "Comuni of up to 5,000 inhabitants (law 158/2017)",
    ),
    _phrase(
        rf"{_IN}(?:aree interne|area interna|inner areas?)",
        "aree-interne",
        "d e f",
        "aree interne (classi D, E, F)",
        "inner areas (classes D, E, F)",
    ),
    _phrase(
        rf"(?:(?:che|that) )?(?:(?:e|sono) (?:gia )?stat[aeio] |(?:has|have) been )?"
        rf"(?:(?:gia |already ){_COPIED}(?: {_OTHERS})?|{_COPIED} {_OTHERS}"
        rf"|(?:gia |already )?{_ADOPTED} {_BODIES})"
        r"|(?:con|che hanno|che ha avuto|che hanno avuto) (?:delle )?replic(?:a|he)"
        r"|(?<=pratiche )replicate|(?<=pratica )replicata|(?<=esperienze )replicate"
        r"|(?<=progetti )replicati|(?<=servizi )replicati",
        "replicata",
        "si",
        "già replicata",
        "already replicated",
    ),
    _phrase(
        r"(?:con|che hanno|valutat[aeio] con|with|using) (?:(?:un|a) )?"
        r"(?:gruppo di (?:controllo|confronto)|gruppi di (?:controllo|confronto)"
        r"|(?:control|comparison) groups?)"
        r"|con (?:una )?valutazione controfattuale|with (?:a )?counterfactual evaluation",
        "evidenza",
        "3 4 5",
        "esito confrontato, o più",
        "outcome compared, or more",
    ),
    _phrase(
        r"(?:con|che hanno|with) (?:(?:una|un|an) )?(?:valutazione (?:indipendente|esterna)"
        r"|valutatore (?:indipendente|esterno)|(?:independent|external) evaluations?)",
        "evidenza",
        "4 5",
        "esito misurato da altri, o più",
        "outcome measured by others, or more",
    ),
    _phrase(
        r"(?:con|che hanno|with) (?:(?:una|un|an?|l|la) )?(?:(?:valutazione|misura|misurazione)"
        r" (?:dei risultati|degli esiti|d impatto|dell impatto|di impatto)(?! scolastic)"
        r"|(?:risultati|esiti) (?:misurati|valutati)|impatto (?:misurato|valutato)"
        r"|(?:outcome|impact|results?) evaluation|evaluation of (?:results|outcomes)"
        r"|(?:measured|evaluated) (?:results|outcomes|impact))",
        "evidenza",
        "2 3 4 5",
        "esito misurato, o più",
        "outcome measured, or more",
    ),
    _phrase(
        r"(?<!\w[aei]re )(?<!\w[a-z]no )"
        rf"(?:{_PRACTICE} (?:all estero|dall estero|abroad|from abroad)"
        r"|(?<=pratiche )estere|(?<=esperienze )estere|(?<=esempi )stranieri"
        r"|(?<=esperienze )straniere|foreign(?= (?:practices|examples|experiences))"
        r"|fuori (?:dall )?italia|outside (?:of )?italy|all estero|(?<!from )abroad)",
        "fuori",
        "italia",
        "fuori dall'Italia",
        "outside Italy",
    ),
    _phrase(
        r"fuori regione|(?:in|di|da|dalle) altre regioni(?! europe)|(?:in|from) other regions",
        "fuori",
        "regione-puglia",
        "fuori dalla Puglia",
        "outside Puglia",
    ),
)
_PEOPLE_ABROAD: Final = re.compile(
    r"\b(?:giovani|figli[oae]?|ragazz[ieao]|italiani|pugliesi|residenti|lavorator[ei]"
    r"|student[ei]|parenti"
    r"|emigrat[ioae]|famiglie|cervelli|laureati|studi[oa]?|lavoro|vita|viagg[io]+|tirocin[io]+"
    r"|scamb[io]+|volontariato|erasmus|stage|soggiorn[io]|trasferit[aeio]|andat[aeio]|nat[aeio]|tornat[aeio]"
    r"|living|working|studying|going|moving|moved|live|work|study|go|students?|workers?|people|youth"
    r"|sons?|children) (?:che |who )?$"
)
"""Before «all'estero» they say where people go, not where a practice is."""
_STRATEGY: Final = re.compile(
    r"(?<![^\W_])(?:strategi[ae]|strategy|snai)(?: (?:nazionale|national|per|for|the|le))* $"
)
"""The national strategy for inner areas is the name of a programme."""
_UNLESS: Final = {
    "fuori": _PEOPLE_ABROAD,
    "aree-interne": _STRATEGY,
    "abitanti-a": OURSELVES,
}
"""Filter -> what, said just before its words, makes them something else."""


def phrases(heard: Heard) -> Iterator[Said]:
    """The constraints that a text says with fixed words."""
    for phrase in _PHRASES:
        for match in phrase.words.finditer(heard.plain):
            unless = _UNLESS.get(phrase.name, _NOT)
            if heard.ending(unless, match.start()) or heard.ending(_NOT, match.start()):
                continue
            yield heard.say(
                *match.span(), phrase.name, phrase.values, phrase.label_it, phrase.label_en
            )
