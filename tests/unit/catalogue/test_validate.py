"""`talea validate` names the file, the field and the rule, in Italian, and blames nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import mapping, records
from talea_catalogue import namespaces as ns
from talea_catalogue.records import RecordFile
from talea_catalogue.sources import Sources
from talea_catalogue.validate import Checker, validate

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "catalogue" / "records" / "pratica"
PREFIXES = {**ns.PREFIXES, "sh": "http://www.w3.org/ns/shacl#"}

Group = tuple[str, str]
"""A node and a property: what a required field is."""


def required() -> dict[Group, tuple[str, str]]:
    """(class, property) -> (rule, Italian name) of every `sh:minCount` of the well-formedness
    shapes and of level 2, read from the Turtle files with a query of our own."""
    store = ox.Store()
    for file in (ROOT / "ontology" / "shapes").glob("*.ttl"):
        if file.name not in ("level-3.ttl", "level-4.ttl"):
            store.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE)
    rows = store.query(
        """SELECT ?class ?path ?rule ?name {
             { ?node sh:targetClass ?class } UNION { ?use sh:node ?node . ?node sh:property ?k .
               ?k sh:path rdf:type ; sh:in/rdf:rest*/rdf:first ?class }
             ?node sh:property ?rule . ?rule sh:path ?path ; sh:minCount 1 ; sh:name ?name
             FILTER (lang(?name) = "it") }""",
        prefixes=PREFIXES,
    )
    assert isinstance(rows, ox.QuerySolutions)
    return {
        (row["class"].value, row["path"].value): (row["rule"].value, row["name"].value)
        for row in rows
    }


REQUIRED = required()


def groups(record: RecordFile) -> Iterator[tuple[Group, Group]]:
    """The required fields of a record: as (class, property), and as (node, property)."""
    classes = {t.subject.value: t.object.value for t in record.triples if t.predicate == ns.TYPE}
    for triple in dict.fromkeys((t.subject.value, t.predicate.value) for t in record.triples):
        kind = (classes.get(triple[0], ""), triple[1])
        if kind in REQUIRED:
            yield kind, triple


def cases() -> dict[str, tuple[Path, Group, Group]]:
    """For each required field, the first shipped record that has it (of practices, at level 2)."""
    found: dict[str, tuple[Path, Group, Group]] = {}
    for path in [*sorted(SHIPPED.glob("*.ttl")), *sorted(SHIPPED.parent.glob("replica/*.ttl"))]:
        record = records.parse(path)
        acts = any(t.predicate.value == ns.ONTO + "hasAction" for t in record.triples)
        if record.kind == "pratica" and not acts:
            continue
        for kind, group in groups(record):
            name = "-".join(ns.local(iri).rsplit("#", 1)[-1] for iri in kind)
            found.setdefault(name, (path, kind, group))
    return found


CASES = cases()


def test_the_shipped_records_have_all_the_kinds_of_required_field() -> None:
    of_practices = {kind for kind in REQUIRED if "GoodPractice" in kind[0] or "talea" in kind[0]}
    absent = of_practices - {kind for _, kind, _ in CASES.values()}
    others = ("RegionalGovernment", "Foreign", "ThirdSector", "SocialEnterprise", "Temporary")
    others += ("FestivalEdition", "Project", "Plan", "ProvincialGovernment", "Partnership")
    others += ("Publication",)
    assert not [kind for kind in absent if not any(word in kind[0] for word in others)]


@pytest.mark.parametrize("case", CASES)
def test_without_a_required_field_the_file_the_field_and_the_rule_are_named(
    checker: Checker, case: str
) -> None:
    path, kind, (node, predicate) = CASES[case]
    whole = records.parse(path)
    gone = [t for t in whole.triples if (t.subject.value, t.predicate.value) == (node, predicate)]
    parts = tuple(t.object.value for t in gone if t.object.value.startswith(node + "/"))
    left = [t for t in whole.triples if t not in gone and not t.subject.value.startswith(parts)]
    report = checker.check([replace(whole, triples=tuple(left))])
    rule, name = REQUIRED[kind]
    told = [f for f in report.findings if f.rule == "tsh:" + ns.local(rule)]
    assert told, [str(finding) for finding in report.findings]
    assert all(f.file == str(path) and f.field == name for f in told)
    assert node in {f.node for f in told}
    text = str(told[0])
    assert text.startswith(f"{path}: {name}: ")
    assert text.isprintable()
    if told[0].severity == "manca":
        assert report.levels[path.stem].level < 2
        assert report.levels[path.stem].missing == (predicate,)
    else:
        assert not report.conforms
        assert path.stem not in report.levels


def test_the_shipped_records_conform_and_no_warning_is_given(sources: Sources) -> None:
    report = validate(sources, None)
    assert report.conforms
    assert {finding.severity for finding in report.findings} == {"manca"}
    assert len(report.levels) == 124


# --- One bad file ---

ME = "<https://w3id.org/talea/id/pratica/bari-social-book>"
HEAD = "@prefix talea: <https://w3id.org/talea/onto/> .\n"
FAULTS = {
    "a Comune that is not": (
        f"{ME} talea:implementedIn <https://w3id.org/talea/id/luogo/072999> .",
        ("implementedIn", "unknown-reference"),
    ),
    "a body that is not": (
        f"{ME} talea:promotedBy <https://w3id.org/talea/id/ente/nessuno> .",
        ("promotedBy", "unknown-reference"),
    ),
    "a concept that is not": (
        f"{ME} talea:thematicArea <https://w3id.org/talea/voc/area-tematica/9> .",
        ("thematicArea", "unknown-reference"),
    ),
    "a property that is not": (f'{ME} talea:colour "red" .', ("colour", "unknown-property")),
    "an English title": (
        f'{ME} <{ns.DCT}title> "Reading"@en .',
        ("title", "readable"),
    ),
    "a second page": (
        f"{ME} <{ns.FOAF}page> <https://a.it> , <https://b.it> .",
        ("page", "readable"),
    ),
    "a part of another practice": (
        f"{ME} talea:hasAction <https://w3id.org/talea/id/pratica/bari-housing-lab/azione/1> .",
        ("hasAction", "unread"),
    ),
}


@pytest.mark.parametrize(("line", "told"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_by_field_and_rule(
    put: Callable[..., Path],
    sources: Sources,
    model_record: str,
    line: str,
    told: tuple[str, str],
) -> None:
    path = put("pratica/bari-social-book.ttl", HEAD.replace("talea:", "t:") + model_record + line)
    report = validate(sources, None, [path])
    errors = [f for f in report.findings if f.severity == "errore"]
    assert told in {(finding.field, finding.rule) for finding in errors}
    assert {finding.file for finding in errors} == {str(path)}


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("pratica/x.ttl", "", "kind"),
        ("pratica/x.ttl", "<https://w3id.org/talea/id/pratica/x> <http://a/b> 1 .", "kind"),
        ("pratica/x.ttl", "<https://w3id.org/talea/id/pratica/x> a talea:Need .", "kind"),
        ("ente/x.ttl", "<https://w3id.org/talea/id/ente/x> a talea:GoodPractice .", "kind"),
        ("ente/ats-trani.ttl", "", "territory"),
        ("luogo/072006.ttl", "", "territory"),
        ("pratica/x.ttl", "non è Turtle", "readable"),
    ],
)
def test_a_record_that_is_not_what_its_place_says_is_an_error(
    put: Callable[..., Path], sources: Sources, name: str, text: str, rule: str
) -> None:
    report = validate(sources, None, [put(name, HEAD + text if text else text)])
    assert rule in {f.rule for f in report.findings if f.severity == "errore"}


def test_a_record_that_points_into_another_is_blamed_alone(
    put: Callable[..., Path], sources: Sources, checker: Checker, model_record: str
) -> None:
    bad = put(
        "pratica/bari-social-book.ttl",
        model_record
        + f"{ME} talea:hasReportedResult <https://w3id.org/talea/id/pratica/trani-bisceglie-pis> .",
    )
    innocent = SHIPPED / "trani-bisceglie-pis.ttl"
    report = checker.check([records.parse(bad), records.parse(innocent)])
    assert report.faulty() == {str(bad)}


def test_a_missing_path_is_named_in_italian(sources: Sources, tmp_path: Path) -> None:
    report = validate(sources, None, [tmp_path / "pratica" / "x.ttl"])
    assert [f.message for f in report.findings] == ["non si può leggere: non esiste"]


def test_a_part_that_nothing_leads_to_is_an_error(
    put: Callable[..., Path], sources: Sources, model_record: str
) -> None:
    part = f'{ME[:-1]}/azione/9> a talea:Action ; <{ns.DCT}title> "Orfana"@it .'
    report = validate(sources, None, [put("pratica/bari-social-book.ttl", model_record + part)])
    assert [f.rule for f in report.findings if f.severity == "errore"] == ["unread"]


def test_a_folder_is_checked_whole(put: Callable[..., Path], sources: Sources) -> None:
    bad = put("pratica/x.ttl", "non è Turtle")
    put("altro.ttl", "")
    report = validate(sources, None, [bad.parent.parent])
    assert {Path(f.file).name for f in report.findings} == {"x.ttl", "altro.ttl"}


def test_a_withdrawn_practice_has_no_level_and_may_still_be_named(
    put: Callable[..., Path], sources: Sources, tmp_path: Path
) -> None:
    put(
        "pratica/barcellona-radars.ttl",
        "<https://w3id.org/talea/id/pratica/barcellona-radars> "
        "<http://www.w3.org/2002/07/owl#deprecated> true .",
    )
    report = validate(sources, tmp_path)
    assert report.conforms
    assert "barcellona-radars" not in report.levels


def test_a_body_that_practices_need_cannot_be_withdrawn_in_silence(
    put: Callable[..., Path], sources: Sources, tmp_path: Path
) -> None:
    put(
        "ente/comunita-emmanuel.ttl",
        "<https://w3id.org/talea/id/ente/comunita-emmanuel> "
        "<http://www.w3.org/2002/07/owl#deprecated> true .",
    )
    errors = [f for f in validate(sources, tmp_path).findings if f.severity == "errore"]
    assert {f.rule for f in errors} == {"unknown-reference"}


def test_levels_follow_the_heads_of_the_festival(checker: Checker) -> None:
    """From level 2 up, adding what is missing raises the level by one."""
    record = records.parse(SHIPPED / "bari-social-book.ttl")
    me = ox.NamedNode(record.iri)
    extra = [
        ox.Triple(me, mapping.T.replicabilityStatement, ox.Literal("sì", language="it")),
    ]
    for name, kind, link in (
        ("ostacolo", mapping.T.Obstacle, mapping.T.hasObstacle),
        ("margine", mapping.T.ImprovementArea, mapping.T.hasImprovementArea),
    ):
        part = ox.NamedNode(f"{record.iri}/{name}/1")
        extra += [
            ox.Triple(me, link, part),
            ox.Triple(part, ns.TYPE, kind),
            ox.Triple(part, ns.DESCRIPTION, ox.Literal("x", language="it")),
        ]
    raised = replace(record, triples=record.triples + tuple(extra))
    assert checker.check([record]).levels[record.slug].level == 2
    assert checker.check([raised]).levels[record.slug].level == 3
