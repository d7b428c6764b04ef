"""Can this be done here: the page of a fit, the way to it from a sheet, the ladder of evidence."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from talea_api.pages.evidence import evidence_of
from talea_catalogue import namespaces as ns
from talea_catalogue.replicability import COMPARED

from .test_page_content import every_practice

CRITERIA = 14
SLUG, ISTAT = "scheda-pippi", "072006"
PAGE = f"/pratiche/{SLUG}/confronto"
NO_MARK = re.compile(r"\b(score|punteggio|punti su|voto)\b", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>")


def text_of(page: str) -> str:
    """The words of the page, without its tags."""
    return html.unescape(TAG.sub(" ", page[page.index("<main") : page.index("</main>")]))


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def page(client):
    """The comparison of a practice with many prerequisites."""
    return client.page(f"{PAGE}?comune={ISTAT}").text


def test_three_answers_in_order_and_nothing_that_sums_them_up(page):
    places = [page.index(f'id="{name}"') for name in ("blocchi", "confronto", "autovalutazione")]
    assert places == sorted(places)
    assert not NO_MARK.search(text_of(page))
    assert "Indizi, non previsione" in text_of(page)


def test_the_page_says_all_that_the_comparison_says(page, release):
    fit = release.replicability.fit(SLUG, ISTAT)
    said = squeezed(text_of(page))
    of = len(COMPARED)
    assert f"{fit.comparable} criteri su {of} confrontabili; {of - fit.comparable} senza" in said
    for one in fit.criteria:
        row = row_of(page, one.id.lower())
        assert squeezed(one.reason.it) in squeezed(text(row)), one.id
        rule = release.replicability.rules.criteria.get(one.id)
        assert rule is None or squeezed(rule.reason) in squeezed(text(row)), one.id
        for sums in one.arithmetic:
            assert sums.it in text(row)
        for lack in one.missing:
            assert lack.who.it in squeezed(text(row)).partition("Chi lo può dire:")[2]
    for one in fit.checks:
        row = row_of(page, "-".join(one.iri.rsplit("/", 2)[1:]))
        assert squeezed(one.it.title) in squeezed(text(row))
        assert not one.it.check_as_said or squeezed(one.it.check_as_said) in squeezed(text(row))
    assert fit.rules in said
    assert release.manifest.data_digest in said


def short_of(page: str) -> str:
    start = page.index('id="in-breve"')
    return page[start : page.index("</section>", start)]


class TestInShort:
    def test_it_comes_before_the_rows_and_says_what_the_comparison_says(self, page, release):
        fit = release.replicability.fit(SLUG, ISTAT)
        short = squeezed(text(short_of(page)))
        assert page.index('id="in-breve"') < page.index('id="blocchi"')
        assert "Non risulta bloccata" in short
        unknown = [one for one in fit.checks if one.verdict == "mancante"]
        assert f"Di {len(unknown)} prerequisiti non si sa" in short
        for who in {lack.who.it for one in unknown for lack in one.missing}:
            assert who in short
        for anchor in re.findall(r'href="#([^"]+)"', short_of(page)):
            assert f'id="{anchor}"' in page

    def test_the_money_has_who_says_so_and_of_when(self, client):
        page = client.page(f"{PAGE}?comune=071001").text
        short = squeezed(text(short_of(page)))
        assert "pagata con Fondo nazionale politiche sociali, PNRR, Fondi regionali" in short
        assert "PNRR 1.1.1: sostegno ai genitori (P.I.P.P.I.), Ambito territoriale" in short
        assert "italiadomani.gov.it, github.com; dato del 1 marzo 2023" in short

    @pytest.mark.parametrize(
        ("slug", "said"),
        [
            ("scheda-wemi", "Non si sa se qui si possa usare: Fondazioni, banche e donazioni"),
            ("altamura-pippi", "La scheda non dice con quali fondi è stata pagata."),
        ],
    )
    def test_money_that_no_source_tells_of_is_said_to_be_so(self, client, slug, said):
        page = client.page(f"/pratiche/{slug}/confronto?comune=071001").text
        short = squeezed(text(short_of(page)))
        assert said in short
        assert "Nessuna fonte che abbiamo letto lo dice. Chi lo può dire:" in short

    def test_every_pair_has_one(self, client):
        page = client.page("/en/pratiche/altamura-pippi/confronto?comune=072006").text
        assert "It is not known whether anything blocks it" in text(short_of(page))


def test_the_query_is_in_a_fold_of_its_own_after_the_facts(page):
    rows = re.findall(r'<article class="fit-row.*?</article>', page, re.DOTALL)
    asked = [row for row in rows if "<pre" in row]
    assert len(asked) == CRITERIA
    for row in asked:
        first, _, second = row.partition("La query per chi fa ricerca")
        assert "<pre" not in first
        assert "La regola" in first
        assert "<pre" in second


def row_of(page: str, anchor: str) -> str:
    start = page.index(f'" id="{anchor}">')
    return page[start : page.index("</article>", start)]


def text(markup: str) -> str:
    return html.unescape(TAG.sub("", markup))


def test_every_verdict_is_an_icon_and_words(page):
    labels = re.findall(
        r'<span class="verdict[^"]*"><svg [^>]*aria-hidden="true".*?</svg>(.*?)<', page
    )
    assert len(labels) == page.count('<article class="fit-row')
    assert set(labels) <= {
        "Soddisfatto o simile",
        "Diverso ma gestibile",
        "Critico",
        "Dato mancante",
        "Non giudicato",
    }


def test_every_fact_has_its_source_and_its_date_or_says_that_there_is_none(page, release):
    fit = release.replicability.fit(SLUG, ISTAT)
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)
    expected = sum(len(one.facts) for one in (*fit.criteria, *fit.checks))
    facts = [row for row in rows if "<code>" in row]
    assert len(facts) == expected > 20
    for row in facts:
        what, value, day, source = re.findall(r"<td[^>]*>(.*?)</td>", row)
        assert all(text(cell).strip() for cell in (what, value, day, source)), row


def test_every_criterion_has_the_query_that_finds_its_facts(client, page, release):
    found = re.findall(r'<a href="(/sparql\?domanda=[^"]*)"', page)
    assert len(found) == CRITERIA + 1
    for address in map(html.unescape, found):
        asked = parse_qs(urlsplit(address).query)
        assert asked["practice"] == [ns.resource("pratica", SLUG)]
        assert asked["comune"] == [ns.resource("luogo", ISTAT)]
        assert asked["domanda"][0] in release.store.library
    assert text(client.page(html.unescape(found[0])).text)
    query = release.replicability.query("C1", SLUG, ISTAT).strip()
    assert query in html.unescape(page)


def test_without_a_comune_the_page_asks_which_one(client, release):
    answer = client.page(PAGE)
    assert answer.status_code == 200
    options = re.findall(r'<option value="(\d{6})">', answer.text)
    assert sorted(options) == sorted(release.replicability.territory.puglia)
    assert "autovalutazione" not in answer.text


@pytest.mark.parametrize(
    "given",
    [
        "999999",
        "bari",
        "072006 OR 1",
        "%3Cscript%3E",
        "0" * 900,
        "%00",
        "٠٧٢٠٠٦",
        "italia",
        "/../x",
    ],
)
def test_what_is_no_comune_is_said_and_asked_again(client, given):
    answer = client.page(f"{PAGE}?comune={given}")
    assert answer.status_code == 200
    assert "non c’è un Comune con il codice" in answer.text
    assert "<script>" not in answer.text
    assert '<select class="select" id="comune"' in answer.text


def test_an_empty_choice_asks_again_and_an_unknown_practice_is_not_found(client):
    assert "non c’è un Comune" not in client.page(f"{PAGE}?comune=").text
    assert client.page(f"/pratiche/nessuna/confronto?comune={ISTAT}").status_code == 404
    assert client.page(f"/pratiche/comune-bari/confronto?comune={ISTAT}").status_code == 404


def test_the_comune_in_hand_stays_chosen_and_follows_to_the_other_language(client, page):
    assert page.count(f'<option selected value="{ISTAT}">') == 1
    assert f'href="/en{PAGE}?comune={ISTAT}" lang="en"' in page
    assert f'href="/pratiche/{SLUG}?comune={ISTAT}"' in page
    assert f"/pratiche/{SLUG}/piano?comune={ISTAT}" in page
    assert f"/api/v1/practices/{SLUG}/fit?comune={ISTAT}" in page
    castrignano = client.page(f"{PAGE}?comune=075018").text
    assert '<option selected value="075018">Castrignano de&#39; Greci</option>' in castrignano


def test_in_english_the_interface_is_english(client):
    page = client.page(f"/en{PAGE}?comune={ISTAT}").text
    said = text_of(page)
    for words in ("1. Blocks", "2. Comparison of contexts", "3. Self-assessment", "Clues, not a"):
        assert words in said
    assert "criteria of 9 can be compared" in said
    assert not NO_MARK.search(said)
    assert f'href="{PAGE}?comune={ISTAT}" lang="it"' in page


def test_a_practice_of_which_only_the_body_is_known_has_an_honest_page(client):
    page = client.page(f"/pratiche/comune-bari-2024/confronto?comune={ISTAT}").text
    said = squeezed(text_of(page))
    assert "La scheda non dice nessun prerequisito." in said
    assert "Qui è già stata fatta" in said
    assert page.count('<article class="fit-row') == CRITERIA


def test_a_comune_outside_puglia_is_told_so(client):
    page = client.page(f"{PAGE}?comune=001272").text
    assert "Un Comune fuori dalla Puglia" in page
    assert '<option selected value="001272">Torino</option>' in page


def test_whom_to_call_is_what_the_sheet_says(client, release):
    slug = "ruvo-solidale-genera-bellezza"
    it = release.repository.practice(slug)
    page = client.page(f"/pratiche/{slug}/confronto?comune=075018").text
    part = page[page.index('id="vicino"') : page.index('id="non-si-sa"')]
    assert html.escape(it.promoter_office) in part
    assert f'href="{it.web_page}"' in part


def test_every_practice_has_its_page(client, release):
    comuni = sorted(release.replicability.territory.puglia)
    for number, slug in enumerate(release.repository.slugs()):
        istat = comuni[number * 7 % len(comuni)]
        answer = client.page(f"/pratiche/{slug}/confronto?comune={istat}")
        assert answer.status_code == 200, slug
        assert answer.text.count('<article class="fit-row') >= CRITERIA, slug
        assert len(re.findall(r'id="([^"]+)"', answer.text)) == len(
            set(re.findall(r'id="([^"]+)"', answer.text))
        ), slug


def test_the_sheet_leads_to_the_comparison(client):
    plain = client.page(f"/pratiche/{SLUG}").text
    assert f'<form class="choose" action="{PAGE}" method="get">' in plain
    chosen = client.page(f"/pratiche/{SLUG}?comune={ISTAT}").text
    assert f'<a class="button" href="{PAGE}?comune={ISTAT}">Confronta con Bari</a>' in chosen
    assert f'href="/en/pratiche/{SLUG}?comune={ISTAT}" lang="en"' in chosen
    english = client.page(f"/en/pratiche/{SLUG}?comune={ISTAT}").text
    assert f'href="/en{PAGE}?comune={ISTAT}">Compare with Bari<' in english


# --- The ladder of evidence ---


def test_the_step_of_each_result_follows_the_rule_of_the_named_query(release):
    best: dict[str, int] = {}
    for row in release.store.select("practice-evidence"):
        slug, level = ns.local(row["practice"].value), int(ns.local(row["level"].value))
        best[slug] = max(level, best.get(slug, 0))
    told = {}
    for it in every_practice(release):
        steps = [step for one in it.results if (step := evidence_of(one)) is not None]
        if steps:
            told[it.slug] = max(steps)
    assert {slug: level for slug, level in best.items() if slug in told} == told
    assert len(told) > 20


def test_each_result_says_its_step_and_the_next_one(client, release):
    seen = set()
    for it in every_practice(release):
        page = client.page(f"/pratiche/{it.slug}").text
        for number, one in enumerate(it.results, 1):
            start = page.index(f'id="esito-{number}"')
            part = page[start : page.find('<div class="result', start)]
            level = evidence_of(one)
            assert ("Evidenza:" in part) is (level is not None), (it.slug, number)
            if level is not None:
                assert f"/vocabolari/livello-evidenza#{level}" in part, (it.slug, number)
                assert "Il prossimo passo per salire" in part
                seen.add((one.kind, level))
    assert len(seen) >= 3
