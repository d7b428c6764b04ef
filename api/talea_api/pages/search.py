"""`/pratiche`: the search box, the results and the filters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Repository
from talea_catalogue.search import Query
from talea_catalogue.search.facets import FACETS, FILTERS, FIRST, OUTSIDE, RANGES, Facet, whole
from talea_catalogue.text import fold

from ..answers import is_known
from ..language import Text
from ..render import LOCALES, Page, number
from ..security import WITH_SCRIPT
from ..views import Parameter, Visit
from .common import EDITION, Link, card, href, number_of, page, pages

PER_PAGE: Final = 20
LONGEST: Final = 300
"""Characters of a search text: the API takes as many."""
_BODY_WORDS: Final = re.compile(
    r"^(comune|citta|municipio|ats|ambito( territoriale)?( sociale)?)( (di|del|della))? "
)
"""What may stand before the name of a Comune or of an Ambito, in folded text."""

_MORE: Final = (*FACETS[len(FIRST) :], *RANGES)
"""The filters that stand folded together below the first ones."""

Filters = dict[str, tuple[str, ...]]

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


def text_of(value: str) -> str | None:
    """The text searched for, on one line and no longer than the API takes."""
    return " ".join(value.split())[:LONGEST]


PARAMETERS: Final = (
    Parameter("q", clean=text_of),
    *(Parameter(name, many=name not in RANGES) for name in FILTERS),
    Parameter("pagina", clean=number_of),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force and the address without it."""

    legend: str
    label: str
    href: str


def practices(visit: Visit) -> Page:
    """A page of results. What the catalogue does not know is left out, and said."""
    repository = visit.release.repository
    filters, ignored = _sorted_out(visit, repository)
    current = int(visit.one("pagina") or 1)
    text = visit.one("q")
    answer = visit.release.search.search(
        Query(text, filters, PER_PAGE, offset=(current - 1) * PER_PAGE)
    )
    last = max(1, -(-answer.total // PER_PAGE))
    if current > last:
        current = last
        offset = (current - 1) * PER_PAGE
        answer = visit.release.search.search(Query(text, filters, PER_PAGE, offset=offset))
    facets = [_facet(visit, facet, filters) for facet in answer.facets]
    title = visit.text("Pratiche", "Practices")
    asked = bool(text or filters or ignored)
    return page(
        visit,
        title,
        query=text,
        robots="noindex" if asked or current > 1 else None,
        headers=WITH_SCRIPT,
        data={
            "answer": answer,
            "named": _named(visit, text),
            "results": [card(visit, hit.brief, hit.reasons) for hit in answer.hits],
            "facets": [f for f in facets if f.name in FIRST],
            "more": [f for f in facets if f.name not in FIRST],
            "more_open": any(name in filters for name in _MORE),
            "filters": filters,
            "kept": {name: filters[name] for name in ("comune", OUTSIDE) if name in filters},
            "chips": _chips(visit, repository, filters),
            "ignored": ignored,
            "clear": visit.base + "/pratiche",
            "without_filters": visit.href(**_nothing()),
            "without_text": visit.href(q=None, pagina=None),
            "pages": pages(visit, current, last),
            "first": (current - 1) * PER_PAGE + 1,
            "untold": repository.counts()["level-0"],
            "edition": href(visit, EDITION) if repository.describe(EDITION) else None,
        },
    )


def _named(visit: Visit, text: str) -> list[tuple[str, Link]]:
    """The Comuni and Ambiti whose name is the whole text, each with what it is."""
    repository = visit.release.repository
    wanted = _BODY_WORDS.sub("", fold(text))
    if not wanted:
        return []
    found = [
        ("comune", Link(place.name, f"{visit.base}/comuni/{place.istat}"))
        for place in repository.cities()
        if fold(place.name) == wanted
    ]
    found += [
        ("ambito", Link(district.name, f"{visit.base}/ambiti/{district.id}"))
        for district in repository.districts()
        if _BODY_WORDS.sub("", fold(district.name)) == wanted
    ]
    return found


def _nothing() -> dict[str, None]:
    return dict.fromkeys((*FILTERS, "pagina"))


def _sorted_out(visit: Visit, repository: Repository) -> tuple[Filters, list[str]]:
    """The filters that the catalogue knows, and the values that it does not."""
    asked = {name: visit.query[name] for name in FILTERS if name in visit.query}
    kept: Filters = {}
    ignored: list[str] = []
    for name, values in asked.items():
        good = tuple(v for v in values if is_known(repository, name, v))
        if good:
            kept[name] = good
        ignored += [value[:40] for value in values if value not in good]
    return kept, ignored


def _facet(visit: Visit, facet: Facet, filters: Filters) -> SimpleNamespace:
    measure = RANGE_OF.get(facet.name)
    return SimpleNamespace(
        name=facet.name,
        legend=LEGENDS[facet.name].to(visit.lang),
        options=[
            SimpleNamespace(
                value=option.value,
                label=visit.text(option.label_it, option.label_en),
                count=option.count,
                checked=option.selected,
                depth=option.depth,
            )
            for option in facet.options
        ],
        ends=[_end(visit, f"{measure}-{end}", filters) for end in ("da", "a")] if measure else [],
    )


def _end(visit: Visit, name: str, filters: Filters) -> SimpleNamespace:
    """One end of a range, as a field of the form."""
    return SimpleNamespace(
        name=name,
        label=LEGENDS[name].to(visit.lang),
        value=filters.get(name, ("",))[0],
    )


def _chips(visit: Visit, repository: Repository, filters: Filters) -> list[Chip]:
    chips = []
    for name in FILTERS:
        for value in filters.get(name, ()):
            rest = tuple(other for other in filters[name] if other != value)
            changes: dict[str, Sequence[str] | None] = {name: rest, "pagina": None}
            chips.append(
                Chip(
                    LEGENDS[name].to(visit.lang),
                    _label(visit, repository, name, value),
                    visit.href(None, **changes),
                )
            )
    return chips


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
