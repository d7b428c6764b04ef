"""The facts of the territory, held as columns: a series a column, a Comune a cell.

A cell keeps its statement (subject, predicate, value as written) and its series, so that whatever
is computed can show the triples that it rests on, each with source and date.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from .. import namespaces as ns
from ..facts import Fact as Statistic
from ..facts import Rank, Series, optional
from ..places import Places, Row
from ..service_facts import PRESENT, REGISTER_EVIDENCE

__all__ = ["Body", "Column", "Datum", "District", "Fact", "Here", "Service", "Territory", "total"]

_SIDES: Final[tuple[Literal["left"], Literal["right"]]] = ("left", "right")
PUGLIA: Final = ns.resource("luogo", "regione-puglia")


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple with where it is from: object as written, `date` ISO or as the source says.

    `source` is a text or an address: of a statement that inherits the list of its record, the
    record, and then `sources` are those of the list. `series` is the IRI of a statistic's series.
    """

    subject: str
    predicate: str
    object: str
    source: str
    date: str | None = None
    sources: tuple[str, ...] = ()
    series: str | None = None


@dataclass(frozen=True, slots=True)
class Datum:
    """The value of a series for a place. `number` is None for a concept or a text."""

    subject: str
    predicate: str
    value: str
    number: float | None
    series: Series

    @property
    def step(self) -> int:
        """The place of a class in the order of its scheme: its digits, or that of its letter."""
        notation = ns.local(self.value)
        return int(notation) if notation.isdigit() else ord(notation[0])

    @property
    def fact(self) -> Fact:
        """The statement, sourced by its series; by its publisher or its name where it has none."""
        series = self.series
        return Fact(
            self.subject,
            self.predicate,
            self.value,
            series.source or series.publisher or series.iri,
            series.reference_date or series.edition,
            series=series.iri,
        )


@dataclass(frozen=True)
class Column:
    """One series, or the same statistic of several editions: ISTAT code -> datum."""

    cells: Mapping[str, Datum]

    def get(self, istat: str) -> Datum | None:
        """The datum of a Comune."""
        return self.cells.get(istat)


