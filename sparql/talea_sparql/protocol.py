"""The query half of the SPARQL 1.1 Protocol: bytes and headers to an `Operation`. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from pyoxigraph import NamedNode

from talea_sparql.errors import (
    MalformedRequestError,
    MethodNotAllowedError,
    NotAcceptableError,
    UnsupportedMediaTypeError,
    UpdateRefusedError,
)
from talea_sparql.formats import Form, Format, candidates
from talea_sparql.negotiate import choose, parse_media_type

__all__ = [
    "ALLOWED_METHODS",
    "PARAMETERS",
    "Operation",
    "graph_operation",
    "is_iri",
    "parameters",
    "parse",
    "refuse_unknown",
]

ALLOWED_METHODS = ("GET", "HEAD", "POST")
PARAMETERS = ("query", "default-graph-uri", "named-graph-uri")

_FORM_TYPE = "application/x-www-form-urlencoded"
_QUERY_TYPE = "application/sparql-query"
_UPDATE_TYPE = "application/sparql-update"
_MAX_PARAMETERS = 1_000

Parameters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One query request.

    `default_graphs` and `named_graphs` are absolute IRIs; when either is given, they replace
    the FROM clauses of the query. The three formats are what the Accept header chose for a
    SELECT, an ASK and a graph, None where nothing fits. Relative IRIs of the query are resolved
    against `base`.
    """

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    table_format: Format | None = candidates(Form.SELECT)[0]
    boolean_format: Format | None = candidates(Form.ASK)[0]
    graph_format: Format | None = candidates(Form.CONSTRUCT)[0]
    base: str | None = None

    def format_for(self, form: Form) -> Format:
        """Return the format for a query form. Raises `NotAcceptableError` where there is none."""
        chosen = {Form.SELECT: self.table_format, Form.ASK: self.boolean_format}.get(
            form, self.graph_format
        )
        if chosen is None:
            offered = ", ".join(item.media_type for item in candidates(form))
            raise NotAcceptableError(
                f"{form} queries are answered as {offered}.",
                italian=f"A una query {form} si risponde in {offered}.",
            )
        return chosen


def parse(
    method: str,
    query_string: bytes,
    content_type: str | None,
    body: bytes,
    accept: str | None,
    base: str | None = None,
    also: Collection[str] | None = None,
) -> Operation:
    """Read one request of the SPARQL 1.1 Protocol.

    `query_string` and `body` are the bytes as received; `base` is the service's own base IRI.
    `also` names the parameters that are let be beside those of the protocol, None all. HEAD is
    read as GET. Raises `MalformedRequestError`, `MethodNotAllowedError`,
    `UnsupportedMediaTypeError`, `UpdateRefusedError` or `NotAcceptableError`; never anything else.
    """
    method = method.upper()
    if method not in ALLOWED_METHODS:
        raise MethodNotAllowedError(
            "Queries are sent with GET, HEAD or POST.",
            italian="Le query si mandano con GET, HEAD o POST.",
        )
    given = parameters(query_string)
    _refuse_update(given)
    if method != "POST":
        query = _single_query(given)
    elif _media_type(content_type) == _FORM_TYPE:
        if any(name == "query" for name, _ in given):
            raise MalformedRequestError(
                "A form carries its query in the body, not in the address.",
                italian="Un modulo porta la query nel corpo, non nell’indirizzo.",
            )
        form = parameters(body)
        _refuse_update(form)
        query = _single_query(form)
        given += form
    else:
        if any(name == "query" for name, _ in given):
            raise MalformedRequestError(
                "The query is given twice: in the address and in the body.",
                italian="La query c’è due volte: nell’indirizzo e nel corpo.",
            )
        query = _decode(body)
    if also is not None:
        refuse_unknown(given, (*PARAMETERS, *also))
    return _operation(query, given, accept, base)


def graph_operation(query: str, graph: str | None, accept: str | None) -> Operation:
    """Return a query over one graph alone, over the default graph for None.

    Raises `NotAcceptableError` where the Accept header names no format of this service.
    """
    return _operation(query, [] if graph is None else [("default-graph-uri", graph)], accept)


