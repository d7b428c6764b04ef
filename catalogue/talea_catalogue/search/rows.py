"""The practices of a release as rows of arrays: words, vectors, ties to concepts.

The text index tells how well a practice matches; these arrays tell at once which practices have a
word, how close they are to a text and to a concept. A row is a practice, in the order of slugs. A
practice that did not change keeps its numbers from the last release.
"""

import json
import mmap
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import analysis
from .space import Space
from .text import number_of
from .vectors import Floats, Shelf

PART_CHARACTERS: Final = 600
RECORD_CHARACTERS: Final = 1_800
RECORD_FIELDS: Final = ("title", "need", "actions", "recipients")
"""Fields that make the vector of a whole practice; the others have vectors of their own only."""
PART_FIELDS: Final = (
    *("title", "need", "actions", "recipients", "results", "obstacles", "prerequisites"),
    *("resources", "partners", "replication", "components"),
)
_ARRAYS: Final = (
    *("numbers", "titled", "held_at", "held", "holding_at", "holding", "tied_at", "tied"),
    *("records", "parts_at", "parts", "fields", "near", "texts_at", "texts"),
)
Integers = NDArray[np.int32]
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Described:
    """What is written of a practice: its texts by field, and the IRIs of its concepts."""

    slug: str
    texts: Mapping[str, tuple[str, ...]]
    concepts: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        """The terms of all its texts."""
        analyse = analysis.analyser().analyze
        return {term for texts in self.texts.values() for text in texts for term in analyse(text)}

    @property
    def stored(self) -> bytes:
        """Its texts as they are kept, field by field: JSON in UTF-8."""
        return json.dumps(dict(self.texts), ensure_ascii=False).encode()

    @property
    def titled(self) -> int:
        """The number of its title, whatever the case and the marks; 0 without letters."""
        return number_of_title("".join(self.texts.get("title", ())))

    @property
    def record(self) -> str:
        """What says the practice as a whole."""
        texts = chain.from_iterable(self.texts.get(name, ()) for name in RECORD_FIELDS)
        return ". ".join(texts)[:RECORD_CHARACTERS]

    @property
    def parts(self) -> list[tuple[int, str]]:
        """Its parts: number of the field in `PART_FIELDS`, and text."""
        return [
            (number, text[:PART_CHARACTERS])
            for number, name in enumerate(PART_FIELDS)
            for text in self.texts.get(name, ())
        ]


