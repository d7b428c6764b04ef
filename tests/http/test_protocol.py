"""The SPARQL 1.1 Protocol as it goes over the wire: a real server, requests written by hand."""

import gzip
import http.client
import json
from collections import namedtuple
from urllib.parse import quote

import pytest

ASK = "/sparql?query=" + quote("ASK {}")
ROWS = "/sparql?query=" + quote(
    "SELECT * { ?s a <https://w3id.org/talea/onto/GoodPractice> } LIMIT 30"
)
QUERY_TYPE = "application/sparql-query"
FORM_TYPE = "application/x-www-form-urlencoded"

Reply = namedtuple("Reply", "status headers body")


@pytest.fixture(scope="session")
def send(server):
    """Send a request with these headers and no others than Host and Content-Length."""

    def send(method, path, headers=(), body=None, counted=True):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items() if isinstance(headers, dict) else headers:
                connection.putheader(name, value)
            if body is not None and counted:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    return send


@pytest.fixture(scope="session")
def dump(release):
    """The address of a file to download."""
    return f"/dati/versioni/{release.manifest.data_digest_short}/talea.nq.gz"


def problem(reply, status, code):
    """The members of a problem document, which it must be."""
    assert reply.status == status, reply.body
    assert reply.headers["Content-Type"] == "application/problem+json"
    document = json.loads(reply.body)
    assert (document["status"], document["code"]) == (status, code)
    assert document["detail"]
    return document


# --- What is asked ---


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("GET", ASK + "&foo=1", {}, None, 400, "malformed"),
        ("GET", ASK + "&limit=10", {}, None, 400, "malformed"),
        ("GET", "/sparql?qeury=ASK%7B%7D", {}, None, 400, "malformed"),
        ("GET", ASK + "&query=ASK%7B%7D", {}, None, 400, "malformed"),
        ("GET", "/sparql?query=", {}, None, 400, "malformed"),
        ("GET", "/sparql?query=%FF", {}, None, 400, "malformed"),
        ("GET", "/sparql?query=ASK%7B%7D%00", {}, None, 400, "syntax"),
        ("GET", "/sparql?query=ASK%7B", {}, None, 400, "syntax"),
        ("GET", ASK + "&default-graph-uri=x", {}, None, 400, "malformed"),
        ("GET", ASK + "&default-graph-uri=", {}, None, 400, "malformed"),
        ("GET", ASK + "&named-graph-uri=http://%5Bx", {}, None, 400, "malformed"),
        ("GET", "/sparql?update=CLEAR+ALL", {}, None, 403, "update-refused"),
        ("GET", ASK, {"Accept": "text/csv"}, None, 406, "not-acceptable"),
        ("GET", ASK, {"Accept": "image/png"}, None, 406, "not-acceptable"),
        ("GET", "/sparql?query=" + "a" * 20_000, {}, None, 414, "address-too-long"),
        ("PUT", ASK, {}, b"", 405, "method"),
        ("PATCH", "/sparql", {"Content-Type": QUERY_TYPE}, b"ASK {}", 405, "method"),
        ("DELETE", "/sparql", {}, None, 405, "method"),
        ("POST", "/sparql", {}, b"ASK {}", 415, "unsupported-media-type"),
        ("POST", ASK, {}, b"", 415, "unsupported-media-type"),
        ("POST", "/sparql", {"Content-Type": "text/plain"}, b"x", 415, "unsupported-media-type"),
        ("POST", "/sparql", {"Content-Type": "?"}, b"x", 415, "unsupported-media-type"),
        (
            "POST",
            "/sparql",
            {"Content-Type": QUERY_TYPE + "; charset=latin1"},
            b"ASK {}",
            415,
            "unsupported-media-type",
        ),
        ("POST", "/sparql", {"Content-Type": QUERY_TYPE}, b"ASK { '\xe8' }", 400, "malformed"),
        ("POST", "/sparql", {"Content-Type": QUERY_TYPE}, b"", 400, "malformed"),
        ("POST", "/sparql", {"Content-Type": FORM_TYPE}, b"", 400, "malformed"),
        ("POST", "/sparql", {"Content-Type": FORM_TYPE}, b"query=%FE", 400, "malformed"),
        ("POST", "/sparql", {"Content-Type": FORM_TYPE}, b"query=A&query=B", 400, "malformed"),
        ("POST", "/sparql", {"Content-Type": FORM_TYPE}, b"update=CLEAR", 403, "update-refused"),
        ("POST", ASK, {"Content-Type": FORM_TYPE}, b"query=ASK{}", 400, "malformed"),
        ("POST", ASK, {"Content-Type": QUERY_TYPE}, b"ASK {}", 400, "malformed"),
        (
            "POST",
            "/sparql",
            {"Content-Type": QUERY_TYPE, "Content-Encoding": "gzip"},
            gzip.compress(b"ASK {}", mtime=0),
            415,
            "unsupported-media-type",
        ),
        ("POST", "/sparql", {"Content-Type": QUERY_TYPE}, b"#" * 70_000, 413, "query-too-long"),
        ("POST", "/sparql", {"Content-Type": QUERY_TYPE}, b"#" * 300_000, 413, "body-too-large"),
    ],
)
def test_bad_requests_are_problems_in_both_languages(
    send, method, path, headers, body, status, code
):
    documents = {
        lang: problem(send(method, path, {"Accept-Language": lang, **headers}, body), status, code)
        for lang in ("it", "en")
    }
    assert documents["it"]["title"] != documents["en"]["title"]
    assert documents["it"]["detail"] != documents["en"]["detail"]


