"""Large answers leave in pieces, and a reader that stops reading is left.

The server buffers what it is given: a whole answer at once would stay in memory for as long as its
reader pleases. Piece by piece, the server's flow control holds back the rest.
"""

import asyncio
from typing import Final

from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .doors import IS_HEAD

PIECE: Final = 65_536
"""Bytes of a piece."""
SECONDS: Final = 20.0
"""Time in which a reader must take what was sent before the next piece."""


class Pieces:
    """Middleware: cuts bodies, and ends an answer whose reader makes no progress."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                async with asyncio.timeout(SECONDS):
                    await send(piece)

        try:
            await self.app(scope, receive, in_pieces)
        except TimeoutError:
            # The answer cannot be completed: the server closes the connection.
            return


class SentFile(FileResponse):
    """A file of the disk, or ranges of it; to HEAD its headers, without reading it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get(IS_HEAD):
            scope = {**scope, "method": "HEAD"}
        await super().__call__(scope, receive, send)
