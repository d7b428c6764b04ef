"""The quick validator: what most records need, thousands in seconds.

The reference validator takes about a quarter of a millisecond a triple, and a second to start.
This one looks at every record first. What it blames, or cannot settle, goes to the reference, which
alone says what is wrong; of the others it says what they lack for a level. A test holds the two to
the same findings on every shipped record, every example of the ontology and on broken records.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from .records import RecordFile

if TYPE_CHECKING:
    import shacl

_SHARE: Final = 250
"""Records that one run takes: its time grows a little faster than their number."""
_NESTED: Final = frozenset({"NodeConstraintComponent", "PropertyConstraintComponent"})
"""Constraints whose results hold results of other shapes, which only the reference reports."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a validator, in IRIs; `path` is empty where there is none."""

    record: RecordFile
    node: str
    path: str
    rule: str
    severity: str


@dataclass(slots=True)
class Look:
    """Results of the sound records, and the records that the reference must judge."""

    results: list[Result]
    doubtful: list[RecordFile]


class Quick:
    """The quick validator with its shapes read once. Raises ValueError where they are not valid."""

    def __init__(self, shapes: "shacl.Shapes") -> None:
        self._shapes = shapes

    @classmethod
    def of(cls, shapes: Iterable[ox.Triple]) -> "Quick | None":
        """The validator of some shapes; None where it is missing or does not take them."""
        try:
            import shacl

            return cls(shacl.Shapes.from_turtle(_lines(shapes)))
        except (ImportError, ValueError):
            return None

    def look(self, found: Sequence[RecordFile]) -> Look:
        """Look at `found`, a share at a time. A share that stops the validator is doubtful."""
        look = Look([], [])
        for start in range(0, len(found), _SHARE):
            self._look(found[start : start + _SHARE], look)
        return look

    def _look(self, share: Sequence[RecordFile], look: Look) -> None:
        owners: dict[str, list[RecordFile]] = {}
        for record in share:
            for node in dict.fromkeys(t.subject.value for t in record.triples):  # type: ignore[union-attr]
                owners.setdefault(node, []).append(record)
        try:
            raised = list(self._results(share))
            told = [(owners[node], node, result) for node, result in raised]
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a panic of the extension is no Exception; KeyError: nobody's node
            look.doubtful += share
            return
        blamed = {
            record.graph
            for several, _, result in told
            for record in several
            if result.severity == "Violation" or not _settled(result)
        }
        look.doubtful += [record for record in share if record.graph in blamed]
        look.results += [
            Result(
                several[-1],
                node,
                (result.path or "").strip("<>"),
                (result.source_shape or "").strip("<>"),
                result.severity_iri.strip("<>"),
            )
            for several, node, result in told
            if several[-1].graph not in blamed
        ]

    def _results(self, share: Sequence[RecordFile]) -> "Iterator[tuple[str, shacl.Result]]":
        lines = _lines(triple for record in share for triple in record.triples)
        for result in self._shapes.validate_turtle(lines).results:
            yield result.focus_node.removeprefix("<").removesuffix(">"), result


def _settled(result: "shacl.Result") -> bool:
    """Whether a result says all that the reference would say."""
    named = [result.source_shape or "", *([result.path] if result.path else [])]
    return result.component not in _NESTED and all(
        name.startswith("<") and name.endswith(">") for name in named
    )


def _lines(triples: Iterable[ox.Triple]) -> str:
    return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
