"""One SPARQL 1.1 query service at an address, asked over HTTP and not trusted.

An engine may be slow, ill-configured or not an engine at all. An answer is taken only whole, with
the media type that was asked for and within a number of bytes; no redirect is followed and the
environment's proxies are not used. Everything else becomes a named error. Requests are form posts
(SPARQL 1.1 Protocol, 2.1.2), which every engine takes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, ParamSpec, TypeVar
from urllib.parse import urlencode

import httpx
import pyoxigraph
from pyoxigraph import (
    Literal,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
)

from talea_sparql.errors import (
    EvaluationError,
    RemoteEngineError,
    ResultTooLargeError,
    UnavailableError,
)
from talea_sparql.negotiate import parse_media_type
from talea_sparql.store import Rows, Term, rows_of

__all__ = [
    "Dataset",
    "Engine",
    "garbage",
    "in_one_thread",
    "read_boolean",
    "read_results",
    "read_rows",
    "read_triples",
]

P = ParamSpec("P")
T = TypeVar("T")

Dataset = tuple[Sequence[str], Sequence[str]]
"""IRIs of the graphs that make up the default graph, IRIs of the named graphs."""

_CONNECT_SECONDS: Final = 2.0
_IDLE_SECONDS: Final = 4.0  # engines drop idle connections after 5 s (Node) or more
_RETRY_AFTER: Final = 10  # seconds after which a client may find the engine again
_ERROR_BYTES: Final = 4_096  # of an error's text that are read

_TABLES: Final = ("application/sparql-results+json", "application/json")
_GRAPHS: Final = ("application/n-triples",)
_CUT: Final = ("x-sparql-maxrows", "x-sql-state")
"""Headers by which Virtuoso says that it left rows out, in an answer with status 200."""

_SWITCHES: Final[tuple[dict[str, str], ...]] = ({}, {"union-default-graph": "true"})
"""Parameters that make the default graph the union of all: none, or the Oxigraph server's."""

_PROBES: Final = 2  # triples, of two graphs, that the union must join
_SAMPLE: Final = """SELECT ?g ?s ?p ?o {{ GRAPH ?g {{ ?s ?p ?o }}
FILTER(isIRI(?s) && !isBlank(?o){others}) }} LIMIT 1"""
_NO_GRAPH: Final = "urn:talea:no-such-graph"
_GRAPH: Final = re.compile(r"(?<![\w/:#.?$-])GRAPH\s*[<?$\w:]", re.IGNORECASE)
_NAMED: Final = re.compile(r"\bNAMED\b", re.IGNORECASE)
_MANY_ROWS: Final = 200_000  # an engine that cuts answers shorter than this is found out
_SMALL: Final = 1_000_000  # bytes of the answer to a question that has one row
_NO_UNION: Final = (
    "The default graph of the engine is not the union of its graphs, and no switch makes it so: "
    "set it in the engine."
)

# Virtuoso writes blank nodes of its JSON as no other engine reads them, and booleans as digits.
# These bytes cannot be within a string, whose quotation marks are escaped.
_NODE_ID: Final = re.compile(rb'("bnode",\s*"value":\s*")nodeID://')
_BOOLEAN: Final = re.compile(rb'(XMLSchema#boolean",\s*"value":\s*")([01])"')
_BOOLEAN_LINE: Final = re.compile(
    rb'(?<=[ \t]")([01])(?="\^\^<http://www\.w3\.org/2001/XMLSchema#boolean>)'
)
_WORDS: Final = {b"0": b"false", b"1": b"true"}
_ASKED: Final = "__ASK_RETVAL"
"""The variable with which Virtuoso answers an ASK, as if it were a SELECT."""


