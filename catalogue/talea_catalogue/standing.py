"""Which records stand: one candidate a graph, the home's before the shipped one.

What a record is by itself (its faults, its level, what it names) is learnt once, when its bytes
change, and kept as `Facts`. What it is among the others is settled at each build from the facts of
all: a reference that nothing answers, or a cycle of replications, takes a record out, and the
shipped one of that name comes back where there is one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from . import graphs, records, survey
from . import namespaces as ns
from .errors import RecordError
from .gazetteer import Gazetteer
from .graphs import Lines, Mark
from .records import RecordFile
from .survey import HOME, SHIPPED, Seen
from .validate import (
    Checker,
    Completeness,
    Finding,
    circular,
    cycles,
    dangling,
    replications,
    taking,
    territory_resources,
    unreadable,
)

NO_GRAPH: Final = Mark("", 0, 0)
CHUNK: Final = 25
"""Records that one run of the validator looks at: its time grows faster than their number."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a record is by itself.

    `fault` is why the file cannot be read, and then nothing else is known; `errors` are what keeps
    it out. `refs` are the resources of ours that it names and does not describe; `parts` those that
    it describes below itself, as `_short` writes them, each between spaces; `replicas` the pairs
    (replica, what it is a replica of).
    """

    fault: str = ""
    withdrawn: bool = False
    errors: tuple[Finding, ...] = ()
    level: Completeness | None = None
    refs: frozenset[str] = frozenset()
    parts: str = " "
    replicas: tuple[tuple[str, str], ...] = ()
    mark: Mark = NO_GRAPH

    def describes(self, iri: str) -> bool:
        """Whether a resource is one of the parts; `iri` is below this record."""
        return f" {_short(iri)} " in self.parts


@dataclass(frozen=True, slots=True)
class Known:
    """A record file and the facts of it."""

    seen: Seen
    facts: Facts

    @property
    def kind(self) -> str:
        """Kind of the record."""
        return self.seen.path.parent.name

    @property
    def slug(self) -> str:
        """Slug of the record."""
        return self.seen.path.stem

    @property
    def iri(self) -> str:
        """IRI of the resource."""
        return ns.resource(self.kind, self.slug)

    @property
    def graph(self) -> str:
        """IRI of its named graph."""
        return ns.graph(self.kind, self.slug)


@dataclass(frozen=True, slots=True)
class World:
    """What every record is judged by. `iris` are the resources of the territory."""

    checker: Callable[[], Checker]
    concepts: frozenset[str]
    terms: frozenset[str]
    iris: frozenset[str]

    @classmethod
    def of(
        cls,
        checker: Callable[[], Checker],
        gazetteer: Gazetteer,
        concepts: Iterable[str],
        terms: Iterable[str],
    ) -> "World":
        """With the resources of the gazetteer."""
        places = frozenset(territory_resources(gazetteer))
        return cls(checker, frozenset(concepts), frozenset(terms), places)


class Reader:
    """Reads record files, each at most once, and keeps what it read for the rest of the build.

    Raises `survey.Moved` where a file is no longer what the build looked at: what is learnt of the
    bytes of now must not be remembered as that of the bytes of then.
    """

    def __init__(self) -> None:
        self._records: dict[str, RecordFile] = {}
        self._lines: dict[str, Lines] = {}

    def record(self, seen: Seen) -> RecordFile:
        """The record in a file. Raises `RecordError`."""
        if seen.key not in self._records:
            self._records[seen.key] = records.parse(seen.path, survey.bytes_of(seen))
        return self._records[seen.key]

    def lines(self, seen: Seen) -> Lines:
        """Its graph. Raises `RecordError`."""
        if seen.key not in self._lines:
            self._lines[seen.key] = graphs.record_lines(self.record(seen))
        return self._lines[seen.key]


def learn(new: Sequence[Seen], world: World, reader: Reader) -> dict[str, Facts]:
    """The facts of files never seen before, by key."""
    facts: dict[str, Facts] = {}
    readable: list[tuple[Seen, RecordFile]] = []
    for seen in new:
        if seen.stray:
            facts[seen.key] = Facts(fault=records.OUT_OF_PLACE)
            continue
        try:
            readable.append((seen, reader.record(seen)))
        except RecordError as error:
            facts[seen.key] = Facts(fault=error.reason)
    for chunk in apart(readable):
        facts |= _judge(chunk, world, reader)
    return facts


def apart(found: Iterable[tuple[Seen, RecordFile]]) -> list[list[tuple[Seen, RecordFile]]]:
    """Records in chunks, in none of which a record names or repeats another.

    The validator sees a chunk as one graph: so each record is judged as if it were alone, and the
    verdict does not depend on what else changed.
    """
    chunks: list[tuple[set[str], set[str], list[tuple[Seen, RecordFile]]]] = []
    for seen, record in found:
        named = {owner(iri) for iri in _foreign(record)}
        for graphs_in, named_in, members in chunks[-3:]:
            if (
                len(members) < CHUNK
                and record.graph not in graphs_in
                and record.graph not in named_in
                and not named & graphs_in
            ):
                break
        else:
            graphs_in, named_in, members = set(), set(), []
            chunks.append((graphs_in, named_in, members))
        graphs_in.add(record.graph)
        named_in |= named
        members.append((seen, record))
    return [members for _, _, members in chunks]


def _judge(
    chunk: Sequence[tuple[Seen, RecordFile]], world: World, reader: Reader
) -> dict[str, Facts]:
    found = [record for _, record in chunk]
    report = world.checker().check(found)
    errors: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.severity == "errore":
            errors.setdefault(finding.file, []).append(finding)
    facts = {}
    for seen, record in chunk:
        refs = frozenset(_foreign(record))
        mine = errors.get(str(record.path), [])
        mine += taking([record], world.iris)
        mine += dangling([record], refs | world.concepts, world.terms)
        facts[seen.key] = Facts(
            withdrawn=record.withdrawn,
            errors=tuple(sorted(set(mine))),
            level=report.levels.get(record.slug) if record.kind == "pratica" else None,
            refs=refs,
            parts="".join(f" {part}" for part in sorted(set(map(_short, _subjects(record))))) + " ",
            replicas=tuple(sorted(replications(record))),
            mark=Mark.of(reader.lines(seen)),
        )
    return facts


def _subjects(record: RecordFile) -> Iterator[str]:
    return (t.subject.value for t in record.triples if isinstance(t.subject, ox.NamedNode))


def _foreign(record: RecordFile) -> set[str]:
    """The resources of ours that a record names and does not describe."""
    named = {
        t.object.value
        for t in record.triples
        if isinstance(t.object, ox.NamedNode) and t.object.value.startswith(ns.ID)
    }
    return named - set(_subjects(record))


def owner(iri: str) -> str:
    """The graph of the record that would describe a resource of ours."""
    kind, _, rest = iri.removeprefix(ns.ID).partition("/")
    return ns.graph("pratica" if kind == "scheda" else kind, rest.partition("/")[0])


def _short(iri: str) -> str:
    """The IRI of a part without the name of its record: `pratica/azione/1`, `scheda`."""
    kind, _, rest = iri.removeprefix(ns.ID).partition("/")
    return f"{kind}/{rest.partition('/')[2]}"


@dataclass(frozen=True, slots=True)
class Standing:
    """The records in force by graph, the files left out, and the home's that replace a shipped."""

    records: Mapping[str, Known]
    findings: tuple[Finding, ...]
    replacing: tuple[tuple[Known, Known], ...]

    @property
    def table(self) -> dict[str, Mark]:
        """The marks of their graphs."""
        return {graph: known.facts.mark for graph, known in self.records.items()}


