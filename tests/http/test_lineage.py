"""The lineage of a practice: page, drawing, table and API say the same, and what is not known."""

from __future__ import annotations

import gzip
import html
import re
from xml.etree import ElementTree

import pytest

from talea_api.pages import lineage as pages
from talea_api.pages.lineage import lineage
from talea_api.pages.replication import GROUPS
from talea_api.views import Visit
from talea_catalogue import namespaces as ns
from talea_catalogue.lineage import MOST, ORDER, Lineage, Step
from talea_catalogue.repository import Repository

from .test_page_content import words

DEEP = "udine-playful-paradigm"
NOBODY = "comune-bari-2024"
SVG = "{http://www.w3.org/2000/svg}"


def drawings(page: str) -> list[ElementTree.Element]:
    """The SVG of a page: side by side, and one below the other."""
    found = re.findall(r'<svg class="lineage .*?</svg>', page, re.S)
    return [ElementTree.fromstring(one) for one in found]


def test_the_groups_are_those_of_the_sheet():
    assert [one for one in ORDER if one != "legame"] == [key for key, *_ in GROUPS]


def test_direct_passages_are_those_of_the_competency_question(release):
    """Over every practice: the walk and `cq-16` know the same replications."""
    repository = release.repository
    seen = 0
    for slug in repository.slugs():
        found = repository.lineage(slug)
        direct = {
            one.iri for one in found.replications
            if one.generation == 1 and one.taken_up and one.kind
        }  # fmt: skip
        rows = repository._rows("cq-16-chi-ha-replicato", practice=ns.resource("pratica", slug))
        assert direct == {row["replication"].value for row in rows}, slug
        seen += len(direct)
    assert seen > 50


def test_who_is_an_origin_has_the_other_among_its_replications(release):
    repository = release.repository
    pairs = {
        (one.practice, slug)
        for slug in repository.slugs() for one in repository.lineage(slug).origins
        if one.generation == 0
    }  # fmt: skip
    assert len(pairs) > 10
    for origin, slug in pairs:
        born = [one.yields for one in repository.lineage(origin).replications]
        assert slug in born, (origin, slug)


@pytest.mark.parametrize("base", ["", "/en"])
def test_drawing_table_and_api_tell_the_same_passages(client, release, base):
    lang = "en" if base else "it"
    checked = 0
    for slug in release.repository.slugs():
        found = release.repository.lineage(slug)
        body = client.get(f"/api/v1/practices/{slug}/lineage").json()
        steps = [*body["origins"], *body["replications"]]
        assert [one["iri"] for one in steps] == [one.iri for one in found.steps]
        answer = client.page(f"{base}/pratiche/{slug}/filiera")
        assert answer.status_code == 200
        assert len(gzip.compress(answer.content)) <= 60_000
        rows = re.findall(r'<tr id="passo-\d+">(.*?)</tr>', answer.text, re.S)
        assert len(rows) == len(steps), slug
        if not steps:
            assert not drawings(answer.text)
            continue
        told = [words(row) for row in rows]
        for one in steps:
            parts = [one["kind"]["label"][lang]] if one["kind"] else []
            parts += [str(one["year"])] if one["year"] else []
            parts += [" ".join(change["description"].split()) for change in one["changes"]]
            name = one["as_said"] or release.repository.label(one["iri"])
            same = [row for row in told if row.startswith(name)]
            assert any(all(part in row for part in parts) for row in same), (slug, name)
        for picture in drawings(answer.text):
            boxes = [one for one in picture.iter(f"{SVG}g") if one.get("role") == "listitem"]
            spoken = [one.get("aria-label") or "" for one in picture.iter(f"{SVG}a")]
            for one in steps:
                name = one["as_said"] or release.repository.label(one["iri"])
                assert any(label.startswith(name) for label in spoken), (slug, name)
            assert len(boxes) > len(steps)
        checked += 1
    assert checked > 40


def test_the_deepest_lineages_have_their_generations(client):
    def generations(slug):
        body = client.get(f"/api/v1/practices/{slug}/lineage").json()
        return {one["generation"] for one in [*body["origins"], *body["replications"]]}

    assert generations(DEEP) == {1, 2}
    assert generations("athienou-consiglio-volontariato") == {1, 2}
    assert generations("parigi-lulu-dans-ma-rue") == {1, 2}
    assert generations("agrigento-portineria-comunita") == {0, -1}


