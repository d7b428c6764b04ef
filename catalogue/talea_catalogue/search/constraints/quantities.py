"""Numbers with a unit, as people write them: «200 mila euro», «€ 50.000», «1,5 mln», «ten thousand»."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

Unit = Literal["money", "people"]

_UNITS_IT: Final = (
    "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici"
    " sedici diciassette diciotto diciannove"
).split()
_TENS_IT: Final = "venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split()
_UNITS_EN: Final = "one two three four five six seven eight nine ten".split()
_TENS_EN: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def _number_words() -> dict[str, float]:
    """Whole numbers in words, to the hundreds; with «mila» joined where Italian joins it."""
    words: dict[str, float] = {"mezzo": 0.5, "half a": 0.5, "un": 1, "a": 1, "mille": 1_000}
    words |= {word: value for value, word in enumerate(_UNITS_IT, 1)}
    words |= {word: value for value, word in enumerate(_UNITS_EN, 1)}
    for tens in (_TENS_IT, _TENS_EN):
        words |= {word: value * 10 for value, word in enumerate(tens, 2)}
    hundreds = {"cento": 100, "a hundred": 100, "one hundred": 100}
    hundreds |= {f"{word}cento": value * 100 for value, word in enumerate(_UNITS_IT[1:9], 2)}
    hundreds |= {f"{word} hundred": value * 100 for value, word in enumerate(_UNITS_EN[1:9], 2)}
    joined = {
        f"{h}{word}": base + words[word]
        for (h, base), word in product(hundreds.items(), _TENS_IT)
        if " " not in h
    }
    words |= hundreds | joined
    words |= {
        f"{word}mila": value * 1_000
        for word, value in words.items()
        if value > 1 and " " not in word and word not in ("mille", *_UNITS_EN, *_TENS_EN)
    }
    return words


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
