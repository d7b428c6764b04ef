"""The folder of a copy: written aside and put in place whole, with the digest of each file.

A folder that is not empty is replaced only if all that is in it was written by an earlier export.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ..failures import MachineError, UsageError, reason

MARKER: Final = "talea-copia.json"
"""Says that a folder is a copy, of what."""
SUMS: Final = "SHA256SUMS"
"""The digest of each file, as `sha256sum -c` reads it."""


class Folder:
    """Where a copy is being written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sums: dict[str, str] = {}

    def __contains__(self, file: str) -> bool:
        return file in self._sums

    def __len__(self) -> int:
        return len(self._sums)

    @property
    def files(self) -> tuple[str, ...]:
        """What was written, in order of name."""
        return tuple(sorted(self._sums))

    def write(self, file: str, body: bytes) -> None:
        """Write a file, by its path from the root. Raises OSError, ValueError for one outside."""
        if ".." in file.split("/") or file.startswith("/") or "\\" in file or "\0" in file:
            raise ValueError(f"{file}: fuori dalla cartella")
        place = self.path / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
        self._sums[file] = hashlib.sha256(body).hexdigest()

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write the marker and the digests. Raises OSError."""
        self.write(MARKER, json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True).encode())
        sums = "".join(f"{self._sums[file]}  {file}\n" for file in self.files)
        (self.path / SUMS).write_text(sums, encoding="utf-8")


@contextlib.contextmanager
def replacing(out: Path) -> Iterator[Folder]:
    """A new folder that takes the place of `out` at the end; nothing is left of a failure.

    Raises UsageError where `out` holds something that is not a copy, MachineError where the system
    refuses.
    """
    out = out.expanduser().resolve()
    check(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    except OSError as error:
        raise MachineError(f"{out.parent}: non si può scrivere ({reason(error)})") from error
    try:
        folder = Folder(aside / "nuova")
        folder.path.mkdir()
        yield folder
        _switch(folder.path, out, aside / "vecchia")
    except OSError as error:
        raise MachineError(f"{out}: non si può scrivere ({reason(error)})") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def check(out: Path) -> None:
    """Raise UsageError unless `out` is missing, empty, or a copy with nothing else in it."""
    try:
        if not out.exists():
            return
        if not out.is_dir():
            raise UsageError(f"{out}: è un file, serve una cartella")
        foreign = _foreign(out)
    except OSError as error:
        raise MachineError(f"{out}: non si può leggere ({reason(error)})") from error
    if foreign:
        raise UsageError(
            f"{out}: contiene qualcosa che non viene da «talea export» ({foreign}). "
            "Scegli una cartella nuova o vuota."
        )


def _foreign(out: Path) -> str | None:
    """The first thing in a folder that no export wrote, or None."""
    ours = {SUMS}
    if (out / MARKER).is_file() and (out / SUMS).is_file():
        text = (out / SUMS).read_text(encoding="utf-8", errors="replace")
        ours |= {line[66:] for line in text.splitlines()}
    for folder, _, files in os.walk(out):
        for name in sorted(files):
            file = Path(folder, name).relative_to(out).as_posix()
            if file not in ours:
                return file
    return None


def _switch(new: Path, out: Path, old: Path) -> None:
    os.chmod(new, 0o755)  # noqa: S103 - a site to read, unlike the private folder it was made in
    if out.exists():
        out.rename(old)
        try:
            new.rename(out)
        except OSError:
            old.rename(out)
            raise
    else:
        new.rename(out)
