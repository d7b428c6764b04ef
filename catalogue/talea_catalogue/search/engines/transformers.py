"""Any model of sentence-transformers, by the name it has on its hub or by its folder.

The library takes seconds and hundreds of megabytes to import: it is imported when this engine is
chosen and has a text to embed, and not before. It runs on a GPU where torch finds one. It reads
`HF_HUB_OFFLINE` by itself: with 1, a model is looked for in this computer only.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from ...errors import EngineError
from .protocol import fingerprint_of, prepare_documents, prepare_queries

if TYPE_CHECKING:
    from .protocol import Vectors

KIND: Final = "sentence-transformers"
_BATCH: Final = 32
"""Texts embedded at once."""
_PROMPTS: Final = {
    "encode_query": ("query",),
    "encode_document": ("document", "passage", "corpus"),
}
"""Names that models give to their prompts; the first that is not empty is used."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    dimensions: int
    fingerprint: str


class TransformersEngine:
    """A model of sentence-transformers."""

    def __init__(self, model: str) -> None:
        """`model` is a name on the hub or a folder.

        Raises `EngineError` where the package is missing, or what looks like a folder is none of
        a model.
        """
        if find_spec("sentence_transformers") is None:
            raise EngineError(
                f"il motore «{KIND}» vuole un pacchetto che qui non c'è: "
                f"«pip install 'talea[{KIND}]'»"
            )
        self._model = _located(model)
        self._lock = Lock()
        self._once: _Loaded | None = None
        self.name = f"{KIND}:{model}"

    @property
    def dimensions(self) -> int:
        """As the model says; loads it."""
        return self._loaded().dimensions

    @property
    def fingerprint(self) -> str:
        """Of the weights, the tokeniser, the parts and the prompts, wherever they were read from.

        A new release of the library may describe the parts in other words: then it is another.
        """
        return self._loaded().fingerprint

    def encode_query(self, texts: Sequence[str]) -> "Vectors":
        """See `Engine`. On one thread of the processor, as others wait for it."""
        loaded, prepared = self._loaded(), prepare_queries(texts)
        with self._lock, _one_thread():
            return _encode(loaded.model, "encode_query", prepared, loaded.dimensions)

    def encode_document(self, texts: Sequence[str]) -> "Vectors":
        """See `Engine`. What is beyond the tokens that the model takes is not seen."""
        loaded, prepared = self._loaded(), prepare_documents(texts)
        with self._lock:  # a tokeniser does not serve two threads
            return _encode(loaded.model, "encode_document", prepared, loaded.dimensions)

    def _loaded(self) -> _Loaded:
        with self._lock:
            if self._once is None:
                model = self._load()
                fingerprint = _fingerprint(model)  # before a text changes the tokeniser's state
                self._once = _Loaded(model, len(model.encode("")), fingerprint)
            return self._once

    def _load(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging
        except Exception as error:  # each library below has errors of its own, here and further on
            raise EngineError(f"il motore «{KIND}» non si carica ({_said(error)})") from error
        if not sys.stderr.isatty():
            logging.disable_progress_bar()
        try:
            return SentenceTransformer(self._model)
        except Exception as error:
            raise EngineError(_why(self._model, error)) from error


def _located(model: str) -> str:
    """The folder of a model, or its name. Raises `EngineError`."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        if (folder / "modules.json").is_file():
            return str(folder)
        raise EngineError(f"{model}: non è una cartella di {KIND}: manca modules.json")
    # A name on the hub has one slash at most.
    if folder.exists() or folder.is_absolute() or model.startswith(".") or model.count("/") > 1:
        raise EngineError(f"{model}: non c'è una cartella con questo nome")
    return model


def _why(model: str, error: Exception) -> str:
    """What to say of a model that does not load."""
    if Path(model).is_dir():
        return f"{model}: il modello non si carica ({_said(error)})"
    away = f"il modello «{model}» non è in questo computer"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON"):
        return f"{away}: HF_HUB_OFFLINE vieta di scaricarlo"
    return f"{away}, e non si scarica ({_said(error)})"


def _said(error: Exception) -> str:
    """What a library says, on one line that is not too long."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _encode(model: Any, method: str, texts: list[str], dimensions: int) -> "Vectors":
    """Vectors of prepared texts, in batches; a bar where somebody looks at the standard error."""
    import numpy as np

    if not texts:
        return np.empty((0, dimensions), dtype=np.float32)
    prompts = (model.prompts.get(name) for name in _PROMPTS[method])
    try:
        vectors: Vectors = getattr(model, method)(
            texts,
            prompt=next(filter(None, prompts), None),
            batch_size=_BATCH,
            show_progress_bar=len(texts) > _BATCH and sys.stderr.isatty(),
        ).astype(np.float32)
    except Exception as error:
        raise EngineError(f"il modello non ha letto i testi ({_said(error)})") from error
    # Here, not in the model: half precision would leave a thousandth.
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.maximum(lengths, np.float32(1e-12))
    return vectors


def _fingerprint(model: Any) -> str:
    """Of a model as loaded, before it sees a text."""
    import torch

    weights = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        weights.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        numbers = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        weights.update(numbers.numpy().data)
    tokeniser: Any = getattr(model, "tokenizer", None)
    fast: Any = getattr(tokeniser, "backend_tokenizer", tokeniser)
    parts = (
        weights.hexdigest(),
        fast.to_str() if hasattr(fast, "to_str") else type(tokeniser).__name__,
        str(getattr(model, "max_seq_length", None)),
        json.dumps(model.prompts, sort_keys=True),
        str(model),
    )
    return fingerprint_of(KIND, *parts)


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
