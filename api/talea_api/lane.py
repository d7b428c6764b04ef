"""A lane for work that takes a processor for long: few at once, a few waiting, the others refused.

Pages are written in threads that share one interpreter and the processors. A flood of searches
keeps to its lane, whose threads give way to all others, and who reads pages hardly notices it.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from talea_catalogue.errors import BusyError

GIVES_WAY: Final = 10
"""Niceness of the threads of a lane.

With 15 pages are as quick as without a flood, but beside a busy neighbour a search takes a second.
"""
_T = TypeVar("_T")


class Lane:
    """Belongs to the event loop. Those who wait go in the order in which they came."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, "lane", _give_way)
        self._free = at_once + waiting

    async def run(self, work: Callable[[], _T]) -> _T:
        """What `work` returns, in a thread of the lane. Raises `BusyError` where too many wait."""
        if not self._free:
            raise BusyError("troppe ricerche aspettano il loro turno")
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free += 1

    def close(self) -> None:
        """Let its threads end, when they have done what is under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere a process has one niceness for all its threads
        this = threading.get_native_id()
        with suppress(OSError):
            usual = os.getpriority(os.PRIO_PROCESS, this)
            os.setpriority(os.PRIO_PROCESS, this, max(usual, GIVES_WAY))
