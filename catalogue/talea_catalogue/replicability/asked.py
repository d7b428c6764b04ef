"""A practice and a Comune side by side, and the answers that a criterion gives about them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .. import namespaces as ns
from ..terms import T
from .facts import Datum, Fact, Here, Service
from .practices import Declared, Subject
from .rules import Rule, Rules
from .said import Said, Value, fill, joined

MET: Final = "soddisfatto"
MANAGEABLE: Final = "gestibile"
CRITICAL: Final = "critico"
MISSING: Final = "mancante"
NOT_JUDGED: Final = "non_giudicato"
COMPARED: Final = ("C1", "C2", "C3", "C4", "C5", "C6", "C8", "C9", "C10")
"""The criteria that compare two data; the others only inform."""
MANY: Final = 6
"""Names in one sentence; the facts have them all."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not known, and who could say it. `side` is `qui` (the Comune) or `pratica`."""

    what: Said
    who: Said
    side: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another practice of the Comune or of its Ambito, and a need that both answer (an IRI)."""

    iri: str
    title: str
    need: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """The answer of one criterion. `verdict` is one of the five codes of decision 0016.

    `judged` is whether the sheet declares the criterion critical and says why (`declared`).
    `arithmetic` are the sums done, in words and signs; `figures` their numbers by name.
    """

    id: str
    verdict: str
    judged: bool
    reason: Said
    facts: tuple[Fact, ...] = ()
    arithmetic: tuple[Said, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    declared: Declared | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A practice and a Comune, with the rules and the names of what IRIs stand for."""

    subject: Subject
    here: Here
    rules: Rules
    names: Callable[[str], Said]
    kinds: Callable[[str], str | None]
    """IRI of a body -> local name of its class, for bodies that are no Comune and no Ambito."""
    nearest_need: Callable[[str], Sequence[str]]
    """Notation of a need -> itself and the broader ones, nearest first."""
    others: tuple[Other, ...] = ()

    def rule(self, code: str) -> Rule:
        """The rule of a criterion."""
        return self.rules.criteria[code]

    def lacks(self, key: str, side: str, **values: Value) -> Missing:
        """A datum that is not known."""
        what = fill(self.rules.missing[key], **values)
        who = fill(self.rules.who[key], **values)
        return Missing(what, who, side)

    def answer(
        self,
        code: str,
        reason: Said,
        facts: Iterable[Fact],
        grade: Callable[[], str] | None = None,
        *,
        arithmetic: Iterable[Said] = (),
        figures: Mapping[str, float] | None = None,
    ) -> Criterion:
        """A comparison that was made: judged by `grade` where the sheet declares it."""
        declared = self.subject.declared.get(code) if grade else None
        found = (*((declared.fact,) if declared else ()), *facts)
        return Criterion(
            code,
            grade() if grade and declared else NOT_JUDGED,
            declared is not None,
            reason,
            tuple(dict.fromkeys(found)),
            tuple(arithmetic),
            figures or {},
            declared=declared,
        )

    def unknown(
        self, code: str, missing: Sequence[Missing], facts: Iterable[Fact] = ()
    ) -> Criterion:
        """A comparison that cannot be made, with the facts of the side that is known."""
        declared = self.subject.declared.get(code)
        return Criterion(
            code,
            MISSING,
            declared is not None,
            joined(one.what for one in missing),
            tuple(dict.fromkeys(facts)),
            missing=tuple(missing),
            declared=declared,
        )


def is_there(service: Service, rules: Rules) -> bool:
    """Whether a source says that a service runs, or that a fund is assigned."""
    data = rules.data["services"]
    stages = data["assigned"] if service.type in data["funds"] else data["there"]
    return service.present and service.stage in stages


def facts_of(data: Iterable[Datum]) -> tuple[Fact, ...]:
    return tuple(datum.fact for datum in data)


def adopter_facts(asked: Asked) -> tuple[Fact, ...]:
    return tuple(one.fact for one in asked.subject.adopters if one.istats)


def istats(asked: Asked) -> dict[str, None]:
    """The Comuni of all the adopters."""
    return dict.fromkeys(istat for one in asked.subject.adopters for istat in one.istats)


def membership(here: Here) -> tuple[Fact, ...]:
    """The statement that puts a Comune in its Ambito."""
    district, body = here.district, here.territory.bodies.get(here.istat)
    if district is None or body is None:
        return ()
    source = district.sources[0] if district.sources else district.iri
    link = T.hasMemberMunicipality.value
    return (Fact(district.iri, link, body.iri, source, district.date, district.sources[1:]),)


def gazetteer(asked: Asked, subject: str, predicate: str, object_: str) -> Fact:
    source, date = asked.rules.gazetteer
    return Fact(subject, predicate, object_, source, date)


def series_label(asked: Asked, key: str, datum: Datum | None) -> Said:
    if datum is None:
        return asked.names(ns.resource("statistica", key))
    return Said(datum.series.title_it, datum.series.title_en)


def short(name: str) -> str:
    """An Ambito by the place that it is called after."""
    return name.removeprefix("Ambito territoriale sociale di ")


def of_district(here: Here) -> Said:
    if here.district is None:
        return Said("", "")
    name = short(here.district.name)
    return Said(f" di {name}", f" of {name}")


def small(label: Said) -> Said:
    """A label inside a sentence: its first letter small, unless it is an acronym."""
    return Said(*(t[:1].lower() + t[1:] if t[1:2].islower() else t for t in label))
