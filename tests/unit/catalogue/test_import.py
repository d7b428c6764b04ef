"""`talea import`: good items enter whole, bad ones are named by id and field, and twice is once."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from talea_catalogue import mapping, model, records
from talea_catalogue import namespaces as ns
from talea_catalogue.errors import ImportFileError
from talea_catalogue.gazetteer import Gazetteer
from talea_catalogue.intake import ImportReport, import_json
from talea_catalogue.intake.convert import Converter, FieldError
from talea_catalogue.intake.items import Item, TransferItem
from talea_catalogue.sources import Sources
from talea_catalogue.validate import validate
from talea_catalogue.vocabulary import Vocabulary

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "practices"
SCRIPT = Path(__file__).resolve().parents[3] / "catalogue" / "make_records.py"

GOOD: dict[str, Any] = {
    "id": "trani-orti",
    "titolo": "Orti sociali",
    "realizzatore": {"nome": "Comune di Trani", "tipo": "Comune", "comune_istat": "Trani"},
    "bisogno": "Solitudine degli anziani",
    "azioni": ["Orti condivisi"],
    "esiti": [{"descrizione": "Orti", "tipo": "realizzazione", "valore": 12, "unita": "orti"}],
    "fonti": ["https://example.org/orti"],
    "confidenza": "high",
    "regione": "Puglia",
    "paese": "Italia",
    "festival": {"selezionata": False},
}
ABROAD = {"regione": "Norte", "paese": "Portogallo"}


def item(**changes: Any) -> dict[str, Any]:
    """The good item with some fields changed; a field set to `...` is left out."""
    return {k: v for k, v in {**GOOD, **changes}.items() if v is not ...}


def promoter(**changes: Any) -> dict[str, Any]:
    return {"realizzatore": {**GOOD["realizzatore"], **changes}}


@pytest.fixture
def run(tmp_path: Path, sources: Sources) -> Callable[[Any], ImportReport]:
    """Import a list of items (or the bytes of a file) into the home `tmp_path`."""

    def call(content: Any) -> ImportReport:
        path = tmp_path / "in.json"
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)
        return import_json(path, sources, tmp_path)

    return call


def entered(home: Path) -> list[str]:
    return sorted(path.stem for path in (home / "records" / "pratica").glob("*"))


# --- The shipped files ---


@pytest.fixture(scope="module")
def script(needs: Callable[[bool, str], None]) -> Any:
    """The maintainer's script that makes the shipped records."""
    needs(SHARED.is_dir(), "../shared/data/practices is not here")
    spec = importlib.util.spec_from_file_location("make_records", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["pratica", "replica", "luogo"])
def test_the_gathered_files_give_exactly_the_shipped_records(
    script: Any, tmp_path_factory: pytest.TempPathFactory, sources: Sources, kind: str
) -> None:
    layer = script.make(SHARED, tmp_path_factory.mktemp("made"))
    made = {path.name: path.read_bytes() for path in (layer / kind).iterdir()}
    assert made == {p.name: p.read_bytes() for p in (sources.records / kind).iterdir()}


def test_importing_what_is_shipped_writes_nothing(
    script: Any, tmp_path: Path, sources: Sources
) -> None:
    path = tmp_path / "gathered.json"
    path.write_text(json.dumps(script.edited(SHARED)), encoding="utf-8")
    report = import_json(path, sources, tmp_path / "home", script.SAME_PARTS)
    assert (report.entered, report.problems) == ([], [])
    assert len(report.unchanged) == 124 + 142
    assert not list(tmp_path.rglob("*.ttl"))


# --- One item ---


def test_a_good_item_enters_and_is_valid(
    run: Callable[[Any], ImportReport], tmp_path: Path, sources: Sources
) -> None:
    assert run([GOOD]).entered == ["trani-orti"]
    assert validate(sources, tmp_path).conforms
    first = (tmp_path / "records/pratica/trani-orti.ttl").read_bytes()
    assert run([GOOD]).unchanged == ["trani-orti"]
    assert (tmp_path / "records/pratica/trani-orti.ttl").read_bytes() == first


def test_a_byte_order_mark_is_no_fault(run: Callable[[Any], ImportReport]) -> None:
    assert run(b"\xef\xbb\xbf" + json.dumps([GOOD]).encode()).entered == ["trani-orti"]


LONG = "à" * 20_001
DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]

