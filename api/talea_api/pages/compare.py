"""`/confronta`: up to four practices side by side, and for a Comune what a comparison says of each.

What is compared is in the address (`?p=slug&p=slug&comune=072006`) and nowhere else. Nothing is
summed up and nobody wins: a row says where the sheets differ, and what a sheet does not say.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from talea_catalogue.repository import Brief
from talea_catalogue.search import Query

from ..render import Page
from ..views import Parameter, Visit
from .alike import similar
from .choosing import COMUNE, choice
from .common import page, place_of, title_of
from .compare_rows import Side, groups
from .search import text_of

__all__ = ["PARAMETERS", "compare"]

PRACTICES: Final = "p"
PARAMETERS: Final = (
    Parameter(PRACTICES, many=True, ordered=True),
    COMUNE,
    Parameter("q", clean=text_of),
)
SIDES: Final = 4
"""Practices that a screen can hold side by side."""
FOUND: Final = 8
"""Practices that a search proposes to add."""
LISTED: Final = 300
"""Practices up to which all are in a list to choose from; in a larger catalogue one searches."""
_LONGEST: Final = 60
"""Characters of an unknown name that the page says again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A practice that can be added: `add` is the address with it, None where it is there."""

    title: str
    titled: bool
    promoter: str
    place: str | None
    add: str | None


def compare(visit: Visit) -> Page:
    """The practices of the address side by side; without one, how to choose them."""
    repository = visit.release.repository
    given = visit.query.get(PRACTICES, ())
    known = [brief.slug for brief in repository.briefs(given)]
    slugs, chosen, text = known[:SIDES], choice(visit), visit.one("q")
    sides = [one for slug in slugs if (one := _side(visit, slug, slugs, chosen.istat))]
    here = visit.text(f" per {chosen.name}", f" for {chosen.name}") if chosen.istat else ""
    title = visit.text("Confronta le pratiche", "Compare practices")
    return page(
        visit,
        title + here,
        steps=[(visit.text("Pratiche", "Practices"), "/pratiche")],
        robots="noindex" if visit.query else None,
        search=visit.href("").removeprefix(visit.base),
        data={
            "sides": sides,
            "groups": groups(visit, sides, chosen.name) if sides else [],
            "slugs": slugs,
            "choice": chosen,
            "most": SIDES,
            "too_many": len(known) - len(slugs),
            "strangers": [one[:_LONGEST] for one in given if one not in known],
            "text": text,
            "found": _found(visit, text, slugs) if text and len(slugs) < SIDES else None,
            "near": _near(visit, slugs) if 0 < len(slugs) < SIDES and not text else [],
            "options": _options(visit, slugs) if len(slugs) < SIDES else [],
            "clear": visit.base + visit.path,
            "without_comune": visit.href(comune=None),
            "rules": visit.release.replicability.rules,
            "prediction": visit.release.replicability.rules.prediction.to(visit.lang),
        },
    )


def _side(visit: Visit, slug: str, slugs: Sequence[str], istat: str) -> Side | None:
    """A practice as a column."""
    engine = visit.release.replicability
    subject = engine.subject(slug)
    if subject is None:
        return None
    brief = visit.release.repository.brief(slug)
    named = {COMUNE.name: istat or None}
    without = [other for other in slugs if other != slug]
    return Side(
        it=subject.it,
        brief=brief,
        title=title_of(visit, brief),
        titled=brief.title is not None,
        href=_to(visit, f"/pratiche/{slug}", named),
        fit_href=_to(visit, f"/pratiche/{slug}/confronto", named),
        plan_href=_to(visit, f"/pratiche/{slug}/piano", named),
        without=visit.href(p=without, q=None),
        fit=engine.fit(slug, istat) if istat else None,
    )


def _to(visit: Visit, path: str, parameters: dict[str, str | None]) -> str:
    """The address of another page, with the Comune alone of what is in the address of this one."""
    return visit.href(path, **(dict.fromkeys(visit.query) | parameters))


def _offer(visit: Visit, brief: Brief, slugs: Sequence[str]) -> Offer:
    there = brief.slug in slugs
    return Offer(
        title_of(visit, brief),
        brief.title is not None,
        brief.promoter,
        place_of(brief),
        None if there else visit.href(p=[*slugs, brief.slug], q=None),
    )


def _found(visit: Visit, text: str, slugs: Sequence[str]) -> list[Offer]:
    answer = visit.release.search.search(Query(text, {}, FOUND))
    return [_offer(visit, hit.brief, slugs) for hit in answer.hits]


def _near(visit: Visit, slugs: Sequence[str]) -> list[Offer]:
    """The practices most like the first one, those already there left out."""
    names = (one.href.rsplit("/", 1)[-1] for one in similar(visit, slugs[0]))
    briefs = visit.release.repository.briefs(names)
    return [_offer(visit, one, slugs) for one in briefs if one.slug not in slugs]


def _options(visit: Visit, slugs: Sequence[str]) -> list[tuple[str, str, str]]:
    """Slug, title and place of the practices that can be added, by title; none if too many.

    Where both are those of another practice, it also says which of them tells more.
    """
    listed = visit.release.repository.listed()
    if len(listed) > LISTED:
        return []
    briefs = visit.release.repository.briefs(slug for slug in listed if slug not in slugs)
    named = [(one, title_of(visit, one), _where(visit, one)) for one in briefs]
    times = Counter((title, place) for _, title, place in named)
    found = [
        (one.slug, title, place + (_told_more(visit, one) if times[title, place] > 1 else ""))
        for one, title, place in named
    ]
    return sorted(found, key=lambda row: (row[1].casefold(), row[2], row[0]))


def _where(visit: Visit, brief: Brief) -> str:
    """The place of a practice, or else its country; empty where neither is known."""
    label = visit.release.repository.label
    return place_of(brief) or (label(brief.country, visit.lang) if brief.country else "")


def _told_more(visit: Visit, brief: Brief) -> str:
    """Which of two sheets of the same name and place this is; else, who promotes the practice."""
    deepenings = visit.release.repository.deepenings
    if any(brief.slug in others for others in deepenings.values()):
        return visit.text("; la scheda più completa", "; the fuller sheet")
    if brief.slug in deepenings:
        return visit.text("; la scheda breve", "; the short sheet")
    return f"; {brief.promoter}"
