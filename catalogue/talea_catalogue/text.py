"""Compare and name things written by people: fold a text, make a slug of it."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "harmless", "slugify"]

_APOSTROPHES = re.compile("['`‘’‛′ʹʻʼʽ´]")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_WITHOUT_STROKE = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
"""Latin letters (folded) that are no ASCII letter with a mark, by how they are written without."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")  # some reckon the wide ones too


def fold(text: str) -> str:
    """Return `text` in the form in which two spellings of one name are equal.

    Letters become lower case and lose their accents, an apostrophe of any kind counts as a
    space, and runs of white space become one space; hyphens and other signs stay. So an accent
    typed as an apostrophe is no difference: `fold("NARDO'") == fold("Nardò")`. Folding twice
    changes nothing.

    >>> fold("  Sant’Agata di  PUGLIA ")
    'sant agata di puglia'
    """
    bare = _without_marks(_without_marks(_APOSTROPHES.sub(" ", text)).casefold())
    return " ".join(_APOSTROPHES.sub(" ", bare).split())


def slugify(text: str) -> str:
    """Return `text` as lower-case ASCII words joined by hyphens, to stand in an IRI.

    >>> slugify("Corigliano d'Otranto")
    'corigliano-d-otranto'
    >>> slugify("Łódź")
    'lodz'

    Raises ValueError when no ASCII letter or digit is left: such a slug would name nothing.
    """
    slug = _NOT_SLUG.sub("-", fold(text).translate(_WITHOUT_STROKE)).strip("-")
    if not slug:
        raise ValueError(f"no ASCII letter or digit to make a slug of: {text!r}")
    return slug


def harmless(cell: str) -> str:
    """Return the text of a cell on one line, with nothing at its head that would be reckoned.

    A spreadsheet takes a cell that begins with a sign such as the equals sign for a formula.

    >>> harmless(" =HYPERLINK(1)")
    "'=HYPERLINK(1)"
    """
    text = " ".join(cell.split())
    return "'" + text if cell.startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _without_marks(text: str) -> str:
    """Decompose (NFKD) and drop the combining marks."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