BAD: dict[str, tuple[Any, str, str]] = {
    "wrong type": (item(titolo=7), "titolo", "deve essere un testo"),
    "unknown field": (item(colore="rosso"), "colore", "campo sconosciuto"),
    "unknown field within": (item(**promoter(pec="x")), "realizzatore.pec", "campo sconosciuto"),
    "missing sources": (item(fonti=...), "fonti", "campo obbligatorio mancante"),
    "no source": (item(fonti=[]), "fonti", "l'elenco è vuoto"),
    "javascript source": (item(fonti=["javascript:alert(1)"]), "fonti[0]", "non è un indirizzo"),
    "upper-case scheme": (item(fonti=["HTTPS://a.it"]), "fonti[0]", "non è un indirizzo"),
    "source without host": (item(fonti=["https:///x"]), "fonti[0]", "non è un indirizzo"),
    "source with a bracket": (item(fonti=["https://["]), "fonti[0]", "non è un indirizzo"),
    "source with a space": (item(fonti=["https://a.it/ b"]), "fonti[0]", "segni non ammessi"),
    "source ill escaped": (item(fonti=["https://a.it/%zz"]), "fonti[0]", "segni non ammessi"),
    "source breaking out": (item(fonti=["https://a.it/>.<x"]), "fonti[0]", "segni non ammessi"),
    "page that is a file": (item(pagina_web="file:///etc/passwd"), "pagina_web", "indirizzo"),
    "unknown Comune": (
        item(**promoter(comune_istat="Atlantide")),
        "realizzatore.comune_istat",
        "nessun Comune «Atlantide»",
    ),
    "unknown place": (item(luogo="Trani, Atlantide"), "luogo", "nessun Comune «Atlantide»"),
    "unknown region": (item(regione="Padania"), "regione", "non è una regione"),
    "empty slug": (item(id=""), "id", "ammessi solo"),
    "slug in capitals": (item(id="Trani"), "id", "ammessi solo"),
    "path traversal": (item(id="../../x"), "id", "ammessi solo"),
    "absolute path": (item(id="/etc/x"), "id", "ammessi solo"),
    "slug with a line end": (item(id="x\n"), "id", "ammessi solo"),
    "endless slug": (item(id="x" * 300), "id", "supera"),
    "slug of half a character": (item(id="a\ud800"), "id", "caratteri che non esistono"),
    "not a number": (
        item(esiti=[{"descrizione": "x", "tipo": "esito", "valore": float("nan")}]),
        "esiti[0].valore",
        "finito",
    ),
    "infinite sum": (
        item(risorse={"budget_eur": [{"importo": float("inf")}]}),
        "risorse.budget_eur[0].importo",
        "finito",
    ),
    "negative sum": (
        item(risorse={"budget_eur": [{"importo": -1}]}),
        "risorse.budget_eur[0].importo",
        "fuori dai limiti",
    ),
    "boolean for a number": (
        item(esiti=[{"descrizione": "x", "tipo": "esito", "valore": True}]),
        "esiti[0].valore",
        "deve essere un numero",
    ),
    "number in words": (
        item(esiti=[{"descrizione": "x", "tipo": "esito", "valore": "12"}]),
        "esiti[0].valore",
        "deve essere un numero",
    ),
    "unit without a value": (
        item(esiti=[{"descrizione": "x", "tipo": "esito", "unita": "orti"}]),
        "esiti[0]",
        "unità senza valore",
    ),
    "unknown kind of result": (
        item(esiti=[{"descrizione": "x", "tipo": "successo"}]),
        "esiti[0].tipo",
        "valore non ammesso (ammessi: 'esito'",
    ),
    "unknown kind of body": (item(**promoter(tipo="Setta")), "realizzatore.tipo", "non ammesso"),
    "year with a fraction": (item(anno_inizio=2016.5), "anno_inizio", "numero intero"),
    "year as boolean": (item(anno_inizio=True), "anno_inizio", "numero intero"),
    "year zero": (item(anno_inizio=0), "anno_inizio", "fuori dai limiti"),
    "huge text": (item(bisogno=LONG), "bisogno", "supera 20000 caratteri"),
    "control characters": (item(bisogno="a\x00b"), "bisogno", "caratteri di controllo"),
    "next-line character": (item(bisogno="a\x85b"), "bisogno", "caratteri di controllo"),
    "line separator": (item(bisogno="a\u2028b"), "bisogno", "caratteri di controllo"),
    "half a character": (item(bisogno="\udc00"), "bisogno", "caratteri che non esistono"),
    "wrong edition": (
        item(festival={"selezionata": True, "edizione": 99}),
        "festival.edizione",
        "non è nel catalogo",
    ),
    "empty title": (item(titolo=""), "titolo", "è vuoto"),
    "blank action": (item(azioni=["ok", " \t "]), "azioni[1]", "è vuoto"),
    "nested lists": (item(azioni=[["a"]]), "azioni[0]", "deve essere un testo"),
    "very deep value": (item(azioni=DEEP), "azioni[0]", "deve essere un testo"),
    "null field": (item(esiti=None), "esiti", "deve essere un elenco"),
    "four areas": (
        item(area_tematica={"valori": [1, 2, 3, 4], "origine": "inferita"}),
        "area_tematica.valori",
        "troppi valori",
    ),
    "area nine": (
        item(area_tematica={"valori": [9], "origine": "inferita"}),
        "area_tematica.valori[0]",
        "fuori dai limiti",
    ),
    "replica of nothing": (item(replica_di=["nessuna"]), "replica_di", "nessuna pratica"),
    "unknown lead": (
        item(pratiche_documentate_stesso_ente=["nessuna"]),
        "pratiche_documentate_stesso_ente",
        "nessuna pratica",
    ),
    "state that lies": (
        item(titolo=..., stato_scheda="titolo_noto"),
        "(scheda)",
        "ma il titolo manca",
    ),
    "country without letters": (item(paese="日本", regione="x"), "paese", "lettere latine"),
    "country named as a Comune": (item(paese="072006", regione="x"), "paese", "è già un luogo"),
    "body named as an Ambito": (
        item(**promoter(tipo="ETS", nome="ATS Trani")),
        "realizzatore.nome",
        "è già un luogo o un ente",
    ),
    "body of no letters": (
        item(**promoter(tipo="ETS", nome="…")),
        "realizzatore.nome",
        "lettere latine",
    ),
    "body of endless name": (
        item(**promoter(tipo="ETS", nome="a" * 500)),
        "realizzatore.nome",
        "oltre 120 caratteri",
    ),
    "Comune abroad": (item(**ABROAD), "realizzatore.comune_istat", "non è in Italia"),
}


