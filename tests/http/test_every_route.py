"""What holds at every address, by enumeration: a new route is enrolled by being there."""

import re

import pytest

from talea_api.app import inventory
from talea_api.security import HEADERS, WITH_SCRIPT

SCRIPTED = ("/sparql", "/en/sparql", "/", "/en/", "/pratiche", "/en/pratiche")
"""The pages that have a script, which their policy allows."""
SCRIPT = re.compile(r'<script src="/static/dist/(?:sparql|suggest)[^"]*" defer></script>')

EXAMPLES = {
    "slug": "melpignano-scambio",
    "istat": "072006",
    "id": "ats-bari",
    "kind": "evento",
    "scheme": "target",
    "notation": "anziani",
    "name": "dist/manifest.json",
    "rest": "luogo/072006",
    "file": "talea.nq.gz",
    "part": "1",
    "edition": "antologia",
}


@pytest.fixture(scope="session")
def addresses(app, release):
    """Every path of the application, with the examples in it, and its methods."""
    examples = EXAMPLES | {"digest": release.manifest.data_digest_short}
    return [
        (re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: examples[found[1]], path), methods)
        for path, methods in inventory(app)
    ]


def test_the_inventory_is_not_empty(addresses):
    assert {"/", "/en/", "/sparql", "/api/v1/search", "/healthz", "/comuni/072006.ttl"} <= {
        path for path, _ in addresses
    }


def test_every_answer_carries_the_headers_of_security(client, addresses):
    for path, _ in [*addresses, ("/nothing-here", None), ("/api/v1/nothing", None)]:
        answer = client.get(path)
        page = answer.headers.get("content-type", "").startswith("text/html")
        expected = HEADERS | (WITH_SCRIPT if page and path in SCRIPTED else {})
        for name, value in expected.items():
            if name == "Cross-Origin-Resource-Policy":
                assert answer.headers[name] in (value, "cross-origin"), path
            else:
                assert answer.headers[name] == value, path
        assert "set-cookie" not in answer.headers, path


def test_head_is_get_without_its_body(client, addresses):
    for path, methods in addresses:
        if "GET" not in methods:
            continue
        got, head = client.get(path), client.head(path)
        assert head.content == b"", path
        assert head.status_code == got.status_code, path
        for name in ("content-type", "content-length", "etag", "location", "vary"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)


def test_no_address_breaks(client, addresses):
    for path, _ in addresses:
        assert client.get(path).status_code < 500, path
        assert client.page(path).status_code < 500, path


def test_whatever_has_a_tag_answers_304(client, addresses):
    tagged = 0
    for path, _ in addresses:
        answer = client.get(path)
        tag = answer.headers.get("etag")
        if answer.status_code == 200 and tag:
            tagged += 1
            again = client.get(path, headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"] == tag, path
    assert tagged > 10


def test_other_methods_are_refused_and_told_what_is_allowed(client, addresses):
    for path, methods in addresses:
        answer = client.request("DELETE", path)
        assert answer.status_code == 405, path
        allowed = set(answer.headers["allow"].split(", "))
        assert allowed >= methods - {"OPTIONS"}, path
        assert answer.headers["content-type"] == "application/problem+json"


def test_pages_are_valid_in_both_languages(client, addresses):
    pages = [path for path, _ in addresses if not path.startswith(("/api/", "/static/"))]
    seen = 0
    for path in pages:
        answer = client.page(path)
        if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
            seen += 1
            lang = "en" if path == "/en" or path.startswith("/en/") else "it"
            assert f'<html lang="{lang}">' in answer.text, path
            assert answer.text.count("<h1") == 1, path
            text, scripts = SCRIPT.subn("", answer.text)
            assert scripts == (path in SCRIPTED), path
            assert "<script" not in text.replace('<script type="application/ld+json">', ""), path
            assert not re.search(r"\son[a-z]+=|style=", text), path
    assert seen >= 4
