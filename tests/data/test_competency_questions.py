"""The 30 competency questions: headers, expected tables, honest counting, speed.

Each question is one file of `sparql/queries/`. Its answer on the shipped release, with the example
parameters of its header, is the table `competency/cq-NN.csv` beside this file. A question whose
header says that facts are missing also has an example, `tests/fixtures/catalogue/competency/
cq-NN.ttl`, with its own table. After a change of the records the tables and the `expected` lines
are written again with

    python tests/data/test_competency_questions.py DUMP

where DUMP is the `data.nq` of a release, and the difference is read before it is committed.
"""

from __future__ import annotations

import csv
import io
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from talea_catalogue import model
from talea_catalogue import namespaces as ns
from talea_catalogue.mapping import practice_from
from talea_catalogue.release import Release
from talea_sparql.guard import inspect
from talea_sparql.library import Library, NamedQuery
from talea_sparql.limits import Limits
from talea_sparql.store import TrustedStore, open_memory

ROOT = Path(__file__).resolve().parents[2]
QUERIES = ROOT / "sparql" / "queries"
ONTOLOGY = ROOT / "ontology"
TABLES = Path(__file__).parent / "competency"
EXAMPLES = ROOT / "tests" / "fixtures" / "catalogue" / "competency"

LIBRARY = Library.load(QUERIES)
QUESTIONS = {name: query for name, query in LIBRARY.items() if name.startswith("cq-")}
INCOMPLETE = {name: query for name, query in QUESTIONS.items() if "missing-it" in query.header}
NO_FACTS = {21, 22, 29, 30}
"""The questions of which the shipped release has no fact at all."""
NONE_LEFT = {20}
"""The question of what is missing, of which nothing is: each need has a practice tied to it."""

MILLISECONDS = 50


def number(name: str) -> int:
    return int(name[3:5])


def named(which: int) -> str:
    (name,) = (name for name in QUESTIONS if number(name) == which)
    return name


def loaded(path: Path) -> TrustedStore:
    """A store with one example file, in a named graph as a record would be."""
    store = ox.Store()
    graph = ox.NamedNode(ns.GRAPH + "pratica/esempio")
    store.load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=graph)
    return TrustedStore(store, LIBRARY)


def answer(store: TrustedStore, which: int, **values: Any) -> list[dict[str, str]]:
    """Rows as texts; the parameters not given have the values of the header."""
    query = QUESTIONS[named(which)]
    rows = store.select(query.name, **{**query.examples(), **values})
    return [{name: getattr(term, "value", str(term)) for name, term in row.items()} for row in rows]


def columns(query: NamedQuery) -> list[str]:
    """The names that the outer SELECT projects, in order."""
    head = query.text[: query.text.index("WHERE")]
    head = re.sub(r"\([^?]*\([^()]*\) AS (\?\w+)\)", r"\1", head[head.index("\nSELECT") :])
    return [name[1:] for name in re.findall(r"\?\w+", head)]


def table(store: TrustedStore, query: NamedQuery) -> str:
    """The answer with the example parameters, as CSV in canonical order."""
    names = columns(query)
    rows = answer(store, number(query.name))
    assert {name for row in rows for name in row} <= set(names)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(sorted([row.get(name, "") for name in names] for row in rows))
    return text.getvalue()


def table_of(folder: Path, query: NamedQuery) -> Path:
    return folder / f"{query.name[:5]}.csv"


def example_of(query: NamedQuery) -> Path:
    return EXAMPLES / f"{query.name[:5]}.ttl"


@pytest.fixture(scope="module")
def store(release: Release) -> TrustedStore:
    """The shipped catalogue with the queries as they are in the tree."""
    return TrustedStore(open_memory(release.dump), LIBRARY)


each = pytest.mark.parametrize("query", QUESTIONS.values(), ids=list(QUESTIONS))
each_incomplete = pytest.mark.parametrize("query", INCOMPLETE.values(), ids=list(INCOMPLETE))


# --- Headers ---


def test_the_thirty_questions_are_here_once_each() -> None:
    assert [number(name) for name in QUESTIONS] == list(range(1, 31))