@pytest.fixture(scope="module")
def with_faults(
    tmp_path_factory: pytest.TempPathFactory, sources: Sources
) -> tuple[Path, ImportReport]:
    """All the bad items and a good one in one file."""
    home = tmp_path_factory.mktemp("faults") / "home"
    home.mkdir()
    (home / "in.json").write_text(json.dumps([*(named(case) for case in BAD), GOOD]))
    return home, import_json(home / "in.json", sources, home)


def named(case: str) -> dict[str, Any]:
    """The bad item of a case, with an id of its own where the id is not what is bad."""
    bad = BAD[case][0]
    return bad if bad["id"] != GOOD["id"] else {**bad, "id": case.lower().replace(" ", "-")}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_item_is_named_by_id_and_field(
    with_faults: tuple[Path, ImportReport], case: str
) -> None:
    place = list(BAD).index(case) + 1
    name = repr(named(case)["id"][:80])[1:-1] or f"(elemento {place})"
    (problem,) = [one for one in with_faults[1].problems if one.id == name]
    assert problem.field == BAD[case][1]
    assert BAD[case][2] in problem.message
    assert str(problem).isprintable()


def test_beside_bad_items_the_good_one_enters_alone(
    with_faults: tuple[Path, ImportReport],
) -> None:
    home, report = with_faults
    assert report.entered == ["trani-orti"]
    assert entered(home) == ["trani-orti"]
    assert sorted(p.name for p in home.iterdir()) == ["in.json", "records"]
    assert [p.name for p in home.parent.iterdir()] == ["home"]


def test_an_ambiguous_comune_is_named_with_its_candidates(sources: Sources) -> None:
    """No two Comuni of one region share a name today; a merger may change that."""
    real = Gazetteer.load(sources.territory)
    twin = replace(real.by_istat("110009"), istat="072999", province_code="BA")
    gazetteer = Gazetteer([*real.comuni, twin], real.ambiti, real.provinces.values(), ())
    vocabulary = Vocabulary.load(sources.ontology / "vocabularies")
    with pytest.raises(
        FieldError, match=r"indica più Comuni: Trani \(BT\), Trani \(BA\)"
    ) as caught:
        Converter(gazetteer, vocabulary, {}, set()).convert(Item.model_validate(GOOD))
    assert caught.value.field == "realizzatore.comune_istat"


@pytest.mark.parametrize("bad", [None, 7, "x", [], [{}], True], ids=repr)
def test_an_item_that_is_no_object_is_named_by_its_place(
    run: Callable[[Any], ImportReport], bad: Any
) -> None:
    report = run([GOOD, bad])
    assert report.entered == ["trani-orti"]
    assert str(report.problems[0]) == "(elemento 2): (scheda): deve essere un oggetto"


def test_of_a_repeated_id_the_first_holds(run: Callable[[Any], ImportReport]) -> None:
    report = run([GOOD, item(titolo="Altro")])
    assert report.entered == ["trani-orti"]
    assert str(report.problems[0]) == "trani-orti: id: ripetuto: vale il primo"


def test_repeated_values_count_once(
    run: Callable[[Any], ImportReport], tmp_path: Path, sources: Sources
) -> None:
    run(
        [
            item(
                luogo="Trani, Trani",
                replica_di=["bari-social-book"] * 2,
                area_tematica={"valori": [4, 4], "origine": "inferita"},
                fonti=GOOD["fonti"] * 2,
            )
        ]
    )
    record = records.parse(tmp_path / "records/pratica/trani-orti.ttl")
    assert len(record.triples) == len(set(record.triples))
    assert validate(sources, tmp_path).conforms


def test_a_name_has_a_sheet_only_where_one_is_named(
    run: Callable[[Any], ImportReport], tmp_path: Path, sources: Sources
) -> None:
    names = ["emilia-romagna", "Bari Social Book", "pre-covid (Lecce)"]
    sheet = {"Bari Social Book": "bari-social-book"}
    run([item(replicata_da=names, replicata_da_scheda=sheet)])
    assert validate(sources, tmp_path).conforms
    text = (tmp_path / "records/pratica/trani-orti.ttl").read_text(encoding="utf-8")
    assert text.count("talea:yields") == 1
    report = run([item(replicata_da=names, replicata_da_scheda={"emilia-romagna": "no"})])
    assert str(report.problems[0]) == "trani-orti: replicata_da_scheda: nessuna pratica «no»"


def test_what_was_withdrawn_does_not_come_back(
    run: Callable[[Any], ImportReport], put: Callable[..., Path]
) -> None:
    practice = "https://w3id.org/talea/id/pratica/trani-orti"
    mark = f"<{practice}> <http://www.w3.org/2002/07/owl#deprecated> true ."
    path = put("pratica/trani-orti.ttl", mark)
    report = run([GOOD])
    assert str(report.problems[0]) == "trani-orti: id: la scheda è stata ritirata"
    assert path.read_text() == mark


# --- The whole file ---

UNREADABLE = {
    "no list": (b"{}", "ci si aspetta un elenco"),
    "not JSON": (b"[{", "JSON non valido alla riga 1, colonna 3"),
    "empty": (b"", "JSON non valido alla riga 1"),
    "not UTF-8": ('[{"id": "è"}]'.encode("latin-1"), "non è in UTF-8 (byte 9)"),
    "UTF-16": ("[]".encode("utf-16"), "non è in UTF-8 (byte 0)"),
    "deep nesting": (b"[" * 200_000, "troppi livelli"),
    "a number of 5000 digits": (b"[" + b"9" * 5000 + b"]", "un numero è troppo lungo"),
    "60 MB": (b" " * 60_000_000, "supera 50000000 byte"),
}


