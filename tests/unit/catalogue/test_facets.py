"""Facets, filters and ranges, against a count by hand over the records themselves."""

from __future__ import annotations

import random

import numpy as np
import pytest

from talea_catalogue import namespaces as ns
from talea_catalogue.facts import ComuneFacts
from talea_catalogue.model import Practice, ReportedResult, ResultKind
from talea_catalogue.release import Release
from talea_catalogue.repository import Repository
from talea_catalogue.search.facets import (
    COSTS,
    FACETS,
    FILTERS,
    MEASURES,
    RANGES,
    RESIDENTS,
    UNSAID,
    UNSAID_OF,
    YES,
    Columns,
    Facet,
    Value,
    whole,
)

STATED = (
    "popolazione",
    "aree-interne",
    "costo",
    "fonte",
    "evidenza",
    "anno",
    "livello",
    "replicata",
)
"""The facets whose values the tests below read from the records."""

Stated = dict[str, dict[str, set[str]]]
"""Slug -> facet -> values."""
Numbers = dict[str, dict[str, set[float]]]
"""Slug -> measure -> numbers."""


# --- By hand ---


def comuni_of(repository: Repository, practice: Practice) -> list[ComuneFacts]:
    """Where a practice is carried out, else the Comuni of its promoters."""
    around = [practice.promoter_place, *practice.promoter_members]
    codes = {ns.local(iri) for iri in around if iri}
    for body in practice.promoters:
        codes.add(repository.comune_of(body) or "")
        ambito = repository.ambito(ns.local(body))
        codes |= {istat for istat, _ in ambito.members} if ambito else set()
    here = [repository.comune(ns.local(iri)) for iri in practice.implemented_in]
    return [c for c in here if c] or [c for c in map(repository.comune, codes) if c]


def evidence_of(results: tuple[ReportedResult, ...]) -> set[str]:
    """The best level that the results reach, or nothing."""
    levels = set()
    for result in results:
        measured = result.measurement
        if result.kind in (ResultKind.OUTCOME, ResultKind.OUTPUT, ResultKind.QUALITATIVE):
            levels.add("0")
        if measured is None or measured.value is None:
            continue
        if result.kind in (ResultKind.OUTCOME, ResultKind.OUTPUT):
            levels.add("1")
        whole_ = measured.unit and measured.period_as_said and measured.method_as_said
        if result.kind is ResultKind.OUTCOME and whole_:
            levels.add("2")
    return {max(levels)} if levels else set()


def is_replicated(repository: Repository, practice: Practice) -> bool:
    """Whether any replication is told of: not the mere membership of one network."""
    told = [*practice.replications, *repository.replications_of(practice.slug)]
    kinds = {ns.local(one.kind) for one in told} - {"stesso-programma"}
    return bool(kinds or repository.replicas_declared(practice.slug))


def residents_class(number: float) -> str:
    """The class of so many residents."""
    ends = (5_000, 15_000, 50_000, 100_000)
    return RESIDENTS.values[sum(number > end for end in ends)].value


def cost_class(euro: float) -> str:
    """The class of a sum."""
    starts = (10_000, 50_000, 200_000, 1_000_000, 10_000_000)
    return COSTS.values[sum(euro >= start for start in starts)].value


@pytest.fixture(scope="session")
def by_hand(release: Release) -> tuple[Stated, Numbers]:
    """What each listed record states."""
    repository = release.repository
    stated: Stated = {}
    numbers: Numbers = {}
    for slug in repository.listed():
        practice = repository.practice(slug)
        assert practice is not None
        places = [
            {ns.local(fact.property): fact.value for fact in comune.facts}
            for comune in comuni_of(repository, practice)
        ]
        sums = {
            float(one.maximum if one.maximum is not None else one.amount)
            for one in (*practice.budgets, *practice.costs)
            if one.amount is not None
        }
        residents = {float(place["population"]) for place in places if "population" in place}
        numbers[slug] = {
            "costo": {max(sums)} if sums else set(),
            "abitanti": residents,
            "anno": {float(practice.start_year)} if practice.start_year else set(),
        }
        stated[slug] = {
            "popolazione": {residents_class(n) for n in residents},
            "aree-interne": {
                ns.local(place["innerAreaClass"]) for place in places if "innerAreaClass" in place
            },
            "costo": {cost_class(max(sums))} if sums else set(),
            "fonte": {ns.local(iri) for iri in practice.funding},
            "evidenza": evidence_of(practice.results),
            "anno": {str(practice.start_year)} if practice.start_year else set(),
            "livello": {str(repository.level(slug).level)},
            "replicata": {YES} if is_replicated(repository, practice) else set(),
        }
        for name in STATED:
            if not stated[slug][name]:
                stated[slug][name] = {UNSAID}
    return stated, numbers


