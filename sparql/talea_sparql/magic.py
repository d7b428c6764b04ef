"""A predicate that searches: where a query uses it, and with which texts.

`?p <predicate> "text"` holds for the resources that a search of the text finds, and
`?p <predicate> ("text" ?score)` binds how well they match. Nothing in the data says so: the texts
are found here, searched by the caller, and the hits are stated in the data for the length of one
query (`worker`), or written into the query where the data cannot change (`rewrite`).

Only constant texts can be searched before the query runs, so every other use of the predicate is
refused with the reason: a query that went on without hits would be answered, and wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NoReturn
from urllib.parse import urljoin

import pyoxigraph as ox

from talea_sparql.errors import MatchesError
from talea_sparql.keywords import TERM_WORDS
from talea_sparql.tokens import Kind, Lexer, Token
from talea_sparql.wire import Head

__all__ = ["Hit", "Match", "Place", "Search", "find", "rewrite", "statement"]

_PATH = frozenset("/|*+?")
_AFTER_OBJECT = frozenset(".;,}])")
_BEFORE_SUBJECT = frozenset(".{}")
# Why a use is refused, in English and in Italian.
_IN_A_LIST = (
    "it cannot stand in parentheses or in an alternative path",
    "non può stare fra parentesi o in un percorso alternativo",
)
_IN_A_PATH = (
    "in a path it can only be the last step, once",
    "in un percorso può essere solo l’ultimo passo, una volta",
)
_BACKWARDS = (
    "backwards it needs a constant text before it",
    "all’inverso vuole prima di sé un testo scritto per intero",
)
_LIST = (
    "its list holds a text and a variable for the score",
    "il suo elenco contiene un testo e una variabile per il punteggio",
)
_NO_TEXT = (
    "its text must be known before the query runs",
    "il testo da cercare deve essere scritto nella query",
)
_TYPED = (
    "its text has no datatype",
    "il suo testo non ha un tipo di dato",
)
_RENAMED = "?talea_matches_{}"


class Hit(NamedTuple):
    """A resource that a text finds, the graph that tells of it (IRIs), and how well it matches."""

    resource: str
    graph: str
    score: float


@dataclass(frozen=True, slots=True)
class Search:
    """What answers the predicate.

    `predicate` is its IRI. `hits` returns what a text finds, best first, at most so many; it
    blocks and is called from a thread. `identity` is the IRI of a property that ties each resource
    to one other and no other resource to that, in the same graph; `other` gives that IRI.
    """

    predicate: str
    hits: Callable[[str, int], Sequence[Hit]]
    identity: str
    other: Callable[[str], str]


class Place(NamedTuple):
    """A token of a query, whether a pattern may stand there, and where its group begins.

    `group` is the position after the brace of the innermost group, in characters.
    """

    token: Token
    in_pattern: bool
    in_list: bool
    group: int


@dataclass(frozen=True, slots=True)
class Match:
    """One use of the predicate, with spans in characters.

    `score` is the variable to bind with its question mark, or nothing.
    """

    text: ox.Literal
    score: str
    predicate: tuple[int, int]
    object: tuple[int, int]
    group: int


def find(places: Sequence[Place], predicate: str, lexer: Lexer) -> tuple[Match, ...]:
    """Return the uses of a predicate in the tokens of a query that the guard let through.

    Raises `MatchesError` for a use that cannot be answered.
    """
    return tuple(_Finder(places, predicate, lexer).run())


class _Finder:
    def __init__(self, places: Sequence[Place], predicate: str, lexer: Lexer) -> None:
        self._places = places
        self._tokens = [place.token for place in places]
        self._predicate = predicate
        self._lexer = lexer
        self._prefixes: dict[str, str] = {}
        self._base = ""

    def run(self) -> Iterator[Match]:
        for position, place in enumerate(self._places):
            token = place.token
            if token.kind is Kind.WORD:
                self._prologue(position)
            elif place.in_pattern and self._is_it(token):
                yield from self._use(position)

    def _prologue(self, position: int) -> None:
        word = self._tokens[position].text.upper()
        if word == "BASE":
            self._base = self._iri(self._at(position + 1))
        elif word == "PREFIX":
            name = self._at(position + 1).text.partition(":")[0]
            self._prefixes[name] = self._iri(self._at(position + 2))

    def _at(self, position: int) -> Token:
        if 0 <= position < len(self._tokens):
            return self._tokens[position]
        return Token(Kind.END, "", 0, 0)

    def _is_it(self, token: Token) -> bool:
        if token.kind is Kind.NAME:
            prefix, _, local = token.text.partition(":")
            return self._prefixes.get(prefix, "") + _unescaped(local) == self._predicate
        return token.kind is Kind.IRI and self._iri(token) == self._predicate

    def _iri(self, token: Token) -> str:
        text = token.text[1:-1]
        if "\\" in text:
            text = str(_literal(f'"{text}"'.replace('\\"', "")).value)
        if not self._base or ":" in text:
            return text
        try:
            return urljoin(self._base, text)
        except ValueError:  # the engine says what is wrong with it
            return text

    def _use(self, position: int) -> Iterator[Match]:
        before, after = self._at(position - 1), self._at(position + 1)
        if self._places[position].in_list:
            if before.text in ("(", *_PATH, "^", "!") and after.text in (")", *_PATH):
                self._refuse(position, _IN_A_LIST)
            return
        if after.kind is Kind.END or _is_keyword(after) or after.text in _AFTER_OBJECT:
            return  # the object of a triple
        if before.text in _BEFORE_SUBJECT or _is_keyword(before):
            return  # the subject of a triple
        if before.text in ("|", "!") or after.text in _PATH:
            self._refuse(position, _IN_A_PATH)
        if before.text == "^":
            yield self._inverse(position)
            return
        yield from self._objects(position)

    def _inverse(self, position: int) -> Match:
        end = position - 2
        start = end
        if self._at(end).kind is Kind.LANGUAGE:
            start = end - 1
        elif self._at(end - 1).text == "^^":
            self._refuse(position, _TYPED)
        if start < 0 or self._at(start).kind is not Kind.STRING:
            self._refuse(position, _BACKWARDS)
        return self._match(position, start, end + 1, "", start, end + 1)

    def _objects(self, position: int) -> Iterator[Match]:
        start = position + 1
        while True:
            if self._at(start).text == "(":
                end = self._text_end(position, start + 1)
                score = ""
                if self._at(end).kind is Kind.VARIABLE:
                    score = "?" + self._at(end).text[1:]
                    end += 1
                if self._at(end).text != ")":
                    self._refuse(position, _LIST)
                text_end = end - 1 if score else end
                yield self._match(position, start + 1, text_end, score, start, end + 1)
                start = end + 1
            else:
                end = self._text_end(position, start)
                yield self._match(position, start, end, "", start, end)
                start = end
            if self._at(start).text != ",":
                return
            start += 1

    def _text_end(self, position: int, start: int) -> int:
        """Return the position after a constant text."""
        if self._at(start).kind is not Kind.STRING:
            self._refuse(position, _NO_TEXT)
        if self._at(start + 1).kind is Kind.LANGUAGE:
            return start + 2
        if self._at(start + 1).text == "^^":
            self._refuse(position, _TYPED)
        return start + 1

    def _match(
        self, position: int, first: int, last: int, score: str, start: int, end: int
    ) -> Match:
        """Return the match of the predicate at `position`: text and object as half-open ranges."""
        token = self._tokens[position]
        text = self._lexer.text[self._at(first).start : self._at(last - 1).end]
        try:
            literal = _literal(text)
        except SyntaxError:
            self._refuse(position, _TYPED)
        return Match(
            literal,
            score,
            (token.start, token.end),
            (self._at(start).start, self._at(end - 1).end),
            self._places[position].group,
        )

    def _refuse(self, position: int, why: tuple[str, str]) -> NoReturn:
        token = self._tokens[position]
        where = self._lexer.error("", token.start)
        raise MatchesError(
            f"{token.text} cannot be used like this: {why[0]}.",
            italian=f"{token.text} non si può usare così: {why[1]}.",
            line=where.line,
            column=where.column,
        )


def _is_keyword(token: Token) -> bool:
    return token.kind is Kind.WORD and token.text.upper() not in TERM_WORDS


def _unescaped(local: str) -> str:
    return local.replace("\\", "")


def _literal(text: str) -> ox.Literal:
    """Return the literal that a SPARQL string stands for: Turtle writes them the same way."""
    triple = next(iter(ox.parse(f"<a:a> <a:a> {text} .", format=ox.RdfFormat.TURTLE)))
    assert isinstance(triple.object, ox.Literal)
    return triple.object


Found = Sequence[tuple[Match, Sequence[Hit]]]
"""Each use of the predicate with what its text finds."""


def statement(predicate: str, found: Found) -> Head:
    """Return what `worker` states for the length of a query: each text once for each of its forms.

    `texts` holds, for each, the text, its language or None, whether the score is asked for, and
    the hits.
    """
    texts: dict[tuple[ox.Literal, bool], Sequence[Hit]] = {}
    for match, hits in found:
        texts.setdefault((match.text, bool(match.score)), hits)
    return {
        "predicate": predicate,
        "texts": [
            [text.value, text.language, scored, list(hits)]
            for (text, scored), hits in texts.items()
        ],
    }


def rewrite(query: str, search: Search, found: Found) -> str:
    """Return a query with the same answers for data that cannot change.

    Each use becomes the `identity` of `search` with a variable, whose values stand at the beginning
    of the group. A query that selects everything with `*` would show those variables: the caller
    refuses it.
    """
    edits: dict[tuple[int, int], str] = {}
    for number, (match, hits) in enumerate(found):
        name = _RENAMED.format(number)
        edits[match.predicate] = f"<{search.identity}>"
        edits[match.object] = name
        values = f" VALUES ({name} {match.score}) {{ {' '.join(_rows(match, hits, search))} }} "
        at = (match.group, match.group)
        edits[at] = edits.get(at, "") + values
    pieces, last = [], 0
    for (start, end), text in sorted(edits.items()):
        pieces += [query[last:start], text]
        last = end
    return "".join([*pieces, query[last:]])


def _rows(match: Match, hits: Iterable[Hit], search: Search) -> Iterator[str]:
    for hit in hits:
        score = f" {ox.Literal(hit.score)}" if match.score else ""
        yield f"({ox.NamedNode(search.other(hit.resource))}{score})"
