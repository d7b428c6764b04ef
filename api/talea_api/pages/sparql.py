"""The page of the SPARQL service: a form, and below it what a query gave."""

import json
from dataclasses import dataclass
from typing import Any, Final

from talea_sparql.pool import Answer as Evaluated

from ..errors import Problem
from ..holder import Edition
from ..language import Lang, base_of
from ..render import Page

ROWS_SHOWN: Final = 500
"""Rows of a result on the page; the files hold them all."""
TEXT_SHOWN: Final = 100_000
"""Characters of a graph on the page."""
CELL_SHOWN: Final = 2_000
"""Characters of one value in the table."""
SUFFIXES: Final = {
    "json": ".srj",
    "xml": ".srx",
    "csv": ".csv",
    "tsv": ".tsv",
    "ttl": ".ttl",
    "nt": ".nt",
    "rdf": ".rdf",
    "jsonld": ".jsonld",
}
"""The values of `format=` besides `html`, and the formats they name."""
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


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows besides its form: nothing yet, a result or a problem."""

    text: str
    evaluated: Evaluated | None = None
    problem: Problem | None = None


def sparql(edition: Edition, lang: Lang, shown: Shown) -> Page:
    """The page that shows `shown`, with the named queries of the release as examples."""
    title = "Query the data" if lang == "en" else "Interroga i dati"
    return Page(
        title=title,
        robots="noindex" if shown.text else None,
        breadcrumb=(("Home" if lang == "en" else "Inizio", base_of(lang) + "/"), (title, None)),
        data={
            "text": shown.text,
            "example": EXAMPLE,
            "examples": _examples(edition, lang),
            "formats": tuple(SUFFIXES),
            "limits": edition.pool.limits,
            "result": _result(shown.evaluated) if shown.evaluated else None,
            "problem": shown.problem.document(lang, "") if shown.problem else None,
            "rows_shown": ROWS_SHOWN,
        },
    )


def _examples(edition: Edition, lang: Lang) -> list[dict[str, str]]:
    """The named queries, each with the values of its header: ready to be run as they are."""
    library = edition.release.store.library
    return [
        {
            "name": name,
            "title": query.header[f"title-{lang}"],
            "question": query.header.get(f"question-{lang}", ""),
            "text": query.bind(query.examples()),
        }
        for name, query in library.items()
    ]


def _result(evaluated: Evaluated) -> dict[str, Any]:
    """A result for the template: a table, a yes or no, or the text of a graph."""
    if "json" not in evaluated.media_type:
        text = evaluated.body.decode()
        return {"kind": "graph", "text": text[:TEXT_SHOWN], "cut": len(text) > TEXT_SHOWN}
    data = json.loads(evaluated.body)
    if "boolean" in data:
        return {"kind": "boolean", "boolean": data["boolean"]}
    names = data["head"]["vars"]
    bindings = data["results"]["bindings"]
    rows = [[_cell(row.get(name)) for name in names] for row in bindings[:ROWS_SHOWN]]
    return {"kind": "table", "names": names, "rows": rows, "total": len(bindings)}


def _cell(term: dict[str, Any] | None) -> dict[str, Any] | None:
    """A term as it is, unless its text is too long for a table."""
    if term is None or not isinstance(term["value"], str) or len(term["value"]) <= CELL_SHOWN:
        return term
    return {"type": "literal", "value": term["value"][:CELL_SHOWN] + " […]"}
