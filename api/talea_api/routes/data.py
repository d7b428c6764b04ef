"""The doors of the data: files of each edition, DCAT-AP_IT and VoID, by suffix or negotiation."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final

from pyoxigraph import Triple
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router

from talea_catalogue import dcat
from talea_catalogue.dumps import Dumps, File
from talea_catalogue.editions import KeptEdition
from talea_catalogue.release import Release
from talea_sparql.formats import Format
from talea_sparql.negotiate import choose

from .. import memento, opendata
from ..caching import Answer, make_answer, matches, reply
from ..errors import Problem
from ..language import Text, base_of, language_of
from ..rdf import RDF_FORMATS, write
from ..sending import SentFile
from ..services import edition_of, services_of
from ..settings import Settings
from ..views import HTML, PAGE_CACHE, not_acceptable
from .resources import DATA_CACHE, OFFERED

CATALOGUE: Final = "/dati/catalogo"
VOID: Final = "/.well-known/void"
FILE_CACHE: Final = "public, max-age=86400, no-transform"
"""A file under the digest of its data never changes; an edition may stop being kept."""

Facts = Callable[[Release, Settings, dict[str, str]], Iterable[Triple]]


def _catalogue(release: Release, settings: Settings, names: dict[str, str]) -> Iterable[Triple]:
    return opendata.catalogue(release, settings)


def _edition(release: Release, settings: Settings, names: dict[str, str]) -> Iterable[Triple]:
    return opendata.edition(release, settings, names["digest"])


def _void(release: Release, settings: Settings, names: dict[str, str]) -> Iterable[Triple]:
    return opendata.void(release, settings)


def router() -> Router:
    """Files and descriptions. The pages beside them are views."""
    documents = ((CATALOGUE, _catalogue), (opendata.EDITION, _edition), ("/dati/void", _void))
    return Router(
        [
            Route(VOID, _negotiated(_void), name="void"),
            Route(CATALOGUE, _led, name="catalogue"),
            Route(memento.GATE, time_gate, name="timegate"),
            Route(memento.MAP, time_map, name="timemap"),
            *(
                Route(path + form.suffix, _document(facts, form), name=path)
                for path, facts in documents
                for form in RDF_FORMATS
            ),
            Route(opendata.EDITION + "/{file}", download, name="download"),
        ]
    )


async def time_gate(request: Request) -> Response:
    """To the edition that was in force at the moment of Accept-Datetime (RFC 7089)."""
    services, release = services_of(request), edition_of(request).release
    services.charge(request)
    moment = memento.asked(request.headers.get("accept-datetime"))
    kept = await run_in_threadpool(opendata.kept, release, services.settings)
    chosen = memento.in_force_at(kept, moment)
    headers = {
        "Vary": "Accept-Datetime",
        "Link": ", ".join(memento.links(services.settings.site)),
        "Cache-Control": "no-cache",
    }
    return RedirectResponse(memento.address(chosen), 302, headers)


async def time_map(request: Request) -> Response:
    """Every edition with its date."""
    services, edition = services_of(request), edition_of(request)

    def make() -> Answer:
        kept = opendata.kept(edition.release, services.settings)
        body = memento.time_map(kept, services.settings.site).encode()
        return make_answer(body, memento.MAP_TYPE, edition.digest)

    state = opendata.state(edition.release, services.settings)
    answer = await services.kept(request, make, memento.MAP, state)
    return reply(request, answer, cache_control=DATA_CACHE)


async def download(request: Request) -> Response:
    """A file of an edition: whole, or the range asked for."""
    services = services_of(request)
    services.charge(request)
    edition, dumps, file = await run_in_threadpool(_find, request)
    headers = {
        "ETag": f'"{file.sha256}"',
        "Cache-Control": FILE_CACHE,
        memento.DATE: memento.http_date(edition),
    }
    if matches(request.headers.get("if-none-match"), file.sha256):
        return Response(status_code=304, headers=headers)
    path = dumps.folder / file.name
    return SentFile(path, media_type=file.media_type, filename=file.name, headers=headers)


def _find(request: Request) -> tuple[KeptEdition, Dumps, File]:
    settings, release = services_of(request).settings, edition_of(request).release
    names = request.path_params
    edition = opendata.edition_named(release, settings, str(names["digest"]))
    dumps = edition.dumps()
    if dumps is None:
        raise Problem(
            "not-found",
            Text(
                "I file di questa edizione si stanno preparando: saranno qui tra qualche minuto.",
                "The files of this edition are being made: they will be here in a few minutes.",
            ),
            headers={"Retry-After": "60"},
        )
    file = dumps.file(str(names["file"]))
    if file is None:
        raise Problem("not-found")
    return edition, dumps, file


async def _led(request: Request) -> Response:
    """From the catalogue to the document that suits: the page about the data, or RDF."""
    chosen = choose(request.headers.get("accept"), OFFERED)
    if chosen is None:
        raise not_acceptable(OFFERED)
    lang = language_of("/id/", request.headers.get("accept-language"))
    location = base_of(lang) + "/dati" if chosen is HTML else CATALOGUE + chosen.suffix
    headers = {"Vary": "Accept, Accept-Language", "Cache-Control": "no-cache"}
    return RedirectResponse(location, 303, headers)


def _document(facts: Facts, form: Format) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        answer = await _written(request, facts, form)
        return reply(request, answer, cache_control=DATA_CACHE)

    return endpoint


def _negotiated(facts: Facts) -> Callable[[Request], Awaitable[Response]]:
    """The description itself at one address, in the format asked for; browsers get the page."""

    async def endpoint(request: Request) -> Response:
        offered = (*RDF_FORMATS, HTML)
        chosen = choose(request.headers.get("accept"), offered)
        if chosen is None:
            raise not_acceptable(offered)
        if chosen is HTML:
            return RedirectResponse("/dati", 303, {"Vary": "Accept", "Cache-Control": "no-cache"})
        answer = await _written(request, facts, chosen)
        return reply(request, answer, cache_control=PAGE_CACHE, vary=("Accept",))

    return endpoint


async def _written(request: Request, facts: Facts, form: Format) -> Answer:
    services, edition = services_of(request), edition_of(request)
    names = {key: str(value) for key, value in request.path_params.items()}
    state = opendata.state(edition.release, services.settings)
    make = partial(_write, edition.release, services.settings, facts, names, form, edition.digest)
    key = (state, facts.__name__, tuple(names.items()), form.suffix)
    return await services.kept(request, make, *key)


def _write(
    release: Release,
    settings: Settings,
    facts: Facts,
    names: dict[str, str],
    form: Format,
    digest: str,
) -> Answer:
    body = write(facts(release, settings, names), form, dcat.PREFIXES)
    return make_answer(body, form.content_type, digest)
