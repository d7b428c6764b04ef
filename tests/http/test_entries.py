"""The ways in: the map of Puglia, the needs with their evidence, one's own Comune."""

import gzip
import re
from collections import Counter
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from talea_api.pages import atlas, drawing
from talea_api.views import Visit
from talea_catalogue import namespaces as ns
from talea_catalogue.search.facets import UNSAID

LIGHTEST = 60_000
"""Bytes of a page, compressed."""


@pytest.fixture(scope="module")
def columns(release):
    return release.repository.columns()


@pytest.fixture(scope="module")
def filled(release, settings, places):
    """What the map is filled with, for some filters."""

    def fill(**query):
        given = {name: (value,) for name, value in query.items()}
        territory = places.sources.territory
        return atlas.atlas(Visit(release, settings, "it", "/mappa", {}, given, territory)).data

    return fill


def concepts(columns, name):
    return [one.value for one in columns.known(name) if one.value != UNSAID]


def asked(release, **values):
    """What the query of the map answers: link -> ISTAT codes, and link -> pairs with practices."""
    nodes = {name: ox.NamedNode(iri) for name, iri in values.items()}
    found = Counter()
    for row in release.store.select(atlas.QUERY, **nodes):
        found[ns.local(row["place"].value), ns.local(row["link"].value)] += 1
    return found


# --- The map ---


def test_every_comune_is_drawn_once_and_listed_once(client, filled):
    data = filled()
    drawn = [one.istat for these in data["drawn"].values() for one in these]
    listed = [one.istat for province in data["provinces"] for one in province.regions]
    assert len(drawn) == len(set(drawn)) == 257
    assert sorted(listed) == sorted(drawn)
    page = client.page("/mappa").text
    links = Counter(re.findall(r'href="/comuni/(\d{6})"', page))
    assert set(links.values()) == {2}, "one on the map, one in the table"
    assert page.count('tabindex="-1"><path') == 257, (
        "none of them stands in the way of the keyboard"
    )
    assert sum(count for _, _, count in data["legend"]) == 257


def test_the_map_and_its_query_give_the_same_numbers_for_every_need(release, columns, filled):
    for need in ("", *concepts(columns, "bisogno")):
        data = filled(bisogno=need) if need else filled()
        iri = ns.concept("bisogno", need) if need else ns.VOC + "bisogno"
        rows = asked(release, need=iri, target=ns.VOC + "target")
        for province in data["provinces"]:
            for one in province.regions:
                assert one.own == rows[one.istat, "Municipality"], (need, one.name)
                assert one.taken_up == rows[one.istat, "Replication"], (need, one.name)
                most = rows[one.istat, "SocialDistrict"]
                assert most - one.own <= one.shared <= most, (need, one.name)


def test_both_filters_narrow_the_map_as_they_narrow_the_list(release, columns, filled):
    for target in concepts(columns, "target")[:8]:
        data = filled(bisogno="isolamento", target=target)
        filters = {"bisogno": ("isolamento",), "target": (target,)}
        assert data["total"] == int(columns.mask(filters).sum())
        rows = asked(
            release,
            need=ns.concept("bisogno", "isolamento"),
            target=ns.concept("target", target),
        )
        own = {istat for istat, link in rows if link == "Municipality"}
        kinds = {kind: count for kind, _, count in data["legend"]}
        assert kinds[atlas.OWN] == len(own)


def test_the_count_and_its_link_agree_with_the_list_of_practices(client):
    page = client.page("/mappa?bisogno=poverta").text
    count = re.search(r"<strong>(\d+) pratiche documentate", page)[1]
    href = unescape(re.search(r'<a href="([^"]+)">L’elenco delle pratiche', page)[1])
    assert parse_qs(urlsplit(href).query) == {"bisogno": ["poverta"]}
    assert f"<strong>{count} risultati</strong>" in client.page(href).text
    query = unescape(re.search(r'<a href="([^"]+)">Apri la domanda', page)[1])
    assert parse_qs(urlsplit(query).query)["need"] == [ns.concept("bisogno", "poverta")]
    assert client.page(query).status_code == 200


