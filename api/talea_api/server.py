"""`talea serve`: from a socket and a home with a release to a running web server."""

import asyncio
import ipaddress
import logging
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from talea_catalogue.release import current, data_of, open_release
from talea_catalogue.search import predicate
from talea_sparql.pool import Pool

from .app import create_app
from .cli import ENVIRONMENT, OK
from .collector import without_collection
from .connections import Connection, Doors
from .failures import MachineError, reason
from .holder import Edition, Opener
from .paths import Places
from .pools import pool_for
from .services import Services
from .settings import Settings

GRACE = 5
"""Seconds that answers under way have when the server ends."""
SWITCH = 0.0005
"""Seconds for which a thread may keep the interpreter while others wait, a tenth of the usual.

A page asks for it dozens of times; beside a search each of them would take five milliseconds.
"""


LOOPBACK = "127.0.0.1"
"""Where only this machine reaches the server."""


def confined(settings: Settings) -> Settings:
    """The settings, with the loopback address where this system cannot confine queries.

    `TALEA_ALLOW_UNCONFINED=1` keeps the address that was asked for; the start says in any case
    what is not enforced.
    """
    if settings.sparql_url:
        return settings  # an engine elsewhere evaluates: whoever chose it contains it
    if settings.allow_unconfined or _is_loopback(settings.host):
        return settings
    if not Pool(settings.home_folder, settings.limits()).unenforced():
        return settings
    return replace(settings, host=LOOPBACK)


def _is_loopback(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    return all(ipaddress.ip_address(one[4][0]).is_loopback for one in found)


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
    # Where the port asked for is 0, any that is free: the site must name the one it got.
    settings = replace(settings, port=taken.getsockname()[1])
    release = open_release(
        _in_force(settings), places.sources.queries, settings.sparql_url, settings.meaning
    )
    app = create_app(
        settings,
        release,
        pool_for(settings, release.data, predicate(release.search)),
        marker=settings.home_folder / "current",
        opener=_opener(settings, places),
        places=places,
    )
    config = uvicorn.Config(
        app,
        log_level="error",  # what clients do wrong is counted, not told line by line
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        http=_protocol(settings, app),
        timeout_graceful_shutdown=GRACE,
    )
    sys.setswitchinterval(SWITCH)
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


def _protocol(settings: Settings, app: FastAPI) -> type[asyncio.Protocol]:
    """The protocol of a connection, with the limits of this server."""
    services: Services = app.state.services
    doors = Doors(settings, services.errors, services.metrics, services.trusted)

    class Guarded(Connection):
        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(*arguments, doors=doors, **keywords)

    return Guarded


def _in_force(settings: Settings) -> Path:
    folder = current(settings.home_folder)
    if folder is None:
        raise MachineError(f"{settings.home_folder}: non c'è una versione del catalogo")
    return folder


def _opener(settings: Settings, places: Places) -> Opener:
    async def opener() -> Edition:
        folder = _in_force(settings)
        pool = pool_for(settings, data_of(folder))
        starting = asyncio.create_task(pool.start())
        try:
            with without_collection():
                release = await asyncio.to_thread(
                    open_release,
                    folder,
                    places.sources.queries,
                    settings.sparql_url,
                    settings.meaning,
                )
            await starting
        except BaseException:
            await asyncio.wait([starting])
            await pool.close()
            raise
        pool.search = predicate(release.search)
        return Edition(release, pool)

    return opener


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
