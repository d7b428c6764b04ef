"""A copy of the catalogue opened from a folder: no server, no network, with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .pages import WIDTHS, faults_at

pytestmark = pytest.mark.browser

PAGES = (
    *("index.html", "en/index.html", "pratiche.html", "pratiche.html?q=anziani+soli"),
    *("elenchi/bisogno-isolamento.html", "comuni/072006.html", "pratiche/scheda-pippi.html"),
    *("copia.html", "domande.html"),
)


@pytest.fixture
def root(static_copy):
    """The address of the folder."""
    return static_copy.as_uri()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_folder(page: Page, root, path):
    told: list[str] = []
    page.on("console", lambda message: told.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"script error: {error}"))
    page.on("requestfailed", lambda request: told.append(f"not there: {request.url}"))
    page.on("request", lambda one: one.url.startswith(root) or told.append(f"asks for {one.url}"))
    page.goto(f"{root}/{path}")
    page.evaluate("document.fonts.ready")
    asked = list(told)  # axe itself asks for the style sheet, which a folder refuses
    assert faults_at(page, *WIDTHS) + asked == []


def test_words_find_practices_and_say_why(page: Page, root):
    page.goto(f"{root}/index.html")
    page.get_by_role("main").get_by_role("link", name="Cerca una pratica").first.click()
    box = page.get_by_label("Parole da cercare")
    box.focus()
    page.keyboard.type("mia madre non vede mai anima viva")
    page.keyboard.press("Enter")
    status = page.get_by_role("status")
    expect(status).to_contain_text("risultati per «mia madre non vede mai anima viva»")
    first = page.get_by_role("article").first
    expect(first).to_contain_text("Radars")
    expect(first.locator(".why")).to_contain_text("Argomento: Solitudine e isolamento")
    box.fill("xyzzy <img src=x>")
    expect(status).to_contain_text("Nessuna pratica ha queste parole")
    box.fill("IMU seconda casa")
    expect(status).to_contain_text("Forse nel catalogo non c’è una pratica che risponda")
    box.fill("?? !!")
    expect(status).to_contain_text("non ci sono parole")
    page.get_by_role("button", name="Mostra tutte").click()
    expect(status).to_have_text(re.compile(r"^\d+ pratiche$"))


def test_the_title_of_a_practice_finds_it_and_it_opens(page: Page, root):
    page.goto(f"{root}/pratiche.html?q=bari+social+book")
    first = page.get_by_role("article").first.get_by_role("link")
    expect(first).to_contain_text("Bari Social Book")
    first.click()
    assert page.url == f"{root}/pratiche/bari-social-book.html"


def test_without_scripts_the_list_is_whole(page_without_script: Page, root):
    page = page_without_script
    page.goto(f"{root}/pratiche.html?q=anziani")
    assert page.get_by_role("article").count() > 100
    assert not page.get_by_label("Parole da cercare").is_visible()
    assert page.get_by_text("serve JavaScript").is_visible()
    page.get_by_role("link", name="English").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Practices"
