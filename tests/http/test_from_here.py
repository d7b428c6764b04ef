"""Every practice seen from a Comune: its states, its reasons, its filters, and the ways to it."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from talea_api.pages import from_here as the_page
from talea_api.settings import Settings
from talea_api.views import Visit
from talea_catalogue.replicability.asked import CRITICAL, MISSING
from talea_catalogue.replicability.listing import Listed

from .test_territory_pages import part

ISTAT = "072006"
PAGE = f"/comuni/{ISTAT}/pratiche"
OUTSIDE = "001272"
MINORS = "minori"


def seen(release, istat=ISTAT, lang="it", **query):
    """What the page is filled with."""
    given = {name: (value,) for name, value in query.items()}
    path = f"/comuni/{istat}/pratiche"
    visit = Visit(release, Settings(), lang, path, {"istat": istat}, given)
    return the_page.from_here(visit).data


def slugs(data):
    return [urlsplit(row.href).path.rsplit("/", 1)[-1] for row in data["rows"]]


def every_row(release, istat=ISTAT, **query):
    """Slug -> row, over all the pages."""
    found, number, total = {}, 1, None
    while total is None or len(found) < total:
        data = seen(release, istat, pagina=str(number), **query)
        found |= dict(zip(slugs(data), data["rows"], strict=True))
        number, total = number + 1, data["total"]
        assert data["rows"] or not total
    return found


def counts(data):
    """All, then each state."""
    return [count for _, _, count, _, _ in data["states"]]


@pytest.mark.parametrize("istat", [ISTAT, "075018", OUTSIDE])
def test_the_states_add_up_to_all_the_practices(release, istat):
    listed = release.replicability.practices(istat)
    total, *states = counts(seen(release, istat))
    assert total == len(listed) == sum(states)
    for state, count in zip(the_page.TITLES, states, strict=True):
        assert seen(release, istat, stato=state)["total"] == count


def test_the_rows_are_in_the_order_of_the_rules(release):
    ordered = [one.slug for one in release.replicability.practices(ISTAT)]
    assert list(every_row(release)) == ordered
    wanted = seen(release, stato=the_page.TO_CHECK)
    assert slugs(wanted) == [slug for slug in ordered if slug in slugs(wanted)]


def test_each_row_says_what_its_fit_says(release):
    engine = release.replicability
    states = the_page.states(engine, engine.practices(ISTAT))
    own = {brief.slug for brief in release.repository.practices_of_comune(ISTAT)}
    for slug, row in every_row(release).items():
        fit = engine.fit(slug, ISTAT)
        verdicts = [one.verdict for one in fit.checks]
        expected = (
            the_page.BLOCKED
            if fit.blocks
            else the_page.UNTOLD
            if not verdicts
            else the_page.TO_CHECK
            if {MISSING, CRITICAL} & set(verdicts)
            else the_page.MET
        )
        assert states[slug] == expected
        assert bool(row.checks) == bool(verdicts)
        assert (row.comparable, row.of) == (fit.comparable, 9)
        assert len(row.reasons) + row.more == sum(v in (MISSING, CRITICAL) for v in verdicts)
        assert {one.title for one in row.reasons} <= {one.it.title for one in fit.checks}
        binding = any(one.it.binding and one.verdict == MISSING for one in fit.checks)
        assert not row.reasons or row.reasons[0].binding == binding
        assert row.here or slug not in own
        asked = urlsplit(row.fit)
        assert (asked.path, parse_qs(asked.query)) == (
            f"/pratiche/{slug}/confronto",
            {"comune": [ISTAT]},
        )


def test_a_need_and_people_narrow_as_their_filters_do(release):
    columns = release.repository.columns()
    for name in ("bisogno", "target"):
        for one in columns.known(name)[:-1]:
            passing = columns.mask({name: (one.value,)}).sum()
            assert counts(seen(release, **{name: one.value}))[0] == passing
    both = seen(release, bisogno="isolamento", target=MINORS)
    passing = columns.mask({"bisogno": ("isolamento",), "target": (MINORS,)}).sum()
    assert both["total"] == passing == sum(counts(both)[1:])


@pytest.mark.parametrize(
    ("listed", "declared", "state"),
    [
        (Listed("a", 1, 2, 3), 6, "bloccate"),
        (Listed("a", 0, 2, 1), 3, "da-verificare"),
        (Listed("a", 0, 2, 0), 2, "soddisfatti"),
        (Listed("a", 0, 0, 0), 0, "senza-prerequisiti"),
        (Listed("a", 0, 0, 0), 1, "da-verificare"),  # denied, and not said to be binding
        (Listed("a", 0, 1, 0), 2, "da-verificare"),
    ],
)
def test_the_state_of_a_practice(listed, declared, state):
    assert the_page._state(listed, declared) == state


def test_what_is_there_already_is_said(client, release):
    rows = every_row(release)
    for brief in release.repository.practices_of_comune(ISTAT):
        assert brief.slug not in rows or rows[brief.slug].here
    assert not all(row.here for row in rows.values())
    assert "c’è già qui" in html.unescape(client.page(PAGE).text)


@pytest.mark.parametrize("base", ["", "/en"])
def test_the_page_says_order_prediction_and_that_nothing_is_a_mark(client, release, base):
    page = html.unescape(client.page(f"{base}{PAGE}?target={MINORS}").text)
    rules, lang = release.replicability.rules, "en" if base else "it"
    assert rules.order.to(lang) in page
    assert rules.prediction.to(lang) in page
    assert not re.search(r"\b(score|punteggio|voto)\b", page, re.IGNORECASE)
    assert len(client.page(f"{base}{PAGE}").text.encode()) < 60_000


def test_the_page_of_a_comune_leads_there(client, release):
    page = html.unescape(client.page(f"/comuni/{ISTAT}").text)
    counted = dict(zip(the_page.TITLES, counts(seen(release))[1:], strict=True))
    for state, count in counted.items():
        assert (f'href="{PAGE}?stato={state}"' in page) == bool(count)
    assert f"di {counted[the_page.TO_CHECK]} non si sa" in part(page, "senza-blocchi")
    assert f'<a class="button" href="{PAGE}">' in page
    needs = part(page, "bisogni-scoperti")
    assert f'href="{PAGE}?bisogno=' in needs
    assert 'href="/pratiche?bisogno=' not in needs
    like = re.findall(r'<h3><a href="/pratiche/[^"?]+([^"]*)"', part(page, "simili"))
    assert like
    assert set(like) == {f"?comune={ISTAT}"}


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("stato=nessuno", 1),
        ("bisogno=non-indicato&target=%3Cscript%3E", 2),
        ("bisogno=&pagina=99999", 0),
        ("pagina=-1&q=x&stato=" + "x" * 3000, 1),
        ("stato=bloccate&stato=soddisfatti&bisogno=%F0%9F%98%80%00", 1),
    ],
)
def test_bad_input_is_left_aside_and_said(client, query, ignored):
    answer = client.page(f"{PAGE}?{query}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert ("Un filtro non è stato usato" in answer.text) == bool(ignored)


@pytest.mark.parametrize("istat", ["999999", "x", "%00", "073000", "regione-puglia"])
def test_an_unknown_comune_is_not_found_as_its_page_is_not(client, istat):
    assert client.page(f"/comuni/{istat}/pratiche").status_code == 404
    assert client.page(f"/comuni/{istat}").status_code == 404
