"""The predicate that searches: what is found in a query, and the query rewritten."""

from __future__ import annotations

import contextlib

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talea_sparql import Limits, SparqlError, inspect
from talea_sparql.magic import Hit, Match, Search, rewrite

PREDICATE = "https://example.org/matches"
LIMITS = Limits()


def found(query: str) -> tuple[Match, ...]:
    return inspect(query, LIMITS, PREDICATE).matches


def test_a_use_tells_its_text_its_variable_and_its_group() -> None:
    query = f"SELECT * {{ ?a ?b ?c {{ ?p <{PREDICATE}> ('two words'@it $score) }} }}"
    (match,) = found(query)
    assert match.text == ox.Literal("two words", language="it")
    assert match.score == "?score"
    assert query[slice(*match.predicate)] == f"<{PREDICATE}>"
    assert query[slice(*match.object)] == "('two words'@it $score)"
    assert query[: match.group].count("{") == 2
    assert query[match.group - 1] == "{"


def test_a_query_without_the_predicate_has_no_use() -> None:
    assert found(f'SELECT * {{ ?p <{PREDICATE}s> "a" }}') == ()
    assert inspect(f'SELECT * {{ ?p <{PREDICATE}> "a" }}', LIMITS).matches == ()


def test_the_last_prefix_of_a_name_counts() -> None:
    query = 'PREFIX m: <http://other/> PREFIX m: <https://example.org/> ASK { ?p m:matches "a" }'
    assert len(found(query)) == 1


@pytest.mark.parametrize(
    "query",
    [
        f'BASE <http://[> ASK {{ ?p <matches> "a" ; <{PREDICATE}> "b" }}',
        f'ASK {{ ?p <{PREDICATE}> "a"@it--ltr }}',
        f'ASK {{ ?p <{PREDICATE}> "\\u0000" }}',
        f'ASK {{ ?p <{PREDICATE}> """a""b""" , \'\'\'\n\'\'\' }}',
        f"ASK {{ ^<{PREDICATE}> }}",
        f"ASK {{ <{PREDICATE}> }}",
        f"ASK {{ ?p <{PREDICATE}>",
        f"PREFIX <{PREDICATE}> ASK {{ }}",
        f'ASK {{ "a"^^<{PREDICATE}> ^<{PREDICATE}> ?p }}',
    ],
)
def test_odd_queries_are_read_or_refused(query: str) -> None:
    with contextlib.suppress(SparqlError):
        assert isinstance(found(query), tuple)


PIECES = st.sampled_from(
    [
        *(f"<{PREDICATE}>", "m:", "m:x", "?p", "$s", '"a"', "'b'@it", "@it", "^^", "_:b", "5"),
        *("{", "}", "(", ")", "[", "]", ".", ";", ",", "/", "|", "^", "*", "+", "?", "!", "a"),
        *("FILTER", "GRAPH", "OPTIONAL", "UNION", "VALUES", "BIND", "AS", "NOT EXISTS", "MINUS"),
        *("SELECT", "WHERE", "CONSTRUCT", f"PREFIX m: <{PREDICATE}>", "BASE <http://e/>"),
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_no_sequence_of_tokens_breaks_the_reading(pieces: list[str]) -> None:
    query = f"PREFIX m: <{PREDICATE}> SELECT * {{ " + " ".join(pieces)
    for text in (query, query + " }"):
        try:
            matches = found(text)
        except SparqlError:
            continue
        for match in matches:
            assert text[slice(*match.predicate)] in (f"<{PREDICATE}>", "m:")
            assert 0 < match.group <= min(match.predicate[0], match.object[0])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                f'?p <{PREDICATE}> "one" .',
                f'?p <{PREDICATE}> ("two" ?score) .',
                f'?q <http://e/a> ?p ; <{PREDICATE}> "one", "two"@en .',
                f'OPTIONAL {{ "one" ^<{PREDICATE}> ?q }}',
                f'FILTER NOT EXISTS {{ ?q <http://e/b>/<{PREDICATE}> "one" }}',
                "?p <http://e/c> ?c .",
            ]
        ),
        max_size=6,
    )
)
def test_a_rewritten_query_is_a_query_without_the_predicate(parts: list[str]) -> None:
    search = Search(
        PREDICATE, lambda text, limit: (), "http://e/identity", lambda iri: iri + "/card"
    )
    query = f"SELECT ?p {{ {' '.join(parts)} }}"
    hits = [Hit("http://e/1", "http://e/g", 2.5), Hit("http://e/2", "http://e/g", 0.5)]
    text = rewrite(query, search, [(match, hits) for match in found(query)])
    assert PREDICATE not in text
    ox.Store().query(text)
