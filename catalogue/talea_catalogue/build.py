"""Records and ontology become a release: built aside, then switched to in one step.

A build that fails or is killed leaves the release in force as it was, and what it left behind is
removed by the next one; a release is put in force only after it has been opened. Bad records are
named and left out; where a record of the home is bad, the shipped one of that name stays.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from . import graphs, records, release
from .errors import BuildError, ReleaseError, system_reason
from .gazetteer import Gazetteer, TerritoryError
from .records import Layers, RecordFile
from .release import Manifest
from .search import build_index
from .sources import Sources
from .validate import (
    Checker,
    Finding,
    Report,
    dangling,
    known_resources,
    ontology_terms,
    trespassing,
)
from .vocabulary import Vocabulary

Progress = Callable[[str, int, int], None]
"""Called with a step in words, how many are done and how many there are."""

KEEP = 3
"""Releases kept beside the one in force."""

_REFUSED = re.compile(r"\(os error (\d+)\)")
"""How the text index says that the system refused: in the message of a `ValueError`."""

_STEPS = ("lettura delle schede", "controllo", "grafi", "indice di ricerca", "scrittura")


@dataclass(slots=True)
class Built:
    """The release made, what the home replaced, and what was left out and why."""

    folder: Path
    manifest: Manifest
    new: bool
    conflicts: list[str] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)


def inputs_digest(sources: Sources, home: Path, code_digest: str) -> str:
    """Hash of the bytes of every file that a build reads, and of the code."""
    total = hashlib.sha256(f"{release.FORMAT} {code_digest}\n".encode())
    layers = (sources.ontology, sources.records, sources.territory, home / "records")
    for number, folder in enumerate(layers):
        for path in sorted(folder.rglob("*")):
            if path.suffix not in (".ttl", ".csv") or not path.is_file():
                continue
            name = f"{number} {path.relative_to(folder).as_posix()}\n"
            total.update(name.encode("utf-8", "surrogateescape"))
            size = path.stat().st_size
            if folder == layers[-1] and size > records.MAX_BYTES:
                total.update(str(size).encode())  # no record: it is named later, and not read
            else:
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def needs_build(sources: Sources, home: Path, code_digest: str) -> bool:
    """Whether the release in force is missing, spoilt or made of other bytes."""
    folder = release.current(home)
    if folder is None:
        return True
    try:
        inputs = inputs_digest(sources, home, code_digest)
        return Manifest.read(folder).inputs != inputs or not release.whole(folder)
    except (ReleaseError, OSError):
        return True


def build(
    sources: Sources, home: Path, *, code_digest: str, progress: Progress | None = None
) -> Built:
    """Build a release of the shipped catalogue and the home's records, and put it in force."""
    tell = progress or (lambda step, done, total: None)
    try:
        release.releases(home).mkdir(parents=True, exist_ok=True)  # a home that cannot: said now
        inputs = inputs_digest(sources, home, code_digest)
        tell(_STEPS[0], 0, len(_STEPS))
        layers = records.read_layers(sources.records, home / "records")
        gazetteer = Gazetteer.load(sources.territory)
        vocabulary = Vocabulary.load(sources.ontology / "vocabularies")
        tell(_STEPS[1], 1, len(_STEPS))
        sound, report = _sound(sources, layers, gazetteer, vocabulary)
        tell(_STEPS[2], 2, len(_STEPS))
        content = graphs.assemble(sources.ontology, gazetteer, sound, report.levels)
        data_digest = graphs.digest(content)
        build_digest = hashlib.sha256(
            f"{release.FORMAT} {data_digest} {code_digest}".encode()
        ).hexdigest()
        problems = [f for f in report.findings if f.severity == "errore"]
        folder = release.releases(home) / build_digest[:16]
        new = not release.whole(folder)
        if new:
            with _Aside(home) as aside:
                data = graphs.dump(content)
                (aside / "data.nq").write_bytes(data)
                tell(_STEPS[3], 3, len(_STEPS))
                build_index(aside / "index", data, vocabulary)
                tell(_STEPS[4], 4, len(_STEPS))
                manifest = Manifest(
                    data_digest=data_digest,
                    build_digest=build_digest,
                    inputs=inputs,
                    date=datetime.now(UTC).isoformat(timespec="seconds"),
                    counts=_counts(sound, content),
                    dump_sha256=hashlib.sha256(data).hexdigest(),
                    dump_bytes=len(data),
                    problems=tuple(str(problem) for problem in problems),
                    files=release.sizes(aside),
                )
                manifest.write(aside)
                release.open_release(aside, sources.queries).close()
                _move(aside, folder)
        else:
            manifest = Manifest.read(folder)
            if manifest.inputs != inputs:
                manifest = _same_content(manifest, inputs, problems)
                manifest.write(folder)
        release.switch(home, folder)
        _prune(home, folder)
        tell(_STEPS[4], len(_STEPS), len(_STEPS))
    except OSError as error:
        raise BuildError(_explain(error, home)) from error
    except (TerritoryError, ReleaseError, SyntaxError, ValueError) as error:
        if refused := _REFUSED.search(str(error)):
            raise BuildError(_explain(OSError(int(refused[1]), ""), home)) from error
        raise BuildError(f"il catalogo non si può costruire: {error}") from error
    conflicts = [
        f"{r.iri}: la scheda della tua cartella sostituisce quella fornita" for r in layers.replaced
    ]
    return Built(folder, manifest, new, conflicts, problems)


