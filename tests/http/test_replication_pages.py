"""Who took a practice up, by kind and once; what each record says, counted; plans and projects."""

from __future__ import annotations

import collections
import html
import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from talea_api.pages.common import linker
from talea_api.pages.fields import FIELDS, SECTIONS
from talea_api.pages.replication import GROUPS, SAME_NETWORK, SHOWN, groups
from talea_api.views import Visit
from talea_catalogue import namespaces as ns
from talea_catalogue.model import Practice, Prerequisite, Replication, Transfer
from talea_catalogue.repository import Repository

from .test_page_content import every_practice, section, words

INFERRED = ns.concept("origine", "inferita")
GROUP = re.compile(r'<div class="result-group" id="riprese-([a-z-]+)">\s*<h3>(.*?) \((\d+)\)</h3>')


def transfers(repository: Repository) -> list[Transfer]:
    """Every replication that has a record of its own."""
    return [one for slug in repository.slugs() for one in repository.replications_of(slug)]


def parts_of_spread(page: str) -> dict[str, str]:
    """The groups under «Chi l’ha ripresa», by kind, as markup."""
    start = page.index('id="riprese"')
    whole = page[start : page.index('<section class="section"', start)]
    pieces = re.split(r'(?=<div class="result-group" id="riprese-)', whole)[1:]
    return {GROUP.match(piece)[1]: piece for piece in pieces}  # type: ignore[index]


def test_every_kind_of_the_vocabulary_has_its_group(release):
    scheme = release.repository.scheme("genere-replica")
    kinds = {ns.local(concept.iri) for concept, _ in scheme.concepts}
    assert kinds == {key for key, *_ in GROUPS} - {"ricostruiti"}
    assert GROUPS[-1][0] == SAME_NETWORK


def test_every_replication_is_shown_once_in_the_group_of_its_kind(client, release):
    repository = release.repository
    shown = 0
    for it in every_practice(release):
        own = repository.replications_of(it.slug)
        if not own and not it.replications:
            continue
        page = client.page(f"/pratiche/{it.slug}").text
        found = parts_of_spread(page)
        for one in own:
            group = ns.local(one.kind)
            if one.origin == INFERRED and group != SAME_NETWORK:
                group = "ricostruiti"
            assert page.count(f'id="ripresa-{one.slug}"') == 1, one.slug
            assert f'id="ripresa-{one.slug}"' in found[group], one.slug
            shown += 1
        for number in range(1, len(it.replications) + 1):
            assert page.count(f'id="replica-{number}"') == 1, it.slug
        assert list(found) == [key for key, *_ in GROUPS if key in found]
    assert shown == len(transfers(repository)) >= 142


def test_what_is_told_twice_is_counted_once(client, release):
    """The number beside each kind is that of the facts, not of the tellings."""
    repository = release.repository
    for it in every_practice(release):
        own = {ns.resource("replica", one.slug) for one in repository.replications_of(it.slug)}
        if not own and not it.replications:
            continue
        counts = GROUP.findall(client.page(f"/pratiche/{it.slug}").text)
        alone = [one for one in it.replications if not own.intersection(one.detailed_in)]
        assert sum(int(count) for *_, count in counts) == len(own) + len(alone), it.slug


def test_the_same_network_is_apart_and_last_and_is_not_taking_up(client, release):
    page = client.page("/pratiche/scheda-pippi").text
    found = parts_of_spread(page)
    assert list(found) == [SAME_NETWORK]
    assert "non è detto che l’abbiano ripetuta" in words(found[SAME_NETWORK])
    assert section(page, "riprese").startswith("Chi l’ha ripresa non indicato")
    assert "riprese" not in release.repository.fields_said(["scheda-pippi"])["scheda-pippi"]


@pytest.mark.parametrize("many", [1, SHOWN, SHOWN + 1, 40])
def test_a_long_list_folds_and_nothing_of_it_is_lost(release, settings, many):
    visit = Visit(release, settings, "it", "/pratiche/x", {}, {})
    kind = ns.concept("genere-replica", "replica")
    told = [Replication(as_said=f"Comune {number}", kind=kind) for number in range(many)]
    (group,) = groups(visit, told, ())
    assert [one.it for one in (*group.shown, *group.folded)] == told
    assert (len(group.shown), group.count) == (min(many, SHOWN), many)


