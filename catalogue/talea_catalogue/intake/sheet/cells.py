"""One cell and the value that it stands for.

What a person writes is taken where it can mean one thing only, and named where it cannot: a formula
is never evaluated, a date is never guessed to be a text, `1.234` is not taken for a number because
two people would read two. What we write, we read back as it was, or refuse to write.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from openpyxl.cell.cell import Cell
from pydantic import TypeAdapter, ValidationError
from pyoxigraph import Literal, NamedNode

from ...mapping import Kind, Many, One
from ...text import fold
from .. import items
from .names import Names, UnclearName
from .plan import Column, Sort

MAX_TEXT = items.MAX_TEXT
"""Longest text of a field, in characters."""
Scalar = str | int | float

MAX_CELL = 32_767
"""Longest text of a cell, in UTF-16 units: the limit of Excel."""
MAX_DIGITS = 15
"""Significant digits that Excel keeps of a number."""
ONE_A_LINE = "Se i valori sono più d'uno, scrivine uno per riga (Alt+Invio per andare a capo)."

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?P<sign>[. ])\d{3})(?:(?P=sign)\d{3})*(?:,\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_POINT = re.compile(r"[+-]?\d+\.\d+", re.ASCII)
_UNCLEAR = re.compile(r"[+-]?\d{1,3}\.\d{3}", re.ASCII)
_YES_NO = {"si": True, "vero": True, "true": True, "no": False, "falso": False, "false": False}
_TEXT: TypeAdapter[str] = TypeAdapter(items.Text)
_ADDRESS: TypeAdapter[str] = TypeAdapter(items.WebAddress)
_SLUG: TypeAdapter[str] = TypeAdapter(items.Slug)


class CellFault(ValueError):  # noqa: N818
    """Why a cell cannot be taken, and what to do: two plain sentences in Italian."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason, self.advice = reason, advice


# --- Reading ---


def blank(cell: Cell) -> bool:
    """Whether a cell says nothing."""
    return cell.value is None or (isinstance(cell.value, str) and not cell.value.strip())


def shown(cell: Cell) -> str:
    """What a cell holds, on one short line."""
    value = getattr(cell.value, "text", cell.value)  # an array formula is an object
    return items.shown(f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value))


def read(column: Column, cell: Cell, names: Names) -> Any:
    """The value of a cell that is not blank; raises `CellFault`.

    A column of many values gives a sorted tuple without doubles.
    """
    value = _content(cell)
    if not isinstance(column.line, Many):
        return _one(column, value, names)
    found = {_one(column, line, names) for line in _lines(column, value)}
    most = column.rule.at_most if column.rule else None
    if most is not None and len(found) > most:
        raise CellFault(_message(column), f"Lascia al massimo {most} valori.")
    return tuple(sorted(found))


def _content(cell: Cell) -> Any:
    """What the cell holds, where it is something that a person wrote."""
    if cell.data_type == "f":
        raise CellFault(
            "contiene una formula",
            "Scrivi il valore al posto della formula; se è un testo che comincia con «=», dai alla "
            "cella il formato Testo e riscrivilo.",
        )
    if cell.data_type == "e":
        raise CellFault("contiene un errore di calcolo", "Scrivi il valore, oppure lascia vuoto.")
    value = cell.value
    if isinstance(value, datetime | date | time | timedelta):
        raise CellFault(
            "è diventata una data",
            "Dai alla cella il formato Testo e riscrivi il valore com'era.",
        )
    if isinstance(value, str):
        return plain(value).strip()
    if isinstance(value, int | float) and "%" in cell.number_format:
        raise CellFault(
            "è una percentuale",
            "Dai alla cella il formato Generale e scrivi il numero, per esempio 45; «%» va "
            "nell'unità.",
        )
    return value


def plain(text: str) -> str:
    """A text as a person sees it: escapes of the file format undone, lines ended by one sign."""
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(column: Column, value: Any) -> list[Any]:
    if not isinstance(value, str):
        return [value]
    lines = [line for line in (line.strip() for line in value.split("\n")) if line]
    return [_unescaped(line) for line in lines] if column.sort is Sort.TEXT else lines


def _one(column: Column, value: Any, names: Names) -> Any:
    readers: dict[Sort, Callable[[Column, Any, Names], Any]] = {
        Sort.TEXT: _text,
        Sort.OWNER: _text,
        Sort.INTEGER: _integer,
        Sort.NUMBER: _integer,
        Sort.DECIMAL: _decimal,
        Sort.BOOLEAN: _boolean,
        Sort.NAME: _named,
        Sort.ADDRESS: _address,
        Sort.KIND: _kind,
        Sort.SLUG: _slug,
        Sort.OTHER: _other,
    }
    found = readers[column.sort](column, value, names)
    return _within(column, found) if isinstance(found, int | Decimal) else found


