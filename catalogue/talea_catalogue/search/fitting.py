"""A maintainer's script: fit the weights of the search on judged queries.

    python -m talea_catalogue.search.fitting HOME GOLDEN.json [MORE.json ...] > weights.json

HOME holds a release built with the bundled engine. The weights of features are fitted on the first
file, when an answer is sure on all. Tests fit the same way on four folds of the
needs and measure on the fifth.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .fusion import CLUES, FEATURES, Weights

if TYPE_CHECKING:
    from .evaluation import Judged
    from .index import SearchIndex

PENALTY: Final = 0.02
"""Of the squared weights of features."""
ROUNDS: Final = 200
PASSING: Final = 0.05
"""The part of no-answer queries above which the threshold of confidence lies."""
_PENALTY_OF_CLUES: Final = 1.0


def fit_features(
    search: "SearchIndex", golden: Sequence["Judged"], *, vectors: bool = True
) -> dict[str, float]:
    """The weights of features, none below zero, that put the relevant practices first.

    Loss: cross entropy of the softmax of scores with gains 2^grade - 1 as shares (ListNet), the
    mean over queries, and `PENALTY`. Minimised by Adam. Without `vectors` words only are looked at.
    """
    names = list(FEATURES)
    data = []
    for one in golden:
        if not one.relevant:
            continue
        rows, features = search.features(one.query, vectors=vectors)
        slugs = search.slugs
        gains = np.array([2.0 ** one.relevant.get(slugs[row], 0) - 1 for row in rows])
        if gains.sum():
            data.append((np.stack([features[name] for name in names], 1), gains / gains.sum()))
    weights = np.full(len(names), 0.3)
    first, second = np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, ROUNDS + 1):
        slope = PENALTY * weights
        for values, shares in data:
            slope += values.T @ (_softmax(values @ weights) - shares) / len(data)
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope**2
        move = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        weights = np.maximum(weights - 0.05 * move, 0.0)
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def fit_sureness(
    search: "SearchIndex",
    golden: Sequence["Judged"],
    features: Mapping[str, float],
    *,
    vectors: bool = True,
) -> tuple[float, ...]:
    """Weights of `CLUES` and of one by which queries with an answer are told from those without.

    Logistic regression, both kinds weighing the same, by Newton's steps; then the threshold is put
    where `PASSING` of the no-answer queries pass.
    """
    weights = Weights(features, ())
    clues = [search.clues(one.query, weights, vectors=vectors) for one in golden]
    values = np.array([[each[name] for name in CLUES] for each in clues])
    there = np.array([bool(one.relevant) for one in golden])
    mean, spread = values.mean(0), values.std(0) + 1e-9
    table = np.column_stack(((values - mean) / spread, np.ones(len(values))))
    fair = np.where(there, 0.5 / there.sum(), 0.5 / (~there).sum()) * len(there)
    found = np.zeros(table.shape[1])
    ridge = np.full(len(found), _PENALTY_OF_CLUES)
    ridge[-1] = 1e-6
    for _ in range(50):
        likely = 1 / (1 + np.exp(-table @ found))
        slope = table.T @ ((likely - there) * fair) + ridge * found
        bend = (table.T * (likely * (1 - likely) * fair)) @ table + np.diag(ridge)
        found -= np.linalg.solve(bend, slope)
    found[-1] -= np.quantile((table @ found)[~there], 1 - PASSING)
    plain = found[:-1] / spread
    return tuple(round(float(x), 3) for x in (*plain, found[-1] - plain @ mean))


def _softmax(scores: NDArray[Any]) -> NDArray[Any]:
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum())


def main(home: Path, *files: Path) -> None:
    """Print the weights fitted in a home."""
    from ..intake.golden import read_golden
    from ..release import current, open_release

    folder = current(home)
    assert folder is not None
    release = open_release(folder, Path(__file__).parents[3] / "sparql" / "queries")
    golden, *more = map(read_golden, files)
    every = [*golden, *(one for each in more for one in each)]
    told = {}
    for name, vectors in (("all", True), ("words", False)):
        features = fit_features(release.search, golden, vectors=vectors)
        sure = fit_sureness(release.search, every, features, vectors=vectors)
        told[name] = {"features": features, "sure": sure}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
