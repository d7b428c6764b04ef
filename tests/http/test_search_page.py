"""What `/pratiche` and `/api/v1/search` say of how a text was read, and of what was found."""

import html
import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from talea_api.pages.search import INNER, SHORT
from talea_catalogue.errors import BusyError, EngineError
from talea_catalogue.search import Query, Reason, SearchIndex
from talea_catalogue.search.asking import Asker

HARMLESS = [
    "",
    "😀",
    "di la per con",
    'a AND (b OR "c"',
    "anziani\x00\x1b[31m",
    "\u202eihcuccorap",
    "بيت للمسنين",
    "<script>alert(1)</script>",
    "x" * 10_000,
    "title:casa^9 ~2 [* TO *]",
]


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def hidden(page, name):
    """The values that the form of filters sends for a parameter without a box."""
    form = page[page.index('<form class="filters"') :].partition("</form>")[0]
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)">', form)


class TestSaidInWords:
    ASKED = "/pratiche?q=anziani+in+provincia+di+Bari+sotto+i+900+mila+euro"

    def test_each_is_a_chip_with_its_words_and_goes_away_by_itself(self, client):
        page = client.page(self.ASKED).text
        seen = words(page)
        assert "dalle tue parole: «in provincia di Bari»" in seen
        assert "dalle tue parole: «sotto i 900 mila euro»" in seen
        left = client.page(self.ASKED + "&parola=territorio").text
        assert "in provincia di Bari»" not in words(left).replace("per «anziani in", "")
        assert "sotto i 900 mila euro»" in words(left)
        for name in ("territorio", "costo-a"):
            assert re.search(rf'class="chip chip-said" href="[^"]*parola={name}"', page)

    def test_the_ends_of_a_range_are_two(self, client):
        page = client.page("/pratiche?q=casa+tra+il+2015+e+il+2021").text
        assert page.count('class="chip chip-said"') == 2
        one = client.page("/pratiche?q=casa+tra+il+2015+e+il+2021&parola=anno-a").text
        assert one.count('class="chip chip-said"') == 1

    def test_they_are_counted_and_shown_as_chosen_ones_are(self, client, release):
        page = client.page(self.ASKED).text
        answer = release.search.search(Query("anziani in provincia di Bari sotto i 900 mila euro"))
        assert re.search(r'value="provincia-072" checked', page)
        assert 'name="costo-a" value="900000"' in page
        assert answer.filters == {"territorio": ("provincia-072",), "costo-a": ("900000",)}

    def test_a_box_found_in_words_can_be_emptied(self, client):
        page = client.page(self.ASKED).text
        assert hidden(page, "parola") == ["costo-a", "territorio"]
        kept = client.page(self.ASKED + "&parola=territorio&territorio=provincia-072").text
        assert "Territorio: Bari" in words(kept)
        emptied = client.page(self.ASKED + "&parola=territorio").text
        assert 'value="provincia-072" checked' not in emptied

    def test_what_has_no_box_is_not_lost_by_the_form(self, client):
        page = client.page("/pratiche?q=casa+nel+comune+di+Bari").text
        assert 'class="chip chip-said"' in page
        assert hidden(page, "parola") == []

    def test_a_chosen_filter_holds_and_the_words_are_said_to_be_unused(self, client):
        seen = words(client.page("/pratiche?q=casa+in+provincia+di+Bari&territorio=estero").text)
        assert "Un filtro non è stato usato" in seen
        seen = words(
            client.page("/pratiche?q=casa+in+provincia+di+Bari&territorio=provincia-075").text
        )
        assert "«in provincia di Bari» non è stato usato: vale il filtro che hai scelto." in seen

    def test_all_go_away_at_once(self, client):
        page = client.page(self.ASKED + "&target=anziani").text
        link = re.search(r'<a class="more" href="([^"]+)"', page)[1]
        bare = client.page(html.unescape(link)).text
        assert 'class="chip' not in bare
        assert "target=" not in link

    def test_pages_of_results_keep_them(self, client):
        page = client.page("/pratiche?q=dal+2000&esatto=1&parola=anno-a").text
        for link in re.findall(r'href="([^"]*pagina=2[^"]*)"', page):
            assert "esatto=1" in link
            assert "parola=anno-a" in link

    def test_where_they_leave_nothing_there_is_what_would_be_without(self, client):
        page = client.page("/pratiche?q=casa+in+provincia+di+Lecce&comune=072006").text
        seen = words(page)
        assert "Nessun risultato" in seen
        assert "Senza i filtri presi dalle tue parole" in seen
        assert '<li><article class="practice-card">' in page
        assert "Comune di Bari" in seen

    @pytest.mark.parametrize(
        "asked",
        [
            "q=anziani+soli&abitanti-a=300",
            "q=casa+in+provincia+di+Lecce&comune=072006",
            "target=minori&abitanti-a=300&replicata=si",
            "q=casa+fino+a+300+abitanti&abitanti-a=200",
        ],
    )
    def test_where_nothing_is_found_each_condition_can_be_given_up(self, client, asked):
        page = client.page(f"/pratiche?{asked}").text
        assert "Con una condizione in meno" in words(page)
        section = page.partition('id="una-in-meno"')[2].partition("</section>")[0]
        ways = re.findall(r'href="([^"]+)"[^>]*>(.*?)</a> <span[^>]*>\((\d+)', section)
        assert ways
        for href, _, count in ways:
            found = words(client.page(html.unescape(href)).text)
            assert f"{count} risultat" in found or "Le più vicine sono queste" in found

    def test_a_topic_of_the_words_can_take_their_place(self, client):
        page = client.page("/pratiche?q=anziani+soli&abitanti-da=3000&abitanti-a=7000").text
        link = re.search(r'href="([^"]+)"[^>]*>Tutto quello che riguarda «Anziani»', page)
        assert "coresidenzialita" in client.page(html.unescape(link[1])).text

    def test_what_no_practice_meets_is_said(self, client, monkeypatch, release):
        said = release.search.search(Query("casa in provincia di Bari")).said
        _answer(monkeypatch, unmet=said, said=(), filters={})
        seen = words(client.page("/pratiche?q=casa+in+provincia+di+nessuno").text)
        assert f"Nessuna pratica nota per «{said[0].label_it}»" in seen

    @pytest.mark.parametrize("value", ["esatto=2", "parola=tutto", "parola=", "esatto=%00"])
    def test_a_value_that_means_nothing_changes_nothing(self, client, value):
        plain = client.page("/pratiche?q=casa")
        assert client.page(f"/pratiche?q=casa&{value}").headers["etag"] == plain.headers["etag"]


