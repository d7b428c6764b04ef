"""The spreadsheet form: what we write reads back, what people write enters or is named."""

from __future__ import annotations

import errno
import re
import time
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell

from talea_catalogue import mapping, records
from talea_catalogue import namespaces as ns
from talea_catalogue.errors import ImportFileError
from talea_catalogue.gazetteer import Gazetteer
from talea_catalogue.intake.sheet import SheetReport, import_sheet, write_template
from talea_catalogue.intake.sheet import cells as cells_module
from talea_catalogue.intake.sheet.names import Names, catalogue_names
from talea_catalogue.intake.sheet.plan import PRACTICES, Sort, Table, tables
from talea_catalogue.intake.sheet.reader import ENTERED, ERRORS, Reader, grids
from talea_catalogue.intake.sheet.rows import Row, to_object
from talea_catalogue.intake.sheet.rules import Rules
from talea_catalogue.intake.sheet.style import BAD, put
from talea_catalogue.intake.sheet.template import FIRST_ROW, form
from talea_catalogue.mapping import Companion, Many, Parts, Shape
from talea_catalogue.sources import Sources
from talea_catalogue.validate import validate
from talea_catalogue.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def rules(sources: Sources) -> Rules:
    return Rules.load(sources.ontology)


@pytest.fixture(scope="module")
def plan(rules: Rules) -> tuple[Table, ...]:
    return tables(rules)


