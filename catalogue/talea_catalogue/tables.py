"""Tables of the territory: CSV files in UTF-8 with one header line, read strictly."""

import csv
from collections.abc import Iterator
from pathlib import Path

__all__ = ["TerritoryError", "rows"]


class TerritoryError(ValueError):
    """A territorial file contradicts itself or holds a value of the wrong type."""


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of `folder/name.csv` by column.

    Raises OSError where the file cannot be read, csv.Error where it is no CSV.
    """
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, strict=True)
