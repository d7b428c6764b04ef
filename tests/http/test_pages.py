"""The mechanics of pages: language, cache key, compression, negotiation."""

import gzip

import pytest


def test_the_home_page(client):
    answer = client.page("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == "it"
    assert 'action="/pratiche"' in answer.text


def test_english_has_its_own_addresses(client):
    assert client.page("/en").headers["location"] == "/en/"
    answer = client.page("/en/")
    assert answer.headers["content-language"] == "en"
    assert 'action="/en/pratiche"' in answer.text


def test_the_host_header_is_never_believed(client):
    answer = client.get("/", headers={"Host": "evil.example", "Accept": "text/html"})
    assert "evil.example" not in answer.text
    assert "evil.example" not in str(answer.headers)


def test_unknown_parameters_change_nothing_and_fill_no_cache(client, app):
    cache = app.state.services.cache
    plain = client.page("/")
    before = len(cache)
    for number in range(50):
        answer = client.page(f"/?utm_source={number}&q[]=x&__proto__=1")
        assert answer.headers["etag"] == plain.headers["etag"]
    assert len(cache) == before


def test_gzip_is_the_same_page(client):
    packed = client.request("GET", "/", headers={"Accept-Encoding": "gzip"})
    plain = client.request("GET", "/", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content  # httpx has unpacked the first
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in packed.headers["vary"]
    assert int(packed.headers["content-length"]) < len(gzip.compress(plain.content)) + 100


@pytest.mark.parametrize("accept", ["text/html", "*/*", "", "application/xhtml+xml", "text/*"])
def test_a_page_is_html(client, accept):
    assert client.get("/", headers={"Accept": accept}).status_code == 200


def test_what_a_page_is_not(client):
    answer = client.get("/", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["available"] == ["text/html"]
