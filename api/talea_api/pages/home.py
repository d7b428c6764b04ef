"""`/`: what the catalogue is, a search box, and how much there is in it."""

from dataclasses import dataclass
from typing import Final

from talea_catalogue.search.facets import UNSAID, Facet
from talea_catalogue.vocabulary import Lang

from ..language import Text
from ..render import Page
from ..security import WITH_SCRIPT
from ..views import Visit
from .common import EDITION, Link, card, href
from .needs import NEED
from .vocabulary import FILTER_OF

SCHEME_OF: Final = {name: scheme for scheme, name in FILTER_OF.items()}
"""The vocabulary in which each filter has all its values, with their counts."""
DOORS: Final = (
    ("bisogno", Text("Per bisogno", "By need")),
    ("target", Text("Per persone", "By people")),
    ("area", Text("Per area", "By area")),
)
_SHOWN: Final = 10
"""Values of a facet shown on the home page, the most frequent."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A link to the practices that have one value of a facet."""

    label: str
    href: str
    count: int


@dataclass(frozen=True, slots=True)
class Door:
    """A facet with its most frequent values."""

    title: str
    entries: tuple[Entry, ...]
    more: int
    all: str


def home(visit: Visit) -> Page:
    """The first page."""
    repository = visit.release.repository
    title = visit.text(
        "Talea: le buone pratiche del welfare locale", "Talea: good practices of local welfare"
    )
    description = visit.text(
        "Il catalogo aperto delle buone pratiche di welfare locale: trovale, leggile, ripetile.",
        "The open catalogue of good practices of local welfare: find, read and repeat them.",
    )
    facets = {f.name: f for f in repository.columns().overview}
    return Page(
        headers=WITH_SCRIPT,
        description=description,
        canonical=visit.settings.absolute(visit.href()),
        jsonld={
            "@context": "https://schema.org",
            "@type": "WebSite",
            "name": title,
            "description": description,
            "url": visit.settings.absolute(visit.base + "/"),
            "inLanguage": visit.lang,
            "potentialAction": {
                "@type": "SearchAction",
                "target": {
                    "@type": "EntryPoint",
                    "urlTemplate": visit.settings.absolute(visit.base + "/pratiche?q={words}"),
                },
                "query-input": "required name=words",
            },
        },
        data={
            "counts": dict(repository.counts()),
            "needs": [
                (one.value, visit.text(one.label_it, one.label_en))
                for one in facets[NEED].options
                if not one.depth and one.value != UNSAID
            ],
            "doors": [_door(visit, facets[name], text.to(visit.lang)) for name, text in DOORS],
            "featured": [card(visit, repository.brief(slug)) for slug in repository.most_told],
            "edition": _edition(visit),
        },
    )


def _door(visit: Visit, facet: Facet, title: str) -> Door:
    ranked = sorted(facet.options, key=lambda o: (-o.count, _label(o.label_it, o.label_en, "it")))
    chosen = ranked[:_SHOWN]
    return Door(
        title,
        tuple(
            Entry(
                _label(option.label_it, option.label_en, visit.lang),
                visit.href("/pratiche", **{facet.name: option.value}),
                option.count,
            )
            for option in chosen
        ),
        len(ranked) - len(chosen),
        visit.base + ("/bisogni" if facet.name == NEED else f"/vocabolari/{SCHEME_OF[facet.name]}"),
    )


def _label(it: str, en: str, lang: Lang) -> str:
    return en if lang == "en" else it


def _edition(visit: Visit) -> Link | None:
    """The Festival's first edition, if the release holds it."""
    if visit.release.repository.describe(EDITION) is None:
        return None
    return Link(visit.release.repository.label(EDITION, visit.lang), href(visit, EDITION))
