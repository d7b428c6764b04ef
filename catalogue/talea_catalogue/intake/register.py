"""`talea import FILE.csv`: the Region's register of social services becomes facts of the home.

The register is a table with a line for each service; `docs/register.md` says which columns are
read and under which names. Good lines become `TALEA_HOME/territory/register.csv`, one normal form
whatever the file was like, which the gazetteer reads at the next build; bad ones are named by line
and column and stay out. An import replaces the register of before whole and in one step, or not at
all.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from unicodedata import category

from .. import records
from ..errors import ImportFileError, system_reason
from ..gazetteer import AmbiguousPlace, Gazetteer, UnknownPlace
from ..service_facts import PRESENT, REGISTER, REGISTER_COLUMNS, UNCERTAIN
from ..sources import Sources
from ..text import fold, slugify
from ..vocabulary import Scheme, Vocabulary
from .disk import read_file
from .json_file import Problem

__all__ = ["RegisterReport", "import_register"]

MAX_BYTES: Final = 100_000_000
"""Largest file to import, in bytes."""
MAX_ROWS: Final = 100_000
"""Most lines of a register: the Region's has about 5,000."""
MAX_CELL: Final = 1_000
"""Longest cell, in characters."""
MAX_PLACES: Final = 100_000

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "istat": ("codice istat", "istat", "codice istat comune", "cod istat", "istat comune"),
    "comune": ("comune", "comune sede", "sede comune", "nome comune", "comune di ubicazione"),
    "type": (
        "tipologia",
        "tipo",
        "tipo di servizio",
        "tipo servizio",
        "tipologia di servizio",
        "tipologia servizio",
        "tipologia struttura",
        "tipologia struttura servizio",
    ),
    "title": (
        "denominazione",
        "nome",
        "denominazione servizio",
        "denominazione struttura",
        "denominazione struttura servizio",
    ),
    "places": ("posti", "numero posti", "n posti", "posti autorizzati", "capacita", "ricettivita"),
    "regulation": (
        "articolo",
        "art",
        "articolo regolamento",
        "articolo del regolamento",
        "regolamento",
        "riferimento normativo",
    ),
    "status": ("stato", "stato iscrizione", "stato di iscrizione"),
    "date": ("data", "data iscrizione", "data di iscrizione", "data autorizzazione", "data atto"),
}
"""Column -> the names that its header may have, folded, with signs as spaces."""

_Fault = Callable[[str, str], None]
"""Says what is wrong with a line: the column and the reason."""
_DELIMITERS: Final = {";": "punto e virgola", ",": "virgola", "\t": "tabulazione"}
_STANDS: Final = re.compile(
    r"(in esercizio|(iscritt|autorizzat|accreditat|registrat|attiv|operativ)[oaie])"
    r"( (definitivamente|provvisoriamente|in via (definitiva|provvisoria)))?"
)
"""Statuses, folded, that say that the service stands in the register."""
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_HIDDEN: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of writing: a name with them reads otherwise than it is."""


@dataclass(slots=True)
class RegisterReport:
    """What an import did. `entered` counts facts; `written` is False where nothing changed.

    `notes` are lines in Italian on how the file was read; `repeated` the lines said before;
    `unmapped` counts types that the vocabulary does not have, `unclear` statuses that do not say
    whether the service stands.
    """

    entered: int = 0
    written: bool = False
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    repeated: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """The report in words, problems apart."""
        yield from self.notes
        if self.repeated:
            yield f"{self.repeated} righe ripetute, contate una volta sola"
        for text, counter in (
            ("tipo senza concetto, tenuto come scritto", self.unmapped),
            ("stato che non dice se il servizio c'è", self.unclear),
        ):
            for name, count in sorted(counter.items()):
                yield f"{text}: «{name}» ({count})"


def import_register(path: Path, sources: Sources, home: Path) -> RegisterReport:
    """Make `path` the register of `home`; raises `ImportFileError` if it is no register.

    Where no line is good, or the file is no table, the register of before stays as it was.
    """
    data = _read(path)
    report = RegisterReport()
    text = _decode(path, data, report)
    source = f"{path.name}, SHA-256 {hashlib.sha256(data).hexdigest()[:16]}"
    reader = _Lines(
        Gazetteer.load(sources.territory),
        Vocabulary.load(sources.ontology / "vocabularies").schemes["tipo-servizio"],
        report,
    )
    found: set[tuple[str, ...]] = set()
    for row in reader.rows(path, text):
        line = tuple({**row, "source": source}[column] for column in REGISTER_COLUMNS)
        report.repeated += line in found
        found.add(line)
    report.entered = len(found)
    if found:
        report.written = _write(home / "territory", sorted(found))
    else:
        report.notes.append("nessuna riga buona: il registro di prima resta com'era")
    return report


def _write(folder: Path, lines: list[tuple[str, ...]]) -> bool:
    """Put the register in place; `False` where it already says exactly this."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REGISTER_COLUMNS)
    writer.writerows(lines)
    data = text.getvalue().encode()
    path = folder / f"{REGISTER}.csv"
    try:
        if path.exists() and path.read_bytes() == data:
            return False
        folder.mkdir(parents=True, exist_ok=True)
        records.write_atomically(path, data)
    except OSError as error:
        raise ImportFileError(f"{folder}: non si può scrivere ({system_reason(error)})") from error
    return True