@pytest.fixture(scope="module")
def names(sources: Sources, rules: Rules) -> Names:
    return catalogue_names(
        Vocabulary.load(sources.ontology / "vocabularies"),
        Gazetteer.load(sources.territory),
        rules,
        records.read_layers(sources.records, None).records,
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> bytes:
    """The empty form, as a file."""
    path = tmp_path_factory.mktemp("form") / "modulo.xlsx"
    assert write_template(path, sources) == 0
    return path.read_bytes()


class Form:
    """A form being filled in: cells are named by sheet, row (1 for the first of data) and key."""

    def __init__(self, data: bytes) -> None:
        self.book: Workbook = load_workbook(BytesIO(data))
        self._at = {
            cell.value: (sheet, cell.column)
            for sheet in self.book.worksheets
            for cell in sheet[2]
            if isinstance(cell.value, str) and ":" in cell.value
        }

    def cell(self, table: str, row: int, key: str) -> Cell:
        sheet, column = self._at[f"{table}:{key}"]
        return sheet.cell(row + FIRST_ROW - 1, column)

    def where(self, table: str, row: int, key: str) -> str:
        """The name of a cell as reports give it."""
        cell = self.cell(table, row, key)
        return f"{cell.parent.title}!{cell.coordinate}"

    def put(self, table: str, row: int, **values: Any) -> None:
        """Type values as a person does: a text that begins with `=` becomes a formula."""
        for key, value in values.items():
            self.cell(table, row, key.replace("__", ".")).value = value

    def practice(self, row: int, **changes: Any) -> None:
        """A good practice with some values changed."""
        good = {
            "title": f"Orti sociali {row}",
            "promoters": "Comune di Trani",
            "promoter_place": "Trani",
            "region": "Puglia",
            "country": "Italia",
            "period_as_said": "dal 2019",
            "start_year": 2019,
            "record__sources": f"https://example.org/orti/{row}",
        }
        self.put(PRACTICES, row, **{**good, **changes})
        self.put("needs", row, pratica=f"Orti sociali {row}", title="Gli anziani sono soli")
        self.put("actions", row, pratica=f"Orti sociali {row}", title="Orti condivisi")

    def save(self, path: Path) -> Path:
        self.book.save(path)
        return path


@dataclass
class Done:
    """An import and what it left."""

    said: SheetReport
    home: Path
    out: Path

    def names(self) -> list[str]:
        return sorted(path.stem for path in (self.home / "records" / "pratica").glob("*"))

    def practice(self, slug: str) -> Any:
        return mapping.practice_from(
            records.parse(self.home / "records" / "pratica" / f"{slug}.ttl").triples, slug
        )

    def problems(self) -> dict[str, str]:
        return {f"{p.sheet}!{p.cell}": p.reason for p in self.said.problems}


@pytest.fixture
def send(tmp_path: Path, sources: Sources) -> Callable[[Form | bytes], Done]:
    """Import a form into the home `tmp_path`, with a report."""

    def call(filled: Form | bytes) -> Done:
        path = tmp_path / "in.xlsx"
        if isinstance(filled, Form):
            filled.save(path)
        else:
            path.write_bytes(filled)
        out = tmp_path / "out.xlsx"
        return Done(import_sheet(path, sources, tmp_path, out), tmp_path, out)

    return call


@pytest.fixture
def blank(empty: bytes) -> Form:
    return Form(empty)


# --- The form follows the mapping and the shapes ---


def test_every_field_of_a_practice_has_one_column_or_one_sheet(plan: tuple[Table, ...]) -> None:
    by_key = {table.key: table for table in plan}

    def check(table: Table, shape: Shape, prefix: str) -> None:
        for line in shape.lines:
            path = prefix + line.name
            if isinstance(line, Companion) or (isinstance(line, Parts) and line.single):
                check(table, line.shape, path + ".")
            elif isinstance(line, Parts):
                (part,) = [t for t in plan if t.parent == table.key and t.local == path]
                check(part, line.shape, "")
            else:
                assert table.column(path), (table.key, path)

    check(by_key[PRACTICES], mapping.PRACTICE, "")
    sheets = [table.title.casefold() for table in plan]
    assert len(set(sheets)) == len(sheets)
    assert max(map(len, sheets)) <= 31
    for table in plan:
        heads = [column.title.casefold() for column in table.columns]
        assert len(set(heads)) == len(heads), table.title


def test_the_form_offers_lists_marks_what_is_required_and_hides_its_keys(blank: Form) -> None:
    sheet = blank.book["Pratiche"]
    heads = {cell.value for cell in sheet[1]}
    assert {"chi la promuove *", "fonti *", "titolo"} <= heads
    assert sheet.row_dimensions[2].hidden
    assert all(cell.comment for cell in sheet[1])
    assert blank.book["Elenchi"].sheet_state == "hidden"
    assert blank.book.sheetnames[0] == "Istruzioni"
    offered = {cell.value for row in blank.book["Elenchi"].iter_rows() for cell in row}
    assert {"Anziani", "Trani", "Comune di Trani", "sì", "Puglia", "Castro (LE)"} <= offered
    kinds = {rule.type for rule in sheet.data_validations.dataValidation}
    assert {"list", "whole", "textLength"} <= kinds


def test_what_an_officer_never_fills_is_there_but_hidden(blank: Form) -> None:
    for key in ("record.status", "record.confidence"):
        cell = blank.cell(PRACTICES, 1, key)
        assert cell.parent.column_dimensions[cell.column_letter].hidden
    assert blank.cell("record.attributions", 1, "origin").parent.sheet_state == "hidden"


# --- Round trip ---


def test_every_shipped_practice_goes_into_a_sheet_and_back_unchanged(
    tmp_path: Path, sources: Sources
) -> None:
    slugs = sorted(path.stem for path in (sources.records / "pratica").glob("*.ttl"))
    path = tmp_path / "all.xlsx"
    assert write_template(path, sources, None, slugs) == len(slugs)
    said = import_sheet(path, sources, tmp_path / "home", tmp_path / "out.xlsx")
    assert (said.problems, said.notices, said.entered) == ([], [], [])
    assert said.unchanged == slugs
    assert not (tmp_path / "home").exists()


TEXTS = st.one_of(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), min_size=1, max_size=40
    ),
    st.sampled_from(
        [
            "=1+1",
            "+39 080",
            "-5",
            "@cmd",
            '=HYPERLINK("http://x")',
            "a\nb\n\nc",
            'detto "così"',
            "'apice",
            "_x000D_",
            "_x005F_x000D_",
            "#N/A",
            "007",
            "1.234",
            "2022-11",
            "TRUE",
            "a\\nb\\\\c",
            "tab\tqui",
            "è " * 9_999,
        ]
    ),
).filter(lambda text: text.strip() == text != "")
SLUGS = st.from_regex(r"[a-z]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
NUMBERS = st.decimals(-(10**12), 10**12, places=4, allow_nan=False, allow_infinity=False)


def example(shape: Shape, table: Table, plan: tuple[Table, ...], names: Names, prefix: str) -> Any:
    """Random objects of a shape whose values are those that the form's own rules admit."""
    hints = typing.get_type_hints(shape.cls)

    def field(line: Any) -> st.SearchStrategy[Any]:
        path, kind = prefix + line.name, hints[line.name]
        if isinstance(line, Companion):
            return example(line.shape, table, plan, names, path + ".")
        if isinstance(line, Parts) and line.single:
            # What says nothing has no cell to say it: an empty part is no part.
            one = example(line.shape, table, plan, names, path + ".").map(
                lambda part: part if part != _nothing(line.shape) else None
            )
            return st.none() | one
        if isinstance(line, Parts):
            (part,) = [t for t in plan if t.parent == table.key and t.local == path]
            return st.lists(example(line.shape, part, plan, names, ""), max_size=2).map(tuple)
        column = table.column(path)
        assert column
        rule = column.rule
        if isinstance(line, mapping.Slug):
            return SLUGS
        if column.choices:
            return st.sampled_from([value for _, value in column.choices])
        if column.sort is Sort.NAME:
            known = [names.find(n, column.pattern) for n in names.offered(column.pattern)[:40]]
            free = st.from_regex(column.pattern or f"^{re.escape(ns.ID)}pratica/[a-z]+$").filter(
                lambda iri: re.fullmatch("[!-;=?-Z_a-z]+", iri)
            )
            values = st.sampled_from(known) if known and column.pattern else free
        elif column.sort is Sort.ADDRESS:
            values = SLUGS.map(lambda slug: f"https://example.org/{slug}?a=1&b=2")
        elif column.sort is Sort.INTEGER:
            low = int(rule.lowest) if rule and rule.lowest is not None else -(10**20)
            values = st.integers(low, int(rule.highest) if rule and rule.highest else 10**20)
        elif column.sort is Sort.DECIMAL:
            low = rule.lowest if rule else None
            values = NUMBERS.map(lambda n: abs(n) if low is not None else n)
        elif column.sort is Sort.BOOLEAN:
            values = st.booleans()
        else:
            values = TEXTS
        if isinstance(line, Many):
            most = min(3, rule.at_most or 3) if rule else 3
            least = 1 if rule and rule.at_least else 0
            many = st.lists(values, min_size=least, max_size=most)
            return many.map(lambda found: tuple(sorted(set(found))))
        required = line.required or bool(rule and rule.at_least)
        return values if required or not _optional(kind) else st.none() | values

    return st.builds(shape.cls, **{line.name: field(line) for line in shape.lines})


def _optional(kind: Any) -> bool:
    return isinstance(kind, types.UnionType) and type(None) in typing.get_args(kind)


def _nothing(shape: Shape) -> Any:
    try:
        return shape.cls()
    except TypeError:
        return None


def back(book: Workbook, plan: tuple[Table, ...], names: Names) -> list[Any]:
    """The practices of a workbook, with each part hung from the row that it names."""
    found, notices = grids(book, plan)
    assert not notices
    reader = Reader(found)
    rows: dict[str, list[Row]] = {table.key: reader.rows(table.key, names) for table in plan}
    assert not reader.faults
    for table in plan:
        for row in rows[table.key]:
            if not table.parent:
                continue
            if table.above:
                above = [
                    r
                    for r in rows[table.above[-1]]
                    if r.values["pratica"] == row.values["pratica"]
                    and r.values["#"] == row.values["#" + table.above[-1]]
                ]
            else:
                above = [r for r in rows[PRACTICES] if r.values["slug"] == row.values["pratica"]]
            above[0].parts.setdefault(table.local, []).append(row)
    made = []
    for row in rows[PRACTICES]:
        thing = to_object(mapping.PRACTICE, row)
        made.append(replace(thing, slug=row.values["slug"]))
    return made


def test_any_practice_goes_into_a_sheet_and_back_unchanged(
    plan: tuple[Table, ...], names: Names
) -> None:
    main = next(table for table in plan if table.key == PRACTICES)

    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a workbook takes minutes
    )
    @given(
        st.lists(
            example(mapping.PRACTICE, main, plan, names, ""),
            min_size=2,
            max_size=4,
            unique_by=lambda practice: practice.slug,
        )
    )
    def check(practices: list[Any]) -> None:
        buffer = BytesIO()
        try:
            form(plan, names, practices).save(buffer)
        except ImportFileError as error:  # several long texts in one cell: refused, never cut
            assert "32767" in str(error)  # noqa: PT017
            return
        assert back(load_workbook(buffer), plan, names) == practices

    check()


