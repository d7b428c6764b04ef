"""`talea serve`: from a socket and a home with a release to a running web server."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from talea_catalogue.release import current, data_of, open_release
from talea_sparql.pool import Pool

from .app import create_app
from .cli import ENVIRONMENT, OK
from .failures import MachineError, reason
from .holder import Edition, Opener
from .paths import Places
from .settings import Settings

HEADER_BYTES = 65_536
"""Largest request line and headers; above it, 400."""
CONNECTIONS = 800
"""Connections at once, below the usual limit of open files; above it, 503."""
GRACE = 5
"""Seconds that answers under way have when the server ends."""


def listen(host: str, port: int) -> socket.socket:
    """Take the address now, so that a busy port is told at once; raises MachineError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise MachineError(f"{host}: non è un indirizzo di questo computer") from None
    taken = socket.socket(family, kind, protocol)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(256)
    except OSError as error:
        taken.close()
        hint = "; scegline un'altra con --port" if port else ""
        raise MachineError(f"porta {port} di {host}: {reason(error)}{hint}") from None
    return taken


def serve_forever(settings: Settings, places: Places, taken: socket.socket) -> int:
    """Serve the release in force on a socket that listens, until SIGINT or SIGTERM."""
    release = open_release(_in_force(settings), places.sources.queries)
    app = create_app(
        settings,
        release,
        Pool(release.data, settings.limits()),
        marker=settings.home_folder / "current",
        opener=_opener(settings, places),
        places=places,
    )
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        # Not httptools: it puts no limit on the headers of a request.
        http="h11",
        h11_max_incomplete_event_size=HEADER_BYTES,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config, _address(settings.host, taken))
    # uvicorn hands the signal on when it has finished: end with code 0 then, as on Ctrl-C.
    signal.signal(signal.SIGTERM, _end)
    logging.basicConfig(format="talea: %(message)s", level=logging.WARNING)
    if settings.access_log:
        lines = logging.StreamHandler()
        lines.setFormatter(logging.Formatter("%(message)s"))
        access = logging.getLogger("talea.access")
        access.addHandler(lines)
        access.setLevel(logging.INFO)
        access.propagate = False
    try:
        server.run(sockets=[taken])
    except KeyboardInterrupt:
        return OK
    return OK if server.started else ENVIRONMENT


def _in_force(settings: Settings) -> Path:
    folder = current(settings.home_folder)
    if folder is None:
        raise MachineError(f"{settings.home_folder}: non c'è una versione del catalogo")
    return folder


def _opener(settings: Settings, places: Places) -> Opener:
    async def opener() -> Edition:
        folder = _in_force(settings)
        pool = Pool(data_of(folder), settings.limits())
        starting = asyncio.create_task(pool.start())
        try:
            with _no_collection():
                release = await asyncio.to_thread(open_release, folder, places.sources.queries)
            await starting
        except BaseException:
            await asyncio.wait([starting])
            await pool.close()
            raise
        return Edition(release, pool)

    return opener


@contextmanager
def _no_collection() -> Iterator[None]:
    """Open a release without the collector, which would look at all that the last one holds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _end(number: int, frame: Any) -> None:
    raise SystemExit(OK)


def _address(host: str, taken: socket.socket) -> str:
    port = taken.getsockname()[1]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"Talea è su {self._address} (Ctrl-C per fermarlo)", flush=True)
