"""`/pratiche/{slug}/confronto`: can this be done here, in three answers that are never summed up.

What blocks it, how the contexts compare, what only the Comune can say. Every row says why, and
opens the facts, the sums, the query and the rule that it rests on. Without a Comune in the address
the page asks which one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.facts import Series
from talea_catalogue.replicability import COMPARED, Check, Criterion, Fact, Fit, Missing
from talea_catalogue.replicability.asked import CRITICAL, MET, MISSING
from talea_catalogue.replicability.facts import Service, Territory
from talea_catalogue.replicability.nearness import Term
from talea_catalogue.terms import T

from ..render import LOCALES, Page, euro, safe_url
from ..views import Visit
from .choosing import COMUNE, choice, page_for
from .common import Link, known, link, linker, missing
from .figures import in_words
from .questions import QUESTION, encoded

__all__ = ["fit"]

_ORDER: Final = (CRITICAL, MISSING, MET)
"""Prerequisites that do not block: what is denied first, then what is not known."""
_EURO: Final = frozenset((T.amountEUR.value, T.maximumEUR.value))
_BOUNDS: Final = frozenset((T.atLeast.value, T.atMost.value))
_COMPACT: Final = {iri: prefix + ":" for prefix, iri in ns.PREFIXES.items()}

_NAMED: Final = 3
"""Things that a sentence at the top names; it counts the others."""
_MONEY: Final = "C9"

Ref = Callable[[str], Link]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A triple in words: of what (`subject`), what (`predicate`, `code`), its value; its source.

    `unit` is that of a statistic; `sources` may be texts without an address.
    """

    subject: Link
    predicate: Link
    code: str
    value: Link
    unit: str
    date: str | None
    sources: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """The SPARQL that finds the facts of a row, and the page that runs it."""

    name: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Lack:
    """What is not known, and who could say it."""

    what: str
    who: str


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion or a prerequisite. `verdict` is a code of decision 0016, `label` its name.

    `key` is the code of a criterion (`C1`), the IRI of a prerequisite.
    """

    key: str
    anchor: str
    title: str
    verdict: str
    label: str
    reason: str
    facts: tuple[FactRow, ...]
    missing: tuple[Lack, ...]
    it: Check | Criterion


@dataclass(frozen=True, slots=True)
class Told:
    """Facts that the same sources say of the same day: the first ones, and how many more."""

    what: tuple[str, ...]
    more: int
    sources: tuple[Link, ...]
    date: str | None


@dataclass(frozen=True, slots=True)
class InShort:
    """What the page says before its tables.

    `unknown` are the prerequisites of which it is not known if they are there, `more` how many are
    left out and `who` could say. `funds` paid for the practice; `money` says what is known of them
    here and `money_who` could say the rest.
    """

    blocking: tuple[Row, ...]
    any_required: bool
    unknown: tuple[Row, ...]
    more: int
    who: tuple[str, ...]
    funds: tuple[str, ...]
    money: Row
    told: tuple[Told, ...]
    money_who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The adopter closest to the Comune. `place` is its Comune, where it is an Ambito.

    `told` is the page of its replication; `office` and `web` are whom to call, where it began.
    """

    adopter: Link
    place: Link | None
    told: Link | None
    origin: bool
    declared: bool
    terms: tuple[tuple[Link, str, str, str], ...]
    office: str | None
    web: str | None


def fit(visit: Visit) -> Page:
    """The comparison for the Comune of the address, or the question which one it is."""
    slug = visit.names["slug"]
    known(visit, ns.resource("pratica", slug))
    brief = next(iter(visit.release.repository.briefs([slug])), None)
    if brief is None:
        raise missing()
    chosen = choice(visit)
    found = visit.release.replicability.fit(slug, chosen.istat) if chosen.istat else None
    name = visit.text("Si può fare da noi?", "Can we do this here?")
    here = visit.text(f"Confronto per {chosen.name}", f"Comparison for {chosen.name}")
    step = here if found else name
    data = {
        "name": name,
        "fit": found,
        **(_answer(visit, found, chosen.name) if found else {}),
    }
    return page_for(visit, brief, chosen, step, found=found is not None, data=data)


