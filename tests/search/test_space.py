"""The space of concepts: what words and vectors link a text to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from talea_catalogue.search import analysis
from talea_catalogue.search.space import Space, build_space
from talea_catalogue.search.vectors import Floats, Role

LABELS = {
    "casa": ["casa", "alloggio sociale", "senza casa", "homeless"],
    "nido": ["nido d'infanzia", "asilo nido", "bambini piccoli"],
    "nonni": ["anziani soli", "nonni", "anziani in casa"],
}
SAID = {
    concept: {label: "en" if label == "homeless" else "it" for label in labels}
    for concept, labels in LABELS.items()
}


class Drawn:
    """A shelf whose vectors are drawn: those of the labels of a concept lie near one another."""

    def take(self, role: Role, texts: list[str]) -> Floats:
        assert role == "query"
        return np.stack([self.vector(text) for text in texts])

    def vector(self, text: str) -> Floats:
        for number, labels in enumerate(LABELS.values()):
            if text in labels:
                draw = np.random.default_rng(labels.index(text) + 10 * number)
                centre = np.zeros(16)
                centre[number] = 1
                found = centre + 0.1 * draw.standard_normal(16)
                return (found / np.linalg.norm(found)).astype(np.float32)
        raise KeyError(text)


@pytest.fixture(scope="module")
def space() -> Space:
    """Three concepts of three labels or four."""
    return build_space(SAID, Drawn())  # type: ignore[arg-type]


def by_hand(labels: Mapping[str, list[str]], text: str) -> dict[str, float]:
    """For each concept, how well its best label and a text cover each other by rare terms."""
    terms = {label: set(analysis.terms(label)) for each in labels.values() for label in each}
    holding: dict[str, int] = {}
    for each in terms.values():
        for term in each:
            holding[term] = holding.get(term, 0) + 1
    many = len(terms)
    rare = {t: math.log(1 + (many - n + 0.5) / (n + 0.5)) for t, n in holding.items()}
    asked = analysis.terms(text)
    total = sum(rare.get(term, math.log(1 + many)) for term in asked)
    found = {}
    for concept, each in labels.items():
        best = 0.0
        for label in each:
            shared = sum(rare[term] for term in asked if term in terms[label])
            whole = sum(rare[term] for term in terms[label])
            best = max(best, math.sqrt(shared / total * shared / whole) if shared else 0.0)
        found[concept] = best
    return found


@pytest.mark.parametrize(
    "text", ["anziani in casa", "un asilo per i bambini", "casa", "barca a vela", "di e il", ""]
)
def test_words_link_as_counted_by_hand(text: str) -> None:
    """Without vectors too: they are the nearness then."""
    links = build_space(SAID, None).link(text, None)
    expected = [by_hand(LABELS, text)[concept] for concept in sorted(LABELS)]
    assert links.words == pytest.approx(expected, abs=1e-6)
    total = sum(expected)
    assert links.near == pytest.approx([each / total if total else 0 for each in expected])
    assert not links.close.any()
    assert links.strong == pytest.approx(np.maximum(links.near, links.words / 2))


def test_the_label_named_is_the_one_that_shares_most() -> None:
    """In the language asked for: one that shares nothing, or in another language, is not named."""
    space = build_space(SAID, None)
    links = space.link("anziani in casa", None)
    named = [space.said(links, concept, "it") for concept in range(3)]
    assert dict(zip(space.concepts, named, strict=True)) == {
        "casa": "casa",
        "nido": None,
        "nonni": "anziani in casa",
    }
    assert [space.said(links, concept, "en") for concept in range(3)] == [None] * 3


def test_by_vectors_each_language_has_its_nearest_label(space: Space) -> None:
    casa, nido = space.concepts.index("casa"), space.concepts.index("nido")
    for label in ("senza casa", "homeless"):
        links = space.link("", Drawn().vector(label))
        said = {language: space.said(links, casa, language) for language in ("it", "en")}
        assert said["en"] == "homeless"
        assert said["it"] in ("casa", "alloggio sociale", "senza casa")
        assert space.said(links, nido, "en") is None
    assert space.said(space.link("", Drawn().vector("senza casa")), casa, "it") == "senza casa"


def test_a_text_is_nearest_to_the_concept_whose_labels_it_is_like(space: Space) -> None:
    for number, (concept, labels) in enumerate(LABELS.items()):
        for label in labels:
            links = space.link("", Drawn().vector(label))
            assert space.concepts[int(links.close.argmax())] == concept
            assert space.said(links, number, SAID[concept][label]) == label
            for shares in (links.near, links.likely, links.mass):
                assert float(shares.sum()) == pytest.approx(1, abs=1e-5)


def test_what_is_read_is_what_was_written(space: Space, tmp_path: Path) -> None:
    """And a folder without one of its arrays is refused."""
    space.write(tmp_path / "space")
    again = Space.read(tmp_path / "space")
    vector = Drawn().vector("nonni")
    before, after = (one.link("i nonni", vector) for one in (space, again))
    assert np.allclose(before.close, after.close, atol=1e-3)  # float16 on the disk
    assert np.array_equal(before.words, after.words)
    (tmp_path / "space" / "means.npy").unlink()
    with pytest.raises(ValueError, match="manca"):
        Space.read(tmp_path / "space")


def test_without_vectors_nothing_has_a_place() -> None:
    space = build_space(SAID, None)
    assert not space.has_vectors
    assert space.place(np.ones((2, 16), np.float32), np.zeros(16, np.float32)).shape == (2, 3)
    with pytest.raises(ValueError, match="vettori"):
        space.closest(np.ones((2, 16), np.float32), np.zeros(16, np.float32), 0)
