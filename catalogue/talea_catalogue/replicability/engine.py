"""The comparison for one release: reads the facts once, answers for any practice and Comune."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from .. import mapping
from .. import namespaces as ns
from ..model import Replication
from .asked import MET, Asked, Other
from .coverage import Known, Profile, profile_of
from .facts import Here, Territory
from .fit import Closest, Fit, declared_met, fit_of
from .listing import Listed, Requirements, listing
from .nearness import Alike, Factors, Near, Scale, distance
from .practices import Adopter, Subject, subject_of
from .rules import Rules, shipped
from .said import Said, name_of

if TYPE_CHECKING:
    from ..repository import Repository

__all__ = ["Repeated", "Replicability"]

MOST: Final = 2_000
"""Practices up to which a list tells how many criteria can be compared."""
_KEPT: Final = 2_000
"""Practices whose facts are kept."""
_FACTOR_KEYS: Final = {
    "C1": ("population",),
    "C4": ("degurba", "innerAreaClass"),
}
"""Criterion -> series by which an adopter is near, for the factors that a sheet declares."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A practice taken up in a place, and how near that place is to the Comune that asks."""

    near: Near
    subject: Subject
    adopter: Adopter

    @property
    def replication(self) -> Replication:
        """What the record says of it."""
        return dict(self.subject.replications)[self.adopter.replication or ""]


