"""Write the text index of a release: whole, or from the last release's with some practices again.

A practice's document holds names of bodies and places too: the caller says which practices to write
again, those that name what changed among them. A deleted document still counts a little in the
weight of words until its segment is merged, so an index is updated only while few practices change.
The words by which spelling is corrected stand beside it; those of a deleted document stay too.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox
import tantivy

from .. import mapping
from .. import namespaces as ns
from ..graphs import PRACTICES, Dump
from ..terms import T
from ..vocabulary import Vocabulary
from .analysis import ANALYSER, analyser
from .engines import Engine
from .rows import Described, Rows, build_rows
from .space import Space, build_space
from .spelling import count_words, read_words, write_words
from .text import (
    ABOVE,
    NUMBER,
    SLUG,
    Names,
    number_of,
    open_index,
    practice_concepts,
    practice_texts,
    schema,
)
from .vectors import Role, Shelf

SPACE: Final = "space"
ROWS: Final = "rows"
SOUGHT: Final = ("altro-tema", "area-tematica", "bisogno", "target", "tipo-intervento")
"""The schemes whose concepts a text is linked to."""
_MADE: Final = "engine.json"
Told = Callable[[int, int], None]


def _untold(done: int, total: int) -> None:
    """Tell nobody."""


_MEMORY: Final = 15_000_000
"""Bytes that the index writer may use: the least that tantivy allows."""
_NAMING: Final = tuple(f" {predicate} ".encode() for predicate in (ns.TITLE, *ABOVE))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What gives texts their vectors: an engine, and where those of a home are kept."""

    engine: Engine
    kept: Path

    def shelf(self) -> Shelf | None:
        """The vectors that are known; none where the engine has none to give."""
        return Shelf.shipped(self.engine, self.kept) if self.engine.dimensions else None


def build_index(
    folder: Path, dump: Dump, vocabulary: Vocabulary, meaning: Meaning, progress: Told = _untold
) -> None:
    """Write the index of the practices in `dump` to the new folder `folder`.

    Practices of which only the body is known are left out: they have nothing to be ranked by.
    Raises OSError, `EngineError`, or ValueError where the system refused a file.
    """
    folder.mkdir()
    index = tantivy.Index(schema(), path=str(folder))
    index.register_tokenizer(ANALYSER, analyser())
    slugs = [name.removeprefix(PRACTICES) for name in dump if name.startswith(PRACTICES)]
    described = list(_described(slugs, dump, vocabulary))
    write_documents(index, described)
    words = _words_of(described)
    write_words(folder, words | _label_words(dump, vocabulary))
    shelf = meaning.shelf()
    labels = _labels(dump, vocabulary)
    if shelf:
        _fill(shelf, described, labels, progress)
    space = build_space(labels, shelf)
    space.write(folder / SPACE)
    build_rows(described, space, shelf).write(folder / ROWS)
    _finish(folder, meaning, shelf)


def update_index(
    folder: Path,
    before: Path,
    dump: Dump,
    vocabulary: Vocabulary,
    changed: Iterable[str],
    meaning: Meaning,
) -> None:
    """Write to the new folder `folder` the index in `before`, with the slugs of `changed` anew.

    Files of an index never change: they are shared by hard links where the disk has them.
    """
    folder.mkdir()
    for path in before.iterdir():
        if path.is_file() and path.suffix not in (".lock", ".tmp"):
            _share(path, folder / path.name)
    slugs = sorted(changed)
    described = list(_described(slugs, dump, vocabulary))
    write_documents(open_index(folder), described, anew=slugs)
    words = read_words(before) + _words_of(described)
    write_words(folder, words | _label_words(dump, vocabulary))
    shelf = meaning.shelf()
    shutil.copytree(before / SPACE, folder / SPACE)
    space = Space.read(folder / SPACE)
    last = Rows.read(before / ROWS)
    build_rows(described, space, shelf, last, frozenset(slugs)).write(folder / ROWS)
    _finish(folder, meaning, shelf)


class Made(NamedTuple):
    """The engine that gave an index its vectors."""

    name: str
    fingerprint: str


def made_by(folder: Path) -> Made:
    """The engine of an index. Raises OSError, ValueError, KeyError."""
    told = json.loads((folder / _MADE).read_text(encoding="utf-8"))
    return Made(str(told["engine"]), str(told["fingerprint"]))


def _finish(folder: Path, meaning: Meaning, shelf: Shelf | None) -> None:
    if shelf is not None and shelf.added:
        meaning.kept.parent.mkdir(parents=True, exist_ok=True)
        shelf.save_added(meaning.kept)
    engine = meaning.engine
    made = {"engine": engine.name, "fingerprint": engine.fingerprint}
    (folder / _MADE).write_text(json.dumps(made), encoding="utf-8")


