"""`/pratiche/{slug}/scheda.pdf`, `.docx`, `locandina.pdf`: a practice to print, correct, hang."""

from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from talea_catalogue import namespaces as ns

from ..caching import Answer, make_answer, reply
from ..errors import Problem
from ..holder import Edition
from ..language import LANGS, Lang, base_of, language_of
from ..lookups import require
from ..services import Services, edition_of, services_of
from ..views import PAGE_CACHE
from .transfer import COST, TYPES, in_time

__all__ = ["router"]

FILES: Final = {
    "scheda.pdf": "{}.pdf",
    "scheda.docx": "{}.docx",
    "locandina.pdf": "{}-locandina.pdf",
}
"""What the address ends with, and the name of the file for the slug of the practice."""


def router() -> Router:
    """The sheets, in both languages and formats."""
    return Router(
        [
            Route(
                f"{base_of(lang)}/pratiche/{{slug}}/{file}",
                sheet,
                name=f"{file}.{lang}",
            )
            for lang in LANGS
            for file in FILES
        ]
    )


async def sheet(request: Request) -> Response:
    """The sheet of a practice as a file. Raises Problem 404, 410, 429 and 503."""
    services, edition = services_of(request), edition_of(request)
    slug, file = str(request.path_params["slug"]), request.url.path.rpartition("/")[2]
    lang = language_of(request.url.path, "it")
    require(edition.release.repository, ns.resource("pratica", slug))
    make = partial(_make, edition, services, slug, lang, file)
    key = ("sheet", file, lang, slug)
    answer = await in_time(services.kept(request, make, *key, cost=COST, lane=services.plans))
    return reply(request, answer, cache_control=PAGE_CACHE)


def _make(edition: Edition, services: Services, slug: str, lang: Lang, file: str) -> Answer:
    from ..publishing import poster_pdf, sheet_docx, sheet_pdf  # Typst comes with the first

    makers = {"scheda.pdf": sheet_pdf, "scheda.docx": sheet_docx, "locandina.pdf": poster_pdf}
    body = makers[file](edition.release, services.settings, services.places, slug, lang)
    if body is None:
        raise Problem("not-found")
    headers = {
        "Content-Disposition": f'inline; filename="{FILES[file].format(slug)}"',
        "Content-Language": lang,
    }
    return make_answer(body, TYPES[file.rpartition(".")[2]], edition.digest, headers)
