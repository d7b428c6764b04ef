"""Query syntax over HTTP: 200 to what the grammar allows, 400 to the rest."""

from __future__ import annotations

import json

from . import suite
from .conftest import Service
from .suite import QueryCase

POSITIVE = suite.query_cases("PositiveSyntaxTest11")
NEGATIVE = suite.query_cases("NegativeSyntaxTest11")
KNOWN = suite.known_failures("syntax")
AT_LEAST = 102


def status_of(service: Service, case: QueryCase) -> tuple[int, str]:
    reply = service.send(
        "POST",
        "/sparql",
        [("Content-Type", "application/sparql-query")],
        case.query.read_bytes(),
    )
    return reply.status, reply.body.decode()


@suite.each(POSITIVE)
def test_good_syntax_is_answered(service: Service, case: QueryCase) -> None:
    status, body = status_of(service, case)
    if case.iri in KNOWN:
        assert status != 200, f"{case.iri} passes now: take it out of known_failures.toml"
    else:
        assert status == 200, body


@suite.each(NEGATIVE)
def test_bad_syntax_is_a_syntax_error(service: Service, case: QueryCase) -> None:
    status, body = status_of(service, case)
    assert status == 400, body
    assert json.loads(body)["code"] == "syntax"


def test_the_cases_are_all_here(service: Service) -> None:
    assert (len(POSITIVE), len(NEGATIVE)) == (63, 40)
    assert KNOWN.keys() <= {case.iri for case in POSITIVE}
    assert len(POSITIVE) + len(NEGATIVE) - len(KNOWN) >= AT_LEAST
