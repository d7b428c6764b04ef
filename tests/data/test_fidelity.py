"""The shipped practices and replications say what the JSON says, and no more.

An independent reading: it knows the graph only as triples (rdflib on the files) and rebuilds each
JSON item from them, so a fault of the converter and of the mapping together cannot hide. The
editorial decisions that the items do not carry are told again here, in words.
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
    T.Estimate: "stima",
}
CONFIDENCE = {"low": "bassa", "medium": "media", "high": "alta"}
ORIGIN = {"dichiarata": "dichiarata", "inferita": "inferita"}
"""Membership of a programme is no origin of a passage: it is told by the kind alone."""

# --- Editorial decisions, each with its reason in `catalogue/make_records.py` ------------------

ONE_PRACTICE = {
    "pippi-programma-nazionale": "scheda-pippi",
    "torino-affiancamento-familiare": "scheda-affiancamento-familiare",
}
TOLD_ONCE = {
    "scheda-pippi": {
        "Équipe multidisciplinare": "Équipe multidisciplinare per ogni famiglia",
        "RPMonline": "Strumento informatico RPMonline",
        "Abruzzo, FNPS 2021, cofinanziamento compreso": (
            "Risorse per un Ambito, fondo nazionale 2021 con cofinanziamento (Abruzzo)"
        ),
    },
    "scheda-affiancamento-familiare": {
        "Patto": "Patto educativo con obiettivi, modalità e durata",
        "Tutor": "Tutor",
        "Nuclei presi in carico nella sperimentazione di Torino": (
            "Nuclei seguiti nella prova di Torino"
        ),
        "Diventata politica sociale in tutti i territori dove la sperimentazione si è conclusa": (
            "Tutti i territori che hanno concluso la prova"
            " l'hanno inserita tra le politiche sociali"
        ),
        "Sperimentazione": "Sperimentazione con le famiglie",
    },
}
"""Parts of the second telling that the first already tells, by a text of each."""
STEPS_IN_TIME = [
    "Ricerca sul disagio minorile e concorso di idee",
    "Ricerca sui bisogni",
    "Concorso di idee e proposta del Comune",
    "Formazione degli operatori pubblici e del terzo settore e definizione delle regole locali",
    "Sperimentazione con le famiglie",
    "Delibera che equipara l'affiancamento all'affido diurno",
    "Inserimento nelle politiche sociali o nel regolamento affidi",
]
RELATED = {"scheda-patti-collaborazione": ["bologna-regolamento-beni-comuni"]}
NO_RECORD = {"torino-case-del-quartiere", "puglia-provi-vita-indipendente"}
A_SITE_AND_NO_COMUNE = {"andria-passpartu-affido-culturale", "riga-ngo-house"}
OF_THE_FILE = "Scheda già in raccolta: qui solo i campi di approfondimento."
PASSED_ON_NOT_CHANGED = {
    "Trasferimento da Torino di regolamento, patti e Case del Quartiere",
    "Trasferimento nel progetto CO4CITIES insieme ai patti di collaborazione",
}
NAME_OF_AN_ID = {
    "torino-portinerie-comunita (ispirazione dichiarata)": (
        "Portinerie di comunità – Spaccio di cultura, Torino (ispirazione dichiarata)"
    )
}
KIND_OF_A_NAME = {
    "Seconda sede nello stesso Comune (quartiere Libertà)": "seconda-sede",
    "Quartieri Aurora e San Paolo (Torino)": "seconda-sede",
    "Donegal, Portlaoise, Rush, Rathdrum e Sligo (IE, rete nazionale)": "stesso-programma",
    "torino-portinerie-comunita (ispirazione dichiarata)": "ispirazione",
}
"""What the words of a bare name in `replicata_da` allow to say; of any other, nothing."""
SERVICES = {
    "Finanziamento dedicato per Ambito (FNPS o PNRR)": "pnrr-1-1-1",
    "Fondo per affitti, utenze ed équipe": "pnrr-1-3-1",
    "Servizio sociale di Ambito in grado di prendere in carico": "assistenti-sociali",
}
SEVERAL_COMUNI = {
    "Territorio della provincia di Como",
    "Consorzi socio-assistenziali del Cuneese, del Monregalese e delle Valli Grana e Maira",
    "CoeSo – Società della salute di Grosseto",
    "Società della salute senese",
    "Comune di Lucca per la zona Piana di Lucca",
}
"""Adopters of which the Comune given is only the seat."""

Item = dict[str, Any]


@pytest.fixture(scope="session")
def gathered(needs: Callable[[bool, str], None]) -> dict[str, list[Item]]:
    """The four files as they are: a list of items each, and the transfers."""
    needs(JSON.is_dir(), "../shared/data/practices is not here")
    files = {
        name: json.loads((JSON / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)
        for name in ("documented_practices", "festival_2024", "deep_practices", "transfers")
    }
    both = files.pop("transfers")
    return {**files, "practices": both["practices"], "transfers": both["transfers"]}


@pytest.fixture(scope="session")
def tellings(gathered: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """The items of each practice, in the order of the files: one or two."""
    found: dict[str, list[Item]] = {}
    for name in ("documented_practices", "festival_2024", "deep_practices", "practices"):
        for item in gathered[name]:
            found.setdefault(ONE_PRACTICE.get(item["id"], item["id"]), []).append(item)
    return found


@pytest.fixture(scope="session")
def items(gathered: dict[str, list[Item]]) -> dict[str, Item]:
    """The 84 items of the first two files, by id."""
    first = gathered["documented_practices"] + gathered["festival_2024"]
    return {item["id"]: item for item in first}


@pytest.fixture(scope="session")
def transfers(gathered: dict[str, list[Item]]) -> dict[str, Item]:
    """The transfers by the slug of their record."""
    found = {}
    for item in gathered["transfers"]:
        start, end = item["id"].split("__")
        found[f"{ONE_PRACTICE.get(start, start)}-a-{end}"] = item
    assert len(found) == len(gathered["transfers"])
    return found


def read(kind: str) -> dict[str, Graph]:
    return {p.stem: Graph().parse(p) for p in sorted((RECORDS / kind).glob("*.ttl"))}


@pytest.fixture(scope="session")
def graphs() -> dict[str, Graph]:
    """One graph a practice."""
    return read("pratica")


@pytest.fixture(scope="session")
def passages() -> dict[str, Graph]:
    """One graph a replication with a record of its own."""
    return read("replica")


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

    def __init__(self, graph: Graph, me: str) -> None:
        self.left = set(graph)
        self.me = URIRef(ID + me)
        self.card = URIRef(f"{ID}scheda/{me.rsplit('/', 1)[-1]}")

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

    def texts(self, node: URIRef, predicate: URIRef) -> list[str]:
        values = self.all(node, predicate)
        assert all(isinstance(value, Literal) and value.language == "it" for value in values)
        return [str(value) for value in values]

    def text(self, node: URIRef, predicate: URIRef) -> str | None:
        values = self.texts(node, predicate)
        assert len(values) <= 1, (node, predicate, values)
        return values[0] if values else None

    def number(self, node: URIRef, predicate: URIRef, datatype: URIRef) -> Any:
        value = self.one(node, predicate)
        if value is None:
            return None
        assert value.datatype == datatype
        return value.toPython()

    def name(self, node: URIRef, predicate: URIRef, start: str) -> str | None:
        value = self.one(node, predicate)
        assert value is None or str(value).startswith(start), (node, predicate, value)
        return None if value is None else str(value).removeprefix(start)

    def slugs(self, node: URIRef, predicate: URIRef, start: str) -> list[str]:
        values = [str(value) for value in self.all(node, predicate)]
        assert all(value.startswith(start) for value in values)
        return sorted(value.removeprefix(start) for value in values)

    def parts(self, predicate: URIRef, cls: URIRef, segment: str = "") -> list[URIRef]:
        """The parts of one class and path; those of another stay for who asks for them."""
        return self.parts_of(self.me, predicate, cls, segment)

    def parts_of(
        self, parent: URIRef, predicate: URIRef, cls: URIRef, segment: str = ""
    ) -> list[URIRef]:
        nodes = self.all(parent, predicate)
        own = [
            node
            for node in nodes
            if (node, RDF.type, cls) in self.left and f"/{segment}" in str(node)
        ]
        self.left |= {(parent, predicate, node) for node in nodes if node not in own}
        self.left -= {(node, RDF.type, cls) for node in own}
        return own

    def fields(self, node: URIRef, fields: Fields) -> Item:
        """The fields of a part, and the sources that it has of its own."""
        found = filled(fonti=sorted(str(iri) for iri in self.all(node, DCTERMS.source)))
        for name, (predicate, kind) in fields.items():
            if kind is None:
                value: Any = self.text(node, predicate)
            elif kind.startswith(VOC):
                value = self.name(node, predicate, kind)
            else:
                value = self.number(node, predicate, kind)
            found |= filled(**{name: value})
        return found


Fields = dict[str, tuple[URIRef, Any]]
"""Property and datatype of each field of a part: none for a text, a scheme for a concept."""

PARTS: dict[str, tuple[URIRef, URIRef, Fields]] = {
    "componenti": (T.hasComponent, T.Component, {
        "nome": (DCTERMS.title, None), "descrizione": (DCTERMS.description, None),
        "essenziale": (T.core, XSD.boolean), "motivo": (T.reason, None),
    }),
    "fattori_critici": (T.hasCriticalFactor, T.CriticalFactor, {
        "fattore": (DCTERMS.title, None), "motivo": (T.reason, None),
    }),
    "fasi": (T.hasStep, T.Step, {
        "fase": (DCTERMS.title, None), "quando": (T.periodAsSaid, None),
        "durata": (T.durationAsSaid, None),
    }),
    "atti": (T.hasAct, T.Act, {
        "atto": (DCTERMS.title, None), "organo": (T.adoptedByAsSaid, None),
        "anno": (T.year, XSD.integer),
    }),
    "valutazione": (T.hasEvaluation, T.Evaluation, {
        "disegno": (T.evaluationDesign, None), "confronto": (T.evaluationComparison, None),
        "valutatore": (T.evaluator, None), "nota": (T.note, None),
    }),
    "quando_non_funziona": (T.hasFailureCondition, T.FailureCondition, {
        "testo": (DCTERMS.description, None), "base": (T.basisAsSaid, None),
    }),
    "cosa_adattare": (T.hasAdaptationAdvice, T.AdaptationAdvice, {
        "testo": (DCTERMS.description, None), "elemento": (DCTERMS.title, None),
    }),
    "strumenti_di_replica": (T.hasReplicationTool, T.ReplicationTool, {
        "nome": (DCTERMS.title, None),
    }),
    "esperienze_affini": (T.hasRelatedExperience, T.RelatedExperience, {
        "ente": (DCTERMS.title, None), "anno": (T.year, XSD.integer), "nota": (T.note, None),
    }),
    "prerequisiti": (T.hasPrerequisite, T.Prerequisite, {
        "descrizione": (DCTERMS.title, None),
        "tipo": (T.prerequisiteType, VOC + "tipo-prerequisito/"),
        "vincolante": (T.binding, XSD.boolean), "motivo": (T.reason, None),
        "verificabile_con": (T.checkAsSaid, None),
        "servizio": (T.requiresService, VOC + "tipo-servizio/"),
    }),
    "contesto": (T.hasContext, T.Context, {
        "abitanti": (T.residents, XSD.integer), "nota": (T.note, None),
    }),
    "ostacoli": (T.hasObstacle, T.Obstacle, {
        "ostacolo": (DCTERMS.description, None), "superamento": (T.overcomeBy, None),
    }),
}  # fmt: skip
"""The parts of a practice that a reader finds by one property and one class."""
COST: Fields = {
    "voce": (DCTERMS.title, None), "importo_eur": (T.amountEUR, XSD.decimal),
    "importo_max_eur": (T.maximumEUR, XSD.decimal), "unita": (T.refersTo, None),
    "tipo": (T.costType, VOC + "tipo-costo/"), "nota": (T.note, None),
}  # fmt: skip
STAFF: Fields = {
    "profilo": (DCTERMS.description, None), "numero": (T.people, XSD.decimal),
    "ore": (T.hoursAsSaid, None), "nota": (T.note, None),
}  # fmt: skip


def filled(**fields: Any) -> Item:
    """The fields that have a value: an absent one is absent in the JSON too."""
    return {key: value for key, value in fields.items() if value not in (None, [], {})}


QUALIFIERS = {
    "circa": {"circa", "importo approssimato"},
    "oltre": {"oltre", "poco più di"},
    "quasi": {"quasi"},
    "fino-a": {"fino a"},
}


def qualified(qualifier: str | None, *words: str | None) -> None:
    """A qualifier is read where one of its words stands alone, and wherever one does."""
    alone = {part.strip() for text in words if text for part in re.split("[,;:()]", text)}
    told = {name for name, said in QUALIFIERS.items() if alone & said}
    assert told == ({qualifier} if qualifier else set()), words


def rebuild(graph: Graph, slug: str, names: dict[str, str]) -> tuple[Item, set[Any]]:
    """The JSON item that the triples tell, and the triples that tell nothing of it."""
    r = Reader(graph, f"pratica/{slug}")
    me, card = r.me, r.card

    def named(iri: Any) -> str | None:
        return names[str(iri)] if iri is not None else None

    def measure(node: URIRef) -> Item:
        (kind,) = r.all(node, RDF.type)
        note = r.text(node, T.note)
        found = r.fields(node, {"descrizione": (DCTERMS.title, None)}) | filled(
            tipo=KINDS[kind], nota=note
        )
        for part in r.all(node, T.hasMeasurement):
            assert r.all(part, RDF.type) == [T.Measurement]
            unit, said = r.text(part, T.unit), r.text(part, T.unitAsSaid)
            qualifier = r.name(part, T.valueQualifier, VOC + "precisazione-valore/")
            qualified(qualifier, said or unit, note)
            if said:  # the bare unit is read in these words, and nowhere else
                assert said == f"{unit} ({str(qualifier).replace('-', ' ')})"
            found |= filled(
                valore=r.number(part, T.value, XSD.decimal),
                unita=said or unit,
                baseline=r.number(part, T.baselineValue, XSD.decimal),
                baseline_nota=r.text(part, T.baselineAsSaid),
                quando=r.text(part, T.periodAsSaid),
                come_misurato=r.text(part, T.methodAsSaid),
            )
        return found

    def cost(node: URIRef) -> Item:
        found = r.fields(node, COST)
        qualifier = r.name(node, T.valueQualifier, VOC + "precisazione-valore/")
        qualified(qualifier, found.get("unita"), found.get("nota"))
        return found

    def budget(node: URIRef) -> Item:
        found = cost(node)
        return {{"importo_eur": "importo"}.get(key, key): value for key, value in found.items()}

    def replication(node: URIRef) -> tuple[bool, Item]:
        found, is_telling = told_replication(r, node)
        return is_telling, found

    staff = [r.fields(n, STAFF) for n in r.parts(T.hasResource, T.HumanResource)]
    replications = [replication(n) for n in r.parts(T.hasReplication, T.Replication)]
    members = [named(iri) for iri in r.all(me, T.promoterMember)]
    areas = sorted(
        int(str(iri).removeprefix(VOC + "area-tematica/")) for iri in r.all(me, T.thematicArea)
    )
    origin = area_attribution(r)
    edition = r.one(me, T.presentedAt)
    item = filled(
        id=slug,
        titolo=r.text(me, DCTERMS.title),
        altri_titoli=r.texts(me, DCTERMS.alternative),
        realizzatore=filled(
            nome=r.text(me, T.promoterAsSaid),
            comune_istat=named(r.one(me, T.promoterPlace)),
            struttura=r.text(me, T.promoterOffice),
            comuni=sorted(members),
        ),
        luogo=sorted(named(iri) for iri in r.all(me, T.implementedIn)),
        sede=r.text(me, T.siteAsSaid),
        livello_attuazione=r.text(me, T.implementationLevelAsSaid),
        regione=named(r.one(me, T.inRegion)) or r.text(me, T.regionAsSaid),
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
            budget_eur=[budget(n) for n in r.parts(T.hasResource, T.FinancialResource, "risorsa/")],
            fonte_finanziamento=r.text(me, T.fundingAsSaid),
            nota=r.text(me, T.resourceNote),
        ),
        costi=[cost(n) for n in r.parts(T.hasResource, T.FinancialResource, "costo/")],
        personale=staff,
        partner=[r.text(n, DCTERMS.title) for n in r.parts(T.hasPartner, T.Partner)],
        margini_miglioramento=[
            r.text(n, DCTERMS.description) for n in r.parts(T.hasImprovementArea, T.ImprovementArea)
        ],
        replicabilita=r.text(me, T.replicabilityStatement),
        replicata_da=[told for is_telling, told in replications if not is_telling],
        repliche=[told for is_telling, told in replications if is_telling],
        replica_di=r.slugs(me, T.replicaOf, f"{ID}pratica/"),
        ruolo_nella_filiera=r.slugs(me, T.lineageRole, f"{VOC}ruolo-filiera/"),
        integra_id=r.slugs(me, T.deepens, f"{ID}pratica/"),
        correlate=r.slugs(me, T.relatedTo, f"{ID}pratica/"),
        pratiche_documentate_stesso_ente=r.slugs(me, T.sameBodyPractice, f"{ID}pratica/"),
        pagina_web=str(page) if (page := r.one(me, FOAF.page)) else None,
        fonti=sorted(str(iri) for iri in r.all(card, DCTERMS.source)),
        confidenza=r.name(card, T.confidence, VOC + "confidenza/"),
        nota_confidenza=paragraphs(r.text(card, T.confidenceNote)),
        nota=paragraphs(r.text(card, T.editorialNote)),
        **{
            name: [r.fields(n, fields) for n in r.parts(predicate, cls)]
            for name, (predicate, cls, fields) in PARTS.items()
        },
    )
    item["festival"] = filled(
        nota=r.text(card, T.selectionNote),
        link_confermato=r.number(card, T.linkConfirmed, XSD.boolean),
        edizione=str(edition) if edition else None,
    )
    item["festival"]["selezionata"] = r.number(card, T.selectedAtFestival, XSD.boolean)
    return item, r.left


def told_replication(r: Reader, node: URIRef) -> tuple[Item, bool]:
    """A replication inside a practice; the second is false where all that is told is a name."""
    found = r.fields(
        node,
        {
            "ente": (DCTERMS.title, None),
            "anno": (T.startYear, XSD.integer),
            "cosa_cambia": (T.changeAsSaid, None),
            "esito": (T.outcomeAsSaid, None),
            "nota_origine": (T.originNote, None),
            "origine": (T.origin, VOC + "origine/"),
            "genere": (T.replicationKind, VOC + "genere-replica/"),
        },
    )
    return found, "fonti" in found


def paragraphs(text: str | None) -> list[str]:
    return text.split("\n\n") if text else []


def area_attribution(r: Reader) -> Item:
    """Origin and note of the thematic area; it takes its triples."""
    for node in [t[2] for t in r.left if t[:2] == (r.card, T.hasAttribution)]:
        if (node, T.aboutProperty, T.thematicArea) in r.left:
            r.left -= {(r.card, T.hasAttribution, node), (node, RDF.type, T.Attribution)}
            r.left -= {(node, T.aboutProperty, T.thematicArea)}
            origin = str(r.one(node, T.origin)).removeprefix(VOC + "origine/")
            return filled(origine=origin, nota=r.text(node, T.note))
    return {}


def part(given: Item) -> Item:
    """A part as triples can tell it: null is absent, and its sources are a set."""
    given = dict(given)
    sources = {given.pop("fonte", None), *given.pop("altre_fonti", [])} - {None}
    return filled(**given, fonti=sorted(sources))


def renamed(given: Item, **names: str) -> Item:
    return {names.get(key, key): value for key, value in given.items()}


def comparable(item: Item) -> Item:
    """The item in the form that triples can tell; each difference has its reason."""
    item = copy.deepcopy(item)
    item["id"] = ONE_PRACTICE.get(item["id"], item["id"])
    item.pop("stato_scheda", None)  # follows from which fields there are; tiers tell it
    item.pop("scheda_esistente", None)  # says which file the rest of the practice is in
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
    if item["id"] in A_SITE_AND_NO_COMUNE:
        item["sede"] = item.pop("luogo")
    if "luogo" in item:
        italian = item["paese"] == "Italia"
        item["luogo"] = sorted(item["luogo"].split(", ")) if italian else [item["luogo"]]
    for field in ("bisogno", "margini_miglioramento"):
        if field in item:
            item[field] = [item[field]]
    for field in ("contesto", "valutazione"):
        if field in item:
            item[field] = [item[field]]
    if "personale" in item.get("risorse", {}):  # a text, where deep records have a list of roles
        item["personale"] = [{"profilo": item["risorse"].pop("personale")}]
    if "area_tematica" in item:
        item["area_tematica"]["valori"].sort()
    item["prerequisiti"] = [
        {"descrizione": p} if isinstance(p, str) else p for p in item.get("prerequisiti", [])
    ]
    item["personale"] = [
        renamed(p, figura="profilo", quantita="numero") for p in item.get("personale", [])
    ]
    item["quando_non_funziona"] = [
        renamed(p, situazione="testo") for p in item.get("quando_non_funziona", [])
    ]
    item["cosa_adattare"] = [renamed(p, descrizione="testo") for p in item.get("cosa_adattare", [])]
    item["esiti"] = [
        renamed(p, baseline="baseline_nota") if isinstance(p.get("baseline"), str) else p
        for p in item.get("esiti", [])
    ]
    for field in (*PARTS, "esiti", "costi", "personale", "repliche"):
        item[field] = [part(given) for given in item.get(field, [])]
    for condition in item["prerequisiti"]:
        if condition["descrizione"] in SERVICES:
            condition["servizio"] = SERVICES[condition["descrizione"]]
        if "tipo" in condition:
            condition["tipo"] = condition["tipo"].replace(" ", "-")
    for told in item["repliche"]:
        comparable_replication(told)
    item["replicata_da"] = [
        {"ente": NAME_OF_AN_ID.get(name, name), "genere": KIND_OF_A_NAME.get(name, "non-precisata")}
        for name in item.get("replicata_da", [])
    ]
    if item["id"] in RELATED:
        item["correlate"] = RELATED[item["id"]]
    for field in ("replica_di", "integra_id", "pratiche_documentate_stesso_ente"):
        named = {ONE_PRACTICE.get(id_, id_) for id_ in item.get(field, [])}
        item[field] = sorted(named - NO_RECORD)
    item["ruolo_nella_filiera"] = sorted(item.get("ruolo_nella_filiera", []))
    item["fonti"] = sorted(set(item["fonti"]))
    item["confidenza"] = CONFIDENCE[item["confidenza"]]
    item["nota"] = [*filter(None, (item.pop("nota", None), item.pop("nota_redazionale", None)))]
    note = item.pop("nota_confidenza", "").replace(OF_THE_FILE, "").strip()
    item["nota_confidenza"] = [note] if note else []
    return {key: value for key, value in item.items() if value not in (None, [], {})}


def comparable_replication(told: Item) -> None:
    """Kind and origin as the words allow: an adaptation only where a change is declared."""
    if told.get("cosa_cambia") in PASSED_ON_NOT_CHANGED:
        told["nota_origine"] = told.pop("cosa_cambia")
    origin = told.pop("origine")
    if origin.startswith("stesso programma"):
        told["genere"] = "stesso-programma"
    elif origin == "dichiarata" and "cosa_cambia" in told:
        told["genere"] = "adattamento"
    else:
        told["genere"] = "non-precisata"
    told |= filled(origine=ORIGIN.get(origin))


CALLED = {"periodo": "periodo", "confidenza": "confidenza", "regione": "territorio"}
"""Fields with one value whose second telling stands in the editors' note, and their name there."""


