"""Are the records well formed, and how complete is each? SHACL, then checks across records.

The shapes say three things by their severity: a violation keeps a record out, a warning is shown,
and an information is what a record lacks for a level of completeness. One run of the validator
gives all three. This is the only module that imports rdflib and pySHACL, and only where they are
needed: a record that the quick validator finds sound does without, and so does every question.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pyoxigraph as ox

from . import mapping, records
from . import namespaces as ns
from .errors import RecordError
from .gazetteer import Gazetteer
from .quick import Look, Quick, Result
from .records import RecordFile
from .sources import Sources
from .terms import T
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    import rdflib

Severity = Literal["errore", "avviso", "manca"]

_SH: Final = "http://www.w3.org/ns/shacl#"
_SEVERITIES: Final[dict[str, Severity]] = {
    _SH + "Violation": "errore",
    _SH + "Warning": "avviso",
    _SH + "Info": "manca",
}
TOP_LEVEL: Final = 4
_TOGETHER: Final = 25
"""Records that one run of the reference judges: its time grows faster than their number."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to know about a record: file, node, field in words, rule, message in Italian."""

    file: str
    node: str
    field: str
    rule: str
    message: str
    severity: Severity
    path: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.message} [{self.severity}, regola {self.rule}]"


@dataclass(frozen=True, slots=True)
class Completeness:
    """Level of a practice, 0 to 4, and the properties that it lacks for the next."""

    level: int
    missing: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """What was found. `levels` has an entry for each practice without violations, by slug."""

    findings: list[Finding] = field(default_factory=list)
    levels: dict[str, Completeness] = field(default_factory=dict)

    @property
    def conforms(self) -> bool:
        """No violation: warnings and missing parts do not count."""
        return not any(finding.severity == "errore" for finding in self.findings)

    def faulty(self) -> set[str]:
        """Files with at least one violation."""
        return {finding.file for finding in self.findings if finding.severity == "errore"}


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a shape says of itself in Italian, and the level that it is asked for, if any."""

    name: str = ""
    message: str = ""
    level: int | None = None


class Checker:
    """Shapes read once, ready to check any number of records.

    The quick validator looks at all of them, the reference (pySHACL) judges those that it blames,
    or all where there is no quick one.
    """

    def __init__(self, shapes: Path) -> None:
        self._files = sorted(shapes.glob("*.ttl"))
        triples = [
            quad.triple
            for file in self._files
            for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)
        ]
        self._rules = _rules(triples)
        self._quick = Quick.of(triples)

    @cached_property
    def _graph(self) -> "rdflib.Graph":
        import rdflib

        graph = rdflib.Graph()
        for file in self._files:
            graph.parse(file, format="turtle")
        return graph

    def check(self, found: Sequence[RecordFile]) -> Report:
        """Run the shapes over `found`."""
        look = self._quick.look(found) if self._quick else Look([], list(found))
        report = Report()
        levels: dict[str, set[tuple[int, str]]] = {}
        for result in (*look.results, *self._judge(look.doubtful)):
            rule = self._rules.get(result.rule, _Rule())
            report.findings.append(
                Finding(
                    str(result.record.path),
                    result.node,
                    rule.name or ns.local(result.path),
                    "tsh:" + result.rule.removeprefix(ns.SHAPES),
                    rule.message or "non rispetta la regola",
                    _SEVERITIES[result.severity],
                    result.path,
                )
            )
            if rule.level is not None:
                levels.setdefault(result.record.slug, set()).add((rule.level, result.path))
        report.findings += [finding for record in found for finding in _form(record)]
        report.findings = sorted(set(report.findings))
        faulty = report.faulty()
        for record in found:
            if record.kind != "pratica" or record.withdrawn:
                continue
            if str(record.path) not in faulty:
                report.levels[record.slug] = _completeness(levels.get(record.slug, set()))
        return report

    def _judge(self, found: Sequence[RecordFile]) -> Iterator[Result]:
        """What the reference says of `found`."""
        for start in range(0, len(found), _TOGETHER):
            yield from self._judge_together(found[start : start + _TOGETHER])

    def _judge_together(self, found: Sequence[RecordFile]) -> Iterator[Result]:
        import pyshacl
        import rdflib

        owners: dict[str, RecordFile] = {}
        data = rdflib.Graph()
        for record in found:
            for triple in record.triples:
                owners[str(triple.subject.value)] = record  # type: ignore[union-attr]
                data.add(_to_rdflib(triple))
        _, results, _ = pyshacl.validate(
            data, shacl_graph=self._graph, advanced=False, meta_shacl=False
        )
        sh = rdflib.Namespace(_SH)
        within = {detail: whole for whole, detail in results.subject_objects(sh.detail)}
        for result in results.subjects(rdflib.RDF.type, sh.ValidationResult):
            whole = result
            while whole in within:
                whole = within[whole]
            # A detail may speak of a node that nobody describes, or that is another record's.
            yield Result(
                owners[str(results.value(whole, sh.focusNode))],
                str(results.value(result, sh.focusNode)),
                str(results.value(result, sh.resultPath) or ""),
                str(results.value(result, sh.sourceShape)),
                str(results.value(result, sh.resultSeverity)),
            )


def _rules(shapes: Iterable[ox.Triple]) -> dict[str, _Rule]:
    """The shapes that have a name, a message or a level, by IRI."""
    rules: dict[str, _Rule] = {}
    for triple in shapes:
        if not isinstance(triple.subject, ox.NamedNode) or not isinstance(
            triple.object, ox.Literal
        ):
            continue
        iri, predicate, said = triple.subject.value, triple.predicate.value, triple.object
        rule = rules.get(iri, _Rule())
        if predicate == ns.SHAPES + "level":
            rules[iri] = replace(rule, level=int(said.value))
        elif predicate == _SH + "name" and said.language == "it":
            rules[iri] = replace(rule, name=said.value)
        elif predicate == _SH + "message" and said.language == "it":
            rules[iri] = replace(rule, message=said.value)
    return rules


def _completeness(lacks: set[tuple[int, str]]) -> Completeness:
    if not lacks:
        return Completeness(TOP_LEVEL, ())
    first = min(level for level, _ in lacks)
    return Completeness(first - 1, tuple(sorted({p for level, p in lacks if level == first})))


def _to_rdflib(triple: ox.Triple) -> "tuple[rdflib.URIRef, rdflib.URIRef, rdflib.term.Node]":
    import rdflib

    term = triple.object
    value: rdflib.term.Node
    if isinstance(term, ox.Literal):
        datatype = None if term.language else rdflib.URIRef(term.datatype.value)
        value = rdflib.Literal(term.value, lang=term.language, datatype=datatype)
    else:
        value = rdflib.URIRef(term.value)  # type: ignore[union-attr]
    return (
        rdflib.URIRef(triple.subject.value),  # type: ignore[union-attr]
        rdflib.URIRef(triple.predicate.value),
        value,
    )


_TERMS: Final = frozenset(term for term in vars(T).values() if isinstance(term, ox.NamedNode))
_CLASSES: Final[Mapping[str, frozenset[ox.NamedNode]]] = {
    "pratica": frozenset({T.GoodPractice}),
    "ente": frozenset(mapping.BODY_CLASSES.values()),
    "luogo": frozenset({ox.NamedNode(ns.DCT + "Location")}),
    "evento": frozenset({T.FestivalEdition}),
    "progetto": frozenset({T.Project}),
    "piano": frozenset({T.Plan}),
    "pubblicazione": frozenset({T.Publication}),
    "replica": frozenset({T.Replication}),
}
"""The classes that a record's resource may have, by kind of record."""


