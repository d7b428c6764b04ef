"""An edition from its data to its files: what `talea publish` does, and the pages with it.

An edition that is pinned is told from the data that it is pinned to: the release in force where
these are its data, else one that the home keeps, else the shipped records alone, built aside.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.build import build
from talea_catalogue.publication import (
    Edition,
    EditionError,
    SelectionError,
    chosen,
    edition_of,
    pins,
    select,
    shipped_selections,
)
from talea_catalogue.release import Release, current, history, open_release
from talea_catalogue.search.engines import NO_ENGINE
from talea_sparql.engine import read_rows
from talea_sparql.errors import SparqlError
from talea_sparql.protocol import Operation

from .books.index import ASIDE
from .language import Lang
from .paths import Places, code_digest
from .pools import evaluate_once
from .printing.book.compose import (
    Told,
    book,
    frame_for,
    one_sheet,
    poster,
    sheet_alone,
    sheet_document,
)
from .printing.book.parts import Book
from .printing.book.web import epub, html
from .printing.document import as_data
from .printing.pdf import pages, typeset
from .sentences import in_italian
from .settings import Settings

__all__ = [
    "FORMATS",
    "PAPERS",
    "File",
    "composed",
    "data_of_edition",
    "folder_of",
    "sheet_docx",
    "sheet_pdf",
    "written",
]

FORMATS: Final = ("pdf", "epub", "html")
PAPERS: Final = ("a4", "a5")
BOOK: Final = "book.typ"
SHEET: Final = "sheet.typ"
POSTER: Final = "poster.typ"
POSTERS: Final = ((10, 19), (10, 17), (8, 15), (6, 14), (4, 14), (3, 13), (2, 13), (1, 11))
"""Lines that a list of a poster keeps, and points of its letters, until it is on one page."""
TWO: Final = 2
"""Pages of a practice as a file of its own."""
SHORTER: Final = (10, 7, 5, 4, 3, 2, 1)
"""Lines that a list keeps, fewer at each try, where a practice takes more pages."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of an edition."""

    name: str
    media_type: str
    body: bytes


@contextmanager
def data_of_edition(
    settings: Settings, places: Places, slug: str
) -> Iterator[tuple[Release, Edition]]:
    """An edition with the release that it is told from, closed at the end.

    The home must have a release in force. Raises `EditionError` where there is no such edition, or
    where its data are nowhere to be found.
    """
    home = settings.home_folder
    pinned = pins(places.sources.records, home)
    with ExitStack() as stack:
        release = open_release(
            folder_of(settings, places, slug, pinned.get(slug)),
            places.sources.queries,
        )
        stack.callback(release.close)
        yield release, edition_of(release.repository, slug, pinned)


def folder_of(settings: Settings, places: Places, slug: str, digest: str | None) -> Path:
    """The folder of the release that an edition pinned to `digest` is told from.

    It is built aside where only the shipped records give these data. Raises `EditionError`,
    `BuildError`.
    """
    home = settings.home_folder
    folder = current(home)
    if folder is None:
        raise EditionError(f"{home}: il catalogo non è stato costruito")
    kept = {manifest.data_digest: path for path, manifest in reversed(history(home))}
    if digest is None or _digest_of(kept, folder) == digest:
        return folder
    if digest in kept:
        return kept[digest]
    built = build(places.sources, home / ASIDE, code_digest=code_digest(places), engine=NO_ENGINE)
    if built.manifest.data_digest == digest:
        return built.folder
    raise EditionError(
        f"la pubblicazione «{slug}» è fissata ai dati {digest[:12]}, che qui non ci sono: né la "
        "versione in uso, né quelle conservate, né le schede fornite con questa versione di Talea "
        "li danno. Con «talea publish --pin» si fissa ai dati di oggi."
    )


def _digest_of(kept: dict[str, Path], folder: Path) -> str:
    return next((digest for digest, path in kept.items() if path == folder), "")


