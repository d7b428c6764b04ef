"""Named queries: one `.rq` file each, with a header of `# key: value` comments.

A header looks like this (`parameters` may be repeated, one parameter a line)::

    # title-it: Pratiche di un Comune
    # title-en: Practices of a municipality
    # question-it: Quali pratiche ha attivato questo Comune?
    # parameters: comune: iri <https://example.org/id/luogo/072006>
    # parameter-it: comune: Comune
    # parameter-en: comune: Municipality
    # expected: 3

`parameter-it` and `parameter-en` are what a form calls the parameter, one a line as well. In the
text a parameter is written with a dollar sign, `$comune`, and every other variable with a
question mark, so the file is plain SPARQL that any tool can run with the parameter left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode

from talea_sparql.errors import LibraryError, SparqlError
from talea_sparql.formats import Form
from talea_sparql.guard import inspect
from talea_sparql.limits import Limits
from talea_sparql.tokens import Kind, Lexer

__all__ = ["Library", "NamedQuery", "Parameter", "Value", "parse_query"]

Value = NamedNode | Literal | str | int | float | bool

_XSD = "http://www.w3.org/2001/XMLSchema#"
_HEADER = re.compile(r"# ?([a-z][a-z0-9-]*): *(.*?) *")
_PARAMETER = re.compile(r"([a-z][a-z0-9_]*): *([a-zA-Z]+(?:@[a-z-]+)?)(?: +(.+))?")
_LABEL = re.compile(r"([a-z][a-z0-9_]*): *(.+)")
_REPEATED = ("parameters", "parameter-it", "parameter-en")
_REQUIRED = ("title-it", "title-en")
_DATATYPES = ("integer", "decimal", "double", "boolean", "date", "dateTime", "gYear")
# These queries are ours: a little more room, still no plan of seconds.
_LIMITS = Limits(patterns=120)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the caller binds.

    `type` is `iri`, `string`, `string@it` (any language tag) or an XSD datatype such as
    `integer` or `date`. `example` is its text in the header, without `<>` or quotes. `labels`
    maps a language to what the parameter is called in it, where the header says so.
    """

    name: str
    type: str
    example: str
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def term(self, value: Value) -> NamedNode | Literal:
        """Return the RDF term of a value. Raises `LibraryError` where it does not fit."""
        if isinstance(value, NamedNode | Literal):
            if isinstance(value, NamedNode) == (self.type == "iri"):
                return value
            raise LibraryError(f"the parameter {self.name} is of type {self.type}")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            if self.type == "iri":
                return NamedNode(text)
            base, _, language = self.type.partition("@")
            if language:
                return Literal(text, language=language)
            if base == "string":
                return Literal(text)
            return Literal(text, datatype=NamedNode(_XSD + base))
        except ValueError as error:
            raise LibraryError(f"the parameter {self.name} cannot be {text!r}") from error


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One named query: its header, its text, and the text cut at each parameter.

    `pieces` alternates text and parameter names, beginning and ending with text. `header` holds
    every key, `parameters` and the titles included.
    """

    name: str
    form: Form
    text: str
    parameters: tuple[Parameter, ...]
    header: Mapping[str, str]
    pieces: tuple[str, ...]

    def bind(self, values: Mapping[str, Value | Sequence[Value]]) -> str:
        """Return the query with a value in the place of each parameter.

        A sequence stands for the list of `IN ($name)` or `VALUES ?x { $name }`. Terms are
        written by the engine's own serialiser, so no value can become syntax. Raises
        `LibraryError` unless exactly the declared parameters are given.
        """
        declared = {parameter.name: parameter for parameter in self.parameters}
        if values.keys() != declared.keys():
            raise LibraryError(f"{self.name} takes {sorted(declared)}, got {sorted(values)}")
        out = [self.pieces[0]]
        for name, text in zip(self.pieces[1::2], self.pieces[2::2], strict=True):
            out.append(_written(declared[name], values[name], out[-1]))
            out.append(text)
        return "".join(out)

    def examples(self) -> dict[str, Value | Sequence[Value]]:
        """Return the header's example for every parameter, ready for `bind`."""
        return {parameter.name: parameter.example for parameter in self.parameters}


def _written(parameter: Parameter, value: Value | Sequence[Value], before: str) -> str:
    if re.search(r"(?:LIMIT|OFFSET)\s+\Z", before, re.IGNORECASE):
        if not isinstance(value, int | str) or not re.fullmatch("[0-9]{1,9}", str(value)):
            raise LibraryError(f"the parameter {parameter.name} is a whole number")
        return str(value)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return str(parameter.term(value))
    separator = ", " if before.rstrip().endswith("(") else " "
    return separator.join(str(parameter.term(item)) for item in value)


