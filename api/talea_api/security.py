"""What every answer carries and what every request is held to, as plain ASGI layers."""

import asyncio
import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import Problem
from .language import Text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PROXIED: Final = {"x-forwarded-for", "x-real-ip", "forwarded", "via"}
"""Headers that a proxy adds."""

HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every answer. No script runs: JSON-LD is data, which the policy lets be."""
_RAW: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
WITH_SCRIPT: Final[dict[str, str]] = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"]
    + "; script-src 'self'; connect-src 'self'"
}
"""For the pages that have a script, a file of ours: nothing inline, no eval, nobody else's."""


class SecurityHeaders:
    """Adds `HEADERS` to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                more = [header for header in _RAW if header[0] not in said]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self.app(scope, receive, secured if scope["type"] == "http" else send)


HEADER_BYTES: Final = 65_536
"""Largest request line and headers; above it, 431."""


def address_bytes(scope: Scope) -> int:
    """Bytes of the path and the query of a request, as they came."""
    path = scope.get("raw_path") or scope["path"].encode()
    return len(path) + len(scope["query_string"])


def header_bytes(scope: Scope) -> int:
    """Bytes of the names and values of the headers of a request."""
    return sum(len(name) + len(value) for name, value in scope["headers"])


class SizeLimits:
    """Refuses long addresses (414) and headers (431), and large (413) or slow (408) bodies."""

    def __init__(self, app: ASGIApp, url_bytes: int, body_bytes: int, seconds: float) -> None:
        self.app = app
        self.url_bytes = url_bytes
        self.body_bytes = body_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if address_bytes(scope) > self.url_bytes:
            raise self._too_long()
        if header_bytes(scope) > HEADER_BYTES:
            raise too_many_headers()
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > self.body_bytes):
            raise self._too_large()
        received = 0
        arriving = True
        until = asyncio.get_running_loop().time() + self.seconds

        async def counted() -> Message:
            nonlocal received, arriving
            try:
                async with asyncio.timeout_at(until if arriving else None):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            arriving = arriving and message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self.body_bytes:
                raise self._too_large()
            return message

        await self.app(scope, counted, send)

    def _too_long(self) -> Problem:
        limit = self.url_bytes
        return Problem(
            "address-too-long",
            Text(
                f"Un indirizzo può avere al massimo {limit} byte: manda le query lunghe con POST.",
                f"An address has at most {limit} bytes: send long queries with POST.",
            ),
            limit=limit,
        )

    def _too_slow(self) -> Problem:
        return Problem("slow-request", headers={"Connection": "close"}, limit=int(self.seconds))

    def _too_large(self) -> Problem:
        limit = self.body_bytes
        return Problem(
            "body-too-large",
            Text(
                f"Il corpo di una richiesta può avere al massimo {limit} byte.",
                f"The body of a request has at most {limit} bytes.",
            ),
            headers={"Connection": "close"},
            limit=limit,
        )


def too_many_headers() -> Problem:
    """What is said of headers above `HEADER_BYTES`."""
    return Problem("headers-too-long", headers={"Connection": "close"}, limit=HEADER_BYTES)


def client_of(scope: Scope, trusted: Sequence[Network] = ()) -> str:
    """Who asks: the peer of the socket, or whom a trusted proxy says it speaks for.

    `X-Forwarded-For` is read from the right, and only as far as its entries are trusted proxies. An
    IPv6 client is its /64 network, since one client owns at least that many addresses.
    """
    peer = scope.get("client")
    address = _address(peer[0]) if peer else None
    return name_of(_spoken_for(scope, address, trusted) if address else None)


def name_of(address: Address | None) -> str:
    """How a client is counted: by its address, or by the /64 network of an IPv6 one."""
    if address is None:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def comes_from(scope: Scope, networks: Sequence[Network], trusted: Sequence[Network]) -> bool:
    """Whether a request was made from one of these networks.

    One that passed through a proxy which is not trusted was made from somewhere unknown.
    """
    peer = scope.get("client")
    address = _address(peer[0]) if peer else None
    if address is None:
        return False
    if not _among(address, trusted) and _PROXIED & set(Headers(scope=scope).keys()):
        return False
    return _among(_spoken_for(scope, address, trusted), networks)


def _spoken_for(scope: Scope, peer: Address, trusted: Sequence[Network]) -> Address:
    """The client that a peer speaks for: itself, unless it is a trusted proxy."""
    address = peer
    if _among(address, trusted):
        forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        for text in reversed(forwarded.split(",")):
            claimed = _address(text.strip())
            if claimed is None:
                break
            address = claimed
            if not _among(claimed, trusted):
                break
    return address


def is_among(text: str, networks: Sequence[Network]) -> bool:
    """Whether an address, as a text, belongs to one of these networks."""
    address = _address(text)
    return address is not None and _among(address, networks)


@lru_cache(1_024)
def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _among(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
