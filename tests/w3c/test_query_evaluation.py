"""Query evaluation over HTTP: each case asks over its own dataset, named through the protocol.

Cases that fail are in `known_failures.toml` with the reason; one that begins to pass must leave it.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from . import suite
from .comparing import Result, expected, read, same
from .conftest import Service
from .suite import QueryCase

CASES = suite.query_cases("QueryEvaluationTest", "CSVResultFormatTest")
KNOWN = suite.known_failures("evaluation")
AT_LEAST = 0.95
NOTHING = "urn:talea:no-graph"
"""Of a case without data: else it would ask the union of all graphs."""

_ACCEPT = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".ttl": "application/sparql-results+json, text/turtle",
}
_READ = {accept.partition(",")[0]: suffix for suffix, accept in _ACCEPT.items() if suffix != ".ttl"}
_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>\"{}|^`\\\s]+>")
_ORDERED = re.compile(r"\border\s+by\b[^{}]*\Z", re.IGNORECASE)


def ask(service: Service, case: QueryCase, text: str) -> Result | str:
    """What the service answers to a case; why not, where it does not."""
    assert case.result is not None
    # A posted query has no address of its own: relative IRIs need to be told theirs.
    if _RELATIVE.search(text) and not re.search(r"\bBASE\b", text, re.IGNORECASE):
        text = f"BASE <{suite.address(case.query)}>\n{text}"
    dataset = [("default-graph-uri", one) for one in case.data]
    dataset += [("named-graph-uri", one) for one in case.graphs]
    if re.search(r"\bFROM\b", text):
        dataset = []  # the query says it by itself
    elif not dataset:
        dataset = [("default-graph-uri", NOTHING)]
    reply = service.send(
        "POST",
        "/sparql?" + urlencode(dataset),
        [
            ("Content-Type", "application/sparql-query"),
            ("Accept", _ACCEPT[case.result.suffix]),
        ],
        text.encode(),
    )
    if reply.status != 200:
        return f"{reply.status} {reply.body.decode()}"
    return read(reply.body, _READ.get(reply.media_type, ".ttl"))


@suite.each(CASES)
def test_evaluation(service: Service, case: QueryCase) -> None:
    assert case.result is not None
    text = case.query.read_text(encoding="utf-8")
    wanted = expected(case.result, suite.address(case.result))
    found = ask(service, case, text)
    right = not isinstance(found, str) and same(found, wanted, ordered=bool(_ORDERED.search(text)))
    if case.iri in KNOWN:
        assert not right, f"{case.iri} passes now: take it out of known_failures.toml"
        return
    assert right, f"{case.query}\n{text}\nexpected {wanted}\nfound {found}"


def test_enough_cases_pass(service: Service) -> None:
    """With the cases above this is the bar: what is listed fails, what is not listed passes."""
    evaluated = {case.iri for case in CASES if case.kind == "QueryEvaluationTest"}
    assert len(evaluated) == 232
    assert KNOWN.keys() <= {case.iri for case in CASES}
    assert all(reason.strip() for reason in KNOWN.values())
    assert 1 - len(KNOWN) / len(evaluated) >= AT_LEAST
