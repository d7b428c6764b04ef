"""Outlines made coarser, thinner and joined: nothing is lost, and shared borders stay shared."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_catalogue import outlines

FOLDER = Path(__file__).parents[3] / "catalogue" / "territory"


@pytest.fixture(scope="module")
def shapes():
    return outlines.shapes(FOLDER)


def surface(shape):
    """The surface of a shape: rings inside another are holes, walked the other way."""

    def signed(ring):
        closed = zip(ring, (*ring[1:], ring[0]), strict=True)
        return sum(ax * by - bx * ay for (ax, ay), (bx, by) in closed) / 2

    return abs(sum(map(signed, shape)))


def borders(shapes):
    """The steps of all rings, without direction."""
    rings = (ring for shape in shapes for ring in shape)
    return {frozenset(s) for r in rings for s in zip(r, (*r[1:], r[0]), strict=True)}


def test_what_is_read_is_written_as_it_was(shapes):
    paths = outlines.paths(FOLDER)
    assert len(shapes) == len(paths) == 257
    assert all(outlines.write(shape) == paths[istat] for istat, shape in shapes.items())


def test_puglia_is_as_large_as_its_comuni(shapes):
    whole = outlines.joined(shapes.values())
    assert surface(whole) == pytest.approx(sum(map(surface, shapes.values())), rel=1e-9)
    steps = [step for r in whole for step in zip(r, (*r[1:], r[0]), strict=True)]
    assert len(steps) == len(set(steps)) < 1_500


def test_two_neighbours_joined_lose_the_border_between_them(shapes):
    bari, modugno = shapes["072006"], shapes["072027"]
    both = outlines.joined([bari, modugno])
    shared = borders([bari]) & borders([modugno])
    assert shared
    assert not shared & borders([both])
    assert surface(both) == surface(bari) + surface(modugno)


@pytest.mark.parametrize("by", [2, 4, 10, 50])
def test_no_comune_is_lost_on_a_coarser_grid(shapes, by):
    for istat, shape in shapes.items():
        small = outlines.coarser(shape, by)
        assert small, istat
        xs, ys = zip(*(point for ring in small for point in ring), strict=True)
        assert 0 <= min(xs) <= max(xs) <= 6140 // by + 1, istat
        assert 0 <= min(ys) <= max(ys) <= 5340 // by + 1, istat


def test_a_thinner_border_is_the_same_on_both_sides(shapes):
    thin = outlines.thinner(shapes, 60)
    assert list(thin) == list(shapes)
    points = sum(len(ring) for shape in thin.values() for ring in shape)
    assert points < 0.8 * sum(len(ring) for shape in shapes.values() for ring in shape)
    for istat, shape in thin.items():
        assert max(map(len, shape)) >= 4, istat
        assert surface(shape) == pytest.approx(surface(shapes[istat]), rel=0.12, abs=180), istat
    whole = outlines.joined(thin.values())
    assert surface(whole) == pytest.approx(surface(outlines.joined(shapes.values())), rel=0.01)


def test_a_mark_stands_within_the_box_of_its_comune(shapes):
    for shape in shapes.values():
        x, y = outlines.middle(shape)
        xs, ys = zip(*(point for ring in shape for point in ring), strict=True)
        assert min(xs) <= x <= max(xs)
        assert min(ys) <= y <= max(ys)


def test_without_boundaries_there_is_nothing_to_draw(tmp_path):
    assert outlines.paths(tmp_path) == {}
    assert outlines.shapes(tmp_path) == {}
    assert outlines.thinner({}, 100) == {}
    assert outlines.joined([]) == ()


squares = st.tuples(st.integers(-9, 9), st.integers(-9, 9))


@given(st.sets(squares, min_size=1, max_size=40))
def test_squares_joined_keep_their_surface(cells):
    def square(x, y):
        return (((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)),)

    whole = outlines.joined(square(x, y) for x, y in cells)
    assert surface(whole) == len(cells)
    thin = outlines.thinner({"whole": whole}, 0.25)  # only points on a straight line go
    assert surface(thin["whole"]) == len(cells)
