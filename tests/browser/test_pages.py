"""Every kind of page in a real browser, and the journeys of who has no script or no mouse."""

from __future__ import annotations

from urllib.parse import urlsplit

import docx
import pytest
from playwright.sync_api import Page, Request

from .pages import WIDTHS, check_page

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "home in English": "/en/",
    "all practices": "/pratiche",
    "results": "/pratiche?q=anziani&territorio=regione-puglia",
    "results of a Comune, with an unknown filter": "/pratiche?comune=072006&area=nessuna",
    "results with filters found in the words": "/pratiche?q=ansiani+in+provincia+di+Bari",
    "nothing that answers": "/pratiche?q=IMU+seconda+casa",
    "nothing with the filters of the words": "/pratiche?q=casa+in+provincia+di+Lecce&comune=072006",
    "a Comune named in the words": "/pratiche?q=PIPPI+per+minori+ambito+Accadia",
    "no result": "/pratiche?q=xyzzy&target=anziani",
    "sheet": "/pratiche/bari-social-book",
    "sheet with a measured outcome": "/pratiche/udine-healthy-ageing",
    "sheet with replications": "/pratiche/torino-portinerie-comunita",
    "sheet in English": "/en/pratiche/bari-casa-bambine-bambini",
    "the longest sheet in English": "/en/pratiche/scheda-pippi",
    "sheet with replications of every kind": "/pratiche/udine-playful-paradigm",
    "sheet that another deepens, in English": "/en/pratiche/altamura-pippi?comune=071001",
    "lineage": "/pratiche/udine-playful-paradigm/filiera",
    "lineage in English": "/en/pratiche/napoli-affido-culturale/filiera",
    "lineage put together by us": "/pratiche/scheda-patti-collaborazione/filiera",
    "lineage of which nothing is known": "/pratiche/comune-bari-2024/filiera",
    "sheet of an origin": "/pratiche/lisbona-bip-zip",
    "replication": "/risorse/replica/lisbona-bip-zip-a-bari",
    "replication in English": "/en/risorse/replica/udine-playful-paradigm-a-cork",
    "plan": "/risorse/piano/politiche-sociali-puglia-5",
    "sheet with a Comune in hand": "/pratiche/bari-social-book?comune=075018",
    "which Comune asks": "/pratiche/bari-social-book/confronto?comune=nessuno",
    "fit": "/pratiche/scheda-pippi/confronto?comune=072006",
    "fit in English": "/en/pratiche/troia-orchestra-sociale/confronto?comune=075078",
    "what is known": "/copertura",
    "what is known of one field": "/copertura?voce=esiti",
    "body only": "/pratiche/comune-bari-2024",
    "transfer plan": "/pratiche/scheda-affiancamento-familiare/piano?comune=075043",
    "transfer plan of a practice of which nothing is told": (
        "/en/pratiche/comune-bari-2024/piano?comune=075043"
    ),
    "transfer plan without a Comune": "/pratiche/bari-social-book/piano?comune=x",
    "Comuni": "/comuni",
    "Comune": "/comuni/072006",
    "Comune elsewhere": "/comuni/001272",
    "practices seen from a Comune": "/comuni/072006/pratiche",
    "practices to be checked for a need, in English": (
        "/en/comuni/075018/pratiche?bisogno=isolamento&stato=da-verificare&target=nessuno"
    ),
    "Ambiti": "/ambiti",
    "Ambito": "/ambiti/ats-trani",
    "comparison to begin": "/confronta",
    "comparison": "/confronta?p=scheda-pippi&p=bari-social-book&p=comune-bari-2024&comune=072006",
    "comparison in English": "/en/confronta?p=scheda-pippi&p=bari-social-book&q=casa",
    "comparison with bad input": "/confronta?p=scheda-pippi&p=nessuna&comune=999999",
    "map": "/mappa",
    "map of a need, with a Comune": "/en/mappa?bisogno=isolamento&comune=075045",
    "needs": "/bisogni",
    "needs and evidence": "/bisogni/prove",
    "edition": "/risorse/evento/festival-2024",
    "publications": "/pubblicazioni",
    "publication": "/pubblicazioni/festival-2024",
    "publication in English": "/en/pubblicazioni/antologia",
    "preview": "/pubblicazioni/anteprima",
    "preview by filters": (
        "/en/pubblicazioni/anteprima?edizione=antologia&area=1&territorio=regione-puglia"
    ),
    "preview of what cannot be": (
        "/pubblicazioni/anteprima?edizione=antologia&query=SELECT+?x+%7B?x+a+?y%7D&area=nessuna"
    ),
    "project": "/risorse/progetto/humus",
    "body": "/risorse/ente/regione-puglia",
    "place": "/risorse/luogo/francia",
    "series": "/risorse/statistica/population",
    "ontology": "/ontologia",
    "vocabularies": "/vocabolari",
    "vocabulary": "/vocabolari/target",
    "topic": "/vocabolari/target/anziani",
    "data": "/dati",
    "the project": "/progetto",
    "privacy": "/privacy",
    "legal notice": "/note-legali",
    "accessibility": "/accessibilita",
}


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_page(page, server, path):
    check_page(page, server.url + path, *WIDTHS)