def united(first: Item, second: Item) -> Item:
    """Two comparable tellings of one practice as one: all of the first, then what is new."""
    slug = first["id"]
    both = copy.deepcopy(first)
    said = []
    for field in ("periodo", "realizzatore", "area_tematica", "confidenza"):
        mine, theirs = first.get(field), second.get(field)
        if mine is None or theirs in (None, mine):
            continue
        if field == "realizzatore":
            if mine["nome"] != theirs["nome"]:
                said.append(f"promotore «{theirs['nome']}»")
            assert {**mine, "nome": ""} == {**theirs, "nome": ""}
        elif field == "area_tematica":
            said.append(f"area tematica «{', '.join(map(str, theirs['valori']))}»")
        else:
            said.append(f"{CALLED[field]} «{theirs}»")
    for field, theirs in second.items():
        mine = both.get(field)
        if mine is None:
            both[field] = theirs
        elif field == "titolo" and theirs != mine:
            both["altri_titoli"] = [theirs]
        elif field in ("fonti", "ruolo_nella_filiera", "integra_id", "replica_di"):
            both[field] = sorted({*mine, *theirs})
        elif isinstance(mine, list):
            for new in theirs:
                add(mine, new, TOLD_ONCE.get(slug, {}))
        elif field not in ("realizzatore", "area_tematica", *CALLED):
            assert theirs == mine, (slug, field)
    if said:
        note = f"Un'altra raccolta delle fonti dice: {'; '.join(said)}."
        both["nota"] = [*both.get("nota", []), note]
    return both


