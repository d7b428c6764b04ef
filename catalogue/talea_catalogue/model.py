"""The domain as frozen dataclasses: no input or output, no RDF.

Texts are in Italian, in the words of the record. References to other resources (bodies, places,
concepts, practices) are IRIs as strings. A field that no source gives is `None` or empty: nothing
is ever filled in. Tuples of references are sorted; tuples of parts keep the order of the record,
which is a list and not a sequence in time.
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


class BodyKind(StrEnum):
    """Kinds of body that have a record of their own (Comuni and Ambiti come from the territory)."""

    REGION = "regione"
    FOREIGN = "ente-estero"
    THIRD_SECTOR = "terzo-settore"
    SOCIAL_ENTERPRISE = "impresa-sociale"
    TEMPORARY = "raggruppamento"


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
    baseline_as_said: str | None = None
    method_as_said: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedResult:
    """What a source reports of the practice, with its kind."""

    kind: ResultKind
    description: str
    measurement: Measurement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialResource:
    """A sum in euro, how its source qualifies it, and what it refers to."""

    amount: Decimal
    qualifier: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanResource:
    """Who worked on the practice, as said."""

    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prerequisite:
    """A condition that must hold."""

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A difficulty and, where a source says it, how it was dealt with."""

    description: str
    overcome_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementArea:
    """What could be done better."""

    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """A replication as the source names it; kind and place only as far as its words allow."""

    as_said: str
    kind: str
    adopted_in: str | None = None
    yields: str | None = None


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
    promoter_as_said: str | None = None
    promoter_office: str | None = None
    promoter_place: str | None = None
    promoter_members: tuple[str, ...] = ()
    implemented_in: tuple[str, ...] = ()
    region: str | None = None
    country: str | None = None
    period_as_said: str | None = None
    start_year: int | None = None
    thematic_areas: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    recipients: tuple[RecipientGroup, ...] = ()
    actions: tuple[Action, ...] = ()
    results: tuple[ReportedResult, ...] = ()
    budgets: tuple[FinancialResource, ...] = ()
    staff: tuple[HumanResource, ...] = ()
    funding_as_said: str | None = None
    funding: tuple[str, ...] = ()
    resource_note: str | None = None
    partners: tuple[Partner, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    improvements: tuple[ImprovementArea, ...] = ()
    replicability: str | None = None
    replications: tuple[Replication, ...] = ()
    replica_of: tuple[str, ...] = ()
    web_page: str | None = None
    presented_at: tuple[str, ...] = ()
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
