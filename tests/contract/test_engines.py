"""One contract for every engine: what both lanes promise, whoever evaluates."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from talea_sparql import LibraryError, Limits, Operation, SparqlError, candidates
from talea_sparql.formats import Form, Format
from talea_sparql.pool import Answer, Pool

from .data import LEXICAL, MANY, SHARED, TERMS, XSD, E, n, quads, typed
from .engines import Engine, with_pool

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f && ?f != ?i) }"
NORMAL = f"ASK {{ <{E}left> ?p ?o }}"
ANY = BlankNode("any")


def plain(term: Any) -> Any:
    """A term, a triple or a quad as it is compared: blank nodes are alike, numbers are values.

    Oxigraph too keeps the value of a number and not its digits: `007` comes back as `7`.
    """
    if isinstance(term, Triple):
        return tuple(plain(part) for part in (term.subject, term.predicate, term.object))
    if isinstance(term, Quad):
        return (*plain(term.triple), term.graph_name)
    if isinstance(term, BlankNode):
        return ANY
    if isinstance(term, Literal) and term.datatype.value.startswith(XSD):
        text = {"true": "1", "2026-11-22T10:00:00.000000Z": "2026-11-22T10:00:00Z"}.get(term.value)
        text = text or term.value
        with contextlib.suppress(ValueError):
            return (float(text), term.datatype)
        return (text, term.datatype)
    return term


def alike(found: Iterable[Any], expected: Iterable[Any]) -> bool:
    """Whether two bags of triples or quads hold the same."""
    left, right = (sorted(repr(plain(one)) for one in side) for side in (found, expected))
    return left == right


# --- The trusted lane ---


def test_the_engines_hold_the_same_quads(engine: Engine) -> None:
    assert len(engine.store) == len(set(quads())) == len(quads())
    assert alike(engine.store.quads(), quads())


SOME = [
    Quad(n("left"), n("knows"), n("right"), n("graph/a")),
    SHARED,
    Quad(n("absent"), n("knows"), Literal("nulla"), n("graph/none")),
    Quad(n("right"), n("label"), Literal("Destra", language="it"), n("graph/b")),
]


@pytest.mark.parametrize("given", list(itertools.product((True, False), repeat=4)))
def test_quads_of_every_pattern(engine: Engine, given: tuple[bool, ...]) -> None:
    for quad in SOME:
        parts = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        pattern: Any = [part if one else None for part, one in zip(parts, given, strict=True)]
        expected = [
            other
            for other in quads()
            if all(
                part in (None, value)
                for part, value in zip(
                    pattern,
                    (other.subject, other.predicate, other.object, other.graph_name),
                    strict=True,
                )
            )
        ]
        assert alike(engine.store.quads(*pattern), expected), pattern


@pytest.mark.parametrize("name", sorted(TERMS))
def test_every_kind_of_term_comes_back(engine: Engine, name: str) -> None:
    term = TERMS[name]
    [row] = engine.store.select("value", p=n(name))
    assert plain(row["o"]) == plain(term)
    assert name in LEXICAL or row["o"] == term
    [quad] = engine.store.quads(n("terms"), n(name))
    assert quad.object == row["o"]
    [triple] = [t for t in engine.store.construct("sheet", s=n("terms")) if t.predicate == n(name)]
    assert plain(triple.object) == plain(term)


@pytest.mark.parametrize(
    "name", [key for key, term in TERMS.items() if isinstance(term, Literal) and key != "empty"]
)
def test_every_text_can_be_bound(engine: Engine, name: str) -> None:
    text = TERMS[name].value
    if name in LEXICAL:
        if "lexical" in engine.different:
            return
        [row] = engine.store.select("value", p=n(name))
        text = row["o"].value  # type: ignore[union-attr]
    assert engine.store.ask("has", x=text)
    assert not engine.store.ask("has", x=text + "\u2603")


def test_bound_values_find_what_they_name(engine: Engine) -> None:
    [row] = engine.store.select("holder", x=TERMS["markup"].value)
    assert row == {"s": n("terms"), "p": n("markup")}
    found = engine.store.select("numbers", many=5)
    assert [row["i"] for row in found] == [typed(str(i), "integer") for i in range(5)]
    found = engine.store.select("some", things=[n("left"), n("right")])
    assert {(row["s"], row["p"]) for row in found} == {
        (n("left"), n("knows")),
        (n("right"), n("label")),
        (n("right"), n("address")),
    }
    assert engine.store.select("some", things=[]) == []


def test_unbound_variables_are_absent_and_nothing_is_an_empty_list(engine: Engine) -> None:
    found = engine.store.select_for("labels", "s", [n("right")])
    assert found == [{"s": n("right"), "label": Literal("Destra", language="it")}]
    assert engine.store.select_for("labels", "s", [n("nobody")]) == []
    assert engine.store.select("holder", x="\u2603") == []
    assert engine.store.construct("sheet", s=n("nobody")) == []
    assert not engine.store.ask("has", x="\u2603")


def test_blank_nodes_hold_an_answer_together(engine: Engine) -> None:
    [row] = engine.store.select("nodes")
    assert isinstance(row["node"], BlankNode)
    parts = engine.store.construct("parts")
    assert len(parts) == 2
    assert len({triple.subject for triple in parts}) == 1
    assert isinstance(parts[0].subject, BlankNode)


def test_the_default_graph_is_the_union(engine: Engine) -> None:
    [row] = engine.store.select("path")  # from graph a to graph b
    assert row == {"street": Literal("Via Sparano")}
    found = engine.store.select_for("labels", "s", [n("both")])
    assert len(found) == 2  # one for each graph: no engine here makes the union a set


@pytest.mark.parametrize(
    ("method", "name", "values"),
    [
        ("select", "no-such-query", {}),
        ("select", "has", {"x": "x"}),
        ("ask", "labels", {}),
        ("construct", "labels", {}),
        ("select", "value", {}),
        ("select", "value", {"p": "not an iri>"}),
        ("select", "numbers", {"many": "3 OFFSET 1"}),
    ],
)
def test_wrong_calls_are_named(
    engine: Engine, method: str, name: str, values: dict[str, str]
) -> None:
    with pytest.raises(LibraryError):
        getattr(engine.store, method)(name, **values)


def test_a_text_that_the_engine_refuses_is_named(engine: Engine) -> None:
    if "lenient" in engine.different:
        return
    with pytest.raises(LibraryError, match="engine-refuses"):
        engine.store.select("engine-refuses")


# --- The public lane ---


def ask(engine: Engine, query: str, *, limits: dict[str, float] | None = None, **of: Any) -> Answer:
    operation = Operation(query, **of)
    if limits is None:
        return engine.ask(operation)
    return with_pool(engine, lambda pool: pool.evaluate(operation, "c"), **limits)


def code(engine: Engine, query: str, **options: Any) -> tuple[str, int]:
    """How a query fails."""
    with pytest.raises(SparqlError) as caught:
        ask(engine, query, **options)
    return caught.value.code, caught.value.status


TABLE = f"""SELECT ?p ?o ?none {{ <{E}terms> ?p ?o
FILTER(?p NOT IN ({", ".join(f"<{E}{name}>" for name in sorted(LEXICAL))})) }}
ORDER BY ?p"""


@pytest.mark.parametrize("form", candidates(Form.SELECT), ids=lambda form: form.suffix[1:])
def test_every_format_of_a_table(engine: Engine, reference: Engine, form: Format) -> None:
    found, expected = (ask(one, TABLE, table_format=form) for one in (engine, reference))
    assert found.media_type == expected.media_type == form.media_type
    assert found.form == Form.SELECT
    assert found.body == expected.body
    assert b"\xe6\xbc\xa2" in found.body  # 漢


@pytest.mark.parametrize("form", candidates(Form.ASK), ids=lambda form: form.suffix[1:])
@pytest.mark.parametrize("query", [NORMAL, "ASK { ?s <urn:no> ?o }"])
def test_every_format_of_yes_and_no(
    engine: Engine, reference: Engine, form: Format, query: str
) -> None:
    found, expected = (ask(one, query, boolean_format=form) for one in (engine, reference))
    assert found.body == expected.body


@pytest.mark.parametrize("form", candidates(Form.CONSTRUCT), ids=lambda form: form.suffix[1:])
def test_every_format_of_a_graph(engine: Engine, form: Format) -> None:
    query = f"CONSTRUCT {{ <{E}terms> ?p ?o }} WHERE {{ <{E}terms> ?p ?o FILTER(true) }}"
    parser = ox.RdfFormat.from_media_type(form.media_type)
    left_out = ("control", "lines") if form.suffix == ".rdf" else ()  # no text of XML 1.0
    others = " && ".join(["true", *(f"?p != <{E}{name}>" for name in left_out)])
    query = query.replace("true", others)
    body = ask(engine, query, graph_format=form).body
    found = [quad.triple for quad in ox.parse(body, format=parser)]
    expected = [
        Triple(n("terms"), n(name), term) for name, term in TERMS.items() if name not in left_out
    ]
    assert alike(found, expected)


def test_describe(engine: Engine) -> None:
    answer = ask(engine, f"DESCRIBE <{E}left>", graph_format=candidates(Form.DESCRIBE)[1])
    assert answer.form == Form.DESCRIBE
    found = [quad.triple for quad in ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES)]
    assert "describe" in engine.different or found == [Triple(n("left"), n("knows"), n("right"))]


def test_empty_results(engine: Engine, reference: Engine) -> None:
    for query in ("SELECT ?a ?b { ?a <urn:no> ?b }", "CONSTRUCT WHERE { ?a <urn:no> ?b }"):
        assert ask(engine, query).body == ask(reference, query).body


def count(engine: Engine, query: str, **options: Any) -> int:
    body = json.loads(ask(engine, query, **options).body)
    [row] = body["results"]["bindings"]
    return int(row["n"]["value"])


OF_A, OF_B = (f"{E}graph/{name}" for name in "ab")
A, B = (sum(quad.graph_name == NamedNode(graph) for quad in quads()) for graph in (OF_A, OF_B))
TRIPLES = "SELECT (COUNT(*) AS ?n) {0}{{ ?s ?p ?o }}"
NAMED = "SELECT (COUNT(*) AS ?n) {0}{{ GRAPH ?g {{ ?s ?p ?o }} }}"


def test_the_union_counts_and_keeps_graphs_apart(engine: Engine) -> None:
    all_quads = len(quads())
    assert count(engine, TRIPLES.format("")) == all_quads
    assert count(engine, NAMED.format("")) == all_quads
    assert count(engine, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{OF_A}> {{ ?s ?p ?o }} }}") == A


@pytest.mark.parametrize(
    ("query", "default", "named", "expected"),
    [
        (TRIPLES, (), (OF_A,), 0),
        (TRIPLES, (OF_A,), (), A),
        (TRIPLES, (OF_A,), (OF_B,), A),
        (NAMED, (), (OF_A,), A),
        (NAMED, (OF_A,), (OF_B,), B),
        (NAMED, (), (OF_A, OF_B), A + B),
        (NAMED, (OF_A,), (), 0),
        (TRIPLES, ("urn:none",), (), 0),
        (TRIPLES, (OF_A, OF_B), (), A + B),
    ],
)
@pytest.mark.parametrize("how", ["parameters", "from"])
def test_datasets(
    engine: Engine,
    query: str,
    default: tuple[str, ...],
    named: tuple[str, ...],
    expected: int,
    how: str,
) -> None:
    if how == "parameters":
        found = count(engine, query.format(""), default_graphs=default, named_graphs=named)
    else:
        if query == NAMED and not named and "from" in engine.different:
            assert code(engine, NAMED.format(f"FROM <{OF_A}> ")) == ("evaluation", 400)
            return
        clauses = [*(f"FROM <{g}> " for g in default), *(f"FROM NAMED <{g}> " for g in named)]
        found = count(engine, query.format("".join(clauses)))
    assert found == expected


def test_parameters_replace_the_dataset_of_the_query(engine: Engine) -> None:
    if "from" in engine.different:
        query = TRIPLES.format(f"FROM <{OF_B}> ")
        assert code(engine, query, default_graphs=(OF_A,)) == ("evaluation", 400)
        return
    assert count(engine, TRIPLES.format(f"FROM <{OF_B}> "), default_graphs=(OF_A,)) == A


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { ?s ?p }",
        "SELECT ?s ?s { ?s ?p ?o } GROUP",
        "SELECT * { ?s ?p ?o",
        "ASK { ?s ?p ?o } LIMIT x",
        "NONSENSE",
    ],
)
def test_syntax_errors(engine: Engine, query: str) -> None:
    assert code(engine, query) == ("syntax", 400)


def test_what_the_guard_refuses_never_reaches_the_engine(engine: Engine) -> None:
    assert (
        code(engine, "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")[0] == "service-refused"
    )
    assert code(engine, "DROP ALL")[0] == "update-refused"


def test_an_answer_over_the_cap_is_refused(engine: Engine) -> None:
    query = f"SELECT ?s ?i {{ ?s <{E}number> ?i }}"
    assert code(engine, query, limits={"result_bytes": 2_000}) == ("result-too-large", 422)
    graph = f"CONSTRUCT WHERE {{ ?s <{E}number> ?i }}"
    assert code(engine, graph, limits={"result_bytes": 2_000}) == ("result-too-large", 422)
    csv = next(form for form in candidates(Form.SELECT) if form.suffix == ".csv")
    answer = ask(engine, query, limits={"result_bytes": 20_000}, table_format=csv)
    assert answer.body.count(b"\n") == MANY + 1


def test_the_deadline_is_kept_and_the_next_query_answered(engine: Engine) -> None:
    async def work(pool: Pool) -> Answer:
        with pytest.raises(SparqlError) as caught:
            await pool.evaluate(Operation(CROSS), "c")
        assert (caught.value.code, caught.value.status) == ("deadline", 504)
        assert pool.stats().killed == 1
        return await pool.evaluate(Operation(NORMAL), "c")

    assert b"true" in with_pool(engine, work, deadline_seconds=0.7).body


def test_admission(engine: Engine) -> None:
    async def work(pool: Pool) -> list[str]:
        async def one(client: str) -> str:
            try:
                await pool.evaluate(Operation(CROSS), client)
            except SparqlError as error:
                return error.code
            return "answered"

        return list(await asyncio.gather(*(one(client) for client in "aabc")))

    codes = with_pool(
        engine,
        work,
        children=1,
        running_per_client=1,
        queue_length=1,
        queue_seconds=0.2,
        deadline_seconds=0.7,
    )
    assert codes[:2] == ["deadline", "busy"]
    assert sorted(codes[2:]) == ["queue-full", "queue-full"]


def test_a_closed_pool_is_unavailable(engine: Engine) -> None:
    async def work(pool: Pool) -> Pool:
        assert b"true" in (await pool.evaluate(Operation(NORMAL), "c")).body
        return pool

    async def late(pool: Pool) -> str:
        with pytest.raises(SparqlError) as caught:
            await pool.evaluate(Operation(NORMAL), "c")
        return caught.value.code

    assert asyncio.run(late(with_pool(engine, work))) == "unavailable"


def test_relative_iris_are_resolved_alike(engine: Engine) -> None:
    assert b"true" in ask(engine, "ASK { <left> ?p ?o }", base=E).body
    if "lenient" not in engine.different:
        with pytest.raises(SparqlError) as caught:
            ask(engine, "ASK {\n ?s ?p <left> . ?x }", base=E)
        assert caught.value.line == 2


def test_what_an_engine_does_not_enforce_is_said(engine: Engine) -> None:
    said = engine.pool(Limits()).unenforced()
    assert bool(said) == (engine.name not in ("memory", "disk"))