def test_a_text_too_long_for_a_cell_is_refused_and_never_cut(
    plan: tuple[Table, ...], names: Names, sources: Sources
) -> None:
    record = records.parse(sources.records / "pratica" / "bari-social-book.ttl")
    practice = mapping.practice_from(record.triples, "bari-social-book")
    long = replace(practice, title="x" * 32_768)
    with pytest.raises(ImportFileError, match="«titolo»: supera i 32767 caratteri"):
        form(plan, names, [long])


def test_what_a_sheet_cannot_hold_is_refused(
    plan: tuple[Table, ...], names: Names, sources: Sources
) -> None:
    record = records.parse(sources.records / "pratica" / "bari-social-book.ttl")
    practice = mapping.practice_from(record.triples, "bari-social-book")
    for text in ("a\x07b", "a\ufffeb", " spazio prima", "riga\r\n"):
        with pytest.raises(ImportFileError, match="non sta in un foglio senza perdite"):
            form(plan, names, [replace(practice, title=text)])


def test_no_text_that_we_write_is_a_formula(
    plan: tuple[Table, ...], names: Names, sources: Sources
) -> None:
    record = records.parse(sources.records / "pratica" / "bari-social-book.ttl")
    practice = mapping.practice_from(record.triples, "bari-social-book")
    for text in ("=1+1", "+1", "-1", "@x", "=cmd|' /C calc'!A0"):
        buffer = BytesIO()
        form(plan, names, [replace(practice, title=text)]).save(buffer)
        cell = Form(buffer.getvalue()).cell(PRACTICES, 1, "title")
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


