"""The Graph Store Protocol, from a query string to a graph."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_sparql import Form, SparqlError, gsp


def test_a_graph_is_named_once_and_decoded_once() -> None:
    assert gsp.graph_of(b"graph=http%3A%2F%2Fe%2Fg") == "http://e/g"
    assert gsp.graph_of(b"graph=http://e/%2531") == "http://e/%31"
    assert gsp.graph_of(b"default") is None
    assert gsp.graph_of(b"default=") is None


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"graph=",
        b"graph=relative",
        b"graph=http://e/%3E",
        b"graph=http://e/%FF",
        b"graph=http://e/a&graph=http://e/b",
        b"graph=http://e/a&default",
        b"default&default",
        b"default=1",
        b"graph=http://e/a&other=1",
        b"Graph=http://e/a",
    ],
)
def test_anything_else_is_malformed(query_string: bytes) -> None:
    with pytest.raises(SparqlError) as caught:
        gsp.graph_of(query_string)
    assert caught.value.code == "malformed"
    assert caught.value.italian


def test_the_graph_never_enters_the_text_of_a_query() -> None:
    graph = "http://e/g"
    operation = gsp.retrieve(graph, "application/rdf+xml")
    assert operation.default_graphs == (graph,)
    assert graph not in operation.query
    assert operation.format_for(Form.CONSTRUCT).media_type == "application/rdf+xml"
    assert gsp.exists(graph).default_graphs == (graph,)
    assert gsp.retrieve(None, None).default_graphs == ()


@given(st.binary())
def test_nothing_else_is_raised(query_string: bytes) -> None:
    with contextlib.suppress(SparqlError):
        gsp.graph_of(query_string)
