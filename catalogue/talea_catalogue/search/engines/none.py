"""No model: search by words and concepts only, where no engine can run or none is wanted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .protocol import fingerprint_of

if TYPE_CHECKING:
    from .protocol import Vectors


class NoEngine:
    """An engine whose vectors have no numbers."""

    name: str = "none"
    dimensions = 0
    fingerprint = fingerprint_of("none")

    def encode_query(self, texts: Sequence[str]) -> "Vectors":
        """Shape (len(texts), 0)."""
        import numpy as np

        return np.empty((len(texts), 0), dtype=np.float32)

    encode_document = encode_query
