"""What is known of the services of an Ambito: facts by type, and the types that no source tells of.

Rows come from the query `known-services`, several of one fact where it has several Comuni or
sources. Absence of a fact is not absence of a service: the types without facts are kept, so that
they can be listed and counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from . import namespaces as ns
from .facts import optional
from .places import Row
from .service_facts import PRESENT, REGISTER_EVIDENCE
from .vocabulary import Concept, Scheme

__all__ = [
    "KnownServices",
    "ServiceGroup",
    "ServiceKnown",
    "TypeKnown",
    "group_by_type",
    "read_services",
]


@dataclass(frozen=True, slots=True)
class ServiceKnown:
    """One thing that a source says. Concepts and places are IRIs; `date` is ISO, as precise as it.

    `present` is whether the source says that it exists, at the stage given.
    """

    iri: str
    type: str | None
    present: bool
    stage: str | None
    evidence: str
    date: str | None
    comuni: tuple[str, ...]
    title: str | None
    detail_it: str | None
    detail_en: str | None
    sources: tuple[str, ...]
    source_as_said: str | None
    licence: str | None
    type_as_said: str | None
    places: int | None
    regulation: str | None
    status: str | None

    @property
    def registered(self) -> bool:
        """Whether it is a row of the Region's register that this installation imported."""
        return ns.local(self.evidence) == REGISTER_EVIDENCE


@dataclass(frozen=True, slots=True)
class TypeKnown:
    """A type of service and its facts, those that say most first; none where nothing is known."""

    concept: Concept
    facts: tuple[ServiceKnown, ...]

    @property
    def present(self) -> bool:
        """Whether a source says that it exists, at some stage."""
        return any(fact.present for fact in self.facts)


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    """A group of the vocabulary with its types, in the order of the vocabulary."""

    concept: Concept
    types: tuple[TypeKnown, ...]

    @property
    def told(self) -> tuple[TypeKnown, ...]:
        """The types that a source speaks of."""
        return tuple(one for one in self.types if one.facts)

    @property
    def untold(self) -> tuple[TypeKnown, ...]:
        """The types that no source speaks of."""
        return tuple(one for one in self.types if not one.facts)


@dataclass(frozen=True, slots=True)
class KnownServices:
    """All that is known of the services of an Ambito.

    `other` are facts of the register whose type is not in the vocabulary, as they were said.
    """

    groups: tuple[ServiceGroup, ...]
    other: tuple[ServiceKnown, ...]

    @property
    def present(self) -> int:
        """How many types a source says to exist, at some stage."""
        return sum(one.present for group in self.groups for one in group.types)

    @property
    def uncertain(self) -> int:
        """How many types sources speak of without saying that they exist."""
        return sum(not one.present for group in self.groups for one in group.told)

    @property
    def untold(self) -> int:
        """How many types no source speaks of."""
        return sum(len(group.untold) for group in self.groups)


def read_services(rows: Iterable[Row]) -> list[ServiceKnown]:
    """One service for each fact of the rows: what exists first, then the latest."""
    told: dict[str, list[Row]] = {}
    for row in rows:
        told.setdefault(row["fact"].value, []).append(row)
    return sorted((_read(iri, several) for iri, several in told.items()), key=_most_first)


def group_by_type(rows: Iterable[Row], scheme: Scheme) -> KnownServices:
    """Facts by type and group of the vocabulary of types."""
    by_type: dict[str | None, list[ServiceKnown]] = {}
    for fact in read_services(rows):
        by_type.setdefault(fact.type, []).append(fact)
    concepts = [concept for concept, _ in scheme.concepts]
    groups = tuple(
        ServiceGroup(
            top,
            tuple(
                TypeKnown(concept, tuple(by_type.pop(concept.iri, ())))
                for concept in concepts
                if concept.broader == top.iri
            ),
        )
        for top in concepts
        if top.broader is None
    )
    return KnownServices(groups, tuple(fact for left in by_type.values() for fact in left))


def _most_first(fact: ServiceKnown) -> tuple[bool, bool, list[int], str]:
    """What exists before what is uncertain, then the latest, then those without a date."""
    latest = [-ord(sign) for sign in fact.date or ""]
    return (not fact.present, not fact.date, latest, fact.iri)


def _read(iri: str, rows: list[Row]) -> ServiceKnown:
    row = rows[0]
    places = optional(row, "places")
    return ServiceKnown(
        iri=iri,
        type=optional(row, "type"),
        present=ns.local(row["presence"].value) == PRESENT,
        stage=optional(row, "stage"),
        evidence=row["evidence"].value,
        date=optional(row, "date"),
        comuni=_all(rows, "place"),
        title=optional(row, "title"),
        detail_it=optional(row, "detailIt"),
        detail_en=optional(row, "detailEn"),
        sources=_all(rows, "source"),
        source_as_said=optional(row, "sourceAsSaid"),
        licence=optional(row, "licence"),
        type_as_said=optional(row, "typeAsSaid"),
        places=int(places) if places else None,
        regulation=optional(row, "regulation"),
        status=optional(row, "status"),
    )


def _all(rows: list[Row], key: str) -> tuple[str, ...]:
    return tuple(sorted({value for row in rows if (value := optional(row, key))}))
