"""What others reuse of the ontology: alignments, mirror, context, versions.

The mirror is compared with the files that it was taken from where those are at hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib.namespace
from pyld import jsonld
from rdflib import OWL, PROV, RDF, RDFS, SH, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, DefinedNamespace

from talea_catalogue import foreign, generate_context, generate_mirror
from talea_catalogue import namespaces as ns
from talea_catalogue.foreign import FOREIGN, Foreign
from talea_sparql.description import describe
from talea_sparql.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
ONTOLOGY = ROOT / "ontology"
FOREIGN_FILES = ROOT.parent / "shared" / "data" / "ontologies"
MODULES = sorted(ONTOLOGY.glob("*.ttl"))
ALIGNMENTS = ONTOLOGY / "alignments.ttl"
FILES = [
    *MODULES,
    *ONTOLOGY.glob("shapes*/*.ttl"),
    *(ONTOLOGY / "vocabularies").glob("*.ttl"),
    *(ONTOLOGY / "examples" / "valid").rglob("*.ttl"),
    *(ROOT / "sparql" / "queries").rglob("*.rq"),
]
ITALIA = "https://w3id.org/italia/"
KINDS = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty}
CITY = re.compile(
    r"https://w3id\.org/italia/controlled-vocabulary/territorial-classifications/cities/"
    r"\d{6}-\(\d{4}-\d\d-\d\d\)"
)
"""The only foreign IRIs without a mirror: their register is not at hand, their form is checked."""


def union(paths: list[Path]) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def ontology() -> Graph:
    """Core, territory and alignments."""
    return union(MODULES)


@pytest.fixture(scope="module")
def mirror() -> Graph:
    """What is kept of every foreign vocabulary."""
    return union(sorted((ONTOLOGY / "mirror").glob("*.ttl")))


def ours(graph: Graph) -> set[URIRef]:
    """Our own classes and properties."""
    found = {s for kind in KINDS for s in graph.subjects(RDF.type, kind)}
    return {s for s in found if isinstance(s, URIRef) and s.startswith(ns.ONTO)}


# --- (f) Every reused IRI exists ---


def check_reused(terms: set[str], mirror: Graph) -> None:
    assert terms
    assert not foreign.strangers(terms), "a vocabulary without a mirror"
    assert not {iri for iri in terms if (URIRef(iri), RDF.type, None) not in mirror}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_foreign_term_of_a_file_is_in_the_mirror(path: Path, mirror: Graph) -> None:
    terms = foreign.used_in(path)
    if terms:
        check_reused(terms, mirror)


def test_every_foreign_term_of_the_release_is_in_the_mirror(dump: Path, mirror: Graph) -> None:
    check_reused(foreign.used_in(dump), mirror)


def test_every_foreign_term_of_the_service_description_is_in_the_mirror(mirror: Graph) -> None:
    triples = describe("https://example.org/sparql", Limits(), triples=1)
    check_reused(set(foreign.used(ox.Quad(*triple) for triple in triples)), mirror)


def test_the_prefixes_of_our_answers_are_those_of_the_mirror() -> None:
    known = {foreign.prefix: foreign.namespace for foreign in FOREIGN}
    theirs = {p: iri for p, iri in ns.PREFIXES.items() if not iri.startswith(ns.ROOT)}
    assert theirs.items() <= known.items()


def test_a_term_that_does_not_exist_is_found_out(mirror: Graph) -> None:
    cov = "https://w3id.org/italia/onto/COV/"
    text = f"PREFIX cov: <{cov}>\n# cov:comment\nSELECT * {{ ?a cov:IPACode 'cov:text' }}"
    with pytest.raises(AssertionError):
        check_reused(set(foreign.used_in_query(text)), mirror)
    with pytest.raises(generate_mirror.MirrorError, match="IPACode"):
        generate_mirror.facts(FOREIGN[1], {}, f"{cov}IPACode")
    quad = ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("https://w3id.org/nowhere/p"), ox.Literal("1"))
    with pytest.raises(AssertionError, match="without a mirror"):
        check_reused(set(foreign.used([quad])), mirror)


def test_the_dated_comuni_of_ontopia_have_their_form(dump: Path) -> None:
    said = {
        quad.object.value
        for quad in ox.parse(path=str(dump), format=ox.RdfFormat.N_QUADS)
        if isinstance(quad.object, ox.NamedNode) and "/cities/" in quad.object.value
    }
    assert len(said) > 200
    assert all(CITY.fullmatch(iri) for iri in said)


def mirrored(foreign: Foreign) -> Path:
    return ONTOLOGY / "mirror" / f"{foreign.prefix}.ttl"


IN_USE = [foreign for foreign in FOREIGN if mirrored(foreign).is_file()]


@pytest.mark.parametrize("foreign", IN_USE, ids=lambda foreign: foreign.prefix)
def test_a_mirror_says_what_it_was_taken_from(foreign: Foreign) -> None:
    graph = Graph().parse(mirrored(foreign))
    (head,) = graph.subjects(RDF.type, OWL.Ontology)
    (version,) = graph.objects(head, OWL.versionInfo)
    (digest,) = graph.objects(head, DCTERMS.identifier)
    assert re.fullmatch(r"((OntoPiA|DCAT-AP) )?[\d.-]*\d", version)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    terms = set(graph.subjects()) - {head}
    assert all(str(term).startswith(foreign.namespace) for term in terms)


@pytest.mark.parametrize(
    "foreign", [f for f in IN_USE if f.file], ids=lambda foreign: foreign.prefix
)
def test_a_mirror_is_what_its_source_says(
    foreign: Foreign, needs: Callable[[bool, str], None]
) -> None:
    source = generate_mirror.source_of(foreign, None, FOREIGN_FILES)
    needs(source is not None, f"../shared/data/ontologies/{foreign.file} is not here")
    assert source is not None
    written = mirrored(foreign).read_text(encoding="utf-8")
    subjects = set(Graph().parse(data=written).subjects())
    terms = {str(subject) for subject in subjects if not subject.startswith(ns.ROOT)}
    assert generate_mirror.render(foreign, source, generate_mirror.read(source), terms) == written


LISTED = {
    str(listed._NS).replace("https://schema.org/", "http://schema.org/"): listed
    for listed in vars(rdflib.namespace).values()
    if isinstance(listed, type) and issubclass(listed, DefinedNamespace) and hasattr(listed, "_NS")
}
"""The vocabularies whose terms rdflib lists: a witness that the mirror did not come from."""


@pytest.mark.parametrize(
    "foreign",
    [f for f in IN_USE if f.namespace in LISTED and f.package],
    ids=lambda foreign: foreign.prefix,
)
def test_a_second_witness_lists_each_term_of_a_standard(foreign: Foreign) -> None:
    terms = {
        str(s).removeprefix(foreign.namespace)
        for s in Graph().parse(mirrored(foreign)).subjects()
        if s.startswith(foreign.namespace)
    }
    unknown = {term for term in terms if term not in LISTED[foreign.namespace]}
    above_datatypes = {"anyAtomicType", "anyType"}  # XSD 1.1 has them, rdflib's list does not
    assert unknown <= above_datatypes | foreign.vouched.keys()


def test_what_we_vouch_for_of_dcat_is_named_by_dcat_ap(needs: Callable[[bool, str], None]) -> None:
    shapes = FOREIGN_FILES / "dcat-ap" / "dcat-ap-SHACL.ttl"
    needs(shapes.is_file(), "../shared/data/ontologies/dcat-ap is not here")
    named = set(Graph().parse(shapes).objects(None, SH.path))
    (dcat,) = [foreign for foreign in FOREIGN if foreign.prefix == "dcat"]
    assert {URIRef(dcat.namespace + name) for name in dcat.vouched} <= named


def test_the_texts_of_cids_are_not_copied() -> None:
    (cids,) = [foreign for foreign in FOREIGN if foreign.prefix == "cids"]
    graph = Graph().parse(mirrored(cids))
    for text in graph.objects(None, RDFS.label):
        assert re.fullmatch(r"[a-z]+( [a-z]+){0,3}", text)
    assert set(graph.predicates()) <= {
        RDF.type, RDFS.label, RDFS.subClassOf, RDFS.subPropertyOf,
        DCTERMS.source, DCTERMS.identifier, OWL.versionInfo,
    }  # fmt: skip


# --- Alignments ---


def above(graph: Graph, term: URIRef, link: URIRef) -> set[Any]:
    return set(graph.transitive_objects(term, link)) - {term}


def test_alignments_say_no_more_than_they_may() -> None:
    graph = Graph().parse(ALIGNMENTS)
    header = set(graph.subjects(RDF.type, OWL.Ontology))
    said = {p for s, p, _ in graph if s not in header}
    assert said == {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.seeAlso}


def test_what_is_aligned_is_declared(ontology: Graph) -> None:
    graph = Graph().parse(ALIGNMENTS)
    header = set(graph.subjects(RDF.type, OWL.Ontology))
    aligned = {s for s in graph.subjects() if s not in header and str(s).startswith(ns.ONTO)}
    assert aligned <= ours(ontology)


def test_a_class_is_aligned_to_a_class_and_a_property_to_a_property(
    ontology: Graph, mirror: Graph
) -> None:
    classes = {OWL.Class, RDFS.Class}
    known = mirror + ontology
    for link, theirs in ((RDFS.subClassOf, True), (RDFS.subPropertyOf, False)):
        for mine, other in ontology.subject_objects(link):
            kinds = set(known.objects(other, RDF.type))
            assert bool(kinds & classes) == theirs, (mine, other)


def test_every_class_has_a_national_superclass_or_says_why_not(ontology: Graph) -> None:
    """Principle 1 of the model; a class of statistics or of provenance has no national one."""
    national = f"{ITALIA}onto/"
    without = {
        term.removeprefix(ns.ONTO)
        for term in ours(ontology)
        if (term, RDF.type, OWL.Class) in ontology
        and not any(str(a).startswith(national) for a in above(ontology, term, RDFS.subClassOf))
    }
    assert without <= WITHOUT_NATIONAL


WITHOUT_NATIONAL = {
    "Attribution",
    "PracticeRecord",
    "Replication",
    "ServiceFact",
    "StatisticalSeries",
}


WITHOUT_COUNTERPART = {
    "AdaptationAdvice",
    "Component",
    "ContextFact",
    "ImprovementArea",
    "Need",
    "Obstacle",
    "RelatedExperience",
    "ReplicationTool",
    "ReportedResult",
    "ServiceFact",
}
"""Classes that no class of the aligned vocabularies contains or comes close to."""


def test_every_class_is_aligned_unless_nothing_is_like_it(ontology: Graph) -> None:
    aligned = set(Graph().parse(ALIGNMENTS).subjects())
    classes = {term for term in ours(ontology) if (term, RDF.type, OWL.Class) in ontology}
    assert {term.removeprefix(ns.ONTO) for term in classes - aligned} == WITHOUT_COUNTERPART


def test_nothing_is_both_an_activity_and_an_entity_of_prov(ontology: Graph) -> None:
    """PROV declares the two disjoint; ranges of its properties count."""
    graph = ontology
    entities = {t for t in ours(graph) if PROV.Entity in above(graph, t, RDFS.subClassOf)}
    entities |= {t for t in ours(graph) if PROV.Plan in above(graph, t, RDFS.subClassOf)}
    for link, ends in ((PROV.used, (RDFS.range,)), (PROV.generated, (RDFS.range,)),
                       (PROV.wasDerivedFrom, (RDFS.domain, RDFS.range))):  # fmt: skip
        for term in graph.subjects(RDFS.subPropertyOf, link):
            entities |= {o for end in ends for o in graph.objects(term, end)}
    activities = {t for t in ours(graph) if PROV.Activity in above(graph, t, RDFS.subClassOf)}
    assert entities
    assert activities
    for term in entities:
        assert not ({term} | above(graph, term, RDFS.subClassOf)) & activities, term


# --- (j) The JSON-LD context ---

CONTEXT = json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))


def test_the_context_is_the_generated_one() -> None:
    written = (ONTOLOGY / "context.jsonld").read_text(encoding="utf-8")
    assert written == generate_context.render(ONTOLOGY)


def test_the_context_names_every_term(ontology: Graph) -> None:
    names = {term.removeprefix(ns.ONTO) for term in ours(ontology)}
    assert names <= CONTEXT["@context"].keys()


def records(dump: Path) -> dict[str, list[ox.Quad]]:
    """The quads of each graph that holds a record, by the name of the graph."""
    found: dict[str, list[ox.Quad]] = {}
    for quad in ox.parse(path=str(dump), format=ox.RdfFormat.N_QUADS):
        name = str(quad.graph_name.value)
        if re.fullmatch(rf"{re.escape(ns.GRAPH)}[a-z]+/[^/]+", name):
            found.setdefault(name, []).append(quad)
    return found


def compacted(quads: Iterable[ox.Quad]) -> dict[str, Any]:
    """JSON-LD of the quads, as short as the context makes it."""
    expanded = json.loads(ox.serialize(quads, format=ox.RdfFormat.JSON_LD))
    for node in (inner for graph in expanded for inner in graph.get("@graph", [graph])):
        # The engine writes classes as a property like the others.
        if classes := node.pop(ns.TYPE.value, None):
            node["@type"] = [value["@id"] for value in classes]
    found: dict[str, Any] = jsonld.flatten(expanded, CONTEXT)
    return found


def back(document: dict[str, Any]) -> set[ox.Quad]:
    """The quads of a document, as Oxigraph reads it."""
    return set(ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD))


def test_every_record_comes_back_from_json_ld_as_it_was(dump: Path) -> None:
    """Each in a graph of its own, so that no statement can stand in for another's."""
    found = records(dump)
    quads = {quad for record in found.values() for quad in record}
    returned = back(compacted(quads))
    lost = {str(quad.graph_name.value) for quad in quads ^ returned}
    assert not lost
    assert len(found) > 100


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_three_readers_of_json_ld_agree_on_a_record(dump: Path) -> None:
    triples = {q.triple for q in records(dump)[f"{ns.GRAPH}pratica/bari-social-book"]}
    document = compacted(ox.Quad(*triple) for triple in triples)
    theirs = jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert {q.triple for q in ox.parse(theirs, format=ox.RdfFormat.N_QUADS)} == triples
    assert len(Graph().parse(data=json.dumps(document), format="json-ld")) == len(triples)


