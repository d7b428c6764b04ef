"""The lineage of a practice: where it came from, who took it up, and who took it up from them.

The rows of two named queries (`lineage`, `lineage-told`) become steps: one step is one passage of
a practice to somebody else, with its kind, who says so and what it changed. A fact told twice is
one step. Being in the same network is no taking up: such a step is shown and opens no further
ones, unless the record of what was born declares the link itself. Steps that go round in a circle
are each shown once, and a lineage of any size shows the nearest `MOST` and counts the rest.

`tree` orders the steps as they are drawn, by generation; nothing here knows of pages or languages.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from . import namespaces as ns
from .facts import optional
from .places import Row

MOST: Final = 200
"""Steps that are shown; the others are counted."""
INFERRED: Final = ns.concept("origine", "inferita")
SAME_NETWORK: Final = "stesso-programma"
ORDER: Final = (
    "replica",
    "adattamento",
    "ricostruiti",
    "seconda-sede",
    "ispirazione",
    "non-precisata",
    "legame",
    SAME_NETWORK,
)
"""Groups of steps as they are listed; see `group_of`."""


def group_of(kind: str | None, origin: str | None) -> str:
    """The group of a step: a link that we put together, and one that has no kind, have their own.

    `kind` and `origin` are the IRIs of concepts, or None where nobody gives one.
    """
    name = ns.local(kind) if kind else "legame"
    return "ricostruiti" if origin == INFERRED and name != SAME_NETWORK else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a step changed: the element, how, why; `basis` (an IRI) says who noticed.

    `title` and `basis` are None for the sentence by which a record sums a change up.
    """

    description: str
    title: str | None = None
    reason: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One passage: `practice` (a slug) taken up by `as_said`, in the words of the source.

    `iri` is that of the replication; where only the record of what was born declares the link,
    `as_said` and `kind` are None and `iri` is that practice. `yields` is the slug of what was
    born, `linked` whether its record declares the link. `tellings` are IRIs of other tellings of
    the same fact, `detailed_in` of records elsewhere that tell it at length. `generation` is that
    of the adopter: 1 took up the practice asked for, 0 is that practice itself. `kind`, `origin`,
    `status`, `adopted_by`, `adopted_in` and `country` are IRIs; None is not known.
    """

    iri: str
    practice: str
    as_said: str | None = None
    kind: str | None = None
    origin: str | None = None
    year: int | None = None
    status: str | None = None
    adopted_by: tuple[str, ...] = ()
    adopted_in: str | None = None
    place_as_said: str | None = None
    country: str | None = None
    yields: str | None = None
    linked: bool = False
    detailed_in: tuple[str, ...] = ()
    tellings: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    sources: tuple[str, ...] = ()
    generation: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What tells the step from all others."""
        return self.practice, self.iri

    @property
    def group(self) -> str:
        """One of `ORDER`."""
        return group_of(self.kind, self.origin)

    @property
    def taken_up(self) -> bool:
        """Whether anybody says that the practice was taken up: a network in common is not that."""
        return self.group != SAME_NETWORK

    @property
    def inferred(self) -> bool:
        """Whether no source declares the link: the editors put it together."""
        return self.origin == INFERRED

    @property
    def opens(self) -> bool:
        """Whether what was born of it belongs to the lineage, with what came of that in turn."""
        return self.yields is not None and (self.taken_up or self.linked)


@dataclass(frozen=True, slots=True)
class Lineage:
    """The steps around a practice: those by which it came, and those that took it up.

    Each sequence is in order of distance. `elsewhere` counts, for each practice that it came from,
    who else took that up; `left_out` the steps beyond `MOST`.
    """

    slug: str
    origins: tuple[Step, ...]
    replications: tuple[Step, ...]
    elsewhere: Mapping[str, int]
    left_out: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, origins first."""
        return (*self.origins, *self.replications)


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree of a lineage: a practice, who took it up, or both.

    `step` is None for the practice that a tree begins with; `practice` is the slug of what is
    there, None where it has no record. `generation` is 0 for the practice asked for. A node that
    is drawn in full elsewhere is there `again`, without children.
    """

    step: Step | None
    practice: str | None
    generation: int
    again: bool
    children: tuple["Node", ...]


