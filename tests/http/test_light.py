"""The light path of `/sparql` answers as the layers do: same bytes, same headers, same errors."""

from urllib.parse import quote

import pytest

from talea_api import light
from talea_api.errors import GoneError
from talea_api.routes import sparql

TABLE = "SELECT ?s WHERE { ?s a <https://w3id.org/talea/onto/GoodPractice> } ORDER BY ?s LIMIT 3"
GRAPH = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } ORDER BY ?s ?c LIMIT 40"
LARGE = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 2000"
QUERIES = {
    "ask": ("ASK { ?s ?p ?o }", "*/*"),
    "table": (TABLE, "application/sparql-results+json"),
    "table as CSV": (TABLE, "text/csv"),
    "table as TSV": (TABLE, "text/tab-separated-values"),
    "graph": (GRAPH, "text/turtle"),
    "graph as JSON-LD": (GRAPH, "application/ld+json"),
    "large": (LARGE, "application/sparql-results+json"),
    "never the same": ("SELECT (1 AS ?one) WHERE { FILTER (NOW() > 0 || true) }", "*/*"),
    "not SPARQL": ("SELECT ?s WHERE { ?s ?p }", "*/*"),
    "federation": ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "*/*"),
    "no such format": (TABLE, "image/png"),
    "empty": ("", "*/*"),
}
VARYING = ("server-timing",)


@pytest.fixture
def seen(monkeypatch):
    """The statuses with which the light path answered by itself."""
    statuses = []
    own = light.LightPath._answer

    async def watched(self, scope, receive):
        answer = await own(self, scope, receive)
        statuses.append(answer.status_code)
        return answer

    monkeypatch.setattr(light.LightPath, "_answer", watched)
    return statuses


def described(answer):
    """What must be the same: status, body, headers in any order."""
    headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
    headers["vary"] = sorted(headers.get("vary", "").split(", "))
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("name", QUERIES)
def test_the_light_path_answers_as_the_layers_do(client, seen, name, encoding):
    query, accept = QUERIES[name]
    address = "/sparql?query=" + quote(query)
    headers = {"Accept": accept, "Accept-Encoding": encoding}
    short = client.get(address, headers=headers)
    again = client.get(address, headers=headers)  # from the cache, if it may be kept
    passed = len(seen)
    # An Origin changes no answer: every one is open to all.
    long = client.get(address, headers={**headers, "Origin": "https://example.org"})
    assert len(seen) == passed, "the second way went through the layers"
    assert described(short) == described(again) == described(long)
    assert passed == (2 if short.status_code == 200 else 0)


@pytest.mark.parametrize(
    ("method", "address", "headers"),
    [
        ("HEAD", "/sparql?query=ASK%7B%7D", {}),
        ("GET", "/sparql?query=ASK%7B%7D&format=xml", {}),
        ("GET", "/sparql?default-graph-uri=http://e/&query=ASK%7B%7D", {}),
        ("GET", "/sparql?query=ASK%7B%7D", {"Accept": "text/html"}),
        ("GET", "/sparql?query=ASK%7B%7D", {"If-None-Match": '"x"'}),
        ("GET", "/sparql?query=ASK%7B%7D", {"Content-Length": "0"}),
        ("GET", "/sparql", {}),
        ("GET", "/en/sparql?query=ASK%7B%7D", {}),
    ],
)
def test_what_is_not_plain_goes_through_the_layers(client, seen, method, address, headers):
    answer = client.request(method, address, headers=headers)
    assert answer.status_code == 200
    assert seen == []


def test_a_refusal_is_told_in_the_language_of_the_client(client):
    address = "/sparql?query=" + quote("SELECT * WHERE {")
    italian = client.get(address, headers={"Accept-Language": "it"}).json()
    english = client.get(address, headers={"Accept-Language": "en"}).json()
    assert italian["detail"] != english["detail"]
    assert italian["code"] == english["code"]


@pytest.mark.parametrize("more", ["", "&format=json"])
def test_who_has_hung_up_gets_a_status_for_the_log_alone(client, monkeypatch, more):
    """On the light path and through the layers alike."""

    async def hung_up(request, operation):
        raise GoneError

    for module in (light, sparql):
        monkeypatch.setattr(module, "answer_to", hung_up)
    answer = client.get("/sparql?query=ASK%7B%7D" + more)
    assert (answer.status_code, answer.content) == (499, b"")


def test_the_light_path_takes_no_longer_address_than_the_layers(client, seen, app):
    limit = app.state.services.settings.url_limit_kb * 1_024
    address = "/sparql?query=ASK%7B%7D%23"
    # The query string is what is counted besides the path, without the question mark.
    longest = address + "x" * (limit - len(address) + 1)
    assert client.get(longest).status_code == 200
    assert len(seen) == 1
    assert client.get(longest + "x").status_code == 414
    assert len(seen) == 1