def test_a_record_reads_plainly_with_the_context(dump: Path) -> None:
    quads = records(dump)[f"{ns.GRAPH}pratica/bari-social-book"]
    document = compacted(ox.Quad(*quad.triple) for quad in quads)
    nodes = {node["id"]: node for node in document["@graph"]}
    practice = nodes[f"{ns.ID}pratica/bari-social-book"]
    assert practice["type"] == "GoodPractice"
    assert isinstance(practice["title"]["it"], str)
    assert practice["isPrimaryTopicOf"].startswith(ns.ID)
    assert not [key for node in nodes.values() for key in node if ":" in key]


HOSTILE = [
    f'<{ns.ID}pratica/x> <{ns.DCT}title> "senza lingua" .',
    f'<{ns.ID}pratica/x> <{ns.DCT}title> "a\\nb \u2028 \\"c\\" \\\\"@it .',
    f'<{ns.ID}pratica/x> <{ns.DCT}title> "two"@it .',
    f'<{ns.ID}pratica/x> <{ns.DCT}source> "a text, where an address is expected"@it .',
    f'<{ns.ID}pratica/x> <{ns.ONTO}startYear> "2020"^^<{XSD.decimal}> .',
    f'<{ns.ID}pratica/x> <{ns.ONTO}startYear> "02020"^^<{XSD.integer}> .',
    f'<{ns.ID}pratica/x> <{ns.ONTO}amountEUR> "1.50"^^<{XSD.decimal}> .',
    f'<{ns.ID}pratica/x> <{ns.ONTO}unheardOf> "1" .',
    f"<{ns.ID}pratica/x> <{RDF.type}> <urn:x> .",
]


