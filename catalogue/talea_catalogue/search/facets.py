"""Facets, filters and ranges: which practices have which values, and counts for any query.

Practices are rows, numbered in the order in which they are listed. Each value of a facet is a row
of bits, one a practice, so that a filter is an AND and a count is a population count: at 100,000
practices a value takes 12.5 kB. Values that are too many for that (Comuni) are lists of rows.

What a filter takes, by its name:

- `area`, `target`, `bisogno`, `intervento`, `fonte`: the notation of a concept of the schemes
  area-tematica, target, bisogno, tipo-intervento, fonte-finanziamento; a broader concept has the
  practices of its narrower ones;
- `territorio`: the local name of a province (`provincia-072`), a region (`regione-puglia`), a
  country or a place abroad; `fuori` takes the same values and `italia`, and leaves out the
  practices that are there: with several, those that are in any of them;
- `comune`: an ISTAT code of six digits;
- `popolazione`, `costo`: the classes of `RESIDENTS` and `COSTS`;
- `aree-interne`: a letter from `a` to `f`, local names of the scheme area-interna;
- `evidenza`: `0`, `1` or `2`, notations of livello-evidenza, the best level that the results of a
  practice reach by what its record states. The steps above ask for a judgement, which no record
  holds;
- `anno`: the year in which the practice began, four digits;
- `livello`: `1` to `4`, notations of livello-completezza;
- `replicata`: `si`, where at least one replication is told of. No source states an absence;
- `costo-da`, `costo-a`, `abitanti-da`, `abitanti-a`, `anno-da`, `anno-a`: one whole number, ends
  included. Euro are those of the largest sum that the record gives; residents are those of one of
  the Comuni of the practice. What is unknown is in no range.

The facets of `UNSAID_OF` have the value `non-detto` too: the practices of which it is not known.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

FACETS: Final = (
    *("area", "target", "bisogno", "intervento", "territorio"),
    *("popolazione", "aree-interne", "costo", "fonte", "evidenza", "anno", "livello", "replicata"),
)
"""Names of the facets, which are also the names of their parameters. The first six come first."""

FIRST: Final = FACETS[:6]
"""The facets by which most people choose."""

OUTSIDE: Final = "fuori"
"""Name of the filter that leaves out a territory."""

RANGES: Final = ("costo-da", "costo-a", "abitanti-da", "abitanti-a", "anno-da", "anno-a")
"""Names of the ends of ranges. Each takes one whole number; none is a facet."""

MEASURES: Final = ("costo", "abitanti", "anno")
"""What the ranges are of: `costo-da` is the lower end of `costo`, `costo-a` the upper one."""

FILTERS: Final = (*FACETS, "comune", OUTSIDE, *RANGES)
"""Names of all filters, those that are no facets included."""

UNSAID: Final = "non-detto"
"""The value of what a practice does not say."""

UNSAID_OF: Final = tuple(name for name in FACETS if name not in ("territorio", "livello"))
"""The facets that have `UNSAID`: every practice has a country and a level."""

YES: Final = "si"
"""The value of `replicata`."""

ITALY: Final = "italia"
"""The value of `fuori` for what is abroad."""

_LONGEST: Final = 12
"""Digits of the end of a range."""

_RECENT: Final = 128
"""Ranges whose practices are kept: 12.5 kB each at 100,000 practices."""

Mask = npt.NDArray[np.bool_]
"""One boolean a practice, in the order of the rows."""
Numbers = npt.NDArray[np.int32]
"""Numbers of rows, in ascending order, none twice."""
_Values = npt.NDArray[np.float64]
_Bits = npt.NDArray[np.uint64]
"""A mask, 64 practices a word, the first in the lowest bit."""


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


@dataclass(frozen=True, slots=True)
class Bands:
    """Classes of a number: each begins where `lowest` says and ends where the next begins."""

    lowest: tuple[int, ...]
    values: tuple[Value, ...]

    def of(self, number: float) -> str:
        """The class of a number that is not negative."""
        return self.values[max(0, bisect_right(self.lowest, number) - 1)].value


RESIDENTS: Final = Bands(
    (0, 5_001, 15_001, 50_001, 100_001),
    (
        Value("fino-a-5000", "Fino a 5.000 abitanti", "Up to 5,000 residents"),
        Value("5001-15000", "Da 5.001 a 15.000", "From 5,001 to 15,000"),
        Value("15001-50000", "Da 15.001 a 50.000", "From 15,001 to 50,000"),
        Value("50001-100000", "Da 50.001 a 100.000", "From 50,001 to 100,000"),
        Value("oltre-100000", "Oltre 100.000", "Over 100,000"),
    ),
)
"""Classes of residents; the first is that of the small Comuni of law 158/2017."""

COSTS: Final = Bands(
    (0, 10_000, 50_000, 200_000, 1_000_000, 10_000_000),
    (
        Value("sotto-10000", "Meno di 10.000 euro", "Under 10,000 euro"),
        Value("10000-50000", "Da 10.000 a meno di 50.000", "From 10,000 to under 50,000"),
        Value("50000-200000", "Da 50.000 a meno di 200.000", "From 50,000 to under 200,000"),
        Value(
            "200000-1000000", "Da 200.000 a meno di un milione", "From 200,000 to under a million"
        ),
        Value("1000000-10000000", "Da 1 a meno di 10 milioni", "From 1 to under 10 million"),
        Value("da-10000000", "10 milioni e oltre", "10 million and over"),
    ),
)
"""Classes of euro. The lower end belongs to a class, as a sum said as "over" it does."""


def whole(text: str) -> int | None:
    """The whole number that a text writes in ASCII digits, at most twelve; None for any other."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else None


