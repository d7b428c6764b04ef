"""The JSON API, version 1."""

from urllib.parse import parse_qs

import pytest

from talea_catalogue.search import Query
from talea_catalogue.search.facets import FACETS, FILTERS

SLUG = "melpignano-scambio"


def test_search_has_exactly_these_members(client, release):
    answer = client.get("/api/v1/search?q=taxi+sociale&limit=2")
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    members = ["query", "release", "total", "confident", "understood", "results", "facets"]
    assert list(body) == members
    assert body["query"] == "taxi sociale"
    assert body["release"] == release.manifest.data_digest
    assert SLUG in [result["slug"] for result in body["results"]]
    for result in body["results"]:
        assert list(result) == ["slug", "iri", "title", "promoter", "tier", "confident", "why"]
        assert result["why"]


def test_an_empty_search_lists_what_there_is(client):
    body = client.get("/api/v1/search").json()
    assert body["total"] > 50
    assert len(body["results"]) == 20
    assert {"area", "target", "bisogno", "intervento", "territorio"} <= body["facets"].keys()


def test_a_facet_narrows_to_its_count(client):
    facets = client.get("/api/v1/search").json()["facets"]
    option = next(option for option in facets["target"] if option["count"])
    narrowed = client.get("/api/v1/search", params={"target": option["value"]}).json()
    assert narrowed["total"] == option["count"]
    chosen = [one for one in narrowed["facets"]["target"] if one["selected"]]
    assert [one["value"] for one in chosen] == [option["value"]]


@pytest.mark.parametrize(
    "parameters",
    [
        "costo=non-detto&livello=2",
        "replicata=si&fuori=regione-puglia",
        "popolazione=fino-a-5000&aree-interne=d",
        "fonte=pnrr&fonte=regione&costo-a=1000000",
        "abitanti-da=5000&abitanti-a=20000&anno-da=2015",
        "evidenza=2&anno-a=2022&q=casa",
        "anno=1999",
    ],
)
def test_filters_of_every_kind_together(client, release, parameters):
    body = client.get(f"/api/v1/search?limit=100&{parameters}").json()
    given = parse_qs(parameters)
    text = given.pop("q", [""])[0]
    answer = release.search.search(Query(text, {n: tuple(v) for n, v in given.items()}, 100))
    assert body["total"] == answer.total < 105
    assert [one["slug"] for one in body["results"]] == [hit.brief.slug for hit in answer.hits]
    for name, values in given.items():
        if name in FACETS:
            chosen = [one["value"] for one in body["facets"][name] if one["selected"]]
            assert set(chosen) == set(values) & {v.value for v in known(release, name)}


def known(release, name):
    return release.repository.columns().known(name)


def test_openapi_names_every_filter(client):
    schema = client.get("/api/openapi.json").json()
    parameters = schema["paths"]["/api/v1/search"]["get"]["parameters"]
    assert {one["name"] for one in parameters} == {
        *("q", "exact", "words", "limit", "offset"),
        *FILTERS,
    }
    assert all(one["description"] for one in parameters if one["name"] in FILTERS)


def test_pages_of_results_do_not_overlap(client):
    first = client.get("/api/v1/search?limit=10").json()["results"]
    second = client.get("/api/v1/search?limit=10&offset=10").json()["results"]
    assert not {one["slug"] for one in first} & {one["slug"] for one in second}


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=dieci", "limit"),
        ("offset=-1", "offset"),
        ("q=" + "a" * 301, "q"),
        ("comune=000000", "comune"),
        ("comune=Bari", "comune"),
        ("comune=%D9%A0%D9%A0%D9%A0%D9%A0%D9%A0%D9%A0", "comune"),
        ("area=77", "area"),
        ("fuori=atlantide", "fuori"),
        ("popolazione=piccoli", "popolazione"),
        ("aree-interne=Z", "aree-interne"),
        ("anno=duemila", "anno"),
        ("replicata=no", "replicata"),
        ("territorio=non-detto", "territorio"),
        ("fonte=" + "%F0%9F%99%82" * 200, "fonte"),
        ("costo-a=200mila", "costo-a"),
        ("costo-da=-1", "costo-da"),
        ("abitanti-a=", "abitanti-a"),
        ("abitanti-da=1.5", "abitanti-da"),
        ("anno-a=" + "9" * 13, "anno-a"),
        ("anno-da=%00", "anno-da"),
        ("&".join(["livello=2"] * 21), "livello"),
    ],
)
def test_a_bad_parameter_is_named(client, parameters, name):
    answer = client.get("/api/v1/search?" + parameters)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "bad-parameter"
    assert name in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        '"',
        "a AND (b",
        "*:*",
        "\x00",
        "😀",
        "{{7*7}}",
        "\\",
    ],
)
def test_hostile_words_are_only_words(client, text):
    answer = client.get("/api/v1/search", params={"q": text})
    assert answer.status_code == 200
    assert answer.json()["query"] == text.strip()


def test_a_practice_says_what_is_known_and_what_is_not(client):
    body = client.get(f"/api/v1/practices/{SLUG}").json()
    assert body["slug"] == SLUG
    assert body["tier"] in range(5)
    assert body["record"]["sources"]
    assert all(set(one) == {"iri", "label"} for one in body["promoters"])
    assert all(one["label"]["it"] for one in body["thematic_areas"])
    assert "missing_for_next_tier" in body


def test_every_practice_of_the_catalogue_has_its_json(client, release):
    slugs = release.repository.listed()
    assert len(slugs) >= 64
    for slug in slugs:
        answer = client.get(f"/api/v1/practices/{slug}")
        assert answer.status_code == 200, slug
        for result in answer.json()["results"]:
            assert result["is_measured_outcome"] == (result["kind"] == "esito")


def test_a_comune(client):
    body = client.get("/api/v1/comuni/072006").json()
    assert body["name"] == "Bari"
    assert body["ambito"]["id"].startswith("ats-")
    assert all({"value", "source", "reference_date"} <= fact.keys() for fact in body["facts"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/practices/mai-esistita", 404),
        ("/api/v1/practices/A%20B", 400),
        ("/api/v1/comuni/999999", 404),
        ("/api/v1/comuni/72006", 400),
        ("/api/v1/", 404),
    ],
)
def test_what_is_not_there(client, path, status):
    answer = client.page(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_any_site_may_read_it(client):
    answer = client.get("/api/v1/search", headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]


def test_openapi_describes_every_address_and_every_error(client):
    schema = client.get("/api/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/v1/search",
        "/api/v1/suggest",
        "/api/v1/practices/{slug}",
        "/api/v1/practices/{slug}/fit",
        "/api/v1/practices/{slug}/lineage",
        "/api/v1/practices/{slug}/similar",
        "/api/v1/concepts/{scheme}/{notation}/practices",
        "/api/v1/comuni/{istat}",
        "/api/v1/comuni/{istat}/like/practices",
        "/api/v1/comuni/{istat}/practices",
        "/api/v1/comuni/{istat}/similar",
    }
    for path in schema["paths"].values():
        responses = path["get"]["responses"]
        assert "application/problem+json" in responses["404"]["content"]
        assert "422" not in responses
    assert "Problem" in schema["components"]["schemas"]


def test_the_page_for_people_lists_every_code(client):
    from talea_api.errors import CODES

    page = client.page("/api").text
    assert "/api/openapi.json" in page
    for code in CODES:
        assert f'id="{code}"' in page
