"""Practices near a practice, near a concept, from Comuni like one: without a text to search by.

How alike two practices are is the mean of up to three cosines: of the concepts that they share,
rare ones counting more; of what their records say as a whole; of how they lie among concepts. Of
the last two the mean of all practices is taken away, since what all say tells none apart. Without
an engine the first is left. Where practices judged useful for the same needs are taken to be alike,
the three reach an nDCG of 0.69 at the fourth place, shared concepts alone 0.67.

A Comune is like another where it is in its class of residents or of inner areas. What is not known
of a Comune makes it like none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from .. import namespaces as ns
from .documents import Documents
from .facets import RESIDENTS, Value
from .hits import Hit, Reason
from .ranking import Ranker
from .rows import PART_FIELDS, Rows
from .space import Space
from .text import FIELDS
from .vectors import Floats

if TYPE_CHECKING:
    from ..places import Place
    from ..repository import Brief, Repository
    from .index import Answer, Query

ALIKE: Final = 0.25
"""The least likeness, from -1 to 1, of a practice that is shown as similar."""
NEAR: Final = 1.8
"""The least closeness to a concept, in standard deviations over all concepts, to be shown: of the
pairs beyond it nine in ten are of a practice tied to the concept."""
ECHO: Final = 0.4
"""The least cosine of two parts that are shown as close."""
SHARED: Final = 3
"""Concepts shown of those that two practices share."""
TELLS: Final = 0.25
"""The least that a shared concept counts, beside the first, to be shown."""
TELLING: Final = tuple(
    number
    for number, name in enumerate(PART_FIELDS)
    if name in ("need", "actions", "results", "obstacles", "components")
)
"""Fields whose parts are compared: the same fund or partners do not make two practices alike."""
SAMPLE: Final = 5_000
"""Vectors whose mean stands for that of all."""
LOOKED_AT: Final = 100
"""Practices of each class of Comuni that are looked at."""


class Neighbours:
    """The practices near a practice or a concept of a release. Threads may share one."""

    def __init__(
        self,
        rows: Rows,
        space: Space,
        ranker: Ranker,
        repository: "Repository",
        documents: Documents,
    ) -> None:
        self._rows = rows
        self._space = space
        self._ranker = ranker
        self._repository = repository
        self._documents = documents
        self._vectors = space.has_vectors and bool(rows.records.shape[1])

    @cached_property
    def _mean(self) -> Floats:
        return _mean(self._rows.records)

    @cached_property
    def _mean_near(self) -> Floats:
        return _mean(self._rows.near)

    @cached_property
    def _mean_part(self) -> Floats:
        return _mean(self._rows.parts)

    @cached_property
    def _number(self) -> Mapping[str, int]:
        return {iri: number for number, iri in enumerate(self._space.concepts)}

    # -- of a practice

    def of_practice(self, slug: str, limit: int) -> tuple[Hit, ...]:
        """The practices most like one, each with the concepts shared and the closest parts.

        Those that a source says are this one, repeated elsewhere or told in depth, are left out,
        and so are those too far to be called similar. None for a practice of which nothing is told.
        """
        row = self._rows.row.get(slug)
        if row is None:
            return ()
        tied, weights = self._ranker.ties.of_practice(row)
        shared = np.zeros(len(self._rows), dtype=np.float32)
        for concept, weight in zip(tied.tolist(), weights.tolist(), strict=True):
            where, even = self._ranker.ties.of_concept(concept)
            shared[where] += weight * even
        vector = self._rows.records[row].astype(np.float32) if self._vectors else None
        rows = self._ranker.around(shared, vector)
        likeness = shared[rows]
        if self._vectors:
            lying = _cosines(self._rows.near, self._mean_near, row, rows)
            said = _cosines(self._rows.records, self._mean, row, rows)
            likeness = (likeness + said + lying) / np.float32(3)
        same = {row, *(self._rows.row.get(kin, row) for kin in self._repository.kin(slug))}
        likeness[np.isin(rows, list(same))] = -1
        order = np.argsort(-likeness, kind="stable")[: max(0, limit)]
        best = rows[order[likeness[order] >= ALIKE]].tolist()
        ties = dict(zip(tied.tolist(), weights.tolist(), strict=True))
        return tuple(Hit(self._brief(other), self._both(row, ties, other)) for other in best)

    def _both(self, row: int, ties: Mapping[int, float], other: int) -> tuple[Reason, ...]:
        """What two practices share: the most telling concepts, and their closest parts."""
        theirs = dict(
            zip(*(each.tolist() for each in self._ranker.ties.of_practice(other)), strict=True)
        )
        common = {one: weight * theirs[one] for one, weight in ties.items() if one in theirs}
        iris = sorted(common, key=lambda concept: (-common[concept], concept))
        above = {a for one in iris for a in self._ancestors(self._space.concepts[one])}
        named = [
            iri
            for one in iris
            if (iri := self._space.concepts[one]) not in above
            and common[one] >= TELLS * common[iris[0]]
        ]
        reasons = [self._concept(iri) for iri in named[:SHARED]]
        return (*reasons, *self._echo(row, other))

    def _ancestors(self, iri: str) -> tuple[str, ...]:
        return self._repository.vocabulary.ancestors(iri)

    def _echo(self, row: int, other: int) -> list[Reason]:
        """The part of the other practice closest to one of this, where they are close."""
        mine, theirs = (self._telling(one) for one in (row, other))
        if not self._vectors or not len(mine) or not len(theirs):
            return []
        left, right = (_even(self._rows.parts[p] - self._mean_part) for p in (mine, theirs))
        close = left @ right.T
        here, there = np.unravel_index(int(close.argmax()), close.shape)
        if close[here, there] < ECHO:
            return []
        beside = self._text(row, int(mine[here]))
        found = self._text(other, int(theirs[there]))
        if beside is None or found is None:
            return []
        return [self._part(found, beside[1])]

    def _telling(self, row: int) -> NDArray[np.int64]:
        first, last = self._rows.parts_at[row : row + 2]
        places = np.arange(first, last)
        return places[np.isin(self._rows.fields[first:last], TELLING)]

    # -- of a concept

    def of_concept(self, iri: str, limit: int) -> tuple[Hit, ...]:
        """The practices of a concept, those of narrower ones included, the closest first.

        If they are fewer than `limit`, those closest by meaning come after, with the part that
        comes closest: they are not confident. A concept that is not known has none.
        """
        concept = self._number.get(iri)
        if concept is None or limit <= 0:
            return ()
        where, even = self._ranker.ties.of_concept(concept)
        order = np.argsort(-even, kind="stable")
        near = None
        if self._vectors:
            near = self._rows.near[:, concept].astype(np.float32)
            order = np.argsort(-near[where], kind="stable")
        hits = [self._of(row, iri) for row in where[order[:limit]].tolist()]
        if near is not None and len(hits) < limit:
            near[where] = -np.inf
            rows = np.argsort(-near, kind="stable")[: limit - len(hits)]
            hits += [self._close(row, concept) for row in rows[near[rows] >= NEAR].tolist()]
        return tuple(hits)

    def _of(self, row: int, iri: str) -> Hit:
        """A practice tied to a concept, by that one or by narrower ones."""
        named = [self._space.concepts[one] for one in self._rows.concepts_of(row).tolist()]
        ties = [one for one in named if one == iri or iri in self._ancestors(one)]
        return Hit(self._brief(row), tuple(self._concept(one) for one in ties[:SHARED]))

    def _close(self, row: int, concept: int) -> Hit:
        """A practice close to a concept by meaning only."""
        places = np.arange(*self._rows.parts_at[row : row + 2])
        reasons: tuple[Reason, ...] = ()
        if len(places):
            vectors = self._rows.parts[places].astype(np.float32)
            part = int(places[self._space.closest(vectors, self._mean, concept)])
            if (found := self._text(row, part)) is not None:
                reasons = (self._part(found),)
        return Hit(self._brief(row), reasons, confident=False)

    # -- parts and concepts as reasons

    def _brief(self, row: int) -> "Brief":
        return self._repository.brief(self._rows.slugs[row])

    def _concept(self, iri: str) -> Reason:
        label = self._repository.label(iri)
        return Reason("concepts", *FIELDS["concepts"][:2], ((label, False),), iri)

    def _part(self, found: tuple[str, str], beside: str | None = None) -> Reason:
        name, text = found
        return Reason(name, *FIELDS[name][:2], ((text, False),), beside=beside)

    def _text(self, row: int, part: int) -> tuple[str, str] | None:
        """The field of a part and how its text begins."""
        name, number = self._rows.part_of(row, part)
        text = self._documents.of(row).beginning(name, number)
        return None if text is None else (name, text)


def _mean(vectors: NDArray[np.float16]) -> Floats:
    """The mean of some vectors; of many, of a sample, so that not all are read from the disk."""
    mean: Floats = vectors[:: max(1, len(vectors) // SAMPLE)].mean(0, dtype=np.float32)
    return mean


def _even(vectors: Floats) -> Floats:
    """Vectors of length one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    even: Floats = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return even


