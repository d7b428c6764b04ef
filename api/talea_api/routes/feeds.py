"""The Atom feed in both languages, and the sitemap: written once a release, then kept."""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from .. import feeds
from ..caching import Answer, make_answer, reply
from ..errors import Problem
from ..language import Lang, Text, base_of
from ..pages.common import number_of
from ..services import edition_of, services_of
from ..views import PAGE_CACHE, Parameter, Visit, known
from .pages import VIEWS

FEED: Final = "/feed.atom"
PAGE: Final = (Parameter("pagina", clean=number_of),)
_ATOM: Final = "application/atom+xml; charset=utf-8"
_XML: Final = "application/xml; charset=utf-8"


def router() -> Router:
    """`/feed.atom`, `/en/feed.atom`, `/sitemap.xml` and its parts."""
    return Router(
        [
            Route(FEED, _feed_it, name="feed.it"),
            Route("/en" + FEED, _feed_en, name="feed.en"),
            Route("/sitemap.xml", _sitemap, name="sitemap"),
            Route("/sitemap-{part:int}.xml", _part, name="sitemap.part"),
        ]
    )


async def _feed_it(request: Request) -> Response:
    return await _feed(request, "it")


async def _feed_en(request: Request) -> Response:
    return await _feed(request, "en")


async def _feed(request: Request, lang: Lang) -> Response:
    services, release = services_of(request), edition_of(request).release
    query = known(request, PAGE)
    number = int(query.get("pagina", ("1",))[0])
    if number > feeds.pages_of_feed(release):
        raise Problem("not-found")
    visit = Visit(release, services.settings, lang, FEED, {}, {})
    return await _kept(
        request, (base_of(lang) + FEED, number), _ATOM, lambda: feeds.atom(visit, number)
    )


async def _sitemap(request: Request) -> Response:
    """All the addresses, or where they are too many the index of their parts."""

    def write() -> bytes:
        settings = services_of(request).settings
        pages = feeds.paths(edition_of(request).release, VIEWS)
        count = feeds.parts(len(pages))
        if count == 1:
            return feeds.sitemap(pages, settings, 1)
        return feeds.sitemap_index(count, settings)

    _with_address(request)
    return await _kept(request, ("/sitemap.xml", 0), _XML, write)


async def _part(request: Request) -> Response:
    part = int(request.path_params["part"])

    def write() -> bytes:
        pages = feeds.paths(edition_of(request).release, VIEWS)
        if not 1 <= part <= feeds.parts(len(pages)):
            raise Problem("not-found")
        return feeds.sitemap(pages, services_of(request).settings, part)

    _with_address(request)
    return await _kept(request, ("/sitemap", part), _XML, write)


def _with_address(request: Request) -> None:
    """A sitemap is of absolute addresses: where the site has not been told its own, there is none.

    Raises Problem 404.
    """
    if not services_of(request).settings.base_url:
        raise Problem(
            "not-found",
            Text(
                "La mappa del sito c’è quando chi lo pubblica ne dice l’indirizzo "
                "(TALEA_BASE_URL).",
                "There is a sitemap once whoever publishes the site says its address "
                "(TALEA_BASE_URL).",
            ),
        )


async def _kept(
    request: Request, name: tuple[str, int], media_type: str, write: Callable[[], bytes]
) -> Response:
    def make() -> Answer:
        return make_answer(write(), media_type, edition_of(request).digest)

    answer = await services_of(request).kept(request, make, *name)
    return reply(request, answer, cache_control=PAGE_CACHE)
