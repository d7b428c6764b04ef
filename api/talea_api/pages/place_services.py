"""Services of an Ambito and of a Comune in words.

A service says which source speaks of it and when; a type that no source speaks of is listed and
counted, because silence is no absence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.known_services import KnownServices, ServiceKnown, TypeKnown
from talea_catalogue.text import fold

from ..views import Visit
from .common import Link
from .figures import LICENCES

__all__ = ["Services", "services", "services_by_type"]

_LAST: Final = ("organizzazione", "pnrr")
"""Groups that are no services: they come after those that are."""
_EXISTING: Final = ("in-funzione", "iscritto")
"""Stages of which a badge says that something is there, not only money or a plan."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """What one source says, in words. `detail_lang` is the language of the detail."""

    anchor: str
    type: str
    present: bool
    running: bool
    stage: str | None
    date: str | None
    comuni: tuple[Link, ...]
    title: str | None
    detail: str | None
    detail_lang: str
    sources: tuple[str, ...]
    source_as_said: str | None
    evidence: str
    licence: str | None
    places: int | None
    regulation: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Registered:
    """Rows of the register of one type, counted. `places` sums those that say how many."""

    count: int
    comuni: int
    places: int
    without_places: int


@dataclass(frozen=True, slots=True)
class ServiceType:
    """A type of service with what is said of it, and what the register counts."""

    label: str
    definition: str
    lines: tuple[ServiceLine, ...]
    registered: Registered | None


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    """A group of types of which something is said."""

    title: str
    definition: str
    types: tuple[ServiceType, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """What is known of the services of an Ambito, with the counts of what is not.

    `untold` are group titles with the names of the types that no source speaks of.
    """

    groups: tuple[ServiceGroup, ...]
    other: tuple[ServiceType, ...]
    untold: tuple[tuple[str, tuple[str, ...]], ...]
    types: int
    present: int
    uncertain: int
    without: int


def services(visit: Visit, known: KnownServices) -> Services:
    """The services of an Ambito in words."""
    lang = visit.lang
    groups = sorted(known.groups, key=lambda group: group.concept.notation in _LAST)
    said: dict[str, list[ServiceKnown]] = {}
    for fact in known.other:
        said.setdefault(fact.type_as_said or ns.local(fact.type or ""), []).append(fact)
    return Services(
        groups=tuple(
            ServiceGroup(
                group.concept.label(lang),
                group.concept.definition(lang),
                tuple(_service_type(visit, one) for one in group.told),
            )
            for group in groups
            if group.told
        ),
        other=tuple(
            ServiceType(name, "", (), registered(facts)) for name, facts in sorted(said.items())
        ),
        untold=tuple(
            (group.concept.label(lang), tuple(one.concept.label(lang) for one in group.untold))
            for group in groups
            if group.untold
        ),
        types=sum(len(group.types) for group in known.groups),
        present=known.present,
        uncertain=known.uncertain,
        without=known.untold,
    )


def _service_type(visit: Visit, known: TypeKnown) -> ServiceType:
    return ServiceType(
        known.concept.label(visit.lang),
        known.concept.definition(visit.lang),
        tuple(service_lines(visit, (fact for fact in known.facts if not fact.registered))),
        registered([fact for fact in known.facts if fact.registered]),
    )


def registered(facts: list[ServiceKnown]) -> Registered | None:
    """Rows of the register counted, None where there are none."""
    if not facts:
        return None
    places = [fact.places for fact in facts if fact.places is not None]
    comuni = {istat for fact in facts for istat in fact.comuni}
    return Registered(len(facts), len(comuni), sum(places), len(facts) - len(places))


def services_by_type(visit: Visit, facts: Iterable[ServiceKnown]) -> list[ServiceType]:
    """What is said of services in a Comune, by type, the types in the order of their names."""
    told: dict[str, list[ServiceLine]] = {}
    for line in service_lines(visit, facts):
        told.setdefault(line.type, []).append(line)
    return [ServiceType(name, "", tuple(told[name]), None) for name in sorted(told, key=fold)]


def service_lines(visit: Visit, facts: Iterable[ServiceKnown]) -> list[ServiceLine]:
    """Facts in words, in their order."""
    repository, lang = visit.release.repository, visit.lang
    lines = []
    for fact in facts:
        english = lang == "en" and fact.detail_en is not None
        lines.append(
            ServiceLine(
                anchor=f"servizio-{ns.local(fact.iri)}",
                type=repository.label(fact.type, lang) if fact.type else fact.type_as_said or "",
                present=fact.present,
                running=fact.present and ns.local(fact.stage or "") in _EXISTING,
                stage=repository.label(fact.stage, lang) if fact.stage else None,
                date=fact.date,
                comuni=tuple(
                    Link(repository.label(iri), f"{visit.base}/comuni/{ns.local(iri)}")
                    for iri in fact.comuni
                ),
                title=fact.title,
                detail=fact.detail_en if english else fact.detail_it or fact.detail_en,
                detail_lang="en" if english or not fact.detail_it else "it",
                sources=fact.sources,
                source_as_said=fact.source_as_said,
                evidence=repository.label(fact.evidence, lang),
                licence=LICENCES.get(ns.local(fact.licence or "")),
                places=fact.places,
                regulation=fact.regulation,
                status=fact.status,
            )
        )
    return lines
