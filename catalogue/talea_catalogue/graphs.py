"""Everything that a release says, as named graphs: the content behind the data digest.

Each graph is kept as sorted N-Quads lines, so that its hash, the dump and the store all come from
the same bytes, whatever the machine, time zone, locale, hash seed or order of files.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from . import namespaces as ns
from . import territory
from .gazetteer import Gazetteer
from .records import RecordFile
from .terms import T
from .validate import Completeness

Graphs = dict[str, list[str]]
"""Sorted N-Quads lines, without line ends, by graph IRI."""

DERIVED: Final = ns.GRAPH + "derivati"
"""What the build computes: completeness, and the shortcuts from a practice to its concepts."""

_ITALIAN_PLACE = re.compile(rf"{re.escape(ns.ID)}(?:luogo/|ente/comune-)(\d{{6}})\Z")


def assemble(
    ontology: Path,
    gazetteer: Gazetteer,
    records: Mapping[str, RecordFile],
    levels: Mapping[str, Completeness],
) -> Graphs:
    """The graphs of a release of `records`, in the order of their IRIs."""
    graphs: dict[str, list[ox.Quad]] = {
        ns.GRAPH + "onto": _schema(ontology, "onto"),
        ns.GRAPH + "shapes": _schema(ontology / "shapes", "shapes"),
        ns.GRAPH + "voc": _schema(ontology / "vocabularies", "voc"),
    }
    elsewhere = {
        match[1]
        for record in records.values()
        for triple in record.triples
        if isinstance(triple.object, ox.NamedNode)
        and (match := _ITALIAN_PLACE.match(triple.object.value))
    }
    for quad in territory.quads(gazetteer, elsewhere):
        graphs.setdefault(_name(quad), []).append(quad)
    for name, record in records.items():
        graph = ox.NamedNode(name)
        graphs[name] = [ox.Quad(t.subject, t.predicate, t.object, graph) for t in record.triples]
    graphs[DERIVED] = list(_derived(records.values(), levels))
    return {name: _lines(quads) for name, quads in sorted(graphs.items())}


def digest(graphs: Mapping[str, Iterable[str]]) -> str:
    """The data digest: SHA-256 over the sorted list of (graph IRI, hash of its N-Quads)."""
    total = hashlib.sha256()
    for name, lines in sorted(graphs.items()):
        content = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
        total.update(f"{name} {content}\n".encode())
    return total.hexdigest()


def dump(graphs: Mapping[str, Iterable[str]]) -> bytes:
    """All the graphs as one N-Quads document, graph after graph."""
    return "".join(line + "\n" for _, lines in sorted(graphs.items()) for line in lines).encode()


def _schema(folder: Path, name: str) -> list[ox.Quad]:
    graph = ox.NamedNode(ns.GRAPH + name)
    quads = []
    for file in sorted(folder.glob("*.ttl")):
        # Blank nodes of two files must not meet: each file gets names of its own.
        for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
            quads.append(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
    return quads


def _derived(
    records: Iterable[RecordFile], levels: Mapping[str, Completeness]
) -> Iterator[ox.Quad]:
    graph = ox.NamedNode(DERIVED)
    for record in records:
        level = levels.get(record.slug) if record.kind == "pratica" else None
        if level is None:
            continue
        practice = ox.NamedNode(record.iri)
        card = ox.NamedNode(ns.resource("scheda", record.slug))
        concept = ox.NamedNode(ns.concept("livello-completezza", str(level.level)))
        yield ox.Quad(card, T.completenessLevel, concept, graph)
        for path in level.missing:
            yield ox.Quad(card, T.missingForNext, ox.NamedNode(path), graph)
        for triple in record.triples:
            if triple.predicate in (T.targetGroup, T.needCategory):
                yield ox.Quad(practice, triple.predicate, triple.object, graph)


def _lines(quads: list[ox.Quad]) -> list[str]:
    dataset = ox.Dataset(quads)
    if any(isinstance(t, ox.BlankNode) for q in quads for t in (q.subject, q.object)):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    # Not `splitlines`: a text may hold other line separators, which N-Quads leaves as they are.
    data = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS) or b""
    return sorted(data.decode().split("\n")[:-1])


def _name(quad: ox.Quad) -> str:
    if not isinstance(quad.graph_name, ox.NamedNode):
        raise ValueError(f"no named graph: {quad}")
    return quad.graph_name.value
