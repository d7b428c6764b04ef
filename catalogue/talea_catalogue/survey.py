"""What files a build reads, and whether their bytes changed: looked at, not read, where possible.

A file whose size, times and inode are those of the last look still has the hash that it had then.
The time of the last change of state (ctime) is among them: an edit that puts the old time back is
seen. A file changed within the last moments before the look is read again, because a second edit
could leave the same times.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import records
from .errors import RecordError
from .sources import Sources

Stamp = tuple[int, int, int, int]
"""Size, time of change of content and of state in nanoseconds, inode."""

_SETTLED: Final = 2_000_000_000
"""Nanoseconds after which a file's times tell its next change from its last: coarse disks have 2 s.
"""
_TERRITORY: Final = "territory"
_ERROR: Final = "error"
"""Begins what stands for the hash of a file that cannot be read: it is tried again each time."""
SHIPPED, HOME = 0, 1
"""The two layers of records."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One file: its layer and name there, where it is, its stamp and the hash of its bytes.

    `stamp` is None for what is not a regular file, and `sha` then says so.
    """

    layer: int
    name: str
    path: Path
    stamp: Stamp | None
    sha: str

    @property
    def key(self) -> str:
        """Names the file among all files of a build."""
        return f"{self.layer} {self.name}"

    @property
    def stray(self) -> bool:
        """Whether it is in no folder of records."""
        folder, _, name = self.name.partition("/")
        return folder not in records.KINDS or "/" in name


class Moved(Exception):  # noqa: N818
    """A file is not what it was when the build looked at it."""


Remembered = Mapping[str, tuple[Stamp, str]]
"""Stamp and hash by key, as the last build left them; only those that can be relied on."""


def look(sources: Sources, home: Path, known: Remembered) -> dict[str, Seen]:
    """Every file of records of the two layers, strays included, by key. Raises OSError."""
    found = {}
    for layer, folder in ((SHIPPED, sources.records), (HOME, home / "records")):
        start = len(os.fspath(folder)) + 1
        for path in (*records.files(folder), *records.strays(folder)):
            name = _printable(os.fspath(path)[start:].replace(os.sep, "/"))
            seen = _see(layer, name, path, known)
            found[seen.key] = seen
    return found


def _see(layer: int, name: str, path: Path, known: Remembered) -> Seen:
    try:
        status = path.stat()
    except OSError as error:
        return Seen(layer, name, path, None, f"{_ERROR} {error.errno}")
    if not stat.S_ISREG(status.st_mode):
        return Seen(layer, name, path, None, f"mode {stat.S_IFMT(status.st_mode)}")
    stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    before = known.get(f"{layer} {name}")
    if before is not None and before[0] == stamp:
        return Seen(layer, name, path, stamp, before[1])
    return Seen(layer, name, path, stamp, _hash(path, status.st_size))


def _hash(path: Path, size: int) -> str:
    if size > records.MAX_BYTES:
        return f"size {size}"  # no record: it is named later, and not read
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return f"{_ERROR} {error.errno}"


def bytes_of(seen: Seen) -> bytes:
    """The bytes of a record file, which are those that were looked at.

    Raises `RecordError`, or `Moved` where they are others.
    """
    try:
        data = records.load(seen.path)
    except RecordError:
        if seen.stamp is not None and _hash(seen.path, seen.stamp[0]) != seen.sha:
            raise Moved from None
        raise
    if hashlib.sha256(data).hexdigest() != seen.sha:
        raise Moved
    return data


def settled(seen: Iterable[Seen], now: int) -> dict[str, tuple[Stamp, str]]:
    """What the next look may rely on, of a look that began at `now` (nanoseconds)."""
    return {
        one.key: (one.stamp, one.sha)
        for one in seen
        if one.stamp is not None
        and not one.sha.startswith(_ERROR)
        and max(one.stamp[1], one.stamp[2]) < now - _SETTLED
    }


def now() -> int:
    """The time to give to `settled`, taken before the look."""
    return time.time_ns()


def world_digest(sources: Sources, home: Path, code_digest: str) -> str:
    """Hash of what records are judged and built by: code, ontology, territory of both layers."""
    total = hashlib.sha256(f"{code_digest}\n".encode())
    for number, folder in enumerate((sources.ontology, sources.territory, home / _TERRITORY)):
        for path in sorted(_data_files(folder)):
            total.update(f"{number} {_printable(path.relative_to(folder).as_posix())}\n".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def inputs_digest(world: str, seen: Iterable[Seen]) -> str:
    """Hash of the bytes of everything that a build reads."""
    total = hashlib.sha256(f"{world}\n".encode())
    for one in sorted(seen, key=lambda one: one.key):
        total.update(f"{one.key} {one.sha}\n".encode())
    return total.hexdigest()


def _data_files(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            if path.suffix in (".ttl", ".csv") and path.is_file():
                yield path


def _printable(name: str) -> str:
    """A name that may hold bytes that are no text, as text; different names stay different."""
    if name.isascii():
        return name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
