"""Attacks on the public lane, through the guard and, where it is bypassed, on the sandbox.

After each attack an ordinary query must answer fast.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from talea_sparql import Limits, Operation, SparqlError
from talea_sparql.children import ProcessSource
from talea_sparql.pool import Answer, Pool

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the sandbox needs fork")

T = TypeVar("T")
JSON = "application/sparql-results+json"
LIMITS = Limits(deadline_seconds=0.5, memory_bytes=200_000_000, children=2)
NORMAL = "SELECT ?s { ?s <http://e/p> ?o } LIMIT 1"
FAST_SECONDS = 1.0  # a new child included, on a loaded machine
RENEWED_SECONDS = 10.0  # all children, or the zygote too, on a machine that does much else
ALL = "?a ?b ?c. ?d ?e ?f. ?g ?h ?i"
SLOW = f"SELECT (COUNT(*) AS ?n) {{ {ALL} }}"  # 8,000,000,000 rows to count


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 quads in 5 named graphs."""
    path = tmp_path_factory.mktemp("pool") / "dump.nq"
    lines = (f'<http://e/s{i}> <http://e/p> "v{i}" <http://e/g{i % 5}> .\n' for i in range(2_000))
    path.write_text("".join(lines), encoding="utf-8")
    return path


def with_pool(
    dump: Path, work: Callable[[Pool], Awaitable[T]], limits: Limits = LIMITS, **options: Any
) -> T:
    async def main() -> T:
        pool = Pool(dump, limits, **options)
        await pool.start()
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(main())


async def ask(pool: Pool, query: str, client: str = "c", **options: Any) -> Answer:
    return await pool.evaluate(Operation(query, **options), client)


async def bypass(pool: Pool, query: str) -> bytes:
    """Send a query to the worker without the guard."""
    request = {"query": query, "media_type": JSON, "dataset": None, "union": True}
    return (await pool.run(request, "c"))[1]


async def outcome(work: Awaitable[Any]) -> str:
    try:
        await work
    except SparqlError as error:
        return error.code
    return "answered"


async def normal(pool: Pool, seconds: float = FAST_SECONDS) -> None:
    started = time.perf_counter()
    assert (await ask(pool, NORMAL)).body.startswith(b"{")
    assert time.perf_counter() - started < seconds


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket on the loopback: a connection to it is the proof of a leak."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def untouched(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return True
    return False


def test_federation_never_connects(dump: Path, listener: socket.socket) -> None:
    target = f"<http://127.0.0.1:{listener.getsockname()[1]}/sparql>"
    clause = f"{target} {{ ?s ?p ?o }}"

    async def work(pool: Pool) -> None:
        for query in (f"ASK {{ SERVICE {clause} }}", f"ASK {{ SERVICE SILENT {clause} }}"):
            assert await outcome(ask(pool, query)) == "service-refused"
            await outcome(bypass(pool, query))
            await normal(pool)
        assert await outcome(bypass(pool, f"ASK {{ SERVICE {clause} }}")) == "evaluation"
        assert await outcome(ask(pool, f"LOAD {target}")) == "update-refused"
        assert await outcome(bypass(pool, f"LOAD {target}")) == "syntax"
        await normal(pool)

    with_pool(dump, work)
    assert untouched(listener)


def test_the_proof_of_federation_works(listener: socket.socket) -> None:
    """Without guard and sandbox the engine does connect: the test above is not blind."""
    import threading

    import pyoxigraph

    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    listener.setblocking(True)

    def hang_up() -> None:
        listener.accept()[0].close()
        seen.append(True)

    seen: list[bool] = []
    thread = threading.Thread(target=hang_up)
    thread.start()
    with pytest.raises(OSError):
        pyoxigraph.Store().query(f"ASK {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")
    thread.join(5)
    assert seen == [True]


