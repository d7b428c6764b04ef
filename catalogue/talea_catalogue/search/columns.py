"""Reads the columns of a release: one pass over the rows that it keeps of its practices.

The pass makes nothing for each practice but numbers, so that a big release is soon ready. The rows
are listed as people see them: the most complete first, then by title.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Final

import numpy as np

from .. import answers
from .. import namespaces as ns
from ..answers import Answers, Text
from ..places import Place, Places
from ..terms import T
from ..vocabulary import Vocabulary
from .facets import (
    COSTS,
    FACETS,
    ITALY,
    MEASURES,
    OUTSIDE,
    RESIDENTS,
    UNSAID,
    UNSAID_OF,
    YES,
    Columns,
    Value,
)

SCHEMES: Final = {
    "area": "area-tematica",
    "target": "target",
    "bisogno": "bisogno",
    "intervento": "tipo-intervento",
    "aree-interne": "area-interna",
    "fonte": "fonte-finanziamento",
    "evidenza": "livello-evidenza",
    "livello": "livello-completezza",
}
"""Facet -> the scheme whose notations are its values."""
_UNSAID: Final = Value(UNSAID, "Non detto", "Not stated")
_IMPLEMENTED_IN: Final = T.implementedIn.value
_LEVEL, _TITLE = (answers.QUESTIONS[answers.BRIEFS].index(name) for name in ("level", "title"))

_Rows = Mapping[str, list[list[Text]]]
_Key = tuple[int, str, str]
"""By what a practice is listed; the last part is its slug."""


def read_columns(
    kept: Answers, places: Places, vocabulary: Vocabulary, replicated: Collection[str]
) -> tuple[Columns, Counter[int]]:
    """The columns of the practices that have a title, and how many of all are at each level.

    `replicated` holds the IRIs of the practices of which a replication is told. Raises ValueError
    where the kept rows are not whole.
    """
    levels: Counter[int] = Counter()
    reading = _Reading(places, vocabulary)
    order: list[_Key] = []
    for iri in kept:
        rows = kept.of(iri)
        level, title = _brief(iri, rows)
        levels[level] += 1
        if title is not None:
            reading.add(len(order), iri, rows, str(level), iri in replicated)
            order.append((-level, title.casefold(), ns.local(iri)))
    return reading.columns(order), levels


def _brief(iri: str, rows: _Rows) -> tuple[int, str | None]:
    """The level of a practice and its title."""
    brief = rows[answers.BRIEFS][0] if rows[answers.BRIEFS] else None
    if brief is None or (level := brief[_LEVEL]) is None:
        raise ValueError(f"{answers.BRIEFS}: {iri} is not whole")
    return int(ns.local(level)), brief[_TITLE]


def comuni_of(
    facets: Iterable[list[Text]], comune: Callable[[str], Place | None]
) -> Collection[Place]:
    """The Comuni where a practice takes place or, where no source says, those that it names.

    `facets` are the rows that the release keeps of it, `comune` gives the Comune of an IRI.
    """
    here: dict[str, Place] = {}
    around: dict[str, Place] = {}
    for facet, value, property_ in facets:
        if facet == "territorio" and value and (city := comune(value)) is not None:
            (here if property_ == _IMPLEMENTED_IN else around)[value] = city
    return (here or around).values()


class _Reading:
    """The values found so far. Practices are numbered as they are added, to be sorted later."""

    def __init__(self, places: Places, vocabulary: Vocabulary) -> None:
        self._places = places
        self._vocabulary = vocabulary
        self._lists: dict[str, dict[str, array[int]]] = {name: {} for name in (*FACETS, "comune")}
        self._measures = {name: (array("i"), array("d")) for name in MEASURES}
        self._concept: Callable[[str, str], list[array[int]]] = cache(self._of_concept)
        self._place: Callable[[str], list[array[int]]] = cache(self._of_place)
        self._city: Callable[[str], Place | None] = cache(places.comune)

    def add(self, number: int, iri: str, rows: _Rows, level: str, replicated: bool) -> None:
        """Take the values of one practice; `level` is a notation."""
        self._mark(number, [self._list("livello", level)])
        if replicated:
            self._mark(number, [self._list("replicata", YES)])
        sums = [float(euro) for (euro,) in rows[answers.SUMS] if euro is not None]
        levels = [step for (step,) in rows[answers.EVIDENCE] if step is not None]
        for facet, value, _ in rows[answers.FACETS]:
            if facet is None or value is None:
                raise ValueError(f"{answers.FACETS}: {iri} is not whole")
            if facet == "territorio":
                self._mark(number, self._place(value))
            elif facet == "anno":
                self._mark(number, [self._list("anno", str(int(value)))])
                self._measure("anno", number, int(value))
            else:
                self._mark(number, self._concept(facet, value))
        if sums:
            self._mark(number, [self._list("costo", COSTS.of(max(sums)))])
            self._measure("costo", number, max(sums))
        if levels:
            self._mark(number, self._concept("evidenza", max(levels)))
        self._live(number, comuni_of(rows[answers.FACETS], self._city))

    def columns(self, order: list[_Key]) -> Columns:
        """What was found, with the practices in the order of their keys."""
        sorted_ = sorted(range(len(order)), key=order.__getitem__)
        row = np.empty(len(order), np.int32)
        row[sorted_] = np.arange(len(order), dtype=np.int32)
        return Columns(
            [order[number][2] for number in sorted_],
            {
                name: {value: np.sort(row[np.asarray(list_)]) for value, list_ in column.items()}
                for name, column in self._lists.items()
            },
            self._known(),
            {
                name: (row[np.asarray(numbers, np.int32)], np.asarray(values))
                for name, (numbers, values) in self._measures.items()
            },
        )

    # -- one practice

    def _live(self, number: int, cities: Iterable[Place]) -> None:
        """How many live in its Comuni, and how far these are from services, where it is known."""
        for city in cities:
            if city.population is not None:
                self._mark(number, [self._list("popolazione", RESIDENTS.of(city.population))])
                self._measure("abitanti", number, city.population)
            if city.inner_area is not None:
                self._mark(number, self._concept("aree-interne", city.inner_area))

    def _mark(self, number: int, lists: Iterable["array[int]"]) -> None:
        for list_ in lists:
            if not list_ or list_[-1] != number:  # numbers only grow: what is twice stands last
                list_.append(number)

    def _measure(self, name: str, number: int, value: float) -> None:
        numbers, values = self._measures[name]
        numbers.append(number)
        values.append(value)

    # -- values

    def _list(self, name: str, value: str) -> "array[int]":
        return self._lists[name].setdefault(value, array("i"))

    def _of_concept(self, name: str, iri: str) -> list["array[int]"]:
        """The lists of a concept and of those that are broader."""
        concepts = self._vocabulary.concepts
        chain = (iri, *self._vocabulary.ancestors(iri))
        return [
            self._list(name, concepts[one].notation if one in concepts else ns.local(one))
            for one in chain
        ]

    def _of_place(self, iri: str) -> list["array[int]"]:
        """The lists of a place and of all that it belongs to."""
        return [
            self._list("comune" if place.kind == "City" else "territorio", ns.local(place.iri))
            for place in self._places.lineage(iri)
        ]

    def _known(self) -> dict[str, tuple[Value, ...]]:
        known = {name: self._concepts(scheme) for name, scheme in SCHEMES.items()}
        known["aree-interne"] = tuple(sorted(known["aree-interne"], key=lambda v: v.value))
        known["popolazione"] = RESIDENTS.values
        known["costo"] = COSTS.values
        known["replicata"] = (Value(YES, "Già replicata", "Already replicated"),)
        years = sorted(self._lists["anno"], key=int, reverse=True)
        known["anno"] = tuple(Value(year, year, year) for year in years)
        for name in UNSAID_OF:
            known[name] += (_UNSAID,)
        tree = [
            (place, depth)
            for place, depth in self._places.tree()
            if ns.local(place.iri) in self._lists["territorio"]
        ]
        known["territorio"] = tuple(
            Value(ns.local(place.iri), place.name, place.name, depth)
            for place, depth in tree
            if ns.local(place.iri) != ITALY
        )
        known[OUTSIDE] = tuple(_outside(place, depth) for place, depth in tree)
        return known

    def _concepts(self, scheme: str) -> tuple[Value, ...]:
        concepts = self._vocabulary.schemes[scheme].concepts
        return tuple(Value(c.notation, c.label_it, c.label_en, depth) for c, depth in concepts)


def _outside(place: Place, depth: int) -> Value:
    """A territory to leave out, said so that a province is not taken for its chief town."""
    said = ("provincia di ", "province of ") if place.kind == "Province" else ("", "")
    return Value(ns.local(place.iri), said[0] + place.name, said[1] + place.name, depth)
