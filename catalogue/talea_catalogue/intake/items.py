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
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pyoxigraph import NamedNode

from .. import model

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
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


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Promoter(_Item):
    """Who promotes the practice. `comune_istat` holds a Comune's name, not its code."""

    nome: Text
    tipo: Literal[
        "Comune", "ATS", "ETS", "Regione", "Comune estero", "Unione estera", "Impresa sociale"
    ]
    comune_istat: Text | None = None
    struttura: Text | None = None
    comuni: list[Text] = []
    provincia: Text | None = None


class Area(_Item):
    """Thematic areas: always an editorial inference."""

    valori: Annotated[list[Annotated[int, Field(ge=1, le=4)]], Field(min_length=1, max_length=2)]
    origine: Literal["inferita", "dichiarata"]
    nota: Text | None = None


class Result(_Item):
    """What a source reports: only `esito` is a measured outcome."""

    descrizione: Text
    tipo: model.ResultKind = Field(strict=False)
    valore: Number | None = None
    unita: Text | None = None
    baseline: Text | None = None
    quando: Text | None = None
    come_misurato: Text | None = None

    @model_validator(mode="after")
    def _unit_needs_value(self) -> "Result":
        if self.valore is None and self.unita is not None:
            raise ValueError("c'è un'unità senza valore")
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


class ObstacleItem(_Item):
    """A difficulty and how it was dealt with."""

    ostacolo: Text
    superamento: Text | None = None


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
    regione: Text
    paese: Text
    festival: Festival
    titolo: Text | None = None
    luogo: Text | None = None
    periodo: Text | None = None
    anno_inizio: Year | None = None
    area_tematica: Area | None = None
    destinatari: list[Text] = []
    bisogno: Text | None = None
    azioni: list[Text] = []
    esiti: list[Result] = []
    risorse: Resources | None = None
    partner: list[Text] = []
    prerequisiti: list[Text] = []
    ostacoli: list[ObstacleItem] = []
    margini_miglioramento: Text | None = None
    replicabilita: Text | None = None
    replicata_da: list[Text] = []
    replica_di: list[Slug] = []
    pagina_web: WebAddress | None = None
    nota_confidenza: Text | None = None
    stato_scheda: Literal["solo_ente_noto", "titolo_noto"] | None = None
    pratiche_documentate_stesso_ente: list[Slug] = []

    @model_validator(mode="after")
    def _state_agrees(self) -> "Item":
        if self.stato_scheda == "titolo_noto" and self.titolo is None:
            raise ValueError("lo stato dice «titolo noto» ma il titolo manca")
        if self.stato_scheda == "solo_ente_noto" and (self.titolo or self.azioni):
            raise ValueError("lo stato dice «solo ente noto» ma ci sono titolo o azioni")
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
