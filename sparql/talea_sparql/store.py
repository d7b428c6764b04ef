"""The trusted lane: named queries over a store in this process.

Only texts of the library run here, with values bound as terms. The engine's own substitutions
reach just the variables that a query projects, so values are bound by `NamedQuery.bind`, which
writes terms at the places of the parameters. Calls block: a web application makes them from a
bounded thread pool (the engine releases the interpreter lock meanwhile).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from talea_sparql.errors import LibraryError
from talea_sparql.formats import Form
from talea_sparql.library import Library, NamedQuery, Value
from talea_sparql.opening import open_disk, open_memory

__all__ = ["Rows", "Term", "TrustedStore", "open_disk", "open_memory"]

Term = NamedNode | BlankNode | Literal | Triple
Rows = list[dict[str, Term]]
"""Rows of a SELECT: an unbound variable is absent from its row."""

_WHERE = re.compile(r"\bWHERE\s*\{")


class TrustedStore:
    """Runs the named queries of a library; the default graph is the union of all graphs.

    Every method takes a query's name and one keyword for each of its parameters: an RDF term, a
    Python value of the parameter's type, or a sequence of them. Raises `LibraryError` for an
    unknown name, wrong values, the wrong query form or a text that the engine refuses.
    """

    def __init__(self, store: pyoxigraph.Store, library: Library) -> None:
        self._store = store
        self._library = library

    @property
    def library(self) -> Library:
        """Return the queries that this store answers."""
        return self._library

    def __len__(self) -> int:
        """Return how many quads the store holds."""
        return len(self._store)

    def quads(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | Literal | None = None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads of one pattern, `None` standing for anything: a look-up, no query."""
        return self._store.quads_for_pattern(subject, predicate, object_, graph)

    def select(self, name: str, /, **values: Value | Sequence[Value]) -> Rows:
        """Return the rows of a SELECT, each a mapping from variable to term.

        An unbound variable is absent from its row.
        """
        return _rows(self._run(name, (Form.SELECT,), values))

    def select_for(self, name: str, variable: str, nodes: Iterable[NamedNode]) -> Rows:
        """Return the rows of a SELECT without parameters in which `variable` is one of `nodes`.

        The variable must stand in the outermost pattern.
        """
        text = self._query(name).bind({})
        values = f"WHERE {{ VALUES ?{variable} {{ {' '.join(map(str, nodes))} }} "
        narrowed, found = _WHERE.subn(lambda _: values, text, count=1)
        if not found:
            raise LibraryError(f"{name} has no WHERE")
        return _rows(self._store.query(narrowed, use_default_graph_as_union=True))

    def ask(self, name: str, /, **values: Value | Sequence[Value]) -> bool:
        """Return the answer of an ASK."""
        return bool(self._run(name, (Form.ASK,), values))

    def construct(self, name: str, /, **values: Value | Sequence[Value]) -> list[Triple]:
        """Return the triples of a CONSTRUCT or DESCRIBE."""
        return list(self._run(name, (Form.CONSTRUCT, Form.DESCRIBE), values))

    def _run(
        self, name: str, forms: tuple[Form, ...], values: dict[str, Value | Sequence[Value]]
    ) -> Any:
        query = self._query(name)
        if query.form not in forms:
            raise LibraryError(f"{name} is a query of the form {query.form}")
        try:
            return self._store.query(query.bind(values), use_default_graph_as_union=True)
        except SyntaxError as error:
            raise LibraryError(f"{name}: {error}") from error

    def _query(self, name: str) -> NamedQuery:
        try:
            return self._library[name]
        except KeyError:
            raise LibraryError(f"there is no query named {name}") from None


def _rows(results: Any) -> Rows:
    names = [variable.value for variable in results.variables]
    return [
        {key: term for key, term in zip(names, row, strict=True) if term is not None}
        for row in results
    ]