def test_a_change_says_whether_a_source_or_we_noticed_it(client, release):
    for one in transfers(release.repository):
        if not one.adaptations:
            continue
        seen = words(client.page(f"/risorse/replica/{one.slug}").text)
        declared = sum(change.basis.endswith("/dichiarata") for change in one.adaptations)
        assert seen.count("(lo dice una fonte)") == declared
        assert seen.count("(confronto fatto da noi)") == len(one.adaptations) - declared


def test_the_page_of_a_replication(client):
    page = client.page("/risorse/replica/lisbona-bip-zip-a-bari").text
    seen = words(page)
    for said in ("Adattamento", "Com’è andata", "URBACT III", "Reti civiche urbane", "Dichiarata"):
        assert said in seen
    assert 'href="/pratiche/lisbona-bip-zip"' in page
    assert 'href="/comuni/072006"' in page


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf", "html"])
@pytest.mark.parametrize(
    "path", ["/risorse/replica/lisbona-bip-zip-a-bari", "/risorse/piano/politiche-sociali-puglia-5"]
)
def test_a_replication_and_a_plan_have_their_data(client, path, suffix):
    answer = client.get(f"{path}.{suffix}")
    assert answer.status_code == 200
    assert path.rsplit("/", 1)[-1] in answer.text


def test_an_address_of_a_replication_leads_to_its_page(client):
    answer = client.page("/id/replica/lisbona-bip-zip-a-bari")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/risorse/replica/lisbona-bip-zip-a-bari"
    assert client.page("/risorse/replica/non-ce").status_code == 404


def test_a_comune_and_an_ambito_list_what_was_taken_up_there(client, release):
    for path, where in (
        ("/comuni/072006", ns.resource("luogo", "072006")),
        ("/ambiti/ats-altamura", ns.resource("ente", "ats-altamura")),
    ):
        page = client.page(path).text
        here = page[page.index('id="riprese"') :]
        rows = release.repository.replications_in(where)
        assert rows
        for row in rows:
            assert f'href="/pratiche/{row.practice}' in here
            assert row.as_said in words(here)
    assert "non è detto che l’abbiano ripetuta" in words(client.page("/ambiti/ats-altamura").text)
    assert 'id="riprese"' not in client.page("/comuni/071002").text


def test_every_replication_of_a_place_is_found_from_the_place(release):
    repository = release.repository
    everywhere: collections.Counter[str] = collections.Counter()
    for one in transfers(repository):
        if one.adopted_in:
            found = repository.replications_in(one.adopted_in)
            iri = ns.resource("replica", one.slug)
            assert [row.practice for row in found if row.iri == iri] == [ns.local(one.replicates)]
            everywhere[one.adopted_in] += 1
    assert everywhere[ns.resource("luogo", "072006")] >= 5
    assert repository.replications_in("no iri") == []


SAYS: dict[str, Callable[[Practice], object]] = {
    "bisogno": lambda p: p.needs,
    "destinatari": lambda p: p.recipients,
    "azioni": lambda p: p.actions,
    "periodo": lambda p: p.period_as_said or p.start_year,
    "luogo": lambda p: p.implemented_in or p.promoter_place or p.region,
    "livello": lambda p: p.level_as_said,
    "contesto": lambda p: p.context,
    "promotore": lambda p: p.promoters,
    "ufficio": lambda p: p.promoter_office,
    "partner": lambda p: p.partners,
    "somme": lambda p: [b for b in (*p.budgets, *p.costs) if b.amount is not None],
    "tipo-spesa": lambda p: [b for b in (*p.budgets, *p.costs) if b.cost_type],
    "finanziamento": lambda p: p.funding_as_said or p.funding,
    "personale": lambda p: p.staff,
    "persone": lambda p: [s for s in p.staff if s.people is not None],
    "ore": lambda p: [s for s in p.staff if s.hours_as_said],
    "fasi": lambda p: p.steps,
    "tempi-fasi": lambda p: [s for s in p.steps if s.period_as_said or s.duration_as_said],
    "atti": lambda p: p.acts,
    "esiti": lambda p: [r for r in p.results if r.kind.value == "esito"],
    "periodo-esiti": lambda p: [
        r
        for r in p.results
        if r.kind.value == "esito" and r.measurement and r.measurement.period_as_said
    ],
    "realizzazioni": lambda p: [
        r for r in p.results if r.kind.value in ("realizzazione", "esito_qualitativo")
    ],
    "valutazione": lambda p: p.evaluations,
    "replicabilita": lambda p: p.replicability,
    "componenti": lambda p: p.components,
    "essenziali": lambda p: [c for c in p.components if c.core is not None],
    "perche-componenti": lambda p: [c for c in p.components if c.reason],
    "prerequisiti": lambda p: p.prerequisites,
    "vincolanti": lambda p: [c for c in p.prerequisites if c.binding is not None],
    "perche-prerequisiti": lambda p: [c for c in p.prerequisites if c.reason],
    "verifica": lambda p: [c for c in p.prerequisites if c.check_as_said],
    "fattori": lambda p: p.critical_factors,
    "perche-fattori": lambda p: [c for c in p.critical_factors if c.reason],
    "ostacoli": lambda p: p.obstacles,
    "superati": lambda p: [o for o in p.obstacles if o.overcome_by],
    "limiti": lambda p: p.failures,
    "consigli": lambda p: p.adaptation_advice,
    "strumenti": lambda p: p.tools,
    "margini": lambda p: p.improvements,
    "pagina": lambda p: p.web_page,
    "fonti": lambda p: p.record.sources,
}
"""Each field read from the record itself, against which the query is checked."""


