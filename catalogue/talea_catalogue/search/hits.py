"""What a question finds: a practice, why, and whether it is likely to be what was meant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..repository import Brief


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a practice was found.

    By words: the `field` that has them and its text in pieces, True where a word of the query is.
    By meaning: the field and the part closest to the query, with no piece marked. By concepts:
    `field` is `concepts`, `concept` the IRI, the pieces its name; `said_it` and `said_en` are how
    people say it in words like those of the query.
    By a constraint, where the query says nothing else: `field` is `said`.
    Where practices are compared, `beside` is the part of the other one that this is close to.
    """

    field: str
    label_it: str
    label_en: str
    fragments: tuple[tuple[str, bool], ...]
    concept: str | None = None
    said_it: str | None = None
    said_en: str | None = None
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A practice found, why, and whether it is likely to be relevant.

    Without words in the query there is no reason to give.
    """

    brief: "Brief"
    reasons: tuple[Reason, ...]
    confident: bool = True
