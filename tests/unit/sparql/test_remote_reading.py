"""What is read of an engine elsewhere: its habits are understood, its texts left alone."""

from __future__ import annotations

import json

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from talea_sparql.engine import read_boolean, read_rows, read_triples
from talea_sparql.errors import RemoteEngineError

XSD = "http://www.w3.org/2001/XMLSchema#"
BOOLEAN = NamedNode(XSD + "boolean")
VIRTUOSO = b"""
{ "head": { "link": [], "vars": ["n", "b", "i"] },
  "results": { "distinct": false, "ordered": true, "bindings": [
    { "n": { "type": "bnode", "value": "nodeID://b10000" },
      "b": { "type": "typed-literal", "datatype": "%sboolean", "value": "1" },
      "i": { "type": "typed-literal", "datatype": "%sinteger", "value": "1" } } ] } }
""" % (XSD.encode(), XSD.encode())
TEXTS = (
    f'"datatype": "{XSD}boolean", "value": "1"',
    '"bnode", "value": "nodeID://b1"',
    f' "1"^^<{XSD}boolean>',
    "\\",
    '\\"1',
)


def rows_json(value: str) -> bytes:
    """One row with one plain literal."""
    bindings = [{"x": {"type": "literal", "value": value}}]
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": bindings}}).encode()


def test_the_habits_of_virtuoso_are_understood() -> None:
    assert read_rows(VIRTUOSO) == [
        {
            "n": BlankNode("b10000"),
            "b": Literal("true", datatype=BOOLEAN),
            "i": Literal(1),
        }
    ]
    asked = b'{"head":{"vars":["__ASK_RETVAL"]},"results":{"bindings":[%s]}}'
    number = b'{"__ASK_RETVAL":{"type":"literal","value":"%d"}}'
    assert read_boolean(asked % (number % 1))
    assert not read_boolean(asked % (number % 0))
    assert not read_boolean(asked % b"")


@pytest.mark.parametrize("text", TEXTS)
def test_texts_that_look_like_them_are_left_alone(text: str) -> None:
    assert read_rows(rows_json(text)) == [{"x": Literal(text)}]
    triple = Triple(NamedNode("urn:s"), NamedNode("urn:p"), Literal(text))
    assert read_triples(f"{triple} .\n".encode()) == [triple]


def test_booleans_of_a_graph_are_words() -> None:
    line = f'<urn:s>\t<urn:p>\t"1"^^<{XSD}boolean> .\n'.encode()
    [triple] = read_triples(line + line)
    assert triple.object == Literal("true", datatype=BOOLEAN)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"head":{},"boolean":1}', b"\xff\xfe"])
def test_what_cannot_be_read_is_named(body: bytes) -> None:
    for read in (read_rows, read_boolean):
        with pytest.raises(RemoteEngineError):
            read(body)


def test_an_error_holds_no_results() -> None:
    """They belong to a thread; an error may travel to another."""
    with pytest.raises(RemoteEngineError) as caught:
        read_rows(b'{"head":{"vars":["x"]},"results":{"bindings":[{"y":{}}]}}')
    assert caught.value.__context__ is None