class Engine:
    """Asks the service at `address`, an absolute http(s) IRI. It belongs to one event loop.

    `find_union` comes before the first query over the union of all graphs. Every method raises
    `UnavailableError` where the engine is not there and `RemoteEngineError` where its answer is
    none. Nothing here limits time: whoever awaits does.
    """

    def __init__(self, address: str, connections: int) -> None:
        self._address = httpx.URL(address)
        self._switch: dict[str, str] = {}
        self._lax_names = False  # GRAPH reaches graphs that are not in the dataset
        self._joins_from = False  # FROM is added to the graphs of the request
        self._client = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity", "User-Agent": "talea"},
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=connections, keepalive_expiry=_IDLE_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def table(
        self, query: str, at_most: int, *, union: bool = True, dataset: Dataset | None = None
    ) -> bytes:
        """Return the JSON results of a SELECT or an ASK, of at most so many bytes.

        With `union` the default graph is the union of all; a `dataset` stands in its place.
        Raises `ResultTooLargeError` besides, and `SyntaxError`, as the embedded engine does, with
        what the engine says of a query that it cannot read.
        """
        return await self._ask(query, _TABLES, at_most, union, dataset)

    async def graph(
        self, query: str, at_most: int, *, union: bool = True, dataset: Dataset | None = None
    ) -> bytes:
        """Return the N-Triples of a CONSTRUCT or a DESCRIBE; see `table`."""
        return await self._ask(query, _GRAPHS, at_most, union, dataset)

    async def find_union(self) -> None:
        """Find out how this engine takes all graphs for the default one.

        Two triples of two graphs must join without GRAPH, and with GRAPH still be apart. Raises
        `RemoteEngineError` where nothing brings that about. Without data there is nothing to see.
        """
        found = await self._samples()
        if not found:
            return
        union = " ".join(f"{s} {p} {o} ." for _, s, p, o in found)
        apart = " ".join(f"GRAPH {g} {{ {s} {p} {o} }}" for g, s, p, o in found)
        absent = "?s <urn:talea:no-such-property> ?o"
        for switch in _SWITCHES:
            self._switch = switch
            try:
                held = [await self._holds(pattern) for pattern in (absent, union, apart)]
            except SyntaxError:
                continue  # an engine may refuse parameters that it does not know
            if held == [False, True, True]:
                await self._find_datasets(found[0])
                return
        raise RemoteEngineError(_NO_UNION)

    async def _find_datasets(self, sample: Sequence[Term]) -> None:
        """Find out which rules for datasets (SPARQL 1.1 Query, 13.2) this engine does not keep."""
        graph, s, p, o = sample
        triple = f"{s} {p} {o}"
        only = ((_text_of(graph),), ())
        self._lax_names = await self._holds(f"GRAPH ?g {{ {triple} }}", dataset=only)
        absent = ((_NO_GRAPH,), ())
        query = f"ASK FROM {graph} {{ {triple} }}"
        self._joins_from = read_boolean(await self.table(query, _SMALL, dataset=absent))

    async def _samples(self) -> list[list[Term]]:
        """Graph, subject, predicate and object of a triple of each of some graphs."""
        found: list[list[Term]] = []
        while len(found) < _PROBES:
            others = "".join(f" && ?g != {sample[0]}" for sample in found)
            query = _SAMPLE.format(others=others)
            rows = read_rows(await self.table(query, _SMALL))
            if not rows:
                break
            found.append([_bound(rows[0], name) for name in ("g", "s", "p", "o")])
        return found

    async def _holds(self, pattern: str, dataset: Dataset | None = None) -> bool:
        query = f"ASK {{ {pattern} }}"
        return read_boolean(await self.table(query, _SMALL, dataset=dataset))

    async def census(self) -> tuple[int, int]:
        """Return how many quads the engine has in named graphs, and how many such graphs.

        Raises `RemoteEngineError` for an engine that leaves out rows of long answers.
        """
        counts = "SELECT (COUNT(*) AS ?quads) (COUNT(DISTINCT ?g) AS ?graphs) "
        pattern = "{ GRAPH ?g { ?s ?p ?o } }"
        rows = read_rows(await self.table(counts + pattern, _SMALL))
        row = rows[0] if rows else {}
        quads, graphs = (_number(_bound(row, name)) for name in ("quads", "graphs"))
        every = f"SELECT (1 AS ?x) {pattern} LIMIT {_MANY_ROWS}"
        rows = read_rows(await self.table(every, 1_000 * _MANY_ROWS))
        if len(rows) != min(quads, _MANY_ROWS):
            raise RemoteEngineError("The engine leaves out rows of a long answer.")
        return quads, graphs

    async def _ask(
        self,
        query: str,
        accepted: tuple[str, ...],
        at_most: int,
        union: bool,
        dataset: Dataset | None,
    ) -> bytes:
        self._check_dataset(query, union, dataset)
        form = [("query", query)]
        if dataset is not None:
            form += [("default-graph-uri", iri) for iri in dataset[0]]
            named = dataset[1] or ((_NO_GRAPH,) if self._lax_names else ())
            form += [("named-graph-uri", iri) for iri in named]
        elif union:
            form += self._switch.items()
        headers = {
            "Accept": accepted[0],
            "Content-Type": "application/x-www-form-urlencoded",
        }
        content = urlencode(form).encode("ascii")
        async with self._sent(content, headers) as response:
            if response.status_code != 200:
                raise await _refusal(response)
            _check_head(response, accepted)
            return await _whole(response, at_most)

    def _check_dataset(self, query: str, union: bool, dataset: Dataset | None) -> None:
        """Refuse what this engine would answer from other graphs than those asked for."""
        if union:
            return  # no FROM in the query
        if dataset is not None and self._joins_from:
            raise EvaluationError("The engine takes FROM or the graphs of the request, not both.")
        lax = dataset is None and self._lax_names and _GRAPH.search(query)
        if lax and not _NAMED.search(query):
            raise EvaluationError("On this engine GRAPH needs FROM NAMED where there is FROM.")

    @asynccontextmanager
    async def _sent(self, content: bytes, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
        """Send a request and give the answer, whose body is to be read."""
        request = self._client.build_request(
            "POST", self._address, content=content, headers=headers
        )
        try:
            try:
                response = await self._client.send(request, stream=True)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                # The engine may have dropped a connection that was kept: a query is asked again.
                response = await self._client.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.TimeoutException):
            raise UnavailableError(
                "The SPARQL engine does not answer.", retry_after=_RETRY_AFTER
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError):  # RuntimeError: it was closed
            raise RemoteEngineError("The SPARQL engine broke off its answer.") from None


