"""A big catalogue to measure with: synthetic practices that weigh what a shipped one weighs.

Each practice is a shipped one with another name and other words: its triples and links stay, its
texts keep their lengths and say nothing. Only shipped practices near the median in triples, text
and links are used as models, so that each synthetic one is near it too. Nothing here is data of the
catalogue: the files go to a folder of the caller, and the names say `sintetica`.
"""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from talea_catalogue import namespaces as ns
from talea_catalogue import records
from talea_catalogue.records import RecordFile

NEAR = 0.2
"""How far from the shipped median a practice may be, as a part of it."""
_COMUNE = re.compile(
    rf"{re.escape(ns.ID)}luogo/07[1-5]\d{{3}}\Z|{re.escape(ns.ID)}luogo/110\d{{3}}\Z"
)


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a practice says: triples, characters of its texts, links to other things."""

    triples: float
    text: float
    links: float

    def near(self, other: Weight) -> bool:
        """Whether each number is within `NEAR` of the other's."""
        pairs = ((self.triples, other.triples), (self.text, other.text), (self.links, other.links))
        return all(abs(mine - theirs) <= NEAR * theirs for mine, theirs in pairs)


def weigh(triples: Sequence[ox.Triple]) -> Weight:
    """The weight of one record."""
    links = sum(isinstance(t.object, ox.NamedNode) and t.predicate != ns.TYPE for t in triples)
    text = sum(len(t.object.value) for t in triples if isinstance(t.object, ox.Literal))
    return Weight(len(triples), text, links)


def median(weights: Iterable[Weight]) -> Weight:
    """The median of each number by itself."""
    found = list(weights)
    return Weight(
        statistics.median(one.triples for one in found),
        statistics.median(one.text for one in found),
        statistics.median(one.links for one in found),
    )


def shipped(layer: Path) -> list[RecordFile]:
    """The practices of a layer that are in force."""
    found = [records.parse(path) for path in sorted((layer / "pratica").glob("*.ttl"))]
    return [record for record in found if not record.withdrawn]


def write(shipped_layer: Path, layer: Path, number: int, seed: int = 1) -> None:
    """Write `number` practices below `layer`; equal arguments write equal bytes.

    Raises ValueError where no shipped practice is near the median.
    """
    known = shipped(shipped_layer)
    middle = median(weigh(record.triples) for record in known)
    models = [record for record in known if weigh(record.triples).near(middle)]
    if not models:
        raise ValueError("no shipped practice is near the median")
    words = _words(known)
    comuni = sorted(
        {
            t.object.value
            for record in known
            for t in record.triples
            if isinstance(t.object, ox.NamedNode) and _COMUNE.match(t.object.value)
        }
    )
    folder = layer / "pratica"
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)
    for count in range(number):
        model = draw.choice(models)
        slug = f"sintetica-{count:05d}"
        lines = renamed(model, slug, words, comuni, draw)
        (folder / f"{slug}.ttl").write_bytes(records.turtle(lines))


def renamed(
    model: RecordFile, slug: str, words: Sequence[str], comuni: Sequence[str], draw: random.Random
) -> list[ox.Triple]:
    """What `model` says, of a practice named `slug`, in other words and in another Comune."""
    own = [ns.resource(kind, model.slug) for kind in ("pratica", "scheda")]
    new = [ns.resource(kind, slug) for kind in ("pratica", "scheda")]
    places: dict[str, str] = {}

    def node(iri: str) -> ox.NamedNode:
        for old, other in zip(own, new, strict=True):
            if iri == old or iri.startswith(old + "/"):
                return ox.NamedNode(other + iri.removeprefix(old))
        if comuni and _COMUNE.match(iri):
            return ox.NamedNode(places.setdefault(iri, draw.choice(comuni)))
        return ox.NamedNode(iri)

    found = []
    for triple in model.triples:
        assert isinstance(triple.subject, ox.NamedNode)
        said: ox.NamedNode | ox.Literal
        if isinstance(triple.object, ox.NamedNode):
            said = node(triple.object.value)
        else:
            assert isinstance(triple.object, ox.Literal)
            said = triple.object
            if said.language:
                said = ox.Literal(_text(len(said.value), words, draw), language=said.language)
        found.append(ox.Triple(node(triple.subject.value), triple.predicate, said))
    return found


def _words(known: Iterable[RecordFile]) -> list[str]:
    texts = (t.object for record in known for t in record.triples)
    said = " ".join(t.value for t in texts if isinstance(t, ox.Literal) and t.language)
    return sorted(set(re.findall(r"[^\W\d_]{2,}", said)))


def _text(length: int, words: Sequence[str], draw: random.Random) -> str:
    """Words to `length` characters, or a little fewer."""
    text = draw.choice(words).capitalize()
    while len(text) < length:
        text += " " + draw.choice(words)
    return text[: max(1, length)].rstrip()
