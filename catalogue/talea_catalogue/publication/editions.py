"""The publications of the catalogue, and the data that each is pinned to.

A publication is a record (`pubblicazione`). What pins it to the data is not in the graph, since a
digest cannot cover itself: it is a line of `editions.toml`, in the shipped catalogue and in the
home, whose lines come first. One that is not pinned is told from the data at hand.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .. import namespaces as ns
from ..errors import TaleaError
from ..model import Publication
from ..records import write_atomically
from ..repository import Repository

__all__ = ["NAME", "Edition", "EditionError", "edition_of", "editions", "pin", "pins"]

NAME: Final = "editions.toml"
"""The file of the pins, beside the records."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")


class EditionError(TaleaError):
    """An edition that cannot be told: its text says why, in Italian."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A publication with the data digest that it is pinned to, None for one that is not."""

    it: Publication
    digest: str | None

    @property
    def iri(self) -> str:
        """The IRI of the publication."""
        return ns.resource("pubblicazione", self.it.slug)


def editions(repository: Repository, pinned: dict[str, str]) -> list[Edition]:
    """The publications of a release, by title; `pinned` are the digests by slug."""
    found = [
        Edition(it, pinned.get(it.slug))
        for slug in repository.publications()
        if (it := repository.publication(slug)) is not None
    ]
    return sorted(found, key=lambda one: (one.it.title, one.it.slug))


def edition_of(repository: Repository, slug: str, pinned: dict[str, str]) -> Edition:
    """One publication. Raises `EditionError`, which names those that there are."""
    it = repository.publication(slug)
    if it is None:
        there = ", ".join(repository.publications()) or "nessuna"
        raise EditionError(f"non c'è una pubblicazione «{slug}»: ci sono {there}")
    return Edition(it, pinned.get(slug))


def pins(records: Path, home: Path | None = None) -> dict[str, str]:
    """Slug -> data digest: those of the shipped catalogue, then those of a home.

    `records` is the folder of the shipped records, beside which the file of their pins is. Raises
    `EditionError` for a file that is not so made.
    """
    found = _read(records.parent / NAME)
    return found | (_read(home / NAME) if home else {})


def pin(home: Path, slug: str, digest: str) -> None:
    """Pin a publication of a home to a data digest. Raises OSError, `EditionError`."""
    kept = _read(home / NAME) | {slug: digest}
    lines = (f'{name} = {{ data = "{one}" }}\n' for name, one in sorted(kept.items()))
    write_atomically(home / NAME, "".join(lines).encode())


def _read(path: Path) -> dict[str, str]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EditionError(f"{path}: non si legge ({error})") from error
    found = {}
    for slug, told in data.items():
        digest = told.get("data") if isinstance(told, dict) else None
        if not isinstance(digest, str) or not _DIGEST.match(digest):
            raise EditionError(f'{path}: {slug}: serve data = "64 cifre esadecimali"')
        found[slug] = digest
    return found
