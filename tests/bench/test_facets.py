"""What filters and facets cost at 100,000 practices, whose values are drawn at random.

python -m pytest -m bench tests/bench/test_facets.py -s
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from talea_catalogue.search.facets import Columns

PRACTICES = 100_000
COUNT_MS = 6.0
"""What a mask and the counts of all facets may take."""
MEGABYTES = 40.0
VALUES = {
    "area": (6, 2),
    "target": (20, 3),
    "bisogno": (24, 2),
    "intervento": (25, 3),
    "territorio": (150, 3),
    "popolazione": (5, 2),
    "aree-interne": (6, 2),
    "costo": (6, 1),
    "fonte": (15, 1),
    "evidenza": (6, 1),
    "anno": (60, 1),
    "livello": (5, 1),
    "replicata": (1, 1),
    "comune": (7_900, 4),
}
"""Filter -> how many values it has, and how many of them a practice has at most."""
SIX = {
    "area": ("v1", "v2"),
    "target": ("v3",),
    "territorio": ("v0", "v9"),
    "popolazione": ("v0",),
    "costo": ("v1", "v2", "non-detto"),
    "anno": tuple(f"v{i}" for i in range(20)),
}
ASKED = {
    "nothing": {},
    "six facets": SIX,
    "six facets, a Comune, a place left out and three ranges": {
        **SIX,
        "comune": ("v17", "v4000"),
        "fuori": ("v5",),
        "costo-a": ("5000",),
        "abitanti-da": ("1000",),
        "abitanti-a": ("30000",),
        "anno-da": ("1990",),
    },
}


def synthetic() -> Columns:
    """Columns of as many practices as `PRACTICES`; a quarter of each kind of value is unknown."""
    from talea_catalogue.search.facets import FACETS, UNSAID, Columns, Value

    draw = np.random.default_rng(7)
    values: dict[str, dict[str, np.ndarray]] = {}
    for name, (number, most) in VALUES.items():
        rows = np.repeat(np.flatnonzero(draw.random(PRACTICES) < 0.75), most)
        drawn = draw.integers(0, number, len(rows))
        values[name] = {
            f"v{i}": np.unique(rows[drawn == i]).astype(np.int32) for i in range(number)
        }
    known = {
        name: [Value(value, value, value) for value in (*values[name], UNSAID)] for name in FACETS
    }
    measures = {}
    for name, most in (("costo", 1), ("abitanti", 4), ("anno", 1)):
        rows = np.repeat(np.arange(PRACTICES, dtype=np.int32), most)
        measures[name] = (rows, draw.integers(0, 100_000, len(rows)).astype(float))
    return Columns([f"pratica-{i}" for i in range(PRACTICES)], values, known, measures)


@pytest.mark.bench
def test_facets_of_a_hundred_thousand():
    tracemalloc.start()
    columns = synthetic()
    megabytes = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    found = np.random.default_rng(8).random(PRACTICES) < 0.3
    print(f"\n{megabytes:.1f} MB")
    for said, filters in ASKED.items():
        rounds = [_round(columns, found, filters) for _ in range(5)]
        facets = columns.facets(found, filters)
        options = sum(len(facet.options) for facet in facets)
        told = ", ".join(f"{each:.2f}" for each in sorted(rounds))
        print(f"{said}: {len(facets)} facets, {options} options, medians of rounds {told} ms")
        assert min(rounds) <= COUNT_MS
    assert megabytes <= MEGABYTES


def _round(columns: Columns, found: np.ndarray, filters: dict[str, tuple[str, ...]]) -> float:
    """The median of forty masks with their counts, in milliseconds."""
    times = []
    for _ in range(40):
        start = time.perf_counter()
        columns.mask(filters)
        columns.facets(found, filters)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)
