"""The contents of a book: its chapters and the order of its sheets, without composing any."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Brief
from talea_catalogue.text import fold

from ...pages.common import place_of, title_of
from .frame import Frame

__all__ = ["Entry", "Part", "contents", "entry"]

BRIEF: Final = 1
"""The level of completeness up to which a sheet is brief: a body, or a title and no more."""
ORDER: Final = ns.concept("ordine-schede", "")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: `place` is what stands beside the title, `titled` whether a source gives it."""

    slug: str
    title: str
    titled: bool
    place: str
    brief: bool
    level: int


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter; `area` is the IRI of its thematic area, None where it is not one of those."""

    anchor: str
    title: str
    entries: tuple[Entry, ...]
    area: str | None = None


def entry(frame: Frame, brief: Brief) -> Entry:
    """A practice in the contents."""
    return Entry(
        brief.slug,
        title_of(frame.visit, brief),
        brief.title is not None,
        place_of(brief) or brief.promoter,
        brief.level <= BRIEF,
        brief.level,
    )


def contents(frame: Frame, order: str, slugs: Sequence[str]) -> Iterator[Part]:
    """The chapters; `order` is a concept of ordine-schede, `slugs` are the practices as chosen."""
    several = frame.release.repository.briefs(slugs)
    kind = order.removeprefix(ORDER)
    if kind != "area":
        entries = [entry(frame, brief) for brief in several]
        if kind != "scelta":
            entries.sort(key=lambda one: _key(one, by_place=kind == "luogo"))
        yield Part("schede", frame.t("practices"), tuple(entries))
        return
    by_area: dict[str, list[Entry]] = {}
    for brief in several:
        by_area.setdefault(next(iter(brief.areas), ""), []).append(entry(frame, brief))
    for area in sorted(by_area, key=lambda area: (not area, area)):
        these = sorted(by_area[area], key=lambda one: _key(one, by_place=True))
        title = frame.name(area) if area else frame.t("no-area")
        anchor = f"area-{ns.local(area)}" if area else "senza-area"
        yield Part(anchor, title, tuple(these), area or None)


def _key(one: Entry, *, by_place: bool) -> tuple[bool, str, str]:
    """Brief sheets last; then by place where that is the order, then by title."""
    return one.brief, fold(one.place) if by_place else "", fold(one.title)
