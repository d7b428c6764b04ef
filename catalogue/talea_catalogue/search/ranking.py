"""Rank the practices of a release for a text: candidates, features, one order.

In a catalogue of a few thousand practices every one is a candidate. In a bigger one, so that a
search takes milliseconds: the best by words, the closest by their record and the best tied to the
concepts of the text; parts are looked at, and an order made, of the best `PARTS_OF` of those only.
Records are then compared through their first principal axes, and only candidates in full.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import analysis
from .fusion import Weights, standard
from .rows import Rows
from .space import Links, Space, strongest
from .ties import Ties
from .vectors import Floats

ALL_UP_TO = 3_000
"""Practices up to which every one is ranked in full."""
CANDIDATES = 300
"""Practices that each signal brings, in a bigger catalogue."""
PARTS_OF = 200
"""Practices whose parts are looked at, in a bigger catalogue."""
SAMPLE = 200
"""Practices by which it is told how close parts usually are to a text, in a bigger catalogue."""
AXES = 64
"""Principal axes by which records are first compared."""

NAME_TERMS = 2
NEAR_A_LABEL, FAR_FROM_ALL = 0.5, 0.25
NAME_LOSES = 0.6
"""What a text of at most `NAME_TERMS` terms, farther than that from every label, loses of its
concepts."""

Lexical = Callable[[Sequence[str], int], tuple[NDArray[np.int64], Floats]]
"""Rows that have any of some terms, the best ones first up to a number, and their BM25."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The candidates of a text, best first, and what their order rests on.

    `rows` and `scores` are of equal length; `part` is the closest part of each, -1 where none was
    looked at. `whole` holds the rows that have every word of the text, in their order.
    """

    rows: NDArray[np.int64]
    scores: Floats
    part: NDArray[np.int64]
    whole: NDArray[np.int64]
    links: Links
    clues: Mapping[str, float]
    confident: bool


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What may answer a text, and all that tells how well.

    `rows`, each of `features` (`fusion.FEATURES`) and `part` (the closest part, -1 for none) are of
    equal length. `whole` holds the rows that have every word, `clues` what `fusion.CLUES` names.
    """

    rows: NDArray[np.int64]
    features: Mapping[str, Floats]
    part: NDArray[np.int64]
    whole: NDArray[np.int64]
    links: Links
    clues: dict[str, float]


