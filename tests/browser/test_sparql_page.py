"""The SPARQL page in a browser: its states, its editor, and all of it without script or mouse."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from . import pages
from .pages import WIDTHS, check_page

pytestmark = pytest.mark.browser

CITIES = """PREFIX talea: <https://w3id.org/talea/onto/>
PREFIX clv: <https://w3id.org/italia/onto/CLV/>
SELECT ?place ?residents WHERE { ?place a clv:City ; talea:population ?residents }
ORDER BY DESC(?residents) LIMIT 60"""
BELOW = 'SELECT ?a ?n WHERE { VALUES (?a ?n) { ("su" 3) ("giù" -1) } }'
WRONG = "PREFIX dct: <http://purl.org/dc/terms/>\nSELECT * WHERE {\n  ?s foo:bar ?o\n}"
EVIL = "\"><img src=x onerror=alert(1)><script>alert(1)</script>'{{7*7}}</textarea>"


def of(query: str, **more: str) -> str:
    return "/sparql?" + urlencode({"query": query, "format": "html", **more})


PAGES = {
    "/sparql?domanda=cq-07": 200,
    "/en/sparql?domanda=cq-21": 200,
    "/sparql?domanda=cq-07&residents=molti": 400,
    of(CITIES, vista="mappa"): 200,
    of(BELOW, vista="grafico"): 200,
    of(WRONG): 400,
}


@pytest.mark.parametrize("path", PAGES)
def test_page(page, server, path):
    check_page(page, server.url + path, *WIDTHS, status=PAGES[path])


def test_the_page_opened_up_passes_too(page, server):
    """With the folds open; then with what the editor proposes, which hides what is under it."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(server.url + "/sparql?domanda=cq-25", wait_until="networkidle")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert not pages._axe_faults(page)
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" talea:pro")
    expect(proposed(page).first).to_be_visible()
    faults = pages._axe_faults(page)
    assert not [fault for fault in faults if not fault.startswith("axe color-contrast")]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


# --- The editor ---


def editor(page: Page):
    return page.get_by_role("textbox", name="Query SPARQL 1.1")


def proposed(page: Page):
    """What the editor proposes."""
    return page.locator(".cm-tooltip-autocomplete").get_by_role("option")