def test_a_practice_is_found_and_read_without_scripts(page_without_script, server):
    page = page_without_script
    page.goto(server.url + "/")
    page.get_by_label("Che cosa cerchi?").fill("anziani soli")
    page.get_by_role("main").get_by_role("button", name="Cerca").click()
    assert "risultati per «anziani soli»" in page.get_by_role("status").inner_text()
    assert page.get_by_role("article").first.get_by_text("Solitudine degli anziani").is_visible()

    page.get_by_role("link", name="Pratiche", exact=True).first.click()
    box = page.get_by_role("checkbox", name="Anziani")
    box.check()
    page.get_by_role("button", name="Applica i filtri").last.click()
    assert "target=anziani" in page.url
    assert page.get_by_role("link", name="Togli il filtro A chi è rivolta: Anziani").is_visible()
    page.get_by_role("link", name="Rimuovi tutti i filtri").click()
    assert "target" not in page.url

    page.get_by_role("article").get_by_role("link").first.click()
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("heading", name="Fonti").is_visible()


def test_filters_open_on_a_telephone_without_scripts(page_without_script, server):
    page = page_without_script
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(server.url + "/pratiche")
    assert not page.get_by_role("button", name="Applica i filtri").last.is_visible()
    page.get_by_text("Filtra i risultati").click()
    assert page.get_by_role("button", name="Applica i filtri").last.is_visible()


def test_a_plan_is_answered_and_downloaded_without_scripts(page_without_script, server):
    page = page_without_script
    page.goto(server.url + "/pratiche/bari-social-book/piano")
    page.get_by_role("main").get_by_role("combobox").select_option(label="Melendugno")
    page.get_by_role("button", name="Vai alle domande").click()
    first = page.get_by_role("group", name="A1. C’è un mandato politico")
    first.get_by_role("radio", name="Non so").check()
    first.get_by_label("Nota").fill("Da chiedere all’assessore")
    with page.expect_download() as found:
        page.get_by_role("button", name="Scarica il piano in DOCX").last.click()
    assert found.value.suggested_filename == "piano-bari-social-book-075043.docx"
    assert "Da chiedere all’assessore" in [
        cell.text
        for table in docx.Document(found.value.path()).tables
        for row in table.rows
        for cell in row.cells
    ]
    assert page.context.cookies() == []


def focus_on(page: Page, name: str, limit: int = 60) -> None:
    """Press Tab until the focus is on the element with this text or label."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        text = page.evaluate(
            "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
        )
        if text.startswith(name):
            return
    raise AssertionError(f"{name}: not reached in {limit} steps")


def test_a_practice_is_found_and_read_with_the_keyboard_alone(page, server):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(server.url + "/pratiche")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Vai al contenuto"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenuto"

    focus_on(page, "Disagio abitativo", limit=40)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**bisogno=disagio-abitativo**")

    focus_on(page, "Vai alla ricerca")
    page.keyboard.press("Enter")
    page.keyboard.type("giovani migranti")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=giovani**")
    focus_on(page, "Housing Lab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pratiche/bari-housing-lab")
    focus_on(page, "Ostacoli")
    page.keyboard.press("Enter")
    assert page.url.endswith("#ostacoli")


def test_the_focus_is_always_seen(page, server):
    page.goto(server.url + "/pratiche")
    for _ in range(30):
        page.keyboard.press("Tab")
        ring, box = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth),"
            " e.getBoundingClientRect().toJSON()] }"
        )
        what = page.evaluate("document.activeElement.outerHTML")
        assert ring >= 2, what
        assert box["bottom"] > 0, what
        assert box["width"] > 0, what


def test_a_whole_visit_asks_nobody_else_and_leaves_nothing(page, server):
    asked: set[str] = set()

    def note(request: Request) -> None:
        asked.add(urlsplit(request.url).netloc)

    page.on("request", note)
    for path in ("/", "/pratiche?q=casa", "/pratiche/bari-housing-lab", "/comuni/072006", "/dati"):
        page.goto(server.url + path, wait_until="networkidle")
    assert asked == {urlsplit(server.url).netloc}
    assert page.context.cookies() == []


def test_what_folds_is_whole_on_paper_and_opens_without_scripts(page_without_script, server):
    page = page_without_script
    page.goto(server.url + "/copertura?voce=esiti")
    folded = page.locator(".fold-print a").first
    assert not folded.is_visible()
    page.locator(".fold-print summary").press("Enter")
    assert folded.is_visible()
    page.reload()
    page.emulate_media(media="print")
    assert folded.is_visible()
