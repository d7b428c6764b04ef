"""The rows of `/confronta`: what each sheet says, field by field, and where the sheets differ.

A row is marked only where its cells hold concepts or places, so that «the same» means the same
thing, and only where every sheet says something.
"""

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.model import FinancialResource, HumanResource, Practice, ReportedResult
from talea_catalogue.replicability import COMPARED, Fit
from talea_catalogue.replicability.asked import MET, MISSING
from talea_catalogue.repository import Brief

from ..language import Text
from ..render import LOCALES, euro, number
from ..views import Visit
from .common import ITALY, level_name, linker, place_of
from .practice import KINDS
from .replication import groups as taken_up

__all__ = ["Cell", "Group", "Item", "Row", "Side", "groups"]

SHOWN: Final = 3
"""Items of a cell; the sheet has the others."""
LONG: Final = 180
"""Characters of an item."""
CRITERIA: Final = (*COMPARED[:6], "C7", *COMPARED[6:])
"""The criteria that are compared, and what is already there for the same need, in their order."""


@dataclass(frozen=True, slots=True)
class Side:
    """A practice as a column. `fit` is None where no Comune was chosen."""

    it: Practice
    brief: Brief
    title: str
    titled: bool
    href: str
    fit_href: str
    plan_href: str
    without: str
    fit: Fit | None


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a cell; `said` where it is in the words of the record, which are Italian."""

    text: str
    said: bool = False
    lead: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What one practice says; without items it is not known. `more` items are on its sheet.

    `verdict` is a code of decision 0016 with its `label`; `unknown` says what nobody says.
    """

    items: tuple[Item, ...] = ()
    more: int = 0
    href: str | None = None
    verdict: str = ""
    label: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A field. `mark` is `same`, `partly` or `different`, empty where that cannot be said."""

    label: str
    cells: tuple[Cell, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


def groups(visit: Visit, sides: Sequence[Side], comune: str) -> list[Group]:
    """All the rows, by what they are about."""
    make = _Rows(visit, sides)
    found = [Group(visit.text("Che cos’è", "What it is"), make.what())]
    if comune:
        found.append(
            Group(
                visit.text(f"Per il Comune di {comune}", f"For the Comune of {comune}"), make.fit()
            )
        )
    return [
        *found,
        Group(visit.text("Che cosa è servito", "What it took"), make.costs()),
        Group(visit.text("Che cosa ha prodotto", "What came of it"), make.results()),
        Group(visit.text("Per ripeterla", "To repeat it"), make.repeating()),
    ]


def mark_of(values: Iterable[frozenset[str]]) -> str:
    """Whether all say the same, something in common, nothing; empty if one says nothing."""
    known = list(values)
    if len(known) < 2 or not all(known):
        return ""
    if all(one == known[0] for one in known):
        return "same"
    return "partly" if frozenset.intersection(*known) else "different"


def clip(text: str) -> str:
    """A text on one line, cut at a word where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONG else textwrap.shorten(line, LONG, placeholder=" …")