# --- The file ---


def _read(path: Path) -> bytes:
    data = read_file(path, MAX_BYTES, f"{MAX_BYTES} byte")
    if not data.strip():
        raise ImportFileError(f"{path}: è vuoto")
    if data.startswith(b"PK\x03\x04"):
        raise ImportFileError(f"{path}: è un foglio di calcolo, non un CSV: salvalo come CSV")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ImportFileError(f"{path}: è in UTF-16: salvalo come CSV in UTF-8")
    return data


def _decode(path: Path, data: bytes, report: RegisterReport) -> str:
    """The text of the file. Bytes that are no UTF-8 are taken for those that Windows writes."""
    names = {
        "utf-8-sig": "UTF-8 con BOM" if data.startswith(b"\xef\xbb\xbf") else "UTF-8",
        "cp1252": "Windows-1252 (Latin-1)",
        "latin-1": "Latin-1",
    }
    for codec, name in names.items():
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        report.notes.append(f"letto come {name}")
        return text
    raise ImportFileError(f"{path}: codifica sconosciuta")  # pragma: no cover - latin-1 takes all


# --- Its lines ---


class _Lines:
    """Turns the lines of a file into rows in normal form, and says why some do not enter."""

    def __init__(self, gazetteer: Gazetteer, types: Scheme, report: RegisterReport) -> None:
        self._gazetteer = gazetteer
        self._report = report
        groups = {concept.broader for concept, _ in types.concepts}
        self._types = {
            slugify(label): concept.notation
            for concept, _ in types.concepts
            if concept.iri not in groups
            for label in (concept.label_it, *concept.alt_labels, *concept.hidden_labels)
        }

    def rows(self, path: Path, text: str) -> Iterator[dict[str, str]]:
        """The good rows, without their source; raises `ImportFileError` for what is no table."""
        stream = io.StringIO(text, newline="")
        header, delimiter = self._header(path, stream)
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        count = 0
        while True:
            first = self._header_lines + reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise ImportFileError(
                    f"{path}: dalla riga {first} non è un CSV: {_in_italian(error)}. "
                    "Nessuna riga è entrata"
                ) from error
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise ImportFileError(f"{path}: ha più di {MAX_ROWS} righe. Nessuna è entrata")
            row = self._row(cells, header, first)
            if row is not None:
                yield row

    def _header(self, path: Path, stream: io.StringIO) -> tuple[dict[str, tuple[int, str]], str]:
        """Column -> its place and its name in the file; and what separates the cells."""
        line, self._header_lines = stream.readline(), 1
        if line.startswith("sep="):  # what a spreadsheet writes for itself
            line, self._header_lines = stream.readline(), 2
        if "\0" in line:
            raise ImportFileError(f"{path}: l'intestazione contiene byte nulli: non è un testo")
        names, delimiter = max(
            ((_cells(line, sign), sign) for sign in _DELIMITERS),
            key=lambda one: len(_columns(one[0])),
        )
        columns = _columns(names)
        found: dict[str, tuple[int, str]] = {}
        for place, column in columns:
            if column in found:
                raise ImportFileError(
                    f"{path}: «{found[column][1]}» e «{names[place]}» sono la stessa colonna"
                )
            found[column] = (place, names[place].strip())
        if "type" not in found or not {"istat", "comune"} & set(found):
            listed = ", ".join(f"«{name.strip()[:60]}»" for name in names[:30])
            raise ImportFileError(
                f"{path}: servono il Comune (nome o codice ISTAT) e il tipo di servizio; "
                f"le colonne sono {listed}"
            )
        self._width = len(names)
        self._report.notes.append(f"celle separate da {_DELIMITERS[delimiter]}")
        known = {place for place, _ in columns}
        if ignored := [name.strip() for place, name in enumerate(names) if place not in known]:
            listed = ", ".join(f"«{name[:60]}»" for name in ignored[:30])
            self._report.notes.append(f"colonne non lette: {listed}")
        return found, delimiter

    def _row(
        self, cells: list[str], header: dict[str, tuple[int, str]], number: int
    ) -> dict[str, str] | None:
        """The row in normal form, or None after having said what is wrong with it."""
        faults = len(self._report.problems)

        def fault(column: str, message: str) -> None:
            name = header[column][1] if column in header else column
            self._report.problems.append(Problem(f"riga {number}", name, message))

        if len(cells) != self._width:
            fault("riga", f"ha {len(cells)} celle, l'intestazione ne ha {self._width}")
            return None
        given = {}
        for column, (place, _) in header.items():
            given[column] = re.sub(" +", " ", cells[place]).strip()
            if reason := _unfit(given[column]):
                fault(column, reason)
        if len(self._report.problems) > faults:
            return None
        said = given["type"]
        if not said:
            fault("type", "manca il tipo di servizio")
        row = {column: given.get(column, "") for column in ("title", "regulation", "status")}
        row |= {
            "istat": self._comune(given, fault),
            "places": _places(given.get("places", ""), fault),
            "date": _date(given.get("date", ""), fault),
            "type": self._type(said),
            "type_as_said": said,
        }
        if len(self._report.problems) > faults:
            return None
        stands = not row["status"] or bool(_STANDS.fullmatch(fold(row["status"])))
        row["presence"] = PRESENT if stands else UNCERTAIN
        row["stage"] = "iscritto" if stands else ""
        if not row["type"]:
            self._report.unmapped[said] += 1
        if not stands:
            self._report.unclear[row["status"]] += 1
        return row

    def _type(self, said: str) -> str:
        """The notation of a type, by its label, what stands in brackets at the end left out."""
        bare = said.rpartition("(")[0] if said.endswith(")") else said
        for text in (said, bare):
            try:
                if notation := self._types.get(slugify(text)):
                    return notation
            except ValueError:
                return ""
        return ""

    def _comune(self, given: dict[str, str], fault: _Fault) -> str:
        """The ISTAT code of the Comune, which is in Puglia; blank after a fault."""
        code, name = given.get("istat", ""), given.get("comune", "")
        if not code and not name:
            fault("istat" if "istat" in given else "comune", "manca il Comune")
            return ""
        by_name = self._named(name, fault) if name else ""
        if not code:
            return by_name
        try:
            found = self._gazetteer.by_istat(code.zfill(6))
        except UnknownPlace:
            fault("istat", f"«{code}» non è il codice ISTAT di un Comune")
            return ""
        if found.region != "Puglia":
            fault("istat", f"{found.name} ({found.istat}) non è in Puglia")
        elif by_name and by_name != found.istat:
            fault("istat", f"«{code}» è il codice di {found.name}, non di «{name}»")
        return found.istat

    def _named(self, name: str, fault: _Fault) -> str:
        bare = re.sub(r"(?i)^comune di\s+", "", name)
        try:
            found = self._gazetteer.find(bare, region="Puglia")
            elsewhere = None if found else self._gazetteer.find(bare)
        except AmbiguousPlace as error:
            found, elsewhere = None, error.candidates[0]
        if found is not None:
            return found.istat
        if elsewhere is not None:
            fault("comune", f"«{name}» non è in Puglia ({elsewhere.region})")
        else:
            fault("comune", f"«{name}» non è il nome di un Comune")
        return ""


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _columns(names: list[str]) -> list[tuple[int, str]]:
    """Place and column of each header that is known."""
    found = []
    for place, name in enumerate(names):
        plain = " ".join(re.findall(r"\w+", fold(name)))
        column = next((c for c, headers in HEADERS.items() if plain in headers), None)
        if column is not None:
            found.append((place, column))
    return found


