"""The territory says all that its sources say, and no more."""

import csv
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import namespaces as ns
from talea_catalogue.service_facts import service_notation
from talea_catalogue.territory import (
    AmbiguousPlace,
    Gazetteer,
    Series,
    TerritoryError,
    UnknownPlace,
    quads,
)

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "catalogue" / "territory"
ONTOLOGY = ROOT / "ontology"
FOREIGN = Path(os.environ.get("TALEA_ONTOLOGIES", "/work/shared/data/ontologies"))
"""The unmodified foreign ontologies, where there is a copy; the project ships only a mirror."""
ELSEWHERE = ("021008", "001235", "005122", "072006")
"""Bolzano, Samone (TO), Moransengo-Tonengo (no statistics) and, changing nothing, Bari."""


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(FOLDER)


@pytest.fixture(scope="module")
def graph(gazetteer: Gazetteer) -> ox.Store:
    store = ox.Store()
    store.extend(quads(gazetteer, ELSEWHERE))
    return store


def select(graph: ox.Store, variables: str, pattern: str) -> list[tuple[str, ...]]:
    """Values of `variables` in the answers to `pattern` over all graphs, as texts."""
    found = graph.query(
        f"SELECT {variables} {{ {pattern} }}",
        prefixes=ns.PREFIXES,
        use_default_graph_as_union=True,
    )
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(value.value for value in answer if value) for answer in found]


# --- The files ---


def test_totals_of_the_sources(gazetteer: Gazetteer) -> None:
    comuni = gazetteer.comuni_puglia
    assert Counter(c.province_code for c in comuni) == {
        "FG": 61, "BA": 41, "TA": 29, "BR": 20, "LE": 96, "BT": 10,
    }  # fmt: skip
    assert sum(c.population or 0 for c in comuni) == 3_877_395
    cells = [dict(c.facts) for c in comuni]
    assert sum(float(c["surfaceKm2"]) for c in cells) == pytest.approx(19_542.7, abs=0.05)
    assert Counter(c["innerAreaClass"] for c in cells) == {
        "A": 6, "B": 6, "C": 97, "D": 90, "E": 52, "F": 6,
    }  # fmt: skip


def test_unverified_postal_codes_are_not_shipped() -> None:
    assert "cap" not in rows("comuni_puglia")[0]


def test_every_comune_is_in_exactly_one_ambito_of_its_province(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.ambiti) == len({a.name for a in gazetteer.ambiti}) == 45
    members = [istat for ambito in gazetteer.ambiti for istat in ambito.members]
    assert sorted(members) == [c.istat for c in gazetteer.comuni_puglia]
    names = {row["istat_code"]: row["ats_name"].partition(" (")[0] for row in rows("comuni_puglia")}
    for comune in gazetteer.comuni_puglia:
        ambito = gazetteer.ambito_of(comune.istat)
        assert ambito is not None
        assert (ambito.province, ambito.name) == (comune.province_code, names[comune.istat])


def test_number_of_members_is_as_recorded(gazetteer: Gazetteer) -> None:
    recorded = {row["name"].partition(" (")[0]: int(row["n_members"]) for row in rows("ats_puglia")}
    assert {a.name: len(a.members) for a in gazetteer.ambiti} == recorded


def test_provinces_and_regions() -> None:
    table = rows("province")
    assert len(table) == len({r["province_istat"] for r in table}) == 107
    assert len({r["code"] for r in table}) == 107
    assert len({(r["region_istat"], r["region"]) for r in table}) == 20
    assert {"Puglia", "Trentino-Alto Adige", "Friuli-Venezia Giulia", "Emilia-Romagna"} <= {
        r["region"] for r in table
    }


def test_a_lead_with_a_doubt_in_its_note_has_a_caveat() -> None:
    for row in rows("ats_puglia"):
        doubt = re.search("capofila (inferred|by name|=|not stated)|Capofila'|consor", row["note"])
        assert bool(row["capofila_caveat"]) == bool(doubt), row["name"]


