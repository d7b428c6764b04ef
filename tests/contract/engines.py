"""The engines that the contract is held against, and what is known to differ in one of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from talea_sparql import Limits, Operation
from talea_sparql.library import Library
from talea_sparql.opening import load_disk
from talea_sparql.pool import Answer, Pool
from talea_sparql.remote import RemotePool, RemoteStore
from talea_sparql.store import QueryStore, TrustedStore, open_disk, open_memory

T = TypeVar("T")

START_SECONDS = 30.0
VIRTUOSO = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
DirsAllowed = .
NumberOfBuffers = 20000
MaxDirtyBuffers = 12000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 10
Charset = UTF-8
[SPARQL]
{sparql}
"""
VIRTUOSO_LOAD = """
ld_dir('.', 'data.nq', 'urn:unused');
rdf_loader_run();
CREATE PROCEDURE LET_READ () {
  FOR (SPARQL SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } FILTER (%s) }) DO
    DB.DBA.RDF_GRAPH_USER_PERMS_SET ("g", 'nobody', 1); };
DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 0);
LET_READ ();
checkpoint;
"""
"""As in docs/deployment.md: strangers see our graphs only, not those of Virtuoso's own."""


@dataclass(frozen=True)
class Engine:
    """One engine with the data of the contract.

    `store` is its trusted lane, `pool` makes its public lane, `different` maps what is known to
    differ to the reason.
    """

    name: str
    store: QueryStore
    pool: Callable[[Limits], Pool]
    different: Mapping[str, str] = field(default_factory=dict)
    _open: list[tuple[asyncio.Runner, Pool]] = field(default_factory=list)

    def ask(self, operation: Operation) -> Answer:
        """Evaluate in a pool that stays open."""
        if not self._open:
            runner, pool = asyncio.Runner(), self.pool(Limits(children=2))
            runner.run(pool.start())
            self._open.append((runner, pool))
        runner, pool = self._open[0]
        return runner.run(pool.evaluate(operation, "c"))

    def close(self) -> None:
        """End both lanes."""
        for runner, pool in self._open:
            runner.run(pool.close())
            runner.close()
        self.store.close()


VIRTUOSO_DIFFERENCES: Mapping[str, str] = {
    "lexical": "STR of a number is not what is sent of it: 1500 and 1500.0",
    "from": "FROM is added to the graphs of the request, and without FROM NAMED it lets GRAPH "
    "reach every graph: such queries are refused",
    "describe": "DESCRIBE says nothing to whom graph permissions apply",
    "lenient": "a column that is not grouped, a line that is not named in errors",
}
"""What was seen with Virtuoso 7.2.5; a test that meets one says so and looks at the rest."""


def with_pool(engine: Engine, work: Callable[[Pool], Awaitable[T]], **limits: float) -> T:
    """Do some work with a pool of an engine, started and closed."""

    async def main() -> T:
        pool = engine.pool(Limits(**{"children": 2, **limits}))  # type: ignore[arg-type]
        await pool.start()
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(main())


def embedded_memory(data: Path, library: Library) -> Engine:
    """The store in memory."""
    return Engine(
        "memory", TrustedStore(open_memory(data), library), lambda limits: Pool(data, limits)
    )


def embedded_disk(data: Path, folder: Path, library: Library) -> Engine:
    """The store on disk."""
    load_disk(folder / "store", data)
    return Engine(
        "disk",
        TrustedStore(open_disk(folder / "store"), library),
        lambda limits: Pool(folder / "store", limits),
    )


def remote(
    name: str, address: str, library: Library, different: Mapping[str, str] | None = None
) -> Engine:
    """An engine that is already running."""
    store = RemoteStore(address, library)
    store.connect()
    return Engine(name, store, lambda limits: RemotePool(address, limits), different or {})


@contextlib.contextmanager
def oxigraph_server(data: Path, folder: Path) -> Iterator[str]:
    """Start the Oxigraph server over a file and give its address."""
    program = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    subprocess.run(
        [program, "load", "--location", str(folder), "--file", str(data)],
        check=True,
        capture_output=True,
    )
    port = free_port()
    command = [program, "serve-read-only", "--location", str(folder)]
    command += ["--bind", f"127.0.0.1:{port}", "--timeout-s", "5"]
    address = f"http://127.0.0.1:{port}/query"
    with _running(command, folder):
        _wait(address)
        yield address


@contextlib.contextmanager
def virtuoso_server(
    data: Path, folder: Path, prefix: str = "http://example.org/", sparql: str = ""
) -> Iterator[str]:
    """Start Virtuoso over a file and give its address; graphs are those of a prefix."""
    sql, http = free_port(), free_port()
    (folder / "talea.ini").write_text(VIRTUOSO.format(sql=sql, http=http, sparql=sparql))
    shutil.copyfile(data, folder / "data.nq")
    ours = f"STRSTARTS (STR (?g), '{prefix}')"
    (folder / "load.sql").write_text(VIRTUOSO_LOAD % ours)
    address = f"http://127.0.0.1:{http}/sparql"
    with _running(["virtuoso-t", "+foreground", "+configfile", "talea.ini"], folder):
        _wait(address)
        done = subprocess.run(
            ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", "load.sql"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "*** Error" not in done.stdout + done.stderr, done.stdout + done.stderr
        yield address


@contextlib.contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.post(address, data={"query": "ASK {}"}, timeout=5, trust_env=False)
            return
        except httpx.TransportError:
            assert time.monotonic() < until, f"no engine answers on {address}"
            time.sleep(0.05)


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def has_virtuoso() -> bool:
    """Whether this machine has Virtuoso."""
    return bool(shutil.which("virtuoso-t") and shutil.which("isql-vt")) and os.name == "posix"
