"""Every cell of the indicators and of the services is in the dump, with its date and source."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import namespaces as ns

ROOT = Path(__file__).resolve().parents[2]
TERRITORY = ROOT / "catalogue" / "territory"
GIVEN = ROOT.parent / "shared" / "data" / "territory"


@pytest.fixture(scope="module")
def store(dump: Path) -> ox.Store:
    """The dump in a store of our own."""
    store = ox.Store()
    store.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS)
    return store


def ask(store: ox.Store, text: str) -> list[tuple[str, ...]]:
    """The rows of a SELECT over all graphs, as texts; blank where unbound."""
    rows = store.query(text, prefixes=ns.PREFIXES, use_default_graph_as_union=True)
    assert isinstance(rows, ox.QuerySolutions)
    return [tuple(getattr(value, "value", "") for value in row) for row in rows]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_shipped_files_say_what_the_given_ones_say(needs: Callable[[bool, str], None]) -> None:
    needs(GIVEN.is_dir(), "../shared is not here: the given files were not compared")
    indicators = table(TERRITORY / "comuni_indicators.csv")
    assert indicators == table(GIVEN / "comuni_indicators.csv")
    services = table(TERRITORY / "ats_services.csv")
    assert all(row.pop("detail_it") for row in services)
    assert services == table(GIVEN / "ats_services.csv")


def test_every_cell_of_the_indicators_is_an_observation(store: ox.Store) -> None:
    series = {
        row["column"]: (row["id"], row["datatype"])
        for row in table(TERRITORY / "series.csv")
        if row["file"] == "comuni_indicators"
    }
    expected = {}
    for row in table(TERRITORY / "comuni_indicators.csv"):
        istat = row.pop("istat_code")
        assert set(row) == set(series)
        for column, cell in row.items():
            if cell:
                id_, datatype = series[column]
                expected[istat, id_] = (float(cell), datatype)
    found = {}
    for place, one, value, kind in ask(
        store,
        "SELECT ?place ?series ?value (datatype(?value) AS ?kind) { ?o a talea:Observation ;"
        " talea:observedPlace ?place ; talea:fromSeries ?series ; talea:observedValue ?value }",
    ):
        key = (ns.local(place), ns.local(one))
        assert key not in found
        found[key] = (float(value), kind.removeprefix(ns.XSD))
    assert found == expected
    assert len(found) == 5_194


def test_every_series_of_indicators_says_what_it_is(store: ox.Store) -> None:
    rows = ask(
        store,
        "SELECT DISTINCT ?s ?date ?edition ?licence ?line { ?o talea:observedValue ?v ;"
        " talea:fromSeries ?s . ?s dct:title ?it, ?en ; skos:definition ?dit, ?den ;"
        " talea:unit ?uit, ?uen ; dct:publisher ?p ; dct:source ?source ; dct:license ?licence ."
        " OPTIONAL { ?s talea:referenceDate ?date } OPTIONAL { ?s talea:referenceYear ?year }"
        " OPTIONAL { ?s talea:edition ?edition } OPTIONAL { ?s talea:attributionLine ?line }"
        ' FILTER (lang(?it) = "it" && lang(?en) = "en" && lang(?dit) = "it" && lang(?den) = "en"'
        ' && lang(?uit) = "it" && lang(?uen) = "en" && (bound(?year) || bound(?edition))) }',
    )
    assert len(rows) == 26
    for series, date, edition, _, line in rows:
        name = ns.local(series)
        assert (edition == "2021") == name.startswith("ifc-")
        assert (date == "2023-03-01") == name.startswith("pnrr-")
        assert bool(line) == name.startswith("opencivitas-")


@pytest.mark.parametrize(
    ("series", "words"),
    [("opencivitas-", ("non è la spesa sociale", "not social spending")),
     ("pnrr-", ("non servizi in funzione", "not running services"))],
)  # fmt: skip
def test_what_may_not_be_said_is_denied_by_the_definition(
    store: ox.Store, series: str, words: tuple[str, str]
) -> None:
    rows = ask(
        store,
        "SELECT ?s ?d { ?s a talea:StatisticalSeries ; skos:definition ?d ."
        f' FILTER (STRSTARTS(STR(?s), "{ns.ID}statistica/{series}")) }}',
    )
    assert rows
    assert all(any(word in text for word in words) for _, text in rows)


def test_only_the_index_of_fragility_says_what_higher_means(store: ox.Store) -> None:
    rows = ask(store, "SELECT DISTINCT ?s { ?s talea:higherMeans ?m }")
    assert rows == [(ns.resource("statistica", "ifc-decile-2021"),)]


def test_every_row_of_the_services_is_a_fact(store: ox.Store) -> None:
    rows = table(TERRITORY / "ats_services.csv")
    facts = ask(
        store,
        "SELECT ?f ?d ?t ?p ?s ?date ?en ?it { ?f a talea:ServiceFact ; talea:ofDistrict ?d ;"
        " talea:serviceType ?t ; talea:servicePresence ?p ; talea:evidenceKind ?e ;"
        " dct:source ?u ; dct:description ?en, ?it . OPTIONAL { ?f talea:serviceStage ?s }"
        " OPTIONAL { ?f talea:evidenceDate ?date }"
        ' FILTER (lang(?en) = "en" && lang(?it) = "it") }',
    )
    assert len({fact[0] for fact in facts}) == len(rows) == 276
    told = {(fact[0], ns.local(fact[2]), fact[5], fact[6], fact[7]) for fact in facts}
    assert Counter(fact[1:] for fact in told) == Counter(
        (
            row["service"].replace("_", "-").replace(".", "-"),
            row["date"],
            row["detail"],
            row["detail_it"],
        )
        for row in rows
    )
    presence = {fact[0]: ns.local(fact[3]) for fact in facts}
    assert Counter(presence.values()) == {"accertata": 239, "non-accertata": 37}
    stages = {fact[0]: fact[4] for fact in facts}
    assert Counter(ns.local(stage) if stage else "" for stage in stages.values()) == {
        "finanziato": 143, "in-funzione": 76, "previsto": 17, "": 17, "programmato": 13,
        "approvato": 10,
    }  # fmt: skip


def test_no_fact_says_that_a_service_is_missing(store: ox.Store) -> None:
    rows = ask(store, "SELECT DISTINCT ?p { ?f talea:servicePresence ?p }")
    assert {ns.local(p) for (p,) in rows} == {"accertata", "non-accertata"}
    running = ask(
        store,
        "SELECT ?f { ?f talea:serviceStage <https://w3id.org/talea/voc/stadio-servizio/finanziato>,"
        " <https://w3id.org/talea/voc/stadio-servizio/in-funzione> }",
    )
    assert running == []


def test_a_date_is_as_precise_as_its_source(store: ox.Store) -> None:
    rows = ask(
        store, "SELECT ?d (datatype(?d) AS ?k) { ?f talea:evidenceDate ?d ; talea:ofDistrict ?a }"
    )
    kinds = {4: "gYear", 7: "gYearMonth", 10: "date"}
    assert all(ns.XSD + kinds[len(d)] == k for d, k in rows)
    assert len(rows) == 276 - 30
