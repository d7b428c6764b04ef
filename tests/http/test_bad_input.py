"""Bad input to a real server, byte by byte: a problem document in the asked language, each time.

Slow clients and those that leave are in `tests/hostile`, with more of each kind.
"""

import contextlib
import json
import socket
from urllib.parse import quote

import pytest

from talea_api.codes import CODES
from talea_api.settings import Settings

LIMITS = Settings().limits()
QUERY = b"Content-Type: application/sparql-query"
FORM = b"Content-Type: application/x-www-form-urlencoded"
ASK = quote("ASK {}")
DEEP = quote("ASK " + "{" * 99 + "}" * 99)
WIDE = quote("ASK {" + "?s ?p ?o . " * 99 + "}")


def get(target, *headers):
    """A GET of an address."""
    return [b"GET " + target.encode("latin-1") + b" HTTP/1.1", *headers], b""


def post(body, *headers, target="/sparql"):
    """A POST of a body."""
    length = b"Content-Length: " + str(len(body)).encode()
    return [b"POST " + target.encode() + b" HTTP/1.1", length, *headers], body


CASES = {
    "an unknown parameter": (get(f"/sparql?query={ASK}&defualt-graph-uri=a:b"), 400, "malformed"),
    "two queries": (get(f"/sparql?query={ASK}&query={ASK}"), 400, "malformed"),
    "two queries in two places": (
        post(b"ASK {}", QUERY, target=f"/sparql?query={ASK}"),
        400,
        "malformed",
    ),
    "two queries in a form": (post(b"query=ASK%7B%7D&query=ASK%7B%7D", FORM), 400, "malformed"),
    "no query": (post(b"", QUERY), 400, "malformed"),
    "a form without a query": (post(b"a=b", FORM), 400, None),
    "an address that is no UTF-8": (get("/sparql?query=%ff"), 400, "malformed"),
    "a body that is no UTF-8": (post(b"ASK { \xff }", QUERY), 400, "malformed"),
    "a form that is no UTF-8": (post(b"query=%C3%28", FORM), 400, "malformed"),
    "UTF-16": (post(b"A\0S\0K\0", QUERY + b"; charset=utf-16"), 415, "unsupported-media-type"),
    "no type": (post(b"ASK {}"), 415, "unsupported-media-type"),
    "a type of no query": (post(b"ASK {}", b"Content-Type: a/b"), 415, "unsupported-media-type"),
    "a graph that is no address": (
        get(f"/sparql?query={ASK}&named-graph-uri=x"),
        400,
        "malformed",
    ),
    "no format": (get(f"/sparql?query={ASK}", b"Accept: image/png"), 406, "not-acceptable"),
    "a mistake": (get("/sparql?query=" + quote("ASK {\n ?s ?p }")), 400, "syntax"),
    "too deep": (get("/sparql?query=" + DEEP), 400, "too-deep"),
    "too many patterns": (get("/sparql?query=" + WIDE), 400, "too-many-patterns"),
    "a long query": (post(b"ASK {} #" + b"a" * 70_000, QUERY), 413, "query-too-long"),
    "a long body": (post(b"a" * 300_000, QUERY), 413, "body-too-large"),
    "a long address": (get(f"/sparql?query={ASK}%23" + "a" * 20_000), 414, "address-too-long"),
    "long headers": (get("/sparql", b"X: " + b"a" * 70_000), 431, "headers-too-long"),
    "many headers": (get("/sparql", *[b"X: abcdef"] * 20_000), 431, "headers-too-long"),
    "two lengths": (
        post(b"ASK {}", QUERY, b"Content-Length: 9"),
        400,
        "not-http",
    ),
    "no HTTP": (([b"HELLO"], b""), 400, "not-http"),
    "federation": (
        get("/sparql?query=" + quote("ASK { SERVICE <http://127.0.0.1/> {} }")),
        403,
        "service-refused",
    ),
    "an update": (get("/sparql?update=" + quote("DROP ALL")), 403, "update-refused"),
    "another method": (([b"DELETE /sparql HTTP/1.1"], b""), 405, "method"),
}
LIMIT = {
    "too deep": LIMITS.nesting_depth,
    "too many patterns": LIMITS.patterns,
    "a long query": LIMITS.query_bytes,
    "a long body": 256 * 1_024,
    "a long address": 16 * 1_024,
    "long headers": 65_536,
    "many headers": 65_536,
}


def exchange(server, lines, body, lang):
    """Send a request as it is, and read its answer."""
    first, *rest = lines
    asked = [first, b"Host: x", b"Accept-Language: " + lang.encode(), b"Connection: close", *rest]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with contextlib.suppress(OSError):  # refused before all of it was sent
            connection.sendall(b"\r\n".join([*asked, b"", b""]) + body)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                answer += part
    head, _, sent = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower(), answer[:500]
    return int(head.split()[1]), json.loads(sent)


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_explained_in_the_language_that_is_asked(server, name):
    (lines, body), status, code = CASES[name]
    said = {}
    for lang in ("it", "en"):
        got, problem = exchange(server, lines, body, lang)
        assert got == problem["status"] == status, problem
        assert code is None or problem["code"] == code, problem
        title = CODES[problem["code"]].title
        assert problem["title"] == title.to(lang)
        assert problem.get("limit") == LIMIT.get(name)
        said[lang] = problem["detail"]
    assert said["it"] != said["en"], "one of them is not in its language"
