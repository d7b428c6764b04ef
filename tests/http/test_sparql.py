"""`/sparql` over HTTP: forms of the question, formats of the answer, what is refused."""

import json
from urllib.parse import quote

import pytest
from pyoxigraph import RdfFormat, parse

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/talea/onto/GoodPractice> }"
GRAPH = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 5"
VALUES = 'SELECT * WHERE { VALUES ?x { "<script>alert(1)</script>" } }'


def ask(client, query, **keywords):
    return client.get("/sparql", params={"query": query}, **keywords)


def test_three_ways_to_ask(client):
    got = ask(client, COUNT)
    form = client.post("/sparql", data={"query": COUNT})
    direct = client.post(
        "/sparql", content=COUNT, headers={"Content-Type": "application/sparql-query"}
    )
    assert got.status_code == form.status_code == direct.status_code == 200
    assert got.content == form.content == direct.content
    count = got.json()["results"]["bindings"][0]["n"]["value"]
    assert int(count) >= 84


def test_without_a_preference_tables_are_json_and_graphs_turtle(client):
    assert ask(client, COUNT).headers["content-type"] == "application/sparql-results+json"
    answer = ask(client, GRAPH)
    assert answer.headers["content-type"].startswith("text/turtle")
    assert len(list(parse(answer.content, format=RdfFormat.TURTLE))) == 5


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv;q=0.1, application/sparql-results+json", "application/sparql-results+json"),
    ],
)
def test_the_format_follows_accept(client, accept, content_type):
    answer = ask(client, COUNT, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(content_type)
    assert {"Accept", "Origin"} <= set(answer.headers["vary"].split(", "))


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("csv", "text/csv"), ("json", "application/sparql-results+json"), ("tsv", "text/tab")],
)
def test_the_format_follows_the_form_before_accept(client, name, content_type):
    answer = client.page("/sparql?format=" + name + "&query=" + quote(COUNT))
    assert answer.headers["content-type"].startswith(content_type)


def test_a_tag_saves_the_evaluation(client, app):
    first = ask(client, COUNT)
    pool = app.state.holder.edition.pool
    before = pool.stats().answered
    again = ask(client, COUNT, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert pool.stats().answered == before
    other = ask(
        client, COUNT, headers={"If-None-Match": first.headers["etag"], "Accept": "text/csv"}
    )
    assert other.status_code == 200


def test_what_changes_by_itself_has_no_tag(client):
    answer = ask(client, "SELECT (NOW() AS ?t) WHERE {}")
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("SELECT * WHERE {", 400, "syntax"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403, "service-refused"),
        ("SELECT * WHERE { SERVICE SILENT <http://x/> { ?s ?p ?o } }", 403, "service-refused"),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", 403, "update-refused"),
        ("LOAD <http://127.0.0.1:1/>", 403, "update-refused"),
        ("SELECT * WHERE " + "{" * 300 + "}" * 300, 400, "too-deep"),
        ("ASK { " + "?s ?p ?o . " * 200 + "}", 400, "too-many-patterns"),
        ("", 400, "malformed"),
    ],
)
def test_what_is_refused_is_refused_with_a_reason(client, query, status, code):
    answer = ask(client, query)
    assert answer.status_code == status
    body = answer.json()
    assert body["code"] == code
    assert body["detail"]
    assert ask(client, "ASK {}").json()["boolean"] is True, "and the service goes on"


def test_a_limit_that_is_passed_is_named(client, settings):
    answer = client.post(
        "/sparql",
        content="ASK {} #" + "x" * 70_000,
        headers={"Content-Type": "application/sparql-query"},
    )
    assert (answer.status_code, answer.json()["limit"]) == (413, settings.limits().query_bytes)


def test_updates_are_refused_in_every_form(client):
    assert client.get("/sparql?update=CLEAR+ALL").status_code == 403
    assert client.post("/sparql", data={"update": "CLEAR ALL"}).status_code == 403
    direct = client.post(
        "/sparql", content="CLEAR ALL", headers={"Content-Type": "application/sparql-update"}
    )
    assert direct.status_code == 403