def settle(found: Iterable[Known], world: World, reader: Reader) -> Standing:
    """Choose among candidates until nothing more falls.

    A record that falls leaves its place to the next candidate, or leaves it empty, and may take
    others with it. A file that cannot be read was never a candidate.
    """
    candidates: dict[str, list[Known]] = {}
    findings: list[Finding] = []
    for known in sorted(found, key=lambda one: (-one.seen.layer, one.seen.name)):
        if known.facts.fault:
            error = RecordError(str(known.seen.path), known.facts.fault)
            findings.append(unreadable(error))
        else:
            candidates.setdefault(known.graph, []).append(known)
    queues = {graph: list(several) for graph, several in sorted(candidates.items())}
    while fallen := _fallen(queues, world, reader):
        for known, errors in fallen:
            findings += errors
            queues[known.graph].pop(0)
    standing = {graph: queue[0] for graph, queue in queues.items() if queue}
    replacing = tuple(
        (several[0], several[1])
        for graph, several in sorted(candidates.items())
        if len(several) > 1 and standing.get(graph) is several[0]
    )
    return Standing(standing, tuple(sorted(set(findings))), replacing)


Fallen = list[tuple[Known, Sequence[Finding]]]
Queues = Mapping[str, Sequence[Known]]
"""Candidates by graph, the one in force first."""


def _fallen(queues: Queues, world: World, reader: Reader) -> Fallen:
    """The candidates in force that cannot stay: for themselves, for others, for cycles."""
    heads = [queue[0] for queue in queues.values() if queue]
    return (
        [(known, known.facts.errors) for known in heads if known.facts.errors]
        or _unanswered(heads, world, reader)
        or _circular(heads)
    )


def _unanswered(heads: Sequence[Known], world: World, reader: Reader) -> Fallen:
    """Those that name what nobody describes.

    A practice may go on naming a withdrawn practice, but not live off a withdrawn body or place.
    """
    standing = {known.graph: known for known in heads}
    answered = set(world.iris)
    answered |= {k.iri for k in heads if not (k.facts.withdrawn and k.kind in ("ente", "luogo"))}

    def missing(iri: str) -> bool:
        about = standing.get(owner(iri))
        return about is None or about.facts.withdrawn or not about.facts.describes(iri)

    fallen: Fallen = []
    for known in heads:
        if answered.issuperset(known.facts.refs):
            continue
        lost = {iri for iri in known.facts.refs - answered if missing(iri)}
        if lost:
            record = reader.record(known.seen)
            resources = world.concepts | (known.facts.refs - lost)
            fallen.append((known, dangling([record], resources, world.terms)))
    return fallen


def _circular(heads: Sequence[Known]) -> Fallen:
    """Those that make a practice a replica of its own replica.

    Where records of the home are among them, the home closed the cycle, and the shipped ones stay.
    """
    closing = cycles(pair for known in heads for pair in known.facts.replicas)
    fallen: Fallen = []
    for layer in (HOME, SHIPPED):
        for known in heads:
            chains = [closing[pair] for pair in known.facts.replicas if pair in closing]
            if chains and known.seen.layer == layer:
                fallen.append((known, [circular(str(known.seen.path), known.iri, chains[0])]))
        if fallen:
            return fallen
    return []
