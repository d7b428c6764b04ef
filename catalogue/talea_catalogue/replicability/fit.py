"""The answer for one practice and one Comune: prerequisites, criteria, coverage, who is near."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .asked import COMPARED, MET, MISSING, Asked, Criterion, Missing
from .criteria import COMPARING
from .informing import INFORMING, completeness
from .nearness import Near
from .practices import Adopter, Subject
from .prerequisites import Check, check

__all__ = ["Closest", "Fit", "declared_met", "fit_of"]


@dataclass(frozen=True, slots=True)
class Closest:
    """The adopter nearest to the Comune, and by which of its Comuni.

    `declared` is whether the factors are those that the sheet declares, or those of the rules.
    """

    adopter: Adopter
    near: Near
    declared: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """What can be said of a practice in a Comune. There is no number that sums it up."""

    subject: Subject
    istat: str
    rules: str
    checks: tuple[Check, ...]
    criteria: tuple[Criterion, ...]
    closest: Closest | None

    @property
    def blocks(self) -> tuple[Check, ...]:
        """The prerequisites that stop it: binding, and denied by a known fact."""
        return tuple(one for one in self.checks if one.blocks)

    @property
    def comparable(self) -> int:
        """Of how many criteria both sides are known."""
        return sum(one.id in COMPARED and one.verdict != MISSING for one in self.criteria)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is not known, each thing once."""
        parts: Iterable[Check | Criterion] = (*self.checks, *self.criteria)
        return tuple(dict.fromkeys(lack for one in parts for lack in one.missing))

    def criterion(self, code: str) -> Criterion:
        """One criterion by its code. Raises KeyError."""
        return {one.id: one for one in self.criteria}[code]


def fit_of(asked: Asked, closest: Closest | None) -> Fit:
    """Check every prerequisite and every criterion."""
    rules = {**COMPARING, **INFORMING}
    found: Sequence[Criterion] = [rules[code](asked) for code in sorted(rules, key=_number)]
    return Fit(
        subject=asked.subject,
        istat=asked.here.istat,
        rules=asked.rules.version,
        checks=tuple(check(asked, *one) for one in asked.subject.prerequisites),
        criteria=(*found, completeness(asked, found)),
        closest=closest,
    )


def declared_met(fit: Fit) -> int:
    """How many of the criteria declared critical are met."""
    return sum(one.judged and one.verdict == MET for one in fit.criteria)


def _number(code: str) -> int:
    return int(code[1:])
