"""What a book takes: the anthology, three hundred synthetic practices, and WeasyPrint on the same.

Run by hand, on a quiet machine: `pytest -m bench tests/bench/test_book.py -s`. WeasyPrint (70, with
Debian's `libpango-1.0-0 libpangoft2-1.0-0`) is looked for in the interpreter that WEASYPRINT_PYTHON
names, as it is no part of the project.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from talea_api.paths import locate
from talea_api.publishing import composed, written
from talea_api.settings import Settings
from talea_catalogue import namespaces as ns
from talea_catalogue.build import build
from talea_catalogue.publication import edition_of
from talea_catalogue.release import Release, open_release
from talea_catalogue.search.engines import NO_ENGINE

from . import synthetic

ANTHOLOGY_SECONDS = 3.0
BIG_SECONDS = 10.0
BIG_MEMORY = 1_000_000_000
TIMES = 10
NUMBER = 300
WEASY = """
import sys, time
from weasyprint import HTML
began = time.perf_counter()
HTML(sys.argv[1]).write_pdf(sys.argv[2], pdf_variant="pdf/ua-1")
print(time.perf_counter() - began)
"""
MAKE = """
import resource, sys, time
from pathlib import Path
from talea_api.paths import locate
from talea_api.publishing import composed, written
from talea_api.settings import Settings
from talea_catalogue.publication import edition_of
from talea_catalogue.release import open_release
folder, query = Path(sys.argv[1]), sys.argv[2]
places = locate()
release = open_release(folder, places.sources.queries)
began = time.perf_counter()
edition = edition_of(release.repository, "antologia", {})
book = composed(release, Settings(home=folder), places, edition, "it", query=query)
file = written(book, places, "antologia", "pdf")
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
Path(sys.argv[3]).write_bytes(file.body)
"""


def say(what: str, figure: float) -> float:
    print(f"\n  {what}: {figure:,.2f}", flush=True)
    return figure


def made(release_folder: Path, query: str, out: Path) -> tuple[float, float]:
    """Seconds and bytes of memory of a process that makes the PDF of some practices."""
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(release_folder), query, str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


@pytest.mark.bench
def test_the_anthology(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "antologia.pdf"
    taken = [made(release.folder, "", out)[0] for _ in range(5)]
    say("pages of the anthology", len(pypdfium2.PdfDocument(str(out))))
    assert say("the anthology on an open release, s (median of 5)", statistics.median(taken)) < (
        ANTHOLOGY_SECONDS
    )


@pytest.fixture(scope="module")
def three_hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with three hundred synthetic practices beside the shipped ones."""
    home, sources = tmp_path_factory.mktemp("books"), locate().sources
    synthetic.write(sources.records, home / "records", NUMBER)
    return build(sources, home, code_digest="bench", engine=NO_ENGINE).folder


@pytest.mark.bench
def test_three_hundred_practices_and_weasyprint_on_the_same(
    three_hundred: Path, release: Release, tmp_path: Path
) -> None:
    places, shipped = locate(), frozenset(release.repository.slugs())
    opened = open_release(three_hundred, places.sources.queries)
    slugs = [slug for slug in opened.repository.slugs() if slug not in shipped][:NUMBER]
    assert len(slugs) == NUMBER
    iris = " ".join(f"<{ns.resource('pratica', slug)}>" for slug in slugs)
    query = f"SELECT ?p {{ VALUES ?p {{ {iris} }} }}"
    out = tmp_path / "book.pdf"
    taken = [made(three_hundred, query, out) for _ in range(3)]
    seconds = say("300 practices, s (median of 3)", statistics.median(s for s, _ in taken))
    memory = say("memory, MB", max(m for _, m in taken) / 1e6)
    say("pages", len(pypdfium2.PdfDocument(str(out))))
    python = os.environ.get("WEASYPRINT_PYTHON", sys.executable)
    edition = edition_of(opened.repository, "antologia", {})
    book = composed(opened, Settings(home=three_hundred), places, edition, "it", query=query)
    page = tmp_path / "book.html"
    page.write_bytes(written(book, places, "antologia", "html").body)
    done = subprocess.run(
        [python, "-c", WEASY, str(page), str(tmp_path / "weasy.pdf")],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = say("WeasyPrint on the same practices, s", float(done.stdout.split()[-1]))
    say("times", theirs / seconds)
    assert seconds < BIG_SECONDS
    assert memory * 1e6 < BIG_MEMORY
    assert theirs >= TIMES * seconds
