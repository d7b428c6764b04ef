"""What the repository answers with, and how the rows of queries become it.

Rows come from our own named queries, one a language where a title has several.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from . import namespaces as ns
from .places import Row
from .vocabulary import Lang

_TIES: Final = {
    ns.ONTO + "Municipality": "own",
    ns.ONTO + "SocialDistrict": "shared",
    ns.ONTO + "Replication": "taken_up",
}
"""How `territory-practices.rq` says what ties a practice to a Comune -> field of `Nearby`."""
COMPARABLE: Final = 0.9
"""Share of the Comuni that must have a value for one of them to be ranked."""


@dataclass(frozen=True, slots=True)
class Level:
    """Completeness of a record: level 0 to 4 and what is missing for the next (property IRIs)."""

    level: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A practice as a line in a list. `title` is None where only the body is known.

    `need` is the first of its needs; `country` an IRI.
    """

    slug: str
    iri: str
    title: str | None
    promoter: str
    promoter_iri: str
    place: str | None
    region: str | None
    level: int
    areas: tuple[str, ...]
    edition: str | None
    need: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Adopted:
    """A replication as a line in the list of a place: what was taken up, of which kind.

    `practice` is the slug of the original; `kind`, `origin` and `status` are concepts' IRIs.
    """

    iri: str
    as_said: str
    practice: str
    kind: str
    origin: str | None
    status: str | None
    year: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """A statistical series: what it counts, of when, whose, under which licence.

    `reference_date` is an ISO date or a year; `edition` the year of the publication, which is not
    always that of the data; `higher_*` what a higher value means, where the source says so;
    `attribution` the wording that the licence asks for. What the data do not give is None.
    """

    iri: str
    title_it: str
    title_en: str
    unit_it: str | None
    unit_en: str | None
    reference_date: str | None
    publisher: str | None
    source: str | None
    licence: str | None
    definition_it: str | None = None
    definition_en: str | None = None
    higher_it: str | None = None
    higher_en: str | None = None
    edition: str | None = None
    attribution: str | None = None
    property: str | None = None
    """IRI of the property whose values make the series."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statistic of a place: a value of a series.

    `value` is the lexical form of a number or a text, or a concept's IRI. `property` is that of
    the series, `talea:observedValue` for those that have none of their own.
    """

    property: str
    value: str
    series: Series


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a Comune stands in a series among the Comuni of Puglia whose value is known.

    `known` counts them, the Comune included; `lower` are those with a strictly lower value, `equal`
    the others with its own: who ties is neither above nor below.
    """

    lower: int
    equal: int
    known: int

    @property
    def percent(self) -> int:
        """In how many of 100 other Comuni the value is lower, rounded down."""
        return 100 * self.lower // (self.known - 1)

    @property
    def higher(self) -> int:
        """In how many other Comuni the value is higher."""
        return self.known - 1 - self.lower - self.equal


@dataclass(frozen=True, slots=True)
class ComuneFacts:
    """A Comune: the place, the body that governs it, its Ambito, its facts."""

    istat: str
    name: str
    province: str | None
    region: str | None
    place_iri: str
    body_iri: str | None
    ambito: str | None
    ambito_name: str | None
    membership_basis: str | None
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nearby:
    """Slugs of the practices known of a Comune, by what ties them to it.

    `own` are those that it promotes or that take place there, `shared` those of its Ambito or of an
    association it belongs to, `taken_up` those born elsewhere that were taken up there.
    """

    own: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    taken_up: frozenset[str] = frozenset()

    def among(self, slugs: Set[str]) -> "Nearby":
        """The same ties with some practices only."""
        return Nearby(self.own & slugs, self.shared & slugs, self.taken_up & slugs)


@dataclass(frozen=True, slots=True)
class AmbitoFacts:
    """A social district: members as (istat, name), how well they are known, and sources."""

    id: str
    iri: str
    name: str
    province: str | None
    lead: tuple[str, str] | None
    lead_basis: str | None
    members: tuple[tuple[str, str], ...]
    status: str | None
    evidence_date: str | None
    notes: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """Any resource as the graph tells it: (property IRI, values) and (source IRI, property IRI).

    Values and incoming links are at most 500 each, in a fixed order.
    """

    iri: str
    label: str
    types: tuple[str, ...]
    properties: tuple[tuple[str, tuple[ox.NamedNode | ox.Literal, ...]], ...]
    incoming: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """A withdrawn resource and, where there is one, the IRI that replaces it."""

    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class District:
    """A line in the list of Ambiti."""

    id: str
    iri: str
    name: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A class or a property that the ontology defines. `kind` is the local name of its type."""

    iri: str
    kind: str
    label_it: str
    label_en: str
    definition_it: str
    definition_en: str

    def label(self, lang: Lang) -> str:
        """The label in `lang`."""
        return self.label_en if lang == "en" else self.label_it

    def definition(self, lang: Lang) -> str:
        """The definition in `lang`."""
        return self.definition_en if lang == "en" else self.definition_it


