"""How well a search ranks: figures against judgements, for the whole of it and for each signal.

The figures are those of information retrieval, on the first ten practices of each query:

- nDCG@10 with gain 2^grade - 1 over log2(rank + 1), beside the best order of all that was judged
  (Järvelin and Kekäläinen 2002, in the form of Burges and others 2005);
- recall@10, the share of all useful practices that is among the ten: with more than ten useful ones
  it cannot be 1;
- MRR@10, one over the rank of the first useful practice, 0 where the ten have none.

A practice is useful from grade 1; one that nobody judged has grade 0. A judged practice that the
catalogue does not have stays in the best order and in the share: it counts as not found.

A query without useful practices has no such figure: what counts is that the search is not confident
of its first result, and these queries are counted by themselves.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH: Final = 10
"""Results that count."""
MAX_GRADE: Final = 3
RESAMPLES: Final = 10_000
_SEED: Final = 20261122
_BLOCK: Final = 2_000_000
"""Draws held in memory at once."""
_PERCENTILES: Final = (2.5, 97.5)

Tell = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many."""


class Ranked(Protocol):
    """What a search makes of a text."""

    @property
    def slugs(self) -> Sequence[str]:
        """Practices, best first: at least ten where there are as many."""

    @property
    def confident(self) -> bool:
        """Whether the first one is held to be an answer."""


