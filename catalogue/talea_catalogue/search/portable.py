"""The search as data that a browser can rank by, with neither a server nor a model.

What `site/frontend/js/ranking.js` reads: the ranking of a release without vectors (`Ranker`, with
the weights that were fitted for it), each part of it worked out as far as it does not depend on the
text. A word is looked up by its stem: the longest known one that it begins with, and a list says
which known words that rule would get wrong, so that the stemmer itself stays here.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..text import fold
from . import analysis
from .fusion import shipped_weights
from .text import FIELDS

if TYPE_CHECKING:
    from .ranking import Lexical
    from .rows import Rows
    from .space import Space
    from .ties import Ties

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
"""The digits in which numbers are written, the least first."""
ENDING: Final = 5
"""Letters that a word may have after its stem."""
SHORTEST: Final = 3
"""Letters of the shortest stem that a longer word is looked up by."""
_PRECISE: Final = 1_000
"""What weights are multiplied by, to be whole numbers."""


def portable(
    rows: "Rows",
    space: "Space",
    ties: "Ties",
    lexical: "Lexical",
    names: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The search of a release as a JSON object; `names` are the labels of concepts, it and en.

    `practices` are slugs; rows below are places in it. `terms` has every stem, by space, and
    `postings` for each the practices that have it: row in `wide` digits, then the square root of
    its BM25 in 63rds of that of `most`, then the field where it weighs most. `spoken` has for each
    stem the labels that have it, each in `broad` digits; `owner` tells how many labels each concept
    has, which come one concept after another, and `concepts` their names. The labels themselves,
    half as long as all the rest, are left out. `ties` has for each practice
    concept, even weight and weight, in thousandths, one after the other.
    """
    words = _stems(rows, space)
    found = {term: _scores(rows, lexical, term) for term in sorted(set(words.values()) - {""})}
    labels = _labels(space)
    terms = sorted({*(term for term, each in found.items() if each), *labels})
    most = max((score for each in found.values() for score in each.values()), default=1.0)
    wide, broad = _digits(len(rows)), _digits(len(space.labels))
    fields = _fields(rows)
    weights = shipped_weights()[1]
    return {
        "practices": list(rows.slugs),
        "fields": [[it, en] for it, en, _ in FIELDS.values()],
        "terms": " ".join(terms),
        "irregular": _irregular(words, frozenset(terms)),
        "wide": wide,
        "broad": broad,
        "most": round(most, 4),
        "postings": [
            "".join(
                _written(row, wide) + DIGITS[_level(score, most)] + DIGITS[fields[row].get(term, 0)]
                for row, score in sorted(found.get(term, {}).items())
            )
            for term in terms
        ],
        "spoken": ["".join(_written(label, broad) for label in labels.get(t, ())) for t in terms],
        "owner": space.counts(),
        "concepts": [list(names[iri]) for iri in space.concepts],
        "ties": [_tied(ties, row) for row in range(len(rows))],
        "weights": dict(weights.features),
        "sure": list(weights.sure),
    }


def _stems(rows: "Rows", space: "Space") -> dict[str, str]:
    """Every word of practices and labels, folded, with its stem; empty for a stop word."""
    words: dict[str, str] = {}
    texts: Iterable[str] = (
        text for row in range(len(rows)) for each in rows.texts_of(row).values() for text in each
    )
    for text in (*texts, *space.labels):
        for word in analysis.words(text):
            folded = fold(word)
            if folded not in words:
                words[folded] = analysis.term(folded) or ""
    return words


def _scores(rows: "Rows", lexical: "Lexical", term: str) -> dict[int, float]:
    """The practices that have a stem, and their BM25."""
    where, scores = lexical([term], len(rows))
    return dict(zip(where.tolist(), scores.tolist(), strict=True))


def _labels(space: "Space") -> dict[str, list[int]]:
    """The labels that have each stem."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(space.labels):
        for term in analysis.terms(label):
            found[term].append(number)
    return found


def _fields(rows: "Rows") -> list[dict[str, int]]:
    """For each practice, the place in `FIELDS` of the weightiest field that has each stem."""
    order = sorted(range(len(FIELDS)), key=lambda place: [*FIELDS.values()][place][2])
    names = [*FIELDS]
    found: list[dict[str, int]] = []
    for row in range(len(rows)):
        texts = rows.texts_of(row)
        where: dict[str, int] = {}
        for place in order:
            for text in texts.get(names[place], ()):
                for word in analysis.words(text):
                    where[analysis.term(word) or ""] = place
        found.append(where)
    return found


def looked_up(word: str, terms: frozenset[str]) -> str:
    """The stem that a folded word is looked up by where no list says otherwise; empty for none."""
    for end in range(len(word), max(SHORTEST, len(word) - ENDING) - 1, -1):
        if word[:end] in terms:
            return word[:end]
    return word if word in terms else ""


def _irregular(words: Mapping[str, str], terms: frozenset[str]) -> dict[str, str]:
    """The words that `looked_up` gets wrong, by space, of each stem; stop words are of none."""
    wrong: dict[str, list[str]] = defaultdict(list)
    for word, term in sorted(words.items()):
        right = term if term in terms else ""
        if not term or looked_up(word, terms) != right:
            wrong[right].append(word)
    return {term: " ".join(each) for term, each in sorted(wrong.items())}


def _tied(ties: "Ties", row: int) -> list[int]:
    """Concept, even weight and weight of each tie of a practice."""
    concepts, even, weights = ties.of_row(row)
    return [
        number
        for concept, *both in zip(concepts.tolist(), even.tolist(), weights.tolist(), strict=True)
        for number in (int(concept), *(round(each * _PRECISE) for each in both))
    ]


def _level(score: float, most: float) -> int:
    return max(1, round(math.sqrt(score / most) * (len(DIGITS) - 1)))


def _digits(count: int) -> int:
    """Digits that the numbers below `count` take."""
    return max(1, math.ceil(math.log(max(count, 2), len(DIGITS))))


def _written(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return text
