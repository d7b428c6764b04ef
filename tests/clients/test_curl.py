"""curl, as the pages and the documentation show it."""

import json
import shutil
import subprocess

import pytest

from talea_catalogue import namespaces as ns

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def curl(needs):
    """Run curl quietly and give what it printed."""
    program = shutil.which("curl")
    needs(program is not None, "curl is not here")

    def run(*arguments):
        done = subprocess.run(
            [program, "--silent", "--show-error", "--max-time", "20", *arguments],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


def test_a_query_in_the_address(curl, server):
    got = curl("--get", "--data-urlencode", f"query={COUNT}", server.url + "/sparql")
    assert int(json.loads(got)["results"]["bindings"][0]["n"]["value"]) > 10_000


def test_a_query_as_a_form(curl, server):
    got = curl(
        "-H", "Accept: text/csv", "--data-urlencode", f"query={COUNT}", server.url + "/sparql"
    )
    assert got.split()[0] == b"n"


def test_a_query_from_a_file(curl, server, tmp_path):
    file = tmp_path / "query.rq"
    file.write_text("# conta\n" + COUNT, encoding="utf-8")
    kind = "Content-Type: application/sparql-query"
    got = curl("-H", kind, "--data-binary", f"@{file}", server.url + "/sparql")
    assert b'"n"' in got
    assert got == curl(
        "-H",
        kind,
        "-H",
        "Expect: 100-continue",
        "--data-binary",
        f"@{file}",
        server.url + "/sparql",
    )


def test_compressed(curl, server):
    query = f"SELECT * {{ ?s a <{ns.ONTO}GoodPractice> }}"
    arguments = ("--get", "--data-urlencode", f"query={query}", server.url + "/sparql")
    assert curl(*arguments) == curl("--compressed", *arguments)


def test_only_the_head(curl, server):
    said = curl("--head", server.url + "/sparql?query=ASK%7B%7D").decode()
    assert said.startswith("HTTP/1.1 200")
    assert "etag:" in said.lower()


def test_a_graph_and_its_state(curl, server, tmp_path):
    address = server.url + "/rdf-graph-store"
    graph = f"graph={ns.GRAPH}voc"
    tags = tmp_path / "tag"
    got = curl("--get", "--data-urlencode", graph, "--etag-save", str(tags), address)
    assert b"ConceptScheme" in got
    again = curl("--get", "--data-urlencode", graph, "--etag-compare", str(tags), address)
    assert again == b""


def test_a_download_goes_on_where_it_stopped(curl, server, release, tmp_path):
    digest = release.manifest.data_digest_short
    address = f"{server.url}/dati/versioni/{digest}/talea.nq.gz"
    whole = curl(address)
    part = tmp_path / "talea.nq.gz"
    part.write_bytes(whole[:1_000])
    curl("--continue-at", "-", "--output", str(part), address)
    assert part.read_bytes() == whole


def test_a_mistake_has_its_status_and_its_problem(curl, server):
    said = curl(
        "--write-out", "\n%{http_code} %{content_type}", server.url + "/sparql?query=SELECT"
    ).decode()
    document, status = said.rsplit("\n", 1)
    assert status == "400 application/problem+json"
    assert json.loads(document)["code"] == "syntax"
