"""Ten thousand practices: a full build's store, one changed record, a server's first answer.

Run by hand: `pytest -m bench tests/bench -s`. The validator is left out of the first build, whose
time is no bar here (minutes; it grows with the records and nothing else); the build of the changed
record validates it as always.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from talea_api.paths import code_digest, locate
from talea_catalogue import standing
from talea_catalogue.build import build
from talea_catalogue.records import RecordFile, parse
from talea_catalogue.release import current
from talea_catalogue.validate import Completeness, Report
from talea_sparql.opening import load_disk

sys.path.insert(0, str(Path(__file__).parent))
import synthetic

PRACTICES = 10_000
TIMES = 3
VISIBLE_SECONDS = 3.0
STORE_RATIO = 2.0


def _unjudged(self: standing.Checker, found: Sequence[RecordFile]) -> Report:
    levels = {r.slug: Completeness(2, ()) for r in found if r.kind == "pratica"}
    return Report(levels=levels)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of 10,000 synthetic practices beside the shipped ones, built once."""
    home = tmp_path_factory.mktemp("big")
    places = locate()
    synthetic.write(places.sources.records, home / "records", PRACTICES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing.Checker, "check", _unjudged)
        began = time.perf_counter()
        built = build(places.sources, home, code_digest=code_digest(places))
        _say("full build without the validator, s", time.perf_counter() - began)
    _say("quads", built.manifest.counts["triple"])
    return home


@pytest.mark.bench
def test_the_store_takes_at_most_twice_what_oxigraph_takes(big: Path, tmp_path: Path) -> None:
    folder = current(big)
    assert folder is not None
    ours, theirs = [], []
    for number in range(TIMES):
        began = time.perf_counter()
        load_disk(tmp_path / f"ours-{number}", folder / "data.nq")
        ours.append(time.perf_counter() - began)
        command = [_oxigraph(), "load", "--location", str(tmp_path / f"theirs-{number}")]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--file", str(folder / "data.nq")], check=True, capture_output=True
        )
        theirs.append(time.perf_counter() - began)
    _say("store of a full build, s", statistics.median(ours))
    _say("oxigraph load, s", statistics.median(theirs))
    assert statistics.median(ours) <= STORE_RATIO * statistics.median(theirs)


@pytest.mark.bench
def test_one_changed_record_is_visible_in_three_seconds(
    big: Path, start_server: Callable[..., object]
) -> None:
    """From the file saved to the page that shows it, with `talea build` in a process of its own."""
    import httpx

    server = start_server(big, TALEA_RATE_PER_MINUTE="0")
    taken, built = [], []
    with httpx.Client(base_url=server.url, timeout=30) as http:  # type: ignore[attr-defined]
        for number in range(TIMES):
            path = big / "records" / "pratica" / f"sintetica-{number:05d}.ttl"
            title = f"Visibile {number} {time.time_ns()}"
            text = path.read_text(encoding="utf-8")
            first = text.index('dct:title "') + len('dct:title "')
            text = text[:first] + title + text[text.index('"@it', first) :]
            path.write_text(text, encoding="utf-8")
            began = time.perf_counter()
            command = [sys.executable, "-m", "talea_api.cli", "build", "--home", str(big)]
            subprocess.run(command, check=True, capture_output=True)
            built.append(time.perf_counter() - began)
            address = f"/pratiche/{path.stem}"
            while title not in http.get(address, follow_redirects=True).text:
                assert time.perf_counter() - began < 60
                time.sleep(0.02)
            taken.append(time.perf_counter() - began)
    _say("talea build of one record, s", statistics.median(built))
    _say("visible after, s", statistics.median(taken))
    assert statistics.median(taken) < VISIBLE_SECONDS


def test_synthetic_practices_weigh_what_shipped_ones_weigh(tmp_path: Path) -> None:
    layer = locate().sources.records
    shipped = synthetic.median(synthetic.weigh(r.triples) for r in synthetic.shipped(layer))
    for folder in ("one", "other"):
        synthetic.write(layer, tmp_path / folder, 60, seed=7)
    files = sorted((tmp_path / "one" / "pratica").iterdir())
    assert len(files) == 60
    for path in files:
        assert synthetic.weigh(parse(path).triples).near(shipped)
        assert path.read_bytes() == (tmp_path / "other" / "pratica" / path.name).read_bytes()


def _oxigraph() -> str:
    found = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    if not Path(found).exists():
        pytest.skip("NOT RUN: the oxigraph server is not installed")
    return found


def _say(what: str, figure: float) -> None:
    print(f"\n  {what}: {figure:,.2f}", flush=True)
