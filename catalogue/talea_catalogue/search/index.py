"""Search a release: what a text says, the order, the filters, and why each practice was found.

A text is read in four steps: slips of spelling are mended, constraints said in words become
filters, what remains is turned into terms and into a vector, and practices are ranked by words,
meaning and concepts (`ranking`, `fusion`). What is found does not depend on filters, so that counts
of facets are right: practices that have every word, and those whose score is near enough to the
best. Where nothing seems relevant, the closest few are found and said to be only that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import tantivy
from numpy.typing import NDArray

from ..errors import ReleaseError
from . import analysis
from .asking import Asker
from .constraints import Constraints, Name, Reading, Said
from .documents import Documents
from .engines import open_engine
from .engines.protocol import QUERY_CHARACTERS
from .facets import Columns, Facet
from .fuller import fuller_first
from .fusion import MEETS, SIGNALS, Weights, shipped_weights
from .hits import Hit
from .portable import portable
from .ranking import Ranked, Ranker
from .reasons import Reasons
from .rows import Rows
from .similar import ComuniLike, Neighbours, from_comuni_like
from .space import Space
from .spelling import Correction, Speller
from .suggest import Suggester, read_entries
from .text import FIELDS, NUMBER, open_index
from .vectors import Floats
from .writing import ROWS, SPACE, made_by

if TYPE_CHECKING:
    from ..repository import Repository

MAX_LIMIT = 100
NEAR_ENOUGH = 0.3
"""The part of the best score from which a practice is found.

