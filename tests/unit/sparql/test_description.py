"""Limits, errors and the service description say the same thing."""

from __future__ import annotations

import dataclasses

import pyoxigraph
import pytest

from talea_sparql import FORMATS, Form, Limits, SparqlError, errors
from talea_sparql.description import Executable, describe, describe_turtle

ENDPOINT = "https://example.org/sparql"
SD = "http://www.w3.org/ns/sparql-service-description#"


def test_every_limit_is_explained_and_positive() -> None:
    described = Limits().describe()
    assert [item.name for item in described] == [f.name for f in dataclasses.fields(Limits)]
    assert all(item.unit and item.help.endswith(".") for item in described)
    with pytest.raises(ValueError, match="children"):
        Limits(children=0)


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = SparqlError.__subclasses__()
    assert {kind.__name__ for kind in kinds} <= set(errors.__all__)
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(400 <= kind.status < 600 and kind.__doc__ for kind in kinds)
    error = errors.BusyError("Busy.", limit=2, retry_after=1)
    assert (error.status, error.code, error.detail, error.limit) == (429, "busy", "Busy.", 2)


def test_the_description_offers_what_the_service_does() -> None:
    turtle = describe_turtle(ENDPOINT, Limits(), triples=7)
    store = pyoxigraph.Store()
    store.load(turtle, format=pyoxigraph.RdfFormat.TURTLE)
    assert len(store) == len(describe(ENDPOINT, Limits(), triples=7))
    assert store.query(
        f"""PREFIX sd: <{SD}>
        ASK {{ ?s a sd:Service ; sd:endpoint <{ENDPOINT}> ; sd:feature sd:UnionDefaultGraph ;
              sd:supportedLanguage sd:SPARQL11Query ;
              sd:defaultDataset/sd:defaultGraph/<http://rdfs.org/ns/void#triples> 7 }}"""
    )
    formats = list(store.quads_for_pattern(None, pyoxigraph.NamedNode(f"{SD}resultFormat"), None))
    assert len(formats) == len(FORMATS)
    assert b"10,000,000 bytes" in turtle
    for absent in (b"SPARQL11Update", b"BasicFederatedQuery"):
        assert absent not in turtle


def test_queries_ready_to_run_are_described_and_those_that_search_are_examples() -> None:
    search = "https://example.org/matches"
    found = f'SELECT ?p {{ ?p <{search}> "words" }}'
    queries = [
        Executable(f"{ENDPOINT}?q=1", Form.SELECT, found, {"it": "Parole"}, {"it": "Quali?"}),
        Executable(f"{ENDPOINT}?q=2", Form.ASK, "ASK {}", {"en": "Any"}, {"en": "Is there any?"}),
        Executable(
            f"{ENDPOINT}?q=3", Form.CONSTRUCT, f"CONSTRUCT {{}} {{ <{search}> a ?c }}", {}, {}
        ),
    ]
    store = pyoxigraph.Store()
    described = describe(ENDPOINT, Limits(), search=search, executables=queries)
    store.extend(pyoxigraph.Quad(*triple, pyoxigraph.DefaultGraph()) for triple in described)
    prologue = (
        f"PREFIX sd: <{SD}> PREFIX sh: <http://www.w3.org/ns/shacl#> "
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    )
    asked = {
        "feature": f"ASK {{ ?service sd:propertyFeature <{search}> }}",
        "texts": "ASK { ?a sh:select ?x . ?b sh:ask 'ASK {}' . ?c sh:construct ?y }",
        "example": f"ASK {{ <{search}> skos:example <{ENDPOINT}?q=1> }}",
        "only one": f"ASK {{ <{search}> skos:example ?a, ?b FILTER (?a != ?b) }}",
    }
    said = {name: bool(store.query(prologue + text)) for name, text in asked.items()}
    assert said == {"feature": True, "texts": True, "example": True, "only one": False}