# --- What people write ---


def test_a_good_form_enters_whole_is_valid_and_twice_is_once(
    blank: Form, send: Callable[[Form], Done], sources: Sources
) -> None:
    blank.practice(1)
    blank.put("actions", 2, pratica="orti sociali 1", title="Corso di orticoltura")
    blank.put(
        "results",
        1,
        pratica="Orti sociali 1",
        kind="Realizzazione",
        description="Orti assegnati",
        measurement__value="1.234,50",
        measurement__qualifier="Oltre",
    )
    done = send(blank)
    assert done.said.problems == []
    assert done.said.entered == ["trani-orti-sociali-1"]
    made = done.practice("trani-orti-sociali-1")
    assert [action.title for action in made.actions] == ["Orti condivisi", "Corso di orticoltura"]
    assert made.results[0].measurement.value == Decimal("1234.50")
    assert made.record.status == ns.concept("stato-editoriale", "pubblicata")
    assert validate(sources, done.home, [done.home / "records"]).conforms
    again = send(blank)
    assert (again.said.entered, again.said.unchanged) == ([], ["trani-orti-sociali-1"])
    blank.put(PRACTICES, 1, period_as_said="dal 2020")
    assert [e.outcome for e in send(blank).said.entries] == ["aggiornata"]
    assert done.names() == ["trani-orti-sociali-1"]


def test_a_new_body_enters_before_the_practice_that_names_it(
    blank: Form, send: Callable[[Form], Done], sources: Sources
) -> None:
    blank.practice(1, promoters="Cooperativa Aurora")
    blank.put("enti", 1, name="Cooperativa Aurora", kind="Ente del terzo settore")
    done = send(blank)
    assert done.said.problems == []
    assert [(e.kind, e.code) for e in done.said.entries] == [
        ("ente", "cooperativa-aurora"),
        ("pratica", "cooperativa-aurora-orti-sociali-1"),
    ]
    assert validate(sources, done.home, [done.home / "records"]).conforms


def test_a_body_that_the_catalogue_knows_otherwise_is_not_changed(
    blank: Form, send: Callable[[Form], Done]
) -> None:
    blank.put("enti", 1, name="Comunità Emmanuel", kind="Regione")
    done = send(blank)
    assert "è già nel catalogo" in done.problems()[blank.where("enti", 1, "name")]
    assert not (done.home / "records").exists()


