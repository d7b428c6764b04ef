"""`talea:matches` gives what the search of the catalogue gives, in every shape of pattern.

Each shape is run twice: as it is by the public lane, in memory and over a store on disk, and with
the hits of the search API written into it by hand, by the engine alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from talea_catalogue.release import Release
from talea_catalogue.search import predicate
from talea_sparql import Operation
from talea_sparql.errors import MatchesError, SparqlError
from talea_sparql.opening import load_disk
from talea_sparql.pool import Pool

ONTO = "https://w3id.org/talea/onto/"
PROLOGUE = (
    f"PREFIX talea: <{ONTO}> PREFIX dct: <http://purl.org/dc/terms/> "
    "PREFIX foaf: <http://xmlns.com/foaf/0.1/> "
)
ELDERLY = "anziani"
GRAPHS = "https://w3id.org/talea/graph/pratica/"

# name -> the query, and the same with the hits by hand: `HITS(?p, text)` stands for a VALUES block.
SHAPES: dict[str, tuple[str, str]] = {
    "alone": (
        'SELECT ?p { ?p talea:matches "anziani" }',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "after a semicolon": (
        'SELECT ?p ?t { ?p dct:title ?t ; talea:matches "anziani" ; a talea:GoodPractice . }',
        "SELECT ?p ?t { HITS(?p, anziani) ?p dct:title ?t ; a talea:GoodPractice }",
    ),
    "two texts after a comma": (
        'SELECT ?p { ?p talea:matches "anziani", "comune" }',
        "SELECT ?p { HITS(?p, anziani) HITS(?p, comune) }",
    ),
    "in square brackets": (
        'SELECT ?t { [ talea:matches "anziani" ; dct:title ?t ] }',
        "SELECT ?t { HITS(?p, anziani) ?p dct:title ?t }",
    ),
    "a whole IRI": (
        f'SELECT ?p {{ ?p <{ONTO}matches> "anziani" }}',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "another prefix": (
        f'PREFIX cerca: <{ONTO}matches> SELECT ?p {{ ?p cerca: "anziani" }}',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "a long string": (
        'SELECT ?p { ?p talea:matches """anziani""" }',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "the end of a path": (
        'SELECT ?s ?p { ?s foaf:primaryTopic ?p . ?s foaf:primaryTopic/talea:matches "anziani" }',
        "SELECT ?s ?p { HITS(?p, anziani) ?s foaf:primaryTopic ?p }",
    ),
    "in a named graph": (
        'SELECT ?g ?p ?t { GRAPH ?g { ?p talea:matches "anziani" . ?p dct:title ?t } }',
        "SELECT ?g ?p ?t { HITS(?p, anziani) GRAPH ?g { ?p a talea:GoodPractice ; dct:title ?t } }",
    ),
    "optional": (
        'SELECT ?p ?found { ?p a talea:GoodPractice OPTIONAL { ?p talea:matches "anziani" '
        "BIND (true AS ?found) } }",
        "SELECT ?p ?found { ?p a talea:GoodPractice OPTIONAL { HITS(?p, anziani) "
        "BIND (true AS ?found) } }",
    ),
    "not there": (
        'SELECT ?p { ?p a talea:GoodPractice FILTER NOT EXISTS { ?p talea:matches "anziani" } }',
        "SELECT ?p { ?p a talea:GoodPractice MINUS { HITS(?p, anziani) } }",
    ),
    "in a union": (
        'SELECT ?p { { ?p talea:matches "anziani" } UNION { ?p talea:matches "doposcuola" } }',
        "SELECT ?p { { HITS(?p, anziani) } UNION { HITS(?p, doposcuola) } }",
    ),
    # ten of our own
    "with its score": (
        'SELECT ?p { ?p talea:matches ("anziani" ?score) } ORDER BY DESC(?score) ?p',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "in a subquery": (
        "SELECT ?p ?t { { SELECT ?p { ?p talea:matches 'anziani' } } ?p dct:title ?t }",
        "SELECT ?p ?t { HITS(?p, anziani) ?p dct:title ?t }",
    ),
    "backwards": (
        'SELECT ?p { "anziani" ^talea:matches ?p }',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "taken away": (
        'SELECT ?p { ?p a talea:GoodPractice MINUS { ?p talea:matches "anziani" } }',
        "SELECT ?p { ?p a talea:GoodPractice MINUS { HITS(?p, anziani) } }",
    ),
    "it exists": (
        "SELECT ?t { ?p dct:title ?t ; a talea:GoodPractice "
        'FILTER EXISTS { ?p talea:matches "anziani" } }',
        "SELECT ?t { HITS(?p, anziani) ?p dct:title ?t }",
    ),
    "from a base": (
        f'BASE <{ONTO}> SELECT ?p {{ ?p <matches> "anziani" }}',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "with escapes": (
        f'SELECT ?p {{ ?p <{ONTO}m\\u0061tches> "an\\u007Aiani" }}',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "in a language": (
        'SELECT ?p { ?p talea:matches "anziani"@it }',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
    "counted": (
        "SELECT ?area (COUNT(DISTINCT ?p) AS ?n) { "
        '?p talea:thematicArea ?area ; talea:matches "doposcuola" } GROUP BY ?area',
        "SELECT ?area (COUNT(DISTINCT ?p) AS ?n) { HITS(?p, doposcuola) "
        "?p talea:thematicArea ?area } GROUP BY ?area",
    ),
    "twice joined": (
        'SELECT ?a ?b { ?a talea:matches "doposcuola" ; talea:thematicArea ?x . '
        '?b talea:matches "anziani" ; talea:thematicArea ?x }',
        "SELECT ?a ?b { HITS(?a, doposcuola) HITS(?b, anziani) "
        "?a talea:thematicArea ?x . ?b talea:thematicArea ?x }",
    ),
    "what nobody wrote": (
        'SELECT ?p { ?p talea:matches "xyzzyq" }',
        "SELECT ?p { HITS(?p, xyzzyq) }",
    ),
    "after a filter, a comment and a path": (
        "SELECT ?p { ?p foaf:isPrimaryTopicOf/^foaf:isPrimaryTopicOf ?q FILTER (?p = ?q) # here:\n"
        '?q talea:matches\n\t"anziani" }',
        "SELECT ?p { HITS(?p, anziani) }",
    ),
}

REFUSED = {
    "a text in a variable": 'SELECT ?p { BIND ("anziani" AS ?t) ?p talea:matches ?t }',
    "a text in VALUES": 'SELECT ?p { VALUES ?t { "anziani" } ?p talea:matches ?t }',
    "a text in a list": "SELECT ?p { ?p talea:matches (?t ?score) }",
    "a number": "SELECT ?p { ?p talea:matches 5 }",
    "an IRI": "SELECT ?p { ?p talea:matches talea:GoodPractice }",
    "a blank node": "SELECT ?p { ?p talea:matches [] }",
    "a datatype": 'PREFIX x: <http://e/> SELECT ?p { ?p talea:matches "a"^^x:y }',
    "a list of three": 'SELECT ?p { ?p talea:matches ("a" ?score ?more) }',
    "an alternative": 'SELECT ?p { ?p talea:matches|dct:title "anziani" }',
    "an alternative in parentheses": 'SELECT ?p { ?p (dct:title|talea:matches) "anziani" }',
    "not the last step": "SELECT ?p { ?p talea:matches/dct:title ?t }",
    "repeated": 'SELECT ?p { ?p talea:matches+ "anziani" }',
    "negated": "SELECT ?p { ?p !talea:matches ?t }",
    "backwards from a datatype": 'PREFIX x: <http://e/> SELECT ?p { "a"^^x:y ^talea:matches ?p }',
    "backwards from a variable": "SELECT ?p { ?t ^talea:matches ?p }",
}

# Where it is a name like any other, nothing is searched and nothing refused.
ALONE = [
    "SELECT ?l { talea:matches <http://www.w3.org/2000/01/rdf-schema#label> ?l }",
    "SELECT ?p { ?p a talea:matches }",
    "SELECT ?p { VALUES ?p { talea:matches } }",
    "SELECT ?p { ?p ?q ?o FILTER (?q = talea:matches) }",
    'CONSTRUCT { ?p talea:matches "so" } WHERE { ?p a talea:GoodPractice }',
    'SELECT ?p { ?p dct:title "talea:matches" } # talea:matches ?x',
    "DESCRIBE talea:matches",
]

Ask = Callable[[str], list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def stored(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release as a store on disk, which nothing can be stated in."""
    path = tmp_path_factory.mktemp("disk") / "store"
    load_disk(path, release.dump)
    return path


