"""The trusted lane: named queries, their headers, and values that cannot become syntax."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from talea_sparql import Form, LibraryError
from talea_sparql.library import Library, NamedQuery, Parameter, Value, parse_query
from talea_sparql.store import TrustedStore, open_disk, open_memory

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sparql"
E = "http://example.org/"
HEADER = "# title-it: Prova\n# title-en: Test\n"


@pytest.fixture(scope="module")
def trusted() -> TrustedStore:
    return TrustedStore(open_memory(FIXTURES / "data.nq"), Library.load(FIXTURES / "queries"))


def test_the_library_reads_its_headers(trusted: TrustedStore) -> None:
    assert list(trusted.library) == ["has-label", "sheet", "things-of"]
    query = trusted.library["things-of"]
    assert query.form is Form.SELECT
    assert query.header["question-it"] == "Quali cose stanno in questo luogo?"
    assert query.parameters == (
        Parameter("place", "iri", f"{E}place/1"),
        Parameter("many", "integer", "10"),
    )
    assert len(trusted.library) == 3


def test_values_reach_a_subquery_and_a_limit(trusted: TrustedStore) -> None:
    rows = trusted.select("things-of", place=f"{E}place/1", many=10)
    assert rows == [
        {"thing": NamedNode(f"{E}thing/1"), "label": Literal("Uno", language="it")},
        {"thing": NamedNode(f"{E}thing/2")},
    ]
    assert len(trusted.select("things-of", place=NamedNode(f"{E}place/1"), many=1)) == 1


def test_ask_and_construct_over_all_graphs(trusted: TrustedStore) -> None:
    assert trusted.ask("has-label", label="Uno")
    assert not trusted.ask("has-label", label='Uno") || true || ("')
    assert len(trusted.construct("sheet", things=f"{E}thing/1")) == 2
    assert len(trusted.construct("sheet", things=[f"{E}thing/1", f"{E}thing/2"])) == 3
    assert trusted.construct("sheet", things=[]) == []


def test_examples_bind_in_every_query(trusted: TrustedStore) -> None:
    for query in trusted.library.values():
        trusted._store.query(query.bind(query.examples()))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("missing", {}),
        ("has-label", {}),
        ("has-label", {"label": "x", "other": "y"}),
        ("has-label", {"label": NamedNode(f"{E}x")}),
        ("things-of", {"place": f"{E}a> }} # ", "many": 1}),
        ("things-of", {"place": f"{E}a", "many": "1 OFFSET 2"}),
        ("things-of", {"place": f"{E}a", "many": -1}),
    ],
)
def test_wrong_calls_are_named(trusted: TrustedStore, name: str, values: dict[str, object]) -> None:
    with pytest.raises(LibraryError):
        trusted.select(name, **values)  # type: ignore[arg-type]


def test_the_wrong_form_is_named(trusted: TrustedStore) -> None:
    with pytest.raises(LibraryError, match="ASK"):
        trusted.select("has-label", label="x")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("ASK {}", "title-it"),
        ("# title-it: Prova\nASK {}", "title-en"),
        (HEADER + "# title-en: Twice\nASK {}", "twice"),
        (HEADER + "ASK { ?s ?p $x }", "declares"),
        (HEADER + "# parameters: x: iri <http://e/>\nASK {}", "declares"),
        (HEADER + "# parameters: x\nASK { ?s ?p $x }", "name: type example"),
        (HEADER + "# parameters: x: iri\nASK { ?s ?p $x }", "no example"),
        (HEADER + "# parameters: x: colour red\nASK { ?s ?p $x }", "colour"),
        (HEADER + "ASK { ?s ?p 'open }", "no end"),
        (HEADER + "ASK { SERVICE <http://e/> {} }", "SERVICE"),
    ],
)
def test_malformed_files_are_named(source: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "broken.rq").write_text(source, encoding="utf-8")
    with pytest.raises(LibraryError, match=complaint) as caught:
        Library.load(tmp_path)
    assert "broken.rq" in str(caught.value)


def query_of(kind: str, example: str) -> NamedQuery:
    return parse_query(
        "echo", f"{HEADER}# parameters: x: {kind} {example}\nSELECT ?y {{ BIND($x AS ?y) }}"
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_comes_back_as_it_went_in(text: str) -> None:
    store = TrustedStore(Store(), Library({"echo": query_of("string", "x")}))
    assert store.select("echo", x=text) == [{"y": Literal(text)}]


def test_typed_values_become_typed_terms() -> None:
    cases: list[tuple[str, Value, str]] = [
        ("integer", 3, "3"),
        ("boolean", True, "true"),
        ("date", "2026-01-31", "2026-01-31"),
        ("string@it", "perché", "perché"),
    ]
    for kind, value, text in cases:
        store = TrustedStore(Store(), Library({"echo": query_of(kind, "1")}))
        [row] = store.select("echo", x=value)
        term = row["y"]
        assert isinstance(term, Literal)
        assert term.value == text


def test_a_store_on_disk_is_read_only(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "db"))
    store.bulk_load(path=str(FIXTURES / "data.nq"))
    store.flush()
    del store
    opened = open_disk(tmp_path / "db")
    assert len(opened) == 4
    with pytest.raises(RuntimeError, match="read-write"):
        opened.clear()
    del opened
    shutil.rmtree(tmp_path / "db")