def test_what_well_known_clients_add_is_let_be(send):
    for more in ("format=json", "output=json&results=json", "timeout=30", "infer=true", "_=17"):
        assert send("GET", f"{ASK}&{more}").status == 200, more


def test_the_same_query_in_every_way_has_the_same_answer_and_tag(send):
    query = "SELECT (COUNT(*) AS ?è) { ?s ?p ?o }"
    encoded = quote(query, safe="").encode()
    graph = b"&default-graph-uri=https%3A%2F%2Fw3id.org%2Ftalea%2Fgraph%2Fvoc"
    address = "/sparql?" + graph[1:].decode()
    replies = [
        send("GET", "/sparql?query=" + encoded.decode() + graph.decode()),
        send("GET", "/sparql?" + graph[1:].decode() + "&query=" + encoded.decode()),
        send("POST", "/sparql", {"Content-Type": FORM_TYPE}, b"query=" + encoded + graph),
        send("POST", address, {"Content-Type": FORM_TYPE + ";charset=UTF-8"}, b"query=" + encoded),
        send("POST", address, {"Content-Type": "Application/SPARQL-Query"}, query.encode()),
    ]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert len({reply.headers["ETag"] for reply in replies}) == 1


def test_relative_iris_are_the_catalogues(send):
    query = "SELECT ?t { <voc/target> a ?t }"
    reply = send("POST", "/sparql", {"Content-Type": QUERY_TYPE}, query.encode())
    assert b"ConceptScheme" in reply.body


# --- What is answered ---


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/*", "application/sparql-results+json"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/json", "application/sparql-results+json"),
        ("application/xml;q=0.9, text/csv;q=0.1", "application/sparql-results+xml"),
        ("text/csv;q=0, */*;q=0.1", "application/sparql-results+json"),
        ("image/png, */*;q=0.1", "application/sparql-results+json"),
        (" , ;;,", "application/sparql-results+json"),
        ("TEXT/CSV", "text/csv; charset=utf-8"),
    ],
)
def test_accept(send, accept, expected):
    reply = send("GET", ROWS, {"Accept": accept} if accept else {})
    assert (reply.status, reply.headers["Content-Type"]) == (200, expected)
    assert {"Accept", "Origin"} <= set(reply.headers["Vary"].split(", "))


def test_an_accept_on_several_lines_is_one(send):
    lines = [("Accept", "image/png"), ("Accept", "text/csv;q=0.5"), ("Accept-Language", "en")]
    assert send("GET", ROWS, lines).headers["Content-Type"] == "text/csv; charset=utf-8"
    tag = send("GET", ASK).headers["ETag"]
    tags = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert send("GET", ASK, tags).status == 304


def test_a_body_in_chunks(send):
    headers = {"Content-Type": QUERY_TYPE, "Transfer-Encoding": "chunked"}
    chunks = b"4\r\nASK \r\n2\r\n{}\r\n0\r\n\r\n"
    reply = send("POST", "/sparql", headers, chunks, counted=False)
    assert json.loads(reply.body)["boolean"] is True


@pytest.mark.parametrize(
    ("name", "expected"), [("json", "application/ld+json"), ("xml", "application/rdf+xml")]
)
def test_a_format_by_the_name_that_tables_and_graphs_share(send, name, expected):
    query = quote("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1")
    reply = send("GET", f"/sparql?format={name}&query={query}", {"Accept": "text/html"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, expected)


@pytest.mark.parametrize(
    "path",
    [
        ASK,
        ROWS,
        "/sparql",
        "/sparql?query=ASK%7B",
        "/.well-known/void",
        "/rdf-graph-store?default",
        "/graph/voc",
        "/graph/none",
    ],
)
def test_head_is_get_without_the_body(send, path):
    got, head = send("GET", path), send("HEAD", path)
    assert head.status == got.status
    assert head.body == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Cache-Control"):
        assert head.headers[name] == got.headers[name], name


@pytest.mark.parametrize("path", [ASK, ROWS, "/sparql", "/.well-known/void", "/graph/voc"])
def test_a_tag_is_enough(send, path):
    first = send("GET", path)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert int(first.headers["Content-Length"]) == len(first.body)
    for asked in (tag, f'"other", {tag}', "W/" + tag, "*"):
        for method in ("GET", "HEAD"):
            again = send(method, path, {"If-None-Match": asked})
            assert (again.status, again.body) == (304, b""), asked
            assert again.headers["ETag"] == tag
            assert "Accept" in again.headers["Vary"]
    assert send("GET", path, {"If-None-Match": '"other"'}).status == 200


def test_tags_differ_where_answers_do(send):
    ways = [
        send("GET", ROWS),
        send("GET", ROWS, {"Accept": "text/csv"}),
        send("GET", ROWS + "&default-graph-uri=urn:none"),
        send("GET", ROWS + "&named-graph-uri=urn:none"),
        send("GET", ROWS.replace("30", "31")),
        send("GET", ROWS, {"Accept-Encoding": "gzip"}),
    ]
    assert {reply.status for reply in ways} == {200}
    assert len({reply.headers["ETag"] for reply in ways}) == len(ways)
    assert gzip.decompress(ways[-1].body) == ways[0].body


# --- Scripts of other sites ---


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/sparql", "POST"),
        ("/sparql", "GET"),
        ("/rdf-graph-store", "GET"),
        ("/graph/voc", "GET"),
        ("/.well-known/void", "GET"),
        ("/dati/catalogo.ttl", "GET"),
    ],
)
def test_the_preflight(send, path, method):
    headers = {
        "Origin": "https://yasgui.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "accept,content-type,if-none-match,range",
    }
    reply = send("OPTIONS", path, headers)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert method in reply.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = reply.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(headers["Access-Control-Request-Headers"].split(",")) <= set(allowed)
    assert "PUT" not in reply.headers["Allow"]


