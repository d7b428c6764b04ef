"""Whether an answer is the one that the suite expects: isomorphism of graphs and of solutions.

The rule is that of the suites' own page (w3c/rdf-tests, sparql11, "Query Evaluation Tests"): IRIs
are identical, literals equal by value, blank nodes matched one to one. So numbers and booleans of
one datatype are brought to one form (`1.0` is `1`, `3.0E4` is `30000`); a different datatype is a
different literal. CSV says neither kind nor datatype: its cells are compared as texts or numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = Mapping[str, Term]

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_VARIABLE = "urn:variable:"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NUMERIC = frozenset(_XSD + name for name in ("integer", "decimal", "double", "float"))
_BOOLEAN = {"1": "true", "0": "false"}


@dataclass(frozen=True, slots=True)
class Solutions:
    """The rows of a SELECT and its variables; unbound variables are absent from a row."""

    variables: frozenset[str]
    rows: tuple[Row, ...]


Result = bool | Solutions | frozenset[ox.Triple]


def same(found: Result, expected: Result, *, ordered: bool) -> bool:
    """Whether two results are equal but for the names of their blank nodes."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, Solutions) and isinstance(expected, Solutions):
        return found.variables == expected.variables and _canonical(
            _described(found.rows, ordered)
        ) == _canonical(_described(expected.rows, ordered))
    if isinstance(found, Solutions) or isinstance(expected, Solutions):
        return False
    return _canonical(found) == _canonical(expected)


def _canonical(triples: Iterable[ox.Triple]) -> frozenset[str]:
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, _value(t.object)) for t in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(map(str, dataset))


def _described(rows: Sequence[Row], ordered: bool) -> Iterable[ox.Triple]:
    """Rows as a graph: a node a row, with how often the row comes, or its place."""
    keyed = [frozenset((name, _value(term)) for name, term in row.items()) for row in rows]
    counted = list(enumerate(keyed)) if ordered else [(n, row) for row, n in Counter(keyed).items()]
    for number, (mark, row) in enumerate(counted):
        node = ox.BlankNode(f"row{number}x")
        yield ox.Triple(node, ox.NamedNode(_RS + "index"), ox.Literal(mark))
        for name, term in row:
            yield ox.Triple(node, ox.NamedNode(_VARIABLE + name), term)


def _value(term: Term) -> Term:
    """A literal in the one form of its value."""
    if not isinstance(term, ox.Literal):
        return term
    kind = term.datatype
    if kind.value == _XSD + "boolean":
        return ox.Literal(_BOOLEAN.get(term.value, term.value), datatype=kind)
    if kind.value not in _NUMERIC or not _NUMBER.fullmatch(term.value):
        return term
    return ox.Literal(str(Decimal(term.value).normalize() + 0), datatype=kind)


def read(data: bytes, suffix: str, base: str = "") -> Result:
    """A result in the format of a suffix: `.srx .srj .csv .tsv`, or a graph in `.ttl`.

    A graph that describes a result set is read as that.
    """
    if suffix == ".csv":
        return _csv(data)
    if suffix == ".ttl":
        form = ox.RdfFormat.TURTLE
        graph = ox.Dataset(ox.parse(data, format=form, base_iri=base or None))
        described = next(graph.quads_for_predicate(ox.NamedNode(_RS + "resultVariable")), None)
        if described is None:
            return frozenset(quad.triple for quad in graph)
        return _described_in(graph)
    kinds = {
        ".srx": ox.QueryResultsFormat.XML,
        ".srj": ox.QueryResultsFormat.JSON,
        ".tsv": ox.QueryResultsFormat.TSV,
    }
    parsed = ox.parse_query_results(data, format=kinds[suffix])
    if isinstance(parsed, ox.QueryBoolean):
        return bool(parsed)
    return _solutions([one.value for one in parsed.variables], parsed)


def _solutions(names: Sequence[str], rows: Iterable[Iterable[Term | None]]) -> Solutions:
    bound = (
        {name: term for name, term in zip(names, row, strict=True) if term is not None}
        for row in rows
    )
    return Solutions(frozenset(names), tuple(bound))


def _csv(data: bytes) -> Solutions:
    """CSV says neither type nor kind, but for blank nodes: all else is text here."""
    names, *lines = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    rows = ([_plain(text) for text in line or [""]] for line in lines)
    return _solutions(names, rows)


def _plain(text: str) -> Term | None:
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    if _NUMBER.fullmatch(text):
        return ox.Literal(text, datatype=ox.NamedNode(_XSD + "decimal"))
    return ox.Literal(text) if text else None


def _described_in(graph: ox.Dataset) -> Solutions:
    def values(subject: Term, name: str) -> list[Term]:
        assert isinstance(subject, ox.NamedNode | ox.BlankNode)
        quads = graph.quads_for_subject(subject)
        return [quad.object for quad in quads if quad.predicate.value == _RS + name]

    def text(subject: Term, name: str) -> str:
        (literal,) = values(subject, name)
        assert isinstance(literal, ox.Literal)
        return literal.value

    (top,) = {q.subject for q in graph.quads_for_predicate(ox.NamedNode(_RS + "resultVariable"))}
    names = frozenset(one.value for one in values(top, "resultVariable"))  # type: ignore[union-attr]
    solutions = values(top, "solution")
    if all(values(one, "index") for one in solutions):
        solutions.sort(key=lambda one: int(text(one, "index")))
    rows = (
        {text(one, "variable"): values(one, "value")[0] for one in values(solution, "binding")}
        for solution in solutions
    )
    return Solutions(names, tuple(rows))


def expected(path: Path, base: str) -> Result:
    """The result that a file of the suite holds."""
    return read(path.read_bytes(), path.suffix, base)
