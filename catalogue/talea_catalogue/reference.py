"""The ontology as a reader wants it: each term with its links, its rules and how much it is used.

Made of the rows of named queries, so that the page of the ontology says what the release says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from . import namespaces as ns
from .facts import Term
from .places import Row
from .vocabulary import Lang

_WARNING: Final = "Warning"
_INFO: Final = "Info"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the shapes say of one property of a class.

    `least` and `most` are of a well-formed record (`most` is None without a limit); `level` is the
    completeness level that asks for the property, where one does.
    """

    path: str
    least: int
    most: int | None
    level: int | None
    messages_it: tuple[str, ...]
    messages_en: tuple[str, ...]

    def messages(self, lang: Lang) -> tuple[str, ...]:
        """What a record that breaks the rule is told, in `lang`."""
        return self.messages_en if lang == "en" else self.messages_it

    @property
    def cardinality(self) -> str:
        """`1`, `0..1`, `1..*`, `0..*`, `2..5`."""
        if self.least == self.most:
            return str(self.least)
        return f"{self.least}..{'*' if self.most is None else self.most}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A term with what the ontology, the shapes and the data of a release say of it.

    `links` are IRIs by the local name of the property (`subClassOf`, `domain`, ...). `uses` counts
    the resources of a class or the statements of a property.
    """

    term: Term
    links: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    uses: int

    @property
    def deprecated(self) -> bool:
        """Whether the term is kept only for those who already use it."""
        return "true" in self.links.get("deprecated", ())

    def ours(self, link: str) -> tuple[str, ...]:
        """Values of a link that are terms of this ontology."""
        return tuple(v for v in self.links.get(link, ()) if v.startswith(ns.ONTO))

    def theirs(self, link: str) -> tuple[str, ...]:
        """Values of a link that are terms of others."""
        return tuple(v for v in self.links.get(link, ()) if not v.startswith(ns.ONTO))


def read_links(rows: Iterable[Row], subject: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Values by IRI of the variable `subject`, then by local name of `property`."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in rows:
        mine = found.setdefault(row[subject].value, {})
        name = ns.local(row["property"].value).rsplit("#", 1)[-1]
        mine[name] = (*mine.get(name, ()), row["value"].value)
    return found


def read_reference(
    terms: Iterable[Term], links: Iterable[Row], rules: Iterable[Row], uses: Iterable[Row]
) -> list[Entry]:
    """The entries, in the order of `terms`."""
    linked = read_links(links, "term")
    ruled = _read_rules(rules)
    used = {row["term"].value: int(row["uses"].value) for row in uses}
    return [
        Entry(
            term,
            linked.get(term.iri, {}),
            tuple(ruled.get(term.iri, {}).values()),
            used.get(term.iri, 0),
        )
        for term in terms
    ]


def _read_rules(rows: Iterable[Row]) -> dict[str, dict[str, Rule]]:
    """Class IRI -> property IRI -> all that its shapes say together."""
    found: dict[str, dict[str, Rule]] = {}
    for row in rows:
        mine = found.setdefault(row["class"].value, {})
        path = row["path"].value
        mine[path] = _joined(mine.get(path, Rule(path, 0, None, None, (), ())), row)
    return found


def _joined(rule: Rule, row: Row) -> Rule:
    severity = row.get("severity")
    kind = severity.value.rsplit("#", 1)[-1] if severity else ""
    binding = kind not in (_WARNING, _INFO)
    least, most, level = (_number(row.get(name)) for name in ("min", "max", "level"))
    return Rule(
        rule.path,
        max(rule.least, least or 0) if binding else rule.least,
        _lowest(rule.most, most) if binding else rule.most,
        _lowest(rule.level, level),
        _with(rule.messages_it, row.get("messageIt")),
        _with(rule.messages_en, row.get("messageEn")),
    )


def _number(term: ox.NamedNode | ox.Literal | None) -> int | None:
    return int(term.value) if term is not None else None


def _lowest(one: int | None, other: int | None) -> int | None:
    return min((n for n in (one, other) if n is not None), default=None)


def _with(texts: tuple[str, ...], term: ox.NamedNode | ox.Literal | None) -> tuple[str, ...]:
    return texts if term is None or term.value in texts else (*texts, term.value)
