"""Write files and know their size and hash, packed and unpacked, while they are written.

Packed files carry neither name nor time, so that equal content gives equal bytes.
"""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

PIECE: Final = 1 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The only date of a file in an archive: the first that the format can hold."""


class Counted(io.RawIOBase):
    """Passes bytes on, counting and hashing them."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """Bytes go in."""
        return True

    def write(self, data: Any) -> int:
        """Pass `data` on, whole."""
        with memoryview(data) as view:
            self._file.write(view)
            self._hash.update(view)
            self.size += view.nbytes
            return view.nbytes

    @property
    def sha256(self) -> str:
        """Hash of what has passed, in hexadecimal."""
        return self._hash.hexdigest()


@dataclass(slots=True)
class Packed:
    """What is known of a file once it is written."""

    size: int = 0
    sha256: str = ""
    content_size: int = 0
    content_sha256: str = ""


@contextmanager
def packed(path: Path) -> Iterator[tuple[IO[bytes], Packed]]:
    """A file to write into, compressed with gzip, and what is known of it afterwards."""
    found = Packed()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        outside = Counted(file)
        with gzip.GzipFile("", "wb", 6, outside, mtime=0) as squeezed:
            inside = Counted(squeezed)
            buffer = io.BufferedWriter(inside, PIECE)
            yield buffer, found
            buffer.flush()
    found.size, found.sha256 = outside.size, outside.sha256
    found.content_size, found.content_sha256 = inside.size, inside.sha256


def archive(path: Path, files: list[tuple[str, Path]]) -> Packed:
    """A ZIP of `files` (name inside, packed file), in the order given."""
    with path.open("wb") as file:
        counted = Counted(file)
        with zipfile.ZipFile(counted, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
            for name, source in files:
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3
                entry.external_attr = 0o644 << 16
                with bundle.open(entry, "w") as target, gzip.open(source) as content:
                    while piece := content.read(PIECE):
                        target.write(piece)
    return Packed(counted.size, counted.sha256, counted.size, counted.sha256)