class Replicability:
    """What can be said of every practice for every Comune. Threads may share one."""

    def __init__(self, repository: "Repository", rules: Rules | None = None) -> None:
        self._repository = repository
        self.rules = rules or shipped()
        self._subject = lru_cache(_KEPT)(self._read)
        self._names = lru_cache(50_000)(self._name)

    @cached_property
    def territory(self) -> Territory:
        """The facts of the places, read at the first question."""
        return self._repository.territory

    @cached_property
    def requirements(self) -> Requirements:
        """What every practice requires, read at the first list."""
        return Requirements.of(self._repository.requirements())

    @cached_property
    def _alike(self) -> Alike:
        return Alike(self.territory, Factors.of(self.rules.data["alike"]))

    @cached_property
    def _nearness(self) -> Factors:
        return Factors.of(self.rules.data["nearness"])

    @cached_property
    def _ranges(self) -> dict[str, float]:
        return self._nearness.ranges(self.territory)

    def warm_up(self) -> None:
        """Read what the first comparison would."""
        first = next(iter(self.territory.puglia), None)
        if first is not None:
            self.practices(first)
            self.similar(first)

    def subject(self, slug: str) -> Subject | None:
        """The practice as the comparison sees it, or None."""
        return self._subject(slug)

    def fit(self, slug: str, istat: str) -> Fit | None:
        """The answer for a practice and a Comune; None where the release knows one of them not."""
        subject = self._subject(slug)
        if subject is None or istat not in self.territory.names:
            return None
        asked = self.asked(subject, istat)
        return fit_of(asked, self._closest(subject, istat))

    def asked(self, subject: Subject, istat: str) -> Asked:
        """All that the criteria look at."""
        return Asked(
            subject,
            Here(istat, self.territory),
            self.rules,
            self._names,
            self._kind,
            self._need_and_broader,
            tuple(self._others(subject, istat)),
        )

    def query(self, code: str, slug: str, istat: str) -> str:
        """The SPARQL that finds the facts of a criterion (`C1`), or of the `prerequisites`."""
        practice, comune = mapping.practice_iri(slug), ns.resource("luogo", istat)
        return self._repository.query_text(f"fit-{code.lower()}", practice=practice, comune=comune)

    def similar(self, istat: str, limit: int = 10) -> tuple[Near, ...]:
        """The Comuni of Puglia most like one, the nearest first, each with its terms."""
        return self._alike.to(istat, limit)

    def repeated(self, istat: str, limit: int) -> tuple[Repeated, ...]:
        """Who took up a practice elsewhere, the places most like a Comune first, itself left out.

        Each place and practice once; by the factors that are known of every Comune of Italy.
        """
        found = (self._at(istat, *taker) for taker in self._by_nearness(istat))
        return tuple(islice(found, limit))

    def repeated_by_size(
        self, istat: str, limit: int
    ) -> tuple[tuple[Repeated, ...], tuple[Repeated, ...]]:
        """The same in two: the places that C1 calls similar in residents, then the others.

        At most `limit` in all; those that are similar have the first places.
        """
        alike: list[Repeated] = []
        others: list[Repeated] = []
        for subject, adopter, there in self._by_nearness(istat):
            group = alike if self._similar_in_size(istat, there) else others
            if len(group) < limit:
                group.append(self._at(istat, subject, adopter, there))
            if len(alike) == limit:
                break
        return tuple(alike), tuple(others[: limit - len(alike)])

    def _by_nearness(self, istat: str) -> Iterator[tuple[Subject, Adopter, str]]:
        """Who took up which practice and in which Comune, the nearest first, each once."""
        takers, places = self._takers
        done: set[tuple[str, str]] = set()
        for number in places.order(istat):
            subject, adopter, there = takers[number]
            if (subject.iri, adopter.iri) not in done and istat not in adopter.istats:
                done.add((subject.iri, adopter.iri))
                yield subject, adopter, there

    def _at(self, istat: str, subject: Subject, adopter: Adopter, there: str) -> Repeated:
        near = distance(self.territory, self._nearness, self._ranges, istat, there)
        assert near is not None, "an order has only places that share a datum"
        return Repeated(near, subject, adopter)

    def _similar_in_size(self, istat: str, there: str) -> bool:
        """Whether two Comuni have as many residents by the rule C1; not so where one is unknown."""
        data = (self.territory.get("population", one) for one in (istat, there))
        counts = [datum.number for datum in data if datum and datum.number]
        return (
            len(counts) == 2 and self.rules.criteria["C1"].graded(max(counts) / min(counts)) == MET
        )

    @cached_property
    def _takers(self) -> tuple[list[tuple[Subject, Adopter, str]], Scale]:
        """Who took up which practice, in which Comune, and where those Comuni stand."""
        subjects = (self._subject(slug) for slug in self._repository.replicated())
        takers = [
            (subject, adopter, istat)
            for subject in subjects
            if subject is not None
            for adopter in subject.adopters
            if not adopter.is_origin
            for istat in adopter.istats
        ]
        places = [istat for _, _, istat in takers]
        return takers, Scale(self.territory, self._nearness, self._ranges, places)

    def _nearest(
        self, istat: str, others: Iterable[str], ranges: Mapping[str, float]
    ) -> Near | None:
        """The nearest of some Comuni."""
        near = (
            distance(self.territory, self._nearness, ranges, istat, there)
            for there in others
            if there != istat
        )
        return min(
            (one for one in near if one), key=lambda one: (one.distance, one.istat), default=None
        )

    def practices(self, istat: str) -> list[Listed] | None:
        """Every practice that is told of, in the order of the rules; None for no Comune.

        Those that concern the Comune itself are there too. In a catalogue of more than `MOST`
        practices the order does not look at coverage, and `comparable` is None.
        """
        if istat not in self.territory.names:
            return None
        here = Here(istat, self.territory)
        slugs = self._repository.listed()
        found = listing(self.requirements, here, self.rules, slugs)
        if len(slugs) <= MOST:
            known, profiles = Known(here, self.rules), self._profiles
            found = [
                Listed(
                    one.slug,
                    one.blocks,
                    one.met,
                    one.unknown,
                    self._declared_met(one.slug, istat),
                    known.comparable(profiles[one.slug]),
                )
                for one in found
            ]
        evidence = self._evidence
        found.sort(
            key=lambda one: (
                one.blocks,
                -one.declared_met,
                -(one.comparable or 0),
                -evidence[one.slug],
            )
        )
        return found

    @cached_property
    def _evidence(self) -> dict[str, int]:
        return {slug: self._repository.evidence_of(slug) for slug in self._repository.listed()}

    @cached_property
    def _profiles(self) -> dict[str, Profile]:
        """Slug -> what a practice offers to compare, with a Comune that does not matter."""
        nowhere = next(iter(self.territory.names), "")
        subjects = ((slug, self._subject(slug)) for slug in self._repository.listed())
        return {
            slug: profile_of(self.asked(subject, nowhere))
            for slug, subject in subjects
            if subject is not None
        }

    def _declared_met(self, slug: str, istat: str) -> int:
        subject = self._subject(slug)
        if subject is None or not subject.declared:
            return 0
        fit = self.fit(slug, istat)
        return declared_met(fit) if fit else 0

    # -- names and facts of the graph

    def _name(self, iri: str) -> Said:
        return name_of(self._repository.label, iri)

    def _kind(self, body: str) -> str | None:
        return self._repository.class_of(body)

    def _need_and_broader(self, notation: str) -> tuple[str, ...]:
        iri = ns.concept("bisogno", notation)
        return (notation, *map(ns.local, self._repository.vocabulary.ancestors(iri)))

    def _read(self, slug: str) -> Subject | None:
        practice = self._repository.practice(slug)
        if practice is None:
            return None
        transfers = self._repository.replications_of(slug)
        return subject_of(practice, transfers, self.territory, self._repository.label)

    def _others(self, subject: Subject, istat: str) -> Iterable[Other]:
        """Practices that concern the Comune for the same need and the same people."""
        needs, targets = set(subject.needs), set(subject.targets)
        for brief in self._repository.practices_of_comune(istat):
            if brief.slug == subject.it.slug:
                continue
            shared = needs & self._repository.values_of(brief.slug, "bisogno")
            if shared and targets & self._repository.values_of(brief.slug, "target"):
                need = ns.concept("bisogno", min(shared))
                yield Other(brief.iri, brief.title or brief.promoter, need)

    # -- the closest adopter

    def _closest(self, subject: Subject, istat: str) -> Closest | None:
        keys = [key for code in subject.declared for key in _FACTOR_KEYS.get(code, ())]
        ranges = {key: width for key, width in self._ranges.items() if not keys or key in keys}
        pairs = ((self._nearest(istat, one.istats, ranges), one) for one in subject.adopters)
        found = [(near, adopter) for near, adopter in pairs if near is not None]
        if not found:
            return None
        near, adopter = min(found, key=lambda pair: (pair[0].distance, pair[0].istat))
        return Closest(adopter, near, bool(keys))