def replace_text(page: Page, text: str) -> None:
    editor(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(text)


def sent(page: Page) -> str:
    """What the form would send."""
    return page.evaluate("document.querySelector('#query').value")


def test_the_editor_runs_a_query_from_the_keyboard(page, server):
    page.goto(server.url + "/sparql")
    expect(editor(page)).to_be_visible()
    expect(page.locator("#query")).to_be_hidden()
    replace_text(page, "ASK {}")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**#risultato")
    assert "sì" in page.get_by_role("status").first.inner_text()
    assert editor(page).inner_text().strip() == "ASK {}"


def test_tab_leads_into_the_editor_and_out_of_it(page, server):
    page.goto(server.url + "/sparql")
    page.get_by_text("Altre domande, che fanno le pagine").focus()
    inside = "document.activeElement.shadowRoot !== null"
    page.keyboard.press("Tab")
    assert page.evaluate(inside)
    before = sent(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "format"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(inside)
    assert sent(page) == before


def test_a_class_is_completed_and_its_prefix_declared(page, server):
    page.goto(server.url + "/sparql")
    replace_text(page, "SELECT * WHERE { ?s a GoodPr")
    expect(proposed(page).first).to_have_text(re.compile("^talea:GoodPractice ?Buona pratica"))
    page.wait_for_timeout(150)  # the editor takes no answer that nobody could have read
    page.keyboard.press("Enter")
    assert sent(page).startswith("PREFIX talea: <https://w3id.org/talea/onto/>\n")
    assert sent(page).rstrip(" }").endswith("?s a talea:GoodPractice")


def test_a_term_is_found_by_what_it_is_called_in_words(page, server):
    page.goto(server.url + "/sparql")
    replace_text(page, "SELECT * WHERE { ?s ostacol")
    expect(proposed(page).filter(has_text="talea:hasObstacle").first).to_be_visible()
    page.keyboard.press("Escape")
    replace_text(page, "ASK { ?s dct:titl")
    # As a list: what was proposed for the words before may still be there, and then it waits.
    expect(proposed(page)).to_have_text([re.compile("^dct:title")])


def test_a_prefix_is_completed_with_its_address(page, server):
    page.goto(server.url + "/en/sparql")
    page.get_by_role("textbox", name="SPARQL 1.1 query").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("PREFIX sk")
    expect(proposed(page).first).to_contain_text("skos:")
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    assert sent(page) == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"


def test_nothing_is_proposed_inside_words_of_the_author(page, server):
    page.goto(server.url + "/sparql")
    for text in ('ASK { ?s ?p "Good', "ASK {} # Good", "ASK { <Good"):
        replace_text(page, text)
        page.keyboard.press("Control+Space")
        page.wait_for_timeout(150)
        assert proposed(page).count() == 0, text
        page.keyboard.press("Escape")


def test_completion_fails_in_silence_where_its_words_do_not_come(page, server):
    page.route("**/sparql/termini.json", lambda route: route.abort())
    page.goto(server.url + "/sparql")
    replace_text(page, "SEL")
    expect(proposed(page).first).to_have_text("SELECT")
    page.keyboard.press("Escape")
    assert sent(page) == "SEL"


def test_the_place_of_a_mistake_is_marked_until_the_text_changes(page, server):
    page.goto(server.url + of(WRONG))
    expect(page.locator(".cm-wrong-line")).to_have_text("  ?s foo:bar ?o")
    expect(page.locator(".cm-wrong")).to_have_text("f")
    assert page.locator(".excerpt").count() == 0
    assert editor(page).get_attribute("aria-invalid") == "true"
    editor(page).focus()
    page.keyboard.type("x")
    expect(page.locator(".cm-wrong-line")).to_have_count(0)
    assert "xfoo:bar" in sent(page), "the cursor was at the mistake"


def test_a_long_query_with_a_mistake_at_any_place_is_opened(page, server):
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for query in ("ASK {", "\n\n}", "ASK { ?s ?p '\u00e0\U0001f331' . } }", "ASK {}\n\n\n x"):
        page.goto(server.url + of(query))
        expect(editor(page)).to_be_visible()
        assert sent(page) == query
    assert not faults


def test_markup_stays_text_in_the_editor_and_runs_nothing(page, server):
    faults: list[str] = []
    page.on("dialog", lambda dialog: (faults.append("dialog"), dialog.dismiss()))
    page.on("pageerror", lambda error: faults.append(str(error)))
    query = f"SELECT * WHERE {{ VALUES (?a ?n) {{ ({json.dumps(EVIL)} 1) ('b' 2) }} }}"
    for view in ("", "grafico", "mappa"):
        page.goto(server.url + of(query, vista=view), wait_until="networkidle")
        assert sent(page) == query
        assert editor(page).inner_text().strip() == query
        assert page.locator("img").count() == 0
    assert page.get_by_role("rowheader", name=EVIL).count() + page.get_by_text(EVIL).count() >= 1
    assert not faults


def test_a_text_is_copied_with_its_button(browser, server):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    with context:
        page = context.new_page()
        page.goto(server.url + "/sparql?domanda=cq-25")
        page.get_by_role("button", name="Copia").first.click()
        expect(page.get_by_role("button", name="Copiato")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("«Copertura territoriale")
    assert copied.endswith("CC BY 4.0.")


# --- Without script, without mouse ---


def test_a_question_is_asked_changed_and_drawn_without_scripts(page_without_script, server):
    page = page_without_script
    page.goto(server.url + "/sparql")
    page.get_by_role("link", name="Copertura territoriale").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Copertura territoriale")
    assert page.get_by_role("status").first.inner_text() == "10 righe"
    page.get_by_label("Provincia o regione").select_option(label="Puglia")
    page.get_by_role("button", name="Rispondi con questi valori").click()
    assert page.get_by_role("status").first.inner_text() == "257 righe"
    page.get_by_role("link", name="Grafico").click()
    assert page.locator(".bar").count() == 50
    page.get_by_label("Valori").select_option("throughDistrict")
    page.get_by_role("button", name="Ridisegna").click()
    assert "throughDistrict per name" in page.locator("caption").inner_text()
    page.get_by_role("link", name="Mappa della Puglia", exact=True).click()
    assert page.get_by_role("img", name="own per Comune della Puglia").is_visible()
    page.get_by_text("La mappa in tabella").click()
    page.get_by_role("link", name="Bari", exact=True).click()
    assert page.url.endswith("/comuni/072006")


def test_a_mistake_is_seen_and_corrected_without_scripts(page_without_script, server):
    page = page_without_script
    page.goto(server.url + of(WRONG))
    assert page.locator(".excerpt-wrong mark").inner_text() == "f"
    page.get_by_label("Query SPARQL 1.1").fill("ASK {}")
    page.get_by_role("button", name="Esegui").click()
    assert "sì" in page.get_by_role("status").first.inner_text()


def test_a_question_is_answered_with_the_keyboard_alone(page, server):
    page.goto(server.url + "/sparql?domanda=cq-07")
    page.get_by_label("Abitanti del Comune").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("5000")
    page.keyboard.press("Enter")
    page.wait_for_url("**residents=5000**")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Grafico":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**vista=grafico**")
    assert page.evaluate("document.activeElement.tagName") == "BODY" or page.url.endswith(
        "#risultato"
    )
