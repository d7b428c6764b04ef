"""How practices are tied to concepts: what the sparse arrays say against counting by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from talea_catalogue.release import Release
from talea_catalogue.search.rows import Rows, inverse, joined, packed
from talea_catalogue.search.text import number_of
from talea_catalogue.search.ties import UP, Ties

BROADER = {1: 0, 2: 1, 4: 3}
"""Of five concepts: 2 under 1 under 0, and 4 under 3."""
TIED = ([2], [1, 4], [], [0, 2], [3])


@pytest.fixture(scope="module")
def ties(tmp_path_factory: pytest.TempPathFactory) -> Ties:
    """Five practices, one of them tied to nothing."""
    many = len(TIED)
    none, empty = np.zeros(many + 1, np.int64), np.empty(0, np.int32)
    slugs = tuple("abcde")
    rows = Rows(
        slugs,
        (),
        np.array([number_of(slug) for slug in slugs], np.uint64),
        np.zeros(many, np.uint64),
        none,
        empty,
        *inverse(none, empty, 0),
        *packed(TIED, np.int32),
        np.zeros((many, 0), np.float16),
        none,
        np.zeros((0, 0), np.float16),
        np.empty(0, np.uint8),
        np.zeros((many, 0), np.float16),
        *joined([b"{}"] * many),
    )
    folder: Path = tmp_path_factory.mktemp("ties") / "rows"
    rows.write(folder)
    return Ties(Rows.read(folder), BROADER, 5)


def by_hand() -> tuple[np.ndarray, np.ndarray]:
    """Even weights and weights, practices by concepts."""
    weights = np.zeros((len(TIED), 5))
    for row, concepts in enumerate(TIED):
        for concept in concepts:
            here: int | None = concept
            much = 1.0
            while here is not None:
                weights[row, here] = max(weights[row, here], much)
                here, much = BROADER.get(here), much * UP
    weights *= np.log(1 + len(TIED) / (1 + weights.sum(0)))
    length = np.sqrt((weights**2).sum(1, keepdims=True))
    return weights / np.where(length > 0, length, 1), weights


def test_weights_are_as_counted_by_hand(ties: Ties) -> None:
    even, _ = by_hand()
    for row in range(len(TIED)):
        concepts, found = ties.of_practice(row)
        assert concepts.tolist() == np.flatnonzero(even[row]).tolist()
        assert found == pytest.approx(even[row][concepts], abs=1e-6)
    for concept in range(5):
        rows, found = ties.of_concept(concept)
        assert rows.tolist() == np.flatnonzero(even[:, concept]).tolist()
        assert found == pytest.approx(even[:, concept][rows], abs=1e-6)
    assert ties.held.tolist() == [True] * 5


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [2], [4, 2, 0], []])
def test_what_some_count_is_what_all_do(ties: Ties, rows: list[int]) -> None:
    """And the mean and the variance are those of all, whichever are asked for."""
    draw = np.random.default_rng(4)
    first, second = draw.random((2, 5)).astype(np.float32)
    first[draw.integers(5)] = 0
    even, weights = by_hand()
    for (strength, matrix), (found, mean, variance) in zip(
        ((first, even), (second, weights)),
        ties.of_some(np.array(rows, np.int64), (first, True), (second, False)),
        strict=True,
    ):
        every = matrix @ strength
        assert found == pytest.approx(every[rows], abs=1e-6)
        assert (mean, variance) == pytest.approx((every.mean(), every.var()), abs=1e-6)
    total = ties.total(first, second)
    assert total == pytest.approx(even @ first + weights @ second, abs=1e-6)


def test_the_shipped_ties_have_length_one(release: Release) -> None:
    ties = release.search.ranker.ties
    for row in range(len(release.search.slugs)):
        _, even = ties.of_practice(row)
        assert not len(even) or float(even @ even) == pytest.approx(1, abs=1e-5)
