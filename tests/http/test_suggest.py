"""`/api/v1/suggest`, and what the page of results says of a slip."""

import json

import pytest

from talea_api.language import LANGS
from talea_api.pages.spelling import EXACTLY, meant, text_to_seek
from talea_api.render import Page, Renderer
from talea_api.routes.suggest import LABELS
from talea_api.views import Visit
from talea_catalogue.search.spelling import Speller
from talea_catalogue.search.suggest import KINDS

HOSTILE = [
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "a AND (b",
    "*:*",
    "\x00",
    "😀",
    "{{7*7}}",
    "\\",
    "بيت",
    "\u202eabc",
]


def groups(client, text, lang="it"):
    answer = client.get("/api/v1/suggest", params={"q": text, "lang": lang})
    assert answer.status_code == 200
    return answer.json()["groups"]


def test_suggestions_have_exactly_these_members(client, release):
    answer = client.get("/api/v1/suggest?q=anz")
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["release", "groups"]
    assert body["release"] == release.manifest.data_digest
    assert body["groups"]
    for group in body["groups"]:
        assert list(group) == ["kind", "label", "suggestions"]
        assert group["kind"] in KINDS
        for one in group["suggestions"]:
            assert list(one) == ["label", "via", "note", "iri", "href"]
    assert sum(len(group["suggestions"]) for group in body["groups"]) <= 8


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("text", ["anz", "bari", "caritas", "social b", "ambito di pu", "regione"])
def test_every_suggestion_leads_to_a_page_that_is_there(client, text, lang):
    for group in groups(client, text, lang):
        assert group["label"] == LABELS[group["kind"]].to(lang)
        for one in group["suggestions"]:
            assert one["href"].startswith("/en/") == (lang == "en")
            path, _, place = one["href"].partition("#")
            page = client.page(path)
            assert page.status_code == 200, one
            assert not place or f'id="{place}"' in page.text, one


def test_labels_are_in_the_language_that_was_asked_for(client):
    (italian,) = [g for g in groups(client, "older people") if g["kind"] == "concept"]
    (english,) = [g for g in groups(client, "older people", "en") if g["kind"] == "concept"]
    assert "Anziani" in [one["label"] for one in italian["suggestions"]]
    assert "Older people" in [one["label"] for one in english["suggestions"]]


def test_suggestions_are_kept_by_browsers_until_the_release_changes(client):
    answer = client.get("/api/v1/suggest?q=anz")
    assert answer.headers["cache-control"].startswith("public")
    again = client.get("/api/v1/suggest?q=anz", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    same = client.get("/api/v1/suggest?q=+anz+")
    assert same.headers["etag"] == answer.headers["etag"]


def test_nothing_is_suggested_for_nothing(client):
    for text in ("", "   ", "x", "xyzzy plugh"):
        assert groups(client, text) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_only_words(client, text):
    assert isinstance(groups(client, text), list)


@pytest.mark.parametrize(
    ("parameters", "name"), [("q=" + "a" * 301, "q"), ("q=a&lang=fr", "lang"), ("lang=", "lang")]
)
def test_a_bad_parameter_is_named(client, parameters, name):
    answer = client.get("/api/v1/suggest?" + parameters)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad-parameter"
    assert name in answer.text


def test_it_is_described(client):
    described = client.get("/api/openapi.json").json()["paths"]["/api/v1/suggest"]["get"]
    assert {one["name"] for one in described["parameters"]} == {"q", "lang"}
    assert json.dumps(described).count("422") == 0


# --- What a slip may have meant ---


@pytest.fixture(scope="module")
def speller():
    return Speller({"anziani": 9, "soli": 4, "orario": 3, "oratorio": 3})


@pytest.fixture
def visit(release, settings):
    def make(text, lang="it", exactly=False):
        query = {"q": (text,), "area": ("4",), "pagina": ("3",)}
        query |= {EXACTLY: ("1",)} if exactly else {}
        return Visit(release, settings, lang, "/pratiche", {}, query)

    return make


@pytest.fixture(scope="module")
def render(settings, places):
    renderer = Renderer(settings, places)

    def draw(said, lang="it"):
        template = renderer._environments[lang].from_string(
            '{% from "search_box.html" import spelling with context %}{{ spelling(meant) }}'
        )
        return template.render(meant=said, lang=lang, page=Page())

    return draw


def test_a_sure_correction_is_used_and_the_words_typed_are_a_link_away(speller, visit, render):
    asked = visit("ansiani soli")
    correction = speller.correct("ansiani soli")
    assert text_to_seek(asked, correction) == "anziani soli"
    said = meant(asked, correction)
    assert (said.asked, said.used, said.proposed) == ("ansiani soli", "anziani soli", None)
    assert said.exact == "/pratiche?q=ansiani+soli&area=4&esatto=1"
    markup = render(said)
    assert "Abbiamo cercato <strong>anziani soli</strong>." in markup
    assert "Cerca invece proprio «ansiani soli»" in markup
    assert "Forse cercavi" not in markup
    assert "Search instead for exactly “ansiani soli”" in render(said, "en")


def test_words_asked_for_exactly_are_sought_and_the_correction_proposed(speller, visit, render):
    asked = visit("ansiani soli", "en", exactly=True)
    correction = speller.correct("ansiani soli")
    assert text_to_seek(asked, correction) == "ansiani soli"
    said = meant(asked, correction)
    assert said.used == ""
    assert said.proposed.label == "anziani soli"
    assert said.proposed.href == "/en/pratiche?q=anziani+soli&area=4"
    assert "Did you mean" in render(said, "en")


def test_a_doubtful_correction_is_only_proposed(speller, visit, render):
    correction = speller.correct("oratrio")
    assert text_to_seek(visit("oratrio"), correction) == "oratrio"
    said = meant(visit("oratrio"), correction)
    assert said.used == ""
    assert said.proposed.label in ("orario", "oratorio")
    assert "Forse cercavi" in render(said)


def test_nothing_is_said_where_nothing_is_wrong(speller, visit, render):
    assert meant(visit("anziani"), speller.correct("anziani")) is None
    assert render(None).strip() == ""


def test_what_was_typed_is_text_on_the_page(speller, visit, render):
    typed = "ansiani <img src=x onerror=alert(1)>"
    assert "<img" not in render(meant(visit(typed), speller.correct(typed)))
