"""From filters to the SPARQL query that selects the same practices, to keep and to publish from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from .. import namespaces as ns
from ..vocabulary import Vocabulary
from .columns import SCHEMES
from .facets import UNSAID, YES

__all__ = ["SELECTING", "query_for"]

_CONCEPTS: Final = {
    "area": "talea:thematicArea",
    "target": "talea:targetGroup",
    "bisogno": "talea:needCategory",
}
"""Filter -> the property of its concepts."""
SELECTING: Final = (*_CONCEPTS, "territorio", "livello", "replicata")
"""The filters that can be written as a query."""
_PREFIXES: Final = {
    "clv": "https://w3id.org/italia/onto/CLV/",
    "dct": ns.DCT,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": ns.SKOS,
    "talea": ns.ONTO,
}
_PLACES: Final = """\
  {
    ?practice talea:implementedIn|talea:promoterPlace|talea:promoterMember ?here
  } UNION {
    ?practice talea:inRegion|talea:inCountry ?here
  } UNION {
    ?practice talea:promotedBy / talea:governs ?here
  } UNION {
    ?practice talea:promotedBy / talea:hasMemberMunicipality / talea:governs ?here
  }"""
_WITHIN: Final = "EXISTS {{ ?here (clv:hasDirectHigherRank|talea:inCountry)* <{}> }}"
_REPLICATED: Final = f"""\
    {{ ?replica talea:replicaOf ?practice }} UNION {{
      ?replication talea:replicates ?practice ; talea:replicationKind ?kind .
      FILTER (?kind != <{ns.concept("genere-replica", "stesso-programma")}>)
    }}"""


def query_for(filters: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> str:
    """A SELECT whose only column is the practices that pass every filter, by IRI.

    `filters` are some of `SELECTING`, with values that the catalogue knows (`Columns.takes`): any
    value within one, all filters together. Only practices with a title pass, as in a search.
    """
    parts: dict[str, Callable[[Sequence[str]], str]] = {
        "territorio": _territory,
        "livello": lambda values: _level(values, vocabulary),
        "replicata": _replicated,
    }
    lines = ["  ?practice a talea:GoodPractice ;", "    dct:title ?title ."]
    for name in SELECTING:
        values = filters.get(name, ())
        if values and name in _CONCEPTS:
            lines.append(_concepts(name, values, vocabulary))
        elif values:
            lines.append(parts[name](values))
    body = "\n".join(line for line in lines if line)
    used = (f"PREFIX {name}: <{iri}>" for name, iri in _PREFIXES.items() if f"{name}:" in body)
    return "\n".join(
        [*used, "SELECT DISTINCT ?practice", "WHERE {", body, "}", "ORDER BY ?practice"]
    )


def _concepts(name: str, values: Sequence[str], vocabulary: Vocabulary) -> str:
    """A concept has the practices of the narrower ones too."""
    path = f"?practice {_CONCEPTS[name]} / skos:broader*"
    wanted = _iris(name, [value for value in values if value != UNSAID], vocabulary)
    if UNSAID not in values:
        return f"  {path} ?{name} .\n  VALUES ?{name} {{ {' '.join(wanted)} }}"
    lacks = f"NOT EXISTS {{ ?practice {_CONCEPTS[name]} ?any }}"
    return _any([lacks, *(f"EXISTS {{ {path} {iri} }}" for iri in wanted)])


def _iris(name: str, notations: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    concepts = vocabulary.schemes[SCHEMES[name]].concepts
    return [f"<{one.iri}>" for one, _ in concepts if one.notation in notations]


def _any(conditions: Sequence[str]) -> str:
    return "  FILTER (\n    " + " ||\n    ".join(conditions) + "\n  )"


def _territory(values: Sequence[str]) -> str:
    """A practice is wherever it takes place or its promoter is, and in all that this belongs to."""
    within = [_WITHIN.format(ns.resource("luogo", value)) for value in values]
    return f"{_PLACES}\n{_any(within)}"


def _level(values: Sequence[str], vocabulary: Vocabulary) -> str:
    wanted = " ".join(_iris("livello", values, vocabulary))
    path = "foaf:isPrimaryTopicOf / talea:completenessLevel"
    return f"  ?practice {path} ?level .\n  VALUES ?level {{ {wanted} }}"


def _replicated(values: Sequence[str]) -> str:
    """No source says that a practice has not been repeated: what is not told is `UNSAID`."""
    if {YES, UNSAID} <= {*values}:
        return ""
    negated = "" if YES in values else "NOT "
    return f"  FILTER {negated}EXISTS {{\n{_REPLICATED}\n  }}"
