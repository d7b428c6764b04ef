"""A record whose every text is an attack stays text: on pages, in JSON-LD, in links."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from talea_api import books
from talea_catalogue import mapping, model, records
from talea_catalogue import namespaces as ns
from talea_catalogue.build import build
from talea_catalogue.release import open_release

if TYPE_CHECKING:
    from talea_api.paths import Places

PROBE = "\"><script>alert(1)</script>{{7*7}}</script><img src=x onerror=alert(2)>'"
SCRIPT_LINK = "javascript:alert(3)"
SLUG = "a-sonda"
"""First by name, so that it is on the first page of every list."""
BODY = ns.resource("ente", "c_a662")
PLACE = ns.resource("luogo", "072006")


OTHER = ns.resource("pratica", "bari-social-book")
REPLICA = "sonda-a-bari"
PLAN = "sonda"
BOOK = "sonda"
IRIS: dict[tuple[type, str] | str, str] = {
    "sources": "https://example.org/a?b=1&c=2",
    "web_page": "https://example.org/",
    "qualifier": ns.concept("precisazione-valore", "circa"),
    (model.Need, "categories"): ns.concept("bisogno", "isolamento"),
    (model.RecipientGroup, "categories"): ns.concept("target", "anziani"),
    (model.Partner, "body"): BODY,
    "cost_type": ns.concept("tipo-costo", "avvio"),
    (model.Prerequisite, "type"): ns.concept("tipo-prerequisito", "accordo"),
    "required_services": ns.concept("tipo-servizio", "pnrr-1-1-1"),
    "measure": ns.concept("grandezza", "residenti-65"),
    "form": ns.concept("forma-ambito", "consorzio"),
    "criteria": ns.concept("criterio", "c1"),
    (model.Act, "types"): ns.concept("tipo-atto", "delibera"),
    (model.Obstacle, "types"): ns.concept("tipo-ostacolo", "risorse"),
    "kind": ns.concept("genere-replica", "adattamento"),
    "origin": ns.concept("origine", "dichiarata"),
    "adopted_by": BODY,
    "adopted_in": PLACE,
    "basis": ns.concept("base-adattamento", "dichiarata"),
    (model.Record, "status"): ns.concept("stato-editoriale", "pubblicata"),
    "status": ns.concept("stato-replica", "avviata"),
    "confidence": ns.concept("confidenza", "media"),
    (model.Attribution, "about"): ns.ONTO + "thematicArea",
    (model.Attribution, "origin"): ns.concept("origine", "inferita"),
    "promoters": BODY,
    "promoter_place": PLACE,
    "promoter_members": PLACE,
    "implemented_in": PLACE,
    "region": ns.resource("luogo", "regione-puglia"),
    "country": ns.resource("luogo", "italia"),
    "thematic_areas": ns.concept("area-tematica", "4"),
    "interventions": ns.concept("tipo-intervento", "educativa"),
    "funding": ns.concept("fonte-finanziamento", "fnps"),
    "replica_of": OTHER,
    "lineage_roles": ns.concept("ruolo-filiera", "origine"),
    "deepens": OTHER,
    "related": OTHER,
    "presented_at": ns.resource("evento", "festival-2024"),
    "plans": ns.resource("piano", PLAN),
    "project_actions": ns.resource("progetto", "humus") + "/azione/1",
    "same_body": OTHER,
    "yields": ns.resource("pratica", "melpignano-scambio"),
    "detailed_in": ns.resource("replica", REPLICA),
    "replicates": ns.resource("pratica", SLUG),
    "component": ns.resource("pratica", SLUG) + "/componente/1",
    "order": ns.concept("ordine-schede", "area"),
    "festival": ns.resource("evento", "festival-2024"),
}
"""For every field that holds addresses, one that is there."""
PLAIN = {(model.Practice, "title"), (model.Need, "title")}
"""The texts that are the probe alone; any other ends with its class and its field."""
LEFT_EMPTY = {"region_as_said", "replaces"}
"""Said only where the region is not known; a plan that follows none."""
NUMBERS: dict[mapping.Codec, Any] = {
    mapping.integer: 2020,
    mapping.decimal: Decimal(5),
    mapping.boolean: True,
    mapping.date: "2026-11-23",
}


def fill(shape: mapping.Shape, slug: str) -> tuple[Any, ...]:
    """Objects of a shape with every field given and the probe in every text.

    One object, or one of each kind where a shape has kinds. A field of addresses that `IRIS` does
    not know is a KeyError: the model has grown and this file has not.
    """
    values: dict[str, Any] = {}
    kinds: tuple[str, tuple[Any, ...]] = ("", (None,))
    for line in shape.lines:
        if line.name in LEFT_EMPTY:
            continue
        if isinstance(line, mapping.Slug):
            values[line.name] = slug
        elif isinstance(line, mapping.Kind):
            kinds = (line.name, tuple(line.classes))
        elif isinstance(line, mapping.Parts):
            parts = fill(line.shape, slug)
            values[line.name] = parts[0] if line.single else parts
        elif isinstance(line, mapping.Companion):
            values[line.name] = fill(line.shape, slug)[0]
        else:
            one = value_of(shape.cls, line)
            values[line.name] = (one,) if isinstance(line, mapping.Many) else one
    name, choices = kinds
    return tuple(shape.cls(**values, **({name: kind} if name else {})) for kind in choices)


def value_of(cls: type, line: mapping.One | mapping.Many) -> Any:
    """The probe for a text, something plain for a number, an address that is there."""
    if line.codec in (mapping.text, mapping.string):
        return PROBE if (cls, line.name) in PLAIN else f"{PROBE} {cls.__name__}.{line.name}"
    if line.codec is mapping.iri:
        return IRIS.get((cls, line.name)) or IRIS[line.name]
    return NUMBERS[line.codec]


def hostile() -> model.Practice:
    """A practice with every field, every text of which is the probe."""
    practice: model.Practice = fill(mapping.PRACTICE, SLUG)[0]
    # Its own telling of the replication would be shown within that: have one apart, too.
    told = practice.replications[0]
    apart = replace(told, detailed_in=(), yields=None, kind=ns.concept("genere-replica", "replica"))
    return replace(practice, replications=(told, apart))


def texts_in(part: object) -> Iterator[str]:
    """The texts of a record that are the probe."""
    if isinstance(part, str):
        if part.startswith(PROBE):
            yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from texts_in(one)
    elif dataclasses.is_dataclass(part):
        for field in dataclasses.fields(part):
            yield from texts_in(getattr(part, field.name))


@pytest.fixture(scope="module")
def attacked(
    tmp_path_factory: pytest.TempPathFactory, places: Places, settings: Any, open_client: Callable
) -> Any:
    """A client of a site whose home holds the record, and what the build said of it."""
    from talea_api.app import create_app
    from talea_sparql.pool import Pool

    home: Path = tmp_path_factory.mktemp("hostile")
    for kind, slug, record in (
        ("pratica", SLUG, hostile()),
        ("replica", REPLICA, fill(mapping.TRANSFER, REPLICA)[0]),
        ("piano", PLAN, fill(mapping.PLAN, PLAN)[0]),
        ("pubblicazione", BOOK, fill(mapping.PUBLICATION, BOOK)[0]),
    ):
        shape = mapping.RECORD_SHAPES[kind]
        triples = list(mapping.encode(shape, record, ns.resource(kind, slug)))
        records.write(home / "records", kind, slug, triples)
    built = build(places.sources, home, code_digest="hostile")
    assert built.problems == []
    release = open_release(built.folder, places.sources.queries)
    app = create_app(
        replace(settings, home=home), release, Pool(release.dump, settings.limits()), places=places
    )
    client = open_client(app)
    client.release = release
    return client


class Reader(HTMLParser):
    """The elements, the attributes and the text of a page, as a browser reads them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.data: list[str] = []
        self._script = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            self.data.append(data)
        else:
            self.text += data


