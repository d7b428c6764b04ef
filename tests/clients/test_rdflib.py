"""rdflib's SPARQLStore, unmodified, against a real server."""

import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from talea_catalogue import namespaces as ns

# It leaves the closing of its answers to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

PRACTICE = URIRef(ns.ONTO + "GoodPractice")
VOC = URIRef(ns.GRAPH + "voc")
COUNT = f"SELECT (COUNT(*) AS ?n) {{ ?s a <{PRACTICE}> }}"


@pytest.fixture(params=["GET", "POST", "POST_FORM"])
def store(request, server):
    return SPARQLStore(server.url + "/sparql", method=request.param)


@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rows(server, form):
    store = SPARQLStore(server.url + "/sparql", returnFormat=form)
    ((count,),) = Graph(store).query(COUNT)
    assert int(count) >= 84


def test_rows_by_each_method(store):
    ((count,),) = Graph(store).query(COUNT)
    assert count.toPython() >= 84


def test_a_yes_and_a_graph(store):
    assert Graph(store).query("ASK { ?s ?p ?o }").askAnswer is True
    built = Graph(store).query(f"CONSTRUCT WHERE {{ ?s a <{PRACTICE}> }}").graph
    assert len(built) >= 84


def test_a_remote_graph_as_a_python_one(store):
    graph = Graph(store)
    practices = set(graph.subjects(RDF.type, PRACTICE))
    assert len(practices) >= 84
    one = min(practices)
    assert (one, RDF.type, PRACTICE) in graph
    assert (one, RDF.type, Literal("no")) not in graph
    titles = list(graph.objects(one, URIRef(ns.DCT + "title")))
    assert titles
    assert all(isinstance(title, Literal) for title in titles)


def test_bound_variables(store):
    graph = Graph(store)
    one = min(graph.subjects(RDF.type, PRACTICE))
    rows = list(graph.query("SELECT ?c { ?s a ?c }", initBindings={"s": one}))
    assert (PRACTICE,) in [tuple(row) for row in rows]


def test_a_named_graph(store):
    whole, part = Graph(store), Graph(store, identifier=VOC)
    assert 0 < len(part) < len(whole)
    assert not list(part.subjects(RDF.type, PRACTICE))
    assert VOC in set(store.contexts())
