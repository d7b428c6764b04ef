"""The texts of practices as they are kept in the index, and where some words stand in them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from itertools import accumulate

from . import analysis
from .analysis import Span
from .rows import Rows
from .text import FIELDS

_KEPT = 512
"""Practices whose texts are kept: about ten kB each."""


class Document:
    """The texts of one practice, field by field in the order of `FIELDS`."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self.texts = tuple(texts)

    @cached_property
    def _whole(self) -> tuple[analysis.Evened, list[int]]:
        """All the texts as one, and where each begins: many are read for one part only."""
        starts = list(accumulate((len(text) + 1 for _, text in self.texts), initial=0))
        return analysis.evened("\n".join(text for _, text in self.texts)), starts

    def beginning(self, field: str, number: int) -> str | None:
        """How a text of a field begins, by its number among them."""
        texts = [text for name, text in self.texts if name == field]
        return analysis.beginning(texts[number]) if number < len(texts) else None

    def having(self, wanted: frozenset[str]) -> Mapping[int, list[Span]]:
        """Where the words with some terms stand: number of a text -> places, in their order."""
        found: dict[int, list[Span]] = defaultdict(list)
        if not wanted:
            return found
        whole, starts = self._whole
        for start, end in analysis.places(whole, wanted):
            number = bisect_right(starts, start) - 1
            here = starts[number]
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