class TestConfidence:
    def test_where_nothing_answers_the_page_says_so(self, client, monkeypatch, release):
        beyond = next(iter(release.repository.vocabulary.concepts))
        _answer(monkeypatch, confident=False, beyond=beyond)
        for lang, said in (
            ("", "Nel catalogo non c’è una pratica che risponda a questo. Le più vicine"),
            ("/en", "The catalogue has no practice that answers this. These are the closest."),
        ):
            seen = words(client.page(f"{lang}/pratiche?q=casa+e+tributi").text)
            assert said in seen
            assert release.repository.label(beyond, lang[1:] or "it") in seen
            assert "risultati per" not in seen

    def test_nearest_topics_lead_to_their_practices(self, client, monkeypatch, release):
        concepts = release.repository.vocabulary.concepts.values()
        near = next(one for one in concepts if one.scheme == "bisogno")
        other = next(one for one in concepts if one.scheme == "tipo-ostacolo")
        _answer(monkeypatch, confident=False, topics=(near.iri, other.iri))
        page = client.page("/pratiche?q=casa+lontana").text
        assert f'href="/pratiche?bisogno={near.notation}">{near.label_it}' in html.unescape(page)
        assert f'href="/vocabolari/tipo-ostacolo#{other.notation}"' in page

    def test_enough_results_need_no_topics(self, client):
        page = client.page("/pratiche?q=casa").text
        assert "argomenti-vicini" not in page

    def test_words_are_missing(self, client):
        seen = words(client.page("/pratiche?q=%F0%9F%98%80").text)
        assert "Nel testo non ci sono parole da cercare." in seen


class TestSpelling:
    def test_what_was_sought_instead_is_said(self, client):
        page = client.page("/pratiche?q=ansiani").text
        assert "Abbiamo cercato <strong>anziani</strong>" in page
        assert 'href="/pratiche?q=ansiani&amp;esatto=1"' in page

    def test_what_was_typed_is_sought_when_asked_for(self, client):
        page = client.page("/pratiche?q=ansiani&esatto=1").text
        assert "Abbiamo cercato" not in page
        assert 'Forse cercavi <a href="/pratiche?q=ansiani">' not in page
        assert 'Forse cercavi <a href="/pratiche?q=anziani">anziani</a>' in page
        assert hidden(page, "esatto") == ["1"]


