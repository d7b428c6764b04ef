"""One shape for every error: a problem document (RFC 9457), or the same facts as a page.

Code raises `Problem(code, detail)`; `problem_of` turns what other rooms raise into one. Each code
stands once in `CODES`, with its status and its title; `/api` lists them from this table.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from talea_catalogue.errors import TaleaError
from talea_sparql.errors import SparqlError
from talea_sparql.negotiate import media_ranges

from .language import Lang, Text, language_of

if TYPE_CHECKING:
    from .render import Renderer
    from .settings import Settings

log = logging.getLogger("talea")

PROBLEM_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Code:
    """A machine code: HTTP status, title, and what to do where the problem itself says nothing."""

    status: int
    title: Text
    advice: Text | None = None


CODES: Final[Mapping[str, Code]] = {
    "bad-request": Code(400, Text("La richiesta non è valida", "The request is not valid")),
    "bad-parameter": Code(400, Text("Un parametro non è valido", "A parameter is not valid")),
    "not-found": Code(
        404,
        Text("Questa pagina non c’è", "There is no such page"),
        Text("L’indirizzo non porta a nulla.", "The address leads nowhere."),
    ),
    "method": Code(
        405,
        Text("Metodo non ammesso", "Method not allowed"),
        Text(
            "Questo indirizzo non accetta il metodo usato.",
            "This address does not take the method used.",
        ),
    ),
    "not-acceptable": Code(
        406, Text("Nessun formato fra quelli chiesti", "None of the formats asked for")
    ),
    "gone": Code(
        410,
        Text("Questa scheda è stata ritirata", "This record was withdrawn"),
        Text("La scheda non è più nel catalogo.", "The record is no longer in the catalogue."),
    ),
    "body-too-large": Code(413, Text("La richiesta è troppo grande", "The request is too large")),
    "address-too-long": Code(414, Text("L’indirizzo è troppo lungo", "The address is too long")),
    "unsupported-media-type": Code(
        415, Text("Il formato inviato non si legge qui", "The format sent is not read here")
    ),
    "too-many-requests": Code(429, Text("Troppe richieste", "Too many requests")),
    "internal": Code(
        500,
        Text("Qualcosa non ha funzionato", "Something went wrong"),
        Text("L’errore è nostro. Riprova tra qualche minuto.", "The fault is ours. Try again."),
    ),
    "catalogue": Code(503, Text("Il catalogo non risponde", "The catalogue does not answer")),
    # The SPARQL service. The detail comes from `talea_sparql`, the advice from here.
    "malformed": Code(
        400, Text("La richiesta non segue il protocollo", "The request breaks the protocol")
    ),
    "method-not-allowed": Code(405, Text("Metodo non ammesso", "Method not allowed")),
    "syntax": Code(400, Text("La query ha un errore di sintassi", "The query has a syntax error")),
    "evaluation": Code(400, Text("La query non si può valutare", "The query cannot be evaluated")),
    "service-refused": Code(
        403,
        Text("SERVICE non è ammesso", "SERVICE is refused"),
        Text(
            "Qui non si interrogano altri servizi: fallo dal tuo computer.",
            "This service asks no other address: query the other service from your own machine.",
        ),
    ),
    "update-refused": Code(
        403,
        Text("Qui si può solo leggere", "Read only"),
        Text(
            "Il servizio accetta solo interrogazioni, non aggiornamenti.",
            "The service takes queries only, no updates.",
        ),
    ),
    "query-too-long": Code(
        413,
        Text("La query è troppo lunga", "The query is too long"),
        Text("Accorciala, o usa i dati da scaricare.", "Shorten it, or use the data to download."),
    ),
    "too-deep": Code(
        400,
        Text("La query è troppo annidata", "The query is nested too deep"),
        Text("Togli qualche livello di parentesi.", "Remove some levels of brackets."),
    ),
    "too-many-patterns": Code(
        400,
        Text("La query ha troppi modelli di triple", "The query has too many patterns"),
        Text("Dividila in più query.", "Split it into several queries."),
    ),
    "too-many-operators": Code(
        400,
        Text("La query ha troppi operatori", "The query has too many operators"),
        Text("Dividila in più query.", "Split it into several queries."),
    ),
    "deadline": Code(
        504,
        Text("La query ha superato il tempo", "The query took too long"),
        Text(
            "Aggiungi condizioni, o usa i dati da scaricare alla pagina /dati.",
            "Add conditions, or use the data to download on the page /dati.",
        ),
    ),
    "result-too-large": Code(
        422,
        Text("Il risultato è troppo grande", "The result is too large"),
        Text(
            "Aggiungi LIMIT, o usa i dati da scaricare alla pagina /dati.",
            "Add LIMIT, or use the data to download on the page /dati.",
        ),
    ),
    "memory": Code(
        422,
        Text("La query chiede troppa memoria", "The query needs too much memory"),
        Text("Aggiungi condizioni o togli ORDER BY.", "Add conditions or drop ORDER BY."),
    ),
    "busy": Code(
        429,
        Text("Hai già altre query in corso", "You already have queries running"),
        Text("Aspetta che finiscano.", "Wait until they end."),
    ),
    "queue-full": Code(
        503,
        Text("Il servizio è occupato", "The service is busy"),
        Text("Riprova tra poco.", "Try again shortly."),
    ),
    "unavailable": Code(
        503,
        Text("Il servizio SPARQL non risponde", "The SPARQL service does not answer"),
        Text("Il resto del catalogo funziona.", "The rest of the catalogue works."),
    ),
    "crashed": Code(
        500,
        Text("La query ha fermato il suo processo", "The query stopped its process"),
        Text("Il servizio è già ripartito.", "The service is already up again."),
    ),
}
_BY_STATUS: Final = {
    400: "bad-request",
    404: "not-found",
    405: "method",
    406: "not-acceptable",
    410: "gone",
    413: "body-too-large",
    414: "address-too-long",
    415: "unsupported-media-type",
    422: "bad-parameter",
    429: "too-many-requests",
    503: "catalogue",
}


class Problem(Exception):  # noqa: N818 - as RFC 9457 calls it
    """An answer that is an error: a code of `CODES`, a detail for people, extra machine members."""

    def __init__(
        self,
        code: str,
        detail: Text | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = CODES[code].status
        self.detail = detail or CODES[code].advice
        self.headers = dict(headers or {})
        self.members = {name: value for name, value in members.items() if value is not None}

    def document(self, lang: Lang, help_page: str) -> dict[str, Any]:
        """The members of the problem document."""
        shown = {
            "type": f"{help_page}#{self.code}",
            "title": CODES[self.code].title.to(lang),
            "status": self.status,
            "detail": self.detail.to(lang) if self.detail else None,
            "code": self.code,
        }
        return {name: value for name, value in shown.items() if value is not None} | self.members


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is. One that nobody foresaw is logged and gets a reference."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, SparqlError):
        return _sparql_problem(error)
    if isinstance(error, HTTPException):
        code = _BY_STATUS.get(error.status_code, "internal")
        headers = dict(error.headers or {})
        if "Allow" in headers:
            headers["Allow"] = _allowed(headers["Allow"])
        return Problem(code, headers=headers)
    if isinstance(error, TaleaError):
        log.error("the catalogue failed: %s", error)
        return Problem("catalogue", Text(str(error), str(error)))
    reference = secrets.token_hex(4)
    log.error("unexpected error, reference %s", reference, exc_info=error)
    return Problem("internal", reference=reference)


def _allowed(methods: str) -> str:
    """The methods of a route, with HEAD, which is wherever GET is."""
    names = {name.strip() for name in methods.split(",")}
    return ", ".join(sorted(names | ({"HEAD"} if "GET" in names else set())))


def _sparql_problem(error: SparqlError) -> Problem:
    advice = CODES[error.code].advice if error.code in CODES else None
    code = error.code if error.code in CODES else "internal"
    headers = {"Allow": "GET, HEAD, POST, OPTIONS"} if error.status == 405 else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    detail = Text(
        f"{advice.it} {error.detail}" if advice else error.detail,
        f"{error.detail} {advice.en}" if advice else error.detail,
    )
    return Problem(
        code,
        detail,
        headers=headers,
        limit=error.limit,
        retry_after=error.retry_after,
        line=error.line,
        column=error.column,
    )


class ErrorPages:
    """Writes problems as answers: a page for who reads pages, else a problem document."""

    def __init__(self, settings: Settings, renderer: Renderer) -> None:
        self._settings = settings
        self._renderer = renderer

    def response(self, scope: Scope, problem: Problem) -> Response:
        """The answer to a request that ended in `problem`."""
        request = Request(scope)
        lang = language_of(request.url.path, request.headers.get("accept-language"))
        headers = {
            "Cache-Control": "no-store" if problem.status >= 429 else "no-cache",
            "Vary": "Accept, Accept-Language",
            **problem.headers,
        }
        if wants_page(request):
            html = self._renderer.error(request.url.path, lang, problem)
            return Response(html, problem.status, headers, "text/html")
        document = problem.document(lang, self._settings.absolute("/api"))
        body = json.dumps(document, ensure_ascii=False).encode()
        return Response(body, problem.status, headers, PROBLEM_TYPE)


class ErrorMiddleware:
    """Outermost door: whatever escapes the rooms inside leaves as one of our answers."""

    def __init__(self, app: Any, pages: ErrorPages) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Any) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if started:
                raise
            await self.pages.response(scope, problem_of(error))(scope, receive, send)


def wants_page(request: Request) -> bool:
    """Whether the client reads HTML at least as gladly as JSON; never on the API."""
    if request.url.path.startswith("/api/"):
        return False
    best = {"html": 0.0, "json": 0.0}
    for item in media_ranges(request.headers.get("accept", "")):
        if item.subtype in ("html", "xhtml+xml"):
            best["html"] = max(best["html"], item.quality)
        elif "json" in item.subtype:
            best["json"] = max(best["json"], item.quality)
    return best["html"] > 0 and best["html"] >= best["json"]