class TestFields:
    """What a sheet may say: one list of fields, one query."""

    def test_the_query_answers_what_the_records_say(self, release):
        repository = release.repository
        said = repository.fields_said(repository.slugs())
        assert {field.key for field in FIELDS} == {*SAYS} | {
            "riprese", "rete", "cambiamenti", "esiti-riprese",
        }  # fmt: skip
        linked = {ns.local(iri) for s in said for iri in repository.practice(s).replica_of}
        for slug, keys in said.items():
            it = repository.practice(slug)
            told = (*it.replications, *repository.replications_of(slug))
            expected = {key for key, value in SAYS.items() if value(it)}
            network = [r for r in told if ns.local(r.kind) == SAME_NETWORK]
            expected |= {"rete"} if network else set()
            expected |= {"riprese"} if len(told) > len(network) or slug in linked else set()
            expected |= (
                {"cambiamenti"} if any(r.change_as_said or r.adaptations for r in told) else set()
            )
            expected |= {"esiti-riprese"} if any(r.outcome_as_said for r in told) else set()
            assert keys == expected, slug

    def test_no_key_is_used_twice(self):
        keys = [field.key for field in FIELDS]
        assert len(keys) == len(set(keys))
        assert {field.of for field in FIELDS if field.of} <= set(keys)
        assert len({section.anchor for section in SECTIONS}) == len(SECTIONS)

    def test_a_field_without_an_answer_is_named_on_the_sheet(self, client, release):
        repository = release.repository
        said = repository.fields_said(repository.slugs())
        for slug in ("scheda-pippi", "bari-social-book", "comune-bari-2024", "lisbona-bip-zip"):
            seen = section(client.page(f"/pratiche/{slug}").text, "affidabilita")
            for field in FIELDS:
                assert (field.name.it in seen) >= (field.key not in said[slug]), (slug, field.key)

    def test_the_page_of_all_fields_counts_practices(self, client, release):
        repository = release.repository
        said = repository.fields_said(repository.slugs())
        page = client.page("/copertura").text
        rows = re.findall(r'<tr><th scope="row">(.*?)</th><td class="number">(.*?)</td><td', page)
        assert [html.unescape(name) for name, _ in rows] == [field.name.it for field in FIELDS]
        for field, (_, cell) in zip(FIELDS, rows, strict=True):
            count = sum(field.key in keys for keys in said.values())
            assert words(cell).split()[0] == str(count), field.key
        assert "delle 124 pratiche" in words(page)

    @pytest.mark.parametrize("key", ["esiti", "ore", "fonti"])
    def test_a_field_leads_to_the_practices_that_say_it(self, client, release, key):
        repository = release.repository
        said = repository.fields_said(repository.slugs())
        page = client.page(f"/copertura?voce={key}").text
        chosen = page[page.index('id="voce"') : page.index("<details")]
        slugs = set(re.findall(r'href="/pratiche/([a-z0-9-]+)"', chosen))
        assert slugs == {slug for slug, keys in said.items() if key in keys}
        rest = page[page.index("<details") : page.index("</details>")]
        assert len(re.findall(r'href="/pratiche/', rest)) == len(said) - len(slugs)

    @pytest.mark.parametrize("value", ["", "x", "esiti'--", "%3Cscript%3E", "a" * 600])
    def test_an_unknown_field_is_left_aside(self, client, value):
        answer = client.page(f"/copertura?voce={value}")
        assert answer.status_code == 200
        assert 'id="voce"' not in answer.text


