"""Rows of the questions that a repository asks about every practice, ready when a release opens.

On a store on disk they are seconds of a big catalogue, so they are kept with the release. Each row
speaks of one practice: a release takes the rows of the last one and asks again only for the
practices that changed, and whoever reads takes those of the practices at hand. Rows are the texts
of their terms: what they are (an IRI, a literal of some language) is known from the question.

The file has a line a practice, its IRI and its rows as JSON; the first is the hash of the rest.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from talea_sparql.store import QueryStore, Rows

from . import mapping
from .records import write_atomically

NAME: Final = "answers.jsonl"
FACETS: Final = "practice-facets"
BRIEFS: Final = "practice-briefs"
SUMS: Final = "practice-sums"
EVIDENCE: Final = "practice-evidence"
QUESTIONS: Final = {
    FACETS: ("facet", "value", "property"),
    BRIEFS: (
        *("promoter", "promoterName", "promoterAsSaid", "level"),
        *("title", "edition", "need", "country"),
    ),
    SUMS: ("euro",),
    EVIDENCE: ("level",),
}
"""Named queries without parameters, with a row or more for each ?practice, and what is kept of
them.
"""
_ABOUT: Final = "practice"

Text = str | None
"""The text of a term; None for an unbound variable."""


class Answers:
    """The rows by practice, unpacked when they are asked for."""

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        """`packed` maps the IRI of a practice to its rows as JSON."""
        self._packed = packed

    def __iter__(self) -> Iterator[str]:
        """The IRIs of the practices, sorted."""
        return iter(self._packed)

    def __len__(self) -> int:
        """How many practices there are."""
        return len(self._packed)

    def __contains__(self, practice: object) -> bool:
        """Whether there is a practice of this IRI."""
        return practice in self._packed

    def of(self, practice: str) -> dict[str, list[list[Text]]]:
        """Question -> rows about a practice, in the order of `QUESTIONS`. Raises KeyError."""
        found: dict[str, list[list[Text]]] = json.loads(self._packed[practice])
        return found

    def changed(self, gone: Iterable[str], new: "Answers") -> "Answers":
        """These answers without some practices and with those of `new`."""
        packed = {**self._packed}
        for practice in gone:
            packed.pop(practice, None)
        packed |= new._packed
        return Answers(dict(sorted(packed.items())))

    def write(self, path: Path) -> None:
        """Write to a file. Raises OSError."""
        lines = (b"%s\t%s\n" % (iri.encode(), rows) for iri, rows in self._packed.items())
        body = b"".join(lines)
        write_atomically(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def read(path: Path) -> Answers:
    """Read what `write` wrote. Raises OSError or ValueError."""
    head, _, body = path.read_bytes().partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != head:
        raise ValueError(f"{path}: not as it was written")
    lines = (line.partition(b"\t") for line in body.split(b"\n")[:-1])
    return Answers({iri.decode(): rows for iri, _, rows in lines})


def ask(store: QueryStore) -> Answers:
    """Ask every question of a store."""
    return _pack({question: store.select(question) for question in QUESTIONS})


def ask_again(store: QueryStore, before: Answers, changed: Iterable[str]) -> Answers:
    """The rows of `before`, with those of the practices of the slugs in `changed` asked anew."""
    iris = sorted(mapping.practice_iri(slug) for slug in changed)
    nodes = [ox.NamedNode(iri) for iri in iris]
    if not nodes:
        return before
    return before.changed(
        iris, _pack({question: store.select_for(question, _ABOUT, nodes) for question in QUESTIONS})
    )


def _pack(found: Mapping[str, Rows]) -> Answers:
    about: dict[str, dict[str, list[list[Text]]]] = {}
    for question, asked in found.items():
        names = QUESTIONS[question]
        for row in asked:
            rows = about.setdefault(_text(row[_ABOUT]), {name: [] for name in QUESTIONS})
            rows[question].append([_text(row[n]) if n in row else None for n in names])
    packed = {iri: json.dumps(rows, separators=(",", ":")).encode() for iri, rows in about.items()}
    return Answers(dict(sorted(packed.items())))


def _text(term: Any) -> str:
    text: str = term.value
    return text
