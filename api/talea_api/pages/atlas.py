"""`/mappa`: in which Comuni of Puglia a practice is known, was taken up, or is not known of.

What the catalogue does not know of a Comune is shown as not known: it is no proof that nothing is
done there. The colours rest on one named query, `territory-practices`, narrowed by the same filters
that the list of practices has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Nearby
from talea_catalogue.search.facets import UNSAID

from ..language import Text
from ..render import Page
from ..views import Parameter, Visit
from . import drawing
from .common import page
from .questions import QUESTION, encoded

QUERY: Final = "territory-practices"
FILTERS: Final = {"bisogno": "need", "target": "target"}
"""Facet -> the parameter of the query; its scheme has the same name."""
PARAMETERS: Final = (*(Parameter(name) for name in FILTERS), Parameter("comune"))
RADIUS: Final = 26
"""Of the ring around a chosen Comune, in units of the picture."""

OWN: Final = "own"
SHARED: Final = "shared"
TAKEN_UP: Final = "taken-up"
NONE: Final = "none"
TITLES: Final = {
    OWN: Text(
        "con una pratica del Comune o che si svolge lì",
        "with a practice of the Comune or that takes place there",
    ),
    SHARED: Text("solo con una pratica del suo Ambito", "only with a practice of its Ambito"),
    TAKEN_UP: Text(
        "solo con una pratica nata altrove e ripresa lì",
        "only with a practice born elsewhere and taken up there",
    ),
    NONE: Text("nessuna nota", "none known"),
}
"""What a Comune is counted as: the first that fits, so that each is counted once."""


@dataclass(frozen=True, slots=True)
class Region:
    """A Comune on the map and in its table. `province` is an IRI.

    `untold` counts the own practices of which only the body is known.
    """

    istat: str
    name: str
    href: str
    province: str
    kind: str
    own: int
    untold: int
    shared: int
    taken_up: int
    outline: drawing.Outline | None


@dataclass(frozen=True, slots=True)
class Province:
    """The Comuni of a province by name, and how many are of each kind, in the order of `TITLES`."""

    name: str
    regions: tuple[Region, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter."""

    value: str
    label: str
    depth: int
    chosen: bool


def atlas(visit: Visit) -> Page:
    """The map with its table, for every practice or for those of a need and of some people."""
    repository = visit.release.repository
    given = {name: value for name in (*FILTERS, "comune") if (value := visit.one(name))}
    filters = chosen_concepts(visit)
    passing = practices_of(visit, filters)
    regions = _regions(visit, passing if filters else None)
    chosen = next((one for one in regions if one.istat == visit.one("comune")), None)
    counts = {kind: sum(one.kind == kind for one in regions) for kind in TITLES}
    used = {*filters, *(["comune"] if chosen else ())}
    width, height = drawing.size(drawing.LARGE)
    return page(
        visit,
        visit.text("La mappa della Puglia", "The map of Puglia"),
        steps=[(visit.text("Comuni", "Comuni"), "/comuni")],
        robots="noindex" if visit.query else None,
        data={
            "width": width,
            "height": height,
            "provinces": _provinces(visit, regions),
            "legend": [(kind, TITLES[kind].to(visit.lang), counts[kind]) for kind in TITLES],
            "drawn": _drawn(regions),
            "marked": [one for one in regions if one.taken_up],
            "untold": sum(one.own == one.untold > 0 for one in regions),
            "chosen": chosen,
            "ring": _ring(chosen),
            "choices": choices(visit, filters),
            "chips": labels(visit, filters),
            "ignored": [value for name, value in given.items() if name not in used],
            "total": len(passing),
            "nowhere": len(passing - _here(repository.nearby)),
            "practices": visit.href("/pratiche", **_dropped(filters)),
            "clear": visit.href(**dict.fromkeys(FILTERS)),
            "question": question(visit, QUERY, **_query(filters)),
        },
    )


def chosen_concepts(visit: Visit) -> dict[str, str]:
    """Filter -> the notation that the address gives it; what no scheme has is left out."""
    columns = visit.release.repository.columns()
    return {
        name: value
        for name in FILTERS
        if (value := visit.one(name)) and value != UNSAID and columns.takes(name, value)
    }