@each
def test_a_header_says_everything_in_both_languages(query: NamedQuery) -> None:
    keys = {"title", "question", "answer"} | ({"missing"} if query.name in INCOMPLETE else set())
    for lang, other in (("it", "en"), ("en", "it")):
        for key in keys:
            assert len(query.header[f"{key}-{lang}"]) > 10, key
            assert query.header[f"{key}-{lang}"] != query.header[f"{key}-{other}"]
        assert query.header[f"question-{lang}"].endswith("?")
        assert query.header[f"answer-{lang}"].endswith(".")
        for parameter in query.parameters:
            assert parameter.labels[lang]
    assert ("missing-it" in query.header) == ("missing-en" in query.header)
    known = {f"{key}-{lang}" for key in keys for lang in ("it", "en")}
    names = {"expected", "parameters", "parameter-it", "parameter-en"}
    assert query.header.keys() <= known | names


@each
def test_a_question_is_within_the_public_limits(query: NamedQuery) -> None:
    """The page of the queries offers them to everybody."""
    inspect(query.bind(query.examples()), Limits())


@each
def test_every_term_of_a_question_is_declared(query: NamedQuery) -> None:
    known = {
        line.split()[0].removeprefix("talea:")
        for path in ONTOLOGY.glob("*.ttl")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"talea:\w+ a owl:", line)
    }
    used = set(re.findall(r"talea:(\w+)", query.text))
    assert used
    assert not used - known


@each
def test_every_example_value_is_in_the_release(query: NamedQuery, store: TrustedStore) -> None:
    iris = [ox.NamedNode(p.example) for p in query.parameters if p.type == "iri"]
    iris += [ox.NamedNode(iri) for iri in re.findall(rf"<({re.escape(ns.VOC)}[^>]+)>", query.text)]
    for iri in iris:
        assert next(store.quads(subject=iri), None), iri


# --- Answers on the shipped release ---


@each
def test_the_answer_is_the_expected_table(query: NamedQuery, store: TrustedStore) -> None:
    expected = table_of(TABLES, query).read_text(encoding="utf-8")
    assert table(store, query) == expected
    assert int(query.header["expected"]) == len(list(csv.reader(io.StringIO(expected)))) - 1


def test_only_questions_without_facts_have_no_answer() -> None:
    empty = {number(n) for n, q in QUESTIONS.items() if q.header["expected"] == "0"}
    assert empty == NO_FACTS | NONE_LEFT
    assert {named(which) for which in NO_FACTS} <= INCOMPLETE.keys()


@each
def test_an_unknown_thing_is_no_error(query: NamedQuery, store: TrustedStore) -> None:
    nothing = {p.name: "https://example.org/nothing" for p in query.parameters if p.type == "iri"}
    if nothing:
        assert answer(store, number(query.name), **nothing) == []


@each
def test_a_value_of_the_wrong_form_is_no_error(query: NamedQuery, store: TrustedStore) -> None:
    """As typed in a form: the number or date of another thing, or no number at all."""
    for parameter in query.parameters:
        if parameter.type != "iri":
            for value in ("venti", "-1", "9" * 40):
                answer(store, number(query.name), **{parameter.name: value})


@each
def test_no_row_comes_twice(query: NamedQuery, store: TrustedStore) -> None:
    rows = Counter(tuple(sorted(row.items())) for row in answer(store, number(query.name)))
    assert not [row for row, times in rows.items() if times > 1]


@each
def test_a_question_is_fast(query: NamedQuery, store: TrustedStore) -> None:
    """Warm. `-rP` prints the median; the fastest is judged, since others use the machine too."""
    values = query.examples()
    store.select(query.name, **values)
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        store.select(query.name, **values)
        spent.append((time.perf_counter() - start) * 1000)
    print(f"{query.name}: median {statistics.median(spent):.1f} ms")
    assert min(spent) < MILLISECONDS


# --- The same answers from the records, without SPARQL ---


@pytest.fixture(scope="module")
def practices(store: TrustedStore) -> dict[str, model.Practice]:
    """Every practice by IRI, read from its own graph by the mapping."""
    kind = ox.NamedNode(ns.ONTO + "GoodPractice")
    found = {}
    for quad in store.quads(predicate=ns.TYPE, object_=kind):
        triples = [q.triple for q in store.quads(graph=quad.graph_name)]
        iri = quad.subject.value
        found[iri] = practice_from(triples, ns.local(iri))
    assert len(found) > 100
    return found