def add(parts: list[Any], new: Any, once: dict[str, str]) -> None:
    """`new` at the end, or in the part that already tells it, whose empty fields it fills."""
    values = new.values() if isinstance(new, dict) else ()
    texts = [once[text] for text in values if isinstance(text, str) and text in once]
    if not texts:
        if new not in parts:
            parts.append(new)
        return
    (there,) = (p for p in parts if texts[0] in p.values())
    sources = sorted({*there.get("fonti", []), *new.get("fonti", [])})
    there |= {**new, **there} | filled(fonti=sources)


@pytest.fixture(scope="session")
def expected(tellings: dict[str, list[Item]]) -> dict[str, Item]:
    """What each record should tell."""
    found = {}
    for slug, told in tellings.items():
        one, *more = map(comparable, told)
        for second in more:
            one = united(one, second)
        if slug == "scheda-affiancamento-familiare":
            one["fasi"].sort(key=lambda step: STEPS_IN_TIME.index(step["fase"]))
        found[slug] = one
    return found


def rebuild_transfer(graph: Graph, slug: str, names: dict[str, str]) -> tuple[Item, set[Any]]:
    """The transfer that the triples of one record tell, and what is left of them."""
    r = Reader(graph, f"replica/{slug}")
    me = r.me
    changes = [
        r.fields(
            node,
            {
                "elemento": (DCTERMS.title, None),
                "come": (DCTERMS.description, None),
                "motivo": (T.reason, None),
                "base": (T.adaptationBasis, VOC + "base-adattamento/"),
            },
        )
        for node in r.parts(T.hasAdaptation, T.Adaptation)
    ]
    country = r.one(me, T.inCountry)
    found = filled(
        cosa_cambia=changes,
        paese=names[str(country)],
        cosa_mantiene=sorted(r.texts(me, T.keeps)),
        contesto_destinazione=[
            r.fields(n, PARTS["contesto"][2]) for n in r.parts(T.hasContext, T.Context)
        ],
        ostacoli=[r.fields(n, PARTS["ostacoli"][2]) for n in r.parts(T.hasObstacle, T.Obstacle)],
        risorse=[r.fields(n, COST) for n in r.parts(T.hasResource, T.FinancialResource)],
        to_practice_id=r.name(me, T.yields, f"{ID}pratica/"),
        **{"from": r.name(me, T.replicates, f"{ID}pratica/")},
        **r.fields(
            me,
            {
                "to_ente": (DCTERMS.title, None),
                "to_comune": (T.placeAsSaid, None),
                "anno_inizio": (T.startYear, XSD.integer),
                "stato": (T.replicationStatus, VOC + "stato-replica/"),
                "programma": (T.programmeAsSaid, None),
                "esito": (T.outcomeAsSaid, None),
                "origine": (T.origin, VOC + "origine/"),
                "genere": (T.replicationKind, VOC + "genere-replica/"),
                "nota": (T.note, None),
            },
        ),
    )
    return found, r.left