def test_values_of_an_unexpected_form_lose_nothing() -> None:
    quads = set(ox.parse("\n".join(HOSTILE), format=ox.RdfFormat.N_TRIPLES))
    assert len(quads) == len(HOSTILE)
    assert back(compacted(quads)) == quads


# --- (g) Versions ---

RELEASED = sorted((ONTOLOGY / "versions").glob("*.txt"))


def said(path: Path, *spaces: str) -> set[str]:
    """Our own IRIs that a file gives a type, in the given spaces."""
    return {
        quad.subject.value
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
        if quad.predicate == ns.TYPE
        and isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(spaces)
    }


def withdrawn(graph: Graph) -> dict[URIRef, list[Any]]:
    """Deprecated terms and what replaces each."""
    gone = graph.subjects(OWL.deprecated, Literal(True))
    return {s: list(graph.objects(s, DCTERMS.isReplacedBy)) for s in gone if isinstance(s, URIRef)}


def unwarned(graph: Graph, shapes: Graph) -> set[URIRef]:
    """Deprecated terms of which no shape warns whoever still uses them."""
    warning = set(shapes.subjects(SH.severity, SH.Warning))
    named = {o for s in warning for p in (SH.path, SH["class"]) for o in shapes.objects(s, p)}
    named |= {o for s in warning for o in shapes.objects(s, SH.targetClass)}
    return {term for term in withdrawn(graph) if term not in named}


