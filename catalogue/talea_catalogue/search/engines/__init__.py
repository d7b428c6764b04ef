"""Engines of meaning: which there are, and how one is opened by what the settings say."""

from typing import Final

from ...errors import EngineError
from .protocol import Engine

__all__ = ["ENGINES", "NO_ENGINE", "Engine", "default_engine", "open_engine"]

NO_ENGINE: Final = "none"
ENGINES: Final = ("bundled", "sentence-transformers:MODELLO", NO_ENGINE)
"""What settings may say; the model is a name on the hub or a folder."""


def default_engine() -> tuple[str, str]:
    """The engine of who chooses none, and why it is not the bundled one (empty where it is)."""
    from .weights import find_weights

    try:
        find_weights()
    except EngineError as error:
        return NO_ENGINE, str(error)
    return "bundled", ""


def open_engine(name: str) -> Engine:
    """The engine of that name.

    No weights are loaded yet, but what is missing is told now. Raises `EngineError`.
    """
    kind, _, model = name.strip().partition(":")
    if kind == "sentence-transformers" and model:
        from .transformers import TransformersEngine

        return TransformersEngine(model)
    if name.strip() == "bundled":
        from .bundled import BundledEngine

        return BundledEngine()
    if name.strip() == NO_ENGINE:
        from .none import NoEngine

        return NoEngine()
    raise EngineError(f"non c'è un motore «{name}»: si sceglie tra {', '.join(ENGINES)}")
