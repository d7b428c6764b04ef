"""The only place where a predicate meets a field.

Each dataclass of `model` has one `Shape`: its RDF class and one line a field. `encode` writes an
object as triples, `decode` reads it back; the two are inverse on everything a shape names, which a
property test proves. Parts of a resource hang below its IRI (`…/azione/1`), so that published data
has no blank node and the number keeps the order of the record.
"""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from . import model
from . import namespaces as ns
from .terms import T

Term = NamedNode | BlankNode | Literal | Triple
Index = Mapping[str, Mapping[str, list[Term]]]
"""Triples by subject IRI, then by predicate IRI."""

M = TypeVar("M")


class MappingError(ValueError):
    """A value that no field can hold: `iri` and `predicate` say where, `reason` why, in Italian."""

    def __init__(self, iri: str, predicate: str, reason: str) -> None:
        super().__init__(f"{iri} {predicate}: {reason}")
        self.iri, self.predicate, self.reason = iri, predicate, reason


@dataclass(frozen=True, slots=True)
class Codec:
    """How one value becomes a term and back."""

    encode: Callable[[Any], Term]
    decode: Callable[[Term], Any]


def _typed(
    datatype: str, lexical: str, write: Callable[[Any], str], read: Callable[[str], Any]
) -> Codec:
    """A datatype; `lexical` is the pattern of its written forms, narrower than Python's own."""
    kind = NamedNode(ns.XSD + datatype)

    def decode(term: Term) -> Any:
        if not isinstance(term, Literal) or term.datatype != kind:
            raise ValueError(f"atteso un valore xsd:{datatype}, trovato {term}")
        if not re.fullmatch(lexical, term.value, re.ASCII):
            raise ValueError(f"atteso un valore xsd:{datatype}, trovato {term}")
        return read(term.value)

    return Codec(lambda value: Literal(write(value), datatype=kind), decode)


def _decode_text(term: Term) -> str:
    if not isinstance(term, Literal) or term.language != "it":
        raise ValueError(f"atteso un testo in italiano, trovato {term}")
    return term.value


def _decode_iri(term: Term) -> str:
    if not isinstance(term, NamedNode):
        raise ValueError(f"atteso un indirizzo, trovato {term}")
    return term.value


def _day(written: str) -> str:
    return datetime.date.fromisoformat(written).isoformat()


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


text = Codec(lambda value: Literal(value, language="it"), _decode_text)
iri = Codec(NamedNode, _decode_iri)
integer = _typed("integer", r"[+-]?\d+", str, int)
decimal = _typed("decimal", r"[+-]?(\d+(\.\d*)?|\.\d+)", _plain, Decimal)
boolean = _typed(
    "boolean",
    "true|false|1|0",
    lambda value: "true" if value else "false",
    lambda written: written in ("true", "1"),
)

string = _typed("string", r"[\s\S]*", str, str)
date = _typed("date", r"\d{4}-\d\d-\d\d", str, _day)


@dataclass(frozen=True, slots=True)
class One:
    """A field with at most one value; `required` where the dataclass has no default."""

    name: str
    predicate: NamedNode
    codec: Codec
    required: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """A field with any number of values, kept sorted."""

    name: str
    predicate: NamedNode
    codec: Codec


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts below the resource: `{resource}/{segment}/{number}`; `single` for at most one.

    `inverse`, where given, leads from the part back to the resource.
    """

    name: str
    predicate: NamedNode
    shape: "Shape"
    segment: str
    single: bool = False
    inverse: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Companion:
    """Exactly one resource beside this one, with an IRI made from its slug."""

    name: str
    predicate: NamedNode
    inverse: NamedNode
    shape: "Shape"
    kind: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A field whose value is told by the RDF class."""

    name: str
    classes: Mapping[Any, NamedNode]


@dataclass(frozen=True, slots=True)
class Slug:
    """The last segment of the IRI."""

    name: str = "slug"


Line = One | Many | Parts | Companion | Kind | Slug