def practices_of(visit: Visit, filters: Mapping[str, str]) -> set[str]:
    """Slugs of the practices that pass the filters."""
    columns = visit.release.repository.columns()
    found = columns.mask({name: (value,) for name, value in filters.items()}).tolist()
    return {slug for slug, kept in zip(columns.slugs, found, strict=True) if kept}


def question(visit: Visit, name: str, **values: str) -> str:
    """The address at which a named query is shown and asked with these values."""
    return f"{visit.base}/sparql?" + encoded({QUESTION: name, **values})


def _dropped(filters: Mapping[str, str]) -> dict[str, str | None]:
    """The filters for an address, with the chosen Comune left out: there it would be a filter."""
    return {"comune": None, **dict.fromkeys(FILTERS), **filters}


def _query(filters: Mapping[str, str]) -> dict[str, str]:
    """The values of the query: the address of a whole vocabulary stands for any of its concepts."""
    return {
        parameter: ns.concept(name, filters[name]) if name in filters else ns.VOC + name
        for name, parameter in FILTERS.items()
    }


def _regions(visit: Visit, passing: set[str] | None) -> list[Region]:
    """The Comuni by name, each with its practices among `passing`; None lets all pass."""
    repository = visit.release.repository
    told = repository.columns().row
    outlines = drawing.comuni(visit.territory)
    base, nothing = f"{visit.base}/comuni/", Nearby()
    regions = []
    for place, _ in repository.comuni():
        ties = repository.nearby.get(place.istat, nothing)
        if passing is not None and ties is not nothing:
            ties = ties.among(passing)
        regions.append(
            Region(
                place.istat,
                place.name,
                base + place.istat,
                place.above or "",
                OWN if ties.own else SHARED if ties.shared else TAKEN_UP if ties.taken_up else NONE,
                len(ties.own),
                sum(slug not in told for slug in ties.own),
                len(ties.shared - ties.own),
                len(ties.taken_up),
                outlines.get(place.istat),
            )
        )
    return regions


def _drawn(regions: Iterable[Region]) -> dict[str, list[Region]]:
    """The Comuni that have an outline, by kind."""
    found: dict[str, list[Region]] = {kind: [] for kind in TITLES}
    for one in regions:
        if one.outline is not None:
            found[one.kind].append(one)
    return found


def _provinces(visit: Visit, regions: list[Region]) -> list[Province]:
    by_province: dict[str, list[Region]] = {}
    for one in regions:
        by_province.setdefault(one.province, []).append(one)
    label = visit.release.repository.label
    named = sorted((label(iri), these) for iri, these in by_province.items())
    return [
        Province(
            name,
            tuple(these),
            tuple(sum(one.kind == kind for one in these) for kind in TITLES),
        )
        for name, these in named
    ]


def _ring(chosen: Region | None) -> tuple[int, int, int] | None:
    """Centre and radius of the ring that shows where the chosen Comune is."""
    if chosen is None or chosen.outline is None:
        return None
    x, y = chosen.outline.at
    return x, y, RADIUS


def choices(visit: Visit, filters: Mapping[str, str]) -> list[tuple[str, list[Choice]]]:
    """Filter -> the concepts to choose from, as the macro `concept_lists` shows them.

    Those without practices are there too: a gap is an answer.
    """
    return [(name, _concepts(visit, name, filters.get(name))) for name in FILTERS]


def _concepts(visit: Visit, name: str, chosen: str | None) -> list[Choice]:
    scheme = visit.release.repository.scheme(name)
    return [
        Choice(one.notation, one.label(visit.lang), depth, chosen == one.notation)
        for one, depth in (scheme.concepts if scheme else ())
    ]


def labels(visit: Visit, filters: Mapping[str, str]) -> list[str]:
    """What the filters in force are called."""
    label = visit.release.repository.label
    return [label(ns.concept(name, value), visit.lang) for name, value in filters.items()]


def _here(nearby: Mapping[str, Nearby]) -> set[str]:
    """The practices that are of a Comune of Puglia; the others are elsewhere or of the Regione."""
    return {slug for ties in nearby.values() for slug in ties.own | ties.shared}
