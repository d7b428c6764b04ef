"""One CSV table a class: a resource a row, a property a column, as RFC 4180 and UTF-8 say.

The first column is the IRI. A column bears the name of its property, with the language of its texts
(`title_it`); the prefix of the vocabulary comes before where two properties of a class have one
name. Several values stand in one cell, separated by ` | `; a bar inside a value is written `\\|`, a
line break as a space. A text that a spreadsheet could take for a formula begins with an apostrophe.
What a table cannot hold, RDF does: these are a convenience, the other files are the data.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

import pyoxigraph as ox

from .. import namespaces as ns
from ..text import harmless

BETWEEN: Final = " | "
"""What stands between two values in one cell."""
IRI: Final = "iri"
_FIRST: Final = ("title", "prefLabel", "label", "name", "description")
"""The properties whose columns come before the others."""
_OF_SCHEMA: Final = (ns.OWL, ns.RDF, ns.RDFS, "http://www.w3.org/ns/shacl#")
"""Vocabularies that describe data: what they type is the schema, which has its own documents."""
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")

Column = tuple[str, str]
"""IRI of a property, and the language of its texts or nothing."""


@dataclass(slots=True)
class Table:
    """A class with the columns that its instances need, and how many they are."""

    of_class: str
    name: str = ""
    rows: int = 0
    columns: set[Column] = field(default_factory=set)

    def header(self) -> list[tuple[Column, str]]:
        """The columns after the first with their names, in their order."""
        bare = Counter(_bare(*column) for column in self.columns)
        named = []
        for column in self.columns:
            name = _bare(*column)
            if bare[name] > 1 or name == IRI:
                name = f"{_prefix(column[0])}_{name}"
            named.append((column, name))
        return sorted(named, key=_order)


class Tables:
    """The tables of a catalogue: first every resource is seen, then every resource is written."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}

    def see(self, triples: Iterable[ox.Triple]) -> None:
        """Take note of a resource: the columns that its classes need."""
        triples = list(triples)
        columns = {_column(triple) for triple in triples}
        for name in classes_of(triples):
            table = self._tables.setdefault(name, Table(name))
            table.rows += 1
            table.columns |= columns

    def named(self) -> list[Table]:
        """The tables by name: that of their class, with the prefix where two have the same."""
        bare = Counter(_local(iri) for iri in self._tables)
        for iri, table in self._tables.items():
            name = _local(iri)
            table.name = f"{_prefix(iri)}_{name}" if bare[name] > 1 else name
        return sorted(self._tables.values(), key=lambda table: table.name)


class Writer:
    """Writes the rows of one table."""

    def __init__(self, table: Table, file: IO[bytes]) -> None:
        header = table.header()
        self._columns = [column for column, _ in header]
        self._text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow([IRI, *(name for _, name in header)])

    def write(self, subject: ox.NamedNode | ox.BlankNode, triples: Iterable[ox.Triple]) -> None:
        """One resource, one row."""
        cells: dict[Column, list[str]] = {}
        for triple in triples:
            cells.setdefault(_column(triple), []).append(_value(triple.object))
        row = (BETWEEN.join(sorted(cells.get(column, ()))) for column in self._columns)
        self._writer.writerow([_name(subject), *(_cell(text) for text in row)])

    def close(self) -> None:
        """Leave the file, which stays open, with everything in it."""
        self._text.flush()
        self._text.detach()


def classes_of(triples: Iterable[ox.Triple]) -> list[str]:
    """The classes of a resource that have a table."""
    return [
        triple.object.value
        for triple in triples
        if triple.predicate == ns.TYPE
        and isinstance(triple.object, ox.NamedNode)
        and not triple.object.value.startswith(_OF_SCHEMA)
    ]


Labels = Mapping[str, Mapping[str, str]]
"""IRI of a class or property -> `label_it`, `label_en`, `definition_it`, `definition_en`."""


def dictionary(tables: Sequence[Table], labels: Labels) -> Iterator[list[str]]:
    """The rows of `colonne.csv`: what each column of each table is."""
    said = ("label_it", "label_en", "definition_it", "definition_en")
    yield ["table", "column", "property", "language", *said]
    for table in tables:
        words = labels.get(table.of_class, {})
        yield [table.name, IRI, table.of_class, "", *(words.get(one, "") for one in said)]
        for (prop, language), name in table.header():
            words = labels.get(prop, {})
            yield [table.name, name, prop, language, *(words.get(one, "") for one in said)]


def write_rows(rows: Iterable[Sequence[str]], file: IO[bytes]) -> None:
    """Rows of text as CSV, guarded."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    csv.writer(text, lineterminator="\r\n").writerows(
        [harmless(one) for one in row] for row in rows
    )
    text.flush()
    text.detach()


def _column(triple: ox.Triple) -> Column:
    found = triple.object
    language = found.language if isinstance(found, ox.Literal) else None
    return triple.predicate.value, language or ""


def _bare(prop: str, language: str) -> str:
    return f"{_local(prop)}_{language}" if language else _local(prop)


def _local(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1]


def _prefix(iri: str) -> str:
    space = iri.removesuffix(_local(iri))
    known = next((prefix for prefix, value in ns.PREFIXES.items() if value == space), None)
    return known or _local(space)


def _order(named: tuple[Column, str]) -> tuple[int, str, str]:
    (prop, _), name = named
    local = _local(prop)
    return (_FIRST.index(local) if local in _FIRST else len(_FIRST), name, prop)


def _name(term: ox.NamedNode | ox.BlankNode) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _value(term: object) -> str:
    if isinstance(term, ox.NamedNode | ox.BlankNode):
        return _name(term)
    text = term.value if isinstance(term, ox.Literal) else str(term)
    return text.replace("\\", "\\\\").replace("|", "\\|") if "|" in text or "\\" in text else text


def _cell(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else harmless(text)
