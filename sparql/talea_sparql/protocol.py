"""The query half of the SPARQL 1.1 Protocol: bytes and headers to an `Operation`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from talea_sparql.errors import (
    MalformedRequestError,
    MethodNotAllowedError,
    NotAcceptableError,
    UnsupportedMediaTypeError,
    UpdateRefusedError,
)
from talea_sparql.formats import Form, Format, candidates
from talea_sparql.negotiate import choose, parse_media_type

__all__ = ["ALLOWED_METHODS", "Operation", "parse"]

ALLOWED_METHODS = ("GET", "HEAD", "POST")

_FORM_TYPE = "application/x-www-form-urlencoded"
_QUERY_TYPE = "application/sparql-query"
_UPDATE_TYPE = "application/sparql-update"
_MAX_PARAMETERS = 1_000
_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")

Parameters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One query request.

    `default_graphs` and `named_graphs` are absolute IRIs; when either is given, they replace
    the FROM clauses of the query. The three formats are what the Accept header chose for a
    SELECT, an ASK and a graph, None where nothing fits.
    """

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    table_format: Format | None = candidates(Form.SELECT)[0]
    boolean_format: Format | None = candidates(Form.ASK)[0]
    graph_format: Format | None = candidates(Form.CONSTRUCT)[0]

    def format_for(self, form: Form) -> Format:
        """Return the format for a query form. Raises `NotAcceptableError` where there is none."""
        chosen = {Form.SELECT: self.table_format, Form.ASK: self.boolean_format}.get(
            form, self.graph_format
        )
        if chosen is None:
            offered = ", ".join(item.media_type for item in candidates(form))
            raise NotAcceptableError(f"{form} queries are answered as {offered}.")
        return chosen


def parse(
    method: str, query_string: bytes, content_type: str | None, body: bytes, accept: str | None
) -> Operation:
    """Read one request of the SPARQL 1.1 Protocol.

    `query_string` and `body` are the bytes as received. HEAD is read as GET. Raises
    `MalformedRequestError`, `MethodNotAllowedError`, `UnsupportedMediaTypeError`,
    `UpdateRefusedError` or `NotAcceptableError`; never anything else.
    """
    method = method.upper()
    if method not in ALLOWED_METHODS:
        raise MethodNotAllowedError("Queries are sent with GET, HEAD or POST.")
    parameters = _parameters(query_string)
    _refuse_update(parameters)
    if method != "POST":
        query = _single_query(parameters)
    else:
        media_type = _media_type(content_type)
        if media_type == _FORM_TYPE:
            if any(name == "query" for name, _ in parameters):
                raise MalformedRequestError(
                    "A form carries its query in the body, not in the address."
                )
            form = _parameters(body)
            _refuse_update(form)
            query = _single_query(form)
            parameters = parameters + form
        else:
            if any(name == "query" for name, _ in parameters):
                raise MalformedRequestError(
                    "The query is given twice: in the address and in the body."
                )
            query = _decode(body)
    return _operation(query, parameters, accept)


def _operation(query: str, parameters: Parameters, accept: str | None) -> Operation:
    if not query.strip():
        raise MalformedRequestError("The query is empty.")
    table, boolean, graph = (
        choose(accept, candidates(form)) for form in (Form.SELECT, Form.ASK, Form.CONSTRUCT)
    )
    if table is None and boolean is None and graph is None:
        raise NotAcceptableError("The Accept header names no format of this service.")
    return Operation(
        query,
        _graphs(parameters, "default-graph-uri"),
        _graphs(parameters, "named-graph-uri"),
        table,
        boolean,
        graph,
    )


def _media_type(content_type: str | None) -> str:
    if content_type is None:
        raise UnsupportedMediaTypeError("A POST request needs a Content-Type header.")
    parsed = parse_media_type(content_type)
    if parsed is None:
        raise UnsupportedMediaTypeError("The Content-Type header is malformed.")
    media_type, parameters = parsed
    if media_type == _UPDATE_TYPE:
        raise UpdateRefusedError("This service is read only: updates are refused.")
    if media_type not in (_FORM_TYPE, _QUERY_TYPE):
        raise UnsupportedMediaTypeError(f"A query is posted as {_QUERY_TYPE} or {_FORM_TYPE}.")
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaTypeError("A query is sent in UTF-8.")
    return media_type


def _parameters(encoded: bytes) -> Parameters:
    if encoded.count(b"&") >= _MAX_PARAMETERS:
        raise MalformedRequestError(f"A request has at most {_MAX_PARAMETERS} parameters.")
    found: Parameters = []
    for pair in encoded.split(b"&"):
        if pair:
            name, _, value = pair.replace(b"+", b" ").partition(b"=")
            found.append((_decode(unquote_to_bytes(name)), _decode(unquote_to_bytes(value))))
    return found


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedRequestError("The request is not in UTF-8.") from None


def _refuse_update(parameters: Parameters) -> None:
    if any(name == "update" for name, _ in parameters):
        raise UpdateRefusedError("This service is read only: updates are refused.")


def _single_query(parameters: Parameters) -> str:
    queries = [value for name, value in parameters if name == "query"]
    if len(queries) != 1:
        raise MalformedRequestError(f"One query parameter is expected, {len(queries)} were sent.")
    return queries[0]


def _graphs(parameters: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    graphs = tuple(dict.fromkeys(value for key, value in parameters if key == name))
    for graph in graphs:
        if not _ABSOLUTE_IRI.fullmatch(graph):
            raise MalformedRequestError(f"Each {name} is an absolute IRI.")
    return graphs
