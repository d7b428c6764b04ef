"""How far two judges of the same queries agree."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

GRADES: Final = (0, 1, 2, 3)
Judged = Mapping[str, Mapping[str, int]]
"""Query -> slug -> grade; a practice that is not named has grade 0."""


def pairs(first: Judged, second: Judged, slugs: Iterable[str]) -> Counter[tuple[int, int]]:
    """How often each pair of grades was given, over the queries of `second` and all practices."""
    known = tuple(slugs)
    return Counter(
        (first[query].get(slug, 0), grades.get(slug, 0))
        for query, grades in second.items()
        for slug in known
    )


def weighted_kappa(counted: Mapping[tuple[int, int], int]) -> float:
    """Cohen's kappa with quadratic weights: 1 where all grades are equal, 0 as by chance.

    Cohen (1968), Psychological Bulletin 70(4).
    """
    total = sum(counted.values())
    first = {g: sum(n for (a, _), n in counted.items() if a == g) for g in GRADES}
    second = {g: sum(n for (_, b), n in counted.items() if b == g) for g in GRADES}
    seen = sum((a - b) ** 2 * n for (a, b), n in counted.items())
    chance = sum((a - b) ** 2 * first[a] * second[b] for a in GRADES for b in GRADES) / total
    return 1 - seen / chance


def exact(counted: Mapping[tuple[int, int], int]) -> float:
    """The share of equal grades among the pairs that at least one judge found useful."""
    useful = {pair: n for pair, n in counted.items() if pair != (0, 0)}
    return sum(n for (a, b), n in useful.items() if a == b) / sum(useful.values())
