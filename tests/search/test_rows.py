"""The arrays of a release, and the ranking of a catalogue too big to look at every practice."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talea_catalogue.release import Release
from talea_catalogue.search import Query, analysis, ranking
from talea_catalogue.search.analysis import evened, places, term
from talea_catalogue.search.index import SearchIndex
from talea_catalogue.search.rows import Rows, inverse, joined
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
        *joined([b'{"title": ["Nido in citt\\u00e0"]}', b"{}", b'{"need": ["Nidi", "Casa"]}']),
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


def test_texts_and_words_of_a_row(rows: Rows) -> None:
    """As they were kept, field by field."""
    assert [rows.texts_of(row) for row in range(3)] == [
        {"title": ["Nido in città"]},
        {},
        {"need": ["Nidi", "Casa"]},
    ]
    asked = ("casa", "nido", "asilo")
    assert [rows.some_of(row, asked) for row in range(3)] == [{"casa", "nido"}, {"nido"}, set()]
    assert rows.some_of(0, ()) == frozenset()


def test_a_cut_file_is_refused(rows: Rows, tmp_path: Path) -> None:
    """Whatever array is shorter than the others."""
    for name in ("titled", "texts", "texts_at", "parts", "held"):
        whole = (tmp_path / "rows" / f"{name}.npy").read_bytes()
        np.save(tmp_path / "rows" / f"{name}.npy", getattr(rows, name)[:-1])
        with pytest.raises(ValueError, match="misure"):
            Rows.read(tmp_path / "rows")
        (tmp_path / "rows" / f"{name}.npy").write_bytes(whole)
    Rows.read(tmp_path / "rows")


def words_at(text: str, wanted: frozenset[str]) -> list[str]:
    return [text[start:end] for start, end in places(evened(text), wanted)]


def test_words_are_marked_however_they_are_written() -> None:
    """The first letters are compared before the stem: neither case nor accents hide a word."""
    text = "CITTÀ e cittadine; perché Élite, élites, l'æquo, İSTANBUL e asili; sarà Sara"
    for query, there in {
        "città": ["CITTÀ"],
        "elite": ["Élite"],
        "aequo": ["æquo"],
        "İstanbul": ["İSTANBUL"],
        "sara": ["Sara"],
        "": [],
    }.items():
        assert words_at(text, frozenset(analysis.terms(query))) == there, query


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("acgilnost AÀèÉæßİıŀ'’-_.\n\u0301"), max_size=60))
def test_words_are_found_as_one_by_one(text: str) -> None:
    """What is looked for by first letters is what each word's term says."""
    words = [(m.span(), term(m[0])) for m in re.finditer(r"[^\W_]+", text)]
    for wanted in {one for _, one in words if one}:
        here = [place for place, one in words if one == wanted]
        assert places(evened(text), frozenset([wanted])) == here


def test_no_stem_changes_the_first_letters(release: Release) -> None:
    """Of any word of the catalogue: by these letters a word is looked for in texts."""
    rows = Rows.read(release.folder / "index" / ROWS)
    texts = [
        text for row in range(len(rows)) for each in rows.texts_of(row).values() for text in each
    ]
    words = {word for text in texts for word in re.findall(r"[^\W_]+", text)}
    assert len(words) > 3_000
    for word in words:
        if (stem := term(word)) is not None:
            assert evened(word).folded.startswith(stem[:3]) or evened(word).odd, word


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
