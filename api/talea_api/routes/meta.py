"""The small addresses: health, robots, the mark, and the files of the site."""

import mimetypes
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from ..caching import Answer, make_answer, reply
from ..errors import Problem
from ..services import CurrentEdition, TheServices

FOR_EVER: Final = "public, max-age=31536000, immutable"
FOR_AN_HOUR: Final = "public, max-age=3600"
HASHED: Final = re.compile(r"^dist/.*\.[0-9a-f]{8,}\.[a-z0-9]+$")
"""Files with the hash of their content in their name: a new content is a new address."""
_TYPES: Final = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".css": "text/css"}


def router(static: Path) -> APIRouter:
    """The routes; the files of `static` are read now, so that no request touches the disk."""
    routes = APIRouter(include_in_schema=False)
    files = dict(_files(static))

    @routes.get("/static/{name:path}", name="static")
    async def static_file(request: Request, name: str) -> Response:
        answer = files.get(name)
        if answer is None:
            raise Problem("not-found")
        cache_control = FOR_EVER if HASHED.search(name) else FOR_AN_HOUR
        return reply(request, answer, cache_control=cache_control)

    @routes.get("/favicon.ico", name="favicon")
    async def favicon() -> Response:
        return RedirectResponse("/static/favicon.svg", 308)

    @routes.get("/robots.txt", name="robots")
    async def robots(services: TheServices) -> Response:
        return PlainTextResponse(robots_text(services.settings.base_url))

    @routes.get("/healthz", name="health")
    async def health(edition: CurrentEdition) -> dict[str, Any]:
        manifest = edition.release.manifest
        return {
            "status": "ok",
            "release": manifest.data_digest,
            "build": manifest.build_digest,
            "date": manifest.date,
        }

    return routes


def robots_text(base_url: str) -> str:
    """Robots are welcome on the pages, not where each address costs a computation."""
    lines = ["User-agent: *", "Disallow: /sparql", "Disallow: /api/", "Disallow: /pratiche?"]
    lines += ["Disallow: /en/sparql", "Disallow: /en/pratiche?"]
    if base_url:
        lines += ["", f"Sitemap: {base_url.rstrip('/')}/sitemap.xml"]
    return "\n".join(lines) + "\n"


def _files(folder: Path) -> Iterator[tuple[str, Answer]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            body = path.read_bytes()
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0]
            media_type = kind or "application/octet-stream"
            yield name, make_answer(body, media_type, sha256(body).hexdigest())
