"""Past editions by their dates, as RFC 7089 (Memento) has it.

The original resource is the page about the data, `/dati`; each edition that the site keeps is one
of its mementos, with the date on which it was built. The time gate leads to the edition that was in
force at a moment, the time map lists them all.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from talea_catalogue.dcat import edition_path
from talea_catalogue.editions import KeptEdition

from .errors import Problem
from .language import Text

ORIGINAL: Final = "/dati"
GATE: Final = "/dati/timegate"
MAP: Final = "/dati/timemap"
MAP_TYPE: Final = "application/link-format"
DATE: Final = "Memento-Datetime"


def asked(accept_datetime: str | None) -> datetime | None:
    """The moment that an Accept-Datetime header names, None where there is none.

    Raises Problem 400 for one that is not a date of HTTP.
    """
    if accept_datetime is None:
        return None
    text = accept_datetime.strip()
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        moment = None
    if moment is None or not text.endswith("GMT"):
        raise Problem(
            "bad-parameter",
            Text(
                "Accept-Datetime vuole una data di HTTP, per esempio "
                "«Wed, 27 Mar 2024 10:00:00 GMT».",
                "Accept-Datetime takes a date of HTTP, for example "
                "“Wed, 27 Mar 2024 10:00:00 GMT”.",
            ),
            parameter="Accept-Datetime",
        )
    return moment.replace(tzinfo=UTC)


def in_force_at(editions: Sequence[KeptEdition], moment: datetime | None) -> KeptEdition:
    """The edition that was in force at a moment: the last one built by then.

    Before the first it is the first, without a moment the one in force now.
    """
    by_date = sorted(editions, key=built)
    if moment is None:
        return next((one for one in editions if one.in_force), by_date[-1])
    return next((one for one in reversed(by_date) if built(one) <= moment), by_date[0])


def built(edition: KeptEdition) -> datetime:
    """When an edition was built, in UTC."""
    return datetime.fromisoformat(edition.manifest.date).astimezone(UTC)


def http_date(edition: KeptEdition) -> str:
    """When an edition was built, as HTTP writes dates."""
    return format_datetime(built(edition), usegmt=True)


def address(edition: KeptEdition) -> str:
    """The path of an edition."""
    return edition_path(edition.manifest.data_digest)


def links(site: str) -> tuple[str, ...]:
    """The values of Link that original, gate and mementos share."""
    return (
        f'<{site}{ORIGINAL}>; rel="original"',
        f'<{site}{GATE}>; rel="timegate"',
        f'<{site}{MAP}>; rel="timemap"; type="{MAP_TYPE}"',
    )


def time_map(editions: Sequence[KeptEdition], site: str) -> str:
    """Every edition with its date, oldest first, in the link format of RFC 6690."""
    by_date = sorted(editions, key=built)
    period = f'from="{http_date(by_date[0])}"; until="{http_date(by_date[-1])}"'
    lines = [
        *links(site)[:2],
        f'<{site}{MAP}>; rel="self"; type="{MAP_TYPE}"; {period}',
    ]
    for number, one in enumerate(by_date):
        place = ("first " if number == 0 else "") + ("last " if one is by_date[-1] else "")
        date = http_date(one)
        lines.append(f'<{site}{address(one)}>; rel="{place}memento"; datetime="{date}"')
    return ",\n".join(lines) + "\n"
