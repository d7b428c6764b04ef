"""What the pages of Comuni and Ambiti say of figures and services, and what they may not say."""

from __future__ import annotations

import re

import pytest

from talea_api.pages.figures import rank_in_words
from talea_catalogue import namespaces as ns
from talea_catalogue.facts import Rank


class Italian:
    """As much of a visit as the words of a rank need."""

    lang = "it"

    def text(self, it, en):
        return it if self.lang == "it" else en


class English(Italian):
    lang = "en"


@pytest.mark.parametrize(
    ("rank", "it", "en"),
    [
        (Rank(237, 0, 257), "più alto che in 92 Comuni su 100", "higher than in 92 of 100 Comuni"),
        (Rank(256, 0, 257), "più alto che in tutti gli altri 256 Comuni",
         "higher than in all the other 256 Comuni"),
        (Rank(0, 0, 257), "più basso che in tutti gli altri 256 Comuni",
         "lower than in all the other 256 Comuni"),
        (Rank(0, 11, 257), "il più basso, come in altri 11 Comuni",
         "the lowest, as in 11 other Comuni"),
        (Rank(1, 0, 257), "più alto che in meno di 1 Comune su 100",
         "higher than in under 1 of 100 Comuni"),
        (Rank(3, 0, 257), "più alto che in 1 Comune su 100", "higher than in 1 of 100 Comuni"),
        (Rank(100, 20, 257), "più alto che in 39 Comuni su 100, uguale in altri 20",
         "higher than in 39 of 100 Comuni, the same in 20 others"),
        (Rank(0, 256, 257), "uguale in tutti i 257 Comuni", "the same in all 257 Comuni"),
    ],
)  # fmt: skip
def test_a_rank_in_words(rank, it, en):
    assert rank_in_words(Italian(), rank) == it
    assert rank_in_words(English(), rank) == en


def test_every_service_fact_has_its_place_on_the_page_of_its_ambito(client, release):
    places = 0
    for district, _ in release.repository.ambiti():
        page = client.page(f"/ambiti/{district.id}").text
        for triple in release.repository.triples(district.iri):
            part = triple.subject.value
            if triple.predicate == ns.TYPE and part.startswith(district.iri + "/"):
                answer = client.page("/" + part.removeprefix(ns.ROOT))
                path, _, anchor = answer.headers["location"].partition("#")
                assert path == f"/ambiti/{district.id}"
                assert page.count(f'id="{anchor}"') == 1, part
                places += 1
    assert places == 276


@pytest.mark.parametrize("istat", ["072006", "071001"])
def test_every_observation_has_its_place_on_the_page_of_its_comune(client, release, istat):
    iri = ns.resource("luogo", istat)
    page = client.page(f"/comuni/{istat}").text
    parts = {t.subject.value for t in release.repository.triples(iri)} - {iri}
    assert len(parts) > 17
    for part in parts:
        answer = client.page("/" + part.removeprefix(ns.ROOT))
        anchor = answer.headers["location"].partition("#")[2]
        assert page.count(f'id="{anchor}"') == 1, part


def test_a_type_is_told_or_listed_as_without_news(client):
    page = client.page("/ambiti/ats-triggiano").text
    assert "Di 31 tipi di servizi, finanziamenti e atti cercati: 1 risultano" in page
    assert "30 tipi senza notizie" in page
    assert "Che manchi una notizia non vuol dire che manchi il servizio" in page
    untold = page[page.index('id="servizi-senza-notizie"') :]
    assert "Asilo nido" in untold
    assert "Centro servizi per le famiglie" not in untold


def test_a_planned_service_is_not_said_to_exist(client):
    page = client.page("/ambiti/ats-brindisi").text
    line = re.search(r'<li id="servizio-stazione-di-posta-.*?</li>', page, re.S)
    assert line is not None
    assert "Non si sa se c’è" in line[0]
    assert "In funzione" not in line[0]


def test_the_words_that_licences_and_sources_ask_for(client):
    page = client.page("/comuni/072006").text
    assert "«OpenCivitas (Sogei), Comuni – Servizi totali – Indicatori e determinanti 2022»" in page
    assert "non è la spesa sociale" in page
    assert "Progetti finanziati, non servizi in funzione." in page
    assert "ISTAT, Indice di fragilità comunale, edizione 2021 (CC BY)" in page


def test_what_is_blank_is_unknown_and_not_zero(client):
    page = client.page("/comuni/072006").text
    assert "Senza notizie 2 dati, che non vuol dire zero:" in page


