"""The SPARQL service beside its peers, in one run, on the same 390,000 triples.

Run by hand, on a quiet machine (`README.md`):
`pytest -m bench tests/bench/test_sparql_peers.py -s`.
Every figure is a ratio of medians of rounds in which the engines took turns.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from talea_api.paths import Places, code_digest
from talea_catalogue import dumps
from talea_catalogue.build import build
from talea_catalogue.release import current, store_in

from . import load
from .engines import AbsentError, Engine, Running
from .load import Asked, Connection
from .synthetic import write

pytestmark = pytest.mark.bench

PRACTICES = int(os.environ.get("BENCH_PRACTICES", "4240"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "1"))
DUMPS_SECONDS = 300
LEAST = 3  # answers of an engine in a round, however slow it is
CLIENT = 3.0
"""How many times the rate of an engine the load client alone must reach."""

TRIPLES, ROWS = "text/turtle", "application/sparql-results+json"
OURS, OXIGRAPH, VIRTUOSO, RDFLIB = "Talea", "Oxigraph server", "Virtuoso 7", "rdflib-endpoint"
PREFIXES = """\
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX talea: <https://w3id.org/talea/onto/>
"""
PRACTICE = "<https://w3id.org/talea/id/pratica/sintetica-00042>"
AREA = "<https://w3id.org/talea/voc/area-tematica/3>"
QUERIES = {
    "ASK": f"ASK {{ {PRACTICE} a talea:GoodPractice }}",
    "sheet (CONSTRUCT)": f"""
CONSTRUCT {{ {PRACTICE} ?property ?value . ?value skos:prefLabel ?label }}
WHERE {{ {PRACTICE} ?property ?value OPTIONAL {{ ?value skos:prefLabel ?label }} }}""",
    "facet (GROUP BY)": f"""
SELECT ?type (COUNT(?practice) AS ?practices)
WHERE {{ ?practice talea:thematicArea {AREA} ; talea:interventionType ?type }}
GROUP BY ?type""",
    "similar": f"""
SELECT ?other (COUNT(?type) AS ?shared)
WHERE {{
  {PRACTICE} talea:interventionType ?type .
  ?other talea:interventionType ?type ; a talea:GoodPractice
  FILTER (?other != {PRACTICE})
}}
GROUP BY ?other ORDER BY DESC(?shared) ?other LIMIT 10""",
    "average by group": """
SELECT ?area (AVG(?year) AS ?mean) (COUNT(?practice) AS ?practices)
WHERE { ?practice talea:thematicArea ?area ; talea:startYear ?year }
GROUP BY ?area""",
    "1,000 rows": """
SELECT ?practice ?title ?role ?promoter
WHERE {
  ?practice talea:lineageRole ?role ; dct:title ?title ; talea:promoterAsSaid ?promoter
}""",
    "10,000 rows": """
SELECT ?practice ?title ?action ?done
WHERE {
  ?practice a talea:GoodPractice ; dct:title ?title ; talea:hasAction ?action .
  ?action dct:title ?done
}""",
    "CONTAINS on labels": """
