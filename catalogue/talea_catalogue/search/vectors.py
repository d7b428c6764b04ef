"""Vectors by what they are of: each text is embedded once for all the builds of a home.

A shelf is a file of keys (BLAKE2b, 16 bytes, of role and text) and vectors (float16), made by one
engine, whose fingerprint it holds. That of shipped texts is part of the package, so that a new
installation embeds nothing; that of a home grows with the records written there.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from ..records import write_atomically

if TYPE_CHECKING:
    from .engines import Engine

Role = Literal["query", "document"]
Floats = NDArray[np.float32]
_KEY: Final = 16
_BATCH: Final = 64
SHIPPED: Final = Path(__file__).with_name("vectors.npz")
"""The vectors of the texts of the shipped catalogue and of labels, by the bundled engine."""


class Shelf:
    """Vectors of an engine by role and text, those of some files first."""

    def __init__(self, engine: "Engine", paths: Iterable[Path] = ()) -> None:
        """Read the files that are of this engine. Raises `EngineError` where one is broken."""
        self._engine = engine
        self._rows: dict[bytes, NDArray[np.float16]] = {}
        self._new: dict[bytes, NDArray[np.float16]] = {}
        for path in (*paths,):
            if path.is_file():
                self._rows.update(_read(path, engine))

    @classmethod
    def shipped(cls, engine: "Engine", *more: Path) -> "Shelf":
        """A shelf with the vectors of shipped texts and those of some other files."""
        return cls(engine, (SHIPPED, *more))

    def take(
        self, role: Role, texts: Sequence[str], tell: Callable[[int, int], None] | None = None
    ) -> Floats:
        """Vectors of some texts: float32, shape (len(texts), dimensions).

        Those missing are embedded, and kept; `tell` is told how many of how many were. Raises
        `EngineError`.
        """
        keys = [key(role, text) for text in texts]
        wanted = {k: text for k, text in zip(keys, texts, strict=True) if k not in self._rows}
        encode = self._engine.encode_query if role == "query" else self._engine.encode_document
        missing = list(wanted.items())
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            if tell:
                tell(start, len(missing))
            for (k, _), vector in zip(batch, encode([text for _, text in batch]), strict=True):
                self._rows[k] = self._new[k] = vector.astype(np.float16)
        found = np.empty((len(keys), self._engine.dimensions), dtype=np.float32)
        for row, k in enumerate(keys):
            found[row] = self._rows[k]
        return found

    @property
    def added(self) -> int:
        """How many vectors no file had."""
        return len(self._new)

    def save_added(self, path: Path) -> None:
        """Add to a file the vectors that no file had. Raises OSError, `EngineError`."""
        if self._new:
            kept = _read(path, self._engine) if path.is_file() else {}
            _write(path, self._engine, {**kept, **self._new})

    def save_only(self, path: Path, texts: Iterable[tuple[Role, str]]) -> None:
        """Write the vectors of some texts, sorted by key, so that equal content is equal bytes."""
        _write(path, self._engine, {k: self._rows[k] for k in {key(*one) for one in texts}})


def key(role: Role, text: str) -> bytes:
    """What a vector is found by."""
    return hashlib.blake2b(f"{role}\0{text}".encode("utf-8", "replace"), digest_size=_KEY).digest()


def _write(path: Path, engine: "Engine", rows: dict[bytes, NDArray[np.float16]]) -> None:
    keys = sorted(rows)
    arrays: dict[str, NDArray[Any]] = {
        "engine": np.frombuffer(engine.fingerprint.encode("ascii"), dtype=np.uint8),
        "keys": np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY),
        "vectors": np.stack([rows[k] for k in keys])
        if keys
        else np.empty((0, engine.dimensions), dtype=np.float16),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            body = io.BytesIO()
            np.lib.format.write_array(body, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), body.getvalue())
    write_atomically(path, packed.getvalue())


def _read(path: Path, engine: "Engine") -> dict[bytes, NDArray[np.float16]]:
    """The vectors of a file; none where another engine made it."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            if file["engine"].tobytes().decode("ascii") != engine.fingerprint:
                return {}
            keys, vectors = file["keys"], file["vectors"]
        if vectors.dtype != np.float16 or vectors.shape != (len(keys), engine.dimensions):
            raise ValueError(f"vettori di forma {vectors.shape}")
        if keys.dtype != np.uint8 or keys.shape != (len(keys), _KEY):
            raise ValueError(f"chiavi di forma {keys.shape}")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise EngineError(f"{path}: i vettori non si possono leggere ({error})") from error
    packed = keys.tobytes()
    return {packed[_KEY * n : _KEY * (n + 1)]: vector for n, vector in enumerate(vectors)}
