"""The vocabularies of others: which we may reuse, and which of their terms a text uses.

The terms themselves are kept in `ontology/mirror/`, which `generate_mirror` writes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from . import namespaces as ns

_ITALIA: Final = "https://w3id.org/italia/"
_SH: Final = "http://www.w3.org/ns/shacl#"
_TO_TERMS: Final = frozenset(
    ox.NamedNode(iri)
    for iri in (
        ns.TYPE.value,
        *(ns.RDFS + name for name in ("subClassOf", "subPropertyOf", "domain", "range", "seeAlso")),
        *(ns.OWL + name for name in ("equivalentClass", "equivalentProperty", "inverseOf")),
        *(_SH + name for name in ("path", "class", "datatype", "targetClass", "nodeKind")),
    )
)
"""Properties whose values are terms."""
FORMATS: Final = {".ttl": ox.RdfFormat.TURTLE, ".nq": ox.RdfFormat.N_QUADS}
"""The formats that we read, by suffix."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A vocabulary of others: our prefix, its namespace, and the file that defines it.

    A `package` is a file `{package}-{version}.nq` of STANDARDS; else `file` lies in DATA. Where
    `copied` is false its licence asks us not to copy texts: labels are then made of local names.
    `vouched` are terms that its specification has and the file does not, with the type of each;
    `edition` is the version of a file that says none.
    """

    prefix: str
    namespace: str
    file: str = ""
    package: str = ""
    copied: bool = True
    vouched: Mapping[str, str] = field(default_factory=dict)
    edition: str = "OntoPiA 2024-12-04"


FOREIGN: Final = (
    *(
        Foreign(prefix, f"{_ITALIA}onto/{name}/", f"{name}-AP_IT.ttl")
        for prefix, name in (
            ("clv", "CLV"),
            ("cov", "COV"),
            ("cpev", "CPEV"),
            ("cpsv-it", "CPSV"),
            ("ind", "Indicator"),
            ("l0", "l0"),
            ("pc", "PublicContract"),
            ("prj", "Project"),
            ("ro", "RO"),
            ("ti", "TI"),
        )
    ),
    # The file declares its Catalog under https by a slip, and names it under http elsewhere.
    Foreign(
        "dcatapit",
        "http://dati.gov.it/onto/dcatapit#",
        "DCAT-AP_IT.ttl",
        vouched={"Catalog": ns.OWL + "Class"},
    ),
    Foreign("cids", "https://ontology.commonapproach.org/cids#", "cids-3.2.1.ttl", copied=False),
    Foreign("cpsv", "http://purl.org/vocab/cpsv#", "cpsv-ap-3.2.0.ttl"),
    Foreign("cv", "http://data.europa.eu/m8g/", "cpsv-ap-3.2.0.ttl"),
    Foreign(
        "legal-status",
        f"{_ITALIA}controlled-vocabulary/classifications-for-organizations/legal-status/",
        "vocabularies/legal-status.ttl",
    ),
    Foreign("licences", f"{_ITALIA}controlled-vocabulary/licences/", "vocabularies/licences.ttl"),
    # The package has DCAT 2; what is of DCAT 3 is named by the shapes of DCAT-AP 3.0.1.
    Foreign(
        "dcat",
        "http://www.w3.org/ns/dcat#",
        package="dcat",
        vouched={"version": ns.RDF + "Property"},
    ),
    Foreign("dct", ns.DCT, package="dcterms"),
    Foreign("dqv", "http://www.w3.org/ns/dqv#", package="dqv"),
    Foreign("foaf", ns.FOAF, package="foaf"),
    Foreign("org", "http://www.w3.org/ns/org#", package="org"),
    Foreign("owl", ns.OWL, package="owl"),
    Foreign("prov", "http://www.w3.org/ns/prov#", package="prov"),
    Foreign("qb", "http://purl.org/linked-data/cube#", package="qb"),
    Foreign("rdf", ns.RDF, package="rdf"),
    Foreign("rdfs", ns.RDFS, package="rdfs"),
    Foreign("schema", "http://schema.org/", package="schema"),
    Foreign("sd", "http://www.w3.org/ns/sparql-service-description#", package="sd"),
    Foreign("sh", _SH, package="sh"),
    Foreign("skos", ns.SKOS, package="skos"),
    # DCAT-AP names what it takes of SPDX; the algorithm is the one that spdx-tools 0.8.5 writes.
    Foreign(
        "spdx",
        "http://spdx.org/rdf/terms#",
        "dcat-ap/dcat-ap-SHACL.ttl",
        vouched={"checksumAlgorithm_sha256": ns.OWL + "NamedIndividual"},
        edition="DCAT-AP 3.0.1",
    ),
    Foreign("vann", "http://purl.org/vocab/vann/", package="vann"),
    Foreign("vcard", "http://www.w3.org/2006/vcard/ns#", package="vcard"),
    Foreign("void", "http://rdfs.org/ns/void#", package="void"),
    Foreign("xsd", ns.XSD, package="xsd"),
)
"""Every vocabulary that we may reuse: a term of any other is an error (see `strangers`)."""


def used(quads: Iterable[ox.Quad]) -> Iterator[str]:
    """Foreign IRIs that quads use as terms: properties, classes, datatypes, names of a mirror."""
    for quad in quads:
        yield from _foreign(quad.predicate.value)
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.NamedNode) and vocabulary_of(term.value):
                yield term.value
        if isinstance(quad.object, ox.Literal):
            yield from _foreign(quad.object.datatype.value)
        elif isinstance(quad.object, ox.NamedNode) and quad.predicate in _TO_TERMS:
            yield from _foreign(quad.object.value)


def used_in_query(text: str) -> Iterator[str]:
    """Foreign IRIs that a SPARQL query names by a prefix."""
    text = re.sub(r"(?m)(^|\s)#.*$", "", text)
    prefixes = dict(re.findall(r"(?i)PREFIX\s+([\w-]*):\s*<([^>]+)>", text))
    body = re.sub(r"<[^>]*>|\"[^\"]*\"|'[^']*'", " ", text)
    for prefix, local in re.findall(r"(?<![\w?$])([\w-]+):(\w[\w-]*)", body):
        if prefix in prefixes:
            yield from _foreign(prefixes[prefix] + local)


def used_in(path: Path) -> set[str]:
    """Foreign IRIs that a `.ttl`, `.nq` or `.rq` file uses as terms."""
    if path.suffix == ".rq":
        return set(used_in_query(path.read_text(encoding="utf-8")))
    return set(used(ox.parse(path=str(path), format=FORMATS[path.suffix])))


def vocabulary_of(iri: str) -> Foreign | None:
    """The vocabulary whose namespace holds `iri`, if the name is more than the namespace."""
    for foreign in FOREIGN:
        if iri.startswith(foreign.namespace) and iri != foreign.namespace:
            return foreign
    return None


def short(iri: str) -> str:
    """`cids:Outcome` for a term of a known vocabulary; any other IRI as it is."""
    foreign = vocabulary_of(iri)
    return f"{foreign.prefix}:{iri.removeprefix(foreign.namespace)}" if foreign else iri


def strangers(terms: Iterable[str]) -> set[str]:
    """Terms of no vocabulary that has a mirror."""
    return {iri for iri in terms if vocabulary_of(iri) is None}


def _foreign(iri: str) -> Iterator[str]:
    if not iri.startswith(ns.ROOT):
        yield iri
