"""`/api`: the JSON answers and the errors, for people."""

from typing import Any

from ..errors import CODES
from ..render import Page
from ..views import Visit
from .common import page


def api(visit: Visit) -> Page:
    """The addresses of the API and the table of its errors."""
    codes: list[dict[str, Any]] = [
        {
            "code": code,
            "status": entry.status,
            "title": entry.title.to(visit.lang),
            "advice": entry.advice.to(visit.lang) if entry.advice else "",
        }
        for code, entry in CODES.items()
    ]
    return page(visit, visit.text("Le API", "The API"), data={"codes": codes})
