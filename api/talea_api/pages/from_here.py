"""`/comuni/{istat}/pratiche`: every practice seen from a Comune, with what blocks it or is unknown.

The order is that of the rules. A state says what data know of the prerequisites of a sheet, and
nothing of how well the practice would do: a sheet that lists none is in a state of its own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.replicability import COMPARED, Check, Replicability
from talea_catalogue.replicability.asked import CRITICAL, MISSING
from talea_catalogue.replicability.listing import Listed
from talea_catalogue.replicability.prerequisites import check

from ..language import Text
from ..render import Page
from ..views import Parameter, Visit
from . import atlas
from .common import known, missing, number_of, page, pages, title_of

__all__ = ["PARAMETERS", "STATE", "States", "from_here", "states"]

QUERY: Final = "practice-requirements"
STATE: Final = "stato"
PARAMETERS: Final = (
    *(Parameter(name) for name in atlas.FILTERS),
    Parameter(STATE),
    Parameter("pagina", clean=number_of),
)
PER_PAGE: Final = 25
"""Practices on one page."""
REASONS: Final = 2
"""Prerequisites that a row names."""

BLOCKED: Final = "bloccate"
TO_CHECK: Final = "da-verificare"
MET: Final = "soddisfatti"
UNTOLD: Final = "senza-prerequisiti"
TITLES: Final = {
    BLOCKED: (
        Text("Bloccate", "Blocked"),
        Text(
            "un dato noto nega un prerequisito vincolante",
            "a known datum denies a binding prerequisite",
        ),
    ),
    TO_CHECK: (
        Text("Da verificare", "To be checked"),
        Text(
            "nessun blocco noto, ma di almeno un prerequisito non si sa se c’è, "
            "o manca e non è detto vincolante",
            "no known block, but of at least one prerequisite nobody knows if it is there, "
            "or it is missing and not said to be binding",
        ),
    ),
    MET: (
        Text("Prerequisiti soddisfatti", "Prerequisites met"),
        Text("i dati dicono che ci sono tutti", "data say that they are all there"),
    ),
    UNTOLD: (
        Text("Senza prerequisiti nella scheda", "No prerequisites in the sheet"),
        Text(
            "la scheda non ne indica: non vuol dire che non ne servano",
            "the sheet gives none, which does not mean that none are needed",
        ),
    ),
}
"""State -> its name and what it means; each practice is in one."""

States = Mapping[str, str]
"""Slug -> state, in the order of the rules."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A prerequisite by its title: whether it blocks, is binding, is denied; `why` it is denied."""

    title: str
    blocks: bool
    binding: bool
    denied: bool
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """A practice seen from the Comune.

    `checks` counts its prerequisites in words, empty where the sheet gives none; `more` are those
    to look at that `reasons` leaves out. `comparable` is None where it was not counted; `here` is
    whether it is done in the Comune or its Ambito already.
    """

    title: str
    titled: bool
    promoter: str
    href: str
    fit: str
    checks: str
    comparable: int | None
    of: int
    here: bool
    reasons: tuple[Reason, ...]
    more: int


def states(engine: Replicability, listed: Iterable[Listed]) -> States:
    """The state of each practice of a list."""
    table = engine.requirements
    declared = Counter(table.practice.tolist())
    return {one.slug: _state(one, declared[table.row.get(one.slug, -1)]) for one in listed}


def _state(one: Listed, declared: int) -> str:
    """The state of a practice that declares so many prerequisites."""
    if one.blocks:
        return BLOCKED
    if not declared:
        return UNTOLD
    return MET if one.met == declared else TO_CHECK


