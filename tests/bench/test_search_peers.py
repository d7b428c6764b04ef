"""The search beside PostgreSQL full-text search: how well both rank, how long both take.

python -m pytest -m bench tests/bench/test_search_peers.py -s

`BENCH_DOCUMENTS` makes a smaller table, to try the bench itself: its figures say nothing.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from talea_catalogue.intake.golden import read_golden
from talea_catalogue.release import Release
from talea_catalogue.search import Query, SearchIndex, analysis
from talea_catalogue.search.evaluation import DEPTH, evaluate

from .corpus import Document, columns, corpus, shipped, vectors
from .engines import AbsentError

if TYPE_CHECKING:
    import psycopg

    from .postgres import Ranked

pytestmark = pytest.mark.bench

DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "100000"))
ROUNDS = 3
EVERY = 4
"""One query of the development set in so many is timed: 56 of them, of all kinds."""
SHOWN = 20
FACETS = ("area", "target", "bisogno", "intervento", "territorio", "popolazione")
GOLDEN = read_golden(Path(__file__).parents[1] / "search" / "development.json")
LONG = tuple(one.query for one in GOLDEN[::EVERY])
SHORT = tuple(" ".join([w for w in text.split() if analysis.terms(w)][:2]) for text in LONG)
"""The first two words of each that count: many people type no more."""
TIMED = tuple(dict.fromkeys((*LONG, *SHORT)))


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    """A PostgreSQL of this run."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install .[bench]")
    from .postgres import Postgres

    try:
        server = Postgres()
    except AbsentError as error:
        pytest.skip(str(error))
    with server as connection:
        yield connection


@pytest.fixture(scope="module")
def known(release: Release) -> list[Document]:
    """The shipped practices that are ranked."""
    return shipped(release)


class Ours:
    """The search of a release as people use it, to be judged beside its peer."""

    signals = ()

    def __init__(self, search: SearchIndex) -> None:
        self._search = search

    def rank(self, text: str, signals: frozenset[str] | None = None) -> Ranked:
        from .postgres import Ranked

        found = self._search.search(Query(text, limit=DEPTH))
        return Ranked(tuple(hit.brief.slug for hit in found.hits))


def test_synthetic_practices_are_the_same_each_time_and_as_many_have_each_value(
    known: Sequence[Document], release: Release
) -> None:
    """The benches of both sides read one corpus; facets as frequent as the shipped ones."""
    made = list(corpus(known, 4_000))
    assert made == list(corpus(known, 4_000))
    assert made[:9] != list(corpus(known, 9, seed=2))
    shipped_columns = release.repository.columns()
    synthetic = columns(made, shipped_columns)
    for before, after in zip(shipped_columns.overview, synthetic.overview, strict=True):
        counts = {option.value: option.count / len(made) for option in after.options}
        for option in before.options:
            share = option.count / len(known)
            assert counts.get(option.value, 0) == pytest.approx(share, abs=0.04), before.name
    rows = np.eye(384, dtype=np.float32)
    near = vectors(rows, [one.base for one in made])
    assert (near.dtype, near.shape) == (np.float16, (4_000, 384))
    assert np.array_equal(near, vectors(rows, [one.base for one in made]))
    cosines = near[np.arange(4_000), [one.base for one in made]]
    assert np.median(cosines) == pytest.approx(0.944, abs=0.01)


def test_we_rank_better(
    connection: psycopg.Connection, known: Sequence[Document], release: Release
) -> None:
    """On the development set, whatever way of ranking the peer is given."""
    from .postgres import PostgresRanker, Table

    table = Table(connection, "shipped", known)
    rankers: dict[str, Ours | PostgresRanker] = {"Talea": Ours(release.search)}
    for rank, length, any_word in product(("ts_rank_cd", "ts_rank"), (0, 1), (False, True)):
        name = f"{rank}, {'any word' if any_word else 'all words first'}, length {length}"
        rankers[name] = PostgresRanker(table, always_any=any_word, rank=rank, length=length)
    found = {name: evaluate(ranker, GOLDEN).scores for name, ranker in rankers.items()}
    kinds = list(found["Talea"].kinds)
    print(f"\n{'nDCG@10':40}" + "".join(f"{kind:>11}" for kind in ("all", *kinds)))
    for name, scores in found.items():
        means = (scores.overall, *(scores.kinds[kind] for kind in kinds))
        print(f"{name:40}" + "".join(f"{one.ndcg:>11.3f}" for one in means))
    overall = {name: scores.overall.ndcg or 0 for name, scores in found.items()}
    ours = overall.pop("Talea")
    assert ours > max(overall.values())


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each query: the median of its rounds, in the order of `TIMED`."""

    search: list[float] = field(default_factory=list)
    facets: list[float] = field(default_factory=list)


Step = Callable[[str], object]


def take_turns(
    engines: Mapping[str, tuple[Step, Step]], queries: Sequence[str]
) -> dict[str, Times]:
    """Time the search and the facets of each query, by every engine in turn and in every round.

    The first round warms the caches and does not count.
    """
    taken: dict[tuple[str, int, str], list[float]] = {}
    for counted in (False, *[True] * ROUNDS):
        for query in queries:
            for name, steps in engines.items():
                for number, step in enumerate(steps):
                    began = time.perf_counter()
                    step(query)
                    passed = (time.perf_counter() - began) * 1_000
                    if counted:
                        taken.setdefault((name, number, query), []).append(passed)
    return {
        name: Times(
            *([statistics.median(taken[name, step, query]) for query in queries] for step in (0, 1))
        )
        for name in engines
    }


def test_how_long_the_peer_takes(connection: psycopg.Connection, known: Sequence[Document]) -> None:
    """Twenty practices and the counts of six facets, by words of the development set."""
    from .postgres import Table

    began = time.perf_counter()
    table = Table(connection, "big", corpus(known, DOCUMENTS))
    print(
        f"\n{DOCUMENTS:,} practices loaded in {time.perf_counter() - began:.0f} s: "
        f"{table.megabytes():.0f} MB; {ROUNDS} rounds"
    )
    load = os.getloadavg()[0]
    read = {text: table.query(text) for text in TIMED}
    times = take_turns(
        {
            "PostgreSQL": (
                lambda text: table.search(table.query(text), SHOWN),
                lambda text: table.facets(read[text], FACETS),
            )
        },
        TIMED,
    )
    print(f"load {load:.1f} to {os.getloadavg()[0]:.1f}; medians in ms")
    print(f"{'':31}{'queries':>9}{'matches':>9}{'search':>9}{'facets':>9}{'both':>9}")
    for name, found in times.items():
        for kind, texts in _kinds(read).items():
            rows = [TIMED.index(text) for text in texts]
            search, facets = ([of[row] for row in rows] for of in (found.search, found.facets))
            matches = statistics.median(table.matches(read[text]) for text in texts)
            both = statistics.median(map(sum, zip(search, facets, strict=True)))
            middles = f"{statistics.median(search):>9.1f}{statistics.median(facets):>9.1f}"
            print(f"{name:12}{kind:19}{len(texts):>9}{matches:>9,.0f}{middles}{both:>9.1f}")


def _kinds(read: Mapping[str, str | None]) -> dict[str, list[str]]:
    """The queries as they were typed, their first two words, and how the peer read all of them."""
    loose = {text for text, query in read.items() if query and "|" in query}
    return {
        "as typed": list(LONG),
        "two words": list(dict.fromkeys(SHORT)),
        "all words found": [text for text, query in read.items() if query and text not in loose],
        "any word": [text for text in read if text in loose],
    }
