"""The JSON API, version 1, its OpenAPI description and nothing else: `/api` itself is a page."""

import json
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from talea_catalogue.release import Release
from talea_catalogue.repository import Repository
from talea_catalogue.search import Query as SearchQuery
from talea_catalogue.search.facets import FILTERS, RANGES

from ..answers import (
    LARGEST_LIMIT,
    LARGEST_OFFSET,
    LIMIT,
    LONGEST_TEXT,
    Json,
    comune_answer,
    filters_from,
    is_known,
    practice_answer,
    search_answer,
)
from ..caching import Answer, make_answer, reply
from ..errors import PROBLEM_TYPE, Problem
from ..language import Text
from ..services import edition_of, release_of, services_of

API_CACHE: Final = "public, max-age=60, must-revalidate"

ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": text,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in (
        (400, "A parameter is not valid"),
        (404, "The catalogue holds no such thing"),
        (429, "Too many requests: `Retry-After` says when to come back"),
        (503, "Search is crowded, and `Retry-After` says when to come back, or does not work"),
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


Values = Annotated[list[str], Field(max_length=20)]
FilterName = Annotated[str, Field(pattern=f"^({'|'.join(FILTERS)})$")]
Number = Annotated[int, Field(ge=0, lt=10**12)]


class SearchParameters(BaseModel):
    """What `/api/v1/search` takes. Values of one filter widen it, filters together narrow."""

    q: str = Field("", max_length=LONGEST_TEXT, description="Words, in Italian; may be empty")
    area: Values = Field([], description="Thematic areas: notations of the scheme")
    target: Values = Field([], description="Target groups: notations of the scheme")
    bisogno: Values = Field([], description="Needs: notations of the scheme")
    intervento: Values = Field([], description="Types of intervention: notations of the scheme")
    territorio: Values = Field([], description="Provinces, regions, countries, places abroad")
    comune: Values = Field([], description="ISTAT codes of Comuni, six digits each")
    fuori: Values = Field([], description="Territories to leave out; `italia` for what is abroad")
    popolazione: Values = Field(
        [], description="Classes of residents of the Comuni of a practice, as the facet gives them"
    )
    inner_areas: Values = Field(
        [], alias="aree-interne", description="Inner-area classes of those Comuni, from a to f"
    )
    costo: Values = Field(
        [], description="Classes of the largest sum that a record gives, as the facet gives them"
    )
    fonte: Values = Field([], description="Funding sources: notations of the scheme")
    evidenza: Values = Field([], description="Evidence levels, by what the record states")
    anno: Values = Field([], description="Years in which a practice began")
    livello: Values = Field([], description="Completeness levels of the record, from 1 to 4")
    replicata: Values = Field([], description="`si` where at least one replication is told of")
    cost_from: Number | None = Field(None, alias="costo-da", description="Euro, at least")
    cost_to: Number | None = Field(None, alias="costo-a", description="Euro, at most")
    residents_from: Number | None = Field(
        None, alias="abitanti-da", description="Residents of one of its Comuni, at least"
    )
    residents_to: Number | None = Field(
        None, alias="abitanti-a", description="Residents of one of its Comuni, at most"
    )
    year_from: Number | None = Field(None, alias="anno-da", description="Year of start, or later")
    year_to: Number | None = Field(None, alias="anno-a", description="Year of start, or earlier")
    exact: bool = Field(False, description="Keep the words as they are typed: no slip is mended")
    words: list[FilterName] = Field(
        [],
        max_length=len(FILTERS),
        description="Filters whose words in `q` are to stay words, and not become filters",
    )
    limit: int = Field(LIMIT, ge=1, le=LARGEST_LIMIT)
    offset: int = Field(0, ge=0, le=LARGEST_OFFSET)

    def filters(self) -> dict[str, tuple[str, ...]]:
        """The filters that have a value, by their names in `facets.FILTERS`."""
        given = self.model_dump(by_alias=True, exclude_defaults=True)
        for name in RANGES:
            if name in given:
                given[name] = [str(given[name])]
        return filters_from(given)


def router() -> APIRouter:
    """The addresses below `/api/v1`."""
    routes = APIRouter(prefix="/api/v1", tags=["catalogue"], responses=ERRORS)

    @routes.get("/search", response_class=JsonText)
    async def search(request: Request, asked: Annotated[SearchParameters, Query()]) -> Response:
        """Search the practices, and count them by facet.

        `confident` is false where no practice seems relevant: the results are only the closest.
        `understood` tells how `q` was read: the spelling sought in its place, the constraints
        that became `filters` (or are `unmet`, as no practice meets them) with the words that said
        them, the nearest `topics`, and the topic `beyond` the catalogue. A reason in `why` has
        matched words, or a `concept` and how people say it (`said`), or is the closest passage.
        """
        filters = asked.filters()
        known_values(release_of(request).repository, filters)
        query = SearchQuery(
            asked.q.strip(),
            filters,
            asked.limit,
            asked.offset,
            exactly=asked.exact,
            as_words=frozenset(asked.words),
        )
        shape = (query.limit, query.offset, query.exactly, query.as_words)
        key = (query.text, tuple(query.filters.items()), *shape)
        found = partial(search_answer, query=query)
        return await as_json(request, key, found, searching=bool(query.text))

    @routes.get("/practices/{slug}", response_class=JsonText)
    async def practice(
        request: Request, slug: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,199}$")]
    ) -> Response:
        """A practice: what is known, what is not, and where it comes from."""
        return await as_json(request, (slug,), lambda release: practice_answer(release, slug))

    @routes.get("/comuni/{istat}", response_class=JsonText)
    async def comune_(
        request: Request, istat: Annotated[str, Path(pattern=r"^[0-9]{6}$")]
    ) -> Response:
        """A Comune by its ISTAT code: facts with their sources, and its practices."""
        return await as_json(request, (istat,), lambda release: comune_answer(release, istat))

    return routes


class JsonText(Response):
    """For the OpenAPI description: the answers are written by `as_json`."""

    media_type = "application/json"


def known_values(repository: Repository, filters: Mapping[str, tuple[str, ...]]) -> None:
    """Raise Problem 400 for a value that its filter does not take."""
    for name, values in filters.items():
        for value in values:
            if not is_known(repository, name, value):
                raise Problem("bad-parameter", _unknown(name, value[:40]), parameter=name)


def _unknown(name: str, value: str) -> Text:
    if name == "comune":
        return Text(
            f"«{value}» non è il codice ISTAT di un Comune del catalogo.",
            f"“{value}” is not the ISTAT code of a Comune of the catalogue.",
        )
    return Text(f"«{value}» non è un valore di «{name}».", f"“{value}” is not a value of “{name}”.")


async def as_json(
    request: Request,
    key: tuple[Hashable, ...],
    answer: Callable[[Release], Json | None],
    *,
    searching: bool = False,
) -> Response:
    """The JSON of an answer, kept under `key` and the route; Problem 404 where `answer` gives None.

    Only an answer that was not kept counts against its client's rate; see `Services.kept`.
    """
    edition = edition_of(request)

    def make() -> Answer:
        content = answer(edition.release)
        if content is None:
            raise Problem("not-found")
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return make_answer(body.encode(), "application/json", edition.digest)

    name = request.scope["route"].path
    services = services_of(request)
    lane = services.searches if searching else None
    kept = await services.kept(request, make, name, key, lane=lane)
    return reply(request, kept, cache_control=API_CACHE)