def from_here(visit: Visit) -> Page:
    """The practices for one Comune, narrowed by need, by people and by state."""
    istat = visit.names["istat"]
    iri = known(visit, ns.resource("luogo", istat))
    repository, engine = visit.release.repository, visit.release.replicability
    listed = engine.practices(istat) if repository.comune(istat) else None
    if listed is None:
        raise missing()
    filters = atlas.chosen_concepts(visit)
    passing = atlas.practices_of(visit, filters)
    state_of = states(engine, (one for one in listed if one.slug in passing))
    wanted = visit.one(STATE) if visit.one(STATE) in TITLES else ""
    chosen = [
        one
        for one in listed
        if one.slug in state_of and (not wanted or state_of[one.slug] == wanted)
    ]
    last = max(1, -(-len(chosen) // PER_PAGE))
    current = min(int(visit.one("pagina") or 1), last)
    shown = chosen[(current - 1) * PER_PAGE : current * PER_PAGE]
    name = repository.label(iri)
    used = {*filters, *([STATE] if wanted else ()), "pagina"}
    return page(
        visit,
        visit.text(f"Le pratiche viste da {name}", f"The practices seen from {name}"),
        steps=[(visit.text("Comuni", "Comuni"), "/comuni"), (name, f"/comuni/{istat}")],
        robots="noindex" if visit.query else None,
        data={
            "name": name,
            "istat": istat,
            "choices": atlas.choices(visit, filters),
            "chips": atlas.labels(visit, filters),
            "ignored": [values[0] for key, values in visit.query.items() if key not in used],
            "states": _links(visit, wanted, Counter(state_of.values())),
            "state": wanted,
            "total": len(chosen),
            "of_all": len(listed),
            "blocked": sum(state == BLOCKED for state in state_of.values()),
            "rows": _rows(visit, istat, shown),
            "pages": pages(visit, current, last),
            "order": engine.rules.order.to(visit.lang),
            "prediction": engine.rules.prediction.to(visit.lang),
            "version": engine.rules.version,
            "clear": visit.base + visit.path,
            "question": atlas.question(visit, QUERY),
            "json": f"/api/v1/comuni/{istat}/practices",
        },
    )


def _links(
    visit: Visit, wanted: str, counts: Mapping[str, int]
) -> list[tuple[str, str, int, str, bool]]:
    """All and each state: its name, what it means, how many there are, its address, if chosen."""

    def to(state: str | None) -> str:
        return visit.href(**{STATE: state, "pagina": None})

    every = visit.text("Tutte", "All")
    return [
        (every, "", sum(counts.values()), to(None), not wanted),
        *(
            (title.to(visit.lang), says.to(visit.lang), counts.get(key, 0), to(key), key == wanted)
            for key, (title, says) in TITLES.items()
        ),
    ]


def _rows(visit: Visit, istat: str, listed: Iterable[Listed]) -> list[Row]:
    own = {brief.slug for brief in visit.release.repository.practices_of_comune(istat)}
    return [_row(visit, istat, one, one.slug in own) for one in listed]


def _row(visit: Visit, istat: str, one: Listed, own: bool) -> Row:
    """A practice with its first reasons; `own` is of the Comune or of its Ambito."""
    engine, brief = visit.release.replicability, visit.release.repository.brief(one.slug)
    subject = engine.subject(one.slug)
    asked = engine.asked(subject, istat) if subject else None
    checks = [check(asked, *it) for it in asked.subject.prerequisites] if asked else []
    reasons = _reasons(visit, checks)
    there = f"{visit.base}/pratiche/{one.slug}"
    return Row(
        title_of(visit, brief),
        brief.title is not None,
        brief.promoter,
        f"{there}?comune={istat}",
        f"{there}/confronto?comune={istat}",
        _counted(visit, one, len(checks)),
        one.comparable,
        len(COMPARED),
        own or any(istat in place.istats for place in (subject.adopters if subject else ())),
        reasons[:REASONS],
        len(reasons[REASONS:]),
    )


def _counted(visit: Visit, one: Listed, declared: int) -> str:
    """How the prerequisites of a practice stand here: «1 c’è, 2 da verificare»."""
    lacking = declared - one.blocks - one.met - one.unknown
    words = (
        (one.blocks, Text("blocca", "blocks"), Text("bloccano", "block")),
        (one.met, Text("c’è", "is there"), Text("ci sono", "are there")),
        (one.unknown, Text("da verificare", "to be checked"), None),
        (
            lacking,
            Text("manca, non detto vincolante", "is missing, not said to be binding"),
            Text("mancano, non detti vincolanti", "are missing, not said to be binding"),
        ),
    )
    return ", ".join(
        f"{count} {(several if several and count > 1 else single).to(visit.lang)}"
        for count, single, several in words
        if count
    )


def _reasons(visit: Visit, checks: Iterable[Check]) -> tuple[Reason, ...]:
    """The prerequisites to look at: those that block, the binding ones, then the others."""
    found = [
        Reason(
            one.it.title,
            one.blocks,
            one.it.binding is True,
            one.verdict == CRITICAL,
            one.reason.to(visit.lang) if one.verdict == CRITICAL else "",
        )
        for one in checks
        if one.verdict in (CRITICAL, MISSING)
    ]
    return tuple(sorted(found, key=lambda one: (not one.blocks, not one.binding, not one.denied)))
