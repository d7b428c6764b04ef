"""Practices side by side: what the page says, what it does not, and what it makes of bad input."""

from __future__ import annotations

import html
import re

import pytest

from talea_api.pages.compare_rows import mark_of
from talea_catalogue import namespaces as ns

TWO = "p=scheda-pippi&p=napoli-affido-culturale"


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", markup)).split())


def row(markup: str, label: str) -> str:
    """The row of a field."""
    (found,) = (
        one for one in re.findall(r"<tr>.*?</tr>", markup, re.S)
        if re.search(rf'<th scope="row">{re.escape(label)}', one)
    )  # fmt: skip
    return found


def columns(markup: str) -> list[str]:
    head = markup.partition("<thead>")[2].partition("</thead>")[0]
    return re.findall(r'<th scope="col"><a href="[^"]*/pratiche/([a-z0-9-]+)', head)


def test_nothing_is_chosen_yet(client, release):
    page = client.page("/confronta")
    assert page.status_code == 200
    assert "<table" not in page.text
    for slug in release.repository.listed():
        assert page.text.count(f'<option value="{slug}">') == 2
    assert '<option value="072006">Bari</option>' in page.text


@pytest.mark.parametrize("base", ["", "/en"])
def test_columns_are_in_the_order_of_the_address(client, base):
    slugs = ["scheda-pippi", "bari-social-book", "napoli-affido-culturale"]
    page = client.page(f"{base}/confronta?{'&'.join('p=' + one for one in slugs)}").text
    assert columns(page) == slugs
    assert page.count("<caption>") == 1
    assert 'role="region" tabindex="0" aria-label=' in page
    assert "noindex" in page


def test_the_state_stays_in_every_link_and_form(client):
    page = client.page(f"/confronta?{TWO}&comune=072006").text
    assert (
        'href="/en/confronta?p=scheda-pippi&amp;p=napoli-affido-culturale&amp;comune=072006"'
        in page
    )
    assert 'href="/confronta?p=napoli-affido-culturale&amp;comune=072006"' in page  # one taken away
    assert 'href="/pratiche/scheda-pippi/confronto?comune=072006"' in page
    assert 'href="/pratiche/scheda-pippi/piano?comune=072006"' in page
    for name, value in (("p", "scheda-pippi"), ("comune", "072006")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


def test_each_criterion_says_what_the_fit_says(client, release):
    page = client.page(f"/confronta?{TWO}&comune=072006").text
    for slug in ("scheda-pippi", "napoli-affido-culturale"):
        fit = release.replicability.fit(slug, "072006")
        assert f"{fit.comparable} criteri su 9 confrontabili" in page
        for one in fit.criteria:
            if int(one.id[1:]) <= 10:
                label = release.repository.label(ns.concept("criterio", one.id.lower()))
                said = words(row(page, f"{one.id}. {label}"))
                code = one.verdict.replace("_", "-")
                assert one.reason.it in said
                assert release.repository.label(ns.concept("verdetto", code)) in said
    assert release.replicability.rules.prediction.it in words(page)


def test_there_is_no_score_and_no_winner(client):
    for base, banned in (("", "punteggio|migliore|vincitore"), ("/en", "score|best|winner")):
        page = client.page(f"{base}/confronta?{TWO}&comune=072006").text
        assert not re.search(rf"\b({banned})\b", words(page), re.I)


def test_what_a_sheet_does_not_say_is_said_to_be_unknown(client):
    page = client.page("/confronta?p=comune-bari-2024&p=scheda-pippi").text
    assert columns(page) == ["comune-bari-2024", "scheda-pippi"]
    assert "non indicato" in words(row(page, "Somme"))
    assert "compare-mark" not in row(page, "Bisogno"), "nothing can be said to differ from nothing"


def test_results_are_told_apart(client):
    page = client.page("/confronta?p=udine-healthy-ageing&p=scheda-pippi").text
    assert row(page, "Esiti misurati")
    assert row(page, "Realizzazioni")
    assert row(page, "Prova dei risultati, al massimo")


def test_five_practices_are_four_and_a_sentence(client, release):
    slugs = release.repository.listed()[:6]
    page = client.page("/confronta?" + "&".join(f"p={slug}" for slug in slugs)).text
    assert columns(page) == slugs[:4]
    assert "ne restano fuori 2" in page
    assert 'id="aggiungi"' not in page


@pytest.mark.parametrize(
    "value",
    ["non-esiste", "<script>alert(1)</script>", "../../etc/passwd", "😀", "a" * 5_000, "%00"],
)
def test_a_name_that_nobody_knows_is_said_and_left_aside(client, value):
    page = client.request(
        "GET", "/confronta", params={"p": ["scheda-pippi", value]}, headers={"Accept": "text/html"}
    )
    assert page.status_code == 200
    assert columns(page.text) == ["scheda-pippi"]
    assert "Una pratica non è nel catalogo" in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("istat", ["999999", "x", "072006 OR 1", "<b>"])
def test_a_comune_that_nobody_knows_is_said(client, istat):
    page = client.request(
        "GET", "/confronta", params={"p": "scheda-pippi", "comune": istat},
        headers={"Accept": "text/html"},
    )  # fmt: skip
    assert page.status_code == 200
    assert "Nel catalogo non c’è un Comune con il codice ISTAT" in page.text
    assert "Per il Comune di" not in page.text


def test_a_comune_outside_puglia_is_compared_as_far_as_is_known(client):
    page = client.page(f"/confronta?{TWO}&comune=001272").text
    assert "Dato mancante" in page
    assert "Per il Comune di Torino" in page


def test_the_same_practice_twice_is_one_column(client):
    page = client.page("/confronta?p=scheda-pippi&p=scheda-pippi").text
    assert columns(page) == ["scheda-pippi"]
    assert "aggiungine un’altra" in page


def test_a_search_offers_what_to_add(client):
    page = client.page("/confronta?p=scheda-pippi&comune=072006&q=pippi").text
    offers = page.partition('<ul class="offers">')[2].partition("</ul>")[0]
    added = re.findall(r'href="(/confronta\?p=scheda-pippi&amp;p=[^"]+)"', offers)
    assert added
    assert all("comune=072006" in one and "q=" not in one for one in added)
    assert "già nel confronto" in offers
    assert "Nessuna pratica trovata" not in page


def test_the_ways_in(client):
    for path in ("/", "/pratiche"):
        assert 'href="/confronta"' in client.page(path).text
    sheet = client.page("/pratiche/scheda-pippi?comune=072006").text
    assert 'href="/confronta?p=scheda-pippi&amp;comune=072006"' in sheet


def test_the_page_is_light(client, release):
    slugs = (*release.repository.most_told, "napoli-affido-culturale")
    address = "/confronta?comune=072006&" + "&".join(f"p={slug}" for slug in slugs)
    packed = client.request("GET", address, headers={"Accept-Encoding": "gzip"})
    assert int(packed.headers["content-length"]) <= 60_000


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        ([{"a"}, {"a"}], "same"),
        ([{"a", "b"}, {"b"}], "partly"),
        ([{"a"}, {"b"}], "different"),
        ([{"a", "b"}, {"b", "c"}, {"c", "a"}], "different"),
        ([{"a"}, set()], ""),
        ([{"a"}], ""),
        ([], ""),
    ],
)
def test_where_the_sheets_differ(values, mark):
    assert mark_of(map(frozenset, values)) == mark
