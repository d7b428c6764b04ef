"""Which practices a publication tells: those that its query finds, in its order."""

from functools import cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from talea_sparql.errors import SparqlError
from talea_sparql.limits import Limits
from talea_sparql.store import QueryStore, Rows

from .. import namespaces as ns
from ..errors import TaleaError
from ..terms import T

__all__ = ["SelectionError", "chosen", "select", "shipped_selections"]

_PRACTICE: Final = ns.resource("pratica", "")
_NAMED: Final = 5
"""Rows that are no practices, named in an error."""


class SelectionError(TaleaError):
    """A selection of which no publication can be made: its text says why, in Italian."""


@cache
def shipped_selections(records: Path) -> frozenset[str]:
    """The queries of the publications among some shipped records: they are known to end."""
    return frozenset(
        quad.object.value
        for path in sorted(records.glob("pubblicazione/*.ttl"))
        for quad in ox.parse(path=path)
        if quad.predicate == T.selectionQuery and isinstance(quad.object, ox.Literal)
    )


def select(store: QueryStore, query: str, known: frozenset[str]) -> list[str]:
    """The slugs of the practices that a SELECT query finds, each once, in the order of its rows.

    The practices are the values of its first variable; `known` are the slugs of the catalogue.
    Nothing stops a query that takes long: it must be one that is known to end.
    Raises `SelectionError` for a query that is refused or fails, that finds nothing, or that finds
    something else than practices.
    """
    try:
        rows = store.rows(query, Limits())
    except SparqlError as error:
        raise SelectionError(
            f"la query di scelta non va: {error.italian or error.detail}"
        ) from error
    return chosen(rows, known)


def chosen(rows: Rows, known: frozenset[str]) -> list[str]:
    """The slugs in the first column of some rows; see `select`."""
    if not rows:
        raise SelectionError("la query di scelta non trova nessuna pratica")
    first = next(iter(rows[0]), None)
    found = [row.get(first or "") for row in rows]
    others = [str(term) for term in found if not _is_practice(term, known)]
    if others:
        shown = ", ".join(one[:120] for one in others[:_NAMED])
        more = f" e altre {len(others) - _NAMED}" if len(others) > _NAMED else ""
        raise SelectionError(
            "la prima colonna della query di scelta deve dare pratiche del catalogo; "
            f"queste righe danno altro: {shown}{more}"
        )
    iris = dict.fromkeys(term.value for term in found if isinstance(term, ox.NamedNode))
    return [ns.local(iri) for iri in iris]


def _is_practice(term: object, known: frozenset[str]) -> bool:
    return (
        isinstance(term, ox.NamedNode)
        and term.value.startswith(_PRACTICE)
        and term.value.removeprefix(_PRACTICE) in known
    )
