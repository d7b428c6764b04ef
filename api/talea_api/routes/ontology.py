"""The files of the ontology that are no description of one resource: context, shapes, changelog.

They have an address that stays, beside the page of the ontology.
"""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, serialize
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release

from ..caching import Answer, make_answer, reply
from ..services import edition_of, services_of
from ..views import PAGE_CACHE

FILES: Final = {
    "context.jsonld": "application/ld+json",
    "CHANGELOG.md": "text/markdown; charset=utf-8",
}
"""Files of the folder `ontology`, and their media types."""
_SHAPES: Final = NamedNode(ns.GRAPH + "shapes")


def router(ontology: Path) -> Router:
    """The routes; the files are read now, so that no request touches the disk."""
    routes = [
        Route(f"/ontologia/{name}", _file(ontology / name, media_type), name=name)
        for name, media_type in FILES.items()
    ]
    routes.append(Route("/ontologia/shapes.ttl", _shapes, name="shapes"))
    routes.append(Route("/onto/context.jsonld", _to("/ontologia/context.jsonld"), name="context"))
    return Router(routes)


def _to(address: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return RedirectResponse(address, 303, {"Cache-Control": PAGE_CACHE})

    return endpoint


def _file(path: Path, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    body = path.read_bytes()
    answer = make_answer(body, media_type, hashlib.sha256(body).hexdigest())

    async def endpoint(request: Request) -> Response:
        return reply(request, answer, cache_control=PAGE_CACHE)

    return endpoint


async def _shapes(request: Request) -> Response:
    edition = edition_of(request)

    def make() -> Answer:
        return make_answer(shapes(edition.release), "text/turtle; charset=utf-8", edition.digest)

    answer = await services_of(request).kept(request, make, "shapes.ttl")
    return reply(request, answer, cache_control=PAGE_CACHE)


def shapes(release: Release) -> bytes:
    """The graph of the shapes, in Turtle."""
    triples = [quad.triple for quad in release.store.quads(None, None, None, _SHAPES)]
    prefixes = {**ns.PREFIXES, "tsh": ns.SHAPES, "sh": "http://www.w3.org/ns/shacl#"}
    return serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes) or b""
