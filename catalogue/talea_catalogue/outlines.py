"""The outlines of the Comuni of Puglia: read, made coarser, joined into one, written as SVG paths.

A drawing as wide as a page needs a fraction of the points that the boundaries have, and a small
one that shows where a Comune is needs the border of Puglia alone. Both are made here from the one
table of boundaries: whatever is drawn of the same place lies over it.

A shape is its rings, each a ring of points (x, y) in the units of `make_boundaries.py`: 50 metres
at first, y growing downwards. To fill with `fill-rule="evenodd"`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path
from typing import Final

from .tables import rows

WIDTH: Final = 6140
HEIGHT: Final = 5340
"""The size of the picture of Puglia, in units of 50 metres."""

Point = tuple[int, int]
Shape = tuple[tuple[Point, ...], ...]

_RING: Final = re.compile(r"M(-?\d+) (-?\d+)l([^z]*)z")
_NUMBER: Final = re.compile(r"-?\d+")


@lru_cache(4)
def paths(folder: Path) -> Mapping[str, str]:
    """ISTAT code -> outline of a Comune of Puglia as an SVG path; empty where there is no file."""
    try:
        return {row["istat"]: row["path"] for row in rows(folder, "boundaries_puglia")}
    except OSError:
        return {}


@lru_cache(4)
def shapes(folder: Path) -> Mapping[str, Shape]:
    """ISTAT code -> shape of a Comune of Puglia; empty where there is no file."""
    return {istat: read(path) for istat, path in paths(folder).items()}


def read(path: str) -> Shape:
    """The shape that a path draws, written with `M` and relative `l` as `write` does."""
    return tuple(tuple(_points(*ring.groups())) for ring in _RING.finditer(path))


def write(shape: Shape) -> str:
    """The `d` attribute of an SVG path."""
    return "".join(_ring(points) for points in shape)


def coarser(shape: Shape, by: int) -> Shape:
    """The same shape on a grid of units `by` times as long; what shrinks to nothing is left out.

    The largest ring stays, so that no Comune is lost. Borders that were shared still are.
    """
    rings = [tuple(_on_grid(ring, by)) for ring in shape]
    largest = max(rings, key=area, default=())
    return tuple(ring for ring in rings if ring is largest or area(ring) >= 1)


def thinner(parts: Mapping[str, Shape], least: float) -> dict[str, Shape]:
    """Shapes without the points that bend a border by less than a triangle of `least` square units.

    Visvalingam's method over all borders at once, so that a shared one stays the same on both
    sides. Points where three borders meet stay.
    """
    beside: dict[Point, set[Point]] = {}
    for ring in (ring for shape in parts.values() for ring in shape):
        for here, there in zip(ring, (*ring[1:], ring[0]), strict=True):
            beside.setdefault(here, set()).add(there)
            beside.setdefault(there, set()).add(here)
    waiting = [(_bend(p, beside), p) for p, others in beside.items() if len(others) == 2]
    heapify(waiting)
    gone: set[Point] = set()
    while waiting and waiting[0][0] < least:
        bend, point = heappop(waiting)
        if len(beside[point]) != 2 or _bend(point, beside) != bend:
            continue  # its neighbours have changed: it waits again with its new bend
        one, other = beside[point]
        if other in beside[one]:
            continue  # the last three points of a ring
        gone.add(point)
        beside[point].clear()
        for end, far in ((one, other), (other, one)):
            beside[end].remove(point)
            beside[end].add(far)
            if len(beside[end]) == 2:
                heappush(waiting, (_bend(end, beside), end))
    return {
        name: tuple(tuple(point for point in ring if point not in gone) for ring in shape)
        for name, shape in parts.items()
    }


def joined(parts: Iterable[Shape]) -> Shape:
    """Shapes that share borders as one, the borders between them gone.

    Each border must have the same points on both sides, walked in opposite directions.
    """
    steps: dict[tuple[Point, Point], None] = {}
    for ring in (ring for shape in parts for ring in shape):
        for step in zip(ring, (*ring[1:], ring[0]), strict=True):
            if step[::-1] in steps:
                del steps[step[::-1]]
            else:
                steps[step] = None
    onward: dict[Point, list[Point]] = {}
    for here, there in steps:
        onward.setdefault(here, []).append(there)
    return tuple(_rings(onward))


def area(ring: Sequence[Point]) -> float:
    """The surface that a ring encloses, in square units."""
    closed = zip(ring, (*ring[1:], *ring[:1]), strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in closed)) / 2


def middle(shape: Shape) -> Point:
    """The middle of the box around the largest ring, to put a mark there."""
    xs, ys = zip(*max(shape, key=area), strict=True)
    return (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2


def _bend(point: Point, beside: Mapping[Point, set[Point]]) -> float:
    """The triangle of a point with its two neighbours: what a border loses without it."""
    return area((point, *beside[point]))


def _points(x: str, y: str, steps: str) -> Iterator[Point]:
    here = int(x), int(y)
    yield here
    numbers = map(int, _NUMBER.findall(steps))
    for dx, dy in zip(numbers, numbers, strict=True):
        here = here[0] + dx, here[1] + dy
        yield here


def _ring(points: Sequence[Point]) -> str:
    steps = " ".join(f"{x - a} {y - b}" for (a, b), (x, y) in pairwise(points))
    return f"M{points[0][0]} {points[0][1]}l{steps}z".replace(" -", "-")


def _on_grid(ring: Sequence[Point], by: int) -> list[Point]:
    """The points of a ring on the coarser grid, without those that fall on the one before."""
    kept: list[Point] = []
    for x, y in ring:
        point = (x + by // 2) // by, (y + by // 2) // by
        if point not in kept[-1:]:
            kept.append(point)
    return kept[:-1] if kept[0] == kept[-1] and len(kept) > 1 else kept


def _rings(onward: dict[Point, list[Point]]) -> Iterator[tuple[Point, ...]]:
    """The closed walks over steps that leave each point as often as they reach it."""
    while onward:
        ring = [next(iter(onward))]
        while True:
            ahead = onward[ring[-1]]
            there = ahead.pop()
            if not ahead:
                del onward[ring[-1]]
            if there == ring[0]:
                break
            ring.append(there)
        yield tuple(ring)
