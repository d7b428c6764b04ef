"""`/pratiche`: the search box, the results and the filters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Repository
from talea_catalogue.search import Answer, Query, analysis
from talea_catalogue.search.facets import (
    FACETS,
    FILTERS,
    FIRST,
    OUTSIDE,
    RANGES,
    Facet,
    FacetOption,
    whole,
)

from ..answers import is_known
from ..language import Text
from ..render import LOCALES, Page, number
from ..security import WITH_SCRIPT
from ..views import Parameter, Visit
from . import understanding as read
from .choosing import COMUNE
from .common import EDITION, Card, card, fuller, href, number_of, page, pages
from .named import named, the_one
from .questions import encoded
from .spelling import EXACTLY
from .ways import ways

PER_PAGE: Final = 20
CLOSE: Final = 5
"""Practices shown without the filters of the text, where with them there is none."""
LONGEST: Final = 300
"""Characters of a search text: the API takes as many."""
_OF_TEXT: Final = (EXACTLY, read.AS_WORDS)
"""The parameters that mean nothing without a text."""

_MORE: Final = (*FACETS[len(FIRST) :], *(one for one in RANGES if not one.startswith("abitanti")))
"""The filters that stand folded together below the first ones."""

Filters = dict[str, tuple[str, ...]]
InForce = Mapping[str, tuple[str, ...]]
"""The filters chosen and those found in the text."""

LEGENDS: Final[Mapping[str, Text]] = {
    "area": Text("Area tematica", "Thematic area"),
    "target": Text("A chi è rivolta", "Who it is for"),
    "bisogno": Text("Bisogno", "Need"),
    "intervento": Text("Tipo di intervento", "Type of intervention"),
    "territorio": Text("Territorio", "Territory"),
    "popolazione": Text("Abitanti del Comune", "Residents of the Comune"),
    "aree-interne": Text("Aree interne", "Inner areas"),
    "costo": Text("Costo", "Cost"),
    "fonte": Text("Fonte di finanziamento", "Funding source"),
    "evidenza": Text("Evidenza dei risultati", "Evidence of results"),
    "anno": Text("Anno di inizio", "Year of start"),
    "livello": Text("Completezza della scheda", "Completeness of the record"),
    "replicata": Text("Repliche", "Replications"),
    "comune": Text("Comune", "Comune"),
    OUTSIDE: Text("Fuori da", "Outside"),
    "costo-da": Text("Euro, almeno", "Euro, at least"),
    "costo-a": Text("Euro, al massimo", "Euro, at most"),
    "abitanti-da": Text("Abitanti, almeno", "Residents, at least"),
    "abitanti-a": Text("Abitanti, al massimo", "Residents, at most"),
    "anno-da": Text("Dall’anno", "From the year"),
    "anno-a": Text("Fino all’anno", "Up to the year"),
}
"""What each filter is called, over its options and on the chip that takes it away."""

RANGE_OF: Final[Mapping[str, str]] = {"popolazione": "abitanti", "costo": "costo", "anno": "anno"}
"""Facet -> the range that stands below its options."""

INNER: Final[Mapping[str, int]] = {"target": 1, "bisogno": 1, "intervento": 2}
"""Facet -> the depth from which an option is shown only below one that is chosen."""
SHORT: Final = 8
"""Options that are all shown, however deep."""


def text_of(value: str) -> str | None:
    """The text searched for, on one line and no longer than the API takes."""
    return " ".join(value.split())[:LONGEST]


PARAMETERS: Final = (
    Parameter("q", clean=text_of),
    *(Parameter(name, many=name not in RANGES) for name in FILTERS),
    *read.PARAMETERS,
    Parameter("pagina", clean=number_of),
)


@dataclass(frozen=True, slots=True)
class Without:
    """A condition that can be given up where nothing meets them all, and how many practices stay.

    `legend` is None for the words of the search; `kept` where a topic of theirs stays in their
    place, which is then the label.
    """

    legend: str | None
    label: str
    href: str
    count: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force and the address without it."""

    legend: str
    label: str
    href: str