def within(numbers: set[float], lower: str | None, upper: str | None) -> bool:
    """Whether one of the numbers is between two ends."""
    low = float(lower) if lower else float("-inf")
    high = float(upper) if upper else float("inf")
    return any(low <= number <= high for number in numbers)


def passes(slug: str, filters: dict[str, tuple[str, ...]], by_hand: tuple[Stated, Numbers]) -> bool:
    """Whether a record passes filters of `STATED` and ranges of one end each."""
    stated, numbers = by_hand
    if any(not stated[slug][name] & set(filters[name]) for name in STATED if name in filters):
        return False
    for measure in MEASURES:
        lower, upper = (filters.get(f"{measure}-{end}", (None,))[0] for end in ("da", "a"))
        if (lower or upper) and not within(numbers[slug][measure], lower, upper):
            return False
    return True


# --- Against the records ---


def test_the_values_of_each_practice_are_those_of_its_record(
    release: Release, by_hand: tuple[Stated, Numbers]
) -> None:
    columns = release.repository.columns()
    stated, _ = by_hand
    for name in STATED:
        values = {value for each in stated.values() for value in each[name]}
        assert len(values) > 1, name
        for value in values:
            expected = {slug for slug, each in stated.items() if value in each[name]}
            mask = columns.mask({name: (value,)})
            assert {columns.slugs[i] for i in np.flatnonzero(mask)} == expected, (name, value)


def test_filters_and_ranges_together_are_those_of_a_count_by_hand(
    release: Release, by_hand: tuple[Stated, Numbers]
) -> None:
    columns = release.repository.columns()
    stated, numbers = by_hand
    draw = random.Random(5)
    options = {name: sorted({v for s in stated.values() for v in s[name]}) for name in STATED}
    ends = {m: sorted({int(n) for s in numbers.values() for n in s[m]}) for m in MEASURES}
    seen = 0
    for _ in range(150):
        filters = {
            name: tuple(draw.sample(options[name], k=min(len(options[name]), draw.randint(1, 3))))
            for name in draw.sample(STATED, k=draw.randint(0, 3))
        }
        for name in draw.sample(RANGES, k=draw.randint(0, 2)):
            near = draw.choice(ends[name.partition("-")[0]])
            filters[name] = (str(near + draw.choice((0, 0, 1, -1, 1000))),)
        expected = {slug for slug in stated if passes(slug, filters, by_hand)}
        mask = columns.mask(filters)
        assert {columns.slugs[i] for i in np.flatnonzero(mask)} == expected, filters
        seen += bool(expected)
        base = {slug for slug in stated if draw.random() < 0.7}
        for facet in columns.facets(columns.found(base), filters):
            if facet.name in STATED:
                check_counts(facet, base, filters, by_hand)
    assert seen > 40


def check_counts(
    facet: Facet,
    base: set[str],
    filters: dict[str, tuple[str, ...]],
    by_hand: tuple[Stated, Numbers],
) -> None:
    """The counts of one facet, without its own filter."""
    others = {name: chosen for name, chosen in filters.items() if name != facet.name}
    left = [slug for slug in base if passes(slug, others, by_hand)]
    counts: dict[str, int] = {}
    for slug in left:
        for value in by_hand[0][slug][facet.name]:
            counts[value] = counts.get(value, 0) + 1
    chosen = filters.get(facet.name, ())
    told = {option.value: option.count for option in facet.options}
    assert told == counts | {value: counts.get(value, 0) for value in chosen}
    assert {option.value for option in facet.options if option.selected} == set(chosen)


def test_what_is_not_said_is_counted_and_can_be_chosen(release: Release) -> None:
    columns = release.repository.columns()
    overview = {facet.name: facet for facet in columns.overview}
    for name in UNSAID_OF:
        *said, last = overview[name].options
        assert last.value == UNSAID
        assert last.count == columns.mask({name: (UNSAID,)}).sum() > 0
        some = columns.mask({name: tuple(option.value for option in said)})
        assert (some ^ columns.mask({name: (UNSAID,)})).all()


def test_a_territory_is_left_out(release: Release) -> None:
    repository = release.repository
    columns = repository.columns()
    abroad = {
        slug
        for slug in repository.listed()
        if (repository.brief(slug).country or "").rsplit("/", 1)[-1] != "italia"
    }
    mask = columns.mask({"fuori": ("italia",)})
    assert {columns.slugs[i] for i in np.flatnonzero(mask)} == abroad
    puglia = columns.mask({"territorio": ("regione-puglia",)})
    assert (columns.mask({"fuori": ("regione-puglia",)}) == ~puglia).all()
    both = columns.mask({"fuori": ("regione-puglia", "spagna")})
    assert (both == ~(puglia | columns.mask({"territorio": ("spagna",)}))).all()