@pytest.fixture(scope="module", params=["memory", "disk"])
def ask(request: pytest.FixtureRequest, release: Release, stored: Path) -> Iterator[Ask]:
    """Rows of a query of the public lane, as texts, sorted unless the query orders them."""
    data = release.dump if request.param == "memory" else stored
    with asyncio.Runner() as runner:
        pool = Pool(data, search=predicate(release.search))
        runner.run(pool.start())

        def run(query: str) -> list[tuple[str, ...]]:
            answer = runner.run(pool.evaluate(Operation(PROLOGUE + query), "test"))
            return _rows(answer.body, ordered="ORDER BY" in query)

        yield run
        runner.run(pool.close())


@pytest.fixture(scope="module")
def by_hand(client: Any, release: Release) -> Ask:
    """Rows of a query in which the hits of the search API are written."""
    store = ox.Store()
    store.bulk_load(path=str(release.dump), format=ox.RdfFormat.N_QUADS)
    hits: dict[str, list[str]] = {}

    def found(text: str) -> list[str]:
        if text not in hits:
            hits[text] = _searched(client, text)
        return hits[text]

    def run(query: str) -> list[tuple[str, ...]]:
        while "HITS(" in query:
            before, _, rest = query.partition("HITS(")
            inside, _, after = rest.partition(")")
            variable, text = inside.split(", ")
            values = " ".join(f"<{iri}>" for iri in found(text))
            query = f"{before} VALUES {variable} {{ {values} }} {after}"
        results: Any = store.query(PROLOGUE + query, use_default_graph_as_union=True)
        body = results.serialize(format=ox.QueryResultsFormat.JSON)
        return _rows(body, ordered=False)

    return run