PARSER_ATTACKS = {
    "braces": "ASK " + "{" * 5_000 + "}" * 5_000,
    "parentheses": "ASK {FILTER(" + "(" * 5_000 + "1" + ")" * 5_000 + ")}",
    "functions": "ASK {FILTER(" + "STR(" * 60_000 + "1" + ")" * 60_000 + ")}",
    "not": "ASK {FILTER(" + "!" * 60_000 + "1)}",
    "or": "ASK {FILTER(" + "||".join(["?x"] * 12_000) + ")}",
    "plus": "ASK {FILTER(" + "+".join(["?x"] * 12_000) + ")}",
    "union": "ASK {" + "UNION".join(["{?s ?p ?o}"] * 4_000) + "}",
    "sequence": "ASK {?s " + "/".join(["<a:p>"] * 300) + " ?o}",
    "alternative": "ASK {?s " + "|".join(["<a:p>"] * 12_000) + " ?o}",
    "bind": "ASK {" + " ".join(f"BIND(1 AS ?x{i})" for i in range(3_000)) + "}",
    "having": "SELECT (1 AS ?n) {} HAVING " + "(1)" * 20_000,
    "subselects": "ASK {" + "{SELECT * {" * 60_000,
}
PLANNER_ATTACKS = {
    "patterns": "ASK {" + ".".join(f"?s <a:{i}> ?o{i}" for i in range(300)) + "}",
    "optionals": "ASK {" + " ".join(f"OPTIONAL{{?s <a:{i}> ?o{i}}}" for i in range(600)) + "}",
    "list": "ASK {?s ?p (" + " ".join(f"?o{i}" for i in range(300)) + ")}",
}
EVALUATION_ATTACKS = {
    "result": (f"SELECT * {{ {ALL} }}", {"result-too-large"}),
    "cross product": (SLOW, {"deadline"}),
    "order": (f"SELECT * {{ {ALL} }} ORDER BY ?c ?f ?i", {"memory", "deadline"}),
    "concatenation": (
        f"SELECT (GROUP_CONCAT(CONCAT(?c, ?f, ?i)) AS ?x) {{ {ALL} }}",
        {"memory", "deadline"},
    ),
    "doubling": (
        "SELECT (STRLEN(?x40) AS ?n) { BIND('xxxxxxxx' AS ?x0) "
        + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))
        + "}",
        {"memory"},
    ),
}


@pytest.mark.parametrize("name", [*PARSER_ATTACKS, *PLANNER_ATTACKS])
def test_the_guard_stops_parser_and_planner_attacks(dump: Path, name: str) -> None:
    query = {**PARSER_ATTACKS, **PLANNER_ATTACKS}[name]

    async def work(pool: Pool) -> None:
        assert await outcome(ask(pool, query)) in (
            "too-deep",
            "too-many-patterns",
            "too-many-operators",
            "query-too-long",
        )
        await normal(pool)

    with_pool(dump, work)


def test_the_sandbox_contains_parser_and_planner_attacks(dump: Path) -> None:
    async def work(pool: Pool) -> None:
        for query in PARSER_ATTACKS.values():
            assert await outcome(bypass(pool, query)) in (
                "answered",
                "syntax",
                "evaluation",
                "crashed",
                "memory",
                "deadline",
            )
            await normal(pool)
        for name in ("patterns", "list"):
            assert await outcome(bypass(pool, PLANNER_ATTACKS[name])) == "deadline"
            await normal(pool)
        await outcome(bypass(pool, PLANNER_ATTACKS["optionals"]))
        await normal(pool)
        assert pool.stats().crashed > 0

    with_pool(dump, work)


@pytest.mark.parametrize("name", EVALUATION_ATTACKS)
def test_the_sandbox_contains_what_the_guard_lets_through(dump: Path, name: str) -> None:
    query, expected = EVALUATION_ATTACKS[name]
    # Where memory must stop it, time must not come first, also on a busy machine.
    limits = LIMITS if "deadline" in expected else replace(LIMITS, deadline_seconds=20)

    async def work(pool: Pool) -> None:
        assert await outcome(ask(pool, query)) in expected
        await normal(pool)

    with_pool(dump, work, limits)


