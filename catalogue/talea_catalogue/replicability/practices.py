"""What a comparison needs of a practice: where it was done, by whom, with what, on which terms.

Read from the record and from the records of its replications; nothing is inferred here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from .. import mapping
from .. import namespaces as ns
from ..model import CriticalFactor, FinancialResource, Practice, Prerequisite, Replication
from ..terms import T
from .facts import Fact, Territory

__all__ = ["Adopter", "Declared", "Requirement", "Subject", "Sum", "requirement_of", "subject_of"]

DONE: Final = frozenset(
    ns.concept("genere-replica", one)
    for one in ("replica", "adattamento", "seconda-sede", "non-precisata")
)
"""Kinds of replication in which the same practice was done elsewhere."""
NOT_YET: Final = frozenset(ns.concept("stato-replica", one) for one in ("interesse", "progettata"))
INFERRED: Final = ns.concept("origine", "inferita")
_CODES: Final = {f"c{n}": f"C{n}" for n in range(1, 15)}

Label = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Adopter:
    """Where a practice was done, and the statement that says so.

    `istats` are its Comuni: one, the members of an Ambito (`district` is then its id), or none for
    a place without statistics.
    """

    iri: str
    name: str
    istats: tuple[str, ...]
    fact: Fact
    district: str | None = None
    replication: str | None = None

    @property
    def is_origin(self) -> bool:
        """Whether it began here."""
        return self.replication is None


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of the sheet in euro (the upper end of a range) and the words around it."""

    iri: str
    euro: Decimal
    words: str
    covers: str | None
    fact: Fact


@dataclass(frozen=True, slots=True)
class Requirement:
    """What data can check of a prerequisite: notations of services, measure and form, bounds."""

    services: tuple[str, ...] = ()
    measure: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    form: str | None = None

    @property
    def checkable(self) -> bool:
        """Whether there is anything to check."""
        return bool(self.services or self.measure or self.form)


@dataclass(frozen=True, slots=True)
class Declared:
    """A criterion that the sheet declares critical, with its reason and the statement of it."""

    iri: str
    title: str
    reason: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Subject:
    """A practice, as the comparison sees it. Concepts are notations, bodies and places IRIs."""

    it: Practice
    iri: str
    adopters: tuple[Adopter, ...]
    bodies: tuple[tuple[str, Fact], ...]
    """Who promoted or adopted it, with the statement."""
    needs: tuple[str, ...]
    targets: tuple[str, ...]
    sums: tuple[Sum, ...]
    prerequisites: tuple[tuple[str, Prerequisite, Requirement], ...]
    declared: Mapping[str, Declared]
    replications: tuple[tuple[str, Replication], ...]

    def fact(self, predicate: str, object_: str, subject: str | None = None) -> Fact:
        """A statement of the sheet that inherits the sources of its record."""
        return _fact(self.it, subject or self.iri, predicate, object_)


def subject_of(
    practice: Practice, transfers: Sequence[Replication], territory: Territory, label: Label
) -> Subject:
    """What is compared of a practice; `transfers` are its replications with records of their own.

    `label` gives the name of a place or a body.
    """
    iri = mapping.practice_iri(practice.slug)
    own = (
        (f"{iri}/replica/{number}", one)
        for number, one in enumerate(practice.replications, 1)
        if not one.detailed_in
    )
    apart = ((ns.resource("replica", one.slug), one) for one in transfers)  # type: ignore[attr-defined]
    replications = (*own, *apart)
    done = [pair for pair in replications if was_done(pair[1])]
    adopters = [*_origins(practice, iri, territory, label)]
    bodies = [(body, _fact(practice, iri, T.promotedBy.value, body)) for body in practice.promoters]
    for part, one in done:
        adopters += _taken_up(practice, part, one, territory, label)
        bodies += [
            (body, _part(practice, part, T.adoptedBy.value, body, one)) for body in one.adopted_by
        ]
    return Subject(
        it=practice,
        iri=iri,
        adopters=tuple({one.iri: one for one in reversed(adopters)}.values())[::-1],
        bodies=tuple(bodies),
        needs=_notations(category for need in practice.needs for category in need.categories),
        targets=_notations(one for group in practice.recipients for one in group.categories),
        sums=tuple(_sums(practice, iri)),
        prerequisites=tuple(
            (f"{iri}/prerequisito/{number}", one, requirement_of(one))
            for number, one in enumerate(practice.prerequisites, 1)
        ),
        declared=dict(_declared(practice, iri)),
        replications=replications,
    )


def was_done(one: Replication) -> bool:
    """Whether a replication says that the practice was done elsewhere, and a source says it."""
    return one.kind in DONE and one.origin != INFERRED and one.status not in NOT_YET


