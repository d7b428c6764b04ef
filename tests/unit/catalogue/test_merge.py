"""Two tellings of one practice become one record, and nothing that either says is lost."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest

from talea_catalogue import mapping, model
from talea_catalogue import namespaces as ns
from talea_catalogue.intake.merge import merge

A, B = "https://a.it/1", "https://b.it/2"
INFERRED = ns.concept("origine", "inferita")


def practice(sources: tuple[str, ...] = (A,), **values: Any) -> model.Practice:
    record = {
        name: values.pop(name) for name in [f.name for f in fields(model.Record)] if name in values
    }
    status = ns.concept("stato-editoriale", "pubblicata")
    given: dict[str, Any] = {
        "slug": "orti",
        "promoters": (ns.resource("ente", "uno"),),
        "record": model.Record(sources=sources, status=status, **record),
    }
    return model.Practice(**given | values)


def component(title: str = "Patto", **values: Any) -> model.Component:
    return model.Component(title=title, **values)


def test_what_only_one_of_them_says_is_kept() -> None:
    first = practice(title="Orti", start_year=2012, steps=(model.Step(title="Avvio"),))
    second = practice(sources=(B,), period_as_said="dal 2012", components=(component(),))
    both = merge(first, second)
    assert (both.title, both.start_year, both.period_as_said) == ("Orti", 2012, "dal 2012")
    assert both.steps == first.steps
    assert both.components == second.components
    assert both.record.sources == (A, B)
    assert both.record.editorial_note is None


def test_the_first_words_stay_and_the_second_are_told_in_the_note() -> None:
    first = practice(title="Orti", period_as_said="dal 2012", editorial_note="Di mano nostra.")
    second = practice(title="Gli orti", period_as_said="2012-2020", start_year=2011)
    both = merge(first, second)
    assert both.title == "Orti"
    assert both.other_titles == ("Gli orti",)
    assert both.period_as_said == "dal 2012"
    assert both.record.editorial_note == (
        "Di mano nostra.\n\nUn'altra raccolta delle fonti dice: periodo «2012-2020»."
    )


@pytest.mark.parametrize(
    ("theirs", "highest"), [("residenti", Decimal(900)), ("residenti-65", None)]
)
def test_the_bounds_of_another_measure_are_not_mixed_in(
    theirs: str, highest: Decimal | None
) -> None:
    mine = model.Prerequisite(
        title="Persone", measure=ns.concept("grandezza", "residenti"), at_least=Decimal(50)
    )
    other = replace(
        mine, measure=ns.concept("grandezza", theirs), at_least=None, at_most=Decimal(900)
    )
    second = practice(prerequisites=(other,))
    (both,) = merge(
        practice(prerequisites=(mine,)), second, {"prerequisites": {0: 0}}
    ).prerequisites
    assert (both.measure, both.at_least, both.at_most) == (mine.measure, Decimal(50), highest)


@pytest.mark.parametrize(
    ("first", "second", "note"),
    [
        (
            {"confidence": ns.concept("confidenza", "media")},
            {"confidence": ns.concept("confidenza", "alta")},
            "confidenza «alta»",
        ),
        (
            {"thematic_areas": (ns.concept("area-tematica", "4"),)},
            {"thematic_areas": tuple(ns.concept("area-tematica", n) for n in "14")},
            "area tematica «1, 4»",
        ),
        (
            {"context": model.Context(residents=5000)},
            {"context": model.Context(residents=5017, note="di pianura")},
            "abitanti «5017»",
        ),
        ({"selection_note": "sì"}, {"selection_note": "forse"}, "nota sulla selezione «forse»"),
        ({"promoter_as_said": "Uno"}, {"promoter_as_said": "Due"}, "promotore «Due»"),
        ({"web_page": A}, {"web_page": B}, f"pagina web «{B}»"),
    ],
)
def test_nothing_that_differs_is_lost(
    first: dict[str, Any], second: dict[str, Any], note: str
) -> None:
    both = merge(practice(**first), practice(**second))
    assert both.record.editorial_note == f"Un'altra raccolta delle fonti dice: {note}."
    for name, value in first.items():
        told = getattr(both, name, None) or getattr(both.record, name, None)
        assert told == (
            model.Context(residents=5000, note="di pianura") if name == "context" else value
        )


def test_a_part_said_twice_is_one_with_the_sources_of_both() -> None:
    first = practice(components=(component("Patto educativo", core=True, sources=(A,)),))
    second = practice(
        components=(
            component("Patto", description="Scritto.", core=False, sources=(B,)),
            component("Tutor"),
        )
    )
    both = merge(first, second, {"components": {0: 0}})
    assert both.components == (
        component("Patto educativo", description="Scritto.", core=True, sources=(A, B)),
        component("Tutor"),
    )


def test_a_part_of_a_part_is_filled_too() -> None:
    def with_result(**measured: Any) -> model.Practice:
        result = model.ReportedResult(
            kind=model.ResultKind.OUTPUT,
            description="Nuclei",
            measurement=model.Measurement(value=Decimal(25), **measured),
        )
        return practice(results=(result,))

    both = merge(
        with_result(period_as_said="2005-2007"),
        with_result(method_as_said="dato della fondazione", period_as_said="due anni"),
        {"results": {0: 0}},
    )
    (result,) = both.results
    assert result.measurement == model.Measurement(
        value=Decimal(25), period_as_said="2005-2007", method_as_said="dato della fondazione"
    )


def test_equal_parts_are_not_repeated_and_the_order_is_that_of_the_tellings() -> None:
    one, two, three = (model.Action(title=t) for t in ("b", "c", "a"))
    both = merge(practice(actions=(one, two)), practice(actions=(two, three)))
    assert both.actions == (one, two, three)


def test_the_same_facts_again_change_nothing() -> None:
    first = practice(title="Orti", period_as_said="dal 2012", confidence_note="Una fonte.")
    second = practice(
        sources=(B,),
        title="Gli orti",
        period_as_said="2012",
        confidence_note="Altra fonte.",
        components=(component(sources=(B,)),),
        context=model.Context(residents=10),
    )
    once = merge(first, second)
    assert merge(once, second) == once
    assert merge(once, first) == replace(once, record=merge(once, first).record)


def test_what_is_unknown_stays_unknown_until_one_of_them_says_it() -> None:
    assert merge(practice(), practice()).record.selected is None
    assert merge(practice(), practice(selected=False)).record.selected is False
    assert merge(practice(selected=True), practice(selected=False)).record.selected is True
    assert merge(practice(), practice(link_confirmed=False)).record.link_confirmed is False


def test_an_attribution_of_either_is_kept_once() -> None:
    own = model.Attribution(about="urn:a", origin=INFERRED, note="nostra")
    other = model.Attribution(about="urn:a", origin=INFERRED)
    more = model.Attribution(about="urn:b", origin=INFERRED)
    both = merge(practice(attributions=(own,)), practice(attributions=(other, more)))
    assert both.record.attributions == (own, more)


def test_a_merged_practice_reads_back_as_it_was_written() -> None:
    first = practice(title="Orti", components=(component(core=True, sources=(A,)),))
    both = merge(first, practice(sources=(B,), title="Gli orti", components=(component("Tutor"),)))
    assert mapping.practice_from(mapping.practice_triples(both), "orti") == both


def test_every_field_of_the_second_is_told_where_the_first_is_empty() -> None:
    """Whatever fields the model has: an empty first with a full second loses none of them."""
    full: dict[str, Any] = {}
    for field in fields(model.Practice):
        if field.name in ("slug", "record", "promoters", "title", "other_titles"):
            continue
        kind = str(field.type)
        if kind.startswith("tuple"):
            full[field.name] = (f"{field.name} x",)
        else:
            full[field.name] = f"{field.name} x"
    both = merge(practice(), practice(**full))
    assert {name: getattr(both, name) for name in full} == full