async def _refusal(response: httpx.Response) -> Exception:
    status = response.status_code
    if status in (429, 503):
        return UnavailableError("The SPARQL engine is busy.", retry_after=_RETRY_AFTER)
    if status != 400 or _media_type(response) != "text/plain":
        return RemoteEngineError(f"The SPARQL engine answered with the status {status}.")
    text = b""
    async for piece in response.aiter_raw():
        text += piece
        if len(text) > _ERROR_BYTES:
            break
    return SyntaxError(text[:_ERROR_BYTES].decode("utf-8", "replace"))


def _check_head(response: httpx.Response, accepted: tuple[str, ...]) -> None:
    media_type = _media_type(response)
    if media_type not in accepted:
        raise RemoteEngineError(f"The SPARQL engine does not answer as {accepted[0]}.")
    if any(name in response.headers for name in _CUT):
        raise RemoteEngineError("The SPARQL engine leaves out rows of its answer.")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise RemoteEngineError("The SPARQL engine compresses its answer, unasked.")
    framed = "content-length" in response.headers or "transfer-encoding" in response.headers
    if accepted is _GRAPHS and not framed:  # N-Triples that were cut look whole
        raise RemoteEngineError("The SPARQL engine does not say where its answer ends.")


def _media_type(response: httpx.Response) -> str:
    parsed = parse_media_type(response.headers.get("content-type", ""))
    return parsed[0] if parsed else ""


async def _whole(response: httpx.Response, at_most: int) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_raw():
        size += len(piece)
        if size > at_most:
            raise ResultTooLargeError(
                f"The answer of the engine has more than {at_most} bytes.", limit=at_most
            )
        pieces.append(piece)
    return b"".join(pieces)


# --- Reading, which takes time and belongs in a thread ---


def in_one_thread(read: Callable[P, T]) -> Callable[P, T]:
    """Let an error of `read` take none of its frames along.

    The engine's results are bound to a thread, and an error that travels to another would drop
    them there.
    """

    @functools.wraps(read)
    def reading(*arguments: P.args, **keywords: P.kwargs) -> T:
        try:
            return read(*arguments, **keywords)
        except Exception as error:
            found = error
        found.__traceback__ = found.__context__ = found.__cause__ = None
        try:
            raise found
        finally:
            del found

    return reading


@in_one_thread
def read_rows(body: bytes) -> Rows:
    """Return the rows of JSON results. Raises `RemoteEngineError` where they are none."""
    found = read_results(body)
    if isinstance(found, QueryBoolean):
        raise RemoteEngineError("The SPARQL engine answered yes or no where rows were asked.")
    try:
        return rows_of(found)
    except (SyntaxError, ValueError) as error:
        raise garbage(error) from None


@in_one_thread
def read_boolean(body: bytes) -> bool:
    """Return the answer of an ASK. Raises `RemoteEngineError` where it is none."""
    found = read_results(body)
    if isinstance(found, QueryBoolean):
        return bool(found)
    if [variable.value for variable in found.variables] != [_ASKED]:
        raise RemoteEngineError("The SPARQL engine answered with rows where yes or no was asked.")
    return any(_number(row[_ASKED]) for row in read_rows(body))


def read_results(body: bytes) -> QuerySolutions | QueryBoolean:
    """Parse JSON results, rows lazily. Raises `RemoteEngineError`, later `SyntaxError`."""
    body = _NODE_ID.sub(rb"\1", body)
    body = _BOOLEAN.sub(lambda match: match[1] + _WORDS[match[2]] + b'"', body)
    try:
        return pyoxigraph.parse_query_results(body, format=QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise garbage(error) from None


@in_one_thread
def read_triples(body: bytes) -> list[Triple]:
    """Return the triples of N-Triples, each once. Raises `RemoteEngineError`."""
    body = _BOOLEAN_LINE.sub(lambda match: _WORDS[match[1]], body)
    try:
        quads = pyoxigraph.parse(body, format=RdfFormat.N_TRIPLES)
        return list(dict.fromkeys(quad.triple for quad in quads))
    except (SyntaxError, ValueError) as error:
        raise garbage(error) from None


def _bound(row: Mapping[str, Term], name: str) -> Term:
    if name not in row:
        raise RemoteEngineError("The SPARQL engine left out what was asked.")
    return row[name]


def _text_of(term: Term) -> str:
    return "" if isinstance(term, Triple) else term.value


def _number(term: Term) -> int:
    try:
        return int(term.value) if isinstance(term, Literal) else int("")
    except ValueError:
        raise RemoteEngineError("The SPARQL engine counts without numbers.") from None


def garbage(error: Exception) -> RemoteEngineError:
    """Return the error for an answer that a parser refused."""
    return RemoteEngineError(f"The SPARQL engine sent what cannot be read: {str(error)[:200]}")
