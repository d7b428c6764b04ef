"""The access log says where time went, and nothing of who asked for what."""

import json
from dataclasses import replace

import pytest

from talea_api.access import lane_of
from talea_api.app import create_app
from talea_sparql.pool import Pool


@pytest.fixture(scope="module")
def logged(settings, release, places, open_client):
    chosen = replace(settings, access_log=True, sparql_children=1)
    return open_client(
        create_app(chosen, release, Pool(release.dump, chosen.limits()), places=places)
    )


def lines(caplog):
    return [json.loads(one.message) for one in caplog.records if one.name == "talea.access"]


def test_a_line_a_request(logged, caplog):
    caplog.set_level("INFO", "talea.access")
    page = logged.get("/?secret=1")
    logged.get("/sparql", params={"query": "ASK {}"})
    logged.get("/sparql", params={"query": "ASK {"})
    logged.get("/nothing")
    first, asked, wrong, missing = lines(caplog)
    assert first["lane"] == "page"
    assert (first["status"], first["bytes"]) == (200, int(page.headers["content-length"]))
    assert asked["lane"] == "sparql"
    assert asked["outcome"] == "ok"
    assert asked["eval_ms"] >= 0
    assert wrong["outcome"] == "syntax"
    assert wrong["lane"] == "sparql"
    assert (missing["status"], missing["lane"]) == (404, "page")
    assert missing["outcome"] == "not-found"
    assert "secret" not in caplog.text
    assert "ASK" not in caplog.text


@pytest.mark.parametrize(
    ("path", "lane"),
    [("/static/x.css", "static"), ("/comuni/072006.ttl", "data"), ("/api/v1/search", "api")],
)
def test_lanes(path, lane):
    assert lane_of(path) == lane


def test_a_query_says_how_it_ended(logged, caplog):
    caplog.set_level("INFO", "talea.access")
    query = {"query": "ASK {} # how it ended"}
    tag = logged.get("/sparql", params=query).headers["etag"]
    logged.get("/sparql", params=query)
    logged.get("/sparql", params=query, headers={"If-None-Match": tag, "Accept": "*/*"})
    logged.get("/sparql", params={"query": "SELECT (1 AS ?x) {} #" + "x" * 15_000})
    logged.post("/sparql", content=b"x" * 300_000)
    first, again, known, _, large = lines(caplog)
    assert (first["outcome"], first["cache"]) == ("ok", "miss")
    assert {"queue_ms", "eval_ms"} <= first.keys()
    assert (again["outcome"], again["cache"], "eval_ms" in again) == ("ok", "hit", False)
    assert known["status"] == 304
    assert (large["status"], large["outcome"]) == (413, "body-too-large")