def composed(
    release: Release,
    settings: Settings,
    places: Places,
    edition: Edition,
    lang: Lang,
    *,
    query: str = "",
    only_complete: bool = False,
    tell: Told = lambda step, done, total: None,
) -> Book:
    """The book of an edition; `query` chooses other practices than its own query.

    Raises `SelectionError`, `EmptyBookError`.
    """
    slugs = _selected(release, settings, places, query or edition.it.selection)
    frame = frame_for(release, settings, places, lang)
    return book(frame, edition, slugs, only_complete=only_complete, tell=tell)


def _selected(release: Release, settings: Settings, places: Places, query: str) -> list[str]:
    """The practices that a query finds.

    One that does not come with Talea is evaluated as the public service would, by a process that
    its limits stop. Raises `SelectionError`.
    """
    known = frozenset(release.repository.slugs())
    if query in shipped_selections(places.sources.records):
        return select(release.store, query, known)
    try:
        operation = Operation(query, base=ns.ROOT)
        evaluated = asyncio.run(evaluate_once(release, settings, operation, "talea publish"))
        if evaluated.form != "SELECT":
            raise SelectionError("la query di scelta non va: serve una SELECT, che dà una tabella")
        return chosen(read_rows(evaluated.body), known)
    except SparqlError as error:
        raise SelectionError(f"la query di scelta non va: {in_italian(error)}") from error


def sheet_pdf(
    release: Release, settings: Settings, places: Places, slug: str, lang: Lang
) -> bytes | None:
    """One practice as PDF on two pages of A4, None where the release does not have it.

    What does not fit is left out, list by list, and counted: the page of the practice has it all.
    """
    frame, template = frame_for(release, settings, places, lang), places.printing / SHEET
    whole = one_sheet(frame, slug)
    if whole is None:
        return None
    tries = (sheet_alone(frame, whole, most) for most in (None, *SHORTER))
    return _fitting(tries, TWO, template, lang, "a4")


def poster_pdf(
    release: Release, settings: Settings, places: Places, slug: str, lang: Lang
) -> bytes | None:
    """One practice on an A3 sheet to hang, None where the release does not tell it."""
    frame, template = frame_for(release, settings, places, lang), places.printing / POSTER
    whole = one_sheet(frame, slug)
    if whole is None or whole.brief:
        return None
    tries = (poster(frame, whole, most, size) for most, size in POSTERS)
    return _fitting(tries, 1, template, lang, "a3")


def _fitting(
    tries: Iterable[dict[str, Any]], most: int, template: Path, lang: Lang, paper: str
) -> bytes:
    """The PDF of the first of some data that takes `most` pages at most, or of the last."""
    data: dict[str, Any] = {}
    for data in tries:
        if pages(data, template, lang, paper=paper) <= most:
            break
    return typeset(data, template, lang, data["date"], paper=paper)


def sheet_docx(
    release: Release, settings: Settings, places: Places, slug: str, lang: Lang
) -> bytes | None:
    """One practice as DOCX, whole, to correct by hand; None where the release does not have it."""
    from .printing import docx  # no book needs it, and it takes a moment to load

    frame = frame_for(release, settings, places, lang)
    whole = one_sheet(frame, slug)
    return docx.written(sheet_document(frame, whole)) if whole else None


def written(made: Book, places: Places, slug: str, format_: str, paper: str = "a4") -> File:
    """A book in one of `FORMATS`; `paper` is one of `PAPERS`, for the PDF."""
    suffix = "" if made.lang == "it" else f"-{made.lang}"
    if format_ == "pdf":
        template = places.printing / BOOK
        body = typeset(as_data(made), template, made.lang, made.date, paper=paper)
        return File(f"{slug}-{paper}{suffix}.pdf", "application/pdf", body)
    if format_ == "epub":
        return File(f"{slug}{suffix}.epub", "application/epub+zip", epub(made, places.printing))
    body = html(made, places.printing).encode()
    return File(f"{slug}{suffix}.html", "text/html; charset=utf-8", body)