def _fill(
    shelf: Shelf,
    described: Sequence[Described],
    labels: Mapping[str, Iterable[str]],
    progress: Told,
) -> None:
    """Embed at once what no file has, so that whoever waits is told how much there is."""
    texts = [text for one in described for text in (one.record, *(t for _, t in one.parts))]
    shelf.take("query", [text for each in labels.values() for text in each], progress)
    shelf.take("document", texts, progress)


def shipped_texts(dump: Dump, vocabulary: Vocabulary) -> Iterator[tuple[Role, str]]:
    """The texts of a release that have a vector, with their roles."""
    slugs = [name.removeprefix(PRACTICES) for name in dump if name.startswith(PRACTICES)]
    for one in _described(slugs, dump, vocabulary):
        yield "document", one.record
        yield from (("document", text) for _, text in one.parts)
    for each in _labels(dump, vocabulary).values():
        yield from (("query", text) for text in each)


def _share(path: Path, target: Path) -> None:
    # The writer replaces the two lists of files as wholes, but only a copy is safe from others.
    if path.suffix != ".json":
        try:
            os.link(path, target)
        except OSError:
            pass
        else:
            return
    target.write_bytes(path.read_bytes())


def _described(slugs: Iterable[str], dump: Dump, vocabulary: Vocabulary) -> Iterator[Described]:
    """What is written of the practices among some slugs that have a title."""
    names = read_names(dump)
    for slug in slugs:
        triples = dump.triples(PRACTICES + slug)
        if not _is_practice(triples, slug):
            continue
        practice = mapping.practice_from(triples, slug)
        if practice.title is not None:
            texts = practice_texts(practice, vocabulary, names)
            yield Described(slug, texts, practice_concepts(practice))


def write_documents(
    index: tantivy.Index, described: Iterable[Described], anew: Iterable[str] = ()
) -> None:
    """Write the documents of some practices, and take away those of `anew`."""
    writer = index.writer(heap_size=_MEMORY, num_threads=1)
    for slug in anew:
        writer.delete_documents_by_term(SLUG, slug)
    for one in described:
        document = tantivy.Document()
        document.add_text(SLUG, one.slug)
        document.add_unsigned(NUMBER, number_of(one.slug))
        for name, texts in one.texts.items():
            for text in texts:
                document.add_text(name, text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _words_of(described: Iterable[Described]) -> Counter[str]:
    words: Counter[str] = Counter()
    for one in described:
        for texts in one.texts.values():
            words.update(count_words(texts))
    return words


def _everyday(dump: Dump) -> dict[str, dict[str, str]]:
    """Concept -> how people say it, in the order of the alphabet, and in which language."""
    found: dict[str, dict[str, str]] = {}
    for triple in dump.triples(ns.GRAPH + "everyday"):
        if triple.predicate == T.everydayLabel and isinstance(triple.object, ox.Literal):
            concept = str(triple.subject)[1:-1]
            language = triple.object.language or "it"
            found.setdefault(concept, {})[triple.object.value] = language
    return {iri: dict(sorted(labels.items())) for iri, labels in found.items()}


def _labels(dump: Dump, vocabulary: Vocabulary) -> dict[str, dict[str, str]]:
    """Concept -> all that it is called, each with its language.

    Of the schemes by which practices are sought. Other names of a concept are Italian.
    """
    everyday = _everyday(dump)
    found = {}
    for iri, concept in vocabulary.concepts.items():
        if concept.scheme in SOUGHT:
            own = (concept.label_it, concept.label_en, *concept.alt_labels, *concept.hidden_labels)
            found[iri] = {
                label: "en" if label == concept.label_en != concept.label_it else "it"
                for label in own
            } | everyday.get(iri, {})
    return found


def _label_words(dump: Dump, vocabulary: Vocabulary) -> Counter[str]:
    """The words of what is named besides practices: concepts, as people say them too, places."""
    texts = list(read_names(dump).names.values())
    for concept in vocabulary.concepts.values():
        texts += [concept.label_it, concept.label_en, *concept.alt_labels]
    for labels in _everyday(dump).values():
        texts += labels
    return count_words(texts)


def read_names(dump: Dump) -> Names:
    """What the bodies and places of a dump are called, and which place each belongs to."""
    names = Names()
    for quad in ox.parse(b"\n".join(_naming(dump)), format=ox.RdfFormat.N_QUADS):
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        if quad.predicate == ns.TITLE:
            names.names[quad.subject.value] = quad.object.value
        elif quad.predicate in ABOVE:
            names.above[quad.subject.value] = quad.object.value
    return names


def _naming(dump: Dump) -> Iterator[bytes]:
    for name in dump:
        if not name.startswith(PRACTICES):
            for line in dump.bytes(name).split(b"\n"):
                if any(predicate in line for predicate in _NAMING):
                    yield line


def _is_practice(triples: Iterable[ox.Triple], slug: str) -> bool:
    """Whether the graph holds a practice and not the mark of a withdrawn one."""
    practice = ox.NamedNode(mapping.practice_iri(slug))
    return any(t.subject == practice and t.predicate == ns.TYPE for t in triples)
