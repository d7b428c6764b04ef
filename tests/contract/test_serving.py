"""`talea serve` over an engine elsewhere: the same pages, and one line where it cannot be."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talea_catalogue.release import current

from .engines import (
    free_port,
    has_virtuoso,
    oxigraph_server,
    virtuoso_server,
)

if TYPE_CHECKING:
    from talea_catalogue.release import Release

PAGES = (
    "/",
    "/pratiche",
    "/pratiche/scheda-pippi",
    "/pratiche/scheda-pippi.ttl",
    "/comuni/072006",
    "/en/pratiche/scheda-pippi",
    "/vocabolari",
    "/dati",
    "/feed.atom",
    "/api/v1/search?q=doposcuola",
)
"""Not `/ontologia`: its examples are the first that a store finds, and stores have orders."""
QUERY = "SELECT ?type (COUNT(*) AS ?n) { ?s a ?type } GROUP BY ?type ORDER BY DESC(?n) ?type"
MATCHES = (
    "PREFIX t: <https://w3id.org/talea/onto/> "
    'SELECT ?p { ?p t:matches ("doposcuola" ?score) } ORDER BY DESC(?score) ?p'
)
DEADLINE = 30


@pytest.fixture(scope="module")
def dump(home: Path) -> Path:
    """The data of the release in force."""
    folder = current(home)
    assert folder is not None
    return folder / "data.nq"


@pytest.fixture(
    scope="module",
    params=["oxigraph", pytest.param("virtuoso", marks=pytest.mark.peers)],
)
def engine(
    request: pytest.FixtureRequest,
    dump: Path,
    tmp_path_factory: pytest.TempPathFactory,
    needs: Callable[[bool, str], None],
) -> Iterator[str]:
    """The address of an engine that holds the shipped catalogue."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with contextlib.ExitStack() as stack:
        if request.param == "oxigraph":
            yield stack.enter_context(oxigraph_server(dump, folder))
        else:
            needs(has_virtuoso(), "Debian's virtuoso-opensource-7 is not here")
            ours = "https://w3id.org/talea/"
            yield stack.enter_context(virtuoso_server(dump, folder, ours))


@pytest.fixture(scope="module")
def elsewhere(engine: str, start_server: Callable[..., Any]) -> str:
    """A real server over it."""
    url: str = start_server(TALEA_RATE_PER_MINUTE="0", TALEA_SPARQL_URL=engine).url
    return url


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_the_same(elsewhere: str, server: Any, path: str) -> None:
    there, here = (
        httpx.get(base + path, timeout=DEADLINE, headers={"Accept": "*/*"})
        for base in (elsewhere, server.url)
    )
    assert there.status_code == here.status_code == 200
    left, right = (
        answer.text.replace(base, "") for answer, base in ((there, elsewhere), (here, server.url))
    )
    assert left == right


@pytest.mark.parametrize("query", [QUERY, MATCHES])
@pytest.mark.parametrize("accept", ["application/sparql-results+json", "text/csv"])
def test_answers_are_the_same(elsewhere: str, server: Any, query: str, accept: str) -> None:
    there, here = (
        httpx.get(
            f"{base}/sparql",
            params={"query": query},
            headers={"Accept": accept},
            timeout=DEADLINE,
        )
        for base in (elsewhere, server.url)
    )
    assert there.status_code == here.status_code == 200
    assert there.content == here.content
    assert len(here.content.splitlines()) > 1 or accept != "text/csv"


def serve(home: Path, address: str) -> tuple[int, str]:
    """Start `talea serve` where it must end at once; its code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "talea_api.cli", "serve", "--port", "0", "--home", str(home)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TALEA_SPARQL_URL": address},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr.strip()


def test_other_data_are_refused_in_one_line(
    release: Release, dump: Path, home: Path, tmp_path: Path
) -> None:
    fewer = tmp_path / "fewer.nq"
    fewer.write_text("".join(dump.read_text("utf-8").splitlines(True)[1:]), encoding="utf-8")
    with oxigraph_server(fewer, tmp_path / "store") as address:
        code, said = serve(home, address)
    assert code == 3
    counts = release.manifest.counts
    assert f"{counts['triple'] - 1} quadruple" in said
    assert f"{counts['triple']} in" in said
    assert "\n" not in said


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}/query", "ftp://example.org/", "x"])
def test_an_address_of_nothing_is_refused_in_one_line(home: Path, address: str) -> None:
    code, said = serve(home, address.format(free_port()))
    assert code in (2, 3)
    assert "\n" not in said
    assert "SPARQL" in said


def test_an_engine_that_goes_away_is_a_problem_document(
    dump: Path, tmp_path: Path, start_server: Callable[..., Any]
) -> None:
    with oxigraph_server(dump, tmp_path / "store") as address:
        url = start_server(
            TALEA_RATE_PER_MINUTE="0",
            TALEA_PAGE_CACHE_MB="0",
            TALEA_RESULT_CACHE_MB="0",
            TALEA_SPARQL_URL=address,
        ).url
        query = {"query": "ASK { ?s ?p ?o }"}
        assert httpx.get(f"{url}/sparql", params=query, timeout=DEADLINE).status_code == 200
    for path, lang in (("/sparql", "it"), ("/sparql", "en"), ("/pratiche/scheda-pippi", "it")):
        answer = httpx.get(
            url + path,
            params=query if path == "/sparql" else {},
            headers={"Accept": "*/*", "Accept-Language": lang},
            timeout=DEADLINE,
        )
        assert answer.status_code == 503, path
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["code"] == "unavailable"
        assert int(answer.headers["retry-after"]) > 0
    assert httpx.get(f"{url}/healthz", timeout=DEADLINE).status_code in (200, 503)
