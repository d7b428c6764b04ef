"""Who like a Comune has taken up a practice, and what they changed."""

from dataclasses import dataclass
from typing import Final

from talea_catalogue.replicability.engine import Repeated

from ..views import Visit
from .common import Link, href, link, residents_of, title_of

__all__ = ["ByAlike", "TakenUp", "repeated_by_alike"]

SHOWN: Final = 6
"""Places shown: the nearest."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A practice taken up in a place: who is near, what changed in the words of the record."""

    place: str
    residents: str | None
    kind: str
    practice: Link
    changes: tuple[tuple[str, str | None], ...]
    more: Link | None


@dataclass(frozen=True, slots=True)
class ByAlike:
    """Who took up a practice: places of a like size, then the others, each the nearest first.

    `times` is how many times the residents of one may be those of the other, to be alike in size.
    """

    alike: tuple[TakenUp, ...]
    others: tuple[TakenUp, ...]
    times: int


def repeated_by_alike(visit: Visit, istat: str) -> ByAlike | None:
    """The nearest places that took up a practice, each with what it changed; None for none."""
    engine = visit.release.replicability
    found = engine.repeated_by_size(istat, SHOWN)
    if not any(found):
        return None
    alike, others = (tuple(_row(visit, one) for one in group) for group in found)
    return ByAlike(alike, others, int(engine.rules.criteria["C1"].data["similar"]))


def _row(visit: Visit, one: Repeated) -> TakenUp:
    repository, it = visit.release.repository, one.replication
    brief = repository.brief(one.subject.it.slug)
    changes: list[tuple[str, str | None]] = [(one.title, one.description) for one in it.adaptations]
    if it.change_as_said and not changes:
        changes = [(it.change_as_said, None)]
    own = one.adopter.replication or ""
    return TakenUp(
        place=one.adopter.name,
        residents=residents_of(visit, repository.place(one.adopter.iri)),
        kind=repository.label(it.kind, visit.lang),
        practice=Link(title_of(visit, brief), f"{visit.base}/pratiche/{brief.slug}"),
        changes=tuple(changes),
        more=link(visit, own) if href(visit, own) else None,
    )