def comparable_transfer(item: Item) -> Item:
    item = copy.deepcopy(item)
    start, _ = item.pop("id").split("__")
    assert item["from"] == start
    item["from"] = ONE_PRACTICE.get(start, start)
    item["fonti"] = sorted(set(item["fonti"]))
    item["cosa_mantiene"] = sorted(item.get("cosa_mantiene", []))  # a set of texts
    for field in ("contesto_destinazione", "risorse"):
        item[field] = [item[field]] if field in item else []
    item["ostacoli"] = [part(o) for o in item.get("ostacoli", [])]
    changes = item.get("cosa_cambia", [])
    origin = item.pop("origine")
    if origin == "stesso programma":
        item["genere"] = "stesso-programma"
    elif origin == "dichiarata" and "dichiarata" in {c["base"] for c in changes}:
        item["genere"] = "adattamento"
    else:
        item["genere"] = "non-precisata"
    return filled(**item, origine=ORIGIN.get(origin))


def numbers(item: Item) -> Item:
    """The same with numbers as decimals, for comparison."""
    if isinstance(item, dict):
        return {key: numbers(value) for key, value in item.items()}
    if isinstance(item, list):
        return [numbers(value) for value in item]
    is_number = isinstance(item, int | Decimal) and not isinstance(item, bool)
    return Decimal(item) if is_number else item


