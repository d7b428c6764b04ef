"""A result of the SPARQL service as the page shows it: table, graph, yes or no, chart, map.

Whatever a result holds is text. It reaches a template as plain strings, and the only addresses
made of it are those of our own pages and http(s) addresses of others.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.foreign import short
from talea_catalogue.outlines import paths
from talea_catalogue.release import Release
from talea_sparql.pool import Answer as Evaluated

from ..addresses import document
from ..language import Lang, base_of
from ..render import LOCALES, number, safe_url

ROWS_SHOWN: Final = 1_000
"""Rows of a result on the page; the files hold them all."""
TEXT_SHOWN: Final = 100_000
"""Characters of a graph on the page."""
CELL_SHOWN: Final = 2_000
"""Characters of one value in the table."""
BARS_SHOWN: Final = 50
"""Rows of a chart."""
ROWS_DRAWN: Final = 5_000
"""Rows of which a chart or a map is made: a page must not keep the others waiting."""
NAMES_SHOWN: Final = 300
"""Resources whose names are looked up for one page: each may cost a query."""
BODIES_ASKED: Final = 600
"""Bodies of which it is asked whose they are: more than there are Comuni on the map."""
SHADES: Final = 5
"""Classes of a map."""

_XSD_NUMBERS: Final = frozenset(
    ns.XSD + name
    for name in (
        *("integer", "decimal", "double", "float", "long", "int", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)

_YEAR: Final = re.compile("year|anno", re.IGNORECASE)
_YEARS: Final = range(1500, 2500)

Term = Mapping[str, Any]
"""A term of the JSON results: `type`, `value`, and `datatype` or `xml:lang` where it has one."""
Row = Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in the table. `href` is one of our pages, `outside` an address elsewhere."""

    text: str
    href: str | None = None
    outside: str | None = None
    name: str = ""
    language: str = ""
    iri: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A variable of the result."""

    name: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of a result."""

    columns: tuple[Column, ...]
    rows: list[list[Cell | None]]
    total: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart: `start` and `length` are percentages of the width."""

    label: str
    value: str
    start: float
    length: float
    negative: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one column by the words of another; `choices` are the columns that could serve."""

    label: str
    value: str
    bars: list[Bar]
    left_out: int
    label_choices: tuple[str, ...]
    value_choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A Comune on the map. `shade` is 0 without a value, else 1 to `SHADES`."""

    path: str
    title: str
    shade: int


@dataclass(frozen=True, slots=True)
class Shade:
    """A line of the legend."""

    shade: int
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Region:
    """A Comune in the table beside the map."""

    name: str
    href: str
    value: str


@dataclass(frozen=True, slots=True)
class Map:
    """Comuni of Puglia by a column, or by how many rows name them where `value` is None."""

    place: str
    value: str | None
    shapes: list[Shape]
    legend: list[Shade]
    regions: list[Region]
    elsewhere: int
    left_out: int
    value_choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave, in the one shape that it has and the views that it allows."""

    kind: str
    """`table`, `boolean` or `graph`."""
    view: str = ""
    """`grafico` or `mappa`; empty for the table."""
    table: Table | None = None
    boolean: bool = False
    text: str = ""
    cut: bool = False
    chart: Chart | None = None
    map: Map | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the reader wants the result: the view, and its columns where they were chosen."""

    view: str = ""
    label: str = ""
    value: str = ""


class Names:
    """Addresses and names of resources for one page. Looks each one up once, and few of them."""

    def __init__(self, release: Release, lang: Lang) -> None:
        self._repository = release.repository
        self._lang: Lang = lang
        self._base = base_of(lang)
        self._hrefs: dict[str, str | None] = {}
        self._names: dict[str, str] = {}
        self._comuni: dict[str, str | None] = {}
        self._bodies = 0

    def href(self, iri: str) -> str | None:
        """The address of our page about a resource, or None."""
        if iri not in self._hrefs:
            ours = document(iri, self.comune_of) if iri.startswith(ns.ROOT) else None
            self._hrefs[iri] = self._base + ours.href if ours else None
        return self._hrefs[iri]

    def name(self, iri: str) -> str:
        """What a resource of ours is called; empty for others and where too many were asked."""
        if not iri.startswith(ns.ROOT):
            return ""
        if iri not in self._names:
            if len(self._names) >= NAMES_SHOWN:
                return ""
            name = self._repository.label(iri, self._lang)
            self._names[iri] = "" if name == ns.local(iri) else name
        return self._names[iri]

    def comune(self, istat: str) -> str:
        """The name of a Comune."""
        return self._repository.label(ns.resource("luogo", istat), self._lang)

    def comune_of(self, iri: str) -> str | None:
        """The ISTAT code of the Comune that a place or a body is."""
        if iri not in self._comuni:
            place = self._repository.place(iri)
            found = place.istat if place else None
            if iri.startswith(ns.ID + "ente/") and self._bodies < BODIES_ASKED:
                self._bodies += 1
                found = self._repository.comune_of(iri)
            self._comuni[iri] = found or None
        return self._comuni[iri]


def result(evaluated: Evaluated, wanted: Wanted, names: Names, lang: Lang, maps: Path) -> Result:
    """What a query gave. `maps` is the folder of the boundaries."""
    if "json" not in evaluated.media_type:
        text = evaluated.body.decode()
        return Result("graph", text=text[:TEXT_SHOWN], cut=len(text) > TEXT_SHOWN)
    data = json.loads(evaluated.body)
    if "boolean" in data:
        return Result("boolean", boolean=data["boolean"])
    variables: list[str] = data["head"]["vars"]
    found: list[Row] = data["results"]["bindings"]
    read = found[:ROWS_DRAWN]
    numeric = tuple(name for name in variables if _is_numeric(name, read))
    amounts = tuple(name for name in numeric if not _is_year(name, read))
    words = [name for name in variables if name not in numeric]
    chart = _chart(words, amounts, read, wanted, names, lang)
    drawn = _map(variables, amounts, read, wanted, names, lang, paths(maps))
    if chart is not None:
        chart = replace(chart, left_out=len(found) - len(chart.bars))
    if drawn is not None:
        drawn = replace(drawn, left_out=len(found) - len(read))
    view = wanted.view if {"grafico": chart, "mappa": drawn}.get(wanted.view) else ""
    return Result(
        "table",
        view=view,
        table=_table(variables, numeric, [] if view else found, names, len(found)),
        chart=chart,
        map=drawn,
    )


# --- Table ---


def _table(
    variables: Sequence[str], numeric: Sequence[str], found: Sequence[Row], names: Names, total: int
) -> Table:
    shown = [
        [_cell(row[name], names) if name in row else None for name in variables]
        for row in found[:ROWS_SHOWN]
    ]
    for cells in shown:
        _drop_names_said(cells)
    return Table(tuple(Column(name, name in numeric) for name in variables), shown, total)


def _drop_names_said(cells: list[Cell | None]) -> None:
    """Leave out the name of a resource where another cell of the row says it."""
    texts = {cell.text for cell in cells if cell is not None and not cell.iri}
    for place, cell in enumerate(cells):
        if cell is not None and cell.name and cell.name in texts:
            cells[place] = Cell(cell.text, cell.href, cell.outside, iri=True)


def _cell(term: Term, names: Names) -> Cell:
    value = term["value"] if isinstance(term["value"], str) else json.dumps(term["value"])
    shown = value if len(value) <= CELL_SHOWN else value[:CELL_SHOWN] + " […]"
    if term["type"] == "uri":
        href = names.href(value)
        outside = None if href or value.startswith(ns.ROOT) else safe_url(value)
        return Cell(compact(shown), href, outside, names.name(value), iri=True)
    return Cell(shown, language=term.get("xml:lang", ""))


def compact(iri: str) -> str:
    """An IRI as readers of the data write it: `pratica/x` for ours, `dct:title`, else whole."""
    for root, prefix in ((ns.ID, ""), (ns.ONTO, "talea:"), (ns.VOC, "voc:")):
        if iri.startswith(root) and len(iri) > len(root):
            return prefix + iri[len(root) :]
    return short(iri)


# --- What a column holds ---


def _is_numeric(name: str, found: Sequence[Row]) -> bool:
    """Whether a column has numbers and nothing else."""
    values = [row[name] for row in found if name in row]
    return bool(values) and all(term.get("datatype") in _XSD_NUMBERS for term in values)


def _is_year(name: str, found: Sequence[Row]) -> bool:
    """Whether a column of numbers says when, not how much: a bar as long as a year says nothing."""
    if not _YEAR.search(name):
        return False
    values = (_number(row.get(name)) for row in found)
    return all(value is None or (value in _YEARS and value == int(value)) for value in values)


def _number(term: Term | None) -> float | None:
    """The value of a numeric term; None for none, and for one that no axis has a place for."""
    try:
        value = float(term["value"]) if term else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _words(value: float, lang: Lang) -> str:
    """A number for people: whole where it is, else with at most three decimals.

    What has too many digits to be read is written as a power of ten.
    """
    if value and not 1e-6 <= abs(value) < 1e15:
        return f"{value:.3g}"
    if value == int(value):
        return number(int(value), LOCALES[lang])
    return number(round(value, 3 if abs(value) >= 0.001 else 9), LOCALES[lang])


def _chosen(wanted: str, choices: Sequence[str]) -> str:
    return wanted if wanted in choices else choices[0]


# --- Chart ---


def _chart(
    words: Sequence[str],
    numeric: tuple[str, ...],
    found: Sequence[Row],
    wanted: Wanted,
    names: Names,
    lang: Lang,
) -> Chart | None:
    """The bars of a result that has words, numbers, and two rows or more."""
    wordy = _by_distinct(words, found)
    if not numeric or not wordy or len(found) < 2:
        return None
    label, value = _chosen(wanted.label, wordy), _chosen(wanted.value, numeric)
    pairs = [(row.get(label), _number(row.get(value))) for row in found]
    known = [(term, size) for term, size in pairs if size is not None]
    if not known:
        return None
    if wanted.view != "grafico":
        known = known[:1]  # only whether there is a chart is asked
    shown = known[:BARS_SHOWN]
    unit = max(abs(size) for _, size in shown) or 1.0
    parts = [size / unit for _, size in shown]
    low = min(0.0, *parts)
    span = (max(0.0, *parts) - low) or 1.0
    bars = [
        Bar(
            _label(term, names),
            _words(size, lang),
            round((min(part, 0.0) - low) / span * 100, 2),
            round(abs(part) / span * 100, 2),
            size < 0,
        )
        for (term, size), part in zip(shown, parts, strict=True)
    ]
    return Chart(label, value, bars, 0, tuple(wordy), numeric)


def _by_distinct(candidates: Sequence[str], found: Sequence[Row]) -> list[str]:
    """Columns that tell rows apart come first; of equals, words before IRIs."""

    def weight(name: str) -> tuple[int, int]:
        values = {(row[name]["type"], str(row[name]["value"])) for row in found if name in row}
        return len(values), sum(kind == "literal" for kind, _ in values)

    weights = {name: weight(name) for name in candidates}
    kept = [name for name in candidates if weights[name][0]]
    return sorted(kept, key=lambda name: weights[name], reverse=True)


def _label(term: Term | None, names: Names) -> str:
    if term is None:
        return "–"
    value = str(term["value"])
    text = (names.name(value) or compact(value)) if term["type"] == "uri" else value
    return text if len(text) <= 200 else text[:200] + " […]"


# --- Map ---


def _map(
    variables: Sequence[str],
    numeric: tuple[str, ...],
    found: Sequence[Row],
    wanted: Wanted,
    names: Names,
    lang: Lang,
    paths: Mapping[str, str],
) -> Map | None:
    """The Comuni of a result on the map of Puglia, where a column names some."""
    column, places = _places(variables, found, names, paths)
    if column is None:
        return None
    counts = Counter(istat for istat in places if istat)
    # A column can be drawn where each Comune has one row: adding up rates would be a lie.
    choices = numeric if max(counts.values()) == 1 else ()
    value = _chosen(wanted.value, choices) if choices else None
    sizes = dict(_sizes(places, found, value, counts))
    if wanted.view != "mappa" or not sizes:
        return Map(column, value, [], [], [], 0, 0, choices) if sizes else None
    shades = _shades(sizes.values())
    shapes = [
        Shape(path, f"{names.comune(istat)}: {_words(sizes[istat], lang)}", shades(sizes[istat]))
        if istat in sizes
        else Shape(path, names.comune(istat), 0)
        for istat, path in paths.items()
    ]
    regions = [
        Region(names.comune(istat), f"{base_of(lang)}/comuni/{istat}", _words(size, lang))
        for istat, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0]))
    ]
    return Map(
        place=column,
        value=value,
        shapes=shapes,
        legend=_legend(sizes.values(), shades, lang),
        regions=regions,
        elsewhere=sum(istat is None for istat in places),
        left_out=0,
        value_choices=choices,
    )


def _places(
    variables: Sequence[str], found: Sequence[Row], names: Names, paths: Mapping[str, str]
) -> tuple[str | None, list[str | None]]:
    """The column that names most Comuni of Puglia, and the ISTAT code of each row."""
    best: tuple[int, str | None, list[str | None]] = (0, None, [])
    for name in variables:
        iris = (row[name]["value"] if _is_place(row.get(name)) else "" for row in found)
        codes = [names.comune_of(iri) if iri else None for iri in iris]
        known = [istat if istat in paths else None for istat in codes]
        count = sum(istat is not None for istat in known)
        if count > best[0]:
            best = (count, name, known)
    return best[1], best[2]


def _is_place(term: Term | None) -> bool:
    if term is None or term["type"] != "uri":
        return False
    return bool(term["value"].startswith((ns.ID + "luogo/", ns.ID + "ente/")))


def _sizes(
    places: Sequence[str | None], found: Sequence[Row], value: str | None, counts: Counter[str]
) -> Iterator[tuple[str, float]]:
    """ISTAT code -> what the map shows of it."""
    if value is None:
        yield from ((istat, float(count)) for istat, count in counts.items())
        return
    for istat, row in zip(places, found, strict=True):
        size = _number(row.get(value))
        if istat is not None and size is not None:
            yield istat, size


def _shades(sizes: Any) -> Callable[[float], int]:
    """The shade of a value: each value its own where they are few, else as many of each shade."""
    ordered = sorted(sizes)
    different = sorted(set(ordered))
    if len(different) <= SHADES:
        last = max(len(different) - 1, 1)
        step = {v: 1 + round(i * (SHADES - 1) / last) for i, v in enumerate(different)}
        return lambda size: step[size]
    limits = [ordered[len(ordered) * part // SHADES] for part in range(1, SHADES)]
    return lambda size: 1 + sum(size >= limit for limit in limits)


def _legend(sizes: Any, shades: Callable[[float], int], lang: Lang) -> list[Shade]:
    groups: dict[int, list[float]] = {}
    for size in sizes:
        groups.setdefault(shades(size), []).append(size)
    return [
        Shade(
            shade,
            _words(min(values), lang)
            if min(values) == max(values)
            else f"{_words(min(values), lang)} – {_words(max(values), lang)}",
            len(values),
        )
        for shade, values in sorted(groups.items())
    ]
