"""Rows of the questions that a store on disk answers slowly, kept with the release.

A repository asks them when it opens, once for all practices; on disk they are seconds of a big
catalogue. Each row speaks of one practice, so a release takes the rows of the last one and asks
again only for the practices that changed. Rows are kept as the texts of their terms: what they are
(an IRI, a literal of some language) is known from the question.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from talea_sparql.store import Rows, TrustedStore

from . import mapping
from .records import write_atomically

NAME: Final = "answers.json"
QUESTIONS: Final = ("practice-facets", "practice-briefs")
"""Named queries without parameters, with a row or more for each ?practice and ordered by it."""
_ABOUT: Final = "practice"

Text = str | None
"""The text of a term; None for an unbound variable."""
Packed = list[int]
"""The terms of a row by number, in the order of the variables; -1 for none."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a question: its variables but ?practice, and the rows by IRI of the practice."""

    names: list[str]
    rows: dict[str, list[Packed]]


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows by question, over one list of texts."""

    texts: list[str]
    tables: dict[str, Table]

    def rows(self, question: str, *names: str) -> Iterator[tuple[Text, ...]]:
        """For each row the practice and the texts of other variables. Raises LookupError."""
        texts = [*self.texts, None]  # so that -1 is None
        table = self.tables[question]
        # A variable that no row binds is not among the names: the last of each row stands for it.
        places = [table.names.index(n) if n in table.names else -1 for n in names]
        for practice, rows in table.rows.items():
            for row in rows:
                packed = (*row, -1)
                yield (practice, *[texts[packed[place]] for place in places])

    def write(self, path: Path) -> None:
        """Write to a file. Raises OSError."""
        tables = {question: [table.names, table.rows] for question, table in self.tables.items()}
        body = {"texts": self.texts, "tables": tables}
        write_atomically(path, json.dumps(body, separators=(",", ":")).encode())


def rows(store: TrustedStore, question: str, *names: str) -> Iterator[tuple[Text, ...]]:
    """What `Answers.rows` gives, asked of a store."""
    for row in store.select(question):
        yield tuple(row[name].value if name in row else None for name in (_ABOUT, *names))  # type: ignore[union-attr]


def read(path: Path) -> Answers:
    """Read what `write` wrote. Raises OSError, ValueError, TypeError or LookupError."""
    body = json.loads(path.read_bytes())
    tables = {question: Table(names, rows) for question, (names, rows) in body["tables"].items()}
    return Answers(body["texts"], tables)


def ask(store: TrustedStore) -> Answers:
    """Ask every question of a store."""
    return _with({question: store.select(question) for question in QUESTIONS}, Answers([], {}))


def ask_again(store: TrustedStore, before: Answers, changed: Iterable[str]) -> Answers:
    """The rows of `before`, with those of the practices of the slugs in `changed` asked anew."""
    iris = sorted(mapping.practice_iri(slug) for slug in changed)
    nodes = [ox.NamedNode(iri) for iri in iris]
    new = {q: store.select_for(q, _ABOUT, nodes) if nodes else [] for q in QUESTIONS}
    again = set(iris)
    tables = {
        question: Table(table.names, {p: r for p, r in table.rows.items() if p not in again})
        for question, table in before.tables.items()
    }
    return _with(new, Answers(before.texts, tables))


def _with(found: dict[str, Rows], kept: Answers) -> Answers:
    texts = list(kept.texts)
    known = {text: number for number, text in enumerate(texts)}

    def number(text: str) -> int:
        place = known.setdefault(text, len(texts))
        if place == len(texts):
            texts.append(text)
        return place

    tables = {}
    for question, asked in found.items():
        old = kept.tables.get(question, Table([], {}))
        names = old.names + sorted({key for row in asked for key in row} - {_ABOUT, *old.names})
        more = len(names) - len(old.names)
        about = {p: [row + [-1] * more for row in r] if more else r for p, r in old.rows.items()}
        for row in asked:
            packed = [number(row[name].value) if name in row else -1 for name in names]  # type: ignore[union-attr]
            about.setdefault(row[_ABOUT].value, []).append(packed)  # type: ignore[union-attr]
        tables[question] = Table(names, dict(sorted(about.items())))
    return Answers(texts, tables)
