"""The trusted lane: named queries over a store in this process.

`QueryStore` is what its callers need, wherever the data are; `remote.RemoteStore` is the same over
an engine elsewhere.

Only texts of the library run here, with values bound as terms, and those that the owner of the data
gives (`QueryStore.rows`). The engine's own substitutions
reach just the variables that a query projects, so values are bound by `NamedQuery.bind`, which
writes terms at the places of the parameters. Calls block: a web application makes them from a
bounded thread pool (the engine releases the interpreter lock meanwhile).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from talea_sparql.errors import EvaluationError, LibraryError, QuerySyntaxError
from talea_sparql.formats import Form
from talea_sparql.guard import inspect
from talea_sparql.library import Library, Value
from talea_sparql.limits import Limits
from talea_sparql.opening import open_disk, open_memory

__all__ = ["QueryStore", "Rows", "Term", "TrustedStore", "open_disk", "open_memory", "rows_of"]

Term = NamedNode | BlankNode | Literal | Triple
Rows = list[dict[str, Term]]
"""Rows of a SELECT: an unbound variable is absent from its row."""

T = TypeVar("T")

_WHERE = re.compile(r"\bWHERE\s*\{")


class QueryStore(ABC):
    """Runs the named queries of a library; the default graph is the union of all graphs.

    Every method takes a query's name and one keyword for each of its parameters: an RDF term, a
    Python value of the parameter's type, or a sequence of them. Raises `LibraryError` for an
    unknown name, wrong values, the wrong query form or a text that the engine refuses.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    @property
    def library(self) -> Library:
        """Return the queries that this store answers."""
        return self._library

    @abstractmethod
    def __len__(self) -> int:
        """Return how many quads the store holds."""

    @abstractmethod
    def quads(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | Literal | None = None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads of one pattern, `None` standing for anything: a look-up, no query."""

    def close(self) -> None:  # noqa: B027 - most stores have nothing to free
        """Free what the store holds; it answers no more."""

    def select(self, name: str, /, **values: Value | Sequence[Value]) -> Rows:
        """Return the rows of a SELECT, each a mapping from variable to term.

        An unbound variable is absent from its row.
        """
        return self._answer(name, self._rows, self._bound(name, (Form.SELECT,), values))

    def rows(self, text: str, limits: Limits) -> Rows:
        """Return the rows of a SELECT query given as text, which the guard has let through.

        Nothing stops one that takes long: it is for those who run it on their own machine. Raises
        `SparqlError` for a query that is refused or that fails, `QuerySyntaxError` for one that
        is no SELECT.
        """
        if inspect(text, limits).form is not Form.SELECT:
            raise QuerySyntaxError("The query is not a SELECT.")
        try:
            return self._rows(text)
        except SyntaxError as error:
            raise QuerySyntaxError(f"The query is not SPARQL 1.1: {error}") from error
        except (OSError, RuntimeError, ValueError) as error:
            raise EvaluationError(f"The query could not be evaluated: {error}") from error

    def select_for(self, name: str, variable: str, nodes: Iterable[NamedNode]) -> Rows:
        """Return the rows of a SELECT without parameters in which `variable` is one of `nodes`.

        The variable must stand in the outermost pattern.
        """
        text = self._bound(name, (Form.SELECT,), {})
        values = f"WHERE {{ VALUES ?{variable} {{ {' '.join(map(str, nodes))} }} "
        narrowed, found = _WHERE.subn(lambda _: values, text, count=1)
        if not found:
            raise LibraryError(f"{name} has no WHERE")
        return self._answer(name, self._rows, narrowed)

    def ask(self, name: str, /, **values: Value | Sequence[Value]) -> bool:
        """Return the answer of an ASK."""
        return self._answer(name, self._boolean, self._bound(name, (Form.ASK,), values))

    def construct(self, name: str, /, **values: Value | Sequence[Value]) -> list[Triple]:
        """Return the triples of a CONSTRUCT or DESCRIBE."""
        text = self._bound(name, (Form.CONSTRUCT, Form.DESCRIBE), values)
        return self._answer(name, self._triples, text)

    # A query text to its answer; each raises `SyntaxError` for a text that the engine refuses.

    @abstractmethod
    def _rows(self, text: str) -> Rows: ...

    @abstractmethod
    def _boolean(self, text: str) -> bool: ...

    @abstractmethod
    def _triples(self, text: str) -> list[Triple]: ...

    @staticmethod
    def _answer(name: str, engine: Callable[[str], T], text: str) -> T:
        try:
            return engine(text)
        except SyntaxError as error:
            raise LibraryError(f"{name}: {error}") from error

    def _bound(
        self, name: str, forms: tuple[Form, ...], values: dict[str, Value | Sequence[Value]]
    ) -> str:
        try:
            query = self._library[name]
        except KeyError:
            raise LibraryError(f"there is no query named {name}") from None
        if query.form not in forms:
            raise LibraryError(f"{name} is a query of the form {query.form}")
        return query.bind(values)


class TrustedStore(QueryStore):
    """A store in this process, in memory or on disk."""

    def __init__(self, store: pyoxigraph.Store, library: Library) -> None:
        super().__init__(library)
        self._store = store

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

    def _rows(self, text: str) -> Rows:
        return rows_of(self._query(text))

    def _boolean(self, text: str) -> bool:
        return bool(self._query(text))

    def _triples(self, text: str) -> list[Triple]:
        return list(self._query(text))

    def _query(self, text: str) -> Any:
        return self._store.query(text, use_default_graph_as_union=True)


def rows_of(results: Any) -> Rows:
    """Return the rows of the engine's results."""
    names = [variable.value for variable in results.variables]
    return [
        {key: term for key, term in zip(names, row, strict=True) if term is not None}
        for row in results
    ]
