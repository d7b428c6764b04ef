"""`/sparql`: the SPARQL 1.1 Protocol for strangers, through the pool and nothing else.

Without a query it describes itself, as RDF or as a page with a form. With one it answers in the
format that the client accepts, or that `format=` names; `format=html`, or a browser, gets the
form again with the result below it.
"""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, Final

from pyoxigraph import serialize
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from talea_catalogue import namespaces as ns
from talea_sparql.description import describe
from talea_sparql.errors import SparqlError, UnsupportedMediaTypeError
from talea_sparql.formats import Format, by_suffix
from talea_sparql.guard import Inspection
from talea_sparql.negotiate import choose, media_ranges
from talea_sparql.pool import Answer as Evaluated
from talea_sparql.protocol import PARAMETERS, Operation, parameters, parse, refuse_unknown

from ..access import note
from ..caching import Answer, accepts_gzip, make_answer, matches, reply
from ..errors import GoneError, Problem, problem_of
from ..pages.questions import QUESTION, executables
from ..pages.sparql import SUFFIXES, Shown
from ..rdf import ENGINE, RDF_FORMATS
from ..services import edition_of, services_of
from ..views import HTML, not_acceptable
from . import sparql_page

VARY: Final = ("Accept", "Accept-Encoding")
WATCH_AFTER: Final = 0.02
"""Seconds after which who hangs up is looked for: most queries have ended by then."""
COMPRESSED_FROM: Final = 1_024
"""Bytes of a result from which it is compressed, for who takes it so."""
OTHER_PARAMETERS: Final = (
    "format",
    "output",
    "results",
    "timeout",
    "infer",
    "queryLn",
    "nocache",
    "_",
)
"""Besides those of the protocol. Only the first decides anything: the others are what well-known
clients add by themselves, and leaving them aside changes no row. A page takes any."""
FAILED: Final = "talea.failed"
"""In the scope of a request that failed on its way here (`light.py`): the error to tell."""
QUERY_CACHE: Final = "public, max-age=0, must-revalidate"


def router() -> Router:
    """The endpoint, and its page in English."""
    return Router(
        [
            Route("/sparql", endpoint, methods=["GET", "POST"], name="sparql"),
            Route("/en/sparql", endpoint, methods=["GET"], name="sparql.en"),
            *sparql_page.routes(),
        ]
    )


async def endpoint(request: Request) -> Response:
    """One request of the protocol."""
    if failed := request.scope.get(FAILED):
        raise failed
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaTypeError(
            "A query is sent as it is, without Content-Encoding.",
            italian="Una query si manda com’è, senza Content-Encoding.",
        )
    body = await request.body()
    given = request.query_params
    asks = {"query", "update", QUESTION} & given.keys()
    if request.method == "GET" and not asks:
        return await _self_description(request)
    page = _wants_page(request)
    question = operation = None
    try:
        question = sparql_page.asked(request)
        operation = parse(
            request.method,
            sparql_page.query_string(request, question, page),
            request.headers.get("content-type"),
            body,
            _accept(request, page),
            ns.ROOT,
            None if page else OTHER_PARAMETERS,
        )
        if not page:
            return await respond(request, operation)
        charge(request, operation)
        evaluated = await evaluated_by(request, operation)
    except (SparqlError, Problem) as error:
        note(request.scope, outcome=error.code)
        if not page:
            raise
        written = operation.query if operation else given.get("query", "")
        text = question.text if question else written
        shown = Shown(text, problem=problem_of(error), asked=question)
        return await sparql_page.page(request, shown)
    wanted = sparql_page.wanted(request)
    return await sparql_page.page(
        request, Shown(operation.query, evaluated, asked=question, wanted=wanted)
    )


def _accept(request: Request, page: bool) -> str | None:
    """The Accept header, unless `format=` or the page decide."""
    name = request.query_params.get("format", "")
    if page:
        return "application/sparql-results+json, text/turtle"
    if name in ("json", "xml"):
        return f"application/{name}"  # of tables and of graphs alike
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


async def respond(request: Request, operation: Operation) -> Response:
    """The result as this request gets it. Raises `GoneError`."""
    return written(request, await answer_to(request, operation))


def written(request: Request, answer: Answer, vary: tuple[str, ...] = VARY) -> Response:
    """An answer of `answer_to` with its headers, or 304."""
    if answer.tag:
        return reply(request, answer, cache_control=QUERY_CACHE, vary=vary)
    plain = reply(request, answer, cache_control="no-store", vary=vary)
    del plain.headers["ETag"]
    return plain


