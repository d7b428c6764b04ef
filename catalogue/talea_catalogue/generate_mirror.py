"""Write `ontology/mirror/`: what we reuse of each foreign vocabulary, as its own file says it.

    python -m talea_catalogue.generate_mirror ONTOLOGY STANDARDS DATA FILE...

DATA is the folder of OntoPiA, CIDS and CPSV-AP files; STANDARDS holds the N-Quads of the packages
`@vocabulary/{name}` (`{name}-{version}.nq`: the original documents of W3C, DCMI and schema.org,
under a version). Each FILE (`.ttl`, `.nq`, `.rq`) is read for the terms that it uses: the modules
of `ontology/`, the queries, and the dump of a release. For the maintainer; a build never runs it.
Tests compare its output with the committed files, and every term used anywhere with the mirror.
"""

import hashlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from . import namespaces as ns
from .foreign import FOREIGN, FORMATS, Foreign, used_in, vocabulary_of

_SUPER: Final = (
    ox.NamedNode(ns.RDFS + "subClassOf"),
    ox.NamedNode(ns.RDFS + "subPropertyOf"),
)
_LABELS: Final = (ns.LABEL, ns.PREF_LABEL)
_SHACL: Final = "http://www.w3.org/ns/shacl#"
_NAMED_AS: Final = {
    _SHACL + "path": ox.NamedNode(ns.RDF + "Property"),
    _SHACL + "class": ox.NamedNode(ns.RDFS + "Class"),
    _SHACL + "targetClass": ox.NamedNode(ns.RDFS + "Class"),
}
_IDENTIFIER: Final = ox.NamedNode(ns.DCT + "identifier")
_VERSION: Final = ox.NamedNode(ns.OWL + "versionInfo")
_VERSION_IRI: Final = ox.NamedNode(ns.OWL + "versionIRI")
_ONTOLOGY: Final = ox.NamedNode(ns.OWL + "Ontology")
LONGEST_LABEL: Final = 100
"""Characters: a label is a fact about a term, a longer text would be somebody's prose."""


class MirrorError(ValueError):
    """Terms that their vocabulary does not have."""


Triples = dict[str, list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]]
"""Predicates and objects by subject IRI; blank nodes are left out."""


# --- What their own file says of them ---


def source_of(foreign: Foreign, standards: Path | None, data: Path) -> Path | None:
    """The file that defines a vocabulary, or None where it is not at hand."""
    if foreign.file:
        path = data / foreign.file
        return path if path.is_file() else None
    found = sorted(standards.glob(f"{foreign.package}-*.nq")) if standards else []
    return found[-1] if found else None


def read(path: Path) -> Triples:
    """The triples of a vocabulary by subject; its slips of syntax are not ours to refuse.

    A term that a file of shapes names, and does not describe, is a class or a property by the place
    where it is named.
    """
    found: Triples = {}
    named: dict[str, ox.NamedNode] = {}
    for quad in ox.parse(path=str(path), format=FORMATS[path.suffix], lenient=True):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(
            quad.object, ox.NamedNode | ox.Literal
        ):
            found.setdefault(quad.subject.value, []).append((quad.predicate, quad.object))
            if isinstance(quad.object, ox.NamedNode) and quad.predicate.value in _NAMED_AS:
                named[quad.object.value] = _NAMED_AS[quad.predicate.value]
    for iri, kind in named.items():
        found.setdefault(iri, [(ns.TYPE, kind)])
    return found


def facts(foreign: Foreign, triples: Triples, iri: str) -> list[ox.Triple]:
    """Types, short labels and named superclasses of a term; raises MirrorError where unknown."""
    said = triples.get(iri, [])
    node = ox.NamedNode(iri)
    types = [o for p, o in said if p == ns.TYPE and _mirrored(o)]
    if vouched := foreign.vouched.get(iri.removeprefix(foreign.namespace)):
        types = types or [ox.NamedNode(vouched)]
    if not types:
        raise MirrorError(f"{foreign.prefix}: {iri} is not in its vocabulary")
    found = [ox.Triple(node, ns.TYPE, kind) for kind in types]
    found += [ox.Triple(node, p, o) for p, o in said if p in _SUPER and _mirrored(o) and o != node]
    if foreign.copied:
        found += [ox.Triple(node, ns.LABEL, o) for p, o in said if p in _LABELS and _short(o)]
    else:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", iri.removeprefix(foreign.namespace))
        found.append(ox.Triple(node, ns.LABEL, ox.Literal(words.lower(), language="en")))
    return sorted(set(found), key=str)


