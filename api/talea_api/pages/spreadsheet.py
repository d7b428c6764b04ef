"""`/dati/pratiche.csv`: every record on one line, for a spreadsheet.

Separated by semicolons and marked as UTF-8, which is what a spreadsheet set for Italian opens
without questions. A cell that a spreadsheet could take for a formula begins with an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from talea_catalogue.dumps import BETWEEN
from talea_catalogue.model import Practice
from talea_catalogue.release import Release
from talea_catalogue.repository import Brief, Repository
from talea_catalogue.text import harmless

from ..settings import Settings

COLUMNS: Final = (
    "id",
    "titolo",
    "promotore",
    "comune",
    "regione",
    "livello",
    "bisogno",
    "destinatari",
    "azioni",
    "aree",
    "fonti",
    "indirizzo",
)


def table(release: Release, settings: Settings) -> bytes:
    """The whole file. The order is that of the names of the records, so that it never shifts."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(release.repository, settings):
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _rows(repository: Repository, settings: Settings) -> Iterator[tuple[str, ...]]:
    for slug in repository.slugs():
        practice = repository.practice(slug)
        if practice is not None:
            yield _row(repository, settings, repository.brief(slug), practice)


def _row(
    repository: Repository, settings: Settings, brief: Brief, practice: Practice
) -> tuple[str, ...]:
    label = repository.label
    places = practice.implemented_in or tuple(filter(None, (practice.promoter_place,)))
    address = settings.absolute(f"/pratiche/{brief.slug}") if settings.base_url else brief.iri
    return (
        brief.slug,
        practice.title or "",
        brief.promoter,
        _joined(label(place) for place in places),
        label(practice.region) if practice.region else "",
        str(brief.level),
        _joined(need.title for need in practice.needs),
        _joined(group.title for group in practice.recipients),
        _joined(action.title for action in practice.actions),
        _joined(label(area) for area in practice.thematic_areas),
        _joined(practice.record.sources),
        address,
    )


def _joined(values: Iterable[str]) -> str:
    return BETWEEN.join(values)