def requirement_of(one: Prerequisite) -> Requirement:
    """What data can check of a prerequisite."""
    return Requirement(
        tuple(map(ns.local, one.required_services)),
        ns.local(one.measure) if one.measure else None,
        one.at_least,
        one.at_most,
        ns.local(one.form) if one.form else None,
    )


def _origins(practice: Practice, iri: str, territory: Territory, label: Label) -> Iterator[Adopter]:
    """Where it began: where it takes place, or else where its promoter is."""
    if practice.implemented_in:
        for place in practice.implemented_in:
            fact = _fact(practice, iri, T.implementedIn.value, place)
            yield _place(place, territory, label, fact)
        return
    found = [
        _body(body, territory, _fact(practice, iri, T.promotedBy.value, body))
        for body in practice.promoters
    ]
    if known := [one for one in found if one is not None]:
        yield from known
        return
    places = practice.promoter_members or filter(None, (practice.promoter_place,))
    link = T.promoterMember if practice.promoter_members else T.promoterPlace
    for place in places:
        yield _place(place, territory, label, _fact(practice, iri, link.value, place))


def _taken_up(
    practice: Practice, part: str, one: Replication, territory: Territory, label: Label
) -> Iterator[Adopter]:
    """Where a replication was done: the place if it is a Comune, else the bodies."""
    place = one.adopted_in
    here = (
        _place(place, territory, label, _part(practice, part, T.adoptedIn.value, place, one), part)
        if place
        else None
    )
    if here and here.istats:
        yield here
        return
    found = [
        _body(body, territory, _part(practice, part, T.adoptedBy.value, body, one), part)
        for body in one.adopted_by
    ]
    known = [adopter for adopter in found if adopter is not None]
    yield from known or filter(None, (here,))


def _place(
    iri: str, territory: Territory, label: Label, fact: Fact, part: str | None = None
) -> Adopter:
    istat = ns.local(iri)
    known = istat in territory.names
    name = territory.names[istat] if known else label(iri)
    return Adopter(iri, name, (istat,) if known else (), fact, replication=part)


def _body(iri: str, territory: Territory, fact: Fact, part: str | None = None) -> Adopter | None:
    """A Comune or an Ambito, as a place where a practice was done."""
    if istat := territory.place_of.get(iri):
        place = ns.resource("luogo", istat)
        return Adopter(place, territory.names[istat], (istat,), fact, replication=part)
    district = territory.districts.get(ns.local(iri))
    if district:
        return Adopter(iri, district.name, district.members, fact, district.id, part)
    return None


def _sums(practice: Practice, iri: str) -> Iterator[Sum]:
    for segment, lines in (("risorsa", practice.budgets), ("costo", practice.costs)):
        for number, one in enumerate(lines, 1):
            if one.amount is not None:
                yield _sum(practice, f"{iri}/{segment}/{number}", one, one.amount)


def _sum(practice: Practice, part: str, one: FinancialResource, amount: Decimal) -> Sum:
    upper = one.maximum is not None
    predicate = T.maximumEUR if upper else T.amountEUR
    euro = one.maximum if one.maximum is not None else amount
    said = [text for text in (one.title, one.refers_to, one.note) if text]
    fact = _part(practice, part, predicate.value, str(euro), one)
    return Sum(part, euro, " ".join(said).casefold(), "; ".join(said) or None, fact)


def _declared(practice: Practice, iri: str) -> Iterator[tuple[str, Declared]]:
    """The criteria that the sheet declares; without a reason a factor is not judged."""
    for number, one in enumerate(practice.critical_factors, 1):
        part = f"{iri}/fattore/{number}"
        for criterion in one.criteria if one.reason else ():
            code = _CODES.get(ns.local(criterion))
            if code:
                yield code, _factor(practice, part, one, criterion)


def _factor(practice: Practice, part: str, one: CriticalFactor, criterion: str) -> Declared:
    fact = _part(practice, part, T.onCriterion.value, criterion, one)
    return Declared(part, one.title, one.reason or "", fact)


def _notations(iris: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(ns.local, iris)))


def _fact(practice: Practice, subject: str, predicate: str, object_: str) -> Fact:
    card = ns.resource("scheda", practice.slug)
    return Fact(subject, predicate, object_, card, sources=practice.record.sources)


def _part(practice: Practice, part: str, predicate: str, object_: str, of: object) -> Fact:
    """A statement of a part: of its own sources where it names some."""
    own: tuple[str, ...] = getattr(of, "sources", ())
    if own:
        return Fact(part, predicate, object_, own[0], sources=own[1:])
    return _fact(practice, part, predicate, object_)
