"""A practice as a file: `/pratiche/{slug}/scheda.pdf`, `.docx` and `locandina.pdf`."""

from __future__ import annotations

import io

import docx
import pypdf
import pytest

PIPPI = "/pratiche/scheda-pippi/scheda"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize("base", ["", "/en"])
def test_two_pages_to_print(client, base):
    answer = client.get(f"{base}{PIPPI}.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="scheda-pippi.pdf"' in answer.headers["content-disposition"]
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    assert len(reader.pages) == 2
    assert "P.I.P.P.I." in reader.pages[0].extract_text()
    again = client.get(f"{base}{PIPPI}.pdf", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_the_whole_sheet_to_correct(client, release):
    answer = client.get(f"{PIPPI}.docx")
    assert answer.headers["content-type"] == WORD
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(answer.content)).paragraphs)
    practice = release.repository.practice("scheda-pippi")
    for one in (*practice.actions, *practice.prerequisites):
        assert one.title in text
    assert "Da completare: che cosa si potrebbe fare meglio." in text


def test_a_practice_of_which_only_the_body_is_known_has_one_too(client):
    answer = client.get("/pratiche/comune-bari-2024/scheda.pdf")
    assert answer.status_code == 200
    assert len(pypdf.PdfReader(io.BytesIO(answer.content)).pages) == 1


@pytest.mark.parametrize("base", ["", "/en"])
def test_a_poster_to_hang(client, base):
    path = f"{base}/pratiche/scheda-pippi/locandina.pdf"
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="scheda-pippi-locandina.pdf"' in answer.headers["content-disposition"]
    assert len(pypdf.PdfReader(io.BytesIO(answer.content)).pages) == 1
    assert f'href="{path}"' in client.page(f"{base}/pratiche/scheda-pippi").text


def test_nothing_is_hung_of_a_practice_that_nobody_tells(client):
    assert client.get("/pratiche/comune-bari-2024/locandina.pdf").status_code == 404
    assert "locandina" not in client.page("/pratiche/comune-bari-2024").text


@pytest.mark.parametrize("file", ["scheda.pdf", "scheda.docx", "locandina.pdf"])
@pytest.mark.parametrize("slug", ["nessuna", "..", "%00", "a" * 3_000, "Bari Social"])
def test_what_is_not_there_is_not_found(client, slug, file):
    assert client.get(f"/pratiche/{slug}/{file}").status_code == 404


def test_the_page_leads_to_both(client):
    page = client.page("/pratiche/scheda-pippi").text
    assert f'href="{PIPPI}.pdf"' in page
    assert f'href="{PIPPI}.docx"' in page
