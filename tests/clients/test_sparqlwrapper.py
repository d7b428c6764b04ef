"""SPARQLWrapper, unmodified, against a real server."""

import pytest
from rdflib import Graph
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
    SPARQLWrapper2,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from talea_catalogue import namespaces as ns

# It leaves the closing of its answers to the collector, and uses a class that rdflib will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]

COUNT = f"PREFIX talea: <{ns.ONTO}> SELECT (COUNT(*) AS ?n) {{ ?s a talea:GoodPractice }}"
GRAPH = f"PREFIX talea: <{ns.ONTO}> CONSTRUCT WHERE {{ ?s a talea:GoodPractice }}"
VOC = ns.GRAPH + "voc"


@pytest.fixture
def wrapper(server):
    return SPARQLWrapper(server.url + "/sparql")


@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("encoding", [URLENCODED, POSTDIRECTLY])
def test_rows(wrapper, method, encoding):
    wrapper.setMethod(method)
    wrapper.setRequestMethod(encoding)
    wrapper.setReturnFormat(JSON)
    wrapper.setQuery(COUNT)
    (row,) = wrapper.queryAndConvert()["results"]["bindings"]
    assert int(row["n"]["value"]) >= 84


def test_rows_in_the_other_formats(wrapper):
    wrapper.setQuery(COUNT)
    wrapper.setReturnFormat(XML)
    document = wrapper.queryAndConvert()
    assert document.getElementsByTagName("literal")[0].firstChild.data.isdigit()
    wrapper.setReturnFormat(CSV)
    assert wrapper.queryAndConvert().split()[0] == b"n"
    wrapper.setReturnFormat(TSV)
    assert wrapper.queryAndConvert().split()[0] == b"?n"


@pytest.mark.parametrize("form", [JSON, XML])
def test_a_yes(wrapper, form):
    wrapper.setQuery("ASK { ?s ?p ?o }")
    wrapper.setReturnFormat(form)
    answer = wrapper.queryAndConvert()
    if form == JSON:
        assert answer["boolean"] is True
    else:
        assert answer.getElementsByTagName("boolean")[0].firstChild.data == "true"


@pytest.mark.parametrize("form", [XML, RDFXML, JSONLD])
def test_a_graph_that_it_reads_itself(wrapper, form):
    wrapper.setQuery(GRAPH)
    wrapper.setReturnFormat(form)
    graph = wrapper.queryAndConvert()
    assert isinstance(graph, Graph)
    assert len(graph) >= 84


@pytest.mark.parametrize(("form", "name"), [(TURTLE, "turtle"), (N3, "turtle")])
def test_a_graph_as_text(wrapper, form, name):
    wrapper.setQuery(GRAPH)
    wrapper.setReturnFormat(form)
    assert len(Graph().parse(wrapper.queryAndConvert(), format=name)) >= 84


def test_describe(wrapper):
    wrapper.setQuery(f"DESCRIBE <{ns.VOC}target>")
    assert len(wrapper.queryAndConvert()) > 3


def test_a_dataset(wrapper):
    wrapper.setQuery("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    wrapper.addNamedGraph(VOC)
    wrapper.setReturnFormat(JSON)
    (row,) = wrapper.queryAndConvert()["results"]["bindings"]
    assert row["g"]["value"] == VOC
    wrapper.resetQuery()
    wrapper.addDefaultGraph(VOC)
    wrapper.setReturnFormat(JSON)
    wrapper.setQuery(COUNT)
    (row,) = wrapper.queryAndConvert()["results"]["bindings"]
    assert row["n"]["value"] == "0"


def test_its_other_interface(server):
    wrapper = SPARQLWrapper2(server.url + "/sparql")
    wrapper.setQuery(COUNT)
    (row,) = wrapper.query().bindings
    assert int(row["n"].value) >= 84


def test_a_mistake_is_told_as_one(wrapper):
    wrapper.setQuery("SELECT * { ?s")
    with pytest.raises(QueryBadFormed) as caught:
        wrapper.query()
    assert '"code": "syntax"' in str(caught.value)
