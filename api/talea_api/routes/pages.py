"""The table of pages."""

from typing import Final

from fastapi import APIRouter

from .. import pages
from ..views import View, add_views

VIEWS: Final = (
    View("home", "/", "home.html", pages.home),
    View("api", "/api", "api.html", pages.api),
)


def router() -> APIRouter:
    """Every page, in both languages."""
    routes = APIRouter()
    add_views(routes, VIEWS)
    return routes
