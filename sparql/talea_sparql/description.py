"""The SPARQL 1.1 Service Description of the endpoint, as triples or Turtle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from talea_sparql.formats import FORMATS, Form
from talea_sparql.guard import inspect
from talea_sparql.limits import Limits

__all__ = ["Executable", "describe", "describe_turtle"]

_SD = "http://www.w3.org/ns/sparql-service-description#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_VOID = "http://rdfs.org/ns/void#"
_SH = "http://www.w3.org/ns/shacl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_W3C_FORMAT = "http://www.w3.org/ns/formats/"
# The unique IRIs of https://www.w3.org/ns/formats/, by media type.
_FORMAT_NAMES: Mapping[str, str] = {
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/rdf+xml": "RDF_XML",
    "application/ld+json": "JSON-LD",
    "application/trig": "TriG",
    "application/n-quads": "N-Quads",
}


# The class and the property of SHACL-SPARQL for each query form.
_EXECUTABLES: Mapping[Form, tuple[str, str]] = {
    Form.SELECT: ("SPARQLSelectExecutable", "select"),
    Form.ASK: ("SPARQLAskExecutable", "ask"),
    Form.CONSTRUCT: ("SPARQLConstructExecutable", "construct"),
}


@dataclass(frozen=True, slots=True)
class Executable:
    """A query that the service offers ready to run, as `sh:SPARQLExecutable`.

    `iri` names it, `text` is whole; `labels` and `comments` map a language to its title and to the
    question that it answers.
    """

    iri: str
    form: Form
    text: str
    labels: Mapping[str, str]
    comments: Mapping[str, str]


def describe(
    endpoint: str,
    limits: Limits,
    *,
    triples: int | None = None,
    search: str | None = None,
    executables: Sequence[Executable] = (),
) -> list[Triple]:
    """Return the description of the service at `endpoint`, an absolute IRI.

    `triples` is the size of the default graph where known; `search` the predicate that searches,
    of which the executables that use it are the examples. Updates and federation are not
    offered, so neither appears. Raises `ValueError` where `endpoint` is not an IRI.
    """
    address = NamedNode(endpoint)
    service, dataset, graph = BlankNode("service"), BlankNode("dataset"), BlankNode("graph")
    kind = NamedNode(_RDF + "type")
    found = [
        Triple(service, kind, NamedNode(_SD + "Service")),
        Triple(service, NamedNode(_SD + "endpoint"), address),
        Triple(service, NamedNode(_SD + "supportedLanguage"), NamedNode(_SD + "SPARQL11Query")),
        Triple(service, NamedNode(_SD + "feature"), NamedNode(_SD + "UnionDefaultGraph")),
        Triple(service, NamedNode(_SD + "defaultDataset"), dataset),
        Triple(dataset, kind, NamedNode(_SD + "Dataset")),
        Triple(dataset, NamedNode(_SD + "defaultGraph"), graph),
        Triple(graph, kind, NamedNode(_SD + "Graph")),
        Triple(
            graph,
            NamedNode(_RDFS + "comment"),
            Literal("The default graph is the union of all named graphs.", language="en"),
        ),
    ]
    if triples is not None:
        found.append(Triple(graph, NamedNode(_VOID + "triples"), Literal(triples)))
    result_format = NamedNode(_SD + "resultFormat")
    found += [
        Triple(service, result_format, NamedNode(_W3C_FORMAT + _FORMAT_NAMES[item.media_type]))
        for item in FORMATS
    ]
    found += [
        Triple(
            service,
            NamedNode(_RDFS + "comment"),
            Literal(f"Limit: {item.help} ({item.value:,} {item.unit})", language="en"),
        )
        for item in limits.describe()
    ]
    if search is not None:
        feature = NamedNode(search)
        found.append(Triple(service, NamedNode(_SD + "propertyFeature"), feature))
        found += [
            Triple(feature, NamedNode(_SKOS + "example"), NamedNode(one.iri))
            for one in executables
            if _uses(one.text, search)
        ]
    for one in executables:
        found += _executable(one)
    return found


def _uses(text: str, predicate: str) -> bool:
    return bool(inspect(text, Limits(), predicate).matches)


def _executable(one: Executable) -> Iterator[Triple]:
    kind, text = _EXECUTABLES[one.form]
    node = NamedNode(one.iri)
    yield Triple(node, NamedNode(_RDF + "type"), NamedNode(_SH + "SPARQLExecutable"))
    yield Triple(node, NamedNode(_RDF + "type"), NamedNode(_SH + kind))
    yield Triple(node, NamedNode(_SH + text), Literal(one.text))
    for property_, words in (("label", one.labels), ("comment", one.comments)):
        for language, said in words.items():
            yield Triple(node, NamedNode(_RDFS + property_), Literal(said, language=language))


def describe_turtle(endpoint: str, limits: Limits, *, triples: int | None = None) -> bytes:
    """Return `describe` as Turtle in UTF-8."""
    turtle = pyoxigraph.serialize(
        describe(endpoint, limits, triples=triples),
        format=pyoxigraph.RdfFormat.TURTLE,
        prefixes={"sd": _SD, "rdfs": _RDFS, "void": _VOID, "formats": _W3C_FORMAT, "sh": _SH},
    )
    assert turtle is not None  # bytes come back where no output is named
    return turtle
