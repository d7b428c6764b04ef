"""Facts that contradict each other, lack, or come from places of which little is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.replicability import Replicability
from talea_catalogue.replicability.facts import Service, Territory

Altered = Callable[[Territory], Replicability]
FUNDED = ("scheda-pippi", "072023")
FUND = f"{ns.ID}pratica/scheda-pippi/prerequisito/6"


def test_sources_that_contradict_each_other_are_all_shown(
    engine: Replicability, altered: Altered
) -> None:
    known = engine.territory.services_for(FUNDED[1])
    told = next(one for one in known if one.type == "pnrr-1-1-1")
    doubt = replace(told, iri=f"{told.iri}-x", presence="non-accertata", stage=None)
    territory = replace(engine.territory, services=(*engine.territory.services, doubt))
    fit = altered(territory).fit(*FUNDED)
    assert fit is not None
    check = next(one for one in fit.checks if one.iri == FUND)
    assert check.verdict == "soddisfatto"
    assert {told.iri, doubt.iri} <= {fact.subject for fact in check.facts}


@pytest.mark.parametrize("stage", [None, "previsto", "programmato", "approvato"])
def test_what_is_only_planned_is_not_there(
    engine: Replicability, altered: Altered, stage: str | None
) -> None:
    services = tuple(
        replace(one, stage=stage) if one.type == "pnrr-1-1-1" else one
        for one in engine.territory.services
    )
    fit = altered(replace(engine.territory, services=services)).fit(*FUNDED)
    assert fit is not None
    check = next(one for one in fit.checks if one.iri == FUND)
    assert check.verdict == "mancante"
    assert check.missing


def test_a_service_that_nobody_speaks_of_is_unknown_and_never_absent(
    engine: Replicability, altered: Altered
) -> None:
    bare = altered(replace(engine.territory, services=()))
    for istat in sorted(engine.territory.puglia)[::40]:
        fit = bare.fit("scheda-pippi", istat)
        assert fit is not None
        assert {one.verdict for one in fit.checks} == {"mancante"}
        assert not fit.blocks


def test_an_ambito_without_known_members_leaves_its_totals_unknown(
    engine: Replicability, altered: Altered
) -> None:
    territory = engine.territory
    member = territory.districts["ats-corato"].members[0]
    other = member if member != "072020" else territory.districts["ats-corato"].members[1]
    fit = altered(territory.without("population", other)).fit(
        "trani-bisceglie-housing-first", "072020"
    )
    assert fit is not None
    assert fit.criterion("C1").verdict == "mancante"
    bodies = {**territory.bodies, "072020": replace(territory.bodies["072020"], district=None)}
    alone = altered(replace(territory, bodies=bodies))
    fit = alone.fit("trani-bisceglie-housing-first", "072020")
    assert fit is not None
    assert fit.criterion("C1").verdict == "mancante"
    assert fit.criterion("C5").verdict == "mancante"


def test_a_comune_outside_puglia_gets_an_honest_answer(invented: Release) -> None:
    engine = invented.replicability
    outside = [one for one in engine.territory.names if one not in engine.territory.puglia]
    assert outside
    for istat in outside:
        fit = engine.fit("bitonto-nonsonounodivoi", istat)
        assert fit is not None
        assert fit.criterion("C3").verdict == "mancante"
        assert not fit.blocks
        assert engine.similar(istat, 3) or not fit.comparable


def test_unknown_names_have_no_answer(engine: Replicability) -> None:
    assert engine.fit("nulla", "072006") is None
    assert engine.fit("scheda-pippi", "999999") is None
    assert engine.fit("scheda-pippi", "") is None
    assert engine.practices("999999") is None
    assert engine.similar("999999") == ()


def test_a_service_of_the_register_without_a_source_is_still_sourced() -> None:
    one = Service("x", "nido", "accertata", "iscritto", None, None, ("072006",), ())
    assert one.fact.source
