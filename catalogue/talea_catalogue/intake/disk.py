"""What every door of the intake does with the disk: read a stranger's file, write a record."""

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import Triple

from .. import records
from ..errors import ImportFileError, system_reason


def read_file(path: Path, most: int, limit: str) -> bytes:
    """The bytes of a file to import, at most `most` of them; `limit` is that in words.

    Raises `ImportFileError`, also for a pipe, which would be waited for.
    """
    try:
        if path.exists() and not path.is_file():
            raise ImportFileError(f"{path}: non è un file")
        with path.open("rb") as file:
            size = path.stat().st_size
            data = b"" if size > most else file.read(most + 1)
    except OSError as error:
        raise ImportFileError(f"{path}: non si può leggere ({system_reason(error)})") from error
    if max(size, len(data)) > most:
        raise ImportFileError(f"{path}: supera {limit}")
    return data


def write_record(layer: Path, kind: str, slug: str, triples: Iterable[Triple]) -> bool:
    """Write one record; `False` where the file already says this. Raises `ImportFileError`."""
    try:
        return records.write(layer, kind, slug, triples)
    except OSError as error:
        raise ImportFileError(f"{layer}: non si può scrivere ({system_reason(error)})") from error
