"""Spelling: words that the catalogue does not know, brought back to those that it has.

A word is left alone where the catalogue has it, where it has its stem, or where it is good Italian
or English that the catalogue happens not to use: «focaccia» is no slip for anything. What remains
is compared with the words of the catalogue that are one edit away (two from eight letters on; an
edit is a letter put, left out or changed, or two swapped), and of these the one that a hand or an
ear would most easily have missed is proposed: a doubled consonant, a neighbouring key, an aitch.

Neighbours are found by deletion, as SymSpell does: two words are within two edits only if they
share what is left of their beginnings after leaving out at most two letters of each. The
remainders are hashed a table at a time, so that a hundred thousand words are ready in less than a
second and need no index of their own in a release, which keeps only the words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from math import log10
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from ..records import write_atomically
from ..text import fold
from . import analysis

WORDS: Final = "words.tsv"
"""File of a release: each word as it is mostly written, a tab, how often; sorted."""
COMMON: Final = "common.txt"
"""File of a release: words of everyday Italian and English, folded, one a line; sorted."""

SHORTEST: Final = 4
"""Letters of the shortest word that is corrected."""
LONG: Final = 8
"""Letters from which a word may be two edits away."""
LONGEST: Final = 40
"""Letters of the longest word that is corrected."""

_WORD: Final = re.compile(r"[^\W_]+")
_HEAD: Final = 7
"""Letters of the beginning by which neighbours are found."""
_ELIDED: Final = ("dell", "nell", "sull", "dall", "all", "un", "l", "d")
"""What loses its vowel before another, longest first: «dellambito» is «dell’ambito»."""
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALIKE: Final = (
    (re.compile(r"h"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"q"), "c"),
    (re.compile(r"k"), "c"),
    (re.compile(r"[yj]"), "i"),
    (re.compile(r"z"), "s"),
    (re.compile(r"n(?=[bp])"), "m"),
    (re.compile(r"gli"), "li"),
    (re.compile(r"(?<=[cg])i(?=e)"), ""),
    (re.compile(r"^sp(?=[ie])|^ps"), "s"),
)
"""Spellings that sound alike or nearly so, by what they become."""

_EASY: Final = 0.5
"""Cost of any slip between words that sound alike."""
_SWAPPED: Final = 0.75
"""Cost of one slip of the fingers: two letters swapped, or the key beside."""
_CHANGED: Final = 1.25
"""Cost of a letter changed for a far one: «barcone» is rather a word than a wrong «bancone»."""
_HEAD_CHANGED: Final = 0.5
"""Added where the first letter is another: people seldom miss it."""
_RARITY: Final = 0.15
"""Taken off for each tenfold use of a word in the catalogue."""
_ONE_LETTER: Final = 0.95
"""A letter more or less, where the word meant is used twice at least: «origano» is no «organo»."""
_FAR: Final = 2.0
"""The cost above which nothing is proposed."""
_MARGIN: Final = 0.3
"""By how much the best must beat the next one for a correction to be sure."""


class Change(NamedTuple):
    """One word changed: where it was in the text (characters), as written, as meant."""

    start: int
    end: int
    written: str
    meant: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """A text and what it may have meant.

    `asked` is the text as given, in Unicode form C: `start` and `end` of the changes count its
    characters. `text` has all the changes, `used` only those that are sure, so that a search may
    use it by itself; both are `asked` where nothing is to be changed.
    """

    asked: str
    changes: tuple[Change, ...] = ()

    @property
    def text(self) -> str:
        """The text with every change."""
        return _changed(self.asked, self.changes)

    @property
    def used(self) -> str:
        """The text with the changes that are sure."""
        return _changed(self.asked, [change for change in self.changes if change.sure])

    @property
    def sure(self) -> bool:
        """Whether there is something to change and no doubt about any of it."""
        return bool(self.changes) and all(change.sure for change in self.changes)


def _changed(text: str, changes: Iterable[Change]) -> str:
    pieces, here = [], 0
    for change in changes:
        pieces += [text[here : change.start], change.meant]
        here = change.end
    return "".join([*pieces, text[here:]])


class Speller:
    """The words of a release and the neighbours of any other. Safe to use from several threads.

    `words` are words as written with how often each is; `common` holds good words, folded, that
    are never changed even though the catalogue may not use them.
    """

    def __init__(self, words: Mapping[str, int], common: Container[str] = ()) -> None:
        self._common = common
        self._written: dict[str, str] = {}
        self._uses: Counter[str] = Counter()
        most: dict[str, int] = {}
        for word, uses in words.items():
            plain = fold(word)
            if not plain.isalpha():
                continue
            self._uses[plain] += uses
            if uses > most.get(plain, 0):
                most[plain], self._written[plain] = uses, word
        self._stems = frozenset(analysis.analyser().analyze(" ".join(self._uses)))
        self._near = _Neighbours(
            [word for word in self._uses if SHORTEST - 1 <= len(word) <= LONGEST]
        )

    @classmethod
    def open(cls, folder: Path) -> "Speller":
        """Read what `write_words` wrote. Raises OSError, or ValueError for another content."""
        return cls(read_words(folder), _Sorted((folder / COMMON).read_bytes().split()))

    def correct(self, text: str) -> Correction:
        """What a text may have meant: at most its first `analysis.MAX_WORDS` words are looked at.

        Acronyms, numbers and words with a digit are left as they are.
        """
        asked = unicodedata.normalize("NFC", text)
        slips = list(self._slips(asked))
        shared = self._near.shared([plain for _, plain in slips])
        found = []
        for (match, plain), sharing in zip(slips, shared, strict=True):
            meant, sure = self._meant(plain, sharing)
            if meant:
                change = Change(*match.span(), match[0], _cased(meant, like=match[0]), sure)
                found.append(change)
        return Correction(asked, tuple(found))

    def _slips(self, text: str) -> Iterator[tuple[re.Match[str], str]]:
        """The words that may be slips, as they stand and folded."""
        shouted = text.isupper()
        for match, _ in zip(_WORD.finditer(text), range(analysis.MAX_WORDS), strict=False):
            if match[0].isalpha() and (shouted or not match[0].isupper()):
                plain = fold(match[0])
                if SHORTEST <= len(plain) <= LONGEST and not self.knows(plain):
                    yield match, plain

    def knows(self, word: str) -> bool:
        """Whether a folded word is one to be left alone."""
        return (
            word in self._uses
            or word in self._common
            or (stem := analysis.term(word)) is None
            or stem in self._stems
        )

    def _meant(self, word: str, sharing: "_Sharing") -> tuple[str | None, bool]:
        """What a folded slip was meant to be and whether that is sure; None to leave it."""
        if elided := self._elided(word):
            return elided, True
        ranked = sorted(
            (self._cost(word, other, distance), other)
            for other, distance in self._others(word, sharing)
        )
        if not ranked:
            return self._split(word), False
        cost, best = ranked[0]
        stem = analysis.term(best)
        if cost > _FAR or stem is None:
            return None, False
        others = [cost for cost, other in ranked[1:] if analysis.term(other) != stem]
        clear = not others or others[0] - cost >= _MARGIN
        return self._written[best], clear and cost <= _limit(word)

    def _others(self, word: str, sharing: "_Sharing") -> Iterable[tuple[str, int]]:
        """The words that a word may stand for, each with how many edits away it is."""
        if len(word) >= LONG:
            return self._near.within(2, word, sharing)
        found = self._near.within(1, word, sharing)
        if found or len(word) == SHORTEST:
            return found
        # «bolete»: both doubles of «bollette» missed.
        sound = _sound(word)
        return [one for one in self._near.within(2, word, sharing) if _sound(one[0]) == sound]

    def _cost(self, word: str, other: str, distance: int) -> float:
        """How unlikely it is that `other` was meant: about 1 for each edit, less if common."""
        if _sound(word) == _sound(other):
            cost = _EASY
        elif distance == 1 and len(word) == len(other):
            cost = _SWAPPED if _fingers(word, other) else _CHANGED
        else:
            cost = float(distance)
        if word[0] != other[0] and sorted(word[:2]) != sorted(other[:2]):
            cost += _HEAD_CHANGED
        return cost - _RARITY * log10(1 + self._uses[other])

    def _elided(self, word: str) -> str | None:
        for article in _ELIDED:
            rest = word.removeprefix(article)
            if rest != word and len(rest) > SHORTEST and rest[0] in "aeiouh" and rest in self._uses:
                return f"{article}'{self._written[rest]}"
        return None

    def _split(self, word: str) -> str | None:
        """Two words of the catalogue written as one, the most used ones; None for no such pair."""
        pairs = [
            (min(self._uses[word[:at]], self._uses[word[at:]]), at)
            for at in range(3, len(word) - SHORTEST + 1)
            if word[:at] in self._uses and word[at:] in self._uses
        ]
        if not pairs:
            return None
        _, at = max(pairs)
        return f"{self._written[word[:at]]} {self._written[word[at:]]}"


def _limit(word: str) -> float:
    """The cost above which a correction is only proposed: a short word must sound like it."""
    if len(word) == SHORTEST:
        return _EASY
    return _ONE_LETTER if len(word) < LONG else 1.8


def _cased(meant: str, *, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return meant.upper()
    return meant[0].upper() + meant[1:] if like[0].isupper() else meant


@lru_cache(maxsize=10_000)
def _sound(word: str) -> str:
    for pattern, becomes in _ALIKE:
        word = pattern.sub(becomes, word)
    return word


def _fingers(word: str, other: str) -> bool:
    """Whether two words of one length differ by two letters swapped or by a neighbouring key."""
    wrong = [(a, b) for a, b in zip(word, other, strict=True) if a != b]
    return len(wrong) == 2 or wrong[0] in _BESIDE


def _beside() -> Iterator[tuple[str, str]]:
    for row in _ROWS:
        yield from pairwise(row)
    for upper, lower in pairwise(_ROWS):
        yield from zip(upper, lower, strict=False)
        yield from zip(upper[1:], lower, strict=False)


_BESIDE: Final = frozenset(pair for a, b in _beside() for pair in ((a, b), (b, a)))
_DROPPED: Final = [one for edits in range(3) for one in combinations(range(_HEAD), edits)]
"""Places of the letters left out of a beginning: none, each one, each two."""
_LEFT: Final = np.array(
    [
        [place for place in range(_HEAD) if place not in dropped] + [_HEAD] * len(dropped)
        for dropped in _DROPPED
    ]
)
"""Places of the letters that are left, for each of `_DROPPED`; the last place is always empty."""
_FACTORS: Final = np.random.default_rng(0).integers(1, 2**63, _HEAD, dtype=np.uint64) | np.uint64(1)
"""What each place counts in a hash; only hashes made by one process meet."""
_AT_ONCE: Final = 5_000
"""Words hashed at a time: 8 MB."""


_Sharing = Sequence[tuple[int, int]]
"""For each of `_LEFT`, where the words stand that share with one what is left: first and after."""


class _Neighbours:
    """Words by what is left of their first letters when at most two are left out."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._lengths = bytes(map(len, words))
        parts = [
            _hashes(words[start : start + _AT_ONCE]).ravel()
            for start in range(0, len(words), _AT_ONCE)
        ]
        hashes = np.concatenate([np.empty(0, dtype=np.uint32), *parts])
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._rows = (order // len(_LEFT)).astype(np.uint32)

    def shared(self, words: list[str]) -> list[_Sharing]:
        """What `within` needs of each of some words, found for all of them at once."""
        if not words:
            return []
        wanted = _hashes(words)
        starts = np.searchsorted(self._hashes, wanted, side="left").tolist()
        ends = np.searchsorted(self._hashes, wanted, side="right").tolist()
        return [list(zip(*pair, strict=True)) for pair in zip(starts, ends, strict=True)]

    def within(self, edits: int, word: str, sharing: _Sharing) -> list[tuple[str, int]]:
        """The words within one or two edits of `word`, each with how many."""
        rows = {
            row
            for start, end in (sharing if edits > 1 else sharing[: 1 + _HEAD])
            if start < end
            for row in self._rows[start:end].tolist()
        }
        least, most = len(word) - edits, len(word) + edits
        near = [self._words[row] for row in rows if least <= self._lengths[row] <= most]
        found = extract(word, near, scorer=OSA.distance, score_cutoff=edits, limit=None)
        return [(other, int(distance)) for other, distance, _ in found]


def _hashes(words: list[str]) -> NDArray[np.uint32]:
    """Hashes of what is left of each word by each of `_LEFT`: a row a word."""
    letters = np.zeros((len(words), _HEAD + 1), dtype=np.uint64)
    letters[:, :_HEAD] = (
        np.array(words, dtype=f"U{_HEAD}").view(np.uint32).reshape(len(words), _HEAD)
    )
    sums = letters[:, _LEFT] @ _FACTORS
    return (sums >> np.uint64(32)).astype(np.uint32)


class _Sorted(Container[str]):
    """A set of words, from their sorted bytes: a tenth of the memory of a set."""

    def __init__(self, words: list[bytes]) -> None:
        self._words = np.array(words, dtype=np.bytes_)

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str):
            return False
        wanted = np.bytes_(word.encode())
        place = int(np.searchsorted(self._words, wanted))
        return place < self._words.size and bool(self._words[place] == wanted)


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each word of some texts is written so, in lower case; none with digits."""
    found: Counter[str] = Counter()
    for text in texts:
        for word in _WORD.findall(unicodedata.normalize("NFC", text)):
            if word.isalpha():
                found[word.lower()] += 1
    return found


def read_words(folder: Path) -> Counter[str]:
    """The words that `write_words` wrote. Raises OSError, or ValueError for another content."""
    lines = (folder / WORDS).read_text(encoding="utf-8").splitlines()
    return Counter({word: int(uses) for word, _, uses in (line.partition("\t") for line in lines)})


def write_words(folder: Path, words: Mapping[str, int]) -> None:
    """Write to `folder`, which is there, what `Speller.open` reads. Raises OSError.

    The common words depend on no release: where their file is there already it stays.
    """
    lines = "".join(f"{word}\t{words[word]}\n" for word in sorted(words))
    write_atomically(folder / WORDS, lines.encode())
    if not (folder / COMMON).exists():
        write_atomically(folder / COMMON, "\n".join(sorted(common_words())).encode())


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words of everyday Italian and English, folded; read when a release is built."""
    from spellchecker import SpellChecker

    listed = list(SpellChecker(language=["it", "en"]).word_frequency.words())
    plain = [word for word in listed if word.isascii()]
    plain += fold("\n".join(word for word in listed if not word.isascii())).split()
    return frozenset(word for word in plain if word.isalpha() and len(word) >= SHORTEST)
