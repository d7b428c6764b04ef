"""The three cases of the Service Description suite, which are sentences in its manifest."""

from __future__ import annotations

import pytest
from rdflib import RDF, BNode, Graph, Namespace, URIRef

from .conftest import Service

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SCHEMA = {
    # Property: class of its subject, class of its object (None: any resource).
    "endpoint": ("Service", None),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "languageExtension": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "propertyFeature": ("Service", "Feature"),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", None),
    "inputFormat": ("Service", None),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", None),
    "graph": ("NamedGraph", "Graph"),
}
"""https://www.w3.org/TR/sparql11-service-description/, sections 3.2 and 3.4."""
INSTANCES = {
    "Language": {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"},
    "Feature": {
        "DereferencesURIs",
        "UnionDefaultGraph",
        "RequiresDataset",
        "EmptyGraphs",
        "BasicFederatedQuery",
    },
}
SUBCLASSES = {"Dataset": "GraphCollection"}


@pytest.fixture(scope="module")
def description(service: Service) -> Graph:
    """What a GET on the endpoint returns."""
    reply = service.send("GET", "/sparql")
    assert reply.status == 200
    assert reply.media_type == "text/turtle"
    return Graph().parse(reply.body, format="turtle")


def test_returns_rdf(service: Service, description: Graph) -> None:
    assert len(description) > 0
    for accept, form in (("application/rdf+xml", "xml"), ("application/n-triples", "nt")):
        reply = service.send("GET", "/sparql", [("Accept", accept)])
        assert reply.media_type == accept
        assert len(Graph().parse(reply.body, format=form)) == len(description)


def test_has_endpoint_triple(service: Service, description: Graph) -> None:
    assert set(description.objects(None, SD.endpoint)) == {URIRef(service.url + "/sparql")}


def test_conforms_to_schema(description: Graph) -> None:
    (the_service,) = description.subjects(RDF.type, SD.Service)
    assert isinstance(the_service, BNode | URIRef)
    for subject, predicate, value in description:
        name = str(predicate).removeprefix(str(SD))
        if name == str(predicate):
            continue
        domain, kind = SCHEMA[name]
        assert is_a(description, subject, domain), (subject, name)
        assert isinstance(value, BNode | URIRef)
        if kind is not None:
            assert is_a(description, value, kind), (name, value)


def is_a(description: Graph, node: object, kind: str) -> bool:
    """Whether a node has a class, says so or is one of the vocabulary's own."""
    kinds = {str(one).removeprefix(str(SD)) for one in description.objects(node, RDF.type)}  # type: ignore[arg-type]
    kinds |= {SUBCLASSES[one] for one in kinds & SUBCLASSES.keys()}
    own = str(node).removeprefix(str(SD))
    return kind in kinds or own in INSTANCES.get(kind, ())
