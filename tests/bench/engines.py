"""The engines of the bench: each loads the same N-Quads and answers SPARQL queries on loopback.

A peer runs as its own documentation says, with its limits on answers raised so that none is cut and
its default graph the union of all graphs. One that is not on this machine raises `AbsentError`.
"""

from __future__ import annotations

import configparser
import http.client
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
START_SECONDS = 300.0
_PROBE = "/sparql?query=ASK%20%7B%7D"
_RDFLIB_ENDPOINT = """
import sys, uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
data = Dataset(default_union=True)
data.parse(sys.argv[1], format="nquads")
app = SparqlEndpoint(graph=data, path="/sparql")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
"""


class AbsentError(Exception):
    """An engine is not installed here; the message says which and how to get it."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A SPARQL endpoint that answers: its name for the table, its port, the path of queries."""

    name: str
    port: int
    path: str = "/sparql"


class Running:
    """Starts engines below a folder, and ends them: processes of its own only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """End every engine."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def oxigraph(self, data: Path) -> Engine:
        """The Oxigraph server, read only, on a store on disk. Raises AbsentError."""
        command = _oxigraph()
        store = str(self._folder / "oxigraph")
        load = [command, "load", "--location", store, "--file", str(data)]
        subprocess.run(load, check=True, capture_output=True)
        port = free_port()
        serve = [command, "serve-read-only", "--location", store, "--union-default-graph"]
        self._start([*serve, "--bind", f"{LOOPBACK}:{port}"])
        return self._ready(Engine("Oxigraph server", port, "/query"))

    def oxigraph_in_memory(self, data: Path) -> Engine:
        """The Oxigraph server with its store in memory, for comparison. Raises AbsentError."""
        command = _oxigraph()
        port = free_port()
        self._start([command, "serve", "--union-default-graph", "--bind", f"{LOOPBACK}:{port}"])
        engine = self._ready(Engine("Oxigraph server, memory", port, "/query"))
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=START_SECONDS)
        with data.open("rb") as body:
            headers = {"Content-Type": "application/n-quads"}
            connection.request("POST", "/store?no_transaction", body, headers)
            answer = connection.getresponse()
            assert answer.status in (201, 204), answer.read()
        connection.close()
        return engine

    def virtuoso(self, data: Path) -> Engine:
        """Virtuoso 7 in a folder of its own. Raises AbsentError."""
        command, client = shutil.which("virtuoso-t"), shutil.which("isql-vt")
        if command is None or client is None:
            raise AbsentError("Virtuoso is not installed: apt-get install virtuoso-opensource-7")
        folder = self._folder / "virtuoso"
        folder.mkdir()
        sql, port = free_port(), free_port()
        settings = _virtuoso_settings(folder, data.parent, sql, port)
        self._start([command, "+foreground", "+configfile", str(settings)], folder)
        engine = self._ready(Engine("Virtuoso 7", port))
        load = f"ld_dir('{data.parent}', '{data.name}', 'urn:none'); rdf_loader_run(); checkpoint;"
        isql = [client, f"{LOOPBACK}:{sql}", "dba", "dba", f"exec={load}"]
        subprocess.run(isql, check=True, capture_output=True, cwd=folder)
        return engine

    def rdflib_endpoint(self, data: Path) -> Engine:
        """rdflib-endpoint in an environment of its own, made now. Raises AbsentError."""
        home = self._folder / "rdflib-endpoint"
        venv.create(home, with_pip=True)
        python = str(home / "bin" / "python")
        packages = ["rdflib-endpoint", "uvicorn"]
        pip = [python, "-m", "pip", "install", "--quiet", *packages]
        if subprocess.run(pip, capture_output=True).returncode:
            raise AbsentError("rdflib-endpoint cannot be installed: pip found no package")
        port = free_port()
        self._start([python, "-c", _RDFLIB_ENDPOINT, str(data), str(port)])
        return self._ready(Engine("rdflib-endpoint", port))

    def _start(self, command: Sequence[str], folder: Path | None = None) -> None:
        self._processes.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder or self._folder,
                start_new_session=True,
            )
        )

    def _ready(self, engine: Engine) -> Engine:
        """The engine, once it answers a query."""
        process = self._processes[-1]
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert process.poll() is None, f"{engine.name} ended while it started"
            connection = http.client.HTTPConnection(LOOPBACK, engine.port, timeout=10)
            try:
                connection.request("GET", _PROBE.replace("/sparql", engine.path))
                if connection.getresponse().status == 200:
                    return engine
            except OSError:
                time.sleep(0.2)
            finally:
                connection.close()
        raise AssertionError(f"{engine.name} did not start in {START_SECONDS:g} s")


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _oxigraph() -> str:
    command = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    if not Path(command).exists():
        raise AbsentError("the Oxigraph server is not installed: pip install oxigraph")
    return command


def _virtuoso_settings(folder: Path, data: Path, sql: int, port: int) -> Path:
    """The least that Virtuoso needs, with memory enough for all the data and no cut answers."""
    ini = configparser.ConfigParser()
    ini.optionxform = str  # type: ignore[assignment, method-assign]
    ini["Database"] = {
        "DatabaseFile": "virtuoso.db",
        "ErrorLogFile": "virtuoso.log",
        "LockFile": "virtuoso.lck",
        "TransactionFile": "virtuoso.trx",
        "xa_persistent_file": "virtuoso.pxa",
    }
    ini["TempDatabase"] = {
        "DatabaseFile": "virtuoso-temp.db",
        "TransactionFile": "virtuoso-temp.trx",
    }
    ini["Parameters"] = {
        "ServerPort": f"{LOOPBACK}:{sql}",
        "DisableUnixSocket": "1",
        "DirsAllowed": f"., {data}",
        "NumberOfBuffers": "85000",
        "MaxDirtyBuffers": "65000",
        "MaxClientConnections": "40",
        "CheckpointInterval": "0",
    }
    ini["HTTPServer"] = {
        "ServerPort": f"{LOOPBACK}:{port}",
        "ServerThreads": "40",
        "MaxKeepAlives": "40",
        "KeepAliveTimeout": "60",
    }
    ini["SPARQL"] = {"ResultSetMaxRows": "1000000"}
    path = folder / "virtuoso.ini"
    with path.open("w", encoding="ascii") as file:
        ini.write(file)
    return path
