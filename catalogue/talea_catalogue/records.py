"""Record files: one Turtle file a resource, one named graph a file, two layers.

A layer is a folder with one subfolder a kind (`KINDS`) and one `{slug}.ttl` a resource; the file's
place is its identity, so its graph is `…/graph/{kind}/{slug}` and it may speak only of
`…/id/{kind}/{slug}`, of what hangs below it and, for a practice, of its record. The shipped layer
is read only; files of the home add to it or replace it graph by graph. Writing is deterministic and
atomic.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from . import namespaces as ns
from .errors import RecordError, system_reason

KINDS: Final = (
    *("pratica", "ente", "luogo", "evento", "progetto", "piano", "replica", "pubblicazione"),
)
MAX_BYTES: Final = 2_000_000
"""Largest record file, in bytes: a sheet is text, and a longer file is a mistake."""

OUT_OF_PLACE: Final = f"non è in una cartella di schede ({', '.join(KINDS)})"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_TRUE = tuple(ox.Literal(text, datatype=ox.NamedNode(ns.XSD + "boolean")) for text in ("true", "1"))


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A record as read: where it is, which graph it is, what it says."""

    path: Path
    kind: str
    slug: str
    triples: tuple[ox.Triple, ...]

    @property
    def iri(self) -> str:
        """IRI of the resource."""
        return ns.resource(self.kind, self.slug)

    @property
    def graph(self) -> str:
        """IRI of its named graph."""
        return ns.graph(self.kind, self.slug)

    @property
    def withdrawn(self) -> bool:
        """Whether it is the mark of a withdrawn resource: `owl:deprecated true`."""
        me = ox.NamedNode(self.iri)
        return any(ox.Triple(me, ns.DEPRECATED, true) in self.triples for true in _TRUE)


@dataclass(frozen=True, slots=True)
class Layers:
    """The records in force by graph IRI, what the home replaced, and the files left out."""

    records: Mapping[str, RecordFile]
    replaced: tuple[RecordFile, ...]
    faults: tuple[RecordError, ...]


def load(path: Path) -> bytes:
    """The bytes of one record file. Raises `RecordError`: for its name, its size, the system."""
    if path.parent.name not in KINDS:
        raise RecordError(str(path), OUT_OF_PLACE)
    if not _NAME.match(path.stem):
        raise RecordError(str(path), "il nome deve essere di lettere minuscole, cifre e trattini")
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise RecordError(str(path), "non è un file")  # a pipe would be waited for
        if path.stat().st_size > MAX_BYTES:
            raise RecordError(str(path), f"supera {MAX_BYTES} byte")
        return path.read_bytes()
    except OSError as error:
        raise RecordError(str(path), f"non si può leggere: {system_reason(error)}") from error


def parse(path: Path, data: bytes | None = None) -> RecordFile:
    """Read one record file; raises `RecordError` with the reason and the line in Italian.

    `data` are its bytes, where `load` has read them.
    """
    if data is None:
        data = load(path)
    kind, slug = path.parent.name, path.stem
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError(str(path), f"non è in UTF-8 (byte {error.start})") from error
    try:
        quads = list(ox.parse(data, format=ox.RdfFormat.TURTLE))
    except (SyntaxError, ValueError) as error:
        line = f"riga {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise RecordError(str(path), f"Turtle non valido: {line}{reason}") from error
    record = RecordFile(path, kind, slug, tuple(quad.triple for quad in quads))
    own = [record.iri] + ([ns.resource("scheda", slug)] if kind == "pratica" else [])
    for triple in record.triples:
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            raise RecordError(str(path), "contiene nodi anonimi: ogni parte deve avere un nome")
        if isinstance(triple.object, ox.Triple):
            raise RecordError(str(path), "contiene una tripla come valore, che non è ammessa")
        subject = triple.subject.value if isinstance(triple.subject, ox.NamedNode) else ""
        if not any(subject == iri or subject.startswith(iri + "/") for iri in own):
            raise RecordError(str(path), f"parla di un'altra risorsa: {subject}")
    return replace(record, triples=_mark(record)) if record.withdrawn else record


def _mark(record: RecordFile) -> tuple[ox.Triple, ...]:
    """What remains of a withdrawn record: that it is withdrawn, and what replaces it."""
    me = ox.NamedNode(record.iri)
    kept = (ns.DEPRECATED, ns.IS_REPLACED_BY)
    return tuple(t for t in record.triples if t.subject == me and t.predicate in kept)


def files(layer: Path) -> list[Path]:
    """The record files of a layer, in a fixed order."""
    return [path for kind in KINDS for path in _turtle_in(layer / kind)]


def _turtle_in(folder: Path) -> list[Path]:
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    return [folder / name for name in sorted(names) if name.endswith(".ttl")]


def strays(layer: Path) -> list[Path]:
    """Turtle files of a layer that are in no folder of records: they would be read by nobody."""
    found = []
    for folder, folders, names in os.walk(layer):
        here = Path(folder)
        if here.parent == layer and here.name in KINDS:
            continue
        found += [here / name for name in (*folders, *names) if name.endswith(".ttl")]
    return sorted(found)


def read_layers(shipped: Path, home: Path | None) -> Layers:
    """Read both layers. A file that cannot be read is a fault and the others stand.

    Where a file of the home cannot be read, the shipped record of that name stays in force.
    """
    found: dict[str, RecordFile] = {}
    replaced, faults = [], []
    for layer in filter(None, (shipped, home)):
        faults += [RecordError(str(path), OUT_OF_PLACE) for path in strays(layer)]
        for path in files(layer):
            try:
                record = parse(path)
            except RecordError as error:
                faults.append(error)
                continue
            if record.graph in found:
                replaced.append(found[record.graph])
            found[record.graph] = record
    return Layers(dict(sorted(found.items())), tuple(replaced), tuple(faults))


def turtle(triples: Iterable[ox.Triple]) -> bytes:
    """Triples as Turtle, in the order given, a blank line between subjects.

    The serialiser writes prefixes in an order that changes from run to run: they are sorted here,
    and those that the text does not use are left out, so that equal triples are equal bytes.
    """
    data = ox.serialize(list(triples), format=ox.RdfFormat.TURTLE, prefixes=ns.PREFIXES) or b""
    lines = data.decode().rstrip("\n").split("\n")
    body = [line for line in lines if not line.startswith("@prefix ")]
    used = "\n".join(body)
    head = sorted(
        line
        for line in lines
        if line.startswith("@prefix ")
        and re.search(rf"(?:[\s^]){re.escape(line.split()[1])}", " " + used)
    )
    blocks = "".join(("\n" if not line.startswith("\t") else "") + line + "\n" for line in body)
    return ("\n".join(head) + "\n" + blocks).encode()


def write(layer: Path, kind: str, slug: str, triples: Iterable[ox.Triple]) -> bool:
    """Write one record; `False` where the file already says exactly this."""
    path = layer / kind / f"{slug}.ttl"
    data = turtle(triples)
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)
    return True


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside, synced, then renamed over."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)  # records and releases are public
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
