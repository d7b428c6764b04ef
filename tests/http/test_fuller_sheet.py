"""A practice that another sheet tells more of: its pages and its cards say so and lead there."""

import re

import pytest

POOR, FULLER = "/pratiche/altamura-pippi", "/pratiche/scheda-pippi"
NOTICE = "C’è una scheda più completa"


@pytest.mark.parametrize("below", ["", "/confronto", "/piano"])
@pytest.mark.parametrize("asked", ["", "?comune=071001"])
def test_the_notice_leads_to_the_same_page_of_the_fuller_one(client, below, asked):
    page = client.page(POOR + below + asked).text
    before, found, after = page.partition(NOTICE)
    assert found
    assert "<h2" not in before[before.index("<h1") :]
    assert f'href="{FULLER}{below}{asked}"' in after[: after.index("</div>")]


def test_a_comune_that_is_none_is_not_carried(client):
    page = client.page(POOR + "/confronto?comune=x%22%3E").text
    assert f'href="{FULLER}/confronto"' in page


@pytest.mark.parametrize("below", ["", "/confronto", "/piano"])
def test_the_fuller_one_has_no_notice(client, below):
    assert NOTICE not in client.page(f"{FULLER}{below}?comune=071001").text


def test_a_card_says_which_sheet_goes_deeper(client):
    page = client.page("/pratiche?q=pippi").text
    cards = re.findall(r'<article class="practice-card">.*?</article>', page, re.DOTALL)
    of = {re.search(r'href="([^"]+)"', card)[1]: card for card in cards}
    assert "Approfondita da:" in of[POOR]
    assert f'href="{FULLER}"' in of[POOR]
    assert "Approfondita da:" not in of[FULLER]
    assert list(of).index(FULLER) + 1 == list(of).index(POOR)


def test_it_is_said_in_english(client):
    assert "There is a fuller sheet" in client.page(f"/en{POOR}").text