def test_only_the_index_of_fragility_says_what_higher_means(client):
    for path, words in (
        ("/comuni/071001", "più alto vuol dire"),
        ("/en/comuni/071001", "higher means"),
    ):
        assert client.page(path).text.count(words) == 1


def test_a_comune_outside_puglia_is_not_compared(client):
    page = client.page("/comuni/001272").text
    assert "più alto che in" not in page
    assert "Senza notizie" not in page


def part(page: str, anchor: str) -> str:
    """The section with a heading."""
    found = re.search(rf'<h2 id="{anchor}">.*?</section>', page, re.S)
    assert found is not None, anchor
    return found[0]


@pytest.mark.parametrize("base", ["", "/en"])
def test_comuni_alike_are_those_of_the_api_each_with_why(client, release, base):
    body = client.get("/api/v1/comuni/072006/similar").json()
    assert list(body) == ["release", "comune", "rules", "results"]
    assert len(body["results"]) == 10
    shown = part(client.page(f"{base}/comuni/072006").text, "comuni-simili")
    codes = re.findall(rf'<th scope="row"><a href="{base}/comuni/(\d{{6}})"', shown)
    assert codes == [one["istat"] for one in body["results"]]
    for one in body["results"]:
        assert list(one) == ["istat", "name", "distance", "terms"]
        apart = [term["apart"] for term in one["terms"]]
        assert one["distance"] == pytest.approx(sum(apart) / len(apart))
        assert one["istat"] != "072006"
    assert (
        client.get("/api/v1/comuni/072006/similar?limit=3").json()["results"]
        == (body["results"][:3])
    )


def test_practices_without_known_blocks_are_in_the_order_of_the_rules(client, release):
    body = client.get("/api/v1/comuni/072006/practices").json()
    assert list(body) == ["release", "comune", "rules", "order", "results"]
    assert [one["slug"] for one in body["results"]] == [
        one.slug for one in release.replicability.practices("072006")
    ]
    assert {one["of"] for one in body["results"]} == {9}
    here = {brief.slug for brief in release.repository.practices_of_comune("072006")}
    expected = [
        one["slug"] for one in body["results"] if not one["blocks"] and one["slug"] not in here
    ]
    shown = part(client.page("/comuni/072006").text, "senza-blocchi")
    assert re.findall(r"/pratiche/([a-z0-9-]+)/confronto\?comune=072006", shown) == expected[:10]
    assert body["order"]["it"] in shown
    assert not {"score", "punteggio"} & set(re.findall(r"\w+", shown.lower()))


@pytest.mark.parametrize("path", ["/comuni/072006", "/ambiti/ats-bari"])
def test_needs_without_practices_are_those_that_nobody_here_answers(client, release, path):
    repository = release.repository
    briefs = repository.practices_of_comune("072006")
    met = {need for brief in briefs for need in repository.values_of(brief.slug, "bisogno")}
    shown = part(client.page(path).text, "bisogni-scoperti")
    told = re.findall(r"/pratiche\?bisogno=([a-z-]+)", shown)
    assert told
    assert len(told) == len(set(told))
    if path.startswith("/comuni"):
        assert not met & set(told)
        every = {concept.notation for concept, _ in repository.scheme("bisogno").concepts}
        above = {
            ns.local(iri)
            for need in met
            for iri in repository.vocabulary.ancestors(ns.concept("bisogno", need))
        }
        counted = {o.value for f in repository.columns().overview if f.name == "bisogno"
                   for o in f.options}  # fmt: skip
        assert set(told) == (every - met - above) & counted


def test_an_ambito_tells_what_its_comuni_took_up(client, release):
    page = client.page("/ambiti/ats-bari").text
    for row in release.repository.replications_in(ns.resource("luogo", "072006")):
        assert f'href="/pratiche/{row.practice}' in part(page, "riprese")
    assert 'href="/confronta?comune=072006"' in page


def test_a_comune_elsewhere_has_the_same_sections(client, release):
    for place in release.repository.comuni_elsewhere()[:8]:
        page = client.page(f"/comuni/{place.istat}").text
        for anchor in ("senza-blocchi", "comuni-simili", "bisogni-scoperti"):
            assert part(page, anchor)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/comuni/999999/similar", 404),
        ("/api/v1/comuni/999999/practices", 404),
        ("/api/v1/comuni/x/practices", 400),
        ("/api/v1/comuni/072006/similar?limit=0", 400),
        ("/api/v1/comuni/072006/similar?limit=101", 400),
    ],
)
def test_what_makes_no_sense_to_the_api_is_told(client, path, status):
    assert client.get(path).status_code == status
