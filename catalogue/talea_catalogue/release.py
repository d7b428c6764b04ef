"""A release: an immutable folder that holds everything needed to answer.

    releases/{build digest}/data.nq       every named graph, sorted
                            index/        the text index
                            release.json  the manifest, written last

`TALEA_HOME/current` names the one in force. It is replaced by a rename, so a reader sees the old
release or the new one and never half of each; a release that a reader has open stays as it is.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ReleaseError
from .records import write_atomically

if TYPE_CHECKING:
    from talea_sparql.store import TrustedStore

    from .repository import Repository
    from .search import SearchIndex

_NAME = re.compile(r"[0-9a-f]{16}\Z")

FORMAT = 2
"""Version of the folder's layout: a release of another one is built again."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release is. Digests are hexadecimal SHA-256; `date` is ISO 8601 in UTC.

    `data_digest` is the citable version: equal for equal content anywhere. `build_digest` also
    covers code, templates and index, and names the folder. `inputs` is a hash of the bytes of every
    source file, by which an unchanged catalogue is recognised without reading it.
    """

    data_digest: str
    build_digest: str
    inputs: str
    date: str
    counts: Mapping[str, int]
    dump_sha256: str
    dump_bytes: int
    problems: tuple[str, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def data_digest_short(self) -> str:
        """The first 12 digits, enough to tell releases apart on a page."""
        return self.data_digest[:12]

    def write(self, folder: Path) -> None:
        """Write `release.json` in `folder`."""
        data = json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(folder / "release.json", data.encode())

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read `release.json`; raises `ReleaseError` where it is missing or not ours."""
        try:
            data: dict[str, Any] = json.loads((folder / "release.json").read_bytes())
            data["problems"] = tuple(data["problems"])
            manifest = cls(**data)
            if not all(isinstance(data[name], str) for name in ("data_digest", "inputs", "date")):
                raise ValueError("campi di un altro tipo")
            if not all(isinstance(data[name], dict) for name in ("counts", "files")):
                raise ValueError("campi di un altro tipo")
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise ReleaseError(f"{folder}: non è una versione leggibile ({error})") from error
        if manifest.format != FORMAT:
            raise ReleaseError(f"{folder}: formato {manifest.format}, atteso {FORMAT}")
        return manifest


@dataclass(frozen=True, slots=True)
class Release:
    """An open release. Safe to read from several threads."""

    folder: Path
    manifest: Manifest
    store: "TrustedStore"
    repository: "Repository"
    search: "SearchIndex"

    @property
    def dump(self) -> Path:
        """The N-Quads file: input of the public SPARQL pool, and a download."""
        return self.folder / "data.nq"

    def close(self) -> None:
        """Nothing to free today: the store is in memory. Kept for stores on disk."""


def releases(home: Path) -> Path:
    """The folder of releases of a home."""
    return home / "releases"


def current(home: Path) -> Path | None:
    """The folder of the release in force, if there is one that can be read."""
    try:
        name = (home / "current").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    folder = releases(home) / name
    return folder if _NAME.match(name) and (folder / "release.json").is_file() else None


def whole(folder: Path) -> bool:
    """Whether a release is as it was written: the dump to the byte, other files to their size."""
    try:
        manifest = Manifest.read(folder)
        _check_dump(folder, manifest)
        if sizes(folder) != manifest.files:
            return False
    except (ReleaseError, OSError):
        return False
    return True


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of a release but the manifest and the index's locks."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "release.json" and path.suffix != ".lock"
    }


def _check_dump(folder: Path, manifest: Manifest) -> None:
    with (folder / "data.nq").open("rb") as dump:
        found = hashlib.file_digest(dump, "sha256").hexdigest()
    if found != manifest.dump_sha256:
        raise ReleaseError(f"{folder}: i dati non sono quelli scritti. «talea build» la rifà.")


def switch(home: Path, folder: Path) -> None:
    """Put `folder` in force, atomically."""
    write_atomically(home / "current", (folder.name + "\n").encode("ascii"))


def open_release(folder: Path, queries: Path) -> Release:
    """Open a release for reading; `queries` is the folder of named queries."""
    from talea_sparql.library import Library
    from talea_sparql.store import TrustedStore, open_memory

    from .repository import Repository
    from .search import SearchIndex

    manifest = Manifest.read(folder)
    try:
        _check_dump(folder, manifest)
        store = TrustedStore(open_memory(folder / "data.nq"), Library.load(queries))
        repository = Repository(store)
        search = SearchIndex.open(folder / "index", repository)
    except (OSError, ValueError, SyntaxError, LookupError, TypeError) as error:
        raise ReleaseError(f"{folder}: non si può aprire ({error})") from error
    return Release(folder, manifest, store, repository, search)
