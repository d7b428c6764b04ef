"""Work beside the server, in a process of its own: the files to download of the first release."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from talea_catalogue import dumps
from talea_catalogue.release import current

_PATIENCE = 10
"""Seconds that the process has to clean up when the server ends."""


@contextmanager
def dumps_beside(home: Path) -> Iterator[None]:
    """While the body runs, make the dumps of the release in force, where they are missing.

    At the end what is not finished is given up; the next start or build takes it up again.
    """
    folder = current(home)
    if folder is None or dumps.read(folder / dumps.FOLDER) is not None:
        yield
        return
    # Away from the terminal, whose Ctrl-C is for the server; -P: nothing is taken from the folder
    # that the server was started in.
    process = subprocess.Popen(  # noqa: S603 - our own module, on a folder of ours
        [sys.executable, "-P", "-m", "talea_catalogue.dumps", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
