"""Of how many criteria both sides are known, for a whole catalogue at once.

A practice has a `Profile`: for each criterion, what of it is known there. A Comune has what is
known here. Their meeting says whether the comparison can be made, as the criteria themselves would
find (a test holds the two to each other for every practice and every Comune).
"""

from dataclasses import dataclass

from .. import namespaces as ns
from .asked import Asked, is_there, istats
from .criteria import CLASSES, kind_of, minimum_of, spent_of, tie_of
from .facts import Here, Territory
from .measures import age_group, count, measured
from .rules import Rules

__all__ = ["Known", "Profile", "profile_of"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a practice offers to compare.

    `residents` and `group` are pairs: known of a Comune there, of an Ambito there. `group_key` is
    the measure of the recipients, `minimum` whether the sheet declares how many; `tie` a series.
    `kinds` are kinds of body, `services` the types that it names and `declared_services` whether
    it declares them critical.
    """

    residents: tuple[bool, bool]
    group_key: str | None
    minimum: bool
    group: tuple[bool, bool]
    tie: str | None
    classes: bool
    kinds: frozenset[str]
    services: frozenset[str]
    declared_services: bool
    cost: bool
    pnrr: bool
    basis: bool
    abroad: bool


def profile_of(asked: Asked) -> Profile:
    """The profile of the practice asked about; the Comune that asks does not count."""
    subject, rules = asked.subject, asked.rules
    minimum, tie = minimum_of(asked), tie_of(asked)
    key = age_group(asked)
    territory = asked.here.territory
    there = istats(asked)
    return Profile(
        residents=_levels(asked, "population"),
        group_key=minimum[1].measure if minimum else key,
        minimum=minimum is not None,
        group=_levels(asked, key) if key else (False, False),
        tie=tie[0]
        if tie and any(territory.percent(tie[0], istat) is not None for istat in there)
        else None,
        classes=any(_classes(territory, istat) for istat in there),
        kinds=frozenset(kind_of(asked, body) for body, _ in subject.bodies),
        services=frozenset(one for _, _, need in subject.prerequisites for one in need.services),
        declared_services="C6" in subject.declared,
        cost=spent_of(asked, rules.criteria["C8"]) is not None,
        pnrr=rules.criteria["C9"].data["fund"] in map(ns.local, subject.it.funding),
        basis=bool(
            subject.it.region
            or subject.it.country
            or any(len(territory.regions.get(istat, ())) > 1 for istat in there)
        ),
        abroad=subject.it.country not in (None, ns.resource("luogo", "italia")),
    )


def _levels(asked: Asked, key: str) -> tuple[bool, bool]:
    known = {
        one.district is not None
        for one in asked.subject.adopters
        if one.istats and measured(asked, key, one.istats) is not None
    }
    return False in known, True in known


def _classes(territory: Territory, istat: str) -> bool:
    return all(territory.get(key, istat) is not None for key in CLASSES)


class Known:
    """What is known of a Comune and of its Ambito."""

    def __init__(self, here: Here, rules: Rules) -> None:
        territory, district = here.territory, here.district
        self._here, self._rules = here, rules
        self._mine = (here.istat,)
        self._around = district.members if district else ()
        there = [one for one in territory.services_for(here.istat) if is_there(one, rules)]
        self._services = frozenset(one.type for one in there)
        self._classes = _classes(territory, here.istat)
        self._governed = here.istat in territory.bodies
        spending = here.get(rules.criteria["C8"].data["series"])
        self._spending = bool(spending and spending.number)
        fund = rules.criteria["C9"].data["fund"] + "-"
        self._pnrr = any(one.startswith(fund) for one in self._services) or any(
            key.startswith(fund) and bool((datum := column.get(here.istat)) and datum.number)
            for key, column in territory.columns.items()
        )
        self._above = bool(territory.regions.get(here.istat))
        self._counts: dict[str, tuple[bool, bool]] = {}

    def comparable(self, one: Profile) -> int:
        """Of how many of the nine criteria both sides are known."""
        return sum(
            (
                self._on_a_level("population", one.residents),
                self._group(one),
                one.tie is not None and self._percent(one.tie),
                one.classes and self._classes,
                self._body(one.kinds),
                self._required(one),
                one.cost and self._spending,
                one.pnrr and self._pnrr,
                one.abroad or (one.basis and self._above),
            )
        )

    def _group(self, one: Profile) -> bool:
        if one.group_key is None:
            return False
        if one.minimum:
            return self._counted(one.group_key)[0]
        return self._on_a_level(one.group_key, one.group)

    def _on_a_level(self, key: str, there: tuple[bool, bool]) -> bool:
        here = self._counted(key)
        return (there[0] and here[0]) or (there[1] and here[1])

    def _counted(self, key: str) -> tuple[bool, bool]:
        """Whether a measure is known of the Comune, and of its Ambito."""
        if key not in self._counts:
            measure = "residenti" if key == "population" else key
            both = (self._mine, self._around)
            here, around = (self._known(measure, istats) for istats in both)
            self._counts[key] = (here, around)
        return self._counts[key]

    def _known(self, measure: str, istats: tuple[str, ...]) -> bool:
        found = count(self._here, measure, self._rules, istats)
        return found is not None and found[0] > 0

    def _percent(self, key: str) -> bool:
        return self._here.territory.percent(key, self._here.istat) is not None

    def _body(self, kinds: frozenset[str]) -> bool:
        if not kinds:
            return False
        if "comune" in kinds and self._governed:
            return True
        if "ambito" in kinds:
            return bool(self._around)
        return self._governed

    def _required(self, one: Profile) -> bool:
        there = one.services & self._services
        return bool(there) and (not one.declared_services or there == one.services)
