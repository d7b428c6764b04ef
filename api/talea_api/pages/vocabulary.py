"""`/ontologia`, `/vocabolari` and `/vocabolari/{scheme}`: the words of the catalogue, defined."""

from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Repository

from ..language import Text
from ..render import Page
from ..views import Visit
from .common import alternates, formats, known, missing, page

KINDS: Final = {
    "Class": Text("Classi", "Classes"),
    "ObjectProperty": Text("Proprietà che collegano", "Properties that link"),
    "DatatypeProperty": Text("Proprietà che descrivono", "Properties that describe"),
}
FILTER_OF: Final = {
    "area-tematica": "area",
    "target": "target",
    "bisogno": "bisogno",
    "tipo-intervento": "intervento",
}
"""Schemes by which practices can be filtered, and the name of the filter."""


def ontology(visit: Visit) -> Page:
    """The classes and properties, each with an anchor of its own name."""
    terms = visit.release.repository.terms()
    return page(
        visit,
        visit.text("L’ontologia", "The ontology"),
        alternates=alternates(visit),
        data={
            "groups": [
                (text.to(visit.lang), [term for term in terms if term.kind == kind])
                for kind, text in KINDS.items()
            ],
            "local": ns.local,
            "iri": ns.ONTO,
            "formats": formats(visit),
        },
    )


def schemes(visit: Visit) -> Page:
    """The controlled vocabularies."""
    return page(
        visit,
        visit.text("I vocabolari", "The vocabularies"),
        data={"schemes": visit.release.repository.schemes()},
    )


def scheme(visit: Visit) -> Page:
    """One vocabulary: its concepts in tree order, each with an anchor."""
    slug = visit.names["scheme"]
    known(visit, ns.VOC + slug)
    found = visit.release.repository.scheme(slug)
    if found is None:
        raise missing()
    counts = _counts(visit.release.repository, slug)
    return page(
        visit,
        found.title(visit.lang),
        steps=[(visit.text("Vocabolari", "Vocabularies"), "/vocabolari")],
        alternates=alternates(visit),
        data={
            "scheme": found,
            "counts": counts,
            "search": {
                notation: visit.href("/pratiche", **{FILTER_OF[slug]: notation})
                for notation in counts
            },
            "iri": ns.VOC + slug,
            "formats": formats(visit),
        },
    )


def _counts(repository: Repository, slug: str) -> dict[str, int]:
    """How many practices have each concept, for the schemes that are also filters."""
    name = FILTER_OF.get(slug)
    facets = repository.columns().facets(frozenset(repository.listed()), {})
    return {
        option.value: option.count
        for facet in facets
        if facet.name == name
        for option in facet.options
    }
