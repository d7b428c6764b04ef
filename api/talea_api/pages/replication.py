"""Who took a practice up: by kind on its sheet, and `/risorse/replica/{id}` for each one told.

A replication may be told twice: in the record of the practice, and in a record of its own. It is
shown and counted once, with both tellings. Being in the same network is not taking up: it is kept
apart, and last.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.lineage import SAME_NETWORK, group_of
from talea_catalogue.model import Replication, Transfer
from talea_catalogue.repository import Adopted

from ..language import Text
from ..render import Page
from ..views import Visit
from .common import Link, alternates, card, formats, href, known, link, linker, missing, page

SHOWN: Final = 10
"""Items of a group that are open; the others fold."""


@dataclass(frozen=True, slots=True)
class Told:
    """One replication. `anchor` is its place on the page; `own` the address of its own page.

    `named` are the tellings of the same fact in the record of the practice, with their numbers;
    `details` where a telling of that record is told at length; `unsaid` what nobody says of it.
    """

    anchor: str
    it: Replication
    own: str | None
    named: tuple[tuple[int, Replication], ...]
    details: tuple[Link, ...]
    unsaid: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The replications of one kind, and what the kind means; the long tail is `folded`.

    `count` leaves out what is told again elsewhere on the page. `taken_up` is false for who only
    shares a network.
    """

    anchor: str
    taken_up: bool
    title: str
    meaning: str
    count: int
    shown: tuple[Told, ...]
    folded: tuple[Told, ...]


GROUPS: Final[tuple[tuple[str, Text, Text], ...]] = (
    (
        "replica",
        Text("Repliche", "Replicas"),
        Text("Un altro ente ha ripetuto la pratica.", "Another body repeated the practice."),
    ),
    (
        "adattamento",
        Text("Adattamenti dichiarati", "Declared adaptations"),
        Text(
            "Una fonte dice che un altro ente l’ha ripresa cambiandone parti.",
            "A source says that another body took it up and changed parts of it.",
        ),
    ),
    (
        "ricostruiti",
        Text("Legami ricostruiti da noi", "Links put together by us"),
        Text(
            "Nessuna delle fonti che abbiamo letto dice che queste esperienze vengano dalla "
            "pratica: il legame lo ha ricavato la redazione.",
            "None of the sources that we read says that these come from the practice: the editors "
            "put the link together.",
        ),
    ),
    (
        "seconda-sede",
        Text("Altre sedi", "Further sites"),
        Text(
            "Lo stesso promotore l’ha aperta altrove.",
            "The same promoter opened it somewhere else.",
        ),
    ),
    (
        "ispirazione",
        Text("Ispirazioni", "Inspirations"),
        Text(
            "Chi l’ha fatta dice di essersi ispirato a questa.",
            "Those who made it say that they were inspired by this one.",
        ),
    ),
    (
        "non-precisata",
        Text("Riprese di cui non si sa il genere", "Taken up, it is not said how"),
        Text(
            "La fonte nomina un luogo o un ente, senza dire come la pratica vi sia stata ripresa.",
            "The source names a place or a body, without saying how the practice was taken up.",
        ),
    ),
    (
        SAME_NETWORK,
        Text("Stessa rete o stesso programma", "Same network or same programme"),
        Text(
            "Fanno parte della stessa rete o dello stesso programma: non è detto che l’abbiano "
            "ripetuta.",
            "They are part of the same network or programme: nobody says that they repeated it.",
        ),
    ),
)
"""Kinds of replication in the order of the sheet, with what each means."""

_ASKED: Final[tuple[tuple[Text, Callable[[Replication], object]], ...]] = (
    (Text("l’anno", "the year"), lambda r: r.start_year),
    (Text("a che punto è", "how far it has come"), lambda r: r.status),
    (Text("che cosa mantiene", "what it keeps"), lambda r: r.keeps),
    (Text("che cosa cambia", "what it changes"), lambda r: r.change_as_said or r.adaptations),
    (Text("com’è andata", "how it went"), lambda r: r.outcome_as_said),
)
"""What a reader wants to know of each."""