@pytest.mark.parametrize("path", [*MODULES], ids=lambda path: path.stem)
def test_every_module_says_its_licence(path: Path) -> None:
    """(b) As data in its header or, for a module of the core ontology, in its first comment."""
    licence = URIRef(f"{ITALIA}controlled-vocabulary/licences/A21_CCBY40")
    graph = Graph().parse(path)
    headers = list(graph.subjects(RDF.type, OWL.Ontology))
    said = [licence in graph.objects(header, DCTERMS.license) for header in headers]
    comment = path.read_text(encoding="utf-8").split("@prefix")[0]
    assert all(said)
    assert said or "# Licence: CC BY 4.0." in comment


def test_the_version_is_said_once_and_everywhere_the_same(ontology: Graph) -> None:
    header = URIRef(ns.ONTO)
    (info,) = ontology.objects(header, OWL.versionInfo)
    (iri,) = ontology.objects(header, OWL.versionIRI)
    (prior,) = ontology.objects(header, OWL.priorVersion)
    assert str(iri) == f"{ns.ONTO}{info}"
    assert (ONTOLOGY / "versions" / f"{str(prior).removeprefix(ns.ONTO)}.txt").is_file()
    changes = (ONTOLOGY / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)", changes, re.M)
    assert first is not None
    assert first[1] == str(info)


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_no_term_of_a_released_version_disappeared(path: Path) -> None:
    files = [*MODULES, *(ONTOLOGY / "vocabularies").glob("*.ttl")]
    now = set().union(*(said(file, ns.ONTO, ns.VOC) for file in files))
    before = set(path.read_text(encoding="utf-8").split())
    assert len(before) > 200
    assert not before - now, "a released term is deprecated, never deleted: docs/ontology-policy.md"


