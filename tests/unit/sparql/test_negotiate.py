"""Formats and the choice among them."""

from __future__ import annotations

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_sparql import FORMATS, Form, Format, by_media_type, by_suffix, candidates, choose
from talea_sparql.negotiate import parse_media_type

HTML = Format("HTML", "text/html", ".html", charset="utf-8")
DOCUMENTS = (HTML, *candidates(Form.CONSTRUCT))
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form", "expected"),
    [
        (None, Form.SELECT, "application/sparql-results+json"),
        ("", Form.ASK, "application/sparql-results+json"),
        (None, Form.CONSTRUCT, "text/turtle"),
        ("*/*", Form.SELECT, "application/sparql-results+json"),
        ("text/*", Form.SELECT, "text/csv"),
        ("text/*", Form.DESCRIBE, "text/turtle"),
        ("text/csv, */*;q=0.1", Form.SELECT, "text/csv"),
        ("text/csv, */*", Form.SELECT, "text/csv"),
        ("text/csv", Form.ASK, None),
        ("text/csv, */*;q=0.1", Form.ASK, "application/sparql-results+json"),
        ("application/json", Form.SELECT, "application/sparql-results+json"),
        ("application/json", Form.CONSTRUCT, "application/ld+json"),
        ("application/sparql-results+json;q=0, */*", Form.ASK, "application/sparql-results+xml"),
        ("TEXT/TURTLE;Charset=utf-8", Form.CONSTRUCT, "text/turtle"),
        ('application/ld+json;profile="http://x/,y";q=0.9', Form.CONSTRUCT, "application/ld+json"),
        ("text/turtle;q=0.5, application/n-triples;q=0.9", Form.CONSTRUCT, "application/n-triples"),
        ("text/turtle;q=0", Form.CONSTRUCT, None),
        ("*/*;q=0", Form.CONSTRUCT, None),
        ("image/png", Form.CONSTRUCT, None),
        ("text/turtle;q=2, application/n-triples", Form.CONSTRUCT, "application/n-triples"),
        (";;;,,,", Form.CONSTRUCT, "text/turtle"),
        ("*/turtle", Form.CONSTRUCT, "text/turtle"),
    ],
)
def test_choices(accept: str | None, form: Form, expected: str | None) -> None:
    chosen = choose(accept, candidates(form))
    assert (chosen and chosen.media_type) == expected


def test_a_browser_gets_the_page_and_a_tool_the_data() -> None:
    assert choose(FIREFOX, DOCUMENTS) is HTML
    assert choose("text/turtle", DOCUMENTS) is by_suffix(".ttl")
    assert choose("*/*", DOCUMENTS) is HTML
    assert choose("application/rdf+xml, text/html;q=0.3", DOCUMENTS) is by_suffix(".rdf")


def test_the_table_is_sound() -> None:
    assert len({item.suffix for item in FORMATS}) == len(FORMATS)
    assert len({item.media_type for item in FORMATS}) == len(FORMATS)
    for item in FORMATS:
        assert by_media_type(item.media_type) is item
        engine = (
            pyoxigraph.RdfFormat if Form.CONSTRUCT in item.forms else pyoxigraph.QueryResultsFormat
        )
        assert engine.from_media_type(item.media_type) is not None
    assert by_suffix(".exe") is None
    assert HTML.content_type == "text/html; charset=utf-8"
    assert choose(None, ()) is None


def test_media_types_are_read_with_their_parameters() -> None:
    assert parse_media_type('a/B; C="x\\"y"; d=2') == ("a/b", {"c": 'x"y', "d": "2"})
    assert parse_media_type("a/b; c=d junk") is None
    assert parse_media_type("junk") is None


@given(st.text() | st.from_regex(r'([a-z*]{1,3}/[a-z*]{1,3}(;q=[0-9.]{1,4}|;a="[^x]*)?,?)*'))
def test_no_accept_header_fails(accept: str) -> None:
    assert choose(accept, DOCUMENTS) in (None, *DOCUMENTS)
