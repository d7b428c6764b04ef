"""The form of a transfer plan, sent: the answer is the file, and nothing is kept of it.

A form of another site may send here too, and that is harmless: nobody is logged in, nothing
changes, and who gets the file is who sent the form.
"""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from talea_catalogue.errors import BusyError

from ..errors import Problem
from ..language import Text
from ..pages import transfer
from ..services import Services, services_of
from ..views import Visit

__all__ = ["COST", "LARGEST", "TYPES", "download", "in_time"]

T = TypeVar("T")

LARGEST: Final = 65_536
"""Bytes of a form; above it, 413."""
COST: Final = 60.0
"""Of a client's rate: a plan takes a processor a third of a second."""
SECONDS: Final = 30.0
"""To wait for one's turn and for the file; above it, 503."""
_AGAIN: Final = 5
"""Seconds after which those who waited have had their file."""
_FIELDS: Final = 100
TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_FORM: Final = "application/x-www-form-urlencoded"


async def download(request: Request, visit: Visit) -> Response:
    """The plan as PDF or DOCX. Raises Problem 400, 404, 410, 413, 415, 429 and 503."""
    services = services_of(request)
    services.charge(request, COST)
    filled = transfer.answers_of(await _fields(request))
    body = await in_time(services.plans.run(partial(_write, services, visit, filled)))
    name = f"piano-{visit.names['slug']}-{visit.one('comune')}.{filled.format}"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Language": visit.lang,
    }
    return Response(body, headers=headers, media_type=TYPES[filled.format])


async def in_time(made: Awaitable[T]) -> T:
    """What is printed in its turn, within `SECONDS`. Raises Problem 503."""
    try:
        async with asyncio.timeout(SECONDS):
            return await made
    except (BusyError, TimeoutError):
        raise Problem("crowded", headers={"Retry-After": str(_AGAIN)}, retry_after=_AGAIN) from None


def _write(services: Services, visit: Visit, filled: transfer.Filled) -> bytes:
    from ..printing import docx, pdf  # a fifth of a second, for the first who asks

    made = transfer.document_of(visit, filled, datetime.now(UTC).date())
    if filled.format == "docx":
        return docx.written(made)
    return pdf.pdf(made, services.places.printing / "plan.typ")


async def _fields(request: Request) -> dict[str, list[str]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise Problem(
            "unsupported-media-type",
            Text(f"Un modulo si manda come {_FORM}.", f"A form is sent as {_FORM}."),
        )
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise Problem(
                "body-too-large",
                Text(
                    f"Le risposte possono avere al massimo {LARGEST} byte.",
                    f"The answers have at most {LARGEST} bytes.",
                ),
                headers={"Connection": "close"},
                limit=LARGEST,
            )
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        raise Problem(
            "bad-request",
            Text(
                "Il modulo non si legge: è testo UTF-8 con al massimo 100 campi?",
                "The form cannot be read: is it UTF-8 text with at most 100 fields?",
            ),
        ) from None
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
