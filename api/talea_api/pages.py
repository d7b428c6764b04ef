"""View models: each function turns a `Visit` into the `Page` that a template shows."""

from typing import Any

from .errors import CODES
from .render import Page
from .views import Visit


def home(visit: Visit) -> Page:
    """`/`: what the catalogue is, a search box, and how much there is in it."""
    title = visit.text(
        "Talea: le buone pratiche del welfare locale", "Talea: good practices of local welfare"
    )
    description = visit.text(
        "Il catalogo aperto delle buone pratiche di welfare locale: trovale, leggile, ripetile.",
        "The open catalogue of good practices of local welfare: find, read and repeat them.",
    )
    return Page(
        description=description,
        canonical=visit.settings.absolute(visit.href()),
        jsonld={
            "@context": "https://schema.org",
            "@type": "WebSite",
            "name": title,
            "description": description,
            "inLanguage": visit.lang,
        },
        data={"counts": dict(visit.release.repository.counts())},
    )


def api(visit: Visit) -> Page:
    """`/api`: the JSON answers and the errors, for people."""
    title = visit.text("Le API", "The API")
    codes: list[dict[str, Any]] = [
        {
            "code": code,
            "status": entry.status,
            "title": entry.title.to(visit.lang),
            "advice": entry.advice.to(visit.lang) if entry.advice else "",
        }
        for code, entry in CODES.items()
    ]
    return Page(
        title=title,
        canonical=visit.settings.absolute(visit.href()),
        breadcrumb=((visit.text("Inizio", "Home"), visit.base + "/"), (title, None)),
        data={"codes": codes},
    )
