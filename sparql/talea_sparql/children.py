"""The parent's handles on the processes of the public lane."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future, InvalidStateError
from pathlib import Path
from typing import Protocol

import pyoxigraph

from talea_sparql.errors import UnavailableError
from talea_sparql.limits import Limits
from talea_sparql.opening import open_path
from talea_sparql.wire import Head, Link
from talea_sparql.worker import evaluate, unenforced

__all__ = ["Child", "ProcessChild", "ProcessSource", "Source", "ThreadSource", "can_fork"]

_CONTROL_SECONDS = 10.0  # a zygote that does not answer within this time is replaced
# The interpreter runs isolated (-I) and without site packages (-S): it sees the standard
# library and the two folders that it needs.
_BOOTSTRAP = (
    "import sys; sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]; "
    "from talea_sparql.zygote import main; sys.exit(main(sys.argv[1:]))"
)


class Child(Protocol):
    """One place where a query can be evaluated."""

    served: int

    def alive(self) -> bool:
        """Return False where the process is known to be gone."""

    async def exchange(self, request: Head) -> tuple[Head, bytes]:
        """Evaluate a request. Raises `EOFError` or `OSError` when the process dies."""


class Source(Protocol):
    """Where children come from."""

    starts: int

    async def start(self) -> None:
        """Load the release. Raises `UnavailableError`."""

    async def spawn(self) -> Child:
        """Return a new child. Raises `UnavailableError`."""

    async def discard(self, child: Child) -> int | None:
        """End a child, whatever it does. Return its exit code (negative: a signal) if known."""

    async def close(self) -> None:
        """End every process."""

    def unenforced(self) -> list[str]:
        """Return, in English, the protections that these children do not have."""


class ProcessChild:
    """A forked, confined process at the other end of a socket."""

    def __init__(self, pid: int, generation: int, link: Link) -> None:
        self.pid = pid
        self.generation = generation
        self.link = link
        self.served = 0

    def alive(self) -> bool:
        """Return False once the process has closed its end: it never speaks first."""
        return self.link.open

    async def exchange(self, request: Head) -> tuple[Head, bytes]:
        """Send one request and read its answer."""
        self.served += 1
        return await self.link.exchange(request)


class ProcessSource:
    """Children forked by a zygote, which is started again when it dies.

    The pool calls it from tasks that are never cancelled: an answer of the zygote left unread
    would be taken for the answer to the next request.
    """

    def __init__(self, data: Path, limits: Limits) -> None:
        self.starts = 0
        self._data = data
        self._limits = limits
        self._lock = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Return the process id of the zygote."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Execute the zygote and wait until the release is loaded."""
        async with self._lock:
            await self._start()

    async def spawn(self) -> ProcessChild:
        """Fork a child, over a new zygote where the old one is gone."""
        async with self._lock:
            for attempt in (1, 2):
                if self._control is None:
                    await self._start()
                ours, theirs = socket.socketpair()
                try:
                    with theirs:
                        reply = await self._request({"op": "fork"}, theirs)
                    ours.setblocking(False)
                    loop = asyncio.get_running_loop()
                    _, link = await loop.create_unix_connection(Link, sock=ours)
                    return ProcessChild(int(reply["pid"]), self.starts, link)
                except BaseException as error:
                    ours.close()
                    if not isinstance(error, OSError | EOFError) or attempt == 2:
                        raise
                    await self._stop()
            raise UnavailableError("The query processes cannot be started.")

    async def discard(self, child: Child) -> int | None:
        """Kill a child and wait for it in the zygote."""
        if not isinstance(child, ProcessChild):
            return None
        child.link.close()
        async with self._lock:
            if self._control is None or child.generation != self.starts:
                return None  # it died with its zygote
            try:
                reply = await self._request({"op": "reap", "pid": child.pid})
            except (OSError, EOFError):
                await self._stop()
                return None
            status = reply["status"]
            return None if status is None else int(status)

    async def close(self) -> None:
        """End the zygote and, through it, every child."""
        self._closed = True
        async with self._lock:
            await self._stop()

    def unenforced(self) -> list[str]:
        """Return what this system does not confine."""
        return unenforced()

    async def _start(self) -> None:
        if self._closed:
            raise UnavailableError("The query pool is closed.")
        ours, theirs = socket.socketpair()
        here = Path(__file__).resolve().parent.parent
        engine = Path(pyoxigraph.__file__).resolve().parent.parent
        arguments = [
            str(theirs.fileno()),
            str(self._limits.memory_bytes),
            str(self._data.resolve()),
        ]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-I", "-S", "-c", _BOOTSTRAP, str(here), str(engine), *arguments],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,  # an interrupt at the terminal is for the web server
            )
        ours.setblocking(False)
        self._control = ours
        self.starts += 1
        try:
            reply = await self._reply(self._limits.start_seconds)
        except (OSError, EOFError):
            reply = {"error": "the process that loads it ended"}
        except BaseException:
            await self._stop()
            raise
        if "error" in reply:
            await self._stop()
            raise UnavailableError(f"The release cannot be loaded: {reply['error']}.")

    async def _request(self, message: Head, passed: socket.socket | None = None) -> Head:
        assert self._control is not None
        descriptors = [passed.fileno()] if passed else []
        socket.send_fds(self._control, [json.dumps(message).encode("ascii")], descriptors)
        return await self._reply(_CONTROL_SECONDS)

    async def _reply(self, seconds: float) -> Head:
        assert self._control is not None
        loop = asyncio.get_running_loop()
        line = b""
        async with asyncio.timeout(seconds):
            while not line.endswith(b"\n"):
                part = await loop.sock_recv(self._control, 65_536)
                if not part:
                    raise EOFError
                line += part
        reply = json.loads(line)
        if not isinstance(reply, dict):
            raise EOFError
        return reply

    async def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(2)  # seconds: it ends its children first
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class ThreadSource:
    """Evaluation in threads of this process, where the system has no fork."""

    def __init__(self, data: Path) -> None:
        self.starts = 0
        self._data = data
        self._store = pyoxigraph.Store()

    async def start(self) -> None:
        """Load the release into this process."""
        self.starts += 1
        try:
            self._store = await asyncio.to_thread(open_path, self._data)
        except (OSError, SyntaxError) as error:
            raise UnavailableError(f"The release cannot be loaded: {error}.") from error

    async def spawn(self) -> Child:
        """Return a handle on the shared store."""
        return _ThreadChild(self._store)

    async def discard(self, child: Child) -> int | None:
        """Do nothing: a thread cannot be ended, it finishes unheard."""
        return None

    async def close(self) -> None:
        """Do nothing: the store goes with its last reader."""

    def unenforced(self) -> list[str]:
        """Return what threads cannot give."""
        return [
            "a query that passes its deadline goes on in the background",
            "the memory of a query is not limited",
            "a query that ends the engine ends the whole service",
            "only the guard keeps SERVICE from sending requests",
        ]


class _ThreadChild:
    def __init__(self, store: pyoxigraph.Store) -> None:
        self._store = store
        self.served = 0

    def alive(self) -> bool:
        return True

    async def exchange(self, request: Head) -> tuple[Head, bytes]:
        """Evaluate in a thread that the end of the program does not wait for: it may never end."""
        self.served += 1
        answer: Future[tuple[Head, bytes]] = Future()

        def work() -> None:
            with contextlib.suppress(InvalidStateError):  # nobody waits for it any more
                try:
                    answer.set_result(evaluate(self._store, request))
                except Exception as error:
                    answer.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return await asyncio.wrap_future(answer)


def can_fork() -> bool:
    """Return whether this system can run `ProcessSource`."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds") and sys.platform != "win32"
