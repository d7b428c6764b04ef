"""The SPARQL 1.1 Protocol suite. The service is read only: every update must be refused."""

from __future__ import annotations

import json

from . import suite
from .conftest import Reply, Service
from .suite import Exchange, HttpCase

CASES = suite.http_cases("protocol/manifest.ttl")
UPDATES = [case for case in CASES if case.id.startswith("update_")]
OTHERS = [case for case in CASES if case not in UPDATES]
FORMATS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"application/rdf+xml", "text/turtle", "application/n-triples"},
}


def sent(service: Service, exchange: Exchange) -> Reply:
    path = exchange.path.replace("/sparql/", "/sparql", 1)
    return service.send(exchange.method, path, exchange.headers, exchange.body)


def is_update(exchange: Exchange) -> bool:
    kinds = dict(exchange.headers).get("content-type", "")
    return "sparql-update" in kinds or exchange.body.startswith(b"update=")


@suite.each(OTHERS)
def test_queries_and_what_is_not_one(service: Service, case: HttpCase) -> None:
    for exchange in case.exchanges:
        reply = sent(service, exchange)
        assert exchange.expects(reply.status), (reply.status, reply.body)
        if reply.status >= 400:
            assert reply.media_type == "application/problem+json"
            assert json.loads(reply.body)["status"] == reply.status
        if exchange.form is not None:
            assert reply.media_type in FORMATS[exchange.form]
        if exchange.boolean is not None:
            assert json.loads(reply.body)["boolean"] is exchange.boolean


@suite.each(UPDATES)
def test_updates_are_refused(service: Service, case: HttpCase) -> None:
    updates = [exchange for exchange in case.exchanges if is_update(exchange)]
    assert updates
    for exchange in updates:
        reply = sent(service, exchange)
        assert reply.status == 403
        assert json.loads(reply.body)["code"] == "update-refused"


def test_the_cases_are_all_here(service: Service) -> None:
    bad = [case for case in OTHERS if "update" in case.id]
    assert (len(OTHERS) - len(bad), len(bad), len(UPDATES)) == (20, 7, 7)
