"""The reading half of the SPARQL 1.1 Graph Store Protocol: a request to an `Operation`. Pure."""

from __future__ import annotations

from talea_sparql.errors import MalformedRequestError
from talea_sparql.protocol import (
    Operation,
    graph_operation,
    is_iri,
    parameters,
    refuse_unknown,
)

__all__ = ["exists", "graph_of", "retrieve"]

_ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_ANY = "ASK { ?s ?p ?o }"


def graph_of(query_string: bytes) -> str | None:
    """Return the IRI that `graph=` names, None for `default`.

    `query_string` holds the bytes as received; they are decoded once. Raises
    `MalformedRequestError` unless exactly one graph is named, by an absolute IRI.
    """
    given = parameters(query_string)
    refuse_unknown(given, ("graph", "default"))
    if len(given) != 1:
        raise MalformedRequestError(
            "One graph is named, with graph=IRI, or with default for the union of all graphs.",
            italian="Serve un solo grafo: graph=IRI, oppure default per l’unione di tutti.",
        )
    ((name, value),) = given
    if name == "graph":
        if not is_iri(value):
            raise MalformedRequestError(
                "A graph is named by an absolute IRI.",
                italian="Un grafo si nomina con un IRI assoluto.",
            )
        return value
    if value:
        raise MalformedRequestError(
            "The parameter default has no value.", italian="Il parametro default non ha un valore."
        )
    return None


def retrieve(graph: str | None, accept: str | None) -> Operation:
    """Return the query for all triples of a graph, of the default graph for None.

    Raises `NotAcceptableError` where the Accept header names no format of a graph.
    """
    return graph_operation(_ALL, graph, accept)


def exists(graph: str) -> Operation:
    """Return the query that tells whether a graph has triples: an empty graph is none here."""
    return graph_operation(_ANY, graph, None)
