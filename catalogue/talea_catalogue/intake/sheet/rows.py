"""Records as rows and rows as records: the same tree, laid out in sheets.

A row holds the values of its columns and, by list, the rows of its parts. Going either way follows
the lines of the mapping, and the two ways are inverse.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ... import namespaces as ns
from ...mapping import Companion, Many, Parts, Shape, Slug
from .plan import Column, Table


@dataclass(slots=True, eq=False)
class Row:
    """One row of a sheet: values by key of column, rows of parts by `Table.local`.

    `number` is its place in the sheet, 0 where it is not in a file.
    """

    table: Table
    values: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, list["Row"]] = field(default_factory=dict)
    number: int = 0

    def tree(self) -> Iterator["Row"]:
        """This row and all those below it."""
        yield self
        for rows in self.parts.values():
            for row in rows:
                yield from row.tree()


def to_object(shape: Shape, row: Row, prefix: str = "") -> Any:
    """The object of a row whose values were all read; blank cells are absent values."""
    values: dict[str, Any] = {}
    for line in shape.lines:
        path = prefix + line.name
        if isinstance(line, Companion):
            values[line.name] = to_object(line.shape, row, path + ".")
        elif isinstance(line, Parts) and line.single:
            if _any_below(row, path + "."):
                values[line.name] = to_object(line.shape, row, path + ".")
        elif isinstance(line, Parts):
            parts = row.parts.get(path, ())
            values[line.name] = tuple(to_object(line.shape, part) for part in parts)
        elif isinstance(line, Many):
            values[line.name] = row.values.get(path, ())
        elif path in row.values:
            values[line.name] = row.values[path]
    return shape.cls(**values)


def _any_below(row: Row, prefix: str) -> bool:
    return any(key.startswith(prefix) for key in (*row.values, *row.parts))


def from_object(tables: Mapping[str, Table], table: Table, thing: Any) -> Row:
    """The row of an object and the rows of its parts; `tables` are all the sheets, by key."""
    row = Row(table)
    _fill(tables, row, table.shape, thing, "")
    return row


def _fill(tables: Mapping[str, Table], row: Row, shape: Shape, thing: Any, prefix: str) -> None:
    for line in shape.lines:
        path, value = prefix + line.name, getattr(thing, line.name)
        if isinstance(line, Companion):
            _fill(tables, row, line.shape, value, path + ".")
        elif isinstance(line, Parts) and line.single:
            if value is not None:
                _fill(tables, row, line.shape, value, path + ".")
        elif isinstance(line, Parts):
            if value:
                table = next(
                    t for t in tables.values() if t.parent == row.table.key and t.local == path
                )
                row.parts[path] = [from_object(tables, table, part) for part in value]
        elif value is not None and value != ():
            row.values[path] = value


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node of a record comes from: its row, and the column of each of its properties."""

    row: Row
    columns: Mapping[str, Column]


def places(shape: Shape, row: Row, iri: str, prefix: str = "") -> Iterator[tuple[str, Place]]:
    """The IRI of each node of the record of a row, with its place."""
    columns: dict[str, Column] = {}
    for line in shape.lines:
        path = prefix + line.name
        if isinstance(line, Companion):
            other = ns.resource(line.kind, ns.local(iri))
            yield from places(line.shape, row, other, path + ".")
        elif isinstance(line, Parts) and line.single:
            yield from places(line.shape, row, f"{iri}/{line.segment}/1", path + ".")
        elif isinstance(line, Parts):
            for number, part in enumerate(row.parts.get(path, ()), 1):
                yield from places(line.shape, part, f"{iri}/{line.segment}/{number}")
        elif not isinstance(line, Slug) and (column := row.table.column(path)):
            predicate = line.predicate.value if hasattr(line, "predicate") else ns.TYPE.value
            columns[predicate] = column
    yield iri, Place(row, columns)
