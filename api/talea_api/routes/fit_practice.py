"""Can this be done here: the fit of a practice to a Comune, in the JSON API."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ..fit_answer import fit_answer
from .api import ERRORS, JsonText, as_json
from .neighbours import Slug

Istat = Annotated[
    str, Query(pattern=r"^[0-9]{6}$", description="ISTAT code of the Comune, six digits")
]


def router() -> APIRouter:
    """The address, described in OpenAPI beside the rest of the API."""
    routes = APIRouter(prefix="/api/v1", tags=["replicability"], responses=ERRORS)

    @routes.get("/practices/{slug}/fit", response_class=JsonText)
    async def fit(request: Request, slug: Slug, comune: Istat) -> Response:
        """What blocks a practice in a Comune, what differs, what is not known. There is no score.

        Each criterion has one of five codes: `soddisfatto`, `gestibile`, `critico`, `mancante`
        (a datum is not known, here or there), `non_giudicato` (both sides are known and shown,
        and the record does not declare that the difference matters). `judged` says whether it
        does. `coverage` counts the criteria of which both sides are known. `blocks` has every
        prerequisite with its verdict, `blocking` those that are binding and that a known fact
        denies. Each has its `facts` with source and date, and the SPARQL `query` that finds them.
        """
        return await as_json(request, (slug, comune), lambda r: fit_answer(r, slug, comune))

    return routes