def _form(record: RecordFile) -> Iterator[Finding]:
    """What shapes cannot see: a record that says nothing, or says it where nobody reads it."""
    if record.withdrawn:
        return
    found = mapping.index(record.triples)
    types = set(found.get(record.iri, {}).get(ns.TYPE.value, []))
    if not types or not types <= _CLASSES[record.kind]:
        yield _fault(record, record.iri, ns.TYPE.value, "kind", "la scheda non dice che cosa è")
        return
    shape = mapping.RECORD_SHAPES.get(record.kind)
    if shape is None:
        return
    try:
        thing = mapping.decode(shape, found, record.iri)
        read = list(mapping.encode(shape, thing, record.iri))
    except mapping.MappingError as error:
        reason = f"non si può leggere: {error.reason}"
        yield _fault(record, error.iri, error.predicate, "readable", reason)
        return
    places = {(triple.subject, triple.predicate) for triple in read}
    for triple in sorted(set(record.triples) - set(read), key=str):
        named = triple.object if triple.predicate == ns.TYPE else triple.predicate
        rewritten = _number(triple.object) and (triple.subject, triple.predicate) in places
        if named in _TERMS and not rewritten:
            reason = "qui non è previsto, oppure la numerazione delle parti ha un salto"
            node = triple.subject.value  # type: ignore[union-attr]
            yield _fault(record, node, triple.predicate.value, "unread", reason)


