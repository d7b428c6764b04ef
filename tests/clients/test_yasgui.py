"""The requests that YASGUI makes, byte for byte.

From the sources of its editor (TriplyDB/Yasgui, `packages/yasqe/src/sparql.ts`, `defaults.ts`): a
form posted with `query` and repeated graph parameters, or the same in the address; an Accept for
rows and another for graphs; the Origin of the page that it runs in.
"""

import http.client
import json
from urllib.parse import urlencode

import pytest

from talea_catalogue import namespaces as ns

ORIGIN = "https://yasgui.example"
SELECT_ACCEPT = "application/sparql-results+json,*/*;q=0.9"
GRAPH_ACCEPT = "application/n-triples,*/*;q=0.9"
OLDER_GRAPH_ACCEPT = "text/turtle,*/*;q=0.9"
UPDATE_ACCEPT = "text/plain,*/*;q=0.9"
FIRST = """PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT * WHERE {
  ?sub ?pred ?obj .
} LIMIT 10"""
"""The query that its editor opens with."""
VOC = ns.GRAPH + "voc"
ONTO = ns.GRAPH + "onto"


@pytest.fixture(scope="module")
def yasgui(server):
    """Send what YASGUI sends: the method, the parameters and the Accept header."""

    def send(method, parameters, accept, origin=ORIGIN):
        encoded = urlencode(parameters)
        headers = {
            "Accept": accept,
            "Accept-Encoding": "identity",
            "Accept-Language": "en-GB,en;q=0.9",
            "Origin": origin,
            "Referer": origin + "/",
            "User-Agent": "Mozilla/5.0",
        }
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            if method == "GET":
                connection.request("GET", "/sparql?" + encoded, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request("POST", "/sparql", encoded.encode(), headers)
            answer = connection.getresponse()
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    return send


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rows(yasgui, method):
    status, headers, body = yasgui(method, [("query", FIRST)], SELECT_ACCEPT)
    assert (status, headers["Content-Type"]) == (200, "application/sparql-results+json")
    found = json.loads(body)
    assert set(found["head"]["vars"]) == {"sub", "pred", "obj"}
    assert len(found["results"]["bindings"]) == 10


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (GRAPH_ACCEPT, "application/n-triples"),
        (OLDER_GRAPH_ACCEPT, "text/turtle; charset=utf-8"),
    ],
)
def test_graphs(yasgui, method, accept, expected):
    query = "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3"
    status, headers, body = yasgui(method, [("query", query)], accept)
    assert (status, headers["Content-Type"]) == (200, expected)
    assert body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_graphs_of_the_settings(yasgui, method):
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    named = [("query", query), ("named-graph-uri", VOC), ("named-graph-uri", ONTO)]
    _, _, body = yasgui(method, named, SELECT_ACCEPT)
    found = {row["g"]["value"] for row in json.loads(body)["results"]["bindings"]}
    assert found == {VOC, ONTO}
    default = [("query", "ASK { <" + ns.VOC + "target> ?p ?o }"), ("default-graph-uri", ONTO)]
    _, _, body = yasgui(method, default, SELECT_ACCEPT)
    assert json.loads(body)["boolean"] is False


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_mistakes_come_back_readable(yasgui, method):
    status, headers, body = yasgui(method, [("query", "SELECT * WHERE {")], SELECT_ACCEPT)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(body)["title"] == "The query has a syntax error"


def test_an_update_is_refused(yasgui):
    update = [("update", "CLEAR ALL"), ("using-named-graph-uri ", VOC)]
    status, _, body = yasgui("POST", update, UPDATE_ACCEPT)
    assert (status, json.loads(body)["code"]) == (403, "update-refused")
