"""The page `/sparql`: the questions of the library, how a result is seen, cited and asked again."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import time
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from markupsafe import escape

from talea_api.pages.questions import QUESTION, questions, short
from talea_api.pages.results import BARS_SHOWN, ROWS_SHOWN
from talea_api.pages.sparql import FILES, SUFFIXES
from talea_api.security import HEADERS

EVIL = "\"><script>alert(1)</script>'&amp;{{7*7}}</textarea></title></code>"
EVIL_LITERAL = json.dumps(EVIL)
TAG = re.compile(r"<[^>]*>")
PUGLIA = """PREFIX talea: <https://w3id.org/talea/onto/>
PREFIX clv: <https://w3id.org/italia/onto/CLV/>
SELECT ?place ?residents WHERE { ?place a clv:City ; talea:population ?residents }
ORDER BY DESC(?residents)"""


def page_of(client, query, **more):
    return client.page("/sparql?" + urlencode({"query": query, "format": "html", **more}))


def words(markup: str) -> str:
    return " ".join(html.unescape(TAG.sub(" ", markup)).split())


def links(markup: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="([^"]*)"', markup)]


@pytest.fixture(scope="module")
def library(release):
    return release.store.library


# --- The library ---


@pytest.mark.parametrize("lang", ["it", "en"])
def test_every_question_for_people_is_listed_once_with_its_words(client, library, lang):
    page = client.page("/sparql" if lang == "it" else "/en/sparql").text
    base = "" if lang == "it" else "/en"
    for query in questions(library):
        address = f"{base}/sparql?{QUESTION}={short(query.name)}"
        assert links(page).count(address) == 1, query.name
        assert query.header[f"question-{lang}"] in words(page), query.name
    assert sum(query.name.startswith("cq-") for query in questions(library)) == 30


def test_every_question_answers_at_its_address_as_the_library_does(client, library):
    for query in questions(library):
        page = client.page(f"/sparql?{QUESTION}={short(query.name)}")
        assert page.status_code == 200, query.name
        assert f"<h1>{html.escape(query.header['title-it'], quote=False)}</h1>" in page.text
        if (expected := query.header.get("expected")) is not None:
            said = "Nessuna riga" if expected == "0" else f"{expected} rig"
            assert said in words(page.text), query.name


def test_parameters_are_fields_with_a_name_and_the_example(client, library):
    for query in questions(library):
        if not query.name.startswith("cq-"):
            continue
        page = client.page(f"/en/sparql?{QUESTION}={short(query.name)}").text
        for one in query.parameters:
            assert f'<label class="label" for="p-{one.name}">{one.labels["en"]}</label>' in page
            chosen = f'value="{one.example}"'
            assert chosen in page, (query.name, one.name)


def test_names_of_parameters_are_none_that_the_page_uses(library):
    taken = {"query", "update", "format", QUESTION, "vista", "voce", "valore"}
    for query in library.values():
        assert not taken & {one.name for one in query.parameters}, query.name
    names = [short(query.name) for query in questions(library)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "parameter", "count"),
    [
        ("cq-01", "area", 5),
        ("cq-03", "province", 7),
        ("cq-12", "place", 257),
        ("cq-12", "series", 20),
        ("cq-16", "practice", 80),
        ("cq-21", "district", 45),
        ("cq-24", "edition", 1),
        ("cq-23", "project", 1),
    ],
)
def test_a_resource_is_chosen_by_its_name(client, name, parameter, count):
    page = client.page(f"/sparql?{QUESTION}={name}").text
    select = re.search(rf'<select class="select" id="p-{parameter}".*?</select>', page, re.DOTALL)
    assert select
    options = re.findall(r'<option value="https://w3id.org/[^"]+"[^>]*>([^<]+)<', select[0])
    assert len(options) >= count
    assert select[0].count(" selected") == 1
    assert not any(option.strip().startswith("http") for option in options)


def test_values_of_the_address_are_bound_and_the_link_can_be_shared(client):
    page = client.page(f"/sparql?{QUESTION}=cq-07&residents=5000&budget=12000,50").text
    text = html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1])
    assert text.startswith("# Talea: cq-07-alla-portata-di-un-comune\nPREFIX")
    assert '"5000"^^' in text
    assert '"12000.50"^^' in text or '"12000.5"^^' in text
    share = next(one for one in links(page) if one.endswith("residents=5000&budget=12000.50"))
    again = client.page(urlsplit(share).path + "?" + urlsplit(share).query)
    assert text in html.unescape(again.text)


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("cq-07&residents=ventimila", "residents"),
        ("cq-07&residents=", "residents"),
        ("cq-07&residents=20.000.000", "residents"),
        ("cq-07&budget=1e400", "budget"),
        ("cq-07&budget=%D9%A1", "budget"),
        ("cq-29&before=2026-02-30", "before"),
        ("cq-29&before=20260230", "before"),
        ("cq-16&practice=non%20un%20indirizzo", "practice"),
        ("cq-16&practice=" + quote("<a> } #"), "practice"),
        ("cq-16&practice=%3E%20%7D", "practice"),
        ("cq-26&margin=" + "9" * 600, "margin"),
    ],
)
def test_a_value_that_does_not_fit_is_told_at_its_field(client, address, field):
    page = client.page(f"/sparql?{QUESTION}={address}")
    assert page.status_code == 400
    assert f'aria-invalid="true" aria-describedby="e-{field}"' in page.text
    assert f'id="e-{field}"' in page.text
    assert page.text.count('aria-invalid="true"') == 1
    assert 'id="risultato"' not in page.text
    data = client.get(f"/sparql?{QUESTION}={address}")
    assert (data.status_code, data.json()["code"]) == (400, "bad-parameter")


def test_no_value_becomes_syntax(client):
    for value in ('x> } INSERT DATA { <a:a> <a:b> "c" } #', EVIL, "http://a/\u0000"):
        page = client.page(f"/sparql?{QUESTION}=cq-16&practice={quote(value)}")
        assert page.status_code == 400
        assert "<script>alert" not in page.text
    page = client.page(f"/sparql?{QUESTION}=cq-16&practice=" + quote("http://a/'\"`$(id)"))
    assert "<script>alert" not in page.text


def test_an_iri_that_is_not_in_the_list_can_be_asked_of_all_the_same(client):
    page = client.page(f"/sparql?{QUESTION}=cq-16&practice=https://example.org/x")
    assert page.status_code == 200
    assert '<option value="https://example.org/x" selected>' in page.text
    assert "Nessuna riga" in page.text


def test_a_question_that_is_not_there_is_a_404(client):
    page = client.page(f"/sparql?{QUESTION}=cq-99")
    assert page.status_code == 404
    assert "Non c’è una domanda con questo nome" in page.text
    assert client.get(f"/sparql?{QUESTION}=cq-99").json()["code"] == "not-found"


def test_a_question_answers_machines_in_their_formats(client):
    address = f"/sparql?{QUESTION}=cq-25"
    data = client.get(address)
    assert data.headers["content-type"] == "application/sparql-results+json"
    assert client.get(address + "&format=csv").text.startswith("place,name,")
    tag = data.headers["etag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_what_the_catalogue_lacks_is_said(client, library):
    for query in questions(library):
        if missing := query.header.get("missing-it"):
            page = client.page(f"/sparql?{QUESTION}={short(query.name)}").text
            assert missing in words(page), query.name


def test_the_other_language_has_the_same_question_and_values(client, library):
    page = client.page(f"/sparql?{QUESTION}=cq-07&residents=5000").text
    other = next(one for one in links(page) if one.startswith("/en/sparql?"))
    assert parse_qs(urlsplit(other).query)["residents"] == ["5000"]
    title = library["cq-07-alla-portata-di-un-comune"].header["title-en"]
    assert f"<h1>{title}</h1>" in client.page(other).text


# --- Seeing a result ---


def test_our_iris_lead_to_our_pages_and_others_out(client):
    query = """SELECT * WHERE { VALUES ?x {
      <https://w3id.org/talea/id/luogo/072006> <https://w3id.org/talea/id/pratica/bari-social-book>
      <https://w3id.org/talea/voc/target/anziani> <https://w3id.org/talea/onto/GoodPractice>
      <http://purl.org/dc/terms/title> <javascript:alert(1)> <https://example.org/?a=1&b=2> } }"""
    page = page_of(client, query).text
    for ours in (
        "/comuni/072006",
        "/pratiche/bari-social-book",
        "/vocabolari/target#anziani",
        "/ontologia#GoodPractice",
    ):
        assert f'<a href="{ours}">' in page, ours
        assert client.page(ours.partition("#")[0]).status_code == 200
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener noreferrer">' in page
    assert ">dct:title</a>" in page
    assert 'href="javascript' not in page
    assert "Bari" in words(page), "the name stands beside the address"
    english = client.page("/en/sparql?" + urlencode({"query": query})).text
    assert '<a href="/en/comuni/072006">' in english


def test_a_chart_draws_each_row_as_a_bar(client):
    rows = " ".join(f'("voce {n}" {n})' for n in range(1, 5))
    query = f"SELECT * WHERE {{ VALUES (?cosa ?quanto) {{ {rows} }} }}"
    plain = page_of(client, query).text
    assert "vista=grafico" in plain
    page = page_of(client, query, vista="grafico").text
    assert page.count('<svg class="bar"') == 4
    widths = re.findall(r'<rect class="share-part" x="0.0" width="([0-9.]+)"', page)
    assert [float(one) for one in widths] == [25.0, 50.0, 75.0, 100.0]
    assert "quanto per cosa" in words(page)


def test_a_chart_knows_what_is_below_zero_and_what_has_no_place(client):
    query = """SELECT * WHERE { VALUES (?a ?n) {
      ("su" 30) ("giù" -10) ("zero" 0) ("infinito" "INF"^^<http://www.w3.org/2001/XMLSchema#double>)
      ("niente" UNDEF) } }"""
    page = page_of(client, query, vista="grafico").text
    assert '<rect class="share-part" x="25.0" width="75.0"' in page
    assert '<rect class="bar-below" x="0.0" width="25.0"' in page
    assert "2 righe non sono disegnate" in words(page)


def test_a_chart_has_room_for_any_number(client):
    query = """SELECT * WHERE { VALUES (?a ?n) {
      ("g" 1e308) ("m" -1e308) ("p" 1e-320) ("s" 123456789012345678) ("z" 0.1) ("k" 0.00001) } }"""
    for view in ("grafico", "mappa"):
        page = page_of(client, query, vista=view)
        assert page.status_code == 200
        assert "nan" not in re.findall(r'(?:x|width)="([^"]*)"', page.text)
    said = words(page_of(client, query, vista="grafico").text)
    assert "1e+308" in said
    assert "0,1" in said
    assert "0,00001" in said
    place = "<https://w3id.org/talea/id/luogo/072006>"
    drawn = page_of(client, f"SELECT * {{ VALUES (?c ?n) {{ ({place} 1e308) }} }}", vista="mappa")
    assert "<title>Bari: 1e+308</title>" in drawn.text


def test_years_are_no_amounts(client):
    years = 'SELECT ?a ?startYear { VALUES (?a ?startYear) { ("x" 2015) ("y" 2016) } }'
    assert "vista=grafico" not in page_of(client, years).text
    amounts = years.replace("2016", "16")
    assert "vista=grafico" in page_of(client, amounts).text


def test_who_asks_a_question_reads_names_and_who_writes_a_query_reads_iris(client):
    link = "/vocabolari/stato-replica#avviata"
    asked = client.page(f"/sparql?{QUESTION}=cq-16").text
    assert f'<a href="{link}">Avviata</a>' in asked
    query = "SELECT * { VALUES ?x { <https://w3id.org/talea/voc/stato-replica/avviata> } }"
    written = page_of(client, query).text
    assert f'<a href="{link}">voc:stato-replica/avviata</a>' in written
    assert '<span class="quiet">Avviata</span>' in written


def test_a_chart_has_a_bound(client):
    page = page_of(client, PUGLIA + " LIMIT 200", vista="grafico").text
    assert page.count('<svg class="bar"') == BARS_SHOWN
    assert "150 righe non sono disegnate" in words(page)
    assert "Bari" in words(page), "places go by their name"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * WHERE { VALUES ?x { 1 2 3 } }",
        'SELECT * WHERE { VALUES ?x { "a" "b" } }',
        'SELECT * WHERE { VALUES (?x ?y) { ("a" 1) } }',
        'SELECT * WHERE { VALUES (?x ?y) { ("a" 1) ("b" "2") } }',
        "SELECT * WHERE { ?s <none:p> ?o }",
    ],
)
@pytest.mark.parametrize("view", ["grafico", "mappa", "altro"])
def test_where_columns_do_not_allow_a_view_there_is_the_table(client, query, view):
    page = page_of(client, query, vista=view)
    assert page.status_code == 200
    assert '<svg class="bar"' not in page.text
    assert '<svg class="map-picture"' not in page.text
    assert "vista=grafico" not in page.text


