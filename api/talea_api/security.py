"""What every answer carries and what every request is held to, as plain ASGI layers."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import Problem
from .language import Text

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

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
"""Sent with every answer. No script runs on any page: JSON-LD is data, which the policy lets be."""


class SecurityHeaders:
    """Adds `HEADERS` to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, secured if scope["type"] == "http" else send)


class SizeLimits:
    """Refuses long addresses (414) and large bodies (413), counted as they arrive."""

    def __init__(self, app: ASGIApp, url_bytes: int, body_bytes: int) -> None:
        self.app = app
        self.url_bytes = url_bytes
        self.body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope.get("raw_path") or scope["path"].encode()
        if len(path) + len(scope["query_string"]) > self.url_bytes:
            raise self._too_long()
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > self.body_bytes):
            raise self._too_large()
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
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


def client_of(scope: Scope, trusted: Sequence[Network] = ()) -> str:
    """Who asks: the peer of the socket, or whom a trusted proxy says it speaks for.

    `X-Forwarded-For` is read from the right, and only as far as its entries are trusted proxies. An
    IPv6 client is its /64 network, since one client owns at least that many addresses.
    """
    peer = scope.get("client")
    address = _address(peer[0]) if peer else None
    if address is None:
        return "unknown"
    if _among(address, trusted):
        forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        for text in reversed(forwarded.split(",")):
            claimed = _address(text.strip())
            if claimed is None:
                break
            address = claimed
            if not _among(claimed, trusted):
                break
    if address.version == 6:
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _among(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]
) -> bool:
    return any(address in network for network in networks)