def test_notes_lead_to_sources_that_are_there(client, release):
    noted = 0
    for it in every_practice(release):
        page = client.page(f"/pratiche/{it.slug}").text
        for number in set(re.findall(r'href="#fonte-(\d+)"', page)):
            url = it.record.sources[int(number) - 1]
            start = page.index(f'id="fonte-{number}"')
            assert html.escape(url) in page[start : start + 2000]
            noted += 1
    assert noted > 100


def sources_of_parts(it: Practice) -> set[str]:
    """The sources that the components of a practice name."""
    return {url for part in it.components for url in part.sources}


def test_every_source_of_a_part_is_on_the_sheet(client, release):
    for it in every_practice(release):
        page = client.page(f"/pratiche/{it.slug}").text
        for url in sources_of_parts(it):
            assert f'href="{html.escape(url)}"' in page


def test_components_and_prerequisites_stand_under_what_sources_say(client, release):
    titles = {
        "componente": (
            "Essenziali",
            "Si possono cambiare",
            "Nessuna fonte dice se siano essenziali",
        ),
        "prerequisito": (
            "Vincolanti",
            "Utili, non vincolanti",
            "Nessuna fonte dice se siano vincolanti",
        ),
    }
    checked = 0
    for it in every_practice(release):
        page = client.page(f"/pratiche/{it.slug}").text
        for name, answers in (
            ("componente", [part.core for part in it.components]),
            ("prerequisito", [part.binding for part in it.prerequisites]),
        ):
            for number, answer in enumerate(answers, 1):
                before = page[: page.index(f'id="{name}-{number}"')]
                title = re.findall(r"<h4>(.*?)</h4>", before)[-1]
                assert title == titles[name][(True, False, None).index(answer)]
                checked += 1
    assert checked > 200


@pytest.mark.parametrize(
    ("lang", "low", "high", "told"),
    [
        ("it", 8000, None, "almeno 8.000 residenti da 0 a 14 anni"),
        ("it", None, Decimal("0.5"), "al massimo 0,5 residenti da 0 a 14 anni"),
        ("it", 0, 1000000, "da 0 a 1.000.000 residenti da 0 a 14 anni"),
        ("en", 8000, None, "at least 8,000 residents aged 0 to 14"),
        ("en", None, 500, "at most 500 residents aged 0 to 14"),
        ("en", 300, 3000, "from 300 to 3,000 residents aged 0 to 14"),
    ],
)
def test_a_bound_in_figures_is_told_in_words(app, release, settings, lang, low, high, told):
    template = app.state.services.renderer._environments[lang].from_string(
        '{% from "parts.html" import bounds_of with context %}{{ bounds_of(one) }}'
    )
    one = Prerequisite(
        title="x",
        measure=ns.concept("grandezza", "residenti-0-14"),
        at_least=None if low is None else Decimal(low),
        at_most=None if high is None else Decimal(high),
    )
    ref = linker(Visit(release, settings, lang, "/", {}, {}))
    assert template.render(one=one, ref=ref) == told
    assert not template.render(one=Prerequisite(title="x"), ref=ref)


def test_the_project_tells_its_transversal_action_apart(client):
    seen = section(client.page("/risorse/progetto/humus").text, "azioni")
    assert "Azioni (4)" in seen
    assert "Azione trasversale (1) Linea trasversale" in seen
    assert "Chi lo realizza (6)" in seen


def test_a_plan_says_whether_any_practice_carries_it_out(client):
    seen = words(client.page("/risorse/piano/politiche-sociali-puglia-5").text)
    assert "Le pratiche che lo attuano" in seen
    assert "Chi lo ha adottato" in seen


def test_a_body_is_called_by_its_name(client, release):
    for it in every_practice(release):
        seen = section(
            client.page(f"/pratiche/{it.slug}").text, "promotore" if it.title else "noto"
        )
        for body in it.promoters:
            assert ns.local(body) not in seen, body
