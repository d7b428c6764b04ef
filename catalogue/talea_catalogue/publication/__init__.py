"""Publications: which practices are in one, in which order, and from which data they are told."""

from .editions import NAME, Edition, EditionError, edition_of, editions, pin, pins
from .selection import SelectionError, chosen, select, shipped_selections

__all__ = [
    "NAME",
    "Edition",
    "EditionError",
    "SelectionError",
    "chosen",
    "edition_of",
    "editions",
    "pin",
    "pins",
    "select",
    "shipped_selections",
]
