"""`/bisogni` and `/bisogni/prove`: the needs with their practices, and how well these are proved.

Every number is that of the filters of `/pratiche`, to which it leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.search.facets import UNSAID, YES, Value

from ..render import Page
from ..views import Visit
from .atlas import question
from .common import Link, page
from .questions import encoded

NEED: Final = "bisogno"
EVIDENCE: Final = "evidenza"
EVIDENCE_SCHEME: Final = "livello-evidenza"
MEASURED: Final = ("2", "3", "4", "5")
"""Steps of evidence at which a result was measured."""
QUERY: Final = "need-evidence"


@dataclass(frozen=True, slots=True)
class Need:
    """A need: how many practices answer it and how many of them were taken up elsewhere."""

    label: str
    depth: int
    count: int
    href: str
    replicated: int
    replicated_href: str


@dataclass(frozen=True, slots=True)
class Cell:
    """The practices of a need at a step of evidence: how many, and where they and the query are."""

    count: int
    href: str
    query: str


@dataclass(frozen=True, slots=True)
class Row:
    """A need with a cell for each step; the first is of all its practices."""

    label: str
    depth: int
    total: int
    href: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The practices with a measured result: how many, and where they are listed."""

    count: int
    href: str


def needs(visit: Visit) -> Page:
    """The way in by need: every need of the vocabulary, those without practices included."""
    columns = visit.release.repository.columns()
    crossed, known = columns.crossed(NEED, "replicata"), counts(visit)
    rows = [_need(visit, one, known, crossed) for one in columns.known(NEED)]
    return page(
        visit,
        visit.text("Parti da un bisogno", "Start from a need"),
        data={
            "needs": rows[:-1],
            "unsaid": rows[-1],
            "without": [one for one in rows[:-1] if not one.count],
            "measured": _measured(visit),
        },
    )


def evidence(visit: Visit) -> Page:
    """The map of needs by steps of evidence."""
    columns = visit.release.repository.columns()
    crossed, known = columns.crossed(NEED, EVIDENCE), counts(visit)
    steps = columns.known(EVIDENCE)
    rows, addresses = columns.known(NEED), _addresses(steps)
    empty = {s.value for s in steps if not any(crossed[need.value, s.value] for need in rows)}
    return page(
        visit,
        visit.text("Bisogni e prove", "Needs and evidence"),
        steps=[(visit.text("Bisogni", "Needs"), "/bisogni")],
        data={
            "steps": [_step(visit, one) for one in steps],
            "rows": [_row(visit, one, addresses, crossed, known) for one in rows],
            "empty": [_step(visit, one) for one in steps if one.value in empty],
            "unmeasured": [
                Link(visit.text(need.label_it, need.label_en), _practices(visit, need))
                for need in rows
                if need.value != UNSAID and known.get(need.value)
                if not any(crossed[need.value, s.value] for s in steps if s.value in MEASURED)
            ],
            "open": [one.value not in empty for one in steps],
            "measured": _measured(visit),
        },
    )


def _measured(visit: Visit) -> Measured:
    filters = {EVIDENCE: MEASURED}
    found = visit.release.repository.columns().mask(filters)
    return Measured(int(found.sum()), visit.href("/pratiche", **filters))


def counts(visit: Visit) -> dict[str, int]:
    """How many practices each need has; needs without any are left out."""
    facets = visit.release.repository.columns().overview
    return {o.value: o.count for facet in facets if facet.name == NEED for o in facet.options}


def _need(
    visit: Visit, one: Value, counts: dict[str, int], crossed: dict[tuple[str, str], int]
) -> Need:
    return Need(
        visit.text(one.label_it, one.label_en),
        one.depth,
        counts.get(one.value, 0),
        visit.href("/pratiche", bisogno=one.value),
        crossed[one.value, YES],
        visit.href("/pratiche", bisogno=one.value, replicata=YES),
    )


def _addresses(steps: Sequence[Value]) -> list[tuple[str, str, str]]:
    """Of each step its value, and the ends of the addresses of its practices and of its query."""
    return [
        (
            one.value,
            "&" + encoded({EVIDENCE: one.value}),
            "&" + encoded({"level": _concept(EVIDENCE_SCHEME, one.value)}),
        )
        for one in steps
    ]


def _row(
    visit: Visit,
    one: Value,
    addresses: Sequence[tuple[str, str, str]],
    crossed: dict[tuple[str, str], int],
    counts: dict[str, int],
) -> Row:
    practices = _practices(visit, one)
    query = question(visit, QUERY, need=_concept(NEED, one.value))
    return Row(
        visit.text(one.label_it, one.label_en),
        one.depth,
        counts.get(one.value, 0),
        practices,
        tuple(
            Cell(crossed[one.value, step], practices + ours, query + asked)
            for step, ours, asked in addresses
        ),
    )


def _practices(visit: Visit, need: Value) -> str:
    return visit.href("/pratiche", bisogno=need.value)


def _concept(scheme: str, value: str) -> str:
    """What the query takes for a value: the whole scheme stands for what is not stated."""
    return ns.VOC + scheme if value == UNSAID else ns.concept(scheme, value)


def _step(visit: Visit, one: Value) -> str:
    """A step by its number and its name."""
    label = visit.text(one.label_it, one.label_en)
    return label if one.value == UNSAID else f"{one.value}. {label}"
