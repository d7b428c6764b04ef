"""What a book is made of, before its format and in one language."""

from dataclasses import asdict, dataclass
from typing import Any

from ...language import Lang
from ..document import Block, Section, Words, blocks_as_data

__all__ = ["Book", "Chapter", "Sheet", "book_as_data", "section_as_data", "sheet_as_data"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A practice. `first` are the sections on where, why and what, `then` those on what came of it
    and how to do it again: they begin a page where they stand `apart`. A `brief` sheet has no page
    of its own, and the first sections only: `apart` says then that it is not to be broken.

    `anchor` is its name within the book, `place` what stands beside its title in the contents.
    `link` is the address that its code leads to, `wanting` the one that says how to complete it,
    None where nothing is wanting; `code` and `wanting_code` are the QR codes of both as SVG.
    """

    anchor: str
    title: Words
    place: str
    facts: tuple[tuple[str, tuple[Words, ...]], ...]
    first: tuple[Section, ...]
    then: tuple[Section, ...]
    link: str
    code: str
    wanting: str | None
    wanting_code: str | None
    apart: bool = False
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """Some sheets under a title."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The whole. `date` is ISO 8601; `cover` are the lines below the title; `words` are the words
    that the pages themselves need, by their key; `iri` names the publication, `digest` its data.
    """

    title: Words
    lang: Lang
    date: str
    iri: str
    digest: str
    cover: tuple[Words, ...]
    colophon: tuple[Block, ...]
    front: tuple[Section, ...]
    chapters: tuple[Chapter, ...]
    back: tuple[Section, ...]
    words: dict[str, str]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets of all chapters, in order."""
        return tuple(sheet for chapter in self.chapters for sheet in chapter.sheets)


def section_as_data(section: Section) -> dict[str, Any]:
    """A section as JSON can carry it."""
    blocks = blocks_as_data(section.blocks)
    return {"title": section.title, "anchor": section.anchor, "blocks": blocks}


def sheet_as_data(sheet: Sheet) -> dict[str, Any]:
    """A sheet as JSON can carry it."""
    return asdict(sheet) | {
        "first": [section_as_data(one) for one in sheet.first],
        "then": [section_as_data(one) for one in sheet.then],
    }


def book_as_data(book: Book) -> dict[str, Any]:
    """The book as JSON can carry it; each block says its `kind`."""
    return {
        "title": asdict(book.title),
        "lang": book.lang,
        "date": book.date,
        "iri": book.iri,
        "digest": book.digest,
        "cover": [asdict(one) for one in book.cover],
        "colophon": blocks_as_data(book.colophon),
        "front": [section_as_data(one) for one in book.front],
        "chapters": [
            {
                "anchor": one.anchor,
                "title": one.title,
                "blocks": blocks_as_data(one.blocks),
                "sheets": [sheet_as_data(sheet) for sheet in one.sheets],
            }
            for one in book.chapters
        ],
        "back": [section_as_data(one) for one in book.back],
        "words": book.words,
    }
