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
ONE_PRACTICE = {
    "pippi-programma-nazionale": "scheda-pippi",
    "torino-affiancamento-familiare": "scheda-affiancamento-familiare",
}
KIND = "https://w3id.org/talea/voc/genere-replica/"
RECORDED = "?x a talea:Replication . FILTER NOT EXISTS { ?p talea:hasReplication ?x } ?x a ?c"
TOLD = "?p talea:hasReplication ?x . ?x a ?c"
"""Replications with a record of their own, and those told inside a practice."""
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
    [  # a number less another: parts of the second telling of a practice that the first tells too
        (f"?x a clv:City ; clv:hasDirectHigherRank/clv:hasDirectHigherRank {PUGLIA}", 257),
        ("?x a talea:Municipality ; talea:governs/clv:hasDirectHigherRank/"
         f"clv:hasDirectHigherRank {PUGLIA}", 257),
        ("?x a talea:SocialDistrict", 45),
        ("?x a talea:GoodPractice", 124),
        ("?x a talea:PracticeRecord ; dct:source ?s ; foaf:primaryTopic/rdf:type ?t", 124),
        ("?x a talea:FestivalEdition", 1),
        ("?x talea:presentedAt ?e", 20),
        ("?x a talea:Outcome", 21),
        ("?x a talea:QualitativeFinding", 5 - 1),
        ("?x a talea:Output", 122 - 1),
        ("?x a talea:Capacity", 2),
        ("?x a talea:ContextFact", 9),
        ("?x a talea:Forecast", 10),
        ("?x a talea:Estimate", 2),
        (RECORDED, 142),
        (f"{RECORDED} ; talea:replicationKind <{KIND}stesso-programma>", 70),
        (f"{RECORDED} ; talea:replicationKind <{KIND}adattamento>", 44),
        (f"{RECORDED} ; talea:replicationKind <{KIND}non-precisata>", 28),
        (f"{RECORDED} ; talea:replicationKind <{KIND}replica>", 0),
        (TOLD, 50 + 18),
        (f"{TOLD} ; talea:replicationKind <{KIND}stesso-programma>", 21 + 1),
        (f"{TOLD} ; talea:replicationKind <{KIND}adattamento>", 12),
        (f"{TOLD} ; talea:replicationKind <{KIND}non-precisata>", 17 + 14),
        (f"{TOLD} ; talea:replicationKind <{KIND}seconda-sede>", 2),
        (f"{TOLD} ; talea:replicationKind <{KIND}ispirazione>", 1),
        (f"{TOLD} ; talea:detailedIn ?d", 16),
        (f"{TOLD} . ?r talea:detailedIn ?x", 0),
        ("?r talea:detailedIn ?x", 24),
        ("?x a talea:Component", 163 - 4),
        ("?x a talea:Component ; talea:core true", 59 - 1),
        ("?x a talea:Component ; talea:core false", 18),
        ("?x a talea:Prerequisite", 88),
        ("?x a talea:Prerequisite ; talea:binding true", 28),
        ("?x a talea:Prerequisite ; talea:binding false", 2),
        ("?x a talea:CriticalFactor", 68),
        ("?x a talea:Step", 53 - 1),
        ("?x a talea:Act", 40),
        ("?x a talea:Evaluation", 11),
        ("?x a talea:FailureCondition", 24),
        ("?x a talea:AdaptationAdvice", 35),
        ("?x a talea:ReplicationTool", 5),
        ("?x a talea:RelatedExperience", 3),
        ("?x a talea:Adaptation", 119),
        ("?x a talea:Adaptation ; talea:adaptsComponent ?c", 8),
        ("?x talea:value ?n", 159 - 1),
        ("?x talea:baselineValue ?n", 19),
        ("?p talea:hasResource ?x . ?p a talea:GoodPractice . ?x talea:amountEUR ?n", 28 + 58 - 1),
        ("?p talea:hasResource ?x . ?p a talea:Replication . ?x talea:amountEUR ?n", 3),
        ("?x talea:maximumEUR ?n", 1),
        ("?x talea:people ?n", 17),
        ("?x a talea:Context ; talea:residents ?n", 3 + 3),
        ("?x a talea:GoodPractice ; talea:startYear ?n", 71),
        (f"{RECORDED} ; talea:startYear ?n", 110),
        (f"{TOLD} ; talea:startYear ?n", 36),
        ("?x a talea:Act ; talea:year ?n", 34),
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
        (
            bool({"budget_eur", "personale"} & set(item.get("risorse", {})))
            or any("importo_eur" in cost for cost in item.get("costi", []))
            or bool(item.get("personale"))
        )
        and bool(item.get("prerequisiti"))
        and any(e["tipo"] == "esito" and "valore" in e and "quando" in e for e in results),
    )
    return next((number for number, done in enumerate(steps) if not done), len(steps))


def together() -> dict[str, dict[str, Any]]:
    """The items of the four files by practice, two of one practice as one."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("documented_practices", "festival_2024", "deep_practices", "transfers"):
        data = json.loads((JSON / f"{name}.json").read_text(encoding="utf-8"))
        for item in data if isinstance(data, list) else data["practices"]:
            slug = ONE_PRACTICE.get(item["id"], item["id"])
            first = found.setdefault(slug, {})
            lists = {k: first.get(k, []) + v for k, v in item.items() if isinstance(v, list)}
            found[slug] = {**item, **first, **lists}
    return found


def test_each_practice_has_the_level_of_a_second_count(
    store: ox.Store, needs: Callable[[bool, str], None]
) -> None:
    needs(JSON.is_dir(), "../shared/data/practices is not here")
    given = {slug: level(item) for slug, item in together().items()}
    rows = ask(
        store, "SELECT ?p ?l { ?p foaf:isPrimaryTopicOf/talea:completenessLevel/skos:notation ?l }"
    )
    told = {practice.rsplit("/", 1)[-1]: int(number) for practice, number in rows}
    assert told == given
    assert Counter(told.values()) == {0: 19, 1: 4, 2: 101}


def test_the_repository_counts_the_same(release: Release) -> None:
    counts = release.repository.counts()
    assert (counts["practices"], counts["comuni"], counts["ambiti"]) == (124, 257, 45)
    assert [counts[f"level-{n}"] for n in range(5)] == [19, 4, 101, 0, 0]
    assert release.manifest.counts["pratica"] == 124
    assert release.manifest.counts["replica"] == 142