def check(markup: str) -> Reader:
    """Nothing of the probe became markup, and the JSON-LD is JSON."""
    page = Reader(markup)
    for tag, attributes in page.elements:
        assert tag != "img"
        if tag == "script" and attributes != {"type": "application/ld+json"}:
            assert attributes.keys() == {"src", "defer"}, attributes
            assert re.fullmatch(
                r"/static/dist/(sparql|suggest)\.[0-9a-f]{10}\.js", attributes["src"]
            )
        assert not any(name.startswith("on") or name == "style" for name in attributes), attributes
        for name in ("href", "src", "action"):
            assert not (attributes.get(name) or "").lower().startswith(("javascript:", "data:"))
    assert "49" not in re.findall(r"\d+", page.text.split("alert(1)", 1)[-1][:30])
    for block in page.data:
        assert json.loads(block)["@context"] == "https://schema.org"
    return page


def test_the_probe_is_in_every_field():
    """Nothing of the model is left out: neither a field of the record nor one of its parts."""
    for part in (hostile(), *(fill(shape, "x")[0] for shape in mapping.RECORD_SHAPES.values())):
        for empty in empty_fields(part):
            assert empty in {*LEFT_EMPTY, "yields", "detailed_in"}, empty


def empty_fields(part: object) -> Iterator[str]:
    """The names of the fields of a record, and of its parts, that hold nothing."""
    if isinstance(part, tuple):
        for one in part:
            yield from empty_fields(one)
    elif dataclasses.is_dataclass(part):
        for field in dataclasses.fields(part):
            value = getattr(part, field.name)
            if value is None or value == ():
                yield field.name
            yield from empty_fields(value)


