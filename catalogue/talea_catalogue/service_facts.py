"""What sources say of the social services of a territory: one fact for each thing said.

A fact is a statement with its source and its date, not a service: it may tell of a service that
runs, of a fund, of a plan. Two files hold them: `ats_services.csv`, gathered from public pages
(shipped), and `register.csv`, the Region's register that a user imported (in the home, written by
`intake.register`). No source states an absence, so no fact does.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import namespaces as ns
from .tables import TerritoryError, rows
from .text import fold

__all__ = [
    "PRESENT",
    "REGISTER",
    "REGISTER_COLUMNS",
    "REGISTER_EVIDENCE",
    "UNCERTAIN",
    "ServiceFact",
    "read_known_services",
    "read_register",
    "service_notation",
]

PRESENT: Final = "accertata"
UNCERTAIN: Final = "non-accertata"
REGISTER: Final = "register"
"""Name, without suffix, of the file of the home."""
MAX_REGISTER_BYTES: Final = 200_000_000
"""Largest register that is read: what an import may write, with room."""
REGISTER_EVIDENCE: Final = "registro-regionale"
REGISTER_COLUMNS: Final = (
    "istat",
    "type",
    "type_as_said",
    "title",
    "places",
    "regulation",
    "status",
    "presence",
    "stage",
    "date",
    "source",
)

_PRESENCE: Final = {"yes": PRESENT, "unknown": UNCERTAIN}
_STAGES: Final = {
    "active": "in-funzione",
    "funded": "finanziato",
    "planned": "previsto",
    "programmed": "programmato",
    "approved": "approvato",
}
_EVIDENCE: Final = {
    "press": "stampa",
    "press release": "comunicato-stampa",
    "press or institutional page": "stampa-o-ente",
    "press or operator page": "stampa-o-gestore",
    "institutional page": "pagina-istituzionale",
    "service charter, third-party copy": "carta-dei-servizi",
    "official open data (not validated universe), attributed to the ATS through the Comune": (
        "dati-aperti-ufficiali"
    ),
    "repository audit": "verifica-archivio",
    "repository audit of the ATS site": "verifica-sito-ambito",
    "repository audit of the regional register": "verifica-registro",
    "repository sample": "campione-registro",
}
_OPEN_DATA: Final = "dati-aperti-ufficiali"
_CC_BY_4: Final = "https://w3id.org/italia/controlled-vocabulary/licences/A21_CCBY40"
_URL: Final = re.compile(r"https?://[^\s;,)]+")
_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """One statement about a service or a fund. Concepts are given by their notation.

    `holder` is the IRI that the fact hangs from: an Ambito, or a Comune for a row of the register.
    `ambito` is an Ambito's id, `comuni` are ISTAT codes. `date` is ISO, as precise as the source:
    a year, a month or a day. `places` is how many persons the service may take.
    Blank text and None mean that the source does not say.
    """

    holder: str
    name: str
    ambito: str | None
    comuni: tuple[str, ...]
    type: str
    presence: str
    stage: str
    evidence: str
    date: str
    detail_it: str = ""
    detail_en: str = ""
    sources: tuple[str, ...] = ()
    source_as_said: str = ""
    licence: str = ""
    title: str = ""
    type_as_said: str = ""
    places: int | None = None
    regulation: str = ""
    status: str = ""

    @property
    def iri(self) -> str:
        return f"{self.holder}/servizio/{self.name}"


def service_notation(name: str) -> str:
    """The notation of a service type from its name in the data: `pnrr_1.1.1` -> `pnrr-1-1-1`."""
    return re.sub(r"[._]", "-", name)


def read_known_services(
    folder: Path, ambiti: Mapping[str, str], members: Mapping[str, Mapping[str, str]]
) -> Iterator[ServiceFact]:
    """The facts of `ats_services.csv`.

    `ambiti` gives the id of an Ambito by its short name, `members` the ISTAT codes of its Comuni
    by id and folded name. Raises TerritoryError at a name, a value or a repetition that means
    nothing.
    """
    for row in rows(folder, "ats_services"):
        where = f"ats_services: {row['ats_name']}, {row['service']}"
        try:
            id_ = ambiti[row["ats_name"].partition(" (")[0]]
            comuni = [members[id_][fold(name)] for name in row["comune"].split(";") if name]
            presence, evidence = _PRESENCE[row["present"]], _EVIDENCE[row["evidence"]]
            stage = _STAGES[row["stage"]] if row["stage"] else ""
        except KeyError as error:
            raise TerritoryError(f"{where}: {error} is not known") from None
        urls = tuple(_URL.findall(row["source_url"]))
        said = row["source_url"].strip()
        type_ = service_notation(row["service"])
        yield ServiceFact(
            holder=ns.resource("ente", id_),
            name=f"{type_}-{_digest(row['source_url'], row['comune'])}",
            ambito=id_,
            comuni=tuple(sorted(comuni)),
            type=type_,
            presence=presence,
            stage=stage,
            evidence=evidence,
            date=_date(row["date"], where),
            detail_it=row["detail_it"],
            detail_en=row["detail"],
            sources=urls,
            source_as_said=said if (said,) != urls else "",
            licence=_CC_BY_4 if evidence == _OPEN_DATA else "",
        )


def read_register(folder: Path, ambito_of: Callable[[str], str | None]) -> Iterator[ServiceFact]:
    """The facts of `register.csv`, where there is one; nothing where there is none.

    `ambito_of` gives the id of the Ambito of an ISTAT code, and None for a code outside Puglia.
    Raises TerritoryError where the file is not as `intake.register` writes it.
    """
    path = folder / f"{REGISTER}.csv"
    if not path.exists():
        return
    if not path.is_file():
        raise TerritoryError(f"{REGISTER}.csv: non è un file")  # a pipe would be waited for
    if path.stat().st_size > MAX_REGISTER_BYTES:
        raise TerritoryError(f"{REGISTER}.csv: supera {MAX_REGISTER_BYTES} byte")
    try:
        for number, row in enumerate(rows(folder, REGISTER), 2):
            yield _registered(row, f"{REGISTER}.csv, riga {number}", ambito_of)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TerritoryError(f"{REGISTER}.csv: {error}") from error


def _registered(
    row: dict[str, str], where: str, ambito_of: Callable[[str], str | None]
) -> ServiceFact:
    if tuple(row) != REGISTER_COLUMNS or not all(isinstance(v, str) for v in row.values()):
        raise TerritoryError(f"{where}: le colonne non sono quelle attese")
    if ambito_of(row["istat"]) is None:
        raise TerritoryError(f"{where}: {row['istat']!r} non è un Comune della Puglia")
    if row["places"] and not (row["places"].isascii() and row["places"].isdigit()):
        raise TerritoryError(f"{where}: {row['places']!r} non è un numero di posti")
    for column in ("type", "presence", "stage"):
        if not re.fullmatch(r"[a-z0-9-]*", row[column]):
            raise TerritoryError(f"{where}: {row[column]!r} non è un concetto")
    return ServiceFact(
        holder=ns.resource("luogo", row["istat"]),
        name=_digest(*(row[column] for column in REGISTER_COLUMNS if column != "source")),
        ambito=ambito_of(row["istat"]),
        comuni=(row["istat"],),
        type=row["type"],
        presence=row["presence"],
        stage=row["stage"],
        evidence=REGISTER_EVIDENCE,
        date=_date(row["date"], where),
        source_as_said=row["source"],
        title=row["title"],
        type_as_said=row["type_as_said"],
        places=int(row["places"]) if row["places"] else None,
        regulation=row["regulation"],
        status=row["status"],
    )


def _digest(*cells: str) -> str:
    """Ten hexadecimal digits that name a row by what it says."""
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:10]


def _date(text: str, where: str) -> str:
    if text and not _DATE.fullmatch(text):
        raise TerritoryError(f"{where}: {text!r} is no date")
    return text
