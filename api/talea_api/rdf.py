"""RDF documents: the triples of a resource in the formats that its suffixes name."""

from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import RdfFormat, Triple, serialize

from talea_catalogue import namespaces as ns
from talea_sparql.formats import Format, by_suffix

ENGINE: Final = {
    ".ttl": RdfFormat.TURTLE,
    ".jsonld": RdfFormat.JSON_LD,
    ".nt": RdfFormat.N_TRIPLES,
    ".rdf": RdfFormat.RDF_XML,
}


def _format(suffix: str) -> Format:
    found = by_suffix(suffix)
    if found is None:  # pragma: no cover - the two tables are kept equal by a test
        raise LookupError(suffix)
    return found


RDF_FORMATS: Final[tuple[Format, ...]] = tuple(_format(suffix) for suffix in ENGINE)
"""Turtle, JSON-LD, N-Triples and RDF/XML, in the order in which we prefer to send them."""


def write(
    triples: Iterable[Triple], form: Format, prefixes: Mapping[str, str] = ns.PREFIXES
) -> bytes:
    """The triples in one format, each once, grouped by subject in the order of first appearance."""
    order: dict[str, list[Triple]] = {}
    for triple in dict.fromkeys(triples):
        order.setdefault(str(triple.subject), []).append(triple)
    grouped = (triple for group in order.values() for triple in group)
    # N-Triples has no prefixes and JSON-LD is written expanded.
    shortened = dict(prefixes) if form.suffix in (".ttl", ".rdf") else None
    written = serialize(grouped, format=ENGINE[form.suffix], prefixes=shortened)
    return written if written is not None else b""