def test_two_new_practices_may_name_each_other_and_fall_together(
    blank: Form, send: Callable[[Form], Done]
) -> None:
    blank.practice(1, slug="uno", same_body="due")
    blank.practice(2, slug="due", same_body="Orti sociali 1")
    assert send(blank).said.entered == ["uno", "due"]
    blank.put(PRACTICES, 1, start_year=1492, period_as_said="x")
    blank.put(PRACTICES, 1, slug="tre")
    blank.put(PRACTICES, 2, same_body="tre", slug="quattro")
    done = send(blank)
    assert done.names() == ["due", "uno"]
    reasons = done.problems()
    assert "fra 1800 e 2100" in reasons[blank.where(PRACTICES, 1, "start_year")]
    assert "inesistente" in reasons[blank.where(PRACTICES, 2, "same_body")]


def test_columns_and_sheets_may_be_renamed_moved_and_added(
    blank: Form, send: Callable[[Form], Done]
) -> None:
    blank.practice(1)
    sheet = blank.book["Pratiche"]
    sheet.title = "Foglio del Comune"
    sheet["B1"].value = "Nome che diamo noi"
    sheet.move_range("B1:D9", cols=100)
    sheet["AZ1"].value, sheet["AZ3"].value = "protocollo", 7
    blank.book.create_sheet("Appunti")["A1"] = "chiamare Rosa"
    done = send(blank)
    assert done.said.entered == ["trani-orti-sociali-1"]
    assert [notice.reason for notice in done.said.notices] == [
        "la colonna «protocollo» non è del modulo: non è stata letta",
        "il foglio non è del modulo: non è stato letto",
    ]


def test_without_the_hidden_row_titles_are_compared(
    blank: Form, send: Callable[[Form], Done]
) -> None:
    blank.practice(1)
    for sheet in blank.book.worksheets:
        if sheet.title not in ("Istruzioni", "Elenchi"):
            sheet.delete_rows(2)
    assert send(blank).said.entered == ["trani-orti-sociali-1"]


def test_hidden_rows_are_read_and_said(blank: Form, send: Callable[[Form], Done]) -> None:
    blank.practice(1)
    blank.book["Pratiche"].row_dimensions[FIRST_ROW].hidden = True
    done = send(blank)
    assert done.said.entered == ["trani-orti-sociali-1"]
    assert [n.reason for n in done.said.notices] == ["le righe nascoste sono state lette: 3"]


def test_the_report_is_the_same_workbook_with_marks_and_can_be_sent_again(
    blank: Form, send: Callable[[Form | bytes], Done]
) -> None:
    blank.practice(1)
    blank.practice(2, start_year="=2000+19")
    blank.cell(PRACTICES, 2, "title").fill = cells_module_fill()
    blank.book["Pratiche"]["AZ1"].value = '=HYPERLINK("http://x")'
    done = send(blank)
    marked = Form(done.out.read_bytes())
    bad = marked.cell(PRACTICES, 2, "start_year")
    assert bad.fill.fgColor.rgb == BAD.fgColor.rgb
    assert "Contiene una formula. Scrivi il valore" in bad.comment.text
    assert (bad.value, bad.data_type) == ("=2000+19", "s")
    assert marked.cell(PRACTICES, 1, "title").value == "Orti sociali 1"
    errors = [[c.value for c in row] for row in marked.book[ERRORS].iter_rows(min_row=2)]
    assert errors[0][:3] == ["Pratiche", bad.coordinate, "anno di inizio"]
    entered = [[c.value for c in row] for row in marked.book[ENTERED].iter_rows(min_row=2)]
    assert entered == [["Pratiche", 3, "trani-orti-sociali-1", "Orti sociali 1", "pratica nuova"]]
    assert not any(c.data_type == "f" for s in marked.book for row in s.iter_rows() for c in row)
    marked.put(PRACTICES, 2, start_year=2019)
    again = send(marked)
    assert again.said.problems == []
    assert again.said.entered == ["trani-orti-sociali-2"]
    assert again.said.unchanged == ["trani-orti-sociali-1"]
    cleaned = Form(again.out.read_bytes()).cell(PRACTICES, 2, "start_year")
    assert cleaned.comment is None
    assert cleaned.fill.fgColor.rgb != BAD.fgColor.rgb


def cells_module_fill() -> Any:
    """A colour of the officer's own."""
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor="FFFFFF00")


