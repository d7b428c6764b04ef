"""Two sheets on one thing: the one that goes deeper comes before the one that it deepens.

What makes either an answer makes the other one too, and who reads the first result should read the
fuller one. Only the order of those found changes, never what is found.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .vectors import Floats

__all__ = ["fuller_first"]

NEAR_AS: Final = 0.7
"""The part of the score of the sheet it deepens from which a fuller one comes before it.

A text that is much more about the other (its place, its promoter) wants the other. On the judged
queries of development nDCG@10 goes from 0.8694 to 0.8702; with 0.5 it would be 0.8686, without a
bound 0.8646."""


def fuller_first(
    rows: NDArray[np.int64],
    scores: Floats,
    fuller: Mapping[int, Sequence[int]],
    fixed: Collection[int] = (),
) -> tuple[NDArray[np.int64], Floats]:
    """`rows`, best first, and their scores; `fuller` are the rows that go deeper into one.

    A fuller row that comes after the one it deepens, and answers nearly as well (`NEAR_AS`), is put
    just before it and is worth as much. Rows that are `fixed` let none pass.
    """
    here = set(rows.tolist()) if fuller else set()
    if here.isdisjoint(fuller):
        return rows, scores
    place = {row: number for number, row in enumerate(rows.tolist())}
    order: list[int] = []
    worth = scores.copy()
    done: set[int] = set()

    def near(one: int, other: int) -> bool:
        return bool(scores[place[one]] >= NEAR_AS * scores[place[other]] > 0)

    def put(row: int) -> None:
        if row in done:
            return
        done.add(row)
        for one in () if row in fixed else fuller.get(row, ()):
            if one in here and one not in done and near(one, row):
                worth[place[one]] = max(worth[place[one]], worth[place[row]])
                put(one)
        order.append(row)

    for row in rows.tolist():
        put(row)
    numbers = np.array([place[row] for row in order], dtype=np.int64)
    return rows[numbers], worth[numbers]
