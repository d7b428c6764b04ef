"""`/ontologia` and `/vocabolari`: the words of the catalogue, defined, each with its practices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

import pyoxigraph as ox

from talea_catalogue import namespaces as ns
from talea_catalogue.foreign import short
from talea_catalogue.reference import Entry, Rule
from talea_catalogue.repository import Repository
from talea_catalogue.vocabulary import Concept

from ..language import Lang, Text
from ..rdf import RDF_FORMATS, write
from ..render import Page
from ..views import Visit
from .alike import MOST, TOPICS, alike, topic
from .common import Link, alternates, formats, href, known, missing, page

KINDS: Final = {
    "ObjectProperty": Text("Proprietà che collegano", "Properties that link"),
    "DatatypeProperty": Text("Proprietà che descrivono", "Properties that describe"),
}
DOWNLOADS: Final = (
    ("/ontologia.ttl", Text("Ontologia e allineamenti (Turtle)", "Ontology, alignments (Turtle)")),
    ("/ontologia/context.jsonld", Text("Contesto JSON-LD", "JSON-LD context")),
    ("/ontologia/shapes.ttl", Text("Regole (SHACL)", "Rules (SHACL)")),
    ("/ontologia/CHANGELOG.md", Text("Registro delle modifiche", "Changelog")),
)
FILTER_OF: Final = {
    "area-tematica": "area",
    "target": "target",
    "bisogno": "bisogno",
    "tipo-intervento": "intervento",
}
"""Schemes by which practices can be filtered, and the name of the filter."""
ELSEWHERE: Final = ("closeMatch", "exactMatch", "broadMatch", "narrowMatch", "relatedMatch")
"""Links of a concept to those of other vocabularies."""
EXAMPLE_LINES: Final = 6
SHOWN: Final = 20
"""Practices on the page of a concept."""
EXAMPLE_TEXT: Final = 140
"""Characters of the longest value in an example."""


# --- The ontology ---


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """A property of a class: its name, what its values are, how many, and what the rule says."""

    name: Link
    values: tuple[Link, ...]
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class ClassView:
    """A class as the page shows it; `depth` is its place in the tree."""

    entry: Entry
    name: str
    depth: int
    above: tuple[Link, ...]
    near: tuple[Link, ...]
    replaced: tuple[Link, ...]
    rows: tuple[PropertyRow, ...]
    example: Link | None
    snippet: str


@dataclass(frozen=True, slots=True)
class PropertyView:
    """A property as the page shows it."""

    entry: Entry
    name: str
    classes: tuple[Link, ...]
    values: tuple[Link, ...]
    above: tuple[Link, ...]
    near: tuple[Link, ...]
    replaced: tuple[Link, ...]


def ontology(visit: Visit) -> Page:
    """Classes in their hierarchy and properties, each with an anchor of its own name."""
    repository = visit.release.repository
    entries = repository.reference()
    about = repository.describe(ns.ONTO)
    said = dict(about.properties) if about else {}
    return page(
        visit,
        visit.text("L’ontologia", "The ontology"),
        alternates=alternates(visit),
        data={
            "classes": [
                _class(visit, e, depth, entries) for e, depth in _tree(entries, visit.lang)
            ],
            "groups": [
                (
                    text.to(visit.lang),
                    [_property(e) for e in _sorted(entries, visit.lang) if e.term.kind == kind],
                )
                for kind, text in KINDS.items()
            ],
            "iri": ns.ONTO,
            "version": "".join(value.value for value in said.get(ns.OWL + "versionInfo", ())),
            "version_iri": "".join(value.value for value in said.get(ns.OWL + "versionIRI", ())),
            "downloads": [(address, text.to(visit.lang)) for address, text in DOWNLOADS],
            "formats": formats(visit),
        },
    )


def _sorted(entries: Iterable[Entry], lang: Lang) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.term.label(lang).casefold())


def _tree(entries: Sequence[Entry], lang: Lang) -> list[tuple[Entry, int]]:
    """Classes depth first, by label; a class is below each of its own superclasses' first one."""
    classes = [entry for entry in _sorted(entries, lang) if entry.term.kind == "Class"]
    rows: list[tuple[Entry, int]] = []
    placed: set[str] = set()

    def place(parent: str | None, depth: int) -> None:
        for entry in classes:
            if (
                entry.term.iri not in placed
                and next(iter(entry.ours("subClassOf")), None) == parent
            ):
                placed.add(entry.term.iri)
                rows.append((entry, depth))
                place(entry.term.iri, depth + 1)

    place(None, 0)
    return rows