LONG = "à" * 20_001
ADDRESS = "record__sources"
CELLS: dict[str, tuple[str, Any, str]] = {
    "formula": ("title", "=1+1", "contiene una formula"),
    "link formula": ("title", '=HYPERLINK("http://x")', "contiene una formula"),
    "dde": ("title", "=cmd|' /C calc'!A0", "contiene una formula"),
    "error": ("title", "#N/A", "errore di calcolo"),
    "date for a text": ("period_as_said", datetime(2022, 11, 1), "è diventata una data"),
    "date for a year": ("start_year", datetime(2022, 1, 1), "è diventata una data"),
    "too long": ("title", LONG, "supera 20000 caratteri"),
    "control": ("title", "a_x0007_b", "caratteri di controllo"),
    "truth for a text": ("title", True, "non un testo"),
    "fraction for a text": ("title", 3.5, "non un testo"),
    "year in words": ("start_year", "duemila", "non è un numero"),
    "fraction of a year": ("start_year", 2019.5, "non è un numero intero"),
    "year too early": ("start_year", 1492, "fra 1800 e 2100"),
    "two readings": ("start_year", "2.019", "due modi"),
    "truth for a year": ("start_year", True, "non un numero"),
    "unknown body": ("promoters", "Comune di Atlantide", "non è fra i valori ammessi"),
    "body elsewhere": ("promoters", "https://example.org/ente", "non è fra i valori"),
    "ambiguous place": ("promoter_place", "Castro", "indica più cose: Castro (BG), Castro (LE)"),
    "no promoter": ("promoters", None, "almeno un ente promotore"),
    "no source": (ADDRESS, None, "serve almeno una fonte"),
    "script": (ADDRESS, "javascript:alert(1)", "non è un indirizzo"),
    "address with a space": (ADDRESS, "https://a.it/ b", "segni non ammessi"),
    "too many areas": (
        "thematic_areas",
        "Procedure amministrative e gare\nProcessi organizzativi\n"
        "Ottimizzazione delle risorse umane e materiali\n"
        "Progetti socio-educativo-assistenziali innovativi\n"
        "Erogazione e relazione con l'utenza",
        "al massimo",
    ),
    "semicolons": ("thematic_areas", "1; 2", "non è fra i valori ammessi"),
    "unknown practice": (
        "same_body",
        "https://w3id.org/talea/id/pratica/che-non-c-e",
        "inesistente",
    ),
    "code of digits": ("slug", 1, "è di sole cifre"),
    "code with capitals": ("slug", "Orti Trani", "ammessi solo"),
    "code of another": ("slug", "bari-social-book", "è già il codice di un'altra pratica"),
    "neither yes nor no": ("record__selected", "forse", "non è né sì né no"),
}


def test_each_bad_cell_is_named_and_keeps_only_its_practice_out(
    blank: Form, send: Callable[[Form], Done]
) -> None:
    for row, (key, value, _) in enumerate(CELLS.values(), 1):
        blank.practice(row, **{key: value})
    good = len(CELLS) + 1
    blank.practice(good)
    done = send(blank)
    found = done.problems()
    for row, (name, (key, _, reason)) in enumerate(CELLS.items(), 1):
        where = blank.where(PRACTICES, row, key.replace("__", "."))
        assert reason in found.pop(where, ""), name
    # Beside them, only the parts of a practice whose title cannot be read.
    assert {cell.partition("!")[0] for cell in found} <= {"Bisogno", "Azione"}
    assert done.names() == [f"trani-orti-sociali-{good}"]
    assert all(problem.advice for problem in done.said.problems)


def test_a_percentage_is_named(blank: Form, send: Callable[[Form], Done]) -> None:
    blank.practice(1)
    blank.put("results", 1, pratica="Orti sociali 1", kind="Esito", description="x")
    cell = blank.cell("results", 1, "measurement.value")
    cell.value, cell.number_format = 0.45, "0%"
    done = send(blank)
    assert done.problems() == {blank.where("results", 1, "measurement.value"): "è una percentuale"}
    assert done.names() == []


def test_merged_cells_are_named_and_keep_their_rows_out(
    blank: Form, send: Callable[[Form], Done]
) -> None:
    for row in (1, 2, 3):
        blank.practice(row)
    blank.book["Pratiche"].merge_cells("F3:F4")
    done = send(blank)
    assert done.problems() == {"Pratiche!F3": "le celle F3:F4 sono unite"}
    assert done.names() == ["trani-orti-sociali-3"]