def test_what_is_not_known_is_never_said_to_be_absent(client):
    page = client.page("/mappa").text
    assert "nessuna nota" in page
    assert "vuol dire che il catalogo non lo sa" in page
    assert "assent" not in page
    assert "Confini: ISTAT, elaborazione Openpolis, CC BY 4.0." in page


def test_a_chosen_comune_is_ringed_and_stays_chosen(client):
    page = client.page("/mappa?comune=075045").text
    assert "Nel cerchio: Melpignano." in page
    assert '<input type="hidden" name="comune" value="075045">' in page
    assert page.count('<circle class="map-ring"') == 1
    assert re.search(r"<details[^>]* open>\s*<summary>Lecce", page)
    links = re.findall(r'href="(/pratiche[^"]*)"', page)
    assert not [href for href in links if "comune=" in href], "there it would be a filter"


@pytest.mark.parametrize(
    "query",
    [
        "bisogno=xyzzy",
        "bisogno=non-detto",
        "target=%3Cscript%3E",
        "comune=999999",
        "comune=001272",
        "comune=",
        "bisogno=" + "a" * 3_000,
        "bisogno=poverta&bisogno=xyzzy&altro=1",
        "target=%00%ff",
    ],
)
def test_a_map_of_what_is_unknown_is_an_honest_page(client, query):
    answer = client.page(f"/mappa?{query}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    known = query in ("comune=", "bisogno=poverta&bisogno=xyzzy&altro=1")
    assert ("Un filtro non è stato usato" in answer.text) != known


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/mappa",
        "/en/mappa",
        "/mappa?bisogno=poverta&comune=075045",
        "/bisogni",
        "/bisogni/prove",
    ],
)
def test_the_ways_in_are_light(client, path):
    assert len(gzip.compress(client.page(path).content, 6)) < LIGHTEST / 2


def test_where_a_place_is_weighs_little(client, places, release):
    everywhere = [place.istat for place, _ in release.repository.comuni()]
    groups = [[istat] for istat in everywhere]
    groups += [[i for i, _ in one.members] for one in release.repository.districts()]
    for group in groups:
        found = drawing.locator(places.sources.territory, group)
        assert found is not None
        assert len(gzip.compress((found.region + found.here).encode(), 6)) < 3_000
        assert 0 <= found.at[0] <= found.width
        assert 0 <= found.at[1] <= found.height
    assert 'class="locator"' in client.page("/ambiti/ats-trani").text
    assert 'aria-label="Dove si trova Melpignano in Puglia"' in client.page("/comuni/075045").text
    assert 'class="locator"' not in client.page("/comuni/001272").text, "it is not in Puglia"


# --- The needs ---


def test_the_numbers_of_the_needs_are_those_of_the_filters(client, columns):
    page = client.page("/bisogni").text
    facet = next(one for one in columns.overview if one.name == "bisogno")
    counts = {option.value: option.count for option in facet.options}
    for value in concepts(columns, "bisogno"):
        count = counts.get(value, 0)
        row = re.search(rf'<a href="/pratiche\?bisogno={value}">.*?</tr>', page)
        assert bool(row) == bool(count), value
        if row:
            assert f'<td class="number">{count}</td>' in row[0], value
            again = int(columns.mask({"bisogno": (value,), "replicata": ("si",)}).sum())
            assert (f"</span>{again}</a>" in row[0]) == bool(again), value


def cells(page):
    """(need, step) -> count, of each cell that has a query; and the addresses of both."""
    found = {}
    for cell in re.findall(r'<td class="number">(.*?)</td>', page):
        query = re.search(r'class="cell-query" href="([^"]+)"', cell)
        if query is None:
            continue
        asked_ = parse_qs(urlsplit(unescape(query[1])).query)
        count = re.search(r">(\d+)</(?:a|span)>", cell)[1]
        href = re.search(r'class="cell" href="([^"]+)"', cell)
        key = asked_["need"][0], asked_["level"][0]
        found[key] = int(count), unescape(href[1]) if href else None, unescape(query[1])
    return found