def test_the_map_has_every_comune_in_its_shade(client):
    page = page_of(client, PUGLIA, vista="mappa").text
    assert page.count("<path class=") == 257
    shades = [page.count(f'<path class="map-{n}"') for n in range(1, 6)]
    assert sum(shades) == 257
    assert max(shades) - min(shades) <= 2
    assert "<title>Bari: 315.831</title>" in page or re.search(
        "<title>Bari: 3[0-9.]+</title>", page
    )
    assert 'role="img" aria-labelledby="mappa-titolo mappa-testo"' in page
    assert "Confini: ISTAT, elaborazione Openpolis, CC BY 4.0." in page
    assert '<th scope="row"><a href="/comuni/072006">Bari</a></th>' in page


def test_the_map_counts_rows_where_a_comune_has_several(client):
    query = """SELECT * WHERE { VALUES (?c ?n) {
      (<https://w3id.org/talea/id/luogo/072006> 5) (<https://w3id.org/talea/id/luogo/072006> 7)
      (<https://w3id.org/talea/id/luogo/075035> 9) (<https://w3id.org/talea/id/luogo/001272> 9)
      } }"""
    page = page_of(client, query, vista="mappa").text
    assert "righe per Comune della Puglia" in words(page)
    assert "<title>Bari: 2</title>" in page
    assert "Una riga non nomina un Comune della Puglia." in words(page)
    assert page.count('<path class="map-none"') == 255


