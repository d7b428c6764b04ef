"""The reference of the ontology and the vocabularies: complete, from the release, twice told."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from talea_catalogue import foreign
from talea_catalogue import namespaces as ns

PAGES = {"it": "/ontologia", "en": "/en/ontologia"}
DOCUMENTS = ("/.well-known/void", "/sparql", "/dati/catalogo.ttl")
"""Addresses that speak of the site itself in RDF, where the site has them."""


def text_of(markup):
    """The words of a piece of HTML, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def block(markup, anchor):
    """From an anchor to the next one."""
    found = re.search(
        rf'<div[^>]* id="{re.escape(anchor)}"[^>]*>(.*?)(?=<div[^>]* id="|<h2)', markup, re.S
    )
    assert found is not None, anchor
    return found[1]


@pytest.fixture(scope="module")
def entries(release):
    return release.repository.reference()


@pytest.mark.parametrize("lang", PAGES)
def test_every_term_is_on_the_page_with_its_definition(client, entries, lang):
    page = client.page(PAGES[lang]).text
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert len(entries) > 150
    for entry in entries:
        name = ns.local(entry.term.iri)
        words = text_of(block(page, name))
        assert entry.term.label(lang) in words, name
        assert text_of(html.escape(entry.term.definition(lang))) in words, name
        assert ("superato" in words or "deprecated" in words) >= entry.deprecated, name


def test_a_class_shows_its_hierarchy_its_rules_and_its_alignments(client):
    page = client.page("/ontologia").text
    outcome = text_of(block(page, "Outcome"))
    assert "ReportedResult" in outcome
    assert "cids:Outcome" in outcome
    practice = text_of(block(page, "GoodPractice"))
    assert re.search(r"promotedBy cov:Organization 1\.\.\*", practice)
    for word in ("l0:EventOrSituation", "cids:ImpactModel", "(per il livello 3)"):
        assert word in practice, word


def test_every_rule_of_a_class_is_on_the_page(client, entries, release):
    page = client.page("/en/ontologia").text
    ruled = [entry for entry in entries if entry.rules]
    assert len(ruled) > 20
    for entry in ruled:
        words = text_of(block(page, ns.local(entry.term.iri)))
        for rule in entry.rules:
            assert rule.messages_en, rule
            for message in rule.messages("en"):
                assert text_of(html.escape(message)) in words, (entry.term.iri, message)


def test_the_counts_are_those_of_the_release(client, entries, release):
    """Counted again, statement by statement."""
    uses = {entry.term.iri: 0 for entry in entries}
    seen = {quad.triple for quad in release.store.quads(None, None, None, None)}
    for triple in seen:
        for term in (triple.predicate, triple.object if triple.predicate == ns.TYPE else None):
            if term is not None and term.value in uses:
                uses[term.value] += 1
    assert {entry.term.iri: entry.uses for entry in entries} == uses
    practices = text_of(block(client.page("/ontologia").text, "GoodPractice"))
    assert f"Nel catalogo {uses[ns.ONTO + 'GoodPractice']}," in practices


def test_an_example_says_what_the_release_says(client, entries, release):
    page = client.page("/ontologia").text
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in ns.PREFIXES.items())
    snippets = re.findall(r'<pre [^>]*><code lang="it">(.*?)</code></pre>', page, re.S)
    assert len(snippets) > 20
    for snippet in snippets:
        text = prefixes + html.unescape(snippet)
        told = {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)}
        assert told
        for triple in told:
            assert list(release.store.quads(triple.subject, triple.predicate, triple.object, None))


def test_the_page_says_the_version_and_leads_to_the_files(client, places):
    page = client.page("/ontologia").text
    version = re.search(
        r'owl:versionInfo "([^"]+)"', (places.sources.ontology / "talea.ttl").read_text()
    )
    assert version is not None
    assert version[1] in text_of(page)
    for address in re.findall(r'href="(/ontologia[^"#]+)"', page):
        assert client.get(address).status_code == 200, address


