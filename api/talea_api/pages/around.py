"""Ways on from a place: Comuni like it, practices that nothing is known to block, needs uncovered.

None of these ranks a Comune or a practice: they say where to look, and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.replicability import COMPARED
from talea_catalogue.replicability.listing import Listed
from talea_catalogue.replicability.nearness import Near, Term
from talea_catalogue.repository import Brief

from ..views import Visit
from .common import Link, title_of
from .figures import in_words
from .needs import counts

__all__ = ["Alike", "Gap", "Open", "alike", "open_here", "uncovered"]

SHOWN: Final = 10
"""Comuni, and practices, that the page of a Comune shows."""
NEAREST: Final = 3
"""Data that say why two Comuni are alike."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A Comune like another: the data that are nearest, and the one that is farthest."""

    place: Link
    practices: int
    near: tuple[str, ...]
    far: str


@dataclass(frozen=True, slots=True)
class Open:
    """A practice that nothing is known to block. `comparable` is None where it was not counted."""

    title: str
    titled: bool
    promoter: str
    href: str
    fit: str
    met: int
    unknown: int
    comparable: int | None
    of: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A need without a practice in a place: how many there are elsewhere, the same for narrower."""

    need: Link
    count: int
    whole: bool
    narrower: tuple[tuple[Link, int], ...]


def alike(visit: Visit, istat: str) -> list[Alike]:
    """The Comuni of Puglia most like one, the nearest first."""
    repository = visit.release.repository
    told = {place.istat: count for place, count in repository.comuni()}
    return [
        Alike(
            Link(
                repository.label(ns.resource("luogo", one.istat)),
                f"{visit.base}/comuni/{one.istat}",
            ),
            told.get(one.istat, 0),
            tuple(_term(visit, term) for term in _nearest(one)),
            _term(visit, max(one.terms, key=lambda term: term.apart)),
        )
        for one in visit.release.replicability.similar(istat, SHOWN)
    ]


def _nearest(one: Near) -> list[Term]:
    """The terms that say most, the farthest left out where there are others."""
    terms = sorted(one.terms, key=lambda term: term.apart)
    return terms[: min(NEAREST, max(1, len(terms) - 1))]


def _term(visit: Visit, term: Term) -> str:
    """A datum of both: «Residenti di 65 anni e oltre: 25,7 (qui 25,5)»."""
    series = term.here.series
    title = visit.text(series.title_it, series.title_en)
    there, here = (in_words(visit, datum.value) for datum in (term.there, term.here))
    if here == there:
        return f"{title}: {there}, {visit.text('come qui', 'as here')}"
    return f"{title}: {there} ({visit.text('qui', 'here')} {here})"


def open_here(visit: Visit, istat: str, listed: Iterable[Listed], own: Iterable[str]) -> list[Open]:
    """The first practices of a list without a known block in a Comune, those of its own left out.

    `listed` is in the order of the rules; `own` are slugs.
    """
    here = set(own)
    found = [one for one in listed if not one.blocks and one.slug not in here][:SHOWN]
    return [
        Open(
            title_of(visit, brief),
            brief.title is not None,
            brief.promoter,
            visit.href(f"/pratiche/{one.slug}", comune=istat),
            visit.href(f"/pratiche/{one.slug}/confronto", comune=istat),
            one.met,
            one.unknown,
            one.comparable,
            len(COMPARED),
        )
        for one in found
        for brief in (visit.release.repository.brief(one.slug),)
    ]


def uncovered(visit: Visit, briefs: Iterable[Brief], there: str = "/pratiche") -> list[Gap]:
    """The needs that none of the practices of a place answers, by broad need.

    Each leads to `there`, a list of practices that takes a need. `whole` is whether the broad need
    has no practice in the place; else only the narrower ones are named.
    """
    repository, vocabulary = visit.release.repository, visit.release.repository.vocabulary
    met: set[str] = set()
    for brief in briefs:
        for notation in repository.values_of(brief.slug, "bisogno"):
            iri = ns.concept("bisogno", notation)
            met |= {iri, *vocabulary.ancestors(iri)}
    elsewhere = counts(visit)
    scheme = repository.scheme("bisogno")
    found: list[tuple[Link, int, bool, list[tuple[Link, int]]]] = []
    for concept, depth in scheme.concepts if scheme else ():
        count = elsewhere.get(concept.notation, 0)
        where = visit.href(there, bisogno=concept.notation) if count else None
        need = Link(concept.label(visit.lang), where)
        if depth == 0:
            found.append((need, count, concept.iri not in met, []))
        elif concept.iri not in met and found:
            found[-1][3].append((need, count))
    return [
        Gap(need, count, whole, tuple(inner))
        for need, count, whole, inner in found
        if whole or inner
    ]
