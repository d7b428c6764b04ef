"""What pages say: everything that a record holds, in its place, and nothing that it does not."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from talea_api.pages.about import EXAMPLE
from talea_api.pages.spreadsheet import COLUMNS, harmless
from talea_catalogue.model import Practice, ResultKind
from talea_catalogue.search import Query, SearchIndex

PAGES = (
    "/",
    "/pratiche",
    "/pratiche?q=anziani&target=anziani&pagina=9",
    "/pratiche/bari-social-book",
    "/pratiche/comune-bari-2024",
    "/pratiche/bari-social-book?comune=072006",
    "/pratiche/bari-social-book/confronto",
    "/pratiche/napoli-affido-culturale/confronto?comune=075018",
    "/comuni",
    "/comuni?nome=nardo%27",
    "/comuni/072006",
    "/comuni/001272",
    "/ambiti",
    "/ambiti/ats-trani",
    "/risorse/evento/festival-2024",
    "/risorse/progetto/humus",
    "/risorse/replica/lisbona-bip-zip-a-bari",
    "/risorse/piano/politiche-sociali-puglia-5",
    "/copertura",
    "/copertura?voce=esiti",
    "/pratiche/scheda-pippi",
    "/pratiche/udine-playful-paradigm",
    "/risorse/ente/regione-puglia",
    "/risorse/ente/c_a662",
    "/risorse/luogo/francia",
    "/risorse/statistica/population",
    "/risorse/scheda/bari-social-book",
    "/ontologia",
    "/vocabolari",
    "/vocabolari/target",
    "/vocabolari/bisogno/invecchiamento-attivo",
    "/dati",
    "/progetto",
    "/privacy",
    "/note-legali",
    "/accessibilita",
    "/api",
)
NOT_TEXT = {"slug", "kind", "status", "about", "origin", "confidence"}
TAG = re.compile(r"<[^>]*>")
QUALIFIED = re.compile(r" \((circa|oltre|quasi|fino a)\)$")


def words(markup: str) -> str:
    """What a reader sees of a page, on one line."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", markup, flags=re.S)
    return " ".join(html.unescape(TAG.sub(" ", body)).split())


def section(markup: str, anchor: str) -> str:
    """The part of a sheet under one heading, as a reader sees it."""
    start = markup.index(f'id="{anchor}"')
    end = markup.find('<section class="section"', start)
    return words("<p " + markup[start:end])


