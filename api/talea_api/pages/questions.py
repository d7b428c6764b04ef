"""The questions of the library on the page: grouped for who looks for one, filled in, bound.

A question is a named query with `question-it` in its header. It is asked for by its short name
(`cq-07`, or the whole name where it has no number), with one parameter of the address for each of
its own; what the address leaves out has the example of the header.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.repository import Brief, Repository
from talea_sparql.description import Executable
from talea_sparql.errors import LibraryError
from talea_sparql.library import Library, NamedQuery, Parameter

from ..errors import Problem
from ..language import Lang, Text, base_of

QUESTION: Final = "domanda"
"""The parameter of the address that names a question."""
THEMES: Final = (
    (
        Text("Che cosa si fa, per chi, con che mezzi", "What is done, for whom, by what means"),
        range(1, 7),
    ),
    (
        Text("Che cosa serve e che cosa può fermarci", "What it takes and what may stop us"),
        (7, 8, 9, 10, 15),
    ),
    (Text("Risultati e confronti", "Results and comparisons"), range(11, 15)),
    (Text("Chi l’ha ripresa", "Who took it up"), range(16, 20)),
    (Text("Bisogni, territorio, programmi", "Needs, territory, programmes"), range(20, 27)),
    (Text("Quanto sono solidi i dati", "How sound the data are"), range(27, 31)),
)
"""The numbered questions by what they are about; a number that is nowhere goes to the rest."""
IN_WORDS: Final = Text("Cerca con parole tue", "Search in your own words")
"""The theme of the questions that search."""
REST: Final = Text("Altre domande, che fanno le pagine", "Other questions, which the pages ask")
MOST_OPTIONS: Final = 600
"""Choices of a list; where there are more, the field takes an address."""
LONGEST: Final = 500
"""Characters of a value."""

_NUMBERED = re.compile(r"(cq-([0-9]+))-.+")
_HEADER_LINE = re.compile(r"# ?[a-z][a-z0-9-]*: ?.*\n")
_NUMBERS = {
    "integer": re.compile(r"[+-]?[0-9]{1,18}"),
    "decimal": re.compile(r"[+-]?[0-9]{1,18}(?:[.,][0-9]{1,9})?"),
    "double": re.compile(r"[+-]?[0-9]{1,18}(?:[.,][0-9]{1,9})?(?:[eE][+-]?[0-9]{1,3})?"),
    "gYear": re.compile(r"[0-9]{4}"),
}
_EXPECTED: Final = {
    "iri": Text(
        "Serve un indirizzo (IRI), come quello dell’esempio.",
        "An address (IRI) is needed, like that of the example.",
    ),
    "integer": Text(
        "Serve un numero intero, senza punti né spazi.",
        "A whole number is needed, without commas or spaces.",
    ),
    "decimal": Text(
        "Serve un numero, senza separatore delle migliaia.",
        "A number is needed, without a thousands separator.",
    ),
    "double": Text(
        "Serve un numero, senza separatore delle migliaia.",
        "A number is needed, without a thousands separator.",
    ),
    "boolean": Text("Serve true o false.", "It must be true or false."),
    "date": Text("Serve una data, come 2026-01-31.", "A date is needed, such as 2026-01-31."),
    "dateTime": Text(
        "Servono una data e un’ora, come 2026-01-31T12:00:00.",
        "A date and a time are needed, such as 2026-01-31T12:00:00.",
    ),
    "gYear": Text("Serve un anno di quattro cifre.", "A year of four digits is needed."),
}
_NOT_EMPTY: Final = Text("Serve un valore.", "A value is needed.")
_PER_LINE: Final = {"integer": "numeric", "gYear": "numeric", "decimal": "decimal"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A question in the list. `missing` says which facts the catalogue lacks for it, if any."""

    name: str
    title: str
    question: str
    href: str
    missing: str


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a list; `depth` is its place in the tree."""

    value: str
    label: str
    depth: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a field. Without options it is an input of `type` and `inputmode`."""

    name: str
    label: str
    value: str
    example: str
    type: str
    inputmode: str
    options: tuple[Option, ...]
    error: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the values of an address. `text` is the query; empty where one is wrong."""

    query: NamedQuery
    values: Mapping[str, str]
    wrong: frozenset[str]
    text: str

    @property
    def name(self) -> str:
        """The name by which addresses ask for it."""
        return short(self.query.name)

    @property
    def problem(self) -> Problem | None:
        """What is wrong with the values, or None."""
        if not self.wrong:
            return None
        names = ", ".join(sorted(self.wrong))
        return Problem(
            "bad-parameter",
            Text(f"Un valore non va bene: {names}.", f"A value does not fit: {names}."),
        )

    def address(self, lang: Lang, **more: str) -> str:
        """The address of the question with these values, in `lang`."""
        return f"{base_of(lang)}/sparql?" + encoded({QUESTION: self.name, **self.values, **more})


def encoded(parameters: Mapping[str, str]) -> str:
    """The query part of an address; what may stand there as it is, such as an IRI, is left so."""
    return urlencode(parameters, safe=":/")


def short(name: str) -> str:
    """The name of a query in addresses: `cq-07` for a numbered one."""
    numbered = _NUMBERED.fullmatch(name)
    return numbered[1] if numbered else name


def questions(library: Library) -> Iterator[NamedQuery]:
    """The named queries that are meant for people, by name."""
    return (query for query in library.values() if query.header.get("question-it"))


def ask(library: Library, name: str, given: Mapping[str, str]) -> Asked:
    """The question of that name with the values of `given`; raises Problem 404."""
    query = next((q for q in questions(library) if name in (q.name, short(q.name))), None)
    if query is None:
        raise Problem(
            "not-found",
            Text(
                "Non c’è una domanda con questo nome: la pagina /sparql le elenca tutte.",
                "There is no question of this name: the page /en/sparql lists them all.",
            ),
        )
    values = {one.name: _clean(one, given.get(one.name, one.example)) for one in query.parameters}
    wrong = frozenset(one.name for one in query.parameters if not _fits(one, values[one.name]))
    text = ""
    if not wrong:
        try:
            text = _readable(query, values)
        except LibraryError:  # a value for LIMIT that is no plain number
            wrong = frozenset(values)
    return Asked(query, values, wrong, text)


def listing(library: Library, lang: Lang) -> list[tuple[str, list[Entry]]]:
    """Every question under the title of its theme; themes without one are left out."""
    titles = (IN_WORDS, *(title for title, _ in THEMES), REST)
    groups: dict[str, list[Entry]] = {title.to(lang): [] for title in titles}
    for query in questions(library):
        numbered = _NUMBERED.fullmatch(query.name)
        number = int(numbered[2]) if numbered else 0
        rest = IN_WORDS if query.name.startswith("cerca-") else REST
        theme = next((title for title, numbers in THEMES if number in numbers), rest)
        groups[theme.to(lang)].append(_entry(query, lang))
    return [(title, entries) for title, entries in groups.items() if entries]


def executables(library: Library, endpoint: str) -> list[Executable]:
    """The questions as the service description offers them, with the values of their examples."""
    return [
        Executable(
            f"{endpoint}?{QUESTION}={short(query.name)}",
            query.form,
            _readable(query, {one.name: one.example for one in query.parameters}),
            {lang: said(query, "title", lang) for lang in ("it", "en")},
            {lang: said(query, "question", lang) for lang in ("it", "en")},
        )
        for query in questions(library)
    ]


def said(query: NamedQuery, key: str, lang: Lang) -> str:
    """A text of the header in `lang`, else in Italian, else nothing."""
    return query.header.get(f"{key}-{lang}") or query.header.get(f"{key}-it", "")


def fields(asked: Asked, release: Release, lang: Lang) -> list[Field]:
    """The parameters of a question as fields, in the order of its header."""
    return [
        Field(
            name=one.name,
            label=one.labels.get(lang) or one.labels.get("it") or one.name,
            value=asked.values[one.name],
            example=one.example,
            type="date" if one.type == "date" else "text",
            inputmode=_PER_LINE.get(one.type, "text"),
            options=_options(one, asked.values[one.name], release, lang),
            error=_error(one, asked, lang),
        )
        for one in asked.query.parameters
    ]


# --- Parts ---


def _entry(query: NamedQuery, lang: Lang) -> Entry:
    name = short(query.name)
    return Entry(
        name,
        said(query, "title", lang),
        said(query, "question", lang),
        f"{base_of(lang)}/sparql?{QUESTION}={name}",
        said(query, "missing", lang),
    )


def _readable(query: NamedQuery, values: Mapping[str, str]) -> str:
    """The bound query, with its name in the place of its header."""
    text = query.bind(values)
    while (line := _HEADER_LINE.match(text)) is not None:
        text = text[line.end() :]
    return f"# Talea: {query.name}\n{text}"


def _clean(parameter: Parameter, value: str) -> str:
    value = value.strip()[:LONGEST]
    if parameter.type in ("decimal", "double"):
        return value.replace(",", ".") if _fits(parameter, value) else value
    return value


def _fits(parameter: Parameter, value: str) -> bool:
    """Whether a value can be written as a term of the type of its parameter."""
    kind = parameter.type.partition("@")[0]
    if kind in _NUMBERS:
        return _NUMBERS[kind].fullmatch(value) is not None
    try:
        if kind == "iri":
            NamedNode(value)
        elif kind == "date":
            return date.fromisoformat(value).isoformat() == value
        elif kind == "dateTime":
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return value in ("true", "false") if kind == "boolean" else bool(value)


def _error(parameter: Parameter, asked: Asked, lang: Lang) -> str:
    if parameter.name not in asked.wrong:
        return ""
    if not asked.values[parameter.name]:
        return _NOT_EMPTY.to(lang)
    return _EXPECTED.get(parameter.type, _NOT_EMPTY).to(lang)


def _options(parameter: Parameter, value: str, release: Release, lang: Lang) -> tuple[Option, ...]:
    """The choices of a parameter that is a resource of ours, the value in hand among them."""
    if parameter.type != "iri":
        return ()
    found = list(_choices(parameter.example, release, lang))
    if len(found) > MOST_OPTIONS or parameter.example not in {iri for iri, _, _ in found}:
        return ()
    if value not in {iri for iri, _, _ in found}:
        found.insert(0, (value, value, 0))
    return tuple(Option(iri, label, depth, iri == value) for iri, label, depth in found)


Choice = tuple[str, str, int]
"""IRI, label, depth."""


def _choices(example: str, release: Release, lang: Lang) -> Iterable[Choice]:
    """Resources of the kind of an example, by label; concepts in the order of their scheme."""
    repository = release.repository
    concept = repository.concept(example)
    if concept is not None:
        scheme = repository.scheme(concept.scheme)
        return [(c.iri, c.label(lang), depth) for c, depth in scheme.concepts] if scheme else []
    if example.startswith(ns.VOC):
        return [(ns.VOC + one.slug, one.title(lang), 0) for one in repository.schemes()]
    if example.startswith(ns.ID + "luogo/"):
        return _places(example, repository)
    if example.startswith(ns.ID + "pratica/"):
        titled = ((ns.resource("pratica", b.slug), b.title or "") for b in _titled(repository))
        return [(iri, title, 0) for iri, title in titled]
    return _alike(example, release, lang)


def _titled(repository: Repository) -> list[Brief]:
    """The practices that have a title, by title."""
    briefs = repository.briefs(repository.listed())
    return sorted(briefs, key=lambda brief: (brief.title or "").casefold())


def _places(example: str, repository: Repository) -> Iterable[Choice]:
    """The Comuni of Puglia; for another place, Puglia and its provinces."""
    comuni = [place for place, _ in repository.comuni()]
    here = repository.place(example)
    if here is not None and here.kind == "City":
        return [(place.iri, place.name, 0) for place in comuni]
    provinces = {repository.place(place.above or "") for place in comuni} - {None}
    regions = {repository.place(p.above or "") for p in provinces if p} - {None}
    return [
        (place.iri, place.name, depth)
        for places, depth in ((regions, 0), (provinces, 1))
        for place in sorted((p for p in places if p), key=lambda p: p.name)
    ]


def _alike(example: str, release: Release, lang: Lang) -> Iterable[Choice]:
    """Resources with a class of ours that the example has, and the same place in our addresses."""
    quads, label = release.store.quads, release.repository.label
    kind = example.rsplit("/", 1)[0] + "/"
    found: set[str] = set()
    for typed in quads(NamedNode(example), ns.TYPE, None):
        if isinstance(typed.object, NamedNode) and typed.object.value.startswith(ns.ONTO):
            for quad in quads(None, ns.TYPE, typed.object):
                iri = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
                if iri.startswith(kind) and "/" not in iri[len(kind) :]:
                    found.add(iri)
            if len(found) > MOST_OPTIONS:
                break
    named = ((iri, label(iri, lang)) for iri in found)
    return [(iri, name, 0) for iri, name in sorted(named, key=lambda one: one[1].casefold())]