def test_every_note_has_its_italian() -> None:
    assert all(bool(row["note"]) == bool(row["note_it"]) for row in rows("ats_puglia"))


# --- The gazetteer ---


def test_find_by_folded_name(gazetteer: Gazetteer) -> None:
    for spelling in ("Nardò", "NARDO'", "nardo"):
        found = gazetteer.find(spelling)
        assert found is not None
        assert found.istat == "075052"
    assert gazetteer.find("Atlantide") is None
    assert gazetteer.find("Bari", region="Piemonte") is None


@pytest.mark.parametrize(
    ("name", "provinces"),
    [
        ("Samone", {"TO", "TN"}),
        ("Castro", {"BG", "LE"}),
        ("Livo", {"CO", "TN"}),
        ("Peglio", {"CO", "PU"}),
        ("San Teodoro", {"ME", "SS"}),
    ],
)
def test_names_that_two_comuni_share(gazetteer: Gazetteer, name: str, provinces: set[str]) -> None:
    with pytest.raises(AmbiguousPlace, match=name) as caught:
        gazetteer.find(name)
    assert {c.province_code for c in caught.value.candidates} == provinces
    for letters in provinces:
        found = gazetteer.find(name, province=letters.lower())
        assert found is not None
        assert found == gazetteer.find(name, region=found.region)


@pytest.mark.parametrize("code", ["", "72006", "072999", "072006 ", "A662", "16"])
def test_wrong_codes(gazetteer: Gazetteer, code: str) -> None:
    with pytest.raises(UnknownPlace, match=re.escape(repr(code))):
        gazetteer.by_istat(code)
    assert gazetteer.ambito_of(code) is None


def test_ambiti_by_id(gazetteer: Gazetteer) -> None:
    assert gazetteer.ambito("ats-nowhere") is None
    fasano = gazetteer.ambito("ats-fasano-ostuni")
    assert fasano is not None
    assert (fasano.lead, fasano.alt_name, len(fasano.members)) == (None, "BR2", 3)
    lamis = gazetteer.ambito("ats-san-marco-in-lamis")
    assert lamis is not None
    assert lamis.lead is None, "a consortium since 2023: the Comune is its former lead"
    assert all(not a.lead or a.lead in a.members for a in gazetteer.ambiti)


def test_a_member_of_two_ambiti_is_refused(gazetteer: Gazetteer) -> None:
    one = gazetteer.ambiti[0]
    twin = type(one)(**{name: getattr(one, name) for name in one.__slots__} | {"id": "ats-twin"})
    with pytest.raises(TerritoryError, match="two Ambiti"):
        Gazetteer((), (one, twin), (), ())


@pytest.mark.parametrize(
    ("datatype", "cell"), [("integer", "2.5"), ("decimal", "12,5"), ("boolean", "si")]
)
def test_a_cell_of_the_wrong_type_is_refused(
    gazetteer: Gazetteer, datatype: str, cell: str
) -> None:
    one = next(s for s in gazetteer.series.values() if s.datatype == datatype)
    with pytest.raises(TerritoryError, match=one.column):
        one.term(cell)


# --- The graphs ---


def test_as_many_statistics_as_cells(gazetteer: Gazetteer, graph: ox.Store) -> None:
    by_file: dict[str, list[Series]] = {}
    for one in gazetteer.series.values():
        by_file.setdefault(one.file, []).append(one)
    cells: Counter[str] = Counter()
    others = {c for c in ELSEWHERE if not c.startswith("072")}
    shown = rows("comuni_puglia") + [r for r in rows("comuni_italia") if r["istat"] in others]
    for row in shown:
        file = "comuni_puglia" if "istat_code" in row else "comuni_italia"
        cells.update(s.local_name for s in by_file[file] if row[s.column])
    triples = Counter(
        quad.predicate.value.removeprefix(ns.ONTO)
        for quad in graph
        if quad.predicate.value.removeprefix(ns.ONTO) in cells
    )
    assert triples == cells
    assert cells["population"] == 257 + 2


