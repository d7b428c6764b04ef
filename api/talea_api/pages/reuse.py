"""How a result is cited, and asked for again from a terminal or from Python.

The texts are made to be copied. A query can hold whatever its author likes, so each snippet quotes
it in the way of its language: nothing in it can end the quotation, and no invisible character is
left in a text that somebody pastes into a terminal.
"""

import hashlib
import re
import shlex
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from ..language import Lang, Text
from ..render import LOCALES, day

LONGEST_ADDRESS: Final = 2_000
"""Characters of an address that every program and every letter can carry."""

_WORK: Final = Text(
    "Talea, catalogo delle buone pratiche di welfare locale",
    "Talea, catalogue of good practices of local welfare",
)
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that do something, or nothing, but are not seen."""
_GAPS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Citation:
    """Everything that says which result this is. `address` is empty where the query is too long."""

    text: str
    data_digest: str
    query_digest: str
    edition: str
    address: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to copy. `language` is what it is written in."""

    id: str
    title: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """What was asked of what. Addresses are absolute; `address` is that of the result."""

    query: str
    title: str
    address: str
    data_digest: str
    data_date: str
    edition: str
    today: date


def cite(source: Source, lang: Lang) -> Citation:
    """The citation of a result; the day is the one on which it was read."""
    digest = hashlib.sha256(source.query.encode()).hexdigest()
    said = f"«{source.title}». " if source.title else ""
    address = source.address if len(source.address) <= LONGEST_ADDRESS else ""
    read = day(source.today.isoformat(), LOCALES[lang])
    built = day(source.data_date, LOCALES[lang])
    parts = [
        f"{said}{_WORK.to(lang)}",
        Text(
            f"edizione dei dati {source.data_digest[:12]} del {built} ({source.edition})",
            f"edition of the data {source.data_digest[:12]} of {built} ({source.edition})",
        ).to(lang),
        Text(f"query SHA-256 {digest[:16]}", f"query SHA-256 {digest[:16]}").to(lang),
        *([address] if address else []),
        Text(f"consultato il {read}", f"read on {read}").to(lang),
    ]
    text = _GAPS.sub(" ", ", ".join(parts)) + ". CC BY 4.0."
    return Citation(text, source.data_digest, digest, source.edition, address)


def snippets(query: str, endpoint: str, media_type: str, lang: Lang) -> list[Snippet]:
    """How to ask `query` of `endpoint` again: with curl, with Python, with SPARQLWrapper."""
    header = f"Accept: {media_type}"
    curl = (
        f"curl -H {_shell(header)} \\\n  --data-urlencode {_shell('query=' + query)} \\\n"
        f"  {_shell(endpoint)}\n"
    )
    written = f"query = {_python(query)}\n"
    urllib = (
        "from urllib.parse import urlencode\n"
        "from urllib.request import Request, urlopen\n\n"
        f"{written}\n"
        f"request = Request(\n    {_python(endpoint)},\n"
        '    urlencode({"query": query}).encode(),\n'
        f"    {{{_python('Accept')}: {_python(media_type)}}},\n)\n"
        "with urlopen(request, timeout=60) as answer:\n    print(answer.read().decode())\n"
    )
    wrapper = (
        "from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper  # pip install SPARQLWrapper\n"
        f"\n{written}\n"
        f"endpoint = SPARQLWrapper({_python(endpoint)})\n"
        "endpoint.setMethod(POST)\n"
        f"endpoint.setReturnFormat({'JSON' if 'json' in media_type else 'TURTLE'})\n"
        "endpoint.setQuery(query)\n"
        f"{_READ['json' in media_type]}"
    )
    only = Text("Python, senza installare nulla", "Python, with nothing to install")
    return [
        Snippet("curl", Text("Terminale (curl)", "Terminal (curl)").to(lang), "sh", curl),
        Snippet("python", only.to(lang), "python", urllib),
        Snippet("sparqlwrapper", "Python (SPARQLWrapper)", "python", wrapper),
    ]


_READ: Final = {
    True: "print(endpoint.queryAndConvert())\n",
    False: "print(endpoint.query().response.read().decode())\n",
}


# --- Quoting ---


def _unseen(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _INVISIBLE


def _shell(text: str) -> str:
    """One word of a POSIX shell; of bash, zsh and ksh where it has invisible characters.

    A terminal acts on control characters even inside quotes: they are written as escapes.
    """
    if not any(map(_unseen, text)):
        return shlex.quote(text)
    return "$'" + "".join(map(_shell_character, text)) + "'"


def _shell_character(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if _unseen(character):
        return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    return character


def _python(text: str) -> str:
    """A Python string: in triple quotes where nothing in it needs an escape."""
    if "\n" not in text:
        return _quoted(text)
    plain = '"""' not in text and "\\" not in text and not text.endswith('"')
    if plain and not any(map(_unseen, text)):
        return f'"""{text}"""' if not text.startswith('"') else _lines(text)
    return _lines(text)


def _lines(text: str) -> str:
    written = "\n".join(f"    {_quoted(line)}" for line in text.splitlines(keepends=True))
    return f"(\n{written}\n)"


_quoted: Callable[[str], str] = repr
"""A string on one line. What is not printable becomes an escape."""