def test_the_body_of_a_comune_is_on_the_map(client):
    query = "SELECT * WHERE { VALUES ?b { <https://w3id.org/talea/id/ente/c_a662> } }"
    page = page_of(client, query, vista="mappa").text
    assert "<title>Bari: 1</title>" in page


def test_columns_are_chosen_by_name_and_a_wrong_name_is_no_harm(client):
    query = 'SELECT ?a ?n ?m WHERE { VALUES (?a ?n ?m) { ("x" 1 4) ("y" 2 3) } }'
    first = page_of(client, query, vista="grafico").text
    other = page_of(client, query, vista="grafico", valore="m").text
    assert "<caption>n per a</caption>" in first
    assert "<caption>m per a</caption>" in other
    for wrong in ("zz", EVIL, "a"):
        page = page_of(client, query, vista="grafico", valore=wrong, voce=wrong).text
        assert "<caption>n per a</caption>" in page
        assert "<script>alert" not in page


# --- Results are text ---


def hostile(view: str) -> str:
    rows = {
        "table": f"({EVIL_LITERAL} 1) ({EVIL_LITERAL}@it 2) (<https://example.org/'x'> 3)",
        "mappa": f"(<https://w3id.org/talea/id/luogo/072006> 1) ({EVIL_LITERAL} 2)",
    }
    return f"SELECT * WHERE {{ VALUES (?a ?n) {{ {rows.get(view, rows['table'])} }} }}"