class Ranker(Protocol):
    """A search to be judged."""

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the signals that it can rank by."""

    def rank(self, text: str, signals: frozenset[str] | None = None) -> Ranked:
        """The ranking of a text by some signals only; None stands for all of them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with its kind, and the grade (0 to 3) of each practice that was judged."""

    id: str
    query: str
    kind: str
    relevant: Mapping[str, int]

    @property
    def answered(self) -> bool:
        """Whether any practice is useful."""
        return any(self.relevant.values())


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over `n` queries, each from 0 to 1; None where there is no query."""

    ndcg: float | None
    recall: float | None
    mrr: float | None
    n: int

    def as_json(self) -> dict[str, Any]:
        """The figures by the names that they have in the answer."""
        return {
            f"ndcg@{DEPTH}": self.ndcg,
            f"recall@{DEPTH}": self.recall,
            f"mrr@{DEPTH}": self.mrr,
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures over all queries that have an answer, and over those of each kind, by name."""

    overall: Figures
    kinds: Mapping[str, Figures]

    def as_json(self) -> dict[str, Any]:
        """As the answer has them."""
        return {
            "overall": self.overall.as_json(),
            "kinds": {kind: figures.as_json() for kind, figures in self.kinds.items()},
        }


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference of nDCG@10, and between which values it lies in 95 resamples of 100."""

    mean: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """As the answer has it."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of a search.

    `none` and `confident` count the queries without an answer and those of them of whose first
    result the search is confident. `intervals` maps a signal to what the search gains without it:
    less than 0 where the signal helps.
    """

    scores: Scores
    none: int
    confident: int
    signals: Mapping[str, Scores]
    intervals: Mapping[str, Interval] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The answer of `talea eval --json`."""
        return {
            **self.scores.as_json(),
            "none": {"n": self.none, "confident": self.confident},
            "signals": {name: scores.as_json() for name, scores in self.signals.items()},
            "intervals": {name: one.as_json() for name, one in self.intervals.items()},
        }


def evaluate(
    ranker: Ranker, golden: Sequence[Judged], *, ablate: bool = False, tell: Tell | None = None
) -> Report:
    """Ask every query: of the search, of each of its signals and, to `ablate`, without each.

    Without one of a single signal nothing is left: then there are no ablations.
    """
    names = ranker.signals
    without = names if ablate and len(names) > 1 else ()
    ways: list[frozenset[str] | None] = [None]
    ways += [frozenset({name}) for name in names]
    ways += [frozenset(names) - {name} for name in without]
    answered = [one for one in golden if one.answered]
    found = np.zeros((len(ways), len(answered), 3))
    confident = row = 0
    for number, one in enumerate(golden):
        if tell is not None:
            tell("interrogo", number, len(golden))
        if not one.answered:
            confident += ranker.rank(one.query).confident
            continue
        # One query in all ways, so that its embedding is made once.
        for way, signals in enumerate(ways):
            slugs = tuple(ranker.rank(one.query, signals).slugs)
            found[way, row] = (
                ndcg(slugs, one.relevant),
                recall(slugs, one.relevant),
                reciprocal_rank(slugs, one.relevant),
            )
        row += 1
    kinds = [one.kind for one in answered]
    first = 1 + len(names)
    lost = found[first:, :, 0] - found[0, :, 0]
    return Report(
        scores=_scores(found[0], kinds),
        none=len(golden) - len(answered),
        confident=confident,
        signals={name: _scores(found[1 + i], kinds) for i, name in enumerate(names)},
        intervals=dict(zip(without, bootstrap(lost), strict=True)) if answered else {},
    )


def missing(golden: Sequence[Judged], known: Collection[str]) -> list[str]:
    """The judged practices that are not among the `known` slugs, by name."""
    return sorted(set(chain.from_iterable(one.relevant for one in golden)).difference(known))


def ndcg(slugs: Sequence[str], relevant: Mapping[str, int]) -> float:
    """nDCG@10 of a ranking; 0 where nothing is useful.

    >>> round(ndcg(["b", "x", "a"], {"a": 3, "b": 1}), 4)
    0.5915
    """
    best = _dcg(sorted(relevant.values(), reverse=True))
    return _dcg([relevant.get(slug, 0) for slug in slugs[:DEPTH]]) / best if best else 0.0


def recall(slugs: Sequence[str], relevant: Mapping[str, int]) -> float:
    """The share of the useful practices that is among the first ten; 0 where nothing is useful.

    >>> recall(["b", "x"], {"a": 3, "b": 1, "x": 0})
    0.5
    """
    useful = {slug for slug, grade in relevant.items() if grade}
    return len(useful.intersection(slugs[:DEPTH])) / len(useful) if useful else 0.0


def reciprocal_rank(slugs: Sequence[str], relevant: Mapping[str, int]) -> float:
    """One over the rank of the first useful practice, 0 where the first ten have none.

    >>> reciprocal_rank(["x", "b"], {"a": 3, "b": 1})
    0.5
    """
    ranks = (rank for rank, slug in enumerate(slugs[:DEPTH], 1) if relevant.get(slug))
    return 1 / next(ranks, float("inf"))


def bootstrap(differences: "NDArray[np.float64]") -> list[Interval]:
    """The interval of the mean of each row of differences, one column a query.

    Queries are drawn with replacement, the same ones for every row: the percentile bootstrap of
    paired differences (Efron and Tibshirani 1993; Sakai 2006 for retrieval). The seed is fixed.
    Raises ValueError where there is no query.
    """
    ways, queries = differences.shape
    if not queries:
        raise ValueError("no query to draw")
    draw = np.random.default_rng(_SEED)
    means = np.empty((ways, RESAMPLES))
    step = max(1, _BLOCK // queries)
    for start in range(0, RESAMPLES, step):
        stop = min(start + step, RESAMPLES)
        drawn = draw.integers(queries, size=(stop - start, queries))
        for way, row in enumerate(differences):
            means[way, start:stop] = row[drawn].mean(axis=1)
    low, high = np.percentile(means, _PERCENTILES, axis=1) if ways else ((), ())
    each = zip(differences.mean(axis=1), low, high, strict=True)
    return [Interval(float(mean), float(least), float(most)) for mean, least, most in each]


def _dcg(grades: Sequence[int]) -> float:
    ranks = np.arange(2, 2 + min(len(grades), DEPTH))
    return float(((np.exp2(grades[:DEPTH]) - 1) / np.log2(ranks)).sum())


def _scores(found: "NDArray[np.float64]", kinds: Sequence[str]) -> Scores:
    """The means of the rows of `found` (nDCG, recall, reciprocal rank), all and by kind."""
    each = np.array(kinds, dtype=object)
    return Scores(
        overall=_figures(found),
        kinds={kind: _figures(found[each == kind]) for kind in sorted(set(kinds))},
    )


def _figures(found: "NDArray[np.float64]") -> Figures:
    if not len(found):
        return Figures(None, None, None, 0)
    gain, share, first = found.mean(axis=0).tolist()
    return Figures(gain, share, first, len(found))
