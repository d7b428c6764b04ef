"""The domain as frozen dataclasses: no input or output, no RDF.

Texts are in Italian, in the words of the record. References to other resources (bodies, places,
concepts, practices) are IRIs as strings. A field that no source gives is `None` or empty: nothing
is ever filled in. Tuples of references and of plain texts are sorted; tuples of parts keep the
order of the record, which is a list and, but for `steps`, not a sequence in time. A part with
`sources` of its own rests on those; any other inherits the list of its record.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ResultKind(StrEnum):
    """What a reported result is. Only `OUTCOME` is a measured change."""

    OUTCOME = "esito"
    QUALITATIVE = "esito_qualitativo"
    OUTPUT = "realizzazione"
    CAPACITY = "capienza"
    CONTEXT = "contesto"
    FORECAST = "previsione"
    ESTIMATE = "stima"


class BodyKind(StrEnum):
    """Kinds of body that have a record of their own (Comuni and Ambiti come from the territory)."""

    REGION = "regione"
    FOREIGN = "ente-estero"
    THIRD_SECTOR = "terzo-settore"
    SOCIAL_ENTERPRISE = "impresa-sociale"
    TEMPORARY = "raggruppamento"
    PARTNERSHIP = "partenariato"
    PROVINCE = "provincia"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that the practice does."""

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The need that the practice answers; its categories may be inferred."""

    title: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientGroup:
    """Whom the practice is for, as said; its categories may be inferred."""

    title: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Who carries out the practice with its promoter, by the name that the source uses."""

    name: str
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number given by a source, and what the source says of it."""

    value: Decimal | None = None
    qualifier: str | None = None
    unit: str | None = None
    unit_as_said: str | None = None
    period_as_said: str | None = None
    baseline: Decimal | None = None
    baseline_as_said: str | None = None
    method_as_said: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedResult:
    """What a source reports of the practice, with its kind."""

    kind: ResultKind
    description: str
    measurement: Measurement | None = None
    note: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialResource:
    """A sum in euro, or a cost line, how its source qualifies it, and what it refers to.

    `maximum` is the upper end where the source gives a range; `amount` is then the lower one.
    """

    title: str | None = None
    amount: Decimal | None = None
    maximum: Decimal | None = None
    qualifier: str | None = None
    refers_to: str | None = None
    cost_type: str | None = None
    note: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanResource:
    """Who worked on the practice, as said; how many people, where the source counts them."""

    description: str
    people: Decimal | None = None
    hours_as_said: str | None = None
    note: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A building block. `core` is true or false only where a source says so."""

    title: str
    description: str | None = None
    core: bool | None = None
    reason: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prerequisite:
    """A condition that must hold. `binding` is true or false only where a source says so.

    `check_as_said` is how the editors would check it; `required_services` are the concepts of
    service whose presence in an Ambito answers it, where one does. `measure` is what must be
    between `at_least` and `at_most`, both included, and `form` how the Ambito runs its services.
    """

    title: str
    type: str | None = None
    binding: bool | None = None
    reason: str | None = None
    check_as_said: str | None = None
    required_services: tuple[str, ...] = ()
    measure: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    form: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalFactor:
    """What the practice depends on to work, and why: the only differences worth judging.

    `criteria` are the comparison criteria by which it can be looked at elsewhere.
    """

    title: str
    reason: str | None = None
    criteria: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the stages in which the practice was carried out, in their order."""

    title: str
    period_as_said: str | None = None
    duration_as_said: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A formal act that the practice rests on; its types may be inferred."""

    title: str
    types: tuple[str, ...] = ()
    adopted_by_as_said: str | None = None
    year: int | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How the practice was evaluated: design, comparison and evaluator as said."""

    design: str | None = None
    comparison: str | None = None
    evaluator: str | None = None
    note: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCondition:
    """When the practice does not work, and who says so."""

    description: str
    basis_as_said: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptationAdvice:
    """What those who repeat the practice may or should change."""

    description: str
    title: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationTool:
    """A guide, a model or a support that helps to repeat the practice."""

    title: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedExperience:
    """A similar experience that nobody says was taken from this one."""

    title: str
    year: int | None = None
    note: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a source says of the place: residents, if counted, and a note."""

    residents: int | None = None
    note: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A difficulty and, where a source says it, how it was dealt with; types may be inferred."""

    description: str
    overcome_by: str | None = None
    types: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementArea:
    """What could be done better."""

    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """What a replication changed: the element, how, why; `basis` says who noticed the change.

    `component` is the building block of the original practice with the same name, if there is one.
    """

    title: str
    description: str
    basis: str
    reason: str | None = None
    component: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """A replication, of the kind that its source allows to say, as part of a practice's record.

    `as_said` is who adopted it, in the words of the source. `detailed_in` names the replications
    with a record of their own that tell the same fact, so that nobody counts it twice.
    """

    as_said: str
    kind: str
    origin: str | None = None
    origin_note: str | None = None
    adopted_by: tuple[str, ...] = ()
    adopted_in: str | None = None
    start_year: int | None = None
    status: str | None = None
    programme_as_said: str | None = None
    keeps: tuple[str, ...] = ()
    change_as_said: str | None = None
    adaptations: tuple[Adaptation, ...] = ()
    outcome_as_said: str | None = None
    context: Context | None = None
    obstacles: tuple[Obstacle, ...] = ()
    budgets: tuple[FinancialResource, ...] = ()
    note: str | None = None
    yields: str | None = None
    detailed_in: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Replication):
    """A replication with a record of its own; `slug` is the last segment of its IRI."""

    slug: str
    replicates: str
    place_as_said: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Where the values of a property come from, when the source does not declare them."""

    about: str
    origin: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The card that describes a practice: sources, confidence, status."""

    sources: tuple[str, ...]
    status: str
    confidence: str | None = None
    confidence_note: str | None = None
    editorial_note: str | None = None
    selected: bool | None = None
    selection_note: str | None = None
    link_confirmed: bool | None = None
    attributions: tuple[Attribution, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A good practice and its record. `slug` is the last segment of its IRI, frozen for ever."""

    slug: str
    record: Record
    promoters: tuple[str, ...]
    title: str | None = None
    other_titles: tuple[str, ...] = ()
    promoter_as_said: str | None = None
    promoter_office: str | None = None
    promoter_place: str | None = None
    promoter_members: tuple[str, ...] = ()
    implemented_in: tuple[str, ...] = ()
    region: str | None = None
    region_as_said: str | None = None
    venue: str | None = None
    level_as_said: str | None = None
    country: str | None = None
    period_as_said: str | None = None
    start_year: int | None = None
    thematic_areas: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    recipients: tuple[RecipientGroup, ...] = ()
    context: Context | None = None
    actions: tuple[Action, ...] = ()
    components: tuple[Component, ...] = ()
    steps: tuple[Step, ...] = ()
    acts: tuple[Act, ...] = ()
    results: tuple[ReportedResult, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    budgets: tuple[FinancialResource, ...] = ()
    costs: tuple[FinancialResource, ...] = ()
    staff: tuple[HumanResource, ...] = ()
    funding_as_said: str | None = None
    funding: tuple[str, ...] = ()
    resource_note: str | None = None
    partners: tuple[Partner, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    critical_factors: tuple[CriticalFactor, ...] = ()
    failures: tuple[FailureCondition, ...] = ()
    adaptation_advice: tuple[AdaptationAdvice, ...] = ()
    tools: tuple[ReplicationTool, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    improvements: tuple[ImprovementArea, ...] = ()
    replicability: str | None = None
    replications: tuple[Replication, ...] = ()
    replica_of: tuple[str, ...] = ()
    lineage_roles: tuple[str, ...] = ()
    deepens: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    related_experiences: tuple[RelatedExperience, ...] = ()
    web_page: str | None = None
    presented_at: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    project_actions: tuple[str, ...] = ()
    same_body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organisation with a record of its own."""

    slug: str
    kind: BodyKind
    name: str
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceElsewhere:
    """A place outside Italy, or a country, known only by name."""

    slug: str
    name: str
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A public plan: who adopts it and for which years, as far as sources say.

    Where no public source was read, the note says where the little that is known comes from.
    """

    slug: str
    title: str
    sources: tuple[str, ...] = ()
    adopted_by: tuple[str, ...] = ()
    period_as_said: str | None = None
    start_year: int | None = None
    end_year: int | None = None
    note: str | None = None
    replaces: str | None = None
    web_page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A publication made from the catalogue: which practices, in which order, with which texts.

    `selection` is a SPARQL SELECT query whose first variable is the practices; `order` is a concept
    of the scheme ordine-schede; `issued` is ISO 8601. In `foreword` and `colophon` an empty line
    stands between paragraphs. The data that it is made from are pinned elsewhere, by their digest:
    a record cannot hold the digest of the data that it is part of.
    """

    slug: str
    title: str
    selection: str
    order: str
    issued: str | None = None
    place: str | None = None
    festival: str | None = None
    foreword: str | None = None
    colophon: str | None = None
    note: str | None = None
    sources: tuple[str, ...] = ()
