"""A contained SPARQL 1.1 query service over pyoxigraph. It knows nothing of what it serves.

The pure half is exported here. The two lanes that run queries are imported by name, so that the
confined processes load no event loop: `talea_sparql.pool.Pool` for strangers' queries,
`talea_sparql.store.TrustedStore` for the named queries of a `talea_sparql.library.Library`.
"""

from __future__ import annotations

from talea_sparql.errors import LibraryError, SparqlError
from talea_sparql.formats import FORMATS, Form, Format, by_media_type, by_suffix, candidates
from talea_sparql.guard import Inspection, inspect
from talea_sparql.limits import LimitDescription, Limits
from talea_sparql.negotiate import choose
from talea_sparql.protocol import ALLOWED_METHODS, Operation, parse

__all__ = [
    "ALLOWED_METHODS",
    "FORMATS",
    "Form",
    "Format",
    "Inspection",
    "LibraryError",
    "LimitDescription",
    "Limits",
    "Operation",
    "SparqlError",
    "by_media_type",
    "by_suffix",
    "candidates",
    "choose",
    "inspect",
    "parse",
]