@pytest.mark.parametrize("key", ["slug", "title"])
def test_two_rows_of_one_practice_are_both_named(
    key: str, blank: Form, send: Callable[[Form], Done]
) -> None:
    blank.practice(1, **({"slug": "orti"} if key == "slug" else {"title": "Orti"}))
    blank.practice(2, **({"slug": "orti"} if key == "slug" else {"title": "orti"}))
    blank.practice(3)
    done = send(blank)
    for row in (1, 2):
        assert "la stessa pratica" in done.problems()[blank.where(PRACTICES, row, "slug")]
    assert done.names() == ["trani-orti-sociali-3"]


def test_a_part_of_no_practice_is_named(blank: Form, send: Callable[[Form], Done]) -> None:
    blank.practice(1)
    blank.put("actions", 2, pratica="Orti solidali", title="Corso")
    blank.put("actions", 3, title="Corso")
    done = send(blank)
    assert list(done.problems()) == [
        blank.where("actions", 2, "pratica"),
        blank.where("actions", 3, "pratica"),
    ]
    assert done.names() == ["trani-orti-sociali-1"]


def test_a_withdrawn_practice_does_not_come_back(
    blank: Form, send: Callable[[Form], Done], tmp_path: Path
) -> None:
    iri = mapping.practice_iri("trani-orti-sociali-1")
    folder = tmp_path / "records" / "pratica"
    folder.mkdir(parents=True)
    mark = f"<{iri}> <http://www.w3.org/2002/07/owl#deprecated> true ."
    (folder / "trani-orti-sociali-1.ttl").write_text(mark)
    blank.practice(1)
    done = send(blank)
    assert "è stata ritirata" in done.problems()[blank.where(PRACTICES, 1, "slug")]
    assert (folder / "trani-orti-sociali-1.ttl").read_text() == mark