def test_a_deprecated_term_is_replaced_and_warned_of(ontology: Graph) -> None:
    graph = union([*MODULES, *(ONTOLOGY / "vocabularies").glob("*.ttl")])
    known = {s for s in graph.subjects(RDF.type) if isinstance(s, URIRef)}
    for term, successors in withdrawn(graph).items():
        assert successors, term
        assert set(successors) <= known - withdrawn(graph).keys(), term
    terms = Graph()
    for triple in ontology.triples((None, OWL.deprecated, None)):
        terms.add(triple)
    assert not unwarned(terms, union(sorted((ONTOLOGY / "shapes").glob("*.ttl"))))


def test_a_deprecated_term_without_its_warning_is_found_out() -> None:
    """The rule above, on a term that nobody warns of and on one that a shape does."""
    gone = URIRef(ns.ONTO + "oldName")
    terms, shapes = Graph(), Graph()
    terms.add((gone, OWL.deprecated, Literal(True)))
    assert unwarned(terms, shapes) == {gone}
    shape = URIRef(ns.SHAPES + "deprecated-oldName")
    shapes.add((shape, SH.path, gone))
    assert unwarned(terms, shapes) == {gone}
    shapes.add((shape, SH.severity, SH.Warning))
    assert not unwarned(terms, shapes)
