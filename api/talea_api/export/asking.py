"""Asks the application for an answer in this process, without a socket or a client library."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from starlette.types import ASGIApp

_HTML: Final = b"text/html"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a GET."""

    status: int
    media_type: str
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return self.media_type == "text/html"


async def ask(app: ASGIApp, address: str, accept: bytes = _HTML) -> Reply:
    """GET an address of the application: a path, and a query after a question mark."""
    path, _, query = address.partition("?")
    status, kind, pieces = 500, "", []
    asked = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal asked
        if asked:  # whoever listens for a client that leaves, listens for ever
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status, kind
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = dict(message.get("headers", ()))
            kind = headers.get(b"content-type", b"").decode("latin-1").split(";")[0].strip()
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    await app(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", b"127.0.0.1"), (b"accept", accept + b", */*;q=0.5")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        },
        receive,
        send,
    )
    return Reply(status, kind, b"".join(pieces))
