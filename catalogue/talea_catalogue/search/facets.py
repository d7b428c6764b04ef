"""Facets: the values of each practice as columns, and counts that combine with any query."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

FACETS: Final = ("area", "target", "bisogno", "intervento", "territorio")
"""Names of the facets shown, which are also the names of their parameters."""

FILTERS: Final = (*FACETS, "comune")
"""Names of all filters: `comune` narrows the territory to one Comune and is not a facet."""


@dataclass(frozen=True, slots=True)
class FacetOption:
    """One value of a facet: how many practices it would leave, whether it is chosen, its depth."""

    value: str
    label_it: str
    label_en: str
    count: int
    selected: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet with its options, in tree order. Options that would leave nothing are left out."""

    name: str
    options: tuple[FacetOption, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a facet may have, with its labels and its place in the tree."""

    value: str
    label_it: str
    label_en: str
    depth: int = 0


class Columns:
    """Which practice has which values: one set of slugs for each value of each filter."""

    def __init__(
        self,
        values: Mapping[str, Mapping[str, frozenset[str]]],
        known: Mapping[str, tuple[Value, ...]],
    ) -> None:
        self._values = values
        self._known = known

    def matching(self, name: str, chosen: Iterable[str]) -> frozenset[str]:
        """Slugs with any of the chosen values."""
        found: frozenset[str] = frozenset()
        for value in chosen:
            found |= self._values.get(name, {}).get(value, frozenset())
        return found

    def apply(
        self, slugs: frozenset[str], filters: Mapping[str, tuple[str, ...]]
    ) -> frozenset[str]:
        """Slugs that pass every filter: any value within one, all of them together."""
        for name, chosen in filters.items():
            if chosen:
                slugs &= self.matching(name, chosen)
        return slugs

    def facets(
        self, slugs: frozenset[str], filters: Mapping[str, tuple[str, ...]]
    ) -> tuple[Facet, ...]:
        """The facets over `slugs` (what the text found), each counted without its own filter."""
        return tuple(self._facet(name, slugs, filters) for name in FACETS)

    def _facet(
        self, name: str, slugs: frozenset[str], filters: Mapping[str, tuple[str, ...]]
    ) -> Facet:
        others = {key: chosen for key, chosen in filters.items() if key != name}
        base = self.apply(slugs, others)
        column = self._values.get(name, {})
        counts = Counter({value: len(base & having) for value, having in column.items()})
        chosen = filters.get(name, ())
        return Facet(
            name,
            tuple(
                FacetOption(
                    v.value, v.label_it, v.label_en, counts[v.value], v.value in chosen, v.depth
                )
                for v in self._known.get(name, ())
                if counts[v.value] or v.value in chosen
            ),
        )