def test_a_column_that_no_series_describes_would_be_lost() -> None:
    described = {(r["file"], r["column"]) for r in rows("series")}
    columns = set(rows("comuni_indicators")[0]) - {"istat_code"}
    assert {("comuni_indicators", column) for column in columns} <= described


def broken(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """A copy of the folder in which one file says `new` instead of `old`."""
    folder = tmp_path / "territory"
    shutil.copytree(FOLDER, folder)
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "old", "new", "match"),
    [
        ("comuni_indicators", "\n071001,", "\n001001,", "no Comune of Puglia"),
        ("ats_services", "\nCerignola,pnrr", "\nAtlantide,pnrr", "'Atlantide' is not known"),
        ("ats_services", ",pua,yes,", ",pua,no,", "'no' is not known"),
        ("ats_services", ",active,,", ",closed,,", "'closed' is not known"),
        ("ats_services", ",2025-08,", ",ieri,", "'ieri' is no date"),
        ("ats_services", ",Bari,press", ",Lecce,press", "'lecce' is not known"),
    ],
)
def test_a_contradiction_of_the_files_is_named(
    tmp_path: Path, name: str, old: str, new: str, match: str
) -> None:
    with pytest.raises(TerritoryError, match=match):
        Gazetteer.load(broken(tmp_path, name, old, new))


def test_a_fact_said_twice_is_refused(tmp_path: Path) -> None:
    path = FOLDER / "ats_services.csv"
    last = path.read_text(encoding="utf-8").splitlines()[-1]
    with pytest.raises(TerritoryError, match="twice"):
        Gazetteer.load(broken(tmp_path, "ats_services", last + "\n", f"{last}\n{last}\n"))


def test_a_statistic_equals_its_cell(graph: ox.Store) -> None:
    found = select(graph, "?istat ?n", "?place talea:declaredIncomeEUR ?n ; skos:notation ?istat")
    written = {row[0]: row[1] for row in found}
    assert written == {
        r["istat_code"]: r["declared_income_eur_2024"] for r in rows("comuni_puglia")
    }


def test_every_statistic_can_tell_its_date(gazetteer: Gazetteer, graph: ox.Store) -> None:
    found = select(
        graph,
        "?istat ?date",
        "?place talea:population ?n ; talea:fromSeries ?s ; skos:notation ?istat . "
        "?s talea:ofProperty talea:population ; talea:referenceDate ?date",
    )
    dates = {row[0]: row[1] for row in found}
    assert len(found) == len(dates) == 259
    assert dates["072006"] == "2024-12-31"
    assert dates["021008"] == dates["001235"] == "2023-01-01"


def test_a_comune_without_statistics_has_none(graph: ox.Store) -> None:
    place = "<https://w3id.org/talea/id/luogo/005122>"
    predicates = {p for (p,) in select(graph, "?p", f"{place} ?p ?o")}
    assert ns.NOTATION.value in predicates
    assert not {p for p in predicates if p.startswith(ns.ONTO)}


def test_the_doubtful_population_carries_its_warning(graph: ox.Store) -> None:
    notes = select(
        graph, "?note", "<https://w3id.org/talea/id/luogo/071063> talea:editorialNote ?note"
    )
    assert len(notes) == 2
    assert any("to be confirmed" in note for (note,) in notes)


def test_membership_shows_how_it_is_known(graph: ox.Store) -> None:
    bases = Counter(ns.local(b) for (b,) in select(graph, "?b", "?body talea:membershipBasis ?b"))
    assert bases == {"sourced": 226, "elimination": 31}
    told = select(
        graph,
        "DISTINCT ?a",
        "?a a talea:SocialDistrict ; talea:membershipEvidenceDate ?d ; talea:membershipStatus ?s . "
        'FILTER(LANG(?s) = "it") FILTER EXISTS { ?a dct:source ?url } '
        'FILTER EXISTS { ?a talea:editorialNote ?n FILTER(CONTAINS(?n, "da confermare")) }',
    )
    assert len(told) == 45


