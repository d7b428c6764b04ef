"""The address table: 303 to documents, documents by suffix, 404, 406, 410."""

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from talea_api.rdf import RDF_FORMATS
from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Gone

SLUG = "melpignano-scambio"
FORMATS = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".rdf": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
}


@pytest.mark.parametrize(
    ("iri", "document"),
    [
        (f"/id/pratica/{SLUG}", f"/pratiche/{SLUG}"),
        (f"/id/pratica/{SLUG}/azione/1", f"/pratiche/{SLUG}#azione-1"),
        (f"/id/scheda/{SLUG}", f"/pratiche/{SLUG}#scheda"),
        ("/id/luogo/072006", "/comuni/072006"),
        ("/id/ente/c_a662", "/comuni/072006#ente"),
        ("/onto/GoodPractice", "/ontologia#GoodPractice"),
        ("/voc/target/anziani", "/vocabolari/target#anziani"),
        ("/voc/target", "/vocabolari/target"),
    ],
)
def test_an_iri_leads_to_its_document(client, iri, document):
    page = client.page(iri)
    assert (page.status_code, page.headers["location"]) == (303, document)
    assert "Accept" in page.headers["vary"]
    path = document.partition("#")[0]
    for form in RDF_FORMATS:
        data = client.get(iri, headers={"Accept": form.media_type})
        assert (data.status_code, data.headers["location"]) == (303, path + form.suffix)


def test_who_prefers_english_is_led_to_english(client):
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    assert client.get("/id/luogo/072006", headers=headers).headers["location"] == (
        "/en/comuni/072006"
    )


def test_an_iri_in_no_format(client):
    answer = client.get("/id/luogo/072006", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.json()["available"]


@pytest.mark.parametrize(
    "path",
    [
        "/id/pratica/mai-esistita",
        "/id/pratica/",
        "/id/pratica",
        "/id/",
        "/id/pratica/a%20b",
        "/id/pratica/%3E%3C",
        "/id/luogo/000000",
        "/onto/Niente",
        "/voc/target/niente",
        "/voc/niente",
        "/pratiche/mai-esistita.ttl",
        "/pratiche/%3Cx%3E.ttl",
        "/comuni/1.ttl",
        "/vocabolari/niente.ttl",
        "/risorse/evento/niente.rdf",
        "/pratiche/x.exe",
    ],
)
def test_what_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        (f"/pratiche/{SLUG}", f"pratica/{SLUG}"),
        ("/comuni/072006", "luogo/072006"),
        ("/comuni/072006", "ente/c_a662"),
    ],
)
@pytest.mark.parametrize("suffix", FORMATS)
def test_documents_by_suffix(client, path, subject, suffix):
    answer = client.get(path + suffix)
    assert answer.status_code == 200
    triples = [quad.triple for quad in parse(answer.content, format=FORMATS[suffix])]
    assert NamedNode(ns.ID + subject) in {triple.subject for triple in triples}
    assert "Accept" not in answer.headers.get("vary", "").replace("Accept-Encoding", "")
    assert f'<{path}>; rel="alternate"; type="text/html"' in answer.headers["link"]


def test_all_formats_say_the_same(client):
    said = {
        frozenset(
            str(quad.triple)
            for quad in parse(client.get(f"/pratiche/{SLUG}{suffix}").content, format=form)
        )
        for suffix, form in FORMATS.items()
    }
    assert len(said) == 1


def test_the_ontology_and_the_vocabularies_are_documents(client):
    ontology = client.get("/ontologia.ttl").text
    assert "talea:GoodPractice" in ontology
    assert "GoodPractice" in ontology
    assert "Anziani" in client.get("/vocabolari/target.ttl").text


def test_turtle_is_written_with_our_prefixes(client):
    assert "@prefix talea:" in client.get(f"/pratiche/{SLUG}.ttl").text


def test_other_sites_may_read_data_but_not_embed_pages(client):
    data = client.get("/comuni/072006.ttl", headers={"Origin": "https://example.org"})
    assert data.headers["access-control-allow-origin"] == "*"
    page = client.get("/", headers={"Origin": "https://example.org"})
    assert "access-control-allow-origin" not in page.headers


def test_a_withdrawn_resource_names_what_replaces_it(client, release, monkeypatch):
    old, new = ns.ID + "pratica/vecchia", ns.ID + f"pratica/{SLUG}"
    monkeypatch.setattr(
        type(release.repository),
        "gone",
        lambda self, iri: Gone(new) if iri == old else None,
    )
    for path in ("/id/pratica/vecchia", "/pratiche/vecchia.ttl"):
        answer = client.get(path)
        assert answer.status_code == 410
        assert answer.json()["replaced_by"] == new
        assert answer.headers["link"] == f'</id/pratica/{SLUG}>; rel="successor-version"'
    assert client.page("/id/pratica/vecchia").status_code == 410
