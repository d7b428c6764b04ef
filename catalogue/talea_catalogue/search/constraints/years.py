"""Years said with a word that limits them: «dal 2021 in poi», «nel 2023», "before 2020".

A year alone is no constraint: it is as often that of a law, of a programme or of an edition. The
year that the catalogue knows of a practice is that in which it began.
"""

import re
from collections.abc import Iterator
from typing import Final

from .reading import Heard, Said

_YEAR: Final = r"(?:19[5-9]|20[0-4])[0-9](?!\w|[/–—-][0-9])"
_SAID: Final = re.compile(
    r"(?<![^\W_])(?:(?:avviat|iniziat|partit|cominciat|attivat|lanciat)[aeio] "
    r"|(?:started|begun|launched) )?"
    rf"(?:(?:(?:tra|fra)(?: il)?|between|dal(?: l anno)?|dall anno|from) (?P<low>{_YEAR})"
    rf" (?:e(?: il)?|and|al|fino al|to|until) (?P<high>{_YEAR})"
    rf"|(?:a partire )?(?:dal|dall anno|since|from) (?P<since>{_YEAR})"
    r"(?: in (?:poi|avanti)| on(?:wards?)?)?(?!\w)"
    rf"|(?:dopo(?: il| l anno)?|successiv[aeio] al|after) (?P<after>{_YEAR})"
    rf"|(?:prima del|prima dell anno|precedent[ei] al|anterior[ei] al|before) (?P<before>{_YEAR})"
    rf"|(?:fino al|sino al|until) (?P<until>{_YEAR})"
    rf"|(?:nel|nell anno|in|(?<=pratiche )del|(?<=progetti )del) (?P<on>{_YEAR}))"
)
_OTHER: Final = re.compile(
    r"(?:\b[a-z]+(?:at[aeio]|ut[aeio]|it[eio]|ed)|\b(?:born|built|legg[ei]|decret[oi]|delibera"
    r"|programmazione|ciclo|periodo|edizione|terremoto|sisma|alluvione|pandemia|covid|crisi"
    r"|censimento|elezioni|residenti|law|earthquake|flood|crisis|census)) $"
)
"""Before a year it is of something else: «bambini nati nel 2020», «la crisi del 2008»."""


def years(heard: Heard) -> Iterator[Said]:
    """The years that a text limits."""
    for match in _SAID.finditer(heard.plain):
        if not heard.ending(_OTHER, match.start()):
            yield from _limits(heard, match)


def _limits(heard: Heard, match: re.Match[str]) -> Iterator[Said]:
    start, end = match.span()
    year = {name: int(text) for name, text in match.groupdict().items() if text}
    if "low" in year:
        low, high = sorted((year["low"], year["high"]))
        turn = match.start("high")
        yield _from(heard, start, turn, low)
        yield _until(heard, turn, end, high)
    elif "on" in year:
        labels = f"iniziata nel {year['on']}", f"begun in {year['on']}"
        yield heard.say(start, end, "anno", (str(year["on"]),), *labels)
    elif "since" in year or "after" in year:
        yield _from(heard, start, end, year["since"] if "since" in year else year["after"] + 1)
    else:
        yield _until(heard, start, end, year["until"] if "until" in year else year["before"] - 1)


def _from(heard: Heard, start: int, end: int, year: int) -> Said:
    labels = f"iniziata dal {year}", f"begun from {year}"
    return heard.say(start, end, "anno-da", (str(year),), *labels)


def _until(heard: Heard, start: int, end: int, year: int) -> Said:
    labels = f"iniziata fino al {year}", f"begun by {year}"
    return heard.say(start, end, "anno-a", (str(year),), *labels)
