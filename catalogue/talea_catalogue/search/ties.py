"""How much each practice counts for each concept: a sparse matrix, read by concept and by practice.

A practice counts for its concepts and, `UP` as much at each step, for the broader ones; a concept
with few practices counts more. Even weights have length one over the concepts of a practice, so
that one tied to many does not come first everywhere.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .rows import Rows
from .vectors import Floats

UP: Final = 0.3
"""How much a practice tied to a concept counts for the broader one, and again for each above."""
_DEEPEST: Final = 5
"""Steps up from a concept that are looked at: no vocabulary is deeper."""
_BLOCK: Final = 8_192
Doubles = NDArray[np.float64]


class Ties:
    """The ties of the practices of a release. Threads may share one."""

    def __init__(self, rows: Rows, broader: Mapping[int, int], concepts: int) -> None:
        """`broader` is the concept above each one, by number; there are `concepts` of them."""
        self._many = len(rows)
        of, where, weights = _every(rows, broader, concepts)
        much = np.bincount(of, weights, minlength=concepts)
        weights *= np.log(1 + self._many / (1 + much))[of]
        length = np.sqrt(np.bincount(where, weights**2, minlength=self._many))
        even = weights / np.maximum(length[where], 1e-9)
        self._at = np.searchsorted(of, np.arange(concepts + 1))
        self._where = where
        self._weights, self._even = weights.astype(np.float32), even.astype(np.float32)

    @cached_property
    def held(self) -> NDArray[np.bool_]:
        """Which concepts some practice is tied to, itself or by narrower ones."""
        return np.diff(self._at) > 0

    def of_concept(self, concept: int) -> tuple[NDArray[np.intp], Floats]:
        """The practices of a concept, its narrower ones included, and their even weights."""
        here = slice(self._at[concept], self._at[concept + 1])
        return self._where[here], self._even[here]

    def of_practice(self, row: int) -> tuple[NDArray[np.int64], Floats]:
        """The concepts of a practice, the broader ones too, and their even weights.

        A product of those of two practices is a cosine.
        """
        concepts, even, _ = self.of_row(row)
        return concepts, even

    def of_row(self, row: int) -> tuple[NDArray[np.int64], Floats, Floats]:
        """The same, with the weights that are not even too."""
        at, concepts, even, weights = self._by_practice
        here = slice(at[row], at[row + 1])
        return concepts[here].astype(np.int64), even[here], weights[here]

    def total(self, even: Floats, weights: Floats) -> Floats:
        """How much every practice counts, for how much concepts do by each kind of weight."""
        found = np.zeros(self._many, dtype=np.float32)
        for strength, each in ((even, self._even), (weights, self._weights)):
            for concept in np.flatnonzero(strength):
                here = slice(self._at[concept], self._at[concept + 1])
                found[self._where[here]] += strength[concept] * each[here]
        return found

    def of_some(
        self, rows: NDArray[np.int64], *strengths: tuple[Floats, bool]
    ) -> Iterator[tuple[Doubles, float, float]]:
        """How much some practices count; the mean and the variance of that over all of them.

        Each of `strengths` is how much concepts count, and whether weights are the even ones.
        """
        at, concepts, *weights = self._by_practice
        counts = at[rows + 1] - at[rows]
        owner = np.repeat(np.arange(len(rows)), counts)
        places = np.arange(len(owner)) + np.repeat(at[rows] - np.cumsum(counts) + counts, counts)
        concepts = concepts[places]
        for strength, is_even in strengths:
            each = weights[0 if is_even else 1][places]
            found = np.bincount(owner, strength[concepts] * each, minlength=len(rows))
            means, products = self._moments[0 if is_even else 1]
            mean = float(means @ strength)
            yield found.astype(np.float64), mean, float(strength @ products @ strength) - mean**2

    @cached_property
    def _by_practice(self) -> tuple[NDArray[np.int64], NDArray[np.int16], Floats, Floats]:
        """Places, concepts, even weights, weights."""
        concepts = np.repeat(np.arange(len(self._at) - 1, dtype=np.int16), np.diff(self._at))
        order = np.argsort(self._where, kind="stable")
        places = np.searchsorted(self._where[order], np.arange(self._many + 1))
        return places, concepts[order], self._even[order], self._weights[order]

    @cached_property
    def _moments(self) -> tuple[tuple[Doubles, Doubles], tuple[Doubles, Doubles]]:
        """Mean of the weights of each concept and of the products of two; even ones first."""
        at, concepts, *weights = self._by_practice
        size = len(self._at) - 1
        found = [(np.zeros(size), np.zeros((size, size))) for _ in weights]
        for first in range(0, self._many, _BLOCK):
            last = min(first + _BLOCK, self._many)
            here = slice(at[first], at[last])
            rows = np.repeat(np.arange(last - first), np.diff(at[first : last + 1]))
            for each, (means, products) in zip(weights, found, strict=True):
                block = np.zeros((last - first, size), dtype=np.float32)
                block[rows, concepts[here]] = each[here]
                means += block.sum(0) / self._many
                products += block.T @ block / self._many
        return found[0], found[1]


def _every(
    rows: Rows, broader: Mapping[int, int], concepts: int
) -> tuple[NDArray[np.int64], NDArray[np.intp], Doubles]:
    """Concept, practice and weight of each tie, by concept and then by practice, none twice."""
    above = np.full(concepts, -1, dtype=np.int64)
    above[list(broader)] = list(broader.values())
    of = np.asarray(rows.tied, dtype=np.int64)
    where = np.repeat(np.arange(len(rows), dtype=np.intp), np.diff(rows.tied_at))
    steps, weight = [(of, where, np.ones(len(of)))], 1.0
    for _ in range(_DEEPEST):
        of, weight = above[of], weight * UP
        of, where = of[of >= 0], where[of >= 0]
        steps.append((of, where, np.full(len(of), weight)))
    of, where, weights = (np.concatenate(each) for each in zip(*steps, strict=True))
    order = np.lexsort((-weights, where, of))
    of, where, weights = of[order], where[order], weights[order]
    first = np.ones(len(of), dtype=bool)
    first[1:] = (of[1:] != of[:-1]) | (where[1:] != where[:-1])
    return of[first], where[first], weights[first]