SELECT ?thing ?label
WHERE { ?thing dct:title ?label FILTER (CONTAINS(LCASE(?label), "bibliotec")) }""",
}
LIGHT = ("ASK", "sheet (CONSTRUCT)")
AGGREGATES = ("facet (GROUP BY)", "similar", "average by group")
MANY_ROWS = ("1,000 rows", "10,000 rows")

Figures = dict[str, dict[str, float]]
"""By query, by engine: seconds, or answers in a second."""


@dataclass(slots=True)
class Measured:
    """What a run found. An engine that was not there is in no figure."""

    cold: Figures = field(default_factory=dict)
    warm: Figures = field(default_factory=dict)
    rates: Figures = field(default_factory=dict)
    warm_rates: Figures = field(default_factory=dict)
    alone: dict[str, float] = field(default_factory=dict)
    alone_rates: dict[str, float] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def has(self, engine: str) -> None:
        """Skip, loudly, where a peer was not there."""
        if engine not in self.cold["ASK"]:
            pytest.skip(f"NOT RUN: {engine} is not on this machine")


# --- The engines and the measurements ---


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory, places: Places, start_server: Callable[..., Any]
) -> Iterator[dict[str, Engine]]:
    """Every engine that is here, loaded with the same quads, by name."""
    folder = tmp_path_factory.mktemp("peers")
    write(places.sources.records, folder / "records", PRACTICES)
    usual = _release(folder / "usual", places)
    found = {OURS: _talea(start_server, usual, OURS)}
    on_disk = store_in(usual) is not None
    other = _release(folder / "other", places, disk_from=10**9 if on_disk else 0)
    name = f"{OURS}, {'memory' if on_disk else 'disk'}"
    found[name] = _talea(start_server, other, name)
    with ExitStack() as stack:
        running = Running(folder)
        stack.callback(running.close)
        for start in (
            running.oxigraph,
            running.oxigraph_in_memory,
            running.virtuoso,
            running.rdflib_endpoint,
        ):
            try:
                engine = start(usual / "data.nq")
            except AbsentError as absent:
                print(f"\nNOT RUN: {absent}", flush=True)
            else:
                found[engine.name] = engine
        yield found


def _release(home: Path, places: Places, **options: int) -> Path:
    """The release of a new home with the shipped catalogue and the synthetic records."""
    home.mkdir()
    (home / "records").symlink_to(home.with_name("records"))
    built = build(places.sources, home, code_digest=code_digest(places), **options)
    kind = "disk" if store_in(built.folder) else "memory"
    print(f"\n{home.name}: {built.manifest.counts['triple']:,} quads, {kind}", flush=True)
    return built.folder


def _talea(start_server: Callable[..., Any], release: Path, name: str) -> Engine:
    """`talea serve`, once it has written the files to download, which it does beside serving."""
    home = release.parent.parent
    many = str(2 * load.CLIENTS)
    server = start_server(home, TALEA_RATE_PER_MINUTE="0", TALEA_SPARQL_PER_CLIENT=many)
    assert current(home) == release, "the code was changed between the build and the start"
    end = time.monotonic() + DUMPS_SECONDS
    while dumps.read(release / dumps.FOLDER) is None:
        assert time.monotonic() < end, "the files to download are not there"
        time.sleep(1)
    return Engine(name, server.port)


@pytest.fixture(scope="module")
def measured(
    engines: dict[str, Engine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Measured]:
    """Everything measured, in turns; the table is printed at the end."""
    if OXIGRAPH not in engines:
        pytest.skip(f"NOT RUN: {OXIGRAPH} is not on this machine")
    try:
        wrk = load.Wrk(tmp_path_factory.mktemp("wrk"))
    except AbsentError as absent:
        pytest.skip(f"NOT RUN: {absent}")
    began = time.perf_counter()
    found = Measured()
    sizes = {name: _compare(name, engines, found) for name in QUERIES}
    found.cold = _latencies(QUERIES, engines, cold=True)
    warm = [name for name in engines if name.startswith((OURS, VIRTUOSO))]
    found.warm = _latencies(AGGREGATES, {name: engines[name] for name in warm}, cold=False)
    found.alone = {name: _alone(name, sizes[name]) for name in QUERIES}
    fast = {name: engine for name, engine in engines.items() if name != RDFLIB}
    for name in QUERIES:
        seconds = min(6.0, max(2 * SECONDS, 30 * found.cold[name][OXIGRAPH]))
        chosen = engines if name in LIGHT else fast
        found.rates[name] = _rates(wrk, name, chosen, seconds, True, found)
    for name in AGGREGATES:
        chosen = {one: engines[one] for one in warm}
        found.warm_rates[name] = _rates(wrk, name, chosen, 2 * SECONDS, False, found)
    for name in QUERIES:
        with load.constant(sizes[name], load.CLIENTS) as engine:
            found.alone_rates[name] = wrk.rate(engine, _asked(name), SECONDS)[0]
    yield found
    print(_table(found, list(engines), time.perf_counter() - began), flush=True)


def _asked(name: str, cold: bool = True) -> Asked:
    return Asked(PREFIXES + QUERIES[name], TRIPLES if "CONSTRUCT" in name else ROWS, cold)


def _latencies(names: Iterable[str], engines: dict[str, Engine], cold: bool) -> Figures:
    """Medians, over the rounds, of the median seconds of one client; the engines take turns."""
    rounds: dict[str, dict[str, list[float]]] = {n: {e: [] for e in engines} for n in names}
    order = list(engines)
    for number in range(ROUNDS + 1):
        for name, taken in rounds.items():
            asked = _asked(name, cold)
            for one in order:
                engine = engines[one]
                with Connection(engine) as connection:
                    least, seconds = (LEAST, SECONDS) if number else (1, 0.0)
                    times = connection.times(partial(asked.request, engine), seconds, least)
                if number:  # the first round warms the engines
                    taken[one].append(statistics.median(times))
        order.append(order.pop(0))
    return {
        name: {one: statistics.median(times) for one, times in taken.items()}
        for name, taken in rounds.items()
    }


def _rates(
    wrk: load.Wrk,
    name: str,
    engines: dict[str, Engine],
    seconds: float,
    cold: bool,
    found: Measured,
) -> dict[str, float]:
    """Medians of the answers in a second to all clients; the engines take turns."""
    taken: dict[str, list[float]] = {one: [] for one in engines}
    for _ in range(max(1, ROUNDS // 2 + 1)):
        for one, engine in engines.items():
            rate, refused = wrk.rate(engine, _asked(name, cold), seconds)
            taken[one].append(rate)
            if refused:
                found.refused.append(f"{one}: {name}: {refused}")
    return {one: statistics.median(rates) for one, rates in taken.items()}


def _alone(name: str, size: int) -> float:
    """The median seconds of one client with nothing to wait for."""
    with load.constant(size, 1) as engine, Connection(engine) as connection:
        asked = _asked(name)
        return statistics.median(connection.times(partial(asked.request, engine), SECONDS, LEAST))


def _compare(name: str, engines: dict[str, Engine], found: Measured) -> int:
    """Note the engines whose answer is not the Oxigraph server's; its bytes."""
    asked = _asked(name)
    bodies = {}
    for one, engine in engines.items():
        with Connection(engine) as connection:
            bodies[one] = connection.body(asked.request(engine))
    expected = bodies[OXIGRAPH]
    with Connection(engines[OURS]) as connection:
        for _ in range(2):
            head = connection.ask(asked.request(engines[OURS])).lower()
            assert b"\r\nserver-timing: queue;dur=" in head, "a new text was answered by a cache"
    for one, body in bodies.items():
        same = _meaning(body, asked) == _meaning(expected, asked)
        if not same and one.startswith(OURS):
            found.differing.append(f"{one}: {name}")
        elif not same:
            print(f"\n{one} says it in other terms: {name}, {len(body)} bytes", flush=True)
    return len(expected)


