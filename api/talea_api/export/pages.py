"""The pages that only a copy has: practices with their search, what is missing, questions."""

from dataclasses import dataclass
from types import SimpleNamespace

from talea_catalogue.search import Query
from talea_catalogue.search.facets import FACETS, FILTERS
from talea_catalogue.search.index import MAX_LIMIT

from ..pages import questions
from ..pages.common import EDITION, Card, card, href, page
from ..pages.search import LEGENDS, Filters, chips, sorted_out
from ..render import Page
from ..views import Visit
from . import addresses


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the library with its query, for the values of its example."""

    name: str
    title: str
    question: str
    missing: str
    text: str


def practices(visit: Visit) -> Page:
    """All practices, or those that have some values, on one page; the search is on the first."""
    repository = visit.release.repository
    filters, _ = sorted_out(visit, repository)
    chosen = chips(visit, repository, filters)
    title = visit.text("Pratiche", "Practices")
    if chosen:
        title += ": " + ", ".join(chip.label for chip in chosen)
    return page(
        visit,
        title,
        [(visit.text("Pratiche", "Practices"), addresses.PRACTICES)] if chosen else (),
        data={
            "results": _results(visit, filters),
            "chips": chosen,
            "facets": [] if chosen else _facets(visit),
            "untold": 0 if chosen else repository.counts()["level-0"],
            "edition": href(visit, EDITION) if repository.describe(EDITION) else None,
            "index": None if chosen else addresses.INDEX,
        },
    )


def _results(visit: Visit, filters: Filters) -> list[tuple[str, Card]]:
    """Slug and card of every practice that has some values."""
    found: list[tuple[str, Card]] = []
    while True:
        query = Query("", filters, MAX_LIMIT, offset=len(found))
        answer = visit.release.search.search(query)
        found += [(hit.brief.slug, card(visit, hit.brief)) for hit in answer.hits]
        if not answer.hits or len(found) >= answer.total:
            return found


def _facets(visit: Visit) -> list[SimpleNamespace]:
    """Every value that some practice has, with the address of its list."""
    answer = visit.release.search.search(Query("", {}, 0))
    return [
        SimpleNamespace(
            legend=LEGENDS[facet.name].to(visit.lang),
            options=[
                SimpleNamespace(
                    label=visit.text(option.label_it, option.label_en),
                    count=option.count,
                    href=visit.href(addresses.PRACTICES, **{facet.name: option.value}),
                )
                for option in facet.options
                if option.count and addresses.list_of([(facet.name, option.value)])
            ],
        )
        for facet in answer.facets
        if facet.name in FACETS and facet.name in FILTERS
    ]


def about(visit: Visit) -> Page:
    """What the copy is and what it lacks."""
    return page(
        visit,
        visit.text("Questa copia", "This copy"),
        data={"site": visit.settings.base_url.rstrip("/")},
    )


def library(visit: Visit) -> Page:
    """The questions of the library, with their queries."""
    queries = visit.release.store.library
    return page(
        visit,
        visit.text("Le domande già scritte", "Questions already written"),
        data={
            "groups": [
                (
                    title,
                    [
                        Question(
                            entry.name,
                            entry.title,
                            entry.question,
                            entry.missing,
                            questions.ask(queries, entry.name, {}).text,
                        )
                        for entry in entries
                    ],
                )
                for title, entries in questions.listing(queries, visit.lang)
            ]
        },
    )
