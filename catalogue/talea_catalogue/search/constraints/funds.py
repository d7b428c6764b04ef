"""Funds said by name: «PNRR», «con fondi PON Metro», «finanziate dalla Regione».

The names are those of the vocabulary: preferred, alternative and hidden labels. The name of a fund
is enough by itself; other labels («fondazioni», «Ministero della Salute») are also the names of
bodies, and count only after words that speak of money.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ...text import fold
from ...vocabulary import Concept
from .reading import WORD, Heard, Said
from .wordings import AMBIGUOUS_ACRONYMS, FUND_WORDS, LABEL_FILLERS

_GIVERS: Final = (("comune",), ("regione",))
"""Funds by their notation that are also called after who gives them: «fondi del Comune»."""
_ACRONYM: Final = re.compile(r"[A-Z]{3,}|(?:\w+\.){2,}|[a-z]+[0-9]\w*")
_BODIES: Final = ("comune ", "citta ", "regione ")
"""Labels that begin so name one Comune or Region, which is a place to whoever asks."""
_MONEY: Final = re.compile(
    r"(?<![^\W_])(?:(?:con|grazie ai|sui|su|a valere su|tramite|with|by|through|using|from) )?"
    r"(?:i |il |le |the )?(?:gia )?(?:fond[io]|finanziat[aeio]|finanziament[oi]|soldi|risorse"
    r"|co ?finanziat[aeio]|pagat[aeio]|funded|financed|funds?|funding|money|grants?|paid)"
    r"(?: (?:di|del|dello|della|dei|degli|delle|dell|da|dal|dallo|dalla|dai|dagli|dalle|dall|con|su"
    r"|sul|from|by|of|with|through|under|the|an?|i|il|la|le|lo|un|una|l))* ?$"
)
_BEFORE: Final = re.compile(
    r"(?<![^\W_])(?:(?:con|col|su|sul|dal|del|nel|di|da|with|from|by|under)"
    r"(?: (?:il|i|lo|la|the|l))?|il|the) $"
)
_GIVEN: Final = re.compile(r"finan|fond|fund")
_FROM: Final = re.compile(r"(?:del|dal|della|dalla|by|from|of)(?: the)? $")
_AFTER: Final = re.compile(r"[ -](?:funds?|funding|money|grants?|funded|financed)(?![^\W_])")
_WITHOUT: Final = re.compile(
    r"(?<![^\W_])(?:senza|non|oltre|dopo|fin(?:e|ito|isce|iti|ita)|termin[ei]|finir[ae]|scad\w+"
    r"|tranne|eccetto|escluso|cosa? e|what is|without|not?|after|except|beyond"
    r"|instead of|invece|rendicont\w+)"
    r"(?: (?:di|del|dal|dei|con|ai|i|il|la|l|lo|gli|the|of|by|from))*"
    r"(?: (?:fondi|fondo|soldi|funds?))?(?: (?:di|del|dal|dei|il|the|of|from))* ?$"
)


@dataclass(frozen=True, slots=True)
class _Label:
    """A label as its words, without fillers. `alone` says that it needs no word of money."""

    words: tuple[str, ...]
    concept: Concept
    alone: bool


class Funds:
    """Finds the labels of funds in a text: the longest first, whole words."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._by_first: dict[str, list[_Label]] = {}
        known = set()
        for label in (one for concept in concepts for one in _labels(concept)):
            if label.words not in known:
                known.add(label.words)
                self._by_first.setdefault(label.words[0], []).append(label)
        for labels in self._by_first.values():
            labels.sort(key=lambda label: len(label.words), reverse=True)

    def __call__(self, heard: Heard) -> Iterator[Said]:
        """The funds that a text asks for."""
        done = 0
        for index, token in enumerate(heard.tokens):
            if index < done:
                continue
            for label in self._by_first.get(token.word, ()):
                after = _matched(heard, index, label.words)
                if after is None:
                    continue
                if said := _fund(heard, index, after, label):
                    yield said
                    done = after
                    break


def _matched(heard: Heard, index: int, words: tuple[str, ...]) -> int | None:
    """The index of the token after a label that starts at a token, or None."""
    for word in words:
        while index < len(heard.tokens) and heard.tokens[index].word != word:
            if heard.tokens[index].word not in LABEL_FILLERS:
                return None
            index += 1
        if index == len(heard.tokens):
            return None
        index += 1
    return index


def _fund(heard: Heard, first: int, after: int, label: _Label) -> Said | None:
    start, end = heard.tokens[first].start, heard.tokens[after - 1].end
    money = heard.ending(_MONEY, start)
    more = _AFTER.match(heard.plain, end)
    if heard.ending(_WITHOUT, start) or (money and heard.ending(_WITHOUT, money.start())):
        return None
    if not (label.alone or money or more):
        return None
    if label.words in _GIVERS and not (money and _given(money[0])):
        return None
    lead = money or heard.ending(_BEFORE, start)
    concept = label.concept
    return heard.say(
        lead.start() if lead else start,
        more.end() if more else end,
        "fonte",
        (concept.notation,),
        concept.label_it,
        concept.label_en,
    )


def _given(money: str) -> bool:
    """Whether words of money say who finances: «soldi dal Comune» is what a family asks for."""
    return bool(_GIVEN.search(money) and _FROM.search(money))


def _labels(concept: Concept) -> Iterator[_Label]:
    """The labels of a concept; «PON e PN Metro» is two, and so is a name with its acronyms."""
    texts = [concept.label_it, concept.label_en, *concept.alt_labels, *concept.hidden_labels]
    for text in texts:
        name, _, acronyms = text.partition("(")
        for part in (name, *re.findall(r"[A-Z]{3,}", acronyms)):
            yield from _spellings(concept, part)
    if (concept.notation,) in _GIVERS:
        yield _Label((concept.notation,), concept, alone=False)


def _spellings(concept: Concept, text: str) -> Iterator[_Label]:
    folded = fold(text)
    if folded.startswith(_BODIES):
        return
    words = tuple(word for word in WORD.findall(folded) if word not in LABEL_FILLERS)
    if not words:
        return
    acronym = bool(_ACRONYM.fullmatch(text.strip()))
    alone = not FUND_WORDS.isdisjoint(words) or acronym
    yield _Label(words, concept, alone and (len(words) > 1 or words[0] not in AMBIGUOUS_ACRONYMS))
    if "." in text:
        yield _Label(("".join(words),), concept, alone=False)
    if twin := re.match(r"(PON) e (PN) (.+)", text):
        for prefix in twin.groups()[:2]:
            yield from _spellings(concept, f"{prefix} {twin[3]}")
