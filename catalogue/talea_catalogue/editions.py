"""The editions of the data that a home keeps: releases by their data digest, newest first.

Two releases of equal data (the code changed, the content did not) are one edition: the one in force
stands for both, else the newer.
"""

from dataclasses import dataclass
from pathlib import Path

from . import dumps, release
from .release import Manifest


@dataclass(frozen=True, slots=True)
class KeptEdition:
    """A release that can be cited and downloaded; one that is pinned is never removed."""

    folder: Path
    manifest: Manifest
    in_force: bool
    pinned: bool

    def dumps(self) -> dumps.Dumps | None:
        """Its files to download; None until they are made."""
        return dumps.read(self.folder / dumps.FOLDER)


def kept(home: Path, serving: Path) -> list[KeptEdition]:
    """The editions of a home; the first is that of the folder `serving`, which may lie elsewhere.

    A folder that cannot be read is no edition, except `serving`: that raises `ReleaseError`.
    """
    pinned = release.pinned(home)
    found: dict[str, KeptEdition] = {}
    for folder, manifest in [(serving, Manifest.read(serving)), *release.history(home)]:
        digest = manifest.data_digest
        one = KeptEdition(folder, manifest, folder == serving, digest in pinned)
        found.setdefault(digest, one)
    return list(found.values())


def digest_of(home: Path, beginning: str) -> str | None:
    """The data digest of the one edition of a home that begins so; None for none or several."""
    found = {manifest.data_digest for _, manifest in release.history(home)}
    matching = [digest for digest in found if beginning and digest.startswith(beginning)]
    return matching[0] if len(matching) == 1 else None


def state(home: Path, serving: Path) -> str:
    """A text that changes when an edition or its files come or go: a few looks at the disk."""
    try:
        folders = {path for path in release.releases(home).iterdir() if path.name[0] != "."}
    except OSError:
        folders = set()
    marks = [f"{folder.name}:{stamp(folder / dumps.FOLDER)}" for folder in folders | {serving}]
    return " ".join(sorted(marks)) + f" {stamp(home / 'pinned')}"


def stamp(path: Path) -> int:
    """When a file or a folder changed last, in nanoseconds; 0 where it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
