"""The typed questions give back what the records say, and nothing for what is not there."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import mapping, records
from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.repository import Repository
from talea_catalogue.sources import Sources

NOWHERE = [
    "",
    "nope",
    "../x",
    "a b",
    "bari-social-book/",
    "BARI-SOCIAL-BOOK",
    "è",
    "\x00",
    "x" * 9999,
]


@pytest.fixture(scope="session")
def repository(release: Release) -> Repository:
    """The questions of the shipped catalogue."""
    return release.repository


@pytest.fixture(scope="session")
def quads(release: Release) -> list[ox.Quad]:
    """The dump, parsed."""
    return list(ox.parse(path=str(release.dump), format=ox.RdfFormat.N_QUADS))


def test_a_practice_is_the_one_of_its_file(repository: Repository, sources: Sources) -> None:
    paths = sorted((sources.records / "pratica").glob("*.ttl"))
    assert len(paths) == 124
    for path in paths:
        practice = repository.practice(path.stem)
        assert practice is not None
        assert practice == mapping.practice_from(records.parse(path).triples, path.stem)
        assert records.turtle(mapping.practice_triples(practice)) == path.read_bytes()


@pytest.mark.parametrize("name", NOWHERE, ids=lambda name: ascii(name[:20]))
def test_what_is_not_there_is_none(repository: Repository, name: str) -> None:
    assert repository.practice(name) is None
    assert repository.comune(name) is None
    assert repository.ambito(name) is None
    assert repository.scheme(name) is None
    assert repository.place(name) is None
    assert repository.concept(name) is None
    assert repository.gone(name) is None
    assert repository.briefs([name]) == []
    assert repository.practices_of_comune(name) == []
    assert repository.practices_of_body(name) == []
    assert repository.practices_of_edition(name) == []


@pytest.mark.parametrize("name", NOWHERE, ids=lambda name: ascii(name[:20]))
def test_no_address_does_harm(repository: Repository, name: str) -> None:
    for iri in (name, ns.ID + name, ns.resource("pratica", name)):
        assert repository.describe(iri) is None
        assert repository.triples(iri) == []
        assert isinstance(repository.label(iri), str)
    assert repository.replicas_declared(name) == []
    assert repository.practices_of_ambito(name) == []


@pytest.mark.parametrize("graph", ["onto", "voc", "shapes", "derivati", "territorio"])
def test_a_whole_graph_is_no_document_of_a_resource(repository: Repository, graph: str) -> None:
    assert repository.triples(ns.ID + graph) == []


@pytest.mark.parametrize("istat", ["000000", "72006", "0720060", "999999", "provincia-072"])
def test_an_unknown_code_is_no_comune(repository: Repository, istat: str) -> None:
    assert repository.comune(istat) is None


def test_every_comune_of_puglia_has_its_facts_and_its_ambito(repository: Repository) -> None:
    comuni = repository.comuni()
    assert len(comuni) == 257
    for place, number in comuni:
        facts = repository.comune(place.istat)
        assert facts is not None
        assert (facts.name, facts.region) == (place.name, "Puglia")
        assert facts.ambito is not None
        ambito = repository.ambito(facts.ambito)
        assert ambito is not None
        assert (place.istat, place.name) in ambito.members
        assert len(repository.practices_of_comune(place.istat)) == number
        for fact in facts.facts:
            assert fact.series.title_it
            assert fact.series.title_en
            assert fact.series.publisher


def test_the_practices_of_a_comune_are_those_that_name_it(repository: Repository) -> None:
    """A second count, from the practices: promoter, place, members, and members of its Ambito."""
    members = {
        ambito.iri: {ns.resource("luogo", istat) for istat, _ in ambito.members}
        for ambito, _ in repository.ambiti()
    }
    named: dict[str, set[str]] = {}
    for slug in (b.slug for b in repository.briefs(ALL_SLUGS)):
        practice = repository.practice(slug)
        assert practice is not None
        places = {*practice.implemented_in, *practice.promoter_members, practice.promoter_place}
        for body in practice.promoters:
            places |= members.get(body, set())
        for place in places - {None}:
            named.setdefault(str(place), set()).add(slug)
    for place, _ in repository.comuni():
        told = {brief.slug for brief in repository.practices_of_comune(place.istat)}
        assert told == named.get(place.iri, set()), place.name


ALL_SLUGS = [
    path.stem
    for path in (Path(__file__).resolve().parents[3] / "catalogue/records/pratica").glob("*.ttl")
]


def test_labels_are_given_in_both_languages(repository: Repository) -> None:
    area = ns.concept("target", "anziani")
    assert repository.label(area) == "Anziani"
    assert repository.label(area, "en") != "Anziani"
    term = ns.ONTO + "GoodPractice"
    assert (repository.label(term), repository.label(term, "en")) == (
        "Buona pratica",
        "Good practice",
    )
    title = "Bari Social Book – luoghi sociali per leggere"
    for lang in ("it", "en"):
        assert repository.label(mapping.practice_iri("bari-social-book"), lang) == title
        assert repository.label(ns.resource("luogo", "072006"), lang) == "Bari"
        assert repository.label(mapping.practice_iri("comune-bari-2024"), lang) == "Comune di Bari"
    assert repository.label("http://purl.org/dc/terms/title") == "title"
    for scheme in repository.schemes():
        for concept, _ in scheme.concepts:
            assert all(concept.label(lang) and concept.definition(lang) for lang in ("it", "en"))


def test_every_resource_that_says_something_can_be_described(
    repository: Repository, quads: list[ox.Quad]
) -> None:
    one_of_a_kind: dict[str, str] = {}
    for quad in quads:
        ours = isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(ns.ROOT)
        if ours and quad.predicate == ns.TYPE:
            one_of_a_kind.setdefault(quad.object.value, quad.subject.value)
    assert len(one_of_a_kind) > 30
    for kind, iri in one_of_a_kind.items():
        for lang in ("it", "en"):
            told = repository.describe(iri, lang)
            assert told is not None
            assert kind in told.types
            assert told.label
        said = {
            q.predicate.value
            for q in quads
            if q.subject == ox.NamedNode(iri) and not isinstance(q.object, ox.BlankNode)
        }
        assert {name for name, _ in told.properties} == said - {ns.TYPE.value}


def test_the_triples_of_every_resource_parse_back(
    repository: Repository, quads: list[ox.Quad]
) -> None:
    subjects = sorted(
        {
            q.subject.value
            for q in quads
            if isinstance(q.subject, ox.NamedNode) and q.subject.value.startswith(ns.ID)
        }
    )
    wanted = [s for s in subjects if "/luogo/" not in s and "/ente/c_" not in s]
    wanted += [s for s in subjects if s not in wanted][:40]
    for iri in wanted:
        triples = repository.triples(iri)
        assert triples, iri
        for form in (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES):
            data = ox.serialize(triples, format=form, prefixes=prefixes(form))
            assert {q.triple for q in ox.parse(data, format=form)} == set(triples), iri


def prefixes(form: ox.RdfFormat) -> dict[str, str] | None:
    return ns.PREFIXES if form == ox.RdfFormat.TURTLE else None


def test_a_document_begins_with_its_resource(repository: Repository) -> None:
    iri = mapping.practice_iri("bari-social-book")
    triples = repository.triples(iri)
    assert (triples[0].subject.value, triples[0].predicate) == (iri, ns.TYPE)
    assert triples == repository.triples(iri)
    assert ns.resource("scheda", "bari-social-book") in {t.subject.value for t in triples}


def test_counts_agree_with_the_lists(repository: Repository) -> None:
    counts = repository.counts()
    assert sum(counts[f"level-{level}"] for level in range(5)) == counts["practices"] == 124
    assert counts["practices"] - counts["level-0"] == len(repository.listed()) == 105
    assert len(repository.practices_of_edition(ns.resource("evento", "festival-2024"))) == 20
    assert sum(number for _, number in repository.ambiti()) == sum(
        slug.startswith("ats-") or "/ente/ats-" in repository.brief(slug).promoter_iri
        for slug in ALL_SLUGS
    )


def test_what_the_release_holds(repository: Repository) -> None:
    for iri in ("pratica/bari-social-book", "pratica/bari-social-book/azione/1", "luogo/072006"):
        assert repository.holds(ns.ID + iri)
    for iri in (ns.ID + "pratica/x", "no iri", "", ns.ID):
        assert not repository.holds(iri)


def test_the_comune_of_a_body(repository: Repository) -> None:
    assert repository.comune_of(ns.resource("ente", "c_a662")) == "072006"
    for iri in (ns.resource("ente", "regione-puglia"), ns.resource("ente", "x"), "no iri"):
        assert repository.comune_of(iri) is None


def test_records_with_a_shape_of_their_own(repository: Repository) -> None:
    found = repository.replication("lisbona-bip-zip-a-bari")
    assert found is not None
    assert found in repository.replications_of("lisbona-bip-zip")
    assert [one.slug for one in repository.replications_yielding("bari-reti-civiche-urbane")] == [
        "lisbona-bip-zip-a-bari"
    ]
    for slug in ("x", "no iri", ""):
        assert repository.replication(slug) is None
        assert repository.plan(slug) is None
        assert repository.replications_of(slug) == []
        assert repository.practices_of_plan(slug) == []
    assert repository.fields_said(["x"]) == {}


def test_a_line_says_the_first_need_of_its_practice(repository: Repository) -> None:
    for slug in repository.slugs():
        practice, brief = repository.practice(slug), repository.brief(slug)
        assert practice is not None
        assert brief.need == (practice.needs[0].title if practice.needs else None)
        assert brief.country == practice.country