def _cosines(
    vectors: NDArray[np.float16], mean: Floats, row: int, rows: NDArray[np.int64]
) -> Floats:
    """The cosine of one row to some others, all taken from their mean."""
    cosines: Floats = _even(vectors[rows] - mean) @ _even(vectors[row] - mean)
    return cosines


# --- Comuni like one ---


@dataclass(frozen=True, slots=True)
class Shared:
    """A class that two Comuni share. `facet` is `popolazione` or `aree-interne`.

    `here` and `there` are their residents, and None for a class that is all that is known.
    """

    facet: str
    value: Value
    here: int | None = None
    there: int | None = None


@dataclass(frozen=True, slots=True)
class FromComune:
    """A practice, the Comune like the one asked about from which it comes, and how it is like."""

    brief: "Brief"
    comune: "Place"
    shared: tuple[Shared, ...]
    confident: bool


@dataclass(frozen=True, slots=True)
class ComuniLike:
    """Practices of Comuni like `comune`; `classes` are its own, `unknown` the facets without."""

    comune: "Place"
    classes: Mapping[str, Value]
    unknown: tuple[str, ...]
    practices: tuple[FromComune, ...]


LIKE: Final = ("popolazione", "aree-interne")
"""The facets by which Comuni are like one another, the most telling first."""


