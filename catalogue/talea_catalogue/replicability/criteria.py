"""The fourteen criteria, each a pure function of the facts of a practice and of a Comune.

What each compares, and when it is judged, is in decision 0016. A function never asks what the
verdict should be good for: it returns the facts, the sum that was done with them, and a code.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from .. import namespaces as ns
from ..terms import T
from .facts import Datum, Fact, Here, Service, total
from .practices import Adopter, Declared, Requirement, Subject, Sum
from .rules import Rule, Rules
from .said import Said, Value, fill, listed, written

__all__ = ["COMPARED", "CRITERIA", "Asked", "Criterion", "Missing", "Other", "count", "is_there"]

MET: Final = "soddisfatto"
MANAGEABLE: Final = "gestibile"
CRITICAL: Final = "critico"
MISSING: Final = "mancante"
NOT_JUDGED: Final = "non_giudicato"
COMPARED: Final = ("C1", "C2", "C3", "C4", "C5", "C6", "C8", "C9", "C10")
"""The criteria that compare two data; the others only inform."""
_GOVERNS: Final = T.governs.value
_ABOVE: Final = ns.PREFIXES["clv"] + "hasDirectHigherRank"
_ITALY: Final = ns.resource("luogo", "italia")
_MANY: Final = 6
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
            Said(*(" ".join(words) for words in zip(*(one.what for one in missing), strict=True))),
            tuple(dict.fromkeys(facts)),
            missing=tuple(missing),
            declared=declared,
        )


# --- C1: how many live there ---


def population(asked: Asked) -> Criterion:
    """C1: residents here and where it was done, the nearest first."""
    rule, here = asked.rule("C1"), asked.here
    label = asked.names(T.population.value)
    level = _level(asked, "population")
    if level.missing:
        return asked.unknown("C1", _lacking(asked, level, label), level.facts)
    value, there = level.here, level.there
    nearest, near = min(there, key=lambda pair: (abs(math.log(value / pair[1])), pair[0].iri))
    ratio = max(value, near) / min(value, near)
    least, most = min(n for _, n in there), max(n for _, n in there)
    inside = least <= value <= most
    words: dict[str, Value] = {
        "name": _here_name(rule, here, level),
        "here": int(value),
    }
    gap = _gap(rule, value, near)
    if len(there) == 1:
        where = _where(rule, nearest)
        reason = rule.say("one", where=where, value=int(near), gap=gap, **words)
    else:
        if inside:
            gap = rule.words["inside"]
        else:
            gap = rule.say("nearest", where=_where(rule, nearest), gap=gap)
        words["gap"] = gap
        reason = rule.say("many", count=len(there), least=int(least), most=int(most), **words)
    return asked.answer(
        "C1",
        reason,
        level.facts,
        lambda: MET if inside else rule.graded(ratio),
        arithmetic=(_ratio(value, near, ratio),),
        figures={"here": value, "min": least, "max": most, "nearest": near, "ratio": ratio},
    )


def _gap(rule: Rule, value: float, near: float) -> Said:
    percent = round(abs(value / near - 1) * 100)
    return rule.say(
        "same" if percent == 0 else "over" if value > near else "under", percent=percent
    )


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
    declared = [
        (iri, need)
        for iri, _, need in asked.subject.prerequisites
        if need.measure in asked.rules.measures and need.at_least is not None
    ]
    if declared:
        return _against_minimum(asked, *declared[0])
    group = next(
        (
            group["measure"]
            for group in asked.rule("C2").data["groups"]
            if set(group["targets"]) & set(asked.subject.targets)
        ),
        None,
    )
    if group is None:
        return asked.unknown("C2", [asked.lacks("group", "pratica")])
    rule = asked.rule("C2")
    label = asked.names(ns.concept("grandezza", group))
    level = _level(asked, group)
    if level.missing:
        return asked.unknown("C2", _lacking(asked, level, label), level.facts)
    name = _here_name(asked.rule("C1"), asked.here, level)
    least, most = min(n for _, n in level.there), max(n for _, n in level.there)
    words: dict[str, Value] = {"group": label, "name": name, "here": int(level.here)}
    if len(level.there) == 1:
        where = _where(asked.rule("C1"), level.there[0][0])
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


def _against_minimum(asked: Asked, iri: str, need: Requirement) -> Criterion:
    assert need.measure is not None and need.at_least is not None
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
        "needed", needed=need.at_least, group=_small(label), name=here.name, here=own[0]
    )
    facts = (bound, *_facts(own[1]))
    if own[0] < needed and around is not None:
        more = rule.say("around", around=around[0])
        reason = Said(reason.it + more.it, reason.en + more.en)
        facts = (*facts, *_facts(around[1]), *_membership(here))

    def grade() -> str:
        if own[0] >= needed:
            return MET
        return MANAGEABLE if around is not None and around[0] >= needed else CRITICAL

    figures = {"here": float(own[0]), "needed": needed}
    return asked.answer("C2", reason, facts, grade, figures=figures)


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


# --- C3: how strong the need is ---


def need(asked: Asked) -> Criterion:
    """C3: the series tied to a need of the practice, with its percentile here and there."""
    rule, here = asked.rule("C3"), asked.here
    tie = _tie(asked, rule)
    if tie is None:
        return asked.unknown("C3", [asked.lacks("need", "pratica")])
    key, stronger, need_fact = tie
    there = _comuni_there(asked, key)
    own = here.get(key)
    percent = here.territory.percent(key, here.istat)
    label = _series_label(asked, key, own or (there[0][1] if there else None))
    lacking = []
    if own is None or percent is None:
        lacking.append(asked.lacks("here", "qui", name=here.name, what=_small(label)))
    known = [
        (istat, datum, p)
        for istat, datum in there
        if (p := here.territory.percent(key, istat)) is not None
    ]
    if not known:
        lacking.append(_lacks_there(asked, label))
    facts = (need_fact, *_facts([own] if own else []), *_facts(datum for _, datum, _ in known))
    if lacking or own is None or percent is None:
        return asked.unknown("C3", lacking, facts)
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
        (*facts, *_adopter_facts(asked)),
        lambda: rule.graded(gap),
        figures={"here": own.number or 0, "percent": float(percent), "gap": gap},
    )


def _tie(asked: Asked, rule: Rule) -> tuple[str, str, Fact] | None:
    """The first tie of the rules that one of the needs has, by itself or by a broader one."""
    ties = rule.data["ties"]
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

_CLASSES: Final = ("degurba", "innerAreaClass")


def territory_type(asked: Asked) -> Criterion:
    """C4: degree of urbanisation and inner-area class, in steps between classes."""
    rule, here = asked.rule("C4"), asked.here
    own = {key: datum for key in _CLASSES if (datum := here.get(key)) is not None}
    there = {
        istat: {key: datum for key in own if (datum := here.territory.get(key, istat)) is not None}
        for istat in _istats(asked)
    }
    there = {istat: data for istat, data in there.items() if len(data) == len(_CLASSES)}
    label = listed([_small(asked.names(ns.ONTO + key)) for key in _CLASSES])
    lacking = []
    if len(own) < len(_CLASSES):
        lacking.append(asked.lacks("here", "qui", name=here.name, what=label))
    elif not there:
        lacking.append(_lacks_there(asked, label))
    facts = [*_facts(own.values()), *_facts(d for data in there.values() for d in data.values())]
    if lacking:
        return asked.unknown("C4", lacking, facts)
    apart = {
        istat: {key: abs(_rank(own[key]) - _rank(datum)) for key, datum in data.items()}
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
        (*facts, *(_facts([zone]) if zone else ()), *_adopter_facts(asked)),
        lambda: rule.graded(steps),
        figures={f"steps_{key}": float(n) for key, n in apart[nearest].items()},
    )


def _rank(datum: Datum) -> int:
    """The place of a class in the order of its scheme: 1 to 3, or a to f."""
    notation = ns.local(datum.value)
    return int(notation) if notation.isdigit() else ord(notation[0])


def _distance(rule: Rule, apart: Mapping[str, int]) -> Said:
    said = []
    for key, word in (("degurba", "degurba"), ("innerAreaClass", "inner")):
        if steps := apart.get(key, 0):
            amount = rule.words["step"] if steps == 1 else rule.say("steps", count=steps)
            said.append(rule.say(word, steps=amount))
    return listed(said)


def _class_names(asked: Asked, data: Iterable[Datum]) -> Said:
    return listed([_small(asked.names(datum.value)) for datum in data], Said(", ", ", "))


def _classes_there(asked: Asked, there: Iterable[Mapping[str, Datum]]) -> Said:
    data = {datum.value: datum for one in there for datum in one.values()}
    return _class_names(asked, sorted(data.values(), key=lambda d: (d.predicate, d.value)))


# --- C5: who runs it ---


def governance(asked: Asked) -> Criterion:
    """C5: the kind of body that ran it, against those that there are here."""
    rule, here = asked.rule("C5"), asked.here
    kinds: dict[str, list[tuple[str, Fact]]] = {}
    for body, fact in asked.subject.bodies:
        kinds.setdefault(_kind(asked, body), []).append((body, fact))
    own = here.territory.bodies.get(here.istat)
    if not kinds:
        return asked.unknown("C5", [asked.lacks("promoter", "pratica")])
    facts = tuple(fact for bodies in kinds.values() for _, fact in bodies)
    governs = _gazetteer(asked, own.iri, _GOVERNS, here.iri) if own else None

    def said(key: str, kind: str, **values: Value) -> Said:
        who = listed([asked.names(body) for body, _ in _first(kinds[kind])])
        return rule.say(key, who=who, name=here.name, **values)

    if "comune" in kinds and governs:
        return asked.answer("C5", said("comune", "comune"), (*facts, governs), lambda: MET)
    if "ambito" in kinds and (district := here.district):
        reason = said("ambito", "ambito", district=_short(district.name))
        return asked.answer("C5", reason, (*facts, *_membership(here)), lambda: MET)
    if governs is None or "ambito" in kinds:
        return asked.unknown("C5", [asked.lacks("district", "qui", name=here.name)], facts)
    if "regione" in kinds:
        above = here.territory.regions.get(here.istat, ())
        same = any(_region_of(body) in above for body, _ in kinds["regione"])
        grade = MANAGEABLE if same or "altri" in kinds else CRITICAL
        return asked.answer("C5", said("regione", "regione"), (*facts, governs), lambda: grade)
    return asked.answer("C5", said("altri", "altri"), (*facts, governs), lambda: MANAGEABLE)


def _kind(asked: Asked, body: str) -> str:
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
        lacks = asked.lacks("service", "qui", what=listed(names), district=_of_district(asked.here))
        return asked.unknown("C6", [lacks], facts)
    types = dict.fromkeys(one.type for one in there)
    if len(types) < len(wanted) and "C6" in asked.subject.declared:
        unknown = [name for one, name in zip(wanted, names, strict=True) if one not in types]
        lacks = asked.lacks(
            "service", "qui", what=listed(unknown), district=_of_district(asked.here)
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


def is_there(service: Service, rules: Rules) -> bool:
    """Whether a source says that a service runs, or that a fund is assigned."""
    data = rules.data["services"]
    stages = data["assigned"] if service.type in data["funds"] else data["there"]
    return service.present and service.stage in stages


# --- C7: what is there already ---


def duplicates(asked: Asked) -> Criterion:
    """C7: practices here or in the Ambito for the same need and the same people."""
    rule = asked.rule("C7")
    if not asked.others:
        return asked.answer("C7", rule.words["none"], ())
    found = listed([Said(f"«{one.title}»", f"“{one.title}”") for one in asked.others[:_MANY]])
    facts = tuple(
        Fact(one.iri, T.needCategory.value, one.need, one.iri.replace("/pratica/", "/scheda/"))
        for one in asked.others
    )
    return asked.answer("C7", rule.say("some", found=found), facts)


# --- C8: what it costs ---


def cost(asked: Asked) -> Criterion:
    """C8: the largest sum over the residents there, against the expenditure per resident here."""
    rule, here = asked.rule("C8"), asked.here
    own = here.get(rule.data["series"])
    spent = _spent(asked, rule)
    lacking = []
    if spent is None:
        lacking.append(asked.lacks("cost", "pratica"))
    if own is None:
        label = Said("la spesa del Comune per residente", "the expenditure per resident")
        lacking.append(asked.lacks("here", "qui", name=here.name, what=label))
    if spent is None or own is None or not own.number:
        facts = (*(spent[2] if spent else ()), *_facts([own] if own else []))
        return asked.unknown("C8", lacking, facts)
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
    population_here = here.get("population")
    facts = (*facts, *_facts([own]))
    if population_here and population_here.number:
        amount = round(per_head * population_here.number)
        more = rule.say("here", euro=amount)
        reason = Said(f"{reason.it} {more.it}", f"{reason.en} {more.en}")
        facts = (*facts, *_facts([population_here]))
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


def _spent(asked: Asked, rule: Rule) -> tuple[Sum, float, tuple[Fact, ...]] | None:
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
    return largest, found[0], (largest.fact, *(one.fact for one in origins), *_facts(found[1]))


def _cost_sums(euro: float, residents: float, each: float, spending: float, share: float) -> Said:
    def one(lang: str) -> str:
        def n(value: float, decimals: int = 2) -> str:
            return written(value, "en" if lang == "en" else "it", decimals)

        return (
            f"{n(euro)} ÷ {n(residents, 0)} = {n(each)}; "
            f"{n(each)} ÷ {n(spending)} × 100 = {n(share)}"
        )

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
                known.append(_series_label(asked, key, datum))
                facts.append(datum.fact)
    if not known:
        return asked.unknown("C9", [asked.lacks("eligible", "qui", what=listed(names))], facts)
    found = listed(list(dict.fromkeys(known))[:_MANY])
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
            _gazetteer(asked, here.iri, _ABOVE, above[0]),
            _gazetteer(asked, above[0], _ABOVE, above[1]),
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
        facts += _adopter_facts(asked)
    same = region in above
    reason = rule.say("same" if same else "other", region=asked.names(region), name=here.name)
    return asked.answer("C10", reason, facts, lambda: MET if same else MANAGEABLE)


def _region_there(asked: Asked) -> str | None:
    regions = asked.here.territory.regions
    return next(
        (regions[istat][1] for istat in _istats(asked) if len(regions.get(istat, ())) > 1), None
    )


# --- C11 to C14: what informs ---


def replicated(asked: Asked) -> Criterion:
    """C11: who has taken it up, by kind."""
    rule = asked.rule("C11")
    told = asked.subject.replications
    if not told:
        return asked.answer("C11", rule.words["none"], ())
    kinds: dict[str, int] = {}
    for _, one in told:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    said = listed(
        [
            Said(f"{_small(name).it} ({number})", f"{_small(name).en} ({number})")
            for name, number in ((asked.names(kind), n) for kind, n in sorted(kinds.items()))
        ]
    )
    key = "once" if len(told) == 1 else "some"
    facts = tuple(_of_replication(asked, iri, one.sources) for iri, one in told)
    return asked.answer(
        "C11",
        rule.say(key, count=len(told), kinds=said),
        facts,
        figures={"count": float(len(told))},
    )


def _of_replication(asked: Asked, iri: str, sources: tuple[str, ...]) -> Fact:
    fact = asked.subject.fact(T.replicates.value, asked.subject.iri, iri)
    if not sources:
        return fact
    return Fact(fact.subject, fact.predicate, fact.object, sources[0], sources=sources[1:])


_KIT: Final = (
    ("steps", "steps", T.hasStep, "fase"),
    ("staff", "staff", T.hasResource, "personale"),
    ("acts", "acts", T.hasAct, "atto"),
    ("costs", "costs", T.hasResource, "costo"),
    ("core", "components", T.hasComponent, "componente"),
    ("obstacles", "obstacles", T.hasObstacle, "ostacolo"),
    ("tools", "tools", T.hasReplicationTool, "strumento"),
)
"""Word, field of the record, predicate and segment of the parts that help to start again."""


def kit(asked: Asked) -> Criterion:
    """C12: which of the things needed to start again the sheet has."""
    rule, it = asked.rule("C12"), asked.subject.it
    found = [(word, link, part) for word, name, link, part in _KIT if getattr(it, name)]
    lacking = [rule.words[word] for word, name, _, _ in _KIT if not getattr(it, name)]
    facts = tuple(
        asked.subject.fact(link.value, f"{asked.subject.iri}/{part}/1") for _, link, part in found
    )
    if not found:
        return asked.answer("C12", rule.say("none", all=len(_KIT)), ())
    said = listed([rule.words[word] for word, _, _ in found])
    reason = rule.say("said", count=len(found), all=len(_KIT), found=said)
    if lacking:
        more = rule.say("lacking", lacking=listed(lacking))
        reason = Said(reason.it + more.it, reason.en + more.en)
    return asked.answer("C12", reason, facts, figures={"count": float(len(found))})


def recency(asked: Asked) -> Criterion:
    """C13: since when, and until when."""
    rule, it = asked.rule("C13"), asked.subject.it
    said: list[Said] = []
    facts: list[Fact] = []
    if it.start_year:
        said.append(rule.say("start", year=str(it.start_year)))
        facts.append(asked.subject.fact(T.startYear.value, str(it.start_year)))
    if it.period_as_said:
        said.append(rule.say("period", text=it.period_as_said))
        facts.append(asked.subject.fact(T.periodAsSaid.value, it.period_as_said))
    reason = Said(*(" ".join(words) for words in zip(*said, strict=True))) if said else None
    return asked.answer("C13", reason or rule.words["none"], facts)


def completeness(asked: Asked, others: Sequence[Criterion]) -> Criterion:
    """C14: which of the comparisons lack a datum; `others` are the results of C1 to C13."""
    rule = asked.rule("C14")
    compared = [one for one in others if one.id in COMPARED]
    lacking = [one for one in compared if one.verdict == MISSING]
    figures = {"comparable": float(len(compared) - len(lacking)), "of": float(len(compared))}
    if not lacking:
        reason = rule.say("all", of=len(compared))
    else:
        names = [_small(asked.names(ns.concept("criterio", one.id.lower()))) for one in lacking]
        reason = rule.say(
            "some",
            comparable=len(compared) - len(lacking),
            of=len(compared),
            lacking=listed(names),
        )
    result = asked.answer("C14", reason, (), figures=figures)
    missing = tuple(dict.fromkeys(m for one in lacking for m in one.missing))
    return Criterion(
        result.id, result.verdict, False, result.reason, missing=missing, figures=figures
    )


CRITERIA: Final[Mapping[str, Callable[[Asked], Criterion]]] = {
    "C1": population,
    "C2": critical_mass,
    "C3": need,
    "C4": territory_type,
    "C5": governance,
    "C6": services,
    "C7": duplicates,
    "C8": cost,
    "C9": funding,
    "C10": legal_basis,
    "C11": replicated,
    "C12": kit,
    "C13": recency,
}
"""All but C14, which is about the others."""


# --- What several share ---


@dataclass(frozen=True, slots=True)
class _Level:
    """A measure here and there, on the level (Comune or Ambito) on which both are known."""

    here: float
    there: Sequence[tuple[Adopter, float]]
    facts: tuple[Fact, ...]
    around: bool
    missing: str = ""


def _level(asked: Asked, key: str) -> _Level:
    """Comuni with Comuni where one is known, else Ambiti with Ambiti.

    `key` is `population` or a measure. `missing` is `place`, `there`, `here`, `district` or empty.
    """
    adopters, here = asked.subject.adopters, asked.here
    if not adopters:
        return _Level(0, (), (), False, "place")
    problem = "there"
    facts: tuple[Fact, ...] = ()
    for around in (False, True):
        there = [
            (one, found)
            for one in adopters
            if one.istats
            and (one.district is not None) is around
            and (found := _measured(asked, key, one.istats)) is not None
        ]
        if not there:
            continue
        mine: Sequence[str] = (here.istat,)
        if around:
            mine = here.district.members if here.district else ()
        own = _measured(asked, key, mine) if mine else None
        told = (*(one.fact for one, _ in there), *_facts(d for _, (_, data) in there for d in data))
        if own is None:
            problem, facts = ("district" if around and not mine else "here"), (*facts, *told)
            continue
        members = _membership(here) if around else ()
        return _Level(
            own[0],
            [(one, number) for one, (number, _) in there],
            (*told, *_facts(own[1]), *members),
            around,
        )
    own = _measured(asked, key, (here.istat,))
    return _Level(0, (), (*facts, *(_facts(own[1]) if own else ())), False, problem)


def _measured(
    asked: Asked, key: str, istats: Sequence[str]
) -> tuple[float, tuple[Datum, ...]] | None:
    found = (
        total(asked.here.territory, key, istats)
        if key == "population"
        else count(asked.here, key, asked.rules, istats)
    )
    return found if found is not None and found[0] > 0 else None


def _lacking(asked: Asked, level: _Level, label: Said) -> list[Missing]:
    if level.missing == "place":
        return [asked.lacks("place", "pratica")]
    if level.missing == "there":
        return [asked.lacks("there", "pratica", what=_small(label))]
    if level.missing == "district":
        return [asked.lacks("district", "qui", name=asked.here.name)]
    return [asked.lacks("here", "qui", name=asked.here.name, what=_small(label))]


def _lacks_there(asked: Asked, label: Said) -> Missing:
    if not asked.subject.adopters:
        return asked.lacks("place", "pratica")
    return asked.lacks("there", "pratica", what=_small(label))


def _istats(asked: Asked) -> dict[str, None]:
    """The Comuni of all the adopters."""
    return dict.fromkeys(istat for one in asked.subject.adopters for istat in one.istats)


def _comuni_there(asked: Asked, key: str) -> list[tuple[str, Datum]]:
    territory = asked.here.territory
    return [
        (istat, datum)
        for istat in _istats(asked)
        if (datum := territory.get(key, istat)) is not None and datum.number is not None
    ]


def _adopter_facts(asked: Asked) -> tuple[Fact, ...]:
    return tuple(one.fact for one in asked.subject.adopters if one.istats)


def _facts(data: Iterable[Datum]) -> tuple[Fact, ...]:
    return tuple(datum.fact for datum in data)


def _membership(here: Here) -> tuple[Fact, ...]:
    """The statement that puts a Comune in its Ambito."""
    district, body = here.district, here.territory.bodies.get(here.istat)
    if district is None or body is None:
        return ()
    source = district.sources[0] if district.sources else district.iri
    link = T.hasMemberMunicipality.value
    return (Fact(district.iri, link, body.iri, source, district.date, district.sources[1:]),)


def _gazetteer(asked: Asked, subject: str, predicate: str, object_: str) -> Fact:
    source, date = asked.rules.gazetteer
    return Fact(subject, predicate, object_, source, date)


def _series_label(asked: Asked, key: str, datum: Datum | None) -> Said:
    if datum is None:
        return asked.names(ns.resource("statistica", key))
    return Said(datum.series.title_it, datum.series.title_en)


def _number(datum: Datum) -> Value:
    number = Decimal(datum.value)
    return int(number) if number == number.to_integral_value() else number


def _where(rule: Rule, one: Adopter) -> Said:
    if one.district is not None:
        return rule.say("around", where=_short(one.name))
    return Said(one.name, one.name)


def _here_name(rule: Rule, here: Here, level: _Level) -> Said:
    if level.around and here.district:
        return rule.say("around", where=_short(here.district.name))
    return Said(here.name, here.name)


def _short(name: str) -> str:
    """An Ambito by the place that it is called after."""
    return name.removeprefix("Ambito territoriale sociale di ")


def _of_district(here: Here) -> Said:
    if here.district is None:
        return Said("", "")
    name = _short(here.district.name)
    return Said(f" di {name}", f" of {name}")


def _origin_names(asked: Asked) -> Said:
    rule = asked.rule("C1")
    return listed([_where(rule, one) for one in asked.subject.adopters if one.is_origin][:_MANY])


def _first(bodies: Sequence[tuple[str, Fact]]) -> Sequence[tuple[str, Fact]]:
    return list(dict(bodies).items())[:_MANY]


def _small(label: Said) -> Said:
    """A label inside a sentence: its first letter small, unless it is an acronym."""
    return Said(*(t[:1].lower() + t[1:] if t[1:2].islower() else t for t in label))
