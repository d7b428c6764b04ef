"""The terminals of SPARQL 1.1 (section 19.8 of the recommendation), one at a time.

The engine's parser works on characters, not tokens, so it reads some texts otherwise than the
recommendation does: it takes `1<<a:#>` for a comparison, and a long string with a wrong escape
for two short ones. A text with two readings could hide a clause from the guard; the lexer
refuses it instead of choosing.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from talea_sparql.errors import QuerySyntaxError

__all__ = ["Kind", "Lexer", "Token"]


class Kind(Enum):
    """What a token is."""

    IRI = auto()
    NAME = auto()  # a prefixed name, or a prefix with its colon
    BLANK = auto()
    VARIABLE = auto()
    STRING = auto()
    NUMBER = auto()
    LANGUAGE = auto()
    WORD = auto()  # a keyword, a function, `a`, `true` or `false`
    PUNCTUATION = auto()
    END = auto()


class Token(NamedTuple):
    """A token, its text and where it starts and ends in the query (in characters)."""

    kind: Kind
    text: str
    start: int
    end: int


_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_START = f"{_BASE}_"
_CHAR = f"{_START}0-9\u00b7\u0300-\u036f\u203f-\u2040-"
_PLX = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
# The bound keeps the scan linear: a longer prefix is refused as an unknown word.
_PREFIX = f"(?:[{_BASE}](?:[{_CHAR}]|\\.+(?=[{_CHAR}])){{0,127}}+)?"
_LOCAL = f"(?:[{_START}:0-9]|{_PLX})(?:(?:[{_CHAR}:]|{_PLX})|\\.+(?=[{_CHAR}:%\\\\]))*+"

_SKIP = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*+")
_IRI = re.compile(r'<((?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+)>')
_NAME = re.compile(f"{_PREFIX}:(?:{_LOCAL})?")
_BLANK = re.compile(f"_:[{_START}0-9](?:[{_CHAR}]|\\.+(?=[{_CHAR}]))*+")
_VARIABLE = re.compile(f"[?$][{_START}0-9][{_START}0-9\u00b7\u0300-\u036f\u203f-\u2040]*+")
_NUMBER = re.compile(
    r"[0-9]+\.[0-9]*[eE][+-]?[0-9]+|\.?[0-9]+[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+"
)
_LANGUAGE = re.compile(r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*+")
_PUNCTUATION = re.compile(r"\|\||&&|\^\^|!=|<=|>=|<<|>>|[<>{}()\[\]=!+\-*/|^?,;.~]")
# Lenient about escapes on purpose: a wrong escape is refused, it never ends the string early.
_STRINGS = (
    ('"""', re.compile(r'"""(?:"{0,2}+(?:[^"\\]|\\.))*+"""', re.DOTALL)),
    ("'''", re.compile(r"'''(?:'{0,2}+(?:[^'\\]|\\.))*+'''", re.DOTALL)),
    ('"', re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*+"')),
    ("'", re.compile(r"'(?:[^'\\\r\n]|\\[^\r\n])*+'")),
)
_ESCAPE = re.compile(r"""\\(?:[tbnrf"'\\]|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.?))""", re.DOTALL)
_TERMS = (
    (Kind.VARIABLE, _VARIABLE),
    (Kind.NAME, _NAME),
    (Kind.WORD, _WORD),
    (Kind.NUMBER, _NUMBER),
    (Kind.BLANK, _BLANK),
    (Kind.LANGUAGE, _LANGUAGE),
    (Kind.PUNCTUATION, _PUNCTUATION),
)
# One expression tries them in this order; the number of its group tells which it was.
_TERM = re.compile("|".join(f"({pattern.pattern})" for _, pattern in _TERMS))
_KINDS = (Kind.END, *(kind for kind, _ in _TERMS))


class Lexer:
    """Reads one query from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._position = 0

    def error(self, detail: str, position: int) -> QuerySyntaxError:
        """Return a syntax error at a position in characters."""
        line = self.text.count("\n", 0, position) + 1
        column = position - (self.text.rfind("\n", 0, position) + 1) + 1
        return QuerySyntaxError(f"{detail} (line {line}).", line=line, column=column)

    def next(self, *, after_operand: bool = False) -> Token:
        """Return the next token, `Kind.END` at the end.

        `after_operand` says that an expression could go on with an operator here, so that `<`
        may mean "less than". Raises `QuerySyntaxError`.
        """
        skipped = _SKIP.match(self.text, self._position)
        start = skipped.end() if skipped else self._position
        if start == len(self.text):
            self._position = start
            return Token(Kind.END, "", start, start)
        kind, end = self._match(start, after_operand)
        self._position = end
        return Token(kind, self.text[start:end], start, end)

    def _match(self, start: int, after_operand: bool) -> tuple[Kind, int]:
        character = self.text[start]
        if character == "<":
            return self._less_than(start, after_operand)
        if character in "\"'":
            return Kind.STRING, self._string(start)
        match = _TERM.match(self.text, start)
        if match is None or match.lastindex is None:
            raise self.error(f"The character {character!a} has no meaning here", start)
        return _KINDS[match.lastindex], match.end()

    def _less_than(self, start: int, after_operand: bool) -> tuple[Kind, int]:
        if self.text.startswith("<<", start) and _IRI.match(self.text, start + 1):
            raise self.error("'<<' can be read in two ways: put a space after each '<'", start)
        iri = _IRI.match(self.text, start)
        if iri is None:
            match = _PUNCTUATION.match(self.text, start)
            return Kind.PUNCTUATION, match.end() if match else start + 1
        if after_operand:
            raise self.error("'<' can be read in two ways: put a space after it", start)
        self._check_escapes(start, iri.end())
        return Kind.IRI, iri.end()

    def _string(self, start: int) -> int:
        for quotes, pattern in _STRINGS:
            if self.text.startswith(quotes, start):
                match = pattern.match(self.text, start)
                if match is None:
                    break  # a long string that does not end is never read as a short one
                self._check_escapes(start, match.end())
                return match.end()
        raise self.error("A string has no end", start)

    def _check_escapes(self, start: int, end: int) -> None:
        for match in _ESCAPE.finditer(self.text, start, end):
            digits = match[1] or match[2]
            if match[3] is not None:
                raise self.error("A string has an unknown escape", match.start())
            if digits and (0xD800 <= int(digits, 16) <= 0xDFFF or int(digits, 16) > 0x10FFFF):
                raise self.error("An escape names no character", match.start())
