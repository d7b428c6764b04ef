"""Publications: which practices are in one, in which order, and from which data they are told."""

from .editions import Edition, EditionError, edition_of, editions, pin, pins
from .selection import SelectionError, select

__all__ = [
    "Edition",
    "EditionError",
    "SelectionError",
    "edition_of",
    "editions",
    "pin",
    "pins",
    "select",
]
