"""What a comparison takes: one fit, all the practices of a catalogue for one Comune.

Run by hand, on a quiet machine: `pytest -m bench tests/bench/test_fit.py -s`.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from talea_api.paths import locate
from talea_catalogue.release import Release, current, open_release

FIT_MS = 5.0
LIST_MS = 25.0
BIG_LIST_MS = 300.0
SEED = 20261122


def milliseconds(calls: Iterable[Callable[[], object]]) -> float:
    """The median of some calls."""
    taken = []
    for call in calls:
        began = time.perf_counter()
        call()
        taken.append(1e3 * (time.perf_counter() - began))
    return statistics.median(taken)


def say(what: str, figure: float) -> float:
    print(f"\n  {what}: {figure:,.2f}", flush=True)
    return figure


@pytest.mark.bench
def test_one_fit_and_one_list_of_the_shipped_catalogue(release: Release) -> None:
    engine, chance = release.replicability, random.Random(SEED)
    comuni = sorted(engine.territory.puglia)
    engine.warm_up()
    slugs = release.repository.slugs()
    pairs = [(chance.choice(slugs), chance.choice(comuni)) for _ in range(500)]
    cold = milliseconds((lambda s=slug: engine._read(s)) for slug in slugs)
    fit = milliseconds((lambda p=pair: engine.fit(*p)) for pair in pairs)
    listed = milliseconds((lambda i=istat: engine.practices(istat=i)) for istat in comuni)
    say("the facts of a practice read, ms", cold)
    assert say("one fit, ms", fit) + cold <= FIT_MS
    assert say("all the shipped practices for one Comune, ms", listed) <= LIST_MS


@pytest.mark.bench
def test_the_blocks_of_ten_thousand_practices(big: Path) -> None:
    folder = current(big)
    assert folder is not None
    release = open_release(folder, locate().sources.queries)
    engine = release.replicability
    comuni = sorted(engine.territory.puglia)
    began = time.perf_counter()
    listed = engine.practices(comuni[0])
    say("the first list, with what it reads once, ms", 1e3 * (time.perf_counter() - began))
    assert listed is not None
    assert len(listed) >= 10_000
    taken = milliseconds((lambda i=istat: engine.practices(istat=i)) for istat in comuni[1:60])
    assert say("all of ten thousand practices for one Comune, ms", taken) <= BIG_LIST_MS
    release.close()
