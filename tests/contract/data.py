"""The data of the contract: every kind of term, in graphs that overlap."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

E = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
MANY = 300


def n(name: str) -> NamedNode:
    """A name of ours."""
    return NamedNode(E + name)


def typed(text: str, datatype: str) -> Literal:
    """A literal of an XSD datatype."""
    return Literal(text, datatype=NamedNode(XSD + datatype))


TERMS: dict[str, NamedNode | Literal] = {
    "plain": Literal("due parole"),
    "empty": Literal(""),
    "italian": Literal("perché", language="it"),
    "english": Literal("why", language="en"),
    "region": Literal("colour", language="en-gb"),
    "markup": Literal('<script>alert("x")</script> &amp; <b>'),
    "quotes": Literal("a \"b\" 'c' \\d\\ `e`"),
    "lines": Literal("una\nriga\te un'altra\r\n"),
    "unicode": Literal("città èé ñ 漢字 \U0001f331 e\u0301 \u200f\u202e"),
    "control": Literal("bell \u0007 and delete \u007f"),
    "json": Literal('"},{"x":1}], "bnode", "value": "nodeID://b1"'),
    "sparql": Literal("} LIMIT 1 # \u003c"),
    "integer": typed("42", "integer"),
    "decimal": typed("1.5", "decimal"),
    "double": typed("1.5E3", "double"),
    "boolean": typed("true", "boolean"),
    "date": typed("2026-11-22", "date"),
    "datetime": typed("2026-11-22T10:00:00Z", "dateTime"),
    "year": typed("2026", "gYear"),
    "own": Literal("POINT(16.8 41.1)", datatype=n("wkt")),
    "iri": NamedNode(E + "città?a=b&c=%C3%A8#x"),
    "zeros": typed("007", "integer"),
    "upper": Literal("Puglia", language="it-IT"),
}
"""Name of a property -> the object of it."""
LEXICAL = {"double", "boolean", "datetime", "zeros", "decimal"}
"""Those of which engines keep the value, not the text."""

SHARED = Quad(n("both"), n("label"), Literal("in due grafi"), n("graph/a"))


def quads() -> list[Quad]:
    """All the quads, in the order of the file."""
    a, b, many = n("graph/a"), n("graph/b"), n("graph/many")
    node = BlankNode("x1")
    return [
        *(Quad(n("terms"), n(name), term, a) for name, term in TERMS.items()),
        SHARED,
        Quad(SHARED.subject, SHARED.predicate, SHARED.object, b),
        Quad(n("left"), n("knows"), n("right"), a),
        Quad(n("right"), n("label"), Literal("Destra", language="it"), b),
        Quad(n("right"), n("address"), node, b),
        Quad(node, n("street"), Literal("Via Sparano"), b),
        Quad(node, n("town"), n("bari"), b),
        *(Quad(n(f"item/{i}"), n("number"), typed(str(i), "integer"), many) for i in range(MANY)),
    ]


def write(path: Path) -> None:
    """Write the quads as N-Quads."""
    ox.serialize(quads(), str(path), ox.RdfFormat.N_QUADS)