@dataclass(frozen=True, slots=True)
class Shape:
    """One dataclass: its RDF class (`None` where a `Kind` line tells it) and its lines."""

    cls: type[Any]
    rdf_class: NamedNode | None
    lines: tuple[Line, ...] = field(default=())


def encode(shape: Shape, obj: Any, iri_: str) -> Iterator[Triple]:
    """The triples of `obj` named `iri_`, in the order of the shape: own ones first, then parts."""
    me = NamedNode(iri_)
    below: list[tuple[Shape, Any, str]] = []
    beside: list[Triple] = []
    if shape.rdf_class is not None:
        yield Triple(me, ns.TYPE, shape.rdf_class)
    for line in shape.lines:
        value = getattr(obj, line.name)
        if isinstance(line, Kind):
            yield Triple(me, ns.TYPE, line.classes[value])
        elif isinstance(line, One):
            if value is not None:
                yield Triple(me, line.predicate, line.codec.encode(value))
        elif isinstance(line, Many):
            for item in value:
                yield Triple(me, line.predicate, line.codec.encode(item))
        elif isinstance(line, Parts):
            items = ((value,) if value is not None else ()) if line.single else value
            for number, item in enumerate(items, 1):
                part = f"{iri_}/{line.segment}/{number}"
                yield Triple(me, line.predicate, NamedNode(part))
                if line.inverse is not None:
                    beside.append(Triple(NamedNode(part), line.inverse, me))
                below.append((line.shape, item, part))
        elif isinstance(line, Companion):
            other = ns.resource(line.kind, ns.local(iri_))
            yield Triple(me, line.predicate, NamedNode(other))
            beside.append(Triple(NamedNode(other), line.inverse, me))
            below.append((line.shape, value, other))
    for part_shape, item, part in below:
        yield from (triple for triple in beside if triple.subject == NamedNode(part))
        yield from encode(part_shape, item, part)


def index(triples: Iterable[Triple]) -> Index:
    """Triples by subject and predicate, each list in the order given."""
    found: dict[str, dict[str, list[Term]]] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode):
            values = found.setdefault(triple.subject.value, {})
            values.setdefault(triple.predicate.value, []).append(triple.object)
    return found


def decode(shape: Shape, found: Index, iri_: str) -> Any:
    """The object named `iri_` as the shape reads it; raises `MappingError` on a misfit."""
    mine = found.get(iri_, {})
    values: dict[str, Any] = {}
    for line in shape.lines:
        if isinstance(line, Slug):
            values[line.name] = ns.local(iri_)
            continue
        terms = mine.get((ns.TYPE if isinstance(line, Kind) else line.predicate).value, [])
        if isinstance(line, Kind):
            kinds = [key for key, cls in line.classes.items() if cls in terms]
            if len(kinds) != 1:
                raise MappingError(iri_, ns.TYPE.value, f"classi note {len(kinds)}, attesa 1")
            values[line.name] = kinds[0]
        elif isinstance(line, One):
            if len(terms) > 1:
                raise MappingError(iri_, line.predicate.value, f"valori {len(terms)}, atteso 1")
            if terms:
                values[line.name] = _decoded(line, terms[0], iri_)
            elif line.required:
                raise MappingError(iri_, line.predicate.value, "manca")
        elif isinstance(line, Many):
            values[line.name] = tuple(sorted(_decoded(line, term, iri_) for term in terms))
        elif isinstance(line, Parts):
            parts = [decode(line.shape, found, p) for p in _numbered(terms, iri_, line.segment)]
            values[line.name] = (parts[0] if parts else None) if line.single else tuple(parts)
        else:
            other = ns.resource(line.kind, ns.local(iri_))
            values[line.name] = decode(line.shape, found, other)
    return shape.cls(**values)


def _decoded(line: One | Many, term: Term, iri_: str) -> Any:
    try:
        return line.codec.decode(term)
    except (ValueError, ArithmeticError) as error:
        raise MappingError(iri_, line.predicate.value, str(error)) from error


