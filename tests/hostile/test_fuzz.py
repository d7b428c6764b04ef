"""Two thousand queries from a seed: each gets an answer, none a fault, and nothing dies for it."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from . import fuzz, processes

if TYPE_CHECKING:
    from tests.conftest import Server

    from talea_catalogue.release import Release

COUNT = 2_000
SEED = 20_261_122
CLIENTS = 6
PROPER = {200, 400, 403, 413, 422, 504}
CHILDREN = 4


@pytest.fixture(scope="module")
def fuzzed(start_server: Callable[..., Server]) -> Server:
    """A server that stops queries after a second, on which no client waits for another."""
    return start_server(
        TALEA_SPARQL_SECONDS="1",
        TALEA_SPARQL_QUEUE_SECONDS="30",
        TALEA_SPARQL_CHILDREN=str(CHILDREN),
        TALEA_SPARQL_PER_CLIENT=str(CLIENTS),
        TALEA_RATE_PER_MINUTE="0",
    )


def test_every_strange_query_gets_a_proper_answer(fuzzed: Server, release: Release) -> None:
    library = release.store.library.values()
    texts = [one.bind(one.examples()) for one in library]
    waiting = fuzz.queries(texts, COUNT, SEED)
    lock, seen, wrong = threading.Lock(), Counter[str](), list[str]()

    def asks() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", fuzzed.port, timeout=60)
        for body in locked(waiting, lock):
            headers = {"Content-Type": "application/sparql-query"}
            try:
                connection.request("POST", "/sparql", body, headers)
                response = connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException) as error:
                wrong.append(f"{error!r}: {body[:300]!r}")
                connection.close()
                continue
            if response.status not in PROPER:
                wrong.append(f"{response.status} {answer[:200]!r}: {body[:2_000]!r}")
            with lock:
                seen[json.loads(answer)["code"] if response.status >= 400 else "ok"] += 1
        connection.close()

    clients = [threading.Thread(target=asks) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert not wrong, f"{len(wrong)}: {wrong[0]}"
    assert seen.total() == COUNT
    assert seen["ok"] > COUNT / 10, "the queries are too strange to try the engine"
    assert seen["syntax"] > COUNT / 10
    check_processes(fuzzed)


def locked(waiting: Iterator[bytes], lock: threading.Lock) -> Iterator[bytes]:
    """Items of an iterator that other threads also read."""
    while True:
        with lock:
            item = next(waiting, None)
        if item is None:
            return
        yield item


def check_processes(server: Server) -> None:
    """Nothing died but what was stopped at the deadline or for its memory."""
    families = text_string_to_metric_families(httpx.get(server.url + "/metrics").text)
    values: dict[tuple[str, ...], float] = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }
    assert values["talea_sparql_pool_starts_total",] == 1
    ended = values.get(("talea_sparql_queries_total", "memory"), 0)
    assert values["talea_sparql_pool_crashed_total",] <= ended
    assert len(processes.below(processes.zygote_of(server.process.pid))) == CHILDREN


def test_the_same_seed_gives_the_same_queries() -> None:
    text = ["SELECT * { ?s ?p ?o }"]
    assert list(fuzz.queries(text, 60, 1)) == list(fuzz.queries(text, 60, 1))
    assert list(fuzz.queries(text, 60, 1)) != list(fuzz.queries(text, 60, 2))
