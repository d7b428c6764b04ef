"""Large answers leave in pieces, and a reader that stops reading is left.

The server buffers what it is given: a whole answer at once would stay in memory for as long as its
reader pleases. Piece by piece, the server's flow control holds back the rest.
"""

import asyncio
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .access import note
from .doors import IS_HEAD
from .errors import Problem

PIECE: Final = 65_536
"""Bytes of a piece."""


class Pieces:
    """Middleware: cuts bodies, and ends an answer whose reader takes nothing for `seconds`."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def in_pieces(message: Message) -> None:
            body: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            if message["type"] != "http.response.body" or (len(body) <= PIECE and not more):
                await send(message)
                return
            for start in range(0, max(len(body), 1), PIECE):
                last = start + PIECE >= len(body)
                piece = {
                    "type": "http.response.body",
                    "body": body[start : start + PIECE],
                    "more_body": more or not last,
                }
                async with asyncio.timeout(self.seconds):
                    await send(piece)

        try:
            await self.app(scope, receive, in_pieces)
        except TimeoutError:
            # The answer cannot be completed: the server closes the connection.
            note(scope, outcome="slow")


class SentFile(FileResponse):
    """A file of the disk, or ranges of it; to HEAD its headers, without reading it.

    A Range that cannot be read is passed over, as RFC 9110 (14.2) wants; one that the file does not
    reach raises Problem 416.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get(IS_HEAD):
            scope = {**scope, "method": "HEAD"}

        async def unless_refused(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 416:
                    size = MutableHeaders(scope=message)["Content-Range"]
                    raise Problem("range-not-satisfiable", headers={"Content-Range": size})
                if message["status"] == 400:
                    raise _UnreadableRangeError
            await send(message)

        try:
            await super().__call__(scope, receive, unless_refused)
        except _UnreadableRangeError:
            headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
            await super().__call__({**scope, "headers": headers}, receive, send)


class _UnreadableRangeError(Exception):
    """Nothing has been sent yet."""