def texts(part: object) -> Iterator[str]:
    """Every text of a record: no identifier, no address."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from texts(one)
    elif dataclasses.is_dataclass(part):
        unit = getattr(part, "unit", None)
        for field in dataclasses.fields(part):
            if field.name == "unit_as_said" and QUALIFIED.sub("", part.unit_as_said or "") == unit:
                continue  # the qualifier stands before the number
            if field.name not in NOT_TEXT:
                yield from texts(getattr(part, field.name))


def every_practice(release) -> list[Practice]:
    repository = release.repository
    edition = repository.practices_of_edition("https://w3id.org/talea/id/evento/festival-2024")
    slugs = dict.fromkeys([*repository.listed(), *(brief.slug for brief in edition)])
    return [it for slug in slugs if (it := repository.practice(slug)) is not None]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("base", ["", "/en"])
def test_every_kind_of_page(client, base, path):
    address = "/en/" if base and path == "/" else base + path
    answer = client.page(address)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert base or "None" not in words(answer.text)
    for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text):
        assert json.loads(block)["@context"] == "https://schema.org"


@pytest.mark.parametrize("lang", ["", "/en"])
def test_no_text_of_a_record_is_lost(client, release, lang):
    practices = [it for it in every_practice(release) if it.title]
    checked = 0
    for it in random.Random(2024).sample(practices, 10):
        page = client.page(f"{lang}/pratiche/{it.slug}").text
        seen = words(page)
        for text in texts(it):
            if text.startswith("https://w3id.org/talea/"):
                continue
            if text.startswith(("http://", "https://")):
                assert f'href="{html.escape(text)}"' in page, (it.slug, text)
            else:
                assert " ".join(text.split()) in seen, (it.slug, text)
            checked += 1
    assert checked > 150


def test_every_number_is_shown_with_what_the_source_says_of_it(client, release):
    shown = 0
    for it in every_practice(release):
        if not any(result.measurement for result in it.results):
            continue
        seen = section(client.page(f"/pratiche/{it.slug}").text, "risultati")
        for result in it.results:
            m = result.measurement
            if m is None or m.value is None:
                continue
            number = f"{m.value.normalize():,f}".translate(str.maketrans(",.", ".,"))
            qualifier = f"{release.repository.label(m.qualifier)} " if m.qualifier else ""
            unit = f" {m.unit}" if m.unit else ""
            assert f"{result.description} {qualifier}{number}{unit}" in seen, it.slug
            shown += 1
    assert shown > 30


def test_only_outcomes_are_called_outcomes(client, release):
    groups = {
        "esito": "Esiti misurati",
        "esito_qualitativo": "Esiti qualitativi",
        "realizzazione": "Realizzazioni",
        "capienza": "Capienza",
        "contesto": "Contesto",
        "previsione": "Previsioni",
        "stima": "Stime",
    }
    counted = dict.fromkeys(groups, 0)
    for it in every_practice(release):
        if not it.results:
            continue
        page = client.page(f"/pratiche/{it.slug}").text
        start = page.index('id="risultati"')
        whole = page[start : page.index("<section", start)]
        parts = re.split(r'<div class="result-group" id="tipo-(\w+)">', whole)[1:]
        found = dict(zip(parts[::2], parts[1::2], strict=True))
        assert set(found) == {result.kind.value for result in it.results}
        for kind, part in found.items():
            mine = [result for result in it.results if result.kind.value == kind]
            titles = [words(title) for title in re.findall(r"<h4>(.*?)</h4>", part, re.S)]
            assert titles == [" ".join(result.description.split()) for result in mine]
            assert groups[kind] in words(part)
            counted[kind] += len(mine)
        if ResultKind.OUTCOME not in {result.kind for result in it.results}:
            assert "Esiti misurati: nessuno indicato" in words(whole).replace(" .", ".")
    assert counted == {
        "esito": 21,
        "esito_qualitativo": 4,
        "realizzazione": 121,
        "capienza": 2,
        "contesto": 9,
        "previsione": 10,
        "stima": 2,
    }


def test_sums_are_never_added_up(client, release):
    several = 0
    for it in every_practice(release):
        sums = (*it.budgets, *it.costs)
        if len(sums) > 1:
            several += 1
            seen = section(client.page(f"/pratiche/{it.slug}").text, "costi")
            written = [one for one in sums for end in (one.amount, one.maximum) if end is not None]
            assert len(re.findall(r"[0-9] €", seen)) == len(written), it.slug
            assert "non si aggiungono" in seen
    assert several > 10


def test_inferred_topics_are_marked(client, release):
    for it in every_practice(release):
        if it.title and it.thematic_areas:
            seen = section(client.page(f"/pratiche/{it.slug}").text, "argomenti")
            assert "dedotto da noi" in seen, it.slug


def test_what_no_source_gives_is_said_and_counted(client):
    page = client.page("/pratiche/bari-social-book").text
    assert "13 voci su 45 indicate" in words(page)
    assert section(page, "ostacoli").endswith("Ostacoli non indicato")
    silent = section(page, "affidabilita")
    for said in ("Le 32 che non dicono", "gli atti", "i prerequisiti", "com’è andata"):
        assert said in silent


def test_a_practice_of_which_only_the_body_is_known(client, release):
    page = client.page("/pratiche/comune-bari-2024").text
    seen = words(page)
    assert "Comune di Bari: titolo non ancora noto" in seen
    assert "Sono indizi, non la stessa pratica" in seen
    assert "Bari Social Book" in section(page, "ente")
    assert "Bastano cinque risposte" in seen
    assert 'id="risultati"' not in page
    # Without leads, none is made up.
    alone = section(client.page("/pratiche/ats-maglie-2024").text, "ente")
    assert "non ci sono altre pratiche documentate" in alone


def test_the_edition_lists_its_twenty_bodies(client):
    page = client.page("/risorse/evento/festival-2024").text
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', page)
    assert len(rows) == 20
    assert sum("titolo non ancora noto" in row for row in rows) == 19


def test_the_figures_of_the_home_page(client):
    seen = words(client.page("/").text)
    for said in ("pratiche documentate 101", "con il solo titolo 4", "solo l’ente 19"):
        assert said in seen


class TestSearch:
    def test_why_a_practice_was_found(self, client):
        page = client.page("/pratiche?q=taxi+sociale").text
        assert "1 risultato per «taxi sociale»" in words(page)
        assert "<mark>taxi</mark>" in page

    def test_some_of_the_words(self, client, release, monkeypatch):
        answer = replace(release.search.search(Query("compiti stranieri")), partial=True)
        monkeypatch.setattr(SearchIndex, "search", lambda *_: answer)
        seen = words(client.page("/pratiche?q=compiti+di+bambini+stranieri").text)
        assert "Nessuna pratica ha tutte le parole" in seen

    def test_nothing_found(self, client):
        seen = words(client.page("/pratiche?q=%F0%9F%98%80").text)
        assert "Nessun risultato per «😀»" in seen
        assert "Che cosa puoi provare" in seen

    def test_nothing_that_answers(self, client):
        seen = words(client.page("/pratiche?q=xyzzy").text)
        assert "Nel catalogo non c’è una pratica che risponda a questo." in seen

    def test_unknown_filters_are_left_aside_and_said(self, client):
        plain = client.page("/pratiche?target=anziani").text
        odd = client.page("/pratiche?target=anziani&area=77&comune=999999").text
        total = re.compile(r'role="status">.*?</p>', re.S)
        assert total.findall(odd) == total.findall(plain)
        assert "«77», «999999»" in words(odd)

    def test_a_comune_is_a_filter_with_a_name(self, client):
        page = client.page("/pratiche?comune=072006&q=casa").text
        assert "Comune: Bari" in words(page)
        assert 'href="/pratiche?q=casa"' in page
        assert '<input type="hidden" name="comune" value="072006">' in page

    def test_the_other_filters_are_folded_until_one_is_in_force(self, client):
        folded = re.compile(r'<details class="filters-more"( open)?>')
        assert folded.search(client.page("/pratiche?target=anziani").text)[1] is None
        for query in ("costo=non-detto", "anno-da=2015", "replicata=si", "q=casa&livello=2"):
            assert folded.search(client.page(f"/pratiche?{query}").text)[1], query

    def test_a_range_is_two_fields_and_a_chip_that_goes_away(self, client):
        page = client.page("/pratiche?costo-a=500000&abitanti-da=&anno-da=2015").text
        assert '<input class="input" type="number" name="costo-a" value="500000"' in page
        assert '<input class="input" type="number" name="costo-da" value=""' in page
        seen = words(page)
        assert "Euro, al massimo: 500.000" in seen
        assert "Dall’anno: 2015" in seen
        assert 'class="chip" href="/pratiche?anno-da=2015"' in page
        assert 'class="chip" href="/pratiche?costo-a=500000"' in page
        assert "non è stato usato" not in seen
        assert "Euro, at most: 500,000" in words(client.page("/en/pratiche?costo-a=500000").text)

    def test_what_is_left_out_stays_left_out(self, client):
        page = client.page("/pratiche?fuori=provincia-072&q=casa").text
        assert "Fuori da: provincia di Bari" in words(page)
        hidden = '<input type="hidden" name="fuori" value="provincia-072">'
        assert page.count(hidden) == 2

    @pytest.mark.parametrize(
        "query",
        [
            "costo-a=200mila",
            "anno-da=-1",
            "abitanti-a=" + "9" * 400,
            "abitanti-da=%F0%9F%99%82",
            "costo=tanto",
            "fuori=atlantide",
            "territorio=italia",
            "replicata=no",
            "anno-a=%E2%80%AE2020",
        ],
    )
    def test_a_value_that_makes_no_sense_is_said_and_left_aside(self, client, query):
        seen = words(client.page(f"/pratiche?{query}").text)
        assert "Un filtro non è stato usato" in seen
        assert "105 risultati" in seen

    def test_pages_hold_all_results_once(self, client, release):
        found: list[str] = []
        for number in range(1, 7):
            page = client.page(f"/pratiche?pagina={number}").text
            found += re.findall(r'<h2><a href="/pratiche/([a-z0-9-]+)">', page)
        assert found == release.repository.listed()

    def test_a_page_too_far_is_the_last(self, client):
        assert 'rel="prev"' in client.page("/pratiche?pagina=999999").text

    def test_counts_are_what_the_filter_gives(self, client):
        page = client.page("/pratiche").text
        options = re.findall(
            r'name="([a-z-]+)" value="([^"]+)"> <span class="check-text">[^<]*'
            r'<span class="count">\((\d+)\)',
            page,
        )
        assert len(options) > 150
        for name, value, count in random.Random(1).sample(options, 12):
            seen = words(client.page(f"/pratiche?{name}={value}").text)
            assert re.search(rf"\b{count} risultat[oi]\b", seen), (name, value, count)


class TestTerritory:
    def test_every_fact_has_its_date_and_source(self, client, release):
        page = client.page("/comuni/072006").text
        rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', page)
        assert len(rows) >= 15
        population = next(row for row in rows if row.startswith("Popolazione"))
        for said in ("315.831", "abitanti", "31 dicembre 2024", "ISTAT SITUAS"):
            assert said in population

    def test_all_comuni_and_ambiti_are_listed(self, client):
        found: list[str] = []
        for number in range(1, 8):
            page = client.page(f"/comuni?pagina={number}").text
            if number <= 6:
                found += re.findall(r'<th scope="row"><a href="/comuni/([0-9]{6})">', page)
        assert len(found) == len(set(found)) == 257
        assert page.count('<th scope="row">') == 7  # a page too far is the last
        assert client.page("/ambiti").text.count('<th scope="row">') == 45

    def test_the_pages_of_a_province_keep_the_filter(self, client):
        page = client.page("/comuni?provincia=provincia-075").text
        assert "96 Comuni su 257" in words(page)
        assert 'href="/comuni?provincia=provincia-075&amp;pagina=2"' in page

    def test_a_comune_is_found_whatever_the_accent(self, client):
        for name in ("nardo", "Nardò", "NARDO%27"):
            seen = words(client.page(f"/comuni?nome={name}").text)
            assert "1 Comune su 257" in seen

    def test_an_ambito_says_that_it_is_to_be_confirmed(self, client):
        seen = words(client.page("/ambiti/ats-trani").text)
        for said in ("Da confermare", "Dedotta", "maggio 2025", "traniviva.it"):
            assert said in seen

    def test_addresses_of_resources_lead_to_their_pages(self, client):
        for iri, path in {
            "/id/ente/c_a662": "/comuni/072006#ente",
            "/id/ente/ats-trani": "/ambiti/ats-trani",
            "/id/luogo/francia": "/risorse/luogo/francia",
            "/id/evento/festival-2024": "/risorse/evento/festival-2024",
            "/voc/target/anziani": "/vocabolari/target#anziani",
            "/onto/Outcome": "/ontologia#Outcome",
        }.items():
            answer = client.page(iri)
            assert (answer.status_code, answer.headers["location"]) == (303, path)
            page, _, anchor = path.partition("#")
            shown = client.page(page)
            assert shown.status_code == 200
            assert not anchor or f'id="{anchor}"' in shown.text


def test_the_dump_is_what_the_page_says(client):
    import hashlib

    page = client.page("/dati").text
    answer = client.get("/dati/talea.nq")
    assert answer.headers["content-type"] == "application/n-quads"
    assert hashlib.sha256(answer.content).hexdigest() in page


@pytest.mark.parametrize("kind", ["comuni/999999", "ambiti/ats-x", "vocabolari/x", "pratiche/x"])
def test_what_is_not_there_is_a_page_that_helps(client, kind):
    answer = client.page("/" + kind)
    assert answer.status_code == 404
    assert 'action="/pratiche"' in answer.text
    assert "Che cosa cercavi?" in answer.text


class TestLeads:
    """Documented practices of a body are leads, found even where a record names none."""

    @pytest.mark.parametrize(
        ("slug", "lead"),
        [
            ("comune-putignano-2024", "putignano-ufficio-piano-sede"),
            ("comune-bitonto-2024", "bitonto-nonsonounodivoi"),
        ],
    )
    def test_those_that_the_catalogue_has_by_itself(self, client, slug, lead):
        page = client.page(f"/pratiche/{slug}").text
        assert f'href="/pratiche/{lead}"' in page
        if "titolo non ancora noto" in page:
            assert "Sono indizi, non la stessa pratica" in words(page)
        assert lead in client.page("/risorse/evento/festival-2024").text

    def test_none_is_the_practice_itself(self, client, release):
        for it in every_practice(release):
            seen = client.page(f"/pratiche/{it.slug}").text
            assert f'<a href="/pratiche/{it.slug}">' not in seen


def test_a_place_named_without_a_kind_is_shown_once_with_its_practice(client):
    for slug, name, other in (
        ("barcellona-radars", "Igualada", "igualada-radars"),
        ("torino-portinerie-comunita", "Agrigento", "agrigento-portineria-comunita"),
    ):
        page = client.page(f"/pratiche/{slug}").text
        assert f'href="/pratiche/{other}"' in page
        seen = section(page, "riprese")
        assert f"Qui la nomina così: {name}" in seen
        assert seen.count(f"Qui la nomina così: {name}") == 1
        back = client.page(f"/pratiche/{other}").text
        assert "può essere una deduzione della redazione" in section(back, "origine")
        assert f'href="/pratiche/{slug}"' in back


def test_every_place_of_a_practice_is_named(client, release):
    several = [it for it in every_practice(release) if len(it.implemented_in) > 1]
    assert several
    for it in several:
        page = client.page(f"/pratiche/{it.slug}").text
        eyebrow = page[page.index('class="eyebrow"') : page.index("<h1")]
        for place in it.implemented_in:
            assert html.escape(release.repository.label(place)) in eyebrow


class TestSpreadsheet:
    def test_every_record_is_a_line(self, client, release):
        answer = client.get("/dati/pratiche.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert ".csv" in answer.headers["content-disposition"]
        assert answer.content.startswith(b"\xef\xbb\xbfid;titolo;promotore;")
        lines = answer.content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(lines, newline=""), delimiter=";"))
        assert len(rows) == release.repository.counts()["practices"] == 124
        by_id = {row["id"]: row for row in rows}
        bari = by_id["bari-social-book"]
        assert bari["titolo"].startswith("Bari Social Book")
        assert bari["comune"] == "Bari"
        assert bari["indirizzo"] == "https://w3id.org/talea/id/pratica/bari-social-book"
        assert by_id["comune-bari-2024"]["titolo"] == ""
        for row in rows:
            assert set(row) == set(COLUMNS)
            assert row["fonti"].startswith("http")
            for cell in row.values():
                assert not cell.startswith(("=", "+", "-", "@", "\t"))

    def test_it_is_a_file_like_the_dump(self, client):
        answer = client.get("/dati/pratiche.csv")
        head = client.head("/dati/pratiche.csv")
        assert head.content == b""
        assert head.headers["etag"] == answer.headers["etag"]
        again = client.get("/dati/pratiche.csv", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        assert 'href="/dati/pratiche.csv"' in client.page("/dati").text

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t="])
    def test_no_cell_is_a_formula(self, sign):
        assert harmless(f"{sign}cmd|' /C calc'!A0").startswith("'")

    def test_a_cell_is_on_one_line(self):
        assert harmless("a\r\nb\tc") == "a b c"


class TestNames:
    """Who searches for a Comune or an Ambito is led to its page."""

    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("Alberona", "/comuni/071002"),
            ("comune+di+alberona", "/comuni/071002"),
            ("BARI", "/comuni/072006"),
            ("ambito+di+trani", "/ambiti/ats-trani"),
        ],
    )
    def test_it_is(self, client, text, path):
        page = client.page(f"/pratiche?q={text}").text
        assert f'href="{path}"' in page

    def test_it_is_not(self, client):
        for text in ("taxi", "comune", "comune+di", "raccolta+delle+noci", "provincia+di+Bari"):
            seen = words(client.page(f"/pratiche?q={text}").text)
            assert "La pagina di" not in seen
            assert "Vai alla pagina dell’Ambito" not in seen

    @pytest.mark.parametrize(
        ("text", "narrowed"),
        [
            ("pratiche per minori Accadia", "?target=minori"),
            ("PIPPI soldi Ambito Accadia", ""),
            ("chi come Accadia ha ripetuto una pratica", ""),
            ("pratiche per minori Accadia&parola=comune", "?target=minori"),
        ],
    )
    def test_a_comune_in_a_longer_text_leads_to_its_pages_first(self, client, text, narrowed):
        page = client.page(f"/pratiche?q={text.replace(' ', '+')}").text
        shown = page[page.index("<h1>") : page.index('<p class="total"')]
        for path in ("", f"/pratiche{narrowed}", "#ripetute"):
            assert f'href="/comuni/071001{path}"' in shown
        assert 'href="/ambiti/ats-troia"' in shown
        assert "non c’è una pratica" not in shown
        assert "Sembra riguardare" not in shown

    def test_what_is_near_where_the_comune_leaves_nothing_stays(self, client):
        page = client.page("/pratiche?q=pratiche+per+minori+Accadia").text
        assert 'id="una-in-meno"' in page
        assert 'id="senza"' in page

    def test_the_comune_stays_the_chosen_one_on_the_pages_of_results(self, client):
        sheets = r'href="/pratiche/[a-z0-9-]+\?comune=071001"'
        assert re.search(sheets, client.page("/pratiche?q=PIPPI+Ambito+Accadia").text)
        assert not re.search(sheets, client.page("/pratiche?q=PIPPI+Accadia+Bovino").text)


def test_a_comune_with_little_leads_to_what_is_near(client):
    page = client.page("/comuni/071002").text
    assert 'href="/pratiche?territorio=provincia-071"' in page
    assert re.search(r'href="/ambiti/ats-[a-z-]+#pratiche"', page)
    assert re.search(
        r"[1-9]\d* risultat", words(client.page("/pratiche?territorio=provincia-071").text)
    )


def test_the_example_of_the_project_page_is_accepted(client, places, tmp_path):
    from talea_catalogue.intake import import_json

    page = client.page("/progetto").text
    example = html.unescape(re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.S)[0])
    assert example.strip() == EXAMPLE.strip()
    file = tmp_path / "pratiche.json"
    file.write_text(example.replace("NOME", "Bari"), encoding="utf-8")
    report = import_json(file, places.sources, tmp_path / "home")
    assert (report.problems, report.entered) == ([], ["nome-taxi-sociale"])
