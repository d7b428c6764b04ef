"""`/sparql`: the SPARQL 1.1 Protocol for strangers, through the pool and nothing else.

Without a query it describes itself, as RDF or as a page with a form. With one it answers in the
format that the client accepts, or that `format=` names; `format=html`, or a browser, gets the
form again with the result below it.
"""

import asyncio
import hashlib
import json
from collections.abc import Coroutine
from typing import Any, Final

from pyoxigraph import serialize
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from talea_sparql.description import describe
from talea_sparql.errors import SparqlError
from talea_sparql.formats import Format, by_media_type, by_suffix
from talea_sparql.guard import inspect
from talea_sparql.negotiate import choose, media_ranges
from talea_sparql.pool import Answer as Evaluated
from talea_sparql.protocol import Operation, parse

from ..access import note
from ..caching import Answer, make_answer, matches, reply
from ..errors import Problem, problem_of
from ..holder import Edition
from ..language import Lang, language_of
from ..pages import sparql as pages
from ..pages.sparql import SUFFIXES, Shown
from ..rdf import ENGINE, RDF_FORMATS
from ..render import Stamp
from ..security import client_of
from ..services import edition_of, services_of
from ..views import HTML, not_acceptable

VARY: Final = ("Accept",)
QUERY_CACHE: Final = "public, max-age=0, must-revalidate"


def router() -> Router:
    """The endpoint, and its page in English."""
    return Router(
        [
            Route("/sparql", endpoint, methods=["GET", "POST"], name="sparql"),
            Route("/en/sparql", endpoint, methods=["GET"], name="sparql.en"),
        ]
    )


async def endpoint(request: Request) -> Response:
    """One request of the protocol."""
    body = await request.body()
    given = request.query_params
    if request.method == "GET" and not ({"query", "update"} & given.keys()):
        return await _self_description(request)
    page = _wants_page(request)
    try:
        operation = parse(
            request.method,
            request.scope["query_string"],
            request.headers.get("content-type"),
            body,
            _accept(request, page),
        )
        answer = await _answer(request, operation)
    except (SparqlError, Problem) as error:
        note(request.scope, outcome=error.code)
        if not page:
            raise
        text = given.get("query", "")
        return await _page(request, Shown(text, problem=problem_of(error)))
    if page and isinstance(answer, Evaluated):
        return await _page(request, Shown(operation.query, evaluated=answer))
    if isinstance(answer, Evaluated):
        return await _as_it_is(request, operation, answer)
    return answer


def _accept(request: Request, page: bool) -> str | None:
    """The Accept header, unless `format=` or the page decide."""
    name = request.query_params.get("format", "")
    if page:
        return "application/sparql-results+json, text/turtle"
    if name in SUFFIXES:
        named = by_suffix(SUFFIXES[name])
        return named.media_type if named else None
    return request.headers.get("accept")


def _wants_page(request: Request) -> bool:
    """Whether to answer with the page: `format=html`, or an Accept that puts HTML first."""
    name = request.query_params.get("format", "")
    if name == "html":
        return True
    if name in SUFFIXES or request.method != "GET":
        return False
    ranges = media_ranges(request.headers.get("accept", ""))
    html = max((item.quality for item in ranges if item.subtype == "html"), default=0.0)
    return html > 0 and html >= max((item.quality for item in ranges), default=0.0)


# --- Evaluation ---


async def _answer(request: Request, operation: Operation) -> Evaluated | Response:
    """Evaluate, unless the client has the answer already or leaves."""
    services = services_of(request)
    edition = edition_of(request)
    # Before anything is read closely, because the guard costs time with the length of the text;
    # what evaluation costs is the pool's to limit.
    services.charge(request, 0.1 + len(operation.query) / 1024)
    asked = request.headers.get("if-none-match")
    if asked:
        found = await run_in_threadpool(inspect, operation.query, edition.pool.limits)
        form = operation.format_for(found.form)
        tag = _tag(edition, operation, form.media_type)
        if found.cacheable and matches(asked, tag):
            return reply(
                request, Answer(b"", form.media_type, tag), cache_control=QUERY_CACHE, vary=VARY
            )
    client = client_of(request.scope, services.trusted)
    answer = await _unless_gone(request, edition.pool.evaluate(operation, client))
    if isinstance(answer, Evaluated):
        services.charge(request, len(answer.body) / 65_536)  # a large answer takes memory to send
    return answer


