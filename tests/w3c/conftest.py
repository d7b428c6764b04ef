"""One real server for the suites: the application of `serving.py` over all their data."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from . import suite


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came over the wire."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def media_type(self) -> str:
        """Content-Type without parameters."""
        return self.headers.get_content_type()


@dataclass(frozen=True, slots=True)
class Service:
    """A server at `url`, without a final slash."""

    url: str

    def send(
        self,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Reply:
        """Send exactly these headers, with Host and Content-Length, on a connection of its own."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


@pytest.fixture(scope="session")
def serve(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Start a server over some quads; all of them end with the session."""
    started: list[subprocess.Popen[str]] = []

    def start(quads: Iterable[ox.Quad]) -> Service:
        data = tmp_path_factory.mktemp("w3c") / "data.nq"
        ox.serialize(quads, str(data), format=ox.RdfFormat.N_QUADS)
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("serving.py"), home, data],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "the server did not start"
        return Service(address)

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def service(needs: Callable[[bool, str], None], serve: Callable[..., Service]) -> Service:
    """The service over the data of every suite."""
    needs(suite.ROOT.is_dir(), suite.ABSENT)
    return serve(suite.quads())