def test_the_preflight_of_another_site(client):
    answer = client.request(
        "OPTIONS",
        "/sparql",
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


def test_without_a_query_the_service_describes_itself(client):
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    assert answer.headers["content-type"].startswith("text/turtle")
    assert "SPARQL11Query" in answer.text
    assert "Update" not in answer.text
    assert "FederatedQuery" not in answer.text
    assert client.get("/sparql", headers={"Accept": "image/png"}).status_code == 406


def test_a_person_gets_a_form(client):
    page = client.page("/sparql")
    assert page.status_code == 200
    assert '<textarea class="textarea code-input" id="query"' in page.text
    assert client.page("/en/sparql").text.count('lang="en"') >= 1


def test_a_person_gets_a_table_whose_cells_are_text(client):
    page = client.page("/sparql?query=" + quote(VALUES))
    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>alert" not in page.text


def test_an_iri_in_a_result_is_a_link_only_if_it_is_http(client):
    query = "SELECT * { VALUES ?x { <javascript:alert(1)> <https://example.org/> } }"
    page = client.page("/sparql?format=html&query=" + quote(query)).text
    assert 'href="https://example.org/"' in page
    assert 'href="javascript' not in page


def test_a_mistake_is_shown_beside_the_query_that_has_it(client):
    page = client.page("/sparql?query=" + quote("SELECT * WHERE { <x> </textarea>"))
    assert page.status_code == 400
    assert 'aria-invalid="true"' in page.text
    assert 'id="query-problem"' in page.text
    assert page.text.count("</textarea>") == 1


@pytest.mark.parametrize("query", ["ASK {}", GRAPH, "SELECT * WHERE { ?s <none:p> ?o }"])
def test_every_kind_of_result_has_its_page(client, query):
    assert client.page("/sparql?format=html&query=" + quote(query)).status_code == 200


def test_the_named_queries_are_offered_and_run(client, release):
    page = client.page("/sparql").text
    for name, query in release.store.library.items():
        assert query.header["title-it"].split("&")[0][:20] in page
        answer = ask(client, query.bind(query.examples()))
        assert answer.status_code == 200, (name, answer.text)
        json.dumps(answer.headers["server-timing"])


# --- The same query again ---


def test_the_same_query_is_answered_from_before(client):
    query = "SELECT ?s { ?s a <https://w3id.org/talea/onto/GoodPractice> } ORDER BY ?s # cache"
    first, second = ask(client, query), ask(client, query)
    assert "eval;dur=" in first.headers["server-timing"]
    assert "server-timing" not in second.headers
    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
    known = ask(client, query, headers={"If-None-Match": second.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    as_csv = ask(client, query, headers={"Accept": "text/csv"})
    assert as_csv.headers["etag"] != first.headers["etag"]
    elsewhere = client.get(
        "/sparql", params={"query": query, "default-graph-uri": "https://w3id.org/talea/graph/voc"}
    )
    assert elsewhere.json()["results"]["bindings"] == []


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_changes_each_time_is_evaluated_each_time(client, call):
    query = f"SELECT ({call} AS ?x) {{}}"
    answers = [ask(client, query) for _ in range(2)]
    assert all("eval;dur=" in answer.headers["server-timing"] for answer in answers)
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)
    assert all("etag" not in answer.headers for answer in answers)


def test_an_answer_kept_compressed_is_whole(client):
    query = "SELECT ?s ?t { ?s <http://purl.org/dc/terms/title> ?t } LIMIT 300"
    packed = [ask(client, query, headers={"Accept-Encoding": "gzip"}) for _ in range(2)]
    plain = [ask(client, query, headers={"Accept-Encoding": "identity"}) for _ in range(2)]
    assert {answer.headers.get("content-encoding") for answer in packed} == {"gzip"}
    assert {answer.headers.get("content-encoding") for answer in plain} == {None}
    assert len({answer.content for answer in (*packed, *plain)}) == 1
    assert all("Accept-Encoding" in answer.headers["vary"] for answer in (*packed, *plain))


# --- talea:matches ---

MATCHES = "PREFIX talea: <https://w3id.org/talea/onto/> SELECT ?p { ?p talea:matches "


def test_a_query_may_search(client):
    found = ask(client, MATCHES + '"taxi sociale" }').json()["results"]["bindings"]
    hits = client.get("/api/v1/search?q=taxi+sociale").json()["results"]
    assert [row["p"]["value"] for row in found] == [hit["iri"] for hit in hits] != []


@pytest.mark.parametrize(("language", "word"), [("it", "nella query"), ("en", "in the query")])
def test_a_text_that_is_not_known_is_refused_with_the_way_to_write_it(client, language, word):
    refused = ask(client, MATCHES + "?text }", headers={"Accept-Language": language})
    problem = refused.json()
    assert refused.status_code == 400
    assert problem["code"] == "matches"
    assert word in problem["detail"]
    assert (problem["line"], problem["column"]) == (1, MATCHES.index("talea:matches") + 1)
