"""How far two places are, by Gower's distance, with each term of it.

The mean over factors of the difference divided by the range over the Comuni of Puglia; a factor
that is not known on one side leaves the mean. Source: Gower, J. C. (1971), A general coefficient
of similarity and some of its properties, Biometrics 27, 857-871.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np

from .facts import Datum, Territory

__all__ = ["Alike", "Factors", "Near", "Scale", "Term", "distance"]

LIKE: Final = 10
"""Comuni shown as alike, unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Term:
    """One factor: the two data and how far they are, in shares of the range."""

    key: str
    here: Datum
    there: Datum
    apart: float


@dataclass(frozen=True, slots=True)
class Near:
    """A Comune and its distance from another, 0 to 1, with the terms of it."""

    istat: str
    distance: float
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Factors:
    """The series that count. `numbers` maps a key to `log` or `linear`; `classes` are ordered."""

    numbers: Mapping[str, str]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Factors":
        """From a part of the rules."""
        return cls(data["numbers"], tuple(data["classes"]))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all."""
        return (*self.numbers, *self.classes)

    def value(self, key: str, datum: Datum | None) -> float | None:
        """The datum on the scale by which it is compared."""
        if datum is None:
            return None
        if key in self.classes:
            return float(datum.step)
        if datum.number is None or (self.numbers[key] == "log" and datum.number <= 0):
            return None
        return math.log(datum.number) if self.numbers[key] == "log" else datum.number

    def ranges(self, territory: Territory) -> dict[str, float]:
        """Key -> difference between the largest and the smallest value in Puglia."""
        found = {}
        for key in self.keys:
            values = [
                value
                for istat in territory.puglia
                if (value := self.value(key, territory.get(key, istat))) is not None
            ]
            if values and max(values) > min(values):
                found[key] = max(values) - min(values)
        return found


def distance(
    territory: Territory, factors: Factors, ranges: Mapping[str, float], here: str, there: str
) -> Near | None:
    """How far one Comune is from another; None where no factor is known of both."""
    terms = []
    for key, width in ranges.items():
        mine, theirs = territory.get(key, here), territory.get(key, there)
        a, b = factors.value(key, mine), factors.value(key, theirs)
        if a is not None and b is not None and mine is not None and theirs is not None:
            terms.append(Term(key, mine, theirs, abs(a - b) / width))
    if not terms:
        return None
    return Near(there, sum(term.apart for term in terms) / len(terms), tuple(terms))


class Scale:
    """Where some Comuni stand by some factors: a matrix of their data, a row a Comune."""

    def __init__(
        self,
        territory: Territory,
        factors: Factors,
        ranges: Mapping[str, float],
        istats: Sequence[str],
    ) -> None:
        self._territory, self._factors, self._ranges = territory, factors, ranges
        rows = [[self._value(key, istat) for key in ranges] for istat in istats]
        self._matrix = np.array(rows, np.float64).reshape(len(istats), len(ranges))
        self._widths = np.array(list(ranges.values()))

    def _value(self, key: str, istat: str) -> float:
        value = self._factors.value(key, self._territory.get(key, istat))
        return math.nan if value is None else value

    def order(self, istat: str) -> list[int]:
        """Numbers of the rows, the nearest to a Comune first; those that share no datum left out.

        Rows that are as near keep their order.
        """
        row = np.array([self._value(key, istat) for key in self._ranges])
        apart = np.abs(self._matrix - row) / self._widths
        known = ~np.isnan(apart)
        counted = known.sum(1)
        mean = np.where(known, apart, 0).sum(1) / np.maximum(counted, 1)
        near: list[int] = np.argsort(np.where(counted, mean, np.inf), kind="stable").tolist()
        return near[: int(np.count_nonzero(counted))]


class Alike:
    """The Comuni of Puglia most like one."""

    def __init__(self, territory: Territory, factors: Factors) -> None:
        self._territory, self._factors = territory, factors
        self._ranges = factors.ranges(territory)
        self._istats = sorted(territory.puglia)
        self._scale = Scale(territory, factors, self._ranges, self._istats)

    def to(self, istat: str, limit: int = LIKE) -> tuple[Near, ...]:
        """The nearest first, itself left out; empty for a Comune of which nothing is known."""
        order = (self._istats[number] for number in self._scale.order(istat))
        found = islice((one for one in order if one != istat), max(0, limit))
        near = (distance(self._territory, self._factors, self._ranges, istat, one) for one in found)
        return tuple(one for one in near if one is not None)
