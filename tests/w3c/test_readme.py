"""The table of the README says what there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from . import suite


def test_the_table_of_the_readme_is_true(needs: Callable[[bool, str], None]) -> None:
    needs(suite.ROOT.is_dir(), suite.ABSENT)
    text = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    found = {
        name: tuple(map(int, numbers.split(" | ")))
        for name, numbers in re.findall(r"^\| (.+?) \| ([0-9 |]+) \|$", text, re.MULTILINE)
    }
    protocol = [case.id for case in suite.http_cases("protocol/manifest.ttl")]
    evaluation = {case.iri for case in suite.query_cases("QueryEvaluationTest")}
    stores = (
        "graph-store-protocol/manifest-direct.ttl",
        "graph-store-protocol/manifest-indirect.ttl",
    )
    known = suite.known_failures("evaluation")
    assert known.keys() <= evaluation
    expected = {
        "protocol: queries": (sum("update" not in name for name in protocol), 0),
        "protocol: bad updates, refused": (
            sum(name.startswith("bad_") for name in protocol if "update" in name),
            0,
        ),
        "protocol: updates, refused as on any service that is only read": (
            sum(name.startswith("update_") for name in protocol),
            0,
        ),
        "query syntax, positive": (
            len(suite.query_cases("PositiveSyntaxTest11")),
            len(suite.known_failures("syntax")),
        ),
        "query syntax, negative": (len(suite.query_cases("NegativeSyntaxTest11")), 0),
        "query evaluation": (len(evaluation), len(known)),
        "CSV results": (len(suite.query_cases("CSVResultFormatTest")), 0),
        "service description": (3, 0),
        "graph store protocol: cases, of which reads hold and writes answer 405": (
            len(suite.http_cases(*stores)),
            0,
        ),
    }
    assert found == {
        name: (cases, cases - failures, failures) for name, (cases, failures) in expected.items()
    }