def told(store: TrustedStore, which: int, practice: str) -> Counter[str]:
    """How many rows of each kind a question about one practice has."""
    rows = answer(store, which, practice=practice)
    return Counter(ns.local(row.get("kind", "")) for row in rows)


def test_the_parts_of_every_practice_are_told_once(
    store: TrustedStore, practices: dict[str, model.Practice]
) -> None:
    for iri, practice in practices.items():
        assert told(store, 5, iri) == +Counter(
            Action=len(practice.actions), Step=len(practice.steps)
        )
        assert told(store, 6, iri) == +Counter(
            FinancialResource=len(practice.budgets) + len(practice.costs),
            HumanResource=len(practice.staff),
            fundingSource=len(practice.funding),
            fundingAsSaid=int(practice.funding_as_said is not None),
        )
        assert told(store, 15, iri) == +Counter(
            Prerequisite=len(practice.prerequisites),
            CriticalFactor=len(practice.critical_factors),
            Component=sum(component.core is True for component in practice.components),
        )
        binding = {row["prerequisite"] for row in answer(store, 8, practice=iri)}
        assert len(binding) == sum(p.binding is True for p in practice.prerequisites)


def test_the_evidence_of_every_practice(
    store: TrustedStore, practices: dict[str, model.Practice]
) -> None:
    rows = {row["practice"]: row for row in answer(store, 27)}
    published = ns.concept("stato-editoriale", "pubblicata")
    changed = set()
    for iri, practice in practices.items():
        outcomes = [r for r in practice.results if r.kind is model.ResultKind.OUTCOME]
        measured = [r.measurement for r in outcomes if r.measurement]
        weak = not any(
            None not in (m.value, m.unit, m.period_as_said, m.method_as_said) for m in measured
        )
        assert (iri in rows) == (weak and practice.record.status == published), iri
        if iri in rows:
            assert int(rows[iri]["outcomes"]) == len(outcomes)
            assert int(rows[iri]["evaluations"]) == len(practice.evaluations)
        if any(None not in (m.value, m.baseline) for m in measured):
            changed.add(iri)
    assert {row["practice"] for row in answer(store, 11)} == changed


# --- Answers on example files ---


@each_incomplete
def test_an_incomplete_question_answers_its_example(query: NamedQuery) -> None:
    found = table(loaded(example_of(query)), query)
    assert found == table_of(EXAMPLES, query).read_text(encoding="utf-8")
    assert found.count("\n") > 1


def test_actions_come_by_number_and_not_by_text() -> None:
    rows = answer(loaded(EXAMPLES / "cq-05.ttl"), 5)
    assert [row["number"] for row in rows] == ["1", "2", "10", "1"]


def test_every_example_is_of_an_incomplete_question() -> None:
    present = {path.stem for path in EXAMPLES.glob("cq-*")}
    assert present == {query.name[:5] for query in INCOMPLETE.values()}


# --- No sum multiplies over a join ---


@pytest.fixture(scope="module")
def many() -> TrustedStore:
    return loaded(EXAMPLES / "many-parts.ttl")


MANY = ns.ID + "pratica/molte-parti"


def test_costs_and_staff_are_lines_and_never_totals(many: TrustedStore) -> None:
    rows = answer(many, 6, practice=MANY)
    assert Counter(ns.local(row["kind"]) for row in rows) == {
        "FinancialResource": 3,
        "HumanResource": 2,
    }
    assert sorted(row["amount"] for row in rows if "amount" in row) == ["1000", "1000", "2000"]
    assert [row["people"] for row in rows if "people" in row] == ["4"]


@pytest.mark.parametrize(
    ("residents", "budget", "found"),
    [("20000", "5000", 1), ("20000", "4999.99", 0), ("7499", "5000", 0), ("200000", "5000", 0)],
)
def test_what_a_comune_can_afford(
    many: TrustedStore, residents: str, budget: str, found: int
) -> None:
    """The upper end of a range counts; the places have 15,000 and 90,000 residents."""
    rows = answer(many, 7, residents=residents, budget=budget)
    assert len(rows) == found
    for row in rows:
        assert (row["sums"], row["largest"]) == ("3", "5000")
        assert (row["fewestResidents"], row["mostResidents"]) == ("15000", "90000")


