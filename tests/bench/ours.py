"""Our search over a great many synthetic practices, opened as that of a release is.

The text index, the rows and the spelling are written to a folder and read by the classes that
serve. Concepts and labels are the shipped ones; vectors are those of the base of each practice with
noise. What a page says of a practice (its brief) is that of its base.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import tantivy

from talea_catalogue.release import Release
from talea_catalogue.search import SearchIndex
from talea_catalogue.search.analysis import ANALYSER, analyser
from talea_catalogue.search.asking import Asker
from talea_catalogue.search.engines import open_engine
from talea_catalogue.search.rows import Described, Rows, inverse, joined, packed
from talea_catalogue.search.space import Space
from talea_catalogue.search.spelling import Speller, count_words, write_words
from talea_catalogue.search.text import number_of, open_index, schema
from talea_catalogue.search.writing import ROWS, SPACE, write_documents

from .corpus import NOISE, Document, columns, vectors

if TYPE_CHECKING:
    from talea_catalogue.facts import District
    from talea_catalogue.places import Place
    from talea_catalogue.repository import Brief, Repository
    from talea_catalogue.search.facets import Columns
    from talea_catalogue.vocabulary import Vocabulary

_BLOCK = 20_000


class Practices:
    """What a search reads of the repository, of synthetic practices."""

    def __init__(self, documents: Sequence[Document], shipped: Repository) -> None:
        self._columns = columns(documents, shipped.columns())
        self._base = {one.slug: shipped.columns().slugs[one.base] for one in documents}
        self._shipped = shipped

    def columns(self) -> Columns:
        """The values of every practice."""
        return self._columns

    def brief(self, slug: str) -> Brief:
        """A practice as a line."""
        return replace(self._shipped.brief(self._base[slug]), slug=slug)

    @property
    def vocabulary(self) -> Vocabulary:
        """The concepts."""
        return self._shipped.vocabulary

    def places(self) -> Sequence[Place]:
        """The places that a query may name."""
        return self._shipped.places()

    def districts(self) -> Sequence[District]:
        """The districts that a query may name."""
        return self._shipped.districts()

    @property
    def deepenings(self) -> Mapping[str, Sequence[str]]:
        """The practices that go deeper into another: of synthetic ones, none."""
        return {}


def write(folder: Path, documents: Iterable[Document], release: Release) -> Sequence[Document]:
    """Write the index of some practices to a new folder; they come back without their texts."""
    folder.mkdir()
    index = tantivy.Index(schema(), path=str(folder))
    index.register_tokenizer(ANALYSER, analyser())
    shipped = Rows.read(release.folder / "index" / ROWS)
    base_row = [shipped.row[slug] for slug in release.repository.columns().slugs]
    kept, bases, titled, held, stored = [], [], [], [], []
    number: dict[str, int] = {}
    words: Counter[str] = Counter()

    def described() -> Iterable[Described]:
        for one in documents:
            row = Described(one.slug, one.texts, ())
            bases.append(base_row[one.base])
            titled.append(row.titled)
            stored.append(row.stored)
            held.append(
                np.array(
                    sorted(number.setdefault(word, len(number)) for word in row.words), np.int32
                )
            )
            for texts in one.texts.values():
                words.update(count_words(texts))
            kept.append(replace(one, texts={}))
            yield row

    write_documents(index, described())
    write_words(folder, words)
    slugs = tuple(one.slug for one in kept)
    assert list(slugs) == sorted(slugs)
    held_at, held_all = packed(held, np.int32)
    tied_at, tied = packed([_of(shipped.tied_at, shipped.tied, base) for base in bases], np.int32)
    places = np.concatenate([_places(shipped.parts_at, base) for base in bases])
    parts_at, fields = packed(
        [_of(shipped.parts_at, shipped.fields, base) for base in bases], np.uint8
    )
    Space.read(release.folder / "index" / SPACE).write(folder / SPACE)
    Rows(
        slugs,
        tuple(number),
        np.array([number_of(slug) for slug in slugs], dtype=np.uint64),
        np.array(titled, dtype=np.uint64),
        held_at,
        held_all,
        *inverse(held_at, held_all, len(number)),
        tied_at,
        tied,
        vectors(shipped.records[:].astype(np.float32), bases),
        parts_at,
        vectors(shipped.parts[:].astype(np.float32), places, seed=2),
        fields,
        _lying(shipped.near, bases),
        *joined(stored),
    ).write(folder / ROWS)
    return kept


def open_search(folder: Path, documents: Sequence[Document], release: Release) -> SearchIndex:
    """The search of what `write` wrote."""
    return SearchIndex(
        open_index(folder),
        cast("Repository", Practices(documents, release.repository)),
        Rows.read(folder / ROWS),
        Space.read(folder / SPACE),
        Speller.open(folder),
        Asker(open_engine("bundled")),
    )


def _lying(near: npt.NDArray[np.float16], bases: Sequence[int]) -> npt.NDArray[np.float16]:
    draw = np.random.default_rng(3)
    made = np.empty((len(bases), near.shape[1]), np.float16)
    for start in range(0, len(bases), _BLOCK):
        block = near[np.asarray(bases[start : start + _BLOCK])]
        noise = draw.standard_normal(block.shape, np.float32) * NOISE
        made[start : start + _BLOCK] = block + noise
    return made


def _of(at: npt.NDArray[np.int64], values: npt.NDArray[np.generic], row: int) -> list[int]:
    return cast(list[int], values[at[row] : at[row + 1]].tolist())


def _places(at: npt.NDArray[np.int64], row: int) -> npt.NDArray[np.int64]:
    return np.arange(at[row], at[row + 1])
