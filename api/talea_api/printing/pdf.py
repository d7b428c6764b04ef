"""A document as PDF, by Typst: tagged, exported as PDF/A-2a and PDF/UA-1, the same bytes each time.

The data go in as JSON and are never part of the source, so no text is ever read as markup. Typst
lets other threads run while it works.
"""

import json
import unicodedata
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import fontpkg_titillium_web
import typst
from fontTools.ttLib import TTFont

from ..language import Lang
from .document import Document, as_data, changed

__all__ = ["pages", "pdf", "typeset"]

_STANDARDS: Final[list[Literal["a-2a", "ua-1"]]] = ["a-2a", "ua-1"]
_FONTS: Final = Path(fontpkg_titillium_web.__file__).parent / "files"
_UNKNOWN: Final = "[?]"
"""Stands for a character that the font cannot draw: a tagged PDF must not have any."""
_ALIKE: Final = {"→": "->", "←": "<-", "☐": "[ ]", "☑": "[x]", "✓": "v", "✔": "v"}
_UNSEEN: Final = frozenset({"Cc", "Cf", "Mn"})
"""Kinds of signs that nobody sees by themselves: controls, joiners, marks of the letter before."""
_ADDRESSES: Final = frozenset({"href", "link", "wanting", "iri"})
"""Keys whose texts are read by machines, and stay as they are."""


def pdf(document: Document, template: Path) -> bytes:
    """The document on A4 pages. Raises `typst.TypstError` where the template is at fault."""
    return typeset(as_data(document), template, document.lang, document.date)


def typeset(data: dict[str, Any], template: Path, lang: Lang, date: str, **inputs: str) -> bytes:
    """Data through a template of `site/print`, which finds them in `sys.inputs.data`.

    `date` (ISO 8601) is that of the file. The template is also given `lang`, `inputs`, and in the
    data `unknown`: whether the font lacked a sign. Raises `typst.TypstError` where it is at fault.
    """
    return typst.compile(
        template,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs=_inputs(data, lang, inputs),
        pdf_standards=[*_STANDARDS],
        timestamp=int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()),
    )


def pages(data: dict[str, Any], template: Path, lang: Lang, **inputs: str) -> int:
    """How many pages `typeset` would make, by a template that says it as `<pages>`."""
    found = typst.query(
        template,
        "<pages>",
        field="value",
        one=True,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs=_inputs(data, lang, inputs),
    )
    return int(json.loads(found))


def _inputs(data: dict[str, Any], lang: Lang, inputs: dict[str, str]) -> dict[str, str]:
    shown, unknown = _printable(data)
    told = json.dumps(shown | {"unknown": unknown}, ensure_ascii=False)
    return {"data": told, "lang": lang, **inputs}


def _printable(data: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The data with nothing that the font cannot draw, and whether something was left out."""
    lost = False

    def drawn(text: str) -> str:
        nonlocal lost
        if text.isascii() and text.isprintable():
            return text
        plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
        shown = "".join(map(_drawn, plain))
        lost = lost or (_UNKNOWN in shown and _UNKNOWN not in text)
        return shown

    return changed(data, drawn, _ADDRESSES), lost


def _drawn(character: str) -> str:
    if character == "\n" or ord(character) in _signs():
        return character
    if character.isspace():
        return " "
    if unicodedata.category(character) in _UNSEEN:
        return ""
    alike = _ALIKE.get(character) or unicodedata.normalize("NFKD", character)
    kept = "".join(one for one in alike if not unicodedata.combining(one))
    return kept if kept and all(ord(one) in _signs() for one in kept) else _UNKNOWN


@cache
def _signs() -> frozenset[int]:
    """What the font can draw."""
    with TTFont(_FONTS / "TitilliumWeb-Regular.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())
