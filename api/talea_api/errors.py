"""One shape for every error: a problem document (RFC 9457), or the same facts as a page.

Code raises `Problem(code, detail)`; `problem_of` turns what other rooms raise into one. Each code
stands once in `codes.CODES`, with its status and its title.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from talea_catalogue.errors import BusyError, EngineError, TaleaError
from talea_sparql.errors import SparqlError
from talea_sparql.negotiate import media_ranges

from .access import note
from .codes import CODES
from .language import Lang, Text, language_of
from .sentences import in_italian

if TYPE_CHECKING:
    from .render import Renderer
    from .settings import Settings

__all__ = [
    "CODES",
    "PROBLEM_TYPE",
    "ErrorMiddleware",
    "ErrorPages",
    "GoneError",
    "Problem",
    "problem_of",
]

log = logging.getLogger("talea")

PROBLEM_TYPE: Final = "application/problem+json"


_SEARCH_AGAIN: Final = 2
"""Seconds after which those who waited for a search have had it."""

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


class GoneError(Exception):
    """The client hung up: there is nobody to answer."""


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
    if isinstance(error, BusyError):
        retry = str(_SEARCH_AGAIN)
        return Problem("search-crowded", headers={"Retry-After": retry}, retry_after=_SEARCH_AGAIN)
    if isinstance(error, EngineError):
        log.error("the search failed: %s", error)
        return Problem("search-failed")
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
        f"{in_italian(error)} {advice.it}" if advice else in_italian(error),
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
        except ClientDisconnect:
            note(scope, outcome="gone")  # in the middle of a body: nobody is there to be answered
        except GoneError:
            note(scope, outcome="gone")
            await Response(status_code=499)(scope, receive, send)  # for the log alone
        except Exception as error:
            if started:
                raise
            problem = problem_of(error)
            note(scope, outcome=problem.code)
            await self.pages.response(scope, problem)(scope, receive, send)


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
