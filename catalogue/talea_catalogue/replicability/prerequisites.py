"""Prerequisites against the facts of a Comune and its Ambito: met, denied, or not known.

`verdict` is the whole rule on plain values, so that all the practices of a catalogue can be looked
at for one Comune at once; `check` adds the facts, the words and what would answer.
"""

from dataclasses import dataclass
from typing import Final

from .. import namespaces as ns
from ..model import Prerequisite
from ..terms import T
from .asked import (
    CRITICAL,
    MET,
    MISSING,
    Asked,
    Missing,
    facts_of,
    is_there,
    membership,
    of_district,
    short,
    small,
)
from .facts import Fact, Here, Service
from .measures import count, count_around
from .practices import Requirement
from .rules import Rules
from .said import Said, fill, joined, listed

__all__ = ["AROUND", "Check", "check", "verdict"]

AROUND: Final = "ambito"
"""The route by which a Comune reaches with its Ambito what it does not reach alone."""
_CONSORTIUM: Final = "consorzio"
_Told = tuple[Said, tuple[Fact, ...], tuple[Missing, ...]]
"""A part of a requirement in words, with its facts and what it lacks."""


@dataclass(frozen=True, slots=True)
class Check:
    """A prerequisite of the sheet and whether it holds here.

    `verdict` is `soddisfatto`, `mancante` or `critico`; `route` is `ambito` where it holds for the
    Ambito and not for the Comune alone; `blocks` is whether it is binding and denied.
    """

    iri: str
    it: Prerequisite
    verdict: str
    route: str | None
    reason: Said
    facts: tuple[Fact, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether a source makes it binding, and a known fact denies it."""
        return self.it.binding is True and self.verdict == CRITICAL


def verdict(need: Requirement, here: Here, rules: Rules) -> tuple[str, str | None]:
    """The code and the route of a requirement: the worst of its parts, a denial first."""
    parts = []
    if need.services:
        parts.append(_service(need, here, rules))
    if need.form:
        parts.append(_form(need, here, rules))
    if need.measure:
        parts.append(_measure(need, here, rules))
    for code in (CRITICAL, MISSING):
        if not parts or any(found == code for found, _ in parts):
            return (code, None) if parts else (MISSING, None)
    return MET, next((route for _, route in parts if route), None)


def _service(need: Requirement, here: Here, rules: Rules) -> tuple[str, str | None]:
    there = any(
        one.type in need.services and is_there(one, rules)
        for one in here.territory.services_for(here.istat)
    )
    return (MET if there else MISSING), None


def _form(need: Requirement, here: Here, rules: Rules) -> tuple[str, str | None]:
    return (MET, AROUND) if _consortium(need, here, rules) else (MISSING, None)


def _consortium(need: Requirement, here: Here, rules: Rules) -> Service | None:
    """What says that the Ambito has the form; only of a consortium do sources say."""
    if need.form != _CONSORTIUM:
        return None
    wanted = rules.data["services"]["consortium"]
    known = here.territory.services_for(here.istat)
    return next((one for one in known if one.type == wanted and is_there(one, rules)), None)


def _measure(need: Requirement, here: Here, rules: Rules) -> tuple[str, str | None]:
    assert need.measure is not None
    if need.measure not in rules.measures:
        return MISSING, None
    own = count(here, need.measure, rules, (here.istat,))
    if own is None:
        return MISSING, None
    if need.at_most is not None and own[0] > need.at_most:
        return CRITICAL, None
    if need.at_least is None or own[0] >= need.at_least:
        return MET, None
    around = count_around(here, need.measure, rules)
    if around is not None and around[0] >= need.at_least:
        return MET, AROUND
    district = here.district
    alone = district is not None and len(district.members) == 1
    return (CRITICAL if around is not None or alone else MISSING), None


def check(asked: Asked, iri: str, it: Prerequisite, need: Requirement) -> Check:
    """A prerequisite with its facts, in words, with what is missing and who could say it."""
    if not need.checkable:
        lacks = asked.lacks("unchecked", "qui")
        return Check(iri, it, MISSING, None, lacks.what, missing=(lacks,))
    code, route = verdict(need, asked.here, asked.rules)
    told: list[_Told] = []
    if need.services:
        told.append(_tell_service(asked, iri, need))
    if need.form:
        told.append(_tell_form(asked, iri, need))
    if need.measure:
        told.append(_tell_measure(asked, iri, need))
    reason = joined(words for words, _, _ in told)
    facts = tuple(dict.fromkeys(fact for _, found, _ in told for fact in found))
    missing = tuple(one for _, _, lacks in told for one in lacks) if code == MISSING else ()
    return Check(iri, it, code, route, reason, facts, missing)


def _tell_service(asked: Asked, iri: str, need: Requirement) -> _Told:
    here, rules = asked.here, asked.rules
    known = [one for one in here.territory.services_for(here.istat) if one.type in need.services]
    there = [one for one in known if is_there(one, rules)]
    wanted = tuple(
        asked.subject.fact(T.requiresService.value, ns.concept("tipo-servizio", one), iri)
        for one in need.services
    )
    facts = (*wanted, *(one.fact for one in known))
    if there:
        what = listed([asked.names(ns.concept("tipo-servizio", t)) for t in _types(there)])
        dated = _where_and_when(asked, there[0])
        only_funds = all(one.type in rules.data["services"]["funds"] for one in there)
        key = "fund" if only_funds else "service"
        return fill(rules.prerequisites[key], what=what, dated=dated), facts, ()
    names = listed([asked.names(ns.concept("tipo-servizio", one)) for one in need.services])
    lacks = asked.lacks("service", "qui", what=names, district=of_district(here))
    said = [lacks.what]
    for one in known:
        if one.stage:
            stage = small(asked.names(ns.concept("stadio-servizio", one.stage)))
            what = asked.names(ns.concept("tipo-servizio", one.type))
            said.append(fill(rules.prerequisites["planned"], stage=stage, what=what))
    words = dict.fromkeys(said)
    return joined(words), facts, (lacks,)


def _where_and_when(asked: Asked, one: Service) -> Said:
    """Of whom a source says it, and at which date."""
    district = asked.here.district
    name = asked.here.name
    if one.district and district and one.district == district.id:
        name = f"Ambito di {short(district.name)}"
    key = "dated" if one.date else "undated"
    return fill(asked.rules.prerequisites[key], where=name, day=day_of(one.date or ""))


def day_of(date: str) -> str:
    """A date as people write it, as precise as it is: `1/3/2023`, `3/2023`, `2023`."""
    return "/".join(str(int(part)) if part.isdigit() else part for part in date.split("-")[::-1])


def _types(found: list[Service]) -> list[str]:
    return list(dict.fromkeys(one.type for one in found))


def _tell_form(asked: Asked, iri: str, need: Requirement) -> _Told:
    here, rules = asked.here, asked.rules
    assert need.form is not None
    wanted = asked.subject.fact(T.requiresForm.value, ns.concept("forma-ambito", need.form), iri)
    known = _consortium(need, here, rules)
    if known is not None and here.district is not None:
        words = fill(rules.prerequisites["form"], district=short(here.district.name))
        return words, (wanted, known.fact, *membership(here)), ()
    lacks = asked.lacks("form", "qui", district=of_district(here))
    unsure = rules.data["services"]["consortium"]
    said = tuple(one.fact for one in here.territory.services_for(here.istat) if one.type == unsure)
    return lacks.what, (wanted, *said), (lacks,)


def _tell_measure(asked: Asked, iri: str, need: Requirement) -> _Told:
    here, rules = asked.here, asked.rules
    assert need.measure is not None
    label = asked.names(ns.concept("grandezza", need.measure))
    bounds, facts = [], []
    for key, link, value in (
        ("at_least", T.atLeast, need.at_least),
        ("at_most", T.atMost, need.at_most),
    ):
        if value is not None:
            bounds.append(fill(rules.prerequisites[key], value=value))
            facts.append(asked.subject.fact(link.value, str(value), iri))
    own = (
        count(here, need.measure, rules, (here.istat,)) if need.measure in rules.measures else None
    )
    if own is None:
        lacks = asked.lacks("here", "qui", name=here.name, what=small(label))
        return lacks.what, tuple(facts), (lacks,)
    words = fill(
        rules.prerequisites["measure"],
        group=label,
        name=here.name,
        here=own[0],
        bound=listed(bounds),
    )
    facts += facts_of(own[1])
    if need.at_least is None or own[0] >= need.at_least or here.district is None:
        return words, tuple(facts), ()
    around = count_around(here, need.measure, rules)
    if around is None:
        lacks = asked.lacks("district", "qui", name=here.name)
        return words, tuple(facts), (lacks,)
    key = "around" if around[0] >= need.at_least else "around_short"
    more = fill(rules.prerequisites[key], district=short(here.district.name), around=around[0])
    facts += [*facts_of(around[1]), *membership(here)]
    sure = asked.rule("C1").words["confirm"]
    words = words.then(more).then(sure)
    return words, tuple(dict.fromkeys(facts)), ()
