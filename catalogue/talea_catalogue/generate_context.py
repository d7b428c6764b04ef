"""Write `ontology/context.jsonld`: `python -m talea_catalogue.generate_context ONTOLOGY_DIR`.

A JSON-LD 1.1 context with a short name for each term of ours and for each foreign property that
a record uses. Types come from the ontology (range of a property) and, for foreign properties, from
the codec of `mapping`, so that nothing is said twice. A short name stands for a value only where
the value has the expected form; any other keeps its full form, so nothing is lost on the way back.
Tests compare the output with the committed file and take each record of a release there and back.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from . import mapping
from . import namespaces as ns
from .generate_terms import BASE, local_names

Definition = dict[str, Any]

_RANGE: Final = ox.NamedNode(ns.RDFS + "range")
_OBJECT_PROPERTY: Final = ox.NamedNode(ns.OWL + "ObjectProperty")
_IRI: Final[Definition] = {"@type": "@id"}
_TEXT: Final[Definition] = {"@container": "@language"}
_KEYWORDS: Final[dict[str, Any]] = {"@version": 1.1, "id": "@id", "type": "@type"}
_BY_CODEC: Final[tuple[tuple[mapping.Codec, Definition], ...]] = (
    (mapping.iri, _IRI),
    (mapping.text, _TEXT),
    (mapping.integer, {"@type": ns.XSD + "integer"}),
    (mapping.decimal, {"@type": ns.XSD + "decimal"}),
    (mapping.boolean, {"@type": ns.XSD + "boolean"}),
)


def shapes() -> list[mapping.Shape]:
    """The shapes of `mapping`, in the order of the module."""
    return [value for value in vars(mapping).values() if isinstance(value, mapping.Shape)]


def context(ontology: Path) -> dict[str, Any]:
    """The content of `@context`, from the modules in `ontology` and the shapes of `mapping`.

    Raises ValueError where two terms would have one short name.
    """
    names: dict[str, Any] = dict(_KEYWORDS) | ns.PREFIXES
    terms = sorted([*_ours(ontology), *_foreign(shapes())], key=lambda term: term[0])
    for name, definition in terms:
        if names.setdefault(name, definition) != definition:
            raise ValueError(f"{name}: a short name with two meanings")
    return names


def _ours(ontology: Path) -> Iterator[tuple[str, Any]]:
    said: dict[str, dict[ox.NamedNode, set[Any]]] = {}
    for module in sorted(ontology.glob("*.ttl")):
        for quad in ox.parse(path=str(module), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.NamedNode):
                about = said.setdefault(quad.subject.value, {})
                about.setdefault(quad.predicate, set()).add(quad.object)
    for name in local_names(ontology):
        yield name, _definition(BASE + name, said[BASE + name])


def _definition(iri: str, about: Mapping[ox.NamedNode, set[Any]]) -> Any:
    ranges = {term.value for term in about.get(_RANGE, ())}
    if _OBJECT_PROPERTY in about[ns.TYPE]:
        return {"@id": iri, **_IRI}
    if ranges == {ns.RDF + "langString"}:
        return {"@id": iri, **_TEXT}
    if len(ranges) == 1 and ranges != {ns.XSD + "string"}:
        return {"@id": iri, "@type": ranges.pop()}
    return iri


def _foreign(found: Iterable[mapping.Shape]) -> Iterator[tuple[str, Definition]]:
    """Foreign predicates of fields and links; the local name is theirs."""
    for shape in found:
        for line in shape.lines:
            if isinstance(line, mapping.One | mapping.Many):
                yield from _named(line.predicate, _of_codec(line.codec))
            elif isinstance(line, mapping.Parts | mapping.Companion):
                for predicate in (line.predicate, line.inverse):
                    if predicate is not None:
                        yield from _named(predicate, _IRI)


def _named(predicate: ox.NamedNode, definition: Definition) -> Iterator[tuple[str, Definition]]:
    if not predicate.value.startswith(BASE):
        name = ns.local(predicate.value).rsplit("#", 1)[-1]
        yield name, {"@id": predicate.value, **definition}


def _of_codec(codec: mapping.Codec) -> Definition:
    return next((definition for known, definition in _BY_CODEC if known is codec), {})


def render(ontology: Path) -> str:
    """The text of `context.jsonld`."""
    return json.dumps({"@context": context(ontology)}, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "context.jsonld").write_text(render(folder), encoding="utf-8")
