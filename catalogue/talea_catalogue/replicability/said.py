"""Sentences in both languages of the interface, with numbers written as each language does."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from ..vocabulary import Lang

__all__ = ["Said", "fill", "joined", "listed", "name_of", "written"]

_SWAP = str.maketrans(",.", ".,")


class Said(NamedTuple):
    """The same words in Italian and in English."""

    it: str
    en: str

    def to(self, lang: Lang) -> str:
        """The words in a language."""
        return self.en if lang == "en" else self.it

    def then(self, more: "Said") -> "Said":
        """These words with others right after them."""
        return Said(self.it + more.it, self.en + more.en)


def name_of(label: Callable[[str, Lang], str], iri: str) -> Said:
    """What an IRI stands for; `label` gives it in a language."""
    return Said(label(iri, "it"), label(iri, "en"))


Value = Said | str | int | float | Decimal


def written(value: float | Decimal, lang: Lang, decimals: int | None = None) -> str:
    """A number as people write it: `1.234,5` or `1,234.5`; `decimals` None keeps those it has."""
    if decimals is None:
        text = f"{value:,}" if isinstance(value, int) else f"{Decimal(str(value)).normalize():,f}"
    else:
        text = f"{value:,.{decimals}f}"
    return text if lang == "en" else text.translate(_SWAP)


def fill(words: Said, **values: Value) -> Said:
    """A sentence with its places filled; a number is written in the way of each language."""

    def one(text: str, lang: Lang) -> str:
        shown = {
            name: value.to(lang)
            if isinstance(value, Said)
            else value
            if isinstance(value, str)
            else written(value, lang)
            for name, value in values.items()
        }
        return text.format_map(shown)

    return Said(one(words.it, "it"), one(words.en, "en"))


def joined(parts: Iterable[Said]) -> Said:
    """Sentences one after the other, with a space between."""
    both = list(parts)
    return Said(" ".join(one.it for one in both), " ".join(one.en for one in both))


def listed(parts: list[Said], last: Said | None = None) -> Said:
    """Several, with commas, and `last` before the last one."""
    last = last or Said(" e ", " and ")

    def one(lang: Lang) -> str:
        texts = [part.to(lang) for part in parts]
        if len(texts) < 2:
            return "".join(texts)
        return ", ".join(texts[:-1]) + last.to(lang) + texts[-1]

    return Said(one("it"), one("en"))
