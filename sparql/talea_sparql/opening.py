"""Stores in memory and on disk: opened for reading, written, or made from the one before.

A store on disk is written aside and then copied by the engine's own backup, so that the folder
which readers open holds data only and is never written again. Imported by the zygote, so it imports
as little as it can.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph
from pyoxigraph import NamedNode, Quad

__all__ = ["change_disk", "load_disk", "open_disk", "open_memory", "open_path"]


def open_memory(nquads_path: Path) -> pyoxigraph.Store:
    """Load an N-Quads file into a new store in memory. Raises `OSError` or `SyntaxError`."""
    store = pyoxigraph.Store()
    store.bulk_load(path=str(nquads_path), format=pyoxigraph.RdfFormat.N_QUADS)
    return store


def open_disk(path: Path) -> pyoxigraph.Store:
    """Open a store on disk, read only. Raises `OSError`."""
    return pyoxigraph.Store.read_only(str(path))


def open_path(path: Path) -> pyoxigraph.Store:
    """Open a folder as a store on disk, load a file into memory. Raises OSError, SyntaxError."""
    return open_disk(path) if path.is_dir() else open_memory(path)


def load_disk(path: Path, nquads_path: Path) -> None:
    """Write a new store on disk at `path` with what an N-Quads file says. Raises OSError."""
    aside = path.with_name(path.name + "-aside")  # the engine takes the name with .tmp
    _load(aside, nquads_path)
    _finish(aside, path)


def change_disk(
    before: Path, path: Path, gone: Iterable[NamedNode], less: Iterable[Quad], more: Iterable[Quad]
) -> None:
    """Write a new store at `path`: the one in `before`, changed, which stays as it is.

    Its files are shared by hard links where the disk has them. `gone` graphs are removed whole,
    then the quads `less` are removed and `more` added. Raises OSError.
    """
    aside = path.with_name(path.name + "-aside")  # the engine takes the name with .tmp
    open_disk(before).backup(str(aside))
    _change(aside, gone, less, more)
    _finish(aside, path)


# A store closes when its last reference goes: each of these closes its own before it returns.


def _load(path: Path, nquads_path: Path) -> None:
    store = pyoxigraph.Store(str(path))
    store.bulk_load(path=str(nquads_path), format=pyoxigraph.RdfFormat.N_QUADS)
    store.flush()


def _change(
    path: Path, gone: Iterable[NamedNode], less: Iterable[Quad], more: Iterable[Quad]
) -> None:
    store = pyoxigraph.Store(str(path))
    for graph in gone:
        store.remove_graph(graph)
    for quad in less:
        store.remove(quad)
    store.extend(more)
    store.flush()


def _finish(aside: Path, path: Path) -> None:
    # A backup holds the data and nothing of the work: no log, no files that were replaced. It is
    # made of a closed store, because one that is open may be removing files that it lists.
    open_disk(aside).backup(str(path))
    shutil.rmtree(aside)