def practices(visit: Visit) -> Page:
    """A page of results. What the catalogue does not know is left out, and said."""
    repository = visit.release.repository
    filters, ignored = sorted_out(visit, repository)
    text = visit.one("q")
    current, answer = _asked(visit, filters)
    last = _last(answer)
    title = visit.text("Pratiche", "Practices")
    facets = [_facet(visit, facet, answer.filters) for facet in answer.facets]
    asked = bool(text or filters or ignored)
    return page(
        visit,
        title,
        query=text,
        robots="noindex" if asked or current > 1 else None,
        headers=WITH_SCRIPT,
        data={
            "answer": answer,
            "wordless": bool(text) and not analysis.letters(text),
            "understood": read.understanding(visit, answer, filters),
            "named": named(visit, answer),
            "ways": ways(visit, text, comune=the_one(answer) is not None),
            "results": _cards(visit, answer),
            "closest": _closest(visit, answer, filters),
            "without": _without(visit, answer, filters),
            "facets": [f for f in facets if f.name in FIRST],
            "more": [f for f in facets if f.name not in FIRST],
            "more_open": any(name in answer.filters for name in _MORE),
            "filters": filters,
            "kept": {name: filters[name] for name in ("comune", OUTSIDE) if name in filters},
            "as_words": read.kept_as_words(visit, answer),
            "exactly": visit.one(EXACTLY),
            "chips": chips(visit, repository, filters),
            "ignored": ignored,
            "clear": visit.base + "/pratiche",
            "without_filters": visit.href(None, **read.without_filters(visit, answer)),
            "without_text": visit.href(q=None, pagina=None, **dict.fromkeys(_OF_TEXT)),
            "pages": pages(visit, current, last),
            "first": (current - 1) * PER_PAGE + 1,
            "untold": repository.counts()["level-0"],
            "edition": href(visit, EDITION) if repository.describe(EDITION) else None,
        },
    )


def _query(visit: Visit, filters: Filters) -> Query:
    return Query(
        visit.one("q"),
        filters,
        PER_PAGE,
        exactly=visit.one(EXACTLY) == "1",
        as_words=read.as_words(visit, filters),
    )


def _asked(visit: Visit, filters: Filters) -> tuple[int, Answer]:
    """The number of the page, the last one where a later one was asked for, and what is on it."""
    query = _query(visit, filters)
    search = visit.release.search.search
    current = int(visit.one("pagina") or 1)
    answer = search(replace(query, offset=(current - 1) * PER_PAGE))
    if current > _last(answer):
        current = _last(answer)
        answer = search(replace(query, offset=(current - 1) * PER_PAGE))
    return current, answer