def test_the_context_and_the_changelog_are_the_committed_ones(client, places):
    for name, kind in (
        ("context.jsonld", "application/ld+json"),
        ("CHANGELOG.md", "text/markdown"),
    ):
        answer = client.get(f"/ontologia/{name}")
        assert answer.headers["content-type"].startswith(kind)
        assert answer.content == (places.sources.ontology / name).read_bytes()
        again = client.get(f"/ontologia/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert json.loads(client.get("/ontologia/context.jsonld").text)["@context"]["id"] == "@id"
    assert client.get("/onto/context.jsonld").headers["location"] == "/ontologia/context.jsonld"


def test_the_shapes_are_a_document(client, release):
    served = list(ox.parse(client.get("/ontologia/shapes.ttl").content, format=ox.RdfFormat.TURTLE))
    graph = ox.NamedNode(ns.GRAPH + "shapes")
    assert len(served) == len(list(release.store.quads(None, None, None, graph)))


@pytest.mark.parametrize("lang", PAGES)
def test_every_concept_is_on_its_page_with_its_definition_and_source(client, release, lang):
    base = "/en" if lang == "en" else ""
    for scheme in release.repository.schemes():
        page = client.page(f"{base}/vocabolari/{scheme.slug}").text
        for concept, _ in scheme.concepts:
            words = text_of(block(page, concept.notation))
            assert concept.label(lang) in words, concept.iri
            assert text_of(html.escape(concept.definition(lang))) in words, concept.iri
            if concept.broader:
                assert release.repository.label(concept.broader, lang) in words, concept.iri


def practices_with(release, concept):
    """Practices of which something, or whose record, names the concept: read without SPARQL."""
    names = set()
    for quad in release.store.quads(None, None, ox.NamedNode(concept), None):
        path = quad.subject.value.removeprefix(ns.ID).split("/")
        if quad.subject.value.startswith(ns.ID) and path[0] in ("pratica", "scheda"):
            names.add(path[1])
    return names


@pytest.mark.parametrize("slug", ["livello-completezza", "origine", "confidenza", "genere-replica"])
def test_how_many_practices_have_a_concept(client, release, slug):
    page = client.page(f"/vocabolari/{slug}").text
    scheme = release.repository.scheme(slug)
    counted = 0
    for concept, _ in scheme.concepts:
        words = text_of(block(page, concept.notation))
        found = practices_with(release, concept.iri)
        said = re.search(r"(\d+) sched[ae]", words)
        assert (int(said[1]) if said else 0) == len(found), concept.iri
        counted += len(found)
    assert counted


def test_the_count_of_a_concept_leads_to_those_practices(client, release):
    page = client.page("/vocabolari/livello-completezza").text
    concept = f"{ns.VOC}livello-completezza/2"
    link = re.search(r'href="(/sparql\?[^"]+)"', block(page, "2"))
    assert link is not None
    query = parse_qs(urlsplit(html.unescape(link[1])).query)["query"][0]
    answer = client.get("/sparql", params={"query": query, "format": "json"})
    rows = answer.json()["results"]["bindings"]
    found = {ns.local(row["practice"]["value"]) for row in rows}
    assert found == practices_with(release, concept)


def test_a_filtered_concept_counts_what_its_filter_finds(client):
    page = client.page("/vocabolari/target").text
    said = re.search(r'href="/pratiche\?target=anziani"[^>]*>(\d+) sched', block(page, "anziani"))
    assert said is not None
    found = client.get("/api/v1/search", params={"target": "anziani", "limit": 1}).json()
    assert int(said[1]) == found["total"]


@pytest.mark.parametrize("address", DOCUMENTS)
def test_what_the_site_says_of_itself_uses_terms_that_exist(client, places, address):
    answer = client.get(address, headers={"Accept": "text/turtle"})
    if answer.status_code in (301, 302, 303, 307, 308):
        answer = client.get(answer.headers["location"], headers={"Accept": "text/turtle"})
    if answer.status_code == 404:
        pytest.skip(f"NOT RUN: {address} is not here (../shared is not the reason)")
    assert answer.status_code == 200
    quads = ox.parse(answer.content, format=ox.RdfFormat.TURTLE)
    used = set(foreign.used(quads))
    mirrored = set()
    for path in (places.sources.ontology / "mirror").glob("*.ttl"):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            mirrored.add(quad.subject.value)
    assert not foreign.strangers(used)
    assert not used - mirrored
