"""The only assembly point: settings, a release and a pool become an application."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from talea_catalogue.release import Release
from talea_sparql.errors import SparqlError
from talea_sparql.pool import Pool

from . import paths
from .access import AccessLog
from .caching import AnswerCache
from .doors import HeadAsGet, OneLineEach, OpenToOthers
from .errors import ErrorMiddleware, ErrorPages, Problem
from .holder import Edition, HoldEdition, Holder, Opener
from .language import Text
from .light import LightPath
from .meter import Meter
from .metrics import Metrics
from .render import Renderer
from .routes import (
    api,
    data,
    feeds,
    fit,
    fit_practice,
    graph_store,
    meta,
    neighbours,
    ontology,
    pages,
    publications,
    resources,
    sheets,
    sparql,
    suggest,
)
from .security import SecurityHeaders, SizeLimits
from .sending import Pieces
from .services import Services
from .settings import Settings
from .shelf import Shelf
from .version import VERSION

log = logging.getLogger("talea")


def create_app(
    settings: Settings,
    release: Release,
    pool: Pool,
    *,
    marker: Path | None = None,
    opener: Opener | None = None,
    places: paths.Places | None = None,
    copy: bool = False,
) -> FastAPI:
    """Put Talea together around an open release and a pool that is not started yet.

    The application starts the pool when it starts and closes both when it ends. With `marker`, the
    file that names the release in force, and `opener` it passes to new releases as they come. With
    `copy`, pages are written for a copy without a server, and the pool is never started.
    """
    places = places or paths.locate()
    holder = Holder(Edition(release, pool), marker, opener)
    renderer = Renderer(settings, places, copy=copy)
    services = Services(
        settings=settings,
        places=places,
        renderer=renderer,
        cache=AnswerCache(settings.page_cache_mb * 1_000_000),
        results=AnswerCache(settings.result_cache_mb * 1_000_000),
        meter=Meter(settings.rate_per_minute, settings.rate_burst, settings.rate_clients),
        errors=ErrorPages(settings, renderer),
        trusted=settings.trusted_networks(),
        metrics=Metrics(lambda: holder.edition.pool.stats()),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for missing in pool.unenforced():
            log.warning("on this system: %s", missing)
        try:
            await pool.start()
        except SparqlError as error:
            log.error("the SPARQL service cannot start, the pages can: %s", error.detail)
        holder.warm_up()
        try:
            yield
        finally:
            services.searches.close()
            services.plans.close()
            await holder.close()

    # FastAPI checks and describes the JSON API; all else is plain routes, which match faster.
    described = (
        api.router(),
        neighbours.router(),
        fit.router(),
        fit_practice.router(),
        suggest.router(),
    )
    plain = (
        sparql.router(),  # the first, because its requests are the most and the shortest
        meta.router(places.static),
        ontology.router(places.sources.ontology),
        resources.router(),
        sheets.router(),
        graph_store.router(),
        data.router(),
        feeds.router(),
        publications.router(),
        pages.router(),
    )
    app = FastAPI(
        routes=[route for router in plain for route in router.routes],
        title="Talea",
        version=VERSION,
        summary="Good practices of local welfare",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        servers=[{"url": settings.base_url}] if settings.base_url else None,
        license_info={"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        exception_handlers={HTTPException: _leave, RequestValidationError: _bad_parameter},
        # Outermost first.
        middleware=[
            Middleware(AccessLog, metrics=services.metrics, written=settings.access_log),
            Middleware(Pieces, seconds=settings.client_seconds),
            Middleware(LightPath, holder=holder, url_bytes=settings.url_limit_kb * 1_024),
            Middleware(Shelf, holder=holder, cache=services.cache),
            Middleware(SecurityHeaders),
            Middleware(OneLineEach),
            Middleware(OpenToOthers),
            Middleware(HeadAsGet),
            Middleware(ErrorMiddleware, pages=services.errors),
            Middleware(
                SizeLimits,
                url_bytes=settings.url_limit_kb * 1_024,
                body_bytes=settings.body_limit_kb * 1_024,
                seconds=settings.client_seconds,
            ),
            Middleware(HoldEdition, holder=holder),
        ],
    )
    app.state.services = services
    app.state.holder = holder
    for router in described:
        app.include_router(router)
    app.state.routers = (*plain, *described)
    _describe_problems(app)
    return app


def inventory(app: FastAPI) -> list[tuple[str, frozenset[str]]]:
    """Every path of the application with its methods: what tests and documents enumerate."""
    found = [
        (route.path, frozenset(route.methods or ()))
        for router in app.state.routers
        for route in router.routes
        if isinstance(route, Route)
    ]
    return [*found, (app.openapi_url or "", frozenset({"GET"}))]


async def _leave(request: Request, error: Exception) -> NoReturn:
    """Let `ErrorMiddleware` write every error, so that all have one shape."""
    raise error


async def _bad_parameter(request: Request, error: Exception) -> NoReturn:
    """A parameter that FastAPI refused, as one of our problems. What was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    refused = [
        {"parameter": ".".join(str(part) for part in one["loc"][1:2]), "message": one["msg"]}
        for one in error.errors()
    ]
    names = ", ".join(dict.fromkeys(one["parameter"] for one in refused))
    raise Problem(
        "bad-parameter",
        Text(f"Non va bene: {names}.", f"Not valid: {names}."),
        errors=refused,
    ) from None


def _describe_problems(app: FastAPI) -> None:
    """Add the problem document to the OpenAPI description, without the shapes of FastAPI's own."""
    write = app.openapi

    def openapi() -> dict[str, Any]:
        schema = write()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = api.PROBLEM_SCHEMA
        for path in schema.get("paths", {}).values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
