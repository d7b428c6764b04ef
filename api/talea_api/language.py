"""The two languages of the site: Italian, and English under `/en`."""

from dataclasses import dataclass
from typing import Final, get_args

from talea_catalogue.vocabulary import Lang

from .doors import OPEN_PREFIXES

__all__ = ["LANGS", "Lang", "Text", "base_of", "language_of", "without_language"]

LANGS: Final[tuple[Lang, ...]] = get_args(Lang)


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence of the program itself, in both languages."""

    it: str
    en: str

    def to(self, lang: Lang) -> str:
        """The sentence in `lang`."""
        return self.en if lang == "en" else self.it


_OF_MACHINES: Final = (*OPEN_PREFIXES, "/metrics")
_FILES: Final = (".gz", ".zip", ".csv")
"""Beginnings and ends of the addresses that have no other one in English."""


def base_of(lang: Lang) -> str:
    """What comes before each path in this language: nothing, or `/en`."""
    return "/en" if lang == "en" else ""


def without_language(path: str) -> str:
    """The path as it is in Italian: `/en/pratiche` -> `/pratiche`, `/en` -> `/`."""
    if path == "/en":
        return "/"
    return path.removeprefix("/en") if path.startswith("/en/") else path


def language_of(path: str, accept_language: str | None = None) -> Lang:
    """The language of an address; for the doors of machines, what the client prefers."""
    if path == "/en" or path.startswith("/en/"):
        return "en"
    if not path.startswith(_OF_MACHINES) and not path.endswith(_FILES):
        return "it"
    weights: dict[str, float] = {}
    for item in (accept_language or "").split(",")[:20]:
        tag, _, parameter = item.strip().partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            weight = float(value) if name == "q" else 1.0
        except ValueError:
            continue
        primary = tag.split("-")[0].lower()
        weights[primary] = max(weights.get(primary, 0.0), weight)
    return "en" if weights.get("en", 0.0) > weights.get("it", 0.0) else "it"