def _numbered(terms: Iterable[Term], parent: str, segment: str) -> list[str]:
    prefix = f"{parent}/{segment}/"
    found = []
    for term in terms:
        if isinstance(term, NamedNode) and term.value.startswith(prefix):
            number = term.value.removeprefix(prefix)
            if number.isascii() and number.isdigit():
                found.append((int(number), term.value))
    return [name for _, name in sorted(found)]


def part_number(iri_: str) -> int:
    """The number of a part in its list: 3 for `…/azione/3`."""
    return int(ns.local(iri_))


# --- The shapes -----------------------------------------------------------------------------

MEASUREMENT = Shape(
    model.Measurement,
    T.Measurement,
    (
        One("value", T.value, decimal),
        One("qualifier", T.valueQualifier, iri),
        One("unit", T.unit, text),
        One("unit_as_said", T.unitAsSaid, text),
        One("period_as_said", T.periodAsSaid, text),
        One("baseline", T.baselineValue, decimal),
        One("baseline_as_said", T.baselineAsSaid, text),
        One("method_as_said", T.methodAsSaid, text),
    ),
)

RESULT_CLASSES: Mapping[model.ResultKind, NamedNode] = {
    model.ResultKind.OUTCOME: T.Outcome,
    model.ResultKind.QUALITATIVE: T.QualitativeFinding,
    model.ResultKind.OUTPUT: T.Output,
    model.ResultKind.CAPACITY: T.Capacity,
    model.ResultKind.CONTEXT: T.ContextFact,
    model.ResultKind.FORECAST: T.Forecast,
    model.ResultKind.ESTIMATE: T.Estimate,
}

SOURCES = Many("sources", ns.SOURCE, iri)
"""The sources of a part, where they are told apart from those of the record."""

RESULT = Shape(
    model.ReportedResult,
    None,
    (
        Kind("kind", RESULT_CLASSES),
        One("description", ns.TITLE, text, required=True),
        Parts("measurement", T.hasMeasurement, MEASUREMENT, "misura", single=True),
        One("note", T.note, text),
        SOURCES,
    ),
)

ACTION = Shape(model.Action, T.Action, (One("title", ns.TITLE, text, required=True),))

NEED = Shape(
    model.Need,
    T.Need,
    (One("title", ns.TITLE, text, required=True), Many("categories", T.needCategory, iri)),
)

RECIPIENTS = Shape(
    model.RecipientGroup,
    T.RecipientGroup,
    (One("title", ns.TITLE, text, required=True), Many("categories", T.targetGroup, iri)),
)

PARTNER = Shape(
    model.Partner,
    T.Partner,
    (One("name", ns.TITLE, text, required=True), One("body", T.bodyNamed, iri)),
)

FINANCIAL_RESOURCE = Shape(
    model.FinancialResource,
    T.FinancialResource,
    (
        One("title", ns.TITLE, text),
        One("amount", T.amountEUR, decimal),
        One("maximum", T.maximumEUR, decimal),
        One("qualifier", T.valueQualifier, iri),
        One("refers_to", T.refersTo, text),
        One("cost_type", T.costType, iri),
        One("note", T.note, text),
        SOURCES,
    ),
)

STAFF = Shape(
    model.HumanResource,
    T.HumanResource,
    (
        One("description", ns.DESCRIPTION, text, required=True),
        One("people", T.people, decimal),
        One("hours_as_said", T.hoursAsSaid, text),
        One("note", T.note, text),
        SOURCES,
    ),
)

COMPONENT = Shape(
    model.Component,
    T.Component,
    (
        One("title", ns.TITLE, text, required=True),
        One("description", ns.DESCRIPTION, text),
        One("core", T.core, boolean),
        One("reason", T.reason, text),
        SOURCES,
    ),
)

PREREQUISITE = Shape(
    model.Prerequisite,
    T.Prerequisite,
    (
        One("title", ns.TITLE, text, required=True),
        One("type", T.prerequisiteType, iri),
        One("binding", T.binding, boolean),
        One("reason", T.reason, text),
        One("check_as_said", T.checkAsSaid, text),
        Many("required_services", T.requiresService, iri),
        One("measure", T.requiresMeasure, iri),
        One("at_least", T.atLeast, decimal),
        One("at_most", T.atMost, decimal),
        One("form", T.requiresForm, iri),
        SOURCES,
    ),
)

