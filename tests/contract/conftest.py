"""The engines of the contract, each started once a session."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from talea_sparql.library import Library, parse_query

from . import data, engines

HEADER = "# title-it: Prova\n# title-en: Test\n"
PREFIX = f"PREFIX e: <{data.E}>\n"
QUERIES = {
    "value": "# parameters: p: iri http://example.org/plain\nSELECT ?o WHERE { e:terms $p ?o }",
    "holder": "# parameters: x: string x\nSELECT ?s ?p WHERE { ?s ?p ?o FILTER(?o = $x) }",
    "numbers": "# parameters: many: integer 3\n"
    "SELECT ?i WHERE { ?s e:number ?i } ORDER BY ?i LIMIT $many",
    "labels": "SELECT ?s ?label ?missing WHERE { ?s e:label ?label "
    "OPTIONAL { ?s e:nothing ?missing } }",
    "some": "# parameters: things: iri http://example.org/left\n"
    "SELECT ?s ?p WHERE { VALUES ?s { $things } ?s ?p ?o }",
    "has": "# parameters: x: string x\nASK { ?s ?p ?o FILTER(STR(?o) = $x) }",
    "sheet": "# parameters: s: iri http://example.org/left\n"
    "CONSTRUCT { $s ?p ?o } WHERE { $s ?p ?o }",
    "path": "SELECT ?street WHERE { e:left e:knows/e:address/e:street ?street }",
    "nodes": "SELECT ?node ?street WHERE { ?node e:street ?street }",
    "parts": "CONSTRUCT { ?node ?p ?o } WHERE { e:right e:address ?node . ?node ?p ?o }",
    "engine-refuses": "SELECT ?s (COUNT(?o) AS ?o) WHERE { ?s e:label ?o }",
}


@pytest.fixture(scope="session")
def library() -> Library:
    """Named queries of every form."""
    texts = {name: _text(query) for name, query in QUERIES.items()}
    return Library({name: parse_query(name, text) for name, text in texts.items()})


def _text(query: str) -> str:
    comments = [line for line in query.split("\n") if line.startswith("#")]
    rest = [line for line in query.split("\n") if not line.startswith("#")]
    return HEADER + "".join(f"{line}\n" for line in comments) + PREFIX + "\n".join(rest)


@pytest.fixture(scope="session")
def nquads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data as a file."""
    path = tmp_path_factory.mktemp("contract") / "data.nq"
    data.write(path)
    return path


@pytest.fixture(
    scope="session",
    params=["memory", "disk", "oxigraph", pytest.param("virtuoso", marks=pytest.mark.peers)],
)
def engine(
    request: pytest.FixtureRequest,
    nquads: Path,
    library: Library,
    tmp_path_factory: pytest.TempPathFactory,
    needs: Callable[[bool, str], None],
) -> Iterator[engines.Engine]:
    """Each engine in turn."""
    folder = tmp_path_factory.mktemp(request.param)
    with contextlib.ExitStack() as stack:
        if request.param == "memory":
            found = engines.embedded_memory(nquads, library)
        elif request.param == "disk":
            found = engines.embedded_disk(nquads, folder, library)
        elif request.param == "oxigraph":
            address = stack.enter_context(engines.oxigraph_server(nquads, folder))
            found = engines.remote("oxigraph", address, library)
        else:
            needs(engines.has_virtuoso(), "Debian's virtuoso-opensource-7 is not here")
            address = stack.enter_context(engines.virtuoso_server(nquads, folder))
            found = engines.remote("virtuoso", address, library, engines.VIRTUOSO_DIFFERENCES)
        yield found
        found.close()


@pytest.fixture(scope="session")
def reference(nquads: Path, library: Library) -> Iterator[engines.Engine]:
    """The embedded store: what every engine is compared with."""
    found = engines.embedded_memory(nquads, library)
    yield found
    found.close()