def test_leads_say_no_more_than_their_notes(graph: ox.Store) -> None:
    table = rows("ats_puglia")
    asserted = [r for r in table if r["capofila"] and r["capofila_caveat"] != "consortium"]
    inferred = [r for r in table if r["capofila_caveat"] == "inferred"]
    assert len(select(graph, "?a", "?a talea:leadMunicipality ?c")) == len(asserted)
    assert len(select(graph, "?a", "?a talea:leadMunicipality ?c ; talea:leadBasis ?b")) == len(
        inferred
    )


def test_places_bodies_and_their_iris(graph: ox.Store) -> None:
    bari = select(
        graph, "?body ?place", '?body talea:governs ?place . ?place skos:notation "072006"'
    )
    assert bari == [(ns.ID + "ente/c_a662", ns.ID + "luogo/072006")]
    chain = select(
        graph,
        "?p ?r",
        "<https://w3id.org/talea/id/luogo/021008> clv:hasDirectHigherRank ?p . "
        "?p clv:hasDirectHigherRank ?r",
    )
    assert chain == [(ns.ID + "luogo/provincia-021", ns.ID + "luogo/regione-trentino-alto-adige")]
    assert not select(graph, "*", "?body cov:IPAcode ?code")
    assert not select(graph, "*", "?place owl:sameAs ?other")
    assert len(select(graph, "*", "?place dct:hasVersion ?ontopia")) == 257


def test_deterministic_without_repetition_or_blank_nodes(gazetteer: Gazetteer) -> None:
    first = list(quads(gazetteer, ELSEWHERE))
    assert first == list(quads(Gazetteer.load(FOLDER), reversed(ELSEWHERE)))
    assert len(first) == len(set(first))
    assert not any(isinstance(t, ox.BlankNode) for q in first for t in (q.subject, q.object))
    assert {q.graph_name.value for q in first if isinstance(q.graph_name, ox.NamedNode)} == {
        ns.GRAPH + "territorio",
        ns.GRAPH + "enti",
        ns.GRAPH + "indicatori",
        ns.GRAPH + "servizi",
    }


def test_a_wrong_code_elsewhere_is_refused(gazetteer: Gazetteer) -> None:
    with pytest.raises(UnknownPlace):
        list(quads(gazetteer, ["999999"]))


# --- The ontology ---


def iris(triples: Iterator[ox.Quad] | ox.Store) -> set[str]:
    terms = (t for q in triples for t in (q.subject, q.predicate, q.object))
    return {t.value for t in terms if isinstance(t, ox.NamedNode)}


def schema() -> ox.Store:
    store = ox.Store()
    for file in [*ONTOLOGY.glob("*.ttl"), *(ONTOLOGY / "vocabularies").glob("*.ttl")]:
        store.bulk_load(path=str(file))
    return store


def test_every_term_and_concept_used_is_defined(graph: ox.Store) -> None:
    defined = {
        q.subject.value
        for q in schema().quads_for_pattern(None, ns.DEFINITION, None)
        if isinstance(q.subject, ox.NamedNode)
    }
    used = {iri for iri in iris(graph) if iri.startswith((ns.ONTO, ns.VOC))}
    assert used <= defined, used - defined


@pytest.mark.parametrize(
    "scheme",
    [
        "zona-altimetrica",
        "grado-urbanizzazione",
        "area-interna",
        "base-appartenenza",
        "natura-prova",
        "presenza-servizio",
        "stadio-servizio",
    ],
)
def test_every_concept_is_complete(scheme: str) -> None:
    found = select(
        schema(),
        "?c",
        f"?c skos:inScheme <{ns.VOC}{scheme}> ; skos:topConceptOf <{ns.VOC}{scheme}> ; "
        "skos:notation ?n ; dct:source ?s ; skos:prefLabel ?it, ?en ; skos:definition ?dit, ?den . "
        'FILTER(LANG(?it) = "it" && LANG(?en) = "en" && LANG(?dit) = "it" && LANG(?den) = "en")',
    )
    expected = {
        "zona-altimetrica": 5,
        "area-interna": 6,
        "natura-prova": 12,
        "presenza-servizio": 2,
        "stadio-servizio": 6,
    }.get(scheme, 3)
    assert len(found) == expected