class Ranker:
    """Ranks the rows of a release. Threads may share one."""

    def __init__(
        self, rows: Rows, space: Space, broader: Mapping[int, int], lexical: Lexical
    ) -> None:
        self._rows = rows
        self._space = space
        self._broader = broader
        self._lexical = lexical
        self._vectors = bool(rows.records.shape[1]) and space.has_vectors
        self._every = np.arange(len(rows))

    # What is worked out at the first search.

    @cached_property
    def ties(self) -> Ties:
        """How practices are tied to concepts."""
        return Ties(self._rows, self._broader, len(self._space.concepts))

    @cached_property
    def _lying(self) -> tuple[Floats, Floats]:
        """Mean and covariance of how practices lie among concepts."""
        near = self._rows.near.astype(np.float32)
        mean = near.mean(0)
        away = near - mean
        return mean, away.T @ away / max(1, len(near))

    @cached_property
    def _coarse(self) -> tuple[Floats, Floats]:
        """The principal axes of records, and records along them."""
        records = self._rows.records[:].astype(np.float32)
        _, axes = np.linalg.eigh(records.T @ records)
        axes = np.ascontiguousarray(axes[:, -AXES:])
        return axes, records @ axes

    def candidates(
        self,
        text: str,
        vector: Floats | None,
        weights: Weights | None = None,
        signals: frozenset[str] | None = None,
    ) -> Candidates:
        """The candidates of a text.

        `vector` is that of the text, where there is an engine. With `weights`, only the best of a
        big catalogue by what can be told before parts are looked at.
        """
        if not self._vectors:
            vector = None
        terms = analysis.terms(text)
        links = self._space.link(text, vector)
        trust = _trust(links, len(terms)) if vector is not None else np.float32(1)
        found, bm25 = self._lexical(terms, len(self._rows) if self._small else CANDIDATES)
        covered, has_all = self._covered(terms)
        likely = strongest(links.likely)
        words = links.words**2 * links.words.max(initial=0.0)
        tied = np.empty(0, dtype=np.float32)
        if not self._small:
            tied = self.ties.total(links.near + strongest(words), likely)
        candidates = self._candidates(found, tied, vector)
        near, likely, label = (
            standard(each.astype(np.float32), mean, variance)
            for each, mean, variance in self.ties.of_some(
                candidates, (links.near, True), (likely, False), (words, True)
            )
        )
        features = {
            "near": near * trust,
            "likely": likely * trust,
            "label": label,
            "words": self._words(found, bm25, candidates) * np.float32(covered),
            "whole": has_all[candidates].astype(np.float32),
        }
        profile = np.zeros(len(candidates), dtype=np.float32)
        if vector is not None:
            weight = np.where(self.ties.held, links.near, 0).astype(np.float32)
            some = np.flatnonzero(weight)
            profile = self._rows.near[np.ix_(candidates, some)].astype(np.float32) @ weight[some]
            mean, covariance = self._lying
            features["profile"] = standard(
                profile, float(mean @ weight), float(weight @ covariance @ weight)
            )
        else:
            features["profile"] = profile
        if weights is not None and not self._small and len(candidates) > PARTS_OF:
            best = np.argpartition(-weights.fuse(features, signals), PARTS_OF)[:PARTS_OF]
            best.sort()
            candidates = candidates[best]
            features = {name: values[best] for name, values in features.items()}
        parts = np.full(len(candidates), -1, dtype=np.int64)
        features["part"] = np.zeros(len(candidates), dtype=np.float32)
        part = 0.0
        if vector is not None:
            close, parts = self._closest_parts(candidates, vector)
            part = _most(close)
            usual = close if self._small else self._usual(vector)
            features["part"] = standard(close, float(usual.mean()), float(usual.var()))
        clues = {
            "covered": covered,
            "profile": float(profile.max(initial=0.0)),
            "part": part,
            "terms": float(len(terms)),
            **self._clues(links),
        }
        whole = np.flatnonzero(has_all)
        return Candidates(candidates, features, parts, whole, links, clues)

    def _clues(self, links: Links) -> dict[str, float]:
        """How much of what a text is linked to are concepts of which there are practices."""
        held, others = self.ties.held, ~self.ties.held
        near = np.sort(links.close[held])[-5:]
        return {
            "known": float(links.mass[held].sum()),
            "likely": float(links.likely[held].sum()),
            "margin": _most(links.close[held]) - _most(links.close[others]),
            "crowd": float(near.mean()) if len(near) else 0.0,
            "spoken": _most(links.words[held]) - _most(links.words[others]),
        }

    def rank(
        self,
        text: str,
        vector: Floats | None,
        weights: Weights,
        signals: frozenset[str] | None = None,
    ) -> Ranked:
        """The candidates of a text, best first; equal scores in the order of rows."""
        found = self.candidates(text, vector, weights, signals)
        scores = weights.fuse(found.features, signals)
        order = np.argsort(-scores, kind="stable")
        clues = found.clues
        clues["top"] = float(scores[order[0]]) if len(order) else 0.0
        return Ranked(
            found.rows[order],
            scores[order],
            found.part[order],
            found.whole,
            found.links,
            clues,
            bool(len(order)) and bool(weights.sure) and weights.is_sure(clues),
        )

    def tie_of(self, links: Links, row: int) -> tuple[int, float]:
        """The concept that ties a practice to a text most, and how much; -1 and 0 for none."""
        of, even = self.ties.of_practice(row)
        if not len(of):
            return -1, 0.0
        ties = links.strong[of] * even
        best = int(ties.argmax())
        return int(of[best]), float(ties[best])

    # -- practices without a text

    def around(self, tied: Floats, vector: Floats | None) -> NDArray[np.int64]:
        """The practices worth comparing with one of these ties and of this vector."""
        return self._candidates(np.empty(0, dtype=np.int64), tied, vector)

    # -- candidates

    @property
    def _small(self) -> bool:
        return len(self._rows) <= ALL_UP_TO

    def _candidates(
        self, found: NDArray[np.int64], tied: Floats, vector: Floats | None
    ) -> NDArray[np.int64]:
        if self._small:
            return self._every
        groups = [found, _best(tied, CANDIDATES)]
        if vector is not None:
            axes, records = self._coarse
            groups.append(_best(records @ (vector @ axes), CANDIDATES))
        return np.unique(np.concatenate(groups))

    # -- features

    def _words(
        self, found: NDArray[np.int64], bm25: Floats, candidates: NDArray[np.int64]
    ) -> Floats:
        scores = np.zeros(len(candidates), dtype=np.float32)
        scores[np.searchsorted(candidates, found)] = bm25  # all that is found is a candidate
        mean = float(bm25.sum()) / len(self._rows)
        return standard(scores, mean, float(bm25 @ bm25) / len(self._rows) - mean**2)

    def _covered(self, terms: Sequence[str]) -> tuple[float, NDArray[np.bool_]]:
        """The most of the information of some terms that one practice has, from 0 to 1.

        And which rows have every term.
        """
        many = len(self._rows)
        weights, total = np.zeros(many, dtype=np.float32), 0.0
        had = np.zeros(many, dtype=np.uint8)
        for term in terms:
            rows = self._rows.having(term)
            rare = math.log(1 + (many - len(rows) + 0.5) / (len(rows) + 0.5))
            weights[rows] += rare
            had[rows] += 1
            total += rare
        has_all = had == len(terms) if terms else np.zeros(many, np.bool_)
        return (float(weights.max(initial=0.0)) / total if total else 0.0), has_all

    def _closest_parts(
        self, candidates: NDArray[np.int64], vector: Floats
    ) -> tuple[Floats, NDArray[np.int64]]:
        """How close the closest part of each candidate is, and which it is."""
        at = self._rows.parts_at
        parts = self._parts if self._small else self._rows.parts_of(candidates)
        close = parts @ vector
        counts = at[candidates + 1] - at[candidates]
        starts = np.cumsum(counts) - counts
        places = np.repeat(at[candidates] - starts, counts) + np.arange(len(close))
        best = np.full(len(candidates), -1.0, dtype=np.float32)
        where = np.full(len(candidates), -1, dtype=np.int64)
        some = counts > 0
        if some.any():
            best[some] = np.maximum.reduceat(close, starts[some])
            first = close >= np.repeat(best, counts)
            owner = np.repeat(np.arange(len(candidates)), counts)
            hits = np.flatnonzero(first)[::-1]
            where[owner[hits]] = places[hits]
        return best, where

    def _usual(self, vector: Floats) -> Floats:
        """How close the closest part of practices taken at even distances is to a text."""
        parts, starts = self._sample
        return np.maximum.reduceat(parts @ vector, starts)

    @cached_property
    def _sample(self) -> tuple[Floats, NDArray[np.int64]]:
        """Parts of practices taken at even distances, and where those of each begin."""
        at = self._rows.parts_at
        rows = np.flatnonzero(np.diff(at))
        rows = rows[:: max(1, len(rows) // SAMPLE)]
        counts = at[rows + 1] - at[rows]
        return self._rows.parts_of(rows), np.cumsum(counts) - counts

    @cached_property
    def _parts(self) -> Floats:
        return self._rows.parts[:].astype(np.float32)


def _trust(links: Links, terms: int) -> np.float32:
    """How far the concepts of a text count: less for a word or two that no label is near to.

    Such a text is likely to be a name.
    """
    if terms > NAME_TERMS:
        return np.float32(1)
    far = (NEAR_A_LABEL - _most(links.close)) / (NEAR_A_LABEL - FAR_FROM_ALL)
    return np.float32(1 - NAME_LOSES * min(1.0, max(0.0, far)))


def _most(values: Floats) -> float:
    return float(values.max()) if len(values) else 0.0


def _best(values: Floats, most: int) -> NDArray[np.int64]:
    if len(values) <= most:
        return np.arange(len(values))
    found = np.argpartition(-values, most)[:most]
    return found[values[found] > 0]
