"""`/pratiche/{slug}/piano`: the form, the files that it gives, and what it makes of bad input."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import Any
from urllib.parse import urlencode

import docx
import pytest
from pdfua import validate
from pypdf import PdfReader

from talea_api.pages.transfer import NOTE, WHO
from talea_api.routes import transfer
from talea_api.routes.transfer import COST, LARGEST
from talea_catalogue.replicability.questions import shipped

PAGE = "/pratiche/scheda-affiancamento-familiare/piano"
HERE = PAGE + "?comune=075043"
UNTOLD = "/pratiche/comune-bari-2024/piano?comune=075043"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOTED = 'Delibera 12/2026: *no* #import "x" $a$ \\ `b` <c> [d] ${e} {{ f }}'
GIVEN = {
    "a1": "pronto",
    "nota-a1": NOTED,
    "a2": "aperto",
    "a3": "non-so",
    "nota-a3": "prima riga\r\nseconda riga",
    "chi": "Ufficio di piano",
}


def send(client: Any, where: str = HERE, **fields: str) -> Any:
    return client.post(where, content=urlencode(fields), headers=FORM)


def words(paragraphs: str) -> str:
    return re.sub(r"\s+", " ", paragraphs)


def of_pdf(body: bytes) -> str:
    reader = PdfReader(io.BytesIO(body))
    return words(" ".join(page.extract_text() for page in reader.pages).replace("-\n", ""))


def of_docx(body: bytes) -> str:
    read = docx.Document(io.BytesIO(body))
    texts = [one.text for one in read.paragraphs]
    texts += [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return words(" ".join(texts))


@pytest.fixture(scope="module")
def made(client: Any) -> dict[str, bytes]:
    """The plan of one form in both formats."""
    answers = {name: send(client, **GIVEN, formato=name) for name in ("pdf", "docx")}
    assert {one.status_code for one in answers.values()} == {200}
    return {name: one.content for name, one in answers.items()}


# --- The page ---


def test_the_page_asks_each_question_beside_what_is_known(client):
    page = client.page(HERE)
    assert page.status_code == 200
    assert page.text.count("<fieldset") == len(shipped().items)
    assert page.text.count('type="radio"') == 4 * len(shipped().items)
    assert " checked" not in page.text
    assert "Delibera che assimila l&#39;affido" in page.text
    assert "Nessuna fonte racconta di rifiuti" in page.text
    assert "Indizi, non previsione" in page.text
    assert f'maxlength="{NOTE}"' in page.text
    assert 'method="post"' in page.text


def test_without_a_comune_it_asks_for_one(client):
    page = client.page(PAGE)
    assert page.status_code == 200
    assert "<fieldset" not in page.text
    assert page.text.count("<option") == 258
    wrong = client.page(PAGE + "?comune=<b>x")
    assert wrong.status_code == 200
    assert "&lt;b&gt;x" in wrong.text
    assert "<fieldset" not in wrong.text


def test_it_is_there_in_english_and_for_a_comune_elsewhere(client):
    page = client.page("/en" + HERE)
    assert "Is there a political mandate" in page.text
    assert "I do not know" in page.text
    assert "Non so" not in page.text
    assert client.page(PAGE + "?comune=001272").text.count("<fieldset") == 12


def test_of_an_untold_practice_the_page_says_what_it_does_not_know(client):
    page = client.page(UNTOLD)
    assert page.status_code == 200
    assert page.text.count('<p class="quiet">La scheda non') >= 7


def test_an_unknown_practice_has_no_plan(client):
    assert client.page("/pratiche/nessuna/piano").status_code == 404
    assert send(client, "/pratiche/nessuna/piano?comune=075043").status_code == 404


# --- The files ---


def test_the_file_is_an_attachment_that_nobody_keeps(client):
    answer = send(client, **GIVEN, formato="docx")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="piano-scheda-affiancamento-familiare-075043.docx"'
    )
    assert "etag" not in answer.headers


def test_both_files_hold_the_answers_and_the_sections(made):
    for text in (of_pdf(made["pdf"]), of_docx(made["docx"])):
        for wanted in (
            "Piano di trasferimento per il Comune di Melendugno",
            "Ufficio di piano",
            "Sì, c’è già un atto o una riga del Piano di zona",
            "No, o hanno dei dubbi",
            "prima riga seconda riga",
            "Blocchi e prerequisiti",
            "Che cosa è diverso",
            "Che cosa non si sa",
            "Autovalutazione",
            "Che cosa fare adesso",
            "Resta aperto: Le persone a cui è rivolta",
            "Le fasi, come altri le hanno fatte",
            "Gli atti",
            "Chi chiamare",
            "Comune di Torino",
            "I costi, come li dicono le fonti",
            "15.000 €",
            "Le misure da seguire",
            "Fonti",
            "Indizi, non previsione",
        ):
            assert wanted in text
        assert words(NOTED) in text


def test_the_docx_has_headings_tables_with_header_rows_and_its_language(made):
    read = docx.Document(io.BytesIO(made["docx"]))
    headings = [one.text for one in read.paragraphs if one.style.name == "Heading 1"]
    assert len(headings) == 13
    assert read.core_properties.language == "it-IT"
    assert read.core_properties.title.startswith("Affiancamento familiare")
    for table in read.tables:
        assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    links = [one.target_ref for one in read.part.rels.values() if one.is_external]
    assert any(one.endswith("/comuni/001272#ente") for one in links)


def test_the_pdf_is_tagged_and_nothing_is_found_against_it(made, tmp_path):
    path = tmp_path / "piano.pdf"
    path.write_bytes(made["pdf"])
    found = validate(path)
    assert [str(one) for one in found.findings] == []
    reader = PdfReader(path)
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "it-IT"
    assert root["/MarkInfo"]["/Marked"]
    about = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1<" in about
    assert "<pdfaid:part>2<" in about


def test_the_same_form_gives_the_same_bytes(client, made):
    for name, body in made.items():
        assert send(client, **GIVEN, formato=name).content == body


def test_an_empty_form_is_a_plan_in_which_all_is_to_be_asked(client):
    answer = client.post(UNTOLD, content=b"", headers=FORM)
    assert answer.headers["content-type"] == "application/pdf"
    text = of_pdf(answer.content)
    assert text.count("Senza risposta: ") == 12
    assert "La scheda non nomina atti." in text
    assert "La scheda non dà somme." in text


def test_a_plan_in_english(client):
    answer = send(client, "/en" + HERE, **GIVEN, formato="docx")
    text = of_docx(answer.content)
    assert "Transfer plan for the Comune of Melendugno" in text
    assert "Still open: Do the people it is meant for want it" in text
    assert docx.Document(io.BytesIO(answer.content)).core_properties.language == "en-GB"


@pytest.mark.parametrize("name", ["pdf", "docx"])
def test_signs_that_nobody_sees_or_no_font_has_do_no_harm(client, name):
    odd = "a\x00\x07\x1b[31m\u202eb\u200b 🌱 שלום Ω \ud7ff \U0010ffff \ufffe =1+1"
    answer = send(client, **{"nota-a1": odd, "chi": odd}, formato=name)
    assert answer.status_code == 200
    text = of_pdf(answer.content) if name == "pdf" else of_docx(answer.content)
    assert "\u202e" not in text
    assert "=1+1" in text
    assert ("[?]" in text) == (name == "pdf")
    assert ("🌱" in text) == (name == "docx")


# --- What is refused ---


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"a1": "forse"}, "domanda A1"),
        ({"nota-a12": "x" * (NOTE + 1)}, "domanda A12"),
        ({"chi": "x" * (WHO + 1)}, "Chi risponde"),
        ({"formato": "exe"}, "PDF o in DOCX"),
    ],
)
def test_a_value_that_the_form_does_not_have_is_refused_in_words(client, fields, said):
    answer = send(client, **fields)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_a_note_as_long_as_it_may_be_is_taken(client):
    assert send(client, **{"nota-a1": "ù\r\n" * (NOTE // 2)}, formato="docx").status_code == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"a1=pronto&a1=aperto", FORM, 400),
        (b"a1=%ff", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"&".join(b"x%d=1" % n for n in range(200)), FORM, 400),
        (b"nota-a1=" + b"x" * LARGEST, FORM, 413),
        (b"x" * 10_000_000, FORM, 413),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"a1=pronto", {}, 415),
    ],
)
def test_a_body_that_is_no_form_is_refused(client, body, headers, status):
    answer = client.post(HERE, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_form_without_a_comune_or_with_a_wrong_one_is_refused(client):
    for where in (PAGE, PAGE + "?comune=999999"):
        answer = send(client, where, **GIVEN)
        assert answer.status_code == 400
        assert "di quale Comune" in answer.json()["detail"]


# --- What is kept ---


def test_no_word_of_the_form_reaches_the_log(client, caplog):
    with caplog.at_level(logging.DEBUG):
        send(client, chi="parola-segreta", **{"nota-a1": "parola-segreta"}, formato="docx")
        send(client, chi="parola-segreta", a1="parola-segreta")
    assert "parola-segreta" not in caplog.text
    assert "parola-segreta" not in json.dumps([vars(one) for one in caplog.records], default=str)


def test_a_plan_costs_its_client_more_than_a_page(client, app, monkeypatch):
    taken = []
    meter = app.state.services.meter
    monkeypatch.setattr(meter, "take", lambda who, cost=1.0: taken.append(cost))
    assert client.page(HERE).status_code == 200
    assert taken == []
    assert send(client, formato="docx").status_code == 200
    assert taken == [COST]


def test_who_waits_too_long_is_told_to_come_back(client, monkeypatch):
    monkeypatch.setattr(transfer, "SECONDS", 0.0)
    answer = send(client, formato="docx")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
