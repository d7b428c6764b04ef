"""A release: an immutable folder that holds everything needed to answer.

    releases/{build digest}/data.nq       every named graph, sorted
                            index/        the text index
                            store/        the graphs as a store, where they are too many for memory
                            answers.jsonl rows of slow questions, beside a store
                            state.json    what the next build need not do again
                            release.json  the manifest, written last

`TALEA_HOME/current` names the one in force. It is replaced by a rename, so a reader sees the old
release or the new one and never half of each; a release that a reader has open stays as it is.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ReleaseError
from .records import write_atomically

if TYPE_CHECKING:
    from talea_sparql.library import Library
    from talea_sparql.store import QueryStore

    from .replicability import Replicability
    from .repository import Repository
    from .search import SearchIndex

_NAME = re.compile(r"[0-9a-f]{16}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_OLD = ".old-"
_BESIDE = re.compile(r"\.old-[1-9][0-9]*-[0-9a-f]{16}\Z")
"""A release that stands beside while another takes its name: process that put it there, name."""
_CHECKED = ".checked"
"""Stamp of the dump when it was last hashed."""
_LATER = ("release.json", "state.json", _CHECKED)
_AFTER = ("dumps", "books")
"""Folders of downloads, made when the release is in force."""

FORMAT = 7
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
    store: "QueryStore"
    repository: "Repository"
    search: "SearchIndex"
    replicability: "Replicability"

    @property
    def dump(self) -> Path:
        """The N-Quads file: a download."""
        return self.folder / "data.nq"

    @property
    def data(self) -> Path:
        """What the public SPARQL pool opens: the store on disk, or the dump to load into memory."""
        return data_of(self.folder)

    def close(self) -> None:
        """Free what the store holds."""
        self.store.close()


def releases(home: Path) -> Path:
    """The folder of releases of a home."""
    return home / "releases"


def current(home: Path) -> Path | None:
    """The folder of the release in force, if there is one that can be read.

    While it is being replaced by another of its name, or where that was killed, it stands beside.
    """
    try:
        name = (home / "current").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    if not _NAME.match(name):
        return None
    for folder in (releases(home) / name, *_beside(home, name)):
        if (folder / "release.json").is_file():
            return folder
    return None


def put_beside(folder: Path) -> None:
    """Make room for a release of the name of `folder`, which goes beside. Raises OSError."""
    beside = folder.with_name(f"{_OLD}{os.getpid()}-{folder.name}")
    shutil.rmtree(beside, ignore_errors=True)
    os.rename(folder, beside)


def drop_beside(folder: Path) -> None:
    """Remove what `put_beside` put there in this process."""
    shutil.rmtree(folder.with_name(f"{_OLD}{os.getpid()}-{folder.name}"), ignore_errors=True)


def recover(home: Path) -> None:
    """Bring back the releases whose replacement was killed, where nothing took their place."""
    for beside in _beside(home, "*"):
        _, process, name = beside.name.removeprefix(".").split("-")
        if not at_work(int(process)):
            with contextlib.suppress(OSError):
                os.rename(beside, releases(home) / name)
            shutil.rmtree(beside, ignore_errors=True)


def _beside(home: Path, name: str) -> list[Path]:
    return [path for path in releases(home).glob(f"{_OLD}*-{name}") if _BESIDE.match(path.name)]


def at_work(process: int) -> bool:
    """Whether another process of this number runs: what it left beside is not to be touched.

    This process has left nothing yet: what bears its number is of one that had it before, as in a
    container that was started again.
    """
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


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
    """Bytes of each file that a release is made of.

    Not of those that come later or change: manifest, state, locks, downloads.
    """
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in _LATER
        and path.suffix != ".lock"
        and path.relative_to(folder).parts[0] not in _AFTER
    }


def store_in(folder: Path) -> Path | None:
    """The store on disk of a release, where it has one."""
    store = folder / "store"
    return store if store.is_dir() else None


def data_of(folder: Path) -> Path:
    """What the public SPARQL pool opens: the store on disk, or the dump to load into memory."""
    return store_in(folder) or folder / "data.nq"


def _check_dump(folder: Path, manifest: Manifest) -> None:
    """Raise `ReleaseError` unless the dump is what was written.

    It is hashed at the first look only, and again when its times or its inode are others.
    """
    status = (folder / "data.nq").stat()
    stamp = _stamp(status)
    with contextlib.suppress(OSError):
        if (folder / _CHECKED).read_bytes() == stamp and status.st_size == manifest.dump_bytes:
            return
    with (folder / "data.nq").open("rb") as dump:
        found = hashlib.file_digest(dump, "sha256").hexdigest()
    if found != manifest.dump_sha256:
        raise ReleaseError(f"{folder}: i dati non sono quelli scritti. «talea build» la rifà.")
    with contextlib.suppress(OSError):  # a reader may have no right to write
        write_atomically(folder / _CHECKED, stamp)


def hold_as_checked(folder: Path) -> None:
    """Say that the dump of a release has just been written and hashed. Raises OSError."""
    write_atomically(folder / _CHECKED, _stamp((folder / "data.nq").stat()))


def _stamp(status: os.stat_result) -> bytes:
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}\n".encode()


def history(home: Path) -> list[tuple[Path, Manifest]]:
    """The releases that a home keeps, newest first; folders that cannot be read are left out."""
    found = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for folder in releases(home).iterdir():
            if _NAME.match(folder.name):
                with contextlib.suppress(ReleaseError):
                    found.append((folder, Manifest.read(folder)))
    return sorted(found, key=lambda one: (one[1].date, one[0].name), reverse=True)


def pinned(home: Path) -> frozenset[str]:
    """Data digests of the releases that are never removed."""
    try:
        lines = (home / "pinned").read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return frozenset()
    return frozenset(line for line in lines if _DIGEST.match(line))


def pin(home: Path, digest: str) -> None:
    """Keep for ever the releases of a data digest (64 hexadecimal digits).

    Raises ValueError for another text, OSError where the home cannot be written.
    """
    if not _DIGEST.match(digest):
        raise ValueError(f"no data digest: {digest!r}")
    kept = pinned(home) | {digest}
    write_atomically(home / "pinned", "".join(f"{one}\n" for one in sorted(kept)).encode("ascii"))


def switch(home: Path, folder: Path) -> None:
    """Put `folder` in force, atomically."""
    write_atomically(home / "current", (folder.name + "\n").encode("ascii"))


def open_release(
    folder: Path, queries: Path, sparql_url: str = "", engine: str | None = None
) -> Release:
    """Open a release for reading; `queries` is the folder of named queries.

    `sparql_url` is the address of a SPARQL 1.1 engine that holds the same data, to be asked in
    place of the store of the release. `engine` names what embeds the texts searched for, None for
    the one that the release was made with. Raises `ReleaseError`, `EngineError`.
    """
    from talea_sparql.errors import SparqlError
    from talea_sparql.library import Library
    from talea_sparql.store import TrustedStore, open_disk, open_memory

    from .answers import NAME, read
    from .replicability import Replicability
    from .repository import Repository
    from .search import SearchIndex

    manifest = Manifest.read(folder)
    with contextlib.ExitStack() as undone:
        try:
            _check_dump(folder, manifest)
            library = Library.load(queries)
            on_disk = store_in(folder)
            store: QueryStore
            if sparql_url:
                store = _connect(sparql_url, library, manifest)
            elif on_disk is None:
                store = TrustedStore(open_memory(folder / "data.nq"), library)
            else:
                store = TrustedStore(open_disk(on_disk), library)
            undone.callback(store.close)
            repository = Repository(store, None if on_disk is None else read(folder / NAME))
            search = SearchIndex.open(folder / "index", repository, engine)
        except (OSError, ValueError, SyntaxError, LookupError, TypeError, RuntimeError) as error:
            raise ReleaseError(f"{folder}: non si può aprire ({error})") from error
        except SparqlError as error:
            raise ReleaseError(f"il motore SPARQL non va: {error.detail}") from error
        undone.pop_all()
    return Release(folder, manifest, store, repository, search, Replicability(repository))


def _connect(engine: str, library: "Library", manifest: Manifest) -> "QueryStore":
    """The store of an engine elsewhere; raises `ReleaseError` unless it holds this release."""
    from talea_sparql.errors import SparqlError
    from talea_sparql.remote import RemoteStore

    store = RemoteStore(engine, library)
    try:
        found = store.connect()
    except SparqlError as error:
        store.close()
        raise ReleaseError(f"il motore SPARQL su {store.host} non va: {error.detail}") from error
    expected = (manifest.counts["triple"], manifest.counts["grafi"])
    if found != expected:
        store.close()
        raise ReleaseError(
            f"il motore SPARQL su {store.host} ha {found[0]} quadruple in {found[1]} grafi, la "
            f"versione {manifest.data_digest_short} ne ha {expected[0]} in {expected[1]}: carica "
            "il suo data.nq"
        )
    return store