def test_the_order_of_the_rows_is_that_of_the_list(release: Release) -> None:
    repository = release.repository
    columns = repository.columns()
    assert list(columns.slugs) == repository.listed()
    assert [columns.row[slug] for slug in columns.slugs] == list(range(len(columns.slugs)))
    keys = [
        (-brief.level, (brief.title or "").casefold(), brief.slug)
        for brief in repository.briefs(columns.slugs)
    ]
    assert keys == sorted(keys)
    levels = {slug: repository.level(slug).level for slug in repository.slugs()}
    for level in range(5):
        assert repository.counts()[f"level-{level}"] == list(levels.values()).count(level)


# --- What is asked badly ---

BAD = [
    *("", " ", "-1", "+5", "1.5", "1e3", "0x10", "٣٠٠", "१२", "9" * 13, "9" * 10_000),
    *("\x00", "🙂", "non-detto"),
]


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:12]))
def test_what_is_no_whole_number_is_no_end_of_a_range(release: Release, text: str) -> None:
    columns = release.repository.columns()
    assert whole(text) is None
    for name in RANGES:
        assert not columns.takes(name, text)
        assert not columns.mask({name: (text,)}).any()


def test_values_that_a_filter_takes(release: Release) -> None:
    columns = release.repository.columns()
    for name in FACETS:
        for value in columns.known(name):
            assert columns.takes(name, value.value)
        for odd in ("", "x", "NON-DETTO", "\u202e", "🙂" * 2_500):
            assert not columns.takes(name, odd)
            assert not columns.mask({name: (odd,)}).any()
    assert columns.takes("anno", "1999")
    assert columns.takes("fuori", "italia")
    assert not columns.takes("territorio", "italia")
    assert not columns.takes("territorio", UNSAID)
    assert not columns.takes("replicata", "no")
    assert not columns.takes("colore", "rosso")
    assert not columns.mask({"colore": ("rosso",)}).any()
    assert columns.mask(dict.fromkeys(FILTERS, ())).all()


def test_classes_meet_without_a_gap() -> None:
    for number in (0, 1, 5_000, 5_001, 15_000, 15_001, 50_000, 50_001, 100_000, 100_001, 3_000_000):
        assert RESIDENTS.of(number) == residents_class(number)
    for euro in (0, 81, 9_999.99, 10_000, 49_999, 50_000, 200_000, 999_999.5, 1e6, 1e7, 4.5e8):
        assert COSTS.of(euro) == cost_class(euro)


# --- Any columns ---


@pytest.mark.parametrize("number", [0, 1, 7, 8, 63, 64, 65, 200])
def test_any_number_of_practices(number: int) -> None:
    draw = random.Random(number)
    having = {
        name: {value: [i for i in range(number) if draw.random() < 0.3] for value in ("a", "b")}
        for name in FACETS
    }
    values = {
        name: {value: np.array(rows, np.int32) for value, rows in column.items()}
        for name, column in having.items()
    }
    known = {name: [Value(v, v, v) for v in ("a", "b", UNSAID)] for name in FACETS}
    pairs = [(i, draw.randint(0, 5)) for i in range(number) for _ in range(draw.randint(0, 2))]
    rows = np.array([row for row, _ in pairs], np.int32)
    measure = (rows, np.array([float(value) for _, value in pairs]))
    columns = Columns(
        list(map(str, range(number))), values, known, dict.fromkeys(MEASURES, measure)
    )
    chosen = {"area": ("a",), "fonte": ("b", UNSAID), "anno-da": ("2",), "anno-a": ("4",)}
    unsaid = set(range(number)) - set(having["fonte"]["a"]) - set(having["fonte"]["b"])
    expected = (
        set(having["area"]["a"])
        & (set(having["fonte"]["b"]) | unsaid)
        & {row for row, value in pairs if 2 <= value <= 4}
    )
    mask = columns.mask(chosen)
    assert mask.shape == (number,)
    assert set(np.flatnonzero(mask).tolist()) == expected
    facets = {facet.name: facet for facet in columns.facets(columns.mask(chosen), {})}
    counts = {option.value: option.count for option in facets["target"].options}
    assert counts.get("a", 0) == len(expected & set(having["target"]["a"]))


def test_two_facets_crossed_count_what_both_filters_leave(release: Release) -> None:
    columns = release.repository.columns()
    for one, other in (("bisogno", "evidenza"), ("bisogno", "replicata"), ("area", "livello")):
        crossed = columns.crossed(one, other)
        assert len(crossed) == len(columns.known(one)) * len(columns.known(other))
        for (here, there), count in crossed.items():
            assert count == columns.mask({one: (here,), other: (there,)}).sum()
