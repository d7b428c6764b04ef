"""Why a practice was found: words first, then the concept that ties it, then its closest part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import analysis
from .constraints import Said
from .documents import Document, Documents
from .hits import Reason
from .ranking import Ranked, Ranker
from .rows import Rows
from .space import Links, Space
from .text import FIELDS

if TYPE_CHECKING:
    from ..repository import Repository

MAX_REASONS = 3
SLIGHT = 0.01
"""How much a concept must tie a practice to a text to be a reason."""
_SAID = ("said", "quel che hai chiesto", "what you asked for")
"""Field and labels of a reason that is a constraint."""


class Reasons:
    """Gives the reasons for which practices of a release were found. Threads may share one."""

    def __init__(
        self,
        documents: Documents,
        repository: "Repository",
        rows: Rows,
        space: Space,
        ranker: Ranker,
    ) -> None:
        self._documents = documents
        self._repository = repository
        self._rows = rows
        self._space = space
        self._ranker = ranker

    def of_what_was_said(self, said: Sequence[Said]) -> tuple[Reason, ...]:
        """The constraints that a practice meets, where there is nothing else to look for."""
        return tuple(Reason(*_SAID, ((one.label_it, True),)) for one in said[:MAX_REASONS])

    def of(
        self, slug: str, ranked: Ranked, terms: frozenset[str], *, titled: bool
    ) -> tuple[Reason, ...]:
        """Why a practice answers a text: at most `MAX_REASONS`, at least one.

        `titled` says that the text is its title.
        """
        row = self._rows.row[slug]
        document = self._documents.of(row)
        title = self._repository.brief(slug).title or ""
        whole = [Reason("title", *FIELDS["title"][:2], ((title, True),))]
        reasons = [
            *(self._matched(document, self._rows.some_of(row, terms)) or (whole if titled else ())),
            *self._tied(row, ranked.links),
        ]
        if len(reasons) < MAX_REASONS:
            said = {"".join(text for text, _ in reason.fragments) for reason in reasons}
            reasons += [
                reason
                for reason in self._closest(row, document, ranked)
                if reason.fragments[0][0] not in said
            ]
        return tuple(reasons or whole)

    def _matched(self, document: Document, wanted: frozenset[str]) -> list[Reason]:
        candidates = []
        for number, places in sorted(document.having(wanted).items()):
            name, text = document.texts[number]
            fragments = analysis.mark(text, places)
            words = frozenset(analysis.term(piece) for piece, match in fragments if match)
            if words:
                candidates.append((name, fragments, words))
        reasons: list[Reason] = []
        covered: frozenset[str | None] = frozenset()
        while candidates and len(reasons) < MAX_REASONS - 1:
            name, fragments, words = max(candidates, key=lambda one: len(one[2] - covered))
            if words <= covered:
                break
            reasons.append(Reason(name, *FIELDS[name][:2], fragments))
            covered |= words
        return reasons

    def _tied(self, row: int, links: Links) -> list[Reason]:
        """The concept that ties a practice to a text most, and how people say it."""
        best, weight = self._ranker.tie_of(links, row)
        if weight <= SLIGHT:
            return []
        concept = self._repository.vocabulary.concepts[self._space.concepts[best]]
        said_it, said_en = (
            None if said in (concept.label_it, concept.label_en) else said
            for said in (self._space.said(links, best, language) for language in ("it", "en"))
        )
        fragments = ((concept.label_it, False),)
        labels = FIELDS["concepts"][:2]
        return [Reason("concepts", *labels, fragments, concept.iri, said_it, said_en)]

    def _closest(self, row: int, document: Document, ranked: Ranked) -> list[Reason]:
        """The part of a practice closest to a text by meaning."""
        place = np.flatnonzero(ranked.rows == row)
        if not len(place) or (part := int(ranked.part[place[0]])) < 0:
            return []
        name, number = self._rows.part_of(row, part)
        if (text := document.beginning(name, number)) is None:
            return []
        return [Reason(name, *FIELDS[name][:2], ((text, False),))]
