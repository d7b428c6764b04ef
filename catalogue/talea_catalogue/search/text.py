"""The text index: what of a practice can be found, and with what weight."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import tantivy

from .. import model
from ..terms import T
from ..vocabulary import Vocabulary
from .analysis import ANALYSER, acronyms, analyser

FIELDS: Final[Mapping[str, tuple[str, str, float]]] = {
    "title": ("Titolo", "Title", 4.0),
    "need": ("Bisogno", "Need", 2.5),
    "actions": ("Che cosa si fa", "What is done", 2.0),
    "recipients": ("A chi è rivolta", "Who it is for", 2.0),
    "promoter": ("Chi la promuove", "Promoted by", 1.5),
    "place": ("Dove", "Where", 1.5),
    "results": ("Che cosa ha prodotto", "What it produced", 1.0),
    "obstacles": ("Ostacoli", "Obstacles", 1.0),
    "prerequisites": ("Che cosa serve prima", "What must be there first", 1.0),
    "resources": ("Risorse", "Resources", 1.0),
    "partners": ("Partner", "Partners", 1.0),
    "replication": ("Repliche", "Replications", 1.0),
    "components": ("Componenti", "Components", 1.0),
    "concepts": ("Argomenti", "Topics", 2.0),
}
"""Name -> (Italian label, English label, weight), in the order in which reasons are given."""

ABOVE: Final = (
    ox.NamedNode("https://w3id.org/italia/onto/CLV/hasDirectHigherRank"),
    T.inCountry,
)
SLUG: Final = "slug"
NUMBER: Final = "number"
"""Field with the `number_of` the slug, which is read faster than the slug itself."""
Texts = Mapping[str, tuple[str, ...]]


def schema() -> tantivy.Schema:
    """The schema: the slug and its number, and for each field its texts; none is stored."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(SLUG, tokenizer_name="raw")
    builder.add_unsigned_field(NUMBER, fast=True)
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name=ANALYSER)
    return builder.build()


def number_of(text: str) -> int:
    """A number of 64 bits that no other text is expected to have."""
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little"
    )


def open_index(folder: Path) -> tantivy.Index:
    """Open the index of a release."""
    index = tantivy.Index.open(str(folder))
    index.register_tokenizer(ANALYSER, analyser())
    return index


def practice_texts(practice: model.Practice, vocabulary: Vocabulary, names: "Names") -> Texts:
    """The texts of a practice by field, with the acronyms of its title undotted."""
    concepts = {*practice_concepts(practice), *practice.funding}
    labels = []
    for iri in sorted(concepts | {a for c in concepts for a in vocabulary.ancestors(c)}):
        if concept := vocabulary.concepts.get(iri):
            labels += [concept.label_it, concept.label_en, *concept.alt_labels]
    places = [practice.promoter_place, practice.region, practice.country]
    places += [*practice.implemented_in, *practice.promoter_members]
    return {
        "title": _some(practice.title),
        "need": tuple(need.title for need in practice.needs),
        "concepts": (*acronyms(practice.title or ""), *labels),
        "actions": tuple(action.title for action in practice.actions),
        "recipients": tuple(group.title for group in practice.recipients),
        "promoter": _some(
            practice.promoter_as_said,
            practice.promoter_office,
            *(names.of(iri) for iri in practice.promoters),
        ),
        "place": _some(*(name for place in places if place for name in names.around(place))),
        "results": tuple(result.description for result in practice.results),
        "obstacles": _some(
            *(t for o in practice.obstacles for t in (o.description, o.overcome_by)),
            *(i.description for i in practice.improvements),
        ),
        "prerequisites": tuple(one.title for one in practice.prerequisites),
        "resources": _some(
            practice.funding_as_said,
            practice.resource_note,
            *(b.note for b in practice.budgets),
            *(s.description for s in practice.staff),
        ),
        "partners": tuple(partner.name for partner in practice.partners),
        "components": tuple(
            ". ".join(filter(None, (one.title, one.description))) for one in practice.components
        ),
        "replication": _some(practice.replicability, *(r.as_said for r in practice.replications)),
    }


def practice_concepts(practice: model.Practice) -> tuple[str, ...]:
    """IRIs of the concepts that a practice is about: areas, interventions, needs, groups."""
    return tuple(
        sorted(
            {
                *practice.thematic_areas,
                *practice.interventions,
                *(c for need in practice.needs for c in need.categories),
                *(c for group in practice.recipients for c in group.categories),
            }
        )
    )


def _some(*texts: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


@dataclass(slots=True)
class Names:
    """What bodies and places are called, and which place each belongs to."""

    names: dict[str, str] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)

    def of(self, iri: str) -> str | None:
        """The name of a body or place."""
        return self.names.get(iri)

    def around(self, place: str) -> list[str]:
        """The name of a place and of those it belongs to: Comune, province, region."""
        found: list[str] = []
        step: str | None = place
        while step is not None and len(found) < 5:
            found += [self.names[step]] if step in self.names else []
            step = self.above.get(step)
        return found