DERIVED = {
    T.needCategory, T.targetGroup, T.interventionType, T.fundingSource, T.obstacleType, T.actType
}  # fmt: skip
"""Concepts recognised in the words by a rule: each needs its attribution."""


OURS = {
    RDF.type,  # of the practice, its record and attributions
    FOAF.isPrimaryTopicOf,
    FOAF.primaryTopic,
    T.editorialStatus,  # of the catalogue, not of the source
    T.promotedBy,  # the body behind the name: see the test of it
    T.replicates,
    T.adoptedIn,  # of the words of a replication: see the tests of it
    T.adoptedBy,
    T.yields,
    T.detailedIn,  # the replications told twice: see the test of it
    T.bodyNamed,  # the Ambito whose name the partner has
    T.hasAttribution,
    T.aboutProperty,
    T.origin,
    T.note,
    *DERIVED,
}
"""Properties of a practice's record that the catalogue adds to what the items say."""


def test_there_is_a_record_for_each_item_and_no_other(
    gathered: dict[str, list[Item]],
    tellings: dict[str, list[Item]],
    transfers: dict[str, Item],
    graphs: dict[str, Graph],
    passages: dict[str, Graph],
) -> None:
    assert {name: len(found) for name, found in gathered.items()} == {
        "documented_practices": 64,
        "festival_2024": 20,
        "deep_practices": 11,
        "practices": 37,
        "transfers": 142,
    }
    assert set(graphs) == set(tellings)
    assert len(graphs) == 64 + 20 + 11 + 31 - 2 == 124
    assert sum(len(told) == 2 for told in tellings.values()) == 6 + 2
    assert set(passages) == set(transfers)


