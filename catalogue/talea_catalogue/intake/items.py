"""The JSON shape of a practice, checked strictly: every field known, every type exact.

The shape is the one of the facts gathered from public pages (field names in Italian). A field that
no source gives is absent; nothing is coerced and nothing unknown is dropped in silence.
"""

from typing import Annotated, Any, Literal
from unicodedata import category
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pyoxigraph import NamedNode

from .. import model

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TRANSFER_ID = r"^[a-z0-9]+(-[a-z0-9]+)*__[a-z0-9]+(-[a-z0-9]+)*$"
TOPIC = r"^(bisogno|target|tipo-intervento)/[a-z0-9]+(-[a-z0-9]+)*$"
MAX_TEXT = 20_000
"""Longest text of a field, in characters."""


def _web_address(value: str) -> str:
    try:
        host = urlsplit(value).hostname
    except ValueError:
        host = None
    if not value.startswith(("http://", "https://")) or not host:
        raise ValueError("non è un indirizzo http o https")
    try:
        NamedNode(value)
    except ValueError:
        raise ValueError("contiene segni non ammessi in un indirizzo") from None
    return value


_CONTROLS = ("Cc", "Zl", "Zp")
"""Unicode categories of control characters and of line and paragraph separators."""


def _clean(value: str) -> str:
    if any(category(sign) in _CONTROLS and sign not in "\n\t" for sign in value):
        raise ValueError("contiene caratteri di controllo")
    return value


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT),
    AfterValidator(_clean),
]
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=120)]
WebAddress = Annotated[Text, AfterValidator(_web_address)]
Year = Annotated[int, Field(ge=1800, le=2100)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]


Criterion = Literal["c1", "c2", "c3", "c4", "c5", "c6", "c8", "c9", "c10"]
"""The criteria of comparison that carry a verdict: the others only inform."""


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Promoter(_Item):
    """Who promotes the practice. `comune_istat` holds a Comune's name, not its code."""

    nome: Text
    tipo: Literal[
        "Comune",
        "ATS",
        "ETS",
        "Regione",
        "Provincia",
        "Comune estero",
        "Unione estera",
        "Impresa sociale",
        "Comune con ETS",
        "ETS con Comune",
        "ETS con ente locale",
        "Servizio sanitario con ETS",
        "Programma nazionale",
    ]
    comune_istat: Text | None = None
    struttura: Text | None = None
    comuni: list[Text] = []
    provincia: Text | None = None


class Area(_Item):
    """Thematic areas: always an editorial inference."""

    valori: Annotated[list[Annotated[int, Field(ge=1, le=4)]], Field(min_length=1, max_length=3)]
    origine: Literal["inferita", "dichiarata"]
    nota: Text | None = None


