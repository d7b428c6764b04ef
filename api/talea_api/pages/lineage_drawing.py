"""Where everything stands in the drawing of a lineage: a column a generation, a row an adopter.

There are two arrangements: side by side, and for a narrow screen one below the other, indented.
Only numbers and lines of text: `lineage_drawing.html` turns them into SVG for a page, and whatever
draws on paper may take the same numbers. Lengths are in CSS pixels, from the top left corner.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

PAD: Final = 12
BETWEEN: Final = 14
"""Space between two rows."""
HEAD: Final = 40
"""Height of the line with the names of the columns."""
PORT: Final = 24
"""How far below the top of a box its arrow arrives."""
ARROW: Final = 8
MARGIN: Final = 4
"""Space around the whole, so that no border is cut."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An arrangement: the width of a box, from one column to the next, and where a line goes down.

    `stacked` puts what came of a practice below it, so that columns may overlap.
    """

    box: int
    step: int
    trunk: int
    stacked: bool


WIDE: Final = Shape(box=272, step=336, trunk=290, stacked=False)
NARROW: Final = Shape(box=250, step=30, trunk=8, stacked=True)


@dataclass(frozen=True, slots=True)
class Style:
    """How a block is written: pixels of a line and of a character, lines at most.

    A character is as wide as they are on average, and a little more.
    """

    height: int
    character: float
    lines: int


STYLES: Final = {
    "kind": Style(22, 6.2, 2),
    "name": Style(24, 8.2, 3),
    "sheet": Style(24, 7, 2),
    "fact": Style(22, 6.9, 3),
}


@dataclass(frozen=True, slots=True)
class Block:
    """A text of a box: `style` is one of `STYLES`; `said` is for the words of a record.

    `spoken` is what a screen reader says of a link instead; it begins with the text.
    """

    style: str
    text: str
    href: str | None = None
    said: bool = False
    spoken: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A box to draw, with what came of it. `line` names the kind of the line that leads to it."""

    column: int
    line: str | None
    blocks: tuple[Block, ...]
    children: tuple["Item", ...]
    centre: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A block in its place: each line with the height of its baseline."""

    block: Block
    x: int
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """An item in its place."""

    x: int
    y: int
    width: int
    height: int
    line: str | None
    centre: bool
    texts: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """The end of a line that reaches a box, and its arrow, as paths of SVG."""

    line: str
    path: str
    arrow: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole: `trunks` are paths that several edges share, `columns` are (x, column).

    Columns that overlap have no names.
    """

    width: int
    height: int
    columns: tuple[tuple[int, int], ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    trunks: tuple[str, ...]


def draw(items: Sequence[Item], shape: Shape = WIDE) -> Drawing:
    """Lay out trees of items. Raises ValueError where there is none."""
    every = [one for item in items for one in _each(item)]
    first = min(one.column for one in every)
    last = max(one.column for one in every)
    pen = _Pen(first, shape)
    y = MARGIN if shape.stacked else HEAD
    named = () if shape.stacked else range(first, last + 1)
    for item in items:
        y = pen.place(item, y) + BETWEEN
    return Drawing(
        width=pen.left(last) + shape.box + MARGIN,
        height=y - BETWEEN + MARGIN,
        columns=tuple((pen.left(column), column) for column in named),
        boxes=tuple(pen.boxes),
        edges=tuple(pen.edges),
        trunks=tuple(pen.trunks),
    )


def wrapped(text: str, style: Style, width: int) -> list[str]:
    """The lines of a text that fit in a width; what does not fit is cut, and says so."""
    characters = int(width / style.character)
    return textwrap.wrap(
        text, characters, max_lines=style.lines, placeholder=" …", break_on_hyphens=False
    )


def _each(item: Item) -> Iterator[Item]:
    yield item
    for child in item.children:
        yield from _each(child)


class _Pen:
    """Draws items from the top to the bottom, and keeps what it drew."""

    def __init__(self, first: int, shape: Shape) -> None:
        self._first = first
        self._shape = shape
        self.boxes: list[Box] = []
        self.edges: list[Edge] = []
        self.trunks: list[str] = []

    def left(self, column: int) -> int:
        """Where a column begins."""
        return MARGIN + (column - self._first) * self._shape.step

    def place(self, item: Item, y: int) -> int:
        """Draw an item at `y`, and what came of it: beside it from the same height, or below it.

        Returns where the lower of the two ends.
        """
        x, shape = self.left(item.column), self._shape
        box = _box(item, x, y, shape.box)
        self.boxes.append(box)
        bottom = port = y + box.height
        below = bottom + BETWEEN if shape.stacked else y
        for child in item.children:
            port = below
            self._edge(child, port)
            below = self.place(child, port) + BETWEEN
        if item.children:
            down = x + shape.trunk
            begin = f"M{down} {bottom}" if shape.stacked else f"M{x + shape.box} {y + PORT}H{down}"
            self.trunks.append(f"{begin}V{port + PORT}")
        return max(bottom, below - BETWEEN)

    def _edge(self, child: Item, y: int) -> None:
        end = self.left(child.column)
        start = end - self._shape.step + self._shape.trunk
        tip = y + PORT
        self.edges.append(
            Edge(
                child.line or "",
                f"M{start} {tip}H{end - ARROW}",
                f"M{end} {tip}l-{ARROW} -{ARROW // 2}v{ARROW}z",
            )
        )


def _box(item: Item, x: int, y: int, width: int) -> Box:
    texts = []
    bottom = y + PAD
    for block in item.blocks:
        style = STYLES[block.style]
        lines = []
        for line in wrapped(block.text, style, width - 2 * PAD):
            bottom += style.height
            lines.append((bottom - 6, line))
        texts.append(Written(block, x + PAD, tuple(lines)))
    return Box(x, y, width, bottom + PAD - y, item.line, item.centre, tuple(texts))
