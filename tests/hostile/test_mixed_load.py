"""Readers, searchers, SPARQL clients and attackers of every class at once, for minutes.

Three minutes in the normal run, thirty with `-m soak`. Rates are moderate: this measures what the
attackers do to the others, not how much the machine can serve. Memory is flat when the median of
the last quarter of the samples is within a tenth of that of the second; caches are kept small, so
that they are full by then and what still grows is a leak.
"""

from __future__ import annotations

import http.client
import itertools
import random
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx
import pytest

from . import processes
from .attacks import CLASSES, SLOW_CLIENT, Attack, Target

if TYPE_CHECKING:
    from tests.conftest import Server

    from talea_catalogue.release import Release

FLAT = 0.10
PAUSE = 5.0  # seconds between two attacks: most of them use what a query may before its end
SEED = 4
WORDS = ("anziani", "taxi sociale", "doposcuola", "asilo nido", "disabili", "casa", "giovani")

Request = tuple[str, str, bytes | None, dict[str, str]]


@dataclass(slots=True)
class Tally:
    """What one kind of client got: statuses, times in seconds, and what went wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def p95(self) -> float:
        """The time that 95 answers of 100 keep."""
        return statistics.quantiles(self.seconds, n=20)[-1]


class Crowd:
    """Clients in threads, until it is stopped."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(
        self, tally: Tally, requests: Iterator[Request], rate: float, allowed: set[int]
    ) -> None:
        """A client that sends so many requests a second, one after the other."""
        self._begin(lambda: self._visit(tally, requests, 1 / rate, allowed))

    def attack(self, tally: Tally, target: Target, attacks: Iterator[tuple[str, Attack]]) -> None:
        """An attacker, with a pause after each attack."""
        self._begin(lambda: self._attack(tally, target, attacks))

    def wait(self, seconds: float, look: Callable[[], None]) -> None:
        """Let them go on for so long, looking twice a second, then stop them."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            look()
            time.sleep(0.5)
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work)
        self._threads.append(thread)
        thread.start()

    def _visit(
        self, tally: Tally, requests: Iterator[Request], pause: float, allowed: set[int]
    ) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._over.wait(pause):
            method, path, body, headers = next(requests)
            started = time.perf_counter()
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException) as error:
                tally.wrong.append(f"lost: {error!r} {path}")
                connection.close()
                continue
            tally.seconds.append(time.perf_counter() - started)
            tally.statuses[response.status] += 1
            if response.status not in allowed:
                tally.wrong.append(f"{response.status} {path} {answer[:200]!r}")
        connection.close()

    def _attack(self, tally: Tally, target: Target, attacks: Iterator[tuple[str, Attack]]) -> None:
        while not self._over.wait(PAUSE):
            name, attack = next(attacks)
            tally.statuses[0] += 1
            try:
                attack(target)
            except Exception as error:
                tally.wrong.append(f"{name}: {error!r}"[:500])


@pytest.fixture(scope="module")
def loaded(start_server: Callable[..., Server]) -> Server:
    """A server with small caches, that stops queries and clients after two seconds.

    The slowest question of the catalogue takes 0.2 s, so it is stopped only if what surrounds it
    makes it ten times slower.
    """
    return start_server(
        TALEA_SPARQL_SECONDS="2",
        TALEA_SPARQL_MEMORY_MB="300",
        TALEA_CLIENT_SECONDS=str(SLOW_CLIENT),
        TALEA_RATE_PER_MINUTE="0",
        TALEA_PAGE_CACHE_MB="4",
        TALEA_RESULT_CACHE_MB="4",
    )


def pages(slugs: Sequence[str], chance: random.Random) -> Iterator[Request]:
    """What people read."""
    fixed = ("/", "/en/", "/pratiche", "/en/pratiche", "/sparql", "/dati", "/comuni/072006")
    while True:
        path = chance.choice((f"/pratiche/{chance.choice(slugs)}", chance.choice(fixed)))
        yield "GET", path, None, {"Accept": "text/html"}


def searches(chance: random.Random) -> Iterator[Request]:
    """What people look for."""
    for number in itertools.count():
        words = f"{chance.choice(WORDS)} {number % 50}"
        path = chance.choice(("/api/v1/search?", "/pratiche?")) + urlencode({"q": words})
        yield "GET", path, None, {}


def questions(release: Release, chance: random.Random) -> Iterator[Request]:
    """The questions of the catalogue, each never asked before."""
    texts = [one.bind(one.examples()) for one in release.store.library.values()]
    for number in itertools.count():
        body = f"{chance.choice(texts)}\n# {number}".encode()
        yield "POST", "/sparql", body, {"Content-Type": "application/sparql-query"}


def attacks(chance: random.Random) -> Iterator[tuple[str, Attack]]:
    """One attack of each class, then another, in another order each time."""
    while True:
        kinds = list(CLASSES)
        chance.shuffle(kinds)
        for kind in kinds:
            name, attack = chance.choice(list(CLASSES[kind].items()))
            yield f"{kind}, {name}", attack


@pytest.mark.parametrize("seconds", [180, pytest.param(1_800, marks=pytest.mark.soak)])
def test_under_attack_the_others_are_served(
    seconds: int, loaded: Server, release: Release, record_property: Callable[..., None]
) -> None:
    chance = random.Random(SEED)
    slugs = [one["slug"] for one in httpx.get(loaded.url + "/api/v1/search").json()["results"]]
    said = processes.listen_to(loaded.process)
    pid = loaded.process.pid
    zygote = processes.zygote_of(pid)
    crowd = Crowd(loaded.port)
    readers, seekers, askers, attackers = Tally(), Tally(), Tally(), Tally()
    memory: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        target = Target(loaded.port, listener)
        for _ in range(2):
            crowd.add(readers, pages(slugs, random.Random(chance.random())), 6, {200})
        crowd.add(seekers, searches(random.Random(chance.random())), 4, {200})
        crowd.add(askers, questions(release, random.Random(chance.random())), 5, {200, 503})
        crowd.attack(attackers, target, attacks(random.Random(chance.random())))
        crowd.wait(seconds, lambda: memory.append(processes.resident(pid)))
        assert target.untouched()
    told = (
        f"{seconds} s: {readers.statuses.total()} pages, p95 {readers.p95() * 1000:.0f} ms; "
        f"{seekers.statuses.total()} searches, p95 {seekers.p95() * 1000:.0f} ms; "
        f"{askers.statuses.total()} queries, p95 {askers.p95() * 1000:.0f} ms, "
        f"{askers.statuses[503]} told to come back; {attackers.statuses.total()} attacks; "
        f"memory {change(memory):+.1%} at {statistics.median(memory) / 1e6:.0f} MB"
    )
    print(told)
    record_property("load", told)
    assert loaded.process.poll() is None, "the server ended"
    assert processes.zygote_of(pid) == zygote, "the processes were restarted"
    for tally in (readers, seekers, askers, attackers):
        assert not tally.wrong, (len(tally.wrong), tally.wrong[:5])
    assert abs(change(memory)) < FLAT, told
    assert "Traceback" not in "".join(said)
    assert httpx.get(loaded.url + "/sparql?query=ASK%7B%7D").json()["boolean"] is True


def change(samples: Sequence[int]) -> float:
    """How much the last quarter differs from the second, by their medians."""
    quarter = len(samples) // 4
    second = statistics.median(samples[quarter : 2 * quarter])
    return statistics.median(samples[-quarter:]) / second - 1
