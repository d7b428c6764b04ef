"""One shape for every error, for people and for machines; never a trace."""

import json

import pytest
from fastapi import FastAPI

from talea_api.app import create_app
from talea_sparql.pool import Pool


def test_a_machine_gets_a_problem_document(client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"
    assert answer.json()["status"] == 404


def test_a_person_gets_a_page_in_the_language_of_the_address(client):
    it, en = client.page("/nothing"), client.page("/en/nothing")
    assert it.status_code == en.status_code == 404
    assert 'lang="it"' in it.text
    assert "Questa pagina non c’è" in it.text
    assert 'lang="en"' in en.text
    assert "There is no such page" in en.text


def test_the_api_speaks_the_language_that_is_asked(client):
    answer = client.get("/api/v1/practices/nothing", headers={"Accept-Language": "en"})
    assert answer.json()["title"] == "There is no such page"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/x",
        "/\\evil.example",
        "/en//evil.example",
        '/"><script>alert(1)</script>',
        "/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/javascript:alert(1)",
        "/%0d%0aX-Injected:1",
        "/%ff%fe",
        "/%00",
    ],
)
def test_a_hostile_path_stays_text_and_on_this_site(client, path):
    answer = client.page("http://talea.test" + path)
    assert answer.status_code in (404, 400)
    assert "<script>" not in answer.text
    assert 'href="//' not in answer.text
    assert 'href="/\\' not in answer.text
    assert "x-injected" not in answer.headers


def test_an_address_too_long(client):
    answer = client.get("/pratiche?q=" + "a" * 20_000)
    assert answer.status_code == 414
    assert answer.json()["limit"] == 16_384


def test_a_body_too_large_declared_or_streamed(client):
    declared = client.post("/sparql", content=b"x" * 300_000)
    assert (declared.status_code, declared.json()["code"]) == (413, "body-too-large")

    async def endless():
        for _ in range(1_000):
            yield b"x" * 1_000

    streamed = client.post("/sparql", content=endless())
    assert (streamed.status_code, streamed.json()["code"]) == (413, "body-too-large")


@pytest.fixture(scope="module")
def broken(settings, release, places, open_client):
    """An application with a route that fails, and one whose client is limited."""
    from dataclasses import replace

    tight = replace(settings, rate_per_minute=60, rate_burst=3, sparql_children=1)
    app: FastAPI = create_app(tight, release, Pool(release.dump, tight.limits()), places=places)

    async def fail() -> None:
        raise RuntimeError("secret detail")

    app.add_api_route("/fail", fail)
    return open_client(app)


def test_a_surprise_shows_a_reference_and_no_trace(broken, caplog):
    for answer in (broken.get("/fail"), broken.page("/fail")):
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
    assert "secret detail" in caplog.text
    reference = broken.get("/fail").json()["reference"]
    assert reference in caplog.text


def test_expensive_doors_are_metered(broken):
    answers = [broken.get(f"/api/v1/search?q=anziani+{number}") for number in range(5)]
    refused = answers[-1]
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["limit"] == 60
    assert refused.headers["access-control-expose-headers"]
    assert broken.get("/").status_code == 200, "pages go on"
    json.dumps(refused.json())