def test_weak_evidence_is_counted_once(many: TrustedStore) -> None:
    rows = {ns.local(row["practice"]): row for row in answer(many, 27)}
    assert rows.keys() == {"molte-parti", "nulla"}
    assert (rows["molte-parti"]["outcomes"], rows["molte-parti"]["evaluations"]) == ("2", "2")
    assert (rows["nulla"]["outcomes"], rows["nulla"]["evaluations"]) == ("0", "0")


def test_only_an_outcome_has_a_change(many: TrustedStore) -> None:
    (row,) = answer(many, 11)
    assert ns.local(row["outcome"]) == "1"
    assert (row["change"], row["evaluations"]) == ("8", "2")


def test_a_comune_without_practices_is_shown(many: TrustedStore) -> None:
    rows = answer(many, 25, territory=ns.ID + "luogo/provincia-110")
    assert [(row["name"], row["own"], row["throughDistrict"]) for row in rows] == [
        ("A", "1", "0"),
        ("B", "1", "0"),
        ("C", "0", "0"),
    ]


# --- A network is no replication, a part told elsewhere is no second one, a circle ends ---


@pytest.fixture(scope="module")
def circles() -> TrustedStore:
    return loaded(EXAMPLES / "circles.ttl")


def test_who_replicated(circles: TrustedStore) -> None:
    rows = answer(circles, 16, practice=ns.ID + "pratica/a")
    assert [(row["name"], row.get("year")) for row in rows] == [
        ("A in A", None),
        ("A in B", "2019"),
    ]


def test_what_was_adapted(circles: TrustedStore) -> None:
    rows = answer(circles, 17, practice=ns.ID + "pratica/a")
    assert {(row["name"], row["change"]) for row in rows} == {
        ("A in B", "Di sera"),
        ("A in B", "Si fa di sera"),
    }


def test_a_part_told_by_a_record_of_another_practice_is_not_lost(circles: TrustedStore) -> None:
    rows = answer(circles, 16, practice=ns.ID + "pratica/d")
    assert [row["name"] for row in rows] == ["D, come A in B", "D in E"]


def test_a_chain_in_a_circle_ends(circles: TrustedStore) -> None:
    rows = answer(circles, 19, practice=ns.ID + "pratica/a")
    assert [(row["generation"], row["name"]) for row in rows] == [
        ("1", "A in A"),
        ("1", "A in B"),
        ("2", "B in C"),
        ("3", "C in A"),
    ]


def test_no_network_is_told_as_a_replication(store: TrustedStore) -> None:
    """Over every practice of the release, against the triples themselves."""
    network = ox.NamedNode(ns.concept("genere-replica", "stesso-programma"))
    onto = {name: ox.NamedNode(ns.ONTO + name) for name in
            ("replicates", "replicationKind", "detailedIn")}  # fmt: skip
    expected: dict[str, set[str]] = {}
    for quad in store.quads(predicate=onto["replicates"]):
        records = [q.object for q in store.quads(quad.subject, onto["detailedIn"])]
        told = any(
            next(store.quads(record, onto["replicates"], quad.object), None) for record in records
        )
        shared = next(store.quads(quad.subject, onto["replicationKind"], network), None)
        found = expected.setdefault(quad.object.value, set())
        if not told and not shared:
            found.add(quad.subject.value)
    assert sum(map(len, expected.values())) > 50
    for practice, replications in expected.items():
        rows = answer(store, 16, practice=practice)
        assert {row["replication"] for row in rows} == replications


# --- Writing the tables again ---


def _written(dump: Path) -> Iterator[tuple[Path, str]]:
    store = TrustedStore(open_memory(dump), LIBRARY)
    for query in QUESTIONS.values():
        text = table(store, query)
        yield table_of(TABLES, query), text
        rows = len(list(csv.reader(io.StringIO(text)))) - 1
        source = re.sub(r"(?m)^# expected: .*$", f"# expected: {rows}", query.text, count=1)
        yield QUERIES / f"{query.name}.rq", source
        if query.name in INCOMPLETE:
            yield table_of(EXAMPLES, query), table(loaded(example_of(query)), query)


if __name__ == "__main__":
    TABLES.mkdir(exist_ok=True)
    for path, text in _written(Path(sys.argv[1])):
        path.write_text(text, encoding="utf-8")