def _class(visit: Visit, entry: Entry, depth: int, entries: Sequence[Entry]) -> ClassView:
    iri = entry.term.iri
    example = visit.release.repository.instance(iri)
    rules = {rule.path: rule for rule in entry.rules}
    named = {e.term.iri: e for e in entries}
    paths = {*rules, *(e.term.iri for e in entries if iri in e.links.get("domain", ()))}
    return ClassView(
        entry,
        ns.local(iri),
        depth,
        _links(entry, "subClassOf"),
        _links(entry, "seeAlso"),
        _links(entry, "isReplacedBy"),
        tuple(
            PropertyRow(
                _link(path),
                _links(named[path], "range") if path in named else (),
                rules.get(path),
            )
            for path in sorted(paths, key=_order)
        ),
        Link(example.removeprefix(ns.ID), href(visit, example)) if example else None,
        _snippet(visit.release.repository, example),
    )


def _property(entry: Entry) -> PropertyView:
    return PropertyView(
        entry,
        ns.local(entry.term.iri),
        _links(entry, "domain"),
        _links(entry, "range"),
        _links(entry, "subPropertyOf"),
        _links(entry, "seeAlso"),
        _links(entry, "isReplacedBy"),
    )


def _order(iri: str) -> tuple[bool, str]:
    return (not iri.startswith(ns.ONTO), short(iri).casefold())


def _link(iri: str) -> Link:
    """A term: ours leads to its place on the page, any other has its customary prefix."""
    if iri.startswith(ns.ONTO):
        return Link(ns.local(iri), f"#{ns.local(iri)}")
    return Link(short(iri))


def _links(entry: Entry, link: str) -> tuple[Link, ...]:
    return tuple(_link(iri) for iri in sorted(set(entry.links.get(link, ())), key=_order))


def _snippet(repository: Repository, iri: str | None) -> str:
    """Some short statements of a resource, in Turtle without the prefixes; empty for none."""
    if iri is None:
        return ""
    node = ox.NamedNode(iri)
    told = [t for t in repository.triples(iri) if t.subject == node and _fits(t.object)]
    text = write(told[:EXAMPLE_LINES], RDF_FORMATS[0]).decode()
    return "\n".join(line for line in text.splitlines() if not line.startswith("@prefix"))


def _fits(term: object) -> bool:
    return isinstance(term, ox.NamedNode | ox.Literal) and len(term.value) <= EXAMPLE_TEXT


# --- The vocabularies ---


@dataclass(frozen=True, slots=True)
class ConceptView:
    """A concept as the page shows it: `practices` leads to those that have it."""

    concept: Concept
    depth: int
    broader: Link | None
    related: tuple[Link, ...]
    elsewhere: tuple[Link, ...]
    replaced: tuple[Link, ...]
    deprecated: bool
    count: int
    practices: str
    replications: int
    own: str | None
    """The address of its own page, for a topic."""


def schemes(visit: Visit) -> Page:
    """The controlled vocabularies."""
    found = visit.release.repository.schemes()
    return page(
        visit,
        visit.text("I vocabolari", "The vocabularies"),
        data={"schemes": found, "concepts": sum(len(scheme.concepts) for scheme in found)},
    )


def scheme(visit: Visit) -> Page:
    """One vocabulary: its concepts in tree order, each with an anchor."""
    slug = visit.names["scheme"]
    known(visit, ns.VOC + slug)
    repository = visit.release.repository
    found = repository.scheme(slug)
    if found is None:
        raise missing()
    links, uses = repository.concept_links(slug), repository.concept_uses(slug)
    concepts = [
        _concept(visit, concept, depth, links.get(concept.iri, {}), uses.get(concept.iri, {}))
        for concept, depth in found.concepts
    ]
    return page(
        visit,
        found.title(visit.lang),
        steps=[(visit.text("Vocabolari", "Vocabularies"), "/vocabolari")],
        alternates=alternates(visit),
        data={
            "scheme": found,
            "concepts": _filtered(visit, slug, concepts),
            "iri": ns.VOC + slug,
            "formats": formats(visit),
        },
    )