class _Sourced(_Item):
    """A part with sources of its own; without them it inherits those of the item."""

    fonte: WebAddress | None = None
    altre_fonti: list[WebAddress] = []

    @property
    def sources(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return tuple(sorted({*filter(None, (self.fonte,)), *self.altre_fonti}))


class Result(_Sourced):
    """What a source reports: only `esito` is a measured outcome, and a `stima` never is."""

    descrizione: Text
    tipo: model.ResultKind = Field(strict=False)
    valore: Number | None = None
    unita: Text | None = None
    baseline: Text | Number | None = None
    baseline_nota: Text | None = None
    nota: Text | None = None
    quando: Text | None = None
    come_misurato: Text | None = None

    @model_validator(mode="after")
    def _unit_needs_value(self) -> "Result":
        if self.valore is None and self.unita is not None:
            raise ValueError("c'è un'unità senza valore")
        if isinstance(self.baseline, str) and self.baseline_nota is not None:
            raise ValueError("«baseline» è un testo e c'è anche «baseline_nota»")
        return self


class Amount(_Item):
    """A sum in euro; `nota` says what it refers to."""

    importo: Annotated[Number, Field(ge=0)]
    nota: Text | None = None


class Resources(_Item):
    """What it took. `fonte_finanziamento` names funders, not sources."""

    budget_eur: list[Amount] = []
    fonte_finanziamento: Text | None = None
    personale: Text | None = None
    nota: Text | None = None


class ObstacleItem(_Sourced):
    """A difficulty and how it was dealt with."""

    ostacolo: Text
    superamento: Text | None = None


class ComponentItem(_Sourced):
    """A building block; `essenziale` is null where no source says."""

    nome: Text
    descrizione: Text | None = None
    essenziale: bool | None = None
    motivo: Text | None = None


class PrerequisiteItem(_Sourced):
    """A condition; a bare text in the list stands for its description alone."""

    descrizione: Text
    tipo: Text | None = None
    vincolante: bool | None = None
    motivo: Text | None = None
    verificabile_con: Text | None = None
    richiede_servizio: list[Slug] = []
    grandezza: Slug | None = None
    almeno: Annotated[Number, Field(ge=0)] | None = None
    al_massimo: Annotated[Number, Field(ge=0)] | None = None
    forma_ambito: Slug | None = None

    @model_validator(mode="after")
    def _bounds_agree(self) -> "PrerequisiteItem":
        bounds = [bound for bound in (self.almeno, self.al_massimo) if bound is not None]
        if (self.grandezza is None) != (not bounds):
            raise ValueError("«grandezza» va con «almeno» o «al_massimo», e viceversa")
        if bounds != sorted(bounds):
            raise ValueError("«almeno» è più alto di «al_massimo»")
        return self


def _described(value: Any) -> Any:
    return {"descrizione": value} if isinstance(value, str) else value


class FactorItem(_Sourced):
    """What the practice depends on to work; `criteri` need a reason, as only then one may judge."""

    fattore: Text
    motivo: Text | None = None
    criteri: list[Criterion] = []

    @model_validator(mode="after")
    def _criteria_need_reason(self) -> "FactorItem":
        if self.criteri and self.motivo is None:
            raise ValueError("ci sono «criteri» senza «motivo»")
        return self


class CostItem(_Sourced):
    """A cost line; the sum is absent where the source gives none."""

    voce: Text
    importo_eur: Annotated[Number, Field(ge=0)] | None = None
    importo_max_eur: Annotated[Number, Field(ge=0)] | None = None
    unita: Text | None = None
    tipo: Literal["avvio", "esercizio"] | None = None
    nota: Text | None = None


class StaffItem(_Sourced):
    """A role: `profilo` and `numero`, or `figura` and `quantita`, mean the same."""

    profilo: Text | None = None
    figura: Text | None = None
    numero: Annotated[Number, Field(ge=0)] | None = None
    quantita: Annotated[Number, Field(ge=0)] | None = None
    ore: Text | None = None
    nota: Text | None = None

    @model_validator(mode="after")
    def _one_name(self) -> "StaffItem":
        if (self.profilo is None) == (self.figura is None):
            raise ValueError("serve «profilo» oppure «figura»")
        if self.numero is not None and self.quantita is not None:
            raise ValueError("c'è sia «numero» sia «quantita»")
        return self


class StepItem(_Sourced):
    """A stage, in the order of time."""

    fase: Text
    quando: Text | None = None
    durata: Text | None = None


class ActItem(_Sourced):
    """A formal act."""

    atto: Text
    organo: Text | None = None
    anno: Year | None = None


class TopicItem(_Item):
    """A concept that the editors assign, `scheme/notation`, and the words they read it in."""

    concetto: Annotated[str, StringConstraints(pattern=TOPIC)]
    parole: Text


class EvaluationItem(_Sourced):
    """How the practice was evaluated."""

    disegno: Text | None = None
    confronto: Text | None = None
    valutatore: Text | None = None
    nota: Text | None = None


class FailureItem(_Sourced):
    """When it does not work: `testo` and `situazione` mean the same."""

    testo: Text | None = None
    situazione: Text | None = None
    base: Text | None = None

    @model_validator(mode="after")
    def _one_text(self) -> "FailureItem":
        if (self.testo is None) == (self.situazione is None):
            raise ValueError("serve «testo» oppure «situazione»")
        return self


class AdviceItem(_Sourced):
    """What to adapt: `testo`, or `elemento` with its `descrizione`."""

    testo: Text | None = None
    elemento: Text | None = None
    descrizione: Text | None = None

    @model_validator(mode="after")
    def _one_text(self) -> "AdviceItem":
        if (self.testo is None) == (self.descrizione is None):
            raise ValueError("serve «testo» oppure «descrizione»")
        return self


class ToolItem(_Sourced):
    """A help for those who repeat the practice."""

    nome: Text


class ExperienceItem(_Sourced):
    """A similar experience with no declared link."""

    ente: Text
    anno: Year | None = None
    nota: Text | None = None


class ContextItem(_Sourced):
    """What a source says of the place."""

    abitanti: Annotated[int, Field(ge=0)] | None = None
    nota: Text | None = None


Origin = Literal["dichiarata", "stesso programma", "stesso programma nazionale", "inferita"]


class ReplicaItem(_Sourced):
    """A replication told inside a practice; `dettaglio_in` names the transfers that tell it too."""

    ente: Text
    anno: Year | None = None
    cosa_cambia: Text | None = None
    esito: Text | None = None
    origine: Origin
    nota_origine: Text | None = None
    dettaglio_in: list[Slug] = []


class Festival(_Item):
    """What is known of the selection; `selezionata: null` means unknown."""

    selezionata: bool | None
    nota: Text | None = None
    edizione: int | None = None
    data: Text | None = None
    luogo: Text | None = None
    link_confermato: bool | None = None


class Item(_Item):
    """One practice as gathered: the whole accepted shape."""

    id: Slug
    realizzatore: Promoter
    fonti: Annotated[list[WebAddress], Field(min_length=1)]
    confidenza: Literal["low", "medium", "high"]
    regione: Text | None = None
    paese: Text
    festival: Festival
    titolo: Text | None = None
    luogo: Text | None = None
    sede: Text | None = None
    livello_attuazione: Text | None = None
    contesto: ContextItem | None = None
    periodo: Text | None = None
    anno_inizio: Year | None = None
    area_tematica: Area | None = None
    temi: list[TopicItem] = []
    destinatari: list[Text] = []
    bisogno: Text | None = None
    azioni: list[Text] = []
    esiti: list[Result] = []
    risorse: Resources | None = None
    partner: list[Text] = []
    componenti: list[ComponentItem] = []
    prerequisiti: list[Annotated[PrerequisiteItem, BeforeValidator(_described)]] = []
    fattori_critici: list[FactorItem] = []
    costi: list[CostItem] = []
    personale: list[StaffItem] = []
    fasi: list[StepItem] = []
    atti: list[ActItem] = []
    valutazione: EvaluationItem | None = None
    quando_non_funziona: list[FailureItem] = []
    cosa_adattare: list[AdviceItem] = []
    strumenti_di_replica: list[ToolItem] = []
    esperienze_affini: list[ExperienceItem] = []
    ostacoli: list[ObstacleItem] = []
    margini_miglioramento: Text | None = None
    replicabilita: Text | None = None
    replicata_da: list[Text] = []
    replicata_da_dettaglio: dict[Text, list[Slug]] = {}
    replicata_da_scheda: dict[Text, Slug] = {}
    repliche: list[ReplicaItem] = []
    replica_di: list[Slug] = []
    ruolo_nella_filiera: list[Literal["origine", "destinazione"]] = []
    integra_id: list[Slug] = []
    correlate: list[Slug] = []
    piani: list[Slug] = []
    pagina_web: WebAddress | None = None
    nota_confidenza: Text | None = None
    nota: Text | None = None
    nota_redazionale: Text | None = None
    scheda_esistente: bool = False
    stato_scheda: Literal["solo_ente_noto", "titolo_noto"] | None = None
    pratiche_documentate_stesso_ente: list[Slug] = []

    @model_validator(mode="after")
    def _state_agrees(self) -> "Item":
        if self.stato_scheda == "titolo_noto" and self.titolo is None:
            raise ValueError("lo stato dice «titolo noto» ma il titolo manca")
        if self.stato_scheda == "solo_ente_noto" and (self.titolo or self.azioni):
            raise ValueError("lo stato dice «solo ente noto» ma ci sono titolo o azioni")
        return self


class ChangeItem(_Item):
    """What a transfer changed; `base` says whether a source declares it or we compared."""

    elemento: Text
    come: Text
    motivo: Text | None = None
    base: Literal["dichiarata", "confronto"]


class MeansItem(_Item):
    """What a transfer cost."""

    importo_eur: Annotated[Number, Field(ge=0)]
    nota: Text | None = None


class TransferItem(_Item):
    """A practice passed from one body to another: the whole accepted shape."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, validate_by_alias=True, validate_by_name=False
    )

    id: Annotated[str, StringConstraints(pattern=TRANSFER_ID, max_length=200)]
    origin_practice: Annotated[Slug, Field(alias="from")]
    to_ente: Text
    to_comune: Text | None = None
    paese: Text
    anno_inizio: Year | None = None
    stato: Literal["interesse", "progettata", "avviata", "conclusa", "interrotta"] | None = None
    programma: Text | None = None
    cosa_mantiene: list[Text] = []
    cosa_cambia: list[ChangeItem] = []
    esito: Text | None = None
    origine: Origin
    fonti: Annotated[list[WebAddress], Field(min_length=1)]
    to_practice_id: Slug | None = None
    nota: Text | None = None
    contesto_destinazione: ContextItem | None = None
    ostacoli: list[ObstacleItem] = []
    risorse: MeansItem | None = None

    @model_validator(mode="after")
    def _name_agrees(self) -> "TransferItem":
        if self.id.split("__")[0] != self.origin_practice:
            raise ValueError("l'id deve cominciare con la pratica di partenza e «__»")
        return self


_MESSAGES = {
    "missing": "campo obbligatorio mancante",
    "extra_forbidden": "campo sconosciuto",
    "string_type": "deve essere un testo",
    "string_unicode": "contiene caratteri che non esistono",
    "string_too_short": "è vuoto",
    "string_too_long": f"supera {MAX_TEXT} caratteri",
    "string_pattern_mismatch": "ammessi solo lettere minuscole, cifre e trattini",
    "int_type": "deve essere un numero intero",
    "float_type": "deve essere un numero",
    "bool_type": "deve essere vero o falso",
    "list_type": "deve essere un elenco",
    "dict_type": "deve essere un oggetto",
    "model_type": "deve essere un oggetto",
    "too_short": "l'elenco è vuoto",
    "too_long": "l'elenco ha troppi valori",
    "greater_than_equal": "numero fuori dai limiti",
    "less_than_equal": "numero fuori dai limiti",
    "finite_number": "deve essere un numero finito",
    "literal_error": "valore non ammesso",
    "enum": "valore non ammesso",
}


def explain(error: ValidationError) -> list[tuple[str, str]]:
    """(field path, Italian message) of each fault, e.g. `("esiti[0].valore", "…")`."""
    faults: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        place = _path(list(fault["loc"]))
        if fault["type"] == "value_error":
            message = str(fault["ctx"]["error"])
        else:
            message = _MESSAGES.get(fault["type"], "valore non ammesso")
            if "expected" in fault.get("ctx", {}):
                message += f" (ammessi: {fault['ctx']['expected'].replace(' or ', ', ')})"
        faults.setdefault(place or "(scheda)", message)
    return list(faults.items())


def _path(steps: list[Any]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else ("." if text else "") + shown(str(step))
    return text


def shown(text: str) -> str:
    """`text` as it can be put on one line of a terminal: short, and without control characters."""
    return repr(text[:80])[1:-1]
