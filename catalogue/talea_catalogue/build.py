"""Records and ontology become a release: built aside, then switched to in one step.

A build that fails or is killed leaves the release in force as it was, and what it left behind is
removed by the next one; a release is put in force only after it has been opened. Bad records are
named and left out; where a record of the home is bad, the shipped one of that name stays.

A build starts from the release in force where it can: files whose bytes did not change are neither
parsed nor validated, graphs that did not change are copied, the store is a checkpoint of the last
one. It can where code, ontology and territory are the same; `full` starts from nothing. Either way
the data digest and the dump are the same.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import pyoxigraph as ox

from talea_sparql.library import Library
from talea_sparql.opening import change_disk, load_disk, open_disk
from talea_sparql.store import TrustedStore

from . import answers, graphs, records, release, standing, survey
from . import namespaces as ns
from .checkpoint import Checkpoint
from .errors import BuildError, ReleaseError, system_reason
from .gazetteer import Gazetteer
from .graphs import Dump, Lines, Mark
from .records import write_atomically
from .release import Manifest
from .search import Meaning, build_index, update_index
from .search.engines import NO_ENGINE, Engine, open_engine
from .sources import Sources
from .standing import Facts, Known, Reader, Standing, World
from .survey import Moved, Seen
from .validate import Checker, Finding, ontology_terms
from .vocabulary import Vocabulary

Progress = Callable[[str, int, int], None]
"""Called with a step in words, how many are done and how many there are."""

KEEP = 3
"""Releases kept beside the one in force."""
DISK_FROM = 500_000
"""Quads from which a release is served from a store on disk (docs/decisions/0008)."""
_MANY = 0.2
"""Part of the practices that may change before index and answers are made anew."""

_REFUSED = re.compile(r"\(os error (\d+)\)")
"""How the text index says that the system refused: in the message of a `ValueError`."""

_TRIES = 4
"""Times that a build is begun where files change under it."""
_MOVING = (
    "le schede o i dati cambiano mentre il catalogo si costruisce: riprova quando nessuno li "
    "scrive. L'ultima versione resta in uso."
)

_FAILURES = (OSError, ReleaseError, SyntaxError, ValueError, LookupError, RuntimeError)
"""What reading and writing files raise; the store says RuntimeError of one that is spoilt."""

_EMBEDDING = "vettori dei testi"
_STEPS = ("lettura delle schede", "controllo", "grafi", "indice di ricerca", "scrittura")


@dataclass(slots=True)
class Built:
    """The release made, what the home replaced, and what was left out and why."""

    folder: Path
    manifest: Manifest
    new: bool
    conflicts: list[str] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Order:
    """What a build is asked to do."""

    sources: Sources
    home: Path
    code: str
    tell: Progress
    full: bool
    disk_from: int
    meaning: Meaning

    def world(self) -> str:
        """What records are judged and built by, as it is now."""
        return _world_digest(self.sources, self.home, self.code)


@dataclass(frozen=True, slots=True)
class _Before:
    """The release that a build starts from."""

    folder: Path
    state: Checkpoint
    dump: Dump


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the new release is to say, before anything is written.

    `changed` holds the lines of the graphs that `before` does not have as they are to be; `anew`
    the slugs of practices whose document and rows may differ, None for all.
    """

    before: _Before | None
    vocabulary: Vocabulary
    facts: Mapping[str, Facts]
    standing: Standing
    table: Mapping[str, Mark]
    changed: Mapping[str, Lines]
    cities: tuple[str, ...]
    anew: frozenset[str] | None
    problems: tuple[Finding, ...]

    @property
    def quads(self) -> int:
        """How many quads the release holds."""
        return sum(mark.quads for mark in self.table.values())


def needs_build(sources: Sources, home: Path, code_digest: str, engine: str = NO_ENGINE) -> bool:
    """Whether the release in force is missing, spoilt, of another engine or made of other bytes.

    Raises `EngineError` where there is no such engine.
    """
    folder = release.current(home)
    if folder is None:
        return True
    try:
        state = Checkpoint.load(folder)
        seen = survey.look(sources, home, state.stamps if state else {})
        code = _with_queries(code_digest, sources, open_engine(engine))
        inputs = survey.inputs_digest(_world_digest(sources, home, code), seen.values())
        return Manifest.read(folder).inputs != inputs or not release.whole(folder)
    except (ReleaseError, OSError):
        return True