class Columns:
    """The values of every practice, and the counts of the facets. Safe between threads."""

    def __init__(
        self,
        slugs: Sequence[str],
        values: Mapping[str, Mapping[str, Numbers]],
        known: Mapping[str, Sequence[Value]],
        measures: Mapping[str, tuple[Numbers, _Values]],
    ) -> None:
        """`values` gives the rows of each value of a filter.

        `known` has the values of each facet, in the order in which they are shown, and those of
        `fuori`. `measures` has rows and numbers in two arrays of one length: a row may come
        several times.
        """
        self.slugs: Final = tuple(slugs)
        self.row: Final[Mapping[str, int]] = {slug: i for i, slug in enumerate(self.slugs)}
        self._words = -(-len(self.slugs) // 64)
        self._known = {name: tuple(shown) for name, shown in known.items()}
        self._measures = {name: _by_value(*pairs) for name, pairs in measures.items()}
        self._within = lru_cache(_RECENT)(self._of_range)
        self._lists = {name: dict(column) for name, column in values.items()}
        for name in UNSAID_OF:
            if UNSAID in {value.value for value in self.known(name)}:
                self._lists[name] = {**self._lists.get(name, {}), UNSAID: self._without(name)}
        self._tables = {name: self._table(name) for name in FACETS}

    def known(self, name: str) -> tuple[Value, ...]:
        """The values that a facet may have, or `fuori`; of `comune` and of ranges there are none.

        Not every value has practices.
        """
        return self._known.get(name, ())

    def takes(self, name: str, value: str) -> bool:
        """Whether a value makes sense for a facet, for `fuori` or for a range.

        A year is any whole number: that nothing began then is an answer.
        """
        if name in RANGES or (name == "anno" and value != UNSAID):
            return whole(value) is not None
        return any(value == one.value for one in self.known(name))

    def every(self) -> Mask:
        """The mask of all rows."""
        return np.ones(len(self.slugs), np.bool_)

    @cached_property
    def overview(self) -> tuple[Facet, ...]:
        """The facets of the whole catalogue, without any filter."""
        return self.facets(self.every(), {})

    def found(self, slugs: Iterable[str]) -> Mask:
        """The mask of some practices. Raises KeyError for one that is not listed."""
        mask = np.zeros(len(self.slugs), np.bool_)
        mask[[self.row[slug] for slug in slugs]] = True
        return mask

    def mask(self, filters: Mapping[str, Sequence[str]]) -> Mask:
        """The rows that pass every filter: any value within one, all of them together.

        A value or a filter that is not known leaves nothing; one of `fuori` leaves all.
        """
        bits = self._pack(self.every())
        for _, passing in self._passing(filters):
            bits = bits & passing
        return self._unpack(bits)

    def facets(self, found: Mask, filters: Mapping[str, Sequence[str]]) -> tuple[Facet, ...]:
        """The facets over `found` (what the text found), each counted without its own filter."""
        passing = list(self._passing(filters))
        everything = self._pack(found)
        facets = []
        for name in FACETS:
            base = everything
            for owner, bits in passing:
                if owner != name:
                    base = base & bits
            facets.append(self._facet(name, base, frozenset(filters.get(name, ()))))
        return tuple(facets)

    def crossed(self, one: str, other: str) -> dict[tuple[str, str], int]:
        """How many practices have both a value of one facet and one of another, for every pair.

        The same number that the filters of both would leave.
        """
        _, left = self._tables[one]
        _, right = self._tables[other]
        counts = np.bitwise_count(left[:, None, :] & right[None, :, :]).sum(axis=2, dtype=np.int64)
        return {
            (here.value, there.value): count
            for here, line in zip(self.known(one), counts.tolist(), strict=True)
            for there, count in zip(self.known(other), line, strict=True)
        }

    # -- filters

    def _passing(self, filters: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, _Bits]]:
        """The name of each filter in force, and what passes it; both ends of a range are one."""
        for name, chosen in filters.items():
            if chosen and name not in RANGES:
                yield name, self._chosen(name, chosen)
        for measure in MEASURES:
            lower, upper = (tuple(filters.get(f"{measure}-{end}", ())) for end in ("da", "a"))
            if lower or upper:
                yield f"{measure}-da", self._within(measure, lower, upper)

    def _chosen(self, name: str, chosen: Iterable[str]) -> _Bits:
        if name == OUTSIDE:
            return ~self._chosen("territorio", chosen)
        bits = np.zeros(self._words, np.uint64)
        for value in chosen:
            bits |= self._having(name, value)
        return bits

    def _having(self, name: str, value: str) -> _Bits:
        if name in self._tables:
            places, table = self._tables[name]
            if value in places:
                line: _Bits = table[places[value]]
                return line
        rows = self._lists.get(name, {}).get(value)
        return self._of_rows(() if rows is None else rows)

    def _of_range(self, measure: str, lower: tuple[str, ...], upper: tuple[str, ...]) -> _Bits:
        numbers = [[whole(text) for text in end] for end in (lower, upper)]
        lows, highs = ([n for n in end if n is not None] for end in numbers)
        if (lower and not lows) or (upper and not highs):
            return self._of_rows(())
        rows, values = self._measures[measure]
        first = np.searchsorted(values, min(lows), "left") if lows else 0
        last = np.searchsorted(values, max(highs), "right") if highs else len(values)
        return self._of_rows(rows[first:last])

    # -- counts

    def _facet(self, name: str, base: _Bits, chosen: frozenset[str]) -> Facet:
        _, table = self._tables[name]
        counts = np.bitwise_count(table & base).sum(axis=1, dtype=np.int64).tolist()
        return Facet(
            name,
            tuple(
                FacetOption(v.value, v.label_it, v.label_en, count, v.value in chosen, v.depth)
                for v, count in zip(self.known(name), counts, strict=True)
                if count or v.value in chosen
            ),
        )

    # -- bits

    def _table(self, name: str) -> tuple[dict[str, int], npt.NDArray[np.uint64]]:
        """Which line each known value of a facet has, and the lines. Their lists are let go."""
        shown = self.known(name)
        table = np.zeros((len(shown), self._words), np.uint64)
        lists = self._lists.get(name, {})
        for line, value in enumerate(shown):
            if (rows := lists.pop(value.value, None)) is not None:
                table[line] = self._of_rows(rows)
        return {value.value: line for line, value in enumerate(shown)}, table

    def _without(self, name: str) -> Numbers:
        mask = self.every()
        for rows in self._lists.get(name, {}).values():
            mask[rows] = False
        return np.flatnonzero(mask).astype(np.int32)

    def _of_rows(self, rows: Numbers | Sequence[int]) -> _Bits:
        mask = np.zeros(len(self.slugs), np.bool_)
        mask[np.asarray(rows, np.int32)] = True
        return self._pack(mask)

    def _pack(self, mask: Mask) -> _Bits:
        packed = np.zeros(self._words * 8, np.uint8)
        packed[: -(-len(mask) // 8)] = np.packbits(mask, bitorder="little")
        return packed.view(np.uint64)

    def _unpack(self, bits: _Bits) -> Mask:
        octets = bits.view(np.uint8)
        return np.unpackbits(octets, count=len(self.slugs), bitorder="little").view(np.bool_)


def _by_value(
    rows: Numbers, values: npt.NDArray[np.float64]
) -> tuple[Numbers, npt.NDArray[np.float64]]:
    order = np.argsort(values, kind="stable")
    return rows[order], values[order]
