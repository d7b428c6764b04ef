"""Where queries cannot be confined, the service says so and is reached from this machine only."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from talea_api.server import confined
from talea_api.settings import Settings

WITHOUT_FORK = (
    "import os; del os.fork; import sys; from talea_api.cli import main; sys.exit(main())"
)


@pytest.fixture
def start(home):
    """Start `talea serve` on a system that has no fork: its address, and what it said before."""
    started = []

    def begin(host, **environment):
        path = os.pathsep.join(sys.path)
        command = [sys.executable, "-c", WITHOUT_FORK, "serve", "--port", "0", "--host", host]
        process = subprocess.Popen(
            [*command, "--home", str(home)],
            env={**os.environ, "PYTHONPATH": path, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            found = re.search(r"è su (http://\S+)/ ", line)
            if found:
                return found[1], "".join(said), process
        raise AssertionError("".join(said))

    yield begin
    for process in started:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_without_fork_it_serves_this_machine_and_says_what_is_missing(start):
    address, said, _ = start("0.0.0.0")
    assert address.startswith("http://127.0.0.1:")
    assert "TALEA_ALLOW_UNCONFINED=1" in said
    assert "a query that passes its deadline goes on in the background" in said
    assert "the memory of a query is not limited" in said
    answer = httpx.get(address + "/sparql", params={"query": "ASK {}"})
    assert answer.json()["boolean"] is True
    matches = 'SELECT ?p { ?p <https://w3id.org/talea/onto/matches> "anziani" }'
    found = httpx.get(address + "/sparql", params={"query": matches}).json()
    assert found["results"]["bindings"], "and a search of one query does not touch another's data"
    nothing = "ASK { ?p <https://w3id.org/talea/onto/matches> ?t }"
    assert httpx.get(address + "/sparql", params={"query": nothing}).json()["code"] == "matches"
    refused = httpx.get(address + "/sparql", params={"query": "ASK { SERVICE <x:y> {} }"})
    assert refused.status_code == 403


def test_who_asks_for_it_gets_the_address(start):
    address, said, _ = start("0.0.0.0", TALEA_ALLOW_UNCONFINED="1")
    assert address.startswith("http://0.0.0.0:")
    assert "the memory of a query is not limited" in said


def test_it_ends_although_a_query_does_not(start):
    address, _, process = start("127.0.0.1", TALEA_SPARQL_SECONDS="1")
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    answer = httpx.get(address + "/sparql", params={"query": endless}, timeout=20)
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline")
    process.terminate()
    assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("host", "kept"),
    [("127.0.0.1", True), ("localhost", True), ("127.8.8.8", True), ("0.0.0.0", False)],
)
def test_addresses_of_this_machine_are_kept(monkeypatch, host, kept):
    monkeypatch.setattr("talea_sparql.pool.can_fork", lambda: False)
    settings = Settings(host=host, home=Path("/nonexistent"))
    assert (confined(settings).host == host) is kept
    monkeypatch.setattr("talea_sparql.pool.can_fork", lambda: True)
    assert confined(settings).host == host
