"""The small addresses: health, robots, the mark, and the files of the site."""

import mimetypes
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from ..caching import Answer, make_answer, reply
from ..errors import Problem
from ..metrics import MEDIA_TYPE
from ..security import comes_from
from ..services import edition_of, services_of

FOR_EVER: Final = "public, max-age=31536000, immutable"
FOR_AN_HOUR: Final = "public, max-age=3600"
HASHED: Final = re.compile(r"^dist/.*\.[0-9a-f]{8,}\.[a-z0-9]+$")
"""Files with the hash of their content in their name: a new content is a new address."""
_TYPES: Final = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".css": "text/css"}


def router(static: Path) -> Router:
    """The routes; the files of `static` are read now, so that no request touches the disk."""
    files = dict(_files(static))

    async def static_file(request: Request) -> Response:
        name = str(request.path_params["name"])
        answer = files.get(name)
        if answer is None:
            raise Problem("not-found")
        cache_control = FOR_EVER if HASHED.search(name) else FOR_AN_HOUR
        return reply(request, answer, cache_control=cache_control)

    return Router(
        [
            Route("/static/{name:path}", static_file, name="static"),
            Route("/favicon.ico", _favicon, name="favicon"),
            Route("/robots.txt", _robots, name="robots"),
            Route("/healthz", _health, name="health"),
            Route("/metrics", _metrics, name="metrics"),
        ]
    )


async def _favicon(request: Request) -> Response:
    return RedirectResponse("/static/favicon.svg", 308)


async def _robots(request: Request) -> Response:
    settings = services_of(request).settings
    return PlainTextResponse(robots_text(settings.absolute("/sitemap.xml")))


async def _health(request: Request) -> Response:
    """Up, and with which release. Never kept by a cache."""
    manifest = edition_of(request).release.manifest
    body = {
        "status": "ok",
        "release": manifest.data_digest,
        "build": manifest.build_digest,
        "date": manifest.date,
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


async def _metrics(request: Request) -> Response:
    """The counters, for this machine and the networks of `TALEA_METRICS_FROM`."""
    services = services_of(request)
    readers = services.settings.metrics_networks()
    if not comes_from(request.scope, readers, services.trusted):
        raise Problem("not-from-there")
    answer = Response(services.metrics.text(), headers={"Cache-Control": "no-store"})
    answer.headers["Content-Type"] = MEDIA_TYPE
    del answer.headers["Content-Length"]  # HEAD would not tell that of the next GET
    return answer


def robots_text(sitemap: str = "") -> str:
    """Robots are welcome on the pages, not where each address costs a computation.

    `sitemap` is named where it is an absolute address, which the protocol asks for.
    """
    lines = ["User-agent: *", "Disallow: /sparql", "Disallow: /api/", "Disallow: /pratiche?"]
    lines += ["Disallow: /en/sparql", "Disallow: /en/pratiche?"]
    lines += ["Disallow: /pubblicazioni/anteprima?", "Disallow: /en/pubblicazioni/anteprima?"]
    lines += ["Disallow: /rdf-graph-store", "Disallow: /graph/"]
    if "://" in sitemap:
        lines += ["", f"Sitemap: {sitemap}"]
    return "\n".join(lines) + "\n"


def _files(folder: Path) -> Iterator[tuple[str, Answer]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            body = path.read_bytes()
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0]
            media_type = kind or "application/octet-stream"
            yield name, make_answer(body, media_type, sha256(body).hexdigest())
