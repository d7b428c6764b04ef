"""Namespaces: where our identifiers live, and the foreign vocabularies that we reuse."""

from typing import Final

from pyoxigraph import NamedNode

ROOT: Final = "https://w3id.org/talea/"
ONTO: Final = ROOT + "onto/"
VOC: Final = ROOT + "voc/"
ID: Final = ROOT + "id/"
GRAPH: Final = ROOT + "graph/"
SHAPES: Final = ROOT + "shapes/"

DCT: Final = "http://purl.org/dc/terms/"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
OWL: Final = "http://www.w3.org/2002/07/owl#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

PREFIXES: Final[dict[str, str]] = {
    "talea": ONTO,
    "voc": VOC,
    "clv": "https://w3id.org/italia/onto/CLV/",
    "cov": "https://w3id.org/italia/onto/COV/",
    "dct": DCT,
    "foaf": FOAF,
    "owl": OWL,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "xsd": XSD,
}
"""Prefixes of every Turtle file and answer that we write."""

TYPE: Final = NamedNode(RDF + "type")
LABEL: Final = NamedNode(RDFS + "label")
TITLE: Final = NamedNode(DCT + "title")
ALTERNATIVE: Final = NamedNode(DCT + "alternative")
DESCRIPTION: Final = NamedNode(DCT + "description")
SOURCE: Final = NamedNode(DCT + "source")
REPLACES: Final = NamedNode(DCT + "replaces")
ISSUED: Final = NamedNode(DCT + "issued")
IS_REPLACED_BY: Final = NamedNode(DCT + "isReplacedBy")
DEPRECATED: Final = NamedNode(OWL + "deprecated")
PAGE: Final = NamedNode(FOAF + "page")
PRIMARY_TOPIC: Final = NamedNode(FOAF + "primaryTopic")
IS_PRIMARY_TOPIC_OF: Final = NamedNode(FOAF + "isPrimaryTopicOf")
PREF_LABEL: Final = NamedNode(SKOS + "prefLabel")
ALT_LABEL: Final = NamedNode(SKOS + "altLabel")
HIDDEN_LABEL: Final = NamedNode(SKOS + "hiddenLabel")
DEFINITION: Final = NamedNode(SKOS + "definition")
NOTATION: Final = NamedNode(SKOS + "notation")
BROADER: Final = NamedNode(SKOS + "broader")
IN_SCHEME: Final = NamedNode(SKOS + "inScheme")


def concept(scheme: str, notation: str) -> str:
    """IRI of a concept: `concept("target", "anziani")`."""
    return f"{VOC}{scheme}/{notation}"


def resource(kind: str, name: str) -> str:
    """IRI of an instance: `resource("pratica", "bari-social-book")`."""
    return f"{ID}{kind}/{name}"


def graph(kind: str, name: str) -> str:
    """IRI of the named graph of a record: `graph("pratica", "bari-social-book")`."""
    return f"{GRAPH}{kind}/{name}"


def local(iri: str) -> str:
    """The last segment of an IRI: the slug of an instance, the notation of a concept."""
    return iri.rsplit("/", 1)[-1]