def build(
    sources: Sources,
    home: Path,
    *,
    code_digest: str,
    progress: Progress | None = None,
    full: bool = False,
    disk_from: int = DISK_FROM,
    engine: str = NO_ENGINE,
) -> Built:
    """Build a release of the shipped catalogue and the home's records, and put it in force.

    `full` relies on nothing of the release in force. A release of `disk_from` quads or more holds a
    store on disk. `engine` names what gives texts their vectors (`search.engines.ENGINES`). Raises
    `BuildError`, `EngineError`.
    """
    meaning = Meaning(open_engine(engine), home / "vectors.npz")
    order = _Order(
        sources,
        home,
        _with_queries(code_digest, sources, meaning.engine),
        progress or (lambda step, done, total: None),
        full,
        disk_from,
        meaning,
    )
    try:
        release.releases(home).mkdir(parents=True, exist_ok=True)  # a home that cannot: said now
        release.recover(home)
        _clean(home)
        last = None if full else _last_state(home)
        for _ in range(_TRIES):
            try:
                return _build(order, last)
            except Moved:
                continue
            except _FAILURES:
                if last is None:
                    raise
                last = None  # what it holds may be what is wrong
    except OSError as error:
        raise BuildError(_explain(error, home)) from error
    except _FAILURES as error:
        if refused := _REFUSED.search(str(error)):
            raise BuildError(_explain(OSError(int(refused[1]), ""), home)) from error
        raise BuildError(f"il catalogo non si può costruire: {error}") from error
    raise BuildError(_MOVING)


def _build(order: "_Order", last: tuple[Path, Checkpoint] | None) -> Built:
    """Build from the state `last`. Raises `Moved` where a file changes meanwhile."""
    home, tell = order.home, order.tell
    tell(_STEPS[0], 0, len(_STEPS))
    began = survey.now()
    seen = survey.look(order.sources, home, last[1].stamps if last else {})
    world = order.world()
    inputs = survey.inputs_digest(world, seen.values())
    checking = partial(tell, _STEPS[1], 1, len(_STEPS))
    draft = _draft(order.sources, home, seen, _before(last, world), checking)
    if order.world() != world:
        raise Moved
    tell(_STEPS[2], 2, len(_STEPS))
    data_digest = graphs.digest(draft.table)
    build_digest = hashlib.sha256(f"{release.FORMAT} {data_digest} {order.code}".encode())
    manifest = Manifest(
        data_digest=data_digest,
        build_digest=build_digest.hexdigest(),
        inputs=inputs,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        counts=_counts(draft),
        dump_sha256="",
        dump_bytes=sum(mark.bytes for mark in draft.table.values()),
        problems=tuple(map(str, draft.problems)),
    )
    state = Checkpoint(
        world=world,
        stamps=survey.settled(seen.values(), began),
        facts={key: (seen[key].sha, facts) for key, facts in draft.facts.items()},
        standing=tuple(known.seen.key for known in draft.standing.records.values()),
        table=draft.table,
        cities=draft.cities,
    )
    folder = release.releases(home) / manifest.build_digest[:16]
    new = order.full or not release.whole(folder)
    if new:
        with _Aside(home) as aside:
            manifest = _write(aside, draft, manifest, state, order)
            _move(aside, folder, again=order.full)
    else:
        manifest = _stamped(folder, manifest)
        if last is None or last[0] != folder or last[1] != state:
            state.save(folder)
    release.switch(home, folder)
    conflicts = _conflicts(home, draft.standing)
    _prune(home, folder)
    tell(_STEPS[4], len(_STEPS), len(_STEPS))
    return Built(folder, manifest, new, conflicts, list(draft.problems))


def _stamped(folder: Path, now: Manifest) -> Manifest:
    """The manifest of a release that stays, made of the bytes of now: other bytes, same content."""
    manifest = Manifest.read(folder)
    if (manifest.inputs, manifest.problems) != (now.inputs, now.problems):
        manifest = replace(manifest, inputs=now.inputs, problems=now.problems)
        manifest.write(folder)
    return manifest


