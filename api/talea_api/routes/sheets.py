"""`/pratiche/{slug}/scheda.pdf` and `.docx`: a practice on two pages, to print or to correct."""

from functools import partial

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


def router() -> Router:
    """The sheets, in both languages and formats."""
    return Router(
        [
            Route(
                f"{base_of(lang)}/pratiche/{{slug}}/scheda.{form}",
                sheet,
                name=f"sheet.{form}.{lang}",
            )
            for lang in LANGS
            for form in TYPES
        ]
    )


async def sheet(request: Request) -> Response:
    """The sheet of a practice as a file. Raises Problem 404, 410, 429 and 503."""
    services, edition = services_of(request), edition_of(request)
    slug, form = str(request.path_params["slug"]), request.url.path.rpartition(".")[2]
    lang = language_of(request.url.path, "it")
    require(edition.release.repository, ns.resource("pratica", slug))
    make = partial(_make, edition, services, slug, lang, form)
    key = ("sheet", form, lang, slug)
    answer = await in_time(services.kept(request, make, *key, cost=COST, lane=services.plans))
    return reply(request, answer, cache_control=PAGE_CACHE)


def _make(edition: Edition, services: Services, slug: str, lang: Lang, form: str) -> Answer:
    from ..publishing import sheet_docx, sheet_pdf  # Typst comes with the first who asks

    write = sheet_pdf if form == "pdf" else sheet_docx
    body = write(edition.release, services.settings, services.places, slug, lang)
    if body is None:
        raise Problem("not-found")
    headers = {
        "Content-Disposition": f'inline; filename="{slug}.{form}"',
        "Content-Language": lang,
    }
    return make_answer(body, TYPES[form], edition.digest, headers)
