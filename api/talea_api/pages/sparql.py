"""The page of the SPARQL service: the questions, a form, and below it what a query gave.

`/sparql` lists the questions of the library and has a form for a query of one's own;
`/sparql?domanda=cq-07&...` shows a question with its fields and its answer; `/sparql?query=...`
the answer to any query. `vista`, `voce` and `valore` choose how a table is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from talea_catalogue.dcat import edition_path
from talea_sparql.pool import Answer as Evaluated

from ..errors import Problem
from ..holder import Edition
from ..language import Lang, Text, base_of
from ..render import Page
from ..settings import Settings
from .questions import QUESTION, Asked, encoded, fields, listing, said
from .results import ROWS_SHOWN, Names, Result, Wanted, result
from .reuse import Citation, Snippet, Source, cite, snippets

SUFFIXES: Final = {
    "json": ".srj",
    "xml": ".srx",
    "csv": ".csv",
    "tsv": ".tsv",
    "ttl": ".ttl",
    "nt": ".nt",
    "rdf": ".rdf",
    "jsonld": ".jsonld",
    "trig": ".trig",
    "nq": ".nq",
}
"""The values of `format=` besides `html`, and the formats they name."""
FILES: Final = {
    "table": ("csv", "tsv", "json", "xml"),
    "boolean": ("json", "xml"),
    "graph": ("ttl", "nt", "rdf", "jsonld", "trig", "nq"),
}
"""The formats of each kind of result, by their names in `format=`."""
FORMAT_NAMES: Final = {
    "json": "JSON",
    "xml": "XML",
    "csv": "CSV",
    "tsv": "TSV",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "jsonld": "JSON-LD",
    "trig": "TriG",
    "nq": "N-Quads",
}
VIEWS: Final = {
    "": Text("Tabella", "Table"),
    "grafico": Text("Grafico", "Chart"),
    "mappa": Text("Mappa della Puglia", "Map of Puglia"),
}
"""The values of `vista=` and what they are called."""
LINES_AROUND: Final = 2
"""Lines of the query that are shown before and after a mistake."""
WIDEST: Final = 160
"""Characters of a line that are shown around a mistake."""
EXAMPLE: Final = """\
PREFIX talea: <https://w3id.org/talea/onto/>
PREFIX dct: <http://purl.org/dc/terms/>

