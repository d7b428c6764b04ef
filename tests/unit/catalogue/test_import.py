"""`talea import`: good items enter whole, bad ones are named by id and field, and twice is once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from talea_catalogue import records
from talea_catalogue.errors import ImportFileError
from talea_catalogue.gazetteer import Gazetteer
from talea_catalogue.intake import ImportReport, import_json
from talea_catalogue.intake.convert import Converter, FieldError
from talea_catalogue.intake.items import Item
from talea_catalogue.sources import Sources
from talea_catalogue.validate import validate
from talea_catalogue.vocabulary import Vocabulary

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "practices"
SHIPPED = ("documented_practices.json", "festival_2024.json")

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
def imported(
    tmp_path_factory: pytest.TempPathFactory, sources: Sources, needs: Callable[[bool, str], None]
) -> tuple[Path, list[ImportReport]]:
    """A home where the shipped files were imported over a catalogue without their records."""
    needs(SHARED.is_dir(), "../shared/data/practices is not here")
    home = tmp_path_factory.mktemp("home")
    bare = home / "bare"
    (bare / "evento").mkdir(parents=True)
    edition = (sources.records / "evento" / "festival-2024.ttl").read_bytes()
    (bare / "evento" / "festival-2024.ttl").write_bytes(edition)
    bare_sources = Sources(sources.ontology, bare, sources.territory, sources.queries)
    return home, [import_json(SHARED / name, bare_sources, home) for name in SHIPPED * 2]


def test_the_shipped_files_give_exactly_the_shipped_practices(
    imported: tuple[Path, list[ImportReport]], sources: Sources
) -> None:
    home, reports = imported
    assert [len(report.entered) for report in reports[:2]] == [64, 20]
    assert not any(report.problems for report in reports)
    made = {p.name: p.read_bytes() for p in (home / "records" / "pratica").iterdir()}
    assert made == {p.name: p.read_bytes() for p in (sources.records / "pratica").iterdir()}


@pytest.mark.parametrize("kind", ["ente", "luogo"])
def test_the_bodies_and_places_made_are_shipped_with_the_same_bytes(
    imported: tuple[Path, list[ImportReport]], sources: Sources, kind: str
) -> None:
    made = list((imported[0] / "records" / kind).iterdir())
    assert made
    for path in made:
        assert path.read_bytes() == (sources.records / kind / path.name).read_bytes()


def test_a_second_import_changes_nothing(imported: tuple[Path, list[ImportReport]]) -> None:
    assert [len(report.entered) for report in imported[1][2:]] == [0, 0]
    assert [len(report.unchanged) for report in imported[1][2:]] == [64, 20]


def test_importing_what_is_shipped_writes_nothing(
    tmp_path: Path, sources: Sources, needs: Callable[[bool, str], None]
) -> None:
    needs(SHARED.is_dir(), "../shared/data/practices is not here")
    for name in SHIPPED:
        assert not import_json(SHARED / name, sources, tmp_path).entered
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
    "three areas": (
        item(area_tematica={"valori": [1, 2, 3], "origine": "inferita"}),
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


def test_words_that_look_like_a_slug_are_no_practice(
    run: Callable[[Any], ImportReport], tmp_path: Path, sources: Sources
) -> None:
    run([item(replicata_da=["emilia-romagna", "bari-social-book", "pre-covid (Lecce)"])])
    assert validate(sources, tmp_path).conforms
    text = (tmp_path / "records/pratica/trani-orti.ttl").read_text(encoding="utf-8")
    assert text.count("talea:yields") == 1


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
