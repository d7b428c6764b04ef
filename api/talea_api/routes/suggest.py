"""`/api/v1/suggest`: what a few letters may be the beginning of, for a search box to show."""

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from talea_catalogue.release import Release
from talea_catalogue.search.suggest import Kind, Suggestion

from ..addresses import document
from ..answers import LONGEST_TEXT
from ..caching import Answer, make_answer, reply
from ..language import Lang, Text, base_of
from ..services import edition_of, services_of
from .api import API_CACHE, ERRORS, JsonText

LABELS: Final[Mapping[Kind, Text]] = {
    "concept": Text("Argomenti", "Topics"),
    "place": Text("Comuni e Ambiti", "Comuni and social districts"),
    "practice": Text("Pratiche", "Practices"),
    "body": Text("Enti", "Bodies"),
}


def router() -> APIRouter:
    """The address, described in OpenAPI beside the rest of the API."""
    routes = APIRouter(prefix="/api/v1", tags=["catalogue"], responses=ERRORS)

    @routes.get("/suggest", response_class=JsonText)
    async def suggest(
        request: Request,
        q: Annotated[
            str, Query(max_length=LONGEST_TEXT, description="The beginning of a name, or words")
        ] = "",
        lang: Annotated[Lang, Query(description="Language of labels and addresses")] = "it",
    ) -> Response:
        """Up to eight concepts, places, practices and bodies that the text may name."""
        edition = edition_of(request)
        text = " ".join(q.split())

        def make() -> Answer:
            body = json.dumps(
                suggest_answer(edition.release, text, lang),
                ensure_ascii=False,
                separators=(",", ":"),
            )
            return make_answer(body.encode(), "application/json", edition.digest)

        answer = await services_of(request).kept(request, make, "suggest", text, lang)
        return reply(request, answer, cache_control=API_CACHE)

    return routes


def suggest_answer(release: Release, text: str, lang: Lang) -> dict[str, Any]:
    """What `/api/v1/suggest` answers: the suggestions by kind, the best kind first."""
    found = release.search.suggester.suggest(text)
    return {
        "release": release.manifest.data_digest,
        "groups": [
            {
                "kind": kind,
                "label": LABELS[kind].to(lang),
                "suggestions": [_suggestion(release, one, lang) for one in group],
            }
            for kind, group in groupby(found, key=lambda one: one.entry.kind)
        ],
    }


def _suggestion(release: Release, one: Suggestion, lang: Lang) -> dict[str, str | None]:
    page = document(one.entry.iri, release.repository.comune_of)
    return {
        "label": one.entry.label(lang),
        "via": one.via,
        "note": one.entry.note(lang) or None,
        "iri": one.entry.iri,
        "href": base_of(lang) + page.href if page else None,
    }