SELECT ?pratica ?titolo WHERE {
  ?pratica a talea:GoodPractice ;
    dct:title ?titolo .
}
ORDER BY ?titolo
LIMIT 20
"""

_TITLE: Final = Text("Interroga i dati", "Query the data")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows besides its form: nothing yet, a result or a problem.

    `asked` is the question of the library that `text` comes from, if any; `wanted` is how the
    reader wants the result.
    """

    text: str
    evaluated: Evaluated | None = None
    problem: Problem | None = None
    asked: Asked | None = None
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the query around a mistake; the wrong one is cut in three at `mark`."""

    number: int
    before: str
    mark: str
    after: str


@dataclass(frozen=True, slots=True)
class View:
    """A way to see the result, and where it is."""

    label: str
    href: str
    current: bool


def sparql(edition: Edition, settings: Settings, territory: Path, lang: Lang, shown: Shown) -> Page:
    """The page that shows `shown`. `territory` is the folder of the boundaries."""
    asked = shown.asked
    title = said(asked.query, "title", lang) if asked else _TITLE.to(lang)
    home, base = ("Home" if lang == "en" else "Inizio"), base_of(lang)
    trail: list[tuple[str, str | None]] = [(home, base + "/")]
    if asked:
        trail.append((_TITLE.to(lang), f"{base}/sparql"))
    problem = shown.problem.document(lang, "") if shown.problem else None
    text = shown.text
    found, about = None, {}
    if shown.evaluated is not None:
        names = Names(edition.release, lang)
        found = result(shown.evaluated, shown.wanted, names, lang, territory)
        about = _about(edition, settings, lang, shown, found)
    return Page(
        title=title,
        description=said(asked.query, "question", lang) if asked else None,
        robots="noindex" if text and not asked else None,
        breadcrumb=(*trail, (title, None)),
        data={
            "text": text,
            "example": EXAMPLE,
            "asked": asked and _question(edition, asked, lang),
            "groups": listing(edition.release.store.library, lang),
            "formats": FORMAT_NAMES,
            "limits": edition.pool.limits,
            "result": found,
            "problem": problem,
            "excerpt": _excerpt(text, problem) if problem else [],
            "rows_shown": ROWS_SHOWN,
            "files": _files(text, found, base),
            "views": _views(found, shown, lang),
            "hidden": _hidden(shown),
            "citation": about.get("citation"),
            "snippets": about.get("snippets", []),
        },
    )


# --- Parts ---


def _question(edition: Edition, asked: Asked, lang: Lang) -> dict[str, Any]:
    """A question for the template: what it asks, its fields, how to read the answer."""
    other: Lang = "it" if lang == "en" else "en"
    return {
        "name": asked.name,
        "wrong": bool(asked.wrong),
        "question": said(asked.query, "question", lang),
        "answer": said(asked.query, "answer", lang),
        "missing": said(asked.query, "missing", lang),
        "fields": fields(asked, edition.release, lang),
        "other": asked.address(other),
    }


def _about(
    edition: Edition, settings: Settings, lang: Lang, shown: Shown, found: Result
) -> dict[str, Any]:
    """The citation of a result and the programs that ask for it again."""
    manifest = edition.release.manifest
    asked = shown.asked
    kinds = {"graph": "text/turtle"}
    media_type = kinds.get(found.kind, "application/sparql-results+json")
    source = Source(
        query=shown.text,
        title=said(asked.query, "title", lang) if asked else "",
        address=settings.site + _address(shown, lang),
        data_digest=manifest.data_digest,
        data_date=manifest.date,
        edition=settings.site + edition_path(manifest.data_digest),
        today=datetime.now(UTC).date(),
    )
    citation: Citation = cite(source, lang)
    programs: list[Snippet] = snippets(shown.text, settings.site + "/sparql", media_type, lang)
    return {"citation": citation, "snippets": programs}


def _address(shown: Shown, lang: Lang, **more: str) -> str:
    """The path of a result: that of its question, or with the whole query."""
    if shown.asked:
        return shown.asked.address(lang, **more)
    return f"{base_of(lang)}/sparql?" + encoded({"query": shown.text, **more})


def _files(text: str, found: Result | None, base: str) -> list[tuple[str, str]]:
    """Name of a format and address of the result in it. Files say the same in every language."""
    if found is None:
        return []
    return [
        (FORMAT_NAMES[name], "/sparql?" + encoded({"query": text, "format": name}))
        for name in FILES[found.kind]
    ]


def _views(found: Result | None, shown: Shown, lang: Lang) -> list[View]:
    """The ways to see a table; none where there is only one."""
    if found is None:
        return []
    able = {"": found.table, "grafico": found.chart, "mappa": found.map}
    views = [
        View(
            VIEWS[name].to(lang),
            _address(shown, lang, **({"vista": name} if name else {})) + "#risultato",
            name == found.view,
        )
        for name in VIEWS
        if able[name] is not None
    ]
    return views if len(views) > 1 else []


def _hidden(shown: Shown) -> list[tuple[str, str]]:
    """What the form that chooses columns sends besides them."""
    if shown.asked:
        return [(QUESTION, shown.asked.name), *shown.asked.values.items()]
    return [("query", shown.text), ("format", "html")]


def _excerpt(text: str, problem: Mapping[str, Any]) -> list[Line]:
    """The lines around a mistake, with the place marked; none where the place is not known."""
    number, column = problem.get("line"), problem.get("column")
    lines = text.split("\n")
    if not number or not column or number > len(lines):
        return []
    first = max(1, number - LINES_AROUND)
    shown = []
    for at in range(first, min(len(lines), number + LINES_AROUND) + 1):
        line = lines[at - 1]
        if at != number:
            shown.append(Line(at, line[:WIDEST], "", ""))
            continue
        here = min(column - 1, len(line))
        start = max(0, here - WIDEST // 2)
        mark = line[here : here + 1]
        after = line[here + 1 : here + WIDEST // 2]
        shown.append(Line(at, line[start:here], mark or " ", after))
    return shown
