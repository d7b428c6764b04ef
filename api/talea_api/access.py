"""The facts of each request, without addresses of clients and words of searches.

They are counted (`metrics.py`) and, with `TALEA_ACCESS_LOG=1`, written as one JSON object a line to
the logger `talea.access`. `lane` tells where the time went: `page`, `data` (documents and files),
`api`, `static`, or `sparql`. `outcome` is there where something is to be said: a code of
`codes.CODES` for a problem, `slow` for a reader that was left because it took nothing, and for
every query how it ended: `ok`, `not-modified`, `gone` for a client that hung up, or a code. Lines
of queries also say how long they waited (`queue_ms`) and ran (`eval_ms`), and `cache` (`hit`,
`miss`) where the cache of answers was asked.
"""

import json
import logging
import time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .doors import OPEN_SUFFIXES
from .metrics import Metrics

log = logging.getLogger("talea.access")

NOTES: Final = "talea.notes"
"""Where in the scope a route leaves what the log should add."""


def note(scope: Scope, **facts: Any) -> None:
    """Add facts to the line of this request: names and words of ours, never a client's."""
    scope.get(NOTES, {}).update(facts)


class AccessLog:
    """Counts a request when its answer has ended, however it did, and writes a line if asked."""

    def __init__(self, app: ASGIApp, metrics: Metrics, written: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.written = written

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        line: dict[str, Any] = {
            "method": scope["method"],
            "path": scope["path"][:200],
            "lane": lane_of(scope["path"]),
            "status": None,
            "bytes": 0,
        }
        started = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                line["status"] = message["status"]
            line["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self.app({**scope, NOTES: line}, receive, counted)
        finally:
            line["ms"] = round((time.perf_counter() - started) * 1000, 1)
            self.metrics.observe(line)
            if self.written:
                log.info(json.dumps(line, ensure_ascii=False))


def lane_of(path: str) -> str:
    """The lane that an address belongs to."""
    if path.startswith("/static/"):
        return "static"
    if path in ("/sparql", "/en/sparql", "/rdf-graph-store") or path.startswith("/graph/"):
        return "sparql"
    if path.startswith("/api/"):
        return "api"
    return "data" if path.endswith(OPEN_SUFFIXES) else "page"
