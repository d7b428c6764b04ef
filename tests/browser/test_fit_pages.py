"""From a sheet to the comparison with one's own Comune, without a script and without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SHEET = "/pratiche/napoli-affido-culturale"


def test_a_comune_is_chosen_and_compared_without_scripts(page_without_script: Page, server):
    page = page_without_script
    page.goto(server.url + SHEET)
    page.get_by_label("Di quale Comune sei?").select_option(label="Castrignano de' Greci")
    page.get_by_role("button", name="Confronta").click()
    assert page.url.endswith(f"{SHEET}/confronto?comune=075018")
    assert page.get_by_text("criteri su 9 confrontabili").is_visible()
    row = page.locator("#c1")
    assert not row.get_by_role("table").is_visible()
    row.get_by_text("Fatti, conti e regola").click()
    assert row.get_by_role("table").is_visible()
    run = row.get_by_role("link", name="Esegui questa interrogazione")
    assert not run.is_visible()
    row.get_by_text("La query per chi fa ricerca").click()
    run.click()
    assert page.get_by_role("heading", name="C1, Scala demografica").is_visible()


def test_with_the_keyboard_the_first_letters_are_enough(page: Page, server):
    page.goto(server.url + SHEET + "/confronto")
    page.get_by_label("Di quale Comune sei?").focus()
    page.keyboard.type("Altam")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**comune=072004")
    page.get_by_text("Cambia Comune").focus()
    page.keyboard.press("Enter")
    assert page.get_by_label("Di quale Comune sei?").input_value() == "072004"
