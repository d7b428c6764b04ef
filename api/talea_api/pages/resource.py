"""`/risorse/{tipo}/{id}`: any resource, as the graph tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

import pyoxigraph as ox

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Description
from talea_catalogue.terms import T

from ..language import Text
from ..render import LOCALES, Page, day
from ..views import Visit
from .common import (
    Link,
    alternates,
    cards,
    formats,
    href,
    known,
    leads,
    level_name,
    link,
    missing,
    page,
    title_of,
)

FOREIGN: Final = {
    ns.DCT + "title": Text("nome", "name"),
    ns.DCT + "description": Text("descrizione", "description"),
    ns.DCT + "source": Text("fonte", "source"),
    ns.DCT + "publisher": Text("a cura di", "publisher"),
    ns.DCT + "license": Text("licenza", "licence"),
    ns.DCT + "spatial": Text("territorio", "territory"),
    ns.DCT + "hasVersion": Text("altro identificatore", "other identifier"),
    ns.FOAF + "page": Text("pagina web", "web page"),
    ns.FOAF + "primaryTopic": Text("descrive", "describes"),
    ns.FOAF + "isPrimaryTopicOf": Text("scheda", "record"),
    ns.SKOS + "notation": Text("codice", "code"),
    "https://w3id.org/italia/onto/CLV/acronym": Text("sigla", "letters"),
    "https://w3id.org/italia/onto/CLV/hasDirectHigherRank": Text("fa parte di", "part of"),
    "https://w3id.org/italia/onto/CLV/City": Text("Comune (luogo)", "Comune (place)"),
    "https://w3id.org/italia/onto/CLV/Province": Text("Provincia", "Province"),
    "https://w3id.org/italia/onto/CLV/Region": Text("Regione", "Region"),
    ns.DCT + "Location": Text("Luogo", "Place"),
}
"""What we call the terms of others."""
OF_PRACTICES: Final = ns.ID + "pratica/"
LAST: Final = frozenset({ns.DCT + "source", ns.FOAF + "page", ns.DCT + "license"})
"""Properties shown after the others."""
OWN_LIST: Final = frozenset({"promotedBy", "presentedAt"})
"""Incoming links that the page shows as a list of practices."""
PROJECT: Final = frozenset({T.hasProjectAction.value, T.carriedOutBy.value})
"""Properties of a project that have blocks of their own."""
SHOWN: Final = 60
"""Incoming links written out; the rest is in the data."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A property with its values, each a link or a text with its language."""

    label: str
    values: tuple[SimpleNamespace, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """A practice that the Festival selected: whose, what is known, and leads that are no more."""

    body: str
    sheet: Link
    title: str | None
    level: str
    leads: tuple[Link, ...]


def resource(visit: Visit) -> Page:
    """A body, an event, a project, a place, a series or a record."""
    repository = visit.release.repository
    iri = known(visit, ns.resource(visit.names["kind"], visit.names["id"]))
    found = repository.describe(iri, visit.lang)
    if found is None:
        raise missing()
    own = href(visit, iri)
    elsewhere = own if own and own.partition("#")[0] != visit.base + visit.path else None
    return page(
        visit,
        found.label,
        canonical=visit.settings.absolute(elsewhere or visit.base + visit.path),
        alternates=alternates(visit),
        data={
            "iri": iri,
            "kinds": [_name(visit, type_) for type_ in found.types],
            "facts": _facts(visit, found),
            "project": _project(visit, found),
            "elsewhere": elsewhere,
            "practices": cards(visit, repository.practices_of_body(iri)),
            "selected": _selected(visit, iri),
            "incoming": _incoming(visit, found)[:SHOWN],
            "incoming_left": max(0, len(_incoming(visit, found)) - SHOWN),
            "formats": formats(visit),
        },
    )


@dataclass(frozen=True, slots=True)
class Project:
    """The actions of a project, those that cross the others apart, and who carries it out.

    An action comes with its anchor (`azione-3`) and the practices that are part of it.
    """

    actions: tuple[tuple[str, str, tuple[Link, ...]], ...]
    transversal: tuple[tuple[str, str, tuple[Link, ...]], ...]
    groupings: tuple[Link, ...]


def _project(visit: Visit, found: Description) -> Project | None:
    """What a project is made of; None for anything else."""
    repository = visit.release.repository
    values = {name: [v.value for v in values] for name, values in found.properties}
    actions = values.get(T.hasProjectAction.value, [])
    if not actions:
        return None
    rows: dict[bool, list[tuple[str, str, tuple[Link, ...]]]] = {True: [], False: []}
    for iri in actions:
        sheets = tuple(link(visit, brief.iri) for brief in repository.practices_of_action(iri))
        anchor = iri.removeprefix(found.iri + "/").replace("/", "-")
        label = repository.label(iri, visit.lang)
        rows[repository.is_transversal(iri)].append((anchor, label, sheets))
    groupings = (link(visit, iri) for iri in values.get(T.carriedOutBy.value, []))
    by_name = tuple(sorted(groupings, key=lambda one: one.label.casefold()))
    return Project(tuple(rows[False]), tuple(rows[True]), by_name)


def _selected(visit: Visit, edition: str) -> list[Selected]:
    """The practices that an edition selected, by body."""
    repository = visit.release.repository
    rows = []
    for brief in repository.practices_of_edition(edition):
        practice = repository.practice(brief.slug)
        others = leads(repository, practice) if practice else []
        rows.append(
            Selected(
                brief.promoter,
                Link(title_of(visit, brief), f"{visit.base}/pratiche/{brief.slug}"),
                brief.title,
                level_name(visit, brief.level),
                tuple(Link(b.title or "", f"{visit.base}/pratiche/{b.slug}") for b in others),
            )
        )
    return sorted(rows, key=lambda row: row.body.casefold())


def _facts(visit: Visit, found: Description) -> list[Fact]:
    """What is said of the resource; a text in two languages is shown in the reader's."""
    facts = []
    for prop, values in sorted(found.properties, key=lambda row: row[0] in LAST):
        if prop == ns.DCT + "title" and any(value.value == found.label for value in values):
            continue
        if prop in PROJECT:
            continue
        chosen = [value for value in values if _readable(visit, value, values)]
        name = _name(visit, prop)
        facts.append(
            Fact(name[:1].upper() + name[1:], tuple(_value(visit, value) for value in chosen))
        )
    return facts


def _readable(
    visit: Visit, value: ox.NamedNode | ox.Literal, values: Iterable[ox.NamedNode | ox.Literal]
) -> bool:
    languages = {v.language for v in values if isinstance(v, ox.Literal) and v.language}
    if not isinstance(value, ox.Literal) or not value.language or len(languages) == 1:
        return True
    return value.language == (visit.lang if visit.lang in languages else "it")


def _value(visit: Visit, value: ox.NamedNode | ox.Literal) -> SimpleNamespace:
    if isinstance(value, ox.NamedNode):
        if value.value.startswith(ns.ROOT):
            one = link(visit, value.value)
            path, _, part = (one.href or "").partition("#")
            if part and path == visit.base + visit.path:
                return SimpleNamespace(text=one.label, href=None, out=None, lang=None, anchor=part)
            return SimpleNamespace(text=one.label, href=one.href, out=None, lang=None, anchor=None)
        return SimpleNamespace(text=value.value, href=None, out=value.value, lang=None, anchor=None)
    text = value.value
    if value.datatype.value == ns.XSD + "boolean":
        text = visit.text("sì", "yes") if text == "true" else "no"
    elif value.datatype.value == ns.XSD + "date":
        text = day(text, LOCALES[visit.lang])
    foreign = value.language if value.language and value.language != visit.lang else None
    return SimpleNamespace(text=text, href=None, out=None, lang=foreign, anchor=None)


def _incoming(visit: Visit, found: Description) -> list[tuple[Link, str]]:
    """Other resources that name this one, apart from the practices listed by themselves."""
    return [
        (link(visit, source), _name(visit, prop))
        for source, prop in found.incoming
        if not (source.startswith(OF_PRACTICES) and ns.local(prop) in OWN_LIST)
    ]


def _name(visit: Visit, iri: str) -> str:
    if iri in FOREIGN:
        return FOREIGN[iri].to(visit.lang)
    return visit.release.repository.label(iri, visit.lang)
