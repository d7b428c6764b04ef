"""What a public query may not do, decided on its tokens before any engine sees it.

The guard refuses federation, updates, and the shapes that end the engine's parser or keep its
planner busy for seconds (docs/decisions/0002-process-pool.md). Its counts are upper bounds: it
may count a part twice, never forget one. What it lets through by mistake meets the sandbox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from talea_sparql.errors import (
    QuerySyntaxError,
    QueryTooLongError,
    ServiceRefusedError,
    SparqlError,
    TooDeepError,
    TooManyOperatorsError,
    TooManyPatternsError,
    UpdateRefusedError,
)
from talea_sparql.formats import Form
from talea_sparql.keywords import (
    ALL_WORDS,
    CLAUSE_WORDS,
    OPERATORS,
    TERM_WORDS,
    UPDATE_WORDS,
    VOLATILE_WORDS,
)
from talea_sparql.limits import Limits
from talea_sparql.magic import Match, Place, find
from talea_sparql.tokens import Kind, Lexer, Token

__all__ = ["Inspection", "decode_escapes", "inspect"]

_SERVICE = "This service does not federate: SERVICE is refused."
_UPDATE = "This service is read only: updates are refused."

# Keywords that an IRI may follow: `FILTER:f(...)` is a keyword and a name for the engine.
_GLUE = re.compile(
    "(?:SERVICE(?:SILENT)?|FILTER|GRAPH|HAVING|GROUPBY|ORDERBY|BY|FROM(?:NAMED)?|DESCRIBE)",
    re.IGNORECASE,
)
_CLOSERS = {"{": "}", "[": "]", "(": ")"}
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


class _Frame(Enum):
    CLAUSE = auto()  # between the braces: prologue, SELECT clause, solution modifiers
    GROUP = auto()  # { } of a pattern
    BRACKET = auto()  # [ ] of a blank node in a pattern
    LIST = auto()  # ( ) of a collection or a path in a pattern
    EXPRESSION = auto()  # ( ) of an expression or of arguments
    TEMPLATE = auto()  # CONSTRUCT template: nothing to plan, but its lists are costly
    DATA = auto()  # VALUES block: nothing to plan


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the guard learnt about a query that it lets through.

    `cacheable` is false for a query that calls NOW, RAND, UUID, STRUUID or BNODE;
    `has_dataset` says that it has a FROM clause, `selects_all` that it answers with every variable
    (`SELECT *`). `matches` are the uses of the predicate that
    searches.
    """

    form: Form
    cacheable: bool
    has_dataset: bool
    patterns: int
    operators: int
    depth: int
    selects_all: bool = False
    matches: tuple[Match, ...] = ()


def inspect(query: str, limits: Limits, magic: str = "") -> Inspection:
    """Read a query and decide whether the engine may see it.

    `magic` is the IRI of the predicate that searches, where there is one. Raises
    `QueryTooLongError`, `ServiceRefusedError`, `UpdateRefusedError`, `TooDeepError`,
    `TooManyPatternsError`, `TooManyOperatorsError`, `MatchesError` or `QuerySyntaxError`; never
    anything else.
    """
    try:
        size = len(query.encode("utf-8"))
    except UnicodeEncodeError:
        raise QuerySyntaxError("The query has half a surrogate pair.") from None
    if size > limits.query_bytes:
        raise QueryTooLongError(
            f"The query has {size} bytes; the limit is {limits.query_bytes}.",
            limit=limits.query_bytes,
        )
    if _CODEPOINT.search(query):
        _refuse_escaped_service(query, limits)
    guard = _Guard(query, limits)
    found = guard.run()
    if magic and guard.may_name(magic):
        return _Guard(query, limits, magic).run()  # again, keeping where each token stands
    return found


def _refuse_escaped_service(query: str, limits: Limits) -> None:
    """Read the query as the recommendation does, escapes first, and refuse federation there.

    The engine decodes escapes inside strings and IRIs only, so this reading decides nothing else.
    """

    try:
        _Guard(decode_escapes(query), limits).run()
    except (ServiceRefusedError, UpdateRefusedError):
        raise
    except SparqlError:
        return


def decode_escapes(query: str) -> str:
    """Return a query with each escape of a code point replaced by its character."""

    def decode(match: re.Match[str]) -> str:
        number = int(match[1] or match[2], 16)
        return chr(number) if number <= 0x10FFFF else ""

    return _CODEPOINT.sub(decode, query)