CRITICAL_FACTOR = Shape(
    model.CriticalFactor,
    T.CriticalFactor,
    (
        One("title", ns.TITLE, text, required=True),
        One("reason", T.reason, text),
        Many("criteria", T.onCriterion, iri),
        SOURCES,
    ),
)

STEP = Shape(
    model.Step,
    T.Step,
    (
        One("title", ns.TITLE, text, required=True),
        One("period_as_said", T.periodAsSaid, text),
        One("duration_as_said", T.durationAsSaid, text),
        SOURCES,
    ),
)

ACT = Shape(
    model.Act,
    T.Act,
    (
        One("title", ns.TITLE, text, required=True),
        Many("types", T.actType, iri),
        One("adopted_by_as_said", T.adoptedByAsSaid, text),
        One("year", T.year, integer),
        SOURCES,
    ),
)

EVALUATION = Shape(
    model.Evaluation,
    T.Evaluation,
    (
        One("design", T.evaluationDesign, text),
        One("comparison", T.evaluationComparison, text),
        One("evaluator", T.evaluator, text),
        One("note", T.note, text),
        SOURCES,
    ),
)

FAILURE = Shape(
    model.FailureCondition,
    T.FailureCondition,
    (
        One("description", ns.DESCRIPTION, text, required=True),
        One("basis_as_said", T.basisAsSaid, text),
        SOURCES,
    ),
)

ADVICE = Shape(
    model.AdaptationAdvice,
    T.AdaptationAdvice,
    (
        One("description", ns.DESCRIPTION, text, required=True),
        One("title", ns.TITLE, text),
        SOURCES,
    ),
)

TOOL = Shape(
    model.ReplicationTool,
    T.ReplicationTool,
    (One("title", ns.TITLE, text, required=True), SOURCES),
)

RELATED_EXPERIENCE = Shape(
    model.RelatedExperience,
    T.RelatedExperience,
    (
        One("title", ns.TITLE, text, required=True),
        One("year", T.year, integer),
        One("note", T.note, text),
        SOURCES,
    ),
)

CONTEXT = Shape(
    model.Context,
    T.Context,
    (One("residents", T.residents, integer), One("note", T.note, text), SOURCES),
)

OBSTACLE = Shape(
    model.Obstacle,
    T.Obstacle,
    (
        One("description", ns.DESCRIPTION, text, required=True),
        One("overcome_by", T.overcomeBy, text),
        Many("types", T.obstacleType, iri),
        SOURCES,
    ),
)

IMPROVEMENT = Shape(
    model.ImprovementArea,
    T.ImprovementArea,
    (One("description", ns.DESCRIPTION, text, required=True),),
)

ADAPTATION = Shape(
    model.Adaptation,
    T.Adaptation,
    (
        One("title", ns.TITLE, text, required=True),
        One("description", ns.DESCRIPTION, text, required=True),
        One("basis", T.adaptationBasis, iri, required=True),
        One("reason", T.reason, text),
        One("component", T.adaptsComponent, iri),
    ),
)

REPLICATION = Shape(
    model.Replication,
    T.Replication,
    (
        One("as_said", ns.TITLE, text, required=True),
        One("kind", T.replicationKind, iri, required=True),
        One("origin", T.origin, iri),
        One("origin_note", T.originNote, text),
        Many("adopted_by", T.adoptedBy, iri),
        One("adopted_in", T.adoptedIn, iri),
        One("start_year", T.startYear, integer),
        One("status", T.replicationStatus, iri),
        One("programme_as_said", T.programmeAsSaid, text),
        Many("keeps", T.keeps, text),
        One("change_as_said", T.changeAsSaid, text),
        One("outcome_as_said", T.outcomeAsSaid, text),
        One("note", T.note, text),
        One("yields", T.yields, iri),
        Many("detailed_in", T.detailedIn, iri),
        SOURCES,
        Parts("adaptations", T.hasAdaptation, ADAPTATION, "adattamento"),
        Parts("context", T.hasContext, CONTEXT, "contesto", single=True),
        Parts("obstacles", T.hasObstacle, OBSTACLE, "ostacolo"),
        Parts("budgets", T.hasResource, FINANCIAL_RESOURCE, "risorsa"),
    ),
)