def test_there_is_one_type_of_service_for_each_name_in_the_data() -> None:
    found = select(
        schema(),
        "?n",
        f"?c skos:inScheme <{ns.VOC}tipo-servizio> ; skos:broader ?group ; skos:notation ?n ; "
        "dct:source ?s ; skos:prefLabel ?it, ?en ; skos:definition ?dit, ?den . "
        f"?group skos:topConceptOf <{ns.VOC}tipo-servizio> ; skos:definition ?g . "
        'FILTER(LANG(?it) = "it" && LANG(?en) = "en" && LANG(?dit) = "it" && LANG(?den) = "en" '
        '&& LANG(?g) = "it")',
    )
    names = {service_notation(row["service"]) for row in rows("ats_services")}
    assert sorted(n for (n,) in found) == sorted(names)
    assert len(names) == 31


def test_every_foreign_iri_exists(graph: ox.Store) -> None:
    if not FOREIGN.is_dir():
        pytest.skip(f"NOT CHECKED: {FOREIGN} is absent, reused IRIs were not compared")
    known: set[str] = set()
    for file in [*FOREIGN.glob("*.ttl"), *(FOREIGN / "vocabularies").glob("*.ttl")]:
        known |= iris(ox.parse(path=str(file), lenient=True))
    module = iris(ox.parse(path=str(ONTOLOGY / "territory.ttl")))
    cities = "/territorial-classifications/cities/"  # the list of 8,229 is not kept here
    reused = {
        iri
        for iri in iris(graph) | module
        if iri.startswith("https://w3id.org/italia/") and cities not in iri
    }
    assert reused
    assert reused <= known, reused - known


# --- The boundaries ---


def rings(path: str) -> list[list[tuple[int, int]]]:
    """Absolute points of each ring of a path in the form that make_boundaries.py writes."""
    assert re.fullmatch(r"(M-?\d+ -?\d+l[-\d ]+z)+", path)
    found = []
    for ring in path.split("z")[:-1]:
        numbers = [int(n) for n in re.findall(r"-?\d+", ring)]
        x, y = numbers[:2]
        points = [(x, y)]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        found.append(points)
    return found


def area(points: list[tuple[int, int]]) -> float:
    """Signed area of a ring, in square units."""
    closed = zip(points, points[1:] + points[:1], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in closed) / 2


def test_boundaries_draw_every_comune_at_its_size(gazetteer: Gazetteer) -> None:
    table = {row["istat"]: rings(row["path"]) for row in rows("boundaries_puglia")}
    assert list(table) == [c.istat for c in gazetteer.comuni_puglia]
    km2_per_unit = 0.05**2
    for comune in gazetteer.comuni_puglia:
        outline = table[comune.istat]
        assert all(len(ring) >= 3 and len(set(ring)) == len(ring) for ring in outline)
        assert all(0 <= x <= 6140 and 0 <= y <= 5340 for ring in outline for x, y in ring)
        drawn = abs(sum(map(area, outline))) * km2_per_unit
        assert drawn == pytest.approx(float(dict(comune.facts)["surfaceKm2"]), rel=0.09)


def test_boundaries_share_their_borders() -> None:
    """In a coverage no directed edge is drawn twice: the neighbour draws it backwards."""
    edges: Counter[tuple[tuple[int, int], tuple[int, int]]] = Counter()
    for row in rows("boundaries_puglia"):
        for ring in rings(row["path"]):
            edges.update(zip(ring, ring[1:] + ring[:1], strict=True))
    assert max(edges.values()) == 1
    shared = sum((b, a) in edges for a, b in edges)
    assert shared > 0.8 * len(edges)


def test_boundaries_are_light() -> None:
    assert (FOLDER / "boundaries_puglia.csv").stat().st_size < 77_000
