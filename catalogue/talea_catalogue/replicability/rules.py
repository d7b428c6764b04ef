"""The rules of the comparison, read from `rules.toml`: thresholds, ties and words, with a version.

A rule set is data that somebody decided: each part names its author, its date and its reason.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from .said import Said, Value, fill

__all__ = ["Rule", "Rules", "shipped"]

_FILE: Final = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one criterion goes by. `data` holds its thresholds and ties as the file has them."""

    author: str
    date: date
    reason: str
    words: Mapping[str, Said]
    data: Mapping[str, Any]

    def say(self, key: str, **values: Value) -> Said:
        """One of its sentences, filled."""
        return fill(self.words[key], **values)

    def graded(self, difference: float) -> str:
        """The verdict of a difference: up to `similar`, up to `manageable`, beyond."""
        if difference <= float(self.data["similar"]):
            return "soddisfatto"
        return "gestibile" if difference <= float(self.data["manageable"]) else "critico"


@dataclass(frozen=True, slots=True)
class Rules:
    """All of them. `who` says who could give what is missing, by the keys of `missing`."""

    version: str
    date: date
    author: str
    prediction: Said
    order: Said
    gazetteer: tuple[str, str]
    """Source and date of what the list of Comuni says."""
    criteria: Mapping[str, Rule]
    missing: Mapping[str, Said]
    who: Mapping[str, Said]
    prerequisites: Mapping[str, Said]
    data: Mapping[str, Any]
    """The parts of the file that no criterion owns: `measures`, `services`, `nearness`, `alike`."""

    @property
    def measures(self) -> Mapping[str, str]:
        """Notation of a measure -> key of the share that it is of residents; empty for all."""
        measures: Mapping[str, str] = self.data["measures"]
        return measures


def read(path: Path) -> Rules:
    """Read a rule set. Raises OSError, `tomllib.TOMLDecodeError`, KeyError."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    criteria = {
        key: Rule(
            one["author"],
            one["date"],
            one["reason"],
            {name: _said(words) for name, words in one["words"].items()},
            one,
        )
        for key, one in data.items()
        if key.startswith("C") and key[1:].isdigit()
    }
    return Rules(
        data["version"],
        data["date"],
        data["author"],
        _said(data["prediction"]),
        _said(data["order"]),
        (data["gazetteer"]["source"], data["gazetteer"]["date"]),
        criteria,
        {key: _said(one) for key, one in data["missing"].items()},
        {key: Said(one["who_it"], one["who_en"]) for key, one in data["missing"].items()},
        {key: _said(one) for key, one in data["prerequisites"].items()},
        data,
    )


@cache
def shipped() -> Rules:
    """The rules of this version of the code."""
    return read(_FILE)


def _said(words: Mapping[str, str]) -> Said:
    return Said(words["it"], words["en"])