def _number(term: object) -> bool:
    """Whether a term is a literal whose written form may vary without changing what it says."""
    return isinstance(term, ox.Literal) and term.language is None


def _fault(record: RecordFile, node: str, path: str, rule: str, reason: str) -> Finding:
    return Finding(str(record.path), node, ns.local(path), rule, reason, "errore", path)


def dangling(found: Iterable[RecordFile], known: Set[str], terms: Set[str]) -> list[Finding]:
    """References to our own resources, concepts or terms that nothing defines."""
    findings = []
    for record in found:
        own = {t.subject.value for t in record.triples}  # type: ignore[union-attr]
        for triple in record.triples:
            predicate = triple.predicate.value
            if predicate.startswith(ns.ONTO) and predicate not in terms:
                findings.append(
                    _finding(
                        record, triple, "unknown-property", f"proprietà inesistente: {predicate}"
                    )
                )
            if not isinstance(triple.object, ox.NamedNode):
                continue
            iri = triple.object.value
            missing = (
                (iri.startswith(ns.ID) and iri not in known and iri not in own)
                or (iri.startswith(ns.VOC) and iri not in known)
                or (iri.startswith(ns.ONTO) and iri not in terms)
            )
            if missing:
                findings.append(
                    _finding(
                        record,
                        triple,
                        "unknown-reference",
                        f"rimanda a una voce inesistente: {iri}",
                    )
                )
    return findings


def _finding(record: RecordFile, triple: ox.Triple, rule: str, message: str) -> Finding:
    node = triple.subject.value  # type: ignore[union-attr]
    return _fault(record, node, triple.predicate.value, rule, message)


def trespassing(found: Iterable[RecordFile], gazetteer: Gazetteer) -> list[Finding]:
    """Records that take the name of a place or body of the territory."""
    return taking(found, territory_resources(gazetteer))


def taking(found: Iterable[RecordFile], taken: Set[str]) -> list[Finding]:
    """Records that take the name of one of the resources of the territory in `taken`."""
    reason = "il nome è già di un luogo o di un ente del territorio"
    return [_fault(r, r.iri, "file", "territory", reason) for r in found if r.iri in taken]


def replications(record: RecordFile) -> Iterator[tuple[str, str]]:
    """What a record says is a replica of what: pairs (replica, original).

    A practice says it of itself, a record of a replication of the practice that it yields.
    """
    original, outcome = [], []
    for triple in record.triples:
        if not isinstance(triple.object, ox.NamedNode):
            continue
        if triple.predicate == T.replicaOf:
            yield triple.subject.value, triple.object.value  # type: ignore[union-attr]
        elif triple.predicate == T.replicates:
            original.append(triple.object.value)
        elif triple.predicate == T.yields:
            outcome.append(triple.object.value)
    yield from ((replica, source) for replica in outcome for source in original)


