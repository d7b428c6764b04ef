"""The VoID description of a dataset: its numbers, counted in one pass, and its triples.

Terms: https://www.w3.org/TR/void/. Counts are those of the union of all graphs, which is what the
SPARQL service calls the default graph; `void:entities` counts the resources below the dataset's own
address space that have a class.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

__all__ = ["VOID", "Counter", "Partition", "Statistics", "describe", "vocabularies"]

VOID = "http://rdfs.org/ns/void#"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(frozen=True, slots=True)
class Partition:
    """The part of a dataset that has one class or one property.

    `entities` is how many resources have the class, or are subjects of the property; `triples`
    how many triples have the property, or have such a resource as subject.
    """

    iri: str
    triples: int
    entities: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The numbers of a dataset, distinct triples and resources only; partitions by IRI."""

    triples: int
    entities: int
    subjects: int
    classes: tuple[Partition, ...] = ()
    properties: tuple[Partition, ...] = ()


@dataclass(slots=True)
class Counter:
    """Counts resource after resource. `space` is the beginning of the dataset's own IRIs."""

    space: str
    _triples: int = 0
    _entities: int = 0
    _subjects: int = 0
    _by_class: collections.Counter[str] = field(default_factory=collections.Counter)
    _of_class: collections.Counter[str] = field(default_factory=collections.Counter)
    _by_property: collections.Counter[str] = field(default_factory=collections.Counter)
    _with_property: collections.Counter[str] = field(default_factory=collections.Counter)

    def see(self, subject: NamedNode | BlankNode, triples: Sequence[Triple]) -> None:
        """Count a resource with all its triples, each given once."""
        self._subjects += 1
        self._triples += len(triples)
        properties = [triple.predicate.value for triple in triples]
        self._by_property.update(properties)
        self._with_property.update(set(properties))
        classes = {
            triple.object.value
            for triple in triples
            if triple.predicate == _TYPE and isinstance(triple.object, NamedNode)
        }
        for one in classes:
            self._of_class[one] += 1
            self._by_class[one] += len(triples)
        if classes and isinstance(subject, NamedNode) and subject.value.startswith(self.space):
            self._entities += 1

    def statistics(self) -> Statistics:
        """The numbers so far."""
        return Statistics(
            self._triples,
            self._entities,
            self._subjects,
            tuple(_partitions(self._by_class, self._of_class)),
            tuple(_partitions(self._by_property, self._with_property)),
        )


def _partitions(triples: Mapping[str, int], entities: Mapping[str, int]) -> Iterator[Partition]:
    for iri in sorted(triples):
        yield Partition(iri, triples[iri], entities[iri])


def vocabularies(statistics: Statistics) -> list[str]:
    """The namespaces of the classes and properties in use, sorted."""
    used = (*statistics.classes, *statistics.properties)
    return sorted({_namespace(partition.iri) for partition in used})


def _namespace(iri: str) -> str:
    cut = max(iri.rfind("#"), iri.rfind("/"))
    return iri[: cut + 1]


def describe(dataset: str, statistics: Statistics) -> Iterable[Triple]:
    """The triples of the numbers of `dataset`, an IRI; partitions are named below it."""
    me = NamedNode(dataset)
    yield Triple(me, _TYPE, NamedNode(VOID + "Dataset"))
    for name, number in (
        ("triples", statistics.triples),
        ("entities", statistics.entities),
        ("distinctSubjects", statistics.subjects),
        ("classes", len(statistics.classes)),
        ("properties", len(statistics.properties)),
    ):
        yield Triple(me, NamedNode(VOID + name), Literal(number))
    for vocabulary in vocabularies(statistics):
        yield Triple(me, NamedNode(VOID + "vocabulary"), NamedNode(vocabulary))
    for number, one in enumerate(statistics.classes, 1):
        part = BlankNode(f"class{number}")
        yield Triple(me, NamedNode(VOID + "classPartition"), part)
        yield Triple(part, NamedNode(VOID + "class"), NamedNode(one.iri))
        yield Triple(part, NamedNode(VOID + "entities"), Literal(one.entities))
        yield Triple(part, NamedNode(VOID + "triples"), Literal(one.triples))
    for number, one in enumerate(statistics.properties, 1):
        part = BlankNode(f"property{number}")
        yield Triple(me, NamedNode(VOID + "propertyPartition"), part)
        yield Triple(part, NamedNode(VOID + "property"), NamedNode(one.iri))
        yield Triple(part, NamedNode(VOID + "triples"), Literal(one.triples))
        yield Triple(part, NamedNode(VOID + "distinctSubjects"), Literal(one.entities))
