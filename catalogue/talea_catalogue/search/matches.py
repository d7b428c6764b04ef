"""`talea:matches`: the search of a release as a predicate of SPARQL queries."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from talea_sparql.magic import Hit, Search

from .. import mapping
from .. import namespaces as ns
from ..terms import T

if TYPE_CHECKING:
    from .index import SearchIndex


def predicate(index: "SearchIndex") -> Search:
    """What answers `talea:matches` over an index.

    A hit is told of in the graph of its practice, where the practice is tied to its card.
    """

    def hits(text: str, limit: int) -> Sequence[Hit]:
        return [
            Hit(mapping.practice_iri(slug), ns.graph("pratica", slug), score)
            for slug, score in index.matches(text, limit)
        ]

    return Search(
        predicate=T.matches.value,
        hits=hits,
        identity=ns.IS_PRIMARY_TOPIC_OF.value,
        other=lambda iri: ns.resource("scheda", ns.local(iri)),
    )
