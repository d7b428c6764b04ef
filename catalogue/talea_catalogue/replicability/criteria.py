"""The nine criteria that compare, each a pure function of the facts of a practice and a Comune.

What each compares, and when it is judged, is in decision 0016. A function never asks what the
verdict should be good for: it returns the facts, the sum that was done with them, and a code.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from .. import namespaces as ns
from ..terms import T
from ..vocabulary import Lang
from .asked import (
    CRITICAL,
    MANAGEABLE,
    MANY,
    MET,
    Asked,
    Criterion,
    adopter_facts,
    facts_of,
    gazetteer,
    is_there,
    istats,
    membership,
    of_district,
    series_label,
    short,
    small,
)
from .facts import Datum, Fact, total
from .measures import (
    age_group,
    count,
    count_around,
    here_name,
    lacking,
    lacks_there,
    level_of,
    place_name,
)
from .practices import Requirement, Sum
from .rules import Rule
from .said import Said, Value, listed, written

_MANY_TIMES: Final = 10
"""A difference that is told in times and no more in per cent."""
_GOVERNS: Final = T.governs.value
_ABOVE: Final = ns.PREFIXES["clv"] + "hasDirectHigherRank"
_ITALY: Final = ns.resource("luogo", "italia")


# --- C1: how many live there ---


def population(asked: Asked) -> Criterion:
    """C1: residents here and where it was done, the nearest first."""
    rule, here = asked.rule("C1"), asked.here
    label = asked.names(T.population.value)
    level = level_of(asked, "population")
    if level.missing:
        return asked.unknown("C1", lacking(asked, level, label), level.facts)
    value, there = level.here, level.there
    nearest, near = min(there, key=lambda pair: (abs(math.log(value / pair[1])), pair[0].iri))
    ratio = max(value, near) / min(value, near)
    least, most = min(n for _, n in there), max(n for _, n in there)
    inside = least <= value <= most
    words: dict[str, Value] = {
        "name": here_name(rule, here, level),
        "here": int(value),
    }
    gap = _gap(rule, value, near)
    if len(there) == 1:
        where = place_name(rule, nearest)
        reason = rule.say("one", where=where, value=int(near), gap=gap, **words)
    else:
        if inside:
            gap = rule.words["inside"]
        else:
            gap = rule.say("nearest", where=place_name(rule, nearest), gap=gap)
        words["gap"] = gap
        reason = rule.say("many", count=len(there), least=int(least), most=int(most), **words)
    if level.around:
        sure = rule.words["confirm"]
        reason = reason.then(sure)
    return asked.answer(
        "C1",
        reason,
        level.facts,
        lambda: MET if inside else rule.graded(ratio),
        arithmetic=(_ratio(value, near, ratio),),
        figures={"here": value, "min": least, "max": most, "nearest": near, "ratio": ratio},
    )


def _gap(rule: Rule, value: float, near: float) -> Said:
    percent, ratio = round(abs(value / near - 1) * 100), max(value, near) / min(value, near)
    if percent == 0:
        return rule.words["same"]
    way = "over" if value > near else "under"
    if ratio >= _MANY_TIMES:
        return rule.say(f"times_{way}", ratio=round(ratio))
    return rule.say(way, percent=percent)


def _ratio(value: float, near: float, ratio: float) -> Said:
    big, small = max(value, near), min(value, near)
    return Said(
        *(
            f"{written(int(big), lang)} ÷ {written(int(small), lang)} = {written(ratio, lang, 2)}"
            for lang in ("it", "en")
        )
    )


# --- C2: enough people ---


def critical_mass(asked: Asked) -> Criterion:
    """C2: people in the age group, against the minimum that the sheet declares."""
    if (declared := minimum_of(asked)) is not None:
        return _against_minimum(asked, *declared)
    group = age_group(asked)
    if group is None:
        return asked.unknown("C2", [asked.lacks("group", "pratica")])
    rule = asked.rule("C2")
    label = asked.names(ns.concept("grandezza", group))
    level = level_of(asked, group)
    if level.missing:
        return asked.unknown("C2", lacking(asked, level, label), level.facts)
    name = here_name(asked.rule("C1"), asked.here, level)
    least, most = min(n for _, n in level.there), max(n for _, n in level.there)
    words: dict[str, Value] = {"group": label, "name": name, "here": int(level.here)}
    if len(level.there) == 1:
        where = place_name(asked.rule("C1"), level.there[0][0])
        reason = rule.say("one", where=where, value=int(most), **words)
    else:
        count_ = len(level.there)
        reason = rule.say("many", count=count_, least=int(least), most=int(most), **words)
    return asked.answer(
        "C2",
        reason,
        level.facts,
        lambda: MET if level.here >= least else rule.graded(least / max(level.here, 1)),
        figures={"here": level.here, "min": least, "max": most},
    )


def minimum_of(asked: Asked) -> tuple[str, Requirement] | None:
    """The first prerequisite that declares how many people are needed, and its IRI."""
    return next(
        (
            (iri, need)
            for iri, _, need in asked.subject.prerequisites
            if need.measure in asked.rules.measures and need.at_least is not None
        ),
        None,
    )


def _against_minimum(asked: Asked, iri: str, need: Requirement) -> Criterion:
    assert need.measure is not None
    assert need.at_least is not None
    rule, here = asked.rule("C2"), asked.here
    label = asked.names(ns.concept("grandezza", need.measure))
    bound = asked.subject.fact(T.atLeast.value, str(need.at_least), iri)
    own = count(here, need.measure, asked.rules, (here.istat,))
    if own is None:
        lacks = asked.lacks("here", "qui", name=here.name, what=label)
        return asked.unknown("C2", [lacks], (bound,))
    needed = float(need.at_least)
    around = count_around(here, need.measure, asked.rules)
    reason = rule.say(
        "needed", needed=need.at_least, group=small(label), name=here.name, here=own[0]
    )
    facts = (bound, *facts_of(own[1]))
    if own[0] < needed and around is not None:
        more = rule.say("around", around=around[0])
        reason = reason.then(more)
        facts = (*facts, *facts_of(around[1]), *membership(here))

    def grade() -> str:
        if own[0] >= needed:
            return MET
        return MANAGEABLE if around is not None and around[0] >= needed else CRITICAL

    figures = {"here": float(own[0]), "needed": needed}
    return asked.answer("C2", reason, facts, grade, figures=figures)


# --- C3: how strong the need is ---


def need(asked: Asked) -> Criterion:
    """C3: the series tied to a need of the practice, with its percentile here and there."""
    rule, here = asked.rule("C3"), asked.here
    tie = tie_of(asked)
    if tie is None:
        return asked.unknown("C3", [asked.lacks("need", "pratica")])
    key, stronger, need_fact = tie
    there = _comuni_there(asked, key)
    own = here.get(key)
    percent = here.territory.percent(key, here.istat)
    label = series_label(asked, key, own or (there[0][1] if there else None))
    unknown = []
    if own is None or percent is None:
        unknown.append(asked.lacks("here", "qui", name=here.name, what=small(label)))
    known = [
        (istat, datum, p)
        for istat, datum in there
        if (p := here.territory.percent(key, istat)) is not None
    ]
    if not known:
        unknown.append(lacks_there(asked, label))
    facts = (need_fact, *facts_of([own] if own else []), *facts_of(datum for _, datum, _ in known))
    if unknown or own is None or percent is None:
        return asked.unknown("C3", unknown, facts)
    behind = [(p - percent) if stronger == "higher" else (percent - p) for _, _, p in known]
    gap = float(max(0, min(behind)))
    numbers = sorted(datum.number or 0 for _, datum, _ in known)
    if len(known) == 1:
        istat, datum, _ = known[0]
        where = rule.say("place", value=_number(datum), where=here.territory.names[istat])
    else:
        where = rule.say("range", least=numbers[0], most=numbers[-1], count=len(known))
    reason = rule.say(
        "said",
        series=label,
        here=_number(own),
        name=here.name,
        rank=rule.say("rank", percent=percent),
        there=where,
    )
    return asked.answer(
        "C3",
        reason,
        (*facts, *adopter_facts(asked)),
        lambda: rule.graded(gap),
        figures={"here": own.number or 0, "percent": float(percent), "gap": gap},
    )


def tie_of(asked: Asked) -> tuple[str, str, Fact] | None:
    """The first tie of the rules that one of the needs has, by itself or by a broader one."""
    ties = asked.rule("C3").data["ties"]
    found = []
    for notation in asked.subject.needs:
        for step in asked.nearest_need(notation):
            index = next((n for n, tie in enumerate(ties) if step in tie["needs"]), None)
            if index is not None:
                found.append((index, notation))
                break
    if not found:
        return None
    index, notation = min(found)
    iri = ns.concept("bisogno", notation)
    return (
        ties[index]["series"],
        ties[index]["stronger"],
        asked.subject.fact(T.needCategory.value, iri),
    )


# --- C4: what the territory is like ---

CLASSES: Final = ("degurba", "innerAreaClass")
"""The series whose classes are compared."""


def territory_type(asked: Asked) -> Criterion:
    """C4: degree of urbanisation and inner-area class, in steps between classes."""
    rule, here = asked.rule("C4"), asked.here
    own = {key: datum for key in CLASSES if (datum := here.get(key)) is not None}
    there = {
        istat: {key: datum for key in own if (datum := here.territory.get(key, istat)) is not None}
        for istat in istats(asked)
    }
    there = {istat: data for istat, data in there.items() if len(data) == len(CLASSES)}
    label = listed([small(asked.names(ns.ONTO + key)) for key in CLASSES])
    unknown = []
    if len(own) < len(CLASSES):
        unknown.append(asked.lacks("here", "qui", name=here.name, what=label))
    elif not there:
        unknown.append(lacks_there(asked, label))
    facts = [
        *facts_of(own.values()),
        *facts_of(d for data in there.values() for d in data.values()),
    ]
    if unknown:
        return asked.unknown("C4", unknown, facts)
    apart = {
        istat: {key: abs(own[key].step - datum.step) for key, datum in data.items()}
        for istat, data in there.items()
    }
    nearest = min(apart, key=lambda i: (max(apart[i].values()), sum(apart[i].values()), i))
    steps = max(apart[nearest].values())
    zone = here.get("altimetricZone")
    where = here.territory.names[nearest]
    return asked.answer(
        "C4",
        rule.say(
            "said",
            name=here.name,
            here=_class_names(asked, own.values()),
            there=_classes_there(asked, there.values()),
            steps=rule.say("same", where=where)
            if steps == 0
            else rule.say("apart", where=where, distance=_distance(rule, apart[nearest])),
        ),
        (*facts, *(facts_of([zone]) if zone else ()), *adopter_facts(asked)),
        lambda: rule.graded(steps),
        figures={f"steps_{key}": float(n) for key, n in apart[nearest].items()},
    )


def _distance(rule: Rule, apart: Mapping[str, int]) -> Said:
    said = []
    for key, word in (("degurba", "degurba"), ("innerAreaClass", "inner")):
        if steps := apart.get(key, 0):
            amount = rule.words["step"] if steps == 1 else rule.say("steps", count=steps)
            said.append(rule.say(word, steps=amount))
    return listed(said)


def _class_names(asked: Asked, data: Iterable[Datum]) -> Said:
    return listed([small(asked.names(datum.value)) for datum in data], Said(", ", ", "))


def _classes_there(asked: Asked, there: Iterable[Mapping[str, Datum]]) -> Said:
    data = {datum.value: datum for one in there for datum in one.values()}
    return _class_names(asked, sorted(data.values(), key=lambda d: (d.predicate, d.value)))


# --- C5: who runs it ---


def governance(asked: Asked) -> Criterion:
    """C5: the kind of body that ran it, against those that there are here."""
    rule, here = asked.rule("C5"), asked.here
    kinds: dict[str, list[tuple[str, Fact]]] = {}
    for body, fact in asked.subject.bodies:
        kinds.setdefault(kind_of(asked, body), []).append((body, fact))
    own = here.territory.bodies.get(here.istat)
    if not kinds:
        return asked.unknown("C5", [asked.lacks("promoter", "pratica")])
    facts = tuple(fact for bodies in kinds.values() for _, fact in bodies)
    governs = gazetteer(asked, own.iri, _GOVERNS, here.iri) if own else None

    def said(key: str, kind: str, **values: Value) -> Said:
        who = listed([asked.names(body) for body, _ in _first(kinds[kind])])
        return rule.say(key, who=who, name=here.name, **values)

    if "comune" in kinds and governs:
        return asked.answer("C5", said("comune", "comune"), (*facts, governs), lambda: MET)
    if "ambito" in kinds and (district := here.district):
        reason = said("ambito", "ambito", district=short(district.name))
        return asked.answer("C5", reason, (*facts, *membership(here)), lambda: MET)
    if governs is None or "ambito" in kinds:
        return asked.unknown("C5", [asked.lacks("district", "qui", name=here.name)], facts)
    if "regione" in kinds:
        above = here.territory.regions.get(here.istat, ())
        same = any(_region_of(body) in above for body, _ in kinds["regione"])
        grade = MANAGEABLE if same or "altri" in kinds else CRITICAL
        return asked.answer("C5", said("regione", "regione"), (*facts, governs), lambda: grade)
    return asked.answer("C5", said("altri", "altri"), (*facts, governs), lambda: MANAGEABLE)


def kind_of(asked: Asked, body: str) -> str:
    """`comune`, `ambito`, `regione` or `altri`."""
    territory = asked.here.territory
    if body in territory.place_of:
        return "comune"
    if ns.local(body) in territory.districts:
        return "ambito"
    return "regione" if asked.kinds(body) == "RegionalGovernment" else "altri"


def _region_of(body: str) -> str:
    return ns.resource("luogo", ns.local(body))


# --- C6: services ---


def services(asked: Asked) -> Criterion:
    """C6: the services that the prerequisites name, and those that sources know of here."""
    rule = asked.rule("C6")
    wanted = dict.fromkeys(
        one for _, _, need in asked.subject.prerequisites for one in need.services
    )
    if not wanted:
        return asked.unknown("C6", [asked.lacks("services", "pratica")])
    facts = tuple(
        asked.subject.fact(T.requiresService.value, ns.concept("tipo-servizio", one), iri)
        for iri, _, need in asked.subject.prerequisites
        for one in need.services
    )
    known = [
        one for one in asked.here.territory.services_for(asked.here.istat) if one.type in wanted
    ]
    there = [one for one in known if is_there(one, asked.rules)]
    names = [asked.names(ns.concept("tipo-servizio", one)) for one in wanted]
    facts = (*facts, *(one.fact for one in known))
    if not there:
        lacks = asked.lacks("service", "qui", what=listed(names), district=of_district(asked.here))
        return asked.unknown("C6", [lacks], facts)
    types = dict.fromkeys(one.type for one in there)
    if len(types) < len(wanted) and "C6" in asked.subject.declared:
        unknown = [name for one, name in zip(wanted, names, strict=True) if one not in types]
        lacks = asked.lacks(
            "service", "qui", what=listed(unknown), district=of_district(asked.here)
        )
        return asked.unknown("C6", [lacks], facts)
    return asked.answer(
        "C6",
        rule.say(
            "said",
            wanted=listed(names),
            count=len(types),
            all=len(wanted),
            found=listed([asked.names(ns.concept("tipo-servizio", one)) for one in types]),
        ),
        facts,
        lambda: MET,
        figures={"here": float(len(types)), "wanted": float(len(wanted))},
    )


# --- C8: what it costs ---


def cost(asked: Asked) -> Criterion:
    """C8: the largest sum over the residents there, against the expenditure per resident here."""
    rule, here = asked.rule("C8"), asked.here
    own = here.get(rule.data["series"])
    spent = spent_of(asked, rule)
    unknown = []
    if spent is None:
        unknown.append(asked.lacks("cost", "pratica"))
    if own is None:
        label = Said("la spesa del Comune per residente", "the expenditure per resident")
        unknown.append(asked.lacks("here", "qui", name=here.name, what=label))
    if spent is None or own is None or not own.number:
        facts = (*(spent[2] if spent else ()), *facts_of([own] if own else []))
        return asked.unknown("C8", unknown, facts)
    largest, residents, facts = spent
    euro = float(largest.euro)
    per_head = euro / residents
    share = 100 * per_head / own.number
    covers = rule.say("covers", text=largest.covers) if largest.covers else rule.words["uncovered"]
    where = _origin_names(asked)
    reason = rule.say(
        "said",
        euro=largest.euro,
        covers=covers,
        per_head=_cents(per_head),
        where=where,
        residents=int(residents),
        name=here.name,
        spending=_cents(own.number),
        share=_cents(share),
    )
    arithmetic = [_cost_sums(euro, residents, per_head, own.number, share)]
    facts = (*facts, *facts_of([own]))
    return asked.answer(
        "C8",
        reason,
        facts,
        lambda: rule.graded(share),
        arithmetic=arithmetic,
        figures={
            "euro": euro,
            "residents": residents,
            "per_resident": per_head,
            "spending": own.number,
            "share_percent": share,
        },
    )


def spent_of(asked: Asked, rule: Rule) -> tuple[Sum, float, tuple[Fact, ...]] | None:
    """The largest sum that is not for one person, and the residents of where it was spent."""
    sums = [
        one
        for one in asked.subject.sums
        if one.euro > 0 and not any(words in one.words for words in rule.data["aside"])
    ]
    origins = [one for one in asked.subject.adopters if one.is_origin]
    istats = dict.fromkeys(istat for one in origins for istat in one.istats)
    found = total(asked.here.territory, "population", istats)
    if not sums or found is None or not found[0] or any(not one.istats for one in origins):
        return None
    largest = max(sums, key=lambda one: (one.euro, one.iri))
    return largest, found[0], (largest.fact, *(one.fact for one in origins), *facts_of(found[1]))


def _cost_sums(euro: float, residents: float, each: float, spending: float, share: float) -> Said:
    def one(lang: Lang) -> str:
        head = written(each, lang, 2)
        first = f"{written(euro, lang, 2)} ÷ {written(residents, lang, 0)} = {head}"
        spent = f"{head} ÷ {written(spending, lang, 2)} × 100 = {written(share, lang, 2)}"
        return f"{first}; {spent}"

    return Said(one("it"), one("en"))


def _cents(value: float) -> Said:
    return Said(written(value, "it", 2), written(value, "en", 2))


# --- C9: who pays ---


def funding(asked: Asked) -> Criterion:
    """C9: the funds that paid for it, and whether one is known to have come here."""
    rule, here = asked.rule("C9"), asked.here
    funds = asked.subject.it.funding
    if not funds:
        return asked.unknown("C9", [asked.lacks("funds", "pratica")])
    names = [asked.names(one) for one in funds]
    facts = [asked.subject.fact(T.fundingSource.value, one) for one in funds]
    known: list[Said] = []
    if rule.data["fund"] in map(ns.local, funds):
        wanted = rule.data["fund"] + "-"
        for service in here.territory.services_for(here.istat):
            if service.type.startswith(wanted) and is_there(service, asked.rules):
                known.append(asked.names(ns.concept("tipo-servizio", service.type)))
                facts.append(service.fact)
        for key, column in here.territory.columns.items():
            datum = column.get(here.istat)
            if key.startswith(wanted) and datum is not None and datum.number:
                known.append(series_label(asked, key, datum))
                facts.append(datum.fact)
    if not known:
        return asked.unknown("C9", [asked.lacks("eligible", "qui", what=listed(names))], facts)
    found = listed(list(dict.fromkeys(known))[:MANY])
    reason = rule.say("said", funds=listed(names), found=found)
    return asked.answer("C9", reason, facts, lambda: MET)


# --- C10: which laws ---


def legal_basis(asked: Asked) -> Criterion:
    """C10: the Region where it was done, and that of here."""
    rule, here, it = asked.rule("C10"), asked.here, asked.subject.it
    above = here.territory.regions.get(here.istat, ())
    facts: list[Fact] = []
    if len(above) > 1:
        facts = [
            gazetteer(asked, here.iri, _ABOVE, above[0]),
            gazetteer(asked, above[0], _ABOVE, above[1]),
        ]
    if it.country and it.country != _ITALY:
        facts.append(asked.subject.fact(T.inCountry.value, it.country))
        reason = rule.say("abroad", region=asked.names(it.country))
        return asked.answer("C10", reason, facts, lambda: CRITICAL)
    region = it.region or _region_there(asked)
    if region is None and it.country and above:
        facts.append(asked.subject.fact(T.inCountry.value, it.country))
        return asked.answer("C10", rule.words["country"], facts, lambda: MANAGEABLE)
    if region is None or not above:
        return asked.unknown("C10", [asked.lacks("region", "pratica")], facts)
    if it.region:
        facts.append(asked.subject.fact(T.inRegion.value, region))
    else:
        facts += adopter_facts(asked)
    same = region in above
    reason = rule.say("same" if same else "other", region=asked.names(region), name=here.name)
    return asked.answer("C10", reason, facts, lambda: MET if same else MANAGEABLE)


def _region_there(asked: Asked) -> str | None:
    regions = asked.here.territory.regions
    return next(
        (regions[istat][1] for istat in istats(asked) if len(regions.get(istat, ())) > 1), None
    )


COMPARING: Final[Mapping[str, Callable[[Asked], Criterion]]] = {
    "C1": population,
    "C2": critical_mass,
    "C3": need,
    "C4": territory_type,
    "C5": governance,
    "C6": services,
    "C8": cost,
    "C9": funding,
    "C10": legal_basis,
}
"""Code -> criterion."""


# --- What several share ---


def _comuni_there(asked: Asked, key: str) -> list[tuple[str, Datum]]:
    territory = asked.here.territory
    return [
        (istat, datum)
        for istat in istats(asked)
        if (datum := territory.get(key, istat)) is not None and datum.number is not None
    ]


def _number(datum: Datum) -> Value:
    number = Decimal(datum.value)
    return int(number) if number == number.to_integral_value() else number


def _origin_names(asked: Asked) -> Said:
    rule = asked.rule("C1")
    return listed([place_name(rule, one) for one in asked.subject.adopters if one.is_origin][:MANY])


def _first(bodies: Sequence[tuple[str, Fact]]) -> Sequence[tuple[str, Fact]]:
    return list(dict(bodies).items())[:MANY]
