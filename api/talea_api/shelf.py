"""Pages that were just sent, sent again past the rooms in between.

A page that many ask for is made once and kept compressed (`caching.py`); the layers around it would
still cost ten times what sending it does. The shelf remembers, for a request written in the same
way, the headers that the layers gave and where the page is kept, and answers by itself as long as
the page is kept and the edition is the same (`tests/http/test_shelf.py` compares the two). It keeps
no page of its own, and what is not plain goes through the layers.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .caching import Answer, AnswerCache, accepts_gzip, matches
from .holder import Holder
from .security import HEADER_BYTES, header_bytes

__all__ = ["Shelf", "put_on_shelf"]

_MARK: Final = "talea.shelf"
_MOST: Final = 4_096
"""Requests remembered: some kilobytes each, without their pages."""
_LONGEST: Final = 2_048
"""Bytes of the address and of what a request accepts, for it to be remembered."""
_ASIDE: Final = frozenset(
    {
        b"content-encoding",
        b"content-length",
        b"expect",
        b"origin",
        b"range",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers that the layers read."""
_READ: Final = (b"accept", b"accept-encoding", b"if-none-match")
_OF_BODY: Final = frozenset({b"content-type", b"content-length", b"content-encoding"})

_Asked = tuple[bytes, bytes, bytes, bytes]


@dataclass(slots=True)
class _Mark:
    """Where a route says that its answer may stand on the shelf."""

    key: Hashable = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an answer is kept, of which edition, and the headers that it was sent with."""

    key: Hashable
    answer: Answer
    digest: str
    headers: list[tuple[bytes, bytes]] | None
    """Those of a 200; None where only a 304 was sent so far."""
    unchanged: list[tuple[bytes, bytes]]
    """Those of a 304."""

    def same(self, if_none_match: bytes) -> bool:
        """Whether the client has this answer already."""
        return bool(if_none_match) and matches(if_none_match.decode("latin-1"), self.answer.tag)


def put_on_shelf(scope: Scope, key: Hashable, answer: Answer) -> None:
    """Say that this request got an answer that is kept under `key` and depends on nothing else."""
    mark = scope.get(_MARK)
    if mark is not None:
        mark.key, mark.answer = key, answer


class Shelf:
    """Answers again what was answered, as an ASGI layer."""

    def __init__(self, app: ASGIApp, holder: Holder, cache: AnswerCache) -> None:
        self.app = app
        self._holder = holder
        self._cache = cache
        self._places: OrderedDict[_Asked, _Place] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _plain(scope)
        if asked is None:
            await self.app(scope, receive, send)
            return
        request, if_none_match = asked
        place = self._places.get(request)
        if place is not None and self._stands(request, place):
            if place.same(if_none_match):
                await _send_again(304, place.unchanged, b"", send)
                return
            if place.headers is not None:
                packed = place.answer.gzipped if request[3] else None
                await _send_again(200, place.headers, packed or place.answer.body, send)
                return
        await self._remember(request, scope, receive, send)

    def _stands(self, request: _Asked, place: _Place) -> bool:
        """Whether an answer is still kept, for the edition in force."""
        edition = self._holder.current()
        if edition.digest == place.digest and self._cache.get(place.key) is place.answer:
            return True
        del self._places[request]
        return False

    async def _remember(self, request: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        mark, digest = _Mark(), self._holder.current().digest
        started: list[Message] = []

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
            await send(message)

        await self.app({**scope, _MARK: mark}, receive, seen)
        status = started[0]["status"] if started else None
        if mark.answer is None or status not in (200, 304):
            return
        headers = [(bytes(name), bytes(value)) for name, value in started[0]["headers"]]
        unchanged = [one for one in headers if one[0] not in _OF_BODY]
        whole = headers if status == 200 else None
        self._places[request] = _Place(mark.key, mark.answer, digest, whole, unchanged)
        while len(self._places) > _MOST:
            self._places.popitem(last=False)


async def _send_again(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, send: Send
) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _plain(scope: Scope) -> tuple[_Asked, bytes] | None:
    """What a plain GET asks for, and its If-None-Match; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    read: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _ASIDE:
            return None
        if name in _READ:
            if name in read:
                return None
            read[name] = value
    path = scope.get("raw_path") or scope["path"].encode()
    accept, encoding = read.get(b"accept", b""), read.get(b"accept-encoding", b"")
    if len(path) + len(scope["query_string"]) + len(accept) + len(encoding) > _LONGEST:
        return None
    if header_bytes(scope) > HEADER_BYTES:
        return None
    packs = b"gzip" if accepts_gzip(encoding.decode("latin-1")) else b""
    return (path, scope["query_string"], accept, packs), read.get(b"if-none-match", b"")
