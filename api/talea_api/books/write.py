"""Make the books of a home: beside the folder they go to, then put in place by one rename."""

import base64
import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from typst import TypstError

from talea_catalogue.dumps import alone
from talea_catalogue.errors import TaleaError
from talea_catalogue.publication import edition_of, pins
from talea_catalogue.release import Release, current, open_release

from .. import publishing
from ..language import LANGS, Lang
from ..paths import Places, code_digest
from ..printing.book.compose import Told
from ..printing.book.parts import Book
from ..settings import Settings
from .index import FOLDER, INDEX, Books, File, Line, Made, Part, read

_PAGES: Final = re.compile(rb"/Type\s*/Pages\s*/Count\s+(\d+)")
"""A node of the tree of pages; the root counts them all."""
_FORMS: Final = (*(("pdf", paper) for paper in publishing.PAPERS), ("epub", None), ("html", None))
"""Format and paper of the files of an edition in one language."""
_STYLE: Final = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


def write(
    settings: Settings, places: Places, tell: Told = lambda name, done, total: None
) -> list[Made]:
    """The books of all editions of the release in force, made where they are missing or old.

    One that cannot be made says why and is no obstacle to the others. Who comes while another
    process makes them waits for it. `tell` is called with the name of each file. Raises OSError,
    `ReleaseError`, and `EditionError` for pins that cannot be read.
    """
    home, code = settings.home_folder, code_digest(places)
    folder = current(home)
    if folder is None:
        return []
    with closing(open_release(folder, places.sources.queries)) as release:
        slugs = release.repository.publications()
    pinned = pins(places.sources.records, home)
    told: dict[Path, list[str]] = {folder: []}
    lost: list[Made] = []
    for slug in slugs:
        try:
            where = publishing.folder_of(settings, places, slug, pinned.get(slug))
            told.setdefault(where, []).append(slug)
        except TaleaError as error:
            lost.append(Made(slug, pinned.get(slug, ""), problem=str(error), lost=True))
    done: list[Made] = []
    for where, these in told.items():
        with alone(where.parent / ".books.lock"):
            without = lost if where == folder else []
            done += _bring_up_to_date(where, these, without, settings, places, code, tell).editions
    return done


def _bring_up_to_date(
    release: Path,
    slugs: Sequence[str],
    lost: Sequence[Made],
    settings: Settings,
    places: Places,
    code: str,
    tell: Told,
) -> Books:
    folder, aside = release / FOLDER, release.parent / f".books-{release.name}"
    found = read(folder)
    wanted = dict.fromkeys(slugs, False) | {made.slug: True for made in lost}
    if (
        found
        and (found.code, found.site) == (code, settings.base_url)
        and {made.slug: made.lost for made in found.editions} == wanted
    ):
        return found
    shutil.rmtree(aside, ignore_errors=True)  # left by a process that was killed
    try:
        aside.mkdir()
        made = [*lost]
        if slugs:
            with closing(open_release(release, places.sources.queries)) as opened:
                made += (_made(opened, settings, places, slug, aside, tell) for slug in slugs)
        books = Books(folder, code, settings.base_url, tuple(made))
        (aside / INDEX).write_bytes(books.as_json())
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return books


def _made(
    release: Release, settings: Settings, places: Places, slug: str, aside: Path, tell: Told
) -> Made:
    """One edition in every format and language."""
    digest = release.manifest.data_digest
    contents: dict[str, tuple[Part, ...]] = {}
    files: list[File] = []
    try:
        edition = edition_of(release.repository, slug, {})
        for lang in LANGS:
            book = publishing.composed(release, settings, places, edition, lang)
            contents[lang] = _contents(book)
            for format_, paper in _FORMS:
                told = _written(book, places, slug, format_, paper)
                (aside / told.name).write_bytes(told.body)
                files.append(_file(told, lang, format_, paper))
                tell(told.name, len(files), len(LANGS) * len(_FORMS))
    except (TaleaError, TypstError, BrokenExecutor) as error:
        for file in files:
            (aside / file.name).unlink(missing_ok=True)
        return Made(slug, digest, problem=str(error))
    brief = release.repository.brief
    bodies = sum(not brief(line.slug).level for part in contents["it"] for line in part.lines)
    return Made(slug, digest, bodies, contents, tuple(files))


def _written(
    book: Book, places: Places, slug: str, format_: str, paper: str | None
) -> publishing.File:
    """A file of a book; a PDF by a process that ends with it.

    Typst keeps what it made for the next time: the eight PDFs of two
    publications would take more than 1 GB, and what is kept is of no use to another book.
    """
    if format_ != "pdf":
        return publishing.written(book, places, slug, format_)
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        work = apart.submit(publishing.written, book, places, slug, format_, paper or "a4")
        return work.result()


def _contents(book: Book) -> tuple[Part, ...]:
    return tuple(
        Part(
            chapter.title,
            tuple(
                Line(sheet.anchor, sheet.title.text, sheet.place, sheet.brief)
                for sheet in chapter.sheets
            ),
        )
        for chapter in book.chapters
    )


def _file(told: publishing.File, lang: Lang, format_: str, paper: str | None) -> File:
    return File(
        told.name,
        lang,
        format_,
        told.media_type,
        len(told.body),
        hashlib.sha256(told.body).hexdigest(),
        paper,
        _pages(told.body) if format_ == "pdf" else None,
        _allowed(told.body) if format_ == "html" else None,
    )


def _pages(pdf: bytes) -> int | None:
    return max(map(int, _PAGES.findall(pdf)), default=None)


def _allowed(page: bytes) -> str:
    """The style of a page, as a policy names it: by its hash."""
    found = _STYLE.search(page)
    digest = hashlib.sha256(found[1] if found else b"").digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
