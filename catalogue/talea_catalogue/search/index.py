"""Search a release: the words, the filters, the order, and why each practice was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import tantivy

from . import analysis
from .facets import Columns, Facet
from .spelling import Speller
from .suggest import Suggester, read_entries
from .text import FIELDS, SLUG, open_index

if TYPE_CHECKING:
    from ..repository import Brief, Repository

MAX_REASONS = 3
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `filters` maps a name of `facets.FILTERS` to the chosen values."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """A field that matched, and its text in pieces: True where a word of the query was found."""

    field: str
    label_it: str
    label_en: str
    fragments: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A practice found and why. Without words in the query there is no reason to give."""

    brief: "Brief"
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `partial` says that no practice has all the words: these have some."""

    total: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the document of a practice is, and how well it matches."""

    address: tantivy.DocAddress | None
    score: float


_UNFOUND = _Found(None, 0.0)


class SearchIndex:
    """The index of one release. Safe to use from several threads."""

    def __init__(self, index: tantivy.Index, repository: "Repository", speller: Speller) -> None:
        self._index = index
        self.speller = speller
        self._searcher = index.searcher()
        self._schema = index.schema
        self._repository = repository

    # Read at the first search, so that a big release opens at once.

    @property
    def _columns(self) -> Columns:
        return self._repository.columns()

    @cached_property
    def suggester(self) -> Suggester:
        """What completes the words of a search box."""
        return Suggester(read_entries(self._repository))

    @cached_property
    def _listed(self) -> list[str]:
        return self._repository.listed()

    @cached_property
    def _by_title(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for slug in self._listed:
            if key := analysis.letters(self._repository.brief(slug).title or ""):
                found.setdefault(key, []).append(slug)
        return found

    @classmethod
    def open(cls, folder: Path, repository: "Repository") -> "SearchIndex":
        """Open the index in `folder`, with the facets of the repository's practices."""
        return cls(open_index(folder), repository, Speller.open(folder))

    def search(self, query: Query) -> Answer:
        """The practices that match, best first.

        With words: those that have all of them, or, when none has, those that have some; one whose
        title is the text comes first. Without: all, the most complete first. Limit and offset are
        cut to what is sensible.
        """
        wanted = analysis.terms(query.text)
        if query.text.strip():
            ranked, partial = self._ranking(query.text, wanted)
        else:
            ranked, partial = dict.fromkeys(self._listed, _UNFOUND), False
        columns = self._columns
        found = columns.found(ranked)
        passing = columns.mask(query.filters)
        order = [slug for slug in ranked if passing[columns.row[slug]]]
        limit = max(0, min(query.limit, MAX_LIMIT))
        page = order[max(0, query.offset) :][:limit]
        marks = frozenset(wanted)
        return Answer(
            total=len(order),
            hits=tuple(
                Hit(
                    self._repository.brief(slug),
                    self._reasons(ranked[slug].address, marks)
                    or self._whole_title(slug, query.text),
                )
                for slug in page
            ),
            facets=columns.facets(found, query.filters),
            partial=partial,
        )

    def matches(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Slug and score of the practices that a text finds, in the order of `search`.

        Scores tell how well practices match one text: those of two texts cannot be compared. One
        whose title is the text scores more than any other. A text without words finds nothing.
        """
        ranked, _ = self._ranking(text, analysis.terms(text), limit)
        return [(slug, found.score) for slug, found in ranked.items()][:limit]

    def _ranking(
        self, text: str, wanted: list[str], limit: int | None = None
    ) -> tuple[dict[str, "_Found"], bool]:
        """What a text finds, best first, and whether no practice has all its words."""
        limit = limit or self._searcher.num_docs
        ranked = self._ranked(wanted, tantivy.Occur.Must, limit) if wanted else {}
        partial = False
        if not ranked and len(wanted) > 1:
            ranked = self._ranked(wanted, tantivy.Occur.Should, limit)
            partial = bool(ranked)
        # A title may be made of words that no search looks for: written whole, it comes first.
        top = 1 + max((found.score for found in ranked.values()), default=0.0)
        titled = {
            slug: replace(ranked.get(slug, _UNFOUND), score=top) for slug in self._titled(text)
        }
        return {**titled, **{s: found for s, found in ranked.items() if s not in titled}}, partial

    def _titled(self, text: str) -> list[str]:
        return self._by_title.get(analysis.letters(text), [])

    def _whole_title(self, slug: str, text: str) -> tuple[Reason, ...]:
        if slug not in self._titled(text):
            return ()
        title = self._repository.brief(slug).title or ""
        return (Reason("title", *FIELDS["title"][:2], ((title, True),)),)

    def _ranked(self, wanted: list[str], occur: tantivy.Occur, limit: int) -> dict[str, "_Found"]:
        """Slug -> its document, the best ones first; equal scores in the order of slugs."""
        each = [(occur, self._anywhere(term)) for term in wanted]
        result = self._searcher.search(
            tantivy.Query.boolean_query(each), limit=max(1, limit), count=False
        )
        rows = []
        for score, address in result.hits:
            slug = str(self._searcher.doc(address).get_first(SLUG))
            rows.append((-float(score or 0.0), slug, address))
        rows.sort(key=lambda row: row[:2])
        return {slug: _Found(address, -less) for less, slug, address in rows}

    def _anywhere(self, term: str) -> tantivy.Query:
        fields = [
            tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, name, term), weight)
            for name, (_, _, weight) in FIELDS.items()
        ]
        return tantivy.Query.disjunction_max_query(fields, 0.3)

    def _reasons(
        self, address: tantivy.DocAddress | None, wanted: frozenset[str]
    ) -> tuple[Reason, ...]:
        if address is None or not wanted:
            return ()
        document = self._searcher.doc(address)
        candidates = []
        for name in FIELDS:
            for text in document.get_all(name):
                fragments = analysis.mark(str(text), wanted)
                words = frozenset(analysis.term(piece) for piece, match in fragments if match)
                if words:
                    candidates.append((name, fragments, words))
        reasons: list[Reason] = []
        covered: frozenset[str | None] = frozenset()
        while candidates and len(reasons) < MAX_REASONS:
            name, fragments, words = max(candidates, key=lambda one: len(one[2] - covered))
            if words <= covered:
                break
            reasons.append(Reason(name, *FIELDS[name][:2], fragments))
            covered |= words
        return tuple(reasons)
