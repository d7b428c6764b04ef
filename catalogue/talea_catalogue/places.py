"""The places of a release as a small tree: Comune, province, region; or place and country."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from . import namespaces as ns

Row = Mapping[str, ox.NamedNode | ox.Literal]


@dataclass(frozen=True, slots=True)
class Place:
    """A place. `kind` is City, Province, Region or Location; `above` is what it belongs to.

    `inner_area` is the IRI of the inner-area class of a Comune.
    """

    iri: str
    name: str
    kind: str
    code: str | None
    acronym: str | None
    above: str | None
    population: int | None
    inner_area: str | None = None

    @property
    def istat(self) -> str:
        """The ISTAT code of a Comune; empty for other places."""
        return self.code or "" if self.kind == "City" else ""


class Places:
    """Lookups over the rows of the query `places`."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._places: dict[str, Place] = {}
        for row in rows:
            iri = row["place"].value
            self._places.setdefault(iri, _place(iri, row))

    def get(self, iri: str | None) -> Place | None:
        """A place by its IRI."""
        return self._places.get(iri) if iri else None

    def comune(self, iri: str) -> Place | None:
        """A Comune by its IRI."""
        place = self._places.get(iri)
        return place if place and place.kind == "City" else None

    def city(self, istat: str) -> Place | None:
        """A Comune by its ISTAT code."""
        return self.comune(ns.resource("luogo", istat))

    def __iter__(self) -> Iterator[Place]:
        """Every place that the release holds."""
        return iter(self._places.values())

    def cities(self) -> Iterator[Place]:
        """Every Comune that the release holds."""
        return (place for place in self._places.values() if place.kind == "City")

    def lineage(self, iri: str) -> Iterator[Place]:
        """The place and all that it belongs to, nearest first."""
        seen = set()
        place = self._places.get(iri)
        while place and place.iri not in seen:
            seen.add(place.iri)
            yield place
            place = self.get(place.above)

    def within(self, iri: str, outer: str) -> bool:
        """Whether a place belongs to another, or is it."""
        return any(place.iri == outer for place in self.lineage(iri))

    def tree(self) -> list[tuple[Place, int]]:
        """Regions with their provinces, then countries with their places, by name with depth.

        Italian regions stand at the top beside the other countries: the catalogue starts from
        them. Puglia comes first.
        """
        wide = [p for p in self._places.values() if p.kind != "City"]
        rows = []
        for top in sorted((p for p in wide if p.above is None), key=_puglia_first):
            rows.append((top, 0))
            below = sorted((p for p in wide if p.above == top.iri), key=lambda p: p.name)
            rows += [(place, 1) for place in below]
        return rows


def _puglia_first(place: Place) -> tuple[bool, bool, str]:
    return (not place.iri.endswith("/regione-puglia"), place.kind != "Region", place.name)


def _place(iri: str, row: Row) -> Place:
    def text(key: str) -> str | None:
        return row[key].value if row.get(key) is not None else None

    population = text("population")
    return Place(
        iri=iri,
        name=row["name"].value,
        kind=row["kind"].value.rsplit("/", 1)[-1],
        code=text("code"),
        acronym=text("acronym"),
        above=text("above"),
        population=int(population) if population else None,
        inner_area=text("innerArea"),
    )
