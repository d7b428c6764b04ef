"""The W3C suites as data: which cases there are, what each sends, what each expects.

They are read from a folder beside the checkout and never copied into it. Addresses of their files
are those at which the W3C published them, because the expected results are written against those.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

ROOT = Path(
    os.environ.get("TALEA_W3C_TESTS")
    or Path(__file__).resolve().parents[3] / "shared" / "w3c-sparql11"
)
"""Where the suites are, if they are here."""
ABSENT = f"the W3C suites are not in ../shared/w3c-sparql11 nor in TALEA_W3C_TESTS ({ROOT})"
BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
PROTOCOL_DATA = "http://kasei.us/2009/09/sparql/data/"
"""The protocol cases name their graphs below this address."""

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")


@dataclass(frozen=True, slots=True)
class QueryCase:
    """A query to evaluate, or only to read. `data` and `graphs` are addresses of graphs."""

    iri: str
    kind: str
    query: Path
    data: tuple[str, ...]
    graphs: tuple[str, ...]
    result: Path | None

    @property
    def id(self) -> str:
        """Folder and name: `aggregates/agg01`."""
        return f"{self.query.parent.name}/{self.iri.rpartition('#')[2]}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what is expected of its answer.

    `statuses` holds codes such as 404 and classes such as 2 for 2xx; `form` is `boolean`,
    `tabular` or `RDF`; `body` of the answer is Turtle.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statuses: frozenset[int]
    form: str | None
    boolean: bool | None
    answer: str | None

    def expects(self, status: int) -> bool:
        """Whether the suite takes this status."""
        return status in self.statuses or status // 100 in self.statuses


@dataclass(frozen=True, slots=True)
class HttpCase:
    """A sequence of requests."""

    iri: str
    exchanges: tuple[Exchange, ...]

    @property
    def id(self) -> str:
        """The name of the case."""
        return self.iri.rpartition("#")[2]


def each(cases: Sequence[QueryCase] | Sequence[HttpCase]) -> pytest.MarkDecorator:
    """Run a test for each case, named by it; skip it loudly where the suites are absent."""
    absent = pytest.param(None, id="absent", marks=pytest.mark.skip(reason=f"NOT RUN: {ABSENT}"))
    found = [pytest.param(case, id=case.id) for case in cases]
    return pytest.mark.parametrize("case", found or [absent])


def known_failures(table: str) -> dict[str, str]:
    """Cases that are known to fail, with the reason of each: a table of `known_failures.toml`."""
    text = Path(__file__).with_name("known_failures.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(text)[table]
    return found


def query_cases(*kinds: str) -> list[QueryCase]:
    """The cases of some kinds (`QueryEvaluationTest`…) of every folder, in order."""
    found = []
    for manifest in sorted(ROOT.glob("*/manifest.ttl")):
        graph = _read(manifest)
        for case in _entries(graph):
            kind = str(graph.value(case, RDF.type)).rpartition("#")[2]
            if kind in kinds:
                found.append(_query_case(graph, case, kind))
    return found


def http_cases(*names: str) -> list[HttpCase]:
    """The cases of manifests of HTTP requests, `protocol/manifest.ttl` for example."""
    found = []
    for name in names:
        graph = _read(ROOT / name) if (ROOT / name).is_file() else Graph()
        for case in _entries(graph):
            requests = graph.value(graph.value(case, MF.action), HT.requests)
            exchanges = (_exchange(graph, one) for one in Collection(graph, requests))
            found.append(HttpCase(str(case), tuple(exchanges)))
    return found


def quads() -> Iterator[ox.Quad]:
    """Every data file of every folder, each in a graph named by its address."""
    for path in sorted([*ROOT.glob("*/*.ttl"), *ROOT.glob("*/*.nt"), *ROOT.glob("*/*.rdf")]):
        if path.name.startswith("manifest"):
            continue
        name = address(path)
        if path.parent.name == "protocol":
            name = PROTOCOL_DATA + path.stem + ".rdf"
        form = ox.RdfFormat.from_extension(path.suffix[1:])
        for quad in ox.parse(path=str(path), format=form, base_iri=name, rename_blank_nodes=True):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(name))


def address(path: Path) -> str:
    """Where the W3C published a file of the suites."""
    return BASE + path.relative_to(ROOT).as_posix()


@cache
def _read(path: Path) -> Graph:
    return Graph().parse(path, format="turtle", publicID=address(path))


def _entries(graph: Graph) -> Iterator[Node]:
    for entries in graph.objects(None, MF.entries):
        yield from Collection(graph, entries)


def _query_case(graph: Graph, case: Node, kind: str) -> QueryCase:
    action = graph.value(case, MF.action)
    query = graph.value(action, QT.query) or action
    result = graph.value(case, MF.result)
    return QueryCase(
        str(case),
        kind,
        _path(query),
        tuple(sorted(str(one) for one in graph.objects(action, QT.data))),
        tuple(sorted(str(one) for one in graph.objects(action, QT.graphData))),
        None if result is None else _path(result),
    )


def _path(node: Node | None) -> Path:
    assert isinstance(node, URIRef)
    return ROOT / str(node).removeprefix(BASE)


def _exchange(graph: Graph, node: Node) -> Exchange:
    answer = graph.value(node, HT.resp)
    form = graph.value(answer, MF.expectedFormat)
    boolean = graph.value(answer, MF.expectedBoolean)
    expected = graph.value(graph.value(answer, HT.body), CNT.chars)
    return Exchange(
        str(graph.value(node, HT.methodName)),
        str(graph.value(node, HT.absolutePath)),
        tuple(_headers(graph, node)),
        _body(graph, graph.value(node, HT.body)),
        frozenset(_status(str(one)) for one in graph.objects(answer, MF.expectedStatus)),
        None if form is None else str(form),
        None if boolean is None else bool(Literal(boolean).toPython()),
        None if expected is None else str(expected),
    )


def _headers(graph: Graph, node: Node) -> Iterator[tuple[str, str]]:
    headers = graph.value(node, HT.headers)
    if headers is not None:
        for one in Collection(graph, headers):
            yield str(graph.value(one, HT.fieldName)), str(graph.value(one, HT.fieldValue))


def _body(graph: Graph, node: Node | None) -> bytes:
    if node is None:
        return b""
    encoding = str(graph.value(node, CNT.characterEncoding) or "UTF-8")
    return str(graph.value(node, CNT.chars)).encode(encoding)


_NAMED = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}


def _status(iri: str) -> int:
    """A code for `hts:NotFound`, its first digit for `hts:StatusCode4xx`."""
    name = iri.rpartition("#")[2]
    return int(name[-3]) if name.startswith("StatusCode") else _NAMED[name]
