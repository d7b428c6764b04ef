"""The JSON API, version 1, its OpenAPI description and nothing else: `/api` itself is a page."""

import json
from collections.abc import Callable, Hashable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.search import Query as SearchQuery
from talea_catalogue.search.facets import FILTERS

from ..answers import (
    LARGEST_LIMIT,
    LARGEST_OFFSET,
    LIMIT,
    LONGEST_TEXT,
    Json,
    comune_answer,
    filters_from,
    practice_answer,
    search_answer,
)
from ..caching import make_answer, reply
from ..errors import PROBLEM_TYPE, Problem
from ..language import Text
from ..services import edition_of, release_of, services_of

API_CACHE: Final = "public, max-age=60, must-revalidate"
Filter = Annotated[list[str], Query(max_length=20)]

ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": text,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in (
        (400, "A parameter is not valid"),
        (404, "The catalogue holds no such thing"),
        (429, "Too many requests: `Retry-After` says when to come back"),
    )
}
PROBLEM_SCHEMA: Final = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; the page /api lists them"},
    },
}


def router() -> APIRouter:
    """The addresses below `/api/v1`."""
    routes = APIRouter(prefix="/api/v1", tags=["catalogue"], responses=ERRORS)

    @routes.get("/search", response_class=JsonText)
    def search(
        request: Request,
        q: Annotated[
            str, Query(max_length=LONGEST_TEXT, description="Words, in Italian; may be empty")
        ] = "",
        area: Filter = [],  # noqa: B006 - FastAPI copies it
        target: Filter = [],  # noqa: B006
        bisogno: Filter = [],  # noqa: B006
        intervento: Filter = [],  # noqa: B006
        territorio: Filter = [],  # noqa: B006
        comune: Annotated[
            list[str],
            Query(max_length=20, description="ISTAT codes of Comuni, six digits each"),
        ] = [],  # noqa: B006
        limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = LIMIT,
        offset: Annotated[int, Query(ge=0, le=LARGEST_OFFSET)] = 0,
    ) -> Response:
        """Search the practices, and count them by facet."""
        known_comuni(release_of(request), comune)
        given = dict(
            zip(FILTERS, (area, target, bisogno, intervento, territorio, comune), strict=True)
        )
        query = SearchQuery(q.strip(), filters_from(given), limit, offset)
        key = (query.text, tuple(query.filters.items()), limit, offset)
        return as_json(request, key, lambda release: search_answer(release, query))

    @routes.get("/practices/{slug}", response_class=JsonText)
    def practice(
        request: Request, slug: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,199}$")]
    ) -> Response:
        """A practice: what is known, what is not, and where it comes from."""
        return as_json(request, (slug,), lambda release: practice_answer(release, slug))

    @routes.get("/comuni/{istat}", response_class=JsonText)
    def comune_(request: Request, istat: Annotated[str, Path(pattern=r"^[0-9]{6}$")]) -> Response:
        """A Comune by its ISTAT code: facts with their sources, and its practices."""
        return as_json(request, (istat,), lambda release: comune_answer(release, istat))

    return routes


class JsonText(Response):
    """For the OpenAPI description: the answers are written by `as_json`."""

    media_type = "application/json"


def known_comuni(release: Release, codes: list[str]) -> None:
    """Raise Problem 400 for an ISTAT code that is no Comune of the catalogue."""
    for code in codes:
        if not (len(code) == 6 and code.isascii() and code.isdigit()) or (
            release.repository.place(ns.resource("luogo", code)) is None
        ):
            raise Problem(
                "bad-parameter",
                Text(
                    f"«{code}» non è il codice ISTAT di un Comune del catalogo.",
                    f"“{code}” is not the ISTAT code of a Comune of the catalogue.",
                ),
                parameter="comune",
            )


def as_json(
    request: Request, key: tuple[Hashable, ...], answer: Callable[[Release], Json | None]
) -> Response:
    """The JSON of an answer, kept under `key` and the route; Problem 404 where `answer` gives None.

    Only an answer that was not kept counts against its client's rate.
    """
    services, edition = services_of(request), edition_of(request)
    name = request.scope["route"].path
    kept = services.cache.get((edition.digest, name, key))
    if kept is None:
        services.charge(request)
        content = answer(edition.release)
        if content is None:
            raise Problem("not-found")
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        kept = make_answer(body.encode(), "application/json", edition.digest)
        services.cache.put((edition.digest, name, key), kept)
    return reply(request, kept, cache_control=API_CACHE)
