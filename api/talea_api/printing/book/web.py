"""A book as EPUB 3 and as one HTML page: the same parts, by the templates of `site/print`.

The EPUB is a zip whose first entry is its type, stored; every entry has the date of the format's
own beginning, so that the same book is the same bytes.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from talea_catalogue.dcat import CC_BY

from ..document import REFUSED, as_data, changed
from .parts import Book

__all__ = ["epub", "html"]

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CONTAINER: Final = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="EPUB/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""


@dataclass(slots=True)
class _Page:
    """A file of the EPUB, or a part of the HTML page. `type` is its role in a book."""

    id: str
    title: str
    type: str
    heading: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    sheet: dict[str, Any] | None = None
    cover: bool = False
    listed: bool = True
    inner: list["_Page"] = field(default_factory=list)
    drawn: bool = False

    @property
    def file(self) -> str:
        """Its name in the EPUB."""
        return f"{self.id}.xhtml"


def epub(book: Book, printing: Path) -> bytes:
    """The book as EPUB 3; `printing` is the folder of the templates. Raises OSError."""
    pages, data = _pages(book)
    templates = _environment(printing)
    titles = {one.id: one.sheet["title"] for one in pages if one.sheet}
    shared = _shared(data, pages, book, lambda anchor: f"s-{anchor}.xhtml", titles)
    shared["epub"] = True
    files: dict[str, str] = {}
    for page in pages:
        files[page.file] = templates.get_template("page.xhtml").render(shared, page=page)
        page.drawn = "<svg" in files[page.file]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        _put(package, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        _put(package, "META-INF/container.xml", _CONTAINER)
        for name in ("content.opf", "nav.xhtml"):
            _put(package, f"EPUB/{name}", templates.get_template(name).render(shared))
        _put(package, "EPUB/book.css", (printing / "book.css").read_text("utf-8"))
        for file, text in files.items():
            _put(package, f"EPUB/{file}", text)
    return made.getvalue()


def html(book: Book, printing: Path) -> str:
    """The book as one page with its style. Raises OSError."""
    pages, data = _pages(book)
    titles = {one.id: one.sheet["title"] for one in pages if one.sheet}
    shared = _shared(data, pages, book, lambda anchor: f"#s-{anchor}", titles)
    style = "".join((printing / name).read_text("utf-8") for name in ("book.css", "web.css"))
    return _environment(printing).get_template("book.html").render(shared, style=style)


def _shared(
    data: dict[str, Any],
    pages: list[_Page],
    book: Book,
    place: Callable[[str], str],
    titles: dict[str, Any],
) -> dict[str, Any]:
    return {
        "book": data,
        "lang": book.lang,
        "pages": pages,
        "licence": CC_BY,
        "place": place,
        "title": lambda anchor: titles[f"s-{anchor}"],
        "epub": False,
    }


def _pages(book: Book) -> tuple[list[_Page], dict[str, Any]]:
    data: dict[str, Any] = changed(as_data(book), lambda text: REFUSED.sub("", text))
    pages = [
        _Page("copertina", data["title"]["text"], "cover", cover=True, listed=False),
        _Page("colophon", "Colophon", "colophon", "Colophon", data["colophon"], listed=False),
    ]
    pages += [_section(one) for one in data["front"]]
    for told in data["chapters"]:
        chapter = _Page(told["anchor"], told["title"], "chapter", told["title"], told["blocks"])
        chapter.inner = [_sheet(one) for one in told["sheets"]]
        pages += [chapter, *chapter.inner]
    pages += [_section(one) for one in data["back"]]
    return pages, data


def _section(told: dict[str, Any]) -> _Page:
    role = "index" if any(one["kind"] == "entries" for one in told["blocks"]) else "section"
    if told["anchor"] in ("glossario", "premessa"):
        role = {"glossario": "glossary", "premessa": "foreword"}[told["anchor"]]
    return _Page(told["anchor"], told["title"], role, told["title"], told["blocks"])


def _sheet(told: dict[str, Any]) -> _Page:
    return _Page(
        f"s-{told['anchor']}", told["title"]["text"], "subchapter", sheet=told, listed=False
    )


def _environment(printing: Path) -> Environment:
    made = Environment(
        loader=FileSystemLoader(printing),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["lines"] = lambda text: Markup("<br/>").join(text.split("\n"))
    return made


def _put(package: zipfile.ZipFile, name: str, text: str, how: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = how
    info.external_attr = 0o644 << 16
    package.writestr(info, text.encode())
