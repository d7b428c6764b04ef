"""A great many practices to search: what the shipped ones say and are, drawn anew.

A synthetic practice has

- the topics (texts of `concepts` and the facets that they come from) of a shipped one, its base,
  and as many and as long other texts, field by field;
- the places (texts and facets) of another, and each other facet of one more: so every value is as
  frequent as it is among the shipped ones;
- in its other texts, words that follow each other as they do in that field of the shipped ones: a
  walk on pairs of words, which keeps their frequencies. One word in ten is an invented one, with
  frequencies after Zipf's law, because the vocabulary of a catalogue grows with it;
- the vector of its base with noise.

Equal arguments give equal practices. Nothing here is data of the catalogue: the names say
`sintetica`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from talea_catalogue import namespaces as ns
from talea_catalogue.checkpoint import Checkpoint
from talea_catalogue.graphs import Dump
from talea_catalogue.release import Release
from talea_catalogue.search.facets import COSTS, FACETS, OUTSIDE, RESIDENTS, UNSAID, Bands, Columns
from talea_catalogue.search.text import FIELDS, Texts, practice_texts
from talea_catalogue.search.writing import read_names

INVENTED = 0.1
"""The share of words that are invented."""
VOCABULARY = 200_000
"""How many words are invented at most."""
NOISE = 0.35
"""Length of what is added to a vector of length 1: the cosine with its base is then 0.94."""
_TOPICS = ("area", "target", "bisogno", "intervento", "fonte")
_PLACES = ("territorio", "comune", "popolazione", "aree-interne")
_COMUNE = re.compile(rf"{re.escape(ns.ID)}luogo/(\d{{6}})\Z")
_SYLLABLES = tuple(c + v for c in "bcdfglmnprstvz" for v in "aeiou")
_BLOCK = 10_000
_Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Document:
    """A practice as a search sees it: texts by field, values by filter.

    `base` is the number of the shipped practice that it is made from; its own where it is shipped.
    """

    slug: str
    base: int
    texts: Texts
    values: _Values


def shipped(release: Release) -> list[Document]:
    """The practices of a release that are ranked, in the order of its columns."""
    state = Checkpoint.load(release.folder)
    assert state is not None, "the release was built by another version"
    names = read_names(Dump(release.dump, state.table))
    repository, columns = release.repository, release.repository.columns()
    values: list[dict[str, tuple[str, ...]]] = [{} for _ in columns.slugs]
    for name in FACETS:
        for one in columns.known(name):
            if one.value != UNSAID:
                for row in np.flatnonzero(columns.mask({name: (one.value,)})):
                    values[row][name] = (*values[row].get(name, ()), one.value)
    found = []
    for row, slug in enumerate(columns.slugs):
        practice = repository.practice(slug)
        assert practice is not None
        places = {practice.promoter_place or "", *practice.implemented_in}
        comuni = tuple(sorted(m[1] for m in map(_COMUNE.match, places) if m))
        texts = practice_texts(practice, repository.vocabulary, names)
        found.append(Document(slug, row, texts, {**values[row], "comune": comuni}))
    return found


def corpus(known: Sequence[Document], number: int, seed: int = 1) -> Iterator[Document]:
    """`number` synthetic practices made from the shipped ones."""
    draw = random.Random(seed)
    walks = {name: _Walk(known, name) for name in FIELDS if name not in ("concepts", "place")}
    others = [name for name in FACETS if name not in (*_TOPICS, *_PLACES)]
    for count in range(number):
        base, there = draw.choice(known), draw.choice(known)
        texts = {
            name: tuple(walks[name].text(len(text), draw) for text in base.texts[name])
            for name in walks
        }
        texts["concepts"], texts["place"] = base.texts["concepts"], there.texts["place"]
        values = {name: base.values.get(name, ()) for name in _TOPICS}
        values |= {name: there.values.get(name, ()) for name in _PLACES}
        values |= {name: draw.choice(known).values.get(name, ()) for name in others}
        yield Document(f"sintetica-{count:06d}", base.base, texts, values)


def columns(documents: Sequence[Document], known: Columns) -> Columns:
    """The columns of some documents, with the labels of the shipped ones.

    The number behind a class of residents or costs is its lowest.
    """
    rows: dict[str, dict[str, list[int]]] = {}
    for row, document in enumerate(documents):
        for name, values in document.values.items():
            for value in values:
                rows.setdefault(name, {}).setdefault(value, []).append(row)
    packed = {
        name: {value: np.array(found, np.int32) for value, found in column.items()}
        for name, column in rows.items()
    }
    measures = {
        "costo": _measure(packed.get("costo", {}), _lowest(COSTS)),
        "abitanti": _measure(packed.get("popolazione", {}), _lowest(RESIDENTS)),
        "anno": _measure(packed.get("anno", {}), {}),
    }
    labels = {name: known.known(name) for name in (*FACETS, OUTSIDE)}
    return Columns([one.slug for one in documents], packed, labels, measures)


def vectors(
    known: npt.NDArray[np.float32], bases: Sequence[int], seed: int = 1
) -> npt.NDArray[np.float16]:
    """Vectors of length 1 near those of `known`: shape (len(bases), columns of `known`).

    `bases` are rows of `known`; a row may come several times, and never twice with equal noise.
    """
    draw = np.random.default_rng(seed)
    width = known.shape[1]
    made = np.empty((len(bases), width), np.float16)
    for start in range(0, len(bases), _BLOCK):
        block = known[np.asarray(bases[start : start + _BLOCK])]
        noise = draw.standard_normal(block.shape, np.float32) * (NOISE / np.sqrt(width))
        near = block + noise.astype(np.float32)
        made[start : start + _BLOCK] = near / np.linalg.norm(near, axis=1, keepdims=True)
    return made


def _lowest(bands: Bands) -> dict[str, int]:
    return {value.value: low for low, value in zip(bands.lowest, bands.values, strict=True)}


def _measure(
    column: Mapping[str, npt.NDArray[np.int32]], numbers: Mapping[str, int]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Rows and numbers; where there are no numbers, the values are."""
    pairs = [(rows, float(numbers[value] if numbers else value)) for value, rows in column.items()]
    if not pairs:
        return np.empty(0, np.int32), np.empty(0)
    lengths = [len(rows) for rows, _ in pairs]
    return np.concatenate([rows for rows, _ in pairs]), np.repeat([n for _, n in pairs], lengths)


class _Walk:
    """Words after words, as a field of the shipped practices has them."""

    def __init__(self, known: Iterable[Document], field: str) -> None:
        self._first: list[str] = []
        self._after: dict[str, list[str]] = {}
        for document in known:
            for text in document.texts[field]:
                words = text.split()
                self._first += words[:1]
                for word, following in pairwise(words):
                    self._after.setdefault(word, []).append(following)

    def text(self, length: int, draw: random.Random) -> str:
        """A text of about so many characters, of one word at least."""
        word = draw.choice(self._first)
        words, size = [word], len(word)
        while size < length:
            following = self._after.get(word)
            word = draw.choice(following or self._first)
            said = _invented(draw) if draw.random() < INVENTED else word
            words.append(said)
            size += 1 + len(said)
        return " ".join(words)


def _invented(draw: random.Random) -> str:
    """A word of three syllables; the one of rank r comes about 1/r as often as the first.

    Neighbours in rank are unlike each other: 7,919 is a prime and does not divide `VOCABULARY`.
    """
    rank = int(VOCABULARY ** draw.random())
    number = rank * 7_919 % VOCABULARY
    word = ""
    for _ in range(3):
        number, syllable = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    return word
