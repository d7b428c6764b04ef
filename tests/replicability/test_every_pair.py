"""Every Comune of Puglia with every practice: no error, no datum called missing that is known."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from talea_catalogue.release import Release
from talea_catalogue.replicability import COMPARED, Fit, Replicability
from talea_catalogue.replicability.facts import Territory

CODES = {"soddisfatto", "gestibile", "critico", "mancante", "non_giudicato"}
INFORMING = {"C7", "C11", "C12", "C13", "C14"}
SEED = 20261122


@pytest.fixture(scope="module")
def comuni(engine: Replicability) -> list[str]:
    return sorted(engine.territory.puglia)


def fits(engine: Replicability, slugs: list[str], comuni: list[str]) -> Iterator[Fit]:
    for slug in slugs:
        for istat in comuni:
            fit = engine.fit(slug, istat)
            assert fit is not None
            yield fit


def test_all_comuni_with_all_practices(
    invented: Release, comuni: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    engine = invented.replicability
    slugs = invented.repository.slugs()
    assert len(comuni) == 257
    known: Counter[str] = Counter()
    pairs = 0
    for fit in fits(engine, slugs, comuni):
        pairs += 1
        assert [one.id for one in fit.criteria] == [f"C{n}" for n in range(1, 15)]
        for one in fit.criteria:
            assert one.verdict in CODES
            assert one.reason.it
            assert one.reason.en
            known[one.id] += one.verdict != "mancante"
            if one.id in INFORMING:
                assert (one.verdict, one.judged) == ("non_giudicato", False)
            if one.verdict not in ("mancante", "non_giudicato"):
                assert one.judged
                assert any(fact.source and fact.date for fact in one.facts), (fit.istat, one)
            if one.verdict == "mancante":
                assert one.missing
        for check in fit.checks:
            assert check.verdict in ("soddisfatto", "mancante", "critico")
            if check.verdict != "mancante":
                assert any(fact.source and fact.date for fact in check.facts), check
    with capsys.disabled():
        shares = ", ".join(f"{code} {100 * known[code] / pairs:.0f}%" for code in COMPARED)
        print(f"\n{pairs} pairs; both sides known: {shares}")


def test_lists_agree_with_fits(invented: Release, comuni: list[str]) -> None:
    """The quick list of a Comune says what each fit says, in the order of the rules."""
    engine = invented.replicability
    outside = [one for one in engine.territory.names if one not in engine.territory.puglia][:5]
    for istat in [*random.Random(SEED).sample(comuni, 20), *outside]:
        listed = engine.practices(istat)
        assert listed is not None
        for one in listed:
            fit = engine.fit(one.slug, istat)
            assert fit is not None
            counted = Counter(check.verdict for check in fit.checks)
            assert one.blocks == len(fit.blocks)
            assert (one.met, one.unknown) == (counted["soddisfatto"], counted["mancante"])
            assert one.comparable == fit.comparable, (one.slug, istat)
        assert [one.blocks for one in listed] == sorted(one.blocks for one in listed)


def test_scale_territory_governance_and_cost_are_compared_where_known(
    invented: Release, comuni: list[str]
) -> None:
    """C1, C4 and C5 for every practice with a place in Puglia; C8 where a sum is given as well."""
    engine = invented.replicability
    for slug in invented.repository.slugs():
        subject = engine.subject(slug)
        assert subject is not None
        placed = [one for one in subject.adopters if one.istats]
        if not placed:
            continue
        fit = engine.fit(slug, comuni[0])
        assert fit is not None
        for code in ("C1", "C4", "C5"):
            one = fit.criterion(code)
            assert one.verdict != "mancante", (slug, code)
            subjects = {fact.subject for fact in one.facts if fact.source}
            assert any(comuni[0] in iri or "ente/" in iri for iri in subjects)
        sourced = [fact for fact in fit.criterion("C1").facts if fact.date]
        assert len(sourced) >= 2
        has_sum = any("per beneficiario" not in one.words for one in subject.sums)
        from_one_place = all(one.istats for one in subject.adopters if one.is_origin)
        if has_sum and from_one_place and any(one.is_origin for one in placed):
            assert fit.criterion("C8").verdict != "mancante", slug


def test_a_fact_taken_away_never_makes_a_verdict_better(
    invented: Release, altered: Callable[[Territory], Replicability]
) -> None:
    """Each datum of the Comune taken away leaves each verdict, or turns it into `mancante`."""
    engine = invented.replicability
    chance = random.Random(SEED)
    slugs = [slug for slug in invented.repository.slugs() if slug.startswith("inventata")]
    comuni = chance.sample(sorted(engine.territory.puglia), 4)
    changed = 0
    for istat in comuni:
        taken = [key for key, column in engine.territory.columns.items() if column.get(istat)]
        for slug in slugs:
            before = engine.fit(slug, istat)
            assert before is not None
            for key in taken:
                after = altered(engine.territory.without(key, istat)).fit(slug, istat)
                assert after is not None
                for one, other in zip(before.criteria, after.criteria, strict=True):
                    assert other.verdict in (one.verdict, "mancante"), (slug, istat, key, one.id)
                    changed += one.verdict != other.verdict
                for check, again in zip(before.checks, after.checks, strict=True):
                    assert again.verdict in (check.verdict, "mancante"), (slug, istat, key)
    assert changed


def test_who_repeated_a_practice_is_told_the_nearest_first(invented: Release) -> None:
    engine = invented.replicability
    for istat in ("071001", "072006"):
        found = engine.repeated(istat, 20)
        assert found
        assert [one.near.distance for one in found] == sorted(one.near.distance for one in found)
        for one in found:
            assert not one.adopter.is_origin
            assert istat not in one.adopter.istats
            assert one.replication.kind
    assert engine.repeated("999999", 5) == ()


def test_who_is_of_a_like_size_comes_first_and_nobody_is_lost(release: Release) -> None:
    engine, limit = release.replicability, 6
    similar = engine.rules.criteria["C1"].data["similar"]
    for istat in engine.territory.puglia:
        alike, others = engine.repeated_by_size(istat, limit)
        assert len(alike) + len(others) == limit
        for group, near in ((alike, True), (others, False)):
            distances = [one.near.distance for one in group]
            assert distances == sorted(distances)
            for one in group:
                counts = [
                    engine.territory.get("population", place).number
                    for place in (istat, one.near.istat)
                ]
                assert (max(counts) / min(counts) <= similar) is near
        if not alike:
            assert others == engine.repeated(istat, limit)
    assert engine.repeated_by_size("999999", limit) == ((), ())
