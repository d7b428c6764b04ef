"""What every test may use: the shipped catalogue built once, an application, a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings as hypothesis_settings

# Several processes share few processors: none takes more than one of them for its products.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

if TYPE_CHECKING:
    import httpx
    from anyio.from_thread import BlockingPortal
    from fastapi import FastAPI

    from talea_api.paths import Places
    from talea_api.settings import Settings
    from talea_catalogue.release import Release

# A slow machine is no fault of what is tested; in CI this is how Hypothesis works by itself.
hypothesis_settings.register_profile("talea", deadline=None)
hypothesis_settings.load_profile("talea")

# Where the environment forbids bytecode, each of some hundred processes would compile every module
# again: a second and a half each. What is written is what Python writes where nothing forbids it.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Books take as long as a dozen tests: those of `test_publications.py` are made by it.
os.environ["TALEA_BOOKS"] = "0"

IN_CI = os.environ.get("CI") == "true"
MAY_SKIP = "../shared"
"""In CI a skipped test fails, unless its reason says that it needs the data beside the checkout."""


LONGEST = ("test_mixed_load.py", "test_incremental.py")
"""Files that take minutes: begun first, so that nothing waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order is otherwise that of the folders."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three processes for two processors, as some tests mostly wait; one where one measures."""
    measured = re.search(r"(?<!not )\b(bench|soak|peers)\b", config.option.markexpr)
    return 0 if measured or config.option.usepdb else 3


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    report = yield
    return _no_silent_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    return _no_silent_skip(report)


def _no_silent_skip(report: Any) -> Any:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MAY_SKIP not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI: {reason}"
    return report


@pytest.fixture(scope="session")
def needs() -> Callable[[bool, str], None]:
    """`needs(path.exists(), "../shared is not here")`: skip loudly, or fail in CI (see above)."""

    def check(present: bool, reason: str) -> None:
        if not present:
            pytest.skip(f"NOT RUN: {reason}")

    return check