def from_comuni_like(
    search: Callable[["Query"], "Answer"],
    repository: "Repository",
    istat: str,
    text: str,
    limit: int,
) -> ComuniLike | None:
    """The practices of Comuni like one, in the order of the search of `text`; None for no Comune.

    First those of a Comune that shares both classes, then residents, then inner areas. Practices
    that concern the Comune itself are left out. Raises what `SearchIndex.search` does.
    """
    from .index import Query

    place = repository.place(ns.resource("luogo", istat))
    if place is None or place.kind != "City":
        return None
    classes_of = cache(partial(_classes, repository))
    classes = classes_of(place)
    names = [name for name in LIKE if name in classes]
    steps = [names, *([name] for name in names)] if len(names) > 1 else [[name] for name in names]
    own = {brief.slug for brief in repository.practices_of_comune(istat)}

    def looked_at(filters: Mapping[str, tuple[str, ...]]) -> Iterable[Hit]:
        if text:
            return search(Query(text, filters, LOOKED_AT)).hits
        columns = repository.columns()  # without words all pass, in the order of the list
        rows = np.flatnonzero(columns.mask(filters))[:LOOKED_AT].tolist()
        return (Hit(repository.brief(columns.slugs[row]), ()) for row in rows)

    found: dict[str, FromComune] = {}
    for step in steps:
        filters: dict[str, tuple[str, ...]] = {name: (classes[name].value,) for name in step}
        for hit in looked_at(filters) if len(found) < limit else ():
            slug = hit.brief.slug
            if slug not in own and slug not in found:
                comuni = repository.comuni_of_practice(slug)
                likest = max(comuni, key=lambda one: _likeness(classes_of, place, one))
                shared = _shared(classes_of, place, likest)
                if {one.facet for one in shared} >= set(step):
                    found[slug] = FromComune(hit.brief, likest, shared, hit.confident)
    unknown = tuple(name for name in LIKE if name not in classes)
    return ComuniLike(place, classes, unknown, tuple(found.values())[: max(0, limit)])


def _classes(repository: "Repository", place: "Place") -> dict[str, Value]:
    """The classes of a Comune, where what they rest on is known."""
    found = {}
    if place.population is not None:
        found["popolazione"] = RESIDENTS.of(place.population)
    if place.inner_area is not None:
        found["aree-interne"] = ns.local(place.inner_area)
    columns = repository.columns()
    return {
        name: one
        for name, wanted in found.items()
        for one in columns.known(name)
        if one.value == wanted
    }


_ClassesOf = Callable[["Place"], Mapping[str, Value]]


def _shared(classes_of: _ClassesOf, place: "Place", other: "Place") -> tuple[Shared, ...]:
    """The classes that two Comuni share, with their residents."""
    mine, theirs = classes_of(place), classes_of(other)
    residents = {"popolazione": (place.population, other.population)}
    return tuple(
        Shared(name, value, *residents.get(name, (None, None)))
        for name, value in mine.items()
        if theirs.get(name) == value
    )


def _likeness(classes_of: _ClassesOf, place: "Place", other: "Place") -> tuple[int, int, str]:
    """How many classes are shared, how near the residents are, and a name to settle the rest."""
    gap = abs((other.population or 0) - (place.population or 0))
    return len(_shared(classes_of, place, other)), -gap, other.iri
