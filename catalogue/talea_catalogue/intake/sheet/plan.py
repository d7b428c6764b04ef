"""The layout of the workbook: which sheets, which columns, in what words.

Nothing here lists fields: sheets and columns follow the lines of the mapping, and their names,
limits and vocabularies follow the shapes, so a field added there is a column here. What hangs once
from a resource (a record, a measurement, a context) becomes columns of its row; what hangs many
times becomes a sheet of its own, one row a part.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from ... import mapping
from ... import namespaces as ns
from ...mapping import Companion, Kind, Line, Many, One, Parts, Shape, Slug
from .rules import Rule, Rules

MAX_TITLE = 31
"""Longest name of a sheet, in characters: the limit of every spreadsheet."""

_ADDRESS = "^https?://"
_NOT_IN_TITLE = re.compile(r"[\[\]:*?/\\]")


class Sort(Enum):
    """What a cell of a column holds."""

    TEXT = auto()
    INTEGER = auto()
    DECIMAL = auto()
    BOOLEAN = auto()
    NAME = auto()
    """A concept, place, body, practice or event, by its name; its address is taken too."""
    ADDRESS = auto()
    """A web page."""
    OTHER = auto()
    """A literal of the datatype that the shape gives."""
    KIND = auto()
    SLUG = auto()
    OWNER = auto()
    """The practice that a part belongs to: its code, or its title."""
    NUMBER = auto()
    """The number of a part in its list, by which the parts of a part find it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `key` is what the machine reads; `title` and `help` are for people."""

    key: str
    title: str
    help: str
    sort: Sort
    line: One | Many | Kind | Slug | None = None
    rule: Rule | None = None
    required: bool = False
    group: str = ""
    """Where the column is of something that may be absent: the beginning of its columns' keys. It
    is then required only where one of them is filled."""
    hidden: bool = False
    choices: tuple[tuple[str, Any], ...] = ()
    """The names of the kinds to choose from, each with its value."""

    @property
    def many(self) -> bool:
        """Whether a cell holds several values, one a line."""
        return isinstance(self.line, Many)

    @property
    def pattern(self) -> str:
        """The pattern of the addresses that a name may stand for; blank for any."""
        return (self.rule.pattern if self.rule else None) or ""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: resources (`parent` is blank) or the parts of the rows of another sheet.

    `local` is the path from the parent's row to its parts; `above` the sheets of numbered parts
    between the practice and these parts, outermost first; `segment` what the mapping calls them.
    """

    key: str
    title: str
    shape: Shape
    columns: tuple[Column, ...]
    parent: str = ""
    local: str = ""
    above: tuple[str, ...] = ()
    segment: str = ""
    hidden: bool = False

    def column(self, key: str) -> Column | None:
        """The column of that key."""
        return next((column for column in self.columns if column.key == key), None)


OWNER = "pratica"
OWN_NUMBER = "#"
PRACTICES, BODIES, PLACES = "pratiche", "enti", "luoghi"

ROOTS: tuple[tuple[str, str, Shape, str], ...] = (
    (PRACTICES, "Pratiche", mapping.PRACTICE, "pratica"),
    (BODIES, "Enti nuovi", mapping.BODY, "ente"),
    (PLACES, "Luoghi nuovi", mapping.PLACE_ELSEWHERE, "luogo"),
)
"""Sheets of resources: key, title, shape, kind of record."""

DEFAULTS = {"record.status": ns.concept("stato-editoriale", "pubblicata")}
"""Values of required fields that nobody is asked for, by column of the sheet of practices."""

_CODE_HELP = {
    PRACTICES: "Il nome della pratica nel suo indirizzo. Per una pratica nuova lascia vuoto: si "
    "fa da solo. Non cambiarlo nelle schede già scritte: dice quale scheda correggi.",
    BODIES: "Lascia vuoto: si fa da solo con il nome.",
    PLACES: "Lascia vuoto: si fa da solo con il nome.",
}


def tables(rules: Rules) -> tuple[Table, ...]:
    """Every sheet of the form: resources first, then parts, each after what it hangs from."""
    found: list[Table] = []
    for key, title, shape, _ in ROOTS:
        found += _with_parts(rules, Table(key, title, shape, ()), None)
    return _distinct(found)


def _with_parts(rules: Rules, table: Table, via: Rule | None) -> list[Table]:
    """The sheet with its columns, then the sheets of what hangs from it."""
    columns, below = _walk(rules, table.shape, via)
    if not table.parent:
        columns = [
            replace(c, help=_CODE_HELP[table.key]) if c.key == "slug" else c for c in columns
        ]
    elif below:
        columns = [
            _number(
                OWN_NUMBER,
                "n.",
                "Il numero di questa riga fra quelle della pratica: "
                "1, 2, 3… Serve ai fogli che la richiamano.",
            ),
            *columns,
        ]
    linked = _links(table) + columns
    own = replace(table, columns=tuple(_distinct_titles(linked)))
    found = [own]
    for path, line, rule, hidden in below:
        key = f"{table.key}.{path}" if table.parent else path
        name = rules.name(line.shape, rule) or line.segment
        title = f"{table.title} - {name}" if table.parent else name
        above = (*table.above, table.key) if table.parent else ()
        part = Table(
            key, title, line.shape, (), table.key, path, above, line.segment, hidden or table.hidden
        )
        found += _with_parts(rules, part, rule)
    return found