def _meaning(body: bytes, asked: Asked) -> object:
    """What an answer says, whatever its order."""
    if asked.accept == TRIPLES:
        return frozenset(ox.parse(body, format=ox.RdfFormat.TURTLE))
    answer = json.loads(body)
    if "boolean" in answer:
        return answer["boolean"]
    return Counter(
        frozenset((name, *sorted(term.items())) for name, term in row.items())
        for row in answer["results"]["bindings"]
    )


def _table(found: Measured, names: list[str], seconds: float) -> str:
    """The figures as Markdown."""
    lines = [
        f"\n{ROUNDS} rounds in turns, {seconds / 60:.0f} minutes, {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f} at the end",
    ]
    for title, figures, alone, factor, digits in (
        ("Latency of one client, ms, each text new", found.cold, found.alone, 1e3, 2),
        ("Latency of one client, ms, the same text", found.warm, found.alone, 1e3, 2),
        ("Answers a second, 8 clients, each text new", found.rates, found.alone_rates, 1, 0),
        ("Answers a second, 8 clients, same text", found.warm_rates, found.alone_rates, 1, 0),
    ):
        lines += ["", f"| {title} | {' | '.join(names)} | client alone |"]
        lines.append("|---|" + "---:|" * (len(names) + 1))
        for query, row in figures.items():
            cells = [f"{row[name] * factor:,.{digits}f}" if name in row else "" for name in names]
            lines.append(f"| {query} | {' | '.join(cells)} | {alone[query] * factor:,.{digits}f} |")
    return "\n".join(lines)


