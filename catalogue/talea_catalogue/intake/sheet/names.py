"""Names that people write, and the addresses that they stand for.

A cell says «Anziani», «Comune di Bari», «Castro (LE)»; a record says an IRI. A name means something
only within what a field may hold (the pattern of its rule), and only when it means one thing there:
where two Comuni share a name, it must be followed by the letters of the province.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import pyoxigraph as ox

from ... import namespaces as ns
from ...gazetteer import Gazetteer
from ...records import RecordFile
from ...text import fold as _fold
from ...vocabulary import Vocabulary
from .rules import Rules

fold = lru_cache(maxsize=100_000)(_fold)
"""Each name is looked for in several fields."""


MAX_GUESSES = 500
"""For how many wrong names of a workbook a right one is looked for: some milliseconds each."""


class UnclearName(LookupError):  # noqa: N818
    """A name that stands for nothing here, or for more than one thing: `candidates` are those."""

    def __init__(self, candidates: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.candidates = candidates


@dataclass(frozen=True, slots=True)
class Named:
    """One thing: its address, the name to write, other names that are understood."""

    iri: str
    name: str
    others: tuple[str, ...] = ()
    offered: bool = True
    """Whether it goes into the list to choose from."""


class _Scope:
    """The things whose address matches one pattern, by folded name."""

    def __init__(self, things: Iterable[Named]) -> None:
        self.by_iri: dict[str, Named] = {}
        self.by_name: dict[str, set[str]] = defaultdict(set)
        self.by_other: dict[str, set[str]] = defaultdict(set)
        self._asked: dict[str, set[str]] = {}
        for thing in things:
            self.by_iri[thing.iri] = thing
            self.by_name[fold(thing.name)].add(thing.iri)
            for other in thing.others:
                self.by_other[fold(other)].add(thing.iri)

    def meant(self, text: str) -> set[str]:
        """The things of that name; where there is none, those that are also called so."""
        if text not in self._asked:
            key = fold(text)
            self._asked[text] = self.by_name.get(key) or self.by_other.get(key) or set()
        return self._asked[text]

    def written(self, iri: str) -> str:
        """The shortest name that leads back to `iri` alone; the IRI itself where none does."""
        thing = self.by_iri.get(iri)
        for name in (thing.name, *thing.others) if thing else ():
            if "\n" not in name and name == name.strip() and self.meant(name) == {iri}:
                return name
        return iri


class Names:
    """All the things that a record may name. `with_more` adds those of one workbook."""

    def __init__(self, things: Iterable[Named]) -> None:
        self._things = tuple(things)
        self._scopes: dict[str, _Scope] = {}
        self._near: dict[tuple[str, str], str | None] = {}

    def with_more(self, things: Iterable[Named]) -> "Names":
        """The same names and these: a thing already known keeps the names that it has."""
        known = {thing.iri for thing in self._things}
        new = [thing for thing in things if thing.iri not in known]
        more = Names((*self._things, *new))
        for pattern, scope in self._scopes.items():
            if not any(re.search(pattern, thing.iri) for thing in new):
                more._scopes[pattern] = scope
        return more

    def find(self, text: str, pattern: str) -> str:
        """The IRI that `text` stands for in a field of that pattern; raises `UnclearName`.

        An address is taken as it is where the pattern admits it.
        """
        if text.startswith(("http://", "https://")):
            if re.search(pattern, text) and _is_iri(text):
                return text
            raise UnclearName
        scope = self._scope(pattern)
        found = scope.meant(text)
        if len(found) != 1:
            raise UnclearName(tuple(sorted(scope.written(iri) for iri in found)))
        return next(iter(found))

    def near(self, text: str, pattern: str) -> str | None:
        """The offered name most like `text`, if any is like it; gives up after many questions."""
        if len(self._near) >= MAX_GUESSES and (text, pattern) not in self._near:
            return None
        if (text, pattern) not in self._near:
            offered = {fold(name): name for name in self.offered(pattern)}
            found = get_close_matches(fold(text)[:100], offered, n=1)
            self._near[text, pattern] = offered[found[0]] if found else None
        return self._near[text, pattern]

    def written(self, iri: str, pattern: str) -> str:
        """The name of `iri` that `find` reads back; the IRI itself where no name does."""
        return self._scope(pattern).written(iri)

    def offered(self, pattern: str) -> list[str]:
        """The names to choose from in a field of that pattern, in the order given."""
        scope = self._scope(pattern)
        return [scope.written(t.iri) for t in scope.by_iri.values() if t.offered]

    def _scope(self, pattern: str) -> _Scope:
        if pattern not in self._scopes:
            admits = re.compile(pattern).search
            self._scopes[pattern] = _Scope(t for t in self._things if admits(t.iri))
        return self._scopes[pattern]


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def catalogue_names(
    vocabulary: Vocabulary,
    gazetteer: Gazetteer,
    rules: Rules,
    found: Mapping[str, RecordFile],
) -> Names:
    """The names of concepts, of the territory, of records in force and of our own properties."""
    return Names(
        [
            *_concepts(vocabulary),
            *(thing for record in found.values() for thing in record_names(record)),
            *_higher_ranks(gazetteer),
            *_comuni(gazetteer),
            *_properties(rules),
        ]
    )


def _concepts(vocabulary: Vocabulary) -> Iterator[Named]:
    for scheme in vocabulary.schemes.values():
        for concept, _ in scheme.concepts:
            yield Named(concept.iri, concept.label_it, (*concept.alt_labels, concept.notation))


def _properties(rules: Rules) -> Iterator[Named]:
    for iri in rules.terms():
        yield Named(iri, rules.label(iri), (ns.local(iri),), offered=False)


def _higher_ranks(gazetteer: Gazetteer) -> Iterator[Named]:
    regions = {p.region_iri: p.region for p in gazetteer.provinces.values()}
    for iri, name in sorted(regions.items(), key=lambda item: (item[1] != "Puglia", item[1])):
        yield Named(iri, name, (f"Regione {name}",), offered=name == "Puglia")
    for province in gazetteer.provinces.values():
        yield Named(province.iri, f"Provincia di {province.name}", offered=False)


def _comuni(gazetteer: Gazetteer) -> Iterator[Named]:
    """Comuni as places and as bodies; those of Puglia and its Ambiti are offered in lists."""
    for ambito in gazetteer.ambiti:
        short = tuple(f"{form} {ambito.name}" for form in ("ATS", "ATS di", "Ambito di"))
        yield Named(ambito.iri, f"Ambito territoriale sociale di {ambito.name}", short)
    for comune in sorted(gazetteer.comuni, key=lambda c: fold(c.name)):
        local = comune.region == "Puglia"
        exact = f"{comune.name} ({comune.province_code})"
        yield Named(comune.place_iri, comune.name, (exact, comune.istat), local)
        others = (f"Comune di {exact}", comune.name, exact)
        yield Named(comune.body_iri, f"Comune di {comune.name}", others, local)


def record_names(record: RecordFile) -> Iterator[Named]:
    """The name of a record's resource: a practice by its code, and by its title; others by name."""
    if record.withdrawn:
        return
    titles = tuple(
        t.object.value
        for t in record.triples
        if isinstance(t.subject, ox.NamedNode)
        and t.subject.value == record.iri
        and t.predicate in (ns.TITLE, ns.LABEL)
        and isinstance(t.object, ox.Literal)
        and t.object.language in ("it", None)
    )
    if record.kind == "pratica":
        yield Named(record.iri, record.slug, titles)
    else:
        yield Named(record.iri, titles[0] if titles else record.slug, (*titles[1:], record.slug))
