"""Residents, whole or of an age group, of a Comune or of an Ambito, here and where it was done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .asked import Asked, Missing, facts_of, membership, short, small
from .facts import Datum, Fact, Here, total
from .practices import Adopter
from .rules import Rule, Rules
from .said import Said


def count(
    here: Here, measure: str, rules: Rules, istats: Iterable[str]
) -> tuple[int, tuple[Datum, ...]] | None:
    """Residents of some Comuni in an age group, with the data; None where one is not known.

    Each is its share in per cent of its residents, rounded to a whole number.
    """
    share, territory = rules.measures[measure], here.territory
    found, used = 0, []
    for istat in istats:
        residents = territory.get("population", istat)
        part = territory.get(share, istat) if share else None
        if residents is None or residents.number is None or (share and part is None):
            return None
        number = Decimal(residents.value)
        used.append(residents)
        if part is not None:
            number = number * Decimal(part.value) / 100
            used.append(part)
        found += int(number.quantize(Decimal(1), ROUND_HALF_UP))
    return (found, tuple(used)) if used else None


def count_around(here: Here, measure: str, rules: Rules) -> tuple[int, tuple[Datum, ...]] | None:
    """The same for the whole Ambito, where it has more than this Comune."""
    district = here.district
    if district is None or len(district.members) < 2:
        return None
    return count(here, measure, rules, district.members)


@dataclass(frozen=True, slots=True)
class Level:
    """A measure here and there, on the level (Comune or Ambito) on which both are known."""

    here: float
    there: Sequence[tuple[Adopter, float]]
    facts: tuple[Fact, ...]
    around: bool
    missing: str = ""


def level_of(asked: Asked, key: str) -> Level:
    """Comuni with Comuni where one is known, else Ambiti with Ambiti.

    `key` is `population` or a measure. `missing` is `place`, `there`, `here`, `district` or empty.
    """
    adopters, here = asked.subject.adopters, asked.here
    if not adopters:
        return Level(0, (), (), False, "place")
    problem = "there"
    facts: tuple[Fact, ...] = ()
    for around in (False, True):
        there = [
            (one, found)
            for one in adopters
            if one.istats
            and (one.district is not None) is around
            and (found := measured(asked, key, one.istats)) is not None
        ]
        if not there:
            continue
        mine: Sequence[str] = (here.istat,)
        if around:
            mine = here.district.members if here.district else ()
        own = measured(asked, key, mine) if mine else None
        told = (
            *(one.fact for one, _ in there),
            *facts_of(d for _, (_, data) in there for d in data),
        )
        if own is None:
            problem, facts = ("district" if around and not mine else "here"), (*facts, *told)
            continue
        members = membership(here) if around else ()
        return Level(
            own[0],
            [(one, number) for one, (number, _) in there],
            (*told, *facts_of(own[1]), *members),
            around,
        )
    own = measured(asked, key, (here.istat,))
    return Level(0, (), (*facts, *(facts_of(own[1]) if own else ())), False, problem)


def measured(
    asked: Asked, key: str, istats: Sequence[str]
) -> tuple[float, tuple[Datum, ...]] | None:
    """Residents (`population`) or a measure over Comuni, with the data; None where not known."""
    found = (
        total(asked.here.territory, key, istats)
        if key == "population"
        else count(asked.here, key, asked.rules, istats)
    )
    return found if found is not None and found[0] > 0 else None


def lacking(asked: Asked, level: Level, label: Said) -> list[Missing]:
    if level.missing == "place":
        return [asked.lacks("place", "pratica")]
    if level.missing == "there":
        return [asked.lacks("there", "pratica", what=small(label))]
    if level.missing == "district":
        return [asked.lacks("district", "qui", name=asked.here.name)]
    return [asked.lacks("here", "qui", name=asked.here.name, what=small(label))]


def lacks_there(asked: Asked, label: Said) -> Missing:
    if not asked.subject.adopters:
        return asked.lacks("place", "pratica")
    return asked.lacks("there", "pratica", what=small(label))


def place_name(rule: Rule, one: Adopter) -> Said:
    if one.district is not None:
        return rule.say("around", where=short(one.name))
    return Said(one.name, one.name)


def here_name(rule: Rule, here: Here, level: Level) -> Said:
    if level.around and here.district:
        return rule.say("around", where=short(here.district.name))
    return Said(here.name, here.name)


def age_group(asked: Asked) -> str | None:
    """The measure of the first age group that is among the recipients of the practice."""
    targets = set(asked.subject.targets)
    groups = asked.rule("C2").data["groups"]
    return next((group["measure"] for group in groups if targets & set(group["targets"])), None)