def _last(answer: Answer) -> int:
    return max(1, -(-answer.total // PER_PAGE))


def _cards(visit: Visit, answer: Answer) -> list[Card]:
    """The practices found, with those that tell more of each.

    A Comune that the text names stays the chosen one on their pages.
    """
    istat = the_one(answer)
    named = {COMUNE.name: istat} if istat else {}
    found = ((hit.brief.slug, card(visit, hit.brief, hit.reasons)) for hit in answer.hits)
    return [
        replace(
            one,
            href=one.href + ("?" + encoded(named) if named else ""),
            fuller=fuller(visit, slug, **named),
        )
        for slug, one in found
    ]


def _closest(visit: Visit, answer: Answer, filters: Filters) -> list[Card]:
    """Where the filters found in the text leave nothing: what there is with them as words."""
    names = {one.name for one in answer.said} - filters.keys()
    if answer.total or not names:
        return []
    query = _query(visit, filters)
    query = replace(query, limit=CLOSE, as_words=query.as_words | names)
    return _cards(visit, visit.release.search.search(query))


def _without(visit: Visit, answer: Answer, filters: Filters) -> list[Without]:
    """Where nothing is found: what there is without one of the conditions, the others kept."""
    if answer.total or not answer.filters:
        return []
    found = []
    said = {one.name for one in answer.said}
    for name, values in answer.filters.items():
        query = _query(visit, {other: those for other, those in filters.items() if other != name})
        query = replace(query, limit=1, as_words=query.as_words | ({name} & said))
        if total := visit.release.search.search(query).total:
            words = tuple(sorted(query.as_words))
            found.append(
                Without(
                    LEGENDS[name].to(visit.lang),
                    ", ".join(_label(visit, visit.release.repository, name, v) for v in values),
                    visit.href(None, **{name: None, read.AS_WORDS: words, "pagina": None}),
                    total,
                )
            )
    dropped = dict.fromkeys(("q", "pagina", *_OF_TEXT))
    found += _by_topic(visit, answer, dropped)
    passing = _passing(visit, answer.filters)
    if passing and visit.one("q"):
        found.append(
            Without(
                None, visit.one("q"), visit.href(None, **{**dropped, **answer.filters}), passing
            )
        )
    return found


def _by_topic(visit: Visit, answer: Answer, dropped: Mapping[str, None]) -> Iterator[Without]:
    """The topics of the words in their place, the filters kept: those that leave something."""
    concepts = visit.release.repository.vocabulary.concepts
    for iri in answer.topics:
        one = concepts[iri]
        name = read.FILTER_OF.get(one.scheme)
        if name is None or name in answer.filters:
            continue
        filters = {**answer.filters, name: (one.notation,)}
        if count := _passing(visit, filters):
            href = visit.href(None, **{**dropped, **filters})
            yield Without(None, one.label(visit.lang), href, count, kept=True)


def _passing(visit: Visit, filters: InForce) -> int:
    return int(visit.release.repository.columns().mask(filters).sum())


def sorted_out(
    visit: Visit, repository: Repository, names: Sequence[str] = FILTERS
) -> tuple[Filters, list[str]]:
    """The filters that the catalogue knows, and the values that it does not, among some."""
    asked = {name: visit.query[name] for name in names if name in visit.query}
    kept: Filters = {}
    ignored: list[str] = []
    for name, values in asked.items():
        good = tuple(v for v in values if is_known(repository, name, v))
        if good:
            kept[name] = good
        ignored += [value[:40] for value in values if value not in good]
    return kept, ignored


def _facet(visit: Visit, facet: Facet, filters: InForce) -> SimpleNamespace:
    measure = RANGE_OF.get(facet.name)
    return SimpleNamespace(
        name=facet.name,
        legend=LEGENDS[facet.name].to(visit.lang),
        options=options(visit, _shown(facet)),
        ends=[_end(visit, f"{measure}-{end}", filters) for end in ("da", "a")] if measure else [],
    )


def options(visit: Visit, several: Iterable[FacetOption]) -> list[SimpleNamespace]:
    """Values of a facet as the macro `facet` shows them."""
    return [
        SimpleNamespace(
            value=option.value,
            label=visit.text(option.label_it, option.label_en),
            count=option.count,
            checked=option.selected,
            depth=option.depth,
        )
        for option in several
    ]


def _shown(facet: Facet) -> list[FacetOption]:
    """The options to show: of a long tree, narrow ones only beside or below one that is chosen."""
    inner = INNER.get(facet.name)
    if inner is None or len(facet.options) <= SHORT:
        return list(facet.options)
    shown: list[FacetOption] = []
    for branch in _branches(facet.options, inner):
        chosen = any(option.selected for option in branch)
        shown += branch if chosen else [one for one in branch if one.depth < inner]
    return shown


def _branches(options: Sequence[FacetOption], inner: int) -> list[list[FacetOption]]:
    """The options in pieces: each has at most one of a depth less than `inner`, the first."""
    pieces: list[list[FacetOption]] = []
    for option in options:
        if option.depth < inner or not pieces:
            pieces.append([])
        pieces[-1].append(option)
    return pieces


def _end(visit: Visit, name: str, filters: InForce) -> SimpleNamespace:
    """One end of a range, as a field of the form."""
    return SimpleNamespace(
        name=name,
        label=LEGENDS[name].to(visit.lang),
        value=filters.get(name, ("",))[0],
    )


def chips(visit: Visit, repository: Repository, filters: Filters) -> list[Chip]:
    """The filters chosen, each with the address without it."""
    found = []
    for name in FILTERS:
        for value in filters.get(name, ()):
            rest = tuple(other for other in filters[name] if other != value)
            changes: dict[str, Sequence[str] | None] = {name: rest, "pagina": None}
            found.append(
                Chip(
                    LEGENDS[name].to(visit.lang),
                    _label(visit, repository, name, value),
                    visit.href(None, **changes),
                )
            )
    return found


def _label(visit: Visit, repository: Repository, name: str, value: str) -> str:
    """How a value in force is said."""
    if name == "comune":
        return repository.label(ns.resource("luogo", value))
    if name in RANGES and not name.startswith("anno") and (amount := whole(value)) is not None:
        return number(amount, LOCALES[visit.lang])
    for one in repository.columns().known(name):
        if one.value == value:
            return visit.text(one.label_it, one.label_en)
    return value
