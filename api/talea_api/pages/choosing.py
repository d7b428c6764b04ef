"""Which Comune asks: the list that pages offer to choose one from, and the one in the address.

The choice travels in the address (`comune=072006`) and nowhere else: there is no cookie. Forms send
the ISTAT code, so that the same address always means the same place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from weakref import WeakKeyDictionary

from markupsafe import Markup

from talea_catalogue import namespaces as ns
from talea_catalogue.places import Place
from talea_catalogue.repository import Brief, Repository

from ..render import Page
from ..views import Parameter, Visit
from .common import Link, fuller, page, title_of

__all__ = ["COMUNE", "Choice", "choice", "page_for"]

COMUNE: Final = Parameter("comune")
"""The parameter of the address; a page that takes it lists it among its parameters."""
_LONGEST: Final = 60
"""Characters of a wrong value that a page says again."""
_OPTIONS: Final = WeakKeyDictionary[Repository, Markup]()
"""The list of each release that is open: every page with the form has the same."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the macro `choose_comune` shows: `options` is the inside of its list.

    `istat` and `name` are of the Comune chosen, empty where none is; `unknown` is what the address
    has in its place and is no Comune of the catalogue.
    """

    options: Markup
    istat: str = ""
    name: str = ""
    unknown: str = ""


def choice(visit: Visit) -> Choice:
    """The Comuni of Puglia by name, and the one that the address names, wherever it is."""
    repository = visit.release.repository
    options = _options(repository)
    given = visit.one(COMUNE.name)
    if not given:
        return Choice(options)
    place = repository.place(ns.resource("luogo", given))
    if place is None or place.istat != given:
        return Choice(options, unknown=given[:_LONGEST])
    # As plain text: to replace in a Markup would escape the pieces again.
    plain = str(_option(place))
    chosen = plain.replace("<option ", "<option selected ")
    text = str(options)
    found = text.replace(plain, chosen) if plain in text else chosen + text
    return Choice(Markup(found), given, place.name)  # noqa: S704 - made of escaped pieces


def page_for(
    visit: Visit, brief: Brief, chosen: Choice, step: str, *, found: bool, data: Mapping[str, Any]
) -> Page:
    """A page below a practice, for the Comune of the address where that is `found`."""
    title, path = title_of(visit, brief), f"/pratiche/{brief.slug}"
    named = {COMUNE.name: chosen.istat} if found else {}
    filled = page(
        visit,
        step,
        steps=[(visit.text("Pratiche", "Practices"), "/pratiche"), (title, path)],
        robots="noindex" if visit.query else None,
        search=f"?{COMUNE.name}={chosen.istat}" if found else "",
        data={
            "practice": Link(title, visit.href(path)),
            "titled": brief.title is not None,
            "choice": chosen,
            "fuller": fuller(visit, brief.slug, visit.path.removeprefix(path), **named),
            **data,
        },
    )
    return replace(filled, title=f"{title}. {step}")


def _options(repository: Repository) -> Markup:
    if repository not in _OPTIONS:
        _OPTIONS[repository] = Markup("\n").join(_option(place) for place, _ in repository.comuni())
    return _OPTIONS[repository]


def _option(place: Place) -> Markup:
    return Markup('<option value="{}">{}</option>').format(place.istat, place.name)