def _searched(client: Any, text: str) -> list[str]:
    found: list[str] = []
    offset = 0
    while True:
        page = client.get(f"/api/v1/search?q={text}&limit=100&offset={offset}")
        results = page.json()["results"]
        found += [one["iri"] for one in results]
        offset += len(results)
        if not results or offset >= page.json()["total"]:
            return found


def _rows(body: bytes | None, *, ordered: bool) -> list[tuple[str, ...]]:
    result = json.loads(body or b"")
    names: Sequence[str] = result["head"]["vars"]
    rows = [
        tuple(row[name]["value"] if name in row else "" for name in names)
        for row in result["results"]["bindings"]
    ]
    return rows if ordered else sorted(rows)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_gives_the_rows_of_the_search(name: str, ask: Ask, by_hand: Ask) -> None:
    query, same = SHAPES[name]
    found, expected = ask(query), by_hand(same)
    assert sorted(found) == expected
    assert expected or name == "what nobody wrote"


def test_the_score_orders_as_the_search_does(ask: Ask, client: Any) -> None:
    rows = ask('SELECT ?p ?score { ?p talea:matches ("anziani" ?score) } ORDER BY DESC(?score) ?p')
    scores = [float(score) for _, score in rows]
    order = _searched(client, ELDERLY)
    assert len(set(scores)) > 1
    assert sorted(scores, reverse=True) == scores
    assert [p for p, _ in sorted(rows, key=lambda r: (-float(r[1]), order.index(r[0])))] == order


def test_a_dataset_keeps_the_hits_in_their_own_graphs(ask: Ask) -> None:
    both = ask('SELECT ?p { ?p talea:matches "doposcuola" }')
    (one, *_) = [row[0] for row in both]
    graph = GRAPHS + one.rpartition("/")[2]
    assert ask(f'SELECT ?p FROM <{graph}> {{ ?p talea:matches "doposcuola" }}') == [(one,)]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_searched_is_refused_with_the_reason(name: str, ask: Ask) -> None:
    with pytest.raises(MatchesError) as refused:
        ask(REFUSED[name])
    assert refused.value.line == 1
    assert refused.value.column is not None
    at = (PROLOGUE + REFUSED[name])[refused.value.column - 1 :]
    assert at.startswith("talea:matches")


@pytest.mark.parametrize("query", ALONE)
def test_elsewhere_it_is_a_name_like_any_other(query: str, ask: Ask) -> None:
    try:
        ask(query)
    except MatchesError as error:  # pragma: no cover
        pytest.fail(str(error))
    except (KeyError, ValueError):
        pass  # a graph, no rows


def test_hits_leave_nothing_behind(ask: Ask) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = ask(count)
    for _ in range(20):
        ask('SELECT ?p { ?p talea:matches ("anziani" ?score), "comune" }')
        with pytest.raises(SparqlError):
            ask('SELECT ?p { ?p talea:matches "anziani" . ?p')
    assert ask(count) == before


def test_texts_are_limited(ask: Ask) -> None:
    many = ", ".join(f'"parola{n}"' for n in range(11))
    with pytest.raises(SparqlError) as refused:
        ask(f"SELECT ?p {{ ?p talea:matches {many} }}")
    assert refused.value.limit == 10


@pytest.mark.parametrize("text", ['\\"', "a\\n\\t", "«»", "🙂", "'; DROP", "} #", "?x", "\\\\"])
def test_odd_texts_are_only_texts(text: str, ask: Ask) -> None:
    assert ask(f'SELECT ?p {{ ?p talea:matches "{text}" }}') is not None
