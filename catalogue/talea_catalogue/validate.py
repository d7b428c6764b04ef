"""Are the records well formed, and how complete is each? SHACL, then checks across records.

The shapes say three things by their severity: a violation keeps a record out, a warning is shown,
and an information is what a record lacks for a level of completeness. One run of the validator
gives all three. This is the only module that imports rdflib and pySHACL, and only when it runs:
nothing here is needed to answer a question.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pyoxigraph as ox

from . import mapping, records
from . import namespaces as ns
from .errors import RecordError
from .gazetteer import Gazetteer
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


class Checker:
    """Shapes read once, ready to check any number of records."""

    def __init__(self, shapes: Path) -> None:
        import rdflib

        self._graph = rdflib.Graph()
        for file in sorted(shapes.glob("*.ttl")):
            self._graph.parse(file, format="turtle")

    def check(self, found: Sequence[RecordFile]) -> Report:
        """Run the shapes over `found` in one pass."""
        import pyshacl
        import rdflib

        report = Report()
        if not found:
            return report
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
        levels: dict[str, set[tuple[int, str]]] = {}
        within = {detail: whole for whole, detail in results.subject_objects(sh.detail)}
        for result in results.subjects(rdflib.RDF.type, sh.ValidationResult):
            node = str(results.value(result, sh.focusNode))
            whole = result
            while whole in within:
                whole = within[whole]
            rule = results.value(result, sh.sourceShape)
            severity = _SEVERITIES[str(results.value(result, sh.resultSeverity))]
            path = str(results.value(result, sh.resultPath) or "")
            # A detail may speak of a node that nobody describes, or that is another record's.
            owner = owners[str(results.value(whole, sh.focusNode))]
            report.findings.append(
                Finding(
                    str(owner.path),
                    node,
                    self._italian(rule, sh.name) or ns.local(path),
                    "tsh:" + str(rule).removeprefix(ns.SHAPES),
                    self._italian(rule, sh.message) or "non rispetta la regola",
                    severity,
                    path,
                )
            )
            level = self._graph.value(rule, rdflib.URIRef(ns.SHAPES + "level"))
            if level is not None:
                levels.setdefault(owner.slug, set()).add((int(str(level)), path))
        report.findings += [finding for record in found for finding in _form(record)]
        report.findings = sorted(set(report.findings))
        faulty = report.faulty()
        for record in found:
            if record.kind != "pratica" or record.withdrawn:
                continue
            if str(record.path) not in faulty:
                report.levels[record.slug] = _completeness(levels.get(record.slug, set()))
        return report

    def _italian(self, subject: Any, predicate: Any) -> str:
        for value in self._graph.objects(subject, predicate):
            if getattr(value, "language", None) == "it":
                return str(value)
        return ""


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
    if record.kind != "pratica":
        return
    try:
        read = mapping.practice_triples(mapping.decode(mapping.PRACTICE, found, record.iri))
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


def dangling(found: Iterable[RecordFile], known: set[str], terms: set[str]) -> list[Finding]:
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
    taken = territory_resources(gazetteer)
    reason = "il nome è già di un luogo o di un ente del territorio"
    return [_fault(r, r.iri, "file", "territory", reason) for r in found if r.iri in taken]


def known_resources(
    found: Mapping[str, RecordFile], gazetteer: Gazetteer, vocabulary: Vocabulary
) -> set[str]:
    """IRIs that a record may point to: other records, the territory, concepts.

    A practice may go on naming a withdrawn practice, but not live off a withdrawn body or place.
    """
    known = {r.iri for r in found.values() if not (r.withdrawn and r.kind in ("ente", "luogo"))}
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
                report.findings.append(_unreadable(error))
    else:
        found = list(layers.records.values())
        report.findings += [_unreadable(error) for error in layers.faults]
    checked = Checker(sources.ontology / "shapes").check(found)
    report.findings += checked.findings
    report.levels = checked.levels
    in_force = {**layers.records, **{record.graph: record for record in found}}
    gazetteer = Gazetteer.load(sources.territory)
    known = known_resources(in_force, gazetteer, Vocabulary.load(sources.ontology / "vocabularies"))
    report.findings += trespassing(found, gazetteer)
    report.findings += dangling(found, known, ontology_terms(sources.ontology))
    report.findings.sort()
    return report


def ontology_terms(ontology: Path) -> set[str]:
    """IRIs of our own classes and properties."""
    from .generate_terms import local_names

    return {ns.ONTO + name for name in local_names(ontology)}


def _unreadable(error: RecordError) -> Finding:
    return Finding(error.file, "", "file", "readable", error.reason, "errore")


def _expand(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.ttl")) if path.is_dir() else [path]
    return found
