"""Make the dumps of a release: aside, then put in place by one rename."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

import pyoxigraph as ox

from talea_sparql.formats import by_suffix
from talea_sparql.void import Counter, Statistics

from .. import namespaces as ns
from .index import INDEX, Dumps, File, need, read
from .ordering import resources, sort_lines
from .packing import Packed, archive, packed
from .tables import Table, Tables, Writer, classes_of, dictionary, write_rows

FOLDER: Final = "dumps"
COLUMNS: Final = "colonne.csv"
_CSV: Final = "text/csv; charset=utf-8"
_SUMS: Final = "text/plain; charset=utf-8"
_QUADS: Final = ((".trig", ox.RdfFormat.TRIG), (".jsonld", ox.RdfFormat.JSON_LD))
_TERMS: Final = frozenset(
    ns.OWL + kind for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
)
_WORDS: Final = {
    ns.LABEL: "label",
    ns.DEFINITION: "definition",
    ox.NamedNode(ns.RDFS + "comment"): "definition",
}

Tell = Callable[[str], None]
"""Called with the name of each file as its turn comes."""


def write(release: Path, tell: Tell | None = None) -> Dumps:
    """The dumps of the release in this folder, made if they are missing or not whole.

    Who comes while another process makes them waits for it. Raises `OSError`, and `SyntaxError`
    where `data.nq` is no N-Quads; what was begun is then removed.
    """
    folder, aside = release / FOLDER, release.parent / f".dumps-{release.name}"
    with alone(release.parent / ".dumps.lock"):
        data = release / "data.nq"
        with data.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found = read(folder)
        if found is not None and found.data_sha256 == digest:
            return found
        shutil.rmtree(aside, ignore_errors=True)  # left by a process that was killed
        try:
            aside.mkdir()
            _Making(data, digest, aside, tell or (lambda name: None)).make()
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return need(folder)


class _Making:
    """One run: the files so far, and what the passes over the data found."""

    def __init__(self, data: Path, digest: str, folder: Path, tell: Tell) -> None:
        self._data, self._digest, self._folder, self._tell = data, digest, folder, tell
        self._sorted = folder / "sorted.tmp"
        self._files: list[File] = []
        self._labels: dict[str, dict[str, str]] = {}

    def make(self) -> None:
        """Every file, the index last."""
        self._copy()
        for suffix, form in _QUADS:
            self._serialise(suffix, form, self._quads())
        sort_lines(self._data, self._sorted)
        tables, statistics = self._survey()
        self._serialise(".ttl", ox.RdfFormat.TURTLE, self._union())
        self._write_tables(tables)
        self._sorted.unlink()
        for name, unpacked in (("SHA256SUMS", False), ("SHA256SUMS.contents", True)):
            self._sums(name, unpacked)
        dumps = Dumps(self._folder, self._digest, tuple(self._files), statistics)
        (self._folder / INDEX).write_bytes(dumps.as_json())

    def _copy(self) -> None:
        with self._packed("talea.nq.gz", _media_type(".nq")) as file, self._data.open("rb") as data:
            shutil.copyfileobj(data, file, 1 << 20)

    def _serialise(
        self, suffix: str, form: ox.RdfFormat, content: Iterable[ox.Quad] | Iterable[ox.Triple]
    ) -> None:
        prefixes = None if suffix == ".jsonld" else ns.PREFIXES
        with self._packed(f"talea{suffix}.gz", _media_type(suffix)) as file:
            ox.serialize(content, file, form, prefixes=prefixes)

    def _quads(self) -> Iterator[ox.Quad]:
        return ox.parse(path=str(self._data), format=ox.RdfFormat.N_QUADS)

    def _union(self) -> Iterator[ox.Triple]:
        for _, triples in resources(self._sorted):
            yield from triples

    def _survey(self) -> tuple[list[Table], Statistics]:
        """One pass over the union: tables and columns, numbers, and the words of the ontology."""
        tables, counter = Tables(), Counter(ns.ID)
        for subject, triples in resources(self._sorted):
            counter.see(subject, triples)
            tables.see(triples)
            if _is_term(triples):
                self._labels[subject.value] = _words(triples)
        return tables.named(), counter.statistics()

    def _write_tables(self, tables: list[Table]) -> None:
        paths: list[tuple[str, Path]] = []
        with ExitStack() as stack:
            writers: dict[str, Writer] = {}
            for table in tables:
                name = f"{table.name}.csv.gz"
                words = self._labels.get(table.of_class, {})
                file = stack.enter_context(
                    self._packed(
                        name,
                        _CSV,
                        of_class=table.of_class,
                        label_it=words.get("label_it"),
                        label_en=words.get("label_en"),
                        rows=table.rows,
                    )
                )
                writers[table.of_class] = Writer(table, file)
                stack.callback(writers[table.of_class].close)
                paths.append((f"{table.name}.csv", self._folder / name))
            for subject, triples in resources(self._sorted):
                for of_class in classes_of(triples):
                    writers[of_class].write(subject, triples)
        self._files.sort(key=lambda file: (bool(file.of_class), file.name))
        with self._packed(f"{COLUMNS}.gz", _CSV) as file:
            write_rows(dictionary(tables, self._labels), file)
        paths.insert(0, (COLUMNS, self._folder / f"{COLUMNS}.gz"))
        self._tell("talea-csv.zip")
        bundle = archive(self._folder / "talea-csv.zip", paths)
        self._add("talea-csv.zip", "application/zip", bundle)

    @contextmanager
    def _packed(self, name: str, content_type: str, **about: object) -> Iterator[IO[bytes]]:
        self._tell(name)
        with packed(self._folder / name) as (file, found):
            yield file
        self._add(name, content_type, found, **about)

    def _add(self, name: str, content_type: str, found: Packed, **about: object) -> None:
        self._files.append(
            File(
                name,
                content_type,
                found.size,
                found.sha256,
                found.content_size,
                found.content_sha256,
                **about,  # type: ignore[arg-type]
            )
        )

    def _sums(self, name: str, unpacked: bool) -> None:
        """As `sha256sum -c` reads them."""
        lines = [
            f"{file.content_sha256}  {file.content_name}"
            if unpacked
            else f"{file.sha256}  {file.name}"
            for file in self._files
            if not file.name.startswith("SHA256SUMS")
        ]
        data = ("\n".join(lines) + "\n").encode()
        (self._folder / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        self._add(name, _SUMS, Packed(len(data), digest, len(data), digest))


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock that its process loses when it ends, however it ends."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _media_type(suffix: str) -> str:
    found = by_suffix(suffix)
    if found is None:  # pragma: no cover - the suffixes above are in that table
        raise LookupError(suffix)
    return found.content_type


def _is_term(triples: Iterable[ox.Triple]) -> bool:
    return any(
        triple.predicate == ns.TYPE
        and isinstance(triple.object, ox.NamedNode)
        and triple.object.value in _TERMS
        for triple in triples
    )


def _words(triples: Iterable[ox.Triple]) -> dict[str, str]:
    found: dict[str, str] = {}
    for triple in triples:
        word = _WORDS.get(triple.predicate)
        text = triple.object
        if word and isinstance(text, ox.Literal) and text.language in ("it", "en"):
            found.setdefault(f"{word}_{text.language}", text.value)
    return found
