"""The comparison is not blind: it tells apart what differs and nothing else."""

from __future__ import annotations

import json

import pytest

from .comparing import read, same

A = {"type": "uri", "value": "http://e/a"}
B1 = {"type": "bnode", "value": "b1"}
B2 = {"type": "bnode", "value": "b2"}
XSD = "http://www.w3.org/2001/XMLSchema#"


def number(value: str, kind: str = "decimal") -> dict[str, str]:
    return {"type": "literal", "value": value, "datatype": XSD + kind}


def rows(*found: dict[str, object], names: str = "xy") -> object:
    body = {"head": {"vars": list(names)}, "results": {"bindings": found}}
    return read(json.dumps(body).encode(), ".srj")


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (rows({"x": A}), rows({"x": A}), True),
        (rows({"x": A}), rows({"y": A}), False),
        (rows({"x": A}), rows({"x": A}, {"x": A}), False),
        (rows({"x": A}), rows({"x": A}, names="x"), False),
        (rows({}), rows(), False),
        (rows({"x": B1, "y": B1}), rows({"x": B2, "y": B2}), True),
        (rows({"x": B1, "y": B1}), rows({"x": B1, "y": B2}), False),
        (rows({"x": B1}, {"x": B1}), rows({"x": B1}, {"x": B2}), False),
        (rows({"x": B1}, {"x": B2}), rows({"x": B2}, {"x": B1}), True),
        (rows({"x": number("1")}), rows({"x": number("1.00")}), True),
        (rows({"x": number("1")}), rows({"x": number("1", "integer")}), False),
        (rows({"x": number("3E4", "double")}), rows({"x": number("30000", "double")}), True),
        (rows({"x": number("0", "boolean")}), rows({"x": number("false", "boolean")}), True),
        (rows({"x": number("1", "string")}), rows({"x": number("1.0", "string")}), False),
    ],
)
def test_solutions(one: object, other: object, equal: bool) -> None:
    assert same(one, other, ordered=False) is equal  # type: ignore[arg-type]


def test_order_counts_where_it_is_asked_for() -> None:
    one, other = rows({"x": A}, {"x": number("1")}), rows({"x": number("1")}, {"x": A})
    assert same(one, other, ordered=False)  # type: ignore[arg-type]
    assert not same(one, other, ordered=True)  # type: ignore[arg-type]


def test_graphs_and_yes_or_no() -> None:
    graph = read(b"<a:a> <a:p> [ <a:q> 1 ] .", ".ttl")
    assert same(graph, read(b"_:x <a:q> 1.0e0 . <a:a> <a:p> _:x .", ".ttl"), ordered=False) is False
    assert same(graph, read(b"_:x <a:q> 01 . <a:a> <a:p> _:x .", ".ttl"), ordered=False)
    assert not same(True, False, ordered=False)
    assert not same(True, graph, ordered=False)


def test_the_text_formats() -> None:
    csv = read(b'x,y\r\n"a,b",_:q\r\n1.50,\r\n', ".csv")
    assert same(csv, read(b'x,y\n"a,b",_:z\n1.5,\n', ".csv"), ordered=True)
    assert not same(csv, read(b'x,y\n"a,b",c\n1.5,\n', ".csv"), ordered=True)
    tsv = read(b"?x\n1.0e6\n", ".tsv")
    assert same(tsv, read(b"?x\n1000000.0e0\n", ".tsv"), ordered=True)
    assert not same(tsv, read(b'?x\n"1.0e6"\n', ".tsv"), ordered=True)
