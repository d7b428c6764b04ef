"""`/pratiche/{slug}/scheda.pdf` and `.docx`: a practice on two pages, to print or to correct."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from talea_catalogue import namespaces as ns

from ..caching import Answer, make_answer, reply
from ..errors import Problem
from ..language import LANGS, Lang, base_of, language_of
from ..lookups import require
from ..services import Services, edition_of, services_of
from ..views import PAGE_CACHE
from .transfer import COST, TYPES, printed

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
    key = (edition.digest, "sheet", form, lang, slug)
    answer = services.cache.get(key)
    if answer is None:
        services.charge(request, COST)
        answer = await printed(services, partial(_make, request, services, slug, lang, form))
        services.cache.put(key, answer)
    return reply(request, answer, cache_control=PAGE_CACHE)


def _make(request: Request, services: Services, slug: str, lang: Lang, form: str) -> Answer:
    from ..publishing import sheet_docx, sheet_pdf  # Typst comes with the first who asks

    edition = edition_of(request)
    write = sheet_pdf if form == "pdf" else sheet_docx
    body = write(edition.release, services.settings, services.places, slug, lang)
    if body is None:
        raise Problem("not-found")
    headers = {
        "Content-Disposition": f'inline; filename="{slug}.{form}"',
        "Content-Language": lang,
    }
    return make_answer(body, TYPES[form], edition.digest, headers)
