"""From a workbook to rows: sheets and columns found by their hidden keys, cells read one by one.

Sheets may be renamed and columns moved: the second row of each sheet, hidden, says what each column
is. Where that row is gone, titles are compared. What belongs to nothing is named, never dropped in
silence.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ...errors import ImportFileError
from ...text import fold
from .. import items
from . import cells
from .cells import CellFault
from .faults import Fault
from .names import Names
from .plan import PRACTICES, Column, Table
from .rows import Row

HELP, LISTS, ERRORS, ENTERED = "Istruzioni", "Elenchi", "Errori", "Entrate"
"""Sheets of ours that hold no data: instructions, names to choose from, what an import said."""

REQUIRED_MARK = " *"
_HEAD_ROWS = 5
"""In how many rows from the top the titles are looked for."""
_KEY = re.compile(r"([a-z_.]+):([a-z_.#]+)\Z")
FILL = "Compila la cella."


@dataclass(slots=True)
class Grid:
    """One sheet of the form as it was found: where each column is, and the cells of each row."""

    sheet: Worksheet
    table: Table
    columns: dict[str, int]
    """Number of the column by its key."""
    rows: dict[int, dict[str, Cell]] = field(default_factory=dict)
    """Cells that say something, by number of row, then by key of column."""

    def cell_name(self, row: int, key: str) -> str:
        """The name of a cell such as `C5`; of the first column where that one is missing."""
        return f"{get_column_letter(self.columns.get(key, 1))}{row}"


def grids(book: Workbook, tables: Iterable[Table]) -> tuple[dict[str, Grid], list[Fault]]:
    """The sheets of the form by key, and what was found beside them.

    Raises `ImportFileError` where it is no form of ours, or a sheet or column is there twice.
    """
    by_key = {table.key: table for table in tables}
    found: dict[str, Grid] = {}
    beside: list[Fault] = []
    for sheet in book.worksheets:
        if sheet.title in (HELP, LISTS, ERRORS, ENTERED):
            continue
        content = _content(sheet)
        grid, notices = _grid(sheet, content, by_key)
        beside += notices
        if grid is None:
            if content:
                beside.append(_notice(sheet, "", "il foglio non è del modulo: non è stato letto"))
            continue
        if grid.table.key in found:
            raise ImportFileError(
                f"i fogli «{found[grid.table.key].sheet.title}» e «{sheet.title}» sono lo stesso "
                "foglio del modulo: tienine uno"
            )
        found[grid.table.key] = grid
    if PRACTICES not in found:
        title = by_key[PRACTICES].title
        raise ImportFileError(
            f"manca il foglio «{title}»: usa il modulo che fa «talea template --out modulo.xlsx»"
        )
    return found, beside


def _content(sheet: Worksheet) -> dict[int, dict[int, Cell]]:
    """Cells that say something, by row and column. Sparse: a lone cell at the bottom costs one."""
    rows: dict[int, dict[int, Cell]] = defaultdict(dict)
    for (row, column), cell in sorted(sheet._cells.items()):
        if not cells.blank(cell):
            rows[row][column] = cell
    return dict(rows)


def _grid(
    sheet: Worksheet, content: Mapping[int, Mapping[int, Cell]], tables: Mapping[str, Table]
) -> tuple[Grid | None, list[Fault]]:
    head = [row for row in content if row <= _HEAD_ROWS]
    for row in head:
        keys = _keys(content[row], tables)
        if keys:
            table = tables[keys[0][0]]
            named = [(number, key) for name, key, number in keys if name == table.key]
            titles = content.get(row - 1, {})
            return _filled(sheet, table, named, titles, content, row)
    for row in head:
        for table in tables.values():
            named = _titled(content[row], table)
            if fold(sheet.title) == fold(table.title) and named:
                return _filled(sheet, table, named, content[row], content, row)
    return None, []


def _keys(cells_: Mapping[int, Cell], tables: Mapping[str, Table]) -> list[tuple[str, str, int]]:
    """(sheet, column, number) of the cells of a row that are keys of ours."""
    found = []
    for number, cell in cells_.items():
        match = _KEY.match(cell.value.strip()) if isinstance(cell.value, str) else None
        if match and match[1] in tables and tables[match[1]].column(match[2]):
            found.append((match[1], match[2], number))
    return found


def _titled(cells_: Mapping[int, Cell], table: Table) -> list[tuple[int, str]]:
    """(number, key) of the cells of a row that are titles of columns of a sheet."""
    known = {_bare(column.title): column.key for column in table.columns}
    return [
        (number, known[_bare(cell.value)])
        for number, cell in cells_.items()
        if isinstance(cell.value, str) and _bare(cell.value) in known
    ]


def _bare(title: str) -> str:
    return fold(title.removesuffix(REQUIRED_MARK.strip()))


def _filled(
    sheet: Worksheet,
    table: Table,
    named: list[tuple[int, str]],
    titles: Mapping[int, Cell],
    content: Mapping[int, Mapping[int, Cell]],
    last: int,
) -> tuple[Grid, list[Fault]]:
    """The grid of a sheet whose head ends at the row `last`, and notices of unknown columns."""
    grid = Grid(sheet, table, {})
    taken = {number for number, _ in named}
    keyed = {key for _, key in named}
    rest = {n: c for n, c in titles.items() if n not in taken}
    named = named + [(n, key) for n, key in _titled(rest, table) if key not in keyed]
    for number, key in named:
        if key in grid.columns:
            column = table.column(key)
            raise ImportFileError(
                f"nel foglio «{sheet.title}» la colonna «{column.title if column else key}» c'è "
                "due volte: tienine una"
            )
        grid.columns[key] = number
    at = {number: key for key, number in grid.columns.items()}
    unknown: dict[int, None] = {}
    for row, found in content.items():
        if row <= last:
            continue
        known = {at[number]: cell for number, cell in found.items() if number in at}
        unknown.update(dict.fromkeys(number for number in found if number not in at))
        if known:
            grid.rows[row] = known
    notices = [_unknown(sheet, number, titles, last) for number in sorted(unknown)]
    hidden = [str(row) for row in grid.rows if sheet.row_dimensions[row].hidden]
    if hidden:
        said = items.shown(", ".join(hidden))
        notices.append(_notice(sheet, "", f"le righe nascoste sono state lette: {said}"))
    return grid, notices


def _unknown(sheet: Worksheet, number: int, titles: Mapping[int, Cell], last: int) -> Fault:
    cell = titles.get(number)
    name = cells.shown(cell) if cell else ""
    reason = f"la colonna «{name}» non è del modulo" if name else "la colonna non ha un titolo"
    return _notice(sheet, f"{get_column_letter(number)}{last}", f"{reason}: non è stata letta")


def _notice(sheet: Worksheet, cell: str, reason: str) -> Fault:
    advice = "Se serve, porta i valori in una colonna del modulo."
    return Fault(sheet.title, cell, "", "", reason, advice, notice=True)


class Reader:
    """Reads grids into rows; gathers the faults, and the rows that have one."""

    def __init__(self, found: Mapping[str, Grid]) -> None:
        self.grids = found
        self.faults: dict[Fault, None] = {}
        self.bad: set[Row] = set()

    def fault(self, row: Row, key: str, reason: str, advice: str) -> None:
        """Note a fault of a row at the cell of a column."""
        grid = self.grids[row.table.key]
        column, cell = row.table.column(key), grid.rows.get(row.number, {}).get(key)
        self.bad.add(row)
        fault = Fault(
            grid.sheet.title,
            grid.cell_name(row.number, key),
            column.title if column else "",
            cells.shown(cell) if cell else "",
            reason,
            advice,
        )
        self.faults.setdefault(fault)

    def rows(self, table: str, names: Names) -> list[Row]:
        """The rows of a sheet, each with the values that could be read."""
        grid = self.grids.get(table)
        if grid is None:
            return []
        found = [self._row(grid, number, names) for number in sorted(grid.rows)]
        self._missing_columns(grid, found)
        self._merged(grid, {row.number: row for row in found})
        return found

    def value(self, table: str, number: int, key: str, names: Names) -> Any:
        """One value, or `None` where the cell is blank or cannot be read. Notes no fault."""
        grid = self.grids[table]
        cell, column = grid.rows[number].get(key), grid.table.column(key)
        if cell is None or column is None:
            return None
        try:
            return cells.read(column, cell, names)
        except CellFault:
            return None

    def _row(self, grid: Grid, number: int, names: Names) -> Row:
        row = Row(grid.table, number=number)
        for column in grid.table.columns:
            cell = grid.rows[number].get(column.key)
            if cell is None:
                continue
            try:
                row.values[column.key] = cells.read(column, cell, names)
            except CellFault as error:
                self.fault(row, column.key, error.reason, error.advice)
        self._missing(grid, row)
        return row

    def _missing(self, grid: Grid, row: Row) -> None:
        filled = grid.rows[row.number]
        for column in grid.table.columns:
            if not column.required or column.key in filled or column.key not in grid.columns:
                continue
            if column.group and not any(key.startswith(column.group) for key in filled):
                continue
            self.fault(row, column.key, _why_required(column), FILL)

    def _missing_columns(self, grid: Grid, found: Iterable[Row]) -> None:
        """A required column that is not there keeps every row out: said once."""
        for column in grid.table.columns:
            if column.required and not column.group and column.key not in grid.columns:
                self.bad.update(found)
                reason = f"manca la colonna «{column.title}», che è obbligatoria"
                advice = "Riparti dal modulo e ricopia le righe."
                self.faults.setdefault(Fault(grid.sheet.title, "", "", "", reason, advice))

    def _merged(self, grid: Grid, found: Mapping[int, Row]) -> None:
        """Merged cells hide what was below them: their rows do not enter."""
        for area in grid.sheet.merged_cells.ranges:
            touched = [
                row for number, row in found.items() if area.min_row <= number <= area.max_row
            ]
            if touched:
                self.bad.update(touched)
                cell = f"{get_column_letter(area.min_col)}{area.min_row}"
                value = items.shown(area.coord)
                self.faults.setdefault(
                    Fault(
                        grid.sheet.title,
                        cell,
                        "",
                        value,
                        f"le celle {value} sono unite",
                        "Separa le celle e scrivi il valore in ogni riga.",
                    )
                )


def _why_required(column: Column) -> str:
    return (column.rule.message if column.rule and column.rule.at_least else "") or "manca"
