"""Where a Comune can look: Comuni like it, practices that nothing is known to block, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.replicability import COMPARED
from talea_catalogue.replicability.facts import Datum
from talea_catalogue.replicability.listing import Listed
from talea_catalogue.replicability.nearness import LIKE, Near

from ..answers import LARGEST_LIMIT, Json, brief_answer
from .api import ERRORS, JsonText, as_json

Istat = Annotated[str, Path(pattern=r"^[0-9]{6}$", description="ISTAT code, six digits")]
Many = Annotated[int, Query(ge=1, le=LARGEST_LIMIT)]


def router() -> APIRouter:
    """The addresses, described in OpenAPI beside the rest of the API."""
    routes = APIRouter(prefix="/api/v1", tags=["replicability"], responses=ERRORS)

    @routes.get("/comuni/{istat}/similar", response_class=JsonText)
    async def similar(request: Request, istat: Istat, limit: Many = LIKE) -> Response:
        """The Comuni of Puglia most like one: places to look at, no ranking.

        `distance` is Gower's, from 0 to 1: the mean of `apart` over the terms whose data are known
        of both. Each term names its series and both data.
        """
        return await as_json(request, (istat, limit), lambda r: similar_answer(r, istat, limit))

    @routes.get("/comuni/{istat}/practices", response_class=JsonText)
    async def practices(request: Request, istat: Istat) -> Response:
        """Every practice that is told of, for one Comune, in the order that `order` states.

        `blocks` counts binding prerequisites that a known fact denies, `met` those that hold,
        `unknown` those of which nothing is known; `comparable` of `of` criteria have data on both
        sides, and is null in a catalogue too large to count them at once. There is no score.
        """
        return await as_json(request, (istat,), lambda r: practices_answer(r, istat))

    return routes


def similar_answer(release: Release, istat: str, limit: int) -> Json | None:
    """What `/api/v1/comuni/{istat}/similar` answers; None for no such Comune."""
    engine = release.replicability
    if istat not in engine.territory.names:
        return None
    return {
        "release": release.manifest.data_digest,
        "comune": istat,
        "rules": engine.rules.version,
        "results": [_near(release, one) for one in engine.similar(istat, limit)],
    }


def practices_answer(release: Release, istat: str) -> Json | None:
    """What `/api/v1/comuni/{istat}/practices` answers; None for no such Comune."""
    listed = release.replicability.practices(istat)
    if listed is None:
        return None
    rules = release.replicability.rules
    return {
        "release": release.manifest.data_digest,
        "comune": istat,
        "rules": rules.version,
        "order": {"it": rules.order.it, "en": rules.order.en},
        "results": [_listed(release, one) for one in listed],
    }


def _near(release: Release, one: Near) -> Json:
    return {
        "istat": one.istat,
        "name": release.repository.label(ns.resource("luogo", one.istat)),
        "distance": one.distance,
        "terms": [
            {
                "series": term.here.series.iri,
                "here": _value(term.here),
                "there": _value(term.there),
                "apart": term.apart,
            }
            for term in one.terms
        ],
    }


def _value(datum: Datum) -> float | str:
    """A number as a number; a concept as its IRI."""
    return datum.value if datum.number is None else datum.number


def _listed(release: Release, one: Listed) -> Json:
    return brief_answer(release.repository.brief(one.slug)) | {
        "blocks": one.blocks,
        "met": one.met,
        "unknown": one.unknown,
        "comparable": one.comparable,
        "of": len(COMPARED),
    }
