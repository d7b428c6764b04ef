"""Similar practices, practices for a need, practices from Comuni like one: which, and why."""

import dataclasses
import json
import math
from pathlib import Path

import pytest

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.repository import Repository
from talea_catalogue.search import Query, SearchIndex, ranking, similar
from talea_catalogue.search.facets import RESIDENTS
from talea_catalogue.search.similar import LIKE

HERE = Path(__file__).parent
FIRST_FOUR = 0.65
"""What nDCG at the fourth place is at least, without an engine: 0.67 (with one, 0.69)."""
ABROAD = "https://w3id.org/talea/voc/altro-tema/tributi-locali"


@pytest.fixture(scope="module")
def search(release: Release) -> SearchIndex:
    return release.search


@pytest.fixture(scope="module")
def repository(release: Release) -> Repository:
    return release.repository


def concepts_of(search: SearchIndex, repository: Repository, slug: str) -> set[str]:
    """The concepts of a practice, the broader ones included."""
    practice = repository.practice(slug)
    assert practice is not None
    named = {
        *practice.thematic_areas,
        *practice.interventions,
        *(c for need in practice.needs for c in need.categories),
        *(c for group in practice.recipients for c in group.categories),
    }
    return named | {a for one in named for a in repository.vocabulary.ancestors(one)}


def test_every_similar_practice_says_why_and_says_true(search, repository):
    found = 0
    for slug in search.slugs:
        hits = search.similar(slug, 4)
        others = [hit.brief.slug for hit in hits]
        assert len(others) == len(set(others)) <= 4
        assert slug not in others
        mine = concepts_of(search, repository, slug)
        for hit in hits:
            found += 1
            assert hit.reasons, (slug, hit.brief.slug)
            theirs = concepts_of(search, repository, hit.brief.slug)
            shared = {reason.concept for reason in hit.reasons if reason.concept}
            assert shared <= mine & theirs, (slug, hit.brief.slug)
    assert found > 100


def test_what_a_source_ties_as_one_practice_is_not_called_similar(search, repository):
    tied = 0
    for slug in search.slugs:
        practice = repository.practice(slug)
        assert practice is not None
        same = {ns.local(iri) for iri in (*practice.replica_of, *practice.deepens)}
        same |= {brief.slug for brief in repository.replicas_declared(slug)}
        passages = (*practice.replications, *repository.replications_of(slug))
        same |= {ns.local(one.yields) for one in passages if one.yields}
        same |= {ns.local(one.replicates) for one in repository.replications_yielding(slug)}
        tied += len(same)
        assert same <= repository.kin(slug)
        assert not same & {hit.brief.slug for hit in search.similar(slug, 50)}, slug
    assert tied > 10


def test_practices_that_answer_the_same_needs_come_first(search, repository, monkeypatch):
    """By shared concepts alone: two practices are alike where both are useful for one need."""
    monkeypatch.setattr(similar, "ALIKE", -0.5)
    alike = together()
    scores = []
    for slug in search.slugs:
        kin = repository.kin(slug)
        useful = {other: n for other, n in alike.get(slug, {}).items() if other not in kin}
        if useful:
            got = [useful.get(hit.brief.slug, 0.0) for hit in search.similar(slug, 4)]
            scores.append(gain(got, sorted(useful.values(), reverse=True)))
    assert len(scores) > 90
    assert sum(scores) / len(scores) > FIRST_FOUR, sum(scores) / len(scores)


def together() -> dict[str, dict[str, float]]:
    """Slug -> other slugs -> how much they are useful for the same needs, at most 3."""
    needs: dict[str, dict[str, int]] = {}
    for name in ("development.json", "heldout.json"):
        for query in json.loads((HERE / name).read_text(encoding="utf-8")):
            useful = needs.setdefault(query.get("need") or query["id"], {})
            for slug, grade in query["relevant"].items():
                useful[slug] = max(grade, useful.get(slug, 0))
    found: dict[str, dict[str, float]] = {}
    for useful in needs.values():
        best = {slug: grade for slug, grade in useful.items() if grade >= 2}
        for slug, grade in best.items():
            for other in best.keys() - {slug}:
                known = found.setdefault(slug, {})
                known[other] = min(3.0, known.get(other, 0.0) + (grade + best[other]) / 4)
    return found


def gain(got: list[float], wanted: list[float]) -> float:
    """nDCG at the fourth place."""

    def dcg(grades: list[float]) -> float:
        return sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(grades[:4]))

    return dcg(got) / dcg(wanted)


def test_a_big_catalogue_has_the_same_neighbours(search, monkeypatch):
    some = search.slugs[::9]
    every = [search.similar(slug, 4) for slug in some]
    monkeypatch.setattr(ranking, "ALL_UP_TO", 10)
    monkeypatch.setattr(ranking, "CANDIDATES", 20)
    assert [search.similar(slug, 4) for slug in some] == every