def _written(value: Any) -> str:
    """A value as a text: a whole number is what Excel makes of «2016»."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise CellFault("è VERO o FALSO, non un testo", "Scrivi un testo.")
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    raise CellFault(
        "è un numero, non un testo", "Dai alla cella il formato Testo e riscrivi il valore."
    )


def _checked(adapter: TypeAdapter[str], text: str, advice: str) -> str:
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        raise CellFault(items.explain(error)[0][1], advice) from error


def _text(column: Column, value: Any, names: Names) -> str:
    text = _checked(_TEXT, _written(value), "Correggi o accorcia il testo.")
    rule = column.rule
    if rule and (
        len(text) < rule.shortest
        or (rule.longest is not None and len(text) > rule.longest)
        or (rule.pattern and not re.search(rule.pattern, text))
    ):
        raise CellFault(_message(column), "Correggi il testo.")
    return text


def _address(column: Column, value: Any, names: Names) -> str:
    advice = "Copia l'indirizzo intero dal navigatore: comincia con https:// o http://. " + (
        ONE_A_LINE if column.many else ""
    )
    return _checked(_ADDRESS, _written(value), advice.strip())


def _slug(column: Column, value: Any, names: Names) -> str:
    return _checked(_SLUG, _written(value), "Se la scheda è nuova lascia vuoto il codice.")


def _named(column: Column, value: Any, names: Names) -> str:
    text = _written(value)
    try:
        return names.find(text, column.pattern)
    except UnclearName as error:
        said = items.shown(text)
        if error.candidates:
            raise CellFault(
                f"«{said}» indica più cose: {', '.join(error.candidates)}",
                "Scrivi una di queste, per intero.",
            ) from error
        near = names.near(text, column.pattern)
        advice = f"Forse volevi «{near}»." if near else "Scegli dall'elenco."
        if column.many:
            advice += " " + ONE_A_LINE
        raise CellFault(f"«{said}» non è fra i valori ammessi", advice) from error


def _kind(column: Column, value: Any, names: Names) -> Any:
    text = fold(_written(value))
    for name, kind in column.choices:
        if text in (fold(name), fold(str(kind))):
            return kind
    listed = ", ".join(name for name, _ in column.choices)
    raise CellFault(f"«{items.shown(str(value))}» non è un genere", f"Scegli fra: {listed}.")


def _boolean(column: Column, value: Any, names: Names) -> bool:
    if isinstance(value, bool):
        return value
    found = _YES_NO.get(fold(_written(value)))
    if found is None:
        raise CellFault("non è né sì né no", "Scrivi sì oppure no; se non si sa, lascia vuoto.")
    return found


def _integer(column: Column, value: Any, names: Names) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise CellFault("non è un numero intero", "Scrivi un numero senza decimali.")
    return int(number)


def _decimal(column: Column, value: Any, names: Names) -> Decimal:
    return _number(value)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise CellFault("è VERO o FALSO, non un numero", "Scrivi un numero.")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(f"{value:.{MAX_DIGITS}g}")  # what Excel shows of it
    text = " ".join(str(value).replace("−", "-").split())
    if _UNCLEAR.fullmatch(text):
        whole = text.replace(".", "")
        raise CellFault(
            f"«{text}» si può leggere in due modi",
            f"Scrivi {whole} se il punto separa le migliaia, {text.replace('.', ',')} se separa i "
            "decimali.",
        )
    if _GROUPED.fullmatch(text):
        text = text.replace(".", "").replace(" ", "")
    elif not (_INTEGER.fullmatch(text) or _COMMA.fullmatch(text) or _POINT.fullmatch(text)):
        raise CellFault(
            "non è un numero",
            "Scrivi solo il numero, per esempio 1234,50: le parole vanno nelle altre colonne.",
        )
    return Decimal(text.replace(",", "."))


def _within(column: Column, number: int | Decimal) -> int | Decimal:
    rule = column.rule
    if isinstance(number, bool) or rule is None:
        return number
    if (rule.lowest is not None and number < rule.lowest) or (
        rule.highest is not None and number > rule.highest
    ):
        raise CellFault(_message(column), "Correggi il numero.")
    return number


def _other(column: Column, value: Any, names: Names) -> Any:
    assert isinstance(column.line, One | Many)
    datatype = column.rule.datatype if column.rule else None
    term = Literal(_written(value), datatype=NamedNode(datatype) if datatype else None)
    try:
        return column.line.codec.decode(term)
    except (ValueError, ArithmeticError) as error:
        raise CellFault(_message(column) or "non è un valore ammesso", "Correggilo.") from error


def _message(column: Column) -> str:
    return column.rule.message if column.rule else ""


# --- Writing ---


def write(column: Column, value: Any, names: Names) -> Scalar:
    """What to write for a value, so that `read` gives it back; raises `CellFault` if nothing does.

    A number goes as a number where Excel keeps all its digits, as a text with a comma elsewhere.
    """
    if isinstance(column.line, Many):
        lines = [_shown(column, item, names) for item in value]
        if column.sort is Sort.TEXT:
            lines = [_escaped(str(line)) for line in lines]
        return _fit("\n".join(map(str, lines)))
    written = _shown(column, value, names)
    return _fit(written) if isinstance(written, str) else written


def _shown(column: Column, value: Any, names: Names) -> Scalar:
    if isinstance(column.line, Kind):
        return next(name for name, kind in column.choices if kind == value)
    if column.sort is Sort.BOOLEAN:
        return "sì" if value else "no"
    if column.sort is Sort.NAME:
        return names.written(value, column.pattern)
    if column.sort is Sort.OTHER:
        assert isinstance(column.line, One | Many)
        return str(column.line.codec.encode(value).value)  # type: ignore[union-attr]
    if isinstance(value, int | Decimal):
        return _digits(Decimal(value))
    return str(value)


def _digits(number: Decimal) -> Scalar:
    plain_ = format(number, "f")
    if "." in plain_:
        plain_ = plain_.rstrip("0").rstrip(".")
    if len(plain_.lstrip("-").replace(".", "").strip("0")) > MAX_DIGITS:
        return plain_.replace(".", ",")
    return float(plain_) if "." in plain_ else int(plain_)


def _fit(text: str) -> str:
    if _NOT_XML.search(text):
        raise CellFault("contiene segni che un foglio di calcolo non sa tenere", "")
    escaped = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    if len(escaped.encode("utf-16-le")) // 2 > MAX_CELL:
        raise CellFault(f"supera i {MAX_CELL} caratteri di una cella", "")
    return escaped


def _escaped(text: str) -> str:
    """A text on one line: in a cell of many texts the end of a line is the end of a value."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _unescaped(line: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], line)