def _with_queries(code_digest: str, sources: Sources, engine: Engine) -> str:
    """The code, with the named queries whose rows a release may keep and the engine of vectors."""
    total = hashlib.sha256(f"{code_digest} {engine.fingerprint}".encode())
    for question in answers.QUESTIONS:
        for path in sorted(sources.queries.rglob(f"{question}.rq")):
            total.update(path.read_bytes())
    return total.hexdigest()


def _world_digest(sources: Sources, home: Path, code_digest: str) -> str:
    return survey.world_digest(sources, home, f"{release.FORMAT} {code_digest}")


def _last_state(home: Path) -> tuple[Path, Checkpoint] | None:
    folder = release.current(home)
    state = Checkpoint.load(folder) if folder else None
    return (folder, state) if folder and state else None


def _before(last: tuple[Path, Checkpoint] | None, world: str) -> _Before | None:
    """The release to start from: of the same world, and as it was written."""
    if last is None or last[1].world != world or not release.whole(last[0]):
        return None
    folder, state = last
    try:
        return _Before(folder, state, Dump(folder / "data.nq", state.table))
    except (OSError, ValueError, TypeError):
        return None


# --- what the release is to say ---


def _draft(
    sources: Sources,
    home: Path,
    seen: Mapping[str, Seen],
    before: _Before | None,
    checking: Callable[[], None],
) -> _Draft:
    gazetteer = Gazetteer.load(sources.territory, home / "territory")
    vocabulary = Vocabulary.load(sources.ontology / "vocabularies")
    checker = cache(lambda: Checker(sources.ontology / "shapes"))
    terms = ontology_terms(sources.ontology)
    world = World.of(checker, gazetteer, vocabulary.concepts, terms)
    reader = Reader()
    facts = _remembered(seen, before)
    new = [one for key, one in sorted(seen.items()) if key not in facts]
    checking()
    facts |= standing.learn(new, world, reader)
    stands = standing.settle((Known(seen[key], one) for key, one in facts.items()), world, reader)
    cities = tuple(graphs.cities(_named(stands), gazetteer))
    changed, table = _changed(sources, gazetteer, stands, cities, before, reader)
    problems = [
        *stands.findings,
        *(Finding(fault, "", "file", "readable", fault, "errore") for fault in gazetteer.faults),
    ]
    return _Draft(
        before,
        vocabulary,
        facts,
        stands,
        table,
        changed,
        cities,
        _anew(stands, changed, table, before),
        tuple(problems),
    )


def _remembered(seen: Mapping[str, Seen], before: _Before | None) -> dict[str, Facts]:
    """The facts of files with the bytes that they had, said of the place where they are now."""
    if before is None:
        return {}
    facts = {}
    for key, (sha, one) in before.state.facts.items():
        now = seen.get(key)
        if now is not None and now.stamp is not None and now.sha == sha:
            here = tuple(replace(error, file=str(now.path)) for error in one.errors)
            facts[key] = replace(one, errors=here) if here else one
    return facts


def _named(stands: Standing) -> set[str]:
    named: set[str] = set()
    for known in stands.records.values():
        named |= known.facts.refs
    return named


def _changed(
    sources: Sources,
    gazetteer: Gazetteer,
    stands: Standing,
    cities: tuple[str, ...],
    before: _Before | None,
    reader: Reader,
) -> tuple[dict[str, Lines], dict[str, Mark]]:
    """The lines of the graphs that are new or differ, and the marks of all."""
    old = before.state.table if before else {}
    table = {graph: mark for graph, mark in old.items() if not _is_record(graph)} | stands.table
    changed = {
        graph: reader.lines(known.seen)
        for graph, known in stands.records.items()
        if old.get(graph) != known.facts.mark
    }
    common: dict[str, Lines] = {}
    if before is None:
        common |= graphs.schema(sources.ontology)
    if before is None or before.state.cities != cities:
        common |= graphs.places(gazetteer, cities)
    common[graphs.DERIVED] = _derived(stands, changed, before, reader)
    for graph, lines in common.items():
        table[graph] = Mark.of(lines)
        if old.get(graph) != table[graph]:
            changed[graph] = lines
    return changed, dict(sorted(table.items()))