def _operation(
    query: str, given: Parameters, accept: str | None, base: str | None = None
) -> Operation:
    if not query.strip():
        raise MalformedRequestError("The query is empty.", italian="La query è vuota.")
    table, boolean, graph = _formats(accept)
    if table is None and boolean is None and graph is None:
        raise NotAcceptableError(
            "The Accept header names no format of this service.",
            italian="Accept non nomina nessun formato di questo servizio.",
        )
    return Operation(
        query,
        _graphs(given, "default-graph-uri"),
        _graphs(given, "named-graph-uri"),
        table,
        boolean,
        graph,
        base,
    )


@lru_cache(256)
def _formats(accept: str | None) -> tuple[Format | None, Format | None, Format | None]:
    """The formats that an Accept header chooses for a SELECT, an ASK and a graph."""
    table, boolean, graph = (
        choose(accept, candidates(form)) for form in (Form.SELECT, Form.ASK, Form.CONSTRUCT)
    )
    return table, boolean, graph


def _media_type(content_type: str | None) -> str:
    if content_type is None:
        raise UnsupportedMediaTypeError(
            "A POST request needs a Content-Type header.",
            italian="A una richiesta POST serve Content-Type.",
        )
    parsed = parse_media_type(content_type)
    if parsed is None:
        raise UnsupportedMediaTypeError(
            "The Content-Type header is malformed.", italian="Content-Type non è scritto bene."
        )
    media_type, attributes = parsed
    if media_type == _UPDATE_TYPE:
        raise UpdateRefusedError("This service is read only: updates are refused.")
    if media_type not in (_FORM_TYPE, _QUERY_TYPE):
        raise UnsupportedMediaTypeError(
            f"A query is posted as {_QUERY_TYPE} or {_FORM_TYPE}.",
            italian=f"Una query si manda come {_QUERY_TYPE} o {_FORM_TYPE}.",
        )
    if attributes.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaTypeError(
            "A query is sent in UTF-8.", italian="Una query si manda in UTF-8."
        )
    return media_type


def parameters(encoded: bytes) -> Parameters:
    """Return the parameters of a query string or a form, in order, decoded once.

    Raises `MalformedRequestError` where there are too many or they are not in UTF-8.
    """
    if encoded.count(b"&") >= _MAX_PARAMETERS:
        raise MalformedRequestError(
            f"A request has at most {_MAX_PARAMETERS} parameters.",
            italian=f"Una richiesta ha al massimo {_MAX_PARAMETERS} parametri.",
        )
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
        raise MalformedRequestError(
            "The request is not in UTF-8.", italian="La richiesta non è in UTF-8."
        ) from None


def _refuse_update(given: Parameters) -> None:
    if any(name == "update" for name, _ in given):
        raise UpdateRefusedError("This service is read only: updates are refused.")


def refuse_unknown(given: Parameters, known: Collection[str]) -> None:
    """Raise `MalformedRequestError` for a parameter that is not among `known`."""
    for name, _ in given:
        if name not in known:
            names = ", ".join(known)
            raise MalformedRequestError(
                f"There is no parameter {name[:40]!r} here, only {names}.",
                italian=f"Qui non c’è un parametro {name[:40]!r}: ci sono {names}.",
            )


def _single_query(given: Parameters) -> str:
    queries = [value for name, value in given if name == "query"]
    if len(queries) != 1:
        raise MalformedRequestError(
            f"One query parameter is expected, {len(queries)} were sent.",
            italian=f"Serve un solo parametro query: ce ne sono {len(queries)}.",
        )
    return queries[0]


def is_iri(text: str) -> bool:
    """Return whether the engine takes a text for an absolute IRI."""
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _graphs(given: Parameters, name: str) -> tuple[str, ...]:
    graphs = tuple(dict.fromkeys(value for key, value in given if key == name))
    for graph in graphs:
        if not is_iri(graph):
            raise MalformedRequestError(
                f"Each {name} is an absolute IRI.", italian=f"Ogni {name} è un IRI assoluto."
            )
    return graphs
