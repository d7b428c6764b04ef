"""The worked cases of `cases/`: what the rules say is what was reckoned by hand before them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from talea_catalogue.replicability import Fact, Fit, Replicability

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return read


@pytest.fixture
def fit(case: dict[str, Any], engine: Replicability) -> Fit:
    found = engine.fit(case["practice"], case["comune"])
    assert found is not None
    return found


def test_verdicts_are_those_reckoned_by_hand(case: dict[str, Any], fit: Fit) -> None:
    found = {one.id: (one.verdict, one.judged) for one in fit.criteria}
    assert found == {
        code: (one["verdict"], one["judged"]) for code, one in case["criteria"].items()
    }


def test_coverage_is_that_reckoned_by_hand(case: dict[str, Any], fit: Fit) -> None:
    assert fit.comparable == case["coverage"]["comparable"]


def test_facts_reckoned_with_are_shown(case: dict[str, Any], fit: Fit) -> None:
    for code, one in case["criteria"].items():
        shown = {_key(fact) for fact in fit.criterion(code).facts}
        wanted = {_triple(*fact) for fact in one.get("facts", ())}
        assert wanted <= shown, code


def test_figures_are_those_reckoned_by_hand(case: dict[str, Any], fit: Fit) -> None:
    for code, one in case["criteria"].items():
        shown = fit.criterion(code).figures
        for name, value in one.get("figures", {}).items():
            assert shown[name] == pytest.approx(value, abs=0.005), (code, name)


def test_prerequisites_are_those_reckoned_by_hand(case: dict[str, Any], fit: Fit) -> None:
    found = {one.iri: one for one in fit.checks}
    assert list(found) == [one["prerequisite"] for one in case["blocks"]]
    for one in case["blocks"]:
        check = found[one["prerequisite"]]
        assert check.verdict == one["verdict"], one
        assert check.it.binding == one["binding"] or (
            one["binding"] is None and not check.it.binding
        )
        if "route" in one:
            assert check.route == one["route"], one
        assert {_triple(*fact) for fact in one.get("facts", ())} <= set(map(_key, check.facts))
    assert [one.iri for one in fit.blocks] == case["blocking"]


def test_closest_adopter_is_that_reckoned_by_hand(case: dict[str, Any], fit: Fit) -> None:
    if "closest" not in case:
        return
    wanted = case["closest"]
    assert fit.closest is not None
    assert fit.closest.adopter.iri == wanted["adopter"]
    found = {term.key: term.apart for term in fit.closest.near.terms}
    assert found == pytest.approx(wanted["terms"], abs=0.0001)
    assert math.isclose(fit.closest.near.distance, wanted["distance"], abs_tol=0.0001)


def _key(fact: Fact) -> tuple[str, str, str]:
    return _triple(fact.subject, fact.predicate, fact.object)


def _triple(subject: str, predicate: str, value: str) -> tuple[str, str, str]:
    """A number by its value: a store may write `45` for `45.0`."""
    try:
        return subject, predicate, f"{float(value):g}"
    except ValueError:
        return subject, predicate, value
