"""A record whose every text is an attack stays text: on pages, in JSON-LD, in links."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from talea_catalogue import mapping, model, records
from talea_catalogue import namespaces as ns
from talea_catalogue.build import build
from talea_catalogue.release import open_release

if TYPE_CHECKING:
    from talea_api.paths import Places

PROBE = "\"><script>alert(1)</script>{{7*7}}</script><img src=x onerror=alert(2)>'"
SCRIPT_LINK = "javascript:alert(3)"
SLUG = "sonda"
BODY = ns.resource("ente", "c_a662")
PLACE = ns.resource("luogo", "072006")


def hostile() -> model.Practice:
    """A practice with every field, every text of which is the probe."""
    concept = ns.concept
    parts: dict[str, Any] = {
        "needs": (model.Need(title=PROBE, categories=(concept("bisogno", "isolamento"),)),),
        "recipients": (
            model.RecipientGroup(title=PROBE, categories=(concept("target", "anziani"),)),
        ),
        "actions": (model.Action(title=PROBE),),
        "results": tuple(
            model.ReportedResult(
                kind=kind,
                description=PROBE,
                measurement=model.Measurement(
                    value=Decimal(5),
                    qualifier=concept("precisazione-valore", "circa"),
                    unit=PROBE,
                    unit_as_said=PROBE + "!",
                    period_as_said=PROBE,
                    baseline_as_said=PROBE,
                    method_as_said=PROBE,
                ),
            )
            for kind in model.ResultKind
        ),
        "budgets": (model.FinancialResource(amount=Decimal(1), note=PROBE),),
        "staff": (model.HumanResource(description=PROBE),),
        "partners": (model.Partner(name=PROBE, body=BODY),),
        "prerequisites": (model.Prerequisite(title=PROBE),),
        "obstacles": (model.Obstacle(description=PROBE, overcome_by=PROBE),),
        "improvements": (model.ImprovementArea(description=PROBE),),
        "replications": (
            model.Replication(
                as_said=PROBE, kind=concept("genere-replica", "replica"), adopted_in=PLACE
            ),
        ),
    }
    return model.Practice(
        slug=SLUG,
        title=PROBE,
        promoters=(BODY,),
        promoter_as_said=PROBE,
        promoter_office=PROBE,
        promoter_place=PLACE,
        implemented_in=(PLACE,),
        period_as_said=PROBE,
        start_year=2020,
        thematic_areas=(concept("area-tematica", "4"),),
        interventions=(concept("tipo-intervento", "educativa"),),
        funding_as_said=PROBE,
        resource_note=PROBE,
        replicability=PROBE,
        web_page="https://example.org/",
        record=model.Record(
            sources=("https://example.org/a?b=1&c=2",),
            status=concept("stato-editoriale", "pubblicata"),
            confidence=concept("confidenza", "media"),
            confidence_note=PROBE,
            selected=True,
            selection_note=PROBE,
            link_confirmed=False,
            attributions=(
                model.Attribution(
                    about=ns.ONTO + "thematicArea",
                    origin=concept("origine", "inferita"),
                    note=PROBE,
                ),
            ),
        ),
        **parts,
    )


def every_field_is_attacked(part: object) -> None:
    """No field of the record is forgotten when the model grows."""
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        assert value not in (None, ()) or field.name in EMPTY, field.name


EMPTY = {
    "promoter_members", "region", "country", "funding", "replica_of", "presented_at", "same_body",
    "yields",
}  # fmt: skip


@pytest.fixture(scope="module")
def attacked(
    tmp_path_factory: pytest.TempPathFactory, places: Places, settings: Any, open_client: Callable
) -> Any:
    """A client of a site whose home holds the record, and what the build said of it."""
    from talea_api.app import create_app
    from talea_sparql.pool import Pool

    home: Path = tmp_path_factory.mktemp("hostile")
    records.write(home / "records", "pratica", SLUG, mapping.practice_triples(hostile()))
    built = build(places.sources, home, code_digest="hostile")
    assert built.problems == []
    release = open_release(built.folder, places.sources.queries)
    app = create_app(
        replace(settings, home=home), release, Pool(release.dump, settings.limits()), places=places
    )
    return open_client(app)


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
        assert tag != "script" or attributes == {"type": "application/ld+json"}
        assert not any(name.startswith("on") or name == "style" for name in attributes), attributes
        for name in ("href", "src", "action"):
            assert not (attributes.get(name) or "").lower().startswith(("javascript:", "data:"))
    assert "49" not in re.findall(r"\d+", page.text.split("alert(1)", 1)[-1][:30])
    for block in page.data:
        assert json.loads(block)["@context"] == "https://schema.org"
    return page


def test_the_probe_is_in_every_field():
    every_field_is_attacked(hostile())
    every_field_is_attacked(hostile().record)


@pytest.mark.parametrize("base", ["", "/en"])
def test_the_sheet_shows_the_attack_as_text(attacked, base):
    answer = attacked.page(f"{base}/pratiche/{SLUG}")
    assert answer.status_code == 200
    page = check(answer.text)
    assert page.text.count(PROBE) >= 50
    block = json.loads(page.data[0])
    assert block["name"] == PROBE
    assert block["about"][0] == PROBE


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
    ],
)
def test_every_list_shows_it_as_text(attacked, base, path):
    answer = attacked.page("/en/" if base and path == "/" else base + path)
    assert answer.status_code == 200
    check(answer.text)


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
