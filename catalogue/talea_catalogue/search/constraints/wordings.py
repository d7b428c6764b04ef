"""The word lists of constraints, read from `wordings.toml`, which says what each is for."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_DATA: Final[Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _words(name: str) -> frozenset[str]:
    return frozenset(_DATA[name].split())


FUNCTION_WORDS: Final = _words("function_words")
AFTER_A_PLACE: Final = _words("after_a_place")
ARTICLES: Final = _words("articles")
INSTITUTIONS: Final = _words("institutions")
NOT_THE_PLACE: Final = _words("not_the_place")
COMMON: Final = _words("common_names") | _words("common_names_too")
FUND_WORDS: Final = _words("fund_words")
AMBIGUOUS_ACRONYMS: Final = _words("ambiguous_acronyms")
LABEL_FILLERS: Final = _words("label_fillers")
NUMBERS: Final[Mapping[str, list[str]]] = {
    name: words.split() for name, words in _DATA["numbers"].items()
}
SHORT_NAMES: Final[Mapping[str, str]] = _DATA["short_names"]
OTHER_NAMES: Final[Mapping[str, Sequence[str]]] = _DATA["other_names"]
AREAS: Final[Mapping[str, Sequence[str]]] = _DATA["areas"]
