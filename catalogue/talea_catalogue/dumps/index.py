"""What the folder of dumps holds: its index, written last and read by who serves the files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from talea_sparql.void import Partition, Statistics

from ..errors import ReleaseError

INDEX: Final = "dumps.json"
FORMAT: Final = 2
"""Version of the folder's layout: dumps of another one are made again."""


@dataclass(frozen=True, slots=True)
class File:
    """One file. `size` and `sha256` are of the file, `content_*` of what it unpacks to.

    `content_type` is the media type of what it unpacks to
    (of the file itself where nothing packs it). A table has the IRI and the labels of its class
    and how many rows it has, the header apart.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    content_size: int
    content_sha256: str
    of_class: str | None = None
    label_it: str | None = None
    label_en: str | None = None
    rows: int | None = None

    @property
    def media_type(self) -> str:
        """The media type of the file as it is sent."""
        return "application/gzip" if self.packed else self.content_type

    @property
    def packed(self) -> bool:
        """Whether the file is compressed with gzip."""
        return self.name.endswith(".gz")

    @property
    def content_name(self) -> str:
        """The name of what it unpacks to."""
        return self.name.removesuffix(".gz")


@dataclass(frozen=True, slots=True)
class Dumps:
    """The downloads of a release and the numbers of its union graph."""

    folder: Path
    data_sha256: str
    files: tuple[File, ...]
    statistics: Statistics

    @property
    def tables(self) -> tuple[File, ...]:
        """The files that are one table each, by name."""
        return tuple(file for file in self.files if file.of_class)

    def file(self, name: str) -> File | None:
        """The file of that name."""
        return next((file for file in self.files if file.name == name), None)

    def as_json(self) -> bytes:
        """The index as it is written."""
        data = {
            "format": FORMAT,
            "data_sha256": self.data_sha256,
            "files": [asdict(file) for file in self.files],
            "statistics": asdict(self.statistics),
        }
        return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def read(folder: Path) -> Dumps | None:
    """The dumps in `folder`; None where they are missing, of another format or not whole."""
    try:
        data: dict[str, Any] = json.loads((folder / INDEX).read_bytes())
        if data["format"] != FORMAT:
            return None
        dumps = Dumps(
            folder,
            data["data_sha256"],
            tuple(File(**file) for file in data["files"]),
            _statistics(data["statistics"]),
        )
        sizes = all((folder / file.name).stat().st_size == file.size for file in dumps.files)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return dumps if sizes else None


def _statistics(data: Mapping[str, Any]) -> Statistics:
    partitions = {
        name: tuple(Partition(**one) for one in data[name]) for name in ("classes", "properties")
    }
    return Statistics(**{**data, **partitions})


def need(folder: Path) -> Dumps:
    """The dumps in `folder`, known to be there; raises `ReleaseError` otherwise."""
    found = read(folder)
    if found is None:
        raise ReleaseError(f"{folder}: i file da scaricare non sono stati scritti")
    return found
