"""`/pratiche`: the search box, the results and the filters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

from talea_catalogue.repository import Repository
from talea_catalogue.search import Answer, Query
from talea_catalogue.search.facets import FACETS, FILTERS, Facet
from talea_catalogue.text import fold

from ..language import Text
from ..render import Page
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
_ISTAT: Final = re.compile(r"[0-9]{6}", re.ASCII)

Filters = dict[str, tuple[str, ...]]

LEGENDS: Final[Mapping[str, Text]] = {
    "area": Text("Area tematica", "Thematic area"),
    "target": Text("A chi è rivolta", "Who it is for"),
    "bisogno": Text("Bisogno", "Need"),
    "intervento": Text("Tipo di intervento", "Type of intervention"),
    "territorio": Text("Territorio", "Territory"),
}


def text_of(value: str) -> str | None:
    """The text searched for, on one line and no longer than the API takes."""
    return " ".join(value.split())[:LONGEST]


PARAMETERS: Final = (
    Parameter("q", clean=text_of),
    *(Parameter(name, many=True) for name in FILTERS),
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
            "facets": [_facet(visit, facet) for facet in answer.facets],
            "filters": filters,
            "chips": _chips(visit, repository, filters, answer),
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
    places = [place for place, _ in repository.comuni()] + repository.comuni_elsewhere()
    found = [
        ("comune", Link(place.name, f"{visit.base}/comuni/{place.istat}"))
        for place in places
        if fold(place.name) == wanted
    ]
    found += [
        ("ambito", Link(district.name, f"{visit.base}/ambiti/{district.id}"))
        for district, _ in repository.ambiti()
        if _BODY_WORDS.sub("", fold(district.name)) == wanted
    ]
    return found


def _nothing() -> dict[str, None]:
    return dict.fromkeys((*FILTERS, "pagina"))


def _sorted_out(visit: Visit, repository: Repository) -> tuple[Filters, list[str]]:
    """The filters that the catalogue knows, and the values that it does not."""
    asked = {name: visit.query[name] for name in FILTERS if name in visit.query}
    known: dict[str, set[str]] = {
        facet.name: {option.value for option in facet.options}
        for facet in repository.columns().facets(frozenset(), asked)
    }
    known["comune"] = {
        code
        for code in asked.get("comune", ())
        if _ISTAT.fullmatch(code) and repository.comune(code)
    }
    kept: Filters = {}
    ignored: list[str] = []
    for name, values in asked.items():
        good = tuple(value for value in values if value in known[name])
        if good:
            kept[name] = good
        ignored += [value[:40] for value in values if value not in known[name]]
    return kept, ignored


def _facet(visit: Visit, facet: Facet) -> SimpleNamespace:
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
    )


def _chips(visit: Visit, repository: Repository, filters: Filters, answer: Answer) -> list[Chip]:
    labels = {
        (facet.name, option.value): visit.text(option.label_it, option.label_en)
        for facet in answer.facets
        for option in facet.options
    }
    chips = []
    for name in (*FACETS, "comune"):
        for value in filters.get(name, ()):
            rest = tuple(other for other in filters[name] if other != value)
            comune = repository.comune(value) if name == "comune" else None
            label = comune.name if comune else labels[name, value]
            legend = LEGENDS[name].to(visit.lang) if name in LEGENDS else "Comune"
            changes: dict[str, Sequence[str] | None] = {name: rest, "pagina": None}
            chips.append(Chip(legend, label, visit.href(None, **changes)))
    return chips
