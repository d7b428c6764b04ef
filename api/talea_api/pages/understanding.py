"""How a search text was read, as the page of results says it.

Constraints said in words are filters that are not in the address: the address can only say which
of them are to stay words (`parola`), or choose another value in their place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from talea_catalogue.search import Answer
from talea_catalogue.search.columns import SCHEMES
from talea_catalogue.search.constraints import Said
from talea_catalogue.search.facets import FACETS, FILTERS, RANGES

from ..views import Parameter, Visit
from .common import Link, link
from .spelling import EXACTLY, Meant, meant

AS_WORDS: Final = "parola"
"""Parameter that names a filter whose words are to stay words."""
FEW: Final = 3
"""Results below which the page says what else may be looked for."""
NEARBY: Final = 3
"""Nearest topics shown: those further are mostly far."""
_BOXES: Final = frozenset((*FACETS, *RANGES))
"""The filters that have a place of their own in the form."""
FILTER_OF: Final = {scheme: name for name, scheme in SCHEMES.items()}

PARAMETERS: Final = (
    Parameter(EXACTLY, clean=lambda value: value if value == "1" else None),
    Parameter(AS_WORDS, many=True, clean=lambda value: value if value in FILTERS else None),
)


@dataclass(frozen=True, slots=True)
class SaidChip:
    """A filter found in the text: the words that said it, and the address where they stay words."""

    words: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """What to say of a text.

    `said` are the filters found in it, `overruled` the words of those that a chosen filter
    replaces, `unmet` the labels of those that no practice meets. `topics` are shown where there is
    little, `beyond` is the name of the topic that the catalogue does not have.
    """

    meant: Meant | None
    said: tuple[SaidChip, ...]
    overruled: tuple[str, ...]
    unmet: tuple[str, ...]
    topics: tuple[Link, ...]
    beyond: str | None


def as_words(visit: Visit, chosen: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The filters whose words stay words: not those that the form has chosen, box by box."""
    return frozenset(visit.query.get(AS_WORDS, ())) - chosen.keys()


def kept_as_words(visit: Visit, answer: Answer) -> tuple[str, ...]:
    """What the form of filters says in `parola`, so that a box found in words can be emptied."""
    boxes = {one.name for one in answer.said if one.name in _BOXES}
    return tuple(sorted({*visit.query.get(AS_WORDS, ()), *boxes}))


def without_filters(visit: Visit, answer: Answer) -> dict[str, Sequence[str] | None]:
    """The changes to an address that take away every filter, those found in words included."""
    changes: dict[str, Sequence[str] | None] = dict.fromkeys((*FILTERS, "pagina"))
    names = {*visit.query.get(AS_WORDS, ()), *(one.name for one in answer.said)}
    return changes | {AS_WORDS: tuple(sorted(names))}


def understanding(
    visit: Visit, answer: Answer, chosen: Mapping[str, Sequence[str]]
) -> Understanding:
    """How the text of an answer was read."""
    little = bool(visit.one("q")) and (not answer.confident or answer.total < FEW)
    return Understanding(
        meant=_meant(visit, answer, little=little),
        said=tuple(_chip(visit, answer, one) for one in answer.said if one.name not in chosen),
        overruled=tuple(_words(answer, one) for one in answer.said if _overruled(one, chosen)),
        unmet=tuple(visit.text(one.label_it, one.label_en) for one in answer.unmet),
        topics=tuple(_topic(visit, answer, iri) for iri in answer.topics[:NEARBY])
        if little
        else (),
        beyond=link(visit, answer.beyond).label if answer.beyond else None,
    )


def _meant(visit: Visit, answer: Answer, *, little: bool) -> Meant | None:
    """What else the text may have meant: where enough was found, a doubtful slip is not told."""
    if visit.one(EXACTLY) == "1":
        return meant(visit, visit.release.search.speller.correct(answer.correction.asked))
    found = meant(visit, answer.correction)
    if found is None or little:
        return found
    return replace(found, proposed=None) if found.used else None


def _overruled(one: Said, chosen: Mapping[str, Sequence[str]]) -> bool:
    return one.name in chosen and not set(one.values) & set(chosen[one.name])


def _words(answer: Answer, one: Said) -> str:
    return answer.correction.used[one.start : one.end].strip()


def _chip(visit: Visit, answer: Answer, one: Said) -> SaidChip:
    names = {*visit.query.get(AS_WORDS, ()), one.name}
    return SaidChip(
        _words(answer, one),
        visit.text(one.label_it, one.label_en),
        visit.href(None, **{AS_WORDS: tuple(sorted(names)), "pagina": None}),
    )


def _topic(visit: Visit, answer: Answer, iri: str) -> Link:
    """A concept, linked to its practices where it is a filter and else to its page.

    The filters stay, those said in words too, unless nothing would pass them.
    """
    concept = visit.release.repository.vocabulary.concepts[iri]
    name = FILTER_OF.get(concept.scheme)
    if name is None:
        return link(visit, iri)
    filters = {**answer.filters, name: (concept.notation,)}
    kept = visit.release.repository.columns().mask(filters).any()
    dropped = ("q", EXACTLY, AS_WORDS, "pagina") if kept else tuple(visit.query)
    chosen: dict[str, str | Sequence[str] | None] = dict.fromkeys(dropped)
    chosen |= filters if kept else {name: concept.notation}
    return Link(concept.label(visit.lang), visit.href("/pratiche", **chosen))
