"""The frames between the pool and its children: a JSON head and a body of bytes."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Any, cast

__all__ = ["Head", "Link", "decode_head", "encode", "receive"]

Head = dict[str, Any]
_LENGTHS = struct.Struct(">II")  # bytes of the head, bytes of the body
_write = json.JSONEncoder(ensure_ascii=False).encode
_FIRST = 65_536  # bytes to take at one look


def encode(head: Head, body: bytes = b"") -> bytes:
    """Return one frame: both lengths, the head as JSON in UTF-8, the body."""
    text = _write(head).encode("utf-8")
    return _LENGTHS.pack(len(text), len(body)) + text + body


def decode_head(text: bytes) -> Head:
    """Return the head of a frame. Raises `ValueError` where it is not a JSON object."""
    head = json.loads(text)
    if not isinstance(head, dict):
        raise ValueError("the head of a frame is a JSON object")
    return head


def receive(connection: socket.socket) -> tuple[Head, bytes]:
    """Read one frame from a blocking socket. Raises `EOFError` when the peer is gone.

    The peer waits for the answer, so nothing but this frame can be on its way.
    """
    frame = _some(connection)
    while len(frame) < _LENGTHS.size:
        frame += _some(connection)
    start, end = _spans(frame)
    while len(frame) < end:
        frame += _some(connection)
    return decode_head(frame[_LENGTHS.size : start]), frame[start:]


def _some(connection: socket.socket) -> bytes:
    found = connection.recv(_FIRST)
    if not found:
        raise EOFError
    return found


def _spans(frame: bytes | bytearray) -> tuple[int, int]:
    """Where the body of a frame starts and ends."""
    head, body = _LENGTHS.unpack_from(frame)
    start = _LENGTHS.size + int(head)
    return start, start + int(body)


class Link(asyncio.BufferedProtocol):
    """Our end of a socket on which the peer speaks only when it is asked, one frame at a time."""

    def __init__(self) -> None:
        self._frame = bytearray(_FIRST)
        self._received = 0
        self._answer: asyncio.Future[tuple[Head, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def open(self) -> bool:
        """False once the peer is known to have closed its end."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it

    def connection_lost(self, exc: Exception | None) -> None:
        """End; who waits for an answer gets `EOFError`."""
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(EOFError())

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        return memoryview(self._frame)[self._received :]

    def buffer_updated(self, nbytes: int) -> None:
        """Some bytes have come: make place for the rest of the frame, or end it."""
        self._received += nbytes
        if self._received < _LENGTHS.size:
            return
        start, end = _spans(self._frame)
        if end > len(self._frame):
            bigger = bytearray(end)
            bigger[: self._received] = memoryview(self._frame)[: self._received]
            self._frame = bigger
        if self._received >= end:
            head, body = bytes(self._frame[_LENGTHS.size : start]), bytes(self._frame[start:end])
            if len(self._frame) > _FIRST:
                self._frame = bytearray(_FIRST)
            self._received = 0
            if self._answer is not None and not self._answer.done():
                self._answer.set_result((decode_head(head), body))

    async def exchange(self, request: Head) -> tuple[Head, bytes]:
        """Send one frame and return the answer. Raises `EOFError` when the peer is gone."""
        if self._transport is None:
            raise EOFError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(encode(request))
        return await self._answer

    def close(self) -> None:
        """Close our end now."""
        if self._transport is not None:
            self._transport.abort()
