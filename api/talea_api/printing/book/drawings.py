"""The drawing of a book, as SVG: the map of Puglia. What it shows is in the table beside it.

Colours are dark enough on white to be told apart in grey.
"""

from collections.abc import Sequence
from typing import Final

from talea_catalogue.model import Practice

from ...pages import drawing
from ..document import Figure
from .frame import Frame

__all__ = ["puglia"]

GREEN: Final = "#00573b"
PALE: Final = "#e3ebe7"
EDGE: Final = "#8fa39a"


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
