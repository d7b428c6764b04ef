"""What the routes share, put together once by `create_app` and passed through the request."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from talea_catalogue.release import Release
from talea_catalogue.search.asking import WAITING

from .caching import Answer, AnswerCache
from .errors import ErrorPages
from .holder import SCOPE_KEY, Edition
from .lane import Lane
from .meter import Meter
from .metrics import Metrics
from .paths import Places
from .render import Renderer
from .security import Network, client_of
from .settings import Settings

AT_ONCE: Final = 1
"""Searches that are answered at once: one makes the interpreter busy."""
PLANS_WAITING: Final = 8
"""Transfer plans that wait to be written: the last has its file within some seconds."""
_CLIENT: Final = "talea.client"
"""Where in the scope the name of a client is kept."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running Talea that do not change with the release."""

    settings: Settings
    places: Places
    renderer: Renderer
    cache: AnswerCache
    results: AnswerCache
    meter: Meter
    errors: ErrorPages
    trusted: tuple[Network, ...]
    metrics: Metrics
    searches: Lane = field(default_factory=lambda: Lane(AT_ONCE, WAITING))
    plans: Lane = field(default_factory=lambda: Lane(AT_ONCE, PLANS_WAITING))

    def client(self, request: Request) -> str:
        """Who asks, as `client_of` names it."""
        name: str | None = request.scope.get(_CLIENT)
        if name is None:
            name = request.scope[_CLIENT] = client_of(request.scope, self.trusted)
        return name

    def charge(self, request: Request, cost: float = 1.0) -> None:
        """Count this request against its client's rate; raises Problem 429."""
        self.meter.take(self.client(request), cost)

    async def kept(
        self,
        request: Request,
        make: Callable[[], Answer],
        *key: Hashable,
        charged: bool = True,
        cost: float = 1.0,
        lane: Lane | None = None,
    ) -> Answer:
        """The answer kept under `key` for this request's edition, or made now in a thread.

        Only an answer that was not kept counts against its client's rate, `cost` where `charged`.
        With a `lane` it waits for its turn there; raises `BusyError` where too many do.
        """
        whole = (edition_of(request).digest, *key)
        answer = self.cache.get(whole)
        if answer is None:
            if charged:
                self.charge(request, cost)
            if lane:  # another may have asked the same meanwhile
                answer = await lane.run(lambda: self.cache.get(whole) or make())
            else:
                answer = await run_in_threadpool(make)
            self.cache.put(whole, answer)
        return answer


def services_of(request: Request) -> Services:
    """The services of the app that got this request."""
    services: Services = request.app.state.services
    return services


def edition_of(request: Request) -> Edition:
    """The edition that this request began with."""
    edition: Edition = request.scope[SCOPE_KEY]
    return edition


def release_of(request: Request) -> Release:
    """The release that this request began with."""
    return edition_of(request).release
