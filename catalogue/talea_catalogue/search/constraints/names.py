"""The names of places of a release: every spelling of a Comune, an Ambito, a region, a country."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from babel import Locale

from ... import namespaces as ns
from ...facts import District
from ...places import Place
from ...text import fold
from .reading import WORD
from .wordings import COMMON, OTHER_NAMES, SHORT_NAMES

_SHORT: Final = 4
"""Letters of a name that is taken for a word, if no longer: «Oria», «Diso»."""
_DISTRICT: Final = re.compile(r"^ambito territoriale sociale di ", re.IGNORECASE)


class Kind(Enum):
    """What sort of place a name is of, in the order in which a bare name is understood."""

    COMUNE = auto()
    TOWN = auto()
    REGION = auto()
    COUNTRY = auto()
    PROVINCE = auto()
    DISTRICT = auto()


_OF: Final = {
    Kind.COMUNE: ("Comune di {}", "Comune of {}"),
    Kind.PROVINCE: ("provincia di {}", "province of {}"),
}
"""How a place is called on a filter, Italian and English; others by their name alone."""


@dataclass(frozen=True, slots=True)
class Name:
    """A place under one of its names. `common` says that the name is also a word.

    Such a name counts after «Comune di» and the like; in Puglia (`local`) also after «a»; elsewhere
    and after other words only where it begins with a capital that means something.
    """

    words: tuple[str, ...]
    kind: Kind
    values: tuple[str, ...]
    label_it: str
    label_en: str
    common: bool = False
    local: bool = False

    @property
    def is_district(self) -> bool:
        """Whether it is an Ambito: `values` are then the ISTAT codes of its Comuni."""
        return self.kind is Kind.DISTRICT

    @property
    def filter(self) -> str:
        """The filter that the place narrows."""
        return "comune" if self.kind in (Kind.COMUNE, Kind.DISTRICT) else "territorio"


def place_names(known: Mapping[str, Place]) -> Iterator[Name]:
    """The names of places, given by their IRI: the full one, others, short ones, English ones."""
    for place in known.values():
        kind = _kind(place)
        name = place.name.partition("(")[0].strip()
        english = _english(name) if kind is Kind.COUNTRY else name
        of_it, of_en = _OF.get(kind, ("{}", "{}"))
        labels = of_it.format(name), of_en.format(english)
        local = _in_puglia(place, known)
        key = " ".join(_words(name))
        others = [_words(other) for other in (name, english, *OTHER_NAMES.get(key, ()))]
        shorter = [_words(short) for short, full in SHORT_NAMES.items() if full == key]
        for words in filter(None, (*others, *shorter)):
            common = words in shorter or _is_common(words)
            yield Name(words, kind, (ns.local(place.iri),), *labels, common, local)


def _kind(place: Place) -> Kind:
    if place.kind == "Location":
        return Kind.TOWN if place.above else Kind.COUNTRY
    return {"City": Kind.COMUNE, "Province": Kind.PROVINCE, "Region": Kind.REGION}[place.kind]


def _in_puglia(place: Place, known: Mapping[str, Place]) -> bool:
    for _ in range(3):  # Comune, province, region
        place = known.get(place.above or "", place)
    return place.iri == ns.resource("luogo", "regione-puglia")


def _is_common(words: tuple[str, ...]) -> bool:
    if len(words) > 1:
        return False
    return words[0] in COMMON or (len(words[0]) <= _SHORT and words[0] != "bari")


def district_names(districts: Iterable[District]) -> Iterator[Name]:
    """The names of Ambiti; one of two Comuni is also called after each."""
    for district in districts:
        name = _DISTRICT.sub("", district.name)
        labels = f"Ambito di {name}", f"Ambito of {name}"
        values = tuple(istat for istat, _ in district.members)
        whole = _words(name)
        parts = [_words(part) for part in name.split("-")] if "-" in name else []
        for words in filter(None, (whole, *parts)):
            yield Name(words, Kind.DISTRICT, values, *labels)


def _words(name: str) -> tuple[str, ...]:
    return tuple(WORD.findall(fold(name)))


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """Italian name -> English name, of every country that the CLDR has."""
    english = Locale("en").territories
    return {name: english[code] for code, name in Locale("it").territories.items()}


def _english(country: str) -> str:
    return _countries().get(country, country)