async def _unless_gone(
    request: Request, work: Coroutine[Any, Any, Evaluated]
) -> Evaluated | Response:
    """Do the work, and stop it when the client hangs up."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_hang_up(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            evaluated = working.result()
            note(
                request.scope,
                outcome="ok",
                queue_ms=round(evaluated.queued_ms, 1),
                eval_ms=round(evaluated.evaluated_ms, 1),
            )
            return evaluated
        note(request.scope, outcome="gone")
        return Response(status_code=499)  # nobody is there to read it
    finally:
        for task in (working, leaving):
            if not task.done():
                task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _as_it_is(request: Request, operation: Operation, evaluated: Evaluated) -> Response:
    """The bytes of the result, with a tag where the same query always gives them."""
    edition = edition_of(request)
    form = by_media_type(evaluated.media_type)
    content_type = form.content_type if form else evaluated.media_type
    timing = f"queue;dur={evaluated.queued_ms:.1f}, eval;dur={evaluated.evaluated_ms:.1f}"
    answer = await run_in_threadpool(
        make_answer, evaluated.body, content_type, edition.digest, {"Server-Timing": timing}
    )
    if not evaluated.cacheable:
        plain = reply(request, answer, cache_control="no-store", vary=VARY)
        if plain.status_code == 200:
            del plain.headers["ETag"]
        return plain
    tagged = Answer(
        answer.body,
        content_type,
        _tag(edition, operation, evaluated.media_type),
        answer.headers,
        answer.gzipped,
    )
    return reply(request, tagged, cache_control=QUERY_CACHE, vary=VARY)


def _tag(edition: Edition, operation: Operation, media_type: str) -> str:
    """What the answer depends on: build, query, dataset, format. Known before evaluating."""
    asked = [operation.query, operation.default_graphs, operation.named_graphs, media_type]
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    return f"{edition.digest[:12]}-q{digest[:16]}"


# --- The service about itself ---


async def _self_description(request: Request) -> Response:
    if _wants_page(request) or request.url.path.startswith("/en/"):
        return await _page(request, Shown(""))
    offered = (*RDF_FORMATS, HTML)
    chosen = choose(request.headers.get("accept"), offered)
    if chosen is None:
        raise not_acceptable(offered)
    if chosen is HTML:
        return await _page(request, Shown(""))
    answer = await run_in_threadpool(_description, request, chosen)
    return reply(request, answer, cache_control=QUERY_CACHE, vary=VARY)


def _description(request: Request, form: Format) -> Answer:
    services, edition = services_of(request), edition_of(request)
    # The address comes from the settings, never from the Host header.
    triples = describe(
        services.settings.site + "/sparql",
        edition.pool.limits,
        triples=edition.release.manifest.counts.get("triple"),
    )
    body = serialize(triples, format=ENGINE[form.suffix]) or b""
    return make_answer(body, form.content_type, edition.digest)


# --- The page ---


async def _page(request: Request, shown: Shown) -> Response:
    path = request.url.path
    lang = language_of(path, "en" if path.startswith("/en/") else "it")
    html = await run_in_threadpool(_render, request, shown, lang)
    edition = edition_of(request)
    if shown.problem is not None:
        return Response(
            html,
            shown.problem.status,
            {"Cache-Control": "no-store", "Vary": "Accept", **shown.problem.headers},
            "text/html",
        )
    answer = make_answer(html.encode(), "text/html; charset=utf-8", edition.digest)
    cache_control = QUERY_CACHE if shown.evaluated is None else "no-store"
    return reply(request, answer, cache_control=cache_control, vary=VARY)


def _render(request: Request, shown: Shown, lang: Lang) -> str:
    services, edition = services_of(request), edition_of(request)
    manifest = edition.release.manifest
    stamp = Stamp(manifest.data_digest, manifest.date)
    page = pages.sparql(edition, lang, shown)
    return services.renderer.page("sparql.html", lang, "/sparql", page, stamp)
