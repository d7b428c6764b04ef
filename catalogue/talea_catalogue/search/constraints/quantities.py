"""Numbers with a unit, as people write them: «200 mila euro», «€ 50.000», "ten thousand"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

from .wordings import NUMBERS

Unit = Literal["money", "people"]


def _number_words() -> dict[str, float]:
    """Round numbers in words, Italian and English; with «mila» joined where Italian joins it."""
    units, tens = NUMBERS["units_it"], NUMBERS["tens_it"]
    italian: dict[str, float] = {word: value for value, word in enumerate(units, 1)}
    italian |= {word: value * 10 for value, word in enumerate(tens, 2)}
    italian |= {"cento": 100} | {f"{w}cento": i * 100 for i, w in enumerate(units[1:9], 2)}
    italian |= {
        hundreds + word: italian[hundreds] + italian[word]
        for hundreds, word in product(tuple(italian), tens)
        if hundreds.endswith("cento")
    }
    italian |= {f"{word}mila": value * 1_000 for word, value in italian.items() if value > 1}
    english: dict[str, float] = {word: i for i, word in enumerate(NUMBERS["units_en"], 1)}
    english |= {word: i * 10 for i, word in enumerate(NUMBERS["tens_en"], 2)}
    english |= {f"{word} hundred": i * 100 for i, word in enumerate(NUMBERS["units_en"][:9], 1)}
    special = {"mezzo": 0.5, "half a": 0.5, "un": 1, "a": 1, "mille": 1_000, "a hundred": 100}
    return italian | english | special


_WORDS: Final = _number_words()
_LONE: Final = frozenset(("un", "a", "mezzo", "half a", "uno", "one"))
"""Words that are a number only before «mila» or «milione»."""
_TIMES: Final = {
    "mila": 1_000,
    "mille": 1_000,
    "k": 1_000,
    "thousand": 1_000,
    "milione": 1_000_000,
    "milioni": 1_000_000,
    "million": 1_000_000,
    "millions": 1_000_000,
    "mln": 1_000_000,
    "m": 1_000_000,
}
_QUANTITY: Final = re.compile(
    r"(?:(?P<sign>€|\b(?:eur|euro)\b) ?)?"
    r"(?:(?<![\w.,:/])(?P<digits>[0-9]{1,3}(?:[., ][0-9]{3})+(?:,[0-9]{1,2})?(?![0-9])"
    r"|[0-9]{1,9}(?:[.,][0-9]{1,2})?(?![0-9]))"
    r"|\b(?P<word>" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\b)"
    r"(?: ?(?P<times>mila|mille|k|thousand|milion[ei]|millions?|mln|m(?= ?(?:€|eur)))(?![a-z0-9]))?"
    r"(?:(?: (?:di|of))? ?(?:(?P<money>€|(?:eur|euros?|eurp|eruo|euor)\b)"
    r"|(?P<people>(?:abitan(?:t[ie]|it)|abitnati|abitatni|ab|residenti|anime|inhabitants|residents)\b)"
    r"\.?))?"
)  # fmt: skip
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*(?:,[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text: where it is, how much it is, its unit, and what was said of its size.

    `times` is the thousand or million said after it (1 where none), `many` whether any was said.
    """

    start: int
    end: int
    value: float
    times: int
    unit: Unit | None


def quantities(plain: str) -> Iterator[Quantity]:
    """The numbers of a folded text, in order."""
    for match in _QUANTITY.finditer(plain):
        times = _TIMES.get(match["times"] or "", 1)
        word = match["word"]
        if word in _LONE and times == 1:
            continue
        money = match["money"] or match["sign"]
        value = _WORDS[word] if word else _value(match["digits"])
        if word and value >= 1_000 and times == 1:
            times = 1_000
            value /= 1_000
        unit: Unit | None = "people" if match["people"] else "money" if money else None
        yield Quantity(match.start(), match.end(), value * times, times, unit)


def _value(digits: str) -> float:
    """The number that digits write; a group of three is of thousands, whatever its sign."""
    if grouped := _GROUPED.fullmatch(digits):
        digits = digits.replace(grouped[1], "")
    return float(digits.replace(" ", "").replace(",", "."))
