"""The search boxes in a browser: what is suggested, with the keyboard, with a mouse, without."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from . import pages
from .pages import WIDTHS

pytestmark = pytest.mark.browser

BOX = "Che cosa cerchi?"


def box(page: Page, name: str = BOX):
    return page.get_by_role("combobox", name=name)


def suggested(page: Page):
    return page.get_by_role("listbox").get_by_role("option")


def typed(page: Page, text: str) -> None:
    """Type in the large box of the home page and wait for what is suggested."""
    box(page).press_sequentially(text)
    expect(suggested(page).first).to_be_visible()


@pytest.fixture
def first_page(page, server):
    page.goto(server.url + "/", wait_until="networkidle")
    return page


def test_a_place_is_chosen_with_the_keyboard(first_page):
    typed(first_page, "putign")
    expect(box(first_page)).to_have_attribute("aria-expanded", "true")
    expect(box(first_page)).not_to_have_attribute("aria-activedescendant", re.compile("."))
    first_page.keyboard.press("ArrowDown")
    first = suggested(first_page).first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(first).to_contain_text("Putignano")
    assert box(first_page).get_attribute("aria-activedescendant") == first.get_attribute("id")
    expect(box(first_page)).to_be_focused()
    first_page.keyboard.press("Enter")
    first_page.wait_for_url("**/comuni/072036")


def test_a_concept_is_found_by_what_people_say(first_page):
    typed(first_page, "taxi soc")
    option = suggested(first_page).filter(has_text="Trasporto sociale").first
    expect(option).to_contain_text("← taxi sociale")
    option.click()
    first_page.wait_for_url("**/vocabolari/tipo-intervento#trasporto-sociale")


def test_a_title_leads_to_its_practice(first_page):
    typed(first_page, "social book")
    suggested(first_page).filter(has_text="Bari Social Book").click()
    first_page.wait_for_url("**/pratiche/bari-social-book")


def test_words_are_searched_while_nothing_is_chosen(first_page):
    typed(first_page, "anziani")
    first_page.keyboard.press("Enter")
    first_page.wait_for_url("**/pratiche?q=anziani")


def test_arrows_go_round_through_the_box(first_page):
    typed(first_page, "putign")
    count = suggested(first_page).count()
    first_page.keyboard.press("ArrowUp")
    expect(suggested(first_page).last).to_have_attribute("aria-selected", "true")
    first_page.keyboard.press("ArrowDown")
    expect(first_page.locator("[aria-selected=true]")).to_have_count(0)
    for _ in range(count + 1):
        first_page.keyboard.press("ArrowDown")
    expect(first_page.locator("[aria-selected=true]")).to_have_count(0)
    assert box(first_page).input_value() == "putign"


def test_escape_closes_and_the_words_stay(first_page):
    typed(first_page, "putign")
    first_page.keyboard.press("ArrowDown")
    first_page.keyboard.press("Escape")
    expect(first_page.get_by_role("listbox")).to_have_count(0)
    expect(box(first_page)).to_have_attribute("aria-expanded", "false")
    expect(box(first_page)).not_to_have_attribute("aria-activedescendant", re.compile("."))
    assert box(first_page).input_value() == "putign"
    first_page.keyboard.press("ArrowDown")
    expect(suggested(first_page).first).to_be_visible()


def test_tab_leads_out_of_the_box_and_closes(first_page):
    typed(first_page, "putign")
    first_page.keyboard.press("Tab")
    expect(first_page.get_by_role("listbox")).to_have_count(0)
    assert first_page.evaluate("document.activeElement.textContent.trim()") == "Cerca"


def test_how_many_there_are_is_said(first_page):
    typed(first_page, "putign")
    count = suggested(first_page).count()
    said = first_page.locator(".search-large [role=status]")
    expect(said).to_have_text(f"{count} suggerimenti: usa le frecce per scegliere")
    box(first_page).fill("xyzzy")
    expect(said).to_have_text("Nessun suggerimento")
    expect(first_page.get_by_role("listbox")).to_have_count(0)


def test_the_open_list_passes_axe_and_fits(page, server):
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(server.url + "/", wait_until="networkidle")
        typed(page, "caritas")
        page.keyboard.press("ArrowDown")
        faults = pages._axe_faults(page)
        # What lies under the list is hidden by it, which axe reads as an undecided contrast.
        assert not [fault for fault in faults if not fault.startswith("axe color-contrast")], faults
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        seen = suggested(page).first.bounding_box()
        top = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y).closest('[role=option]') !== null",
            [seen["x"] + 20, seen["y"] + seen["height"] / 2],
        )
        assert top, "nothing covers the list"


def test_the_box_of_the_header_and_the_page_of_results_suggest_too(page, server):
    page.goto(server.url + "/en/pratiche", wait_until="networkidle")
    for name in ("Search for a practice", "Words to look for"):
        box(page, name).press_sequentially("older")
        option = suggested(page).filter(has_text="Older people").first
        expect(option).to_be_visible()
        assert option.get_attribute("href").startswith("/en/vocabolari/")
        box(page, name).fill("")
        expect(page.get_by_role("listbox")).to_have_count(0)


def test_old_answers_are_given_up_and_few_are_asked_for(page, server):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url + "/", wait_until="networkidle")
    asked.clear()
    box(page).press_sequentially("putignano", delay=20)
    expect(suggested(page).first).to_be_visible()
    assert len(asked) <= 3, "nine keys"
    assert {urlsplit(url).path for url in asked} == {"/api/v1/suggest"}

    def late(route):
        if "q=bari" in route.request.url:
            page.wait_for_timeout(400)
        route.continue_()

    page.route("**/api/v1/suggest*", late)
    box(page).fill("bari")
    page.wait_for_timeout(200)
    box(page).fill("lecce")
    expect(suggested(page).filter(has_text="Lecce").first).to_be_visible()
    page.wait_for_timeout(400)
    expect(suggested(page).filter(has_text="Sammichele di Bari")).to_have_count(0)


def test_a_box_works_where_suggestions_do_not_come(page, server):
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.route("**/api/v1/suggest*", lambda route: route.abort())
    page.goto(server.url + "/")
    box(page).press_sequentially("anziani")
    page.wait_for_timeout(300)
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/pratiche?q=anziani")
    assert not faults


def test_markup_stays_text_in_suggestions(page, server):
    evil = "<img src=x onerror=alert(1)>"
    one = {"label": evil, "via": evil, "note": evil, "iri": "", "href": "/comuni"}
    answer = {"groups": [{"kind": "place", "label": evil, "suggestions": [one]}]}
    page.route("**/api/v1/suggest*", lambda route: route.fulfill(json=answer))
    page.goto(server.url + "/")
    typed(page, "evil")
    assert page.locator("img").count() == 0
    expect(suggested(page).first).to_contain_text(evil)


def test_without_scripts_the_box_is_a_box(page_without_script, server):
    page = page_without_script
    page.goto(server.url + "/")
    field = page.get_by_role("searchbox", name=BOX)
    field.fill("putign")
    assert page.locator("[role=listbox]").count() == 0
    field.press("Enter")
    page.wait_for_url("**/pratiche?q=putign")
