"""A document before its format: sections of paragraphs, lists, tables and pictures, in a language.

Every writer takes the same one, so that PDF, DOCX, EPUB and HTML never say different things.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic_core import to_jsonable_python

from ..language import Lang
from ..render import safe_url

__all__ = [
    "REFUSED",
    "Block",
    "Document",
    "Entries",
    "Entry",
    "Figure",
    "Item",
    "List",
    "Paragraph",
    "Section",
    "Table",
    "Todo",
    "Words",
    "as_data",
    "changed",
    "web",
]

REFUSED: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""What XML refuses. Half surrogate pairs never get into the data."""
Style = Literal["bullet", "number", "check"]


@dataclass(frozen=True, slots=True)
class Words:
    """A text; `italian` where it is Italian whatever the language of the document.

    `label` is what we call it, in the language of the document, and stands before it.
    """

    text: str
    italian: bool = False
    href: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list, with the smaller lines below it."""

    line: Words
    more: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a `quiet` one explains what is around it."""

    words: Words
    quiet: bool = False
    kind: Literal["paragraph"] = field(default="paragraph", init=False)


@dataclass(frozen=True, slots=True)
class List:
    """Lines: with bullets, with numbers, or with boxes to tick."""

    style: Style
    items: tuple[Item, ...]
    kind: Literal["list"] = field(default="list", init=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a header row. `widths` are shares of the page, one a column.

    `bars`, where there are any, are drawn beside the last cell of each row: shares of the longest.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    widths: tuple[int, ...]
    bars: tuple[float, ...] = ()
    kind: Literal["table"] = field(default="table", init=False)


@dataclass(frozen=True, slots=True)
class Todo:
    """What nobody has said yet, where it would stand."""

    words: Words
    kind: Literal["todo"] = field(default="todo", init=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as SVG; `alt` says what it shows to who does not see it. `width` is a share of the
    column."""

    svg: str
    alt: str
    caption: tuple[Words, ...] = ()
    width: float = 1.0
    kind: Literal["figure"] = field(default="figure", init=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an index: a term and the names of the sheets that it leads to."""

    term: Words
    sheets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """An index."""

    entries: tuple[Entry, ...]
    kind: Literal["entries"] = field(default="entries", init=False)


Block = Paragraph | List | Table | Todo | Figure | Entries


@dataclass(frozen=True, slots=True)
class Section:
    """A part with its title. `anchor` names it within the whole."""

    title: str
    blocks: tuple[Block, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The whole. `date` is ISO 8601; `facts` are names and values at its head; `foot` is on every
    page. `page` is the word for a page."""

    title: str
    subtitle: str
    lang: Lang
    date: str
    facts: tuple[tuple[str, Words], ...]
    sections: tuple[Section, ...]
    foot: str
    page: str


def as_data(value: Any) -> Any:
    """A document, a book or a part of one as JSON can carry it; each block says its `kind`."""
    return to_jsonable_python(value)


def changed(value: Any, change: Callable[[str], str], apart: Collection[str] = ()) -> Any:
    """JSON data with each text changed, but for those under the keys `apart`."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {
            key: one if key in apart else changed(one, change, apart) for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [changed(one, change, apart) for one in value]
    return value


def web(url: str) -> Words:
    """A web address as it is read, with itself as its link where it is a safe one."""
    href = safe_url(url)
    return Words(url.split("://", 1)[1].rstrip("/") if href else url, href=href)
