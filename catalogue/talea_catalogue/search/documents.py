"""The texts of practices as they are kept in the index, and where some words stand in them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from . import analysis
from .analysis import Span
from .rows import Rows
from .text import FIELDS

_KEPT = 512
"""Practices whose texts are kept: about ten kB each."""


class Document:
    """The texts of one practice, field by field in the order of `FIELDS`."""

    __slots__ = ("_evened", "_starts", "texts")

    def __init__(self, texts: Iterator[tuple[str, str]]) -> None:
        self.texts = tuple(texts)
        self._evened = analysis.evened("\n".join(text for _, text in self.texts))
        self._starts = [0]
        for _, text in self.texts:
            self._starts.append(self._starts[-1] + len(text) + 1)

    def beginning(self, field: str, number: int) -> str | None:
        """How a text of a field begins, by its number among them."""
        texts = [text for name, text in self.texts if name == field]
        return analysis.beginning(texts[number]) if number < len(texts) else None

    def having(self, wanted: frozenset[str]) -> Mapping[int, list[Span]]:
        """Where the words with some terms stand: number of a text -> places, in their order."""
        found: dict[int, list[Span]] = defaultdict(list)
        for start, end in analysis.places(self._evened, wanted):
            number = bisect_right(self._starts, start) - 1
            here = self._starts[number]
            found[number].append((start - here, end - here))
        return found


class Documents:
    """The practices of an index by their rows. Threads may share one."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.of = lru_cache(_KEPT)(self._read)

    def _read(self, row: int) -> Document:
        texts = self._rows.texts_of(row)
        return Document((name, text) for name in FIELDS for text in texts.get(name, ()))
