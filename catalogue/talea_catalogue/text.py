"""Compare and name things written by people: fold a text, make a slug of it."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "slugify"]

_APOSTROPHES = re.compile("['`‘’‛′ʹʻʼʽ´]")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


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

    Raises ValueError when no ASCII letter or digit is left: such a slug would name nothing.
    """
    slug = _NOT_SLUG.sub("-", fold(text)).strip("-")
    if not slug:
        raise ValueError(f"no ASCII letter or digit to make a slug of: {text!r}")
    return slug


def _without_marks(text: str) -> str:
    """Decompose (NFKD) and drop the combining marks."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
