"""Places said by name: «a Lecce», «in provincia di Foggia», «ambito di Putignano», "in Spain".

«A Bari» is the Comune, because the words name the city and say «provincia» or «barese» when they
mean more; who wants more takes the filter away. An Ambito is its Comuni. A name counts after a word
that places («a», «Comune di», "in"), or alone where a phrase ends. One that is also a word («noci»,
«maglie») needs more: see `_Name.common`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from itertools import pairwise
from typing import Final

from babel import Locale

from ... import namespaces as ns
from ...facts import District
from ...places import Place
from ...text import fold
from ..facets import ITALY
from .reading import WORD, Heard, Said, Token
from .wordings import (
    AREAS,
    ARTICLES,
    COMMON,
    FUNCTION_WORDS,
    INSTITUTIONS,
    NOT_THE_PLACE,
    OTHER_NAMES,
    SHORT_NAMES,
)

_MOST: Final = 16
"""Names of places that are looked at in one text: it is no query that has more."""
_SHORT: Final = 4
"""Letters of a name that is taken for a word, if no longer: «Oria», «Diso»."""


class _Kind(Enum):
    """What sort of place a name is of, in the order in which a bare name is understood."""

    COMUNE = auto()
    TOWN = auto()
    REGION = auto()
    COUNTRY = auto()
    PROVINCE = auto()
    DISTRICT = auto()


_BEFORE: Final = (
    (
        _Kind.PROVINCE,
        r"(?:(?:in|nella|della|dalla|per la|la|alla|in the|the) )?(?:prov\.?|provinci?[ae]"
        r"|provinces|provincie|provicia|proivncia|provinica|citta metropolitana|metropolitan city)"
        r"(?: (?:di|of|d|del|della))?",
    ),
    (
        _Kind.DISTRICT,
        r"(?:(?:nell|dell|dall|l|nel|del|in|per l) )?(?:ambit[oi]|ats)(?: territoriale)?"
        r"(?: sociale)?(?: di zona)?(?: (?:di|d|del|della|of))?",
    ),
    (
        _Kind.COMUNE,
        r"(?:(?:nel|nella|del|della|dal|dalla|al|il|la|in the|the) )?(?:comun[ei]|citta|cittadina"
        r"|paese|municipio|municipality|city|town|village|council)(?: (?:di|d|of|del|della))?",
    ),
    (_Kind.REGION, r"(?:in|nella) regione(?: (?:di|of))?|in the region of"),
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
    r"|adottar\w+|rifar\w+|ripeter\w+|applicar\w+|nat[aeio]|(?:arriv|provenient|emigrat|tornat|fugg)\w*"
    r"|born|coming|migrants?)(?: \w+){0,2} (?:a|ad|in|nel|nella|anche a|anche in|da|dalla|dal"
    r"|from))"
    r"(?: the| la| il)? ?$"
)
"""Before a place they say that the practice is not there, or not yet: near, to be taken to it."""
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
_NOT_BARE: Final = ("regione", "region", "comuni", "from", "da", "dai")
_PROVINCE_AFTER: Final = re.compile(r" (?:province|area)(?!\w)")
_AREA: Final = re.compile(
    r"(?<![^\W_])(?:nel|in|area|provincia|zona|del|il)(?: (?:basso|alto))? "
    rf"(?P<area>{'|'.join(AREAS)})(?![^\W_])|^(?P<all>{'|'.join(AREAS)})$"
)
_INSTITUTION: Final = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(INSTITUTIONS))}) $")
_DISTRICT: Final = re.compile(r"^ambito territoriale sociale di ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Name:
    """A place under one of its names. `common` says that the name is also a word.

    Such a name counts after «Comune di» and the like; in Puglia (`local`) also after «a»; elsewhere
    and after other words only where it begins with a capital that means something.
    """

    words: tuple[str, ...]
    kind: _Kind
    values: tuple[str, ...]
    label_it: str
    label_en: str
    common: bool = False
    local: bool = False

    @property
    def filter(self) -> str:
        """The filter that the place narrows."""
        return "comune" if self.kind in (_Kind.COMUNE, _Kind.DISTRICT) else "territorio"


@dataclass(frozen=True, slots=True)
class _Found:
    """A name in a text: its tokens from `first` to before `after`, under what it may mean."""

    heard: Heard
    first: int
    after: int
    names: Mapping[_Kind, _Name]

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

    def meaning(self, *kinds: _Kind) -> _Name | None:
        """The name as one of some kinds, the first of `_Kind` first."""
        return next((self.names[kind] for kind in kinds if kind in self.names), None)


@dataclass(frozen=True, slots=True)
class _Meant:
    """A place that is meant, the words that say so, and whether it is to be left out."""

    name: _Name
    start: int
    end: int
    outside: bool = False


_PLAIN: Final = (_Kind.COMUNE, _Kind.TOWN, _Kind.REGION, _Kind.COUNTRY, _Kind.PROVINCE)
_CITIES: Final = (_Kind.COMUNE, _Kind.TOWN)


class PlaceNames:
    """Finds the names of places in a text: the longest first, whole words."""

    def __init__(self, places: Iterable[Place], districts: Iterable[District]) -> None:
        known = {place.iri: place for place in places}
        self._by_words: dict[tuple[str, ...], dict[_Kind, _Name]] = {}
        for name in (*_all_names(known), *_district_names(districts)):
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

    def _named(self, heard: Heard, index: int) -> _Found | None:
        tokens = heard.tokens
        for words in self._by_first.get(tokens[index].word, ()):
            after = index + len(words)
            run = tokens[index:after]
            if tuple(token.word for token in run) == words and _stuck(heard, run):
                return _Found(heard, index, after, self._by_words[words])
        return None

    def _another(self, heard: Heard, last: _Meant) -> tuple[int, _Meant] | None:
        """The place joined to one that was meant, understood as that: «a Lecce e Brindisi»."""
        joined = _AND.match(heard.plain, last.end)
        if not joined:
            return None
        at = next((i for i, t in enumerate(heard.tokens) if t.start == joined.end()), None)
        found = None if at is None else self._named(heard, at)
        same = (last.name.kind,) if last.name.kind in (_Kind.PROVINCE, _Kind.DISTRICT) else _PLAIN
        name = found and found.meaning(*same)
        if not found or not name or (name.common and not heard.capital(heard.tokens[found.first])):
            return None
        return found.after, _Meant(name, joined.start(), found.end, last.outside)

    def _areas(self, heard: Heard) -> Iterator[Said]:
        for match in _AREA.finditer(heard.plain):
            if heard.ending(_INSTITUTION, match.start()):
                continue
            area = match["area"] or match["all"]
            provinces = [
                self._by_words.get((name,), {}).get(_Kind.PROVINCE) for name in AREAS[area]
            ]
            values = tuple(value for one in provinces if one for value in one.values)
            names = ", ".join(one.label_it for one in provinces if one)
            if len(values) == len(AREAS[area]):
                yield heard.say(*match.span(), "territorio", values, names, names)
        region = self._by_words.get(("puglia",), {}).get(_Kind.REGION)
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
        wide = name or found.meaning(_Kind.REGION, _Kind.COUNTRY, _Kind.TOWN)
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


def _introduced(found: _Found) -> tuple[_Name | None, int]:
    """The name as «provincia di», «ambito di», «Comune di» say, and where these words start."""
    for kind, words in _PREFIXES:
        if match := found.preceded(words):
            kinds = _CITIES if kind is _Kind.COMUNE else (kind,)
            return found.meaning(*kinds), match.start()
    return None, found.start


def _at(found: _Found, name: _Name) -> int | None:
    match = found.preceded(_AT)
    return match.start() if match and (not _doubtful(found, name) or name.local) else None


def _inside(found: _Found, name: _Name) -> int | None:
    match = found.preceded(_INSIDE)
    return match.start() if match and not _doubtful(found, name) else None


def _another_one(found: _Found) -> bool:
    """Whether the words around make it the name of another place: «Irlanda del Nord»."""
    return found.back(1) in _SIDES or bool(_OF_A_SIDE.match(found.heard.plain, found.end))


def _told(found: _Found, name: _Name) -> int | None:
    """Where practices come from, which is where they are; people may be anywhere."""
    match = found.preceded(_PRACTICES_OF)
    return match.start("of") if match and not _doubtful(found, name) else None


def _of(found: _Found, name: _Name) -> int | None:
    match = found.preceded(_OF)
    if not match or name.kind is _Kind.COUNTRY or _doubtful(found, name):
        return None
    return None if INSTITUTIONS & {found.back(2), found.back(3)} else match.start()


def _bare(found: _Found, name: _Name) -> int | None:
    """Where a name without a preposition starts, if it stands at the end of a phrase."""
    last, heard = found.back(1), found.heard
    if last in ARTICLES or last in INSTITUTIONS or last in _NOT_BARE:
        return None
    if found.preceded(_AT) or found.preceded(_INSIDE) or found.preceded(_OF):
        return None
    if found.following is not None and found.following not in FUNCTION_WORDS:
        return None
    if name.common and (found.first == 0 and found.following is not None):
        return None
    alone = len(heard.tokens) == found.after - found.first
    if (name.kind is _Kind.TOWN and not alone) or _doubtful(found, name) or _part_of_a_name(found):
        return None
    return heard.tokens[found.first].start


def _doubtful(found: _Found, name: _Name) -> bool:
    """Whether a name that is also a word has nothing to show that it is the name."""
    return name.common and not found.heard.capital(found.heard.tokens[found.first])


def _part_of_a_name(found: _Found) -> bool:
    """Whether the word before has a capital too, and not because it is the first or all have."""
    tokens, heard = found.heard.tokens, found.heard
    if found.first < 2 or not found.back(1) or not heard.capital(tokens[found.first]):
        return False
    last = tokens[found.first - 1]
    long = [token for token in tokens if len(token.word) > _SHORT]
    whole = heard.text[heard.at[last.start] : heard.at[last.end]]
    return (
        heard.capital(last) and not whole.isupper() and not all(heard.capital(one) for one in long)
    )


def _with_province(found: _Found, meant: _Meant) -> _Meant:
    """The province of a city where the words add it: «a Bari e provincia», "Lecce province"."""
    plain = found.heard.plain
    more = _AND_PROVINCE.match(plain, found.end) or _PROVINCE_AFTER.match(plain, found.end)
    province = found.meaning(_Kind.PROVINCE)
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


# -- names of the catalogue


def _all_names(known: Mapping[str, Place]) -> Iterator[_Name]:
    for place in known.values():
        kind = _kind(place)
        name = place.name.partition("(")[0].strip()
        folded = _words(name)
        english = _english(place.name) if kind is _Kind.COUNTRY else name
        labels = (name, english)
        if kind is _Kind.PROVINCE:
            labels = (f"provincia di {name}", f"province of {name}")
        local = _in_puglia(place, known)
        key = " ".join(folded)
        others = [tuple(other.split()) for other in OTHER_NAMES.get(key, ())]
        shorter = [tuple(s.split()) for s, full in SHORT_NAMES.items() if full == key]
        if english:
            others.append(_words(english))
        for words in (folded, *others, *shorter):
            common = words in shorter or _is_common(words)
            yield _Name(words, kind, (ns.local(place.iri),), *labels, common, local)


def _kind(place: Place) -> _Kind:
    if place.kind == "Location":
        return _Kind.TOWN if place.above else _Kind.COUNTRY
    return {"City": _Kind.COMUNE, "Province": _Kind.PROVINCE, "Region": _Kind.REGION}[place.kind]


def _in_puglia(place: Place, known: Mapping[str, Place]) -> bool:
    for _ in range(3):  # Comune, province, region
        place = known.get(place.above or "", place)
    return place.iri == ns.resource("luogo", "regione-puglia")


def _is_common(words: tuple[str, ...]) -> bool:
    if len(words) > 1:
        return False
    return words[0] in COMMON or (len(words[0]) <= _SHORT and words[0] != "bari")


def _district_names(districts: Iterable[District]) -> Iterator[_Name]:
    for district in districts:
        name = _DISTRICT.sub("", district.name)
        label = f"Ambito di {name}"
        values = tuple(istat for istat, _ in district.members)
        whole = _words(name)
        parts = [_words(part) for part in name.split("-")] if "-" in name else []
        for words in (whole, *parts):
            yield _Name(words, _Kind.DISTRICT, values, label, label)


def _words(name: str) -> tuple[str, ...]:
    return tuple(WORD.findall(fold(name)))


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """Italian name -> English name, of every country that the CLDR has."""
    english = Locale("en").territories
    return {name: english[code] for code, name in Locale("it").territories.items()}


def _english(country: str) -> str:
    return _countries().get(country, country)