class _Rows:
    """Makes the rows of one page."""

    def __init__(self, visit: Visit, sides: Sequence[Side]) -> None:
        self._visit, self._sides = visit, sides
        self._repository = visit.release.repository
        self._ref = linker(visit)
        self._text = visit.text

    # -- what it is

    def what(self) -> tuple[Row, ...]:
        text = self._text
        return (
            self._concepts(
                text("Bisogno", "Need"), "bisogno", lambda it: _of(it.needs, "categories")
            ),
            self._said(
                text("Il bisogno, in breve", "The need, in short"),
                "bisogno",
                lambda it: [Item(clip(one.title), True) for one in it.needs],
            ),
            self._concepts(
                text("A chi è rivolta", "Who it is for"),
                "destinatari",
                lambda it: _of(it.recipients, "categories"),
            ),
            self._said(
                text("Che cosa si fa", "What is done"),
                "azioni",
                lambda it: [Item(clip(one.title), True) for one in it.actions],
            ),
            self._place(),
            self._region(),
            self._said(text("Quando", "When"), "azioni", self._period),
            self._said(
                text("Chi la promuove", "Who promotes it"),
                "promotore",
                lambda it: (
                    [Item(it.promoter_as_said, True)]
                    if it.promoter_as_said
                    else [Item(self._ref(iri).label) for iri in it.promoters]
                ),
            ),
            self._level(),
        )

    def _period(self, it: Practice) -> list[Item]:
        if it.period_as_said:
            return [Item(clip(it.period_as_said), True)]
        since = self._text(f"dal {it.start_year}", f"since {it.start_year}")
        return [Item(since)] if it.start_year else []

    def _place(self) -> Row:
        cells, values = [], []
        for side in self._sides:
            iris = side.it.implemented_in
            values.append(frozenset(iris))
            items = [Item(self._ref(iri).label) for iri in iris]
            if not items and (place := place_of(side.brief)):
                items = [Item(place)]
            cells.append(self._cell(side, items, "azioni"))
        return Row(self._text("Dove", "Where"), tuple(cells), mark_of(values))

    def _region(self) -> Row:
        cells, values = [], []
        for side in self._sides:
            iri = side.it.region or side.it.country
            # Of a practice that is somewhere in Italy the region is not known.
            values.append(frozenset((iri,) if iri and iri != ITALY else ()))
            cells.append(Cell((Item(self._ref(iri).label),) if iri else ()))
        label = self._text("Regione o Paese", "Region or country")
        return Row(label, tuple(cells), mark_of(values))

    def _level(self) -> Row:
        levels = [side.brief.level for side in self._sides]
        names = {level: level_name(self._visit, level) for level in levels}
        of = self._text("Livello {} di 4: {}", "Level {} of 4: {}")
        cells = tuple(Cell((Item(of.format(level, names[level])),)) for level in levels)
        label = self._text("Quanto se ne sa", "How much is known")
        return Row(label, cells, mark_of(frozenset((str(level),)) for level in levels))

    # -- what it took

    def costs(self) -> tuple[Row, ...]:
        text = self._text
        return (
            self._said(
                text("Somme", "Sums"), "costi", lambda it: map(self._sum, (*it.budgets, *it.costs))
            ),
            self._concepts(text("Chi finanzia", "Who funds it"), "costi", lambda it: it.funding),
            self._said(text("Personale", "Staff"), "costi", lambda it: map(self._person, it.staff)),
            self._said(
                text("Fasi", "Steps"),
                "costi",
                lambda it: [Item(clip(one.title), True) for one in it.steps],
            ),
        )

    def _sum(self, one: FinancialResource) -> Item:
        locale = LOCALES[self._visit.lang]
        ends = [euro(end, locale) for end in (one.amount, one.maximum) if end is not None]
        if one.amount is None and ends:
            ends.insert(0, self._text("fino a", "up to"))
        qualifier = self._ref(one.qualifier).label if one.qualifier else ""
        amount = (" – " if one.amount is not None else " ").join(ends)
        lead = f"{qualifier} {amount}".strip() or self._text("somma non indicata", "sum not given")
        about = one.title or one.refers_to or one.note
        unknown = self._text("non è detto per che cosa", "what for is not said")
        return Item(clip(about) if about else unknown, about is not None, lead)

    def _person(self, one: HumanResource) -> Item:
        people = "" if one.people is None else number(one.people, LOCALES[self._visit.lang])
        return Item(clip(one.description), True, people)

    # -- what came of it

    def results(self) -> tuple[Row, ...]:
        rows = []
        for kind, text in KINDS.items():
            found = [[one for one in side.it.results if one.kind is kind] for side in self._sides]
            if any(found) or kind is next(iter(KINDS)):
                cells = (
                    self._cell(
                        side,
                        map(self._result, these),
                        f"tipo-{kind.value}",
                    )
                    for side, these in zip(self._sides, found, strict=True)
                )
                rows.append(Row(text.title.to(self._visit.lang), tuple(cells)))
        return (*rows, self._evidence())

    def _result(self, one: ReportedResult) -> Item:
        """A result with its number, where it has one."""
        m = one.measurement
        if m is None or m.value is None:
            return Item(clip(one.description), True)
        qualifier = self._ref(m.qualifier).label if m.qualifier else ""
        value = number(m.value, LOCALES[self._visit.lang])
        lead = " ".join(part for part in (qualifier, value, m.unit) if part)
        return Item(clip(one.description), True, lead)

    def _evidence(self) -> Row:
        cells, values = [], []
        for side in self._sides:
            level = self._repository.evidence_of(side.it.slug)
            iri = ns.concept("livello-evidenza", str(level))
            known = self._repository.concept(iri) is not None
            values.append(frozenset((iri,) if known else ()))
            cells.append(Cell((Item(f"{level}. {self._ref(iri).label}"),) if known else ()))
        label = self._text("Prova dei risultati, al massimo", "Evidence of results, at most")
        return Row(label, tuple(cells), mark_of(values))

    # -- to repeat it

    def repeating(self) -> tuple[Row, ...]:
        text = self._text
        binding = text("Vincolante:", "Binding:")
        return (
            self._said(
                text("Che cosa deve esserci prima", "What must be there first"),
                "replicabilita",
                lambda it: [
                    Item(clip(one.title), True, binding if one.binding else "")
                    for one in sorted(it.prerequisites, key=lambda one: one.binding is not True)
                ],
            ),
            self._said(
                text("Da che cosa dipende che funzioni", "What it depends on to work"),
                "replicabilita",
                lambda it: [Item(clip(one.title), True) for one in it.critical_factors],
            ),
            self._said(
                text("Ostacoli", "Obstacles"),
                "ostacoli",
                lambda it: [Item(clip(one.description), True) for one in it.obstacles],
            ),
            self._taken_up(),
        )

    def _taken_up(self) -> Row:
        cells = []
        for side in self._sides:
            own = self._repository.replications_of(side.it.slug)
            found = taken_up(self._visit, side.it.replications, own)
            items = tuple(
                Item(f"{one.title}: {one.count}", href=f"{side.href}#{one.anchor}") for one in found
            )
            silent = self._text(
                "nessuna fonte letta dice che sia stata ripresa",
                "no source that was read says that it was taken up",
            )
            cells.append(Cell(items, unknown=silent))
        return Row(self._text("Chi l’ha ripresa", "Who took it up"), tuple(cells))

    # -- for a Comune

    def fit(self) -> tuple[Row, ...]:
        text = self._text
        fits = [side.fit for side in self._sides]
        return (
            Row(text("Blocchi", "Blocks"), tuple(self._blocks(one) for one in fits)),
            Row(
                text("Prerequisiti della scheda", "Prerequisites of the sheet"),
                tuple(self._checks(one) for one in fits),
            ),
            Row(
                text("Quanto si può confrontare", "How much can be compared"),
                tuple(self._coverage(one) for one in fits),
            ),
            *(self._criterion(code, fits) for code in CRITERIA),
            Row(
                text("Chi l’ha fatta, più simile", "Who did it, most alike"),
                tuple(self._closest(one) for one in fits),
            ),
        )

    def _blocks(self, fit: Fit | None) -> Cell:
        if fit is None:
            return Cell()
        if fit.blocks:
            return Cell(
                tuple(Item(clip(one.it.title), True) for one in fit.blocks),
                verdict="critico",
                label=self._verdict("critico"),
            )
        if not fit.checks:
            return Cell(unknown=self._text("nessun prerequisito indicato", "no prerequisite given"))
        return Cell((Item(self._text("nessun blocco noto", "no known block")),))

    def _checks(self, fit: Fit | None) -> Cell:
        if fit is None or not fit.checks:
            return Cell()
        counted = (
            (MET, Text("{} che ci sono, per una fonte", "{} that a source says are there")),
            ("critico", Text("{} che un dato nega", "{} that a datum denies")),
            (MISSING, Text("{} di cui non si sa", "{} not known")),
        )
        return Cell(
            tuple(
                Item(text.to(self._visit.lang).format(count))
                for code, text in counted
                if (count := sum(one.verdict == code for one in fit.checks))
            )
        )

    def _coverage(self, fit: Fit | None) -> Cell:
        if fit is None:
            return Cell()
        words = self._text("{} criteri su {} confrontabili", "{} of {} criteria comparable")
        return Cell((Item(words.format(fit.comparable, len(COMPARED))),))

    def _criterion(self, code: str, fits: Sequence[Fit | None]) -> Row:
        cells = []
        for fit in fits:
            if fit is None:
                cells.append(Cell())
                continue
            one = fit.criterion(code)
            reason = Item(one.reason.to(self._visit.lang))
            cells.append(Cell((reason,), verdict=one.verdict, label=self._verdict(one.verdict)))
        label = self._ref(ns.concept("criterio", code.lower())).label
        return Row(f"{code}. {label}", tuple(cells))

    def _closest(self, fit: Fit | None) -> Cell:
        found = fit.closest if fit else None
        return Cell((Item(found.adopter.name),) if found else ())

    def _verdict(self, code: str) -> str:
        return self._ref(ns.concept("verdetto", code.replace("_", "-"))).label

    # -- pieces

    def _cell(self, side: Side, items: Iterable[Item], anchor: str) -> Cell:
        every = tuple(items)
        return Cell(every[:SHOWN], max(0, len(every) - SHOWN), f"{side.href}#{anchor}")

    def _said(self, label: str, anchor: str, items: Callable[[Practice], Iterable[Item]]) -> Row:
        """A field in the words of the records."""
        return Row(label, tuple(self._cell(side, items(side.it), anchor) for side in self._sides))

    def _concepts(
        self, label: str, anchor: str, values: Callable[[Practice], Iterable[str]]
    ) -> Row:
        """A field of concepts or places, which can be the same."""
        found = [tuple(dict.fromkeys(values(side.it))) for side in self._sides]
        cells = (
            Cell(tuple(Item(self._ref(iri).label) for iri in iris), href=f"{side.href}#{anchor}")
            for side, iris in zip(self._sides, found, strict=True)
        )
        return Row(label, tuple(cells), mark_of(frozenset(iris) for iris in found))


def _of(parts: Iterable[object], name: str) -> list[str]:
    return [iri for part in parts for iri in getattr(part, name)]
