"""Each term and concept is explained in both languages and says where it comes from."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS

from talea_catalogue import namespaces as ns
from talea_catalogue.sources import Sources
from talea_catalogue.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[3] / "ontology"
T = Namespace(ns.ONTO)
MODULES = sorted(ROOT.glob("*.ttl"))
SCHEMES = sorted((ROOT / "vocabularies").glob("*.ttl"))
FILES = [path for path in ROOT.rglob("*.ttl") if path.parent.name != "examples"]


@pytest.fixture(scope="module")
def ontology() -> Graph:
    """All modules in one graph."""
    graph = Graph()
    for module in MODULES:
        graph.parse(module)
    return graph


def both(graph: Graph, node: URIRef, predicate: URIRef) -> bool:
    """One non-empty text in Italian and one in English, and no other."""
    texts = list(graph.objects(node, predicate))
    return sorted(text.language or "" for text in texts) == ["en", "it"] and all(
        str(text).strip() == str(text) != "" for text in texts
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_two_parsers_read_the_same(path: Path) -> None:
    data = path.read_bytes()
    ours = list(ox.parse(data, format=ox.RdfFormat.TURTLE, base_iri="http://base/"))
    assert len({q.triple for q in ours}) == len(Graph().parse(path, publicID="http://base/"))


def test_every_term_has_label_and_definition_in_both_languages(ontology: Graph) -> None:
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    terms = {s for kind in kinds for s in ontology.subjects(RDF.type, kind) if s.startswith(T)}
    assert len(terms) > 100
    for term in terms:
        assert both(ontology, term, RDFS.label), term
        assert both(ontology, term, SKOS.definition), term
        assert (term, RDFS.isDefinedBy, URIRef(ns.ONTO)) in ontology, term


def test_every_term_of_ours_that_is_named_is_declared(ontology: Graph) -> None:
    named = {t for s in ontology for t in s if isinstance(t, URIRef) and t.startswith(T)}
    kinds = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.Ontology}
    undeclared = {t for t in named if not kinds & set(ontology.objects(t, RDF.type))}
    assert undeclared <= {URIRef(ns.ONTO), *(URIRef(ns.ONTO + v) for v in ("0.1.0", "0.2.0"))}


def test_every_property_used_by_a_record_is_declared(ontology: Graph, sources: Sources) -> None:
    used = {
        q.predicate.value
        for path in sources.records.rglob("*.ttl")
        for q in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
        if q.predicate.value.startswith(ns.ONTO)
    }
    assert len(used) > 40
    properties = {
        str(s)
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for s in ontology.subjects(RDF.type, kind)
    }
    assert not used - properties


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_a_vocabulary_explains_each_concept_and_says_its_source(path: Path) -> None:
    graph = Graph().parse(path)
    (scheme,) = graph.subjects(RDF.type, SKOS.ConceptScheme)
    assert str(scheme) == ns.VOC + path.stem
    assert both(graph, scheme, DCTERMS.title)
    assert both(graph, scheme, DCTERMS.description)
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert concepts
    for concept in concepts:
        assert both(graph, concept, SKOS.prefLabel), concept
        assert both(graph, concept, SKOS.definition), concept
        assert len(list(graph.objects(concept, DCTERMS.source))) >= 1, concept
        assert list(graph.objects(concept, SKOS.inScheme)) == [scheme], concept
        (notation,) = graph.objects(concept, SKOS.notation)
        assert str(concept) == f"{scheme}/{str(notation).lower()}"
        above = list(graph.objects(concept, SKOS.broader))
        assert len(above) <= 1
        assert set(above) <= concepts
        assert bool(above) != ((concept, SKOS.topConceptOf, scheme) in graph), concept


def test_no_two_concepts_of_a_vocabulary_share_a_word(sources: Sources) -> None:
    """A word that links a text to two concepts would link it to one of them by chance."""
    for slug, scheme in Vocabulary.load(sources.ontology / "vocabularies").schemes.items():
        seen: dict[str, str] = {}
        for concept, _ in scheme.concepts:
            for label in {concept.label_it, *concept.alt_labels, *concept.hidden_labels}:
                key = label.casefold()
                assert seen.setdefault(key, concept.iri) == concept.iri, (slug, label)


def test_every_concept_is_in_the_tree_of_its_scheme(sources: Sources) -> None:
    vocabulary = Vocabulary.load(sources.ontology / "vocabularies")
    written = sum(
        q.predicate == ns.TYPE and q.object == ox.NamedNode(ns.SKOS + "Concept")
        for path in SCHEMES
        for q in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
    )
    assert len(vocabulary.concepts) == written