def test_an_interrupted_import_leaves_whole_records_and_can_be_sent_again(
    blank: Form, send: Callable[[Form], Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row in (1, 2, 3):
        blank.practice(row)
    write, written = records.write, []

    def full(*arguments: Any) -> bool:
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "")
        written.append(arguments)
        return write(*arguments)

    monkeypatch.setattr(records, "write", full)
    with pytest.raises(ImportFileError, match="lo spazio su disco è finito"):
        send(blank)
    assert not (tmp_path / "out.xlsx").exists()
    monkeypatch.undo()
    done = send(blank)
    assert done.said.unchanged == ["trani-orti-sociali-1", "trani-orti-sociali-2"]
    assert done.said.entered == ["trani-orti-sociali-3"]


NUMBERS_WRITTEN = {
    "1.234,50": "1234.50",
    "1 234,5": "1234.5",
    "1\u00a0234": "1234",
    "12,5": "12.5",
    "12.5": "12.5",
    "-3": "-3",
    "1.234.567": "1234567",
    "  7 ": "7",
    0.1 + 0.2: "0.3",
    1234.5: "1234.5",
    10**14: "100000000000000",
}


@pytest.mark.parametrize("written", NUMBERS_WRITTEN)
def test_numbers_are_read_as_italians_write_them(
    written: Any, plan: tuple[Table, ...], names: Names
) -> None:
    column = next(c for t in plan for c in t.columns if c.key == "measurement.value")
    cell = Workbook().active["A1"]
    put(cell, written)
    assert cells_module.read(column, cell, names) == Decimal(NUMBERS_WRITTEN[written])


@pytest.mark.parametrize("written", ["1.234", "circa 200", "80.000 €", "1e5", "١٢", "nan", "1,2,3"])
def test_what_is_not_plainly_a_number_is_named(
    written: str, plan: tuple[Table, ...], names: Names
) -> None:
    column = next(c for t in plan for c in t.columns if c.key == "measurement.value")
    cell = Workbook().active["A1"]
    put(cell, written)
    with pytest.raises(cells_module.CellFault):
        cells_module.read(column, cell, names)


# --- A thousand rows ---

PLANTED: dict[str, Callable[[Form, int], str]] = {}
"""Ways to spoil a practice: each spoils the row and says at which cell."""


def spoil(table: str, key: str, value: Any) -> Callable[[Form, int], str]:
    def act(filled: Form, row: int) -> str:
        filled.cell(table, row, key).value = value
        return filled.where(table, row, key)

    return act


def percent(filled: Form, row: int) -> str:
    cell = filled.cell("results", row, "measurement.value")
    cell.value, cell.number_format = 0.45, "0%"
    return filled.where("results", row, "measurement.value")


KINDS = [
    spoil(PRACTICES, "title", "=1+1"),
    spoil(PRACTICES, "period_as_said", "=cmd|' /C calc'!A0"),
    spoil(PRACTICES, "period_as_said", datetime(2022, 11, 1)),
    spoil(PRACTICES, "title", LONG),
    spoil(PRACTICES, "start_year", "duemila"),
    spoil(PRACTICES, "start_year", 1492),
    spoil(PRACTICES, "promoters", "Comune di Atlantide"),
    spoil(PRACTICES, "promoters", None),
    spoil(PRACTICES, "promoter_place", "Castro"),
    spoil(PRACTICES, "record.sources", None),
    spoil(PRACTICES, "record.sources", "javascript:alert(1)"),
    spoil(PRACTICES, "thematic_areas", "Giardinaggio"),
    spoil(PRACTICES, "slug", "bari-social-book"),
    spoil(PRACTICES, "slug", 12),
    spoil(PRACTICES, "same_body", "https://w3id.org/talea/id/pratica/che-non-c-e"),
    spoil(PRACTICES, "region", "#REF!"),
    spoil("actions", "title", None),
    spoil("results", "kind", "Successo"),
    spoil("results", "measurement.value", "1.234"),
    spoil("needs", "pratica", "Orti mai visti"),
    spoil("needs", "categories", "Noia"),
    percent,
]


def thousand(filled: Form, rows: int) -> None:
    """Rows of practices with a need, recipients, two actions and a measured result each."""
    for row in range(1, rows + 1):
        title = f"Orti sociali {row}"
        filled.practice(row, thematic_areas="Procedure amministrative e gare")
        filled.put("actions", rows + row, pratica=title, title="Corso di orticoltura")
        filled.put("recipients", row, pratica=title, title="anziani soli", categories="Anziani")
        filled.put(
            "results",
            row,
            pratica=title,
            kind="Realizzazione",
            description="Orti assegnati",
            measurement__value=row,
            measurement__unit="orti",
            measurement__period_as_said="2022",
        )


def test_a_thousand_rows_with_fifty_planted_faults(
    blank: Form, send: Callable[[Form], Done], capsys: pytest.CaptureFixture[str]
) -> None:
    rows, faults = 1_000, 50
    thousand(blank, rows)
    bad = {7 + 19 * number: KINDS[number % len(KINDS)] for number in range(faults)}
    planted = {row: act(blank, row) for row, act in bad.items()}
    start, work = time.perf_counter(), time.process_time()
    done = send(blank)
    elapsed, work = time.perf_counter() - start, time.process_time() - work
    with capsys.disabled():
        print(f"\n{rows} rows, {faults} faults: {elapsed:.1f} s, {work:.1f} s of processor")
    # Each is named at its cell; beside them only what a spoilt title or code leaves orphan.
    reasons = done.problems()
    assert set(planted.values()) <= set(reasons)
    orphans = set(reasons) - set(planted.values())
    spoilt = {row for row, cell in planted.items() if cell in titles(blank, planted)}
    expected = {
        blank.where(table, part, "pratica")
        for row in spoilt
        for table, part in (
            ("needs", row),
            ("actions", row),
            ("actions", rows + row),
            ("recipients", row),
            ("results", row),
        )
    }
    assert orphans == expected
    # Nothing lost: every other practice entered whole. A need that names nobody spoils nobody.
    unnamed = {row for row, act in bad.items() if act is KINDS[19]}
    out = {row for row in bad if row not in unnamed}
    assert len(done.said.entered) == rows - len(out)
    assert done.names() == sorted(
        f"trani-orti-sociali-{row}" for row in range(1, rows + 1) if row not in out
    )
    for row in (1, 2, 1_000):
        made = done.practice(f"trani-orti-sociali-{row}")
        assert len(made.actions) == 2
        assert made.results[0].measurement.value == row
    # Nothing doubled.
    again = send(blank)
    assert again.said.entered == []
    assert len(again.said.unchanged) == len(done.said.entered)
    assert again.names() == done.names()
    assert work < 20  # one process: its work is what a quiet machine takes, whoever else runs


def titles(filled: Form, planted: dict[int, str]) -> set[str]:
    """The cells of the titles of the planted rows."""
    return {filled.where(PRACTICES, row, "title") for row in planted}
