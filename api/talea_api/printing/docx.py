"""A document as DOCX, to be corrected by hand: real headings, lists and tables, language set."""

import zipfile
from datetime import datetime
from io import BytesIO
from typing import Final

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Line

from ..language import Lang
from .document import REFUSED, Block, Document, Figure, Item, List, Paragraph, Table, Todo, Words

__all__ = ["written"]

_TAGS: Final[dict[Lang, str]] = {"it": "it-IT", "en": "en-GB"}
_STYLES: Final = {"bullet": "List Bullet", "number": "List Paragraph", "check": "List Paragraph"}
_BOX: Final = "☐ "
_GREEN: Final = RGBColor(0x00, 0x57, 0x3B)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_TEXT_WIDTH: Final = 17.0
"""Centimetres between the margins of an A4 page."""


def written(document: Document) -> bytes:
    """The document as a file of Word, the same bytes each time."""
    file = docx.Document()
    _set_up(file, document)
    file.add_paragraph(document.subtitle, style="Subtitle")
    file.add_heading(document.title, 0)
    for name, value in document.facts:
        line = file.add_paragraph()
        line.add_run(f"{name}: ").bold = True
        _say(line, value)
    for section in document.sections:
        file.add_heading(section.title, 1)
        for block in section.blocks:
            _block(file, block)
    made = BytesIO()
    file.save(made)
    return _dated(made.getvalue())


_LONGEST: Final = 255
"""Characters of a property of a file, which python-docx refuses more of."""


def _set_up(file: docx.document.Document, document: Document) -> None:
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    page.footer.paragraphs[0].text = document.foot
    core = file.core_properties
    core.title = REFUSED.sub(" ", f"{document.title} · {document.subtitle}")[:_LONGEST]
    core.author, core.last_modified_by, core.comments = "Talea", "Talea", ""
    core.language = _TAGS[document.lang]
    core.created = core.modified = datetime.fromisoformat(document.date)
    for style in file.styles:
        if style.type == WD_STYLE_TYPE.PARAGRAPH and style.name.startswith(("Heading", "Title")):
            style.font.color.rgb = _GREEN
    normal = file.styles["Normal"]
    normal.font.size = Pt(11)
    _language(normal.element.get_or_add_rPr(), _TAGS[document.lang])
    for defaults in file.styles.element.iter(qn("w:lang")):
        defaults.set(qn("w:val"), _TAGS[document.lang])


def _block(file: docx.document.Document, block: Block) -> None:
    if isinstance(block, Paragraph):
        _say(file.add_paragraph(), block.words)
    elif isinstance(block, List):
        style = file.styles[_STYLES[block.style]].style_id
        for number, item in enumerate(block.items, 1):
            _item(file, block, item, f"{number}. ", style)
    elif isinstance(block, Table):
        _table(file, block)
    elif isinstance(block, Todo):
        _say(file.add_paragraph(), block.words)
    elif isinstance(block, Figure):
        file.add_paragraph(block.alt)


def _item(file: docx.document.Document, block: List, item: Item, number: str, style: str) -> None:
    """Numbers are written out: a numbered style of Word would go on from the list before."""
    line = file.add_paragraph()
    line._p.style = style  # by its id: python-docx looks for a name among all styles at each turn
    if block.style == "check":
        line.add_run(_BOX)
    if block.style != "bullet":
        line.add_run(number)
    _say(line, item.line)
    for more in item.more:
        line.add_run().add_break()
        _say(line, more)


def _table(file: docx.document.Document, table: Table) -> None:
    made = file.add_table(len(table.rows) + 1, len(table.widths), "Table Grid")
    made.autofit = False
    wide = [Cm(_TEXT_WIDTH * share / sum(table.widths)) for share in table.widths]
    for column, width in zip(made.columns, wide, strict=True):
        column.width = width
    # By its elements: the cells of python-docx are looked for again at every turn.
    rows = [[_Cell(cell, made) for cell in row.tc_lst] for row in made._tbl.tr_lst]
    for cells in rows:
        for cell, width in zip(cells, wide, strict=True):
            cell.width = width
    for cell, text in zip(rows[0], table.head, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    made._tbl.tr_lst[0].get_or_add_trPr().append(repeated)
    for cells, values in zip(rows[1:], table.rows, strict=True):
        for cell, words in zip(cells, values, strict=True):
            _say(cell.paragraphs[0], words)
    file.add_paragraph()


def _say(line: Line, words: Words) -> None:
    if words.label:
        line.add_run(words.label + " ").bold = True
    run = line.add_run(words.text)
    if words.italian:
        _language(run._r.get_or_add_rPr(), _TAGS["it"])
    if words.href:
        relation = line.part.relate_to(words.href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), relation)
        run.font.underline = True
        run.font.color.rgb = _GREEN
        line._p.append(link)
        link.append(run._r)


def _language(properties: object, tag: str) -> None:
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), tag)
    properties.append(language)  # type: ignore[attr-defined]


def _dated(file: bytes) -> bytes:
    """The same package with no time of day in it."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(file)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(name))
    return made.getvalue()