def groups(visit: Visit, inner: Sequence[Replication], own: Sequence[Transfer]) -> list[Group]:
    """The replications of a practice by kind: those in its record, and those with their own."""
    here = {ns.resource("replica", one.slug) for one in own}
    # A telling of exactly one of those below is shown within it.
    within: dict[str, list[tuple[int, Replication]]] = {}
    apart: list[tuple[int, Replication]] = []
    for number, one in enumerate(inner, 1):
        if len(one.detailed_in) == 1 and one.detailed_in[0] in here:
            within.setdefault(one.detailed_in[0], []).append((number, one))
        else:
            apart.append((number, one))
    told = [
        *(_transfer(visit, one, within.get(ns.resource("replica", one.slug), [])) for one in own),
        *(_part(visit, number, one, here) for number, one in apart),
    ]
    found = []
    for key, title, meaning in GROUPS:
        these = tuple(one for one in told if group_of(one.it.kind, one.it.origin) == key)
        if these:
            again = sum(1 for one in these if here.intersection(one.it.detailed_in))
            found.append(
                Group(
                    f"riprese-{key}",
                    key != SAME_NETWORK,
                    title.to(visit.lang),
                    meaning.to(visit.lang),
                    len(these) - again,
                    these[:SHOWN],
                    these[SHOWN:],
                )
            )
    return found


def _transfer(visit: Visit, one: Transfer, named: Sequence[tuple[int, Replication]]) -> Told:
    said = (one, *(again for _, again in named))
    own = href(visit, ns.resource("replica", one.slug))
    return Told(f"ripresa-{one.slug}", one, own, tuple(named), (), _unsaid(visit, said))


def _part(visit: Visit, number: int, one: Replication, here: Iterable[str]) -> Told:
    details = tuple(_detail(visit, iri, here) for iri in one.detailed_in)
    unsaid = () if details else _unsaid(visit, (one,))
    return Told(f"replica-{number}", one, None, (), details, unsaid)


def _detail(visit: Visit, iri: str, here: Iterable[str]) -> Link:
    label = visit.release.repository.label(iri, visit.lang)
    return Link(label, f"#ripresa-{ns.local(iri)}" if iri in here else href(visit, iri))


def _unsaid(visit: Visit, said: Iterable[Replication]) -> tuple[str, ...]:
    said = tuple(said)
    return tuple(
        name.to(visit.lang) for name, value in _ASKED if not any(value(one) for one in said)
    )


@dataclass(frozen=True, slots=True)
class Here:
    """Something taken up in a place, as a line: `told` leads to what is known of it."""

    told: Link
    practice: Link
    kind: str
    year: str | None
    status: str | None


def taken_up_here(visit: Visit, where: Iterable[str]) -> list[tuple[str, str, list[Here]]]:
    """What was taken up in places or by bodies: title of the kind, its meaning, the lines."""
    found = visit.release.repository.replications_in(*where)
    rows = []
    for key, title, meaning in GROUPS:
        these = [_here(visit, one) for one in found if group_of(one.kind, one.origin) == key]
        if these:
            rows.append((title.to(visit.lang), meaning.to(visit.lang), these))
    return rows


def _here(visit: Visit, one: Adopted) -> Here:
    label = visit.release.repository.label
    practice = ns.resource("pratica", one.practice)
    return Here(
        told=Link(one.as_said, href(visit, one.iri)),
        practice=link(visit, practice),
        kind=label(one.kind, visit.lang),
        year=one.year,
        status=label(one.status, visit.lang) if one.status else None,
    )


def replication(visit: Visit) -> Page:
    """A replication with a record of its own."""
    repository = visit.release.repository
    slug = visit.names["id"]
    iri = known(visit, ns.resource("replica", slug))
    it = repository.replication(slug)
    if it is None:
        raise missing()
    original = repository.practice(ns.local(it.replicates))
    named = [
        (number, one)
        for number, one in enumerate(original.replications if original else (), 1)
        if iri in one.detailed_in
    ]
    found = repository.briefs([ns.local(it.replicates), *map(ns.local, filter(None, [it.yields]))])
    name = " · ".join([it.as_said, *(b.title or b.promoter for b in found[:1])])
    return page(
        visit,
        name,
        steps=[(visit.text("Pratiche", "Practices"), "/pratiche")]
        + [(b.title or b.promoter, f"/pratiche/{b.slug}") for b in found[:1]],
        alternates=alternates(visit),
        data={
            "iri": iri,
            "told": _transfer(visit, it, named),
            "group": next(row for row in groups(visit, (), (it,))),
            "original": card(visit, found[0]) if found else None,
            "yielded": card(visit, found[1]) if len(found) > 1 else None,
            "ref": linker(visit),
            "note_of": lambda sources: notes(it.sources, sources),
            "formats": formats(visit),
        },
    )


def notes(listed: Sequence[str], sources: Iterable[str]) -> list[tuple[int | None, str]]:
    """The sources of a part as numbers of the list on the page; None for one that is not there."""
    numbers = {url: number for number, url in enumerate(listed, 1)}
    found = ((numbers.get(url), url) for url in sources)
    return sorted(found, key=lambda row: (row[0] is None, row[0] or 0, row[1]))
