"""The picture of Puglia that pages draw: all Comuni on `/mappa`, and where one or some of them are.

The paths depend on the table of boundaries alone and are made once; `map_parts.html` draws them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from talea_catalogue import outlines
from talea_catalogue.outlines import Point

LARGE: Final = 5
"""Units of 50 metres of a point on the page's own map: finer than a pixel of it."""
BEND: Final = 80
"""Square units that a border may lose or gain at a point of the large map: a pixel of it."""
SMALL: Final = 10
"""The same on the little map that shows where a place is."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A Comune as drawn: the `d` of a path, and where a mark on it stands."""

    path: str
    at: Point


@dataclass(frozen=True, slots=True)
class Locator:
    """Where some Comuni are in Puglia: its border and theirs as paths, and a point among them."""

    width: int
    height: int
    region: str
    here: str
    at: Point
    far: int
    """Distance from the point beyond which nothing of them lies."""


def size(by: int) -> tuple[int, int]:
    """Width and height of the picture."""
    return outlines.WIDTH // by, outlines.HEIGHT // by


@lru_cache(4)
def comuni(territory: Path) -> Mapping[str, Outline]:
    """ISTAT code -> a Comune on the large map; empty where there are no boundaries."""
    thin = outlines.thinner(outlines.shapes(territory), BEND)
    coarse = {istat: outlines.coarser(shape, LARGE) for istat, shape in thin.items()}
    return {
        istat: Outline(outlines.write(shape), outlines.middle(shape))
        for istat, shape in coarse.items()
    }


def locator(territory: Path, comuni: Iterable[str]) -> Locator | None:
    """Where some Comuni are, by ISTAT code; None where none of them has an outline."""
    known = outlines.shapes(territory)
    parts = [known[istat] for istat in comuni if istat in known]
    if not parts:
        return None
    here = outlines.coarser(outlines.joined(parts), SMALL)
    xs, ys = zip(*(point for ring in here for point in ring), strict=True)
    at = (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2
    far = max(max(xs) - at[0], max(ys) - at[1])
    width, height = size(SMALL)
    return Locator(width, height, _region(territory), outlines.write(here), at, far)


@lru_cache(4)
def _region(territory: Path) -> str:
    shape = outlines.joined(outlines.shapes(territory).values())
    return outlines.write(outlines.coarser(shape, SMALL))
