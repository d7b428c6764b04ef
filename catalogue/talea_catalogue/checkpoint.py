"""What a build remembers for the next: the facts of each file, and where each graph lies.

`state.json` stands in the release, beside what it describes; its first line is the hash of the
rest, so that a spoilt one is no state at all and the next build begins from nothing. Facts hold for
one world (code, ontology, territory): the state of another is no state either.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .graphs import Mark
from .records import write_atomically
from .standing import Facts
from .survey import Remembered, Stamp
from .validate import Completeness, Finding

NAME: Final = "state.json"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a build.

    `world` is the digest of what records were judged by; `stamps` are those of files that can be
    recognised without reading them; `facts` those of every record file by key, with the hash of
    its bytes; `standing` the keys of the records in force; `table` the graphs of the dump;
    `cities` the Comuni outside Puglia that it describes.
    """

    world: str
    stamps: Remembered
    facts: Mapping[str, tuple[str, Facts]]
    standing: tuple[str, ...]
    table: Mapping[str, Mark]
    cities: tuple[str, ...]

    def save(self, folder: Path) -> None:
        """Write the state in the folder of a release. Raises OSError."""
        names: dict[str, int] = {}
        body = {
            "version": VERSION,
            "world": self.world,
            "stamps": {key: [*stamp, sha] for key, (stamp, sha) in self.stamps.items()},
            "facts": {key: [sha, *_pack(one, names)] for key, (sha, one) in self.facts.items()},
            "standing": self.standing,
            "table": {name: [m.sha, m.bytes, m.quads] for name, m in self.table.items()},
            "cities": self.cities,
        }
        body["names"] = list(names)
        data = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
        head = hashlib.sha256(data).hexdigest().encode() + b"\n"
        write_atomically(folder / NAME, head + data)

    @classmethod
    def load(cls, folder: Path) -> "Checkpoint | None":
        """Read the state of a release; None where there is none that can be relied on."""
        try:
            head, _, data = (folder / NAME).read_bytes().partition(b"\n")
            if hashlib.sha256(data).hexdigest().encode() != head:
                return None
            body: dict[str, Any] = json.loads(data)
            if body["version"] != VERSION:
                return None
            names: list[str] = body["names"]
            return cls(
                body["world"],
                {key: (_stamp(one), one[4]) for key, one in body["stamps"].items()},
                {key: (one[0], _unpack(one[1:], names)) for key, one in body["facts"].items()},
                tuple(body["standing"]),
                {name: Mark(*one) for name, one in body["table"].items()},
                tuple(body["cities"]),
            )
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None


def _stamp(packed: list[int]) -> Stamp:
    return (packed[0], packed[1], packed[2], packed[3])


def _pack(facts: Facts, names: dict[str, int]) -> list[Any]:
    """Facts as a list; IRIs that many records share become numbers."""

    def number(iris: Iterable[str]) -> list[int]:
        return [names.setdefault(iri, len(names)) for iri in sorted(iris)]

    errors = [[e.file, e.node, e.field, e.rule, e.message, e.path] for e in facts.errors]
    level = facts.level
    return [
        facts.fault,
        facts.withdrawn,
        errors,
        None if level is None else [level.level, number(level.missing)],
        number(facts.refs),
        facts.parts,
        facts.replicas,
        [facts.mark.sha, facts.mark.bytes, facts.mark.quads],
    ]


def _unpack(packed: list[Any], names: list[str]) -> Facts:
    fault, withdrawn, errors, level, refs, parts, replicas, mark = packed
    return Facts(
        fault=fault,
        withdrawn=withdrawn,
        errors=tuple(
            Finding(file, node, name, rule, message, "errore", path)
            for file, node, name, rule, message, path in errors
        ),
        level=None if level is None else Completeness(level[0], tuple(names[n] for n in level[1])),
        refs=frozenset(names[n] for n in refs),
        parts=parts,
        replicas=tuple((replica, source) for replica, source in replicas),
        mark=Mark(*mark),
    )