TRANSFER = Shape(
    model.Transfer,
    T.Replication,
    (
        Slug(),
        One("replicates", T.replicates, iri, required=True),
        One("place_as_said", T.placeAsSaid, text),
        One("country", T.inCountry, iri),
        *REPLICATION.lines,
    ),
)

ATTRIBUTION = Shape(
    model.Attribution,
    T.Attribution,
    (
        One("about", T.aboutProperty, iri, required=True),
        One("origin", T.origin, iri, required=True),
        One("note", T.note, text),
    ),
)

RECORD = Shape(
    model.Record,
    T.PracticeRecord,
    (
        One("status", T.editorialStatus, iri, required=True),
        One("confidence", T.confidence, iri),
        One("confidence_note", T.confidenceNote, text),
        One("editorial_note", T.editorialNote, text),
        One("selected", T.selectedAtFestival, boolean),
        One("selection_note", T.selectionNote, text),
        One("link_confirmed", T.linkConfirmed, boolean),
        Many("sources", ns.SOURCE, iri),
        Parts("attributions", T.hasAttribution, ATTRIBUTION, "attribuzione"),
    ),
)

PRACTICE = Shape(
    model.Practice,
    T.GoodPractice,
    (
        Slug(),
        One("title", ns.TITLE, text),
        Many("other_titles", ns.ALTERNATIVE, text),
        Many("promoters", T.promotedBy, iri),
        One("promoter_as_said", T.promoterAsSaid, text),
        One("promoter_office", T.promoterOffice, text),
        One("promoter_place", T.promoterPlace, iri),
        Many("promoter_members", T.promoterMember, iri),
        Many("implemented_in", T.implementedIn, iri),
        One("region", T.inRegion, iri),
        One("region_as_said", T.regionAsSaid, text),
        One("venue", T.siteAsSaid, text),
        One("level_as_said", T.implementationLevelAsSaid, text),
        One("country", T.inCountry, iri),
        One("period_as_said", T.periodAsSaid, text),
        One("start_year", T.startYear, integer),
        Many("thematic_areas", T.thematicArea, iri),
        Many("interventions", T.interventionType, iri),
        One("funding_as_said", T.fundingAsSaid, text),
        Many("funding", T.fundingSource, iri),
        One("resource_note", T.resourceNote, text),
        One("replicability", T.replicabilityStatement, text),
        Many("replica_of", T.replicaOf, iri),
        Many("lineage_roles", T.lineageRole, iri),
        Many("deepens", T.deepens, iri),
        Many("related", T.relatedTo, iri),
        One("web_page", ns.PAGE, iri),
        Many("presented_at", T.presentedAt, iri),
        Many("plans", T.implementsPlan, iri),
        Many("project_actions", T.partOfProjectAction, iri),
        Many("same_body", T.sameBodyPractice, iri),
        Companion("record", ns.IS_PRIMARY_TOPIC_OF, ns.PRIMARY_TOPIC, RECORD, "scheda"),
        Parts("needs", T.hasNeed, NEED, "bisogno"),
        Parts("recipients", T.hasRecipientGroup, RECIPIENTS, "destinatari"),
        Parts("context", T.hasContext, CONTEXT, "contesto", single=True),
        Parts("actions", T.hasAction, ACTION, "azione"),
        Parts("components", T.hasComponent, COMPONENT, "componente"),
        Parts("steps", T.hasStep, STEP, "fase"),
        Parts("acts", T.hasAct, ACT, "atto"),
        Parts("results", T.hasReportedResult, RESULT, "esito"),
        Parts("evaluations", T.hasEvaluation, EVALUATION, "valutazione"),
        Parts("budgets", T.hasResource, FINANCIAL_RESOURCE, "risorsa"),
        Parts("costs", T.hasResource, FINANCIAL_RESOURCE, "costo"),
        Parts("staff", T.hasResource, STAFF, "personale"),
        Parts("partners", T.hasPartner, PARTNER, "partner"),
        Parts("prerequisites", T.hasPrerequisite, PREREQUISITE, "prerequisito"),
        Parts("critical_factors", T.hasCriticalFactor, CRITICAL_FACTOR, "fattore"),
        Parts("failures", T.hasFailureCondition, FAILURE, "limite"),
        Parts("adaptation_advice", T.hasAdaptationAdvice, ADVICE, "consiglio"),
        Parts("tools", T.hasReplicationTool, TOOL, "strumento"),
        Parts("obstacles", T.hasObstacle, OBSTACLE, "ostacolo"),
        Parts("improvements", T.hasImprovementArea, IMPROVEMENT, "margine"),
        Parts("replications", T.hasReplication, REPLICATION, "replica", inverse=T.replicates),
        Parts("related_experiences", T.hasRelatedExperience, RELATED_EXPERIENCE, "affine"),
    ),
)

