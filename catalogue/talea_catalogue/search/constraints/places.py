"""Places said by name: «a Lecce», «in provincia di Foggia», «ambito di Putignano», "in Spain".

«A Bari» is the Comune, because the words name the city and say «provincia» or «barese» when they
mean more; who wants more takes the filter away. An Ambito is its Comuni. A name counts after a word
that places («a», «Comune di», "in"), or alone where a phrase ends. One that is also a word («noci»,
«maglie») needs more: see `Name.common`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ...facts import District
from ...places import Place
from ..facets import ITALY
from .names import Kind, Name, district_names, place_names
from .reading import Heard, Said, Token
from .wordings import (
    AFTER_A_PLACE,
    AREAS,
    ARTICLES,
    INSTITUTIONS,
    NOT_THE_PLACE,
)

_MOST: Final = 16
"""Names of places that are looked at in one text: it is no query that has more."""


_LONG: Final = 5
"""Letters of the words whose capitals say that a text writes all words so."""
_BEFORE: Final = (
    (
        Kind.PROVINCE,
        r"(?:(?:in|nella|della|dalla|per la|la|alla|in the|the) )?(?:prov\.?|provinci?[ae]"
        r"|provinces|provincie|provicia|proivncia|provinica|citta metropolitana|metropolitan city)"
        r"(?: (?:di|of|d|del|della))?",
    ),
    (
        Kind.DISTRICT,
        r"(?:(?:nell|dell|dall|l|nel|del|in|per l) )?(?:ambit[oi]|ats)(?: territoriale)?"
        r"(?: sociale)?(?: di zona)?(?: (?:di|d|del|della|of))?",
    ),
    (
        Kind.COMUNE,
        r"(?:(?:in|nel|nella|del|della|dal|dalla|al|il|la|in the|the) )?(?:comun[ei]|citta"
        r"|cittadina|paese|municipio|municipality|city|town|village|council)"
        r"(?: (?:di|d|of|del|della))?",
    ),
    (Kind.REGION, r"(?:in|nella) regione(?: (?:di|of))?|in the region of"),
)
_PREFIXES: Final = tuple(
    (kind, re.compile(rf"(?<![^\W_])(?:{words}) $")) for kind, words in _BEFORE
)
_AT: Final = re.compile(r"(?<![^\W_])(?:qui )?(?:a|ad|ai|alle) $")
_INSIDE: Final = re.compile(r"(?<![^\W_])(?:in|nel|nell|nella|nelle|nei|at|within)(?: the)? $")
_OF: Final = re.compile(r"(?<![^\W_])(?:di|d|del|dell|della|of) $")
_OUTSIDE: Final = re.compile(
    r"(?<![^\W_])(?:(?:al di )?fuori|outside|esclus[aeio]|tranne|eccetto|except(?: in)?|extra"
    r"|ma non|non|not|but not)(?: (?:di|da|dal|dalla|dall|dai|della|del|dell|dello|la|il|l|i|le|in"
    r"|nel|nella|nell|a|ad|of|the|regione|provincia di|province of|from))* ?-?$"
)
_ELSEWHERE: Final = re.compile(
    r"(?<![^\W_])(?:(?:vicin[oaie]|accanto|intorno|attorno|nei pressi|nei dintorni|near|close"
    r"|around|lontan[oaie]|far)(?: (?:a|ad|di|da|to|from))?"
    r"|(?:replic\w+|riprodur\w+|copi(?:are|arla|arlo|amo|ando)|importar\w+|portar\w+|trasferir\w+"
    r"|adottar\w+|rifar\w+|ripeter\w+|applicar\w+|nat[aeio]"
    r"|(?:arriv|provenient|emigrat|tornat|fugg)\w*"
    r"|born|coming|migrants?)(?: \w+){0,2} (?:a|ad|in|nel|nella|anche a|anche in|da|dalla|dal"
    r"|from))"
    r"(?: the| la| il)? ?$"
)
"""Before a place they say that the practice is not there, or not yet: near, to be taken to it."""
_GOING: Final = re.compile(
    r"(?:[a-z]{2}(?:[aei]re|[ao]no)|(?:go|liv|work|mov|study)ing)"
    r" (?:in|nel|nell|nei|negli)(?: the)? $"
)
"""People who go or live in a country, before its name."""
_SIDES: Final = ("northern", "southern", "eastern", "western", "north", "south", "nord", "sud")
_OF_A_SIDE: Final = re.compile(r" del (?:nord|sud)(?!\w)")
_PRACTICES_OF: Final = re.compile(
    r"(?<![^\W_])(?:pratiche|esperienze|esempi|progetti|idee|modelli|practices|projects|examples"
    r"|ideas|experiences|models) "
    r"(?P<of>(?:from|dalla|dal|dall|della|del|dell|dei|di|of)(?: the)?) $"
)
_NATIVE: Final = re.compile(
    r"(?<![^\W_])(?:pratica|pratiche|esperienz[ae]|esempi|progett[oi]|comun[ei]|citta|paes[ei]"
    r"|practices|projects|towns) (?P<said>(?P<not>non )?puglies[ei])(?![^\W_])"
)
_AND: Final = re.compile(
    r"(?: ?, ?| (?:e|ed|o|od|oppure|and|or) )(?:(?:a|ad|in|di|nel|nella|of) )?"
)
_AND_PROVINCE: Final = re.compile(
    r" e (?:(?:la|sua|tutta la|la sua) )?provincia(?! (?:di|d))(?!\w)"
)
_NOT_BARE: Final = frozenset(
    ("regione", "region", "comuni", "da", "dai", "per", "verso", "from", "for", "to")
)
_PROVINCE_AFTER: Final = re.compile(r" (?:province|area)(?!\w)")
_AREA: Final = re.compile(
    r"(?<![^\W_])(?:nel|in|area|provincia|zona|del|il)(?: (?:basso|alto))? "
    rf"(?P<area>{'|'.join(AREAS)})(?![^\W_])|^(?P<all>{'|'.join(AREAS)})$"
)
_INSTITUTION: Final = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(INSTITUTIONS))}) $")


@dataclass(frozen=True, slots=True)
class _Found:
    """A name in a text: its tokens from `first` to before `after`, under what it may mean."""

    heard: Heard
    first: int
    after: int
    names: Mapping[Kind, Name]
    joined: bool = False
    """Whether «e» and another name follow."""

    @property
    def start(self) -> int:
        return self.heard.tokens[self.first].start

    @property
    def end(self) -> int:
        return self.heard.tokens[self.after - 1].end

    def preceded(self, words: re.Pattern[str]) -> re.Match[str] | None:
        """The words just before the name, of a pattern that ends with `$`."""
        return self.heard.ending(words, self.start)

    def back(self, steps: int) -> str:
        """The word some steps before the name; empty where there is none, or it is taken."""
        place = self.first - steps
        if place < 0 or not self.heard.unsaid(self.heard.tokens[place]):
            return ""
        return self.heard.tokens[place].word

    @property
    def following(self) -> str | None:
        """The word that follows with no sign between; None at the end of a phrase."""
        tokens = self.heard.tokens
        if self.after == len(tokens):
            return None
        gap = self.heard.plain[self.end : tokens[self.after].start]
        return tokens[self.after].word if gap.isspace() else None

    def meaning(self, *kinds: Kind) -> Name | None:
        """The name as one of some kinds, the first of `Kind` first."""
        return next((self.names[kind] for kind in kinds if kind in self.names), None)


@dataclass(frozen=True, slots=True)
class _Meant:
    """A place that is meant, the words that say so, and whether it is to be left out."""

    name: Name
    start: int
    end: int
    outside: bool = False


_PLAIN: Final = (Kind.COMUNE, Kind.TOWN, Kind.REGION, Kind.COUNTRY, Kind.PROVINCE)
_CITIES: Final = (Kind.COMUNE, Kind.TOWN)


class PlaceNames:
    """Finds the names of places in a text: the longest first, whole words."""

    def __init__(self, places: Iterable[Place], districts: Iterable[District]) -> None:
        known = {place.iri: place for place in places}
        self._by_words: dict[tuple[str, ...], dict[Kind, Name]] = {}
        for name in (*place_names(known), *district_names(districts)):
            self._by_words.setdefault(name.words, {}).setdefault(name.kind, name)
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for words in sorted(self._by_words, key=len, reverse=True):
            self._by_first.setdefault(words[0], []).append(words)

    def __call__(self, heard: Heard) -> Iterator[Said]:
        """The places that a text asks for."""
        index = 0
        names = 0
        while index < len(heard.tokens) and names < _MOST:
            found = self._named(heard, index)
            names += found is not None
            meant = found and _meant(found)
            if not found or not meant:
                index = found.after if found else index + 1
                continue
            index = found.after
            if not heard.free(heard.at[meant.start], heard.at[found.start]):
                meant = replace(meant, start=found.start)
            yield _said(heard, meant)
            while another := self._another(heard, meant):
                index, meant = another
                yield _said(heard, meant)
        yield from self._areas(heard)

    def named(self, heard: Heard) -> tuple[Name, ...]:
        """The Comuni and the Ambiti that a text names, in its order, for whatever it names them.

        A name that is also a word counts with a capital, after a word that introduces it, or where
        it is the whole text.
        """
        names: dict[tuple[Kind, tuple[str, ...]], Name] = {}
        index = 0
        while index < len(heard.tokens) and len(names) < _MOST:
            found = self._named(heard, index)
            for name in _bodies(found) if found else ():
                names.setdefault((name.kind, name.values), name)
            index = found.after if found else index + 1
        return tuple(names.values())

    def _named(self, heard: Heard, index: int) -> _Found | None:
        tokens = heard.tokens
        for words in self._by_first.get(tokens[index].word, ()):
            after = index + len(words)
            run = tokens[index:after]
            if tuple(token.word for token in run) == words and _stuck(heard, run):
                return _Found(
                    heard, index, after, self._by_words[words], self._joined(heard, after)
                )
        return None

    def _joined(self, heard: Heard, after: int) -> bool:
        one, other = (
            heard.tokens[i].word if i < len(heard.tokens) else "" for i in (after, after + 1)
        )
        return one in ("e", "ed", "o", "and", "or") and other in self._by_first

    def _another(self, heard: Heard, last: _Meant) -> tuple[int, _Meant] | None:
        """The place joined to one that was meant, understood as that: «a Lecce e Brindisi»."""
        joined = _AND.match(heard.plain, last.end)
        if not joined:
            return None
        at = next((i for i, t in enumerate(heard.tokens) if t.start == joined.end()), None)
        found = None if at is None else self._named(heard, at)
        same = (last.name.kind,) if last.name.kind in (Kind.PROVINCE, Kind.DISTRICT) else _PLAIN
        name = found and found.meaning(*same)
        if not found or not name or (name.common and not heard.capital(heard.tokens[found.first])):
            return None
        return found.after, _Meant(name, joined.start(), found.end, last.outside)

    def _areas(self, heard: Heard) -> Iterator[Said]:
        for match in _AREA.finditer(heard.plain):
            if heard.ending(_INSTITUTION, match.start()):
                continue
            area = match["area"] or match["all"]
            provinces = [self._by_words.get((name,), {}).get(Kind.PROVINCE) for name in AREAS[area]]
            values = tuple(value for one in provinces if one for value in one.values)
            names = ", ".join(one.label_it for one in provinces if one)
            if len(values) == len(AREAS[area]):
                yield heard.say(*match.span(), "territorio", values, names, names)
        region = self._by_words.get(("puglia",), {}).get(Kind.REGION)
        for match in _NATIVE.finditer(heard.plain):
            if region:
                yield _said(heard, _Meant(region, *match.span("said"), outside=bool(match["not"])))


def _stuck(heard: Heard, run: Sequence[Token]) -> bool:
    """Whether nothing but a space or a hyphen parts the words of a name."""
    return all(
        heard.plain[one.end : other.start].strip(" -–") == "" for one, other in pairwise(run)
    )


def _meant(found: _Found) -> _Meant | None:
    """Whether the words around a name say that the place is meant, and which."""
    if found.preceded(_ELSEWHERE) or found.following in NOT_THE_PLACE:
        return None
    name, lead = _introduced(found)
    outside = found.preceded(_OUTSIDE)
    if outside:
        wide = name or found.meaning(Kind.REGION, Kind.COUNTRY, Kind.TOWN)
        if wide is None or wide.filter != "territorio":
            return None
        return _Meant(wide, outside.start(), found.end, outside=True)
    if name is not None:
        return _Meant(name, lead, found.end)
    if lead != found.start:  # «provincia di» a place that is no province
        return None
    name = found.meaning(*_PLAIN)
    if name is None or name.values == (ITALY,) or _another_one(found):
        return None
    for placed in (_at, _inside, _told, _of, _bare):
        start = placed(found, name)
        if start is not None:
            return _with_province(found, _Meant(name, start, found.end))
    return None


def _bodies(found: _Found) -> Iterator[Name]:
    """The Comune and the Ambito that a name may be of, by the word that introduces it."""
    kinds: tuple[Kind, ...] = (Kind.COMUNE, Kind.DISTRICT)
    introduced = next((kind for kind, words in _PREFIXES if found.preceded(words)), None)
    if introduced and introduced not in kinds:
        return
    if introduced and introduced in found.names:
        kinds = (introduced,)
    alone = len(found.heard.tokens) == found.after - found.first
    for name in (found.names[kind] for kind in kinds if kind in found.names):
        if introduced or alone or not _doubtful(found, name):
            yield name


def _introduced(found: _Found) -> tuple[Name | None, int]:
    """The name as «provincia di», «ambito di», «Comune di» say, and where these words start."""
    for kind, words in _PREFIXES:
        if match := found.preceded(words):
            kinds = _CITIES if kind is Kind.COMUNE else (kind,)
            return found.meaning(*kinds), match.start()
    return None, found.start


def _at(found: _Found, name: Name) -> int | None:
    match = found.preceded(_AT)
    return match.start() if match and (not _doubtful(found, name) or name.local) else None


def _inside(found: _Found, name: Name) -> int | None:
    match = found.preceded(_INSIDE)
    if name.kind is Kind.COUNTRY and found.preceded(_GOING):
        return None
    return match.start() if match and not _doubtful(found, name) else None


def _another_one(found: _Found) -> bool:
    """Whether the words around make it the name of another place: «Irlanda del Nord»."""
    return found.back(1) in _SIDES or bool(_OF_A_SIDE.match(found.heard.plain, found.end))


def _told(found: _Found, name: Name) -> int | None:
    """Where practices come from, which is where they are; people may be anywhere."""
    match = found.preceded(_PRACTICES_OF)
    return match.start("of") if match and not _doubtful(found, name) else None


def _of(found: _Found, name: Name) -> int | None:
    match = found.preceded(_OF)
    if not match or name.kind is Kind.COUNTRY or _doubtful(found, name):
        return None
    return None if INSTITUTIONS & {found.back(2), found.back(3)} else match.start()


def _bare(found: _Found, name: Name) -> int | None:
    """Where a name without a preposition starts, if it stands at the end of a phrase."""
    last, heard = found.back(1), found.heard
    if last in ARTICLES or last in INSTITUTIONS or last in _NOT_BARE:
        return None
    if found.preceded(_AT) or found.preceded(_INSIDE) or found.preceded(_OF):
        return None
    if found.following not in (None, *AFTER_A_PLACE) and not found.joined:
        return None
    if name.common and (found.first == 0 and found.following is not None):
        return None
    alone = len(heard.tokens) == found.after - found.first
    if (name.kind is Kind.TOWN and not alone) or _doubtful(found, name) or _part_of_a_name(found):
        return None
    return heard.tokens[found.first].start


def _doubtful(found: _Found, name: Name) -> bool:
    """Whether a name that is also a word has nothing to show that it is the name."""
    return name.common and not found.heard.capital(found.heard.tokens[found.first])


def _part_of_a_name(found: _Found) -> bool:
    """Whether the word before has a capital too, and not because it is the first or all have."""
    tokens, heard = found.heard.tokens, found.heard
    if found.first < 2 or not found.back(1) or not heard.capital(tokens[found.first]):
        return False
    last = tokens[found.first - 1]
    long = [token for token in tokens if len(token.word) >= _LONG]
    whole = heard.text[heard.at[last.start] : heard.at[last.end]]
    return (
        heard.capital(last) and not whole.isupper() and not all(heard.capital(one) for one in long)
    )


def _with_province(found: _Found, meant: _Meant) -> _Meant:
    """The province of a city where the words add it: «a Bari e provincia», "Lecce province"."""
    plain = found.heard.plain
    more = _AND_PROVINCE.match(plain, found.end) or _PROVINCE_AFTER.match(plain, found.end)
    province = found.meaning(Kind.PROVINCE)
    if not more or province is None:
        return meant
    return _Meant(province, meant.start, more.end())


def _said(heard: Heard, meant: _Meant) -> Said:
    name = meant.name
    labels = name.label_it, name.label_en
    if meant.outside:
        labels = f"non in {name.label_it}", f"not in {name.label_en}"
    filter_ = "fuori" if meant.outside else name.filter
    return heard.say(meant.start, meant.end, filter_, name.values, *labels)
