"""One evaluation, and the sandbox in which a forked child does it.

Imported by the zygote, so it imports as little as it can.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph

from talea_sparql.wire import Head, encode, receive

__all__ = [
    "CappedBuffer",
    "TooLargeError",
    "confine",
    "evaluate",
    "read_syntax_error",
    "serve",
    "unenforced",
]

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ERROR_POSITION = re.compile(r"error at (\d+):(\d+): *")
_NICENESS = 10  # where processors are short, pages come before strangers' queries
_MAX_DETAIL = 300  # characters of an engine's message that a client sees


class TooLargeError(Exception):
    """Raised by the writer, so that the engine stops serialising."""


class CappedBuffer:
    """A binary file that refuses to grow over a number of bytes."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._size = 0
        self._chunks: list[bytes] = []

    def write(self, chunk: bytes) -> int:
        self._size += len(chunk)
        if self._size > self._cap:
            raise TooLargeError
        self._chunks.append(chunk)
        return len(chunk)

    def flush(self) -> None:
        pass

    def value(self) -> bytes:
        return b"".join(self._chunks)


def evaluate(store: pyoxigraph.Store, request: Head) -> tuple[Head, bytes]:
    """Evaluate one request and serialise its result.

    The request holds `query`, `media_type`, `result_bytes`, `union` (the default graph is the
    union of all graphs) and `dataset` (None, or the lists of default and named graphs). `base`
    is what relative IRIs are resolved against, where it is given. `hits`,
    where there is one, is stated in the store while the query runs (`magic.statement`). The
    head that comes back holds `evaluated_ms`, and `error` with `detail`, `line` and `column`
    where there is no answer.
    """
    started = time.perf_counter()
    try:
        with _stated(store, request.get("hits")):
            body = _answer(store, request)
        head: Head = {}
    except SyntaxError as error:
        body, head = b"", read_syntax_error(str(error))
    except TooLargeError:
        body, head = b"", {"error": "result-too-large"}
    except MemoryError:
        body, head = b"", {"error": "memory"}
    except (OSError, RuntimeError, ValueError) as error:
        body, head = b"", {"error": "evaluation", "detail": _one_line(str(error))}
    head["evaluated_ms"] = (time.perf_counter() - started) * 1000
    return head, body


@contextlib.contextmanager
def _stated(store: pyoxigraph.Store, hits: Head | None) -> Iterator[None]:
    """State the hits of a search in this process's copy of the data, and take them back."""
    quads = list(_quads(hits)) if hits else []
    if quads:  # a store on disk takes none, and is asked in another way
        store.extend(quads)
    try:
        yield
    finally:
        for quad in quads:
            store.remove(quad)


def _quads(hits: Head) -> Iterator[pyoxigraph.Quad]:
    """Each hit in the graph that tells of it; with a score, the list that the query asks for."""
    link = pyoxigraph.NamedNode(hits["predicate"])
    first, rest, nil = (pyoxigraph.NamedNode(_RDF + name) for name in ("first", "rest", "nil"))
    for value, language, scored, found in hits["texts"]:
        text = pyoxigraph.Literal(value, language=language)
        for resource, place, score in found:
            node, graph = pyoxigraph.NamedNode(resource), pyoxigraph.NamedNode(place)
            if not scored:
                yield pyoxigraph.Quad(node, link, text, graph)
                continue
            head, tail = pyoxigraph.BlankNode(), pyoxigraph.BlankNode()
            yield pyoxigraph.Quad(node, link, head, graph)
            yield pyoxigraph.Quad(head, first, text, graph)
            yield pyoxigraph.Quad(head, rest, tail, graph)
            yield pyoxigraph.Quad(tail, first, pyoxigraph.Literal(float(score)), graph)
            yield pyoxigraph.Quad(tail, rest, nil, graph)


def _answer(store: pyoxigraph.Store, request: Head) -> bytes:
    options: dict[str, Any] = {"base_iri": request.get("base")}
    if request["dataset"] is not None:
        default, named = request["dataset"]
        options["default_graph"] = [pyoxigraph.NamedNode(iri) for iri in default]
        options["named_graphs"] = [pyoxigraph.NamedNode(iri) for iri in named]
    elif request["union"]:
        options["use_default_graph_as_union"] = True
    results: Any = store.query(request["query"], **options)
    formats: Any = (
        pyoxigraph.RdfFormat
        if isinstance(results, pyoxigraph.QueryTriples)
        else pyoxigraph.QueryResultsFormat
    )
    media_type = formats.from_media_type(request["media_type"])
    if media_type is None:
        raise ValueError("the media type does not fit the query form")
    buffer = CappedBuffer(request["result_bytes"])
    results.serialize(buffer, media_type)
    return buffer.value()


def read_syntax_error(message: str) -> Head:
    """Return the head of an answer that is a syntax error, from what the engine says of it."""
    head: Head = {"error": "syntax", "detail": _one_line(_ERROR_POSITION.sub("", message))}
    position = _ERROR_POSITION.search(message)
    if position:
        head["line"], head["column"] = int(position[1]), int(position[2])
    return head


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_DETAIL else text[: _MAX_DETAIL - 1] + "…"


def unenforced() -> list[str]:
    """Return, in English, the protections of `confine` that this system does not have."""
    missing: list[str] = []
    if not sys.platform.startswith("linux"):
        missing.append("the memory limit of a query is not measured on this system")
        missing.append("children may outlive a killed parent on this system")
    return missing


def confine(parent: int, memory_bytes: int) -> None:
    """Give up, for the rest of this process, what a query has no use for.

    No new file or socket, no more address space than now plus `memory_bytes`, no file growth,
    no core dump, no new privilege, less of the processor than others, and death with the process
    `parent`.
    """
    import resource

    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None, use_errno=True)
        for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_NO_NEW_PRIVS, 1)):
            if libc.prctl(option, int(value), 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "prctl failed")
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        ceiling = pages * os.sysconf("SC_PAGE_SIZE") + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
        with contextlib.suppress(OSError):
            # When the whole machine runs out of memory, a query dies before the web server.
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    if os.getppid() != parent:
        os._exit(1)  # the parent died before the death signal was armed


def serve(store: pyoxigraph.Store, connection: socket.socket) -> None:
    """Answer requests one at a time until the peer is gone.

    Each head also says how much this process has grown at most: `grown_bytes`.
    """
    at_first = _peak_bytes()
    while True:
        try:
            request, _ = receive(connection)
        except EOFError:
            return
        head, body = evaluate(store, request)
        head["grown_bytes"] = _peak_bytes() - at_first
        connection.sendall(encode(head, body))


def _peak_bytes() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1_024