def test_each_record_tells_its_items_whole_and_nothing_else(
    expected: dict[str, Item], graphs: dict[str, Graph], names: dict[str, str]
) -> None:
    for slug, item in expected.items():
        told, left = rebuild(graphs[slug], slug, names)
        assert numbers(told) == numbers(item), slug
        assert {t[1] for t in left} <= OURS, slug
        ours = f"{ID}scheda/{slug}/attribuzione/"
        assert all(str(t[0]).startswith(ours) for t in left if t[1] in (T.note, T.origin))


def test_each_transfer_tells_its_item_whole_and_nothing_else(
    transfers: dict[str, Item], passages: dict[str, Graph], names: dict[str, str]
) -> None:
    for slug, item in transfers.items():
        told, left = rebuild_transfer(passages[slug], slug, names)
        assert numbers(told) == numbers(comparable_transfer(item)), slug
        assert {t[1] for t in left} <= {RDF.type, T.adoptedIn, T.adoptedBy, T.adaptsComponent}, slug
        assert [t for t in left if t[1] == RDF.type] == [
            (URIRef(f"{ID}replica/{slug}"), RDF.type, T.Replication)
        ]


def test_a_fault_in_any_property_is_noticed(
    expected: dict[str, Item], graphs: dict[str, Graph], names: dict[str, str]
) -> None:
    """Of each property the items rest on, one triple dropped, and one changed, from a record."""
    tried = set()
    for slug, graph in graphs.items():
        for triple in sorted(graph):
            node, predicate, value = triple
            if predicate in tried or predicate in OURS:
                continue
            tried.add(predicate)
            other = (
                Literal("7", datatype=value.datatype)
                if (isinstance(value, Literal) and value.datatype)
                else Literal(f"{value} x", lang="it")
                if isinstance(value, Literal)
                else URIRef(f"{value}-x")
            )
            for put in ([], [(node, predicate, other)]):
                faulty = Graph()
                for kept in graph:
                    if kept != triple:
                        faulty.add(kept)
                for added in put:
                    faulty.add(added)
                try:
                    told, left = rebuild(faulty, slug, names)
                except (AssertionError, KeyError, ValueError):
                    continue
                assert (
                    numbers(told) != numbers(expected[slug]) or not {t[1] for t in left} <= OURS
                ), (slug, triple, put)
    assert len(tried) > 60


