"""`/pubblicazioni/anteprima`: what a book would hold, while its practices are chosen.

The practices are those of an edition, those that pass some filters, or those that a query finds.
Here is what is shown of them; the query is evaluated by the route, in the public pool.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from talea_catalogue.publication import Edition
from talea_catalogue.search.facets import Facet
from talea_catalogue.search.selecting import SELECTING, query_for

from ..books import Line, Part
from ..errors import Problem
from ..language import Text
from ..printing.book.contents import Part as Contents
from ..printing.book.contents import contents
from ..printing.book.frame import Frame
from ..render import Page
from ..views import Parameter, Visit
from .common import page
from .publications import EDITIONS, LISTED, TITLE, chapters, command, editions_of, query_href
from .search import LEGENDS, Filters, options, sorted_out

__all__ = ["COMPLETE", "EDITION", "PARAMETERS", "PATH", "Chosen", "filters_of", "preview"]

PATH: Final = EDITIONS + "/anteprima"
EDITION: Final = "edizione"
COMPLETE: Final = "complete"
PARAMETERS: Final = (
    Parameter(EDITION),
    Parameter(COMPLETE, clean=lambda value: "1" if value == "1" else None),
    *(Parameter(name, many=True) for name in SELECTING),
)
"""Besides `query`, whose text the route reads whole."""
FILE: Final = "scelta.rq"
SECTIONS: Final[Mapping[str, Text]] = {
    "titolo": Text("il titolo", "the title"),
    "bisogno": Text("il bisogno", "the need"),
    "azioni": Text("che cosa è stato fatto", "what was done"),
    "esiti": Text("esiti misurati", "measured outcomes"),
    "ostacoli": Text("gli ostacoli", "the obstacles"),
    "margini": Text("i margini di miglioramento", "the room for improvement"),
    "replicabilita": Text("la replicabilità", "the replicability"),
    "prerequisiti": Text("i prerequisiti", "the prerequisites"),
    "costi": Text("i costi", "the costs"),
}
"""What a complete sheet tells; the keys are those of `book-sections.rq`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked and what it gave. `query` is the text evaluated, `typed` whether it is of who
    asks, `slugs` the practices; None where nothing was asked or `problem` says what went wrong.

    `failure` is what is wrong with the rows of a query, `rows` those that are no practices.
    """

    asked: bool = False
    query: str = ""
    typed: bool = False
    slugs: Sequence[str] | None = None
    problem: Problem | None = None
    failure: Text | None = None
    rows: str = ""


def filters_of(visit: Visit) -> tuple[Filters, list[str]]:
    """The filters that the catalogue knows, and the values that it does not."""
    return sorted_out(visit, visit.release.repository, SELECTING)


def preview(visit: Visit, frame: Frame, edition: Edition | None, chosen: Chosen) -> Page:
    """The form and, below it, the contents that the book would have."""
    filters, ignored = filters_of(visit)
    only_complete = bool(visit.one(COMPLETE))
    columns = visit.release.repository.columns()
    facets = {facet.name: facet for facet in columns.facets(columns.every(), filters)}
    found = _found(frame, edition, chosen, only_complete=only_complete)
    query = chosen.query or query_for(filters, visit.release.repository.vocabulary)
    more = ["--select", FILE] if chosen.typed or filters else []
    more += ["--only-complete"] if only_complete else []
    return page(
        visit,
        visit.text("Anteprima di una pubblicazione", "Preview of a publication"),
        steps=[(TITLE.to(visit.lang), EDITIONS)],
        robots="noindex" if chosen.asked else None,
        data={
            "editions": [one.it for one in editions_of(visit)[0]],
            "edition": edition.it if edition else None,
            "facets": [_facet(visit, facets[name]) for name in SELECTING],
            "open": bool(filters),
            "ignored": ignored,
            "only_complete": only_complete,
            "typed": chosen.query if chosen.typed else "",
            "both": chosen.typed and bool(filters),
            "asked": chosen.asked,
            "problem": chosen.problem.document(visit.lang, "") if chosen.problem else None,
            "failure": chosen.failure.to(visit.lang) if chosen.failure else None,
            "rows": chosen.rows,
            "found": found,
            "largest": LISTED,
            "selection": query if chosen.asked else "",
            "file": FILE if "--select" in more else None,
            "query_href": query_href(visit, query),
            "command": command(edition.it.slug, *more) if edition else "",
            "digest": visit.release.manifest.data_digest,
            "elsewhere": _elsewhere(visit, edition),
        },
    )


def _elsewhere(visit: Visit, edition: Edition | None) -> str | None:
    """The data of an edition, where they are not those that the preview looks at."""
    digest = edition.digest if edition else None
    return digest if digest not in (None, visit.release.manifest.data_digest) else None


def _facet(visit: Visit, facet: Facet) -> SimpleNamespace:
    return SimpleNamespace(
        name=facet.name,
        legend=LEGENDS[facet.name].to(visit.lang),
        options=options(visit, facet.options),
    )


def _found(
    frame: Frame, edition: Edition | None, chosen: Chosen, *, only_complete: bool
) -> dict[str, Any] | None:
    """The contents and the counts; None where there is nothing to show."""
    if chosen.slugs is None or edition is None:
        return None
    visit = frame.visit
    slugs = list(chosen.slugs)
    told: dict[str, Any] = {"all": len(slugs), "counted": len(slugs) <= LISTED}
    if told["counted"]:
        lacks = _lacks(visit, slugs)
        whole = [slug for slug in slugs if not lacks[slug]]
        counts = Counter(key for those in lacks.values() for key in those)
        told |= {
            "complete": len(whole),
            "lacking": [
                (SECTIONS[key].to(visit.lang), count)
                for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            ],
        }
        slugs = whole if only_complete else slugs
    parts = list(contents(frame, edition.it.order, slugs))
    entries = [entry for part in parts for entry in part.entries]
    listed, left = chapters(visit, [_part(part) for part in parts])
    return told | {
        "shown": len(slugs),
        "brief": sum(entry.brief for entry in entries),
        "bodies": sum(not entry.level for entry in entries),
        "chapters": listed,
        "left": left,
    }


def _lacks(visit: Visit, slugs: Sequence[str]) -> dict[str, set[str]]:
    """Slug -> what its sheet does not tell, of what a complete one does."""
    told = visit.release.repository.sections_told(slugs)
    return {slug: SECTIONS.keys() - told[slug] for slug in slugs}


def _part(part: Contents) -> Part:
    lines = (Line(one.slug, one.title, one.place, one.brief) for one in part.entries)
    return Part(part.title, tuple(lines))


def known_edition(visit: Visit) -> Edition | None:
    """The edition whose frame is used: the one named or, where none is, the first by title."""
    found = editions_of(visit)[0]
    named = visit.one(EDITION)
    return next((one for one in found if one.it.slug == named or not named), None)