def assert_only_our_markup(markup: str) -> None:
    allowed = [
        r'<script src="/static/dist/sparql[^"]*" defer></script>',
        r'<script type="application/ld\+json">[^<]*</script>',
    ]
    for pattern in allowed:
        markup = re.sub(pattern, "", markup)
    assert "<script" not in markup
    assert markup.count("<textarea") == markup.count("</textarea>")
    assert markup.count("<title") == markup.count("</title>")
    for tag in TAG.findall(markup):
        assert not re.search(r"\s(?:on[a-z]+|style)\s*=", tag), tag


@pytest.mark.parametrize("view", ["", "grafico", "mappa"])
def test_a_literal_with_markup_stays_text_in_every_view(client, view):
    query = hostile(view)
    page = page_of(client, query, vista=view)
    assert page.status_code == 200
    assert_only_our_markup(page.text)
    if view != "mappa":
        assert str(escape(EVIL)) in page.text
    text = html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)[1])
    assert text == query, "the editor holds the query as it was"


@pytest.mark.parametrize(
    "query",
    [
        f"CONSTRUCT {{ <a:a> <a:b> {EVIL_LITERAL} }} WHERE {{}}",
        f"ASK {{ FILTER ({EVIL_LITERAL} = {EVIL_LITERAL}) }}",
        f"SELECT * WHERE {{ {EVIL_LITERAL} ",
        f"SELECT * WHERE {{ # {EVIL}\n <x> }}",
        f"# {EVIL}",
    ],
)
def test_a_query_with_markup_stays_text_whatever_becomes_of_it(client, query):
    assert_only_our_markup(page_of(client, query).text)
    assert_only_our_markup(client.page("/en/sparql?" + urlencode({"query": query})).text)