def cycles(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """The pairs (replica, original) by which a practice descends from itself, each with its chain.

    A chain goes from a replica to what it replicates, and ends where it began.
    """
    left = set(pairs)
    found: dict[tuple[str, str], list[str]] = {}
    while True:
        order = TopologicalSorter[str]()
        for replica, source in sorted(left):
            order.add(replica, source)
        try:
            order.prepare()
        except CycleError as error:
            chain = list(reversed(error.args[1]))
        else:
            return found
        around = set(pairwise(chain))
        found |= dict.fromkeys(around, chain)
        left -= around


def circular(file: str, iri: str, chain: Iterable[str]) -> Finding:
    """The finding of a record that closes a cycle of replications."""
    names = " replica di ".join(ns.local(one) for one in chain)
    reason = f"chiude un giro di repliche: {names}"
    return Finding(file, iri, "replicaOf", "replication-cycle", reason, "errore", T.replicaOf.value)


def known_resources(
    found: Mapping[str, RecordFile], gazetteer: Gazetteer, vocabulary: Vocabulary
) -> set[str]:
    """IRIs that a record may point to: other records and their parts, the territory, concepts.

    A practice may go on naming a withdrawn practice, but not live off a withdrawn body or place.
    """
    known = {r.iri for r in found.values() if not (r.withdrawn and r.kind in ("ente", "luogo"))}
    known |= {
        triple.subject.value  # type: ignore[union-attr]
        for record in found.values()
        if not record.withdrawn
        for triple in record.triples
    }
    known |= set(vocabulary.concepts) | territory_resources(gazetteer)
    return known


def territory_resources(gazetteer: Gazetteer) -> set[str]:
    """IRIs of places and bodies that the territory describes, and no record may."""
    known = {province.iri for province in gazetteer.provinces.values()}
    known |= {province.region_iri for province in gazetteer.provinces.values()}
    known |= {ambito.iri for ambito in gazetteer.ambiti}
    for comune in gazetteer.comuni:
        known |= {comune.place_iri, comune.body_iri}
    return known


def validate(sources: Sources, home: Path | None, paths: Sequence[Path] = ()) -> Report:
    """Check the files in `paths`, or every record in force where none is given.

    Files that cannot be read are violations too; references are looked up in the whole catalogue.
    """
    layers = records.read_layers(sources.records, home / "records" if home else None)
    report = Report()
    if paths:
        found = []
        for path in _expand(paths):
            try:
                found.append(records.parse(path))
            except RecordError as error:
                report.findings.append(unreadable(error))
    else:
        found = list(layers.records.values())
        report.findings += [unreadable(error) for error in layers.faults]
    checked = Checker(sources.ontology / "shapes").check(found)
    report.findings += checked.findings
    report.levels = checked.levels
    in_force = {**layers.records, **{record.graph: record for record in found}}
    gazetteer = Gazetteer.load(sources.territory)
    known = known_resources(in_force, gazetteer, Vocabulary.load(sources.ontology / "vocabularies"))
    report.findings += trespassing(found, gazetteer)
    report.findings += dangling(found, known, ontology_terms(sources.ontology))
    report.findings += _circular(found, in_force)
    report.findings.sort()
    return report


def _circular(found: Iterable[RecordFile], in_force: Mapping[str, RecordFile]) -> list[Finding]:
    closing = cycles(pair for record in in_force.values() for pair in replications(record))
    return [
        circular(str(record.path), record.iri, closing[pair])
        for record in found
        for pair in sorted(set(replications(record)) & closing.keys())[:1]
    ]


def ontology_terms(ontology: Path) -> set[str]:
    """IRIs of our own classes and properties."""
    from .generate_terms import local_names

    return {ns.ONTO + name for name in local_names(ontology)}


def unreadable(error: RecordError) -> Finding:
    """The finding of a file that is no record."""
    return Finding(error.file, "", "file", "readable", error.reason, "errore")


def _expand(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.ttl")) if path.is_dir() else [path]
    return found
