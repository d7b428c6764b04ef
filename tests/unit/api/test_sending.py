"""A reader that stops reading is left, whatever it was reading."""

import asyncio

import pytest
from starlette.responses import Response

from talea_api.sending import PIECE, Pieces, SentFile

SCOPE = {"type": "http", "method": "GET", "headers": []}


async def nothing():
    await asyncio.Event().wait()


def read(app, stop_at):
    """What a reader gets that takes `stop_at` messages and then no more."""
    taken = []

    async def send(message):
        if len(taken) >= stop_at:
            await asyncio.Event().wait()
        taken.append(message)

    async def run():
        async with asyncio.timeout(5):
            await Pieces(app, seconds=0.05)(dict(SCOPE), nothing, send)

    asyncio.run(run())
    return taken


@pytest.mark.parametrize("stop_at", [1, 3])
def test_of_a_long_body(stop_at):
    taken = read(Response(b"x" * PIECE * 9), stop_at)
    assert len(taken) == stop_at


@pytest.mark.parametrize("stop_at", [1, 3])
def test_of_a_file(tmp_path, stop_at):
    path = tmp_path / "file"
    path.write_bytes(b"x" * PIECE * 9)
    taken = read(SentFile(path), stop_at)
    assert len(taken) == stop_at


def test_who_reads_gets_all_of_it(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 3_000)
    for app in (SentFile(path), Response(path.read_bytes())):
        taken = read(app, 10_000)
        body = b"".join(message.get("body", b"") for message in taken)
        assert body == path.read_bytes()
        assert not taken[-1].get("more_body", False)