def test_a_transfer_is_placed_only_where_one_place_is_meant(
    transfers: dict[str, Item], passages: dict[str, Graph], names: dict[str, str]
) -> None:
    for slug, item in transfers.items():
        place = next(passages[slug].objects(None, T.adoptedIn), None)
        if item["to_ente"] in SEVERAL_COMUNI or "to_comune" not in item:
            assert place is None, slug
        else:
            assert names[str(place)] == item["to_comune"], slug
            assert str(place).rsplit("/", 1)[-1].isdigit() == (item["paese"] == "Italia"), slug
        for body in passages[slug].objects(None, T.adoptedBy):
            assert item["to_ente"] in {
                f"{said} {item['to_comune']}" for said in ("Comune di", "Città di")
            }
            assert item["to_comune"] in names[str(body)], slug


def test_a_change_is_of_a_component_only_where_both_have_one_name(
    passages: dict[str, Graph], graphs: dict[str, Graph]
) -> None:
    linked = 0
    for slug, passage in passages.items():
        (start,) = passage.objects(None, T.replicates)
        origin = graphs[str(start).rsplit("/", 1)[-1]]
        titles = {
            str(origin.value(node, DCTERMS.title)).casefold(): node
            for node in origin.subjects(RDF.type, T.Component)
        }
        for node in passage.subjects(RDF.type, T.Adaptation):
            named = str(passage.value(node, DCTERMS.title)).casefold()
            assert passage.value(node, T.adaptsComponent) == titles.get(named), slug
            linked += named in titles
    assert linked == 8


