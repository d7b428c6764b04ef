"""The public lane: queries of strangers, evaluated by confined processes.

One pool serves one event loop. Admission, deadlines and replacement happen here; what a query
may say is decided in `guard`, what a process may do in `worker`.
"""

from __future__ import annotations

import asyncio
import math
import signal
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talea_sparql import errors
from talea_sparql.children import Child, ProcessSource, Source, ThreadSource, can_fork
from talea_sparql.guard import Inspection, inspect
from talea_sparql.limits import Limits
from talea_sparql.magic import Search, rewrite, statement
from talea_sparql.protocol import Operation
from talea_sparql.wire import Head

__all__ = ["Answer", "Pool", "PoolStats"]

_LONG_QUERY = 4_096  # characters over which the guard works in a thread, off the event loop


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete result: always whole, never cut.

    `media_type` is the value for Content-Type without parameters, `form` the query form; times
    are in milliseconds.
    """

    media_type: str
    body: bytes
    form: str
    cacheable: bool
    queued_ms: float
    evaluated_ms: float


@dataclass(frozen=True, slots=True)
class PoolStats:
    """What a pool has done since it started, and what it is doing now."""

    children: int
    running: int
    waiting: int
    answered: int
    killed: int
    crashed: int
    recycled: int
    starts: int


class _Slot:
    """A place for one child; it is empty while the child is being replaced."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.replacing = asyncio.Lock()