def _mirrored(term: object) -> bool:
    return isinstance(term, ox.NamedNode) and vocabulary_of(term.value) is not None


def _short(term: object) -> bool:
    return (
        isinstance(term, ox.Literal)
        and term.language in ("it", "en", None)
        and len(term.value) <= LONGEST_LABEL
    )


# --- The files ---


def header(foreign: Foreign, path: Path, triples: Triples) -> list[ox.Triple]:
    """Where a mirror was taken from: version, name of the file, SHA-256 of its bytes."""
    me = ox.NamedNode(f"{ns.ONTO}mirror/{foreign.prefix}")
    version = path.stem.rpartition("-")[2] if foreign.package else _version(foreign, triples)
    taken = f"@vocabulary/{path.stem}" if foreign.package else foreign.file
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return [
        ox.Triple(me, ns.TYPE, _ONTOLOGY),
        ox.Triple(me, ns.SOURCE, ox.NamedNode(foreign.namespace)),
        ox.Triple(me, ns.SOURCE, ox.Literal(taken)),
        ox.Triple(me, _VERSION, ox.Literal(version)),
        ox.Triple(me, _IDENTIFIER, ox.Literal(f"sha256:{digest}")),
    ]


def _version(foreign: Foreign, triples: Triples) -> str:
    root = foreign.namespace.rstrip("/#")
    said = [*triples.get(root, []), *triples.get(foreign.namespace, [])]
    versions = [o.value.rstrip("/") for p, o in said if p == _VERSION_IRI]
    if not versions:
        versions = [
            o.value
            for about in triples.values()
            for p, o in about
            if p == _VERSION and (ns.TYPE, _ONTOLOGY) in about
        ]
    return sorted(versions)[0].rpartition("/")[2] if versions else foreign.edition


def closed(terms: Iterable[str], vocabularies: dict[str, Triples]) -> set[str]:
    """The terms, and the types and superclasses that their own files give them, all the way up."""
    found: set[str] = set()
    waiting = set(terms)
    while waiting:
        iri = waiting.pop()
        foreign = vocabulary_of(iri)
        if iri in found or foreign is None or foreign.prefix not in vocabularies:
            continue
        found.add(iri)
        for triple in facts(foreign, vocabularies[foreign.prefix], iri):
            if isinstance(triple.object, ox.NamedNode):
                waiting.add(triple.object.value)
    return found


def render(foreign: Foreign, path: Path, triples: Triples, terms: Iterable[str]) -> str:
    """The Turtle of one mirror: its header, then each term in the order of IRIs."""
    found = header(foreign, path, triples)
    for iri in sorted(terms):
        found += facts(foreign, triples, iri)
    prefixes = {f.prefix: f.namespace for f in FOREIGN if any(f.namespace in str(t) for t in found)}
    written = ox.serialize(found, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b""
    return "# Generated by `talea_catalogue.generate_mirror`. Do not edit.\n\n" + written.decode()


def generate(ontology: Path, standards: Path, data: Path, files: Iterable[Path]) -> None:
    """Write the mirrors of every term that `files` use; raises MirrorError on an unknown one."""
    terms = {iri for path in files for iri in used_in(path) if vocabulary_of(iri)}
    sources = {f.prefix: source_of(f, standards, data) for f in FOREIGN}
    vocabularies = {prefix: read(path) for prefix, path in sources.items() if path is not None}
    terms = closed(terms, vocabularies)
    folder = ontology / "mirror"
    folder.mkdir(exist_ok=True)
    for foreign in FOREIGN:
        mine = {iri for iri in terms if vocabulary_of(iri) == foreign}
        path = sources[foreign.prefix]
        target = folder / f"{foreign.prefix}.ttl"
        if mine and path is not None:
            text = render(foreign, path, vocabularies[foreign.prefix], mine)
            target.write_text(text, encoding="utf-8")
        else:
            target.unlink(missing_ok=True)


if __name__ == "__main__":
    folders = [Path(argument) for argument in sys.argv[1:]]
    generate(folders[0], folders[1], folders[2], folders[3:])
