"""The controlled vocabularies: complete, well linked, of the right size, and right when they read.

What each file must look like is tested with the ontology (tests/unit/catalogue/test_ontology.py);
here is what holds between concepts, and what the recogniser finds in texts judged by hand.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import SKOS

from talea_catalogue import namespaces as ns
from talea_catalogue.text import fold, slugify
from talea_catalogue.vocabulary import Recogniser, Vocabulary

FOLDER = Path(__file__).resolve().parents[2] / "ontology" / "vocabularies"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

OF_PLACES = {
    "area-interna",
    "base-appartenenza",
    "grado-urbanizzazione",
    "grandezza",
    "natura-prova",
    "presenza-servizio",
    "stadio-servizio",
    "tipo-servizio",
    "zona-altimetrica",
}
"""Schemes of places: their classes, measures and services. All the others describe practices."""

NOTATIONS = {
    "area-tematica": "1 1a 1b 2 3 4",
    "base-adattamento": "dichiarata confronto",
    "confidenza": "alta media bassa",
    "forma-ambito": "convenzione consorzio unione azienda-speciale comune-singolo",
    "genere-replica": "replica adattamento seconda-sede ispirazione stesso-programma non-precisata",
    "grandezza": "residenti residenti-0-14 residenti-0-17 residenti-65 residenti-80",
    "livello-evidenza": "0 1 2 3 4 5",
    "motivo-adattamento": "organizzativo normativo demografico economico culturale",
    "origine": "dichiarata documentata inferita",
    "ruolo-filiera": "origine destinazione",
    "stato-proposta": "presentata accolta accolta-in-parte non-accolta",
    "stato-replica": "interesse progettata avviata conclusa interrotta",
    "superamento": "superato in-parte aperto",
    "tipo-costo": "avvio esercizio",
    "tipo-prerequisito": "fondo atto accordo competenza rete infrastruttura sistema-informativo "
    "massa-critica organizzativo amministrativo relazionale normativo professionale informativo "
    "politico economico",
    "tipo-risorsa": "finanziaria umana strumentale",
    "verdetto": "soddisfatto gestibile critico mancante non-giudicato",
}
"""Schemes whose concepts are all fixed by the design or by the words of the data."""

OBSTACLES = {
    "Circa trenta famiglie idonee in attesa": "domanda",
    "faticano a ottenere un contratto di affitto": "",
    "Ritardi pluriennali e vandalismi ripetuti sull'immobile": "spazi",
    "una parte della platea si è spostata": "",
    "Divari organizzativi tra Ambiti": "",
    "Lavoro: persone oltre i 55 anni": "",
    "Integrazione sanitaria debole": "coordinamento",
    "Assenza di un fondo nazionale": "risorse",
    "Assicurazione dei cittadini attivi": "normativa",
    "Oneri assicurativi a carico dell'ente": "normativa",
    "Immobile non in regola": "spazi",
    "Richieste superiori alle donazioni": "",
    "Sostenibilità economica": "risorse",
    "Il welfare era visto come cosa per i soli poveri": "",
    "Tempi lunghi tra candidatura e avvio": "procedure",
    "Domanda superiore alle attese": "",
    "Diffidenza iniziale delle famiglie verso la procedura": "adesione-utenza",
    "Paralisi in alcuni Ambiti": "",
    "Contestazione davanti al TAR": "normativa",
    "Domande senza i requisiti": "",
    "Rischio di uso opportunistico": "",
    "Sei mesi senza pagamenti": "",
    "Forti criticità nelle procedure": "procedure",
    "Le scuole, salvo qualche caso, non sono intervenute": "",
    "Lavori nella cripta previsti fino al 2024": "spazi",
    "Gli interessi particolari prevalgono": "",
    "lo spazio principale era usato al 40%": "",
}
"""Every obstacle gathered so far, shortened, with the types that its words alone support."""

ACTS = {
    "Linee di indirizzo nazionali": "linee-indirizzo",
    "Inserimento tra i LEPS prioritari (legge 234/2021)": "legge",
    "Protocollo di intesa regionale (DGR 1216": "delibera-giunta protocollo-intesa",
    "Schema di convenzione Regione-Ambiti": "convenzione",
    "governo del progetto e referenti (deliberazione 12": "delibera",
    "Istruttoria pubblica per co-progettazione": "",
    "Affidamento della regia dei servizi": "",
    "Protocollo d'intesa Comune-Caritas": "protocollo-intesa",
    "Delibera consiliare 172 del 19.5.2014, regolamento": "delibera-consiglio regolamento",
    "Regolamento unico": "regolamento",
    "Regolamento 391": "regolamento",
    "Patto di collaborazione per un parco, in base alla delibera consiliare 144": "patto",
    "Delibera che assimila l'affido": "delibera",
    "Inserimento nel Regolamento affidi": "regolamento",
    "Linee nazionali di indirizzo": "linee-indirizzo",
    "Regolazione regionale dell'affido": "",
    "Comodato gratuito triennale": "",
    "Convenzione biennale": "convenzione",
    "Protocollo d'intesa regionale": "protocollo-intesa",
    "Linee guida per accesso e uso": "linee-indirizzo",
    "Costituzione della Fondazione Cascina Roccafranca e statuto (delibera 33": "delibera",
    "Variazione dello statuto": "",
    "Protocollo Città-Rete delle Case": "protocollo-intesa",
    "Manifesto delle Case": "",
    "Avviso di co-progettazione": "avviso",
    "Avviso per manifestazione di interesse": "avviso",
    "Scheda tecnica LEPS": "",
    "Richiesta di adesione": "",
    "Progetto sovrazonale": "",
    "Linee guida per l'attivazione": "linee-indirizzo",
    "Avviso per il catalogo": "avviso",
    "Disciplinare di attuazione": "",
    "Nuovo catalogo": "",
    "Avviso pubblico": "avviso",
    "DGR 1709/2016, piano": "delibera-giunta",
    "DGR 1665/2016, schema di convenzione": "convenzione delibera-giunta",
    "DGR 2371": "delibera-giunta",
    "A.D. 307 del 6.3.2025, avviso 2025": "avviso",
    "Legge regionale 3": "legge-regionale",
    "Regolamento regionale 8": "regolamento",
}
"""Every act gathered so far, shortened, with the types that its words alone support."""

BARE_WORDS = (
    "personale",
    "risorse",
    "procedura",
    "norma",
    "coordinamento",
    "tecnologia",
    "tempi",
    "utenza",
    "Il personale è formato e le risorse ci sono",
    "La procedura è nuova",
    "Spazio aperto a tutti",
)
"""Words near an obstacle that are not one: nothing may be found in them."""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load(FOLDER)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """All the schemes in one graph."""
    graph = Graph()
    for path in FOLDER.glob("*.ttl"):
        graph.parse(path)
    return graph


def scheme_of(concept: object) -> str:
    return str(concept).removeprefix(ns.VOC).partition("/")[0]


def recogniser(vocabulary: Vocabulary, scheme: str) -> Callable[[str], str]:
    """What a scheme finds in a text: notations in order, with a space between."""
    found = Recogniser(concept for concept, _ in vocabulary.schemes[scheme].concepts)
    return lambda text: " ".join(ns.local(iri) for iri in found.find(text))


def test_the_schemes_of_practices_have_150_to_250_concepts(vocabulary: Vocabulary) -> None:
    """Besides the 80 finer ones and the topics beyond the catalogue, of the search (0015)."""
    sought = ("bisogno", "target", "tipo-intervento")
    counts = Counter(c.scheme for c in vocabulary.concepts.values())
    finer = 80
    practices = sum(n for scheme, n in counts.items() if scheme not in OF_PLACES)
    assert 150 <= practices - counts["altro-tema"] - finer <= 250
    assert sum(counts[scheme] for scheme in sought) >= finer


@pytest.mark.parametrize("slug", NOTATIONS)
def test_the_concepts_fixed_by_the_design_are_all_there(vocabulary: Vocabulary, slug: str) -> None:
    found = sorted(concept.notation for concept, _ in vocabulary.schemes[slug].concepts)
    assert found == sorted(NOTATIONS[slug].split())


def test_the_criteria_are_14_computed_and_12_asked(vocabulary: Vocabulary) -> None:
    above = {
        c.notation: ns.local(c.broader or "") for c, _ in vocabulary.schemes["criterio"].concepts
    }
    asked = {f"a{number}": "autovalutazione" for number in range(1, 13)}
    computed = {f"c{number}": "confronto" for number in range(1, 15)}
    assert above == {"confronto": "", "autovalutazione": ""} | asked | computed


def test_the_evidence_ladder_is_in_order(vocabulary: Vocabulary) -> None:
    labels = [c.label_it for c, _ in vocabulary.schemes["livello-evidenza"].concepts]
    assert labels == [
        "Raccontata",
        "Argomentata",
        "Osservata",
        "Confrontata",
        "Ripetuta",
        "Diffusa",
    ]


def test_every_scheme_and_concept_is_told_in_both_languages(vocabulary: Vocabulary) -> None:
    for scheme in vocabulary.schemes.values():
        assert all((scheme.title_it, scheme.title_en)), scheme.slug
        assert all((scheme.description_it, scheme.description_en)), scheme.slug
    for concept in vocabulary.concepts.values():
        told = (concept.label_it, concept.label_en, concept.definition_it, concept.definition_en)
        assert all(told), concept.iri
        assert concept.source, concept.iri
        assert concept.definition_it.endswith((".", "?")), concept.iri
        assert concept.definition_en.endswith((".", "?")), concept.iri
        assert concept.definition_it != concept.definition_en, concept.iri


@pytest.mark.parametrize("lang", ["it", "en"])
def test_no_two_concepts_of_a_scheme_have_one_label(vocabulary: Vocabulary, lang: Any) -> None:
    for scheme in vocabulary.schemes.values():
        labels = Counter(fold(concept.label(lang)) for concept, _ in scheme.concepts)
        assert labels.most_common(1)[0][1] == 1, (scheme.slug, labels.most_common(1))


def test_every_label_has_a_word_and_leads_to_one_concept(vocabulary: Vocabulary) -> None:
    """An empty label would be found everywhere; one of two concepts would be found by chance."""
    for scheme in vocabulary.schemes.values():
        owner: dict[str, str] = {}
        for concept, _ in scheme.concepts:
            for label in (concept.label_it, *concept.alt_labels, *concept.hidden_labels):
                words = " ".join(re.findall(r"\w+", fold(label)))
                assert words, (concept.iri, label)
                assert owner.setdefault(words, concept.iri) == concept.iri, (concept.iri, label)


def test_broader_stays_in_its_scheme_and_never_turns_in_circles(graph: Graph) -> None:
    for low, high in graph.subject_objects(SKOS.broader):
        assert scheme_of(low) == scheme_of(high)
        assert low not in set(graph.transitive_objects(high, SKOS.broader)), low


def test_related_holds_both_ways_and_not_along_the_tree(graph: Graph) -> None:
    pairs = list(graph.subject_objects(SKOS.related))
    assert len(pairs) > 40
    for one, other in pairs:
        assert one != other
        assert scheme_of(one) == scheme_of(other)
        assert (other, SKOS.related, one) in graph, (one, other)
        assert other not in set(graph.transitive_objects(one, SKOS.broader)), (one, other)


def test_links_between_schemes_hold_both_ways(graph: Graph, vocabulary: Vocabulary) -> None:
    pairs = list(graph.subject_objects(SKOS.relatedMatch))
    assert pairs
    for one, other in pairs:
        assert scheme_of(one) != scheme_of(other)
        assert str(other) in vocabulary.concepts
        assert (other, SKOS.relatedMatch, one) in graph, (one, other)


def test_every_close_match_exists_where_it_points(
    graph: Graph, needs: Callable[[bool, str], None]
) -> None:
    folder = SHARED / "ontologies" / "vocabularies"
    needs(folder.is_dir(), "../shared/data/ontologies is not here")
    targets = {o for o in graph.objects(None, SKOS.closeMatch) if isinstance(o, URIRef)}
    assert targets
    theirs = Graph().parse(folder / "legal-status.ttl")
    assert all((target, SKOS.prefLabel, None) in theirs for target in targets)


@pytest.mark.parametrize("text", OBSTACLES)
def test_obstacles_are_recognised_only_where_the_words_say_it(
    vocabulary: Vocabulary, text: str
) -> None:
    assert recogniser(vocabulary, "tipo-ostacolo")(text) == OBSTACLES[text]


@pytest.mark.parametrize("text", ACTS)
def test_acts_are_recognised_only_where_the_words_say_it(vocabulary: Vocabulary, text: str) -> None:
    assert recogniser(vocabulary, "tipo-atto")(text) == ACTS[text]


@pytest.mark.parametrize("text", BARE_WORDS)
def test_a_word_alone_is_not_an_obstacle(vocabulary: Vocabulary, text: str) -> None:
    assert recogniser(vocabulary, "tipo-ostacolo")(text) == ""


def gathered(needs: Callable[[bool, str], None]) -> list[dict[str, Any]]:
    """Every practice and every transfer of the facts given."""
    folder = SHARED / "practices"
    needs(folder.is_dir(), "../shared/data/practices is not here")
    documented = json.loads((folder / "documented_practices.json").read_text("utf-8"))
    deep = json.loads((folder / "deep_practices.json").read_text("utf-8"))
    transfers = json.loads((folder / "transfers.json").read_text("utf-8"))
    return [*documented, *deep, *transfers["practices"], *transfers["transfers"]]


def parts(items: list[dict[str, Any]], field: str, key: str) -> Iterator[str]:
    """The values of `key` in the parts listed under `field`, where they are not empty."""
    for item in items:
        for part in item.get(field) or []:
            if isinstance(part, dict) and part.get(key):
                yield part[key]


@pytest.mark.parametrize(
    ("field", "key", "scheme", "judged"),
    [
        ("ostacoli", "ostacolo", "tipo-ostacolo", OBSTACLES),
        ("atti", "atto", "tipo-atto", ACTS),
    ],
)
def test_every_text_given_was_judged_and_is_read_so(
    vocabulary: Vocabulary,
    needs: Callable[[bool, str], None],
    field: str,
    key: str,
    scheme: str,
    judged: dict[str, str],
) -> None:
    texts = list(parts(gathered(needs), field, key))
    assert len(texts) >= len(judged)
    find = recogniser(vocabulary, scheme)
    for text in texts:
        expected = {judged[start] for start in judged if start in text}
        assert expected == {find(text)}, text


@pytest.mark.parametrize(
    ("field", "key", "scheme"),
    [
        ("prerequisiti", "tipo", "tipo-prerequisito"),
        ("costi", "tipo", "tipo-costo"),
        ("cosa_cambia", "base", "base-adattamento"),
    ],
)
def test_every_word_of_the_data_has_its_concept(
    vocabulary: Vocabulary,
    needs: Callable[[bool, str], None],
    field: str,
    key: str,
    scheme: str,
) -> None:
    words = {slugify(word) for word in parts(gathered(needs), field, key)}
    assert words
    assert words <= {concept.notation for concept, _ in vocabulary.schemes[scheme].concepts}


def test_every_status_and_role_of_the_data_has_its_concept(
    vocabulary: Vocabulary, needs: Callable[[bool, str], None]
) -> None:
    items = gathered(needs)
    used = {ns.concept("stato-replica", item["stato"]) for item in items if item.get("stato")}
    used |= {
        ns.concept("ruolo-filiera", role)
        for item in items
        for role in item.get("ruolo_nella_filiera", [])
    }
    assert used
    assert used <= set(vocabulary.concepts)