@pytest.mark.parametrize("base", ["", "/en"])
def test_the_sheet_shows_the_attack_as_text(attacked, base):
    answer = attacked.page(f"{base}/pratiche/{SLUG}")
    assert answer.status_code == 200
    page = check(answer.text)
    seen = " ".join(page.text.split())
    for text in texts_in((hostile(), fill(mapping.TRANSFER, REPLICA))):
        assert text in seen
    block = json.loads(page.data[0])
    assert block["name"] == PROBE
    assert block["about"][0] == PROBE


@pytest.mark.parametrize(
    ("base", "told"),
    [
        (
            "",
            (
                "In numeri: da 5 a 5 residenti di 65 anni e oltre",
                "Forma dell’Ambito richiesta: Consorzio",
                "Con un altro luogo si confronta per: Scala demografica",
            ),
        ),
        (
            "/en",
            (
                "In figures: from 5 to 5 residents aged 65 and over",
                "Form asked of the Ambito: Consortium",
                "Compared with another place on: Population size",
            ),
        ),
    ],
)
def test_what_a_program_checks_is_told_in_words(attacked, base, told):
    seen = " ".join(Reader(attacked.page(f"{base}/pratiche/{SLUG}").text).text.split())
    for text in told:
        assert text in seen


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (f"/risorse/replica/{REPLICA}", mapping.TRANSFER),
        (f"/risorse/piano/{PLAN}", mapping.PLAN),
        (f"/pubblicazioni/{BOOK}", mapping.PUBLICATION),
    ],
)
def test_the_other_records_show_every_text(attacked, path, shape):
    page = check(attacked.page(path).text)
    seen = " ".join(page.text.split())
    texts = list(texts_in(fill(shape, "x")))
    assert texts
    for text in texts:
        assert text in seen


@pytest.mark.parametrize("base", ["", "/en"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/pratiche?q=alert",
        "/pratiche?comune=072006",
        "/comuni/072006",
        f"/risorse/scheda/{SLUG}",
        f"/risorse/pratica/{SLUG}",
        "/risorse/ente/c_a662",
        f"/risorse/replica/{REPLICA}",
        f"/risorse/piano/{PLAN}",
        "/pubblicazioni",
        f"/pubblicazioni/{BOOK}",
        f"/pubblicazioni/anteprima?area=4&edizione={BOOK}",
        "/copertura?voce=esiti",
    ],
)
def test_every_list_shows_it_as_text(attacked, base, path):
    answer = attacked.page("/en/" if base and path == "/" else base + path)
    assert answer.status_code == 200
    check(answer.text)


@pytest.mark.parametrize("base", ["", "/en"])
def test_the_feed_shows_it_as_text(attacked, base):
    atom = "{http://www.w3.org/2005/Atom}"
    entries = {}
    for page in range(1, 9):
        answer = attacked.get(f"{base}/feed.atom?pagina={page}")
        assert "<script" not in answer.text
        if answer.status_code == 200:
            found = ElementTree.fromstring(answer.content).findall(atom + "entry")
            entries |= {entry.findtext(atom + "id"): entry for entry in found}
    entry = entries[ns.resource("pratica", SLUG)]
    assert entry.findtext(atom + "title") == PROBE
    assert entry.findtext(atom + "summary") == PROBE


