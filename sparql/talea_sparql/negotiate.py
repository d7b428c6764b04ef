"""Content negotiation by media type (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from talea_sparql.formats import Format

__all__ = ["MediaRange", "choose", "media_ranges", "parse_media_type"]

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rf"[ \t]*({_NAME})/({_NAME})[ \t]*")
_PARAMETER = re.compile(rf';[ \t]*(?:({_NAME})=({_NAME}|"(?:[^"\\]|\\.)*+"))?[ \t]*')
_ELEMENT = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*+"|")++')
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,6})?|1(?:\.0{0,6})?|\.[0-9]{1,6})")
_MAX_HEADER = 8_192  # characters: no honest client sends a longer Accept


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header: `type/subtype`, either of which may be `*`."""

    type: str
    subtype: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """Return 0 for no match, then 1 for `*/*`, 2 for `type/*`, 3 for the type itself."""
        main, _, sub = media_type.partition("/")
        if self.type == "*":
            return 1
        if self.type != main:
            return 0
        if self.subtype == "*":
            return 2
        return 3 if self.subtype == sub else 0


def parse_media_type(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return a media type in lower case with its parameters, or None where malformed."""
    match = _TYPE.match(text)
    if match is None:
        return None
    parameters: dict[str, str] = {}
    position = match.end()
    while position < len(text):
        parameter = _PARAMETER.match(text, position)
        if parameter is None:
            return None
        if parameter[1]:
            value = parameter[2]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            parameters.setdefault(parameter[1].lower(), value)
        position = parameter.end()
    return f"{match[1]}/{match[2]}".lower(), parameters


@lru_cache(256)
def media_ranges(accept: str) -> tuple[MediaRange, ...]:
    """Return the well-formed ranges of an Accept header; malformed ones are left out.

    Parameters other than `q` (charset, profile, version) do not narrow a range: every format
    here has one encoding and one profile.
    """
    ranges = []
    for element in _ELEMENT.findall(accept[:_MAX_HEADER]):
        parsed = parse_media_type(element)
        if parsed is None:
            continue
        media_type, parameters = parsed
        main, _, sub = media_type.partition("/")
        quality = parameters.get("q", "1")
        if (main == "*" and sub != "*") or not _QUALITY.fullmatch(quality):
            continue
        ranges.append(MediaRange(main, sub, float(quality)))
    return tuple(ranges)


def _weigh(candidate: Format, ranges: Sequence[MediaRange]) -> tuple[float, int]:
    best = (0.0, 0)
    specificity = 0
    for item in ranges:
        level = item.specificity(candidate.media_type)
        if level > specificity:
            specificity, best = level, (item.quality, level)
    if specificity == 3 and best[0] == 0:
        return best  # q=0 on the type that would be sent forbids its aliases too
    for alias in candidate.aliases:
        for item in ranges:
            if item.specificity(alias) == 3 and item.quality > 0:
                best = max(best, (item.quality, 3))
    return best


def choose(accept: str | None, candidates: Sequence[Format]) -> Format | None:
    """Return the candidate that an Accept header prefers, or None for "not acceptable".

    Higher quality wins, then the more specific range, then the order of `candidates`. With no
    header, an empty one, or one with no well-formed range, the first candidate answers.
    """
    ranges = media_ranges(accept) if accept else ()
    if not ranges:
        return candidates[0] if candidates else None
    weights = [(_weigh(item, ranges), item) for item in candidates]
    acceptable = [(weight, item) for weight, item in weights if weight[0] > 0]
    if not acceptable:
        return None
    # max() keeps the first of equals, which is the service's own preference.
    return max(acceptable, key=lambda pair: pair[0])[1]
