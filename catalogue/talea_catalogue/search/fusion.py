"""One order from three signals: words, meaning, concepts.

Each signal gives features, a number for each practice; each is brought to standard scores over the
practices of the catalogue, so that a text which is close to everything favours nothing. The lexical
one counts by how much of the information of the text it covers: a stray word must not outrank
meaning. The score of a practice is the weighted sum of its features.

Weights are fitted (`fitting`) by the listwise loss of ListNet (Cao and others, 2007) on judged
queries; so is when an answer is sure, by logistic regression on how close the best is.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from .vectors import Floats

FEATURES: Final[Mapping[str, str]] = {
    "words": "lexical",
    "whole": "lexical",
    "part": "dense",
    "profile": "dense",
    "near": "concepts",
    "likely": "concepts",
    "label": "concepts",
}
"""Feature -> the signal that it belongs to.

`words`: BM25 of the text; `whole`: 1 where the practice has every word of it; `part`: the closest
part of the practice; `profile`: how the practice lies among concepts and how the text does; `near`,
`likely`: ties of the practice to the concepts nearest to the text and to the likely ones; `label`:
to those whose labels share words with it.
"""
SIGNALS: Final = tuple(dict.fromkeys(FEATURES.values()))
CLUES: Final = (
    *("known", "likely", "margin", "crowd", "spoken"),
    *("covered", "terms", "profile", "part", "top"),
)
"""What confidence rests on.

Of concepts with practices against those without: how much of the nearness goes to them (`known`),
how likely they are (`likely`), by how much the nearest of them is nearer (`margin`), how near the
nearest five are (`crowd`), by how much their labels share more words (`spoken`). Of practices: the
most of the text's information that one covers and how many terms it has (`covered`, `terms`), the
best likeness among concepts, the closest part, the best score (`profile`, `part`, `top`).
"""
MEETS: Final = 2.5
"""What a practice gains by meeting the constraints said in a text, where others are ranked too."""
_FILE: Final = "weights.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of features, for each set of signals that an engine can give, and of clues.

    An answer is confident where `sure` over `CLUES` and one is above zero.
    """

    features: Mapping[str, float]
    sure: tuple[float, ...]

    def fuse(self, features: Mapping[str, Floats], signals: frozenset[str] | None) -> Floats:
        """The score of each practice by the features of some signals, None for all."""
        total = np.zeros(len(next(iter(features.values()))), dtype=np.float32)
        for name, values in features.items():
            if signals is None or FEATURES[name] in signals:
                total += np.float32(self.features[name]) * values
        return total

    def is_sure(self, clues: Mapping[str, float]) -> bool:
        """Whether the first practice is likely to be relevant."""
        return self.sureness(clues) > 0

    def sureness(self, clues: Mapping[str, float]) -> float:
        """The log-odds that it is, less those at which one in ten of no-answer queries pass."""
        values = (*(clues[name] for name in CLUES), 1.0)
        return sum(weight * value for weight, value in zip(self.sure, values, strict=True))


@cache
def shipped_weights() -> tuple[Weights, Weights]:
    """The weights with an engine, and those without."""
    data = json.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8"))
    with_engine, without = (
        Weights(data[name]["features"], tuple(data[name]["sure"])) for name in ("all", "words")
    )
    return with_engine, without


def standard(values: Floats, mean: float, variance: float) -> Floats:
    """Standard scores by a mean and a variance; zero where nothing varies."""
    if variance < 1e-12:
        return np.zeros_like(values)
    return ((values - mean) / math.sqrt(variance)).astype(np.float32)
