"""Find practices: the text index, the facets and the reason of each match."""

from .facets import Facet, FacetOption
from .hits import Hit, Reason
from .index import Answer, Query, SearchIndex
from .matches import predicate
from .similar import ComuniLike, FromComune, Shared
from .writing import Meaning, build_index, update_index

__all__ = [
    "Answer",
    "ComuniLike",
    "Facet",
    "FacetOption",
    "FromComune",
    "Hit",
    "Meaning",
    "Query",
    "Reason",
    "SearchIndex",
    "Shared",
    "build_index",
    "predicate",
    "update_index",
]
