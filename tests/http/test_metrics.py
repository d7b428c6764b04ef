"""`/metrics`: what is counted, who may read it, and what never gets in."""

import ipaddress
from dataclasses import fields, replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from talea_api import metrics
from talea_api.app import create_app
from talea_api.security import comes_from
from talea_sparql.pool import Pool, PoolStats


def read(client):
    """The samples by name and labels, as a Prometheus server would read them."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }, answer.text


@pytest.fixture(scope="module")
def counted(settings, release, places, open_client):
    chosen = replace(settings, sparql_children=1)
    return open_client(
        create_app(chosen, release, Pool(release.dump, chosen.limits()), places=places)
    )


def test_what_is_asked_is_counted(counted):
    for query in ("ASK {}", "ASK {", "ASK { SERVICE <x:y> {} }", "INSERT DATA {}"):
        counted.get("/sparql", params={"query": query + " # secret-words"})
    counted.get("/pratiche?q=secret-words")
    counted.get("/nothing/secret-words")
    found, text = read(counted)
    assert found["talea_sparql_queries_total", "ok"] == 1
    for reason in ("syntax", "service-refused", "update-refused"):
        assert found["talea_sparql_queries_total", reason] == 1
    assert found["talea_http_requests_total", "200", "sparql"] == 1
    assert found["talea_http_requests_total", "404", "page"] == 1
    assert found["talea_http_request_seconds_count", "page"] == 2
    assert found["talea_http_response_bytes_total", "page"] > 1_000
    assert found["talea_sparql_queue_seconds_count",] == 1
    assert found["talea_sparql_evaluation_seconds_count",] == 1
    assert found["talea_sparql_evaluation_seconds_bucket", "+Inf"] == 1
    assert found["talea_sparql_children",] == 1
    assert found["talea_sparql_running",] == found["talea_sparql_waiting",] == 0
    assert found["talea_sparql_pool_answered_total",] == 1
    assert found["talea_sparql_pool_starts_total",] == 1
    assert found["process_resident_memory_bytes",] > 1_000_000
    assert "secret-words" not in text
    assert "127.0.0.1" not in text


def test_a_query_that_is_stopped_is_counted_by_its_reason(settings, release, places, open_client):
    chosen = replace(settings, sparql_children=1, sparql_seconds=1, sparql_result_mb=1)
    client = open_client(
        create_app(chosen, release, Pool(release.dump, chosen.limits()), places=places)
    )
    cross = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    client.get("/sparql", params={"query": f"SELECT (COUNT(*) AS ?n) {cross}"})
    client.get("/sparql", params={"query": f"SELECT * {cross}"})
    found, _ = read(client)
    assert found["talea_sparql_queries_total", "deadline"] == 1
    assert found["talea_sparql_queries_total", "result-too-large"] == 1
    assert found["talea_sparql_pool_killed_total",] == 1
    assert found["talea_sparql_evaluation_seconds_count",] == 2
    assert found["talea_sparql_evaluation_seconds_sum",] > 1, "the time of a stopped query counts"


def test_every_counter_of_the_pool_is_shown():
    assert {one.name for one in fields(PoolStats)} == metrics._NOW.keys() | metrics._SINCE.keys()


def scope(peer, **headers):
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return {"type": "http", "client": (peer, 1), "headers": pairs}


@pytest.mark.parametrize(
    ("peer", "headers", "may"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("10.1.2.3", {}, True),
        ("192.0.2.1", {}, False),
        ("2001:db8::1", {}, False),
        # Through the trusted proxy it counts who speaks, and what the proxy says of it.
        ("10.9.9.9", {"x_forwarded_for": "192.0.2.1"}, False),
        ("10.9.9.9", {"x_forwarded_for": "127.0.0.1, 192.0.2.1"}, False),
        ("10.9.9.9", {"x_forwarded_for": "10.1.2.3"}, True),
        # Through any other proxy nobody knows who speaks.
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}, False),
        ("127.0.0.1", {"via": "1.1 proxy"}, False),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, False),
    ],
)
def test_who_may_read(settings, peer, headers, may):
    readers = replace(settings, metrics_from="10.1.0.0/16").metrics_networks()
    trusted = (ipaddress.ip_network("10.9.9.9"),)
    assert comes_from(scope(peer, **headers), readers, trusted) is may


def test_the_others_are_told_so(client):
    answer = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-from-there")
    english = {"X-Forwarded-For": "192.0.2.1", "Accept-Language": "en"}
    assert client.get("/metrics", headers=english).json()["title"].startswith("These figures")