@pytest.mark.parametrize(("content", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_no_list_is_refused_in_one_line(
    run: Callable[[Any], ImportReport], tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(ImportFileError) as caught:
        run(content)
    assert reason in str(caught.value)
    assert str(tmp_path / "in.json") in str(caught.value)
    assert str(caught.value).isprintable()
    assert not (tmp_path / "records").exists()


def test_a_missing_file_and_a_home_that_is_a_file_are_refused_in_one_line(
    tmp_path: Path, sources: Sources
) -> None:
    with pytest.raises(ImportFileError, match="non esiste"):
        import_json(tmp_path / "nothing.json", sources, tmp_path)
    (tmp_path / "in.json").write_text(json.dumps([GOOD]))
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ImportFileError, match=r"non si può scrivere \(non è una cartella"):
        import_json(tmp_path / "in.json", sources, tmp_path / "home")


def test_an_import_cut_short_leaves_no_half_file(
    run: Callable[[Any], ImportReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.replace, []

    def second_fails(*paths: Any) -> None:
        calls.append(paths)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*paths)

    monkeypatch.setattr(os, "replace", second_fails)
    with pytest.raises(KeyboardInterrupt):
        run([item(id="uno"), item(id="due"), item(id="tre")])
    assert [p.name for p in (tmp_path / "records/pratica").iterdir()] == ["uno.ttl"]
    monkeypatch.undo()
    again = run([item(id="uno"), item(id="due"), item(id="tre")])
    assert (again.unchanged, again.entered) == (["uno"], ["due", "tre"])


# --- Deep fields ---

OWN = "https://www.example.it/fonte"
DEEP_FIELDS: dict[str, Any] = {
    "contesto": {"abitanti": 56000, "nota": "città di mare", "fonte": OWN},
    "componenti": [
        {"nome": "Patto", "essenziale": True, "motivo": "Lo dice il Comune", "fonte": OWN},
        {"nome": "Sede", "essenziale": False, "descrizione": "Una qualunque."},
        {"nome": "Tutor", "essenziale": None, "motivo": None},
    ],
    "prerequisiti": [
        "Un terreno",
        {"descrizione": "Fondi", "tipo": "fondo", "vincolante": None, "verificabile_con": "atto"},
        {
            "descrizione": "Cento orti", "tipo": "massa critica", "vincolante": False,
            "grandezza": "residenti", "almeno": 8000, "al_massimo": 20000.5,
            "forma_ambito": "azienda-speciale",
        },
    ],
    "fattori_critici": [
        {"fattore": "Vicini", "motivo": "Ci si conosce", "criteri": ["c4", "c10", "c4"]},
        {"fattore": "Fortuna"},
    ],
    "esiti": [
        {"descrizione": "Costi", "tipo": "stima", "valore": 1.5, "unita": "milioni", "baseline": 2},
        {"descrizione": "Orti", "tipo": "realizzazione", "valore": 20, "unita": "orti (oltre)"},
        {"descrizione": "x", "tipo": "realizzazione", "valore": 9, "unita": "ore (baseline circa)"},
        {"descrizione": "Soci", "tipo": "realizzazione", "valore": 5, "baseline": "pochi nel 2010"},
    ],
    "costi": [
        {"voce": "Recinto", "importo_eur": 100, "importo_max_eur": 200.5, "tipo": "avvio"},
        {"voce": "Acqua", "unita": "all'anno (circa)", "importo_eur": 50, "altre_fonti": [OWN]},
        {"voce": "Attrezzi"},
    ],
    "personale": [
        {"profilo": "agronomo", "numero": 1, "ore": "24 ore su 24"},
        {"figura": "volontari", "quantita": 12.5, "nota": "circa"},
    ],
    "fasi": [{"fase": "Avvio", "quando": "2016", "durata": "un anno"}, {"fase": "A regime"}],
    "atti": [{"atto": "Delibera di giunta 7", "organo": "Giunta", "anno": 2016, "fonte": OWN}],
    "valutazione": {"nota": "nessuna valutazione di esito trovata"},
    "quando_non_funziona": [{"testo": "Senza acqua"}, {"situazione": "A Nord", "base": "studio"}],
    "cosa_adattare": [{"testo": "Le colture"}, {"elemento": "Forma", "descrizione": "Libera."}],
    "strumenti_di_replica": [{"nome": "Guida"}],
    "esperienze_affini": [{"ente": "Orti di Prato", "anno": 2008, "nota": "prima"}],
    "ostacoli": [{"ostacolo": "Burocrazia", "superamento": "Sportello unico", "fonte": OWN}],
    "repliche": [
        {"ente": "Comune di Bari", "origine": "dichiarata", "cosa_cambia": "Altre colture"},
        {"ente": "Comune di Foggia", "origine": "inferita", "cosa_cambia": "Altre colture"},
        {"ente": "ATS Trani-Bisceglie", "origine": "stesso programma nazionale", "anno": 2020},
        {"ente": "Comune di Lecce", "origine": "dichiarata"},
    ],
    "ruolo_nella_filiera": ["origine"],
}  # fmt: skip


def imported(home: Path, slug: str) -> model.Practice:
    path = home / "records" / "pratica" / f"{slug}.ttl"
    return mapping.practice_from(records.parse(path).triples, slug)


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> model.Practice:
    home = tmp_path_factory.mktemp("deep")
    (home / "in.json").write_text(json.dumps([item(**DEEP_FIELDS)]))
    assert not import_json(home / "in.json", sources, home).problems
    assert validate(sources, home).conforms
    return imported(home, "trani-orti")


def test_a_null_is_unknown_and_neither_true_nor_false(deep: model.Practice) -> None:
    assert [part.core for part in deep.components] == [True, False, None]
    assert [part.binding for part in deep.prerequisites] == [None, None, False]
    assert deep.components[2] == model.Component(title="Tutor")


def test_what_a_program_checks_is_kept_and_the_criteria_are_the_editors(
    deep: model.Practice,
) -> None:
    *_, orchards = deep.prerequisites
    assert (orchards.measure, orchards.form) == (
        ns.concept("grandezza", "residenti"),
        ns.concept("forma-ambito", "azienda-speciale"),
    )
    assert (str(orchards.at_least), str(orchards.at_most)) == ("8000", "20000.5")
    assert [factor.criteria for factor in deep.critical_factors] == [
        (ns.concept("criterio", "c10"), ns.concept("criterio", "c4")),
        (),
    ]
    attributed = {a.about: a.origin for a in deep.record.attributions}
    assert attributed[ns.ONTO + "onCriterion"] == ns.concept("origine", "inferita")


def test_parts_keep_their_own_sources_and_no_others(deep: model.Practice) -> None:
    assert [part.sources for part in deep.components] == [(OWN,), (), ()]
    assert [part.sources for part in deep.costs] == [(), (OWN,), ()]
    assert deep.acts[0].sources == deep.obstacles[0].sources == (OWN,)
    assert deep.record.sources == tuple(GOOD["fonti"])


def test_numbers_keep_their_qualifier_only_where_it_is_theirs(deep: model.Practice) -> None:
    measured = [result.measurement for result in deep.results]
    assert all(measured)
    assert [str(m.value) for m in measured if m] == ["1.5", "20", "9", "5"]
    qualifiers = [m.qualifier and m.qualifier.rsplit("/", 1)[-1] for m in measured if m]
    assert qualifiers == [None, "oltre", None, None]
    assert [m.unit for m in measured if m] == ["milioni", "orti", "ore (baseline circa)", None]
    assert [(m.baseline, m.baseline_as_said) for m in measured if m][::3] == [
        (2, None),
        (None, "pochi nel 2010"),
    ]
    assert deep.results[0].kind is model.ResultKind.ESTIMATE
    assert [(c.amount and str(c.amount), c.maximum and str(c.maximum)) for c in deep.costs] == [
        ("100", "200.5"),
        ("50", None),
        (None, None),
    ]
    assert [c.qualifier and c.qualifier.rsplit("/", 1)[-1] for c in deep.costs] == [
        None,
        "circa",
        None,
    ]
    assert [person.people and str(person.people) for person in deep.staff] == ["1", "12.5"]


def test_the_two_names_of_one_field_mean_the_same(deep: model.Practice) -> None:
    assert [person.description for person in deep.staff] == ["agronomo", "volontari"]
    assert [part.description for part in deep.failures] == ["Senza acqua", "A Nord"]
    assert [part.description for part in deep.adaptation_advice] == ["Le colture", "Libera."]


def test_a_replication_told_is_an_adaptation_only_where_a_source_says_what_changed(
    deep: model.Practice,
) -> None:
    kinds = [part.kind.rsplit("/", 1)[-1] for part in deep.replications]
    assert kinds == ["adattamento", "non-precisata", "stesso-programma", "non-precisata"]
    origins = [part.origin and part.origin.rsplit("/", 1)[-1] for part in deep.replications]
    assert origins == ["dichiarata", "inferita", None, "dichiarata"]
    bodies = [[body.rsplit("/", 1)[-1] for body in part.adopted_by] for part in deep.replications]
    assert bodies == [["c_a662"], ["c_d643"], ["ats-trani"], ["c_e506"]]


BAD_DEEP: dict[str, tuple[dict[str, Any], str, str]] = {
    "core in words": ({"componenti": [{"nome": "x", "essenziale": "sì"}]}, "essenziale", "vero o"),
    "core as number": ({"componenti": [{"nome": "x", "essenziale": 1}]}, "essenziale", "vero o"),
    "component without a name": ({"componenti": [{}]}, "componenti[0].nome", "mancante"),
    "component as text": ({"componenti": ["x"]}, "componenti[0]", "deve essere un oggetto"),
    "source of a part": ({"fasi": [{"fase": "x", "fonte": "ftp://a"}]}, "fasi[0].fonte", "http"),
    "unknown kind of prerequisite": (
        {"prerequisiti": [{"descrizione": "x", "tipo": "fortuna"}]},
        "prerequisiti.tipo",
        "non è nel vocabolario",
    ),
    **{
        f"prerequisite with {name}": ({"prerequisiti": [{"descrizione": "x"} | said]}, field, told)
        for name, said, field, told in (
            ("a measure alone", {"grandezza": "residenti"}, "prerequisiti[0]", "viceversa"),
            ("a bound alone", {"al_massimo": 5}, "prerequisiti[0]", "viceversa"),
            (
                "crossed bounds",
                {"grandezza": "residenti", "almeno": 9, "al_massimo": 5},
                "prerequisiti[0]",
                "più alto",
            ),
            ("a negative bound", {"grandezza": "residenti", "almeno": -1}, "almeno", "limiti"),
            ("a bound in words", {"grandezza": "residenti", "almeno": "9"}, "almeno", "un numero"),
            (
                "an unknown measure",
                {"grandezza": "gatti", "almeno": 1},
                "prerequisiti.grandezza",
                "non è nel vocabolario",
            ),
            (
                "an unknown form",
                {"forma_ambito": "regno"},
                "prerequisiti.forma_ambito",
                "non è nel vocabolario",
            ),
        )
    },
    "criteria without a reason": (
        {"fattori_critici": [{"fattore": "x", "criteri": ["c1"]}]},
        "fattori_critici[0]",
        "senza «motivo»",
    ),
    "a criterion that informs": (
        {"fattori_critici": [{"fattore": "x", "motivo": "y", "criteri": ["c7"]}]},
        "fattori_critici[0].criteri[0]",
        "ammessi",
    ),
    "two names of a role": ({"personale": [{"profilo": "a", "figura": "b"}]}, "personale", "serve"),
    "no name of a role": ({"personale": [{"numero": 1}]}, "personale[0]", "serve"),
    "two counts": (
        {"personale": [{"profilo": "a", "numero": 1, "quantita": 2}]},
        "personale[0]",
        "sia «numero»",
    ),
    "negative staff": ({"personale": [{"profilo": "a", "numero": -1}]}, "numero", "limiti"),
    "kind of cost": ({"costi": [{"voce": "x", "tipo": "tassa"}]}, "costi[0].tipo", "ammessi"),
    "two texts of a failure": (
        {"quando_non_funziona": [{"testo": "a", "situazione": "b"}]},
        "quando_non_funziona[0]",
        "serve",
    ),
    "two baselines": (
        {"esiti": [{"descrizione": "x", "tipo": "stima", "baseline": "a", "baseline_nota": "b"}]},
        "esiti[0]",
        "baseline",
    ),
    "unknown origin": ({"repliche": [{"ente": "x", "origine": "boh"}]}, "origine", "non ammesso"),
    "detail that is not there": (
        {"repliche": [{"ente": "x", "origine": "inferita", "dettaglio_in": ["a-a-b"]}]},
        "repliche[0].dettaglio_in",
        "nessuna replica «a-a-b»",
    ),
    "deepens what is not there": ({"integra_id": ["nessuna"]}, "integra_id", "nessuna pratica"),
    "residents with a fraction": ({"contesto": {"abitanti": 1.5}}, "abitanti", "intero"),
    "already there, but it is not": ({"scheda_esistente": True}, "scheda_esistente", "non è nel"),
}


@pytest.fixture(scope="module")
def deep_faults(
    tmp_path_factory: pytest.TempPathFactory, sources: Sources
) -> tuple[Path, ImportReport]:
    """All of them in one file."""
    home = tmp_path_factory.mktemp("deep-faults")
    bad = [
        item(id=case.lower().replace(" ", "-").replace(",", ""), **fields)
        for case, (fields, _, _) in BAD_DEEP.items()
    ]
    (home / "in.json").write_text(json.dumps(bad))
    return home, import_json(home / "in.json", sources, home)


@pytest.mark.parametrize("case", BAD_DEEP)
def test_a_bad_deep_field_is_named(deep_faults: tuple[Path, ImportReport], case: str) -> None:
    name = case.lower().replace(" ", "-").replace(",", "")
    (problem,) = [one for one in deep_faults[1].problems if one.id == name]
    assert BAD_DEEP[case][1] in problem.field
    assert BAD_DEEP[case][2] in problem.message


def test_of_items_with_bad_deep_fields_nothing_enters(
    deep_faults: tuple[Path, ImportReport],
) -> None:
    assert not list(deep_faults[0].rglob("*.ttl"))


def test_an_item_already_in_the_catalogue_adds_its_facts(
    run: Callable[[Any], ImportReport], tmp_path: Path, sources: Sources
) -> None:
    more = item(
        scheda_esistente=True, fonti=[OWN], periodo="dal 2016", componenti=[{"nome": "Patto"}]
    )
    report = run([item(periodo="2016-2020"), more])
    assert report.entered == ["trani-orti"]
    both = imported(tmp_path, "trani-orti")
    assert both.period_as_said == "2016-2020"
    assert "periodo «dal 2016»" in str(both.record.editorial_note)
    assert both.components == (model.Component(title="Patto"),)
    assert set(both.record.sources) == {OWN, *GOOD["fonti"]}
    assert validate(sources, tmp_path).conforms
    assert run([more]).unchanged == ["trani-orti"]


# --- Transfers ---

TRANSFER: dict[str, Any] = {
    "id": "trani-orti__bari",
    "from": "trani-orti",
    "to_ente": "Comune di Bari",
    "to_comune": "Bari",
    "paese": "Italia",
    "anno_inizio": 2018,
    "stato": "avviata",
    "programma": "Orti d'Italia",
    "cosa_mantiene": ["Il patto", "Gli attrezzi"],
    "cosa_cambia": [
        {"elemento": "patto", "come": "Più breve", "motivo": "Pochi soci", "base": "dichiarata"},
        {"elemento": "Sede", "come": "In centro", "base": "confronto"},
    ],
    "esito": "Venti orti.",
    "origine": "dichiarata",
    "fonti": [OWN],
    "contesto_destinazione": {"abitanti": 316000},
    "ostacoli": [{"ostacolo": "Burocrazia", "fonte": OWN}],
    "risorse": {"importo_eur": 1000, "nota": "circa"},
    "nota": "Primo fuori Trani.",
}


def transfer(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (TRANSFER | changes).items() if value is not ...}


@pytest.fixture
def passing(
    run: Callable[[Any], ImportReport], tmp_path: Path
) -> Callable[..., tuple[ImportReport, model.Transfer | None]]:
    """Import one transfer beside its practice, and read it back."""

    def call(**changes: Any) -> tuple[ImportReport, model.Transfer | None]:
        given = transfer(**changes)
        practice = item(componenti=[{"nome": "Patto"}])
        report = run({"practices": [practice], "transfers": [given]})
        slug = str(given["id"]).replace("__", "-a-")
        path = tmp_path / "records" / "replica" / f"{slug}.ttl"
        if not path.exists():
            return report, None
        found = mapping.index(records.parse(path).triples)
        iri = f"https://w3id.org/talea/id/replica/{slug}"
        return report, cast(model.Transfer, mapping.decode(mapping.TRANSFER, found, iri))

    return call


Passing = Callable[..., tuple[ImportReport, Any]]


@pytest.fixture(scope="module")
def converter(sources: Sources) -> Converter:
    """A converter for one transfer at a time."""
    vocabulary = Vocabulary.load(sources.ontology / "vocabularies")
    return Converter(Gazetteer.load(sources.territory), vocabulary, {}, {"trani-orti"})


def converted(converter: Converter, **changes: Any) -> model.Transfer:
    given = TransferItem.model_validate(transfer(**changes))
    return converter.convert_transfer(given, {}).transfer


def test_a_transfer_enters_whole_and_is_valid(
    passing: Passing, tmp_path: Path, sources: Sources
) -> None:
    report, told = passing()
    assert report.entered == ["trani-orti", "trani-orti__bari"]
    assert validate(sources, tmp_path).conforms
    start = "https://w3id.org/talea/id/pratica/trani-orti"
    assert told.replicates == start
    assert told.adopted_in == "https://w3id.org/talea/id/luogo/072006"
    assert told.adopted_by == ("https://w3id.org/talea/id/ente/c_a662",)
    assert [change.component for change in told.adaptations] == [f"{start}/componente/1", None]
    assert (told.context.residents, told.budgets[0].amount, told.note) == (
        316000,
        1000,
        "Primo fuori Trani.",
    )
    assert told.budgets[0].qualifier.endswith("/circa")
    assert told.sources == told.obstacles[0].sources == (OWN,)
    assert passing()[0].entered == []


@pytest.mark.parametrize(
    ("origin", "bases", "kind"),
    [
        ("dichiarata", ["dichiarata"], "adattamento"),
        ("dichiarata", ["confronto", "dichiarata"], "adattamento"),
        ("dichiarata", ["confronto"], "non-precisata"),
        ("dichiarata", [], "non-precisata"),
        ("inferita", ["dichiarata"], "non-precisata"),
        ("stesso programma", ["dichiarata"], "stesso-programma"),
        ("stesso programma", [], "stesso-programma"),
    ],
)
def test_the_kind_of_a_transfer_is_no_more_than_its_sources_say(
    converter: Converter, origin: str, bases: list[str], kind: str
) -> None:
    changes = [{"elemento": "x", "come": "y", "base": base} for base in bases]
    told = converted(converter, origine=origin, cosa_cambia=changes)
    assert told.kind.rsplit("/", 1)[-1] == kind
    assert (told.origin is None) == (origin == "stesso programma")


@pytest.mark.parametrize(
    ("body", "comune", "place", "by"),
    [
        ("Comune di Bari", "Bari", "072006", "c_a662"),
        ("Città di Bari", "Bari", "072006", "c_a662"),
        ("Soggetti locali di Bari", "Bari", "072006", None),
        ("Comune di Bari con la Caritas", "Bari", "072006", None),
        ("Comune di Lecce", "Bari", "072006", None),
        ("Territorio della provincia di Como", "Como", None, None),
        ("Consorzi socio-assistenziali del Cuneese", "Cuneo", None, None),
        ("Società della salute senese", "Siena", None, None),
        ("Unione dei Comuni del Rubicone", "Rimini", None, None),
        ("Distretto di Bari", "Bari", None, None),
        ("Comune di Samone", "Samone", None, None),  # two Comuni have the name
        ("Comune di Atlantide", "Atlantide", None, None),
        ("Rete senza sede", ..., None, None),
    ],
)
def test_place_and_body_are_told_only_where_one_comune_is_meant(
    converter: Converter, body: str, comune: Any, place: str | None, by: str | None
) -> None:
    told = converted(converter, to_ente=body, to_comune=comune)
    assert told.as_said == body
    assert told.place_as_said == (None if comune is ... else comune)
    assert (told.adopted_in and told.adopted_in.rsplit("/", 1)[-1]) == place
    assert [iri.rsplit("/", 1)[-1] for iri in told.adopted_by] == ([by] if by else [])


def test_a_place_abroad_is_of_its_country(passing: Passing, tmp_path: Path) -> None:
    _, told = passing(to_ente="Miasto Łódź", to_comune="Łódź", paese="Polonia")
    assert told.adopted_in == "https://w3id.org/talea/id/luogo/polonia-lodz"
    assert told.country == "https://w3id.org/talea/id/luogo/polonia"
    assert (tmp_path / "records/luogo/polonia-lodz.ttl").exists()
    assert told.adopted_by == ()


def test_no_state_is_no_state(converter: Converter) -> None:
    assert converted(converter, stato=None).status is None


BAD_TRANSFERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "from nowhere": ({"id": "nulla__bari", "from": "nulla"}, "from", "nessuna pratica «nulla»"),
    "id of another": ({"id": "altra__bari"}, "(scheda)", "deve cominciare con la pratica"),
    "id without an end": ({"id": "trani-orti"}, "id", "ammessi solo"),
    "id out of its folder": ({"id": "trani-orti__../../x"}, "id", "ammessi solo"),
    "no source": ({"fonti": []}, "fonti", "l'elenco è vuoto"),
    "javascript source": ({"fonti": ["javascript:alert(1)"]}, "fonti[0]", "indirizzo"),
    "unknown field": ({"colore": "rosso"}, "colore", "campo sconosciuto"),
    "by the inner name": ({"origin_practice": "trani-orti"}, "origin_practice", "sconosciuto"),
    "unknown state": ({"stato": "finita"}, "stato", "non ammesso"),
    "unknown base": (
        {"cosa_cambia": [{"elemento": "x", "come": "y", "base": "sogno"}]},
        "cosa_cambia[0].base",
        "non ammesso",
    ),
    "change without a how": (
        {"cosa_cambia": [{"elemento": "x", "base": "confronto"}]},
        "cosa_cambia[0].come",
        "mancante",
    ),
    "practice that is not there": ({"to_practice_id": "nulla"}, "to_practice_id", "nessuna"),
    "year in words": ({"anno_inizio": "2018"}, "anno_inizio", "intero"),
    "no Latin letter": ({"paese": "日本", "to_comune": "東京"}, "paese", "lettere latine"),
    "control character": ({"esito": "a\x00b"}, "esito", "caratteri di controllo"),
}


@pytest.fixture(scope="module")
def bad_transfers(
    tmp_path_factory: pytest.TempPathFactory, sources: Sources
) -> tuple[Path, ImportReport]:
    """All of them beside a good practice, each with an end of its own where the id is not bad."""
    home = tmp_path_factory.mktemp("bad-transfers")
    bad = [
        transfer(**{"id": f"trani-orti__fine-{number}"} | changes)
        for number, (changes, _, _) in enumerate(BAD_TRANSFERS.values())
    ]
    (home / "in.json").write_text(json.dumps({"practices": [GOOD], "transfers": bad}))
    return home, import_json(home / "in.json", sources, home)


@pytest.mark.parametrize("case", BAD_TRANSFERS)
def test_a_bad_transfer_is_named(bad_transfers: tuple[Path, ImportReport], case: str) -> None:
    changes, field, message = BAD_TRANSFERS[case]
    name = changes.get("id", f"trani-orti__fine-{list(BAD_TRANSFERS).index(case)}")
    (problem,) = [one for one in bad_transfers[1].problems if one.id == name]
    assert problem.field == field
    assert message in problem.message


def test_beside_bad_transfers_the_practice_enters(
    bad_transfers: tuple[Path, ImportReport],
) -> None:
    home, report = bad_transfers
    assert report.entered == entered(home) == ["trani-orti"]
    assert not (home / "records/replica").exists()


def test_what_names_an_item_that_cannot_enter_does_not_enter_either(
    run: Callable[[Any], ImportReport], tmp_path: Path, sources: Sources
) -> None:
    bad = item(id="orti-di-atlantide", luogo="Atlantide")
    report = run(
        {
            "practices": [
                bad,
                item(replica_di=["orti-di-atlantide"]),
                item(id="terza", replica_di=["trani-orti"]),
                item(id="sola"),
            ],
            "transfers": [
                transfer(id="orti-di-atlantide__bari", **{"from": "orti-di-atlantide"}),
                transfer(id="sola__bari", **{"from": "sola"}, to_practice_id="terza"),
                transfer(id="sola__lecce", **{"from": "sola"}),
            ],
        }
    )
    assert report.entered == ["sola", "sola__lecce"]
    assert [(p.id, p.field) for p in report.problems] == [
        ("orti-di-atlantide", "luogo"),
        ("trani-orti", "replica_di"),
        ("terza", "replica_di"),
        ("orti-di-atlantide__bari", "from"),
        ("sola__bari", "to_practice_id"),
    ]
    assert validate(sources, tmp_path).conforms


def test_transfers_alone_start_from_practices_that_are_there(
    run: Callable[[Any], ImportReport], tmp_path: Path, sources: Sources
) -> None:
    given = transfer(id="bari-social-book__lecce", **{"from": "bari-social-book"})
    report = run({"transfers": [given, given]})
    assert report.entered == ["bari-social-book__lecce"]
    assert [str(p) for p in report.problems] == [
        "bari-social-book__lecce: id: ripetuto: vale il primo"
    ]
    assert validate(sources, tmp_path).conforms
    assert run({"practices": [], "transfers": [given]}).unchanged == ["bari-social-book__lecce"]


@pytest.mark.parametrize(
    "bad",
    [
        {"practices": {}},
        {"practices": None},
        {"transfers": "x"},
        {"practices": [], "altro": []},
        {"pratiche": []},
    ],
    ids=str,
)
def test_an_object_of_another_shape_is_refused(
    run: Callable[[Any], ImportReport], bad: Any
) -> None:
    with pytest.raises(ImportFileError, match="ci si aspetta un elenco"):
        run(bad)
