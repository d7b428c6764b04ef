"""Controlled vocabularies as objects, and the recognition of their labels in a text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyoxigraph as ox

from . import namespaces as ns
from .text import fold

Lang = Literal["it", "en"]

_CONCEPT = ox.NamedNode(ns.SKOS + "Concept")
_SCHEME = ox.NamedNode(ns.SKOS + "ConceptScheme")


@dataclass(frozen=True, slots=True)
class Concept:
    """A SKOS concept. `scheme` and `notation` are local names."""

    iri: str
    scheme: str
    notation: str
    label_it: str
    label_en: str
    definition_it: str
    definition_en: str
    source: str | None
    broader: str | None
    alt_labels: tuple[str, ...]
    hidden_labels: tuple[str, ...]

    def label(self, lang: Lang) -> str:
        """The preferred label in `lang`."""
        return self.label_en if lang == "en" else self.label_it

    def definition(self, lang: Lang) -> str:
        """The definition in `lang`."""
        return self.definition_en if lang == "en" else self.definition_it


@dataclass(frozen=True, slots=True)
class Scheme:
    """A concept scheme with its concepts in tree order, each with its depth (0 for the top)."""

    slug: str
    title_it: str
    title_en: str
    description_it: str
    description_en: str
    concepts: tuple[tuple[Concept, int], ...]

    def title(self, lang: Lang) -> str:
        """The title in `lang`."""
        return self.title_en if lang == "en" else self.title_it

    def description(self, lang: Lang) -> str:
        """What the scheme is for, in `lang`."""
        return self.description_en if lang == "en" else self.description_it


class Vocabulary:
    """All the schemes of a release, by their local name, and their concepts by IRI."""

    def __init__(self, schemes: Mapping[str, Scheme]) -> None:
        self.schemes = dict(schemes)
        self.concepts = {c.iri: c for s in self.schemes.values() for c, _ in s.concepts}

    @classmethod
    def load(cls, folder: Path) -> "Vocabulary":
        """Read every `*.ttl` of `folder`."""
        return cls.from_quads(
            quad
            for file in sorted(folder.glob("*.ttl"))
            for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)
        )

    @classmethod
    def from_quads(cls, quads: Iterable[ox.Quad]) -> "Vocabulary":
        """Read schemes and concepts from quads of any graph."""
        found: dict[str, dict[str, list[ox.Literal | ox.NamedNode]]] = {}
        for quad in quads:
            if isinstance(quad.subject, ox.NamedNode) and isinstance(
                quad.object, ox.Literal | ox.NamedNode
            ):
                values = found.setdefault(quad.subject.value, {})
                values.setdefault(quad.predicate.value, []).append(quad.object)
        concepts = [
            _concept(iri, values)
            for iri, values in found.items()
            if _CONCEPT in values.get(ns.TYPE.value, [])
        ]
        schemes = {}
        for iri, values in sorted(found.items()):
            if _SCHEME in values.get(ns.TYPE.value, []):
                slug = ns.local(iri)
                schemes[slug] = Scheme(
                    slug,
                    _text(values, ns.TITLE, "it"),
                    _text(values, ns.TITLE, "en"),
                    _text(values, ns.DESCRIPTION, "it"),
                    _text(values, ns.DESCRIPTION, "en"),
                    tuple(_tree([c for c in concepts if c.scheme == slug])),
                )
        return cls(schemes)

    def ancestors(self, iri: str) -> tuple[str, ...]:
        """The broader concepts of `iri`, nearest first; cycles are cut."""
        seen: list[str] = []
        concept = self.concepts.get(iri)
        while concept and concept.broader and concept.broader not in seen:
            seen.append(concept.broader)
            concept = self.concepts.get(concept.broader)
        return tuple(seen)


def _text(
    values: Mapping[str, list[ox.Literal | ox.NamedNode]], predicate: ox.NamedNode, lang: str
) -> str:
    for term in values.get(predicate.value, []):
        if isinstance(term, ox.Literal) and term.language == lang:
            return term.value
    return ""


def _texts(
    values: Mapping[str, list[ox.Literal | ox.NamedNode]], predicate: ox.NamedNode
) -> tuple[str, ...]:
    return tuple(
        sorted(t.value for t in values.get(predicate.value, []) if isinstance(t, ox.Literal))
    )


def _concept(iri: str, values: Mapping[str, list[ox.Literal | ox.NamedNode]]) -> Concept:
    broader = values.get(ns.BROADER.value, [])
    scheme = values.get(ns.IN_SCHEME.value, [])
    return Concept(
        iri=iri,
        scheme=ns.local(scheme[0].value) if scheme else "",
        notation=ns.local(iri),
        label_it=_text(values, ns.PREF_LABEL, "it"),
        label_en=_text(values, ns.PREF_LABEL, "en"),
        definition_it=_text(values, ns.DEFINITION, "it"),
        definition_en=_text(values, ns.DEFINITION, "en"),
        source=_text(values, ns.SOURCE, "it") or None,
        broader=broader[0].value if broader else None,
        alt_labels=_texts(values, ns.ALT_LABEL),
        hidden_labels=_texts(values, ns.HIDDEN_LABEL),
    )


def _tree(
    concepts: list[Concept], parent: str | None = None, depth: int = 0
) -> list[tuple[Concept, int]]:
    """Depth first; by notation where it is a number (`4`, `1a`, `c12`), by label elsewhere."""
    rows = []
    for concept in sorted((c for c in concepts if c.broader == parent), key=_order):
        rows.append((concept, depth))
        if depth < 10:
            rows += _tree(concepts, concept.iri, depth + 1)
    return rows


def _order(concept: Concept) -> tuple[str, int, str]:
    numbered = re.fullmatch(r"([a-z]?)(\d+)([a-z]*)", concept.notation)
    if numbered:
        return numbered[1], int(numbered[2]), numbered[3]
    return fold(concept.label_it), 0, ""


class Recogniser:
    """Finds the labels of one scheme in a text: whole words, longest label first, no overlap.

    Matching ignores case, accents and punctuation. It is how an import proposes concepts; every
    concept found so is attributed as inferred.
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._by_label: dict[str, str] = {}
        for concept in concepts:
            for label in (concept.label_it, *concept.alt_labels, *concept.hidden_labels):
                self._by_label.setdefault(_words(label), concept.iri)
        labels = sorted(self._by_label, key=lambda label: (-len(label), label))
        self._pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, labels)) + r")(?!\w)")

    def find(self, *texts: str | None) -> tuple[str, ...]:
        """IRIs of the concepts named in the texts, sorted."""
        found = set()
        for text in texts:
            if text and self._by_label:
                found |= {self._by_label[m[0]] for m in self._pattern.finditer(_words(text))}
        return tuple(sorted(found))


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
