"""The quick validator and the reference say the same of every record, sound or broken."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import records
from talea_catalogue.quick import Look, Quick
from talea_catalogue.records import RecordFile
from talea_catalogue.sources import Sources
from talea_catalogue.validate import Checker, Report

XSD = "http://www.w3.org/2001/XMLSchema#"
BROKEN = 60
"""How many broken records the two are compared on."""
TERMS = (
    *(ox.Literal(text) for text in ("", "   ", "x", "5")),
    *(ox.Literal("x", language=tag) for tag in ("it", "en", "fr", "it-IT")),
    *(
        ox.Literal(text, datatype=ox.NamedNode(XSD + name))
        for text, name in (
            ("12x", "integer"),
            ("-5", "integer"),
            (" 5 ", "integer"),
            ("9" * 25, "integer"),
            ("3.5", "integer"),
            ("12.50", "decimal"),
            ("1e3", "double"),
            ("INF", "double"),
            ("2024-02-30", "date"),
            ("2024-01-01Z", "date"),
            ("2024-01-01T00:00:00", "date"),
            ("2024", "gYear"),
            ("maybe", "boolean"),
        )
    ),
    *(ox.NamedNode(iri) for iri in ("urn:x:y", "mailto:x", "https://w3id.org/talea/id/pratica/x")),
)
"""What nobody should write where it does not belong."""


@pytest.fixture(scope="module")
def reference(sources: Sources) -> Checker:
    """The reference alone."""
    checker = Checker(sources.ontology / "shapes")
    checker._quick = None
    return checker


@pytest.fixture(scope="module")
def shipped(sources: Sources) -> list[RecordFile]:
    """The shipped records."""
    return list(records.read_layers(sources.records, None).records.values())


def doubted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Slugs of what the quick validator leaves to the reference from now on."""
    seen: list[str] = []
    real = Quick.look

    def look(self: Quick, found: Sequence[RecordFile]) -> Look:
        told = real(self, found)
        seen.extend(record.slug for record in told.doubtful)
        return told

    monkeypatch.setattr(Quick, "look", look)
    return seen


def broken(record: RecordFile, draw: random.Random) -> RecordFile:
    """The record with one thing taken away, added, or said in other terms."""
    triples = list(record.triples)
    place = draw.randrange(len(triples))
    chosen = triples[place]
    match draw.randrange(5):
        case 0:
            triples.pop(place)
        case 1:
            triples = [t for t in triples if t.predicate != chosen.predicate] or triples
        case 2:
            triples[place] = ox.Triple(chosen.subject, chosen.predicate, draw.choice(TERMS))
        case 3:
            triples.append(ox.Triple(chosen.subject, chosen.predicate, draw.choice(TERMS)))
        case _:
            other = draw.choice(triples).object
            triples.append(ox.Triple(chosen.subject, chosen.predicate, other))
    return replace(record, triples=tuple(dict.fromkeys(triples)))


def test_on_the_shipped_records_findings_and_levels_are_those_of_the_reference(
    checker: Checker,
    reference: Checker,
    shipped: list[RecordFile],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = doubted(monkeypatch)
    report = checker.check(shipped)
    assert report == reference.check(shipped)
    assert len(report.levels) > 100
    assert report.findings
    assert left == []  # a sound record never waits for the reference


def test_on_every_example_findings_and_levels_are_those_of_the_reference(
    checker: Checker, reference: Checker, sources: Sources
) -> None:
    examples = [records.parse(p) for p in sorted((sources.ontology / "examples").rglob("*.ttl"))]
    assert len(examples) > 20
    for record in examples:
        assert checker.check([record]) == reference.check([record]), record.path


@pytest.mark.filterwarnings("ignore:Parsing weird boolean")
def test_on_broken_records_findings_and_levels_are_those_of_the_reference(
    checker: Checker, reference: Checker, shipped: list[RecordFile]
) -> None:
    draw = random.Random(3)
    faulty = 0
    for number in range(BROKEN):
        record = broken(draw.choice(shipped), draw)
        report = checker.check([record])
        assert report == reference.check([record]), (number, record.path)
        faulty += not report.conforms
    assert BROKEN / 4 < faulty < BROKEN


def test_among_many_only_the_broken_go_to_the_reference(
    checker: Checker, shipped: list[RecordFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    practices = [record for record in shipped if record.kind == "pratica"]
    bad = replace(practices[7], triples=practices[7].triples[:1])
    left = doubted(monkeypatch)
    report = checker.check([*practices[:7], bad, *practices[8:]])
    assert left == [bad.slug]
    assert report.faulty() == {str(bad.path)}


def test_two_files_that_describe_one_node_are_both_left_to_the_reference(
    checker: Checker, shipped: list[RecordFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = next(record for record in shipped if record.kind == "pratica")
    bad = replace(record, path=Path("other.ttl"), triples=record.triples[:1])
    left = doubted(monkeypatch)
    checker.check([bad, record, replace(record, triples=record.triples[1:])])
    assert left in ([], [record.slug] * 3)


class Panic(BaseException):
    """What a panic of an extension is."""


def test_where_the_quick_one_stops_the_reference_judges(
    sources: Sources, reference: Checker, shipped: list[RecordFile]
) -> None:
    class Stops:
        def validate_turtle(self, _: str) -> None:
            raise Panic

    checker = Checker(sources.ontology / "shapes")
    assert checker._quick is not None
    checker._quick._shapes = Stops()
    assert checker.check(shipped[:5]) == reference.check(shipped[:5])


def test_without_the_quick_one_the_reference_judges(
    sources: Sources,
    reference: Checker,
    shipped: list[RecordFile],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "shacl", None)
    checker = Checker(sources.ontology / "shapes")
    assert checker._quick is None
    assert checker.check(shipped[:5]) == reference.check(shipped[:5])


def test_nothing_to_check_is_an_empty_report(checker: Checker) -> None:
    assert checker.check([]) == Report()
