"""Figures of a Comune in words: what each page of a place shows of statistics.

A figure says its date, its source and where it stands among the Comuni of Puglia; nothing is
called good or bad but where the source says what a higher value means.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Fact, Rank, Series
from talea_catalogue.terms import T

from ..language import Lang
from ..render import LOCALES, number
from ..views import Visit

__all__ = ["LICENCES", "Figure", "FigureGroup", "figure_groups", "in_words", "rank_in_words"]

LICENCES: Final = {"A21_CCBY40": "CC BY 4.0", "A22_CCBY30": "CC BY 3.0", "A2_Attribution": "CC BY"}
_ORDER: Final = (
    "population",
    "surfaceKm2",
    "pct0to14",
    "pct0to17",
    "pct65plus",
    "pct80plus",
    "oldAgeIndex",
    "incomeDeclarants",
    "declaredIncomeEUR",
    "degurba",
    "innerAreaClass",
    "innerAreaPole",
    "innerAreaMinutes",
    "altimetricZone",
    "altitudeM",
    "coastal",
    "island",
    "ifc-decile-2021",
    "ifc-access-essential-services-min-2021",
    "ifc-adj-dependency-index-2021",
    "ifc-low-education-25-64-pct-2021",
    "ifc-employment-rate-20-64-pct-2021",
    "ifc-migratory-growth-2011-2021-per1000",
    "opencivitas-spend-historical-eur-pc-2022",
    "opencivitas-spend-standard-eur-pc-2022",
    "opencivitas-spending-level-1-10-2022",
    "opencivitas-service-level-1-10-2022",
)
"""Statistics in the order in which an official looks for them; the others follow."""
_HIDDEN: Final = frozenset({"latitude", "longitude"})
"""Statistics that say nothing to a reader: they are in the data."""
_AMOUNTS: Final = 20_000
"""Numbers in words that are kept: those of every Comune of Puglia, and some more."""
_TIES: Final = 0.05
"""Share of the Comuni with the same value from which the page says that they are there."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A statistic in words. `anchor` is its place on the page, where its IRI leads."""

    anchor: str | None
    label: str
    value: str
    unit: str | None
    rank: str | None
    meaning: str | None
    definition: str | None
    date: str | None
    edition: str | None
    publisher: str | None
    source: str | None
    licence: str | None
    attribution: str | None


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures of one origin. `origin` tells it where all have the same, and `untold` what lacks."""

    id: str
    title: str
    intro: str
    figures: tuple[Figure, ...]
    origin: Figure | None
    untold: tuple[str, ...]


def figure_groups(
    visit: Visit, facts: Iterable[Fact], ranks: Mapping[str, Rank], series: Iterable[Series]
) -> list[FigureGroup]:
    """The figures of a Comune by origin; `series` are those that it could have a value of."""
    told: dict[str, list[Fact]] = {}
    for fact in sorted(facts, key=_order):
        if ns.local(fact.property) not in _HIDDEN:
            told.setdefault(_origin(fact.series.iri), []).append(fact)
    known = {fact.series.iri for several in told.values() for fact in several}
    untold: dict[str, list[str]] = {}
    for one in series:
        if one.iri not in known:
            title = visit.text(one.title_it, one.title_en)
            untold.setdefault(_origin(one.iri), []).append(title)
    groups = []
    for id_, title, intro in _titles(visit):
        figures = tuple(_figure(visit, fact, ranks) for fact in told.get(id_, ()))
        missing = tuple(untold.get(id_, ())) if id_ else ()
        if figures or missing:
            origins = {(f.date, f.edition, f.source, f.licence) for f in figures}
            origin = figures[0] if len(origins) == 1 and id_ else None
            groups.append(FigureGroup(id_ or "base", title, intro, figures, origin, missing))
    return groups


def _titles(visit: Visit) -> list[tuple[str, str, str]]:
    """Origin, title and what the reader should know of it first."""
    return [
        ("", visit.text("Abitanti e territorio", "Residents and territory"), ""),
        (
            "ifc",
            visit.text("Fragilità del Comune", "Fragility of the Comune"),
            visit.text(
                "L'indice di fragilità comunale dell'ISTAT e i dodici indicatori da cui viene. "
                "L'anno è quello dell'edizione, non sempre quello del dato.",
                "The municipal fragility index of ISTAT and the twelve indicators behind it. "
                "The year is that of the edition, not always that of the figure.",
            ),
        ),
        (
            "opencivitas",
            visit.text("Spesa e servizi del Comune", "Spending and services of the Comune"),
            visit.text(
                "Tutte le funzioni del Comune insieme: non è la spesa sociale.",
                "All the functions of the Comune together: it is not social spending.",
            ),
        ),
        (
            "pnrr",
            visit.text("Progetti del PNRR nel Comune", "PNRR projects in the Comune"),
            visit.text(
                "Progetti finanziati, non servizi in funzione.",
                "Funded projects, not running services.",
            ),
        ),
    ]


def _origin(series: str) -> str:
    """The group of a series: the first word of its name where it stands for an origin."""
    word = ns.local(series).partition("-")[0]
    return word if word in ("ifc", "opencivitas", "pnrr") else ""


def _order(fact: Fact) -> tuple[int, str]:
    """The given order, then by name."""
    name = ns.local(fact.series.iri if _observed(fact) else fact.property)
    return _ORDER.index(name) if name in _ORDER else len(_ORDER), name


def _observed(fact: Fact) -> bool:
    return fact.property == T.observedValue.value


def _figure(visit: Visit, fact: Fact, ranks: Mapping[str, Rank]) -> Figure:
    """A fact in words; the publisher is left out where the source begins with it."""
    series = fact.series
    told = (series.source or "").startswith(series.publisher or "")
    rank = ranks.get(series.iri)
    meaning = visit.text(series.higher_it or "", series.higher_en or "")
    return Figure(
        anchor=f"dato-{ns.local(series.iri)}" if _observed(fact) else None,
        label=visit.text(series.title_it, series.title_en),
        value=in_words(visit, fact.value),
        unit=visit.text(series.unit_it or "", series.unit_en or "") or None,
        rank=rank_in_words(visit, rank) if rank else None,
        meaning=visit.text(f"più alto vuol dire {meaning}", f"higher means {meaning}")
        if meaning
        else None,
        definition=visit.text(series.definition_it or "", series.definition_en or "") or None,
        date=series.reference_date,
        edition=series.edition,
        publisher=None if told else series.publisher,
        source=series.source,
        licence=LICENCES.get(ns.local(series.licence or "")),
        attribution=series.attribution,
    )


def rank_in_words(visit: Visit, rank: Rank) -> str:
    """Where a value stands, without saying whether that is good."""
    others = number(rank.known - 1, LOCALES[visit.lang])
    if rank.lower == rank.known - 1:
        return visit.text(
            f"più alto che in tutti gli altri {others} Comuni",
            f"higher than in all the other {others} Comuni",
        )
    if rank.equal == rank.known - 1:
        total = number(rank.known, LOCALES[visit.lang])
        return visit.text(f"uguale in tutti i {total} Comuni", f"the same in all {total} Comuni")
    if rank.higher == rank.known - 1:
        return visit.text(
            f"più basso che in tutti gli altri {others} Comuni",
            f"lower than in all the other {others} Comuni",
        )
    same = visit.text(f"uguale in altri {rank.equal}", f"the same in {rank.equal} others")
    tied = rank.equal >= _TIES * rank.known
    if rank.lower == 0:
        return visit.text(
            f"il più basso, come in altri {rank.equal} Comuni",
            f"the lowest, as in {rank.equal} other Comuni",
        )
    if rank.percent == 0:
        words = visit.text(
            "più alto che in meno di 1 Comune su 100", "higher than in under 1 of 100 Comuni"
        )
    else:
        words = visit.text(
            f"più alto che in {rank.percent} Comuni su 100"
            if rank.percent > 1
            else "più alto che in 1 Comune su 100",
            f"higher than in {rank.percent} of 100 Comuni",
        )
    return f"{words}, {same}" if tied else words


def in_words(visit: Visit, value: str) -> str:
    """A statistic for people: yes or no, the name of a concept, a number, or its own text."""
    if value in ("true", "false"):
        return visit.text("sì", "yes") if value == "true" else "no"
    if value.startswith(ns.VOC):
        return visit.release.repository.label(value, visit.lang)
    return _amount(value, visit.lang)


@lru_cache(_AMOUNTS)
def _amount(value: str, lang: Lang) -> str:
    """A number as people write it; kept, because writing one takes as long as a row of a table."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return value
    return number(amount, LOCALES[lang]) if amount.is_finite() else value