def test_what_is_told_twice_is_linked_and_nothing_else(
    transfers: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    """A replication told in a practice names every transfer to the same place, by its words."""
    wider = {
        "scheda-patti-collaborazione": {"bologna-regolamento-beni-comuni", "torino-co-city"},
        "scheda-case-del-quartiere": {"torino-co-city"},
        "udine-playful-paradigm": {"cork-lets-play"},
    }
    linked = 0
    for slug, graph in graphs.items():
        for node in graph.subjects(RDF.type, T.Replication):
            said = str(graph.value(node, DCTERMS.title))
            told = {
                str(iri).removeprefix(f"{ID}replica/") for iri in graph.objects(node, T.detailedIn)
            }
            starts = {slug, *wider.get(slug, ())}
            meant = {
                other
                for other, item in transfers.items()
                if ONE_PRACTICE.get(item["from"], item["from"]) in starts
                and re.search(rf"\b{re.escape(item.get('to_comune', '?'))}\b", said)
            }
            assert told == meant, (slug, said)
            linked += len(told)
    assert linked == 27


def test_the_numbers_are_those_of_the_json_and_no_other(
    expected: dict[str, Item],
    transfers: dict[str, Item],
    graphs: dict[str, Graph],
    passages: dict[str, Graph],
) -> None:
    """Every number of the files is in the triples once, and none beside them.

    Left out: thematic areas and the edition, which are names.
    """

    def numbers_of(value: Any) -> list[Decimal]:
        if isinstance(value, dict):
            own = {k: v for k, v in value.items() if k not in ("valori", "edizione")}
            return [n for v in own.values() for n in numbers_of(v)]
        if isinstance(value, list):
            return [n for v in value for n in numbers_of(v)]
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return [Decimal(value)] if is_number else []

    for given, told in ((expected, graphs), (transfers, passages)):
        in_triples = Counter(
            Decimal(str(o))
            for graph in told.values()
            for o in graph.objects()
            if isinstance(o, Literal) and o.datatype in (XSD.decimal, XSD.integer)
        )
        assert in_triples == Counter(numbers_of(list(given.values())))


def test_only_a_measured_change_is_an_outcome(
    expected: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    given = Counter(e["tipo"] for i in expected.values() for e in i.get("esiti", []))
    told = Counter(
        KINDS[o] for g in graphs.values() for o in g.objects(None, RDF.type) if o in KINDS
    )
    assert told == given
    assert given == {
        "realizzazione": 121,
        "contesto": 9,
        "previsione": 10,
        "esito": 21,
        "capienza": 2,
        "esito_qualitativo": 4,
        "stima": 2,
    }


def test_the_area_is_always_an_inference(graphs: dict[str, Graph]) -> None:
    with_area = 0
    for graph in graphs.values():
        if (None, T.thematicArea, None) in graph:
            with_area += 1
            (node,) = graph.subjects(T.aboutProperty, T.thematicArea)
            assert (node, T.origin, URIRef(VOC + "origine/inferita")) in graph
    assert with_area == 64 + 11 + 29


def test_every_inferred_property_is_attributed_and_no_absent_one(
    graphs: dict[str, Graph],
) -> None:
    for slug, graph in graphs.items():
        every = {*DERIVED, T.thematicArea, T.requiresService}
        inferred = {p for p in every if (None, p, None) in graph}
        told = list(graph.objects(None, T.aboutProperty))
        assert sorted(told) == sorted(inferred), slug
        for node in graph.subjects(RDF.type, T.Attribution):
            assert list(graph.objects(node, T.origin)) == [URIRef(VOC + "origine/inferita")]


def test_a_baseline_is_a_number_only_where_it_is_given_as_one(
    expected: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    given = [e for item in expected.values() for e in item.get("esiti", [])]
    numbers_told = [o for g in graphs.values() for o in g.objects(None, T.baselineValue)]
    texts = [o for g in graphs.values() for o in g.objects(None, T.baselineAsSaid)]
    assert len(numbers_told) == sum("baseline" in e for e in given) == 19
    assert len(texts) == sum("baseline_nota" in e for e in given)
    assert all(text.language == "it" for text in texts)


def test_no_date_is_invented(graphs: dict[str, Graph], passages: dict[str, Graph]) -> None:
    read = [*graphs.values(), *passages.values()]
    datatypes = {o.datatype for g in read for o in g.objects() if isinstance(o, Literal)}
    assert datatypes <= {None, XSD.decimal, XSD.integer, XSD.boolean}


def test_only_the_twenty_bodies_of_the_festival_are_selected(
    expected: dict[str, Item], graphs: dict[str, Graph]
) -> None:
    given = {slug: item["festival"]["selezionata"] for slug, item in expected.items()}
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
    tellings: dict[str, list[Item]],
    graphs: dict[str, Graph],
    names: dict[str, str],
    classes: dict[str, set[str]],
) -> None:
    kinds = {
        "Comune": T.Municipality,
        "ATS": T.SocialDistrict,
        "ETS": T.ThirdSectorOrganization,
        "Regione": T.RegionalGovernment,
        "Provincia": T.ProvincialGovernment,
        "Comune estero": T.ForeignPublicBody,
        "Unione estera": T.ForeignPublicBody,
        "Impresa sociale": T.SocialEnterprise,
        "ETS con Comune": T.Partnership,
        "ETS con ente locale": T.Partnership,
        "Servizio sanitario con ETS": T.Partnership,
        "Programma nazionale": T.Partnership,
    }
    for slug, (item, *_) in tellings.items():
        (body,) = graphs[slug].objects(None, T.promotedBy)
        who = item["realizzatore"]
        kind = kinds[who["tipo"]]
        if who["tipo"] == "ATS" and item["regione"] == "varie":
            kind = T.Partnership  # the Ambiti of a national programme, and no one of them
        assert str(kind) in classes[str(body)], slug
        if kind in (T.Municipality, T.SocialDistrict):
            assert who["comune_istat"] in names[str(body)], (slug, names[str(body)])
        elif kind == T.RegionalGovernment:
            assert names[str(body)] == f"Regione {item['regione']}"
        else:
            assert names[str(body)] == who["nome"]


def test_what_replicates_is_told_apart_only_as_far_as_the_words_go(
    graphs: dict[str, Graph], names: dict[str, str]
) -> None:
    """Of the 18 bare names, and of the 50 that deep records tell with an origin."""
    told = Counter(
        str(kind).rsplit("/", 1)[-1]
        for graph in graphs.values()
        for kind in graph.objects(None, T.replicationKind)
    )
    of_the_deep = {"stesso-programma": 21, "adattamento": 12, "non-precisata": 17}
    bare = {"seconda-sede": 2, "ispirazione": 1, "stesso-programma": 1, "non-precisata": 14}
    assert told == Counter(bare) + Counter(of_the_deep)
    for slug, graph in graphs.items():
        for node in graph.subjects(T.adoptedIn, None):
            said = str(graph.value(node, DCTERMS.title))
            place = str(graph.value(node, T.adoptedIn))
            assert place.rsplit("/", 1)[-1].isdigit(), (slug, said, place)
            assert names[place] in said, (slug, said, place)
        for node in graph.subjects(T.adoptedBy, None):
            said = str(graph.value(node, DCTERMS.title))
            for body in graph.objects(node, T.adoptedBy):
                named = re.fullmatch(r"(?:Comune di|Città di|ATS) ([^,;/()-]+)(?:-.*)?", said)
                assert named, (slug, said)
                assert named[1] in names[str(body)], (slug, said)


@pytest.mark.parametrize("kind", ["ente", "luogo"])
def test_every_body_and_place_with_a_record_is_named_by_another(kind: str) -> None:
    """So a body that no longer promotes anything does not stay behind."""
    named: dict[str, set[Path]] = {}
    for path in RECORDS.rglob("*.ttl"):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(ID + kind):
                named.setdefault(quad.object.value, set()).add(path)
    for path in (RECORDS / kind).glob("*.ttl"):
        assert named.get(f"{ID}{kind}/{path.stem}", set()) - {path}, path.name
