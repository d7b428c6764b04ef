"""The ways from needs to measured results, and who of a like size took up a practice."""

import html
import re

import pytest

from talea_api.pages.needs import EVIDENCE, MEASURED

NAMED = re.compile(r'<li><a href="(/pratiche\?bisogno=[^"]+)">')


def test_needs_lead_at_once_to_measured_results_and_to_the_evidence(client, release):
    page = client.page("/bisogni").text
    before = page[: page.index("<table")]
    count = int(release.repository.columns().mask({EVIDENCE: MEASURED}).sum())
    href, shown = re.search(r'href="([^"]+)">Tutte le pratiche con[^(]+\((\d+)\)', before).groups()
    assert int(shown) == count > 0
    assert f"{count} risultat" in client.page(html.unescape(href)).text
    assert 'href="/bisogni/prove"' in before


def test_needs_without_a_measure_are_open_and_lead_to_their_practices(client):
    page = client.page("/bisogni/prove").text
    part = page[page.index('id="senza-misura"') :].partition("</section>")[0]
    assert "<details" not in page[page.index("<h1") : page.index("<table")]
    said = int(re.search(r"(\d+) bisogni senza", part)[1])
    assert len(NAMED.findall(part)) == said > 0
    found = html.unescape(NAMED.findall(part)[0])
    steps = "".join(f"&{EVIDENCE}={step}" for step in MEASURED)
    assert "risultat" in client.page(found).text
    assert "Nessun risultato" in client.page(found + steps).text


@pytest.mark.parametrize(
    ("istat", "alike", "others"),
    [("071001", ("Capizzi", "Zollino"), ("Gubbio", "Alghero")), ("072006", ("Verona",), ())],
)
def test_a_place_of_another_size_is_said_to_be_so(client, istat, alike, others):
    page = client.page(f"/comuni/{istat}").text
    part = page[page.index('id="ripetute"') :].partition("</section>")[0]
    near, _, far = part.partition('id="ripetute-altrove"')
    assert all(f'<th scope="row">{name}</th>' in near for name in alike)
    assert all(f'<th scope="row">{name}</th>' in far for name in others)
    assert bool(far) is bool(others)