# --- The bars ---


def _bar(what: str, query: str, figure: float, bar: float, at_most: bool = True) -> str | None:
    """Print a ratio with its bar; say it again where it does not hold."""
    holds = figure <= bar if at_most else figure >= bar
    sign = "at most" if at_most else "at least"
    line = f"{what}, {query}: {figure:.2f} ({sign} {bar:g})"
    print(f"\n  {'' if holds else 'FAILS '}{line}", end="", flush=True)
    return None if holds else line


def _hold(lines: Iterable[str | None]) -> None:
    failed = [line for line in lines if line]
    assert not failed, "\n".join(failed)


def test_the_answers_are_those_of_the_oxigraph_server(measured: Measured) -> None:
    assert not measured.differing


def test_no_query_of_eight_clients_is_refused(measured: Measured) -> None:
    assert not [line for line in measured.refused if line.startswith(OURS)]


def test_the_client_alone_exceeds_three_times_every_rate(measured: Measured) -> None:
    def fastest(name: str) -> float:
        return min((measured.cold[name] | measured.warm.get(name, {})).values())

    def most(name: str) -> float:
        return max((measured.rates[name] | measured.warm_rates.get(name, {})).values())

    _hold(
        _bar("client alone, one", name, fastest(name) / measured.alone[name], CLIENT, False)
        for name in QUERIES
    )
    _hold(
        _bar("client alone, eight", name, measured.alone_rates[name] / most(name), CLIENT, False)
        for name in QUERIES
    )


def test_cold_latency_beside_the_oxigraph_server(measured: Measured) -> None:
    lines = []
    for name, row in measured.cold.items():
        theirs = row[OXIGRAPH]
        bar = 3.0 if theirs < 0.005 else 0.75 if theirs <= 0.015 else 0.6
        lines.append(_bar("cold latency", name, row[OURS] / theirs, bar))
    _hold(lines)


def test_throughput_beside_the_oxigraph_server(measured: Measured) -> None:
    _hold(
        _bar(
            "throughput of 8 clients",
            name,
            row[OURS] / row[OXIGRAPH],
            1.0 if measured.cold[name][OXIGRAPH] > 0.002 else 0.25,
            at_most=False,
        )
        for name, row in measured.rates.items()
    )


def test_repeated_aggregates_beside_virtuoso(measured: Measured) -> None:
    measured.has(VIRTUOSO)
    latency, rates = measured.warm, measured.warm_rates
    _hold(
        line
        for name in AGGREGATES
        for line in (
            _bar("repeated, latency", name, latency[name][OURS] / latency[name][VIRTUOSO], 1.0),
            _bar("repeated, rate", name, rates[name][OURS] / rates[name][VIRTUOSO], 1.0, False),
        )
    )


def test_beside_rdflib_endpoint(measured: Measured) -> None:
    measured.has(RDFLIB)
    lines = []
    for name in (*AGGREGATES, *MANY_ROWS):
        row = measured.cold[name]
        bar = 10.0 if name in AGGREGATES else 6.0
        lines.append(_bar("rdflib-endpoint, latency", name, row[RDFLIB] / row[OURS], bar, False))
    for name in LIGHT:
        rates = measured.rates[name]
        ratio = rates[OURS] / rates[RDFLIB]
        lines.append(_bar("rdflib-endpoint, throughput", name, ratio, 2.0, False))
    _hold(lines)
