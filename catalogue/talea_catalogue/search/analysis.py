"""How a text becomes terms: words, lower case, accents folded, stop words out, Italian stems."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import tantivy

from ..text import fold

ANALYSER = "it"
_WORD = re.compile(r"[^\W_]+")
_ACRONYM = re.compile(r"\b(?:[^\W_]\.){3,}(?:[^\W_]\b)?")
"""Three single letters or more, each with its point: fewer are initials or abbreviations."""
_ENGLISH = [
    *("and", "at", "by", "for", "from", "my", "of", "on", "or", "our"),
    *("the", "their", "to", "who", "with", "your"),
]
"""The commonest English words that are no Italian ones: who asks in English looks for the rest."""
_UNACCENTED = ["perche", "piu"]
"""Stop words as they are often typed; others of this kind mean something («faro», «sara»)."""
MAX_WORDS = 64
"""Words of a query that count; what follows is ignored."""


_KEPT = 3
"""First letters of a word that no stem changes: the Italian ones cut only after them."""
_LAST_ASCII = "\x7f"
Span = tuple[int, int]
"""Where something begins and ends in a text."""


@lru_cache(maxsize=1)
def analyser() -> tantivy.TextAnalyzer:
    """The analyser of the index and of queries: they must be one."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(80))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stopword("italian"))
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.custom_stopword([*_UNACCENTED, *_ENGLISH]))
        .filter(tantivy.Filter.stemmer("italian"))
        .build()
    )


@lru_cache(maxsize=50_000)
def term(word: str) -> str | None:
    """The term of one word, or None for a stop word."""
    terms = analyser().analyze(word)
    return terms[0] if terms else None


def words(text: str) -> list[str]:
    """The words of a text as they are written, dotted acronyms without their dots."""
    plain = _ACRONYM.sub(lambda m: m[0].replace(".", "") + " ", unicodedata.normalize("NFC", text))
    return _WORD.findall(plain)


def terms(text: str) -> list[str]:
    """The distinct terms of a query, in the order of its words."""
    found: dict[str, None] = {}
    for word in words(text)[:MAX_WORDS]:
        if (one := term(word)) is not None:
            found[one] = None
    return list(found)


def acronyms(text: str) -> list[str]:
    """Dotted acronyms of a text without their dots: `PIPPI` for «P.I.P.P.I.»."""
    found = (match[0].replace(".", "") for match in _ACRONYM.finditer(text))
    return list(dict.fromkeys(found))


def letters(text: str) -> str:
    """Letters and digits of a text, folded and joined: equal for «In.Con.Tra» and «InConTra»."""
    return "".join(_WORD.findall(fold(text)))


@dataclass(frozen=True, slots=True)
class Evened:
    """A text to look for words in.

    `folded` is in lower case and without accents, each character where it was; `odd` is where the
    words stand that have a letter without such a form (`æ`).
    """

    text: str
    folded: str
    odd: tuple[Span, ...]


def evened(text: str) -> Evened:
    """Make a text ready for `places`."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(one if len(one := each.lower()) == 1 else each for each in text)
    odd = False
    for letter in set(lower) if not lower.isascii() else ():
        if letter > _LAST_ASCII and letter.isalnum():
            bare = _bare(letter)
            odd = odd or bare == letter
            lower = lower.replace(letter, bare)
    words = _WORD.finditer(lower) if odd else ()
    return Evened(text, lower, tuple(word.span() for word in words if not word[0].isascii()))


@lru_cache(maxsize=5_000)
def _bare(letter: str) -> str:
    first = unicodedata.normalize("NFKD", letter)[0]
    return first if first in "abcdefghijklmnopqrstuvwxyz0123456789" else letter


def places(evened: Evened, wanted: frozenset[str]) -> list[Span]:
    """Where the words of a text stand whose terms are among some, in their order."""
    text, folded = evened.text, evened.folded
    found = {place for place in evened.odd if term(text[slice(*place)]) in wanted}
    for beginning in {one[:_KEPT] for one in wanted}:
        for match in _starting(beginning).finditer(folded):
            start, end = match.span()
            if not (start and folded[start - 1].isalnum()) and term(text[start:end]) in wanted:
                found.add((start, end))
    return sorted(found)


@lru_cache(maxsize=5_000)
def _starting(beginning: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(beginning)}[^\W_]*")


def mark(text: str, hits: Sequence[Span], width: int = 160) -> tuple[tuple[str, bool], ...]:
    """Pieces of `text` around the first of the places that match, each with whether it does.

    At most about `width` characters, cut at words; an ellipsis says where something was left out.
    Empty where nothing matches.
    """
    if not hits:
        return ()
    start, end = _window(text, hits[0][0], width)
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    here = start
    for left, right in hits:
        if left < here or right > end:
            continue
        if left > here:
            pieces.append((text[here:left], False))
        pieces.append((text[left:right], True))
        here = right
    if here < end:
        pieces.append((text[here:end], False))
    if end < len(text):
        pieces.append((" …", False))
    return tuple(pieces)


def beginning(text: str, width: int = 160) -> str:
    """The first words of a text, about `width` characters; an ellipsis says that it goes on."""
    if len(text) <= width:
        return text
    return text[: text.rfind(" ", 0, width) if " " in text[:width] else width].rstrip() + " …"


def _window(text: str, hit: int, width: int) -> tuple[int, int]:
    if len(text) <= width:
        return 0, len(text)
    start = max(0, hit - width // 3)
    if start:
        start = max(text.rfind(" ", 0, start) + 1, hit - width // 2)
    end = min(len(text), start + width)
    if end < len(text):
        cut = text.rfind(" ", hit, end)
        end = cut if cut > hit else end
    return start, end
