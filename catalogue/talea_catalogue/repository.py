"""Typed questions over a release: the only way in which pages, API and search read the graph.

Every method answers from the read-only store of one release with one named query, or from a small
table built when the release is opened. Nothing here writes. Labels are given in the asked language
and fall back to Italian.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pyoxigraph import Triple

from .model import Practice

Lang = Literal["it", "en"]


@dataclass(frozen=True, slots=True)
class Concept:
    """A SKOS concept. `scheme` and `notation` are local names; labels are (it, en)."""

    iri: str
    scheme: str
    notation: str
    label_it: str
    label_en: str
    definition_it: str
    definition_en: str
    broader: str | None
    alt_labels: tuple[str, ...]

    def label(self, lang: Lang) -> str:
        """The preferred label in `lang`."""
        return self.label_en if lang == "en" else self.label_it


@dataclass(frozen=True, slots=True)
class Scheme:
    """A concept scheme with its concepts in tree order (each with its depth, 0 for the top)."""

    slug: str
    title_it: str
    title_en: str
    description_it: str
    description_en: str
    concepts: tuple[tuple[Concept, int], ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Completeness of a record: level 0 to 4 and what is missing for the next (property IRIs)."""

    level: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A practice as a line in a list. `title` falls back to the promoter's name when unknown."""

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


@dataclass(frozen=True, slots=True)
class Fact:
    """One statistic of a place, with where it comes from. `value` is text, number or concept IRI."""

    property: str
    label_it: str
    label_en: str
    value: str
    unit: str | None
    reference_date: str | None
    source: str | None
    licence: str | None


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
    membership_basis: str | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class AmbitoFacts:
    """A social district: members as (istat, name), how well they are known, and sources."""

    id: str
    iri: str
    name: str
    province: str | None
    lead: tuple[str, str] | None
    members: tuple[tuple[str, str], ...]
    status: str | None
    evidence_date: str | None
    note: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """Any resource as its own graph tells it: (property IRI, values) in order, and who points to it."""

    iri: str
    label: str
    types: tuple[str, ...]
    properties: tuple[tuple[str, tuple[str, ...]], ...]
    incoming: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """A withdrawn resource and, where there is one, the IRI that replaces it."""

    replaced_by: str | None


class Repository:
    """The questions. One instance a release; safe to use from several threads."""

    # -- practices
    def practice(self, slug: str) -> Practice | None: ...
    def level(self, slug: str) -> Level: ...
    def brief(self, slug: str) -> Brief: ...
    def briefs(self, slugs: Iterable[str]) -> list[Brief]: ...
    def practices_of_comune(self, istat: str) -> list[Brief]: ...
    def practices_of_ambito(self, ambito: str) -> list[Brief]: ...
    def practices_of_body(self, iri: str) -> list[Brief]: ...
    def practices_of_edition(self, edition: str) -> list[Brief]: ...
    def replicas_declared(self, slug: str) -> list[Brief]: ...

    # -- places and bodies
    def comune(self, istat: str) -> ComuneFacts | None: ...
    def ambito(self, id_: str) -> AmbitoFacts | None: ...
    def comuni(self) -> list[tuple[str, str, str, int]]: ...
    def ambiti(self) -> list[tuple[str, str, str, int, int]]: ...

    # -- vocabulary
    def concept(self, iri: str) -> Concept | None: ...
    def scheme(self, slug: str) -> Scheme | None: ...
    def schemes(self) -> Sequence[Scheme]: ...
    def label(self, iri: str, lang: Lang = "it") -> str: ...

    # -- any resource
    def describe(self, iri: str, lang: Lang = "it") -> Description | None: ...
    def triples(self, iri: str) -> list[Triple]: ...
    def gone(self, iri: str) -> Gone | None: ...
    def counts(self) -> Mapping[str, int]: ...
