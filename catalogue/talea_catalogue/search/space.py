"""Concepts as regions of meaning: each is where the vectors of its labels lie.

The labels of a concept say one thing in many ways. How they differ from one another is noise, and
the space is stretched so that it weighs little (whitening by the covariance within concepts, shrunk
towards a sphere as Ledoit and Wolf do). In that space a text is linked to concepts in two ways: by
its nearest labels (k nearest neighbours) and by the centres of all (linear discriminant analysis).
Words link it too: those that a text shares with a label, by how rare they are.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import analysis
from .vectors import Floats, Shelf

SHRINK: Final = 0.3
NEAREST: Final = 3
"""Labels of a concept whose mean closeness is the concept's."""
SHARP: Final = 10.0
"""How fast a concept counts less as it is farther than the nearest one."""
MOST: Final = 15
"""Concepts that a text is linked to at most."""
FLAT: Final = 0.3
"""What flattens the probabilities of the discriminant, which are too sure of themselves."""
_FORMAT: Final = "labels.json"
Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Links:
    """What a text is linked to. All arrays have a number for each concept.

    `near` sums to one over the concepts kept (at most `MOST`), `likely` over all; `words` is from 0
    to 1 each; `mass` is how much of the nearness, before any cut, goes to each, and `close` the
    nearness itself (cosine; zero without vectors).
    """

    near: Floats
    likely: Floats
    words: Floats
    mass: Floats
    close: Floats
    label: NDArray[np.int32]
    """The label that shares most words with the text, for each concept; -1 where none does."""
    point: Floats | None = None
    """Where the text lies among the labels; None without vectors."""

    @cached_property
    def strong(self) -> Floats:
        """How strongly the text is linked to each concept, by nearness or by words."""
        strong: Floats = np.maximum(self.near, self.words * 0.5)
        return strong


class Space:
    """The concepts of a release and where they lie; without vectors, only their words."""

    def __init__(
        self,
        concepts: Sequence[str],
        labels: Sequence[str],
        languages: Sequence[str],
        owner: NDArray[np.int32],
        arrays: Mapping[str, Floats],
    ) -> None:
        """`owner` is the number of the concept of each label; labels come by concept."""
        self.concepts = tuple(concepts)
        self.labels = tuple(labels)
        self.languages = np.array(languages, dtype="U2")
        self._owner = owner
        self._white = arrays.get("white")
        if self._white is not None:
            self._centre = arrays["centre"]
            self._points = arrays["points"].astype(np.float32)
            self._means = arrays["means"].astype(np.float32)
            self._drop = 0.5 * (self._means**2).sum(1)
            self._grid, self._holes = _grid(owner, len(self.concepts))

    @property
    def has_vectors(self) -> bool:
        """Whether an engine gave vectors to the labels."""
        return self._white is not None

    def counts(self) -> list[int]:
        """How many labels each concept has."""
        counts: list[int] = np.bincount(self._owner, minlength=len(self.concepts)).tolist()
        return counts

    def link(self, text: str, vector: Floats | None) -> Links:
        """The concepts that a text is about, by its words and by its vector where it has one."""
        none = np.zeros(len(self.concepts), dtype=np.float32)
        words, at = self._by_words(text)
        if vector is None or self._white is None:
            total = words.sum()
            near = words / total if total else none
            return Links(near, near, words, near, none, at)
        point = ((vector - self._centre) @ self._white).astype(np.float32)
        logits = FLAT * (self._means @ point - self._drop)
        point /= np.linalg.norm(point) + 1e-9
        close = self._closeness(point)
        mass = np.exp(SHARP * (close - close.max()))
        kept = strongest(mass)
        likely = np.exp(logits - logits.max())
        return Links(
            (kept / kept.sum()).astype(np.float32),
            (likely / likely.sum()).astype(np.float32),
            words,
            (mass / mass.sum()).astype(np.float32),
            close,
            at,
            point,
        )

    def said(self, links: Links, concept: int, language: str) -> str | None:
        """The label of a concept in a language that is most like the text, or None for none."""
        if links.point is None or self._white is None:
            label = int(links.label[concept])
            return self.labels[label] if label >= 0 and self.languages[label] == language else None
        first, last = np.searchsorted(self._owner, (concept, concept + 1))
        labels = np.arange(first, last)[self.languages[first:last] == language]
        if not len(labels):
            return None
        return self.labels[int(labels[(self._points[labels] @ links.point).argmax()])]

    def place(self, vectors: Floats, centre: Floats) -> Floats:
        """How close documents are to each concept: shape (documents, concepts).

        `centre` is the mean of the documents of the catalogue, which lie elsewhere than labels.
        """
        if self._white is None:
            return np.zeros((len(vectors), len(self.concepts)), dtype=np.float32)
        points = (vectors - centre) @ self._white
        points /= np.linalg.norm(points, axis=1, keepdims=True) + 1e-9
        rows = [self._closeness(point, 5) for point in points]
        return np.stack(rows) if rows else np.zeros((0, len(self.concepts)), dtype=np.float32)

    def closest(self, vectors: Floats, centre: Floats, concept: int) -> int:
        """Which of some documents is closest to a concept; `centre` as in `place`.

        Raises ValueError without vectors.
        """
        if self._white is None:
            raise ValueError("senza vettori")
        points = (vectors - centre) @ self._white
        points /= np.linalg.norm(points, axis=1, keepdims=True) + 1e-9
        close = points @ self._points[self._owner == concept].T
        return int(np.sort(close, axis=1)[:, -NEAREST:].mean(1).argmax())

    def _closeness(self, point: Floats, most: int = NEAREST) -> Floats:
        """Mean closeness of the nearest labels of each concept."""
        found = (self._points @ point)[self._grid]
        found[self._holes] = -1.0
        best: Floats = np.partition(found, -most, axis=1)[:, -most:].mean(1)
        return best

    def _by_words(self, text: str) -> tuple[Floats, NDArray[np.int32]]:
        """How well the best label of each concept and the text cover each other; which label."""
        found = np.zeros(len(self.concepts), dtype=np.float32)
        at = np.full(len(self.concepts), -1, dtype=np.int32)
        postings, rarity, weight, unknown = self._words
        wanted = analysis.terms(text)
        total = sum(rarity.get(term, unknown) for term in wanted)
        shared = np.zeros(len(self.labels))
        for term in wanted:
            if term in postings:
                shared[postings[term]] += rarity[term]
        labels = np.flatnonzero(shared)[::-1]
        scores = shared[labels] * np.sqrt(1 / (total or 1) / weight[labels])
        order = np.argsort(scores, kind="stable")  # the best of a concept is written last
        labels = labels[order]
        concepts = self._owner[labels]
        found[concepts], at[concepts] = scores[order], labels
        return found, at

    @cached_property
    def _words(self) -> tuple[dict[str, NDArray[np.intp]], dict[str, float], Doubles, float]:
        terms = [set(analysis.terms(label)) for label in self.labels]
        postings: dict[str, list[int]] = {}
        for label, each in enumerate(terms):
            for term in each:
                postings.setdefault(term, []).append(label)
        every = len(terms)
        rarity = {
            term: math.log(1 + (every - len(where) + 0.5) / (len(where) + 0.5))
            for term, where in postings.items()
        }
        weight = np.array([sum(rarity[term] for term in each) or 1.0 for each in terms])
        arrays = {term: np.array(where, dtype=np.intp) for term, where in postings.items()}
        return arrays, rarity, weight, math.log(1 + every)

    def write(self, folder: Path) -> None:
        """Write to a new folder. Raises OSError."""
        folder.mkdir()
        data = {
            "concepts": self.concepts,
            "labels": self.labels,
            "languages": self.languages.tolist(),
            "owner": self._owner.tolist(),
        }
        (folder / _FORMAT).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        if self._white is not None:
            np.save(folder / "white.npy", self._white)
            np.save(folder / "centre.npy", self._centre)
            np.save(folder / "points.npy", self._points.astype(np.float16))
            np.save(folder / "means.npy", self._means)

    @classmethod
    def read(cls, folder: Path) -> "Space":
        """Read what `write` wrote. Raises OSError, ValueError."""
        data = json.loads((folder / _FORMAT).read_text(encoding="utf-8"))
        names = ("white", "centre", "points", "means")
        there = [name for name in names if (folder / f"{name}.npy").is_file()]
        if there and len(there) != len(names):
            raise ValueError(f"{folder}: manca una parte dei vettori")
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in there}
        owner = np.array(data["owner"], dtype=np.int32)
        return cls(data["concepts"], data["labels"], data["languages"], owner, arrays)