def _derived(
    stands: Standing, changed: Iterable[str], before: _Before | None, reader: Reader
) -> Lines:
    """The derived graph: what it said, without and then with the practices that differ."""
    lines: Lines = []
    if before is not None:
        gone = {g for g in before.state.table if _is_record(g)} - stands.records.keys()
        about = filter(_is_practice, (*changed, *gone))  # a body may have the slug of a practice
        lines = before.dump.lines(graphs.DERIVED)
        graphs.drop_derived(lines, map(ns.local, about))
    for graph in changed:
        known = stands.records[graph]
        if known.facts.level is not None:
            lines += graphs.derived_lines(reader.record(known.seen), known.facts.level)
    return sorted(dict.fromkeys(lines))  # which leaves what is sorted in its order


def _anew(
    stands: Standing,
    changed: Mapping[str, Lines],
    table: Mapping[str, Mark],
    before: _Before | None,
) -> frozenset[str] | None:
    """Slugs of the practices that changed, or that name a body or place that did.

    None where they are so many that everything is better made anew.
    """
    if before is None:
        return None
    touched = {graph for graph in before.state.table.keys() - table.keys() if _is_record(graph)}
    for graph, lines in changed.items():
        if _is_record(graph):
            touched.add(graph)
        elif graph != graphs.DERIVED:
            differing = set(lines) ^ set(before.dump.lines(graph))
            touched |= {standing.owner(line[1 : line.index(">")]) for line in differing}
    practices = set(filter(_is_practice, touched))
    owner = cache(standing.owner)
    sources = touched - practices
    while sources:
        naming = {
            graph
            for graph, known in stands.records.items()
            if graph not in touched and any(owner(iri) in sources for iri in known.facts.refs)
        }
        touched |= naming
        found = set(filter(_is_practice, naming))
        practices |= found
        sources = naming - found
    every = sum(map(_is_practice, table))
    return frozenset(map(ns.local, practices)) if len(practices) <= _MANY * every else None


def _is_practice(graph: str) -> bool:
    return graph.startswith(graphs.PRACTICES)


def _is_record(graph: str) -> bool:
    return "/" in graph.removeprefix(ns.GRAPH)


# --- writing it ---


def _write(
    aside: Path,
    draft: _Draft,
    manifest: Manifest,
    state: Checkpoint,
    order: _Order,
) -> Manifest:
    """Write the whole release in the empty folder `aside`, and open it. Returns its manifest."""
    before = draft.before
    path = aside / "data.nq"
    with ThreadPoolExecutor(1) as beside:
        # On one side what leaves the interpreter free most of the time, on the other our own work.
        dumping = beside.submit(
            graphs.write_dump, path, draft.table, draft.changed, before.dump if before else None
        )
        embedding = partial(order.tell, _EMBEDDING)
        indexing = beside.submit(
            _write_index, aside, draft, path, dumping, order.meaning, embedding
        )
        state.save(aside)
        order.tell(_STEPS[3], 3, len(_STEPS))
        if draft.quads >= order.disk_from:
            _write_store(aside, draft, path, dumping)
            _write_answers(aside, draft, order.sources)
        sha = dumping.result()
        indexing.result()
    release.hold_as_checked(aside)
    order.tell(_STEPS[4], 4, len(_STEPS))
    manifest = replace(manifest, dump_sha256=sha, files=release.sizes(aside))
    manifest.write(aside)
    release.open_release(aside, order.sources.queries).close()
    return manifest


def _write_index(
    aside: Path,
    draft: _Draft,
    path: Path,
    dumping: Future[str],
    meaning: Meaning,
    embedding: Callable[[int, int], None],
) -> None:
    dumping.result()
    dump = Dump(path, draft.table)
    if draft.before is None or draft.anew is None:
        build_index(aside / "index", dump, draft.vocabulary, meaning, embedding)
    else:
        index = draft.before.folder / "index"
        update_index(aside / "index", index, dump, draft.vocabulary, draft.anew, meaning)


