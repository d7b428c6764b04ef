"""What the routes share, put together once by `create_app` and passed through the request."""

from dataclasses import dataclass

from starlette.requests import Request

from talea_catalogue.release import Release

from .caching import AnswerCache
from .errors import ErrorPages
from .holder import SCOPE_KEY, Edition
from .meter import Meter
from .metrics import Metrics
from .paths import Places
from .render import Renderer
from .security import Network, client_of
from .settings import Settings


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

    def charge(self, request: Request, cost: float = 1.0) -> None:
        """Count this request against its client's rate; raises Problem 429."""
        self.meter.take(client_of(request.scope, self.trusted), cost)


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
