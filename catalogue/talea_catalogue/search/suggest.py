"""Suggestions while someone types: concepts, places, practices and bodies that the words may name.

Every word that was typed must begin a word of one name, in any order: «lav mamm» finds «mamme che
lavorano». All words but the last are complete, and are sought by their stem where they begin with
it; words such as «che» are not sought unless nothing else was typed. A concept is found by its
everyday labels too, and says by which.

Names are laid out once in the order in which they would be shown, so that to rank what a few
letters find among a hundred thousand titles is to take the first few.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..text import fold
from ..vocabulary import Lang
from . import analysis

if TYPE_CHECKING:
    from ..repository import Repository

Kind = Literal["concept", "place", "practice", "body"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST: Final = 8
"""Suggestions given at once."""
SCHEMES: Final = (
    "bisogno",
    "tipo-intervento",
    "target",
    "area-tematica",
    "tipo-servizio",
    "fonte-finanziamento",
)
"""Schemes whose concepts are suggested, the first ones first."""

_WORD: Final = re.compile(r"[^\W_]+")
_LAST: Final = "\U0010ffff"
_MOST_WORDS: Final = 12
"""Words of a text that are looked at."""
_LEAST: Final = 2
"""Letters below which nothing is suggested."""
_TELLING: Final = 4
"""Letters below which only labels are: half of what people say begins some word with «co»."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What may be suggested: its name in both languages and a note on it.

    `said` are other names, which find it after its own; of the entries of a kind those with the
    higher `weight` come first.
    """

    kind: Kind
    iri: str
    label_it: str
    label_en: str
    note_it: str = ""
    note_en: str = ""
    said: tuple[str, ...] = ()
    weight: int = 0

    def label(self, lang: Lang) -> str:
        """The name in `lang`."""
        return self.label_en if lang == "en" else self.label_it

    def note(self, lang: Lang) -> str:
        """The note in `lang`, empty where there is none."""
        return self.note_en if lang == "en" else self.note_it


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An entry, and the other name by which it was found where its own does not explain it."""

    entry: Entry
    via: str | None


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of an entry as it is looked for; `own` for its labels."""

    entry: Entry
    text: str
    folded: str
    own: bool

    @property
    def order(self) -> tuple[int, bool, int, int, str]:
        entry = self.entry
        rank = KINDS.index(entry.kind)
        return rank, not self.own, -entry.weight, len(self.folded), self.folded


class Suggester:
    """The names of a release, ready to be completed. Safe to use from several threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._names = sorted(_names(entries), key=lambda name: name.order)
        kinds = [KINDS.index(name.entry.kind) for name in self._names]
        self._bounds = [bisect_left(kinds, kind) for kind in range(len(KINDS) + 1)]
        whole = sorted((name.folded, row) for row, name in enumerate(self._names))
        self._whole = [folded for folded, _ in whole]
        self._whole_rows = np.array([row for _, row in whole], dtype=np.uint32)
        rows_of: dict[str, list[int]] = {}
        for row, name in enumerate(self._names):
            for word in set(_WORD.findall(name.folded)):
                rows_of.setdefault(word, []).append(row)
        self._words = sorted(rows_of)
        self._starts = [0, *accumulate(len(rows_of[word]) for word in self._words)]
        self._rows = np.fromiter(
            (row for word in self._words for row in rows_of[word]),
            dtype=np.uint32,
            count=self._starts[-1],
        )

    def suggest(self, text: str, limit: int = MOST) -> list[Suggestion]:
        """What a text may be the beginning of, at most `limit`, by kind, the best kind first.

        Kinds get an equal share of `limit` and what others leave. Within one, what begins with the
        text comes before what only has its words. Less than two letters suggest nothing.
        """
        words = _WORD.findall(fold(text))[:_MOST_WORDS]
        typed = " ".join(words)
        if len(typed) < _LEAST:
            return []
        found = self._found(words)
        begun = self._begun(typed)
        by_kind = [self._of_kind(kind, typed, (begun, found), limit) for kind in range(len(KINDS))]
        shares = _shares([len(rows) for rows in by_kind], limit)
        groups = [rows[:share] for rows, share in zip(by_kind, shares, strict=True) if share]
        groups.sort(key=lambda rows: self._tier(rows[0], typed))
        return [self._suggestion(row) for rows in groups for row in rows]

    def _found(self, words: Sequence[str]) -> NDArray[np.intp]:
        """Rows of the names that have all the words, in order."""
        sought = [*_complete(words[:-1]), words[-1]]
        rows = self._having(sought)
        if not rows.size and (last := _complete(words[-1:])) != sought[-1:]:
            rows = self._having([*sought[:-1], *last])
        return rows

    def _having(self, beginnings: Sequence[str]) -> NDArray[np.intp]:
        kept = np.ones(len(self._names), dtype=np.bool_)
        for beginning in beginnings:
            first, last = _range(self._words, beginning)
            having = np.zeros(len(self._names), dtype=np.bool_)
            having[self._rows[self._starts[first] : self._starts[last]]] = True
            kept &= having
        return np.flatnonzero(kept) if beginnings else np.empty(0, dtype=np.intp)

    def _begun(self, typed: str) -> NDArray[np.intp]:
        """Rows of the names that begin with the text, in order."""
        first, last = _range(self._whole, typed)
        return np.sort(self._whole_rows[first:last]).astype(np.intp)

    def _of_kind(
        self, kind: int, typed: str, found: Iterable[NDArray[np.intp]], limit: int
    ) -> list[int]:
        """The best rows of a kind, one an entry."""
        start, end = self._bounds[kind], self._bounds[kind + 1]
        chosen: dict[str, int] = {}
        for rows in found:
            first, last = np.searchsorted(rows, (start, end))
            for row in rows[first:last]:
                name = self._names[row]
                if len(chosen) == limit or not (name.own or len(typed) >= _TELLING):
                    break
                chosen.setdefault(name.entry.iri, int(row))
        return sorted(chosen.values(), key=lambda row: (self._tier(row, typed), row))

    def _tier(self, row: int, typed: str) -> int:
        """How well a name answers, from 0: the text itself, begun by it, or with its words."""
        name = self._names[row]
        if name.folded == typed:
            return 0 if name.own else 1
        if name.folded.startswith(typed):
            return 2 if name.own else 4
        return 3 if name.own else 5

    def _suggestion(self, row: int) -> Suggestion:
        name = self._names[row]
        told = name.own or f" {fold(name.entry.label_it)} " in f" {name.folded} "
        return Suggestion(name.entry, None if told else name.text)


