"""The workbook that goes back to who sent it: bad cells coloured, with the reason, and two lists.

It is their own workbook, every value where it was. Two things differ: formulas come back as texts,
so that nothing runs when the report is opened, and the marks of an earlier report are gone.
"""

import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ...errors import ImportFileError, system_reason
from ...records import write_atomically
from . import style
from .cells import MAX_CELL
from .faults import SheetReport
from .reader import ENTERED, ERRORS

_ERRORS_HEAD = ("foglio", "cella", "campo", "valore", "che cosa non va", "che cosa fare")
_ENTERED_HEAD = ("foglio", "riga", "codice", "nome", "esito")
_NOTICE = "avviso, non blocca: "


def writable(out: Path, path: Path) -> None:
    """Raise `ImportFileError` unless a report can be written at `out`, apart from the input."""
    try:
        if out.is_dir():
            raise ImportFileError(f"{out}: è una cartella, serve il nome di un file")
        if out.suffix.lower() != ".xlsx":
            raise ImportFileError(f"{out}: il resoconto deve chiamarsi in .xlsx")
        if out.resolve() == path.resolve() or (out.exists() and out.samefile(path)):
            raise ImportFileError(f"{out}: è il file da importare: scegli un altro nome")
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise ImportFileError(f"{out}: non si può scrivere ({system_reason(error)})") from error


def write(out: Path, book: Workbook, said: SheetReport) -> None:
    """Mark `book` with what was said of it and write it at `out`, whole or not at all."""
    for sheet in book.worksheets:
        if sheet.title in (ERRORS, ENTERED):
            book.remove(sheet)
        else:
            _clean(sheet)
    _mark(book, said)
    found = [*said.problems, *said.notices]
    _list(
        book,
        ERRORS,
        _ERRORS_HEAD,
        (
            (f.sheet, f.cell, f.field, f.value, (_NOTICE if f.notice else "") + f.reason, f.advice)
            for f in found
        ),
        "Niente da correggere.",
    )
    _list(
        book,
        ENTERED,
        _ENTERED_HEAD,
        ((e.sheet, e.row, e.code, e.title, f"{e.kind} {e.outcome}") for e in said.entries),
        "Nessuna scheda è entrata.",
    )
    if said.problems:
        book.active = book.worksheets.index(book[ERRORS])
    buffer = io.BytesIO()
    try:
        book.save(buffer)
        write_atomically(out, buffer.getvalue())
    except OSError as error:
        raise ImportFileError(
            f"{out}: le schede buone sono entrate, ma il resoconto non si può scrivere "
            f"({system_reason(error)})"
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # What a workbook of somebody else may hold and the writer cannot write again.
        raise ImportFileError(
            f"{out}: le schede buone sono entrate, ma questa cartella non si può riscrivere: "
            "ricopia le righe in un modulo nuovo"
        ) from error


def _clean(sheet: Worksheet) -> None:
    """Take away what would run, and the marks of an earlier report."""
    for cell in sheet._cells.values():
        if isinstance(cell, MergedCell):
            continue
        if cell.data_type == "f":
            style.put(cell, str(getattr(cell.value, "text", cell.value)))
            cell.quotePrefix = True
        comment = cell.comment
        if comment is not None and comment.author == style.AUTHOR and cell.row > 1:
            cell.comment = None
        if cell.fill.fgColor.rgb == style.BAD.fgColor.rgb:
            cell.fill = PatternFill()


def _mark(book: Workbook, said: SheetReport) -> None:
    reasons: dict[tuple[str, str], list[str]] = {}
    for fault in said.problems:
        if fault.cell:
            text = f"{fault.reason}. {fault.advice}".strip()
            reasons.setdefault((fault.sheet, fault.cell), []).append(text[0].upper() + text[1:])
    for (sheet, name), texts in reasons.items():
        cell = book[sheet][name]
        if isinstance(cell, Cell):
            cell.fill = style.BAD
            style.say(cell, "\n".join(dict.fromkeys(texts)))


def _list(
    book: Workbook, title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], none: str
) -> None:
    """Add a sheet with a table."""
    sheet = book.create_sheet(title)
    for column, name in enumerate(head, 1):
        cell = sheet.cell(1, column)
        style.put(cell, name)
        cell.fill, cell.font = style.HEAD, style.HEAD_FONT
        letter = cell.column_letter
        sheet.column_dimensions[letter].width = 60 if name.startswith("che cosa") else 24
    number = 1
    for number, values in enumerate(rows, 2):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(number, column)
            style.put(cell, value[:MAX_CELL] if isinstance(value, str) else value)
            cell.alignment = style.WRAP
    if number == 1:
        style.put(sheet.cell(2, 1), none)
    sheet.freeze_panes = "A2"