@pytest.fixture(scope="session")
def places() -> Places:
    """Where this checkout keeps its data."""
    from talea_api.paths import locate

    return locate()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, places: Places) -> Path:
    """A home with the shipped catalogue and its files, as `talea build` makes it: to read only."""
    from talea_api.paths import code_digest
    from talea_api.settings import Settings
    from talea_catalogue import dumps
    from talea_catalogue.build import build

    def make(folder: Path) -> None:
        digest = code_digest(places)
        built = build(places.sources, folder, code_digest=digest, engine=Settings().meaning)
        dumps.write(built.folder)

    return made_once(tmp_path_factory, "shipped", make)


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]
) -> Path:
    """A folder that the processes of a run share: the first that needs it makes it."""
    import fcntl

    here = tmp_path_factory.getbasetemp()
    folder = (here.parent if "PYTEST_XDIST_WORKER" in os.environ else here) / name
    folder.mkdir(exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder.parent / f"{name}.made"
        if not made.exists():
            make(folder)
            made.touch()
    return folder


@pytest.fixture(scope="session")
def invented_home(tmp_path_factory: pytest.TempPathFactory, places: Places) -> Path:
    """A home with the records of `replicability/records`, invented and never shipped, beside."""
    import shutil

    from talea_catalogue.build import build

    def make(folder: Path) -> None:
        records = Path(__file__).parent / "replicability" / "records"
        shutil.copytree(records, folder / "records")
        build(places.sources, folder, code_digest="invented")

    return made_once(tmp_path_factory, "invented", make)


@pytest.fixture(scope="session")
def release(home: Path, places: Places) -> Iterator[Release]:
    """The shipped catalogue, open."""
    from talea_api.collector import set_aside
    from talea_catalogue.release import current, open_release

    folder = current(home)
    assert folder is not None
    opened = open_release(folder, places.sources.queries)
    set_aside()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def settings(home: Path) -> Settings:
    """Settings without a rate limit, so that tests do not wait for each other."""
    from talea_api.settings import Settings

    return Settings(home=home, rate_per_minute=0, sparql_per_client=8)


COPIED = re.compile(
    r"/(static|dati|pratiche|elenchi|copia|domande|bisogni|ontologia|note-legali)?"
    r"|/en/(pratiche|copia|domande|pratiche/scheda-pippi)?"
    r"|/(pratiche/(scheda-pippi|bari-social-book)(\.ttl|\.jsonld|/filiera)?)"
    r"|/comuni/072006|/ambiti/ats-bari|/vocabolari/target|/mappa|/copertura|/static/.*"
    r"|/dati/versioni/[0-9a-f]+(/SHA256SUMS|/talea\.nq\.gz)?|/pratiche\?bisogno=isolamento"
)
"""The addresses that `static_copy` has: a copy of them all takes a minute."""


@pytest.fixture(scope="session")
def make_copy(settings: Settings, places: Places, release: Release) -> Callable[[Path], None]:
    """Writes to a folder a copy of a part of the shipped catalogue, as `talea export` does."""
    from talea_api.export.site import export

    def make(out: Path) -> None:
        export(settings, places, release, out, chosen=lambda one: bool(COPIED.fullmatch(one)))

    return make


@pytest.fixture(scope="session")
def static_copy(
    tmp_path_factory: pytest.TempPathFactory, make_copy: Callable[[Path], None]
) -> Path:
    """Such a copy: to read only."""
    return made_once(tmp_path_factory, "copy", make_copy)


@pytest.fixture(scope="session")
def app(settings: Settings, release: Release, places: Places) -> FastAPI:
    """The application on the shipped catalogue. Use `client`: it also starts the pool."""
    from talea_api.app import create_app
    from talea_catalogue.search import predicate
    from talea_sparql.pool import Pool

    pool = Pool(release.dump, settings.limits(), search=predicate(release.search))
    return create_app(settings, release, pool, places=places)


class Client:
    """Asks an application in this process. Follows no redirect; a server error is an answer."""

    def __init__(self, portal: BlockingPortal, http: httpx.AsyncClient) -> None:
        self._portal = portal
        self._http = http

    def request(self, method: str, url: str, **keywords: Any) -> httpx.Response:
        """Send one request; `keywords` are those of httpx."""
        return self._portal.call(partial(self._http.request, method, url, **keywords))

    def get(self, url: str, **keywords: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", url, **keywords)

    def head(self, url: str, **keywords: Any) -> httpx.Response:
        """HEAD."""
        return self.request("HEAD", url, **keywords)

    def post(self, url: str, **keywords: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", url, **keywords)

    def page(self, url: str, **keywords: Any) -> httpx.Response:
        """GET as a browser does."""
        accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        return self.request("GET", url, headers={"Accept": accept}, **keywords)


@pytest.fixture(scope="session")
def open_client() -> Iterator[Callable[[FastAPI], Client]]:
    """Start an application (its lifespan too) and give a client for it."""
    import contextlib

    import httpx
    from anyio.from_thread import start_blocking_portal

    with contextlib.ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())

        def start(app: FastAPI) -> Client:
            lifespan = app.router.lifespan_context(app)
            stack.enter_context(portal.wrap_async_context_manager(lifespan))
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            http = httpx.AsyncClient(transport=transport, base_url="http://talea.test")
            stack.enter_context(portal.wrap_async_context_manager(http))
            return Client(portal, http)

        yield start


@pytest.fixture(scope="session")
def client(app: FastAPI, open_client: Callable[[FastAPI], Client]) -> Client:
    """A client of `app`."""
    return open_client(app)


@dataclass(frozen=True, slots=True)
class Server:
    """A real `talea serve`: its address without a final slash, its process, its home."""

    url: str
    process: subprocess.Popen[str]
    home: Path

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rsplit(":", 1)[1])


@pytest.fixture(scope="session")
def start_server(home: Path) -> Iterator[Callable[..., Server]]:
    """Start `talea serve` on a free loopback port, with more environment if wanted."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path = home, **environment: str) -> Server:
        process = subprocess.Popen(
            [sys.executable, "-m", "talea_api.cli", "serve", "--port", "0", "--home", str(folder)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            found = re.search(r"(http://\S+)/ ", line)
            if found:
                return Server(found[1], process, folder)
        raise AssertionError("talea serve did not start:\n" + "".join(said))

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., Server]) -> Server:
    """One real server for the session, without a rate limit."""
    return start_server(TALEA_RATE_PER_MINUTE="0", TALEA_SPARQL_PER_CLIENT="8")
