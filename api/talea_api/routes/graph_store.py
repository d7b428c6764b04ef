"""The reading half of the SPARQL 1.1 Graph Store Protocol, through the pool of `/sparql`.

A graph is named by its IRI, `/rdf-graph-store?graph=…`, or directly by the address at which this
site answers for it: `/graph/pratica/x` for `https://w3id.org/talea/graph/pratica/x`.
`/rdf-graph-store?default` is the union of all graphs. Nothing is written: other methods get 405.
"""

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from talea_catalogue import dcat
from talea_catalogue import namespaces as ns
from talea_sparql import gsp
from talea_sparql.errors import MalformedRequestError, ResultTooLargeError
from talea_sparql.protocol import is_iri

from .. import opendata
from ..errors import Problem
from ..language import Text
from ..services import edition_of, services_of
from .sparql import respond

STORE: Final = "/rdf-graph-store"
_WHOLE: Final = ".nq.gz"
"""End of the name of the file that holds every graph."""


def router() -> Router:
    """The store, and each graph at its own address."""
    return Router(
        [
            Route(STORE, _indirect, methods=["GET"], name="graph-store"),
            Route("/graph/{rest:path}", _direct, methods=["GET"], name="graph"),
        ]
    )


async def _indirect(request: Request) -> Response:
    return await _retrieve(request, gsp.graph_of(request.scope["query_string"]))


async def _direct(request: Request) -> Response:
    if request.scope["query_string"]:
        raise MalformedRequestError(
            "This address names its graph by itself: it takes no parameters.",
            italian="Questo indirizzo nomina già il suo grafo: non ha parametri.",
        )
    graph = ns.GRAPH + str(request.path_params["rest"])
    if not is_iri(graph):
        raise _unknown()
    return await _retrieve(request, graph)


async def _retrieve(request: Request, graph: str | None) -> Response:
    """The triples of a graph, of the union of all for None."""
    if graph is not None and not await _exists(request, graph):
        raise _unknown()
    try:
        return await respond(request, gsp.retrieve(graph, request.headers.get("accept")))
    except ResultTooLargeError as error:
        raise _too_large(request, error) from None


async def _exists(request: Request, graph: str) -> bool:
    services = services_of(request)
    services.charge(request, 0.1)
    found = await edition_of(request).pool.evaluate(gsp.exists(graph), services.client(request))
    return bool(json.loads(found.body)["boolean"])


def _unknown() -> Problem:
    return Problem(
        "not-found",
        Text(
            "Il catalogo non ha un grafo con questo indirizzo. Quelli che ha li elenca la query "
            "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }.",
            "The catalogue has no graph of this address. The query "
            "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } lists those that it has.",
        ),
    )


def _too_large(request: Request, error: ResultTooLargeError) -> Problem:
    """The problem that names the file in which all the graphs are."""
    release, settings = edition_of(request).release, services_of(request).settings
    dumps = opendata.files(release)
    names = [file.name for file in dumps.files if file.name.endswith(_WHOLE)] if dumps else []
    edition = dcat.edition_path(release.manifest.data_digest)
    address = settings.absolute("/".join([edition, *names[:1]]))
    return Problem(
        "result-too-large",
        Text(
            f"Questo grafo supera {error.limit} byte. Tutti i grafi sono nel file {address}.",
            f"This graph has more than {error.limit} bytes. All graphs are in the file {address}.",
        ),
        limit=error.limit,
        dump=address,
    )
