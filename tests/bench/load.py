"""The load clients of the bench, and the server of constant bytes that measures them.

Latency: one keep-alive connection over a bare socket. Throughput: `wrk`, with a script that makes
each request. Both make every text unique where that is asked, by a comment with a number that is
never used again, which no engine's plan can depend on and no cache can know.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .engines import LOOPBACK, AbsentError, Engine, free_port

__all__ = ["Asked", "Connection", "Wrk", "constant"]

CLIENTS = 8
_SERVER = Path(__file__).with_name("constant.py")
_HERE = time.time_ns()
_number = itertools.count(1)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)
_REQUESTS = re.compile(r"(\d+) requests in")
_REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_SCRIPT = """
-- One thread, so that a number serves once.
local head, tail, number = {head}, {tail}, 0
request = function()
  number = number + 1
  return head .. {unique} .. tail
end
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it goes over the wire: its text, the format wanted, whether each one is new."""

    text: str
    accept: str
    cold: bool = True

    def parts(self, engine: Engine) -> tuple[str, str]:
        """The bytes of a request before and after the place of a number in a comment."""
        query = quote(f"{self.text}\n#", safe="")
        head = f"GET {engine.path}?query={query}"
        tail = f" HTTP/1.1\r\nHost: {LOOPBACK}:{engine.port}\r\nAccept: {self.accept}\r\n\r\n"
        return head, tail

    def request(self, engine: Engine) -> bytes:
        """One request, new where each is."""
        head, tail = self.parts(engine)
        number = f"{_HERE}n{next(_number)}" if self.cold else ""
        return (head + number + tail).encode("ascii")


class Connection:
    """One keep-alive connection to an engine. Raises AssertionError for any status but 200."""

    def __init__(self, engine: Engine) -> None:
        self._socket = socket.create_connection((LOOPBACK, engine.port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> bytes:
        """Send a request and return the whole answer, its head too."""
        self._socket.sendall(request)
        answer = self._socket.recv(1 << 20)
        start = answer.find(b"\r\n\r\n") + 4
        while start < 4:
            answer += self._more()
            start = answer.find(b"\r\n\r\n") + 4
        assert answer.startswith(b"HTTP/1.1 200"), answer[:2_000]
        length = _LENGTH.search(answer, 0, start)
        if length is None:
            return self._chunks(answer)
        pieces, size = [answer], start + int(length[1]) - len(answer)
        while size > 0:
            pieces.append(self._more())
            size -= len(pieces[-1])
        return b"".join(pieces)

    def _chunks(self, answer: bytes) -> bytes:
        # No result format ends with these bytes, and the last chunk always does.
        pieces = [answer]
        while not (pieces[-1] if len(pieces[-1]) > 6 else b"".join(pieces[-6:])).endswith(
            b"\r\n0\r\n\r\n"
        ):
            pieces.append(self._more())
        return b"".join(pieces)

    def _more(self) -> bytes:
        piece = self._socket.recv(1 << 20)
        assert piece, "the engine closed the connection within an answer"
        return piece

    def body(self, request: bytes) -> bytes:
        """Send a request and return what the answer says, out of its chunks."""
        head, _, body = self.ask(request).partition(b"\r\n\r\n")
        return body if _LENGTH.search(head + b"\r\n") else b"".join(_unchunked(body))

    def times(self, make: Callable[[], bytes], seconds: float, least: int) -> list[float]:
        """Seconds that each answer took, for at least so long and so many answers."""
        taken: list[float] = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(taken) < least:
            request = make()
            began = time.perf_counter()
            self.ask(request)
            taken.append(time.perf_counter() - began)
        return taken


def _unchunked(body: bytes) -> Iterator[bytes]:
    place = 0
    while True:
        line = body.index(b"\r\n", place)
        size = int(body[place:line].partition(b";")[0], 16)
        if not size:
            return
        yield body[line + 2 : line + 2 + size]
        place = line + 2 + size + 2


class Wrk:
    """Throughput by `wrk`, with scripts in a folder. Raises AbsentError where there is none."""

    def __init__(self, folder: Path) -> None:
        command = shutil.which("wrk")
        if command is None:
            raise AbsentError("wrk is not installed: apt-get install wrk")
        self._command = command
        self._folder = folder

    def rate(self, engine: Engine, asked: Asked, seconds: float) -> tuple[float, int]:
        """Results in a second to `CLIENTS` clients, and how many requests got none.

        Raises AssertionError where a connection breaks.
        """
        head, tail = asked.parts(engine)
        head += f"{_HERE}w{next(_number)}x" if asked.cold else ""
        unique = "number" if asked.cold else '""'
        script = self._folder / "request.lua"
        script.write_text(
            _SCRIPT.format(head=json.dumps(head), tail=json.dumps(tail), unique=unique),
            encoding="ascii",
        )
        url = f"http://{LOOPBACK}:{engine.port}/"
        options = ["-t1", f"-c{CLIENTS}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"]
        done = subprocess.run(
            [self._command, *options, "-s", str(script), url],
            check=True,
            capture_output=True,
            text=True,
        )
        assert "Socket errors" not in done.stdout, f"{engine.name}: {done.stdout}"
        rate, requests = _RATE.search(done.stdout), _REQUESTS.search(done.stdout)
        assert rate, done.stdout
        assert requests, done.stdout
        found = _REFUSED.search(done.stdout)
        refused = int(found[1]) if found else 0
        return float(rate[1]) * (1 - refused / max(1, int(requests[1]))), refused


@contextlib.contextmanager
def constant(size: int, clients: int) -> Iterator[Engine]:
    """A server of its own process that answers any request with the same `size` bytes."""
    port = free_port()
    arguments = [str(port), str(size), str(int(clients > 1))]
    with subprocess.Popen([sys.executable, "-I", str(_SERVER), *arguments]) as process:
        try:
            yield _listening(Engine("constant bytes", port))
        finally:
            process.kill()


def _listening(engine: Engine) -> Engine:
    for _ in range(200):
        with contextlib.suppress(OSError), Connection(engine):
            return engine
        time.sleep(0.05)
    raise AssertionError("the server of constant bytes did not start")
