"""The transfer plan says what the comparison and the answers say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from talea_catalogue.release import Release
from talea_catalogue.replicability import Replicability, Said
from talea_catalogue.replicability.beside import beside
from talea_catalogue.replicability.plan import Answer, Plan, plan_of
from talea_catalogue.replicability.questions import LEVELS, OPEN, READY, UNSURE, shipped

HERE = "075043"
TOLD = "scheda-affiancamento-familiare"
UNTOLD = "comune-bari-2024"

Make = Callable[..., Plan]


@pytest.fixture
def make(engine: Replicability, invented: Release) -> Make:
    label = invented.repository.label

    def plan(slug: str, istat: str = HERE, answers: tuple[Answer, ...] = ()) -> Plan:
        fit = engine.fit(slug, istat)
        assert fit is not None
        return plan_of(
            fit,
            "Melendugno",
            answers,
            names=lambda iri: Said(label(iri, "it"), label(iri, "en")),
            rules=engine.rules,
            questions=shipped(),
            digest="0" * 64,
            today=date(2026, 11, 22),
        )

    return plan


def test_there_are_twelve_questions_each_with_its_levels_and_who_wrote_it() -> None:
    questions = shipped()
    assert [one.id for one in questions.items] == [f"A{n}" for n in range(1, 13)]
    for one in questions.items:
        assert tuple(one.levels) == LEVELS
        assert all(words.it and words.en for words in one.levels.values()), one.id
        assert one.author
        assert one.reason
        assert one.date <= date.today()


def test_each_question_is_a_concept_of_the_vocabulary(invented: Release) -> None:
    for one in shipped().items:
        concept = invented.repository.concept(
            f"https://w3id.org/talea/voc/criterio/{one.id.lower()}"
        )
        assert concept is not None, one.id
        assert concept.label_it, one.id


def test_what_is_not_settled_is_asked_again_and_what_is_settled_is_not(make: Make) -> None:
    first, second, third, *_ = shipped().items
    plan = make(TOLD, answers=(Answer(first, READY), Answer(second, OPEN), Answer(third, UNSURE)))
    about = [one.about for one in plan.todo]
    assert first.id not in about
    words = {one.about: one.what.it for one in plan.todo}
    assert words["A2"].startswith("Resta aperto: ")
    assert words["A3"].startswith("Da sapere: ")
    assert words["A4"].startswith("Senza risposta: ")
    assert [one.question.id for one in plan.answers] == [one.id for one in shipped().items]


def test_each_prerequisite_that_is_not_met_and_each_missing_datum_is_a_thing_to_do(
    make: Make,
) -> None:
    plan = make(TOLD)
    about = [one.about for one in plan.todo]
    for check in plan.fit.checks:
        assert (check.iri in about) == (check.verdict != "soddisfatto")
    told = " ".join(how.it for one in plan.todo for how in one.how)
    for lack in plan.fit.missing:
        assert lack.who.it in told


def test_a_block_comes_first(make: Make, engine: Replicability, invented: Release) -> None:
    found = _blocked(engine)
    plan = make(*found)
    assert plan.fit.blocks
    assert plan.checks[0].verdict == "critico"
    assert plan.todo[0].what.it.startswith("Affrontare il blocco: ")
    assert plan.todo[0].what.en.startswith("Deal with what blocks it: ")


def _blocked(engine: Replicability) -> tuple[str, str]:
    """An invented practice and a Comune that it cannot be done in."""
    for istat in sorted(engine.territory.puglia):
        for slug in ("inventata-ludoteca", "inventata-vicini"):
            fit = engine.fit(slug, istat)
            if fit is not None and fit.blocks:
                return slug, istat
    raise AssertionError("no invented practice is blocked anywhere")


def test_judged_differences_come_before_those_only_shown(make: Make) -> None:
    plan = make("inventata-ludoteca")
    judged = [one.judged for one in plan.differences]
    assert any(judged)
    assert judged == sorted(judged, reverse=True)


def test_of_an_untold_practice_nothing_is_made_up(make: Make, invented: Release) -> None:
    assert invented.repository.level(UNTOLD).level == 0
    plan = make(UNTOLD)
    assert plan.checks == ()
    assert plan.measured == ()
    assert plan.told == ()
    told = {code for code, found in plan.known.items() if found}
    assert told <= {"A5", "A7", "A12"}  # who promoted it, what else there is here, whom to call


def test_whom_to_call_names_bodies_and_places_each_once(make: Make) -> None:
    plan = make(TOLD)
    iris = [one.iri for one in plan.contacts]
    assert len(iris) == len(set(iris))
    assert plan.fit.subject.it.promoters[0] in iris
    assert plan.fit.closest is not None
    assert plan.fit.closest.adopter.replication in iris


def test_every_practice_has_a_plan(make: Make, invented: Release) -> None:
    for slug in invented.repository.slugs():
        plan = make(slug)
        assert len(plan.answers) == 12
        assert set(plan.known) == {one.id for one in shipped().items}


def test_what_is_shown_beside_a_question_is_a_part_of_the_sheet(
    engine: Replicability, invented: Release
) -> None:
    fit: Any = engine.fit(TOLD, HERE)
    found = beside(fit, lambda iri: Said(iri, iri))
    it = fit.subject.it
    assert len(found["A1"]) == len(it.acts)
    assert len(found["A4"]) == len(it.staff)
    assert [one.text.it for one in found["A6"]] == [one.name for one in it.partners]
    assert len(found["A8"]) == sum(one.core is True for one in it.components)
    assert found["A7"][0].text == fit.criterion("C7").reason
