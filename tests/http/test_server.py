"""`talea serve` as a real process: its beginning, its end, and what happens in between."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from talea_catalogue.build import build
from talea_catalogue.search.engines import default_engine

HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def descendants(process: int) -> set[int]:
    """All the processes below one, by `/proc`."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
    found: set[int] = {process}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {process}
        found |= more


def alive(processes: set[int]) -> set[int]:
    """Those that still run."""
    running = set()
    for pid in processes:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.add(pid)
    return running


def eventually(check, seconds=8.0):
    """Wait until `check` is true, and say whether it became so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return False


def test_it_answers(server):
    answer = httpx.get(server.url + "/api/v1/search", params={"q": "taxi sociale"})
    assert answer.status_code == 200
    assert answer.json()["total"] >= 1
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /%ff%fe HTTP/1.1",
        b"GET /%00 HTTP/1.1",
        b"GET //evil.example HTTP/1.1",
        b"GET http://evil.example/ HTTP/1.1",
        b"GET /pratiche?q=%ff&q=%00 HTTP/1.1",
        b"GET /sparql?query=%ff HTTP/1.1",
        b"GET /static/%2e%2e/%2e%2e/settings.py HTTP/1.1",
        b"GET /static/../../settings.py HTTP/1.1",
        b"BREW / HTTP/1.1",
        b"TRACE / HTTP/1.1",
        b"GET /api/v1/search?q=" + b"a" * 30_000 + b" HTTP/1.1",
    ],
    ids=lambda line: line[:24].decode(),
)
def test_strange_requests_are_answered_without_a_fault(server, request_line):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        lines = (request_line, b"Host: talea.test", b"Accept: text/html", b"Connection: close", b"")
        connection.sendall(b"\r\n".join(lines) + b"\r\n")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    status = int(answer.split()[1])
    assert status < 500
    assert b"evil.example" not in answer.partition(b"\r\n\r\n")[0]
    assert b"class Settings" not in answer


def test_headers_without_end_are_refused(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        refused = b""
        try:
            for _ in range(64):
                connection.sendall(b"a" * 16_384)
            refused = connection.recv(65_536)
        except OSError:  # it has hung up on us while we were still sending
            refused = refused or b"HTTP/1.1 400"
    assert refused.split()[1] in (b"400", b"431")
    assert httpx.get(server.url + "/").status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_leaves_no_process(start_server, ending):
    server = start_server()
    assert httpx.get(server.url + "/sparql?query=ASK%7B%7D").json()["boolean"] is True
    below = descendants(server.process.pid)
    assert below, "the public lane runs in processes of its own"
    server.process.send_signal(ending)
    assert server.process.wait(timeout=15) == 0
    said = server.process.stdout.read()
    assert "Traceback" not in said
    assert eventually(lambda: not alive(below)), "processes were left behind"


def test_it_ends_even_when_it_is_killed(start_server):
    server = start_server()
    below = descendants(server.process.pid)
    server.process.kill()
    server.process.wait(timeout=10)
    assert eventually(lambda: not alive(below)), "processes outlived the server"


def run(*arguments, **environment):
    """One command of `talea`, finished."""
    return subprocess.run(
        [sys.executable, "-m", "talea_api.cli", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_busy_port_is_said_in_one_line(server, home):
    done = run("serve", "--home", str(home), "--port", str(server.port))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert f"porta {server.port}" in done.stderr


def test_a_home_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    done = run("serve", "--home", str(tmp_path / "file"), "--port", "0")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "file") in done.stderr


def test_a_client_that_hangs_up_frees_its_process(start_server):
    server = start_server(TALEA_SPARQL_CHILDREN="1", TALEA_SPARQL_SECONDS="60")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        request = f"GET /sparql?query={quote(HEAVY)} HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(request.encode())
        time.sleep(0.5)
    started = time.monotonic()
    answer = httpx.get(server.url + "/sparql?query=ASK%7B%7D", timeout=30)
    assert answer.status_code == 200, answer.text
    assert time.monotonic() - started < 5


def test_a_flood_of_queries_does_not_slow_the_pages(start_server):
    server = start_server(TALEA_SPARQL_SECONDS="5")
    connections = []
    for _ in range(4):
        connection = socket.create_connection(("127.0.0.1", server.port))
        request = f"GET /sparql?query={quote(HEAVY)} HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(request.encode())
        connections.append(connection)
    time.sleep(0.3)
    started = time.monotonic()
    assert httpx.get(server.url + "/api/v1/comuni/072006").status_code == 200
    assert time.monotonic() - started < 2
    for connection in connections:
        connection.close()


def test_a_new_release_is_served_without_a_restart(start_server, home, places, tmp_path):
    folder = tmp_path / "home"
    shutil.copytree(home, folder)
    server = start_server(folder)
    before = httpx.get(server.url + "/healthz").json()
    page = httpx.get(server.url + "/api", headers={"Accept": "text/html"})
    below = descendants(server.process.pid)
    build(
        places.sources,
        folder,
        code_digest="another version of the code",
        engine=default_engine()[0],
    )

    def passed():
        return httpx.get(server.url + "/healthz").json()["build"] != before["build"]

    assert eventually(passed, 15)
    after = httpx.get(server.url + "/healthz").json()
    assert after["release"] == before["release"]
    again = httpx.get(server.url + "/api", headers={"Accept": "text/html"})
    assert again.headers["etag"] != page.headers["etag"]
    assert httpx.get(server.url + "/sparql?query=ASK%7B%7D").json()["boolean"] is True
    assert eventually(lambda: not alive(below)), "the old pool was left running"


def test_a_broken_build_leaves_the_last_release(start_server, home, tmp_path):
    folder = tmp_path / "home"
    shutil.copytree(home, folder)
    (folder / "records").write_text("not a folder")
    server = start_server(folder)
    assert httpx.get(server.url + "/healthz").status_code == 200
