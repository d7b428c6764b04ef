"""A workbook that strangers send, opened without trusting it.

A spreadsheet is a zip of XML files: either can be made to fill the memory, to run something, or to
be something else. Everything is looked at from outside, in bounded space, before the reader of
workbooks sees it. Each refusal is one plain sentence.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook

from ...errors import ImportFileError
from ..disk import read_file

MAX_BYTES = 50_000_000
"""Largest workbook, in bytes."""
MAX_UNPACKED = 200_000_000
"""Largest content of a workbook, in bytes, as its directory declares it."""
MAX_RATIO = 200
"""How many times a part of over a million bytes may be larger than its packed form."""
MAX_FILES = 1_000
MAX_CELLS = 400_000
MAX_AREA = 100_000
"""Most cells that merged areas and links may cover together."""

_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MACRO = re.compile(r"vba(Project|Data)|macrosheets|\.bas$", re.IGNORECASE)
_MACRO_TYPES = (b"macroEnabled", b"vbaProject")
_BOOK, _TYPES = "xl/workbook.xml", "[Content_Types].xml"
_SAVE_AS = "aprilo e salvalo di nuovo come «Cartella di lavoro di Excel (.xlsx)»"


@dataclass(slots=True)
class Opened:
    """A workbook and what is to be said of it before reading a cell."""

    book: Workbook
    notices: list[str] = field(default_factory=list)


def open_book(path: Path) -> Opened:
    """Open a workbook; raises `ImportFileError` with the reason in Italian."""
    data = read_file(path, MAX_BYTES, f"{MAX_BYTES // 1_000_000} MB")
    try:
        archive = _archive(data)
        names = _listed(archive)
        _bounded(archive)
        cells = 0
        for part in _parts(archive):
            cells += part
            if cells > MAX_CELLS:
                raise ImportFileError(f"ha più di {MAX_CELLS} celle: dividilo in più file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the reader leaves out of a report's looks
            book = load_workbook(io.BytesIO(data), keep_links=False)
    except ImportFileError as error:
        raise ImportFileError(f"{path}: {error}") from error
    except MemoryError:
        raise
    except Exception as error:
        # The reader raises whatever a broken part makes it stumble on: all of it means this.
        raise ImportFileError(f"{path}: il file è rovinato o incompleto: {_SAVE_AS}") from error
    notices = []
    if any(name.startswith("xl/externalLinks/") for name in names):
        notices.append("rimanda ad altri file, che non sono stati letti")
    return Opened(book, notices)


def _archive(data: bytes) -> zipfile.ZipFile:
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise ImportFileError("è protetto da una password: togli la password e salvalo")
        raise ImportFileError(f"è nel vecchio formato .xls: {_SAVE_AS}")
    if not data:
        raise ImportFileError("è vuoto")
    if not data.startswith(b"PK"):
        raise ImportFileError(f"non è una cartella di Excel, anche se si chiama .xlsx: {_SAVE_AS}")
    return zipfile.ZipFile(io.BytesIO(data))


def _listed(archive: zipfile.ZipFile) -> set[str]:
    """The names of the parts of a workbook without macros."""
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_FILES or len(names) != len(entries):
        raise ImportFileError("non è fatto come una cartella di Excel: " + _SAVE_AS)
    if any(entry.flag_bits & 1 for entry in entries):
        raise ImportFileError("è protetto da una password: togli la password e salvalo")
    if "mimetype" in names or "content.xml" in names:
        raise ImportFileError(f"è nel formato .ods: {_SAVE_AS}")
    if "xl/workbook.bin" in names:
        raise ImportFileError(f"è nel formato .xlsb: {_SAVE_AS}")
    if _BOOK not in names or _TYPES not in names:
        raise ImportFileError(f"non è una cartella di Excel: {_SAVE_AS}")
    if any(_MACRO.search(name) for name in names):
        raise ImportFileError("contiene macro, che non si aprono: " + _SAVE_AS)
    return names


def _bounded(archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to too much. No more than declared is ever unpacked."""
    entries = archive.infolist()
    swollen = any(
        entry.file_size > 1_000_000 and entry.file_size > MAX_RATIO * entry.compress_size
        for entry in entries
    )
    if swollen or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise ImportFileError("si espande oltre misura quando si apre: non è stato letto")
    if any(word in archive.read(_TYPES) for word in _MACRO_TYPES):
        raise ImportFileError("contiene macro, che non si aprono: " + _SAVE_AS)


def _parts(archive: zipfile.ZipFile) -> Iterator[int]:
    """How many cells each XML part holds; refuses document types and areas without end."""
    for entry in archive.infolist():
        if not entry.filename.endswith((".xml", ".rels", ".vml")):
            continue
        area = 0
        with archive.open(entry) as file:
            try:
                cells = 0
                for _, element in iterparse(file, events=("end",), forbid_dtd=True):
                    name = element.tag.rpartition("}")[2]
                    if name == "c":
                        cells += 1
                        if not cells % 10_000:
                            yield 10_000
                    elif name in ("mergeCell", "hyperlink"):
                        area += _area(element)
                    if name in ("row", "si", "mergeCell", "hyperlink"):
                        element.clear()
                yield cells % 10_000
            except DefusedXmlException as error:
                raise ImportFileError(
                    "contiene definizioni che un foglio non ha: non è stato letto"
                ) from error
            except ParseError as error:
                if entry.filename.endswith(".vml"):  # drawings of comments are often ill formed
                    continue
                raise ImportFileError(f"il file è rovinato o incompleto: {_SAVE_AS}") from error
        if area > MAX_AREA:
            raise ImportFileError("ha aree unite o collegate senza fine: non è stato letto")


def _area(element: Any) -> int:
    try:
        left, top, right, bottom = range_boundaries(element.get("ref", ""))
    except ValueError:
        return MAX_AREA + 1
    if None in (left, top, right, bottom):
        return MAX_AREA + 1
    return int((right - left + 1) * (bottom - top + 1))
