"""The SPARQL 1.1 Protocol, from bytes to an operation."""

from __future__ import annotations

import contextlib
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_sparql import Form, Operation, SparqlError, parse

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
ASK = b"query=ASK%20%7B%7D"


def refused(*arguments: object) -> tuple[str, int]:
    with pytest.raises(SparqlError) as caught:
        parse(*arguments)  # type: ignore[arg-type]
    return caught.value.code, caught.value.status


@pytest.mark.parametrize("method", ["GET", "HEAD", "get"])
def test_a_query_in_the_address(method: str) -> None:
    operation = parse(method, ASK + b"&other=1", None, b"", None)
    assert operation == Operation("ASK {}")


def test_both_kinds_of_post() -> None:
    assert parse("POST", b"", FORM, ASK, None).query == "ASK {}"
    assert parse("POST", b"", f"{FORM}; charset=UTF-8", b"query=ASK+{}", None).query == "ASK {}"
    direct = parse("POST", b"default-graph-uri=http://e/g", QUERY, "ASK {?s ?p 'è'}".encode(), None)
    assert direct.query == "ASK {?s ?p 'è'}"
    assert direct.default_graphs == ("http://e/g",)


def test_dataset_parameters_repeat_and_keep_their_order() -> None:
    graphs = b"&default-graph-uri=http://e/b&default-graph-uri=http://e/a&named-graph-uri=urn:n"
    operation = parse("GET", ASK + graphs, None, b"", None)
    assert operation.default_graphs == ("http://e/b", "http://e/a")
    assert operation.named_graphs == ("urn:n",)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("PUT", ASK, None, b"", None), ("method-not-allowed", 405)),
        (("", ASK, None, b"", None), ("method-not-allowed", 405)),
        (("GET", b"", None, b"", None), ("malformed", 400)),
        (("GET", ASK + b"&" + ASK, None, b"", None), ("malformed", 400)),
        (("GET", b"query=", None, b"", None), ("malformed", 400)),
        (("GET", b"query=%FF%FE", None, b"", None), ("malformed", 400)),
        (("GET", b"update=CLEAR%20ALL", None, b"", None), ("update-refused", 403)),
        (("POST", b"", FORM, b"update=CLEAR+ALL", None), ("update-refused", 403)),
        (("POST", b"", FORM, ASK + b"&" + ASK, None), ("malformed", 400)),
        (("POST", ASK, FORM, ASK, None), ("malformed", 400)),
        (("POST", ASK, QUERY, b"ASK {}", None), ("malformed", 400)),
        (("POST", b"", None, ASK, None), ("unsupported-media-type", 415)),
        (("POST", b"", "nonsense", ASK, None), ("unsupported-media-type", 415)),
        (("POST", b"", "text/plain", b"ASK {}", None), ("unsupported-media-type", 415)),
        (("POST", b"", f"{QUERY}; charset=utf-16", b"", None), ("unsupported-media-type", 415)),
        (("POST", b"", "application/sparql-update", b"", None), ("update-refused", 403)),
        (("POST", b"", QUERY, "ASK {}".encode("utf-16"), None), ("malformed", 400)),
        (("GET", ASK + b"&default-graph-uri=relative", None, b"", None), ("malformed", 400)),
        (("GET", ASK + b"&named-graph-uri=http://e/%3E", None, b"", None), ("malformed", 400)),
        (("GET", ASK + b"&a=b" * 2000, None, b"", None), ("malformed", 400)),
        (("GET", ASK, None, b"", "image/png"), ("not-acceptable", 406)),
    ],
)
def test_refusals(arguments: tuple[object, ...], expected: tuple[str, int]) -> None:
    assert refused(*arguments) == expected


def test_unknown_parameters_are_refused_where_the_known_ones_are_told() -> None:
    assert parse("GET", ASK + b"&format=csv", None, b"", None, also=("format",)).query == "ASK {}"
    for arguments in (("GET", ASK + b"&limit=5", None, b""), ("POST", b"a=b", QUERY, b"ASK {}")):
        with pytest.raises(SparqlError) as caught:
            parse(*arguments, None, also=("format",))
        assert caught.value.code == "malformed"
        assert "default-graph-uri" in caught.value.detail
    with pytest.raises(SparqlError, match="no parameter 'limit'"):
        parse("POST", b"", FORM, ASK + b"&limit=5", None, also=())


def test_the_base_of_the_service_goes_with_the_query() -> None:
    assert parse("GET", ASK, None, b"", None, "http://e/").base == "http://e/"


def test_refusals_speak_italian_too() -> None:
    for arguments in (("PUT", ASK, None, b""), ("GET", b"", None, b""), ("POST", b"", None, ASK)):
        with pytest.raises(SparqlError) as caught:
            parse(*arguments, None)
        assert caught.value.italian
        assert caught.value.italian != caught.value.detail


def test_each_form_gets_the_format_that_fits_it() -> None:
    operation = parse("GET", ASK, None, b"", "text/csv, text/turtle;q=0.5")
    assert operation.format_for(Form.SELECT).media_type == "text/csv"
    assert operation.format_for(Form.DESCRIBE).media_type == "text/turtle"
    with pytest.raises(SparqlError) as caught:
        operation.format_for(Form.ASK)
    assert caught.value.code == "not-acceptable"


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PATCH"]),
    st.binary(),
    st.one_of(st.none(), st.text(), st.sampled_from([FORM, QUERY])),
    st.binary(),
    st.one_of(st.none(), st.text()),
)
def test_parse_raises_nothing_else(
    method: str, query_string: bytes, content_type: str | None, body: bytes, accept: str | None
) -> None:
    with contextlib.suppress(SparqlError):
        parse(method, query_string, content_type, body, accept)


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_survives_both_encodings(query: str) -> None:
    encoded = b"query=" + quote_plus(query).encode()
    assert parse("GET", encoded, None, b"", None).query == query
    assert parse("POST", b"", FORM, encoded, None).query == query
    assert parse("POST", b"", QUERY, query.encode(), None).query == query
