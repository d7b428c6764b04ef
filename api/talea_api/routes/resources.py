"""Linked data: `/id`, `/onto` and `/voc` lead (303) to documents; documents have RDF beside them.

Pages themselves are views (`routes/pages.py`); here are the redirects and the `.ttl`, `.jsonld`,
`.nt` and `.rdf` of each page that describes a resource.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final

from pyoxigraph import NamedNode, Triple
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.repository import Repository
from talea_catalogue.terms import T
from talea_sparql.formats import Format
from talea_sparql.negotiate import choose

from ..addresses import document
from ..caching import Answer, make_answer, reply
from ..errors import Problem
from ..language import base_of, language_of
from ..lookups import require
from ..rdf import RDF_FORMATS, write
from ..services import edition_of, release_of, services_of
from ..views import HTML, not_acceptable

OFFERED: Final = (HTML, *RDF_FORMATS)
DATA_CACHE: Final = "public, max-age=300, must-revalidate"

Triples = Callable[[Repository, dict[str, str]], list[Triple]]


def router() -> Router:
    """Redirects of IRIs, and the RDF documents."""
    routes = [
        Route(f"/{space}/{{rest:path}}", _describe(space), name=space)
        for space in ("id", "onto", "voc")
    ]
    routes += [
        Route(path + form.suffix, _data(path, triples, form), name=path)
        for path, triples in DOCUMENTS.items()
        for form in RDF_FORMATS
    ]
    return Router(routes)


# --- From an IRI to its document ---


def _describe(space: str) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        repository = release_of(request).repository
        iri = f"{ns.ROOT}{space}/{request.path_params['rest']}"
        require(repository, iri)
        target = document(iri, repository.comune_of)
        if target is None:
            raise Problem("not-found")
        chosen = choose(request.headers.get("accept"), OFFERED)
        if chosen is None:
            raise not_acceptable(OFFERED)
        if chosen is HTML:
            # Only somebody who says that English comes first is led to English.
            lang = language_of(request.url.path, request.headers.get("accept-language"))
            location = base_of(lang) + target.href
        else:
            location = target.path + chosen.suffix
        headers = {"Vary": "Accept, Accept-Language", "Cache-Control": "no-cache"}
        return RedirectResponse(location, 303, headers)

    return endpoint


# --- RDF documents ---


def _of(kind: str, name: str) -> Triples:
    return lambda repository, names: _one(repository, ns.resource(kind, names[name]))


def _one(repository: Repository, iri: str) -> list[Triple]:
    require(repository, iri)
    return repository.triples(iri)


def _comune(repository: Repository, names: dict[str, str]) -> list[Triple]:
    triples = _one(repository, ns.resource("luogo", names["istat"]))
    facts = repository.comune(names["istat"])
    if facts is not None and facts.body_iri:
        triples = triples + repository.triples(facts.body_iri)
    return triples


def _generic(repository: Repository, names: dict[str, str]) -> list[Triple]:
    return _one(repository, ns.resource(names["kind"], names["id"]))


def _ontology(repository: Repository, names: dict[str, str]) -> list[Triple]:
    terms = (value.value for value in vars(T).values() if isinstance(value, NamedNode))
    return _all(repository, (ns.ONTO, *sorted(terms)))


def _scheme(repository: Repository, names: dict[str, str]) -> list[Triple]:
    scheme = repository.scheme(names["scheme"])
    if scheme is None:
        raise Problem("not-found")
    concepts = (concept.iri for concept, _ in scheme.concepts)
    return _all(repository, (ns.VOC + scheme.slug, *concepts))


def _all(repository: Repository, iris: Iterable[str]) -> list[Triple]:
    return [triple for iri in iris for triple in repository.triples(iri)]


DOCUMENTS: Final[dict[str, Triples]] = {
    "/pratiche/{slug}": _of("pratica", "slug"),
    "/comuni/{istat}": _comune,
    "/ambiti/{id}": _of("ente", "id"),
    "/pubblicazioni/{edition}": _of("pubblicazione", "edition"),
    "/risorse/{kind}/{id}": _generic,
    "/ontologia": _ontology,
    "/vocabolari/{scheme}": _scheme,
}
"""The pages that describe resources, and the triples that each describes."""


def _data(path: str, triples: Triples, form: Format) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        services = services_of(request)
        edition = edition_of(request)
        names = {key: str(value) for key, value in request.path_params.items()}
        address = path.format(**names)
        make = partial(_write, edition.release, triples, names, form, address, edition.digest)
        answer = await services.kept(request, make, address, form.suffix)
        return reply(request, answer, cache_control=DATA_CACHE)

    return endpoint


def _write(
    release: Release,
    triples: Triples,
    names: dict[str, str],
    form: Format,
    address: str,
    digest: str,
) -> Answer:
    body = write(triples(release.repository, names), form)
    links = [f'<{address}>; rel="alternate"; type="text/html"']
    links += [
        f'<{address}{other.suffix}>; rel="alternate"; type="{other.media_type}"'
        for other in RDF_FORMATS
        if other is not form
    ]
    return make_answer(body, form.content_type, digest, {"Link": ", ".join(links)})
