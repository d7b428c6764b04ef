"""What a query is read into, and the text as the rules see it: folded, with its places kept."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ...text import fold
from ..analysis import MAX_WORDS

if TYPE_CHECKING:
    from .names import Name

MAX_SIGNS: Final = 400
"""Signs of a query that are read: more than the interfaces take (300)."""
LOOK_BACK: Final = 60
"""Signs before a name or a number that may say what it is there for."""
OURSELVES: Final = re.compile(r"(?<![^\W_])(?:siamo|noi|we are)(?: (?:in|di|un|una|a|il))* $")
"""Who tells of their own Comune describes it, and does not ask for practices of others like it."""
WORD: Final = re.compile(r"[^\W_]+")
_EDGE: Final = " \t\r\n,;:.-–—/"
_INSIDE_A_WORD: Final = re.compile(r"(?<=[^\W_])[^\W_]")
_ACCENT: Final = re.compile(r"['`’´](?!\w)")
"""An apostrophe that stands for an accent: «Nardo'»."""
_LONE: Final = re.compile(r"(?:^|(?<=\s))[,;:.–—/-]+(?=\s|$)")
"""A sign that a removed constraint left without words on one of its sides."""


@dataclass(frozen=True, slots=True)
class Said:
    """A constraint: the words that said it, the filter that they became, and what to call it.

    `start` and `end` count characters of the text as it was given. `name` is a filter of `facets`,
    `values` its values.
    """

    start: int
    end: int
    name: str
    values: tuple[str, ...]
    label_it: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The constraints of a text, in its order, and the text without their words.

    `unmet` are those that no practice meets by itself. They are no filters and their words stay in
    `rest`: that the catalogue knows of none is to be said, and is no reason to show nothing.
    `named` are the Comuni and the Ambiti that the text names, whether or not they narrow it.
    """

    filters: Mapping[str, tuple[str, ...]]
    said: tuple[Said, ...]
    rest: str
    unmet: tuple[Said, ...] = ()
    named: tuple["Name", ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the folded text; `start` and `end` count its characters."""

    word: str
    start: int
    end: int


@dataclass(slots=True)
class Heard:
    """A text while it is read. `plain` is folded sign by sign: `at[i]` is where sign i came from.

    `at` has one more item than `plain`: the end of what is read.
    """

    text: str
    plain: str
    at: Sequence[int]
    said: list[Said] = field(default_factory=list)
    tokens: Sequence[Token] = ()
    shouted: bool = False

    @classmethod
    def of(cls, text: str) -> "Heard":
        """Fold a text for reading."""
        head = text[:MAX_SIGNS]
        plain, at = _aligned(head)
        tokens = [Token(m[0], m.start(), m.end()) for m in WORD.finditer(plain)]
        if len(tokens) > MAX_WORDS:
            tokens = tokens[:MAX_WORDS]
            plain = plain[: tokens[-1].end]
            at = at[: len(plain) + 1]
        shouted = not any(sign.islower() for sign in head)
        return cls(text, plain, at, [], tokens, shouted)

    def say(
        self,
        start: int,
        end: int,
        name: str,
        values: tuple[str, ...],
        label_it: str,
        label_en: str,
    ) -> Said:
        """A constraint said by the signs `start` to `end` of the folded text."""
        first, last = self.at[start], self.at[end]
        if _ACCENT.match(self.text, last):
            last += 1
        return Said(first, last, name, values, label_it, label_en)

    def claim(self, said: Said) -> None:
        """Keep a constraint unless another one has some of its words, or it cuts a word."""
        cut = any(_INSIDE_A_WORD.match(self.text, end) for end in (said.start, said.end))
        if said.start < said.end and not cut and self.free(said.start, said.end):
            self.said.append(said)

    def free(self, start: int, end: int) -> bool:
        """Whether no constraint has taken anything between two places of the given text."""
        return all(end <= one.start or one.end <= start for one in self.said)

    def ending(self, words: re.Pattern[str], end: int) -> re.Match[str] | None:
        """The words, of a pattern that ends with `$`, that stand just before a place of `plain`."""
        return words.search(self.plain, max(0, end - LOOK_BACK), end)

    def unsaid(self, token: Token) -> bool:
        """Whether no constraint has taken a word."""
        return self.free(self.at[token.start], self.at[token.end])

    def capital(self, token: Token) -> bool:
        """Whether a word begins with a capital that says something: not so where all are."""
        return not self.shouted and self.text[self.at[token.start]].isupper()


def assemble(text: str, said: Iterable[Said], unmet: Iterable[Said] = ()) -> Reading:
    """The reading of a text in which these constraints were found."""
    ordered, others = (tuple(sorted(them, key=lambda one: one.start)) for them in (said, unmet))
    filters: dict[str, tuple[str, ...]] = {}
    pieces = []
    here = 0
    for one in ordered:
        filters[one.name] = tuple(dict.fromkeys((*filters.get(one.name, ()), *one.values)))
        pieces.append(text[here : one.start])
        here = one.end
    pieces.append(text[here:])
    rest = _LONE.sub(" ", " ".join(pieces)).strip(_EDGE) if ordered else text
    rest = " ".join(rest.split()) if WORD.search(rest) else ""
    return Reading(MappingProxyType(filters), ordered, rest, others)


def _aligned(text: str) -> tuple[str, Sequence[int]]:
    """The text folded sign by sign, a run of white space as one, and where each sign came from."""
    plain: list[str] = []
    at: list[int] = []
    for place, sign in enumerate(text):
        if len(plain) >= MAX_SIGNS:  # one sign may fold to eighteen
            return "".join(plain), [*at, place]
        for one in _folded(sign):
            if one != " " or not plain or plain[-1] != " ":
                plain.append(one)
                at.append(place)
    return "".join(plain), [*at, len(text)]


@lru_cache(maxsize=4_096)
def _folded(sign: str) -> str:
    return fold(sign) or ("" if unicodedata.combining(sign) else " ")
