"""The words and operators of SPARQL 1.1 as the guard sorts them, in upper case."""

from __future__ import annotations

__all__ = [
    "ALL_WORDS",
    "CLAUSE_WORDS",
    "OPERATORS",
    "TERM_WORDS",
    "UPDATE_WORDS",
    "VOLATILE_WORDS",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UPDATE_WORDS = _words("INSERT DELETE LOAD CLEAR DROP CREATE ADD MOVE COPY WITH")
"""Each begins an update; none is a word of a query."""

VOLATILE_WORDS = _words("NOW RAND UUID STRUUID BNODE")
"""Functions that answer differently each time."""

TERM_WORDS = _words("A TRUE FALSE")
"""Words that stand for a term: rdf:type and the two booleans."""

CLAUSE_WORDS = _words("AS BIND EXISTS FILTER GRAPH HAVING IN MINUS OPTIONAL SELECT UNION VALUES")
"""Words that add a level or a step to the engine's plan."""

# The engine reads keywords without a boundary: `UNIONSELECT` is two of them. A word outside
# this list is refused, so that no clause hides in a compound. LATERAL, which the engine adds
# to SPARQL 1.1, is left out: nothing here needs it and its plans were not measured.
ALL_WORDS = (
    VOLATILE_WORDS
    | TERM_WORDS
    | CLAUSE_WORDS
    | _words(
        """
        ABS ADJUST ASC ASK AVG BASE BOUND BY CEIL COALESCE CONCAT CONSTRUCT CONTAINS COUNT
        DATATYPE DAY DESC DESCRIBE DISTINCT ENCODE_FOR_URI FLOOR FROM GROUP GROUP_CONCAT
        HASLANG HASLANGDIR HOURS IF IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG
        LANGDIR LANGMATCHES LCASE LIMIT MAX MD5 MIN MINUTES MONTH NAMED NOT OBJECT OFFSET ORDER
        PREDICATE PREFIX REDUCED REGEX REPLACE ROUND SAMETERM SAMPLE SECONDS SEPARATOR SHA1
        SHA256 SHA384 SHA512 STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLANGDIR STRLEN
        STRSTARTS SUBJECT SUBSTR SUM TIMEZONE TRIPLE TZ UCASE UNDEF URI VERSION WHERE YEAR
        """
    )
)
"""Every word that a query may contain."""

OPERATORS = _words("|| && + - * / | ^ ! = != < > <= >= ?")
"""Punctuation that makes an expression or a path longer."""
