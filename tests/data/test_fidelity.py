"""The shipped practices say what the JSON says, and no more.

An independent reading: it knows the graph only as triples (rdflib on the files) and rebuilds each
JSON item from them, so a fault of the converter and of the mapping together cannot hide.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, OWL, RDF, SKOS, XSD

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "catalogue" / "records"
JSON = ROOT.parent / "shared" / "data" / "practices"
T = Namespace("https://w3id.org/talea/onto/")
ID = "https://w3id.org/talea/id/"
VOC = "https://w3id.org/talea/voc/"
KINDS = {
    T.Outcome: "esito",
    T.QualitativeFinding: "esito_qualitativo",
    T.Output: "realizzazione",
    T.Capacity: "capienza",
    T.ContextFact: "contesto",
    T.Forecast: "previsione",
}
CONFIDENCE = {"low": "bassa", "medium": "media", "high": "alta"}

Item = dict[str, Any]


@pytest.fixture(scope="session")
def items(needs: Callable[[bool, str], None]) -> dict[str, Item]:
    """The 84 items by id."""
    needs(JSON.is_dir(), "../shared/data/practices is not here")
    found = [
        item
        for name in ("documented_practices.json", "festival_2024.json")
        for item in json.loads((JSON / name).read_text(encoding="utf-8"), parse_float=Decimal)
    ]
    return {item["id"]: item for item in found}


@pytest.fixture(scope="session")
def graphs() -> dict[str, Graph]:
    """One graph a practice."""
    return {p.stem: Graph().parse(p) for p in sorted((RECORDS / "pratica").glob("*.ttl"))}


@pytest.fixture(scope="session")
def names(dump: Path) -> dict[str, str]:
    """What each place and body of a built release is called, Comuni of other regions included."""
    found = {}
    for quad in ox.parse(path=str(dump), format=ox.RdfFormat.N_QUADS):
        if quad.predicate.value == str(DCTERMS.title):
            found[quad.subject.value] = quad.object.value
    return found


@pytest.fixture(scope="session")
def classes(dump: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for quad in ox.parse(path=str(dump), format=ox.RdfFormat.N_QUADS):
        if quad.predicate.value == str(RDF.type):
            found.setdefault(str(quad.subject.value), set()).add(quad.object.value)
    return found


class Reader:
    """Takes triples out of a graph, so that what is left is what nobody asked for."""

    def __init__(self, graph: Graph, slug: str) -> None:
        self.left = set(graph)
        self.practice = URIRef(f"{ID}pratica/{slug}")
        self.card = URIRef(f"{ID}scheda/{slug}")

    def all(self, node: URIRef, predicate: URIRef) -> list[Any]:
        """Values of a property; parts in the order of their numbers."""
        taken = [t for t in self.left if t[:2] == (node, predicate)]
        self.left -= set(taken)

        def order(value: Any) -> tuple[int, str]:
            last = str(value).rsplit("/", 1)[-1]
            return (int(last) if isinstance(value, URIRef) and last.isdigit() else 0, str(value))

        return sorted((t[2] for t in taken), key=order)

    def one(self, node: URIRef, predicate: URIRef) -> Any:
        values = self.all(node, predicate)
        assert len(values) <= 1, (node, predicate, values)
        return values[0] if values else None

    def text(self, node: URIRef, predicate: URIRef) -> str | None:
        value = self.one(node, predicate)
        if value is None:
            return None
        assert isinstance(value, Literal)
        assert value.language == "it"
        return str(value)

    def number(self, node: URIRef, predicate: URIRef, datatype: URIRef) -> Any:
        value = self.one(node, predicate)
        if value is None:
            return None
        assert value.datatype == datatype
        return value.toPython()

    def parts(self, predicate: URIRef, cls: URIRef) -> list[URIRef]:
        """The parts of one class; those of another stay for who asks for it."""
        nodes = self.all(self.practice, predicate)
        own = [node for node in nodes if (node, RDF.type, cls) in self.left]
        self.left |= {(self.practice, predicate, node) for node in nodes if node not in own}
        self.left -= {(node, RDF.type, cls) for node in own}
        return own


def filled(**fields: Any) -> Item:
    """The fields that have a value: an absent one is absent in the JSON too."""
    return {key: value for key, value in fields.items() if value not in (None, [], {})}


def rebuild(graph: Graph, slug: str, names: dict[str, str]) -> tuple[Item, set[Any]]:
    """The JSON item that the triples tell, and the triples that tell nothing of it."""
    r = Reader(graph, slug)
    me, card = r.practice, r.card

    def named(iri: Any) -> str | None:
        return names[str(iri)] if iri is not None else None

    def measure(node: URIRef) -> Item:
        (kind,) = r.all(node, RDF.type)
        found = filled(tipo=KINDS[kind], descrizione=r.text(node, DCTERMS.title))
        for part in r.all(node, T.hasMeasurement):
            assert r.all(part, RDF.type) == [T.Measurement]
            unit, said = r.text(part, T.unit), r.text(part, T.unitAsSaid)
            qualifier = r.one(part, T.valueQualifier)
            if said:  # the qualifier and the bare unit are read in these words, and nowhere else
                word = str(qualifier).removeprefix(VOC + "precisazione-valore/").replace("-", " ")
                assert said == f"{unit} ({word})"
            else:
                assert qualifier is None
            found |= filled(
                valore=r.number(part, T.value, XSD.decimal),
                unita=said or unit,
                baseline=r.text(part, T.baselineAsSaid),
                quando=r.text(part, T.periodAsSaid),
                come_misurato=r.text(part, T.methodAsSaid),
            )
        return found

    def budget(node: URIRef) -> Item:
        note = r.text(node, T.note)
        qualifier = r.one(node, T.valueQualifier)
        if qualifier is not None:  # read in the note, where it stands alone
            alone = {part.strip() for part in re.split("[,;]", note)}
            word = str(qualifier).removeprefix(VOC + "precisazione-valore/")
            assert alone & {
                word,
                *{"circa": ["importo approssimato"], "oltre": ["poco più di"]}.get(word, ()),
            }
        return filled(importo=r.number(node, T.amountEUR, XSD.decimal), nota=note)

    staff = [r.text(n, DCTERMS.description) for n in r.parts(T.hasResource, T.HumanResource)]
    members = [named(iri) for iri in r.all(me, T.promoterMember)]
    areas = sorted(
        int(str(iri).removeprefix(VOC + "area-tematica/")) for iri in r.all(me, T.thematicArea)
    )
    origin = area_attribution(r)
    edition = r.one(me, T.presentedAt)
    item = filled(
        id=slug,
        titolo=r.text(me, DCTERMS.title),
        realizzatore=filled(
            nome=r.text(me, T.promoterAsSaid),
            comune_istat=named(r.one(me, T.promoterPlace)),
            struttura=r.text(me, T.promoterOffice),
            comuni=sorted(members),
        ),
        luogo=sorted(named(iri) for iri in r.all(me, T.implementedIn)),
        regione=named(r.one(me, T.inRegion)),
        paese=named(r.one(me, T.inCountry)),
        periodo=r.text(me, T.periodAsSaid),
        anno_inizio=r.number(me, T.startYear, XSD.integer),
        area_tematica=filled(valori=areas, **origin),
        destinatari=[
            r.text(n, DCTERMS.title) for n in r.parts(T.hasRecipientGroup, T.RecipientGroup)
        ],
        bisogno=[r.text(n, DCTERMS.title) for n in r.parts(T.hasNeed, T.Need)],
        azioni=[r.text(n, DCTERMS.title) for n in r.parts(T.hasAction, T.Action)],
        esiti=[measure(node) for node in r.all(me, T.hasReportedResult)],
        risorse=filled(
            budget_eur=[budget(n) for n in r.parts(T.hasResource, T.FinancialResource)],
            fonte_finanziamento=r.text(me, T.fundingAsSaid),
            personale=staff,
            nota=r.text(me, T.resourceNote),
        ),
        partner=[r.text(n, DCTERMS.title) for n in r.parts(T.hasPartner, T.Partner)],
        prerequisiti=[r.text(n, DCTERMS.title) for n in r.parts(T.hasPrerequisite, T.Prerequisite)],
        ostacoli=[
            filled(ostacolo=r.text(n, DCTERMS.description), superamento=r.text(n, T.overcomeBy))
            for n in r.parts(T.hasObstacle, T.Obstacle)
        ],
        margini_miglioramento=[
            r.text(n, DCTERMS.description) for n in r.parts(T.hasImprovementArea, T.ImprovementArea)
        ],
        replicabilita=r.text(me, T.replicabilityStatement),
        replicata_da=[r.text(n, DCTERMS.title) for n in r.parts(T.hasReplication, T.Replication)],
        replica_di=[str(i).removeprefix(f"{ID}pratica/") for i in r.all(me, T.replicaOf)],
        pratiche_documentate_stesso_ente=sorted(
            str(i).removeprefix(f"{ID}pratica/") for i in r.all(me, T.sameBodyPractice)
        ),
        pagina_web=str(page) if (page := r.one(me, FOAF.page)) else None,
        fonti=sorted(str(iri) for iri in r.all(card, DCTERMS.source)),
        confidenza=str(r.one(card, T.confidence)).removeprefix(VOC + "confidenza/"),
        nota_confidenza=r.text(card, T.confidenceNote),
    )
    item["festival"] = filled(
        nota=r.text(card, T.selectionNote),
        link_confermato=r.number(card, T.linkConfirmed, XSD.boolean),
        edizione=str(edition) if edition else None,
    )
    item["festival"]["selezionata"] = r.number(card, T.selectedAtFestival, XSD.boolean)
    return item, r.left


def area_attribution(r: Reader) -> Item:
    """Origin and note of the thematic area; it takes its triples."""
    for node in [t[2] for t in r.left if t[:2] == (r.card, T.hasAttribution)]:
        if (node, T.aboutProperty, T.thematicArea) in r.left:
            r.left -= {(r.card, T.hasAttribution, node), (node, RDF.type, T.Attribution)}
            r.left -= {(node, T.aboutProperty, T.thematicArea)}
            origin = str(r.one(node, T.origin)).removeprefix(VOC + "origine/")
            return filled(origine=origin, nota=r.text(node, T.note))
    return {}


def comparable(item: Item) -> Item:
    """The item in the form that triples can tell; each difference has its reason."""
    item = copy.deepcopy(item)
    item.pop("stato_scheda", None)  # follows from which fields there are; tiers tell it
    who = item["realizzatore"]
    who.pop("tipo")  # told by the class of the body: see the test of it
    who.pop("provincia", None)  # told by the place
    if "comuni" in who:
        who["comuni"] = sorted(who["comuni"])  # a set of places
    festival = item["festival"]
    if festival.pop("edizione", None):  # the edition's own record has its date and place
        assert festival.pop("data") == "2024-03-27"
        assert festival.pop("luogo") == "Bari, Fiera del Levante"
        festival["edizione"] = ID + "evento/festival-2024"
    if "luogo" in item:
        italian = item["paese"] == "Italia"
        item["luogo"] = sorted(item["luogo"].split(", ")) if italian else [item["luogo"]]
    for field in ("bisogno", "margini_miglioramento"):
        if field in item:
            item[field] = [item[field]]
    if "personale" in item.get("risorse", {}):
        item["risorse"]["personale"] = [item["risorse"]["personale"]]
    if "area_tematica" in item:
        item["area_tematica"]["valori"].sort()
    item["fonti"] = sorted(set(item["fonti"]))
    if "pratiche_documentate_stesso_ente" in item:
        item["pratiche_documentate_stesso_ente"].sort()
    item["confidenza"] = CONFIDENCE[item["confidenza"]]
    return {key: value for key, value in item.items() if value not in (None, [], {})}


def numbers(item: Item) -> Item:
    """The same with numbers as decimals, for comparison."""
    if isinstance(item, dict):
        return {key: numbers(value) for key, value in item.items()}
    if isinstance(item, list):
        return [numbers(value) for value in item]
    is_number = isinstance(item, int | Decimal) and not isinstance(item, bool)
    return Decimal(item) if is_number else item


DERIVED = {T.needCategory, T.targetGroup, T.interventionType, T.fundingSource}
"""Concepts recognised in the words by a rule: each needs its attribution."""


def test_there_is_a_record_for_each_item_and_no_other(
    items: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    assert set(graphs) == set(items)
    assert len(graphs) == 84


def test_each_record_tells_its_item_whole_and_nothing_else(
    items: dict[str, Item], graphs: dict[str, Graph], names: dict[str, str]
) -> None:
    for slug, item in items.items():
        told, left = rebuild(graphs[slug], slug, names)
        assert numbers(told) == numbers(comparable(item)), slug
        assert {t[1] for t in left} <= {
            RDF.type,  # of the practice, its record and attributions
            FOAF.isPrimaryTopicOf,
            FOAF.primaryTopic,
            T.editorialStatus,  # of the catalogue, not of the source
            T.promotedBy,  # the body behind the name: see the test of it
            T.replicates,
            T.replicationKind,  # of the words of `replicata_da`: see the test of it
            T.adoptedIn,
            T.yields,
            T.bodyNamed,  # the Ambito whose name the partner has
            T.hasAttribution,
            T.aboutProperty,
            T.origin,
            T.note,
            *DERIVED,
        }, slug
        notes = [t for t in left if t[1] == T.note]
        assert all(str(t[0]).startswith(f"{ID}scheda/{slug}/attribuzione/") for t in notes)


def test_the_numbers_are_those_of_the_json_and_no_other(
    items: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    told = Counter(
        (str(p), Decimal(str(o)))
        for graph in graphs.values()
        for _, p, o in graph
        if isinstance(o, Literal) and o.datatype not in (None, XSD.boolean, RDF.langString)
    )
    given = Counter(
        [(str(T.value), Decimal(e["valore"])) for i in items.values()
         for e in i.get("esiti", []) if e.get("valore") is not None]
        + [(str(T.amountEUR), Decimal(b["importo"])) for i in items.values()
           for b in i.get("risorse", {}).get("budget_eur", [])]
        + [(str(T.startYear), Decimal(i["anno_inizio"])) for i in items.values()
           if "anno_inizio" in i]
    )  # fmt: skip
    assert told == given
    count = Counter(p for p, _ in told.elements())
    assert count == {str(T.value): 53, str(T.amountEUR): 26, str(T.startYear): 38}


def test_every_number_of_the_json_was_counted(items: dict[str, Item]) -> None:
    """53 + 26 + 38, and beside them only the areas and the edition, which are names."""

    def count(value: Any) -> int:
        if isinstance(value, dict):
            return sum(count(v) for k, v in value.items() if k not in ("valori", "edizione"))
        if isinstance(value, list):
            return sum(count(v) for v in value)
        return isinstance(value, int | Decimal) and not isinstance(value, bool)

    assert count(list(items.values())) == 53 + 26 + 38


def test_only_a_measured_change_is_an_outcome(
    items: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    given = Counter(e["tipo"] for i in items.values() for e in i.get("esiti", []))
    told = Counter(
        KINDS[o] for g in graphs.values() for o in g.objects(None, RDF.type) if o in KINDS
    )
    assert told == given
    assert given["esito"] == 3


def test_the_area_is_always_an_inference(graphs: dict[str, Graph]) -> None:
    with_area = 0
    for graph in graphs.values():
        if (None, T.thematicArea, None) in graph:
            with_area += 1
            (node,) = graph.subjects(T.aboutProperty, T.thematicArea)
            assert (node, T.origin, URIRef(VOC + "origine/inferita")) in graph
    assert with_area == 64


def test_every_inferred_property_is_attributed_and_no_absent_one(
    graphs: dict[str, Graph],
) -> None:
    for slug, graph in graphs.items():
        inferred = {p for p in {*DERIVED, T.thematicArea} if (None, p, None) in graph}
        told = list(graph.objects(None, T.aboutProperty))
        assert sorted(told) == sorted(inferred), slug
        assert set(graph.objects(None, T.origin)) <= {URIRef(VOC + "origine/inferita")}


def test_no_baseline_is_a_number_and_no_date_is_invented(graphs: dict[str, Graph]) -> None:
    texts = [o for g in graphs.values() for o in g.objects(None, T.baselineAsSaid)]
    assert len(texts) > 3
    assert all(text.language == "it" for text in texts)
    datatypes = {o.datatype for g in graphs.values() for o in g.objects() if isinstance(o, Literal)}
    assert datatypes <= {None, XSD.decimal, XSD.integer, XSD.boolean}


def test_confidence_is_kept(items: dict[str, Item], graphs: dict[str, Graph]) -> None:
    for slug, item in items.items():
        (value,) = graphs[slug].objects(None, T.confidence)
        assert str(value) == f"{VOC}confidenza/{CONFIDENCE[item['confidenza']]}"


def test_only_the_twenty_bodies_of_the_festival_are_selected(
    items: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    given = {slug: item["festival"]["selezionata"] for slug, item in items.items()}
    told = {
        slug: next((o.toPython() for o in graph.objects(None, T.selectedAtFestival)), None)
        for slug, graph in graphs.items()
    }
    assert told == given
    assert sum(value is True for value in told.values()) == 20
    edition = URIRef(ID + "evento/festival-2024")
    assert {s for s, g in graphs.items() if (None, T.presentedAt, edition) in g} == {
        slug for slug, value in told.items() if value is True
    }


def test_leads_to_other_practices_of_a_body_are_no_identities(graphs: dict[str, Graph]) -> None:
    same = (OWL.sameAs, SKOS.exactMatch, DCTERMS.isVersionOf)
    assert not [1 for graph in graphs.values() for p in same if (None, p, None) in graph]


def test_the_promoter_is_a_body_of_the_kind_and_name_given(
    items: dict[str, Item],
    graphs: dict[str, Graph],
    names: dict[str, str],
    classes: dict[str, set[str]],
) -> None:
    kinds = {
        "Comune": T.Municipality,
        "ATS": T.SocialDistrict,
        "ETS": T.ThirdSectorOrganization,
        "Regione": T.RegionalGovernment,
        "Comune estero": T.ForeignPublicBody,
        "Unione estera": T.ForeignPublicBody,
        "Impresa sociale": T.SocialEnterprise,
    }
    for slug, item in items.items():
        (body,) = graphs[slug].objects(None, T.promotedBy)
        who = item["realizzatore"]
        assert str(kinds[who["tipo"]]) in classes[str(body)], slug
        if who["tipo"] in ("Comune", "ATS"):
            assert who["comune_istat"] in names[str(body)], (slug, names[str(body)])
        elif who["tipo"] != "Regione":
            assert names[str(body)] == who["nome"]


def test_what_replicates_is_told_apart_only_as_far_as_the_words_go(
    graphs: dict[str, Graph],
) -> None:
    told = Counter(
        str(kind).rsplit("/", 1)[-1]
        for graph in graphs.values()
        for kind in graph.objects(None, T.replicationKind)
    )
    assert told == {"seconda-sede": 2, "ispirazione": 1, "stesso-programma": 1, "non-precisata": 14}
    for slug, graph in graphs.items():
        for node in graph.subjects(T.adoptedIn, None):
            said = str(next(graph.objects(node, DCTERMS.title)))
            place = str(next(graph.objects(node, T.adoptedIn)))
            assert place.rsplit("/", 1)[-1].isdigit(), (slug, said, place)