@dataclass(frozen=True, slots=True)
class District:
    """An Ambito, its members as ISTAT codes, and where they are known from."""

    id: str
    iri: str
    name: str
    members: tuple[str, ...]
    date: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """The body that governs a Comune, and the id of its Ambito where it is in one."""

    iri: str
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What sources say of a service or a fund: notations of type and stage, ids, ISTAT codes."""

    iri: str
    type: str
    presence: str
    stage: str | None
    date: str | None
    district: str | None
    places: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def present(self) -> bool:
        """Whether a source says that it exists, at the stage given."""
        return self.presence == PRESENT

    @property
    def fact(self) -> Fact:
        """The statement that it is there, or that it is not known to be."""
        return Fact(
            self.iri,
            ns.ONTO + "servicePresence",
            ns.concept("presenza-servizio", self.presence),
            self.sources[0] if self.sources else REGISTER_EVIDENCE,
            self.date,
            self.sources[1:],
        )


@dataclass(frozen=True)
class Territory:
    """All that is known of the places of a release. Immutable; threads may share one.

    `columns` are by the local name of the property, or of the series for observed ones:
    `population`, `degurba`, `ifc-decile-2021`.
    """

    columns: Mapping[str, Column]
    bodies: Mapping[str, Body]
    districts: Mapping[str, District]
    services: tuple[Service, ...]
    names: Mapping[str, str]
    regions: Mapping[str, tuple[str, ...]]
    """ISTAT code -> IRIs of the places that the Comune lies in, nearest first."""
    puglia: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(
        cls,
        facts: Iterable[Row],
        bodies: Iterable[Row],
        services: Iterable[Row],
        series: Mapping[str, Series],
        places: Places,
        district_names: Mapping[str, str],
    ) -> Self:
        """From the rows of `territory-facts`, `-bodies` and `-services`."""
        names = {place.istat: place.name for place in places.cities()}
        regions = {
            place.istat: tuple(above.iri for above in places.lineage(place.iri))[1:]
            for place in places.cities()
        }
        known, districts = _bodies(bodies, district_names)
        return cls(
            _columns(facts, series),
            known,
            districts,
            _services(services),
            names,
            regions,
            frozenset(istat for istat, above in regions.items() if PUGLIA in above),
        )

    def get(self, key: str, istat: str) -> Datum | None:
        """The datum of a Comune in a series, None where it is not known."""
        column = self.columns.get(key)
        return column.get(istat) if column else None

    def district_of(self, istat: str) -> District | None:
        """The Ambito of a Comune."""
        body = self.bodies.get(istat)
        return self.districts.get(body.district) if body and body.district else None

    @cached_property
    def place_of(self) -> Mapping[str, str]:
        """IRI of the body of a Comune -> ISTAT code."""
        return {body.iri: istat for istat, body in self.bodies.items()}

    @cached_property
    def by_place(self) -> Mapping[str, tuple[Service, ...]]:
        """Id of an Ambito, or ISTAT code -> what is said of its services."""
        found: dict[str, list[Service]] = {}
        for service in self.services:
            for key in (service.district, *service.places):
                if key:
                    found.setdefault(key, []).append(service)
        return {key: tuple(several) for key, several in found.items()}

    def services_for(self, istat: str) -> tuple[Service, ...]:
        """What is said of services in a Comune or in its Ambito, each once."""
        district = self.district_of(istat)
        here = self.by_place.get(istat, ())
        around = self.by_place.get(district.id, ()) if district else ()
        return tuple(dict.fromkeys((*here, *around)))

    @cached_property
    def _sorted(self) -> Mapping[str, NDArray[np.float64]]:
        """Key -> the values known in Puglia, sorted."""
        return {
            key: np.sort(
                [
                    datum.number
                    for istat, datum in column.cells.items()
                    if datum.number is not None and istat in self.puglia
                ]
            )
            for key, column in self.columns.items()
        }

    def values(self, key: str) -> NDArray[np.float64]:
        """The values of a series that are known in Puglia, sorted."""
        return self._sorted.get(key, np.empty(0))

    def percent(self, key: str, istat: str) -> int | None:
        """In how many of 100 other Comuni of Puglia the value is lower, rounded down."""
        datum, values = self.get(key, istat), self.values(key)
        if datum is None or datum.number is None or istat not in self.puglia or len(values) < 2:
            return None
        return int(100 * np.searchsorted(values, datum.number) // (len(values) - 1))

    def facts(self, istat: str) -> tuple[Statistic, ...]:
        """All that is known of a Comune, by series."""
        found = (column.get(istat) for column in self.columns.values())
        known = sorted((one for one in found if one is not None), key=lambda one: one.series.iri)
        return tuple(Statistic(one.predicate, one.value, one.series) for one in known)

    def ranks(self, istat: str) -> dict[str, Rank]:
        """Series IRI -> where a Comune of Puglia stands among those with a value."""
        found = {}
        for key, column in self.columns.items():
            datum, values = column.get(istat), self.values(key)
            if datum is None or datum.number is None or istat not in self.puglia:
                continue
            lower, upper = (int(np.searchsorted(values, datum.number, side)) for side in _SIDES)
            found[datum.series.iri] = Rank(lower, upper - lower - 1, len(values))
        return found

    def without(self, key: str, istat: str) -> Self:
        """The same where one datum is not known."""
        cells = {**self.columns[key].cells}
        del cells[istat]
        return replace(self, columns={**self.columns, key: Column(MappingProxyType(cells))})


@dataclass(frozen=True, slots=True)
class Here:
    """A Comune that asks, in its territory."""

    istat: str
    territory: Territory

    @property
    def iri(self) -> str:
        """IRI of the place."""
        return ns.resource("luogo", self.istat)

    @property
    def name(self) -> str:
        """Name of the Comune."""
        return self.territory.names.get(self.istat, self.istat)

    @property
    def district(self) -> District | None:
        """Its Ambito."""
        return self.territory.district_of(self.istat)

    def get(self, key: str) -> Datum | None:
        """Its datum in a series."""
        return self.territory.get(key, self.istat)


def total(
    territory: Territory, key: str, istats: Iterable[str]
) -> tuple[float, tuple[Datum, ...]] | None:
    """The sum of a series over Comuni, with its terms; None where one is not known."""
    data = [territory.get(key, istat) for istat in istats]
    known = [one for one in data if one is not None and one.number is not None]
    if not data or len(known) < len(data):
        return None
    return sum(one.number or 0 for one in known), tuple(known)


def _columns(rows: Iterable[Row], series: Mapping[str, Series]) -> dict[str, Column]:
    cells: dict[str, dict[str, Datum]] = {}
    for row in rows:
        one = series.get(row["series"].value)
        if one is None:
            continue
        predicate, value = row["property"].value, row["value"].value
        observed = predicate == ns.ONTO + "observedValue"
        key = ns.local(one.iri if observed else predicate)
        datum = Datum(row["subject"].value, predicate, value, _number(value), one)
        cells.setdefault(key, {})[ns.local(row["place"].value)] = datum
    return {key: Column(MappingProxyType(found)) for key, found in cells.items()}


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _bodies(
    rows: Iterable[Row], names: Mapping[str, str]
) -> tuple[dict[str, Body], dict[str, District]]:
    bodies: dict[str, Body] = {}
    members: dict[str, dict[str, None]] = {}
    dates: dict[str, str | None] = {}
    sources: dict[str, dict[str, None]] = {}
    for row in rows:
        istat, district = ns.local(row["place"].value), optional(row, "district")
        id_ = ns.local(district) if district else None
        bodies.setdefault(istat, Body(row["body"].value, id_))
        if id_:
            members.setdefault(id_, {})[istat] = None
            dates[id_] = optional(row, "date")
            if source := optional(row, "source"):
                sources.setdefault(id_, {})[source] = None
    districts = {
        id_: District(
            id_,
            ns.resource("ente", id_),
            names.get(id_, id_),
            tuple(found),
            dates[id_],
            tuple(sources.get(id_, ())),
        )
        for id_, found in members.items()
    }
    return bodies, districts


def _services(rows: Iterable[Row]) -> tuple[Service, ...]:
    told: dict[str, list[Row]] = {}
    for row in rows:
        told.setdefault(row["fact"].value, []).append(row)
    return tuple(_service(iri, several) for iri, several in told.items())


def _service(iri: str, rows: list[Row]) -> Service:
    row = rows[0]
    stage, district = optional(row, "stage"), optional(row, "district")
    places = {ns.local(value): None for each in rows if (value := optional(each, "place"))}
    said = [
        value
        for each in rows
        for key in ("source", "sourceAsSaid")
        if (value := optional(each, key))
    ]
    return Service(
        iri=iri,
        type=ns.local(row["type"].value),
        presence=ns.local(row["presence"].value),
        stage=ns.local(stage) if stage else None,
        date=optional(row, "date"),
        district=ns.local(district) if district else None,
        places=tuple(places),
        sources=tuple(dict.fromkeys(said)),
    )
