"""The light path of `/sparql`: a plain query and a short answer, past the rooms in between.

Most requests of programs are `GET /sparql?query=…` and keep the engine busy for less than a tenth
of a millisecond; the layers that serve every other request would take several times that. Here such
a request is read once, answered by the same `answer_to`, and sent with the headers that those
layers would have added (`tests/http/test_light.py` compares them). What is not plain goes through
the layers; so does an error, which they know how to tell.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from talea_catalogue import namespaces as ns
from talea_catalogue.errors import TaleaError
from talea_sparql.errors import SparqlError
from talea_sparql.protocol import Operation, parse

from .doors import CORS
from .errors import GoneError, Problem
from .holder import SCOPE_KEY, Holder
from .routes.sparql import FAILED, OTHER_PARAMETERS, VARY, answer_to, written
from .security import HEADER_BYTES, HEADERS, address_bytes, header_bytes

_ALWAYS: Final = [
    (name.lower().encode(), value.encode()) for name, value in {**HEADERS, **CORS}.items()
]
_VARY: Final = (*VARY, "Origin")
_ASIDE: Final = frozenset(
    {
        b"content-encoding",
        b"content-length",
        b"expect",
        b"if-none-match",
        b"origin",
        b"range",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers of a request that the layers read."""
_ONCE: Final = frozenset({b"accept", b"accept-encoding"})
"""Headers that the layers join, where there are several."""


class LightPath:
    """Answers plain queries itself and hands on everything else, as an ASGI layer."""

    def __init__(self, app: ASGIApp, holder: Holder, url_bytes: int) -> None:
        self.app = app
        self.holder = holder
        self.url_bytes = url_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._plain(scope):
            await self.app(scope, receive, send)
            return
        edition = self.holder.current()
        edition.enter()
        try:
            answer = await self._answer({**scope, SCOPE_KEY: edition}, receive)
        except (SparqlError, TaleaError, Problem, GoneError) as error:
            await self.app({**scope, FAILED: error}, receive, send)
            return
        finally:
            await edition.leave()
        answer.raw_headers.extend(_ALWAYS)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        request = Request(scope, receive)
        return written(request, await answer_to(request, _operation(request)), _VARY)

    def _plain(self, scope: Scope) -> bool:
        """Whether a request is one query in the address, and nothing that the layers look at."""
        if scope["type"] != "http" or scope["path"] != "/sparql" or scope["method"] != "GET":
            return False
        asked: bytes = scope["query_string"]
        if not asked.startswith(b"query=") or b"&" in asked:
            return False
        if address_bytes(scope) > self.url_bytes or header_bytes(scope) > HEADER_BYTES:
            return False
        seen = set()
        for name, value in scope["headers"]:
            if name in _ASIDE or name in seen:
                return False
            if name in _ONCE:
                seen.add(name)
                if b"html" in value:
                    return False
        return True


def _operation(request: Request) -> Operation:
    """The one query of a plain request; raises the errors of `protocol.parse`."""
    accept = request.headers.get("accept")
    asked = request.scope["query_string"]
    return parse("GET", asked, None, b"", accept, ns.ROOT, OTHER_PARAMETERS)