@pytest.mark.parametrize("slug", ["", "nothing-here", "😀", "comune-taranto-2024", "a" * 10_000])
def test_of_what_nothing_is_told_nothing_is_similar(search, slug):
    assert search.similar(slug, 4) == ()


@pytest.mark.parametrize("limit", [-1, 0])
def test_no_limit_does_harm(search, limit):
    assert search.similar(search.slugs[0], limit) == ()
    assert search.for_concept(ns.concept("bisogno", "invecchiamento-attivo"), limit) == ()


def test_the_practices_of_a_concept_are_those_of_its_filter(search, repository):
    """Tied ones first, all of them, narrower ones included, each with the concepts that tie it."""
    seen = 0
    for scheme, name in (("bisogno", "bisogno"), ("target", "target"), ("area-tematica", "area")):
        for concept, _ in repository.vocabulary.schemes[scheme].concepts:
            hits = search.for_concept(concept.iri, 200)
            tied = [hit for hit in hits if hit.confident]
            assert hits[: len(tied)] == tuple(tied)
            answer = search.search(Query("", {name: (concept.notation,)}, 100))
            expected = {hit.brief.slug for hit in answer.hits}
            assert {hit.brief.slug for hit in tied} == expected, concept.iri
            seen += len(tied)
            for hit in tied:
                for reason in hit.reasons:
                    assert reason.concept
                    above = repository.vocabulary.ancestors(reason.concept)
                    assert concept.iri in (reason.concept, *above)
                assert hit.reasons
    assert seen > 300


@pytest.mark.parametrize("iri", ["", "x", "https://w3id.org/talea/voc/bisogno/non-esiste", "😀"])
def test_a_concept_that_is_none_has_no_practice(search, iri):
    assert search.for_concept(iri) == ()


def test_beyond_the_catalogue_there_is_nothing_to_show(search):
    assert search.for_concept(ABROAD) == ()


def test_the_comuni_of_a_practice_are_those_of_its_filters(search, repository):
    columns = repository.columns()
    for slug in search.slugs:
        here = {
            RESIDENTS.of(p.population) for p in repository.comuni_of_practice(slug) if p.population
        }
        row = columns.row[slug]
        filtered = {
            value.value
            for value in RESIDENTS.values
            if columns.mask({"popolazione": (value.value,)})[row]
        }
        assert here == filtered, slug


def test_comuni_like_one_share_the_classes_that_are_told(search, repository):
    found = 0
    for place, _ in repository.comuni()[::16]:
        answer = search.from_comuni_like(place.istat, "", 10)
        assert answer is not None
        assert answer.comune == place
        assert {*answer.classes, *answer.unknown} == set(LIKE)
        own = {brief.slug for brief in repository.practices_of_comune(place.istat)}
        counts = [len(one.shared) for one in answer.practices]
        assert counts == sorted(counts, reverse=True)
        for one in answer.practices:
            found += 1
            assert one.brief.slug not in own
            assert one.comune in repository.comuni_of_practice(one.brief.slug)
            assert one.shared
            for each in one.shared:
                assert answer.classes[each.facet] == each.value
                if each.facet == "popolazione":
                    assert each.here == place.population
                    assert each.there == one.comune.population
                    assert RESIDENTS.of(each.there) == each.value.value
                else:
                    assert ns.local(one.comune.inner_area or "") == each.value.value
    assert found > 50


def test_a_text_chooses_among_the_practices_of_comuni_like_one(search):
    all_of_them = search.from_comuni_like("072006", "", 100)
    some = search.from_comuni_like("072006", "emporio solidale", 100)
    assert all_of_them is not None
    assert some is not None
    assert 0 < len(some.practices) < len(all_of_them.practices)
    assert "emporio" in (some.practices[0].brief.title or "").lower()


def test_a_comune_of_which_nothing_is_known_is_like_none(search, repository, monkeypatch):
    unknown = dataclasses.replace(repository.comuni()[0][0], population=None, inner_area=None)
    monkeypatch.setattr(repository, "place", lambda iri: unknown)
    answer = similar.from_comuni_like(search.search, repository, unknown.istat, "", 10)
    assert answer is not None
    assert (answer.classes, answer.unknown, answer.practices) == ({}, LIKE, ())


@pytest.mark.parametrize("istat", ["", "999999", "provincia-072", "😀", "0" * 10_000])
def test_what_is_no_comune_has_no_answer(search, istat):
    assert search.from_comuni_like(istat) is None


@pytest.mark.parametrize("text", ["", "  ", "😀", "di la per", "a AND (b", "\x00\x07", "س" * 300])
def test_no_text_does_harm(search, text):
    assert search.from_comuni_like("072006", text, 3) is not None
