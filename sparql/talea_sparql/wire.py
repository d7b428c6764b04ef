"""The frames between the pool and its children: a JSON head and a body of bytes."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Any

__all__ = ["Head", "decode_head", "encode", "receive", "receive_async"]

Head = dict[str, Any]
_LENGTHS = struct.Struct(">II")  # bytes of the head, bytes of the body
_write = json.JSONEncoder(ensure_ascii=False).encode
_FIRST = 65_536  # bytes to take at the first look


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
    """Read one frame from a blocking socket. Raises `EOFError` when the peer is gone."""
    head_size, body_size = _LENGTHS.unpack(_exactly(connection, _LENGTHS.size))
    return decode_head(_exactly(connection, head_size)), _exactly(connection, body_size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return bytes(buffer)


async def receive_async(connection: socket.socket) -> tuple[Head, bytes]:
    """Read one frame from a non-blocking socket. Raises `EOFError` when the peer is gone.

    The peer speaks only when it is asked, so nothing but this frame can be on its way: most come
    whole with the first look.
    """
    frame = bytearray()
    while len(frame) < _LENGTHS.size:
        frame += await _some(connection, _FIRST)
    head_size, body_size = _LENGTHS.unpack_from(frame)
    start = _LENGTHS.size + head_size
    received, end = len(frame), start + body_size
    frame.extend(bytes(end - received))
    view = memoryview(frame)
    while received < end:
        count = await asyncio.get_running_loop().sock_recv_into(connection, view[received:])
        if count == 0:
            raise EOFError
        received += count
    return decode_head(bytes(view[_LENGTHS.size : start])), bytes(view[start:end])


async def _some(connection: socket.socket, size: int) -> bytes:
    found = await asyncio.get_running_loop().sock_recv(connection, size)
    if not found:
        raise EOFError
    return found
