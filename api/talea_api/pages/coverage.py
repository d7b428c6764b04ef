"""`/copertura`: how many practices say each field of the sheet, and which."""

from dataclasses import dataclass
from typing import Final

from ..language import Text
from ..render import Page
from ..views import Parameter, Visit
from .common import Link, page, title_of
from .fields import FIELDS, SECTIONS, Field

TITLE: Final = Text("Che cosa sappiamo e che cosa manca", "What we know and what is missing")
_KEYS: Final = {field.key: field for field in FIELDS}


def _key(value: str) -> str | None:
    return value.strip() if value.strip() in _KEYS else None


PARAMETERS: Final = (Parameter("voce", clean=_key),)


@dataclass(frozen=True, slots=True)
class Row:
    """A field: how many practices say it, in hundredths too, and the address that lists them."""

    name: str
    count: int
    share: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The fields of one section of the sheet."""

    anchor: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One field with the practices that say it and those that do not, by title."""

    name: str
    said: tuple[Link, ...]
    unsaid: tuple[Link, ...]


def coverage(visit: Visit) -> Page:
    """The fields of the sheet over the whole catalogue."""
    repository = visit.release.repository
    said = repository.fields_said(repository.slugs())
    key = visit.one("voce")
    return page(
        visit,
        TITLE.to(visit.lang),
        steps=[(visit.text("Dati", "Data"), "/dati")],
        data={
            "total": len(said),
            "parts": [
                Part(
                    section.anchor,
                    section.title.to(visit.lang),
                    tuple(_row(visit, said, field) for field in section.fields),
                )
                for section in SECTIONS
            ],
            "chosen": _chosen(visit, said, _KEYS[key]) if key else None,
        },
    )


def _row(visit: Visit, said: dict[str, frozenset[str]], field: Field) -> Row:
    count = sum(1 for keys in said.values() if field.key in keys)
    return Row(
        field.name.to(visit.lang),
        count,
        100 * count // max(1, len(said)),
        visit.href(voce=field.key) + "#voce",
        field.key == visit.one("voce"),
    )


def _chosen(visit: Visit, said: dict[str, frozenset[str]], field: Field) -> Chosen:
    links: dict[bool, list[Link]] = {True: [], False: []}
    for brief in visit.release.repository.briefs(said):
        one = Link(title_of(visit, brief), f"{visit.base}/pratiche/{brief.slug}")
        links[field.key in said[brief.slug]].append(one)
    for these in links.values():
        these.sort(key=lambda one: one.label.casefold())
    return Chosen(field.name.to(visit.lang), tuple(links[True]), tuple(links[False]))
