"""What is near a practice, a topic, a Comune: the pages and the API say the same, and why."""

import html
import re

import pytest

from talea_catalogue import namespaces as ns

PRACTICE = "bari-social-book"
TOPIC = "bisogno/invecchiamento-attivo"


def section(markup: str, anchor: str) -> str:
    """The part of a page under one heading."""
    found = re.search(rf'<section class="section">\s*<h2 id="{anchor}">.*?</section>', markup, re.S)
    return found[0] if found else ""


def slugs_in(markup: str) -> list[str]:
    return re.findall(r'<h3><a href="(?:/en)?/pratiche/([a-z0-9-]+)(?:\?comune=\d{6})?"', markup)


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", markup)).split())


@pytest.mark.parametrize("base", ["", "/en"])
def test_the_sheet_shows_what_the_api_gives_each_with_its_why(client, base):
    body = client.get(f"/api/v1/practices/{PRACTICE}/similar?limit=4").json()
    assert list(body) == ["release", "slug", "results"]
    shown = section(client.page(f"{base}/pratiche/{PRACTICE}").text, "simili")
    assert slugs_in(shown) == [one["slug"] for one in body["results"]]
    lang = "en" if base else "it"
    for one in body["results"]:
        assert list(one) == ["slug", "iri", "title", "promoter", "tier", "why"]
        assert one["why"]
        for why in one["why"]:
            if "concept" in why:
                scheme, notation = why["concept"]["iri"].removeprefix(ns.VOC).split("/")
                assert f'href="{base}/vocabolari/{scheme}/{notation}"' in shown
                assert why["concept"]["label"][lang] in text_of(shown)
    assert body["results"]


def test_a_sheet_that_is_like_no_other_has_no_section(client, release):
    lone = next(slug for slug in release.search.slugs if not release.search.similar(slug, 1))
    assert 'id="simili"' not in client.page(f"/pratiche/{lone}").text
    assert client.get(f"/api/v1/practices/{lone}/similar").json()["results"] == []


def test_a_sheet_without_content_is_like_no_other(client):
    assert client.get("/api/v1/practices/comune-taranto-2024/similar").json()["results"] == []


@pytest.mark.parametrize("base", ["", "/en"])
def test_every_topic_has_a_page_with_the_practices_of_its_filter(client, release, base):
    lang = "en" if base else "it"
    for scheme, name in (("bisogno", "bisogno"), ("target", "target")):
        for concept, _ in release.repository.scheme(scheme).concepts:
            answer = client.page(f"{base}/vocabolari/{scheme}/{concept.notation}")
            assert answer.status_code == 200
            assert concept.definition(lang) in html.unescape(answer.text)
            shown = slugs_in(section(answer.text, "pratiche"))
            total = client.get(f"/api/v1/search?limit=1&{name}={concept.notation}").json()["total"]
            assert len(shown) == min(20, total)
            link = f'href="{base}/pratiche?{name}={concept.notation}"'
            assert (link in answer.text) == bool(total)


def test_the_list_of_topics_leads_to_their_pages(client):
    page = client.page("/vocabolari/bisogno").text
    assert f'href="/vocabolari/{TOPIC}"' in page
    assert 'href="/vocabolari/livello-completezza/2"' not in page
    assert f'href="/vocabolari/{TOPIC}"' not in client.page("/vocabolari/livello-completezza").text


def test_the_practices_of_a_topic_as_data(client):
    scheme, notation = TOPIC.split("/")
    body = client.get(f"/api/v1/concepts/{scheme}/{notation}/practices").json()
    assert list(body) == ["release", "concept", "results"]
    assert body["concept"]["iri"] == ns.concept(scheme, notation)
    assert body["results"]
    for one in body["results"]:
        assert list(one) == ["slug", "iri", "title", "promoter", "tier", "why", "confident"]
    tied = [one["slug"] for one in body["results"] if one["confident"]]
    assert slugs_in(section(client.page(f"/vocabolari/{TOPIC}").text, "pratiche")) == tied


@pytest.mark.parametrize("istat", ["075040", "072006", "016024"])
def test_the_page_of_a_comune_shows_those_like_it(client, release, istat):
    if release.repository.comune(istat) is None:
        assert client.get(f"/api/v1/comuni/{istat}/like/practices").status_code == 404
        return
    body = client.get(f"/api/v1/comuni/{istat}/like/practices?limit=4").json()
    members = ["release", "istat", "name", "query", "classes", "unknown", "results"]
    assert list(body) == members
    shown = section(client.page(f"/comuni/{istat}").text, "simili")
    assert slugs_in(shown) == [one["slug"] for one in body["results"]]
    words = text_of(shown)
    for one in body["results"]:
        assert one["shared"]
        assert one["comune"]["name"] in words
        for shared in one["shared"]:
            assert body["classes"][shared["facet"]]["value"] == shared["value"]


def test_what_is_not_known_of_a_comune_is_said(client, release):
    for place in release.repository.comuni_elsewhere():
        body = client.get(f"/api/v1/comuni/{place.istat}/like/practices").json()
        shown = text_of(section(client.page(f"/comuni/{place.istat}").text, "simili"))
        assert ("Di questo Comune il catalogo non sa" in shown) == bool(body["unknown"])
        if not body["classes"]:
            assert body["results"] == []
            assert "non si può dire" in shown


def test_words_narrow_the_practices_of_comuni_like_one(client):
    every = client.get("/api/v1/comuni/072006/like/practices?limit=100").json()["results"]
    some = client.get("/api/v1/comuni/072006/like/practices?limit=100&q=emporio").json()["results"]
    assert 0 < len(some) < len(every)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/practices/nothing-here/similar", 404),
        ("/api/v1/practices/%F0%9F%98%80/similar", 400),
        (f"/api/v1/practices/{PRACTICE}/similar?limit=0", 400),
        (f"/api/v1/practices/{PRACTICE}/similar?limit=101", 400),
        ("/api/v1/concepts/bisogno/nothing/practices", 404),
        ("/api/v1/concepts/bisogno/%00/practices", 400),
        ("/api/v1/comuni/999999/like/practices", 404),
        ("/api/v1/comuni/7200/like/practices", 400),
        (f"/api/v1/comuni/072006/like/practices?q={'a' * 301}", 400),
        ("/vocabolari/bisogno/nothing", 404),
        ("/vocabolari/nothing/x", 404),
        ("/vocabolari/livello-completezza/2", 404),
        ("/vocabolari/bisogno/%F0%9F%98%80", 404),
    ],
)
def test_what_makes_no_sense_is_told(client, path, status):
    assert client.get(path).status_code == status
