"""All the practices of a catalogue for one Comune: what blocks each, in the order of the rules.

Requirements that many practices share are checked once, so that a list of ten thousand is quick.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Self

import numpy as np

from .. import namespaces as ns
from ..facts import optional
from ..places import Row
from .asked import CRITICAL, MET, MISSING
from .facts import Here
from .practices import Requirement
from .prerequisites import verdict
from .rules import Rules

__all__ = ["Listed", "Requirements", "listing"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A practice in the list of a Comune: prerequisites that block, that hold, not known."""

    slug: str
    blocks: int
    met: int
    unknown: int
    declared_met: int = 0
    comparable: int | None = None
    """Of how many criteria both sides are known; None in a catalogue too big to say at once."""


@dataclass
class _Draft:
    """A prerequisite while its rows are read."""

    practice: str
    binding: bool = False
    services: dict[str, None] = field(default_factory=dict)
    measure: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    form: str | None = None

    def requirement(self) -> Requirement:
        return Requirement(
            tuple(sorted(self.services)), self.measure, self.at_least, self.at_most, self.form
        )


@dataclass(frozen=True)
class Requirements:
    """The prerequisites of every practice, as columns: one row a prerequisite.

    `practice` and `kind` are indices into `slugs` and `kinds`; `binding` is boolean.
    """

    slugs: tuple[str, ...]
    kinds: tuple[Requirement, ...]
    practice: "np.ndarray[tuple[int], np.dtype[np.int32]]"
    kind: "np.ndarray[tuple[int], np.dtype[np.int32]]"
    binding: "np.ndarray[tuple[int], np.dtype[np.bool_]]"

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Self:
        """From the rows of `practice-requirements`, one or more a prerequisite."""
        drafts: dict[str, _Draft] = {}
        for row in rows:
            iri = row["prerequisite"].value
            draft = drafts.setdefault(iri, _Draft(ns.local(row["practice"].value)))
            draft.binding |= optional(row, "binding") == "true"
            if service := optional(row, "service"):
                draft.services[ns.local(service)] = None
            for name in ("measure", "form"):
                if value := optional(row, name):
                    setattr(draft, name, ns.local(value))
            for name, key in (("at_least", "atLeast"), ("at_most", "atMost")):
                if value := optional(row, key):
                    setattr(draft, name, Decimal(value))
        slugs = {
            slug: n for n, slug in enumerate(dict.fromkeys(d.practice for d in drafts.values()))
        }
        kinds: dict[Requirement, int] = {}
        kind = [kinds.setdefault(one.requirement(), len(kinds)) for one in drafts.values()]
        return cls(
            tuple(slugs),
            tuple(kinds),
            np.array([slugs[one.practice] for one in drafts.values()], np.int32),
            np.array(kind, np.int32),
            np.array([one.binding for one in drafts.values()], np.bool_),
        )

    @cached_property
    def row(self) -> Mapping[str, int]:
        """Slug -> its index."""
        return {slug: number for number, slug in enumerate(self.slugs)}

    def count(self, here: Here, rules: Rules) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
        """For each practice: blocks, prerequisites met, not known. Shape (practices, 3)."""
        code = [verdict(kind, here, rules)[0] for kind in self.kinds]
        shape = len(self.slugs)
        masks = [
            np.array([one == wanted for one in code], np.bool_)[self.kind]
            if code
            else np.zeros(0, np.bool_)
            for wanted in (CRITICAL, MET, MISSING)
        ]
        masks[0] = masks[0] & self.binding
        counted = [np.bincount(self.practice[mask], minlength=shape) for mask in masks]
        return np.stack(counted, axis=1)


def listing(
    requirements: Requirements, here: Here, rules: Rules, slugs: Sequence[str]
) -> list[Listed]:
    """The practices of `slugs` with what blocks each, in the order given."""
    table = requirements.count(here, rules).tolist()
    rows = requirements.row
    none = (0, 0, 0)
    return [Listed(slug, *(table[rows[slug]] if slug in rows else none)) for slug in slugs]
