"""The media types of the service, in one table.

Sources: SPARQL 1.1 results in JSON, XML, CSV and TSV; RDF 1.1 concrete syntaxes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["FORMATS", "Form", "Format", "by_media_type", "by_suffix", "candidates"]


class Form(StrEnum):
    """The four query forms of SPARQL 1.1."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


_TABLE = frozenset({Form.SELECT})
_TABLE_OR_BOOLEAN = frozenset({Form.SELECT, Form.ASK})
_GRAPH = frozenset({Form.CONSTRUCT, Form.DESCRIBE})


@dataclass(frozen=True, slots=True)
class Format:
    """One concrete syntax.

    `aliases` are media types that a client may ask for, but that are never sent.
    `forms` are the query forms it fits; an application's own formats (HTML) leave it empty.
    """

    name: str
    media_type: str
    suffix: str
    forms: frozenset[Form] = field(default_factory=frozenset)
    aliases: tuple[str, ...] = ()
    charset: str | None = None

    @property
    def content_type(self) -> str:
        """Return the value of the Content-Type header."""
        return f"{self.media_type}; charset={self.charset}" if self.charset else self.media_type


# The order is the service's own preference: the first that fits answers a missing Accept.
FORMATS: tuple[Format, ...] = (
    Format(
        "SPARQL results JSON",
        "application/sparql-results+json",
        ".srj",
        _TABLE_OR_BOOLEAN,
        ("application/json",),
    ),
    Format(
        "SPARQL results XML",
        "application/sparql-results+xml",
        ".srx",
        _TABLE_OR_BOOLEAN,
        ("application/xml", "text/xml"),
    ),
    Format("CSV", "text/csv", ".csv", _TABLE, (), "utf-8"),
    Format("TSV", "text/tab-separated-values", ".tsv", _TABLE, (), "utf-8"),
    Format("Turtle", "text/turtle", ".ttl", _GRAPH, ("application/x-turtle",), "utf-8"),
    Format("N-Triples", "application/n-triples", ".nt", _GRAPH, ("text/plain",)),
    Format("RDF/XML", "application/rdf+xml", ".rdf", _GRAPH, ("application/xml", "text/xml")),
    Format("JSON-LD", "application/ld+json", ".jsonld", _GRAPH, ("application/json",)),
    Format("TriG", "application/trig", ".trig", _GRAPH),
    Format("N-Quads", "application/n-quads", ".nq", _GRAPH),
)


def candidates(form: Form) -> tuple[Format, ...]:
    """Return the formats that fit a query form, in the order of preference."""
    return tuple(item for item in FORMATS if form in item.forms)


def by_suffix(suffix: str) -> Format | None:
    """Return the format of a file suffix with its dot, such as `.ttl`."""
    return next((item for item in FORMATS if item.suffix == suffix), None)


def by_media_type(media_type: str) -> Format | None:
    """Return the format whose own media type this is; aliases do not count."""
    return next((item for item in FORMATS if item.media_type == media_type), None)
