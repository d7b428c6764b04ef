"""What a connection may cost before and beside the application: time, and a place among others.

uvicorn waits for ever for a request that never ends, and for a reader that takes nothing; both hold
a connection, and connections are few. Here a request's head must arrive in time, an answer must be
taken in time, one client has a share of the connections, and what cannot be served is told why in a
problem document. The time of a request's body is kept in `security.SizeLimits`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .errors import ErrorPages, Problem
from .metrics import Metrics
from .security import HEADERS, Network, client_of, is_among, too_many_headers
from .settings import Settings

LINGER: Final = 2.0
"""Seconds in which a client that is refused may read why, or say what language it reads."""
SPARE: Final = 64
"""Connections above the limit that are told why; more than that are cut."""

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


class Connection(H11Protocol):
    """One connection of a client."""

    def __init__(self, *arguments: Any, doors: Doors, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._doors = doors
        self._head = b""  # the beginning of the request that is arriving
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
        if self.conn.their_state is h11.IDLE and len(self._head) < _HEAD_KEPT:
            self._head += data[:_HEAD_KEPT]
        if self._refusal is not None:
            self._refuse(self._refusal)
            return
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._head = b""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE:
            self._head = self.conn.trailing_data[0][:_HEAD_KEPT]
        self._watch_head()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a request that is not HTTP, or whose head is too long."""
        error = sys.exc_info()[1]
        if getattr(error, "error_status_hint", 400) == 431:
            self._refuse(too_many_headers())
        else:
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
        elif self._head_since is not None:
            self._look_at_head(now - self._head_since)

    def _look_at_head(self, waited: float) -> None:
        if self._refusal is not None and waited > LINGER:
            self._refuse(self._refusal)
        elif waited > self._doors.seconds:
            if self._head:
                self._refuse(Problem("slow-request", limit=int(self._doors.seconds)))
            else:
                self.transport.close()  # it asked for nothing

    def _watch_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._head_since = None
        elif self._head_since is None and self._head:
            self._head_since = self.loop.time()

    def _refuse(self, problem: Problem) -> None:
        """Answer without the application, and leave the client the time to read it."""
        self._refused_at = self.loop.time()
        self._doors.metrics.turn_away(problem.code)
        found = _LANGUAGE.search(self._head)
        headers = [(b"accept-language", found[1])] if found else []
        scope = {"type": "http", "method": "GET", "path": "/api", "query_string": b""}
        problem.headers["Connection"] = "close"
        answer = self._doors.errors.response({**scope, "headers": headers}, problem)
        answer.headers.update(HEADERS)
        events = (
            h11.Response(status_code=answer.status_code, headers=answer.raw_headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        )
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        if self.transport.can_write_eof():
            self.transport.write_eof()
