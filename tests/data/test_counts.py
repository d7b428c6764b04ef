"""By query over a built release: how much there is, and how complete it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from talea_catalogue.namespaces import PREFIXES
from talea_catalogue.release import Release

JSON = Path(__file__).resolve().parents[3] / "shared" / "data" / "practices"
PUGLIA = "<https://w3id.org/talea/id/luogo/regione-puglia>"


@pytest.fixture(scope="session")
def store(dump: Path) -> ox.Store:
    """The dump in a store of our own."""
    store = ox.Store()
    store.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS)
    return store


def ask(store: ox.Store, text: str) -> list[tuple[str, ...]]:
    rows = store.query(text, prefixes=PREFIXES, use_default_graph_as_union=True)
    assert isinstance(rows, ox.QuerySolutions)
    return [tuple(value.value for value in row) for row in rows]


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (f"?x a clv:City ; clv:hasDirectHigherRank/clv:hasDirectHigherRank {PUGLIA}", 257),
        ("?x a talea:Municipality ; talea:governs/clv:hasDirectHigherRank/"
         f"clv:hasDirectHigherRank {PUGLIA}", 257),
        ("?x a talea:SocialDistrict", 45),
        ("?x a talea:GoodPractice", 84),
        ("?x a talea:PracticeRecord ; dct:source ?s ; foaf:primaryTopic/rdf:type ?t", 84),
        ("?x a talea:FestivalEdition", 1),
        ("?x talea:presentedAt ?e", 20),
        ("?x a talea:Outcome", 3),
    ],
)  # fmt: skip
def test_there_are_as_many_as_there_should_be(store: ox.Store, pattern: str, number: int) -> None:
    assert ask(store, f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}") == [(str(number),)]


def test_nothing_else_than_an_esito_can_be_read_as_an_outcome(store: ox.Store) -> None:
    rows = ask(
        store,
        "SELECT ?x ?c { ?x a talea:Outcome, ?c FILTER (?c != talea:Outcome) }",
    )
    assert rows == []
    lower = ask(store, "SELECT ?c { ?c rdfs:subClassOf+ talea:Outcome }")
    assert lower == []


def test_no_practice_points_at_a_place_or_body_that_says_nothing(store: ox.Store) -> None:
    assert not ask(
        store,
        """SELECT DISTINCT ?p ?o {
             ?p a talea:GoodPractice ; ?link ?o FILTER (STRSTARTS(STR(?o), STR(talea:)) = false)
             FILTER (isIRI(?o) && STRSTARTS(STR(?o), "https://w3id.org/talea/"))
             FILTER NOT EXISTS { ?o ?q ?v } }""",
    )


def level(item: dict[str, Any]) -> int:
    """The second count, from the JSON alone."""
    results = item.get("esiti", [])
    steps = (
        "titolo" in item,
        "bisogno" in item and bool(item.get("azioni")),
        bool({"esito", "esito_qualitativo", "realizzazione"} & {e["tipo"] for e in results})
        and bool(item.get("ostacoli"))
        and "margini_miglioramento" in item
        and "replicabilita" in item,
        bool({"budget_eur", "personale"} & set(item.get("risorse", {})))
        and bool(item.get("prerequisiti"))
        and any(e["tipo"] == "esito" and "valore" in e and "quando" in e for e in results),
    )
    return next((number for number, done in enumerate(steps) if not done), len(steps))


def test_each_practice_has_the_level_of_a_second_count(
    store: ox.Store, needs: Callable[[bool, str], None]
) -> None:
    needs(JSON.is_dir(), "../shared/data/practices is not here")
    given = {
        item["id"]: level(item)
        for name in ("documented_practices.json", "festival_2024.json")
        for item in json.loads((JSON / name).read_text(encoding="utf-8"))
    }
    rows = ask(
        store, "SELECT ?p ?l { ?p foaf:isPrimaryTopicOf/talea:completenessLevel/skos:notation ?l }"
    )
    told = {practice.rsplit("/", 1)[-1]: int(number) for practice, number in rows}
    assert told == given
    assert Counter(told.values()) == {0: 19, 1: 1, 2: 64}


def test_the_repository_counts_the_same(release: Release) -> None:
    counts = release.repository.counts()
    assert (counts["practices"], counts["comuni"], counts["ambiti"]) == (84, 257, 45)
    assert [counts[f"level-{n}"] for n in range(5)] == [19, 1, 64, 0, 0]
    assert release.manifest.counts["pratica"] == 84