class _Guard:
    def __init__(self, query: str, limits: Limits, magic: str = "") -> None:
        self._lexer = Lexer(query)
        self._magic = magic
        self._places: list[Place] = []
        self._names: set[str] = set()  # what may name a resource, as written
        self._groups = [0]
        self._limits = limits
        self._frames = [_Frame.CLAUSE]
        self._closers: list[str] = []
        self._prefixes: set[str] = set()
        self._form: Form | None = None
        self._cacheable = True
        self._has_dataset = False
        self._selects_all = False
        self._patterns = self._operators = self._depth = 0
        self._in_triples = False
        self._previous = Token(Kind.END, "", 0, 0)
        self._word = ""  # the last keyword, until something ends its reach

    def run(self) -> Inspection:
        while True:
            operand = self._frames[-1] is _Frame.EXPRESSION and self._ends_operand()
            token = self._lexer.next(after_operand=operand)
            if token.kind is Kind.END:
                break
            if self._magic:
                self._places.append(self._place(token))
            if token.kind is Kind.WORD:
                self._keyword(token)
            elif token.kind is Kind.PUNCTUATION:
                self._punctuation(token)
            elif token.kind is not Kind.LANGUAGE:
                if token.kind is Kind.IRI:
                    self._names.add(token.text[:-1])
                self._term(token)
            self._previous = token
        if self._form is None or self._closers:
            raise self._lexer.error("The query ends too early", self._previous.end)
        return Inspection(
            self._form,
            self._cacheable,
            self._has_dataset,
            self._patterns,
            self._operators,
            self._depth,
            self._selects_all,
            find(self._places, self._magic, self._lexer) if self._magic else (),
        )

    def may_name(self, iri: str) -> bool:
        """Whether anything in the query that was run may stand for an IRI: never wrongly False.

        Prefix and base change how a name begins, never how its last segment ends.
        """
        end = iri[max(iri.rfind("/"), iri.rfind("#")) + 1 :]
        return any(
            "\\" in name
            or (name.endswith(end) if name[0] == "<" else iri.endswith(name.partition(":")[2]))
            for name in self._names
        )

    def _place(self, token: Token) -> Place:
        frame = self._frames[-1]
        in_pattern = frame in (_Frame.GROUP, _Frame.BRACKET, _Frame.LIST)
        return Place(token, in_pattern, frame is _Frame.LIST, self._groups[-1])

    # Words

    def _keyword(self, token: Token) -> None:
        word = token.text.upper()
        if "SERVICE" in word:
            raise ServiceRefusedError(_SERVICE)
        if word in UPDATE_WORDS:
            raise UpdateRefusedError(_UPDATE)
        if word not in ALL_WORDS:
            raise self._lexer.error(f"{token.text[:40]} is not a word of SPARQL", token.start)
        if word in TERM_WORDS:
            self._term(token)
            return
        self._cacheable = self._cacheable and word not in VOLATILE_WORDS
        if self._form is None and word not in ("BASE", "PREFIX", "VERSION"):
            if word not in Form.__members__:
                raise self._lexer.error(
                    "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE", token.start
                )
            self._form = Form(word)
        if word in CLAUSE_WORDS:
            self._count_operators()
        if word == "VALUES":
            self._count_patterns(1)
        if word == "FROM":
            self._has_dataset = True
        if word == "SELECT" and self._frames[-1] is _Frame.GROUP:
            self._frames[-1] = _Frame.CLAUSE
        self._word = word
        self._in_triples = False

    # Terms

    def _term(self, token: Token) -> None:
        if token.kind is Kind.NAME:
            self._name(token)
        frame = self._frames[-1]
        if (frame is _Frame.CLAUSE and self._form is Form.DESCRIBE) or (
            frame is _Frame.TEMPLATE and self._closers[-1] == ")"
        ):
            self._count_operators()
        elif frame is _Frame.LIST and self._ends_operand():
            self._count_patterns(2)
        elif frame is _Frame.GROUP and self._word not in ("GRAPH", "FILTER", "VALUES"):
            self._begin_triples()

    def _name(self, token: Token) -> None:
        prefix = token.text.partition(":")[0]
        glued = _GLUE.match(prefix)
        if self._previous.kind is Kind.WORD and self._word == "PREFIX":
            self._prefixes.add(prefix)
        else:
            self._names.add(token.text)
            if prefix not in self._prefixes:
                if glued and glued[0].upper().startswith("SERVICE"):
                    raise ServiceRefusedError(_SERVICE)
                raise self._lexer.error(f"The prefix {prefix[:40]}: is not declared", token.start)
        if glued and prefix[glued.end() :] in self._prefixes:
            raise self._lexer.error(
                f"{prefix[:40]}: can be read as a keyword and a name: rename the prefix",
                token.start,
            )

    def _begin_triples(self) -> None:
        if not self._in_triples:
            self._in_triples = True
            self._count_patterns(1)

    def _ends_operand(self) -> bool:
        previous = self._previous
        if previous.kind is Kind.WORD:
            return previous.text.upper() in TERM_WORDS
        if previous.kind is Kind.PUNCTUATION:
            return previous.text in (")", "]", "}")
        return previous.kind is not Kind.END

    # Punctuation

    def _punctuation(self, token: Token) -> None:
        text = token.text
        if text in _CLOSERS:
            self._open(text, token.end)
        elif text in _CLOSERS.values():
            self._close(token)
        elif text in OPERATORS:
            self._count_operators()
            if text == "*" and not self._closers:
                self._selects_all = True
            if text == "/" and self._frames[-1] in (_Frame.GROUP, _Frame.BRACKET, _Frame.LIST):
                self._count_patterns(1)
        elif self._frames[-1] in (_Frame.GROUP, _Frame.BRACKET, _Frame.LIST):
            if text == ".":
                self._in_triples = False
                self._word = ""
            elif text in (",", ";", "~", "<<"):
                self._count_patterns(1)

    def _open(self, text: str, end: int) -> None:
        frame = self._frames[-1]
        inner = frame
        if frame is _Frame.DATA:
            pass
        elif frame is _Frame.TEMPLATE:
            self._count_operators()
        elif text == "{":
            inner = self._open_brace(frame)
        elif text == "[":
            inner = _Frame.BRACKET
            self._count_patterns(3 if frame is _Frame.LIST else 1)
            if frame is _Frame.GROUP:
                self._begin_triples()
        elif self._opens_expression(frame):
            inner = _Frame.EXPRESSION
            if frame is _Frame.CLAUSE:
                self._count_operators()  # each condition of ORDER BY or HAVING is a level
        elif self._word == "VALUES":
            inner = _Frame.DATA
        else:
            inner = _Frame.LIST
            self._count_patterns(2)
            if frame is _Frame.GROUP:
                self._begin_triples()
        if text == "(" and self._word == "FILTER":
            self._word = ""
        self._frames.append(inner)
        self._groups.append(end if text == "{" and inner is _Frame.GROUP else self._groups[-1])
        self._closers.append(_CLOSERS[text])
        self._depth = max(self._depth, len(self._closers))
        if self._depth > self._limits.nesting_depth:
            raise TooDeepError(
                f"Brackets are nested deeper than {self._limits.nesting_depth} levels.",
                limit=self._limits.nesting_depth,
            )

    def _open_brace(self, frame: _Frame) -> _Frame:
        word, self._word = self._word, ""
        self._in_triples = False
        if word == "VALUES":
            return _Frame.DATA
        if word == "CONSTRUCT" and self._previous.kind is Kind.WORD:
            return _Frame.TEMPLATE
        if frame is not _Frame.CLAUSE and (word == "GRAPH" or not self._follows_keyword()):
            self._count_patterns(1)  # a group that is joined with its neighbours
        return _Frame.GROUP

    def _opens_expression(self, frame: _Frame) -> bool:
        if frame in (_Frame.CLAUSE, _Frame.EXPRESSION):
            return self._word != "VALUES"
        if self._word == "FILTER":
            return True
        return self._word != "VALUES" and self._follows_keyword()

    def _follows_keyword(self) -> bool:
        previous = self._previous
        return previous.kind is Kind.WORD and previous.text.upper() not in TERM_WORDS

    def _close(self, token: Token) -> None:
        if not self._closers or self._closers.pop() != token.text:
            raise self._lexer.error("A bracket closes that was not opened", token.start)
        self._frames.pop()
        self._groups.pop()
        if token.text == "}":
            self._in_triples = False
            self._word = ""

    # Counts

    def _count_patterns(self, number: int) -> None:
        self._patterns += number
        if self._patterns > self._limits.patterns:
            raise TooManyPatternsError(
                f"The query has more than {self._limits.patterns} patterns to plan.",
                limit=self._limits.patterns,
            )

    def _count_operators(self) -> None:
        self._operators += 1
        if self._operators > self._limits.operators:
            raise TooManyOperatorsError(
                f"The query has more than {self._limits.operators} operators.",
                limit=self._limits.operators,
            )
