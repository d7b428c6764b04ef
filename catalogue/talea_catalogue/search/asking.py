"""The vectors of what people look for: recent ones kept, one made at a time, few waiting.

To embed a text takes a processor for tens of milliseconds. A flood of searches must not take it
from pages: one text is embedded at a time, a few wait for their turn, the others are told at once
to come back.
"""

from collections import OrderedDict
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final

from ..errors import BusyError
from .vectors import Floats

if TYPE_CHECKING:
    from .engines import Engine

RECENT: Final = 2_000
"""Texts whose vector is kept: 3 MB."""
WAITING: Final = 12
"""Texts that may wait: about half a second of work."""


class Asker:
    """Gives texts their vectors. Safe to use from several threads."""

    def __init__(self, engine: "Engine", waiting: int = WAITING) -> None:
        self._engine = engine
        self._recent: OrderedDict[str, Floats] = OrderedDict()
        self._kept = Lock()
        self._turn = Lock()
        self._places = BoundedSemaphore(waiting + 1)

    @property
    def engine(self) -> "Engine":
        """What makes the vectors."""
        return self._engine

    def vector(self, text: str) -> Floats | None:
        """The vector of a text, float32 of the engine's dimensions; None for an engine of none.

        Capitals and curly apostrophes are how a text is typed and not what it means: an engine that
        tells them apart would rank «TAXI SOCIALE» otherwise than «taxi sociale».
        Raises `BusyError` where too many wait, `EngineError` where the engine does not work.
        """
        if not self._engine.dimensions:
            return None
        text = text.lower().replace("’", "'")
        if (known := self._known(text)) is not None:
            return known
        if not self._places.acquire(blocking=False):
            raise BusyError("troppe ricerche aspettano il loro turno")
        try:
            with self._turn:
                known = self._known(text)  # another may have asked the same meanwhile
                return self._learn(text) if known is None else known
        finally:
            self._places.release()

    def _known(self, text: str) -> Floats | None:
        with self._kept:
            if text in self._recent:
                self._recent.move_to_end(text)
                return self._recent[text]
        return None

    def _learn(self, text: str) -> Floats:
        vector: Floats = self._engine.encode_query([text])[0]
        with self._kept:
            self._recent[text] = vector
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return vector
