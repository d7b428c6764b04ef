"""The territory as RDF: places with their statistics, and the public bodies that govern them.

What is known is read by `gazetteer`; here it becomes named graphs: `territorio` (places and
series), `enti` (Comuni and Ambiti), `indicatori` (observations), `servizi` (what is said of
services) and, where a home holds the Region's register, `registro`. An unknown value is an absent
triple; there are no blank nodes; the order depends on the data only, so two runs write the same
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from talea_catalogue import namespaces as ns
from talea_catalogue.gazetteer import (
    AmbiguousPlace,
    Ambito,
    Comune,
    Gazetteer,
    Province,
    Series,
    UnknownPlace,
)
from talea_catalogue.service_facts import REGISTER_EVIDENCE, ServiceFact
from talea_catalogue.tables import TerritoryError

__all__ = [
    "AmbiguousPlace",
    "Ambito",
    "Comune",
    "Gazetteer",
    "Province",
    "Series",
    "TerritoryError",
    "UnknownPlace",
    "quads",
]

PLACES: Final = NamedNode(ns.GRAPH + "territorio")
BODIES: Final = NamedNode(ns.GRAPH + "enti")
OBSERVATIONS: Final = NamedNode(ns.GRAPH + "indicatori")
SERVICES: Final = NamedNode(ns.GRAPH + "servizi")
REGISTER: Final = NamedNode(ns.GRAPH + "registro")
TO_BE_CONFIRMED: Final = (
    ("it", "Composizione da confermare sull'elenco della Regione Puglia."),
    ("en", "Composition to be confirmed against the list of Regione Puglia."),
)
"""Said of every Ambito, as (language, text): no official list of all 45 was reachable."""

_OBSERVED: Final = "observedValue"
_PRECISION: Final = {4: "gYear", 7: "gYearMonth"}
"""Datatype of a date by the length of its text; a whole day otherwise."""
_CITIES: Final = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/cities/"
_LEGAL_STATUS_COMUNE: Final = (
    "https://w3id.org/italia/controlled-vocabulary/classifications-for-organizations/"
    "legal-status/2430"
)


def quads(gazetteer: Gazetteer, elsewhere: Iterable[str]) -> Iterator[Quad]:
    """Write every Comune and Ambito of Puglia, and the Comuni of the codes in `elsewhere`.

    A code of Puglia in `elsewhere` changes nothing. Statistics hang on the place as typed
    literals or concepts; `talea:fromSeries` joins the place to the series that gives date, unit
    and source of each, because the dates in Puglia and outside it differ. Values of a series that
    has no property of its own are observations. Raises UnknownPlace at a code that no Comune has.
    """
    others = sorted(set(elsewhere) - {comune.istat for comune in gazetteer.comuni_puglia})
    comuni = [*gazetteer.comuni_puglia, *map(gazetteer.by_istat, others)]
    provinces = {c.istat[:3]: gazetteer.provinces[c.istat[:3]] for c in comuni}
    yield from _series(gazetteer)
    yield from _higher_ranks([province for _, province in sorted(provinces.items())])
    for comune in comuni:
        yield from _place(comune, gazetteer)
    for comune in comuni:
        yield from _municipality(comune)
    letters = {province.code: province for province in gazetteer.provinces.values()}
    for ambito in gazetteer.ambiti:
        yield from _district(ambito, gazetteer, letters[ambito.province])
    for comune in comuni:
        yield from _observations(comune, gazetteer)
    for fact in gazetteer.services:
        yield from _service(fact, gazetteer)


def _series(gazetteer: Gazetteer) -> Iterator[Quad]:
    for one in gazetteer.series.values():
        say = _Speaker(one.iri, PLACES)
        yield say.link(ns.TYPE, _talea("StatisticalSeries"))
        yield from say.texts(ns.TITLE, (("it", one.title_it), ("en", one.title_en)))
        definition = (("it", one.definition_it), ("en", one.definition_en))
        yield from say.texts(ns.DEFINITION, definition)
        yield say.link(_talea("ofProperty"), _talea(one.local_name or _OBSERVED))
        yield from say.texts(_talea("unit"), (("it", one.unit_it), ("en", one.unit_en)))
        yield from say.plain(_talea("referenceDate"), one.reference_date, "date")
        yield from say.plain(_talea("referenceYear"), one.reference_year, "integer")
        yield from say.plain(_talea("edition"), one.edition, "gYear")
        meaning = (("it", one.higher_it), ("en", one.higher_en))
        yield from say.texts(_talea("higherMeans"), meaning)
        yield from say.plain(_talea("attributionLine"), one.attribution)
        yield from say.plain(_dct("publisher"), one.publisher)
        yield from say.plain(ns.SOURCE, one.source)
        if one.licence:
            yield say.link(_dct("license"), one.licence)


def _higher_ranks(provinces: list[Province]) -> Iterator[Quad]:
    """Regions first, then provinces; each only if a Comune of the graph lies in it."""
    regions = {province.region_istat: province for province in provinces}
    for istat, province in sorted(regions.items()):
        say = _Speaker(province.region_iri, PLACES)
        yield say.link(ns.TYPE, _foreign("clv", "Region"))
        yield from say.texts(ns.TITLE, (("it", province.region),))
        yield from say.plain(ns.NOTATION, istat)
    for province in provinces:
        say = _Speaker(province.iri, PLACES)
        yield say.link(ns.TYPE, _foreign("clv", "Province"))
        yield from say.texts(ns.TITLE, (("it", province.name),))
        yield from say.plain(ns.NOTATION, province.istat)
        yield from say.plain(_foreign("clv", "acronym"), province.code)
        yield say.link(_foreign("clv", "hasDirectHigherRank"), province.region_iri)


def _place(comune: Comune, gazetteer: Gazetteer) -> Iterator[Quad]:
    say = _Speaker(comune.place_iri, PLACES)
    yield say.link(ns.TYPE, _foreign("clv", "City"))
    yield from say.texts(ns.TITLE, (("it", comune.name),))
    yield from say.plain(ns.NOTATION, comune.istat)
    province = gazetteer.provinces[comune.istat[:3]]
    yield say.link(_foreign("clv", "hasDirectHigherRank"), province.iri)
    if comune.ontopia_id:
        yield say.link(_dct("hasVersion"), _CITIES + comune.ontopia_id)
    for id_, cell in comune.facts:
        series = gazetteer.series[id_]
        if not series.local_name:
            continue
        yield say.that(_talea(series.local_name), series.term(cell))
        yield say.link(_talea("fromSeries"), series.iri)
    yield from say.texts(_talea("editorialNote"), comune.notes)


def _observations(comune: Comune, gazetteer: Gazetteer) -> Iterator[Quad]:
    for id_, cell in comune.facts:
        series = gazetteer.series[id_]
        if series.local_name:
            continue
        say = _Speaker(f"{comune.place_iri}/dato/{id_}", OBSERVATIONS)
        yield say.link(ns.TYPE, _talea("Observation"))
        yield say.link(_talea("observedPlace"), comune.place_iri)
        yield say.link(_talea("fromSeries"), series.iri)
        yield say.that(_talea(_OBSERVED), series.term(cell))


def _municipality(comune: Comune) -> Iterator[Quad]:
    """The body. No cov:IPAcode: no source gives it, even where the IRI follows its pattern."""
    say = _Speaker(comune.body_iri, BODIES)
    yield say.link(ns.TYPE, _talea("Municipality"))
    yield from say.texts(ns.TITLE, (("it", f"Comune di {comune.name}"),))
    yield from say.plain(_foreign("cov", "legalName"), f"Comune di {comune.name}")
    yield say.link(_foreign("cov", "hasLegalStatus"), _LEGAL_STATUS_COMUNE)
    yield say.link(_talea("governs"), comune.place_iri)
    if comune.membership_basis:
        basis = ns.concept("base-appartenenza", comune.membership_basis)
        yield say.link(_talea("membershipBasis"), basis)


def _district(ambito: Ambito, gazetteer: Gazetteer, province: Province) -> Iterator[Quad]:
    say = _Speaker(ambito.iri, BODIES)
    yield say.link(ns.TYPE, _talea("SocialDistrict"))
    yield from say.texts(ns.TITLE, (("it", f"Ambito territoriale sociale di {ambito.name}"),))
    yield from say.plain(_foreign("cov", "altName"), ambito.alt_name)
    yield say.link(_dct("spatial"), province.iri)
    for istat in ambito.members:
        yield say.link(_talea("hasMemberMunicipality"), gazetteer.by_istat(istat).body_iri)
    if ambito.lead:
        yield say.link(_talea("leadMunicipality"), gazetteer.by_istat(ambito.lead).body_iri)
        if ambito.lead_inferred:
            yield say.link(_talea("leadBasis"), ns.concept("base-appartenenza", "inferred"))
    status = (("it", ambito.status_it), ("en", ambito.status))
    yield from say.texts(_talea("membershipStatus"), status)
    yield from say.plain(_talea("membershipEvidenceDate"), ambito.evidence_date)
    yield from say.texts(_talea("editorialNote"), TO_BE_CONFIRMED)
    note = (("it", ambito.note_it), ("en", ambito.note))
    yield from say.texts(_talea("editorialNote"), note)
    for source in ambito.sources:
        yield say.link(ns.SOURCE, source)


def _service(fact: ServiceFact, gazetteer: Gazetteer) -> Iterator[Quad]:
    """Where the fact comes from the register, its presence is what the register's status says."""
    say = _Speaker(fact.iri, REGISTER if fact.evidence == REGISTER_EVIDENCE else SERVICES)
    yield say.link(ns.TYPE, _talea("ServiceFact"))
    for name, scheme, notation in (
        ("serviceType", "tipo-servizio", fact.type),
        ("servicePresence", "presenza-servizio", fact.presence),
        ("serviceStage", "stadio-servizio", fact.stage),
        ("evidenceKind", "natura-prova", fact.evidence),
    ):
        if notation:
            yield say.link(_talea(name), ns.concept(scheme, notation))
    if fact.ambito:
        yield say.link(_talea("ofDistrict"), ns.resource("ente", fact.ambito))
    for istat in fact.comuni:
        yield say.link(_dct("spatial"), gazetteer.by_istat(istat).place_iri)
    yield from say.plain(ns.TITLE, fact.title)
    yield from say.texts(ns.DESCRIPTION, (("it", fact.detail_it), ("en", fact.detail_en)))
    yield from say.plain(_talea("evidenceDate"), fact.date, _PRECISION.get(len(fact.date), "date"))
    for url in fact.sources:
        yield say.link(ns.SOURCE, url)
    for name, text in (
        ("sourceAsSaid", fact.source_as_said),
        ("serviceTypeAsSaid", fact.type_as_said),
        ("regulationAsSaid", fact.regulation),
        ("registerStatusAsSaid", fact.status),
    ):
        yield from say.plain(_talea(name), text)
    if fact.places is not None:
        yield from say.plain(_talea("placesOffered"), str(fact.places), "integer")
    if fact.licence:
        yield say.link(_dct("license"), fact.licence)