def _answer(visit: Visit, found: Fit, name: str) -> dict[str, Any]:
    """All that the page says of a practice in a Comune."""
    slug, rules = found.subject.it.slug, visit.release.replicability.rules
    rows = _Rows(visit, found)
    blocking = [rows.check(one) for one in found.checks if one.blocks]
    others = [rows.check(one) for one in found.checks if not one.blocks]
    checkable = {iri for iri, _, need in found.subject.prerequisites if need.checkable}
    criteria = [rows.criterion(one) for one in found.criteria]
    named = {COMUNE.name: found.istat}
    return {
        "short": _short(found, rows, blocking, others, criteria),
        "comune": link(visit, ns.resource("luogo", found.istat)),
        "done_here": any(found.istat in one.istats for one in found.subject.adopters),
        "outside": found.istat not in visit.release.replicability.territory.puglia,
        "blocking": blocking,
        "checked": sorted(
            (row for row in others if row.key in checkable),
            key=lambda row: _ORDER.index(row.verdict),
        ),
        "unchecked": [row for row in others if row.key not in checkable],
        "prerequisites_query": _query(visit, found, "prerequisites"),
        "comparable": found.comparable,
        "of": len(COMPARED),
        "any_judged": any(one.judged for one in found.criteria),
        "compared": [row for row in criteria if row.key in COMPARED],
        "informing": [row for row in criteria if row.key not in COMPARED],
        "queries": {one.id: _query(visit, found, one.id) for one in found.criteria},
        "rules": rules,
        "prediction": rules.prediction.to(visit.lang),
        "nearest": _nearest(visit, rows, found),
        "unknown_things": _unknown(visit, found, checkable),
        "sources": found.subject.it.record.sources,
        "ref": rows.ref,
        "lineage": f"{visit.base}/pratiche/{slug}/filiera",
        "plan": f"{visit.base}/pratiche/{slug}/piano?" + encoded(named),
        "json": f"/api/v1/practices/{slug}/fit?" + encoded(named),
        "address": visit.settings.absolute(visit.href()),
        "digest": visit.release.manifest.data_digest,
        "asks": name,
    }


def _query(visit: Visit, found: Fit, code: str) -> Query:
    """The query of a criterion (`C1`), or of the `prerequisites`."""
    name = f"fit-{code.lower()}"
    text = visit.release.replicability.query(code, found.subject.it.slug, found.istat)
    asked = {
        QUESTION: name,
        "practice": found.subject.iri,
        "comune": ns.resource("luogo", found.istat),
    }
    return Query(name, text.strip(), f"{visit.base}/sparql?" + encoded(asked))


