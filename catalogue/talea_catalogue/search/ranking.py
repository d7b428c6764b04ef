"""Rank the practices of a release for a text: candidates, features, one order.

In a catalogue of a few thousand practices every one is a candidate. In a bigger one, so that a
search takes milliseconds: the best by words, the closest by their record and the best tied to the
concepts of the text; of those, parts are looked at for the best `PARTS_OF` only. Records are then
compared through their first principal axes, and only candidates in full.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import analysis
from .fusion import FEATURES, Weights, standard
from .rows import Rows, weigh
from .space import Links, Space
from .vectors import Floats

ALL_UP_TO = 3_000
"""Practices up to which every one is ranked in full."""
CANDIDATES = 300
"""Practices that each signal brings, in a bigger catalogue."""
PARTS_OF = 200
AXES = 64
"""Principal axes by which records are first compared."""

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
    whole: NDArray[np.int32]
    links: Links
    clues: Mapping[str, float]
    confident: bool


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
    def _ties(self) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats, Floats]:
        return weigh(self._rows, self._broader, len(self._space.concepts))

    @cached_property
    def held(self) -> NDArray[np.bool_]:
        """Which concepts some practice is tied to, itself or by narrower ones."""
        return np.diff(self._ties[0]) > 0

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

    def features(
        self, text: str, vector: Floats | None
    ) -> tuple[NDArray[np.int64], dict[str, Floats], NDArray[np.int64], Links, dict[str, float]]:
        """Candidates, their features, their closest parts, what the text is linked to, and clues.

        `vector` is that of the text, where there is an engine.
        """
        if not self._vectors:
            vector = None
        terms = analysis.terms(text)
        links = self._space.link(text, vector)
        near, likely, label = self._tied(links)
        found, bm25 = self._lexical(terms, len(self._rows) if self._small else CANDIDATES)
        covered = self._covered(terms)
        candidates = self._candidates(found, near + likely + label, vector)
        features = {
            "near": _over_all(near, candidates),
            "likely": _over_all(likely, candidates),
            "label": _over_all(label, candidates),
            "words": self._words(found, bm25, candidates) * np.float32(covered),
            "whole": self._whole(terms, candidates),
        }
        profile = np.zeros(len(candidates), dtype=np.float32)
        if vector is not None:
            weight = np.where(self.held, links.near, 0).astype(np.float32)
            profile = self._rows.near[candidates].astype(np.float32) @ weight
            mean, covariance = self._lying
            features["profile"] = standard(
                profile, float(mean @ weight), float(weight @ covariance @ weight)
            )
        else:
            features["profile"] = profile
        parts = np.full(len(candidates), -1, dtype=np.int64)
        features["part"] = np.zeros(len(candidates), dtype=np.float32)
        part = 0.0
        if vector is not None:
            close, parts = self._closest_parts(candidates, vector)
            part = _most(close)
            features["part"] = standard(close, float(close.mean()), float(close.var()))
        clues = {
            "covered": covered,
            "profile": float(profile.max(initial=0.0)),
            "part": part,
            "terms": float(len(terms)),
            **self._clues(links),
        }
        return candidates, features, parts, links, clues

    def _clues(self, links: Links) -> dict[str, float]:
        """How much of what a text is linked to are concepts of which there are practices."""
        held, others = self.held, ~self.held
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
        candidates, features, parts, links, clues = self.features(text, vector)
        scores = weights.fuse(features, signals)
        order = np.argsort(-scores, kind="stable")
        clues["top"] = float(scores[order[0]]) if len(order) else 0.0
        return Ranked(
            candidates[order],
            scores[order],
            parts[order],
            self.having_all(analysis.terms(text)),
            links,
            clues,
            bool(len(order)) and bool(weights.sure) and weights.is_sure(clues),
        )

    def weight_of(self, links: Links, row: int) -> Floats:
        """How much each concept of a text ties a practice to it."""
        at, where, _, even = self._ties
        found = np.zeros(len(self._space.concepts), dtype=np.float32)
        strong = np.maximum(links.near, links.words * 0.5)
        for concept in np.flatnonzero(strong):
            rows = where[at[concept] : at[concept + 1]]
            place = np.searchsorted(rows, row)
            if place < len(rows) and rows[place] == row:
                found[concept] = strong[concept] * even[at[concept] + place]
        return found

    def having_all(self, terms: Sequence[str]) -> NDArray[np.int32]:
        """The rows that have every term."""
        if not terms:
            return np.empty(0, dtype=np.int32)
        each = sorted((self._rows.having(term) for term in terms), key=len)
        found = each[0]
        for rows in each[1:]:
            found = found[np.isin(found, rows, assume_unique=True)]
        return found

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

    def _tied(self, links: Links) -> tuple[Floats, Floats, Floats]:
        at, where, weights, even = self._ties
        found = [np.zeros(len(self._rows), dtype=np.float32) for _ in range(3)]
        likely = np.where(links.likely >= np.partition(links.likely, -15)[-15], links.likely, 0)
        for strength, total, each in (
            (links.near, found[0], even),
            (likely, found[1], weights),
            (links.words**2, found[2], even),
        ):
            for concept in np.flatnonzero(strength):
                here = slice(at[concept], at[concept + 1])
                total[where[here]] += strength[concept] * each[here]
        return found[0], found[1], found[2] * links.words.max(initial=0.0)

    def _words(
        self, found: NDArray[np.int64], bm25: Floats, candidates: NDArray[np.int64]
    ) -> Floats:
        scores = np.zeros(len(self._rows), dtype=np.float32)
        scores[found] = bm25
        return _over_all(scores, candidates)

    def _whole(self, terms: Sequence[str], candidates: NDArray[np.int64]) -> Floats:
        """How rare it is to have every term, for the candidates that do."""
        having = self.having_all(terms)
        rare = math.log((len(self._rows) + 1) / max(1, len(having)))
        return np.isin(candidates, having).astype(np.float32) * np.float32(rare)

    def _covered(self, terms: Sequence[str]) -> float:
        """The most of the information of some terms that one practice has, from 0 to 1."""
        many = len(self._rows)
        weights, total = np.zeros(many, dtype=np.float32), 0.0
        for term in terms:
            rows = self._rows.having(term)
            rare = math.log(1 + (many - len(rows) + 0.5) / (len(rows) + 0.5))
            weights[rows] += rare
            total += rare
        return float(weights.max(initial=0.0)) / total if total else 0.0

    def _closest_parts(
        self, candidates: NDArray[np.int64], vector: Floats
    ) -> tuple[Floats, NDArray[np.int64]]:
        """How close the closest part of each candidate is, and which it is."""
        at = self._rows.parts_at
        if self._small:
            close = self._parts @ vector
            places = self._every_part
        else:
            places = np.concatenate([np.arange(at[row], at[row + 1]) for row in candidates])
            close = self._rows.parts[places].astype(np.float32) @ vector
        counts = np.diff(at)[candidates]
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
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

    @cached_property
    def _parts(self) -> Floats:
        return self._rows.parts[:].astype(np.float32)

    @cached_property
    def _every_part(self) -> NDArray[np.int64]:
        return np.arange(len(self._rows.parts))


def signals_of(names: frozenset[str]) -> frozenset[str]:
    """The features of some signals."""
    return frozenset(feature for feature, signal in FEATURES.items() if signal in names)


def _most(values: Floats) -> float:
    return float(values.max()) if len(values) else 0.0


def _over_all(values: Floats, candidates: NDArray[np.int64]) -> Floats:
    return standard(values[candidates], float(values.mean()), float(values.var()))


def _best(values: Floats, most: int) -> NDArray[np.int64]:
    if len(values) <= most:
        return np.arange(len(values))
    found = np.argpartition(-values, most)[:most]
    return found[values[found] > 0]