@pytest.mark.parametrize(
    "path", [ASK, "/sparql?query=ASK%7B", "/sparql", "/.well-known/void", "/graph/x"]
)
def test_other_sites_read_answers_and_problems(send, path):
    reply = send("GET", path, {"Origin": "https://yasgui.example"})
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    exposed = set(reply.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "Link", "Retry-After"} <= exposed
    assert "Origin" in reply.headers["Vary"].split(", ")
    assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Credentials" not in reply.headers


# --- Descriptions ---


@pytest.mark.parametrize("path", ["/sparql", "/.well-known/void"])
def test_descriptions_in_every_format(send, path):
    for accept in ("text/turtle", "application/rdf+xml", "application/ld+json"):
        reply = send("GET", path, {"Accept": accept})
        assert reply.status == 200
        assert reply.headers.get_content_type() == accept
        assert b"sparql" in reply.body
    problem(send("GET", path, {"Accept": "image/png"}), 406, "not-acceptable")


# --- Ranges of a file ---


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("BYTES=2-2", 2, 2)],
)
def test_a_range(send, dump, asked, first, last):
    whole = send("GET", dump)
    assert whole.headers["Accept-Ranges"] == "bytes"
    size = len(whole.body)
    start = first if first >= 0 else size + first
    end = size - 1 if last is None else last
    part = send("GET", dump, {"Range": asked, "Origin": "https://x.example"})
    assert part.status == 206
    assert part.body == whole.body[start : end + 1]
    assert part.headers["Content-Range"] == f"bytes {start}-{end}/{size}"
    assert part.headers["ETag"] == whole.headers["ETag"]
    assert "Content-Range" in part.headers["Access-Control-Expose-Headers"]
    head = send("HEAD", dump, {"Range": asked})
    assert (head.status, head.body) == (206, b"")
    assert head.headers["Content-Length"] == part.headers["Content-Length"]


def test_several_ranges(send, dump):
    part = send("GET", dump, {"Range": "bytes=0-1,5-6"})
    assert part.status == 206
    assert part.headers.get_content_type() == "multipart/byteranges"
    many = "bytes=" + ",".join(f"{number}-{number}" for number in range(0, 4_000, 2))
    assert send("GET", dump, {"Range": many}).status in (200, 206)


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=abc", "bytes=", "items=0-5", "bytes", "%"])
def test_a_range_that_cannot_be_read_is_passed_over(send, dump, asked):
    reply = send("GET", dump, {"Range": asked})
    assert reply.status == 200
    assert len(reply.body) == int(reply.headers["Content-Length"])


def test_a_range_that_the_file_does_not_reach(send, dump):
    size = len(send("GET", dump).body)
    for asked in (f"bytes={size}-", "bytes=999999999999-"):
        reply = send("GET", dump, {"Range": asked})
        problem(reply, 416, "range-not-satisfiable")
        assert reply.headers["Content-Range"] == f"bytes */{size}"


def test_if_range(send, dump):
    tag = send("HEAD", dump).headers["ETag"]
    asked = {"Range": "bytes=0-9"}
    assert send("GET", dump, {**asked, "If-Range": tag}).status == 206
    for other in ('"other"', "W/" + tag, "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert send("GET", dump, {**asked, "If-Range": other}).status == 200
        far = {"Range": "bytes=999999999999-", "If-Range": other}
        assert send("GET", dump, far).status == 200
    assert send("GET", dump, {**asked, "If-None-Match": tag}).status == 304


def test_the_problem_of_a_range_is_in_the_language_asked_for(send, dump):
    details = {
        problem(
            send("GET", dump, {"Range": "bytes=999999999-", "Accept-Language": lang}),
            416,
            "range-not-satisfiable",
        )["detail"]
        for lang in ("it", "en")
    }
    assert len(details) == 2


def test_the_description_names_the_address_that_answers(send, server):
    described = send("GET", "/sparql").body
    assert f"<{server.url}/sparql>".encode() in described
