"""The SPARQL beside each criterion finds the facts that the criterion shows."""

from __future__ import annotations

import pytest

from talea_catalogue.release import Release
from talea_catalogue.replicability import Fact

ASKED = (
    ("scheda-pippi", "072023"),
    ("trani-bisceglie-housing-first", "072020"),
    ("napoli-affido-culturale", "072030"),
    ("imola-emporio-no-sprechi", "075052"),
    ("scheda-red-puglia", "075030"),
    ("scheda-housing-first", "110009"),
    ("puglia-humus", "071060"),
    ("aldeno-coresidenzialita", "022205"),
    ("inventata-sportello-ambito", "110008"),
    ("inventata-ludoteca", "072006"),
    ("inventata-vicini", "074012"),
    ("inventata-estera", "075052"),
    ("inventata-regionale", "072020"),
)


@pytest.mark.parametrize(("slug", "istat"), ASKED)
def test_the_query_of_a_criterion_finds_its_facts(invented: Release, slug: str, istat: str) -> None:
    engine = invented.replicability
    fit = engine.fit(slug, istat)
    assert fit is not None
    for one in fit.criteria:
        assert found(invented, engine.query(one.id, slug, istat)) >= keys(one.facts), one.id
    told = found(invented, engine.query("prerequisites", slug, istat))
    for check in fit.checks:
        assert told >= keys(check.facts), check.iri


def found(release: Release, text: str) -> set[tuple[str, str, str]]:
    store = release.store
    rows = store._rows(text)
    return {(row["subject"].value, row["predicate"].value, row["object"].value) for row in rows}


def keys(facts: tuple[Fact, ...]) -> set[tuple[str, str, str]]:
    return {(fact.subject, fact.predicate, fact.object) for fact in facts}
