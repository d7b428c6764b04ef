"""How a page is declared: path, template, parameters, and the function that fills it.

    VIEWS = (
        View("practices", "/pratiche", "practices.html", practices,
             parameters=(Parameter("q"), Parameter("area", many=True), Parameter("pagina")),
             expensive=True),
    )

`add_views` gives each one its two addresses (Italian, and English under `/en`), negotiation, the
cache and the entity tag. A function takes a `Visit` and returns a `Page`, or raises `Problem`; it
runs in a thread, so it may ask the repository and the search index directly. Whatever it depends
on must be in the release, the settings, the path or the declared parameters: these are the cache
key, and unknown parameters never reach it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Router

from talea_catalogue.release import Release
from talea_sparql.formats import Format
from talea_sparql.negotiate import choose

from .caching import Answer, make_answer, reply
from .errors import Problem
from .language import LANGS, Lang, Text, base_of
from .rdf import RDF_FORMATS
from .render import Page, Stamp
from .services import Services, edition_of, services_of
from .settings import Settings
from .shelf import put_on_shelf

HTML: Final = Format("HTML", "text/html", ".html", aliases=("application/xhtml+xml",))
PAGE_CACHE: Final = "public, max-age=0, must-revalidate"
_LONGEST: Final = 500
"""Characters kept of one parameter."""
_MOST: Final = 20
"""Values kept of a parameter that may come several times."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter that a page knows. `clean` returns None for a value to leave out.

    The values of one that may come `many` times are sorted, unless they are `ordered` as they came.
    """

    name: str
    many: bool = False
    clean: Callable[[str], str | None] = str.strip
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """All that a page may depend on."""

    release: Release
    settings: Settings
    lang: Lang
    path: str
    """The path of the page, without language."""
    names: Mapping[str, str]
    """The variable parts of the path."""
    query: Mapping[str, tuple[str, ...]]
    """The known parameters that have a value, cleaned; values of a repeatable one are sorted."""
    territory: Path = Path()
    """The folder of the boundaries, for the pages that draw them."""
    records: Path = Path()
    """The folder of the shipped records, for the pages that tell what is pinned beside them."""

    @property
    def base(self) -> str:
        """What comes before each path in this language."""
        return base_of(self.lang)

    def one(self, name: str) -> str:
        """The value of a parameter, empty where there is none."""
        return self.query.get(name, ("",))[0]

    def text(self, it: str, en: str) -> str:
        """A sentence in the language of the page; for titles, since templates have `_()`."""
        return en if self.lang == "en" else it

    def href(self, path: str | None = None, **changes: str | Sequence[str] | None) -> str:
        """The address of a page with the present parameters and `changes` (None drops one)."""
        parameters: dict[str, str | Sequence[str] | None] = dict(self.query)
        parameters |= changes
        kept = {name: value for name, value in parameters.items() if value}
        address = self.base + (self.path if path is None else path)
        return f"{address}?{urlencode(kept, doseq=True)}" if kept else address


@dataclass(frozen=True, slots=True)
class View:
    """A page: see the head of this file.

    `expensive` counts a request that the cache cannot answer against its client's rate. A
    `resource` has RDF documents beside it: its Accept header may lead to them. `state` is for what
    changes while a release is served: a page is kept as long as the text that it gives. A page that
    searches has the name of its parameter in `text`: with one, it waits for its turn. `straight`
    gives the address to go to at once where the parameters leave nothing to choose, or None. `post`
    answers the form of a page, sent to its address.
    """

    name: str
    path: str
    template: str
    fill: Callable[[Visit], Page]
    parameters: tuple[Parameter, ...] = ()
    expensive: bool = False
    resource: bool = False
    state: Callable[[Release, Settings], str] | None = None
    text: str = ""
    straight: Callable[[Visit], str | None] | None = None
    post: Callable[[Request, Visit], Awaitable[Response]] | None = None


def add_views(router: Router, views: Sequence[View]) -> None:
    """Give each view its routes on `router`."""
    for view in views:
        for lang in LANGS:
            path = base_of(lang) + view.path
            if lang != "it" and view.path == "/":
                router.add_route("/en", _moved("/en/"))
            if view.resource:
                plain = _endpoint(view, lang, negotiated=False)
                router.add_route(f"{path}.html", plain, name=f"{view.name}.{lang}.html")
            router.add_route(
                path,
                _endpoint(view, lang, negotiated=True),
                methods=["GET", "POST"] if view.post else None,
                name=f"{view.name}.{lang}",
            )


def known(request: Request, parameters: Sequence[Parameter]) -> dict[str, tuple[str, ...]]:
    """The values of the known parameters, cleaned; those of a repeatable one are sorted."""
    found: dict[str, tuple[str, ...]] = {}
    for parameter in parameters:
        given = request.query_params.getlist(parameter.name)
        cleaned = (parameter.clean(value[:_LONGEST]) for value in given[:_MOST])
        values = [value for value in cleaned if value]
        if values:
            found[parameter.name] = _several(parameter, values) if parameter.many else (values[0],)
    return found


def _several(parameter: Parameter, values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values if parameter.ordered else sorted(values)))


def _endpoint(
    view: View, lang: Lang, *, negotiated: bool
) -> Callable[[Request], Awaitable[Response]]:
    vary = ("Accept",) if negotiated else ()

    async def endpoint(request: Request) -> Response:
        if view.post and request.method == "POST":
            return await view.post(request, _visit(view, request, lang))
        if negotiated:
            elsewhere = _negotiate(view, request)
            if elsewhere is not None:
                return elsewhere
        services = services_of(request)
        edition = edition_of(request)
        visit = _visit(view, request, lang)
        state = view.state(edition.release, services.settings) if view.state else ""
        asked = (tuple(sorted(visit.names.items())), tuple(visit.query.items()))
        key = (state, lang, view.name, *asked)
        if view.straight is not None and visit.query:
            there = await run_in_threadpool(view.straight, visit)
            if there is not None:
                headers = {"Cache-Control": PAGE_CACHE, **({"Vary": "Accept"} if vary else {})}
                return RedirectResponse(there, 303, headers)
        make = partial(_write, view, visit, services, edition.digest)
        lane = services.searches if view.text in visit.query else None
        answer = await services.kept(request, make, *key, charged=view.expensive, lane=lane)
        if view.state is None:
            put_on_shelf(request.scope, (edition.digest, *key), answer)
        return reply(request, answer, cache_control=PAGE_CACHE, vary=vary)

    return endpoint


def _visit(view: View, request: Request, lang: Lang) -> Visit:
    names = {key: str(value) for key, value in request.path_params.items()}
    return visit_of(request, lang, view.path.format(**names), view.parameters)


def visit_of(request: Request, lang: Lang, path: str, parameters: Sequence[Parameter]) -> Visit:
    """The visit of a request to the page at `path` (without language)."""
    names = {key: str(value) for key, value in request.path_params.items()}
    services = services_of(request)
    return Visit(
        edition_of(request).release,
        services.settings,
        lang,
        path,
        names,
        known(request, parameters),
        services.places.sources.territory,
        services.places.sources.records,
    )


def _write(view: View, visit: Visit, services: Services, digest: str) -> Answer:
    page = view.fill(visit)
    manifest = visit.release.manifest
    stamp = Stamp(manifest.data_digest, manifest.date)
    html = services.renderer.page(view.template, visit.lang, visit.path, page, stamp)
    headers: dict[str, str] = {"Content-Language": visit.lang, **page.headers}
    links = [f'<{href}>; rel="alternate"; type="{kind}"' for kind, href in page.alternates]
    if links or page.links:
        headers["Link"] = ", ".join([*links, *page.links])
    return make_answer(html.encode(), "text/html; charset=utf-8", digest, headers)


def _negotiate(view: View, request: Request) -> Response | None:
    """None where HTML is what the client wants; else where the RDF is, or Problem 406."""
    offered = (HTML, *(RDF_FORMATS if view.resource else ()))
    chosen = choose(request.headers.get("accept"), offered)
    if chosen is HTML:
        return None
    if chosen is None:
        raise not_acceptable(offered)
    path = view.path.format(**request.path_params)
    return RedirectResponse(path + chosen.suffix, 303, headers={"Vary": "Accept"})


def not_acceptable(offered: Sequence[Format]) -> Problem:
    """The 406 that lists what there is."""
    types = ", ".join(item.media_type for item in offered)
    return Problem(
        "not-acceptable",
        Text(f"Qui ci sono: {types}.", f"What there is: {types}."),
        available=[item.media_type for item in offered],
    )


def _moved(path: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return RedirectResponse(path, 308)

    return endpoint