def test_a_literal_with_markup_stays_text_in_every_file(client):
    table, graph = hostile(""), f"CONSTRUCT {{ <a:a> <a:b> {EVIL_LITERAL} }} WHERE {{}}"
    for kind, query in (("table", table), ("graph", graph)):
        for name in FILES[kind]:
            answer = client.page("/sparql?" + urlencode({"query": query, "format": name}))
            assert answer.status_code == 200, name
            assert "html" not in answer.headers["content-type"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            policy = answer.headers["content-security-policy"]
            assert policy == HEADERS["Content-Security-Policy"], "no file may run a script"
            if name in ("xml", "rdf"):
                assert "<script" not in answer.text


def test_every_file_that_the_page_offers_is_there(client):
    assert {name for names in FILES.values() for name in names} == set(SUFFIXES)
    for query in (
        "SELECT * WHERE { ?s a ?c } LIMIT 2",
        "ASK {}",
        "CONSTRUCT WHERE { ?s a ?c } LIMIT 2",
    ):
        page = page_of(client, query).text
        offered = [one for one in links(page) if one.startswith("/sparql?query=")]
        files = [one for one in offered if "format=" in one and "format=html" not in one]
        assert len(files) >= 2
        for address in files:
            assert client.page(address).status_code == 200, address


# --- Citing and asking again ---


def test_a_result_is_cited_with_its_data_its_query_and_its_address(client, release):
    page = client.page(f"/sparql?{QUESTION}=cq-25")
    said = words(page.text)
    manifest = release.manifest
    assert f"edizione dei dati {manifest.data_digest_short}" in said
    assert manifest.data_digest in said
    assert "query SHA-256" in said
    edition = next(one for one in links(page.text) if "/dati/versioni/" in one)
    assert client.page(urlsplit(edition).path).status_code == 200


def test_line_breaks_of_a_form_do_not_change_the_query(client):
    one = page_of(client, "ASK {\n}").text
    two = page_of(client, "ASK {\r\n}").text
    digests = [re.search(r"query SHA-256 ([0-9a-f]{16})", words(text))[1] for text in (one, two)]
    assert digests[0] == digests[1]


def test_snippets_are_shown_as_text(client):
    page = page_of(client, hostile("")).text
    blocks = re.findall(
        r'<pre [^>]*id="codice-[a-z]+"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL
    )
    assert len(blocks) == 3
    for block in blocks:
        assert "<" not in block
    assert "curl -H" in html.unescape(blocks[0])


@pytest.mark.parametrize("form", ["SELECT", "CONSTRUCT"])
def test_snippets_run_as_they_are_and_bring_the_result(server, form):
    value = json.dumps("it's $HOME `id` \"quoted\" \\ à\n\tsecond line !! '''")
    query = {
        "SELECT": f"SELECT ?x\nWHERE {{ VALUES ?x {{ {value} }} }}\t# '; echo owned; '\n",
        "CONSTRUCT": f"CONSTRUCT {{ <a:a> <a:b> {value} }}\nWHERE {{}} # $(echo owned)",
    }[form]
    page = httpx.get(server.url + "/sparql", params={"query": query, "format": "html"}).text
    found = dict(re.findall(r'id="codice-([a-z]+)"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL))
    programs = {
        "python": [sys.executable, "-c"],
        "sparqlwrapper": [sys.executable, "-c"],
        **({"curl": ["bash", "-c"]} if shutil.which("curl") else {}),
    }
    for name, program in programs.items():
        code = html.unescape(found[name]).replace("http://127.0.0.1:0/", server.url + "/")
        done = subprocess.run([*program, code], capture_output=True, text=True, check=True)
        assert "second line" in done.stdout, name
        assert "$HOME `id`" in done.stdout, name
        assert "owned" not in done.stdout, name


# --- Mistakes ---


def test_a_mistake_is_shown_at_its_place(client):
    query = "PREFIX dct: <http://purl.org/dc/terms/>\nSELECT * WHERE {\n  ?s foo:bar ?o\n}"
    page = page_of(client, query)
    assert page.status_code == 400
    assert 'data-line="3" data-column="6"' in page.text
    line = re.search(r'excerpt-wrong">(.*?)\n?</span>', page.text, re.DOTALL)
    assert line
    assert "<mark>f</mark>oo:bar" in page.text
    assert "riga 3, colonna 6" in words(page.text)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT",
        "SELECT * WHERE { ?s ?p \n",
        "x" * 5_000,
        "SELECT * WHERE { <" + "a" * 3_000 + " b> ?p ?o }",
        "\n\n\n}",
        "ASK { ?s ?p 'à🌱' . } }",
    ],
)
def test_the_place_of_any_mistake_can_be_shown(client, query):
    page = page_of(client, query)
    assert page.status_code == 400
    assert 'id="query-problem"' in page.text


# --- What the page costs and who may run scripts ---


def test_a_thousand_rows_are_quick_and_the_rest_is_in_the_files(client):
    query = "SELECT * WHERE { ?s ?p ?o } LIMIT 1500"
    page_of(client, query)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        page = page_of(client, query)
        times.append(time.perf_counter() - started)
    assert page.text.count("<tr><td") == ROWS_SHOWN
    assert "Qui ci sono le prime 1.000: il resto è nei file." in words(page.text)
    assert len(page.content) < 800_000
    assert min(times) < 1.0


def test_only_this_page_and_the_search_have_a_script_and_only_from_here(client):
    searches = ("/", "/en/", "/pratiche", "/en/pratiche?q=casa")
    questions = (f"/sparql?{QUESTION}=cq-07", f"/sparql?{QUESTION}=none")
    for path in ("/sparql", "/en/sparql", *questions, *searches):
        page = client.page(path)
        policy = dict(
            part.strip().split(" ", 1)
            for part in page.headers["content-security-policy"].split(";")
        )
        assert policy["script-src"] == policy["connect-src"] == policy["style-src"] == "'self'"
        assert policy["default-src"] == "'none'"
        scripts = re.findall(r"<script (?!type)[^>]*>", page.text)
        assert len(scripts) == 1
        assert "defer" in scripts[0]
        address = re.search(r'src="([^"]+)"', scripts[0])[1]
        script = client.get(address)
        assert script.status_code == 200
        assert "immutable" in script.headers["cache-control"]
        assert script.headers["content-type"].startswith("text/javascript")
    for path in ("/pratiche/melpignano-scambio", "/comuni/072006", "/dati", "/nothing-here"):
        other = client.page(path)
        assert other.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
        assert "<script src" not in other.text


def test_a_page_that_has_not_changed_keeps_its_policy(client):
    page = client.page("/sparql")
    accept = {"Accept": "text/html", "If-None-Match": page.headers["etag"]}
    again = client.get("/sparql", headers=accept)
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == page.headers["content-security-policy"], (
        "a browser takes the headers of a 304 for those of the page"
    )


def test_the_words_of_the_editor_have_names_in_both_languages(client, release):
    answer = client.get("/sparql/termini.json")
    data = answer.json()
    terms = {term["name"]: term for term in data["terms"]}
    assert terms["talea:GoodPractice"] == {
        "name": "talea:GoodPractice",
        "kind": "class",
        "it": release.repository.label("https://w3id.org/talea/onto/GoodPractice", "it"),
        "en": release.repository.label("https://w3id.org/talea/onto/GoodPractice", "en"),
    }
    for term in release.repository.terms():
        assert "talea:" + term.iri.rsplit("/", 1)[1] in terms
    assert {"dct:title", "clv:City", "skos:broader"} <= terms.keys()
    for name in terms:
        assert name.partition(":")[0] in data["prefixes"], name
    assert data["prefixes"]["talea"] == "https://w3id.org/talea/onto/"
    tag = answer.headers["etag"]
    again = client.get("/sparql/termini.json", headers={"If-None-Match": tag})
    assert again.status_code == 304