def concept(visit: Visit) -> Page:
    """A topic: what it is, the practices tied to it and, where they are few, the closest ones."""
    slug, notation = visit.names["scheme"], visit.names["notation"]
    iri = known(visit, ns.concept(slug, notation))
    repository = visit.release.repository
    found, scheme_ = repository.concept(iri), repository.scheme(slug)
    if found is None or scheme_ is None or slug not in TOPICS:
        raise missing()
    hits = visit.release.search.for_concept(iri, SHOWN)
    tied = [alike(visit, hit) for hit in hits if hit.confident]
    closest = [alike(visit, hit) for hit in hits if not hit.confident][:MOST]
    narrower = [one for one, _ in scheme_.concepts if one.broader == iri]
    steps = [
        (visit.text("Vocabolari", "Vocabularies"), "/vocabolari"),
        (scheme_.title(visit.lang), f"/vocabolari/{slug}"),
    ]
    return page(
        visit,
        found.label(visit.lang),
        steps=steps,
        description=found.definition(visit.lang) or None,
        data={
            "concept": found,
            "scheme": scheme_,
            "broader": topic(visit, found.broader) if found.broader else None,
            "narrower": [topic(visit, one.iri) for one in narrower],
            "tied": [replace(one, topics=_others(visit, one.topics)) for one in tied],
            "closest": closest,
            **_filter(visit, found),
            "iri": iri,
            "formats": [(f"/vocabolari/{slug}{form.suffix}", form.name) for form in RDF_FORMATS],
            "json": f"/api/v1/concepts/{slug}/{notation}/practices",
        },
    )


def _others(visit: Visit, topics: tuple[Link, ...]) -> tuple[Link, ...]:
    """The topics that are not that of the page."""
    return tuple(one for one in topics if one.href != visit.base + visit.path)


def _filter(visit: Visit, concept: Concept) -> dict[str, object]:
    """How many practices have a concept, and where they can be filtered; nothing for no filter."""
    name = FILTER_OF.get(concept.scheme)
    counts = _counts(visit, name) if name else {}
    address = visit.href("/pratiche", **{name: concept.notation}) if name else None
    return {"total": counts.get(concept.notation, 0), "all": address}


def _counts(visit: Visit, name: str) -> dict[str, int]:
    """How many practices each value of a filter has."""
    facets = visit.release.repository.columns().overview
    return {o.value: o.count for f in facets if f.name == name for o in f.options}


def _concept(
    visit: Visit,
    concept: Concept,
    depth: int,
    links: Mapping[str, tuple[str, ...]],
    uses: Mapping[str, int],
) -> ConceptView:
    query = visit.release.store.library["concept-practices"].bind({"concept": concept.iri})
    return ConceptView(
        concept,
        depth,
        _named(visit, concept.broader) if concept.broader else None,
        tuple(_named(visit, iri) for iri in links.get("related", ())),
        tuple(_elsewhere(visit, iri) for name in ELSEWHERE for iri in links.get(name, ())),
        tuple(_named(visit, iri) for iri in links.get("isReplacedBy", ())),
        "true" in links.get("deprecated", ()),
        uses.get("pratica", 0),
        f"{visit.base}/sparql?{urlencode({'query': query})}",
        uses.get("replica", 0),
        topic(visit, concept.iri).href if concept.scheme in TOPICS else None,
    )


def _named(visit: Visit, iri: str) -> Link:
    return Link(visit.release.repository.label(iri, visit.lang), href(visit, iri))


def _elsewhere(visit: Visit, iri: str) -> Link:
    """A concept of another scheme, ours or of others."""
    return _named(visit, iri) if iri.startswith(ns.ROOT) else Link(short(iri), iri)


def _filtered(visit: Visit, slug: str, concepts: list[ConceptView]) -> list[ConceptView]:
    """For the schemes that are also filters: the count and the address of the filter."""
    name = FILTER_OF.get(slug)
    if name is None:
        return concepts
    counts = _counts(visit, name)
    return [
        replace(
            view,
            count=counts.get(view.concept.notation, 0),
            practices=visit.href("/pratiche", **{name: view.concept.notation}),
        )
        for view in concepts
    ]
