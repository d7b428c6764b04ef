"""HEAD wherever GET is, and CORS on the doors that machines use: plain ASGI layers."""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_PREFIXES: Final = (
    "/api",
    "/sparql",
    "/rdf-graph-store",
    "/graph/",
    "/id/",
    "/onto/",
    "/voc/",
    "/.well-known/",
)
OPEN_SUFFIXES: Final = (".ttl", ".jsonld", ".nt", ".rdf", ".nq", ".csv", ".gz", ".zip", ".atom")
IS_HEAD: Final = "talea.head"
"""In the scope of a request that came as HEAD: a long body need not be made."""
CORS: Final[dict[str, str]] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Accept-Ranges, Content-Range, ETag, Link, Retry-After, Server-Timing"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Sent with what the scripts of other sites may read."""
READ: Final = "Accept, Accept-Language, Content-Type, If-None-Match, If-Range, Range"
"""The headers of a request that scripts of other sites may set."""


class OneLineEach:
    """Joins the repeated lines of a header that is a list, as RFC 9110 (5.2) reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            names = [name for name, _ in scope["headers"] if name in _LISTS]
            if len(names) > len(set(names)):
                scope = {**scope, "headers": _joined(scope["headers"])}
        await self.app(scope, receive, send)


_LISTS: Final = frozenset({b"accept", b"accept-encoding", b"accept-language", b"if-none-match"})


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = [pair for pair in headers if pair[0] not in _LISTS]
    lists: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        if name in _LISTS:
            lists.setdefault(name, []).append(value)
    return kept + [(name, b", ".join(values)) for name, values in lists.items()]


class HeadAsGet:
    """Answers HEAD with the headers of GET and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET", IS_HEAD: True}, receive, bodiless)


class OpenToOthers:
    """Lets the scripts of any site read the API, the SPARQL service, RDF documents and files."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        methods = "GET, HEAD, POST, OPTIONS" if scope["path"] == "/sparql" else "GET, HEAD, OPTIONS"
        if scope["method"] == "OPTIONS":
            await _options(scope, methods)(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(CORS)
                headers.add_vary_header("Origin")
                if "Allow" in headers and "OPTIONS" not in headers["Allow"]:
                    headers["Allow"] += ", OPTIONS"  # which is answered here
            await send(message)

        await self.app(scope, receive, opened)


def is_open(path: str) -> bool:
    """Whether the scripts of other sites may read what is at this path."""
    return path.startswith(OPEN_PREFIXES) or path.endswith(OPEN_SUFFIXES)


def _options(scope: Scope, methods: str) -> Response:
    headers = {"Allow": methods}
    asked = Headers(scope=scope)
    if "origin" in asked and "access-control-request-method" in asked:
        headers |= {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": READ,
            "Access-Control-Max-Age": "86400",
            "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        }
    return Response(status_code=204, headers=headers)