On the judged queries it finds 8 practices on average, and 97 in 100 of those that answer best."""
SURE_FROM = 0.4
"""The part of the best score from which a practice is held to be relevant, where the first is."""
NEAR_IF_MEETS = 0.1
"""The same for a practice that meets the constraints said in the text."""
CLOSEST = 10
"""Practices shown where none seems relevant."""
AT_MOST = 200
"""Practices found besides those that have every word."""
_RECENT = 256
"""Texts whose ranking is kept."""
_TRIED = "una prova"
"""What is looked for to see that the search works."""
_TERMS = 1_000
"""Terms whose query is kept."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `filters` maps a name of `facets.FILTERS` to the chosen values.

    `exactly` keeps the words as they are written; `as_words` names filters whose words are not to
    become filters.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int = 20
    offset: int = 0
    exactly: bool = False
    as_words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, and how the text was understood.

    `partial` says that no practice has all the words, where nothing but words is looked at.
    `confident` is False where no practice seems relevant: those found are only the closest.
    `topics` are the IRIs of the concepts nearest to the text, the nearest first; `beyond` is the
    one of which the catalogue has no practice, where that is what the text seems to be about.
    `named` are the Comuni and the Ambiti that the text names, whether or not they became filters.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...]
    partial: bool = False
    confident: bool = True
    correction: Correction = field(default_factory=lambda: Correction(""))
    said: tuple[Said, ...] = ()
    unmet: tuple[Said, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    beyond: str | None = None
    named: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Practices best first, and whether the first is likely to be relevant."""

    slugs: tuple[str, ...]
    confident: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What a text finds: rows of the listing, best first, their scores, and what they rest on."""

    rows: NDArray[np.int64]
    scores: Floats
    mask: NDArray[np.bool_]
    ranked: Ranked | None
    terms: frozenset[str] = frozenset()
    partial: bool = False
    titled: frozenset[int] = frozenset()

    @property
    def confident(self) -> bool:
        """A practice whose title is the text is an answer, whatever its words are worth."""
        if self.ranked is None:
            return bool(self.mask.any())
        return self.ranked.confident or bool(self.titled)


class SearchIndex:
    """The index of one release. Safe to use from several threads."""

    signals = SIGNALS

    def __init__(
        self,
        index: tantivy.Index,
        repository: "Repository",
        rows: Rows,
        space: Space,
        speller: Speller,
        asker: Asker,
    ) -> None:
        self.speller = speller
        self._rows = rows
        self._space = space
        self._searcher = index.searcher()
        self._documents = Documents(rows)
        self._schema = index.schema
        self._repository = repository
        self._asker = asker
        self._found = lru_cache(_RECENT)(self._find)
        self._anywhere = lru_cache(_TERMS)(self._look_anywhere)

    @classmethod
    def open(
        cls, folder: Path, repository: "Repository", engine: str | None = None
    ) -> "SearchIndex":
        """Open the index in `folder`, with the facets of the repository's practices.

        Raises `ReleaseError` where another engine than `engine` gave it its vectors, `EngineError`
        where there is none of that name; OSError, ValueError where it is not as it was written.
        """
        made = made_by(folder)
        chosen = open_engine(engine or made.name)
        if chosen.fingerprint != made.fingerprint:
            raise ReleaseError(
                f"{folder}: i vettori sono del motore «{made.name}» e non di «{chosen.name}» "
                "com'è ora. «talea build» li rifà."
            )
        return cls(
            open_index(folder),
            repository,
            Rows.read(folder / ROWS),
            Space.read(folder / SPACE),
            Speller.open(folder),
            Asker(chosen),
        )

    # Read at the first search, so that a big release opens at once.

    @property
    def _columns(self) -> Columns:
        return self._repository.columns()

    @cached_property
    def suggester(self) -> Suggester:
        """What completes the words of a search box."""
        return Suggester(read_entries(self._repository))

    @cached_property
    def constraints(self) -> Constraints:
        """What turns words of a query into filters."""
        return Constraints.of(self._repository)

    @cached_property
    def _weights(self) -> Weights:
        with_engine, without = shipped_weights()
        return with_engine if self._space.has_vectors else without

    @cached_property
    def ranker(self) -> Ranker:
        """What ranks the practices."""
        number = {iri: place for place, iri in enumerate(self._space.concepts)}
        broader = {
            place: number[concept.broader]
            for iri, place in number.items()
            if (concept := self._repository.vocabulary.concepts.get(iri))
            and concept.broader in number
        }
        return Ranker(self._rows, self._space, broader, self._by_words)

    @cached_property
    def _listed_at(self) -> NDArray[np.int64]:
        """Row of the arrays -> row of the listing."""
        row = self._columns.row
        return np.array([row[slug] for slug in self._rows.slugs], dtype=np.int64)

    @cached_property
    def _fuller(self) -> Mapping[int, tuple[int, ...]]:
        """Row of the listing -> rows of the practices that go deeper into it."""
        row = self._columns.row
        found = {
            row[slug]: tuple(row[one] for one in others if one in row)
            for slug, others in self._repository.deepenings.items()
            if slug in row
        }
        return {one: others for one, others in found.items() if others}

    # -- searching

    def search(self, query: Query) -> Answer:
        """The practices that match, best first; without words all, the most complete first.

        One whose title is the text comes first. Limit and offset are cut to what is sensible.
        Raises `BusyError` where too many wait for the vector of a text.
        """
        correction, reading = self._read(query)
        filters = {**reading.filters, **query.filters}
        found = self._found(reading.rest, tuple(sorted(reading.filters.items())))
        columns = self._columns
        passing = columns.mask(filters)
        order = np.flatnonzero(passing[found.rows])
        limit = max(0, min(query.limit, MAX_LIMIT))
        page = order[max(0, query.offset) :][:limit].tolist()
        topics, beyond = self._topics(found)
        return Answer(
            total=len(order),
            hits=tuple(self._hit(found, place, reading.said) for place in page),
            facets=columns.facets(found.mask, filters),
            partial=found.partial,
            confident=found.confident,
            correction=correction,
            said=reading.said,
            unmet=reading.unmet,
            filters=filters,
            topics=topics,
            beyond=beyond,
            named=reading.named,
        )

    def warm_up(self) -> None:
        """Read and work out what the first search would. Raises as `search` does."""
        self.search(Query(_TRIED))

    def rank(self, text: str, signals: frozenset[str] | None = None) -> Order:
        """Every candidate of a text by some signals (None: all), helped by its constraints."""
        _, reading = self._read(Query(text))
        slugs = self._columns.slugs
        passing = self._columns.mask(reading.filters)
        if not reading.rest.strip():
            rows = np.arange(len(slugs))
            rows = np.concatenate((rows[passing], rows[~passing]))
            return Order(tuple(slugs[row] for row in rows.tolist()), True)
        vector = self._asker.vector(reading.rest)
        ranked = self.ranker.rank(reading.rest, vector, self._weights, signals)
        rows = self._listed_at[ranked.rows]
        scores = ranked.scores + (np.float32(MEETS) * passing[rows] if reading.filters else 0)
        order = np.argsort(-scores, kind="stable")
        rows, _ = fuller_first(rows[order], scores[order], self._fuller)
        titled = self._titled(text)
        rows = np.concatenate((titled, rows[~np.isin(rows, titled)]))
        sure = ranked.confident or bool(len(titled))
        return Order(tuple(slugs[row] for row in rows.tolist()), sure)

    @property
    def slugs(self) -> tuple[str, ...]:
        """The practices, in the order of the rows of `features`."""
        return self._rows.slugs

    def features(
        self, text: str, *, vectors: bool = True
    ) -> tuple[NDArray[np.int64], Mapping[str, Floats]]:
        """The candidates of a text and their features (`fusion.FEATURES`), to fit weights by."""
        rest = self._read(Query(text))[1].rest
        vector = self._asker.vector(rest) if vectors else None
        found = self.ranker.candidates(rest, vector)
        return found.rows, found.features

    def clues(self, text: str, weights: Weights, *, vectors: bool = True) -> Mapping[str, float]:
        """What confidence in the answer to a text would rest on (`fusion.CLUES`)."""
        rest = self._read(Query(text))[1].rest
        return self.ranker.rank(rest, self._asker.vector(rest) if vectors else None, weights).clues

    def matches(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Slug and score of the practices that a text finds, in the order of `search`.

        Scores tell how well practices match one text: those of two texts cannot be compared. One
        whose title is the text scores more than any other. A text without words finds nothing.
        Slips are mended, but all words are looked for as words: filters are the query's business.
        """
        if not analysis.letters(text):
            return []
        found = self._found(self.speller.correct(text[:QUERY_CHARACTERS]).used, ())
        slugs = self._columns.slugs
        pairs = zip(found.rows.tolist(), found.scores.tolist(), strict=True)
        return [(slugs[row], score) for row, score in pairs][:limit]

    def _read(self, query: Query) -> tuple[Correction, Reading]:
        text = " ".join(query.text.split())[:QUERY_CHARACTERS]
        correction = Correction(text) if query.exactly else self.speller.correct(text)
        reading = self.constraints.read(correction.used, query.as_words)
        if not reading.said:
            reading = replace(reading, rest=correction.used)
        return correction, reading

    def _find(self, text: str, said: tuple[tuple[str, tuple[str, ...]], ...]) -> _Found:
        """What a text finds, whatever the filters chosen; `said` are those that it says."""
        every = len(self._columns.slugs)
        if not text.strip():
            rows = np.arange(every)
            return _Found(rows, np.zeros(every, np.float32), np.ones(every, np.bool_), None)
        titled = self._titled(text)
        if not analysis.letters(text) and not len(titled):
            return _Found(titled, np.empty(0, np.float32), np.zeros(every, np.bool_), None)
        vector = self._asker.vector(text)
        ranked = self.ranker.rank(text, vector, self._weights)
        terms = analysis.terms(text)
        rows = self._listed_at[ranked.rows]
        near = self._near(ranked)
        if said:
            near |= self._meeting(ranked, self._columns.mask(dict(said))[rows])
        whole = self._listed_at[ranked.whole]
        rows, scores = rows[near], ranked.scores[near]
        least, most = (scores.min(), scores.max()) if len(scores) else (0.0, 0.0)
        partial = not self._space.has_vectors and bool(len(rows)) and not len(whole)
        mask = np.zeros(every, np.bool_)
        mask[titled] = True
        others = ~mask[rows]
        rows, scores = rows[others], scores[others]
        mask[rows] = True
        rest = np.sort(whole[~mask[whole]])
        mask[rest] = True
        found = np.concatenate((titled, rows, rest))
        graded = np.concatenate(
            (np.full(len(titled), most + 1), scores, np.full(len(rest), least)), dtype=np.float32
        )
        found, graded = fuller_first(found, graded, self._fuller, set(titled.tolist()))
        return _Found(
            found, graded, mask, ranked, frozenset(terms), partial, frozenset(titled.tolist())
        )

    def _meeting(self, ranked: Ranked, meets: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the candidates that meet what a text says are found, if less near than others.

        Who says where or for how much wants to see what there is.
        """
        enough = np.zeros(len(meets), np.bool_)
        places = np.flatnonzero(meets)[:AT_MOST]
        enough[places] = ranked.scores[places] >= NEAR_IF_MEETS * max(0.0, ranked.scores[0])
        return enough

    def _near(self, ranked: Ranked) -> NDArray[np.bool_]:
        """Which of the candidates are found: near enough to the best, or with every word."""
        near = np.zeros(len(ranked.rows), np.bool_)
        if not len(near) or ranked.scores[0] <= 0:
            return near
        if not ranked.confident:
            near[:CLOSEST] = ranked.scores[:CLOSEST] > 0
            return near
        near[:AT_MOST] = ranked.scores[:AT_MOST] >= NEAR_ENOUGH * ranked.scores[0]
        whole = np.zeros(len(self._rows), np.bool_)
        whole[ranked.whole] = True
        return near | whole[ranked.rows]

    def _titled(self, text: str) -> NDArray[np.int64]:
        return np.sort(self._listed_at[self._rows.with_title(text)])

    def _by_words(self, terms: Sequence[str], most: int) -> tuple[NDArray[np.int64], Floats]:
        """Rows of the arrays that have any of the terms, the best ones first, and their BM25."""
        if not terms or not most:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        each = [(tantivy.Occur.Should, self._anywhere(term)) for term in terms]
        result = self._searcher.search(tantivy.Query.boolean_query(each), limit=most, count=False)
        addresses = [address for _, address in result.hits]
        scores = [float(score or 0.0) for score, _ in result.hits]
        numbers = cast(list[int], self._searcher.fast_field_values(NUMBER, addresses))
        return self._rows.rows_of(numbers), np.array(scores, dtype=np.float32)

    def _look_anywhere(self, term: str) -> tantivy.Query:
        fields = [
            tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, name, term), weight)
            for name, (_, _, weight) in FIELDS.items()
        ]
        return tantivy.Query.disjunction_max_query(fields, 0.3)

    # -- practices near one another, a concept, a Comune

    @cached_property
    def _neighbours(self) -> Neighbours:
        rows, space = self._rows, self._space
        return Neighbours(rows, space, self.ranker, self._repository, self._documents)

    @cached_property
    def _reasons(self) -> Reasons:
        rows, space = self._rows, self._space
        return Reasons(self._documents, self._repository, rows, space, self.ranker)

    def similar(self, slug: str, limit: int = 5) -> tuple[Hit, ...]:
        """The practices most like one, and why; see `Neighbours.of_practice`."""
        return self._neighbours.of_practice(slug, limit)

    def for_concept(self, iri: str, limit: int = 20) -> tuple[Hit, ...]:
        """The practices of a concept, then the closest to it; see `Neighbours.of_concept`."""
        return self._neighbours.of_concept(iri, limit)

    def from_comuni_like(self, istat: str, text: str = "", limit: int = 20) -> ComuniLike | None:
        """The practices of Comuni like one; see `similar.from_comuni_like`."""
        return from_comuni_like(self.search, self._repository, istat, text, limit)

    # -- elsewhere

    def portable(self) -> dict[str, Any]:
        """This search as data for a browser; see `portable.portable`."""
        concepts = self._repository.vocabulary.concepts
        names = {iri: (concepts[iri].label_it, concepts[iri].label_en) for iri in concepts}
        return portable(self._rows, self._space, self.ranker.ties, self._by_words, names)

    # -- reasons

    def _topics(self, found: _Found) -> tuple[tuple[str, ...], str | None]:
        """The concepts nearest to a text, and the one beyond the catalogue that comes before."""
        if found.ranked is None:
            return (), None
        links = found.ranked.links
        strong = links.strong
        order = np.argsort(-strong, kind="stable")[:8].tolist()
        order = [place for place in order if strong[place] > 0]
        held = self.ranker.ties.held
        concepts = self._space.concepts
        beyond = None
        if order and not held[order[0]] and not found.confident:
            beyond = concepts[order[0]]
        return tuple(concepts[place] for place in order if held[place])[:5], beyond

    def _hit(self, found: _Found, place: int, said: Sequence[Said]) -> Hit:
        row = int(found.rows[place])
        slug = self._columns.slugs[row]
        ranked = found.ranked
        sure = (ranked is None or row in found.titled) or (
            ranked.confident
            and bool(found.scores[place] >= SURE_FROM * max(float(ranked.scores[0]), 0.0))
        )
        if ranked is None:
            reasons = self._reasons.of_what_was_said(said)
        else:
            reasons = self._reasons.of(slug, ranked, found.terms, titled=row in found.titled)
        return Hit(self._repository.brief(slug), reasons, sure)
