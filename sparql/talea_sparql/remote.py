"""Both lanes over a SPARQL 1.1 engine elsewhere, for a catalogue that outgrows one machine.

`RemoteStore` answers the named queries and `RemotePool` those of strangers, with the interface of
`TrustedStore` and `Pool`. The engine is asked for one format of tables and one of graphs; all
others are written here from its terms, so that an engine that lacks some, or writes them wrongly,
is no matter, and nothing is passed on unread.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import CancelledError
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, RdfFormat

from talea_sparql.children import Child
from talea_sparql.engine import (
    Engine,
    garbage,
    in_one_thread,
    read_boolean,
    read_results,
    read_rows,
    read_triples,
)
from talea_sparql.errors import (
    DeadlineError,
    EvaluationError,
    RemoteEngineError,
    ResultTooLargeError,
    UnavailableError,
)
from talea_sparql.formats import Form, by_media_type
from talea_sparql.guard import decode_escapes
from talea_sparql.library import Library
from talea_sparql.limits import Limits
from talea_sparql.magic import Search
from talea_sparql.pool import Pool
from talea_sparql.store import QueryStore, Rows
from talea_sparql.wire import Head
from talea_sparql.worker import CappedBuffer, TooLargeError, read_syntax_error

__all__ = ["RemotePool", "RemoteSource", "RemoteStore"]

_QUERY_SECONDS: Final = 30.0  # of one named query
_CONNECT_SECONDS: Final = 120.0  # of a look at all the data, once
_PAGE_CONNECTIONS: Final = 40  # as many threads render pages
_TRUSTED_BYTES: Final = 500_000_000  # of one answer to a named query: an engine may never end
# What comes from the engine may be longer than what is written from it, by so much: JSON repeats
# the names of variables, N-Triples whole IRIs.
_LONGER: Final = 4
_ENGINES_OWN: Final = re.compile(r"<\s*(?:bif|sql):", re.IGNORECASE)
"""How Virtuoso's own functions begin, among them some that read more than the data."""

T = TypeVar("T")


