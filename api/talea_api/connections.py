"""What a connection may cost before and beside the application: time, and a place among others.

uvicorn waits for ever for a request that never ends, and for a reader that takes nothing; both hold
a connection, and connections are few. Here a request's head must arrive in time, an answer must be
taken in time, one client has a share of the connections, and what cannot be served is told why in a
problem document. The time of a request's body is kept in `security.SizeLimits`.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .errors import ErrorPages, Problem
from .metrics import Metrics
from .security import HEADER_BYTES, HEADERS, Network, client_of, is_among, too_many_headers
from .settings import Settings

LINGER: Final = 2.0
"""Seconds in which a client that is refused may read why, or say what language it reads."""
SPARE: Final = 64
"""Connections above the limit that are told why; more than that are cut."""

SLICE: Final = 2_048
"""Bytes that are given to the parser at once."""

_LANGUAGE: Final = re.compile(rb"\r\naccept-language:[ \t]*([^\r\n]{1,100})", re.IGNORECASE)
_HEAD_KEPT: Final = 4_096
"""Bytes of a head in which a refusal looks for the language."""


class Doors:
    """What the connections of one server share: limits, counts by client, a look every second."""

    def __init__(
        self, settings: Settings, errors: ErrorPages, metrics: Metrics, trusted: tuple[Network, ...]
    ) -> None:
        self.seconds = float(settings.client_seconds)
        self.errors = errors
        self.metrics = metrics
        self._limit = settings.connections
        self._share = settings.connections_per_client
        self._trusted = trusted
        self._connections: set[Connection] = set()
        self._clients: Counter[str] = Counter()
        self._looking = False

    def __len__(self) -> int:
        return len(self._connections)

    def enter(self, connection: Connection) -> Problem | None:
        """Count a new connection, and say why it cannot be served, if it cannot."""
        name = self._name(connection)
        if not self._looking:
            self._looking = True
            connection.loop.call_later(1, self._look, connection.loop)
        self._connections.add(connection)
        self._clients[name] += 1
        if len(self._connections) > self._limit:
            return Problem("crowded", headers={"Retry-After": "5"}, retry_after=5)
        trusted = connection.client and is_among(connection.client[0], self._trusted)
        if self._clients[name] > self._share and not trusted:
            return Problem("too-many-connections", limit=self._share)
        return None

    def full(self) -> bool:
        """Whether not even a refusal can be afforded."""
        return len(self._connections) > self._limit + SPARE

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        if connection in self._connections:
            self._connections.discard(connection)
            name = self._name(connection)
            self._clients[name] -= 1
            if not self._clients[name]:
                del self._clients[name]

    def _name(self, connection: Connection) -> str:
        return client_of({"type": "http", "client": connection.client, "headers": []})

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in list(self._connections):
            connection.look(now)
        self._looking = bool(self._connections)
        if self._looking:
            loop.call_later(1, self._look, loop)


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, *arguments: Any, doors: Doors, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._doors = doors
        self._head = b""  # the beginning of the request that is arriving
        self._head_bytes = 0
        self._arriving = False
        self._backlog = b""  # what came while requests wait for their turn
        self._head_since: float | None = self.loop.time()
        self._refusal: Problem | None = None
        self._refused_at: float | None = None
        self._unsent = 0
        self._taken_at = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, or find that there is no place."""
        super().connection_made(transport)
        self._refusal = self._doors.enter(self)
        if self._doors.full():
            self._doors.metrics.turn_away("cut")
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._doors.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client, as long as it is served."""
        if self._refused_at is not None:
            return
        if self._head_since is not None or not self._busy():
            self._head += data[: _HEAD_KEPT - len(self._head)]
        if self._refusal is not None:
            self._refuse(self._refusal)
            return
        if self._backlog:
            self._backlog += data
        else:
            self._read(data)

    def _read(self, data: bytes) -> None:
        """Read requests, no further than the first that must wait for another's answer.

        The parser would read all that it is given, and a request read is many times its bytes.
        """
        for start in range(0, len(data), SLICE):
            if self.pipeline:
                self._backlog = data[start:]
                return
            piece = data[start : start + SLICE]
            self._head_bytes += len(piece)
            super().data_received(piece)
            if self._head_since is not None and self._head_bytes > HEADER_BYTES:
                self._refuse(too_many_headers())
            if self._refused_at is not None:
                return

    def on_message_begin(self) -> None:
        """A request begins to arrive."""
        super().on_message_begin()
        self._arriving = True
        if self._head_since is None:
            self._head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """The head of a request is here."""
        self._arriving = False
        self._head_since = None
        self._head_bytes = 0
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() != "1.0"):
            self._refuse(Problem("not-http"))  # RFC 9112, section 3.2
        if self._refused_at is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body of a request is here."""
        self._head_bytes = 0
        if self._refused_at is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is here whole."""
        if self._refused_at is None:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._head = b""
        if self._head_since is not None:
            self._head_since = self.loop.time()
        super().on_response_complete()
        if self._backlog and not self.pipeline and self._refused_at is None:
            waiting, self._backlog = self._backlog, b""
            self._read(waiting)

    def send_400_response(self, msg: str) -> None:
        """Say that a request is not HTTP."""
        if self._refused_at is None:
            self._refuse(Problem("not-http"))

    def look(self, now: float) -> None:
        """End what takes too long: a head that does not come, a reader that takes nothing."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent < self._unsent:
            self._taken_at = now
        self._unsent = unsent
        if unsent and now - self._taken_at > self._doors.seconds:
            self._doors.metrics.turn_away("slow-reader")
            self.transport.abort()
        elif self.transport.is_closing():
            return
        elif self._refused_at is not None:
            if now - self._refused_at > LINGER:
                self.transport.close()
        elif self._head_since is not None and not self._busy():
            self._look_at_head(now - self._head_since)

    def _look_at_head(self, waited: float) -> None:
        if self._refusal is not None and waited > LINGER:
            self._refuse(self._refusal)
        elif waited > self._doors.seconds:
            if self._arriving:
                self._refuse(Problem("slow-request", limit=int(self._doors.seconds)))
            else:
                self.transport.close()  # it asked for nothing

    def _busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _cut(self, reason: str) -> None:
        self._refused_at = self.loop.time()
        self._doors.metrics.turn_away(reason)
        self.transport.abort()

    def _refuse(self, problem: Problem) -> None:
        """Answer without the application, and leave the client the time to read it."""
        if self._busy():
            if self.cycle.response_started:  # in the middle of an answer nothing can be said
                self._cut(problem.code)
                return
            self.cycle.disconnected = True  # the application need not answer
            self.cycle.message_event.set()
        self._refused_at = self.loop.time()
        self._doors.metrics.turn_away(problem.code)
        found = _LANGUAGE.search(self._head)
        headers = [(b"accept-language", found[1])] if found else []
        scope = {"type": "http", "method": "GET", "path": "/api", "query_string": b""}
        problem.headers["Connection"] = "close"
        answer = self._doors.errors.response({**scope, "headers": headers}, problem)
        answer.headers.update(HEADERS)
        lines = (b"%s: %s\r\n" % header for header in answer.raw_headers)
        self.transport.write(
            b"".join([STATUS_LINE[answer.status_code], *lines, b"\r\n", bytes(answer.body)])
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
