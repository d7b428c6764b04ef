"""What the pages of the replicability browser take: made once, and sent again.

Run by hand, on a quiet machine: `pytest -m bench tests/bench/test_page_speed.py -s`. A page is made
in this process, by its function and its template; it is sent again by a server of one process to
eight clients of `wrk`, who read bytes and understand nothing.
"""

from __future__ import annotations

import gzip
import random
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from talea_api.paths import Places
from talea_api.render import Renderer, Stamp
from talea_api.routes.pages import VIEWS
from talea_api.settings import Settings
from talea_api.views import Visit
from talea_catalogue.release import Release

COLD_MS = 10.0
KILOBYTES = 60
REPEATED = 6_000
SEED = 20261122
EACH = 40
SECONDS = 5
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)

Asked = tuple[Mapping[str, str], Mapping[str, tuple[str, ...]]]


def asked(release: Release) -> dict[str, Iterator[Asked]]:
    """For each page, what visitors may ask of it, at random and without end."""
    chance = random.Random(SEED)
    slugs = release.repository.listed()
    comuni = sorted(release.replicability.territory.puglia)
    ambiti = [district.id for district in release.repository.districts()]

    def pages(make: Callable[[], Asked]) -> Iterator[Asked]:
        while True:
            yield make()

    def comune() -> tuple[str, ...]:
        return (chance.choice(comuni),)

    return {
        "practice": pages(lambda: ({"slug": chance.choice(slugs)}, {})),
        "fit": pages(lambda: ({"slug": chance.choice(slugs)}, {"comune": comune()})),
        "transfer": pages(lambda: ({"slug": chance.choice(slugs)}, {"comune": comune()})),
        "lineage": pages(lambda: ({"slug": chance.choice(slugs)}, {})),
        "compare": pages(lambda: ({}, {"p": tuple(chance.sample(slugs, 3)), "comune": comune()})),
        "comune": pages(lambda: ({"istat": chance.choice(comuni)}, {})),
        "ambito": pages(lambda: ({"id": chance.choice(ambiti)}, {})),
        "map": pages(lambda: ({}, {})),
        "needs": pages(lambda: ({}, {})),
        "need-evidence": pages(lambda: ({}, {})),
    }


@pytest.mark.bench
def test_each_page_is_made_in_ten_milliseconds(
    release: Release, settings: Settings, places: Places
) -> None:
    release.search.warm_up()
    release.replicability.warm_up()
    renderer = Renderer(settings, places)
    views = {view.name: view for view in VIEWS}
    stamp = Stamp(release.manifest.data_digest, release.manifest.date)
    slow = {}
    for name, questions in asked(release).items():
        view, taken, largest = views[name], [], 0
        for number in range(EACH + 1):
            names, query = next(questions)
            path = view.path.format(**names)
            territory = places.sources.territory
            began = time.perf_counter()
            visit = Visit(release, settings, "it", path, names, query, territory)
            html = renderer.page(view.template, "it", path, view.fill(visit), stamp)
            if number:  # the first reads what all share
                taken.append(1e3 * (time.perf_counter() - began))
            largest = max(largest, len(gzip.compress(html.encode(), 6)))
        median = statistics.median(taken)
        print(f"\n  {name}: {median:.1f} ms, at most {largest / 1e3:.1f} kB", flush=True)
        assert largest <= 1e3 * KILOBYTES
        if median > COLD_MS:
            slow[name] = median
    assert not slow


@pytest.mark.bench
def test_a_page_asked_for_again_is_sent_six_thousand_times_a_second(
    start_server: Callable[..., Any],
) -> None:
    import httpx

    wrk = shutil.which("wrk")
    if wrk is None:
        pytest.skip("NOT RUN: wrk is not installed")
    server = start_server(TALEA_RATE_PER_MINUTE="0")
    address = f"{server.url}/pratiche/scheda-pippi/confronto?comune=072023"
    tag = httpx.get(address, headers={"Accept-Encoding": "gzip"}).headers["etag"]
    for what, header in (
        ("sent whole", "Accept-Encoding: gzip"),
        ("said unchanged", f"If-None-Match: {tag}"),
    ):
        command = [wrk, "-t1", "-c8", f"-d{SECONDS}s", "-H", header, address]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = _RATE.search(said)
        assert found is not None
        print(f"\n  {what}: {float(found[1]):,.0f} a second", flush=True)
        assert float(found[1]) >= REPEATED
