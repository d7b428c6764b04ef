"""Queries that nobody would write, from a seed: mutated questions, soups of tokens, noise."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

TOKEN = re.compile(
    r'<[^>\s]*>|"(?:[^"\\\n]|\\.)*"|[?$]\w+|[A-Za-z_][\w.-]*:[\w.-]*|\w+|\^\^|&&|\|\||!=|<=|>=|\S'
)
SOUP = """
SELECT ASK CONSTRUCT DESCRIBE WHERE FROM NAMED PREFIX BASE OPTIONAL UNION MINUS FILTER EXISTS NOT
GRAPH SERVICE SILENT BIND AS VALUES UNDEF ORDER BY ASC DESC LIMIT OFFSET GROUP HAVING DISTINCT
REDUCED COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT SEPARATOR IF COALESCE BOUND STR LANG DATATYPE IRI
BNODE RAND NOW UUID REGEX REPLACE SUBSTR CONCAT STRLEN UCASE ENCODE_FOR_URI MD5 SHA512 YEAR TZ IN
INSERT DELETE LOAD DATA a true false
{ } ( ) [ ] . ; , * + ? / | ^ ! = != < > <= >= && || - ^^ @it @en-GB $ ~ << >> # \\ ' " \"\"\" _: :
?s ?p ?o ?x ?y $z <a:a> <http://e/p> <> <x y> _:b rdf:type xsd:integer talea:matches
1 -1 0 1.5 1e308 1e-308 99999999999999999999 "a" "a"@it "1"^^<http://e/integer>
"\\u0000" "\\uD800" 'è' "𝄞" ?è \ufeff \u202e \0
""".split()  # noqa: SIM905 - a table of words
WRAPS = (
    "{ %s }",
    "OPTIONAL { %s }",
    "{ %s } UNION { ?s ?p ?o }",
    "FILTER NOT EXISTS { %s }",
    "MINUS { %s }",
    "GRAPH ?g { %s }",
    "{ SELECT * { %s } }",
    "{ SELECT (COUNT(*) AS ?fuzz) { %s } }",
)
PATHS = ("*", "+", "?", "/<a:a>", "|<a:a>", "/^<a:a>")


def queries(texts: Sequence[str], count: int, seed: int) -> Iterator[bytes]:
    """So many queries: two thirds mutated from `texts`, the rest soups and noise."""
    chance = random.Random(seed)
    for number in range(count):
        text = chance.choice(texts)
        kind = number % 6
        if kind == 4:
            yield " ".join(chance.choices(SOUP, k=chance.randint(1, 80))).encode("utf-8")
        elif kind == 5:
            yield noisy(chance, text.encode("utf-8"))
        else:
            yield mutated(chance, text).encode("utf-8")


def mutated(chance: random.Random, text: str) -> str:
    """A query with some changes: half of the time only such as the grammar mostly allows."""
    tokens = TOKEN.findall(re.sub(r"(?m)^\s*#.*$", "", text))
    changes = GENTLE if chance.random() < 0.5 else (*GENTLE, *ROUGH)
    for _ in range(chance.randint(1, 4)):
        chance.choice(changes)(chance, tokens)
    return " ".join(tokens)


def noisy(chance: random.Random, text: bytes) -> bytes:
    """A query with some bytes changed, put in, taken out, or repeated."""
    raw = bytearray(text)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) or 1)
        match chance.randrange(4):
            case 0:
                raw[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                raw[at:at] = chance.randbytes(chance.randint(1, 4))
            case 2:
                del raw[at : at + chance.randint(1, 40)]
            case _:
                raw[at:at] = raw[at : at + chance.randint(1, 40)] * chance.randint(1, 9)
    return bytes(raw)


def _at(chance: random.Random, tokens: list[str]) -> int:
    return chance.randrange(len(tokens) or 1)


def _drop(chance: random.Random, tokens: list[str]) -> None:
    at = _at(chance, tokens)
    del tokens[at : at + chance.randint(1, 3)]


def _double(chance: random.Random, tokens: list[str]) -> None:
    at = _at(chance, tokens)
    tokens[at:at] = tokens[at : at + chance.randint(1, 12)] * chance.randint(1, 3)


def _swap(chance: random.Random, tokens: list[str]) -> None:
    if tokens:
        one, other = _at(chance, tokens), _at(chance, tokens)
        tokens[one], tokens[other] = tokens[other], tokens[one]


def _replace(chance: random.Random, tokens: list[str]) -> None:
    if tokens:
        tokens[_at(chance, tokens)] = chance.choice(SOUP)


def _insert(chance: random.Random, tokens: list[str]) -> None:
    tokens.insert(_at(chance, tokens), chance.choice(SOUP))


def _wrap(chance: random.Random, tokens: list[str]) -> None:
    """Put what is between two braces into a group of another kind."""
    opens = [at for at, token in enumerate(tokens) if token == "{"]
    if not opens:
        return
    start = chance.choice(opens)
    depth = 0
    for end in range(start, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[end], 0)
        if depth == 0:
            inside = " ".join(tokens[start + 1 : end])
            tokens[start + 1 : end] = (chance.choice(WRAPS) % inside.replace("%", "%%")).split(" ")
            return


def _exchange(chance: random.Random, tokens: list[str]) -> None:
    """Put a variable or a name where another one was."""
    mark = chance.choice("?:")
    same = [at for at, token in enumerate(tokens) if mark in token and len(token) > 2]
    if same:
        tokens[chance.choice(same)] = tokens[chance.choice(same)]


def _path(chance: random.Random, tokens: list[str]) -> None:
    """Make a path of what may be a predicate."""
    names = [at for at, token in enumerate(tokens) if ":" in token]
    if names:
        tokens[chance.choice(names)] += chance.choice(PATHS)


def _number(chance: random.Random, tokens: list[str]) -> None:
    numbers = [at for at, token in enumerate(tokens) if token.isdigit()]
    if numbers:
        tokens[chance.choice(numbers)] = str(chance.choice((0, -1, 10**30, 2**63, "1e400")))


GENTLE = (_wrap, _path, _number, _exchange)
ROUGH = (_drop, _double, _swap, _replace, _insert)