class _Rows:
    """Writes the rows of one page: what they have in common is looked up once."""

    def __init__(self, visit: Visit, found: Fit) -> None:
        self._visit, self._found = visit, found
        self.ref: Ref = linker(visit)
        self._series = {one.iri: one for one in visit.release.repository.series()}
        self._written: dict[Fact, FactRow] = {}
        territory = visit.release.replicability.territory
        self._services = {
            one.iri: self._service(one, territory) for one in territory.services_for(found.istat)
        }
        self._titles = {
            **{one.iri: one.it.title for one in found.checks},
            **{one.iri: one.title for one in found.subject.declared.values()},
        }

    def _service(self, one: Service, territory: Territory) -> str:
        """What a source speaks of, and of whom: «PNRR 1.1.1, Ambito …»."""
        kind = self.ref(ns.concept("tipo-servizio", one.type)).label
        district = territory.districts.get(one.district or "")
        where = district.name if district else territory.names[self._found.istat]
        return f"{kind}, {where}"

    def criterion(self, one: Criterion) -> Row:
        """A criterion, at `#c1`."""
        code = one.id.lower()
        title = self.ref(ns.concept("criterio", code)).label
        return self._row(one, one.id, code, title)

    def check(self, one: Check) -> Row:
        """A prerequisite, at `#prerequisito-1`."""
        anchor = "-".join(one.iri.rsplit("/", 2)[1:])
        return self._row(one, one.iri, anchor, one.it.title)

    def _row(self, one: Check | Criterion, key: str, anchor: str, title: str) -> Row:
        lang = self._visit.lang
        label = self.ref(ns.concept("verdetto", one.verdict.replace("_", "-"))).label
        return Row(
            key=key,
            anchor=anchor,
            title=title,
            verdict=one.verdict,
            label=label,
            reason=one.reason.to(lang),
            facts=tuple(self.fact(fact) for fact in one.facts),
            missing=tuple(Lack(m.what.to(lang), m.who.to(lang)) for m in one.missing),
            it=one,
        )

    def fact(self, fact: Fact) -> FactRow:
        """A fact in words; the same one may stand in several rows."""
        if fact not in self._written:
            self._written[fact] = self._fact(fact)
        return self._written[fact]

    def _fact(self, fact: Fact) -> FactRow:
        series = self._series.get(fact.series or "")
        return FactRow(
            subject=self._subject(fact, series),
            predicate=self.ref(series.iri if series else fact.predicate),
            code=_compact(fact.predicate),
            value=self._value(fact, series),
            unit=self._visit.text(series.unit_it or "", series.unit_en or "") if series else "",
            date=fact.date,
            sources=tuple(self._sources(fact)),
        )

    def _subject(self, fact: Fact, series: Series | None) -> Link:
        """What a triple is about; an observation is about its place, a part has its title."""
        if series:
            place, _, _ = fact.subject.partition("/dato/")
            return Link(self.ref(place).label, self.ref(fact.subject).href)
        if service := self._services.get(fact.subject):
            return Link(service, self.ref(fact.subject).href)
        found = self.ref(fact.subject)
        if title := self._titles.get(fact.subject):
            return Link(title, found.href)
        if not found.label.isdigit():
            return found
        kind = fact.subject.rsplit("/", 2)[-2]
        return Link(f"{kind} {found.label}", found.href)

    def _value(self, fact: Fact, series: Series | None) -> Link:
        value = fact.object
        if value.startswith(ns.ROOT):
            return self.ref(value)
        if series or fact.predicate in _BOUNDS:
            return Link(in_words(self._visit, value))
        if fact.predicate in _EURO:
            return Link(_euro(self._visit, value))
        return Link(value)

    def _sources(self, fact: Fact) -> Iterator[Link]:
        """The sources; a statement that inherits those of its sheet leads to their list."""
        record = ns.resource("scheda", self._found.subject.it.slug)
        if fact.source == record:
            yield Link(self._visit.text("la scheda", "the sheet"), "#fonti")
            return
        if fact.source.startswith(ns.ID + "scheda/"):
            title = self.ref(ns.resource("pratica", ns.local(fact.source))).label
            yield Link(title, self.ref(fact.source).href)
            return
        for source in sorted((fact.source, *fact.sources), key=_nearness):
            if source.startswith(ns.ROOT):
                yield self.ref(source)
            elif url := safe_url(source):
                yield Link(url.split("/")[2].removeprefix("www."), url)
            else:
                yield Link(source)


def _nearness(source: str) -> int:
    """Public bodies before others, and copies of their data kept by others last."""
    host = source.split("/")[2] if safe_url(source) else ""
    return 2 if host.endswith("github.com") else 0 if host.endswith(".gov.it") else 1


def _euro(visit: Visit, value: str) -> str:
    try:
        return euro(Decimal(value), LOCALES[visit.lang])
    except InvalidOperation:
        return value


