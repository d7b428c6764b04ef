"""What a book is made of, before its format and in one language."""

from dataclasses import dataclass

from ...language import Lang
from ..document import Block, Section, Words

__all__ = ["Book", "Chapter", "Sheet"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A practice. `first` are the sections on where, why and what, `then` those on what came of it
    and how to do it again: on two facing pages, in letters `size` times those of the book; zero
    where they need more than two pages. A `brief` sheet has one page, and the first sections only.

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
    size: float = 0.0
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
