"""Write the text index of a release: whole, or from the last release's with some practices again.

A practice's document holds names of bodies and places too: the caller says which practices to write
again, those that name what changed among them. A deleted document still counts a little in the
weight of words until its segment is merged, so an index is updated only while few practices change.
The words by which spelling is corrected stand beside it; those of a deleted document stay too.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import tantivy

from .. import mapping
from .. import namespaces as ns
from ..graphs import PRACTICES, Dump
from ..terms import T
from ..vocabulary import Vocabulary
from .analysis import ANALYSER, analyser
from .spelling import count_words, read_words, write_words
from .text import ABOVE, SLUG, Names, open_index, practice_texts, schema

_MEMORY: Final = 15_000_000
"""Bytes that the index writer may use: the least that tantivy allows."""
_NAMING: Final = tuple(f" {predicate} ".encode() for predicate in (ns.TITLE, *ABOVE))


def build_index(folder: Path, dump: Dump, vocabulary: Vocabulary) -> None:
    """Write the index of the practices in `dump` to the new folder `folder`.

    Practices of which only the body is known are left out: they have nothing to be ranked by.
    Raises OSError, or ValueError where the system refused a file.
    """
    folder.mkdir()
    index = tantivy.Index(schema(), path=str(folder))
    index.register_tokenizer(ANALYSER, analyser())
    slugs = [name.removeprefix(PRACTICES) for name in dump if name.startswith(PRACTICES)]
    words = _write(index, slugs, dump, vocabulary)
    write_words(folder, words | _label_words(dump, vocabulary))


def update_index(
    folder: Path, before: Path, dump: Dump, vocabulary: Vocabulary, changed: Iterable[str]
) -> None:
    """Write to the new folder `folder` the index in `before`, with the slugs of `changed` anew.

    Files of an index never change: they are shared by hard links where the disk has them.
    """
    folder.mkdir()
    for path in before.iterdir():
        if path.suffix not in (".lock", ".tmp"):
            _share(path, folder / path.name)
    words = _write(open_index(folder), sorted(changed), dump, vocabulary, anew=True)
    write_words(folder, (read_words(before) + words) | _label_words(dump, vocabulary))


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


def _write(
    index: tantivy.Index,
    slugs: Iterable[str],
    dump: Dump,
    vocabulary: Vocabulary,
    *,
    anew: bool = False,
) -> Counter[str]:
    """Write the documents of some practices; returns their words."""
    words: Counter[str] = Counter()
    names = read_names(dump)
    writer = index.writer(heap_size=_MEMORY, num_threads=1)
    for slug in slugs:
        if anew:
            writer.delete_documents_by_term(SLUG, slug)
        triples = dump.triples(PRACTICES + slug)
        if not _is_practice(triples, slug):
            continue
        practice = mapping.practice_from(triples, slug)
        if practice.title is None:
            continue
        document = tantivy.Document()
        document.add_text(SLUG, slug)
        for name, texts in practice_texts(practice, vocabulary, names).items():
            words.update(count_words(texts))
            for text in texts:
                document.add_text(name, text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    return words


def _label_words(dump: Dump, vocabulary: Vocabulary) -> Counter[str]:
    """The words of what is named besides practices: concepts, as people say them too, places."""
    texts = list(read_names(dump).names.values())
    for concept in vocabulary.concepts.values():
        texts += [concept.label_it, concept.label_en, *concept.alt_labels]
    everyday = dump.triples(ns.GRAPH + "everyday")
    texts += [
        triple.object.value
        for triple in everyday
        if triple.predicate == T.everydayLabel and isinstance(triple.object, ox.Literal)
    ]
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
