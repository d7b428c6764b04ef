"""The first process of the public lane: it opens the release once and forks children.

It is executed, not forked from the web server, whose threads would make a fork unsafe, and it
has one thread when it forks. The parent speaks JSON lines on an inherited socket, one request at a
time: `{"op": "fork"}` with the child's socket attached answers `{"pid": n}`;
`{"op": "reap", "pid": n}` kills that child and answers `{"status": code}`, negative for a
signal. Children are waited for only here, so a process id never means another process. When
the socket closes, everything ends.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph

from talea_sparql.opening import open_path
from talea_sparql.worker import confine, serve

__all__ = ["main"]

# Deep but permitted queries must fit: the engine's parser and planner call themselves.
_STACK_BYTES = 64 * 1024 * 1024


def main(arguments: list[str]) -> int:
    """Run with: the control socket's descriptor, the memory limit in bytes, the data."""
    control = socket.socket(fileno=int(arguments[0]))
    try:
        store = _open(Path(arguments[2]))
    except (OSError, SyntaxError, ValueError) as error:
        _send(control, {"error": str(error)})
        return 1
    _widen_stack()
    gc.collect()
    gc.freeze()  # the collector must not write to pages shared with the children
    _send(control, {"ready": True})
    children: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        if not message:
            break
        request = json.loads(message)
        if request["op"] == "fork":
            pid = _fork(store, control, descriptors[0], int(arguments[1]))
            children.add(pid)
            _send(control, {"pid": pid})
        elif request["pid"] in children:
            children.discard(request["pid"])
            _send(control, {"status": _reap(request["pid"])})
        else:
            _send(control, {"status": None})
    for pid in children:
        _reap(pid)
    return 0


def _open(data: Path) -> pyoxigraph.Store:
    """Open the release in a thread that ends, for the sake of where glibc puts it.

    What a thread allocates lies in an arena of its own. Loaded by the first thread, the release
    would leave its holes to the children, who would fill them before taking new memory: each hole a
    page of the release to copy, a hundred of them a query.
    """
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(open_path, data).result()


def _widen_stack() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    soft = _STACK_BYTES if hard == resource.RLIM_INFINITY else min(hard, _STACK_BYTES)
    resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def _send(control: socket.socket, message: dict[str, object]) -> None:
    control.sendall(json.dumps(message).encode("utf-8") + b"\n")


def _fork(
    store: pyoxigraph.Store, control: socket.socket, descriptor: int, memory_bytes: int
) -> int:
    zygote = os.getpid()
    pid = os.fork()
    if pid:
        os.close(descriptor)
        return pid
    try:
        control.close()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):  # the engine reports its own death on standard error
            os.dup2(null, standard)
        os.close(null)
        connection = socket.socket(fileno=descriptor)
        confine(zygote, memory_bytes)
        serve(store, connection)
    finally:
        # Whatever happened, a child never returns into the zygote's loop.
        os._exit(0 if sys.exc_info()[0] is None else 1)


def _reap(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
