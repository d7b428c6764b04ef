"""Sort a file of N-Quads that does not fit in memory, so that a subject's lines stand together.

The order is that of bytes, whatever the locale. Runs that fit in memory are sorted, written aside
and merged.
"""

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import IO, Final

import pyoxigraph as ox

RUN_BYTES: Final = 32_000_000
"""Bytes of lines sorted at a time; with the lists that hold them, about three times this."""


def sort_lines(source: Path, target: Path, run_bytes: int = RUN_BYTES) -> None:
    """Write the lines of `source` into `target`, sorted; works in the folder of `target`."""
    with ExitStack() as stack:
        runs: list[IO[bytes]] = []
        lines = stack.enter_context(source.open("rb"))
        while run := lines.readlines(run_bytes):
            run.sort()
            aside = stack.enter_context(tempfile.TemporaryFile(dir=target.parent))
            aside.writelines(run)
            aside.seek(0)
            runs.append(aside)
        with target.open("wb") as file:
            file.writelines(heapq.merge(*runs))


def resources(path: Path) -> Iterator[tuple[ox.NamedNode | ox.BlankNode, list[ox.Triple]]]:
    """Each subject of a sorted file with its triples in the union of the graphs, each once."""
    quads = ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS)
    for subject, group in groupby(quads, lambda quad: quad.subject):
        assert isinstance(subject, ox.NamedNode | ox.BlankNode)
        yield subject, list(dict.fromkeys(quad.triple for quad in group))