def read_labels(rows: Iterable[Row]) -> dict[str, dict[str, str]]:
    """Resource IRI -> language -> label; a label without language counts as Italian."""
    labels: dict[str, dict[str, str]] = {}
    for row in rows:
        label = row["label"]
        if isinstance(label, ox.Literal):
            names = labels.setdefault(row["resource"].value, {})
            names.setdefault(label.language or "it", label.value)
    return labels


def read_districts(rows: Iterable[Row]) -> dict[str, District]:
    """District id -> district, its members in the order of the rows."""
    members: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for row in rows:
        iri = row["district"].value
        names[iri] = row["name"].value
        members.setdefault(iri, {})[ns.local(row["place"].value)] = row["placeName"].value
    return {
        ns.local(iri): District(ns.local(iri), iri, names[iri], tuple(members[iri].items()))
        for iri in names
    }


def read_series(rows: Iterable[Row]) -> dict[str, Series]:
    """Series IRI -> series."""
    by_lang: dict[str, dict[str, Row]] = {}
    for row in rows:
        title = row["title"]
        lang = title.language if isinstance(title, ox.Literal) else None
        by_lang.setdefault(row["series"].value, {})[lang or "it"] = row
    found = {}
    for iri, told in by_lang.items():
        it = told.get("it") or next(iter(told.values()))
        en = told.get("en", it)
        found[iri] = Series(
            iri=iri,
            title_it=it["title"].value,
            title_en=en["title"].value,
            unit_it=optional(it, "unit"),
            unit_en=optional(en, "unit"),
            reference_date=optional(it, "date") or optional(it, "year"),
            publisher=optional(it, "publisher"),
            source=optional(it, "source"),
            licence=optional(it, "licence"),
            definition_it=optional(it, "definition"),
            definition_en=optional(en, "definition"),
            higher_it=optional(it, "higher"),
            higher_en=optional(en, "higher"),
            edition=optional(it, "edition"),
            attribution=optional(it, "attribution"),
            property=optional(it, "property"),
        )
    return found


def comparable(ranks: Mapping[str, Rank], total: int) -> dict[str, Rank]:
    """The ranks in series that nine of ten of the `total` Comuni have a value of.

    Among fewer a rank would compare a Comune with those that happen to be known.
    """
    least = max(2, COMPARABLE * total)
    return {series: rank for series, rank in ranks.items() if rank.known >= least}


def read_nearby(rows: Iterable[Row]) -> dict[str, Nearby]:
    """ISTAT code -> practices by tie; a Comune of which none is known is left out."""
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        ties = found.setdefault(ns.local(row["place"].value), {})
        slug = ns.local(row["practice"].value)
        ties.setdefault(_TIES[row["link"].value], set()).add(slug)
    return {
        istat: Nearby(**{tie: frozenset(slugs) for tie, slugs in ties.items()})
        for istat, ties in found.items()
    }


def read_adopted(rows: Iterable[Row]) -> list[Adopted]:
    """One line a replication, in the order of the rows."""
    return [
        Adopted(
            iri=row["replication"].value,
            as_said=row["asSaid"].value,
            practice=ns.local(row["practice"].value),
            kind=row["kind"].value,
            origin=optional(row, "origin"),
            status=optional(row, "status"),
            year=optional(row, "year"),
        )
        for row in rows
    ]


def optional(row: Row, key: str) -> str | None:
    """The text of a cell, or None where it is unbound."""
    return row[key].value if row.get(key) is not None else None


class DocumentOrder:
    """Order of the triples of a document: the resource first, then by name, types before all."""

    def __init__(self, iri: str) -> None:
        self._iri = iri

    def __call__(self, triple: ox.Triple) -> tuple[bool, str, bool, str, str]:
        subject = str(triple.subject)
        return (
            triple.subject != ox.NamedNode(self._iri),
            subject,
            triple.predicate != ns.TYPE,
            triple.predicate.value,
            str(triple.object),
        )