def _unfit(text: str) -> str | None:
    """Why a cell cannot be taken, or None."""
    if "\n" in text or "\r" in text:
        return "contiene un a capo: forse una virgoletta non è chiusa"
    if any(category(sign) in _HIDDEN or sign in _TURNS for sign in text):
        return "contiene un segno che non si vede"
    if len(text) > MAX_CELL:
        return f"supera {MAX_CELL} caratteri"
    if text.startswith("="):
        return "è una formula, non un valore"
    return None


def _places(text: str, fault: _Fault) -> str:
    """A whole number of places; `12,0` is 12."""
    whole = re.sub(r"[.,]0{1,2}$", "", text)
    if not whole:
        return ""
    if not (whole.isascii() and whole.isdigit()) or int(whole[:10]) > MAX_PLACES:
        fault("places", f"«{text[:60]}» non è un numero di posti")
        return ""
    return str(int(whole))


def _date(text: str, fault: _Fault) -> str:
    """An ISO day, or a year; the time of day is left out."""
    text = re.sub(r"[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$", "", text)
    if not text or re.fullmatch(r"(19|20)\d\d", text):
        return text
    for form in _DATES:
        try:
            found = datetime.strptime(text, form)
        except ValueError:
            continue
        if 1900 <= found.year <= 2100:
            return found.date().isoformat()
    fault("date", f"«{text[:60]}» non è una data: si scrive 31/12/2025 o 2025-12-31")
    return ""


def _in_italian(error: csv.Error) -> str:
    """What the CSV reader says, in the words of who reads the report."""
    reasons = {
        "unexpected end of data": "una virgoletta aperta non è chiusa",
        "expected after": "dopo una virgoletta di chiusura c'è altro testo",
        "field larger": "una cella è troppo lunga: forse una virgoletta non è chiusa",
    }
    return next((text for sign, text in reasons.items() if sign in str(error)), str(error))
