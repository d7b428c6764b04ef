"""How much one client may ask of the expensive doors: a token bucket each, in bounded memory.

Counts are kept by this process alone; coarse limits belong to the reverse proxy in front of it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from .errors import Problem
from .language import Text


class Meter:
    """`burst` tokens at most, refilled at `per_minute`; the clients seen last are remembered.

    A client that was forgotten starts again with a full bucket, so `clients` should be larger than
    the number of clients that can be active within a minute.
    """

    def __init__(
        self,
        per_minute: int,
        burst: int,
        clients: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = per_minute / 60
        self._burst = float(max(burst, 1))
        self._clients = max(clients, 1)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str, cost: float = 1.0) -> None:
        """Spend `cost` tokens of `client`; raises Problem 429, which says when to come back."""
        if not self._rate:
            return
        now = self._clock()
        with self._lock:
            tokens, then = self._buckets.pop(client, (self._burst, now))
            tokens = min(self._burst, tokens + (now - then) * self._rate)
            wait = (cost - tokens) / self._rate
            self._buckets[client] = (tokens - cost if wait <= 0 else tokens, now)
            while len(self._buckets) > self._clients:
                self._buckets.popitem(last=False)
        if wait > 0:
            seconds = int(wait) + 1
            raise Problem(
                "too-many-requests",
                Text(
                    f"Riprova tra {seconds} secondi. Per usare tutto il catalogo scarica i dati "
                    "dalla pagina /dati.",
                    f"Try again in {seconds} seconds. To use the whole catalogue, download the "
                    "data from the page /dati.",
                ),
                headers={"Retry-After": str(seconds)},
                limit=round(self._rate * 60),
                retry_after=seconds,
            )