def test_a_drawing_has_a_name_a_description_and_no_meaning_by_colour_alone(client):
    page = client.page(f"/pratiche/{DEEP}/filiera").text
    wide, narrow = drawings(page)
    ids = [one.get("id") for picture in (wide, narrow) for one in picture.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    for picture in (wide, narrow):
        names = {one.get("id"): one.text for one in picture if one.tag != f"{SVG}g"}
        assert "Playful Paradigm" in names[picture.get("aria-labelledby")]
        assert "passaggi" in names[picture.get("aria-describedby")]
        (hidden,) = [one for one in picture if one.get("aria-hidden") == "true"]
        assert not list(hidden.iter(f"{SVG}a"))
        dotted = [one for one in hidden.iter(f"{SVG}rect") if one.get("stroke-linecap") == "round"]
        said = ["Stesso programma" in "".join(one.itertext()) for one in picture.iter(f"{SVG}g")
                if one.get("role") == "listitem"]  # fmt: skip
        assert len(dotted) == sum(said) == 10
    assert "style=" not in page


def test_inferred_links_are_dashed_and_said(client):
    page = client.page("/pratiche/scheda-patti-collaborazione/filiera").text
    wide, _ = drawings(page)
    dashed = [one for one in wide.iter(f"{SVG}rect") if one.get("stroke-dasharray") == "7 5"]
    assert len(dashed) == words(page).count("(legame ricostruito da noi)") == 4


def test_nobody_known_is_not_nobody(client):
    seen = words(client.page(f"/pratiche/{NOBODY}/filiera").text)
    assert "Non vuol dire che nessuno l’abbia fatto" in seen
    body = client.get(f"/api/v1/practices/{NOBODY}/lineage").json()
    assert (body["origins"], body["replications"], body["left_out"]) == ([], [], 0)


def test_the_sheet_and_the_replication_lead_to_the_lineage(client):
    sheet = client.page(f"/pratiche/{DEEP}").text
    assert f'href="/pratiche/{DEEP}/filiera"' in sheet
    assert "5 riprese note." in words(sheet)
    assert f'href="/pratiche/{NOBODY}/filiera"' not in client.page(f"/pratiche/{NOBODY}").text
    replication = client.page(f"/en/risorse/replica/{DEEP}-a-cork").text
    assert f'href="/en/pratiche/{DEEP}/filiera"' in replication


def test_the_question_behind_the_drawing_can_be_asked(client):
    page = client.page(f"/pratiche/{DEEP}/filiera").text
    address = html.unescape(re.search(r'href="(/sparql\?domanda=lineage[^"]*)"', page)[1])
    answer = client.page(address)
    assert answer.status_code == 200
    assert "Cork City Council" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/pratiche/mai-esistita/filiera", 404),
        ("/pratiche/%F0%9F%98%80/filiera", 404),
        ("/pratiche/%3Cscript%3E/filiera", 404),
        (f"/pratiche/{'a' * 3000}/filiera", 404),
        ("/pratiche//filiera", 404),
        ("/api/v1/practices/mai-esistita/lineage", 404),
        ("/api/v1/practices/%F0%9F%98%80/lineage", 400),
    ],
)
def test_what_is_not_there(client, path, status):
    assert client.page(path).status_code == status


def test_a_hostile_and_huge_lineage_is_drawn_whole_and_small(release, settings, app, monkeypatch):
    """Two hundred passages with words that would break out, in a deep chain and a wide fan."""
    bad = "</text><script>alert(1)</script>\"'& \x07" + "parola " * 40
    kind = ns.concept("genere-replica", "adattamento")
    chain = tuple(
        Step(iri=ns.resource("replica", f"r{n}"), practice=f"p{n}" if n else DEEP, as_said=bad,
             kind=kind, yields=f"p{n + 1}", generation=n + 1)
        for n in range(MOST // 2)
    )  # fmt: skip
    fan = tuple(
        Step(iri=ns.resource("replica", f"f{n}"), practice=DEEP, as_said=bad, kind=kind,
             generation=1)
        for n in range(MOST // 2)
    )  # fmt: skip
    invented = Lineage(DEEP, (), (*fan, *chain), {}, 12)
    monkeypatch.setattr(Repository, "lineage", lambda *_: invented)
    visit = Visit(release, settings, "it", f"/pratiche/{DEEP}/filiera", {"slug": DEEP}, {})
    renderer = app.state.services.renderer
    text = renderer.page("lineage.html", "it", visit.path, lineage(visit), None)
    assert "<script>alert" not in text
    assert len(drawings(text.replace("\x07", ""))) == 2
    assert text.count('<tr id="passo-') == MOST
    assert "Altri 12 passaggi" in words(text)
    assert len(gzip.compress(text.encode())) <= 60_000
    assert pages.COLUMNS[0].it in text
