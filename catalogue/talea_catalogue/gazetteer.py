"""The gazetteer: Italian Comuni, the Ambiti territoriali sociali of Puglia, their statistics.

It reads the CSV files of `catalogue/territory/`, whose README says what each one is and how far it
may be trusted, and those of the same kind in the home; it answers by code or by name. A blank cell
is unknown and becomes no value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from talea_catalogue import namespaces as ns
from talea_catalogue.service_facts import (
    REGISTER,
    ServiceFact,
    read_known_services,
    read_register,
)
from talea_catalogue.tables import TerritoryError, rows
from talea_catalogue.text import fold, slugify

__all__ = [
    "INDICATORS",
    "AmbiguousPlace",
    "Ambito",
    "Comune",
    "Gazetteer",
    "Province",
    "Series",
    "TerritoryError",
    "UnknownPlace",
]

_CSV_BOOLEANS: Final = {"0": "false", "1": "true"}
_XSD_TYPES: Final = ("boolean", "decimal", "integer")
INDICATORS: Final = "comuni_indicators"
"""File of the indicators of Comuni, one column a series, without the suffix."""


class UnknownPlace(LookupError):  # noqa: N818
    """No Comune has this ISTAT code."""


class AmbiguousPlace(LookupError):  # noqa: N818
    """More than one Comune has this name; `candidates` are those that remain."""

    def __init__(self, name: str, candidates: tuple[Comune, ...]) -> None:
        self.candidates = candidates
        listed = ", ".join(f"{c.name} ({c.province_code}, {c.istat})" for c in candidates)
        super().__init__(f"{name!r} is the name of {len(candidates)} Comuni: {listed}")


@dataclass(frozen=True, slots=True)
class Province:
    """A province or metropolitan city, by its three-digit ISTAT code, and its region."""

    istat: str
    code: str
    name: str
    region_istat: str
    region: str

    @property
    def iri(self) -> str:
        return ns.resource("luogo", f"provincia-{self.istat}")

    @property
    def region_iri(self) -> str:
        return ns.resource("luogo", f"regione-{slugify(self.region)}")


@dataclass(frozen=True, slots=True)
class Series:
    """A statistical series: one column of one file, its property, unit, date and source.

    `local_name` is that of the property in the `talea:` namespace; where it is blank, each value
    is an observation of its own, so that editions of one indicator can stand side by side.
    `datatype` is `integer`, `decimal`, `boolean` (0/1), `string`, or the slug of the SKOS scheme
    whose notations the cells are. `reference_date` is an ISO day, given only where the source
    gives a day; `reference_year` a year; `edition` is the year of the publication, where the
    source does not say the year of the data. `attribution` is the wording that the licence asks
    for; `higher_it` and `higher_en` say what a higher value means, only where the source does.
    Blank text means that the source does not say.
    """

    id: str
    local_name: str
    file: str
    column: str
    datatype: str
    title_it: str
    title_en: str
    unit_it: str
    unit_en: str
    reference_date: str
    reference_year: str
    publisher: str
    source: str
    licence: str
    edition: str
    attribution: str
    definition_it: str
    definition_en: str
    higher_it: str
    higher_en: str

    @property
    def iri(self) -> str:
        return ns.resource("statistica", self.id)

    def term(self, cell: str) -> Literal | NamedNode:
        """Return the RDF value of a non-blank cell; raise TerritoryError when it has none."""
        if self.datatype == "string":
            return Literal(cell)
        if self.datatype not in _XSD_TYPES:
            return NamedNode(ns.concept(self.datatype, cell.lower()))
        try:
            if self.datatype == "boolean":
                lexical = _CSV_BOOLEANS[cell]
            else:
                lexical = str(int(cell)) if self.datatype == "integer" else f"{Decimal(cell):f}"
        except (KeyError, ValueError, InvalidOperation):
            raise TerritoryError(
                f"{self.file}, {self.column}: {cell!r} is no {self.datatype}"
            ) from None
        return Literal(lexical, datatype=NamedNode(ns.XSD + self.datatype))


@dataclass(frozen=True, slots=True)
class Comune:
    """An Italian Comune: both the place and the body that governs it.

    `population` is in residents; its date is that of the series in `facts` (31/12/2024 in Puglia,
    1/1/2023 elsewhere), so never compare the two silently. `facts` are (series id, cell) pairs.
    Cadastral code, OntoPiA identifier and membership basis are known for Puglia only.
    """

    istat: str
    name: str
    province_code: str
    region: str
    population: int | None
    facts: tuple[tuple[str, str], ...]
    cadastral_code: str | None = None
    ontopia_id: str | None = None
    membership_basis: str | None = None
    notes: tuple[tuple[str, str], ...] = ()
    """Editorial notes, as (language, text)."""

    @property
    def place_iri(self) -> str:
        return ns.resource("luogo", self.istat)

    @property
    def body_iri(self) -> str:
        known = self.cadastral_code
        return ns.resource("ente", f"c_{known.lower()}" if known else f"comune-{self.istat}")


@dataclass(frozen=True, slots=True)
class Ambito:
    """An Ambito territoriale sociale of Puglia and how well its composition is known.

    `members` and `lead` are ISTAT codes, `province` its letters. `lead` is None when no source
    names it or when the Ambito is a consortium, which has none; `lead_inferred` says that it was
    deduced, not read. `evidence_date` is the text of the source list, often less than a day.
    `status` and `note` are in the words of who compiled the list, in English, `*_it` in Italian.
    """

    id: str
    name: str
    alt_name: str | None
    members: tuple[str, ...]
    lead: str | None
    lead_inferred: bool
    province: str
    status: str
    status_it: str
    evidence_date: str
    sources: tuple[str, ...]
    note: str | None
    note_it: str | None

    @property
    def iri(self) -> str:
        return ns.resource("ente", self.id)


class Gazetteer:
    """All Italian Comuni, and the Ambiti of Puglia. Immutable once built; `load` builds it."""

    def __init__(
        self,
        comuni: Iterable[Comune],
        ambiti: Iterable[Ambito],
        provinces: Iterable[Province],
        series: Iterable[Series],
        services: Iterable[ServiceFact] = (),
        faults: Iterable[str] = (),
    ) -> None:
        self._comuni = {comune.istat: comune for comune in comuni}
        self._ambiti = {ambito.id: ambito for ambito in ambiti}
        self.provinces = {province.istat: province for province in provinces}
        self.series = {one.id: one for one in series}
        self.services = tuple(services)
        """What is said of services, the shipped facts first."""
        self.faults = tuple(faults)
        """Files of the home that could not be read and were left out, with the reason."""
        self._names: dict[str, list[Comune]] = defaultdict(list)
        for comune in self._comuni.values():
            self._names[fold(comune.name)].append(comune)
        self._ambito_of: dict[str, Ambito] = {}
        for ambito in self._ambiti.values():
            for istat in ambito.members:
                if self._ambito_of.setdefault(istat, ambito) is not ambito:
                    raise TerritoryError(f"{istat} is a member of two Ambiti")

    @classmethod
    def load(cls, folder: Path, home: Path | None = None) -> Gazetteer:
        """Read the files of `catalogue/territory/`, and the register that a home may hold.

        `home` is the folder `territory` of a home. Raises OSError when a shipped file is missing,
        TerritoryError when the shipped files disagree; what is wrong in the home is in `faults`.
        """
        provinces = [
            Province(r["province_istat"], r["code"], r["name"], r["region_istat"], r["region"])
            for r in rows(folder, "province")
        ]
        series = [Series(**row) for row in rows(folder, "series")]
        comuni = _read_comuni(folder, {p.istat: p for p in provinces}, series)
        ambiti = list(_read_ambiti(folder, comuni))
        services, faults = _read_services(folder, home, comuni, ambiti)
        return cls(comuni, ambiti, provinces, series, services, faults)

    @property
    def ambiti(self) -> tuple[Ambito, ...]:
        """The 45 Ambiti of Puglia, by id."""
        return tuple(self._ambiti[id_] for id_ in sorted(self._ambiti))

    @property
    def comuni(self) -> Iterable[Comune]:
        """Every Italian Comune that the files hold."""
        return self._comuni.values()

    @property
    def comuni_puglia(self) -> tuple[Comune, ...]:
        """The 257 Comuni of Puglia, by ISTAT code."""
        return tuple(c for _, c in sorted(self._comuni.items()) if c.region == "Puglia")

    def by_istat(self, code: str) -> Comune:
        """Return the Comune of a six-digit code; raise UnknownPlace for any other text."""
        try:
            return self._comuni[code]
        except KeyError:
            raise UnknownPlace(f"no Comune has the ISTAT code {code!r}") from None

    def find(
        self, name: str, *, region: str | None = None, province: str | None = None
    ) -> Comune | None:
        """Return the Comune of this name, or None.

        Names are compared folded (see `text.fold`). `region` is a region's name, `province` its
        letters. Raises AmbiguousPlace when more than one Comune remains.
        """
        found = tuple(
            comune
            for comune in self._names.get(fold(name), ())
            if (region is None or fold(comune.region) == fold(region))
            and (province is None or comune.province_code == province.strip().upper())
        )
        if len(found) > 1:
            raise AmbiguousPlace(name, found)
        return found[0] if found else None

    def ambito_of(self, istat: str) -> Ambito | None:
        """Return the Ambito that a Comune is recorded in; None outside Puglia."""
        return self._ambito_of.get(istat)

    def ambito(self, id_: str) -> Ambito | None:
        """Return the Ambito of an id such as `ats-francavilla-fontana`, or None."""
        return self._ambiti.get(id_)


# --- Reading ---


def _read_comuni(
    folder: Path, provinces: dict[str, Province], series: list[Series]
) -> list[Comune]:
    """Puglia from its own file, every other Comune from the national one."""
    notes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(folder, "notes"):
        notes[row["istat"]] += [("it", row["note_it"]), ("en", row["note_en"])]
    indicators = {row["istat_code"]: row for row in rows(folder, INDICATORS)}
    observed = [one for one in series if one.file == INDICATORS]
    comuni = []
    for file, key, letters in (
        ("comuni_puglia", "istat_code", "province_code"),
        ("comuni_italia", "istat", "prov"),
    ):
        columns = [one for one in series if one.file == file]
        for row in rows(folder, file):
            istat = row[key]
            province = provinces.get(istat[:3])
            if province is None or province.code != row[letters]:
                raise TerritoryError(f"{file}: {istat} is not in the province {row[letters]!r}")
            if file == "comuni_italia" and province.region == "Puglia":
                continue
            more = indicators.pop(istat, {}) if file == "comuni_puglia" else {}
            cells = [(one.id, row[one.column]) for one in columns]
            cells += [(one.id, more[one.column]) for one in observed if more]
            facts = tuple((id_, cell) for id_, cell in cells if cell)
            count = next((cell for id_, cell in facts if id_.partition("-")[0] == "population"), "")
            comuni.append(
                Comune(
                    istat=istat,
                    name=row["name"],
                    province_code=province.code,
                    region=province.region,
                    population=int(count) if count else None,
                    facts=facts,
                    cadastral_code=row.get("cadastral_code") or None,
                    ontopia_id=row.get("ontopia_id") or None,
                    membership_basis=row.get("ats_basis") or None,
                    notes=tuple(notes[istat]),
                )
            )
    if indicators:
        raise TerritoryError(f"{INDICATORS}: no Comune of Puglia has {sorted(indicators)}")
    return comuni


def _read_ambiti(folder: Path, comuni: list[Comune]) -> Iterator[Ambito]:
    """The names of members are read in the Ambito's own province."""
    codes = {(c.province_code, c.name): c.istat for c in comuni if c.region == "Puglia"}
    for row in rows(folder, "ats_puglia"):
        short, _, rest = row["name"].partition(" (")
        consortium = row["capofila_caveat"] == "consortium"
        lead = None if consortium else row["capofila"]
        try:
            members = tuple(codes[row["province"], name] for name in row["members"].split("; "))
            lead_code = codes[row["province"], lead] if lead else None
        except KeyError as error:
            raise TerritoryError(f"ats_puglia: {row['name']}: no Comune {error}") from None
        yield Ambito(
            id=f"ats-{slugify(short)}",
            name=short,
            alt_name=rest.removesuffix(")") or None,
            members=tuple(sorted(members)),
            lead=lead_code,
            lead_inferred=row["capofila_caveat"] == "inferred",
            province=row["province"],
            status=row["status"],
            status_it=row["status_it"],
            evidence_date=row["evidence_date"],
            sources=tuple(row["source_urls"].split()),
            note=row["note"] or None,
            note_it=row["note_it"] or None,
        )


def _read_services(
    folder: Path, home: Path | None, comuni: list[Comune], ambiti: list[Ambito]
) -> tuple[list[ServiceFact], list[str]]:
    """What is said of services, and why the register of the home was left out, if it was."""
    names = {c.istat: fold(c.name) for c in comuni if c.region == "Puglia"}
    members = {a.id: {names[istat]: istat for istat in a.members} for a in ambiti}
    found = list(read_known_services(folder, {a.name: a.id for a in ambiti}, members))
    if len({fact.iri for fact in found}) != len(found):
        raise TerritoryError("ats_services: a row says twice the same thing of one service")
    if home is None:
        return found, []
    ambito_of = {istat: a.id for a in ambiti for istat in a.members}
    try:
        registered = {fact.iri: fact for fact in read_register(home, ambito_of.get)}
    except TerritoryError as error:
        return found, [f"{home / REGISTER}.csv resta fuori: {error}"]
    return found + list(registered.values()), []