async def answer_to(request: Request, operation: Operation) -> Answer:
    """The bytes of the result: kept from before, evaluated now, or known to the client already.

    An answer that may be another the next time has no tag. Raises `GoneError`.
    """
    services = services_of(request)
    edition = edition_of(request)
    charge(request, operation)
    gzipped = accepts_gzip(request.headers.get("accept-encoding"))
    asked = _digest(operation)
    formats = (operation.table_format, operation.boolean_format, operation.graph_format)
    key = (edition.digest, asked, gzipped, *(form and form.suffix for form in formats))
    ready = services.results.get(key)
    if ready is not None:
        services.charge(request, len(ready.body) / 65_536)
        note(request.scope, outcome="ok", cache="hit")
        return ready
    note(request.scope, cache="miss")
    found = await edition.pool.inspect(operation.query)
    services.charge(request, len(found.matches))  # each is a search
    form = operation.format_for(found.form)
    # What the answer depends on: build, query and dataset, format. Known before evaluating.
    tag = f"{edition.digest[:12]}-q{asked[:16]}{form.suffix}"
    if found.cacheable and matches(request.headers.get("if-none-match"), tag):
        note(request.scope, outcome="not-modified")
        return Answer(b"", form.content_type, tag)
    evaluated = await evaluated_by(request, operation, found)
    answer = Answer(evaluated.body, form.content_type, tag if found.cacheable else "")
    if gzipped and len(evaluated.body) >= COMPRESSED_FROM:
        packed = await run_in_threadpool(gzip.compress, evaluated.body, 1, mtime=0)
        answer = replace(answer, gzipped=packed)
    if found.cacheable:
        services.results.put(key, answer)
    timing = f"queue;dur={evaluated.queued_ms:.1f}, eval;dur={evaluated.evaluated_ms:.1f}"
    return replace(answer, headers={"Server-Timing": timing})


def charge(request: Request, operation: Operation) -> None:
    """Count a query against the rate of its client; raises Problem 429."""
    # Before anything is read closely, because the guard costs time with the length of the text;
    # what evaluation costs is the pool's to limit.
    services_of(request).charge(request, 0.1 + len(operation.query) / 1024)


async def evaluated_by(
    request: Request, operation: Operation, found: Inspection | None = None
) -> Evaluated:
    """Evaluate, unless the client leaves; raises `GoneError`."""
    services = services_of(request)
    work = edition_of(request).pool.evaluate(operation, services.client(request), found)
    answer = await _unless_gone(request, work)
    services.charge(request, len(answer.body) / 65_536)  # a large answer takes memory to send
    return answer


async def _unless_gone(request: Request, work: Coroutine[Any, Any, Evaluated]) -> Evaluated:
    """Do the work, and stop it when the client hangs up."""
    task = asyncio.current_task()
    assert task is not None
    gone = False

    def stop(leaving: asyncio.Task[None]) -> None:
        nonlocal gone
        if not leaving.cancelled():
            gone = True
            task.cancel()

    leaving: asyncio.Task[None] | None = None

    def watch() -> None:
        nonlocal leaving
        leaving = asyncio.create_task(_hang_up(request))
        leaving.add_done_callback(stop)

    timer = asyncio.get_running_loop().call_later(WATCH_AFTER, watch)
    try:
        evaluated = await work
    except SparqlError as error:
        _note_times(request, error)
        raise
    except asyncio.CancelledError:
        if not gone:
            raise
        task.uncancel()
        raise GoneError from None
    finally:
        timer.cancel()
        if leaving is not None:
            leaving.remove_done_callback(stop)
            leaving.cancel()
    note(request.scope, outcome="ok")
    _note_times(request, evaluated)
    return evaluated


def _note_times(request: Request, ended: Evaluated | SparqlError) -> None:
    """Tell the log how long a query waited and ran, if it did."""
    if ended.queued_ms is not None and ended.evaluated_ms is not None:
        queue_ms, eval_ms = round(ended.queued_ms, 1), round(ended.evaluated_ms, 1)
        note(request.scope, queue_ms=queue_ms, eval_ms=eval_ms)


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _digest(asked: Operation) -> str:
    """SHA-256 of what is asked, whatever the format: query, base and dataset."""
    plain = (asked.query, asked.base, asked.default_graphs, asked.named_graphs)
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


# --- The service about itself ---


async def _self_description(request: Request) -> Response:
    if _wants_page(request) or request.url.path.startswith("/en/"):
        return await sparql_page.page(request, Shown(""))
    known = (*PARAMETERS, *OTHER_PARAMETERS)
    refuse_unknown(parameters(request.scope["query_string"]), known)
    offered = (*RDF_FORMATS, HTML)
    chosen = choose(request.headers.get("accept"), offered)
    if chosen is None:
        raise not_acceptable(offered)
    if chosen is HTML:
        return await sparql_page.page(request, Shown(""))
    make = partial(_description, request, chosen)
    answer = await services_of(request).kept(request, make, "/sparql", chosen.suffix)
    return reply(request, answer, cache_control=QUERY_CACHE, vary=VARY)


def _description(request: Request, form: Format) -> Answer:
    services, edition = services_of(request), edition_of(request)
    # The address comes from the settings, never from the Host header.
    endpoint = services.settings.site + "/sparql"
    search = edition.pool.search
    triples = describe(
        endpoint,
        edition.pool.limits,
        triples=edition.release.manifest.counts.get("triple"),
        search=search.predicate if search else None,
        executables=executables(edition.release.store.library, endpoint),
    )
    body = serialize(triples, format=ENGINE[form.suffix]) or b""
    return make_answer(body, form.content_type, edition.digest)