def _write_store(aside: Path, draft: _Draft, path: Path, dumping: Future[str]) -> None:
    before = draft.before
    last = release.store_in(before.folder) if before else None
    if before is None or last is None:
        dumping.result()
        load_disk(aside / "store", path)
        return
    less: list[str] = []
    more: list[str] = []
    for graph, lines in draft.changed.items():
        old = set(before.dump.lines(graph))
        less += sorted(old.difference(lines))
        # Two ways to write one number are two lines and one quad: what goes may take what stays
        # with it, so all is added again. The derived graph is long and has no numbers.
        more += sorted(set(lines) - old) if graph == graphs.DERIVED else lines
    gone = [ox.NamedNode(graph) for graph in before.state.table.keys() - draft.table.keys()]
    change_disk(last, aside / "store", gone, _quads(less), _quads(more))


def _quads(lines: Lines) -> Iterator[ox.Quad]:
    yield from ox.parse(graphs.encode(lines), format=ox.RdfFormat.N_QUADS)


def _write_answers(aside: Path, draft: _Draft, sources: Sources) -> None:
    store = TrustedStore(open_disk(aside / "store"), Library.load(sources.queries))
    last = draft.before.folder / answers.NAME if draft.before else None
    if last is None or draft.anew is None or not last.is_file():
        found = answers.ask(store)
    else:
        found = answers.ask_again(store, answers.read(last), draft.anew)
    found.write(aside / answers.NAME)


def _counts(draft: _Draft) -> dict[str, int]:
    counts = dict.fromkeys(records.KINDS, 0)
    for known in draft.standing.records.values():
        if not known.facts.withdrawn:
            counts[known.kind] += 1
    counts["grafi"] = len(draft.table)
    counts["triple"] = draft.quads
    return counts


def _conflicts(home: Path, stands: Standing) -> list[str]:
    """What to tell of records of the home that stand in the place of shipped ones.

    The home remembers, for each, its own bytes and what the shipped record said when they were
    written: where only the shipped one is another today, an upgrade changed it.
    """
    path = home / "replaced.json"
    try:
        known: dict[str, list[str]] = dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        known = {}
    told, kept = [], {}
    for mine, shipped in stands.replacing:
        now = [mine.seen.sha, shipped.facts.mark.sha]
        then = known.get(mine.graph, now)
        told.append(f"{mine.iri}: la scheda della tua cartella sostituisce quella fornita")
        if then[:1] == now[:1] and then != now:
            told.append(
                f"{mine.iri}: la scheda fornita {shipped.seen.path} è cambiata dopo la tua "
                f"{mine.seen.path}, che resta in uso: confrontale e salva la tua"
            )
            now = then
        kept[mine.graph] = now
    if kept != known:
        write_atomically(path, json.dumps(kept, indent=1, sort_keys=True).encode())
    return told


class _Aside:
    """A folder beside the releases, removed unless it was moved into place."""

    def __init__(self, home: Path) -> None:
        self._releases = release.releases(home)

    def __enter__(self) -> Path:
        self._path = Path(tempfile.mkdtemp(dir=self._releases, prefix=f".build-{os.getpid()}-"))
        self._path.chmod(0o755)  # a release is public: another user may serve it
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _clean(home: Path) -> None:
    """Remove the folders of builds whose process is no more."""
    for path in release.releases(home).glob(".build-*"):
        process = path.name.split("-")[1]
        if process.isdigit() and not release.at_work(int(process)):
            shutil.rmtree(path, ignore_errors=True)


def _move(aside: Path, folder: Path, *, again: bool) -> None:
    """Put a finished release in its place; another build may have put the same one there.

    With `again` it takes the place of the one that is there, which stands beside until then.
    """
    while True:
        with contextlib.suppress(FileNotFoundError):
            if again or not release.whole(folder):
                release.put_beside(folder)
        try:
            os.rename(aside, folder)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            if not again and release.whole(folder):
                return
        else:
            release.drop_beside(folder)
            return


def _prune(home: Path, in_force: Path) -> None:
    """Remove the oldest releases beyond `KEEP`; the one in force and pinned ones always stay."""
    kept = release.pinned(home)
    pinned = {folder for folder, manifest in release.history(home) if manifest.data_digest in kept}
    others = [
        path
        for path in release.releases(home).iterdir()
        if path != in_force and path not in pinned and not path.name.startswith(".")
    ]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[KEEP:]:
        shutil.rmtree(path, ignore_errors=True)


def _explain(error: OSError, home: Path) -> str:
    where = error.filename or home
    return f"{where}: {system_reason(error)}. L'ultima versione resta in uso."
