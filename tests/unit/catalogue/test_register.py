"""The Region's register as CSV: good lines enter whole, bad ones are named, none enters halfway."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from talea_catalogue.errors import ImportFileError
from talea_catalogue.gazetteer import Gazetteer
from talea_catalogue.intake.register import MAX_BYTES, RegisterReport, import_register
from talea_catalogue.service_facts import PRESENT, UNCERTAIN
from talea_catalogue.sources import Sources

HEADER = "Comune;Tipologia;Denominazione;Posti;Articolo;Stato;Data\n"
GOOD = "Bari;Asilo nido;Il girotondo;30;art. 53;Iscritto;01/09/2022\n"
Import = Callable[..., RegisterReport]


@pytest.fixture
def load(tmp_path: Path, sources: Sources) -> Import:
    """`load(text)`: import a file that says `text` into the home `tmp_path/home`."""

    def run(text: str | bytes, name: str = "servizi.csv") -> RegisterReport:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return import_register(path, sources, tmp_path / "home")

    return run


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return tmp_path / "home" / "territory" / "register.csv"


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def said(report: RegisterReport) -> list[str]:
    return [str(problem) for problem in report.problems]


def test_a_line_becomes_a_fact(load: Import, register: Path, sources: Sources) -> None:
    report = load(HEADER + GOOD)
    assert (report.entered, report.written, report.problems) == (1, True, [])
    gazetteer = Gazetteer.load(sources.territory, register.parent)
    assert gazetteer.faults == ()
    fact = gazetteer.services[-1]
    assert (fact.comuni, fact.ambito, fact.type) == (("072006",), "ats-bari", "nido")
    assert (fact.places, fact.regulation, fact.date) == (30, "art. 53", "2022-09-01")
    assert (fact.presence, fact.stage, fact.status) == (PRESENT, "iscritto", "Iscritto")
    assert fact.iri.startswith("https://w3id.org/talea/id/luogo/072006/servizio/")
    assert "servizi.csv" in fact.source_as_said


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 con BOM"),
        ("latin-1", "Windows-1252 (Latin-1)"),
        ("cp1252", "Windows-1252 (Latin-1)"),
    ],
)
def test_encodings_and_separators(
    load: Import, register: Path, delimiter: str, codec: str, named: str
) -> None:
    text = "Città;Comune;Tipologia servizio\nx;Nardò;Comunità per età évolutive\n"
    report = load(text.replace(";", delimiter).encode(codec))
    assert report.problems == []
    assert f"letto come {named}" in report.notes
    assert "colonne non lette: «Città»" in report.notes
    (row,) = lines(register)
    assert (row["istat"], row["type_as_said"]) == ("075052", "Comunità per età évolutive")
    assert row["type"] == ""
    assert report.unmapped == {"Comunità per età évolutive": 1}


@pytest.mark.parametrize(
    ("code", "name"),
    [("072006", ""), ("72006", "Bari"), ("", "COMUNE DI BARI"), ("072006", "bari")],
)
def test_a_comune_by_code_or_by_name(load: Import, register: Path, code: str, name: str) -> None:
    report = load(f"Codice ISTAT,Comune,Tipo\n{code},{name},PUA\n")
    assert said(report) == []
    assert [(r["istat"], r["type"]) for r in lines(register)] == [("072006", "pua")]


def test_types_by_their_labels(load: Import, register: Path) -> None:
    names = {
        "Centro socio-educativo diurno": "centro-diurno-minori",
        "CENTRO ASCOLTO FAMIGLIE": "centro-servizi-famiglie",
        "Asilo nido (art. 53)": "nido",
        "Porta Unica di Accesso (PUA)": "pua",
        "Comunità familiare": "",
        "Famiglie e minori": "",
        "???": "",
    }
    load("Comune;Tipo\n" + "".join(f"Bari;{name}\n" for name in names))
    assert {r["type_as_said"]: r["type"] for r in lines(register)} == names


def test_each_fault_is_named_at_its_cell(load: Import, register: Path) -> None:
    rows = [
        (";Asilo nido;;;;;", "riga 2: Comune: manca il Comune"),
        ("Atlantide;Asilo nido;;;;;", "riga 3: Comune: «Atlantide» non è il nome di un Comune"),
        ("Matera;Asilo nido;;;;;", "riga 4: Comune: «Matera» non è in Puglia (Basilicata)"),
        ("Bari;;;;;;", "riga 5: Tipologia: manca il tipo di servizio"),
        ("Bari;Asilo nido;;-3;;;", "riga 6: Posti: «-3» non è un numero di posti"),
        ("Bari;Asilo nido;;1.000;;;", "riga 7: Posti: «1.000» non è un numero di posti"),
        ("Bari;Asilo nido;;1e3;;;", "riga 8: Posti: «1e3» non è un numero di posti"),
        (
            "Bari;Asilo nido;;;;;31/02/2022",
            "riga 9: Data: «31/02/2022» non è una data: si scrive 31/12/2025 o 2025-12-31",
        ),
        (
            'Bari;Asilo nido;"=HYPERLINK(""http://x"")";;;;',
            "riga 10: Denominazione: è una formula, non un valore",
        ),
        (
            "Bari;Asilo nido;a\0b;;;;",
            "riga 11: Denominazione: contiene un segno che non si vede",
        ),
        ("Bari;Asilo nido", "riga 12: riga: ha 2 celle, l'intestazione ne ha 7"),
        (
            f"Bari;{'x' * 1001};;;;;",
            "riga 13: Tipologia: supera 1000 caratteri",
        ),
    ]
    report = load(HEADER + "".join(row + "\n" for row, _ in rows) + GOOD)
    assert said(report) == [message for _, message in rows]
    assert report.entered == len(lines(register)) == 1


def test_a_quote_that_swallows_lines_is_named_where_it_opens(load: Import) -> None:
    text = HEADER + 'Bari;Asilo nido;"Il girotondo;30;;;\nBari;PUA;";5;;;\n' + GOOD
    report = load(text)
    assert report.entered == 1
    (problem,) = said(report)
    assert problem.startswith("riga 2: ")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ('Bari;"Asilo nido;x;1;;;\n' + GOOD, "una virgoletta aperta non è chiusa"),
        (GOOD + 'Bari;"Asilo" nido;x;1;;;\n', "dopo una virgoletta di chiusura c'è altro testo"),
        (GOOD + 'Bari;"' + "x" * 140_000 + '";x;1;;;\n', "una cella è troppo lunga"),
    ],
)
def test_what_is_no_table_enters_nothing(
    load: Import, register: Path, rows: str, reason: str
) -> None:
    load(HEADER + GOOD)
    before = register.read_bytes()
    with pytest.raises(ImportFileError, match=reason):
        load(HEADER + rows)
    assert register.read_bytes() == before


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "è vuoto"),
        (b"\n\n", "è vuoto"),
        (b"PK\x03\x04rest", "è un foglio di calcolo"),
        (HEADER.encode("utf-16"), "è in UTF-16"),
        (b"\0\0\0\n", "byte nulli"),
        (b"a;b;c\n1;2;3\n", "servono il Comune"),
        (b"Comune\nBari\n", "servono il Comune"),
        (b"Comune;Tipo;Tipologia\nBari;x;y\n", "sono la stessa colonna"),
    ],
)
def test_files_that_are_no_register(load: Import, register: Path, data: bytes, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason):
        load(data)
    assert not register.exists()


def test_a_header_alone_changes_nothing(load: Import, register: Path) -> None:
    load(HEADER + GOOD)
    before = register.read_bytes()
    report = load(HEADER)
    assert (report.entered, report.written) == (0, False)
    assert "nessuna riga buona: il registro di prima resta com'era" in report.notes
    assert register.read_bytes() == before


def test_a_file_of_more_than_100_mb(load: Import, tmp_path: Path, sources: Sources) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(HEADER.encode())
        os.truncate(file.fileno(), MAX_BYTES + 1)
    with pytest.raises(ImportFileError, match="supera 100000000 byte"):
        import_register(path, sources, tmp_path / "home")


def test_too_many_lines(load: Import, register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talea_catalogue.intake.register.MAX_ROWS", 3)
    with pytest.raises(ImportFileError, match="più di 3 righe"):
        load(HEADER + GOOD * 4)
    assert not register.exists()


def test_what_is_no_file(tmp_path: Path, sources: Sources) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(ImportFileError, match=r"non è un file|non esiste"):
            import_register(path, sources, tmp_path / "home")


def test_repeated_lines_count_once(load: Import, register: Path) -> None:
    report = load(HEADER + GOOD * 3)
    assert (report.entered, report.repeated) == (1, 2)
    assert len(lines(register)) == 1
    assert "2 righe ripetute, contate una volta sola" in list(report.lines())


def test_again_changes_nothing_and_another_replaces_whole(load: Import, register: Path) -> None:
    first = HEADER + GOOD + "Lecce;PUA;;;;;\n"
    assert load(first).written
    stamp = register.stat().st_mtime_ns
    assert not load(first).written
    assert register.stat().st_mtime_ns == stamp
    assert load(HEADER + "Foggia;PUA;;;;;\n").written
    assert [row["istat"] for row in lines(register)] == ["071024"]


def test_the_order_of_lines_does_not_matter(load: Import, sources: Sources, register: Path) -> None:
    rows = [GOOD, "Lecce;PUA;;;;;\n", "Bari;PUA;;;;;\n"]
    found = []
    for order in (rows, rows[::-1]):
        load(HEADER + "".join(order))
        facts = Gazetteer.load(sources.territory, register.parent).services
        found.append([fact.iri for fact in facts])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("status", "presence"),
    [
        ("", PRESENT),
        ("Iscritto", PRESENT),
        ("Autorizzata in via definitiva", PRESENT),
        ("Cessato", UNCERTAIN),
        ("Autorizzazione revocata", UNCERTAIN),
        ("attività sospesa", UNCERTAIN),
    ],
)
def test_a_status_that_does_not_say_that_it_stands(
    load: Import, register: Path, status: str, presence: str
) -> None:
    report = load(f"Comune;Tipo;Stato\nBari;PUA;{status}\n")
    (row,) = lines(register)
    assert (row["presence"], row["status"]) == (presence, status)
    assert bool(report.unclear) == (presence == UNCERTAIN)


def test_a_write_that_fails_leaves_the_register_as_it_was(
    load: Import, register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(HEADER + GOOD)
    before = register.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ImportFileError, match="lo spazio su disco è finito"):
        load(HEADER + "Lecce;PUA;;;;;\n")
    assert register.read_bytes() == before
    assert [p.name for p in register.parent.iterdir()] == ["register.csv"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "istat,type\n072006,nido\n",
        "{header}\n072006,nido,x,,-1,,,accertata,,,\n",
        "{header}\n015146,nido,x,,,,,accertata,,,\n",
        "{header}\n072006,nido>,x,,,,,accertata,,,\n",
        "{header}\n072006,nido,x,,,,,accertata,,ieri,\n",
        '{header}\n072006,"nido,x,,,,,accertata,,,\n',
        "{header}\n072006\n",
        "{header}\n072006,nido,x,,,,,accertata,,,,,\n",
        b"\xff\xfe\x00",
    ],
)
def test_a_register_spoilt_by_hand_is_left_out_and_named(
    sources: Sources, register: Path, text: str | bytes
) -> None:
    columns = "istat,type,type_as_said,title,places,regulation,status,presence,stage,date,source"
    register.parent.mkdir(parents=True)
    data = text if isinstance(text, bytes) else text.replace("{header}", columns).encode()
    register.write_bytes(data)
    gazetteer = Gazetteer.load(sources.territory, register.parent)
    assert len(gazetteer.services) == 276
    assert bool(gazetteer.faults) == bool(data)


def test_a_register_that_is_no_file_or_too_long_is_left_out(
    sources: Sources, register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.parent.mkdir(parents=True)
    os.mkfifo(register)
    assert "non è un file" in Gazetteer.load(sources.territory, register.parent).faults[0]
    register.unlink()
    register.write_text("x" * 100)
    monkeypatch.setattr("talea_catalogue.service_facts.MAX_REGISTER_BYTES", 99)
    assert "supera 99 byte" in Gazetteer.load(sources.territory, register.parent).faults[0]


def test_a_register_of_the_size_of_the_regions_is_quick(load: Import, sources: Sources) -> None:
    """As many lines as the Region's has: a time that a person waits for."""
    comuni = [c.name for c in Gazetteer.load(sources.territory).comuni_puglia]
    rows = [
        f"{comuni[n % 257]};Comunità di tipo {n % 40};Struttura {n};{n % 90};art. {n % 110};;2022\n"
        for n in range(4_923)
    ]
    start = time.perf_counter()
    report = load(HEADER + "".join(rows))
    assert time.perf_counter() - start < 10
    assert (report.entered, report.problems) == (4_923, [])


def test_the_command_line_says_what_entered_and_what_did_not(
    tmp_path: Path, register: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from talea_api.cli import main

    path = tmp_path / "Servizi.CSV"
    path.write_text(HEADER + GOOD + "Atlantide;PUA;;;;;\n", encoding="utf-8")
    home = str(tmp_path / "home")
    assert main(["import", str(path), "--home", home]) == 1
    out, err = capsys.readouterr()
    assert "letto come UTF-8" in out
    assert "riga 3: Comune: «Atlantide» non è il nome di un Comune" in err
    assert "1 servizio nel registro, 1 problema" in err
    assert len(lines(register)) == 1
    path.write_text(HEADER + GOOD + "Lecce;PUA;;;;;\n", encoding="utf-8")
    assert main(["import", str(path), "--home", home]) == 0
    assert "2 servizi nel registro, 0 problemi" in capsys.readouterr().err
    assert main(["import", str(path), "--home", home]) == 0
    assert "2 servizi nel registro, come prima, 0 problemi" in capsys.readouterr().err
    path.write_text(HEADER, encoding="utf-8")
    assert main(["import", str(path), "--home", home]) == 1
    assert "il registro di prima resta" in capsys.readouterr().out
