"""`/pubblicazioni` and `/pubblicazioni/{id}`: the books made from the catalogue.

What a book holds and which files it has come from the index that was written with it (`books`): a
page evaluates no selection and composes nothing.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.dcat import edition_path
from talea_catalogue.publication import (
    Edition,
    EditionError,
    editions,
    pins,
    shipped_selections,
)
from talea_catalogue.release import Release
from talea_catalogue.terms import T

from .. import books, opendata
from ..addresses import published
from ..books import File, Line, Part, Shelf
from ..language import Lang, Text
from ..render import LOCALES, Page, day
from ..settings import Settings
from ..views import Visit
from .common import Link, alternates, formats, known, link, missing, page
from .questions import encoded

__all__ = [
    "EDITIONS",
    "LISTED",
    "Festival",
    "chapters",
    "command",
    "editions_of",
    "festival_of",
    "holding",
    "publication",
    "publications",
    "query_href",
    "state",
]

EDITIONS: Final = "/pubblicazioni"
TITLE: Final = Text("Pubblicazioni", "Publications")
LISTED: Final = 500
"""Practices that a page lists, and of which the preview looks what is there; of more, how many."""
_LONGEST: Final = 12_000
"""Characters of a query that an address can carry, encoded."""
_NAMES: Final = {
    "pdf": Text("PDF da stampare, foglio {}", "PDF to print, {} paper"),
    "epub": Text("EPUB, per lettori di libri", "EPUB, for e-readers"),
    "html": Text("HTML, da leggere nel browser", "HTML, to read in the browser"),
}
_LANGUAGES: Final[Mapping[Lang, Text]] = {
    "it": Text("in italiano", "in Italian"),
    "en": Text(
        "in inglese (le schede restano in italiano)", "in English (the records stay in Italian)"
    ),
}


@dataclass(frozen=True, slots=True)
class Festival:
    """The event of a publication: its page, its day in words and its place, where they are said."""

    link: Link
    day: str | None
    venue: str | None


@dataclass(frozen=True, slots=True)
class Download:
    """A file of a book. `size` is in bytes."""

    title: str
    language: str
    name: str
    href: str
    size: int
    pages: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A publication in the list; `shelf` says how far its book is."""

    it: Any
    href: str
    day: str | None
    festival: Festival | None
    shelf: Shelf
    ready: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter with its practices, each with its address where the catalogue has a page of it."""

    title: str
    lines: tuple[tuple[Line, str | None], ...]


def state(release: Release, settings: Settings) -> str:
    """A text that changes when a book, a pin or an edition of the data comes or goes."""
    return f"{books.state(release, settings)} {opendata.state(release, settings)}"


def publications(visit: Visit) -> Page:
    """The publications of the catalogue."""
    found, problem = editions_of(visit)
    return page(
        visit,
        TITLE.to(visit.lang),
        description=visit.text(
            "I libri composti dai dati del catalogo: da stampare, per i lettori, per il web.",
            "The books that the catalogue makes from its data: for print, e-readers and the web.",
        ),
        data={
            "publications": [_summary(visit, edition) for edition in found],
            "problem": problem,
            "preview": f"{visit.base}{EDITIONS}/anteprima",
        },
    )


def publication(visit: Visit) -> Page:
    """One publication: its texts, its contents, its files. Raises Problem 404."""
    slug = visit.names["edition"]
    iri = known(visit, ns.resource("pubblicazione", slug))
    found, problem = editions_of(visit)
    edition = next((one for one in found if one.it.slug == slug), None)
    if edition is None:
        raise missing()
    it = edition.it
    shelf = books.shelf(visit.release, visit.settings, edition)
    made = shelf.made
    listed, left = chapters(visit, made.contents.get(visit.lang, ()) if made else ())
    return page(
        visit,
        it.title,
        steps=[(TITLE.to(visit.lang), EDITIONS)],
        alternates=alternates(visit),
        data={
            "iri": iri,
            "it": it,
            "pinned": edition.digest is not None,
            "shelf": shelf,
            "problem": problem or (made.problem if made else ""),
            "festival": festival_of(visit, edition),
            "day": _day(visit, it.issued),
            "order": link(visit, it.order).label,
            "chapters": listed,
            "left": left,
            "downloads": [_download(visit, slug, file) for file in made.files] if made else [],
            "citation": _citation(visit, edition, shelf.digest),
            "data_href": _data_href(visit, shelf.digest),
            "query_href": query_href(visit, it.selection),
            "command": command(slug),
            "preview": f"{visit.base}{EDITIONS}/anteprima?{encoded({'edizione': slug})}",
            "formats": formats(visit),
        },
    )


def editions_of(visit: Visit) -> tuple[list[Edition], str]:
    """The publications, and what is wrong with the file of their pins, in Italian."""
    repository = visit.release.repository
    try:
        return editions(repository, pins(visit.records, visit.settings.home_folder)), ""
    except EditionError as error:
        return editions(repository, {}), str(error)


def festival_of(visit: Visit, edition: Edition) -> Festival | None:
    """The event that a publication is of, None for one that is of none."""
    iri = edition.it.festival
    if iri is None:
        return None
    told = visit.release.repository.describe(iri)
    said = {name: values[0].value for name, values in told.properties} if told else {}
    date = said.get(T.eventDate.value)
    return Festival(link(visit, iri), _day(visit, date), said.get(T.venue.value))


def holding(visit: Visit, practice: str) -> list[Link]:
    """The publications whose book tells a practice, by title.

    The index of the books says it. Of one that is not made yet, and is told from the data served,
    its query does, where it comes with Talea.
    """
    digest = visit.release.manifest.data_digest
    shipped = shipped_selections(visit.records)
    found = []
    for edition in editions_of(visit)[0]:
        slug, query = edition.it.slug, edition.it.selection
        made = books.shelf(visit.release, visit.settings, edition).made
        held = made is not None and practice in made.practices
        if made is None and edition.digest in (None, digest) and query in shipped:
            held = practice in visit.release.repository.chosen_by(query)
        if held:
            found.append(Link(edition.it.title, f"{visit.base}{EDITIONS}/{slug}"))
    return found


def command(slug: str, *more: str) -> str:
    """The command line that makes a book in every format."""
    return shlex.join(
        ["talea", "publish", "--edition", slug, *more, "--format", "all", "--out", "libro"]
    )


def query_href(visit: Visit, query: str) -> str | None:
    """Where a query is opened; None for one too long for an address."""
    address = f"{visit.base}/sparql?" + encoded({"query": query, "format": "html"})
    return address if len(address) <= _LONGEST else None


def _summary(visit: Visit, edition: Edition) -> Summary:
    shelf = books.shelf(visit.release, visit.settings, edition)
    files = shelf.made.files if shelf.made else ()
    return Summary(
        edition.it,
        f"{visit.base}{EDITIONS}/{edition.it.slug}",
        _day(visit, edition.it.issued),
        festival_of(visit, edition),
        shelf,
        tuple(dict.fromkeys(file.format.upper() for file in files)),
    )


def _day(visit: Visit, date: str | None) -> str | None:
    """A day in words; what is no date stays as it is."""
    try:
        return day(date, LOCALES[visit.lang]) if date else None
    except ValueError:
        return date


def chapters(visit: Visit, parts: Sequence[Part]) -> tuple[tuple[Chapter, ...], int]:
    """The contents, as far as `LISTED`, and how many practices are left out."""
    repository = visit.release.repository
    found, room = [], LISTED
    for part in parts:
        lines = part.lines[:room]
        room -= len(lines)
        there = {brief.slug for brief in repository.briefs(line.slug for line in lines)}
        if lines:
            told = tuple((line, _href(visit, line.slug, there)) for line in lines)
            found.append(Chapter(part.title, told))
    return tuple(found), max(0, sum(len(part.lines) for part in parts) - LISTED)


def _href(visit: Visit, slug: str, there: set[str]) -> str | None:
    return f"{visit.base}/pratiche/{slug}" if slug in there else None


def _download(visit: Visit, slug: str, file: File) -> Download:
    return Download(
        _NAMES[file.format].to(visit.lang).format((file.paper or "").upper()),
        _LANGUAGES[file.lang].to(visit.lang),
        file.name,
        f"{EDITIONS}/{slug}/{file.name}",
        file.size,
        file.pages,
        file.sha256,
    )


def _citation(visit: Visit, edition: Edition, digest: str) -> str:
    """How to cite the book, as its colophon says it."""
    it = edition.it
    year = (it.issued or visit.release.manifest.date)[:4]
    iri = published(visit.settings, edition.iri)
    data = visit.text("Dati", "Data")
    parts: Sequence[str] = (it.title, f"Talea, {year}", f"{data} {digest[:12]}", iri)
    return ". ".join(part.rstrip(".") for part in parts)


def _data_href(visit: Visit, digest: str) -> str | None:
    """The page of the data of a book, where this site keeps them."""
    kept = {one.manifest.data_digest for one in opendata.kept(visit.release, visit.settings)}
    return visit.base + edition_path(digest) if digest in kept else None