class Pool:
    """Evaluates queries over `data` within `limits`: an N-Quads file or a store on disk.

    In place of the data may stand a source of children of another kind (`remote.RemotePool`).

    `search` answers the predicate that searches, where there is one; it may be given later.
    With `sandbox=False`, or where the system cannot fork, queries run in threads of this
    process and `unenforced()` says what that costs.
    """

    def __init__(
        self,
        data: Path | Source,
        limits: Limits | None = None,
        *,
        search: Search | None = None,
        sandbox: bool = True,
    ) -> None:
        self.limits = limits or Limits()
        self.search = search
        self._source = self._source_of(data, sandbox) if isinstance(data, Path) else data
        # Only a process of its own may change its copy of the data: threads share theirs.
        on_disk = isinstance(data, Path) and data.is_dir()
        self._fixed = on_disk or not isinstance(self._source, ProcessSource)
        self._slots: list[_Slot] = []
        # The child that has just answered is the next to be asked: its memory is at hand.
        self._idle: asyncio.Queue[_Slot] = asyncio.LifoQueue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._clients: Counter[str] = Counter()
        self._count: Counter[str] = Counter()
        self._running = self._waiting = 0
        self._open = False

    def _source_of(self, data: Path, sandbox: bool) -> Source:
        return ProcessSource(data, self.limits) if sandbox and can_fork() else ThreadSource(data)

    def unenforced(self) -> list[str]:
        """Return, in English, the protections that this system cannot give."""
        return self._source.unenforced()

    def stats(self) -> PoolStats:
        """Return the counters of this pool."""
        return PoolStats(
            self.limits.children,
            self._running,
            self._waiting,
            self._count["answered"],
            self._count["killed"],
            self._count["crashed"],
            self._count["recycled"],
            self._source.starts,
        )

    async def start(self) -> None:
        """Load the release and fork the children. Raises `UnavailableError`."""
        await self._source.start()
        self._open = True
        for _ in range(self.limits.children):
            slot = _Slot()
            slot.child = await self._source.spawn()
            self._slots.append(slot)
            self._idle.put_nowait(slot)

    async def close(self) -> None:
        """End every process; queries under way end with `UnavailableError`."""
        self._open = False
        await self._source.close()
        for _ in self._slots:
            await self._idle.get()  # each comes back when its query has ended
        if self._tasks:
            await asyncio.gather(*self._tasks)
        for slot in self._slots:
            if slot.child is not None:
                await self._source.discard(slot.child)
        self._slots.clear()

    async def inspect(self, query: str) -> Inspection:
        """What the guard says of a query; raises the errors of `guard.inspect`."""
        magic = self.search.predicate if self.search else ""
        if len(query) > _LONG_QUERY:
            return await asyncio.to_thread(inspect, query, self.limits, magic)
        return inspect(query, self.limits, magic)

    async def evaluate(
        self, operation: Operation, client: str, found: Inspection | None = None
    ) -> Answer:
        """Evaluate one operation for one client (an address, or any other stable name).

        `found` is what `inspect` said of its query, where the caller asked already. Raises the
        errors of `guard.inspect` and of the Accept header before anything runs, then those of
        `run`.
        """
        found = found or await self.inspect(operation.query)
        media_type = operation.format_for(found.form).media_type
        with self._admitted(client):
            request = _request(operation, found, media_type)
            if found.matches:
                request |= await asyncio.to_thread(self._searched, operation.query, found)
            head, body, queued_ms = await self._evaluate(request)
        return Answer(
            media_type, body, found.form, found.cacheable, queued_ms, head["evaluated_ms"]
        )

    def _searched(self, query: str, found: Inspection) -> Head:
        """What a request says besides, where its query searches."""
        search = self.search
        assert search is not None
        texts = {match.text.value for match in found.matches}
        if len(texts) > self.limits.search_texts:
            raise errors.TooManyPatternsError(
                f"The query searches for more than {self.limits.search_texts} texts.",
                italian=f"La query cerca più di {self.limits.search_texts} testi.",
                limit=self.limits.search_texts,
            )
        hits = {text: search.hits(text, self.limits.search_hits) for text in sorted(texts)}
        pairs = [(match, hits[match.text.value]) for match in found.matches]
        if self._fixed:
            if found.selects_all:
                raise errors.MatchesError(
                    "On this catalogue a query that searches names its variables: not SELECT *.",
                    italian="In questo catalogo una query che cerca nomina le sue variabili: "
                    "non SELECT *.",
                )
            return {"query": rewrite(query, search, pairs)}
        return {"hits": statement(search.predicate, pairs)}

    async def run(self, request: Head, client: str) -> tuple[Head, bytes, float]:
        """Evaluate a request as it is, without the guard: the lower half of `evaluate`.

        `request` is what `worker.evaluate` reads. Returns its answer and the milliseconds spent
        waiting. Raises `BusyError`, `QueueFullError`, `DeadlineError`, `ResultTooLargeError`,
        `MemoryLimitError`, `CrashedError`, `QuerySyntaxError`, `EvaluationError` or
        `UnavailableError`.
        """
        with self._admitted(client):
            return await self._evaluate(request)

    @contextmanager
    def _admitted(self, client: str) -> Iterator[None]:
        if self._clients[client] >= self.limits.running_per_client:
            raise errors.BusyError(
                f"This client already has {self.limits.running_per_client} queries under way.",
                limit=self.limits.running_per_client,
                retry_after=1,
            )
        self._clients[client] += 1
        try:
            yield
        finally:
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    async def _evaluate(self, request: Head) -> tuple[Head, bytes, float]:
        request = {**request, "result_bytes": self.limits.result_bytes}
        head, body, queued_ms = await self._attempts(request)
        if "error" in head:
            raise _timed(self._error(head), queued_ms, head["evaluated_ms"])
        self._count["answered"] += 1
        return head, body, queued_ms

    async def _attempts(self, request: Head) -> tuple[Head, bytes, float]:
        started = time.perf_counter()
        # A query has no part in the death of the zygote, which takes every child with it: it
        # is tried again, at most once for each child that may have been lost.
        for _ in range(self.limits.children + 1):
            slot = await self._acquire()
            acquired = time.perf_counter()
            queued_ms = (acquired - started) * 1000
            try:
                head, body = await self._exchange(slot, request)
            except _LostError:
                continue
            except errors.SparqlError as error:
                raise _timed(error, queued_ms, (time.perf_counter() - acquired) * 1000) from None
            return head, body, queued_ms
        raise errors.UnavailableError("The query processes were restarted.", retry_after=2)

    async def _acquire(self) -> _Slot:
        if not self._open:
            raise errors.UnavailableError("The query pool is closed.", retry_after=10)
        if not self._idle.empty():
            return self._idle.get_nowait()
        if self._waiting >= self.limits.queue_length:
            raise self._queue_full("Too many queries are waiting.")
        self._waiting += 1
        try:
            async with asyncio.timeout(self.limits.queue_seconds):
                slot = await self._idle.get()
        except TimeoutError:
            raise self._queue_full("No query process became free in time.") from None
        finally:
            self._waiting -= 1
        if not self._open:
            self._idle.put_nowait(slot)
            raise errors.UnavailableError("The query pool is closed.", retry_after=10)
        return slot

    def _queue_full(self, detail: str) -> errors.QueueFullError:
        return errors.QueueFullError(
            detail,
            limit=self.limits.queue_length,
            retry_after=math.ceil(self.limits.queue_seconds),
        )

    async def _exchange(self, slot: _Slot, request: Head) -> tuple[Head, bytes]:
        """Evaluate in a slot and give it back, emptied unless its child can go on."""
        self._running += 1
        healthy = False
        try:
            child = slot.child
            if child is None or not child.alive():
                child = await self._renewed(slot)
            async with asyncio.timeout(self.limits.deadline_seconds):
                head, body = await child.exchange(request)
            grown = head.get("grown_bytes", 0) > self.limits.growth_bytes
            healthy = child.served < self.limits.queries_per_child and not grown
            if not healthy:
                self._count["recycled"] += 1
            return head, body
        except TimeoutError:
            self._count["killed"] += 1
            raise errors.DeadlineError(
                f"The query took longer than {self.limits.deadline_seconds:g} seconds.",
                limit=self.limits.deadline_seconds,
            ) from None
        except (EOFError, OSError):
            dead, slot.child = slot.child, None
            raise self._death(await self._discard(dead)) from None
        except asyncio.CancelledError:
            self._count["killed"] += 1
            raise
        finally:
            self._running -= 1
            if healthy:
                self._idle.put_nowait(slot)
            else:
                self._background(self._refill(slot))

    async def _renewed(self, slot: _Slot) -> Child:
        """Replace a missing child now; the caller may be cancelled, the replacement is not."""
        task = self._background(self._replace(slot))
        await asyncio.shield(task)
        if slot.child is None:
            raise errors.UnavailableError("The query processes cannot start.", retry_after=10)
        return slot.child

    async def _refill(self, slot: _Slot) -> None:
        try:
            await self._replace(slot)
        finally:
            self._idle.put_nowait(slot)

    async def _replace(self, slot: _Slot) -> None:
        async with slot.replacing:
            child, slot.child = slot.child, None
            if child is not None:
                await self._source.discard(child)
            try:
                slot.child = await self._source.spawn() if self._open else None
            except errors.UnavailableError:
                slot.child = None  # the next query in this slot tries again

    async def _discard(self, child: Child | None) -> int | None:
        """End a child from a task of its own and return its exit code."""
        codes: list[int | None] = []

        async def discard() -> None:
            codes.append(await self._source.discard(child) if child else None)

        await asyncio.shield(self._background(discard()))
        return codes[0]

    def _background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _death(self, code: int | None) -> Exception:
        if code is None:
            return _LostError()
        self._count["crashed"] += 1
        if code == -signal.SIGABRT:  # the engine aborts when an allocation fails
            return self._error({"error": "memory"})
        return errors.CrashedError("The query ended the process that evaluated it.")

    def _error(self, head: Head) -> errors.SparqlError:
        detail = head.get("detail", "")
        match head["error"]:
            case "syntax":
                return errors.QuerySyntaxError(
                    f"The query is not SPARQL 1.1: {detail}",
                    line=head.get("line"),
                    column=head.get("column"),
                )
            case "result-too-large":
                return errors.ResultTooLargeError(
                    f"The answer has more than {self.limits.result_bytes} bytes.",
                    limit=self.limits.result_bytes,
                )
            case "memory":
                return errors.MemoryLimitError(
                    f"The query needs more than {self.limits.memory_bytes} bytes of memory.",
                    limit=self.limits.memory_bytes,
                )
            case _:
                return errors.EvaluationError(f"The query cannot be evaluated: {detail}")


def _timed(error: errors.SparqlError, queued_ms: float, evaluated_ms: float) -> errors.SparqlError:
    error.queued_ms, error.evaluated_ms = queued_ms, evaluated_ms
    return error


class _LostError(Exception):
    """The child died together with its zygote."""


def _request(operation: Operation, found: Inspection, media_type: str) -> Head:
    given = bool(operation.default_graphs or operation.named_graphs)
    return {
        "query": operation.query,
        "media_type": media_type,
        "dataset": [operation.default_graphs, operation.named_graphs] if given else None,
        # The engine lets the union hide a FROM clause, so the union stands in for its absence.
        "union": not found.has_dataset,
        "base": operation.base,
        "form": found.form,
    }
