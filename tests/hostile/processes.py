"""What the tests of attacks read of the processes of a server (Linux)."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def below(pid: int) -> list[int]:
    """The children of a process, living or not waited for."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def zygote_of(pid: int) -> int:
    """The process that forks the children of the public lane, below a server."""
    for child in below(pid):
        if b"talea_sparql.zygote" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    raise AssertionError("the server has no zygote")


def resident(pid: int) -> int:
    """Bytes of memory that a process occupies."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def private(pid: int) -> int:
    """Bytes of memory that a process has for itself: 0 for one that has gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1_024 for line in lines if line.startswith("Private_"))


def descriptors(pid: int) -> int:
    """How many files and sockets a process holds open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def listen_to(process: subprocess.Popen[str]) -> list[str]:
    """The lines that a process says, as they come; unread, they would fill the pipe and stop it."""
    assert process.stdout is not None
    lines: list[str] = []
    threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True).start()
    return lines