def _compact(iri: str) -> str:
    """`talea:population`: the predicate as it stands in a query."""
    for start, prefix in _COMPACT.items():
        if iri.startswith(start):
            return prefix + iri.removeprefix(start)
    return iri


# --- Before the tables ---


def _short(
    found: Fit,
    rows: _Rows,
    blocking: Sequence[Row],
    others: Sequence[Row],
    criteria: Iterable[Row],
) -> InShort:
    """Blocked or not, what is not known and who could say, and who says what of the money."""
    unknown = [row for row in others if row.verdict == MISSING]
    money = next(row for row in criteria if row.key == _MONEY)
    own = [fact for fact in money.it.facts if fact.subject == found.subject.iri]
    paid = [fact for fact in own if fact.predicate == T.fundingSource.value]
    return InShort(
        blocking=tuple(blocking),
        any_required=bool(blocking or others),
        unknown=tuple(unknown[:_NAMED]),
        more=len(unknown[_NAMED:]),
        who=_who(unknown),
        funds=tuple(rows.fact(fact).value.label for fact in paid),
        money=money,
        told=tuple(_told(rows, [fact for fact in money.it.facts if fact not in own])),
        money_who=_who([money]),
    )


def _who(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lack.who for row in rows for lack in row.missing))


def _told(rows: _Rows, facts: Iterable[Fact]) -> Iterator[Told]:
    """Facts about a place by who says them and of when."""
    groups: dict[tuple[tuple[Link, ...], str | None], list[str]] = {}
    for fact in facts:
        row = rows.fact(fact)
        linked = tuple(one for one in row.sources if one.href) or row.sources
        what = row.subject.label
        if fact.series:
            unit = f" ({row.unit})" if row.unit else ""
            what = f"{row.predicate.label}: {row.value.label}{unit}"
        groups.setdefault((linked, row.date), []).append(what)
    for (sources, day), things in groups.items():
        yield Told(tuple(things[:_NAMED]), len(things[_NAMED:]), sources, day)


# --- Who has done it, and what nobody said ---


def _nearest(visit: Visit, rows: _Rows, found: Fit) -> Nearest | None:
    closest, it = found.closest, found.subject.it
    if closest is None:
        return None
    adopter, there = closest.adopter, rows.ref(ns.resource("luogo", closest.near.istat))
    return Nearest(
        adopter=Link(adopter.name, rows.ref(adopter.iri).href),
        place=there if adopter.district else None,
        told=Link("", rows.ref(adopter.replication).href) if adopter.replication else None,
        origin=adopter.is_origin,
        declared=closest.declared,
        terms=tuple(_term(visit, rows, term) for term in closest.near.terms),
        office=it.promoter_office if adopter.is_origin else None,
        web=it.web_page if adopter.is_origin else None,
    )


def _term(visit: Visit, rows: _Rows, term: Term) -> tuple[Link, str, str, str]:
    """A term of the distance: the series, both data, and in words how far apart they are."""
    percent = round(100 * term.apart)
    if term.apart == 0:
        apart = visit.text("uguale", "the same")
    elif percent < 1:
        apart = visit.text("quasi uguale", "almost the same")
    else:
        apart = visit.text(
            f"il {percent}% della differenza più grande",
            f"{percent}% of the largest difference",
        )
    here, there = (in_words(visit, datum.value) for datum in (term.here, term.there))
    return rows.ref(term.here.series.iri), here, there, apart


def _unknown(visit: Visit, found: Fit, checkable: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Who could say, and the things that only they can; what data cannot check is named."""
    told: dict[str, dict[str, None]] = {}

    def ask(lack: Missing, what: str) -> None:
        told.setdefault(lack.who.to(visit.lang), {})[what] = None

    for check in found.checks:
        for lack in check.missing:
            ask(lack, lack.what.to(visit.lang) if check.iri in checkable else check.it.title)
    for criterion in found.criteria:
        for lack in criterion.missing:
            ask(lack, lack.what.to(visit.lang))
    return [(who, list(things)) for who, things in told.items()]
