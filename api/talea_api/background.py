"""Work beside the server, in processes of its own: the files to download of the first release.

First the dumps, then the books of the publications, one process after the other.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from talea_catalogue import dumps
from talea_catalogue.release import current

from .settings import Settings

_PATIENCE = 10
"""Seconds that a process has to clean up when the server ends."""


@contextmanager
def files_beside(settings: Settings) -> Iterator[None]:
    """While the body runs, make the files of the release in force, where they are missing.

    At the end what is not finished is given up; the next start or build takes it up again.
    """
    work = _Work(list(_commands(settings)))
    work.start()
    try:
        yield
    finally:
        work.stop()


def _commands(settings: Settings) -> Iterator[tuple[str, ...]]:
    """Modules of ours with their arguments: each looks by itself at what is missing."""
    home = settings.home_folder
    folder = current(home)
    if folder is None:
        return
    if dumps.read(folder / dumps.FOLDER) is None:
        yield "talea_catalogue.dumps", str(folder)
    if settings.books:
        yield "talea_api.books", str(home)


class _Work(threading.Thread):
    """Runs commands one after the other, until it is told to stop."""

    def __init__(self, commands: Sequence[tuple[str, ...]]) -> None:
        super().__init__(name="files", daemon=True)
        self._commands = commands
        self._lock = threading.Lock()
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        for command in self._commands:
            with self._lock:
                if self._stopped:
                    return
                # Away from the terminal, whose Ctrl-C is for the server; -P: nothing is taken from
                # the folder that the server was started in.
                self._process = subprocess.Popen(  # noqa: S603 - our own modules and folders
                    [sys.executable, "-P", "-m", *command],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self._process.wait()

    def stop(self) -> None:
        """End what is under way and begin nothing else."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.join(_PATIENCE)