class _Speaker:
    """Makes the quads of one subject in one graph; says nothing of a blank value."""

    def __init__(self, subject: str, graph: NamedNode) -> None:
        self._subject, self._graph = NamedNode(subject), graph

    def that(self, predicate: NamedNode, value: Literal | NamedNode) -> Quad:
        return Quad(self._subject, predicate, value, self._graph)

    def link(self, predicate: NamedNode, target: str | NamedNode) -> Quad:
        return self.that(predicate, NamedNode(target) if isinstance(target, str) else target)

    def plain(self, predicate: NamedNode, text: str | None, kind: str = "string") -> Iterator[Quad]:
        if text:
            yield self.that(predicate, Literal(text, datatype=NamedNode(ns.XSD + kind)))

    def texts(
        self, predicate: NamedNode, texts: Iterable[tuple[str, str | None]]
    ) -> Iterator[Quad]:
        for language, text in texts:
            if text:
                yield self.that(predicate, Literal(text, language=language))


def _talea(name: str) -> NamedNode:
    return NamedNode(ns.ONTO + name)


def _dct(name: str) -> NamedNode:
    return NamedNode(ns.DCT + name)


def _foreign(prefix: str, name: str) -> NamedNode:
    return NamedNode(ns.PREFIXES[prefix] + name)
