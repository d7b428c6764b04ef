"""The arrays of a release, and the ranking of a catalogue too big to look at every practice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from talea_catalogue.release import Release
from talea_catalogue.search import Query, analysis, ranking
from talea_catalogue.search.analysis import having
from talea_catalogue.search.index import SearchIndex
from talea_catalogue.search.rows import Rows, inverse
from talea_catalogue.search.text import number_of
from talea_catalogue.search.writing import ROWS


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Three practices with two, none and one part, read from a disk."""
    held_at, held = np.array([0, 2, 3, 3]), np.array([0, 1, 1], np.int32)
    parts = np.array([[0.5, -0.25], [6e-8, 0.1], [-1, 0]], np.float16)
    Rows(
        ("a", "b", "c"),
        ("casa", "nido"),
        np.array([number_of(slug) for slug in "abc"], np.uint64),
        np.array([number_of("nidoincitta"), 0, number_of("nidoincitta")], np.uint64),
        held_at,
        held,
        *inverse(held_at, held, 2),
        np.array([0, 0, 0, 0]),
        np.empty(0, np.int32),
        np.zeros((3, 2), np.float16),
        np.array([0, 2, 2, 3]),
        parts,
        np.zeros(3, np.uint8),
        np.zeros((3, 0), np.float16),
    ).write(tmp_path / "rows")
    return Rows.read(tmp_path / "rows")


def test_parts_come_as_they_were_kept(rows: Rows) -> None:
    """Twice, as what was read is let go."""
    for _ in range(2):
        found = rows.parts_of(np.array([2, 1, 0]))
        assert found.dtype == np.float32
        assert np.array_equal(found, rows.parts[[2, 0, 1]].astype(np.float32))
    assert not rows.parts_of(np.empty(0, np.int64)).size


def test_rows_are_found_by_word_number_and_title(rows: Rows) -> None:
    """Titles whatever their case and marks; nothing has a title without letters."""
    assert [rows.having(word).tolist() for word in ("casa", "nido", "asilo")] == [[0], [0, 1], []]
    assert rows.rows_of([number_of("c"), number_of("a")]).tolist() == [2, 0]
    assert rows.rows_of([]).tolist() == []
    assert rows.with_title("Nido-in-Città!").tolist() == [0, 2]
    for text in ("", "?!", "\x00", "\ud800", "scuola"):
        assert rows.with_title(text).tolist() == []


def test_a_cut_file_is_refused(rows: Rows, tmp_path: Path) -> None:
    """Whatever array is shorter than the others."""
    np.save(tmp_path / "rows" / "titled.npy", rows.titled[:2])
    with pytest.raises(ValueError, match="misure"):
        Rows.read(tmp_path / "rows")


def test_words_are_marked_however_they_are_written() -> None:
    """The first letters are compared before the stem: neither case nor accents hide a word."""
    text = "CITTÀ e cittadine; perché Élite, élites e asili"
    assert having(text, frozenset(analysis.terms("città"))) == {"CITTÀ"}
    assert having(text, frozenset(analysis.terms("elite"))) == {"Élite"}
    assert having(text, frozenset()) == frozenset()


def test_a_big_catalogue_ranks_the_best_alike(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By words and concepts, with every practice looked at and with the best only."""
    texts = ("nidi comunali", "anziani soli", "housing first", "", "zzzz", "il la lo")
    small = SearchIndex.open(release.folder / "index", release.repository)
    every = [small.search(Query(text)) for text in texts]
    monkeypatch.setattr(ranking, "ALL_UP_TO", 10)
    big = SearchIndex.open(release.folder / "index", release.repository)
    for text, before in zip(texts, every, strict=True):
        after = big.search(Query(text))
        assert [hit.brief.slug for hit in after.hits[:3]] == [
            hit.brief.slug for hit in before.hits[:3]
        ], text
    assert Rows.read(release.folder / "index" / ROWS).slugs == big.slugs