def test_every_cell_counts_what_its_practices_and_its_query_do(client, release, columns):
    found = cells(client.page("/bisogni/prove").text)
    steps = [v.value for v in columns.known("evidenza") if _some(columns, v.value)]
    assert len(found) == len(columns.known("bisogno")) * len(steps)
    for need in columns.known("bisogno"):
        for step in steps:
            iris = _iri("bisogno", need.value), _iri("livello-evidenza", step)
            count, href, _ = found[iris]
            filters = {"bisogno": (need.value,), "evidenza": (step,)}
            assert count == int(columns.mask(filters).sum()), iris
            wanted = {name: list(values) for name, values in filters.items()}
            assert href is None if not count else parse_qs(urlsplit(href).query) == wanted
            nodes = {"need": ox.NamedNode(iris[0]), "level": ox.NamedNode(iris[1])}
            assert len(release.store.select("need-evidence", **nodes)) == count, iris


def test_a_cell_opens_its_practices_and_its_query(client):
    found = cells(client.page("/bisogni/prove").text)
    key = _iri("bisogno", "disagio-abitativo"), _iri("livello-evidenza", "1")
    count, href, query = found[key]
    assert f"<strong>{count} risultati</strong>" in client.page(href).text
    page = client.page(query)
    assert page.status_code == 200
    assert page.text.count('href="/pratiche/') >= count
    assert "livello-evidenza/1" in page.text


def test_steps_that_nobody_gave_are_said_so(client):
    page = client.page("/bisogni/prove").text
    assert "Nessuna pratica è a questi gradini: 3. Confrontata" in page
    assert "non che la pratica non funzioni" in page


def _some(columns, step):
    return bool(columns.mask({"evidenza": (step,)}).any())


def _iri(scheme, value):
    return ns.VOC + scheme if value == UNSAID else ns.concept(scheme, value)


# --- One's own Comune ---


@pytest.mark.parametrize(
    ("asked_", "istat"),
    [
        ("Melpignano", "075045"),
        ("  melpignano ", "075045"),
        ("BARI", "072006"),
        ("melpign", "075045"),
        ("075045", "075045"),
        ("Corigliano d’Otranto", "075023"),
    ],
)
def test_a_name_that_leaves_no_doubt_goes_straight_to_the_comune(client, asked_, istat):
    for base in ("", "/en"):
        answer = client.page(f"{base}/comuni", params={"comune": asked_})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{base}/comuni/{istat}")


@pytest.mark.parametrize("asked_", ["", "san", "%", "'\"<script>", "x" * 4_000, "\x00", "Milano"])
def test_any_other_name_gives_the_list(client, asked_):
    answer = client.page("/comuni", params={"comune": asked_})
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_what_is_chosen_and_may_be_several_is_looked_for_in_the_list(client):
    chosen, named = (client.page(f"/comuni?{name}=castr").text for name in ("comune", "nome"))
    assert re.search(r"<strong>\d+ Comuni</strong>", chosen)[0] in named
    assert 'name="nome" value="castr"' in chosen


def test_a_name_written_wrong_is_offered_right(client):
    page = client.page("/comuni?nome=Giovinazo").text
    assert '<a href="/comuni/072022">Giovinazzo</a>' in page
    assert "Forse cercavi" not in client.page("/comuni?nome=qwertyuiop").text


def test_home_has_both_ways_in(client):
    page = client.page("/").text
    assert '<select class="select" id="da-bisogno" name="bisogno">' in page
    assert re.search(r'<form action="/comuni" method="get">.*?name="comune"', page, re.S)
    assert 'href="/bisogni"' in page
