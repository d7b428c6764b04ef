"""The doors of the publications besides their pages: the files of the books, and the preview.

A query typed in the preview is a stranger's: it is evaluated in the public pool with its limits,
and what it gave is put in the order of a book in the turn of the searches.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from talea_catalogue import namespaces as ns
from talea_catalogue.publication import Edition, SelectionError, chosen
from talea_sparql.engine import read_rows
from talea_sparql.errors import SparqlError
from talea_sparql.negotiate import choose
from talea_sparql.protocol import Operation

from .. import books
from ..access import note
from ..books import File
from ..caching import make_answer, matches, reply
from ..errors import Problem, problem_of
from ..language import LANGS, Lang, Text, base_of
from ..pages import preview as pages
from ..pages.preview import PATH, Chosen, filters_of, known_edition
from ..pages.publications import EDITIONS, editions_of
from ..printing.book.compose import frame_for
from ..render import Stamp
from ..sending import SentFile
from ..services import edition_of, services_of
from ..views import HTML, PAGE_CACHE, Visit, not_acceptable, visit_of
from .sparql import charge, evaluated_by

POLICY: Final = (
    "default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The policy of an HTML edition: its own style sheet, and nothing else."""
_NOTHING: Final = Text("Questa scelta non trova nessuna pratica.", "This choice finds no practice.")
_OTHERS: Final = Text(
    "La prima colonna della query deve dare pratiche del catalogo: queste righe danno altro.",
    "The first column of the query must give practices of the catalogue: these rows do not.",
)
_NOT_ROWS: Final = Text(
    "Per scegliere le pratiche serve una query SELECT, che dà una tabella.",
    "To choose the practices a SELECT query is needed, which gives a table.",
)


def router() -> Router:
    """The preview in both languages, and the files; the pages are views."""
    return Router(
        [
            *(
                Route(base_of(lang) + PATH, _preview(lang), name=f"preview.{lang}")
                for lang in LANGS
            ),
            Route(EDITIONS + "/{edition}/{file}", download, name="book"),
        ]
    )


# --- Files ---


async def download(request: Request) -> Response:
    """A file of a book: whole, or the range asked for."""
    services_of(request).charge(request)
    folder, file = await run_in_threadpool(_find, request)
    headers = {"ETag": f'"{file.sha256}"', "Cache-Control": PAGE_CACHE}
    if file.style:
        headers["Content-Security-Policy"] = POLICY.format(file.style)
    if matches(request.headers.get("if-none-match"), file.sha256):
        return Response(status_code=304, headers=headers)
    return SentFile(
        folder / file.name,
        media_type=file.media_type,
        filename=file.name,
        headers=headers,
        content_disposition_type="attachment" if file.format == "epub" else "inline",
    )


def _find(request: Request) -> tuple[Path, File]:
    """Only a name that the index holds is a file. Raises Problem 404."""
    visit = visit_of(request, "it", EDITIONS, ())
    slug, name = visit.names["edition"], visit.names["file"]
    for edition in editions_of(visit)[0]:
        if edition.it.slug == slug:
            shelf = books.shelf(visit.release, visit.settings, edition)
            file = shelf.made.file(name) if shelf.made else None
            if file and shelf.folder:
                return shelf.folder, file
            if shelf.kept and not shelf.made:
                raise Problem(
                    "not-found",
                    Text(
                        "I file di questa pubblicazione si stanno preparando.",
                        "The files of this publication are being made.",
                    ),
                    headers={"Retry-After": "60"},
                )
    raise Problem("not-found")


# --- The preview ---


def _preview(lang: Lang) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if choose(request.headers.get("accept"), (HTML,)) is None:
            raise not_acceptable((HTML,))
        visit = visit_of(request, lang, PATH, pages.PARAMETERS)
        typed = request.query_params.get("query", "").replace("\r\n", "\n").strip()
        edition = await run_in_threadpool(known_edition, visit)
        if edition is None and visit.one(pages.EDITION):
            raise Problem("not-found")
        found = await _chosen(request, visit, edition, typed)
        make = partial(_render, request, visit, edition, found)
        if found.slugs is None:
            html = await run_in_threadpool(make)
        else:
            html = await services_of(request).searches.run(make)
        if found.problem is not None:
            headers = {"Cache-Control": "no-store", "Vary": "Accept", **found.problem.headers}
            return Response(html, found.problem.status, headers, "text/html")
        answer = await run_in_threadpool(
            make_answer, html.encode(), "text/html; charset=utf-8", edition_of(request).digest
        )
        control = "no-store" if found.asked else PAGE_CACHE
        return reply(request, answer, cache_control=control, vary=("Accept",))

    return endpoint


async def _chosen(request: Request, visit: Visit, edition: Edition | None, typed: str) -> Chosen:
    """The practices asked for: by a query typed, by filters, or those of the edition."""
    filters, _ = filters_of(visit)
    if not typed and not visit.query:
        services_of(request).charge(request)
        return Chosen()
    if typed or not filters:
        query = typed or (edition.it.selection if edition else "")
        return await _found(request, visit, query, typed=bool(typed))
    services_of(request).charge(request)
    columns = visit.release.repository.columns()
    slugs = sorted(columns.slugs[row] for row in np.flatnonzero(columns.mask(filters)).tolist())
    return Chosen(asked=True, slugs=slugs or None, failure=None if slugs else _NOTHING)


async def _found(request: Request, visit: Visit, query: str, *, typed: bool) -> Chosen:
    """What a query finds, or what is wrong with it."""
    asked = partial(Chosen, asked=True, query=query, typed=typed)
    operation = Operation(query, base=ns.ROOT)
    try:
        charge(request, operation)
        evaluated = await evaluated_by(request, operation)
    except (SparqlError, Problem) as error:
        note(request.scope, outcome=error.code)
        return asked(problem=problem_of(error))
    if evaluated.form != "SELECT":
        return asked(failure=_NOT_ROWS)
    known = frozenset(visit.release.repository.slugs())
    rows = await run_in_threadpool(read_rows, evaluated.body)
    if not rows:
        return asked(failure=_NOTHING)
    try:
        return asked(slugs=chosen(rows, known))
    except SelectionError as error:
        return asked(failure=_OTHERS, rows=str(error))


def _render(request: Request, visit: Visit, edition: Edition | None, found: Chosen) -> str:
    services, release = services_of(request), visit.release
    frame = frame_for(release, services.settings, services.places, visit.lang)
    filled = pages.preview(visit, frame, edition, found)
    stamp = Stamp(release.manifest.data_digest, release.manifest.date)
    return services.renderer.page("preview.html", visit.lang, PATH, filled, stamp)
