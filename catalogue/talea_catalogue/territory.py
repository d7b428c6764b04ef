"""The territory as RDF: places with their statistics, and the public bodies that govern them.

What is known is read by `gazetteer`; here it becomes two named graphs, `territorio` (places and
series) and `enti` (Comuni and Ambiti). An unknown value is an absent triple; there are no blank
nodes; the order depends on the data only, so two runs write the same bytes.
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
    TerritoryError,
    UnknownPlace,
)

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
TO_BE_CONFIRMED: Final = (
    ("it", "Composizione da confermare sull'elenco della Regione Puglia."),
    ("en", "Composition to be confirmed against the list of Regione Puglia."),
)
"""Said of every Ambito, as (language, text): no official list of all 45 was reachable."""

_CITIES: Final = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/cities/"
_LEGAL_STATUS_COMUNE: Final = (
    "https://w3id.org/italia/controlled-vocabulary/classifications-for-organizations/"
    "legal-status/2430"
)


def quads(gazetteer: Gazetteer, elsewhere: Iterable[str]) -> Iterator[Quad]:
    """Write every Comune and Ambito of Puglia, and the Comuni of the codes in `elsewhere`.

    A code of Puglia in `elsewhere` changes nothing. Statistics hang on the place as typed
    literals or concepts; `talea:fromSeries` joins the place to the series that gives date, unit
    and source of each, because the dates in Puglia and outside it differ. Raises UnknownPlace at
    a code that no Comune has.
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


def _series(gazetteer: Gazetteer) -> Iterator[Quad]:
    for one in gazetteer.series.values():
        say = _Speaker(one.iri, PLACES)
        yield say.link(ns.TYPE, _talea("StatisticalSeries"))
        yield from say.texts(ns.TITLE, (("it", one.title_it), ("en", one.title_en)))
        yield say.link(_talea("ofProperty"), _talea(one.local_name))
        yield from say.texts(_talea("unit"), (("it", one.unit_it), ("en", one.unit_en)))
        yield from say.plain(_talea("referenceDate"), one.reference_date, "date")
        yield from say.plain(_talea("referenceYear"), one.reference_year, "integer")
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
        yield say.that(_talea(series.local_name), series.term(cell))
        yield say.link(_talea("fromSeries"), series.iri)
    yield from say.texts(_talea("editorialNote"), comune.notes)


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