def parse_query(name: str, source: str) -> NamedQuery:
    """Read one named query. Raises `LibraryError`, which names it."""
    header: dict[str, str] = {}
    for line in source.splitlines():
        match = _HEADER.fullmatch(line)
        if match is None:
            break
        key, value = match.groups()
        if key not in header:
            header[key] = value
        elif key in _REPEATED:
            header[key] += f"\n{value}"
        else:
            raise LibraryError(f"{name}: the header has {key} twice")
    for key in _REQUIRED:
        if not header.get(key):
            raise LibraryError(f"{name}: the header has no {key}")
    parameters = _parameters(name, header)
    pieces = tuple(_cut(name, source))
    declared = {parameter.name for parameter in parameters}
    if declared != set(pieces[1::2]):
        raise LibraryError(
            f"{name}: the header declares {sorted(declared)}, the text uses "
            f"{sorted(set(pieces[1::2]))}"
        )
    query = NamedQuery(name, Form.SELECT, source, parameters, MappingProxyType(header), pieces)
    try:
        form = inspect(query.bind(query.examples()), _LIMITS).form
    except SparqlError as error:
        raise LibraryError(f"{name}: {error.detail}") from error
    return NamedQuery(name, form, source, query.parameters, query.header, pieces)


def _parameters(name: str, header: Mapping[str, str]) -> tuple[Parameter, ...]:
    said = {lang: _labels(name, header.get(f"parameter-{lang}", "")) for lang in ("it", "en")}
    lines = header.get("parameters", "").split("\n")
    found = tuple(parameter for line in lines for parameter in _parameter(name, line, said))
    if nameless := set().union(*said.values()) - {parameter.name for parameter in found}:
        raise LibraryError(f"{name}: the header names {sorted(nameless)}, which are no parameters")
    return found


def _labels(name: str, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, text.split("\n")):
        match = _LABEL.fullmatch(line)
        if match is None or match[1] in found:
            raise LibraryError(f"{name}: the name of a parameter is 'name: words', not {line!r}")
        found[match[1]] = match[2]
    return found


def _parameter(name: str, text: str, said: Mapping[str, Mapping[str, str]]) -> Iterator[Parameter]:
    if text in ("", "-", "none"):
        return
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise LibraryError(f"{name}: a parameter is 'name: type example', not {text!r}")
    kind, example = match[2], (match[3] or "").strip()
    if kind != "iri" and kind.partition("@")[0] != "string" and kind not in _DATATYPES:
        raise LibraryError(f"{name}: the type {kind} of a parameter is unknown")
    if not example:
        raise LibraryError(f"{name}: the parameter {match[1]} has no example")
    if (example[0], example[-1]) in (("<", ">"), ('"', '"')):
        example = example[1:-1]
    labels = {lang: names[match[1]] for lang, names in said.items() if match[1] in names}
    yield Parameter(match[1], kind, example, MappingProxyType(labels))


def _cut(name: str, source: str) -> Iterator[str]:
    lexer = Lexer(source)
    position = 0
    try:
        while (token := lexer.next()).kind is not Kind.END:
            if token.kind is Kind.VARIABLE and token.text.startswith("$"):
                yield source[position : token.start]
                yield token.text[1:]
                position = token.end
    except SparqlError as error:
        raise LibraryError(f"{name}: {error.detail}") from error
    yield source[position:]


_parsed = lru_cache(1_000)(parse_query)
"""A server reads the same texts again with each release."""


class Library(Mapping[str, NamedQuery]):
    """The named queries of one folder, by file name without suffix, in sorted order."""

    def __init__(self, queries: Mapping[str, NamedQuery]) -> None:
        self._queries = dict(sorted(queries.items()))

    @classmethod
    def load(cls, folder: Path) -> Library:
        """Read every `*.rq` of a folder. Raises `LibraryError` with the file's name."""
        queries = {}
        for path in sorted(folder.glob("*.rq")):
            try:
                queries[path.stem] = _parsed(path.stem, path.read_text(encoding="utf-8"))
            except (LibraryError, OSError, UnicodeDecodeError) as error:
                raise LibraryError(f"{path}: {error}") from error
        return cls(queries)

    def __getitem__(self, name: str) -> NamedQuery:
        return self._queries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)
