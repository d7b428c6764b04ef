"""Which file of a copy stands for an address of the site; no file is read here.

A page is a file that ends in `.html`, whatever it is called on the site: a browser that opens a
folder from the disk does not look for an index in it. What answers a question of the visitor, and
so has no end of pages, has none here: it is told on the page of what is missing.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from talea_catalogue.search.facets import FILTERS, RANGES

from ..language import Lang, Text, base_of, without_language

ABOUT: Final = "/copia"
"""The page of what a copy is and what it lacks."""
PRACTICES: Final = "/pratiche"
QUESTIONS: Final = "/domande"
"""The questions of the library, to be read."""
LISTS: Final = "/elenchi/"
"""Lists of the practices that share a value."""
INDEX: Final = "/indice.js"
"""The data of the search."""

KEPT: Final[Mapping[str, tuple[str, ...]]] = {"/copertura": ("voce",), "/comuni": ("pagina",)}
"""Pages that have a file for each value of some parameters."""
_MARKED: Final = re.compile(r"/mappa|/pratiche/[^/]+")
"""Pages that a parameter only marks: they are led to without it."""
_FROM_A_COMUNE: Final = re.compile(r"/comuni/[^/]+/pratiche")
_LACKING: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"/pratiche/[^/]+/confronto"), "confronto"),
    (re.compile(r"/pratiche/[^/]+/piano"), "piano"),
    (_FROM_A_COMUNE, "da-un-comune"),
    (re.compile(r"/confronta"), "confronta"),
    (re.compile(r"/sparql(/.*)?"), "interroga"),
    (re.compile(r"/api(/.*)?|/dati/(timegate|timemap)(/.*)?"), "programmi"),
    (re.compile(r"/feed\.atom"), "novita"),
    (re.compile(r"/pubblicazioni/anteprima"), "altro"),
)
"""Addresses that need the site, and the part of `ABOUT` that tells of them."""
_NEEDS_THE_SITE: Final = Text("serve il sito in linea", "needs the site online")
_OF_MACHINES: Final = ("programmi", "novita")
"""Parts about addresses that have no language: told in that of the page."""
_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_FILES: Final = re.compile(r"/(static|dati/versioni/[0-9a-f]+)/.+")
"""Addresses of files, even where they have no ending."""
_LISTED: Final = tuple(name for name in FILTERS if name not in RANGES)


@dataclass(frozen=True, slots=True)
class Target:
    """What an address of the site leads to in a copy.

    `address` is the one to ask for, None where nothing is; `file` is where it stands, with `query`
    and `fragment` to write after it. `lacking` says, in the language of the page, that what the
    address led to is not in the copy.
    """

    file: str
    address: str | None
    query: str = ""
    fragment: str = ""
    lacking: str = ""


@lru_cache(maxsize=100_000)
def target(href: str, lang: Lang) -> Target | None:
    """What an address that begins with one slash leads to; None for any other address.

    `lang` is the language of the page that has it: for what has no language of its own.
    """
    if not href.startswith("/") or href.startswith("//"):
        return None
    parts = urlsplit(href)
    path = unquote(parts.path)
    plain = without_language(path)
    base = "" if plain == path else base_of("en")
    query = dict(parse_qsl(parts.query))
    if plain == "/sparql" and "domanda" in query and _VALUE.fullmatch(query["domanda"]):
        return Target(file_of(base + QUESTIONS), base + QUESTIONS, "", query["domanda"])
    if plain == "/sparql":
        return Target(file_of(base + QUESTIONS), base + QUESTIONS)
    if _FROM_A_COMUNE.fullmatch(plain) and set(query) == {"bisogno"}:
        plain = PRACTICES
    lacking = next((part for pattern, part in _LACKING if pattern.fullmatch(plain)), None)
    if lacking is not None:
        return lacks(base or base_of(lang) if lacking in _OF_MACHINES else base, lacking)
    if not parts.query or _MARKED.fullmatch(plain):
        address = base + plain if base == "" or plain != "/" else base + "/"
        return Target(file_of(address), address, "", parts.fragment)
    return _asked(base, plain, query, parts.query) or lacks(base, "altro")


def lacks(base: str, part: str = "altro") -> Target:
    """The part of the page of what is missing."""
    said = _NEEDS_THE_SITE.to("en" if base else "it")
    return Target(file_of(base + ABOUT), base + ABOUT, "", part, said)


def _asked(base: str, plain: str, query: Mapping[str, str], written: str) -> Target | None:
    """The file of a page with parameters, where there is one."""
    if plain == PRACTICES and set(query) == {"q"}:
        return Target(file_of(base + plain), base + plain, written)
    if plain == PRACTICES and query and set(query) <= set(_LISTED):
        named = list_of(query.items())
        if named is not None:
            return Target(file_of(base + named), f"{base}{plain}?{_written(query)}")
    if plain in KEPT and len(query) == 1 and set(query) <= set(KEPT[plain]):
        ((name, value),) = query.items()
        if _VALUE.fullmatch(value):
            return Target(file_of(f"{base}{plain}/{name}-{value}"), f"{base}{plain}?{name}={value}")
    return None


def list_of(values: Iterable[tuple[str, str]]) -> str | None:
    """The path of the list of practices with some values; None where one is no value of ours."""
    pairs = sorted(values)
    if not all(_VALUE.fullmatch(value) for _, value in pairs):
        return None
    return LISTS + "_".join(f"{name}-{value}" for name, value in pairs)


def _written(query: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(query.items()))


def is_file(path: str) -> bool:
    """Whether an address, without its query, is that of a file and not of a page."""
    last = path.rsplit("/", 1)[-1]
    return "." in last or bool(_FILES.fullmatch(path))


def file_of(path: str) -> str:
    """The file that stands for a path, from the root of the copy, without a slash before it."""
    name = posixpath.normpath(path).lstrip("/")
    if is_file(path):
        return name.removesuffix(".html") + ".html" if path.endswith(".html") else name
    if path.endswith("/") or path in ("", "/en"):
        return posixpath.join(name if name != "." else "", "index.html").lstrip("/")
    return name + ".html"
