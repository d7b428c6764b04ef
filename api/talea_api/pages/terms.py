"""The words that the SPARQL editor completes: prefixes, classes and properties of the catalogue.

Ours are in the release; those of others are named in the files of `ontology/mirror`, and only the
ones that the release uses are told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, parse

from talea_catalogue import namespaces as ns
from talea_catalogue.foreign import FOREIGN, FORMATS, short, vocabulary_of
from talea_catalogue.release import Release

_KINDS: Final = {"Class": "class", "Property": "property"}
"""How the names of the classes of terms end, and what the editor calls such terms."""


@dataclass(slots=True)
class _Told:
    """What a file says of a term."""

    kind: str = ""
    labels: dict[str, str] = field(default_factory=dict)


def vocabulary(release: Release, mirror: Path) -> dict[str, Any]:
    """`prefixes`, and `terms` with `name`, `kind` (class, property), `it` and `en`; ours first."""
    ours = [
        _term(f"talea:{term.iri.removeprefix(ns.ONTO)}", _kind(term.kind), labels)
        for term in release.repository.terms()
        for labels in ({"it": term.label("it"), "en": term.label("en")},)
    ]
    others = [
        _term(short(iri), told.kind, told.labels)
        for iri, told in _told(_quads(mirror)).items()
        if told.kind and vocabulary_of(iri) and _is_used(release, iri, told.kind)
    ]
    prefixes = {foreign.prefix: foreign.namespace for foreign in FOREIGN} | ns.PREFIXES
    used = {term["name"].partition(":")[0] for term in (*ours, *others)} | ns.PREFIXES.keys()
    return {
        "prefixes": {prefix: prefixes[prefix] for prefix in sorted(used)},
        "terms": [*ours, *sorted(others, key=lambda term: term["name"])],
    }


def _quads(mirror: Path) -> Iterator[Quad]:
    for path in sorted(mirror.glob("*.ttl")):
        yield from parse(path=str(path), format=FORMATS[path.suffix])


def _told(quads: Iterable[Quad]) -> dict[str, _Told]:
    found: dict[str, _Told] = {}
    for quad in quads:
        if not isinstance(quad.subject, NamedNode):
            continue
        told = found.setdefault(quad.subject.value, _Told())
        if quad.predicate == ns.TYPE and isinstance(quad.object, NamedNode):
            told.kind = told.kind or _kind(quad.object.value)
        elif quad.predicate == ns.LABEL and isinstance(quad.object, Literal):
            told.labels.setdefault(quad.object.language or "en", quad.object.value)
    return found


def _kind(name: str) -> str:
    return next((kind for end, kind in _KINDS.items() if name.endswith(end)), "")


def _is_used(release: Release, iri: str, kind: str) -> bool:
    node, quads = NamedNode(iri), release.store.quads
    found = quads(None, ns.TYPE, node) if kind == "class" else quads(None, node, None)
    return next(iter(found), None) is not None


def _term(name: str, kind: str, labels: dict[str, str]) -> dict[str, Any]:
    local = name.partition(":")[2]
    english = labels.get("en") or labels.get("it") or local
    return {"name": name, "kind": kind, "it": labels.get("it") or english, "en": english}
