"""The page of the SPARQL service and the words that its editor completes.

`routes.sparql` evaluates; what a person sees of it is here: which question of the library an
address names, the page around the answer, `/sparql/termini.json`. It is the only page with a
script, so it alone has a policy that lets one run.
"""

import json
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from talea_catalogue.release import Release

from ..caching import Answer, make_answer, reply
from ..language import language_of
from ..pages import sparql as pages
from ..pages.questions import QUESTION, Asked, ask
from ..pages.results import Wanted
from ..pages.sparql import Shown
from ..pages.terms import vocabulary
from ..render import Stamp
from ..security import WITH_SCRIPT
from ..services import edition_of, services_of
from ..views import PAGE_CACHE

TERMS: Final = "/sparql/termini.json"


def routes() -> list[Route]:
    """The addresses of this file."""
    return [Route(TERMS, terms, name="sparql.terms")]


# --- The question that an address names ---


def asked(request: Request) -> Asked | None:
    """The question of the library that is asked, with its values; raises Problem 404."""
    given = request.query_params
    if request.method != "GET" or QUESTION not in given or {"query", "update"} & given.keys():
        return None
    return ask(edition_of(request).release.store.library, given[QUESTION], given)


def query_string(request: Request, question: Asked | None, page: bool) -> bytes:
    """The parameters as the protocol reads them, with the text of the question in `query`.

    Raises the Problem of the question's values. Forms send line breaks as two characters: the page
    makes them one, so that a query is the same text, with the same hash, however it was sent.
    """
    if question is not None:
        if question.problem is not None:
            raise question.problem
        return urlencode({"query": question.text}).encode()
    sent: bytes = request.scope["query_string"]
    return sent.replace(b"%0D%0A", b"%0A").replace(b"%0d%0a", b"%0a") if page else sent


def wanted(request: Request) -> Wanted:
    """How the reader wants to see a table."""
    given = request.query_params
    return Wanted(given.get("vista", ""), given.get("voce", ""), given.get("valore", ""))


# --- The page ---


async def page(request: Request, shown: Shown) -> Response:
    """The page, with the status of the problem where it shows one; kept while it shows nothing."""
    if shown == Shown(""):
        return await _empty(request)
    html = await run_in_threadpool(_render, request, shown)
    if shown.problem is not None:
        headers = {"Cache-Control": "no-store", "Vary": "Accept", **WITH_SCRIPT}
        headers |= shown.problem.headers
        return Response(html, shown.problem.status, headers, "text/html")
    answer = await run_in_threadpool(_answer, request, html)
    return reply(request, answer, cache_control="no-store", vary=("Accept",))


async def _empty(request: Request) -> Response:
    def make() -> Answer:
        return _answer(request, _render(request, Shown("")))

    answer = await services_of(request).kept(request, make, request.url.path, "page")
    return reply(request, answer, cache_control=PAGE_CACHE, vary=("Accept",))


def _answer(request: Request, html: str) -> Answer:
    digest = edition_of(request).digest
    return make_answer(html.encode(), "text/html; charset=utf-8", digest, WITH_SCRIPT)


def _render(request: Request, shown: Shown) -> str:
    services, edition = services_of(request), edition_of(request)
    lang = language_of(request.url.path, "it")
    manifest = edition.release.manifest
    stamp = Stamp(manifest.data_digest, manifest.date)
    territory = services.places.sources.territory
    filled = pages.sparql(edition, services.settings, territory, lang, shown)
    return services.renderer.page("sparql.html", lang, "/sparql", filled, stamp)


# --- The words of the editor ---


async def terms(request: Request) -> Response:
    """Prefixes, classes and properties with their names, for the editor to complete."""
    services, edition = services_of(request), edition_of(request)
    mirror = services.places.sources.ontology / "mirror"
    make = partial(_terms, edition.release, mirror, edition.digest)
    answer = await services.kept(request, make, TERMS)
    return reply(request, answer, cache_control=PAGE_CACHE)


def _terms(release: Release, mirror: Path, digest: str) -> Answer:
    body = json.dumps(vocabulary(release, mirror), ensure_ascii=False, separators=(",", ":"))
    return make_answer(body.encode(), "application/json", digest)
