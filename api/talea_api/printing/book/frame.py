"""What a book is written with: its language, its own texts, the names and addresses of things.

The texts that are ours stand in one file, `site/print/book.toml`, in both languages, beside a few
of the pages (what each kind of result is): whatever else a book says is a statement of the data.
Placeholders are names in braces.
"""

import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import segno

from talea_catalogue.release import Release
from talea_catalogue.replicability.said import Said, name_of
from talea_catalogue.vocabulary import Lang

from ...addresses import published
from ...render import LOCALES, day, number
from ...views import Visit
from ..document import Item, List, Todo, Words

__all__ = ["BOOK_TEXTS", "Frame", "texts"]

BOOK_TEXTS: Final = "book.toml"
"""The texts, in the folder of what is printed."""


@lru_cache(4)
def texts(path: Path) -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> text. Raises OSError, ValueError."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Frame:
    """See the head of this file. `visit` is what the functions of pages ask for."""

    visit: Visit
    own: Mapping[str, Mapping[str, str]]

    @property
    def lang(self) -> Lang:
        """The language of the book."""
        return self.visit.lang

    @property
    def release(self) -> Release:
        """The data."""
        return self.visit.release

    def t(self, key: str, **values: str | int) -> str:
        """One of our texts, with its placeholders filled. Raises KeyError."""
        shown = {name: self.n(one) if isinstance(one, int) else one for name, one in values.items()}
        return self.own[key][self.lang].format(**shown)

    def many(self, key: str, count: int, **values: str | int) -> str:
        """One of our texts that has a form for one and a form for more: `key-1` and `key-n`."""
        return self.t(f"{key}-{'1' if count == 1 else 'n'}", count=count, **values)

    def say(self, key: str, **values: str | int) -> Words:
        """One of our texts, as words."""
        return Words(self.t(key, **values))

    def quote(self, text: str, label: str = "", iri: str | None = None) -> Words:
        """Words of a record; `label` is the key of the text that stands before them."""
        return Words(text, True, self.address(iri) if iri else None, self.t(label) if label else "")

    def named(self, iri: str, label: str = "") -> Words:
        """The name of a thing, with its address."""
        return Words(self.name(iri), False, self.address(iri), self.t(label) if label else "")

    def name(self, iri: str) -> str:
        """What a thing is called."""
        return self.release.repository.label(iri, self.lang)

    def names(self, iri: str) -> Said:
        """What a thing is called, in both languages."""
        return name_of(self.release.repository.label, iri)

    def n(self, value: int) -> str:
        """A whole number as people write it."""
        return number(value, LOCALES[self.lang])

    def day(self, date: str) -> str:
        """A day in words; `date` is ISO 8601."""
        return day(date, LOCALES[self.lang])

    def address(self, iri: str) -> str:
        """Where a reader finds a thing: its own permanent address, or this site's door to it."""
        return published(self.visit.settings, iri)

    def code(self, address: str) -> str:
        """The QR code of an address, as an SVG drawing without a border.

        Its mask is given: looking for the best one takes eight times as long.
        """
        made = io.BytesIO()
        segno.make(address, error="m", micro=False, mask=4).save(
            made, kind="svg", xmldecl=False, svgns=True, border=0, unit=None, omitsize=True
        )
        return made.getvalue().decode().strip()

    def todo(self, key: str) -> Todo:
        """That nobody has said something yet; `key` names what."""
        return Todo(self.say("todo", what=self.t(key)))


def bullets(items: list[Item]) -> List:
    """Lines with bullets."""
    return List("bullet", tuple(items))
