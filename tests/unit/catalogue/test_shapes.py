"""The shapes: each has an example that only it refuses, and each speaks both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rdflib
from rdflib import RDF, SH

from talea_catalogue import namespaces as ns
from talea_catalogue import records
from talea_catalogue.sources import Sources
from talea_catalogue.validate import Checker, ontology_terms

ROOT = Path(__file__).resolve().parents[3] / "ontology"
TSH = rdflib.Namespace(ns.SHAPES)
PREFIXES = {**ns.PREFIXES, "tsh": ns.SHAPES}
VALID = sorted((ROOT / "examples" / "valid").rglob("*.ttl"))
INVALID = sorted((ROOT / "examples" / "invalid").rglob("*.ttl"))
SH_TERMS = {
    "IRI", "Info", "NodeShape", "PropertyShape", "class", "datatype", "in",
    "lessThanOrEquals", "maxCount",
    "maxInclusive", "message", "minCount", "minInclusive", "minLength", "name", "node", "nodeKind",
    "or", "path", "pattern", "property", "qualifiedMinCount", "qualifiedValueShape", "severity",
    "targetClass", "uniqueLang",
}  # fmt: skip
"""The terms of SHACL that the shapes use: a misspelt one would be ignored in silence."""

SHAPES = rdflib.Graph()
for module in sorted((ROOT / "shapes").glob("*.ttl")):
    SHAPES.parse(module, format="turtle")
RULES = Checker(ROOT / "shapes")._rules
PROPERTY_SHAPES = sorted(SHAPES.subjects(RDF.type, SH.PropertyShape))


def short(iri: str) -> str:
    """`dct:title` for an IRI under a known prefix, and `-` for none."""
    for prefix, full in PREFIXES.items():
        if iri.startswith(full):
            return f"{prefix}:{iri.removeprefix(full)}"
    return iri or "-"


def expected(path: Path, word: str) -> list[str]:
    """What the comments at the head of an example say after `fails:`, `lacks:` or `level:`."""
    return sorted(re.findall(rf"^# {word}: (.+)$", path.read_text(encoding="utf-8"), re.M))


def found(checker: Checker, path: Path) -> dict[str, list[str]]:
    report = checker.check([records.parse(path)])
    told = {"errore": set(), "manca": set(), "avviso": set()}
    for finding in report.findings:
        told[finding.severity].add(f"{short(finding.path)} {finding.rule}")
    return {
        "fails": sorted(told["errore"]),
        "lacks": sorted(told["manca"]),
        "level": [str(level.level) for level in report.levels.values()],
    }


@pytest.mark.parametrize("path", VALID, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_valid_example_passes_at_its_level(checker: Checker, path: Path) -> None:
    told = found(checker, path)
    assert told["fails"] == []
    assert told["level"] == expected(path, "level")


@pytest.mark.parametrize("path", INVALID, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_invalid_example_fails_where_it_says_and_nowhere_else(
    checker: Checker, path: Path
) -> None:
    told = found(checker, path)
    lacks = expected(path, "lacks")
    assert told["fails"] == expected(path, "fails")
    assert told["fails"] or lacks
    if lacks:
        assert (told["lacks"], told["level"]) == (lacks, expected(path, "level"))


def without(shape: rdflib.term.Node) -> Checker:
    """A checker that does not know one property shape."""
    checker = Checker(ROOT / "shapes" / "none")
    checker._quick = None
    checker._rules = RULES
    for triple in SHAPES:
        if shape not in (triple[0], triple[2]):
            checker._graph.add(triple)
    return checker


def passes(checker: Checker, path: Path) -> bool:
    """Whether the shapes find no violation or, in an example of a level, give a higher level."""
    report = checker.check([records.parse(path)])
    if expected(path, "lacks"):
        return [str(level.level) for level in report.levels.values()] > expected(path, "level")
    errors = {finding.rule for finding in report.findings if finding.severity == "errore"}
    return not any(rule.startswith("tsh:") for rule in errors)


NESTED = {
    TSH["achieved-result-kind"]: "risultati-solo-previsti",
    TSH["measured-outcome-measurement"]: "esito-senza-misura",
    TSH["dated-measurement-value"]: "esito-senza-valore",
    TSH["dated-measurement-period"]: "esito-senza-periodo",
    TSH["budget-amount-given"]: "risorsa-senza-importo",
    TSH["budget-title-given"]: "risorsa-senza-importo",
    TSH["factor-reason-given"]: "fattore-con-criterio-senza-motivo",
    TSH["factor-criterion-absent"]: "fattore-con-criterio-senza-motivo",
    TSH["prerequisite-measure-given"]: "prerequisito-con-minimo-senza-grandezza",
    TSH["prerequisite-measure-absent"]: "prerequisito-con-grandezza-senza-limiti",
    TSH["prerequisite-at-least-given"]: "prerequisito-con-grandezza-senza-limiti",
    TSH["prerequisite-at-least-absent"]: "prerequisito-con-minimo-senza-grandezza",
    TSH["prerequisite-at-most-given"]: "prerequisito-con-grandezza-senza-limiti",
    TSH["prerequisite-at-most-absent"]: "prerequisito-con-massimo-senza-grandezza",
    TSH["plan-source-given"]: "senza-fonte",
    TSH["plan-note-given"]: "senza-fonte",
}
"""Shapes whose own results do not reach the report: they are asked by another shape."""


@pytest.mark.parametrize("shape", PROPERTY_SHAPES, ids=lambda shape: shape.rsplit("/", 1)[-1])
def test_without_a_shape_some_invalid_example_would_pass(shape: rdflib.URIRef) -> None:
    name = short(shape)
    candidates = [
        path
        for path in INVALID
        if any(line.endswith(" " + name) for line in expected(path, "(?:fails|lacks)"))
        or path.stem == NESTED.get(shape)
    ]
    assert candidates, "no invalid example names this shape"
    mutant = without(shape)
    assert any(passes(mutant, path) for path in candidates)


@pytest.mark.parametrize("shape", PROPERTY_SHAPES, ids=lambda shape: shape.rsplit("/", 1)[-1])
def test_a_shape_has_a_path_and_a_name_and_message_in_both_languages(
    shape: rdflib.URIRef,
) -> None:
    assert len(list(SHAPES.objects(shape, SH.path))) == 1
    for predicate in (SH.name, SH.message):
        texts = {text.language: text for text in SHAPES.objects(shape, predicate)}
        assert set(texts) == {"it", "en"}
        assert all(texts.values())


def test_every_property_shape_is_used() -> None:
    assert not [shape for shape in PROPERTY_SHAPES if not list(SHAPES.subjects(SH.property, shape))]


def test_only_known_terms_of_shacl_are_used() -> None:
    used = {term for triple in SHAPES for term in triple if str(term).startswith(str(SH))}
    assert {str(term).removeprefix(str(SH)) for term in used} == SH_TERMS
    assert all(getattr(SH, term) for term in SH_TERMS)


def test_every_class_and_path_of_a_shape_exists_in_the_ontology(sources: Sources) -> None:
    known = ontology_terms(sources.ontology)
    named = {
        str(o) for p in (SH.path, SH.targetClass, SH["class"]) for o in SHAPES.objects(None, p)
    }
    assert not {iri for iri in named if iri.startswith(ns.ONTO)} - known


def test_no_shape_leads_back_to_itself() -> None:
    links = (SH.node, SH.property, SH.qualifiedValueShape, SH["or"], RDF.first, RDF.rest)

    def walk(shape: rdflib.term.Node, above: tuple[rdflib.term.Node, ...]) -> None:
        assert shape not in above, above
        for link in links:
            for below in SHAPES.objects(shape, link):
                walk(below, (*above, shape))

    for shape in set(SHAPES.subjects()):
        walk(shape, ())
