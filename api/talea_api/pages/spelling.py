"""What a search text may have meant, as the page of results says it."""

from dataclasses import dataclass
from typing import Final

from talea_catalogue.search.spelling import Correction

from ..views import Visit
from .common import Link

EXACTLY: Final = "esatto"
"""Parameter that asks for the words as they were typed, when it is 1."""


@dataclass(frozen=True, slots=True)
class Meant:
    """`asked` is what was typed; `used` what was sought in its place (empty where nothing was)
    and `exact` the address that seeks what was typed; `proposed` what else may have been meant.
    """

    asked: str
    used: str
    exact: str
    proposed: Link | None


def text_to_seek(visit: Visit, correction: Correction) -> str:
    """The words to search for: those that were surely meant, unless the visit wants its own."""
    return correction.asked if visit.one(EXACTLY) == "1" else correction.used


def meant(visit: Visit, correction: Correction) -> Meant | None:
    """What to say of a search text, or None where nothing in it could be a slip."""
    if not correction.changes:
        return None
    sought = text_to_seek(visit, correction)
    link = None
    if correction.text != sought:
        link = Link(correction.text, _href(visit, correction.text, exactly=False))
    return Meant(
        asked=correction.asked,
        used=sought if sought != correction.asked else "",
        exact=_href(visit, correction.asked, exactly=True),
        proposed=link,
    )


def _href(visit: Visit, text: str, *, exactly: bool) -> str:
    changes = {"q": text, EXACTLY: "1" if exactly else None, "pagina": None}
    return visit.href(None, **changes)
