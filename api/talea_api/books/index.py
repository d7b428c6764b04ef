"""What the folder of books holds, and which folder holds the book of an edition."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from talea_catalogue.editions import stamp
from talea_catalogue.publication import NAME as PINS
from talea_catalogue.publication import Edition
from talea_catalogue.release import Release, history, releases

from ..language import Lang
from ..settings import Settings

__all__ = [
    "ASIDE",
    "FOLDER",
    "INDEX",
    "Books",
    "File",
    "Line",
    "Made",
    "Part",
    "Shelf",
    "read",
    "shelf",
    "state",
]

FOLDER: Final = "books"
ASIDE: Final = "shipped"
"""The folder of a home where the shipped records are built without those of the home."""
INDEX: Final = "books.json"
FORMAT: Final = 1
"""Version of the folder's layout: books of another one are made again."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of an edition. `size` is in bytes, `sha256` hexadecimal.

    `paper` and `pages` are of a PDF alone; `style` is the source that the policy of an HTML edition
    allows, the hash of its own style sheet.
    """

    name: str
    lang: Lang
    format: str
    media_type: str
    size: int
    sha256: str
    paper: str | None = None
    pages: int | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A practice in the contents of a book; `brief` is one that has no page of its own."""

    slug: str
    title: str
    place: str
    brief: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """The book of an edition. Where it could not be made, `problem` says why, in Italian.

    `digest` is that of the data it is told from, `bodies` how many of its practices are known by
    their body alone, `contents` its chapters by language. It is `lost` where its data are not here.
    """

    slug: str
    digest: str
    bodies: int = 0
    contents: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    problem: str = ""
    lost: bool = False

    @property
    def practices(self) -> tuple[str, ...]:
        """The slugs of its practices, in the order of the book."""
        parts = self.contents.get("it", ())
        return tuple(line.slug for part in parts for line in part.lines)

    def file(self, name: str) -> File | None:
        """The file of that name."""
        return next((file for file in self.files if file.name == name), None)


@dataclass(frozen=True, slots=True)
class Books:
    """The books of a release, and what they were made with: `code` is a digest."""

    folder: Path
    code: str
    site: str
    editions: tuple[Made, ...]

    def edition(self, slug: str) -> Made | None:
        """The book of an edition."""
        return next((made for made in self.editions if made.slug == slug), None)

    def as_json(self) -> bytes:
        """The index as it is written."""
        data = {
            "format": FORMAT,
            "code": self.code,
            "site": self.site,
            "editions": [asdict(made) for made in self.editions],
        }
        return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the book of an edition is, or would be.

    `digest` is that of its data; `kept` says whether this site keeps them, so that the book can be
    made here. `made` is None until it is.
    """

    digest: str
    kept: bool
    folder: Path | None = None
    made: Made | None = None

    @property
    def ready(self) -> bool:
        """Whether the files are there."""
        return bool(self.made and self.made.files)


def read(folder: Path) -> Books | None:
    """The books in `folder`; None where they are missing, of another format or not whole."""
    try:
        data: dict[str, Any] = json.loads((folder / INDEX).read_bytes())
        if data["format"] != FORMAT:
            return None
        made = tuple(_made(one) for one in data["editions"])
        books = Books(folder, data["code"], data["site"], made)
        files = (file for one in made for file in one.files)
        whole = all((folder / file.name).stat().st_size == file.size for file in files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return books if whole else None


def _made(data: dict[str, Any]) -> Made:
    contents = {
        lang: tuple(
            Part(part["title"], tuple(Line(**line) for line in part["lines"])) for part in parts
        )
        for lang, parts in data["contents"].items()
    }
    files = tuple(File(**file) for file in data["files"])
    return Made(**{**data, "contents": contents, "files": files})


def shelf(release: Release, settings: Settings, edition: Edition) -> Shelf:
    """Where the book of an edition is; `release` is the one that is served."""
    digest = edition.digest or release.manifest.data_digest
    kept = False
    for folder in _told_from(release, settings, digest, pinned=edition.digest is not None):
        kept = True
        books = read(folder / FOLDER)
        made = books.edition(edition.it.slug) if books else None
        if made is not None:
            return Shelf(digest, True, folder / FOLDER, made)
    if kept:
        return Shelf(digest, True)
    # What cannot be made anywhere is told by the index of the release in force.
    books = read(release.folder / FOLDER)
    return Shelf(digest, False, None, books.edition(edition.it.slug) if books else None)


def _told_from(
    release: Release, settings: Settings, digest: str, *, pinned: bool
) -> Iterator[Path]:
    """The folders of the data of an edition; that of the release served comes first."""
    if release.manifest.data_digest == digest:
        yield release.folder
    if not pinned:
        return
    for home in (settings.home_folder, settings.home_folder / ASIDE):
        for folder, manifest in history(home):
            if manifest.data_digest == digest and folder != release.folder:
                yield folder


def state(release: Release, settings: Settings) -> str:
    """A text that changes when a book or a pin comes or goes: a few looks at the disk."""
    home = settings.home_folder
    folders = {release.folder}
    for one in (home, home / ASIDE):
        with suppress(OSError):
            folders |= {path for path in releases(one).iterdir() if path.name[0] != "."}
    marks = sorted(f"{folder.name}:{stamp(folder / FOLDER)}" for folder in folders)
    return f"{' '.join(marks)} {stamp(home / PINS)}"
