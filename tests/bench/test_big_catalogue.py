"""Ten thousand practices: a full build's store, one changed record, a server's first answer.

Run by hand, on a quiet machine: `pytest -m bench tests/bench -s`.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from talea_api.paths import locate
from talea_catalogue.records import parse
from talea_catalogue.release import current
from talea_sparql.opening import load_disk

sys.path.insert(0, str(Path(__file__).parent))
import synthetic

TIMES = 3
VISIBLE_SECONDS = 3.0
STORE_RATIO = 2.0


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
    forced, taken = [], []
    with httpx.Client(base_url=server.url, timeout=30) as http:  # type: ignore[attr-defined]
        http.get("/pratiche/sintetica-00000", follow_redirects=True)
        for number in range(2 * TIMES):
            time.sleep(2)  # a file that has just been written is read again, as it should
            path = big / "records" / "pratica" / f"sintetica-{number:05d}.ttl"
            title = f"Visibile {number} {time.time_ns()}"
            text = path.read_text(encoding="utf-8")
            first = text.index('dct:title "') + len('dct:title "')
            text = text[:first] + title + text[text.index('"@it', first) :]
            before = current(big)
            path.write_text(text, encoding="utf-8")
            began = time.perf_counter()
            command = [sys.executable, "-m", "talea_api.cli", "build", "--home", str(big)]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
                while current(big) == before:
                    _no_longer_than(began, 60)
                forced.append(time.perf_counter() - began)
                while title not in http.get(f"/pratiche/{path.stem}", follow_redirects=True).text:
                    _no_longer_than(began, 60)
                taken.append(time.perf_counter() - began)
                process.terminate()  # it goes on with the files to download
    _say("one changed record in force after, s", statistics.median(forced))
    _say("visible after, s", statistics.median(taken))
    assert statistics.median(taken) < VISIBLE_SECONDS


def _no_longer_than(began: float, seconds: float) -> None:
    assert time.perf_counter() - began < seconds
    time.sleep(0.05)


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