class TestWhy:
    def test_by_a_concept_with_how_people_say_it(self, client, monkeypatch, release):
        concept = release.repository.vocabulary.schemes["bisogno"].concepts[0][0]
        tie = Reason("concepts", "Argomenti", "Topics", ((concept.label_it, False),), concept.iri)
        ways = {"said_it": "come dice <chi> la vive", "said_en": "as those who live it say"}
        _reasons(monkeypatch, replace(tie, **ways))
        page = client.page("/pratiche?q=casa+detta").text
        link = f'<a href="/vocabolari/bisogno#{concept.notation}">{concept.label_it}</a>'
        assert link in html.unescape(page)
        assert "← «come dice &lt;chi&gt; la vive»" in page
        assert "<chi>" not in page
        english = client.page("/en/pratiche?q=casa+detta").text
        assert f">{concept.label_en}</a>" in html.unescape(english)
        assert "← «as those who live it say»" in english
        assert "come dice" not in english

    def test_words_of_the_other_language_are_marked_as_such(self, client, monkeypatch, release):
        concept = release.repository.vocabulary.schemes["bisogno"].concepts[0][0]
        first, _, rest = concept.label_en.partition(" ")
        by_words = Reason("concepts", "Argomenti", "Topics", ((first, True), (f" {rest}", False)))
        name = ((concept.label_it, False),)
        tie = Reason("concepts", "Argomenti", "Topics", name, concept.iri)
        _reasons(monkeypatch, by_words, tie)
        said = f"<mark>{first}</mark> {rest}"
        italian = html.unescape(client.page("/pratiche?q=parole+inglesi").text)
        assert f'← «<span lang="en">{said}</span>»' in italian
        english = html.unescape(client.page("/en/pratiche?q=parole+inglesi").text)
        assert f">{said}</a>" in english

    def test_a_name_of_the_concept_is_said_once(self, client, monkeypatch, release):
        concept = release.repository.vocabulary.schemes["bisogno"].concepts[0][0]
        by_words = Reason("concepts", "Argomenti", "Topics", (("modo ", False), ("mio", True)))
        name = ((concept.label_it, False),)
        tie = Reason("concepts", "Argomenti", "Topics", name, concept.iri, "modo mio")
        _reasons(monkeypatch, by_words, tie)
        page = client.page("/pratiche?q=modo+mio").text
        first = page[page.index('<ul class="why"') :].partition("</ul>")[0]
        assert first.count("<li>") == 1
        assert "← «modo <mark>mio</mark>»" in first

    def test_the_closest_passage_is_no_match_of_words(self, client, monkeypatch):
        near = Reason("need", "Bisogno", "Need", (("chi torna tardi", False),))
        _reasons(monkeypatch, near)
        page = client.page("/pratiche?q=passo+vicino").text
        assert "Il passo più vicino (bisogno): chi torna tardi" in words(page)
        first = page[page.index('<ul class="why"') :].partition("</ul>")[0]
        assert "<mark>" not in first

    def test_no_card_has_more_than_three_lines_or_says_one_twice(self, client):
        for text in ("mamme+che+tornano+a+lavorare", "homeless+people", "anziani+soli"):
            page = client.page(f"/pratiche?q={text}").text
            lists = re.findall(r'<ul class="why".*?</ul>', page, re.S)
            assert lists
            for one in lists:
                lines = [words(line).partition(": ")[2] for line in one.split("<li>")[1:]]
                assert 1 <= len(lines) <= 3
                assert len(set(lines)) == len(lines)


class TestFacets:
    def test_narrow_options_wait_for_their_broader_one(self, client, release):
        facets = {facet.name: facet for facet in release.repository.columns().overview}
        plain = client.page("/pratiche").text
        for name, depth in INNER.items():
            options = facets[name].options
            assert len(options) > SHORT
            shown = set(re.findall(rf'name="{name}" value="([^"]+)"> <span', plain))
            assert shown == {one.value for one in options if one.depth < depth}
            place = next(n for n, one in enumerate(options) if one.depth == depth)
            inner, outer = options[place], options[place - 1]
            for chosen in (inner, outer):
                page = client.page(f"/pratiche?{name}={chosen.value}").text
                assert f'name="{name}" value="{inner.value}"' in page
                assert f'name="{name}" value="{outer.value}"' in page


class TestBusyAndBroken:
    QUERY = 'SELECT ?p WHERE { ?p <https://w3id.org/talea/onto/matches> "doposcuola occupato" }'

    def _doors(self, client, text):
        yield client.page(f"/pratiche?q={text}")
        yield client.page(f"/en/pratiche?q={text}")
        yield client.get(f"/api/v1/search?q={text}")
        yield client.get("/sparql", params={"query": self.QUERY})

    def test_too_many_are_told_to_come_back(self, client, monkeypatch):
        monkeypatch.setattr(Asker, "vector", _raising(BusyError("troppe")))
        for answer in self._doors(client, "doposcuola+occupato"):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["cache-control"] == "no-store"

    def test_a_broken_engine_is_said_without_its_secrets(self, client, monkeypatch):
        monkeypatch.setattr(Asker, "vector", _raising(EngineError("/srv/model: manca")))
        for answer in self._doors(client, "doposcuola+rotto"):
            assert answer.status_code == 503
            assert "/srv/model" not in answer.text
        assert client.get("/api/v1/search?q=rotto+ancora").json()["code"] == "search-failed"
        assert client.page("/pratiche?target=anziani").status_code == 200


