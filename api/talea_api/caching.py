"""Answers kept ready: a cache bounded in bytes, entity tags, 304 and gzip.

An `Answer` is a finished body; `reply` turns it into what this request gets: the body as it is or
compressed, or 304. The tag of an answer begins with the build digest, so that a new release or a
new version of the code changes every tag.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

_COMPRESSIBLE: Final = ("text/", "application/", "image/svg+xml")
_SMALLEST: Final = 1_024
"""Bytes under which gzip saves nothing."""
_OVERHEAD: Final = 600
"""Bytes that the cache counts for an entry besides its bodies."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole body with its type, its entity tag (without quotes) and what headers it adds."""

    body: bytes
    media_type: str
    tag: str
    headers: Mapping[str, str] = field(default_factory=dict)
    gzipped: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes that the answer takes in the cache."""
        return len(self.body) + len(self.gzipped or b"") + _OVERHEAD


def make_answer(
    body: bytes, media_type: str, digest: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """An answer whose tag is the build digest and a hash of the body; compressed if it pays."""
    tag = f"{digest[:12]}-{hashlib.sha256(body).hexdigest()[:16]}"
    packed = None
    if len(body) >= _SMALLEST and media_type.startswith(_COMPRESSIBLE):
        packed = gzip.compress(body, compresslevel=6, mtime=0)
        packed = packed if len(packed) < len(body) else None
    return Answer(body, media_type, tag, headers or {}, packed)


class AnswerCache:
    """The answers asked for most recently, up to a number of bytes. Safe between threads."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._entries: OrderedDict[Hashable, tuple[Answer, int]] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Bytes in use, never above the limit."""
        return self._size

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Answer | None:
        """The answer kept under `key`, which becomes the most recent."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer and drop the oldest; one above a quarter of the limit is not kept."""
        # A key holds words of the client: it counts too.
        size = answer.size + len(repr(key))
        if size * 4 > self._limit:
            return
        with self._lock:
            _, old = self._entries.pop(key, (None, 0))
            self._size += size - old
            self._entries[key] = (answer, size)
            while self._size > self._limit:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._size -= dropped

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._size = 0


def reply(
    request: Request, answer: Answer, *, cache_control: str, vary: tuple[str, ...] = ()
) -> Response:
    """What this request gets of an answer: all of it, compressed or not, or 304."""
    packed = answer.gzipped is not None and accepts_gzip(request.headers.get("accept-encoding"))
    names = dict.fromkeys((*vary, *(("Accept-Encoding",) if answer.gzipped else ())))
    headers = {
        **answer.headers,
        "ETag": f'"{answer.tag}-gz"' if packed else f'"{answer.tag}"',
        "Cache-Control": cache_control,
    }
    if names:
        headers["Vary"] = ", ".join(names)
    if matches(request.headers.get("if-none-match"), answer.tag):
        return Response(status_code=304, headers=headers)
    if packed and answer.gzipped is not None:
        headers["Content-Encoding"] = "gzip"
        return Response(answer.gzipped, headers=headers, media_type=answer.media_type)
    return Response(answer.body, headers=headers, media_type=answer.media_type)


async def reply_once(
    request: Request, body: bytes, media_type: str, digest: str, **keywords: object
) -> Response:
    """Compress in a thread and reply, for a body that is not worth keeping."""
    answer = await run_in_threadpool(make_answer, body, media_type, digest)
    return reply(request, answer, **keywords)  # type: ignore[arg-type]


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names this tag, in either encoding (weak comparison)."""
    if not if_none_match or not tag:
        return False
    if if_none_match.strip() == "*":
        return True
    named = (item.strip().removeprefix("W/").strip('"') for item in if_none_match.split(","))
    return any(item.removesuffix("-gz") == tag for item in named)


@lru_cache(256)
def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether an Accept-Encoding header takes gzip with a weight above zero."""
    weights: dict[str, float] = {}
    for item in (accept_encoding or "").lower().split(",")[:20]:
        name, _, parameter = item.strip().partition(";")
        _, _, value = parameter.partition("=")
        try:
            weights[name.strip()] = float(value) if value else 1.0
        except ValueError:
            continue
    return weights.get("gzip", weights.get("*", 0.0)) > 0