@dataclass(frozen=True, eq=False)
class Rows:
    """The arrays. `held_at` has the first place in `held` of the words of each row, and one more.

    So have `tied_at` for `tied` (concepts) and `parts_at` for `parts` (vectors) and `fields`;
    `holding_at` and `holding` give the rows of each word, sorted. `records` has a vector a row,
    `near` how close each row is to each concept, as standard scores; `numbers` and `titled` have
    the `number_of` the slug of each row, and of the letters of its title (0 where it has none).
    `texts`, from `texts_at`, are what is written of each, as `Described.stored`.
    """

    slugs: tuple[str, ...]
    words: tuple[str, ...]
    numbers: NDArray[np.uint64]
    titled: NDArray[np.uint64]
    held_at: NDArray[np.int64]
    held: Integers
    holding_at: NDArray[np.int64]
    holding: Integers
    tied_at: NDArray[np.int64]
    tied: Integers
    records: NDArray[np.float16]
    parts_at: NDArray[np.int64]
    parts: NDArray[np.float16]
    fields: NDArray[np.uint8]
    near: NDArray[np.float16]
    texts_at: NDArray[np.int64]
    texts: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many practices there are."""
        return len(self.slugs)

    @cached_property
    def row(self) -> Mapping[str, int]:
        """Slug -> row."""
        return {slug: row for row, slug in enumerate(self.slugs)}

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Word -> number."""
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def _by_number(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        order = np.argsort(self.numbers)
        return self.numbers[order], order

    def rows_of(self, numbers: Sequence[int]) -> NDArray[np.int64]:
        """The rows of the slugs with some numbers; all of them must be of this release."""
        known, rows = self._by_number
        return rows[np.searchsorted(known, np.array(numbers, dtype=np.uint64))]

    def with_title(self, text: str) -> NDArray[np.int64]:
        """The rows whose title is a text, whatever the case and the marks."""
        number = number_of_title(text)
        return np.flatnonzero(self.titled == np.uint64(number)) if number else np.empty(0, np.int64)

    def having(self, word: str) -> Integers:
        """The rows that have a word, sorted."""
        number = self.number.get(word)
        if number is None:
            return np.empty(0, dtype=np.int32)
        return _of(self.holding_at, self.holding, number)

    def some_of(self, row: int, words: Iterable[str]) -> frozenset[str]:
        """Which of some words a practice has."""
        held = _of(self.held_at, self.held, row)
        asked = [(word, self.number[word]) for word in words if word in self.number]
        places = np.searchsorted(held, [number for _, number in asked])
        return frozenset(
            word
            for (word, number), place in zip(asked, places.tolist(), strict=True)
            if place < len(held) and held[place] == number
        )

    def texts_of(self, row: int) -> dict[str, list[str]]:
        """What is written of a practice: the texts of each field."""
        texts: dict[str, list[str]] = json.loads(_of(self.texts_at, self.texts, row).tobytes())
        return texts

    def parts_of(self, rows: NDArray[np.int64]) -> Floats:
        """The vectors of the parts of some rows, one after another.

        What is read from the disk is let go: of a big catalogue it would be a gigabyte in time.
        """
        at = self.parts_at
        parts = self.parts.view(np.ndarray)  # each look into a memmap costs microseconds
        some = [parts[at[row] : at[row + 1]] for row in rows.tolist()]
        found = _widened(np.concatenate(some)) if some else np.empty((0, 0), dtype=np.float32)
        if isinstance(self.parts.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self.parts.base.madvise(mmap.MADV_DONTNEED)
        return found

    def part_of(self, row: int, part: int) -> tuple[str, int]:
        """The field of a part of a practice, and which of the texts of that field it is."""
        fields = self.fields[self.parts_at[row] : part + 1].tolist()
        return PART_FIELDS[fields[-1]], fields.count(fields[-1]) - 1

    def concepts_of(self, row: int) -> Integers:
        """The numbers of the concepts that a practice names, sorted."""
        return _of(self.tied_at, self.tied, row)

    def write(self, folder: Path) -> None:
        """Write to a new folder. Raises OSError."""
        folder.mkdir()
        names = {"slugs": self.slugs, "words": self.words}
        (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def read(cls, folder: Path) -> "Rows":
        """Read what `write` wrote; vectors stay on the disk until asked for.

        Raises OSError, ValueError where a file is missing, cut or of other sizes.
        """
        names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in _ARRAYS
        }
        for name in set(_ARRAYS) - {"parts"}:
            # A plain array over the same bytes: each look into a memmap costs microseconds.
            arrays[name] = arrays[name].view(np.ndarray)
        rows = cls(tuple(names["slugs"]), tuple(names["words"]), **arrays)
        many = len(rows.slugs)
        if (
            {len(rows.held_at), len(rows.tied_at), len(rows.parts_at)} != {many + 1}
            or {len(rows.records), len(rows.near), len(rows.numbers), len(rows.titled)} != {many}
            or len(rows.holding_at) != len(rows.words) + 1
            or len(rows.holding) != len(rows.held)
            or len(rows.parts) != len(rows.fields)
            or rows.parts_at[-1] != len(rows.parts)
            or len(rows.texts_at) != many + 1
            or rows.texts_at[-1] != len(rows.texts)
        ):
            raise ValueError(f"{folder}: tabelle di misure diverse")
        return rows


def build_rows(
    described: Iterable[Described],
    space: Space,
    shelf: Shelf | None,
    before: Rows | None = None,
    gone: frozenset[str] = frozenset(),
) -> Rows:
    """The rows of `described` and, with `before`, of its practices that are not in `gone`."""
    new = {one.slug: one for one in described}
    kept = [] if before is None else [s for s in before.slugs if s not in new and s not in gone]
    slugs = sorted({*new, *kept})
    number: dict[str, int] = {}
    held: list[Sequence[int]] = []
    tied: list[Sequence[int]] = []
    fields: list[Sequence[int]] = []
    concept = {iri: n for n, iri in enumerate(space.concepts)}
    titled = np.zeros(len(slugs), dtype=np.uint64)
    size = 0 if shelf is None else shelf.take("query", ()).shape[1]
    records = np.zeros((len(slugs), size), dtype=np.float16)
    parts: list[NDArray[np.float16]] = []
    stored: list[bytes] = []
    for row, slug in enumerate(slugs):
        one = new.get(slug)
        if one is None:
            assert before is not None
            old = before.row[slug]
            words = [before.words[n] for n in _of(before.held_at, before.held, old)]
            tied.append(_of(before.tied_at, before.tied, old).tolist())
            fields.append(_of(before.parts_at, before.fields, old).tolist())
            records[row] = before.records[old]
            titled[row] = before.titled[old]
            parts.append(_of(before.parts_at, before.parts, old))
            stored.append(_of(before.texts_at, before.texts, old).tobytes())
        else:
            words = sorted(one.words)
            stored.append(one.stored)
            titled[row] = one.titled
            tied.append(sorted(concept[iri] for iri in one.concepts if iri in concept))
            told = one.parts
            fields.append([field for field, _ in told])
            if shelf is not None:
                records[row] = shelf.take("document", [one.record])[0]
                parts.append(shelf.take("document", [t for _, t in told]).astype(np.float16))
            else:
                parts.append(np.zeros((len(told), 0), dtype=np.float16))
        held.append(sorted(number.setdefault(word, len(number)) for word in words))
    full = records.astype(np.float32)
    centre = full.mean(0) if len(full) else np.zeros(size, dtype=np.float32)
    held_at, held_all = packed(held, np.int32)
    tied_at, tied_all = packed(tied, np.int32)
    parts_at, fields_all = packed(fields, np.uint8)
    texts_at, texts = joined(stored)
    return Rows(
        tuple(slugs),
        tuple(number),
        np.array([number_of(slug) for slug in slugs], dtype=np.uint64),
        titled,
        held_at,
        held_all,
        *inverse(held_at, held_all, len(number)),
        tied_at,
        tied_all,
        records,
        parts_at,
        np.concatenate(parts) if parts else np.zeros((0, size), dtype=np.float16),
        fields_all,
        standard(space.place(full, centre)).astype(np.float16),
        texts_at,
        texts,
    )


def standard(values: Floats) -> Floats:
    """Standard scores along the last axis; zero where all are equal."""
    spread = values.std(-1, keepdims=True)
    even = spread < 1e-9
    return np.where(
        even, 0.0, (values - values.mean(-1, keepdims=True)) / np.where(even, 1, spread)
    )


def _widened(values: NDArray[np.float16]) -> Floats:
    """The same numbers, none of them infinite, in half the time that numpy takes.

    The bits of a float16 moved to their places in a float32 are the number over 2**112.
    """
    bits = values.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x7000_1FFF)
    wide = bits.view(np.float32)
    wide *= np.float32(2.0**112)
    return wide


def _of(at: NDArray[np.int64], values: NDArray[_T], row: int) -> NDArray[_T]:
    return values[at[row] : at[row + 1]]


def packed(each: Sequence[Sequence[int]], kind: type[_T]) -> tuple[NDArray[np.int64], NDArray[_T]]:
    """Lists one after another: where each begins (one place more than lists), and their values."""
    at = _starts(each)
    return at, np.fromiter(chain.from_iterable(each), dtype=kind, count=int(at[-1]))


def joined(each: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Octets one after another: where each begins (one place more than there are), and all."""
    return _starts(each), np.frombuffer(b"".join(each), dtype=np.uint8)


def _starts(each: Sequence[Sized]) -> NDArray[np.int64]:
    at = np.zeros(len(each) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in each], out=at[1:])
    return at


def number_of_title(text: str) -> int:
    """The number of the letters of a text; 0 without any."""
    letters = analysis.letters(text)
    return number_of(letters) if letters else 0


def inverse(
    at: NDArray[np.int64], values: Integers, many: int
) -> tuple[NDArray[np.int64], Integers]:
    """For each value the rows that have it: places and rows."""
    rows = np.repeat(np.arange(len(at) - 1, dtype=np.int32), np.diff(at))
    order = np.argsort(values, kind="stable")
    return np.searchsorted(values[order], np.arange(many + 1)), rows[order]