def _sound(
    sources: Sources, layers: Layers, gazetteer: Gazetteer, vocabulary: Vocabulary
) -> tuple[dict[str, RecordFile], Report]:
    """The records that can be published, and what is known of all of them.

    A replaced shipped record comes back when the home's one is bad. Taking a record out may leave
    another pointing at nothing, so references are looked up until nothing more falls.
    """
    checker = Checker(sources.ontology / "shapes")
    report = checker.check(list(layers.records.values()))
    report.findings += [
        Finding(fault.file, "", "file", "readable", fault.reason, "errore")
        for fault in layers.faults
    ]
    report.findings += trespassing(layers.records.values(), gazetteer)
    sound = dict(layers.records)
    shipped = {record.graph: record for record in layers.replaced}
    terms = ontology_terms(sources.ontology)
    faulty = report.faulty()
    while True:
        fallen = [graph for graph, record in sound.items() if str(record.path) in faulty]
        for graph in fallen:
            if graph in shipped:
                sound[graph] = shipped.pop(graph)
                back = checker.check([sound[graph]])
                report.levels.update(back.levels)
            else:
                del sound[graph]
        known = known_resources(sound, gazetteer, vocabulary)
        found = dangling(sound.values(), known, terms)
        report.findings += found
        faulty = {finding.file for finding in found}
        if not faulty:
            return dict(sorted(sound.items())), report


def _counts(sound: dict[str, RecordFile], content: graphs.Graphs) -> dict[str, int]:
    counts = dict.fromkeys(records.KINDS, 0)
    for record in sound.values():
        if not record.withdrawn:
            counts[record.kind] += 1
    counts["grafi"] = len(content)
    counts["triple"] = sum(len(lines) for lines in content.values())
    return counts


def _same_content(manifest: Manifest, inputs: str, problems: list[Finding]) -> Manifest:
    """Sources whose bytes changed but whose meaning did not: the release stays, its stamp moves."""
    return replace(manifest, inputs=inputs, problems=tuple(str(p) for p in problems))


class _Aside:
    """A folder beside the releases, removed unless it was moved into place."""

    def __init__(self, home: Path) -> None:
        self._releases = release.releases(home)

    def __enter__(self) -> Path:
        self._releases.mkdir(parents=True, exist_ok=True)
        for left in _abandoned(self._releases):
            shutil.rmtree(left, ignore_errors=True)
        self._path = Path(tempfile.mkdtemp(dir=self._releases, prefix=f".build-{os.getpid()}-"))
        self._path.chmod(0o755)  # a release is public: another user may serve it
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _abandoned(folder: Path) -> Iterator[Path]:
    """Folders of builds whose process is no more."""
    for path in folder.glob(".build-*"):
        process = path.name.split("-")[1]
        if process.isdigit() and not _alive(int(process)):
            yield path


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _move(aside: Path, folder: Path) -> None:
    """Put a finished release in its place; another build may have put the same one there."""
    try:
        os.rename(aside, folder)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        if not release.whole(folder):
            shutil.rmtree(folder)
            os.rename(aside, folder)


def _prune(home: Path, in_force: Path) -> None:
    """Remove the oldest releases beyond `KEEP`; the one in force always stays."""
    others = [
        path
        for path in release.releases(home).iterdir()
        if path != in_force and not path.name.startswith(".")
    ]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[KEEP:]:
        shutil.rmtree(path, ignore_errors=True)


def _explain(error: OSError, home: Path) -> str:
    where = error.filename or home
    return f"{where}: {system_reason(error)}. L'ultima versione resta in uso."
