"""The drawing of a lineage: nothing covers anything, nothing falls out, words are cut openly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_api.pages.lineage_drawing import (
    NARROW,
    PORT,
    STYLES,
    WIDE,
    Block,
    Item,
    Shape,
    draw,
    wrapped,
)

SHAPES = pytest.mark.parametrize("shape", [WIDE, NARROW], ids=["wide", "narrow"])
texts = st.builds(Block, st.sampled_from(sorted(STYLES)), st.text(max_size=200))


def items(column: int) -> st.SearchStrategy[Item]:
    """Trees of up to three columns from `column` on."""
    return st.builds(
        Item,
        st.just(column),
        st.sampled_from(["replica", "stesso-programma"]),
        st.lists(texts, max_size=4).map(tuple),
        st.lists(items(column + 1), max_size=3).map(tuple) if column < 1 else st.just(()),
    )


def every(item: Item) -> Iterator[Item]:
    yield item
    for child in item.children:
        yield from every(child)


@SHAPES
@given(trees=st.lists(items(-1), min_size=1, max_size=3))
def test_boxes_stand_apart_and_inside_with_their_words_in_them(
    shape: Shape, trees: list[Item]
) -> None:
    drawing = draw(trees, shape)
    count = sum(1 for tree in trees for _ in every(tree))
    assert len(drawing.boxes) == count
    assert len(drawing.edges) == count - len(trees)
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        assert box.y >= 0
        assert box.y + box.height <= drawing.height
        heights = [y for text in box.texts for y, _ in text.lines]
        assert heights == sorted(set(heights))
        assert all(box.y < y < box.y + box.height for y in heights)
    for one, other in itertools.combinations(drawing.boxes, 2):
        apart = (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.y + one.height <= other.y
            or other.y + other.height <= one.y
        )
        assert apart


@SHAPES
def test_each_line_arrives_at_its_box(shape: Shape) -> None:
    leaf = Item(1, "replica", (Block("name", "Cork"),), ())
    drawing = draw([Item(0, None, (Block("name", "Udine"),), (leaf, leaf))], shape)
    for box, edge in zip(drawing.boxes[1:], drawing.edges, strict=True):
        assert edge.arrow.startswith(f"M{box.x} {box.y + PORT}l")
        start, y = re.match(r"M(\d+) (\d+)H", edge.path).groups()  # type: ignore[union-attr]
        assert int(y) == box.y + PORT
        assert int(start) == drawing.boxes[0].x + shape.trunk
    (trunk,) = drawing.trunks
    assert trunk.endswith(f"V{drawing.boxes[-1].y + PORT}")


def test_columns_that_do_not_overlap_have_names() -> None:
    tree = Item(-1, None, (), (Item(0, "replica", (), ()),))
    assert draw([tree], WIDE).columns == ((4, -1), (4 + WIDE.step, 0))
    assert draw([tree], NARROW).columns == ()


def test_a_text_that_is_cut_says_so() -> None:
    style = STYLES["name"]
    assert wrapped("Comune di Bari", style, 248) == ["Comune di Bari"]
    lines = wrapped("parola " * 60, style, 248)
    assert len(lines) == style.lines
    assert lines[-1].endswith("…")
    assert len(wrapped("x" * 500, style, 248)) <= style.lines


def test_nothing_to_draw_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        draw([])
