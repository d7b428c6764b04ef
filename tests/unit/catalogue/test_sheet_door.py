"""What strangers send instead of a form: refused in one sentence, before anything is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from talea_catalogue.errors import ImportFileError
from talea_catalogue.intake.sheet import door, import_sheet, write_template
from talea_catalogue.sources import Sources

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
SHEET = "xl/worksheets/sheet2.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> bytes:
    path = tmp_path_factory.mktemp("form") / "modulo.xlsx"
    write_template(path, sources)
    return path.read_bytes()


def rezipped(
    data: bytes, changed: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The same archive with some parts changed or added; `b""` takes one away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, content in changed.items():
            if content:
                new.writestr(name, content)
    return out.getvalue()


def sheet(inner: str, head: str = "") -> bytes:
    return f'{head}<worksheet xmlns="{MAIN}">{inner}</worksheet>'.encode()


def encrypted(data: bytes) -> bytes:
    """The archive with the flag of a password on each part."""
    out = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(mark)
        while at >= 0:
            out[at + offset] |= 1
            at = out.find(mark, at + 4)
    return bytes(out)


def twice(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", b"<x/>")
    return out.getvalue()


LAUGHS = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

CELLS = sheet("<row>" + "<c/>" * 400_001 + "</row>")
FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "è vuoto"),
    "a csv": (lambda _: b"titolo;ente\nOrti;Trani\n", "non è una cartella di Excel"),
    "old excel": (lambda _: OLE, "vecchio formato .xls"),
    "password": (
        lambda _: OLE + "EncryptedPackage".encode("utf-16-le"),
        "protetto da una password",
    ),
    "zip password": (encrypted, "protetto da una password"),
    "cut": (lambda data: data[: len(data) // 2], "rovinato o incompleto"),
    "bytes turned": (lambda data: data[:3000] + b"\0" * 3000 + data[6000:], "rovinato"),
    "open document": (
        lambda _: rezipped_new({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "formato .ods",
    ),
    "binary workbook": (lambda _: rezipped_new({"xl/workbook.bin": b"x"}), "formato .xlsb"),
    "another zip": (lambda _: rezipped_new({"letter.txt": b"x"}), "non è una cartella di Excel"),
    "macros": (lambda data: rezipped(data, {"xl/vbaProject.bin": b"x"}), "contiene macro"),
    "macros by type": (
        lambda data: rezipped(data, {"[Content_Types].xml": b"<Types>macroEnabled</Types>"}),
        "contiene macro",
    ),
    "old macros": (lambda data: rezipped(data, {"xl/macrosheets/s.xml": b"<x/>"}), "macro"),
    "two of one name": (twice, "non è fatto come una cartella"),
    "too many parts": (
        lambda data: rezipped(data, {f"x/{n}": b"x" for n in range(1_001)}),
        "non è fatto come una cartella",
    ),
    "bomb": (
        lambda data: rezipped(data, {SHEET: sheet("<!--" + " " * 50_000_000 + "-->")}),
        "si espande oltre misura",
    ),
    "laughs": (lambda data: rezipped(data, {SHEET: sheet("&b;", LAUGHS)}), "definizioni"),
    "outside entity": (
        lambda data: rezipped(
            data, {SHEET: sheet("&x;", '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>')}
        ),
        "definizioni",
    ),
    "cells without end": (
        lambda data: rezipped(
            data, {SHEET: sheet("<row>" + "<c/>" * 400_001 + "</row>")}, method=0
        ),
        "celle: dividilo",
    ),
    "merged without end": (
        lambda data: rezipped(
            data, {SHEET: sheet('<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')}
        ),
        "senza fine",
    ),
    "linked without end": (
        lambda data: rezipped(
            data, {SHEET: sheet('<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>')}
        ),
        "senza fine",
    ),
    "not xml": (lambda data: rezipped(data, {SHEET: b"<worksheet"}), "rovinato"),
    "not a sheet": (lambda data: rezipped(data, {SHEET: b"<html/>"}), ""),
    "no sheets": (lambda data: rezipped(data, {"xl/workbook.xml": b"<workbook/>"}), ""),
}


def rezipped_new(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_form_is_refused_in_one_sentence(
    name: str, empty: bytes, tmp_path: Path, sources: Sources
) -> None:
    make, reason = FILES[name]
    path = tmp_path / "modulo.xlsx"
    path.write_bytes(make(empty))
    with pytest.raises(ImportFileError) as caught:
        import_sheet(path, sources, tmp_path / "home", tmp_path / "out.xlsx")
    said = str(caught.value)
    assert reason in said
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "out.xlsx").exists()


def test_a_hundred_megabytes_are_not_even_read(tmp_path: Path, sources: Sources) -> None:
    path = tmp_path / "modulo.xlsx"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(ImportFileError, match="supera 50 MB"):
        import_sheet(path, sources, tmp_path / "home")


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_path_that_is_no_file_is_named(kind: str, tmp_path: Path, sources: Sources) -> None:
    path = tmp_path / "x.xlsx"
    if kind == "folder":
        path.mkdir()
    with pytest.raises(ImportFileError, match=r"x\.xlsx: "):
        import_sheet(path, sources, tmp_path / "home")


def test_links_to_other_files_are_not_followed_and_said(
    empty: bytes, tmp_path: Path, sources: Sources
) -> None:
    path = tmp_path / "modulo.xlsx"
    path.write_bytes(rezipped(empty, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}))
    said = import_sheet(path, sources, tmp_path / "home")
    assert "rimanda ad altri file" in said.notices[0].reason


def test_a_workbook_of_somebody_else_is_told_which_form_to_use(
    tmp_path: Path, sources: Sources
) -> None:
    path = tmp_path / "bilancio.xlsx"
    Workbook().save(path)
    with pytest.raises(ImportFileError, match="manca il foglio «Pratiche»: usa il modulo"):
        import_sheet(path, sources, tmp_path / "home")


def test_a_sheet_or_a_column_that_is_there_twice_is_refused(
    empty: bytes, tmp_path: Path, sources: Sources
) -> None:
    path = tmp_path / "modulo.xlsx"
    book = load_workbook(io.BytesIO(empty))
    book.copy_worksheet(book["Pratiche"])
    book.save(path)
    with pytest.raises(ImportFileError, match="sono lo stesso foglio del modulo"):
        import_sheet(path, sources, tmp_path / "home")
    book = load_workbook(io.BytesIO(empty))
    book["Pratiche"]["AZ2"].value = book["Pratiche"]["B2"].value
    book.save(path)
    with pytest.raises(ImportFileError, match="la colonna «titolo» c'è due volte"):
        import_sheet(path, sources, tmp_path / "home")


def test_a_missing_required_column_keeps_every_row_out(
    empty: bytes, tmp_path: Path, sources: Sources
) -> None:
    path = tmp_path / "modulo.xlsx"
    book = load_workbook(io.BytesIO(empty))
    sheet_ = book["Pratiche"]
    column = next(cell.column for cell in sheet_[1] if cell.value == "fonti *")
    sheet_.delete_cols(column)
    sheet_["B3"].value = "Orti"
    book.save(path)
    said = import_sheet(path, sources, tmp_path / "home")
    assert any("manca la colonna «fonti»" in problem.reason for problem in said.problems)
    assert said.entries == []


# --- The report ---


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("modulo.xlsx", "è il file da importare"),
        ("folder", "è una cartella"),
        ("nowhere/out.xlsx", "non si può scrivere"),
        ("out.csv", "deve chiamarsi in .xlsx"),
        ("link.xlsx", "è il file da importare"),
    ],
)
def test_a_report_that_cannot_be_written_stops_all_before_it_begins(
    name: str, reason: str, empty: bytes, tmp_path: Path, sources: Sources
) -> None:
    path = tmp_path / "modulo.xlsx"
    path.write_bytes(empty)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.xlsx").symlink_to(path)
    with pytest.raises(ImportFileError, match=reason):
        import_sheet(path, sources, tmp_path / "home", tmp_path / name)
    assert path.read_bytes() == empty
    assert not (tmp_path / "home").exists()


def test_a_form_is_never_written_over_a_file(tmp_path: Path, sources: Sources) -> None:
    path = tmp_path / "modulo.xlsx"
    path.write_bytes(b"compilato")
    with pytest.raises(ImportFileError, match="esiste già"):
        write_template(path, sources)
    assert path.read_bytes() == b"compilato"
    with pytest.raises(ImportFileError, match="nessuna pratica «x»"):
        write_template(tmp_path / "altro.xlsx", sources, None, ["x"])
    with pytest.raises(ImportFileError, match="non si può scrivere"):
        write_template(tmp_path / "nowhere" / "m.xlsx", sources)


def test_areas_are_counted_by_their_corners() -> None:
    class Element:
        def __init__(self, ref: str) -> None:
            self._ref = ref

        def get(self, _: str, __: str) -> str:
            return self._ref

    assert door._area(Element("B2:C4")) == 6
    for ref in ("A:A", "1:3", "", "x y"):
        assert door._area(Element(ref)) > door.MAX_AREA
