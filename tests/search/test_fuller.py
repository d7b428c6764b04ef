"""Two sheets on one thing: the fuller one first, where both answer the text about as well."""

from __future__ import annotations

import numpy as np
import pytest

from talea_catalogue.release import Release
from talea_catalogue.search import Query
from talea_catalogue.search.fuller import fuller_first

ROWS, SCORES = [5, 3, 8, 1], [10.0, 9.0, 8.0, 2.0]


@pytest.mark.parametrize(
    ("fuller", "fixed", "rows", "scores"),
    [
        ({}, (), ROWS, SCORES),
        ({7: (8,)}, (), ROWS, SCORES),
        ({5: (7,)}, (), ROWS, SCORES),
        ({8: (5,)}, (), ROWS, SCORES),
        ({5: (8,)}, (), [8, 5, 3, 1], [10, 10, 9, 2]),
        ({5: (8,)}, (5,), ROWS, SCORES),
        ({5: (1,)}, (), ROWS, SCORES),
        ({5: (3, 8)}, (), [3, 8, 5, 1], [10, 10, 10, 2]),
        ({5: (3,), 3: (8,)}, (), [8, 3, 5, 1], [10, 10, 10, 2]),
        ({5: (3,), 3: (5,)}, (), [3, 5, 8, 1], [10, 10, 8, 2]),
    ],
    ids=[
        "none",
        "the poor one is not found",
        "the fuller one is not found",
        "it is first already",
        "it comes just before",
        "what is titled so stays first",
        "one that hardly answers stays where it is",
        "two",
        "one deeper still",
        "a circle",
    ],
)
def test_the_fuller_one_comes_just_before(fuller, fixed, rows, scores):
    found, worth = fuller_first(np.array(ROWS), np.array(SCORES, np.float32), fuller, fixed)
    assert found.tolist() == rows
    assert worth.tolist() == scores


def test_nothing_found_is_nothing():
    found, worth = fuller_first(np.empty(0, np.int64), np.empty(0, np.float32), {5: (3,)})
    assert not len(found)
    assert not len(worth)


@pytest.mark.parametrize("text", ["pippi", "soldi per P.I.P.P.I. ambito accadia"])
def test_the_sheet_that_deepens_another_comes_before_it(release: Release, text: str) -> None:
    slugs = [hit.brief.slug for hit in release.search.search(Query(text)).hits]
    assert slugs.index("scheda-pippi") + 1 == slugs.index("altamura-pippi")
    order = list(release.search.rank(text).slugs)
    assert order.index("scheda-pippi") + 1 == order.index("altamura-pippi")
    scores = [score for _, score in release.search.matches(text, 20)]
    assert scores == sorted(scores, reverse=True)


def test_a_title_is_still_first(release: Release) -> None:
    title = release.repository.brief("altamura-pippi").title or ""
    hits = release.search.search(Query(title)).hits
    assert hits[0].brief.slug == "altamura-pippi"