BODY_CLASSES: Mapping[model.BodyKind, NamedNode] = {
    model.BodyKind.REGION: T.RegionalGovernment,
    model.BodyKind.FOREIGN: T.ForeignPublicBody,
    model.BodyKind.THIRD_SECTOR: T.ThirdSectorOrganization,
    model.BodyKind.SOCIAL_ENTERPRISE: T.SocialEnterprise,
    model.BodyKind.TEMPORARY: T.TemporaryAssociation,
    model.BodyKind.PARTNERSHIP: T.Partnership,
    model.BodyKind.PROVINCE: T.ProvincialGovernment,
}

BODY = Shape(
    model.Body,
    None,
    (
        Slug(),
        Kind("kind", BODY_CLASSES),
        One("name", ns.TITLE, text, required=True),
        One("country", T.inCountry, iri),
    ),
)

PLACE_ELSEWHERE = Shape(
    model.PlaceElsewhere,
    NamedNode(ns.DCT + "Location"),
    (Slug(), One("name", ns.TITLE, text, required=True), One("country", T.inCountry, iri)),
)

PLAN = Shape(
    model.Plan,
    T.Plan,
    (
        Slug(),
        One("title", ns.TITLE, text, required=True),
        Many("adopted_by", T.adoptedBy, iri),
        One("period_as_said", T.periodAsSaid, text),
        One("start_year", T.startYear, integer),
        One("end_year", T.endYear, integer),
        One("note", T.note, text),
        One("replaces", ns.REPLACES, iri),
        One("web_page", ns.PAGE, iri),
        SOURCES,
    ),
)

PUBLICATION = Shape(
    model.Publication,
    T.Publication,
    (
        Slug(),
        One("title", ns.TITLE, text, required=True),
        One("selection", T.selectionQuery, string, required=True),
        One("order", T.sheetOrder, iri, required=True),
        One("issued", ns.ISSUED, date),
        One("place", T.placeOfPublication, text),
        One("festival", T.ofFestival, iri),
        One("foreword", T.foreword, text),
        One("colophon", T.colophon, text),
        One("note", T.note, text),
        SOURCES,
    ),
)

RECORD_SHAPES: Mapping[str, Shape] = {
    "pratica": PRACTICE,
    "piano": PLAN,
    "pubblicazione": PUBLICATION,
    "replica": TRANSFER,
}
"""The kinds of record that must be readable whole: nothing of ours beside what the shape names."""


def practice_iri(slug: str) -> str:
    """IRI of a practice."""
    return ns.resource("pratica", slug)


def practice_triples(practice: model.Practice) -> list[Triple]:
    """All the triples of a practice and its record: the content of its named graph."""
    return list(encode(PRACTICE, practice, practice_iri(practice.slug)))


def practice_from(triples: Iterable[Triple], slug: str) -> model.Practice:
    """The practice `slug` read from the triples of its graph; raises `MappingError`."""
    return cast(model.Practice, decode(PRACTICE, index(triples), practice_iri(slug)))
