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
    assert (missing["status"], missing["lane"]) == (404, "page")
    assert "secret" not in caplog.text
    assert "ASK" not in caplog.text


@pytest.mark.parametrize(
    ("path", "lane"),
    [("/static/x.css", "static"), ("/comuni/072006.ttl", "data"), ("/api/v1/search", "api")],
)
def test_lanes(path, lane):
    assert lane_of(path) == lane
