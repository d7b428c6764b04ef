"""Find practices: the text index, the facets and the reason of each match."""

from .facets import Facet, FacetOption
from .index import Answer, Hit, Query, Reason, SearchIndex
from .matches import predicate
from .writing import Meaning, build_index, update_index

__all__ = [
    "Answer",
    "Facet",
    "FacetOption",
    "Hit",
    "Meaning",
    "Query",
    "Reason",
    "SearchIndex",
    "build_index",
    "predicate",
    "update_index",
]
