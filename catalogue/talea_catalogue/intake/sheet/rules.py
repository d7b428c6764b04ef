"""What the shapes and the ontology say of each field, read for people rather than for a validator.

A form is made of the same rules that judge its content: names of columns, reasons in Italian,
required fields, limits, vocabularies. Whatever a `Rule` cannot say (rules across fields, shapes
with alternatives) stays with the validator, which sees every record before it enters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox

from ... import namespaces as ns
from ...mapping import Kind, Shape

_SH = "http://www.w3.org/ns/shacl#"
_VIOLATION = ox.NamedNode(_SH + "Violation")

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True, slots=True)
class Rule:
    """The constraints of one property in one shape; `nodes` are the shapes of its values."""

    path: str
    name: str
    message: str
    at_least: int = 0
    at_most: int | None = None
    datatype: str | None = None
    pattern: str | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    shortest: int = 0
    longest: int | None = None
    nodes: tuple[str, ...] = ()


class Rules:
    """Shapes and labels of an ontology folder. Only rules whose breach keeps a record out count."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._found: dict[Term, dict[str, list[Term]]] = {}
        self._targets: dict[str, list[Term]] = {}
        for triple in triples:
            values = self._found.setdefault(triple.subject, {})
            values.setdefault(triple.predicate.value, []).append(triple.object)
        for node, values in self._found.items():
            for cls in values.get(_SH + "targetClass", []):
                if isinstance(cls, ox.NamedNode):
                    self._targets.setdefault(cls.value, []).append(node)

    @classmethod
    def load(cls, ontology: Path) -> "Rules":
        """Read the shapes and the modules of an ontology folder."""
        files = [*sorted((ontology / "shapes").glob("*.ttl")), *sorted(ontology.glob("*.ttl"))]
        return cls(
            quad.triple
            for file in files
            for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)
        )

    def of(self, shape: Shape, via: Rule | None) -> dict[str, Rule]:
        """The rules of a shape of the mapping by property; `via` is the one that leads to it."""
        found: dict[str, Rule] = {}
        for node in self._nodes(shape, via):
            for each in self._values(node, "property"):
                rule = self._rule(each)
                if rule is not None:
                    found.setdefault(rule.path, rule)
        return found

    def name(self, shape: Shape, via: Rule | None) -> str:
        """The Italian name of a shape; blank where it has none."""
        return next((n for n in (self._text(x, "name") for x in self._nodes(shape, via)) if n), "")

    def label(self, iri: str) -> str:
        """The Italian label of a class or property; its local name where it has none."""
        return self._italian(ox.NamedNode(iri), ns.LABEL.value) or ns.local(iri)

    def definition(self, iri: str) -> str:
        """The Italian definition of a class or property; blank where it has none."""
        return self._italian(ox.NamedNode(iri), ns.DEFINITION.value)

    def terms(self) -> list[str]:
        """Our own properties and classes."""
        return [
            node.value
            for node, values in self._found.items()
            if isinstance(node, ox.NamedNode)
            and ns.LABEL.value in values
            and node.value.startswith(ns.ONTO)
        ]

    def _nodes(self, shape: Shape, via: Rule | None) -> list[Term]:
        if shape.rdf_class is not None:
            return self._targets.get(shape.rdf_class.value, [])
        if via is not None and via.nodes:
            return [ox.NamedNode(iri) for iri in via.nodes]
        kinds = next((line.classes for line in shape.lines if isinstance(line, Kind)), {})
        return [node for cls in kinds.values() for node in self._targets.get(cls.value, [])]

    def _rule(self, node: Term) -> Rule | None:
        severity = self._values(node, "severity")
        path = self._values(node, "path")
        if (severity and severity != [_VIOLATION]) or not path:
            return None
        if not isinstance(path[0], ox.NamedNode):  # a path of several steps is no field
            return None
        return Rule(
            path=path[0].value,
            name=self._text(node, "name"),
            message=self._text(node, "message"),
            at_least=int(self._plain(node, "minCount") or 0),
            at_most=_integer(self._plain(node, "maxCount")),
            datatype=self._plain(node, "datatype"),
            pattern=self._plain(node, "pattern"),
            lowest=_decimal(self._plain(node, "minInclusive")),
            highest=_decimal(self._plain(node, "maxInclusive")),
            shortest=int(self._plain(node, "minLength") or 0),
            longest=_integer(self._plain(node, "maxLength")),
            nodes=tuple(t.value for t in self._values(node, "node") if isinstance(t, ox.NamedNode)),
        )

    def _values(self, node: Term, name: str) -> list[Term]:
        return self._found.get(node, {}).get(_SH + name, [])

    def _plain(self, node: Term, name: str) -> str | None:
        values = self._values(node, name)
        return str(values[0].value) if values and not isinstance(values[0], ox.Triple) else None

    def _text(self, node: Term, name: str) -> str:
        return self._italian(node, _SH + name)

    def _italian(self, node: Term, predicate: str) -> str:
        for value in self._found.get(node, {}).get(predicate, []):
            if isinstance(value, ox.Literal) and value.language == "it":
                return value.value
        return ""


def _integer(text: str | None) -> int | None:
    return None if text is None else int(text)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