def _links(table: Table) -> list[Column]:
    """The columns that say whose part a row is."""
    if not table.parent:
        return []
    owner = Column(
        OWNER,
        "pratica",
        "Di quale pratica parla la riga: il suo codice, oppure il "
        "titolo come è scritto nel foglio «Pratiche».",
        Sort.OWNER,
        required=True,
    )
    numbers = [
        _number(
            "#" + key,
            f"n. nel foglio «{key}»",
            "Il numero della riga da cui dipende, nella colonna «n.» del suo foglio.",
            required=True,
        )
        for key in table.above
    ]
    return [owner, *numbers]


def _number(key: str, title: str, help_: str, *, required: bool = False) -> Column:
    return Column(key, title, help_, Sort.NUMBER, required=required)


_Below = list[tuple[str, Parts, Rule | None, bool]]


def _walk(
    rules: Rules, shape: Shape, via: Rule | None, prefix: str = "", heading: str = ""
) -> tuple[list[Column], _Below]:
    """Columns of a shape and of what hangs once from it, and the parts that hang many times."""
    columns: list[Column] = []
    below: _Below = []
    known = rules.of(shape, via)
    for line in shape.lines:
        rule = known.get(_predicate(line))
        path = prefix + line.name
        if isinstance(line, Parts) and not line.single:
            below.append((path, line, rule, False))
        elif isinstance(line, Parts):
            name = rule.name if rule else line.segment
            more, deeper = _walk(rules, line.shape, rule, path + ".", f"{name}: ")
            columns += [replace(column, group=column.group or path + ".") for column in more]
            below += deeper
        elif isinstance(line, Companion):
            more, deeper = _walk(rules, line.shape, rule, path + ".")
            columns += [_aside(column) for column in more]
            below += [(p, part, part_rule, True) for p, part, part_rule, _ in deeper]
        else:
            columns.append(_column(rules, line, rule, path, heading))
    return columns, below


def _aside(column: Column) -> Column:
    """A column of the record that describes a practice: only what everyone must say is in sight."""
    return replace(
        column,
        hidden=not column.required or column.key in DEFAULTS,
        required=column.required and column.key not in DEFAULTS,
    )


def _predicate(line: Line) -> str:
    if isinstance(line, Kind):
        return ns.TYPE.value
    return "" if isinstance(line, Slug) else line.predicate.value


def _column(
    rules: Rules, line: One | Many | Kind | Slug, rule: Rule | None, path: str, heading: str
) -> Column:
    predicate = _predicate(line)
    if isinstance(line, Slug):
        return Column(path, "codice", "", Sort.SLUG, line)
    title = (rule.name if rule else "") or rules.label(predicate)
    if isinstance(line, Kind):
        title = rule.name if rule else "genere"
    texts = [rules.definition(predicate), rule.message if rule else ""]
    required = (
        isinstance(line, Kind)
        or (isinstance(line, One) and line.required)
        or (rule is not None and rule.at_least > 0)
    )
    said = " ".join(t[0].upper() + t[1:].rstrip(".") + "." for t in texts if t)
    choices = (
        tuple((rules.label(cls.value), value) for value, cls in line.classes.items())
        if isinstance(line, Kind)
        else ()
    )
    return Column(
        path, heading + title, said, _sort(line, rule), line, rule, required, choices=choices
    )


def _sort(line: One | Many | Kind, rule: Rule | None) -> Sort:
    if isinstance(line, Kind):
        return Sort.KIND
    pattern = (rule.pattern if rule else None) or ""
    if line.codec is mapping.iri:
        return Sort.ADDRESS if pattern.startswith(_ADDRESS) else Sort.NAME
    for codec, sort in (
        (mapping.text, Sort.TEXT),
        (mapping.integer, Sort.INTEGER),
        (mapping.decimal, Sort.DECIMAL),
        (mapping.boolean, Sort.BOOLEAN),
    ):
        if line.codec is codec:
            return sort
    return Sort.OTHER


def _distinct_titles(columns: list[Column]) -> Iterator[Column]:
    """The same columns, no two with one title."""
    seen: set[str] = set()
    for column in columns:
        title, number = column.title, 1
        while title.casefold() in seen:
            number += 1
            title = f"{column.title} ({number})"
        seen.add(title.casefold())
        yield replace(column, title=title)


def _distinct(found: list[Table]) -> tuple[Table, ...]:
    """The same sheets with titles that a spreadsheet takes, and links that name them."""
    titles: dict[str, str] = {}
    for table in found:
        clean = _NOT_IN_TITLE.sub(" ", table.title).strip()
        if clean.casefold() in {t.casefold() for t in titles.values()}:
            clean = f"{clean} - {table.segment}"
        titles[table.key] = _shortened(clean, {t.casefold() for t in titles.values()})
    return tuple(
        replace(
            table,
            title=titles[table.key],
            columns=tuple(
                replace(c, title=f"n. nel foglio «{titles[c.key[1:]]}»")
                if c.key[:1] == "#" and c.key[1:] in titles
                else c
                for c in table.columns
            ),
        )
        for table in found
    )


def _shortened(title: str, taken: set[str]) -> str:
    short, number = title[:MAX_TITLE].strip(), 1
    while short.casefold() in taken:
        number += 1
        short = f"{title[: MAX_TITLE - 4].strip()} {number}"
    return short