class TestApi:
    def test_how_a_text_was_read(self, client, release):
        asked = {"q": "ansiani in provincia di Bari", "limit": 3}
        body = client.get("/api/v1/search", params=asked).json()
        understood = body["understood"]
        assert list(understood) == ["correction", "filters", "unmet", "topics", "beyond"]
        assert understood["correction"]["sought"] == "anziani in provincia di Bari"
        assert understood["filters"] == [
            {
                "name": "territorio",
                "values": ["provincia-072"],
                "label": understood["filters"][0]["label"],
                "words": "in provincia di Bari",
            }
        ]
        for topic in understood["topics"]:
            assert topic["iri"] in release.repository.vocabulary.concepts
        for result in body["results"]:
            assert isinstance(result["confident"], bool)
            for reason in result["why"]:
                assert {"field", "label", "text", "fragments", "concept", "said"} == set(reason)

    def test_words_stay_words_and_slips_stay_slips(self, client):
        body = client.get("/api/v1/search?q=ansiani+in+provincia+di+Bari&exact=true").json()
        assert body["understood"]["correction"] is None
        body = client.get("/api/v1/search?q=anziani+in+provincia+di+Bari&words=territorio").json()
        assert body["understood"]["filters"] == []

    def test_nothing_seems_relevant(self, client, monkeypatch):
        _answer(monkeypatch, confident=False)
        assert client.get("/api/v1/search?q=niente+di+simile").json()["confident"] is False

    @pytest.mark.parametrize("value", ["words=tutto", "words=", "exact=forse"])
    def test_a_bad_value_is_named(self, client, value):
        answer = client.get(f"/api/v1/search?q=casa&{value}")
        assert answer.status_code == 400
        assert value.partition("=")[0] in answer.text


@pytest.mark.parametrize("text", HARMLESS)
def test_hostile_text_is_only_text(client, text):
    for path in ("/pratiche", "/en/pratiche"):
        answer = client.get(path, params={"q": text}, headers={"Accept": "text/html"})
        assert answer.status_code in (200, 414)
        assert "<script>alert" not in answer.text
    answer = client.get("/api/v1/search", params={"q": text})
    assert answer.status_code in (200, 400, 414)


def _raising(error):
    def fail(*_):
        raise error

    return fail


def _answer(monkeypatch, **changes):
    """Have every search answer as it does, but for some members."""
    search = SearchIndex.search
    monkeypatch.setattr(
        SearchIndex, "search", lambda self, query: replace(search(self, query), **changes)
    )


def _reasons(monkeypatch, *reasons):
    """Have every practice found for these reasons."""
    search = SearchIndex.search

    def stated(self, query):
        answer = search(self, query)
        hits = tuple(replace(hit, reasons=reasons) for hit in answer.hits)
        return replace(answer, hits=hits)

    monkeypatch.setattr(SearchIndex, "search", stated)


class TestWays:
    """A question about the site is led to the page that answers it."""

    @pytest.mark.parametrize(
        ("text", "href"),
        [
            ("confronta due pratiche e scarica il piano", "/confronta"),
            ("scarica il piano di trasferimento", "/confronta"),
            ("chi come noi ha ripetuto una pratica", "/pratiche?replicata=si"),
            ("chi come noi ha ripetuto una pratica", "/comuni"),
            ("bisogni senza risultati misurati", "/bisogni/prove"),
            ("quali pratiche non possiamo avviare", "/comuni"),
        ],
    )
    def test_it_leads_there(self, client, text, href):
        page = client.page("/pratiche?" + urlencode({"q": text})).text
        box = page.partition("Forse cerchi questo")[2].partition("</ul>")[0]
        assert f'href="{href}"' in box
        assert "Sembra riguardare" not in words(page)

    def test_where_a_comune_is_named_none_is_to_be_chosen(self, client):
        page = client.page("/pratiche?q=Accadia+ha+ripetuto+una+pratica").text
        box = page.partition("Forse cerchi questo")[2].partition("</ul>")[0]
        assert "replicata=si" in box
        assert 'href="/comuni"' not in box
        assert "#ripetute" in page

    def test_an_ordinary_search_has_no_such_box(self, client):
        for text in ("anziani soli", "piano di zona", "taxi sociale", ""):
            page = client.page("/pratiche?" + urlencode({"q": text})).text
            assert "Forse cerchi questo" not in page