Told = Callable[[Sequence[str]], Iterable[Row]]


def read_lineage(slug: str, rows: Iterable[Row], told: Told) -> Lineage:
    """The lineage of a practice from the rows of `lineage`.

    `told` gives the rows of `lineage-told` about IRIs; it is asked once, for what is shown.
    """
    every = _steps(rows)
    origins, after = _before(slug, every), _after(slug, every)
    drawn = {one.key for one in after}
    origins = [one for one in origins if one.key not in drawn]
    near = sorted([*origins, *after], key=_distance)
    shown = _with_changes(near[:MOST], told)
    kept = {one.key for one in shown}
    elsewhere = {
        practice: sum(
            one.taken_up and one.practice == practice and one.key not in kept for one in every
        )
        for practice in dict.fromkeys(one.practice for one in origins)
    }
    return Lineage(
        slug,
        tuple(one for one in shown if one.key not in drawn),
        tuple(one for one in shown if one.key in drawn),
        elsewhere,
        len(near) - len(shown),
    )


def tree(lineage: Lineage) -> tuple[Node, ...]:
    """The steps as trees, each from a practice that came from no other that is known.

    Every step stands in one of them once. What is reached a second time is there `again`.
    """
    near = list(dict.fromkeys(one.practice for one in lineage.origins))
    born = {one.yields for one in lineage.origins}
    grower = _Grower(lineage)
    # A circle of origins has no beginning: it is entered at the farthest of them.
    begin = [practice for practice in near if practice not in born] + near[::-1]
    grown = [grower.root(one) for one in (*begin, lineage.slug) if one not in grower.seen]
    return tuple(grown)


class _Grower:
    """Grows the trees of a lineage, from the practice of each to what came of it.

    A practice is drawn in full once, at its shortest distance from the one asked for.
    """

    def __init__(self, lineage: Lineage) -> None:
        self.seen: set[str] = set()
        self._following: dict[str, list[Step]] = {}
        self._place = {lineage.slug: 0}
        for one in lineage.steps:
            self._following.setdefault(one.practice, []).append(one)
        for one in lineage.origins:
            self._place.setdefault(one.practice, one.generation - 1)
        for one in lineage.replications:
            if one.opens and one.yields:
                self._place.setdefault(one.yields, one.generation)

    def root(self, practice: str) -> Node:
        place = self._place[practice]
        return Node(None, practice, place, again=False, children=self._children(practice, place))

    def _children(self, practice: str, place: int) -> tuple[Node, ...]:
        self.seen.add(practice)
        steps = sorted(self._following.get(practice, ()), key=_listed)
        return tuple(self._node(one, place + 1) for one in steps)

    def _node(self, step: Step, place: int) -> Node:
        practice = step.yields
        if practice is None or not step.opens:
            return Node(step, practice, place, again=False, children=())
        if practice in self.seen or self._place[practice] != place:
            return Node(step, practice, place, again=True, children=())
        return Node(step, practice, place, again=False, children=self._children(practice, place))


def _listed(one: Step) -> tuple[int, bool, int, str, str]:
    """Order of the steps from one practice: by group, then by year, then by name."""
    name = (one.as_said or one.yields or "").casefold()
    rank = ORDER.index(one.group) if one.group in ORDER else len(ORDER)
    return rank, one.year is None, one.year or 0, name, one.iri


def _distance(one: Step) -> int:
    """Passages from the practice asked for to the step."""
    return one.generation if one.generation > 0 else 1 - one.generation


def _after(slug: str, steps: Sequence[Step]) -> list[Step]:
    """The steps from a practice, then those from what was born of them, and so on."""
    following: dict[str, list[Step]] = {}
    for one in steps:
        following.setdefault(one.practice, []).append(one)
    found: list[Step] = []
    seen, queue = {slug}, deque([(slug, 1)])
    while queue:
        practice, generation = queue.popleft()
        for one in sorted(following.get(practice, ()), key=_listed):
            found.append(replace(one, generation=generation))
            if one.opens and one.yields and one.yields not in seen:
                seen.add(one.yields)
                queue.append((one.yields, generation + 1))
    return found