class RemoteStore(QueryStore):
    """Runs the named queries of a library over the engine at an address.

    Safe to use from several threads: the requests are made by a thread of its own, so that each
    ends in time (`seconds`). Every method raises `UnavailableError`, `RemoteEngineError`,
    `ResultTooLargeError` or `DeadlineError` where the engine does not answer as it should.
    """

    def __init__(self, address: str, library: Library, *, seconds: float = _QUERY_SECONDS) -> None:
        super().__init__(library)
        self.host = urlsplit(address).hostname or ""
        self._seconds = seconds
        self._address = address
        self._size: int | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="sparql-engine", daemon=True)
        self._thread.start()
        self._engine = self._await(self._connected())

    def connect(self) -> tuple[int, int]:
        """Find out how the engine takes all graphs together, and whether its answers are whole.

        Returns the number of quads in its named graphs and of these graphs. Raises
        `RemoteEngineError` for an engine that cannot serve.
        """
        self._await(self._engine.find_union(), _CONNECT_SECONDS)
        quads, graphs = self._await(self._engine.census(), _CONNECT_SECONDS)
        self._size = quads
        return quads, graphs

    def close(self) -> None:
        """Close the connections; queries under way end with an error."""
        if self._loop.is_closed():
            return
        self._await(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __len__(self) -> int:
        """Return how many quads the named graphs hold: counted once."""
        if self._size is None:
            self._size = self._await(self._engine.census(), _CONNECT_SECONDS)[0]
        return self._size

    def quads(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | Literal | None = None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads of one pattern in named graphs, `None` standing for anything."""
        given = {"s": subject, "p": predicate, "o": object_, "g": graph}
        s, p, o, g = (str(term) if term else f"?{name}" for name, term in given.items())
        text = f"SELECT * {{ GRAPH {g} {{ {s} {p} {o} }} }}"
        if all(given.values()):
            found: Any = [given] if self._boolean(f"ASK {{ GRAPH {g} {{ {s} {p} {o} }} }}") else []
        else:
            found = self._rows(text)
        for row in found:
            terms: Any = (row.get(name) or given[name] for name in given)
            yield Quad(*terms)

    def _rows(self, text: str) -> Rows:
        return read_rows(self._await(self._engine.table(text, _TRUSTED_BYTES)))

    def _boolean(self, text: str) -> bool:
        return read_boolean(self._await(self._engine.table(text, _TRUSTED_BYTES)))

    def _triples(self, text: str) -> list[pyoxigraph.Triple]:
        return read_triples(self._await(self._engine.graph(text, _TRUSTED_BYTES)))

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._engine.close()

    async def _connected(self) -> Engine:
        return Engine(self._address, _PAGE_CONNECTIONS)

    def _await(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Do the work in the thread of the loop, for so many seconds at most."""
        seconds = seconds or self._seconds
        if self._loop.is_closed():
            work.close()
            raise UnavailableError("The store is closed.")

        async def timed() -> T:
            async with asyncio.timeout(seconds):
                return await work

        try:
            return asyncio.run_coroutine_threadsafe(timed(), self._loop).result()
        except CancelledError:
            raise UnavailableError("The store was closed.") from None
        except TimeoutError:
            raise DeadlineError(
                f"The SPARQL engine took longer than {seconds:g} seconds.", limit=seconds
            ) from None


class RemotePool(Pool):
    """Evaluates queries of strangers by the engine at an address.

    The guard, the deadline, the size of an answer, admission and the queue are those of `Pool`;
    `Limits.children` is how many queries the engine is asked at once. A query that passes its
    deadline is hung up on.
    """

    def __init__(
        self, address: str, limits: Limits | None = None, *, search: Search | None = None
    ) -> None:
        limits = limits or Limits()
        super().__init__(RemoteSource(address, limits), limits, search=search)


class RemoteSource:
    """Children that are a place in the queue of a remote engine: see `children.Source`."""

    def __init__(self, address: str, limits: Limits) -> None:
        self.starts = 0
        self._address = address
        self._limits = limits
        self._engine: Engine | None = None

    async def start(self) -> None:
        """Reach the engine and find out how it takes all graphs together."""
        self.starts += 1
        engine = Engine(self._address, self._limits.children)
        try:
            async with asyncio.timeout(self._limits.start_seconds):
                await engine.find_union()
        except BaseException as error:
            await engine.close()
            if isinstance(error, TimeoutError):
                raise UnavailableError("The SPARQL engine does not answer.") from None
            raise
        self._engine = engine

    async def spawn(self) -> Child:
        """Return a new place."""
        if self._engine is None:
            raise UnavailableError("The SPARQL engine was not reached.", retry_after=10)
        return _RemoteChild(self._engine)

    async def discard(self, child: Child) -> int | None:
        """Do nothing: the engine was hung up on."""
        return None

    async def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            await self._engine.close()

    def unenforced(self) -> list[str]:
        """Return, in English, the protections that only the engine itself can give."""
        return [
            "the memory of a query is for the remote engine to limit",
            "a query that passes its deadline goes on in the remote engine, unless that stops it",
            "only the guard keeps the remote engine from following SERVICE",
        ]


class _RemoteChild:
    served = 0  # nothing wears out that would have to be replaced

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def alive(self) -> bool:
        return True

    async def exchange(self, request: Head) -> tuple[Head, bytes]:
        """Evaluate a request as `worker.evaluate` does. Raises the errors of `Engine`."""
        started = time.perf_counter()
        try:
            body = await self._answer(request)
            head: Head = {}
        except SyntaxError as error:
            body, head = b"", read_syntax_error(str(error))
            if request.get("base") and "line" in head:
                head["line"] = max(1, head["line"] - 1)
        except TooLargeError:
            body, head = b"", {"error": "result-too-large"}
        head["evaluated_ms"] = (time.perf_counter() - started) * 1000
        return head, body

    async def _answer(self, request: Head) -> bytes:
        query, media_type, cap = request["query"], request["media_type"], request["result_bytes"]
        _refuse_engines_own(query)
        if request.get("base"):
            query = f"BASE <{request['base']}>\n{query}"
        form = by_media_type(media_type)
        is_graph = form is not None and Form.CONSTRUCT in form.forms
        asking = self._engine.graph if is_graph else self._engine.table
        try:
            body = await asking(
                query, _LONGER * cap, union=request["union"], dataset=request["dataset"]
            )
        except ResultTooLargeError:
            raise TooLargeError from None
        write = _write_graph if is_graph else _write_table
        return await asyncio.to_thread(write, body, media_type, cap, request.get("form"))


def _refuse_engines_own(query: str) -> None:
    """Raise `EvaluationError` where a query names functions that only one engine has."""
    if _ENGINES_OWN.search(decode_escapes(query)):
        raise EvaluationError("Functions of the engine's own are not SPARQL 1.1: write others.")


@in_one_thread
def _write_table(body: bytes, media_type: str, cap: int, form: str | None) -> bytes:
    """Read JSON results and write them in another format, of at most `cap` bytes.

    Raises `TooLargeError` or `RemoteEngineError`.
    """
    buffer = CappedBuffer(cap)
    if form == Form.ASK:
        word = b"true" if read_boolean(body) else b"false"
        body = b'{"head":{},"boolean":%s}' % word  # as Virtuoso does not write it
    found: Any = read_results(body)
    if form == Form.SELECT and isinstance(found, pyoxigraph.QueryBoolean):
        raise RemoteEngineError("The SPARQL engine answered yes or no where rows were asked.")
    try:
        found.serialize(buffer, QueryResultsFormat.from_media_type(media_type))
    except (SyntaxError, ValueError) as error:
        raise garbage(error) from None
    return buffer.value()


@in_one_thread
def _write_graph(body: bytes, media_type: str, cap: int, form: str | None) -> bytes:
    """Read N-Triples and write them in another format; see `_write_table`."""
    buffer = CappedBuffer(cap)
    writable: Any = buffer  # as much of a file as the engine needs
    pyoxigraph.serialize(read_triples(body), writable, RdfFormat.from_media_type(media_type))
    return buffer.value()
