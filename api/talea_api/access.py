"""The access log: one JSON object a request, without addresses of clients and words of searches.

Off unless `TALEA_ACCESS_LOG=1`; lines go to the logger `talea.access`. `lane` tells where the time
went: `page`, `data` (documents and files), `api`, `static`, or `sparql`, whose lines also say how
long a query waited (`queue_ms`), how long it ran (`eval_ms`) and how it ended (`outcome`: a code of
`codes.CODES`, `gone` for a client that hung up, or `ok`).
"""

import json
import logging
import time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .doors import OPEN_SUFFIXES

log = logging.getLogger("talea.access")

NOTES: Final = "talea.notes"
"""Where in the scope a route leaves what the log should add."""


def note(scope: Scope, **facts: Any) -> None:
    """Add facts to the line of this request, if there is one."""
    scope.get(NOTES, {}).update(facts)


class AccessLog:
    """Writes a line when an answer has ended, however it ended."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
            log.info(json.dumps(line, ensure_ascii=False))


def lane_of(path: str) -> str:
    """The lane that an address belongs to."""
    if path.startswith("/static/"):
        return "static"
    if path in ("/sparql", "/en/sparql"):
        return "sparql"
    if path.startswith("/api/"):
        return "api"
    return "data" if path.endswith(OPEN_SUFFIXES) else "page"
