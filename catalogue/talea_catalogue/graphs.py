"""Everything that a release says, as named graphs: the content behind the data digest.

Each graph is kept as sorted N-Quads lines, so that its hash, the dump and the store all come from
the same bytes, whatever the machine, time zone, locale, hash seed or order of files. The dump is
the graphs one after the other in the order of their IRIs; a `Mark` tells the size of each, so any
graph of a dump can be found without reading the others.
"""

import hashlib
import mmap
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from . import namespaces as ns
from . import territory
from .gazetteer import Gazetteer
from .records import RecordFile
from .terms import T
from .validate import Completeness

Lines = list[str]
"""Sorted N-Quads lines of one graph, without line ends."""

DERIVED: Final = ns.GRAPH + "derivati"
"""What the build computes: completeness, and the shortcuts from a practice to its concepts."""
PRACTICES: Final = ns.GRAPH + "pratica/"
"""Beginning of the names of the graphs of practices."""

_LONG = 1 << 20
"""Bytes from which a piece of a dump is hashed while it is being written."""
_ITALIAN_PLACE = re.compile(rf"{re.escape(ns.ID)}(?:luogo/|ente/comune-)(\d{{6}})\Z")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a graph is: hash of its lines (hexadecimal SHA-256), bytes in the dump, quads."""

    sha: str
    bytes: int
    quads: int

    @classmethod
    def of(cls, lines: Lines) -> "Mark":
        """The mark of a graph of these lines."""
        data = encode(lines)
        return cls(hashlib.sha256(data).hexdigest(), len(data), len(lines))


Table = Mapping[str, Mark]
"""The graphs of a release by IRI."""


class Dump:
    """A `data.nq`, of which any graph can be read by itself. Raises OSError where it is missing."""

    def __init__(self, path: Path, table: Table) -> None:
        names = sorted(table)
        ends = list(accumulate(table[name].bytes for name in names))
        starts = [0, *ends[:-1]]
        self._where = dict(zip(names, zip(starts, ends, strict=True), strict=True))
        with path.open("rb") as file:
            self.data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if len(self.data) != (ends[-1] if ends else 0):
            raise OSError(f"{path}: {len(self.data)} byte")

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __contains__(self, name: object) -> bool:
        return name in self._where

    def span(self, name: str) -> tuple[int, int]:
        """First byte of a graph and the one after its last."""
        return self._where[name]

    def bytes(self, name: str) -> bytes:
        """The bytes of a graph; none for a name that is not there."""
        start, end = self._where.get(name, (0, 0))
        return bytes(self.data[start:end])

    def lines(self, name: str) -> Lines:
        """The lines of a graph."""
        return decode(self.bytes(name))

    def quads(self, name: str) -> Iterator[ox.Quad]:
        """What a graph says, as quads."""
        yield from ox.parse(self.bytes(name), format=ox.RdfFormat.N_QUADS)

    def triples(self, name: str) -> list[ox.Triple]:
        """What a graph says."""
        return [quad.triple for quad in self.quads(name)]


def schema(ontology: Path) -> dict[str, Lines]:
    """The graphs of the ontology, its shapes, its vocabularies and what people say for them."""
    parts = {
        "onto": ontology,
        "shapes": ontology / "shapes",
        "voc": ontology / "vocabularies",
        "everyday": ontology / "everyday",
    }
    return {ns.GRAPH + name: _lines(_schema(folder, name)) for name, folder in parts.items()}


def cities(iris: Iterable[str], gazetteer: Gazetteer) -> list[str]:
    """ISTAT codes of the Comuni among some IRIs, sorted."""
    codes = {match[1] for iri in iris if (match := _ITALIAN_PLACE.match(iri))}
    return sorted(codes & {comune.istat for comune in gazetteer.comuni})


def places(gazetteer: Gazetteer, codes: Iterable[str]) -> dict[str, Lines]:
    """The graphs of the territory, with the Comuni of `codes` beside those of Puglia."""
    found: dict[str, list[ox.Quad]] = {}
    for quad in territory.quads(gazetteer, codes):
        found.setdefault(_name(quad), []).append(quad)
    return {name: _lines(quads) for name, quads in found.items()}


def record_lines(record: RecordFile) -> Lines:
    """The graph of a record."""
    graph = ox.NamedNode(record.graph)
    return _lines([ox.Quad(t.subject, t.predicate, t.object, graph) for t in record.triples])


def derived_lines(record: RecordFile, level: Completeness | None) -> Lines:
    """What the build adds about a practice; its subjects are the practice and its card."""
    if record.kind != "pratica" or level is None:
        return []
    return _lines(list(_derived(record, level)))


def drop_derived(lines: Lines, slugs: Iterable[str]) -> None:
    """Take the lines that speak of some practices out of the sorted lines of the derived graph."""
    for slug in slugs:
        for kind in ("pratica", "scheda"):
            subject = f"<{ns.resource(kind, slug)}>"
            del lines[bisect_left(lines, subject + " ") : bisect_left(lines, subject + "!")]


def digest(table: Table) -> str:
    """The data digest: SHA-256 over the sorted list of (graph IRI, hash of its N-Quads)."""
    total = hashlib.sha256()
    for name in sorted(table):
        total.update(f"{name} {table[name].sha}\n".encode())
    return total.hexdigest()


def write_dump(path: Path, table: Table, changed: Mapping[str, Lines], before: Dump | None) -> str:
    """Write the dump of `table`: `changed` graphs from their lines, others from the dump `before`.

    Neighbours of the old dump are copied together. Returns the SHA-256 of the file.
    """
    total = hashlib.sha256()
    with path.open("wb") as file, ThreadPoolExecutor(1) as beside:
        for piece in _pieces(table, changed, before):
            if len(piece) < _LONG:
                total.update(piece)
                file.write(piece)
            else:
                hashing = beside.submit(total.update, piece)
                file.write(piece)
                hashing.result()
    return total.hexdigest()


def _pieces(
    table: Table, changed: Mapping[str, Lines], before: Dump | None
) -> Iterator[bytes | memoryview]:
    start = end = 0
    for name in sorted(table):
        if name in changed:
            if before is not None:
                yield before.data[start:end]
            start = end = 0
            yield encode(changed[name])
            continue
        if before is None:
            raise ValueError(f"no lines for the graph {name}")
        first, last = before.span(name)
        if first != end:
            yield before.data[start:end]
            start = first
        end = last
    if before is not None:
        yield before.data[start:end]


def encode(lines: Lines) -> bytes:
    """Lines as they stand in a dump."""
    return "".join(line + "\n" for line in lines).encode()


def decode(data: bytes) -> Lines:
    """The lines of a part of a dump."""
    # Not `splitlines`: a text may hold other line separators, which N-Quads leaves as they are.
    return data.decode().split("\n")[:-1]


def _schema(folder: Path, name: str) -> list[ox.Quad]:
    graph = ox.NamedNode(ns.GRAPH + name)
    quads = []
    for file in sorted(folder.glob("*.ttl")):
        # Blank nodes of two files must not meet: each file gets names of its own.
        for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
            quads.append(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
    return quads


def _derived(record: RecordFile, level: Completeness) -> Iterator[ox.Quad]:
    graph = ox.NamedNode(DERIVED)
    practice = ox.NamedNode(record.iri)
    card = ox.NamedNode(ns.resource("scheda", record.slug))
    concept = ox.NamedNode(ns.concept("livello-completezza", str(level.level)))
    yield ox.Quad(card, T.completenessLevel, concept, graph)
    for path in level.missing:
        yield ox.Quad(card, T.missingForNext, ox.NamedNode(path), graph)
    for triple in record.triples:
        if triple.predicate in (T.targetGroup, T.needCategory):
            yield ox.Quad(practice, triple.predicate, triple.object, graph)


def _lines(quads: list[ox.Quad]) -> Lines:
    dataset = ox.Dataset(quads)
    if any(_blank(quad) for quad in quads):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        dataset = ox.Dataset(map(_labelled, dataset))
    data = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS) or b""
    return sorted(decode(data))


def _blank(quad: ox.Quad) -> bool:
    return any(isinstance(term, ox.BlankNode) for term in (quad.subject, quad.object))


def _labelled(quad: ox.Quad) -> ox.Quad:
    """A canonical quad with the name of its graph before each blank node's.

    Each graph is canonical by itself and numbers its blank nodes from 0: in one dump, those of two
    graphs would be the same node.
    """
    subject, object_ = quad.subject, quad.object
    prefix = _name(quad).removeprefix(ns.GRAPH)
    if isinstance(subject, ox.BlankNode):
        subject = ox.BlankNode(prefix + "-" + subject.value)
    if isinstance(object_, ox.BlankNode):
        object_ = ox.BlankNode(prefix + "-" + object_.value)
    return ox.Quad(subject, quad.predicate, object_, quad.graph_name)


def _name(quad: ox.Quad) -> str:
    if not isinstance(quad.graph_name, ox.NamedNode):
        raise ValueError(f"no named graph: {quad}")
    return quad.graph_name.value
