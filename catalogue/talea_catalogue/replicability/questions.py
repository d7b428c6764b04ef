"""The questions that only the Comune can answer, read from `questions.toml`, with a version.

Nothing is stored of who answers: the answers travel in the form and in the file that it gives.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from .said import Said

__all__ = ["LEVELS", "OPEN", "PARTLY", "READY", "UNSURE", "Question", "Questions", "shipped"]

READY: Final = "pronto"
PARTLY: Final = "in-parte"
OPEN: Final = "aperto"
UNSURE: Final = "non-so"
LEVELS: Final = (READY, PARTLY, OPEN, UNSURE)
"""What may be answered, from what is settled to what is not known; no answer is not among them."""
_KEYS: Final = {READY: "ready", PARTLY: "partly", OPEN: "open"}
_FILE: Final = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True, slots=True)
class Question:
    """One question: who wrote it, when and why, its levels in words, and what is shown next to it.

    `beside` introduces what the catalogue knows, `silent` says that it knows nothing.
    """

    id: str
    author: str
    date: date
    reason: str
    text: Said
    beside: Said
    silent: Said
    levels: Mapping[str, Said]


@dataclass(frozen=True, slots=True)
class Questions:
    """All of them in their order, with the words of the steps that answers lead to (`todo`)."""

    version: str
    date: date
    author: str
    items: tuple[Question, ...]
    unanswered: Said
    todo: Mapping[str, Said]


def read(path: Path) -> Questions:
    """Read a set of questions. Raises OSError, `tomllib.TOMLDecodeError`, KeyError."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    unsure = _said(data["unsure"])
    items = tuple(
        Question(
            key,
            one["author"],
            one["date"],
            one["reason"],
            _said(one["question"]),
            _said(one["beside"]),
            _said(one["silent"]),
            {level: _said(one[name]) for level, name in _KEYS.items()} | {UNSURE: unsure},
        )
        for key, one in data.items()
        if key.startswith("A") and key[1:].isdigit()
    )
    return Questions(
        data["version"],
        data["date"],
        data["author"],
        items,
        _said(data["unanswered"]),
        {key: _said(one) for key, one in data["todo"].items()},
    )


@cache
def shipped() -> Questions:
    """The questions of this version of the code."""
    return read(_FILE)


def _said(words: Mapping[str, str]) -> Said:
    return Said(words["it"], words["en"])
