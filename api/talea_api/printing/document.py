"""A document before its format: sections of paragraphs, lists and tables, in one language.

Both writers take the same one, so that a PDF and a DOCX never say different things.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ..language import Lang

__all__ = ["Document", "Item", "List", "Paragraph", "Section", "Table", "Words", "as_data"]

Style = Literal["bullet", "number", "check"]


@dataclass(frozen=True, slots=True)
class Words:
    """A text; `italian` where it is Italian whatever the language of the document."""

    text: str
    italian: bool = False
    href: str | None = None


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


@dataclass(frozen=True, slots=True)
class List:
    """Lines: with bullets, with numbers, or with boxes to tick."""

    style: Style
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a header row. `widths` are shares of the page, one a column."""

    head: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    widths: tuple[int, ...]


Block = Paragraph | List | Table
_KINDS: Final = {Paragraph: "paragraph", List: "list", Table: "table"}


@dataclass(frozen=True, slots=True)
class Section:
    """A part with its title."""

    title: str
    blocks: tuple[Block, ...]


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


def as_data(document: Document) -> dict[str, Any]:
    """The document as JSON can carry it; each block says its `kind`."""
    data = asdict(document)
    for section, told in zip(document.sections, data["sections"], strict=True):
        for block, fields in zip(section.blocks, told["blocks"], strict=True):
            fields["kind"] = _KINDS[type(block)]
    return data