@pytest.mark.parametrize("base", ["", "/en"])
def test_what_a_book_says_of_itself_stays_text(attacked, base):
    """The index of the books is of the home: whatever is written in it is shown as text."""
    folder = attacked.release.folder / books.FOLDER
    part = books.Part(PROBE, (books.Line(SLUG, PROBE, PROBE, True),))
    file = books.File("sonda.epub", "it", "epub", PROBE, 0, PROBE)
    made = books.Made(BOOK, "x", 1, {"it": (part,), "en": (part,)}, (file,), PROBE)
    folder.mkdir(exist_ok=True)
    (folder / file.name).touch()
    (folder / "books.json").write_bytes(books.Books(folder, "x", "", (made,)).as_json())
    for path in ("/pubblicazioni", f"/pubblicazioni/{BOOK}"):
        answer = attacked.page(base + path)
        assert answer.status_code == 200
        assert "sonda.epub" in answer.text or path == "/pubblicazioni"
        check(answer.text)
    shutil.rmtree(folder)


def test_a_query_that_is_an_attack_is_told_and_not_a_failure(attacked):
    answer = attacked.page(f"/pubblicazioni/anteprima?edizione={BOOK}")
    assert answer.status_code == 400
    assert "La query non si può usare" in check(answer.text).text


def test_the_breadcrumb_shows_it_as_text(attacked):
    blocks = [json.loads(one) for one in check(attacked.page(f"/pratiche/{SLUG}").text).data]
    trail = next(one for one in blocks if one["@type"] == "BreadcrumbList")
    assert trail["itemListElement"][-1]["name"] == PROBE


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "a\ufffeb", "a\ud800b"])
def test_what_xml_cannot_hold_does_not_break_the_feed(text):
    from talea_api import feeds

    parent = ElementTree.Element("feed")
    feeds._add(parent, "title", text)
    written = ElementTree.tostring(parent, "utf-8")
    assert ElementTree.fromstring(written).findtext("title") == "a\ufffdb"


def test_the_search_marks_words_inside_it(attacked):
    page = attacked.page("/pratiche?q=alert").text
    assert "<mark>alert</mark>" in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "path",
    [
        "/pratiche?q={}",
        "/pratiche?area={}",
        "/pratiche?comune={}",
        "/pratiche?pagina={}",
        "/pratiche?{}=1",
        "/comuni?nome={}",
        "/comuni?provincia={}",
        "/sparql?format=html&query={}",
        "/pubblicazioni/anteprima?query={}",
        "/pubblicazioni/anteprima?area={}",
        "/pubblicazioni/anteprima?edizione={}",
        "/pubblicazioni/{}",
        "/pubblicazioni/antologia/{}",
        "/pratiche/{}",
        "/comuni/{}",
        "/risorse/ente/{}",
        "/risorse/{}/x",
        "/vocabolari/{}",
        "/{}",
    ],
)
@pytest.mark.parametrize(
    "probe", [PROBE, SCRIPT_LINK, "//evil.example/", "\u2028</script>", "\x00"]
)
def test_parameters_and_paths_stay_text(attacked, path, probe):
    answer = attacked.page(path.format(quote(probe, safe="")))
    assert answer.status_code < 500
    page = check(answer.text)
    for tag, attributes in page.elements:
        if tag in ("a", "form", "link"):
            address = attributes.get("href") or attributes.get("action") or ""
            assert not address.startswith("//"), address


def test_a_javascript_address_never_becomes_a_link(app):
    renderer = app.state.services.renderer
    template = renderer._environments["it"].from_string(
        '{% from "macros.html" import source_list with context %}'
        "{{ source_list(urls) }}{{ urls[0] | link }}"
    )
    markup = template.render(urls=[SCRIPT_LINK, "JaVaScRiPt:x", "https://", "https://a.example/"])
    links = [attributes for tag, attributes in Reader(markup).elements if tag == "a"]
    assert [attributes["href"] for attributes in links] == ["https://a.example/"]
