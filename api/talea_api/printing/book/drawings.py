"""The drawings of a book, as SVG: the map of Puglia and bars. Each has its words beside it.

Colours are dark enough on white to be told apart in grey; no text stands in a drawing that is not
in the table below it.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from talea_catalogue.model import Practice

from ...pages import drawing
from ..document import Figure
from .frame import Frame

__all__ = ["bars", "puglia"]

GREEN: Final = "#00573b"
PALE: Final = "#e3ebe7"
EDGE: Final = "#8fa39a"
_ROW: Final = 26
_LABEL: Final = 300
_BAR: Final = 420


def puglia(frame: Frame, practices: Sequence[Practice]) -> Figure | None:
    """The Comuni of Puglia, those of some practices in green; None without boundaries."""
    outlines = drawing.comuni(frame.visit.territory)
    if not outlines:
        return None
    repository = frame.release.repository
    here = {p.istat for it in practices for p in repository.comuni_of_practice(it.slug)}
    width, height = drawing.size(drawing.LARGE)
    paths = "".join(
        f'<path d="{one.path}" fill="{GREEN if istat in here else PALE}"/>'
        for istat, one in sorted(outlines.items())
    )
    # A mark too: a small Comune is a few points on paper.
    marks = "".join(
        f'<circle cx="{one.at[0]}" cy="{one.at[1]}" r="9" fill="none" stroke="{GREEN}" '
        'stroke-width="3"/>'
        for istat, one in sorted(outlines.items())
        if istat in here
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<g fill-rule="evenodd" stroke="{EDGE}" stroke-width="1">{paths}</g>{marks}</svg>'
    )
    count = len(here & outlines.keys())
    return Figure(svg, frame.many("map-alt", count), (frame.say("boundaries"),), 0.9)


def bars(rows: Sequence[tuple[str, int]], write: Callable[[int], str]) -> str:
    """A bar for each (name, count), the longest as wide as the drawing."""
    most = max(count for _, count in rows)
    height = _ROW * len(rows)
    parts = []
    for number, (name, count) in enumerate(rows):
        y = number * _ROW
        long = max(1, round(_BAR * count / most))
        parts.append(
            f'<text x="{_LABEL - 8}" y="{y + 17}" text-anchor="end">{escape(_short(name))}</text>'
            f'<rect x="{_LABEL}" y="{y + 5}" width="{long}" height="{_ROW - 10}" fill="{GREEN}"/>'
            f'<text x="{_LABEL + long + 6}" y="{y + 17}">{write(count)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LABEL + _BAR + 60} {height}" '
        f'font-family="Titillium Web" font-size="14" fill="#17324d">{"".join(parts)}</svg>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 42 else name[:40].rstrip() + "…"