def strongest(values: Floats) -> Floats:
    """Those of the `MOST` strongest concepts, the others at zero."""
    if len(values) <= MOST:
        return values
    return np.where(values >= np.partition(values, -MOST)[-MOST], values, np.float32(0))


def build_space(labels: Mapping[str, Mapping[str, str]], shelf: Shelf | None) -> Space:
    """The space of some concepts (IRI -> labels with their language); no shelf, no vectors."""
    concepts = sorted(labels)
    texts = [label for concept in concepts for label in labels[concept]]
    languages = [language for concept in concepts for language in labels[concept].values()]
    owner = np.repeat(
        np.arange(len(concepts), dtype=np.int32), [len(labels[concept]) for concept in concepts]
    )
    if shelf is None or not texts:
        return Space(concepts, texts, languages, owner, {})
    vectors = shelf.take("query", texts)
    return Space(concepts, texts, languages, owner, _stretched(vectors, owner, len(concepts)))


def _stretched(vectors: Floats, owner: NDArray[np.int32], concepts: int) -> dict[str, Floats]:
    """The stretched space of some labelled vectors, and where labels and concepts lie in it."""
    counts = np.bincount(owner, minlength=concepts)[:, None]
    means = np.zeros((concepts, vectors.shape[1]))
    np.add.at(means, owner, vectors)
    means /= np.maximum(counts, 1)
    within = vectors - means[owner]
    spread = within.T @ within / len(vectors)
    size = len(spread)
    spread = (1 - SHRINK) * spread + SHRINK * np.trace(spread) / size * np.eye(size)
    values, axes = np.linalg.eigh(spread)
    white = axes @ np.diag(values**-0.5) @ axes.T
    centre = vectors.mean(0)
    points = (vectors - centre) @ white
    points /= np.linalg.norm(points, axis=1, keepdims=True) + 1e-9
    return {
        "white": white.astype(np.float32),
        "centre": centre.astype(np.float32),
        "points": points.astype(np.float16),
        "means": ((means - centre) @ white).astype(np.float32),
    }


def _grid(owner: NDArray[np.int32], concepts: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The labels of each concept in a row, and which places of the rows hold none."""
    widest = max(int(np.bincount(owner, minlength=concepts).max()), 5)
    grid = np.zeros((concepts, widest), dtype=np.int64)
    holes = np.ones((concepts, widest), dtype=bool)
    starts = np.searchsorted(owner, np.arange(concepts))
    column = np.arange(len(owner)) - starts[owner]
    grid[owner, column] = np.arange(len(owner))
    holes[owner, column] = False
    return grid, holes
