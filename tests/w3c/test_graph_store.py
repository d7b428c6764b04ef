"""The Graph Store Protocol suite on a store that is only read.

Writes must answer 405 and say what is allowed. Each read is done on the graph that the writes
before it would have left: the server starts with all of them, each under a name of its own, which
stands in the request for the name in the suite.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import pyoxigraph as ox
import pytest

from talea_catalogue import namespaces as ns

from . import suite
from .comparing import read, same
from .conftest import Reply, Service
from .suite import Exchange, HttpCase

CASES = suite.http_cases(
    "graph-store-protocol/manifest-direct.ttl", "graph-store-protocol/manifest-indirect.ttl"
)
WRITES = ("PUT", "POST", "DELETE", "PATCH")
AUTHORITY = "www.example"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Read:
    """A GET or HEAD, the path that stands for its own, and the graph that it finds."""

    exchange: Exchange
    path: str
    graph: str
    turtle: str | None


def reads(case: HttpCase) -> Iterator[Read]:
    """The reads of a case in order."""
    left: str | None = None
    for number, exchange in enumerate(case.exchanges):
        if exchange.method in ("PUT", "POST"):
            left = exchange.body.decode()
        elif exchange.method == "DELETE":
            left = None
        else:
            path, graph = named(exchange.path, f"{case.id}-{number}".replace("_", "-"))
            yield Read(exchange, path, graph, exchange.answer or left)


def named(path: str, own: str) -> tuple[str, str]:
    """A path of the suite with a name of its own in it, and the graph that it then means."""
    if path.startswith("/gsp/"):
        rest = f"{own}/{path.removeprefix('/gsp/')}"
        return f"/graph/{rest}", ns.GRAPH + rest
    _, _, query = path.partition("?")
    if query == DEFAULT:
        return "/rdf-graph-store?default", DEFAULT
    query = query.replace("$LOCATION$", "http://www.example/new").replace(
        AUTHORITY, own + ".example"
    )
    return f"/rdf-graph-store?{query}", unquote(query.partition("=")[2])


def states(default: bool) -> Iterator[ox.Quad]:
    """What the reads find: in the default graph alone, or in all others."""
    for case in CASES:
        for one in reads(case):
            if one.turtle is not None and (one.graph == DEFAULT) == default:
                name = ox.NamedNode(one.graph if not default else "urn:alone")
                form = ox.RdfFormat.TURTLE
                for quad in ox.parse(one.turtle, format=form, rename_blank_nodes=True):
                    yield ox.Quad(quad.subject, quad.predicate, quad.object, name)


@pytest.fixture(scope="module")
def stores(
    needs: Callable[[bool, str], None], serve: Callable[..., Service]
) -> dict[bool, Service]:
    """The server of the default graph (True) and of the named ones (False)."""
    needs(suite.ROOT.is_dir(), suite.ABSENT)
    return {default: serve(states(default)) for default in (True, False)}


@suite.each(CASES)
def test_reads_hold(stores: dict[bool, Service], case: HttpCase) -> None:
    for one in reads(case):
        reply = stores[one.graph == DEFAULT].send(
            one.exchange.method, one.path, one.exchange.headers
        )
        assert one.exchange.expects(reply.status), (one.path, reply.body)
        if reply.status != 200:
            continue
        assert reply.headers["Content-Type"] == "text/turtle; charset=utf-8"
        if one.exchange.method == "HEAD":
            assert reply.body == b""
        else:
            assert one.exchange.answer is not None
            wanted = read(one.exchange.answer.encode(), ".ttl")
            assert same(read(reply.body, ".ttl"), wanted, ordered=False)


@suite.each(CASES)
def test_writes_are_refused(stores: dict[bool, Service], case: HttpCase) -> None:
    for number, exchange in enumerate(case.exchanges):
        if exchange.method in WRITES:
            path, _ = named(exchange.path, f"{case.id}-{number}".replace("_", "-"))
            refused(stores[False].send(exchange.method, path, exchange.headers, exchange.body))


def refused(reply: Reply) -> None:
    assert reply.status == 405
    assert reply.media_type == "application/problem+json"
    assert json.loads(reply.body)["status"] == 405
    assert {one.strip() for one in reply.headers["Allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}


def test_the_cases_are_all_here(stores: dict[bool, Service]) -> None:
    assert len(CASES) == 13
    assert sum(len(list(reads(case))) for case in CASES) == 18
