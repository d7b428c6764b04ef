"""Reading graphs by the Graph Store Protocol: `/rdf-graph-store` and `/graph/…`."""

from urllib.parse import quote

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from talea_catalogue import namespaces as ns

SLUG = "bari-social-book"
GRAPH = ns.graph("pratica", SLUG)
DIRECT = f"/graph/pratica/{SLUG}"
INDIRECT = "/rdf-graph-store?graph=" + quote(GRAPH, safe="")
FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
}


@pytest.mark.parametrize("address", [DIRECT, INDIRECT])
@pytest.mark.parametrize("media_type", FORMATS)
def test_a_graph_in_every_format(client, release, address, media_type):
    answer = client.get(address, headers={"Accept": media_type})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert {"Accept", "Origin"} <= set(answer.headers["vary"].split(", "))
    assert answer.headers["access-control-allow-origin"] == "*"
    found = {quad.triple for quad in parse(answer.content, format=FORMATS[media_type])}
    assert found == {quad.triple for quad in release.store.quads(graph=NamedNode(GRAPH))}


def test_without_a_preference_it_is_turtle(client):
    assert client.get(DIRECT).headers["content-type"] == "text/turtle; charset=utf-8"


@pytest.mark.parametrize("address", [DIRECT, INDIRECT, "/rdf-graph-store?default"])
def test_a_tag_saves_the_way_and_head_has_no_body(client, address):
    first = client.get(address)
    assert first.status_code == 200
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == first.headers[name]


def test_the_union_is_in_the_store_once(client, release):
    answer = client.get("/rdf-graph-store?default", headers={"Accept": "text/turtle"})
    found = {quad.triple for quad in parse(answer.content, format=RdfFormat.TURTLE)}
    assert len(found) == len({str(quad.triple) for quad in release.store.quads()})


def test_what_is_over_the_cap_names_the_file_that_has_it(client, release):
    answer = client.get("/rdf-graph-store?default", headers={"Accept": "application/n-quads"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "result-too-large"
    assert problem["limit"] == 10_000_000
    assert problem["dump"] in problem["detail"]
    assert client.head(problem["dump"]).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/graph/pratica/nessuna",
        "/graph/",
        "/graph/%20",
        "/graph/%3E",
        "/graph/%5Bx",
        "/graph/%FF",
        "/graph/%00",
        "/rdf-graph-store?graph=urn:x:none",
        "/rdf-graph-store?graph=http://e/%7Bx%7D",
        "/rdf-graph-store?graph=http://%5Bx",
        "/rdf-graph-store?graph=http://e/%25zz",
        "/graph/voc?graph=urn:x:none",
    ],
)
@pytest.mark.parametrize("tag", [None, "*", '"x"'])
def test_a_graph_that_is_not_there(client, address, tag):
    answer = client.get(address, headers={"If-None-Match": tag} if tag else {})
    malformed = "http://" in address or address.startswith("/graph/voc?")
    assert answer.status_code == (400 if malformed else 404)
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.head(address).status_code == answer.status_code


def test_problems_are_in_the_language_asked_for(client):
    italian = client.get("/graph/pratica/nessuna").json()["detail"]
    english = client.get("/graph/pratica/nessuna", headers={"Accept-Language": "en"}).json()[
        "detail"
    ]
    assert italian.startswith("Il catalogo non ha un grafo")
    assert english.startswith("The catalogue has no graph")
    italian, english = (
        client.get("/rdf-graph-store?x=1", headers={"Accept-Language": lang}).json()["detail"]
        for lang in ("it", "en")
    )
    assert (italian[:4], english[:5]) == ("Qui ", "There")


@pytest.mark.parametrize("accept", ["image/png", "text/csv", "application/sparql-results+json"])
def test_no_format_of_a_graph_is_not_acceptable(client, accept):
    answer = client.get(DIRECT, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", [DIRECT, INDIRECT, "/rdf-graph-store?default"])
def test_nothing_is_written(client, address, method):
    before = client.get(address).headers["etag"]
    answer = client.request(method, address, content=b"<urn:a> <urn:b> <urn:c> .")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get(address).headers["etag"] == before


@pytest.mark.parametrize("address", [DIRECT, INDIRECT])
def test_scripts_of_other_sites_may_read(client, address):
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    answer = client.request("OPTIONS", address, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