def test_what_the_guard_permits_is_planned_in_a_second(dump: Path) -> None:
    """The thresholds hold on this machine, with this engine: the worst permitted shapes."""
    n = Limits().patterns
    shapes = [
        "ASK {?s " + ";".join(f"<a:{i}> ?o{i}" for i in range(n)) + "}",
        "ASK {" + ".".join(f"?x{i % 9} ?x{i % 7} ?x{i % 5}" for i in range(n)) + "}",
        "ASK {?s a ?t " + " ".join(f"OPTIONAL{{?s <a:{i}> ?o{i}}}" for i in range(n - 1)) + "}",
        "ASK {?s ?p (" + " ".join(["?o"] * (n // 2 - 1)) + ")}",
        "ASK {" + " ".join(f"GRAPH ?g{{?s <a:{i}> ?o}}" for i in range(n // 2)) + "}",
        "ASK {FILTER(" + "!" * 498 + "1)}",
        "ASK {FILTER(" + "STR(" * 62 + "1" + ")" * 62 + ")}",
        "ASK {" + "FILTER EXISTS {" * 62 + "}" * 63,
        "SELECT * {} ORDER BY " + "(1)" * 498,
    ]

    async def work(pool: Pool) -> None:
        for query in shapes:
            answer = await ask(pool, query)
            assert answer.evaluated_ms < 3_000  # about 600 on an idle machine

    with_pool(dump, work, Limits())


def test_answers_are_right(dump: Path) -> None:
    async def work(pool: Pool) -> None:
        count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        assert b'"2000"' in (await ask(pool, count)).body
        one = await ask(pool, count, default_graphs=("http://e/g1",))
        assert b'"400"' in one.body
        replaced = "SELECT (COUNT(*) AS ?n) FROM <http://e/none> { ?s ?p ?o }"
        assert b'"0"' in (await ask(pool, replaced)).body
        assert b'"400"' in (await ask(pool, replaced, default_graphs=("http://e/g1",))).body
        named = "ASK { GRAPH ?g { ?s ?p ?o } }"
        assert b"true" in (await ask(pool, named, named_graphs=("http://e/g2",))).body
        assert b"false" in (await ask(pool, named, default_graphs=("http://e/g2",))).body
        graph = await ask(pool, "CONSTRUCT WHERE { <http://e/s1> ?p ?o }")
        assert (graph.media_type, graph.form) == ("text/turtle", "CONSTRUCT")
        assert b'"v1"' in graph.body
        with pytest.raises(SparqlError) as caught:
            await ask(pool, "ASK {\n ?s ?p . }")
        assert (caught.value.code, caught.value.line) == ("syntax", 2)
        assert not (await ask(pool, "SELECT (NOW() AS ?n) {}")).cacheable

    with_pool(dump, work)


def test_admission(dump: Path) -> None:
    limits = Limits(children=2, deadline_seconds=1, queue_length=1, queue_seconds=0.2)

    async def work(pool: Pool) -> None:
        busy = [asyncio.create_task(outcome(ask(pool, SLOW, "a"))) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert pool.stats().running == 2
        with pytest.raises(SparqlError) as caught:
            await ask(pool, NORMAL, "a")
        assert (caught.value.code, caught.value.retry_after) == ("busy", 1)
        waiting = asyncio.create_task(outcome(ask(pool, NORMAL, "b")))
        await asyncio.sleep(0.05)
        assert await outcome(ask(pool, NORMAL, "c")) == "queue-full"  # the queue is full
        assert await waiting == "queue-full"  # it waited too long
        assert await asyncio.gather(*busy) == ["deadline", "deadline"]
        async with asyncio.timeout(RENEWED_SECONDS):
            while await outcome(ask(pool, NORMAL)) == "queue-full":
                pass  # new children may take longer than anybody waits in the queue of this test
        await normal(pool)

    with_pool(dump, work, limits)


def test_a_client_that_leaves_stops_its_query(dump: Path) -> None:
    async def work(pool: Pool) -> None:
        task = asyncio.create_task(ask(pool, SLOW))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await normal(pool)
        assert (pool.stats().killed, pool.stats().running) == (1, 0)

    with_pool(dump, work, Limits(children=1, running_per_client=1))


def source_of(pool: Pool) -> ProcessSource:
    source = pool._source
    assert isinstance(source, ProcessSource)
    return source


def processes_below(pid: int) -> list[int]:
    """Return the living or zombie children of a process (Linux)."""
    return [int(item) for item in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_dead_zygote_is_replaced(dump: Path) -> None:
    async def work(pool: Pool) -> None:
        for _ in range(2):
            zygote = source_of(pool).pid
            assert zygote
            os.kill(zygote, signal.SIGKILL)
            await asyncio.sleep(0.1)  # its children follow it
            await normal(pool, RENEWED_SECONDS)
            await normal(pool)
        slow = asyncio.create_task(outcome(ask(pool, SLOW)))
        await asyncio.sleep(0.05)
        zygote = source_of(pool).pid
        assert zygote
        os.kill(zygote, signal.SIGKILL)  # under way: the query is tried again
        assert await slow in ("deadline", "unavailable")
        await normal(pool, RENEWED_SECONDS)
        await normal(pool)
        assert pool.stats().starts == 4

    with_pool(dump, work)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
def test_nothing_leaks(dump: Path) -> None:
    """1,000 queries, 50 kills and the recycling of children leave no descriptor or zombie."""
    limits = Limits(deadline_seconds=0.1, queries_per_child=10)

    async def work(pool: Pool) -> None:
        await normal(pool)
        before = len(os.listdir("/proc/self/fd"))
        for number in range(1_000):
            await outcome(ask(pool, f"ASK {{ ?s{number} ?p ?o }}"))
            if number % 20 == 0:
                assert await outcome(ask(pool, SLOW)) == "deadline"
        await asyncio.sleep(0.1)
        stats = pool.stats()
        assert stats.killed >= 50
        assert stats.recycled >= 50
        assert len(os.listdir("/proc/self/fd")) == before
        zygote = source_of(pool).pid
        assert zygote
        assert len(processes_below(zygote)) == limits.children
        pids.append(zygote)

    pids: list[int] = []
    with_pool(dump, work, limits)
    assert pids[0] not in processes_below(os.getpid())


def test_a_child_has_nothing_to_reach_for(dump: Path) -> None:
    async def work(pool: Pool) -> None:
        pair = await asyncio.gather(bypass(pool, "ASK {}"), bypass(pool, "ASK {}"))
        assert len(pair) == 2  # both children have answered, so both are confined
        zygote = source_of(pool).pid
        assert zygote
        for pid in processes_below(zygote):
            folder = Path(f"/proc/{pid}")
            assert (folder / "environ").read_bytes() == b""
            assert len(os.listdir(folder / "fd")) == 4  # three times /dev/null, and its socket
            limits = (folder / "limits").read_text()
            for name in ("Max open files", "Max file size", "Max core file size"):
                [line] = [item for item in limits.splitlines() if item.startswith(name)]
                assert line.split()[-3:-1] == ["0", "0"]

    with_pool(dump, work)


def test_without_a_sandbox_the_pool_answers_and_says_so(dump: Path) -> None:
    async def work(pool: Pool) -> None:
        assert len(pool.unenforced()) == 4
        await normal(pool)
        assert await outcome(bypass(pool, "ASK {")) == "syntax"

    with_pool(dump, work, sandbox=False)


def test_starting_and_closing(tmp_path: Path, dump: Path) -> None:
    async def main() -> None:
        broken = tmp_path / "broken.nq"
        broken.write_text("not a quad", encoding="utf-8")
        for path in (broken, tmp_path / "absent.nq"):
            pool = Pool(path, LIMITS)
            with pytest.raises(SparqlError) as caught:
                await pool.start()
            assert caught.value.code == "unavailable"
            await pool.close()
        pool = Pool(dump, LIMITS)
        assert await outcome(ask(pool, NORMAL)) == "unavailable"
        await pool.start()
        slow = asyncio.create_task(outcome(ask(pool, SLOW)))
        await asyncio.sleep(0.05)
        await pool.close()
        assert await slow == "unavailable"
        assert await outcome(ask(pool, NORMAL)) == "unavailable"

    asyncio.run(main())


def test_a_child_that_grew_is_replaced(dump: Path) -> None:
    """Memory that a large answer took does not stay with its process."""
    large = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 30000"

    async def work(pool: Pool) -> None:
        await normal(pool)
        assert pool.stats().recycled == 0
        assert len((await ask(pool, large)).body) > 5_000_000
        await normal(pool)
        await normal(pool)
        assert pool.stats().recycled == 1
        assert pool.stats().killed == pool.stats().crashed == 0

    with_pool(dump, work, Limits(children=1, growth_bytes=20_000_000))
