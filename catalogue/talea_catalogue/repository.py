"""Typed questions over a release: the only way in which pages, API and search read the graph.

Every method answers from the read-only store of one release with one named query, or from a table
that a named query filled when the release was opened. Nothing here writes. Labels are given in the
asked language and fall back to Italian.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from . import answers, mapping
from . import namespaces as ns
from .answers import Answers
from .facts import (
    Adopted,
    AmbitoFacts,
    Brief,
    ComuneFacts,
    Description,
    District,
    DocumentOrder,
    Fact,
    Gone,
    Level,
    Nearby,
    Rank,
    Series,
    Term,
    comparable,
    optional,
    read_adopted,
    read_districts,
    read_labels,
    read_nearby,
    read_series,
)
from .known_services import KnownServices, ServiceKnown, group_by_type, read_services
from .lineage import Lineage, read_lineage
from .model import Plan, Practice, Publication, Transfer
from .places import Place, Places, Row
from .reference import Entry, read_links, read_reference
from .search.columns import comuni_of, read_columns
from .search.facets import YES, Columns
from .terms import T
from .vocabulary import Concept, Lang, Scheme, Vocabulary

if TYPE_CHECKING:
    from talea_sparql.store import QueryStore

    from .replicability.facts import Territory

__all__ = [
    "Adopted",
    "AmbitoFacts",
    "Brief",
    "ComuneFacts",
    "Description",
    "District",
    "Fact",
    "Gone",
    "KnownServices",
    "Lang",
    "Level",
    "Nearby",
    "Rank",
    "Repository",
    "Series",
    "Term",
]

_DERIVED = ox.NamedNode(ns.GRAPH + "derivati")
_VOC = ox.NamedNode(ns.GRAPH + "voc")
_EVERYDAY = ox.NamedNode(ns.GRAPH + "everyday")
_BODIES = (
    T.RegionalGovernment,
    T.ProvincialGovernment,
    T.ForeignPublicBody,
    T.ThirdSectorOrganization,
    T.SocialEnterprise,
    T.TemporaryAssociation,
    T.Partnership,
)
_PUGLIA = ns.resource("luogo", "regione-puglia")
_ANY = {"need": "bisogno", "target": "target"}
"""Parameter of `territory-practices.rq` -> the scheme that stands for any of its values."""
_PART_OF = (T.observedPlace, T.ofDistrict, ox.NamedNode(ns.DCT + "spatial"))
"""Properties by which an observation or a service fact names the place or body it hangs from."""

MOST_TOLD = 3
_RANKED = 512
"""Comuni whose ranks are kept: all those of Puglia."""
_NAMES = 50_000
"""Resources whose labels are kept where they are read one by one."""
_WHERE = frozenset({T.implementedIn.value, T.promoterPlace.value, T.inRegion.value})
_Where = Mapping[str, Sequence[str]]
"""Property -> IRIs of places."""


class Repository:
    """The questions. One instance a release; safe to use from several threads."""

    def __init__(self, store: "QueryStore", kept: Answers | None = None) -> None:
        """`kept` holds the rows of the questions that `store` would answer slowly."""
        self._store = store
        self._quads = store.quads
        self.vocabulary = Vocabulary.from_quads(self._quads(None, None, None, _VOC))
        self._places = Places(self._rows("places"))
        self._names = self._names_at_once() if kept is None else self._names_one_by_one()
        self._series = read_series(self._rows("series"))
        self._gone = {
            _iri(row["resource"]): Gone(
                _iri(row["replacement"]) if row.get("replacement") else None
            )
            for row in self._rows("withdrawn")
        }
        self._districts = read_districts(self._rows("districts"))
        self._district_of = {
            istat: district
            for district in self._districts.values()
            for istat, _ in district.members
        }
        self._kept = answers.ask(store) if kept is None else kept
        self._briefs = Listing(self._kept, self._first_place)
        self._chosen: dict[str, frozenset[str]] = {}
        self._ranks = lru_cache(_RANKED)(self._count_ranks)

    # -- practices

    def practice(self, slug: str) -> Practice | None:
        """The whole practice, or None."""
        if slug not in self._briefs:
            return None
        graph = ox.NamedNode(ns.graph("pratica", slug))
        return mapping.practice_from((q.triple for q in self._quads(None, None, None, graph)), slug)

    def level(self, slug: str) -> Level:
        """How complete a record is."""
        record = ox.NamedNode(ns.resource("scheda", slug))
        missing = sorted(
            _iri(q.object) for q in self._quads(record, T.missingForNext, None, _DERIVED)
        )
        return Level(self._briefs[slug].level, tuple(missing))

    def brief(self, slug: str) -> Brief:
        """A practice as a line; raises KeyError."""
        return self._briefs[slug]

    def briefs(self, slugs: Iterable[str]) -> list[Brief]:
        """Lines in the order given; unknown slugs are left out."""
        return [self._briefs[slug] for slug in slugs if slug in self._briefs]

    def listed(self) -> list[str]:
        """Slugs of the practices that are ranked, the most complete first, then by title."""
        return list(self.columns().slugs)

    def replicated(self) -> list[str]:
        """Slugs of the ranked practices of which a replication is told."""
        columns = self.columns()
        mask = columns.mask({"replicata": (YES,)})
        return [slug for slug, told in zip(columns.slugs, mask, strict=True) if told]

    def slugs(self) -> list[str]:
        """Slugs of all practices, those of which only the body is known included, by name."""
        return sorted(self._briefs)

    def columns(self) -> Columns:
        """The facet values of every ranked practice."""
        return self._columns_and_levels[0]

    def practices_of_comune(self, istat: str) -> list[Brief]:
        """Practices that a Comune promotes, joins or hosts, those of its Ambito included."""
        return self._sorted(self._concerning.get(ns.resource("luogo", istat), set()))

    def practices_of_ambito(self, ambito: str) -> list[Brief]:
        """Practices promoted by a social district."""
        return self.practices_of_body(ns.resource("ente", ambito))

    def practices_of_body(self, iri: str) -> list[Brief]:
        """Practices promoted by a body."""
        return self._naming(T.promotedBy, iri)

    def practices_of_edition(self, edition: str) -> list[Brief]:
        """Practices selected by an edition of the Festival."""
        return self._naming(T.presentedAt, edition)

    def comuni_of_practice(self, slug: str) -> tuple[Place, ...]:
        """The Comuni by which a practice is filtered; see `columns.comuni_of`."""
        rows = self._kept.of(mapping.practice_iri(slug))[answers.FACETS]
        return tuple(comuni_of(rows, self._places.comune))

    def kin(self, slug: str) -> set[str]:
        """Slugs of the practices told to be this one elsewhere, or deeper, and the other way."""
        node = ox.NamedNode(mapping.practice_iri(slug))
        found: set[str] = set()
        for link in (T.replicaOf, T.deepens):
            found |= {_iri(q.object) for q in self._quads(node, link, None, None)}
            found |= {_iri(q.subject) for q in self._quads(None, link, node, None)}
        for link, other in ((T.replicates, T.yields), (T.yields, T.replicates)):
            for passage in (ox.NamedNode(_iri(q.subject)) for q in self._quads(None, link, node)):
                found |= {_iri(q.object) for q in self._quads(passage, other, None, None)}
        return {ns.local(iri) for iri in found}

    def replicas_declared(self, slug: str) -> list[Brief]:
        """Practices that declare themselves replicas of this one."""
        return self._naming(T.replicaOf, mapping.practice_iri(slug))

    def fields_said(self, slugs: Iterable[str]) -> dict[str, frozenset[str]]:
        """Slug -> keys of the fields of its sheet that have an answer (`practice-fields.rq`)."""
        return self._keys("practice-fields", "field", slugs)

    def _keys(self, query: str, key: str, slugs: Iterable[str]) -> dict[str, frozenset[str]]:
        """Slug -> the values of `key` in the rows of a named query about these practices."""
        found: dict[str, set[str]] = {brief.slug: set() for brief in self.briefs(slugs)}
        practices = [ox.NamedNode(mapping.practice_iri(slug)) for slug in found]
        for row in self._rows(query, practices=practices) if practices else ():
            found[ns.local(_iri(row["practice"]))].add(row[key].value)
        return {slug: frozenset(keys) for slug, keys in found.items()}

    @cached_property
    def most_told(self) -> tuple[str, ...]:
        """Slugs of the `MOST_TOLD` practices of which most is known.

        By level, then by how many fields of their sheet have an answer, then by title.
        """
        briefs = self.briefs(self.listed())
        last = briefs[:MOST_TOLD][-1].level if briefs else 0
        top = [brief for brief in briefs if brief.level >= last]
        said = self.fields_said(brief.slug for brief in top)
        top.sort(key=lambda b: (-b.level, -len(said[b.slug]), b.title or "", b.slug))
        return tuple(brief.slug for brief in top[:MOST_TOLD])

    def plan(self, slug: str) -> Plan | None:
        """A public plan, or None."""
        return cast(Plan | None, self._record("piano", slug))

    def publications(self) -> list[str]:
        """Slugs of the publications, sorted."""
        found = self._quads(None, ns.TYPE, T.Publication, None)
        return sorted({ns.local(_iri(one.subject)) for one in found})

    def publication(self, slug: str) -> Publication | None:
        """What a publication is made of, or None."""
        return cast(Publication | None, self._record("pubblicazione", slug))

    def chosen_by(self, query: str) -> frozenset[str]:
        """Slugs of the practices that the query of a publication finds in this release.

        It must be one that comes with Talea: nothing stops another. One that is refused or finds
        something else than practices chooses none.
        """
        from .publication import SelectionError, select

        if query not in self._chosen:
            self._chosen[query] = frozenset()
            with suppress(SelectionError):
                self._chosen[query] = frozenset(select(self._store, query, frozenset(self._briefs)))
        return self._chosen[query]

    def sections_told(self, slugs: Iterable[str]) -> dict[str, frozenset[str]]:
        """Slug -> parts of its sheet in a book that have a text (`book-sections.rq`)."""
        return self._keys("book-sections", "section", slugs)

    def practices_of_plan(self, slug: str) -> list[Brief]:
        """Practices that a source says carry out a plan."""
        return self._naming(T.implementsPlan, ns.resource("piano", slug))

    def practices_of_action(self, iri: str) -> list[Brief]:
        """Practices that a source says are part of an action of a project."""
        return self._naming(T.partOfProjectAction, iri)

    def is_transversal(self, action: str) -> bool:
        """Whether an action of a project crosses all the others, as its record says."""
        return self._one(action, T.transversal) == "true"

    def deepened_by(self, slug: str) -> list[str]:
        """IRIs of the practices whose record goes deeper into this one's."""
        return [brief.iri for brief in self._naming(T.deepens, mapping.practice_iri(slug))]

    @cached_property
    def deepenings(self) -> Mapping[str, tuple[str, ...]]:
        """Slug -> slugs of the practices whose record goes deeper into its own, by name."""
        found: dict[str, set[str]] = {}
        for quad in self._quads(None, T.deepens, None, None):
            poor, rich = ns.local(_iri(quad.object)), ns.local(_iri(quad.subject))
            found.setdefault(poor, set()).add(rich)
        return {slug: tuple(sorted(others)) for slug, others in found.items()}

    def _naming(self, predicate: ox.NamedNode, iri: str) -> list[Brief]:
        node = _node(iri)
        if node is None:
            return []
        return self._sorted(
            ns.local(_iri(q.subject)) for q in self._quads(None, predicate, node, None)
        )

    def _record(self, kind: str, slug: str) -> object | None:
        """A record that has a graph and a shape of its own, whole; None where there is none."""
        iri = ns.resource(kind, slug)
        graph = _node(ns.graph(kind, slug))
        triples = [q.triple for q in self._quads(None, None, None, graph)] if graph else []
        if not triples:
            return None
        return cast(
            object, mapping.decode(mapping.RECORD_SHAPES[kind], mapping.index(triples), iri)
        )

    # -- replications

    def replication(self, slug: str) -> Transfer | None:
        """A replication that has a record of its own, or None."""
        return cast(Transfer | None, self._record("replica", slug))

    def replications_of(self, slug: str) -> list[Transfer]:
        """The replications of a practice that have a record of their own, by year and by name."""
        found = self._transfers(T.replicates, mapping.practice_iri(slug))
        return sorted(
            found, key=lambda t: (t.start_year is None, t.start_year, t.as_said.casefold(), t.slug)
        )

    def replications_yielding(self, slug: str) -> list[Transfer]:
        """The replications, with a record of their own, from which a practice came."""
        found = self._transfers(T.yields, mapping.practice_iri(slug))
        return sorted(found, key=lambda t: t.slug)

    def replications_in(self, *where: str) -> list[Adopted]:
        """What was taken up in some places or by some bodies; what is told twice is here once."""
        nodes = [node for one in where if (node := _node(one))]
        return read_adopted(self._rows("replications-in", where=nodes)) if nodes else []

    def lineage(self, slug: str) -> Lineage | None:
        """Where a practice came from and who took it up, passage by passage; None for no practice.

        Two named queries: `lineage`, and `lineage-told` about what it found.
        """
        if slug not in self._briefs:
            return None
        rows = self._rows("lineage", practice=ox.NamedNode(mapping.practice_iri(slug)))
        return read_lineage(slug, rows, self._told)

    def _told(self, replications: Sequence[str]) -> list[Row]:
        return self._rows("lineage-told", replications=[ox.NamedNode(iri) for iri in replications])

    def _transfers(self, predicate: ox.NamedNode, iri: str) -> list[Transfer]:
        node = _node(iri)
        if node is None:
            return []
        subjects = {_iri(q.subject) for q in self._quads(None, predicate, node, None)}
        records = (one for one in subjects if one == ns.resource("replica", ns.local(one)))
        found = (self.replication(ns.local(one)) for one in records)
        return [one for one in found if one is not None]

    def _sorted(self, slugs: Iterable[str]) -> list[Brief]:
        found = self.briefs(set(slugs))
        return sorted(found, key=lambda b: (-b.level, (b.title or b.promoter).casefold(), b.slug))

    # -- places and bodies

    def comune(self, istat: str) -> ComuneFacts | None:
        """A Comune by its ISTAT code, or None where the catalogue does not know it."""
        place = self._places.city(istat)
        if place is None:
            return None
        node = ox.NamedNode(place.iri)
        body = next((_iri(q.subject) for q in self._quads(None, T.governs, node, None)), None)
        district = self._district_of.get(istat)
        province = self._places.get(place.above)
        region = self._places.get(province.above) if province else None
        return ComuneFacts(
            istat=istat,
            name=place.name,
            province=province.name if province else None,
            region=region.name if region else None,
            place_iri=place.iri,
            body_iri=body,
            ambito=district.id if district else None,
            ambito_name=district.name if district else None,
            membership_basis=self._one(body, T.membershipBasis) if body else None,
            facts=self.territory.facts(istat),
            notes=self._texts(place.iri, T.editorialNote),
        )

    def ranks(self, istat: str) -> Mapping[str, Rank]:
        """Series IRI -> where a Comune of Puglia stands among the others; empty for any other."""
        return self._ranks(istat)

    def _count_ranks(self, istat: str) -> Mapping[str, Rank]:
        place = self._places.city(istat)
        if place is None or not self._places.within(place.iri, _PUGLIA):
            return {}
        return comparable(self.territory.ranks(istat), len(self._comuni))

    def services(self, ambito: str) -> KnownServices | None:
        """What is known of the services of a social district, or None where there is none."""
        district = self._districts.get(ambito)
        if district is None:
            return None
        rows = self._rows("known-services", about=ox.NamedNode(district.iri))
        return group_by_type(rows, self.vocabulary.schemes["tipo-servizio"])

    def services_in(self, istat: str) -> list[ServiceKnown]:
        """What is said of services in a Comune, those of its Ambito elsewhere left out."""
        place = self._places.city(istat)
        if place is None or istat not in self.territory.by_place:
            return []
        return read_services(self._rows("known-services", about=ox.NamedNode(place.iri)))

    def ambito(self, id_: str) -> AmbitoFacts | None:
        """A social district by its id, or None."""
        district = self._districts.get(id_)
        if district is None:
            return None
        lead = self._one(district.iri, T.leadMunicipality)
        place = self._one(lead, T.governs) if lead else None
        lead_place = self._places.get(place)
        first = self._places.city(district.members[0][0]) if district.members else None
        province = self._places.get(first.above) if first else None
        return AmbitoFacts(
            id=id_,
            iri=district.iri,
            name=district.name,
            province=province.name if province else None,
            lead=(ns.local(lead_place.iri), lead_place.name) if lead_place else None,
            lead_basis=self._one(district.iri, T.leadBasis),
            members=district.members,
            status=next(iter(self._texts(district.iri, T.membershipStatus)), None),
            evidence_date=self._one(district.iri, T.membershipEvidenceDate),
            notes=self._texts(district.iri, T.editorialNote),
            sources=tuple(sorted(self._all(district.iri, ns.SOURCE))),
        )

    def comuni(self) -> list[tuple[Place, int]]:
        """The Comuni of Puglia by name, each with how many practices concern it."""
        return [(p, len(self._concerning.get(p.iri, ()))) for p in self._comuni]

    @cached_property
    def _comuni(self) -> tuple[Place, ...]:
        found = [p for p in self._places.cities() if self._places.within(p.iri, _PUGLIA)]
        return tuple(sorted(found, key=lambda p: p.name.casefold()))

    @cached_property
    def nearby(self) -> Mapping[str, Nearby]:
        """ISTAT code -> the practices known of a Comune of Puglia; without any, it is left out."""
        schemes = {name: ox.NamedNode(ns.VOC + scheme) for name, scheme in _ANY.items()}
        return read_nearby(self._rows("territory-practices", **schemes))

    def cities(self) -> list[Place]:
        """Every Comune that the release holds, by name."""
        return sorted(self._places.cities(), key=lambda p: p.name.casefold())

    def districts(self) -> list[District]:
        """The social districts by name."""
        return sorted(self._districts.values(), key=lambda d: d.name.casefold())

    def comuni_elsewhere(self) -> list[Place]:
        """The Comuni outside Puglia that a record names, by name."""
        found = [p for p in self._places.cities() if not self._places.within(p.iri, _PUGLIA)]
        return sorted(found, key=lambda p: p.name.casefold())

    def ambiti(self) -> list[tuple[District, int]]:
        """The social districts by name, each with how many practices it promotes."""
        return [(d, len(self.practices_of_ambito(d.id))) for d in self.districts()]

    def places(self) -> Iterable[Place]:
        """Every place that the release holds."""
        return iter(self._places)

    def bodies(self) -> list[tuple[str, str]]:
        """IRI and name of the bodies that are neither a Comune nor an Ambito of Italy, by name."""
        quads = (q for kind in _BODIES for q in self._quads(None, ns.TYPE, kind, None))
        iris = {_iri(quad.subject) for quad in quads}
        return sorted(((iri, self.label(iri)) for iri in iris), key=lambda one: one[1].casefold())

    def place(self, iri: str) -> Place | None:
        """A place by its IRI."""
        return self._places.get(iri)

    @cached_property
    def territory(self) -> "Territory":
        """The facts of every Comune, its body, its Ambito, its services: three named queries."""
        from .replicability.facts import Territory

        return Territory.of(
            self._rows("territory-facts"),
            self._rows("territory-bodies"),
            self._rows("territory-services"),
            self._series,
            self._places,
            {district.id: district.name for district in self._districts.values()},
        )

    def requirements(self) -> list[Row]:
        """What each prerequisite of each practice asks (`practice-requirements.rq`)."""
        return self._rows("practice-requirements")

    def query_text(self, name: str, **values: str) -> str:
        """A named query with its parameters written in; those that it does not take are dropped.

        Values are IRIs. Raises KeyError for an unknown name, LibraryError for a text no IRI.
        """
        query = self._store.library[name]
        taken = {parameter.name for parameter in query.parameters}
        text = query.bind({key: value for key, value in values.items() if key in taken})
        return "\n".join(line for line in text.splitlines() if not line.startswith("#"))

    def evidence_of(self, slug: str) -> int:
        """The highest step of evidence among the results of a practice; -1 where none has one."""
        rows = self._kept.of(mapping.practice_iri(slug))[answers.EVIDENCE]
        return max((int(ns.local(step)) for (step,) in rows if step is not None), default=-1)

    def class_of(self, iri: str) -> str | None:
        """The local name of the class of a body that is no Comune and no Ambito."""
        node = _node(iri)
        found = {q.object for q in self._quads(node, ns.TYPE, None, None)} if node else set()
        return next((ns.local(kind.value) for kind in _BODIES if kind in found), None)

    def values_of(self, slug: str, facet: str) -> frozenset[str]:
        """Notations of the concepts of a practice in a facet, as its record states them."""
        return frozenset(map(ns.local, self._of(slug, facet)))

    # -- vocabulary

    def concept(self, iri: str) -> Concept | None:
        """A concept by its IRI."""
        return self.vocabulary.concepts.get(iri)

    def scheme(self, slug: str) -> Scheme | None:
        """A concept scheme by its local name."""
        return self.vocabulary.schemes.get(slug)

    def schemes(self) -> Sequence[Scheme]:
        """All concept schemes, by local name."""
        return [self.vocabulary.schemes[slug] for slug in sorted(self.vocabulary.schemes)]

    def everyday_labels(self) -> Mapping[str, tuple[str, ...]]:
        """Concept IRI -> how people say it, in Italian and in English, in alphabetical order."""
        found: dict[str, set[str]] = {}
        for quad in self._quads(None, T.everydayLabel, None, _EVERYDAY):
            if isinstance(quad.object, ox.Literal):
                found.setdefault(_iri(quad.subject), set()).add(quad.object.value)
        return {iri: tuple(sorted(labels)) for iri, labels in found.items()}

    def terms(self) -> Sequence[Term]:
        """The classes and properties of the ontology, by IRI."""
        return [
            Term(
                _iri(row["term"]),
                _iri(row["kind"]).rsplit("#", 1)[-1],
                row["labelIt"].value,
                row["labelEn"].value,
                optional(row, "definitionIt") or "",
                optional(row, "definitionEn") or "",
            )
            for row in self._rows("terms")
        ]

    def reference(self) -> Sequence[Entry]:
        """The terms with their links, their rules and how much the release uses them, by IRI."""
        rows = (self._rows(f"ontology-{name}") for name in ("links", "rules", "uses"))
        return read_reference(self.terms(), *rows)

    def instance(self, iri: str) -> str | None:
        """A resource of a class, always the same one of a release, or None."""
        quads = self._quads(None, ns.TYPE, ox.NamedNode(iri), None)
        return next((_iri(quad.subject) for quad in quads), None)

    def concept_links(self, scheme: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """IRIs that each concept of a scheme is linked to, by local name of the property."""
        rows = self._rows("concept-links", scheme=ox.NamedNode(ns.VOC + scheme))
        return read_links(rows, "concept")

    def concept_uses(self, scheme: str) -> Mapping[str, Mapping[str, int]]:
        """How many resources of each kind (`pratica`, `replica`, ...) each concept is tied to."""
        found: dict[str, dict[str, int]] = {}
        for row in self._rows("concept-uses", scheme=ox.NamedNode(ns.VOC + scheme)):
            found.setdefault(_iri(row["concept"]), {})[row["kind"].value] = int(row["uses"].value)
        return found

    def series(self) -> Sequence[Series]:
        """The statistical series, by IRI."""
        return list(self._series.values())

    def label(self, iri: str, lang: Lang = "it") -> str:
        """What a resource is called; its last segment where nothing names it."""
        if concept := self.vocabulary.concepts.get(iri):
            return concept.label(lang)
        if place := self._places.get(iri):
            return place.name
        if iri.startswith(ns.ID + "pratica/") and (brief := self._briefs.get(ns.local(iri))):
            return brief.title or brief.promoter
        names = self._names(iri)
        return names.get(lang) or names.get("it") or ns.local(iri.rstrip("/")).rsplit("#", 1)[-1]

    # -- any resource

    def holds(self, iri: str) -> bool:
        """Whether the release says anything of a resource."""
        node = _node(iri)
        return node is not None and any(True for _ in self._quads(node, None, None, None))

    def comune_of(self, body: str) -> str | None:
        """The ISTAT code of the Comune whose body this is."""
        node = _node(body)
        places = self._quads(node, T.governs, None, None) if node else ()
        return next((ns.local(_iri(quad.object)) for quad in places), None)

    def describe(self, iri: str, lang: Lang = "it") -> Description | None:
        """What the graph says of a resource and what points to it, or None."""
        node = _node(iri)
        if node is None:
            return None
        found: dict[str, list[ox.NamedNode | ox.Literal]] = {}
        for quad in self._quads(node, None, None, None):
            if isinstance(quad.object, ox.NamedNode | ox.Literal):
                values = found.setdefault(quad.predicate.value, [])
                if quad.object not in values:
                    values.append(quad.object)
        if not found:
            return None
        types = tuple(sorted(t.value for t in found.pop(ns.TYPE.value, [])))
        return Description(
            iri=iri,
            label=self.label(iri, lang),
            types=types,
            properties=tuple(
                (name, tuple(sorted(values, key=str)[:500]))
                for name, values in sorted(found.items())
            ),
            incoming=tuple(
                (_iri(row["source"]), _iri(row["property"]))
                for row in self._rows("incoming", target=node)
            ),
        )

    def triples(self, iri: str) -> list[ox.Triple]:
        """What a document about `iri` says: its own graph where it has one, else its triples."""
        node = _node(iri)
        if node is None:
            return []
        graph = ox.NamedNode(ns.GRAPH + iri.removeprefix(ns.ID)) if iri.startswith(ns.ID) else None
        found = [q.triple for q in self._quads(None, None, None, graph)] if graph else []
        if any(triple.subject == node for triple in found):
            card = ox.NamedNode(ns.resource("scheda", ns.local(iri)))
            for subject in (node, card):
                found += [q.triple for q in self._quads(subject, None, None, _DERIVED)]
        else:
            found = [q.triple for q in self._quads(node, None, None, None)]
            for part in self._parts(node):
                found += [q.triple for q in self._quads(part, None, None, None)]
        return sorted(set(found), key=DocumentOrder(iri))

    def _parts(self, node: ox.NamedNode) -> set[ox.NamedNode]:
        """Observations and service facts that hang from a place or a body."""
        subjects = (q.subject for link in _PART_OF for q in self._quads(None, link, node, None))
        inner = node.value + "/"
        return {s for s in subjects if isinstance(s, ox.NamedNode) and s.value.startswith(inner)}

    def gone(self, iri: str) -> Gone | None:
        """Whether a resource was withdrawn."""
        return self._gone.get(iri)

    def counts(self) -> Mapping[str, int]:
        """How many practices at each level, and how many of each other thing."""
        return self._counts

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        levels = self._columns_and_levels[1]
        counts = {f"level-{level}": levels[level] for level in range(5)}
        counts["practices"] = len(self._briefs)
        counts["comuni"] = len(self._comuni)
        counts["ambiti"] = len(self._districts)
        counts["triples"] = len(self._store)
        return counts

    # -- tables

    def _names_at_once(self) -> Callable[[str], Mapping[str, str]]:
        labels = read_labels(self._rows("labels"))
        return lambda iri: labels.get(iri, {})

    def _names_one_by_one(self) -> Callable[[str], Mapping[str, str]]:
        @lru_cache(_NAMES)
        def names(iri: str) -> Mapping[str, str]:
            node = _node(iri)
            rows = self._store.select_for("labels", "resource", [node]) if node else []
            return read_labels(cast(list[Row], rows)).get(iri, {})

        return names

    def _of(self, slug: str, facet: str) -> set[str]:
        return self._briefs.entry(slug).values.get(facet, set())

    @cached_property
    def _concerning(self) -> Mapping[str, set[str]]:
        """IRI of a place -> slugs of the practices that are there."""
        found: dict[str, set[str]] = {}
        for slug in self._briefs:
            for iri in self._of(slug, "territorio"):
                found.setdefault(iri, set()).add(slug)
        return found

    def _first_place(self, where: "_Where") -> tuple[str | None, str | None]:
        """The names of where a practice is (or where its promoter is), and its region."""
        named = ""
        for property_ in (T.implementedIn.value, T.promoterPlace.value):
            places = map(self._places.get, where.get(property_, ()))
            named = named or ", ".join(sorted(place.name for place in places if place))
        regions = where.get(T.inRegion.value, ())
        return named or None, self.label(regions[-1]) if regions else None

    @cached_property
    def _columns_and_levels(self) -> tuple[Columns, Counter[int]]:
        replicated = {_iri(row["practice"]) for row in self._rows("practices-replicated")}
        return read_columns(self._kept, self._places, self.vocabulary, replicated)

    # -- small reads

    def _rows(self, name: str, **values: ox.NamedNode | Sequence[ox.NamedNode]) -> list[Row]:
        """Rows of a named query of ours: they bind IRIs and literals only."""
        return cast(list[Row], self._store.select(name, **values))

    def _all(self, subject: str, predicate: ox.NamedNode) -> list[str]:
        quads = self._quads(ox.NamedNode(subject), predicate, None, None)
        return [q.object.value for q in quads if isinstance(q.object, ox.NamedNode | ox.Literal)]

    def _one(self, subject: str, predicate: ox.NamedNode) -> str | None:
        return next(iter(sorted(self._all(subject, predicate))), None)

    def _texts(self, subject: str, predicate: ox.NamedNode) -> tuple[str, ...]:
        """Italian texts, or those without a language."""
        quads = self._quads(ox.NamedNode(subject), predicate, None, None)
        terms = [q.object for q in quads if isinstance(q.object, ox.Literal)]
        return tuple(sorted(t.value for t in terms if t.language in ("it", None)))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A practice as a line, and IRIs of concepts and places by facet, as stated."""

    brief: Brief
    values: Mapping[str, set[str]]


class Listing(Mapping[str, Brief]):
    """Every practice as a line, by slug; a line is made when it is asked for.

    So a release of many practices opens at once. `place` gives the names of where a practice is
    and of its region.
    """

    def __init__(
        self, kept: Answers, place: Callable[["_Where"], tuple[str | None, str | None]]
    ) -> None:
        self._kept = kept
        self._place = place
        self._entries: dict[str, _Entry] = {}

    def __getitem__(self, slug: str) -> Brief:
        return self.entry(slug).brief

    def __contains__(self, slug: object) -> bool:
        return isinstance(slug, str) and mapping.practice_iri(slug) in self._kept

    def __iter__(self) -> Iterator[str]:
        return map(ns.local, self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def entry(self, slug: str) -> _Entry:
        """What is known of a practice. Raises KeyError."""
        if (known := self._entries.get(slug)) is None:
            known = self._entries[slug] = self._read(slug)
        return known

    def _read(self, slug: str) -> _Entry:
        iri = mapping.practice_iri(slug)
        rows = self._kept.of(iri)
        values: dict[str, set[str]] = {}
        where: dict[str, list[str]] = {}
        for facet, value, property_ in rows[answers.FACETS]:
            if facet is None or value is None:
                raise ValueError(f"{answers.FACETS}: {iri} is not whole")
            value = sys.intern(value)
            values.setdefault(sys.intern(facet), set()).add(value)
            if property_ in _WHERE:
                where.setdefault(property_, []).append(value)
        briefs = rows[answers.BRIEFS]
        if not briefs or None in (shown := briefs[0])[:2] or (level := shown[3]) is None:
            raise ValueError(f"{answers.BRIEFS}: {iri} is not whole")
        promoter, name, said, _, title, edition, need, country = shown
        place, region = self._place(where)
        brief = Brief(
            slug=slug,
            iri=iri,
            title=title,
            promoter=said or name or "",
            promoter_iri=promoter or "",
            place=place,
            region=region,
            level=int(ns.local(level)),
            areas=tuple(sorted(values.get("area", ()))),
            edition=edition,
            need=need,
            country=country,
        )
        return _Entry(brief, values)


def _node(iri: str) -> ox.NamedNode | None:
    """The node of an IRI, or None for a text that is no IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _iri(term: object) -> str:
    if not isinstance(term, ox.NamedNode):
        raise TypeError(f"expected an IRI, found {term}")
    return term.value
