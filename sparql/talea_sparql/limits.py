"""Every limit of the public SPARQL service, one documented field each.

The starting values were measured with pyoxigraph 0.5.13 on two cores
(docs/decisions/0002-process-pool.md); the hostile tests check them again on each machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

__all__ = ["LimitDescription", "Limits"]


def _limit(default: Any, unit: str, help_text: str) -> Any:
    return field(default=default, metadata={"unit": unit, "help": help_text})


@dataclass(frozen=True, slots=True)
class LimitDescription:
    """One limit in words, for the service description, the docs and the about page."""

    name: str
    value: int | float
    unit: str
    help: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one pool. `describe()` lists them with units and explanations."""

    deadline_seconds: float = _limit(
        10.0, "seconds", "Evaluation time of one query; at the deadline its process is killed."
    )
    result_bytes: int = _limit(
        10_000_000, "bytes", "Size of one serialised answer; a larger one is refused, never cut."
    )
    query_bytes: int = _limit(65_536, "bytes", "Size of one query text in UTF-8.")
    memory_bytes: int = _limit(
        500_000_000, "bytes", "Address space of one child above what the loaded store takes."
    )
    queries_per_child: int = _limit(500, "queries", "Queries after which a child is replaced.")
    growth_bytes: int = _limit(
        64_000_000, "bytes", "Memory above the store after which a child is replaced."
    )
    children: int = _limit(4, "processes", "Children that evaluate queries side by side.")
    running_per_client: int = _limit(
        2, "queries", "Queries of one client that may run or wait at the same time."
    )
    queue_length: int = _limit(64, "queries", "Queries that may wait for a free child.")
    queue_seconds: float = _limit(5.0, "seconds", "Time that a query may wait for a free child.")
    nesting_depth: int = _limit(64, "levels", "Nested brackets of any kind in a query.")
    patterns: int = _limit(
        80,
        "patterns",
        "Parts that the planner must put in order: triple patterns, path steps, list items, "
        "groups, GRAPH and VALUES blocks.",
    )
    operators: int = _limit(
        500, "operators", "Operators and clauses of a query, such as ||, +, /, UNION and BIND."
    )
    search_texts: int = _limit(
        10, "texts", "Different texts that one query may search for inside itself."
    )
    search_hits: int = _limit(
        1_000, "hits", "Resources, the best ones, that a text finds inside a query."
    )
    start_seconds: float = _limit(
        120.0, "seconds", "Time that the first process may take to load the release."
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            if getattr(self, item.name) <= 0:
                raise ValueError(f"the limit {item.name} must be above zero")

    def describe(self) -> tuple[LimitDescription, ...]:
        """Return every limit in the order of declaration."""
        return tuple(
            LimitDescription(f.name, getattr(self, f.name), f.metadata["unit"], f.metadata["help"])
            for f in fields(self)
        )