def _names(entries: Iterable[Entry]) -> Iterator[_Name]:
    for entry in entries:
        seen = set()
        own = (entry.label_it, entry.label_en)
        for text in dict.fromkeys((*own, *entry.said)):
            folded = " ".join(_WORD.findall(fold(text)))
            if folded and folded not in seen:
                seen.add(folded)
                yield _Name(entry, text, folded, text in own)


def _complete(words: Sequence[str]) -> list[str]:
    """What complete words are sought by: their stems; words that mean nothing are left out."""
    found = []
    for word in words:
        stem = analysis.term(word)
        if stem is not None:
            found.append(stem if word.startswith(stem) else word)
    return found


def _range(words: Sequence[str], beginning: str) -> tuple[int, int]:
    return bisect_left(words, beginning), bisect_left(words, beginning + _LAST)


def _shares(found: Sequence[int], limit: int) -> list[int]:
    """How many of each kind are shown: one at a time in turn while there are any."""
    shares = [0] * len(found)
    while sum(shares) < min(limit, sum(found)):
        for kind, count in enumerate(found):
            if shares[kind] < count and sum(shares) < limit:
                shares[kind] += 1
    return shares


def read_entries(repository: "Repository") -> Iterator[Entry]:
    """What may be suggested of a release: concepts, Comuni and Ambiti, practices, bodies."""
    yield from _concepts(repository)
    yield from _places(repository)
    for brief in repository.briefs(repository.listed()):
        title = brief.title or ""
        yield Entry(
            "practice", brief.iri, title, title, brief.promoter, brief.promoter, (), brief.level
        )
    for iri, name in repository.bodies():
        yield Entry("body", iri, name, name)


def _concepts(repository: "Repository") -> Iterator[Entry]:
    everyday = repository.everyday_labels()
    for weight, slug in enumerate(reversed(SCHEMES)):
        scheme = repository.scheme(slug)
        for concept, _ in scheme.concepts if scheme else ():
            assert scheme is not None
            yield Entry(
                "concept",
                concept.iri,
                concept.label_it,
                concept.label_en,
                scheme.title_it,
                scheme.title_en,
                (*concept.alt_labels, *everyday.get(concept.iri, ())),
                weight,
            )


def _places(repository: "Repository") -> Iterator[Entry]:
    comuni = [(place, 1 + count) for place, count in repository.comuni()]
    comuni += [(place, 0) for place in repository.comuni_elsewhere()]
    for place, weight in comuni:
        above = repository.place(place.above) if place.above else None
        note = above.name if above else ""
        said = (f"Comune di {place.name}", f"Città di {place.name}")
        yield Entry("place", place.iri, place.name, place.name, note, note, said, weight)
    for district, count in repository.ambiti():
        yield Entry("place", district.iri, district.name, district.name, weight=count)
