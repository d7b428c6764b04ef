"""`talea template`: the form to fill, made from the shapes, empty or with records to correct.

One row a practice in the first sheet, one row a part in the others; choices are lists; what each
column is for is in its comment. A record written here reads back as it was: where it cannot, the
form is refused rather than written with a loss.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ... import mapping, records
from ... import namespaces as ns
from ...errors import ImportFileError, system_reason
from ...gazetteer import Gazetteer
from ...model import Practice
from ...sources import Sources
from ...vocabulary import Vocabulary
from . import cells, style
from .instructions import lines
from .names import Names, catalogue_names
from .plan import OWN_NUMBER, OWNER, PRACTICES, Column, Sort, Table, tables
from .reader import HELP, LISTS, REQUIRED_MARK
from .rows import Row, from_object
from .rules import Rules

FIRST_ROW = 3
"""The first row of data: titles are above, then the hidden keys."""
LAST_ROW = 5_000
"""To which row lists and limits are offered."""
_WIDTHS = {Sort.TEXT: 40, Sort.ADDRESS: 40, Sort.NAME: 30}
_AS_TEXT = (Sort.TEXT, Sort.ADDRESS, Sort.NAME, Sort.SLUG, Sort.OWNER, Sort.OTHER)
_LONGEST = 32_000


def write_template(
    out: Path, sources: Sources, home: Path | None = None, practices: Sequence[str] = ()
) -> int:
    """Write the form at `out`, with the practices of those codes; returns how many.

    Raises `ImportFileError` where a code names no practice, or `out` exists or cannot be written.
    """
    if out.exists():
        raise ImportFileError(f"{out}: esiste già, e potrebbe essere un modulo compilato")
    if out.suffix.lower() != ".xlsx":
        raise ImportFileError(f"{out}: il modulo deve chiamarsi in .xlsx")
    found = records.read_layers(sources.records, home / "records" if home else None).records
    things = [_practice(found, slug) for slug in dict.fromkeys(practices)]
    rules = Rules.load(sources.ontology)
    names = catalogue_names(
        Vocabulary.load(sources.ontology / "vocabularies"),
        Gazetteer.load(sources.territory),
        rules,
        found,
    )
    buffer = io.BytesIO()
    form(tables(rules), names, things).save(buffer)
    try:
        records.write_atomically(out, buffer.getvalue())
    except OSError as error:
        raise ImportFileError(f"{out}: non si può scrivere ({system_reason(error)})") from error
    return len(things)


def _practice(found: Mapping[str, records.RecordFile], slug: str) -> Practice:
    record = found.get(ns.graph("pratica", slug))
    if record is None or record.withdrawn:
        raise ImportFileError(f"nessuna pratica «{slug}» nel catalogo")
    try:
        return mapping.practice_from(record.triples, slug)
    except mapping.MappingError as error:
        raise ImportFileError(f"la scheda «{slug}» non si può leggere: {error.reason}") from error


def form(plan: Sequence[Table], names: Names, practices: Sequence[Practice]) -> Workbook:
    """The workbook: instructions, one sheet a table, the hidden lists."""
    book = Workbook()
    _instructions(book.worksheets[0], plan)
    by_key = {table.key: table for table in plan}
    sheets = {table.key: book.create_sheet(table.title) for table in plan}
    book.move_sheet(sheets["enti"], -sum(1 for t in plan if t.parent))
    lists = _Lists(book.create_sheet(LISTS), names)
    for table in plan:
        _head(sheets[table.key], table)
        _choices(sheets[table.key], table, lists, by_key[PRACTICES])
        if table.hidden:
            sheets[table.key].sheet_state = "hidden"
    _fill(sheets, by_key, names, practices)
    return book


# --- Sheets ---


def _instructions(sheet: Worksheet, plan: Sequence[Table]) -> None:
    sheet.title = HELP
    sheet.column_dimensions["A"].width = 100
    for number, (text, title) in enumerate(lines(plan), 1):
        cell = sheet.cell(number, 1)
        style.put(cell, text)
        cell.alignment = style.WRAP
        if title:
            cell.font = style.TITLE_FONT


def _head(sheet: Worksheet, table: Table) -> None:
    """Titles, and below them the keys, hidden: by these the columns are found again."""
    for number, column in enumerate(table.columns, 1):
        cell = sheet.cell(1, number)
        asked = column.required and not column.group
        style.put(cell, column.title + (REQUIRED_MARK if asked else ""))
        cell.fill = style.REQUIRED if asked else style.HEAD
        cell.font, cell.alignment = style.HEAD_FONT, style.WRAP
        style.say(cell, help_(column))
        style.put(sheet.cell(2, number), f"{table.key}:{column.key}")
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = _WIDTHS.get(column.sort, 16)
        dimension.hidden = column.hidden
        dimension.alignment = style.WRAP
        if column.sort in _AS_TEXT:
            dimension.number_format = style.TEXT_FORMAT
    sheet.row_dimensions[2].hidden = True
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 2)


def help_(column: Column) -> str:
    """What a column is for, as its comment says it."""
    said = [column.help]
    if column.required:
        said.append(
            "Obbligatoria se compili le altre colonne dello stesso gruppo."
            if column.group
            else "Obbligatoria."
        )
    if column.many:
        said.append(cells.ONE_A_LINE)
    if column.choices:
        said += [f"Scegli fra: {', '.join(name for name, _ in column.choices)}."]
    if column.sort is Sort.BOOLEAN:
        said.append("Scrivi sì o no; se non si sa, lascia vuoto.")
    if column.sort is Sort.DECIMAL:
        said.append("Solo il numero, per esempio 1234,50.")
    return " ".join(filter(None, said)) or column.title


class _Lists:
    """The hidden sheet with the names to choose from, one column a list."""

    def __init__(self, sheet: Worksheet, names: Names) -> None:
        self._sheet, self._names = sheet, names
        self._made: dict[Any, str] = {}
        sheet.sheet_state = "hidden"

    def of(self, column: Column) -> str | None:
        """The reference to the names that a column may hold; `None` where it is free."""
        if column.sort is Sort.KIND:
            return self._reference(column.choices, [name for name, _ in column.choices])
        if column.sort is Sort.BOOLEAN:
            return self._reference(True, ["sì", "no"])
        if column.sort is Sort.NAME and column.pattern:
            return self._reference(column.pattern, self._names.offered(column.pattern))
        return None

    def _reference(self, key: Any, names: list[str]) -> str | None:
        if not names:
            return None
        if key not in self._made:
            number = len(self._made) + 1
            for row, name in enumerate(names, 1):
                style.put(self._sheet.cell(row, number), name)
            letter = get_column_letter(number)
            self._made[key] = f"{LISTS}!${letter}$1:${letter}${len(names)}"
        return self._made[key]


def _choices(sheet: Worksheet, table: Table, lists: _Lists, main: Table) -> None:
    """The list or the limits of each column."""
    for number, column in enumerate(table.columns, 1):
        rule = _validation(column, lists, main)
        if rule is not None:
            letter = get_column_letter(number)
            rule.add(f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}")
            sheet.add_data_validation(rule)


def _validation(column: Column, lists: _Lists, main: Table) -> DataValidation | None:
    names = lists.of(column)
    if column.sort is Sort.OWNER:
        keys = [each.key for each in main.columns]
        letter = get_column_letter(keys.index("title") + 1)
        names = f"'{main.title}'!${letter}${FIRST_ROW}:${letter}${LAST_ROW}"
    if names is not None:
        # A cell of several names, or a code where a title is offered, is no error.
        strict = column.sort in (Sort.KIND, Sort.BOOLEAN)
        return _rule(column, type="list", formula1=names, showErrorMessage=strict)
    if column.sort in (Sort.INTEGER, Sort.NUMBER):
        low, high = _limits(column)
        return _rule(
            column,
            type="whole",
            operator="between",
            formula1=low,
            formula2=high,
            showErrorMessage=True,
        )
    if column.sort is Sort.DECIMAL:
        low, high = _limits(column)
        return _rule(
            column,
            type="decimal",
            operator="between",
            formula1=low,
            formula2=high,
            showErrorMessage=True,
        )
    if column.sort is Sort.TEXT:
        return _rule(
            column,
            type="textLength",
            operator="lessThanOrEqual",
            formula1=str(_longest(column)),
            showErrorMessage=True,
        )
    return None


def _limits(column: Column) -> tuple[str, str]:
    rule = column.rule
    low = rule.lowest if rule and rule.lowest is not None else None
    high = rule.highest if rule and rule.highest is not None else None
    if column.sort is Sort.NUMBER:
        return "1", "1000"
    return str(low if low is not None else -(10**15)), str(high if high is not None else 10**15)


def _longest(column: Column) -> int:
    longest = column.rule.longest if column.rule else None
    return _LONGEST if column.many else min(longest or cells.MAX_TEXT, cells.MAX_TEXT)


def _rule(column: Column, **options: Any) -> DataValidation:
    message = (column.rule.message if column.rule else "") or help_(column)
    rule = DataValidation(allow_blank=True, **options)
    rule.errorTitle, rule.error = column.title[:32], message[:220]
    return rule


# --- Records ---


def _fill(
    sheets: Mapping[str, Worksheet],
    plan: Mapping[str, Table],
    names: Names,
    practices: Sequence[Practice],
) -> None:
    at = dict.fromkeys(plan, FIRST_ROW)
    for practice in practices:
        row = from_object(plan, plan[PRACTICES], practice)
        row.values["slug"] = practice.slug
        for table, values in _lay(row, practice.slug):
            _write_row(sheets[table.key], at[table.key], table, values, names, practice.slug)
            at[table.key] += 1


def _lay(
    row: Row, slug: str, numbers: Mapping[str, int] | None = None
) -> Iterator[tuple[Table, dict[str, Any]]]:
    """The rows of a record in all its sheets, each with what links it to the one above."""
    numbers = numbers or {}
    table = row.table
    links: dict[str, Any] = {OWNER: slug} if table.parent else {}
    links |= {f"#{key}": numbers[key] for key in table.above}
    if table.column(OWN_NUMBER):
        links[OWN_NUMBER] = numbers[table.key]
    yield table, {**row.values, **links}
    for parts in row.parts.values():
        for number, part in enumerate(parts, 1):
            yield from _lay(part, slug, {**numbers, part.table.key: number})


def _write_row(
    sheet: Worksheet, number: int, table: Table, values: Mapping[str, Any], names: Names, slug: str
) -> None:
    for place, column in enumerate(table.columns, 1):
        if column.key not in values:
            continue
        cell = sheet.cell(number, place)
        try:
            style.put(cell, cells.write(column, values[column.key], names))
            lost = cells.read(column, cell, names) != values[column.key]
            reason = "non si rilegge com'era"
        except cells.CellFault as error:
            lost, reason = True, error.reason
        if lost:
            raise ImportFileError(
                f"la scheda «{slug}» non sta in un foglio senza perdite: «{column.title}»: {reason}"
            )
        cell.alignment = style.WRAP
        if column.sort in _AS_TEXT:
            cell.number_format = style.TEXT_FORMAT