def _before(slug: str, steps: Sequence[Step]) -> list[Step]:
    """The steps by which a practice came, then those by which its origins came, and so on."""
    leading: dict[str, list[Step]] = {}
    for one in steps:
        if one.yields:
            leading.setdefault(one.yields, []).append(one)
    found: list[Step] = []
    seen, queue = {slug}, deque([(slug, 0)])
    while queue:
        practice, generation = queue.popleft()
        for one in sorted(leading.get(practice, ()), key=_listed):
            found.append(replace(one, generation=generation))
            if one.opens and one.practice not in seen:
                seen.add(one.practice)
                queue.append((one.practice, generation - 1))
    return found


def _steps(rows: Iterable[Row]) -> list[Step]:
    """One step a fact: tellings of it and links between the same two practices are folded in."""
    rows = list(rows)
    told = [row for row in rows if row.get("replication") is not None]
    groups = itertools.groupby(told, key=lambda row: row["replication"].value)
    found = {one.key: one for one in (_step(iri, list(group)) for iri, group in groups)}
    for one in list(found.values()):
        longer = [key for iri in one.detailed_in if (key := (one.practice, iri)) in found]
        for key in longer:
            found[key] = _joined(found[key], one)
        if longer:
            del found[one.key]
    for row in rows:
        if row.get("replication") is None:
            _add_link(found, row)
    return list(found.values())


def _step(iri: str, rows: Sequence[Row]) -> Step:
    first = rows[0]
    kind = first["kind"].value
    yields, year = optional(first, "yields"), optional(first, "year")
    return Step(
        iri=iri,
        practice=ns.local(first["practice"].value),
        as_said=first["name"].value,
        kind=kind,
        origin=optional(first, "origin"),
        year=int(year) if year else None,
        status=optional(first, "status"),
        adopted_by=_values(rows, "body"),
        adopted_in=optional(first, "place"),
        place_as_said=optional(first, "placeAsSaid"),
        country=optional(first, "country"),
        yields=ns.local(yields) if yields else None,
        detailed_in=_values(rows, "detailed"),
    )


def _values(rows: Iterable[Row], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for row in rows if (value := optional(row, key))))


def _joined(longer: Step, told: Step) -> Step:
    """A step with another telling of it, which gives the year and origin that it does not."""
    return replace(
        longer,
        year=longer.year if longer.year is not None else told.year,
        origin=longer.origin or told.origin,
        tellings=(*longer.tellings, told.iri),
    )


def _add_link(found: dict[tuple[str, str], Step], row: Row) -> None:
    """What the record of a practice declares: a mark on the step it names, or a step itself."""
    practice, born = ns.local(row["practice"].value), row["yields"].value
    link = Step(
        iri=born,
        practice=practice,
        origin=optional(row, "origin"),
        yields=ns.local(born),
        linked=True,
    )
    same = [one for one in found.values() if (one.practice, one.yields) == (practice, link.yields)]
    for one in same or (link,):
        found[one.key] = replace(one, linked=True)


def _with_changes(steps: Sequence[Step], told: Told) -> list[Step]:
    """The steps with what they changed and their sources, those of other tellings included."""
    asked = [iri for one in steps if one.kind for iri in (one.iri, *one.tellings)]
    changes: dict[str, list[Change]] = {}
    sources: dict[str, list[str]] = {}
    for row in told(asked) if asked else ():
        iri = row["replication"].value
        if source := optional(row, "source"):
            sources.setdefault(iri, []).append(source)
        else:
            changes.setdefault(iri, []).append(
                Change(
                    description=row["change"].value,
                    title=optional(row, "title"),
                    reason=optional(row, "reason"),
                    basis=optional(row, "basis"),
                )
            )
    return [
        replace(
            one,
            changes=tuple(c for iri in (one.iri, *one.tellings) for c in changes.get(iri, ())),
            sources=tuple(
                dict.fromkeys(s for iri in (one.iri, *one.tellings) for s in sources.get(iri, ()))
            ),
        )
        for one in steps
    ]
