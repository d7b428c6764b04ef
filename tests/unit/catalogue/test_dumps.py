"""The files to download: complete, equal everywhere, harmless, and never half there."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talea_catalogue import dumps
from talea_catalogue import namespaces as ns
from talea_catalogue.dumps.ordering import resources, sort_lines

HEAD = "<https://w3id.org/talea/id/pratica/x> "
GRAPH = " <https://w3id.org/talea/graph/pratica/x> .\n"


def a_release(tmp_path: Path, data: str, name: str = "release") -> Path:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    (folder / "data.nq").write_text(data, encoding="utf-8")
    return folder


def practice(*pairs: tuple[str, str]) -> str:
    typed = f"{HEAD}<{ns.RDF}type> <{ns.ONTO}GoodPractice>{GRAPH}"
    return typed + "".join(f"{HEAD}<{prop}> {value}{GRAPH}" for prop, value in pairs)


def table(made: dumps.Dumps, name: str) -> list[dict[str, str]]:
    text = gzip.decompress((made.folder / f"{name}.csv.gz").read_bytes()).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="session")
def made(home, release) -> dumps.Dumps:
    found = dumps.read(release.folder / dumps.FOLDER)
    assert found is not None
    return found


def read_back(made: dumps.Dumps, name: str, form: ox.RdfFormat) -> set[ox.Quad]:
    data = gzip.decompress((made.folder / name).read_bytes())
    return set(ox.parse(data, format=form))


class TestContent:
    def test_every_format_says_what_the_release_says(self, made, release):
        given = set(ox.parse(release.dump.read_bytes(), format=ox.RdfFormat.N_QUADS))
        assert read_back(made, "talea.nq.gz", ox.RdfFormat.N_QUADS) == given
        for name, form in (
            ("talea.trig.gz", ox.RdfFormat.TRIG),
            ("talea.jsonld.gz", ox.RdfFormat.JSON_LD),
        ):
            assert isomorphic(read_back(made, name, form), given), name
        union = {ox.Quad(*quad.triple) for quad in given}
        assert isomorphic(read_back(made, "talea.ttl.gz", ox.RdfFormat.TURTLE), union)

    def test_every_class_with_instances_has_a_table_and_every_instance_a_row(self, made, release):
        typed: dict[str, set[str]] = {}
        for quad in release.store.quads(None, ns.TYPE, None):
            if not quad.object.value.startswith((ns.OWL, "http://www.w3.org/ns/shacl#")):
                typed.setdefault(quad.object.value, set()).add(quad.subject.value)
        assert {file.of_class for file in made.tables} == set(typed)
        for file in made.tables:
            rows = table(made, file.name.removesuffix(".csv.gz"))
            assert {row["iri"] for row in rows} == typed[file.of_class], file.name
            assert len(rows) == file.rows

    def test_no_value_of_a_practice_is_lost_in_its_table(self, made, release):
        rows = {row["iri"]: row for row in table(made, "GoodPractice")}
        for iri, row in rows.items():
            node = ox.NamedNode(iri)
            union = {q.triple for q in release.store.quads(node, None, None)}
            cells = [cell for name, cell in row.items() if name != "iri" and cell]
            assert sum(len(cell.split(" | ")) for cell in cells) == len(union), iri

    def test_what_the_columns_are_is_written(self, made):
        lines = table(made, "colonne")
        for file in made.tables:
            name = file.name.removesuffix(".csv.gz")
            header = {line["column"] for line in lines if line["table"] == name}
            data = gzip.decompress((made.folder / file.name).read_bytes()).decode()
            assert set(next(csv.reader(io.StringIO(data)))) == header
        practice = next(line for line in lines if line["table"] == "GoodPractice")
        assert practice["label_it"] == "Buona pratica"

    def test_hashes_and_sizes_are_those_of_the_files(self, made):
        for file in made.files:
            data = (made.folder / file.name).read_bytes()
            unpacked = gzip.decompress(data) if file.packed else data
            assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
            assert file.content_sha256 == hashlib.sha256(unpacked).hexdigest(), file.name
            assert file.content_size == len(unpacked)
        sums = (made.folder / "SHA256SUMS").read_text().splitlines()
        listed = {line.split("  ")[1] for line in sums}
        assert listed == {f.name for f in made.files if not f.name.startswith("SHA256SUMS")}

    def test_the_archive_holds_the_tables(self, made):
        with zipfile.ZipFile(made.folder / "talea-csv.zip") as bundle:
            assert bundle.testzip() is None
            names = set(bundle.namelist())
            assert bundle.read("GoodPractice.csv") == gzip.decompress(
                (made.folder / "GoodPractice.csv.gz").read_bytes()
            )
        assert names == {f.name.removesuffix(".gz") for f in made.tables} | {"colonne.csv"}

    def test_the_numbers_are_those_of_queries(self, made, release):
        store = ox.Store()
        store.bulk_load(path=str(release.dump), format=ox.RdfFormat.N_QUADS)

        def ask(text: str) -> dict[str, int]:
            rows = store.query(text, use_default_graph_as_union=True)
            return {row[0].value: int(row[1].value) for row in rows}

        classes = ask("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
        assert {part.iri: part.entities for part in made.statistics.classes} == classes
        properties = ask("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
        assert {part.iri: part.triples for part in made.statistics.properties} == properties
        subjects = ask("SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY ?p")
        assert {part.iri: part.entities for part in made.statistics.properties} == subjects
        assert made.statistics.triples == sum(properties.values())
        entities = ask(
            'SELECT ("n" AS ?k) (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c '
            f'FILTER(isIRI(?s) && STRSTARTS(STR(?s), "{ns.ID}")) }}'
        )
        assert made.statistics.entities == entities["n"]


def isomorphic(one: set[ox.Quad], other: set[ox.Quad]) -> bool:
    def canonical(quads: set[ox.Quad]) -> set[ox.Quad]:
        dataset = ox.Dataset(quads)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        return set(dataset)

    return canonical(one) == canonical(other)


class TestSameEverywhere:
    def test_another_machine_writes_the_same_bytes(self, made, release, tmp_path):
        """Another folder, time zone, locale and hash seed."""
        copy = a_release(tmp_path, release.dump.read_text(encoding="utf-8"))
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONHASHSEED": "7",
            "TZ": "Pacific/Kiritimati",
            "LC_ALL": "C",
        }
        command = [sys.executable, "-m", "talea_catalogue.dumps", str(copy)]
        subprocess.run(command, check=True, env=environment)
        for file in made.files:
            again = (copy / "dumps" / file.name).read_bytes()
            assert again == (made.folder / file.name).read_bytes(), file.name
        assert (copy / "dumps/dumps.json").read_bytes() == made.as_json()

    def test_small_runs_are_merged_into_the_same_order(self, release, tmp_path):
        whole, pieces = tmp_path / "whole", tmp_path / "pieces"
        sort_lines(release.dump, whole)
        sort_lines(release.dump, pieces, run_bytes=10_000)
        assert whole.read_bytes() == pieces.read_bytes()
        assert whole.read_bytes().splitlines() == sorted(release.dump.read_bytes().splitlines())
        subjects = [subject for subject, _ in resources(whole)]
        assert len(subjects) == len(set(subjects))


class TestCells:
    @pytest.mark.parametrize(
        ("value", "cell"),
        [
            ('"=HYPERLINK(1)"', "'=HYPERLINK(1)"),
            ('" \\t=1+1"', "'=1+1"),
            ('"-5"', "-5"),
            ('"-5+cmd"', "'-5+cmd"),
            ('"@SUM(A1)"', "'@SUM(A1)"),
            ('"＝1+1"', "'＝1+1"),
            ('"a\\r\\nb"', "a b"),
            ('"a | b"', "a \\| b"),
            ('"a\\\\b"', "a\\\\b"),
            ('"says \\"no\\", twice"', 'says "no", twice'),
        ],
    )
    def test_no_cell_is_a_formula_or_two_values(self, tmp_path, value, cell):
        made = dumps.write(a_release(tmp_path, practice((ns.DCT + "identifier", value))))
        assert table(made, "GoodPractice")[0]["identifier"] == cell

    def test_several_values_and_several_languages(self, tmp_path):
        data = practice(
            (ns.DCT + "title", '"uno"@it'),
            (ns.DCT + "title", '"one"@en'),
            (ns.DCT + "source", "<https://b.example/>"),
            (ns.DCT + "source", "<https://a.example/>"),
            ("https://other.example/title", '"altro"@it'),
        )
        row = table(dumps.write(a_release(tmp_path, data)), "GoodPractice")[0]
        assert row["source"] == "https://a.example/ | https://b.example/"
        assert row["title_en"] == "one"
        assert row["dct_title_it"] == "uno"
        assert row["other.example_title_it"] == "altro"

    def test_a_triple_of_two_graphs_is_one_value(self, tmp_path):
        line = f'{HEAD}<{ns.DCT}title> "x"@it'
        data = practice() + line + GRAPH + line + f" <{ns.GRAPH}derivati> .\n"
        made = dumps.write(a_release(tmp_path, data))
        assert table(made, "GoodPractice")[0]["title_it"] == "x"
        assert made.statistics.triples == 2

    @given(st.lists(st.text(max_size=40), min_size=1, max_size=4, unique=True))
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_any_text_is_one_row_that_opens(self, tmp_path, texts):
        texts = [text for text in texts if text.isprintable() or "\x00" not in text]
        values = [(ns.DCT + "subject", str(ox.Literal(text))) for text in texts]
        release = tmp_path / hashlib.sha256(repr(texts).encode("utf-8", "replace")).hexdigest()
        if release.exists():
            return
        made = dumps.write(a_release(release, practice(*values)))
        rows = table(made, "GoodPractice")
        assert len(rows) == 1
        for cell in rows[0].values():
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert "\n" not in cell


class TestInterrupted:
    def test_an_empty_release_has_dumps_too(self, tmp_path):
        made = dumps.write(a_release(tmp_path, ""))
        assert made.tables == ()
        assert made.statistics.triples == 0

    def test_a_file_that_is_no_data_leaves_nothing(self, tmp_path):
        release = a_release(tmp_path, "this is no N-Quads\n")
        with pytest.raises(SyntaxError):
            dumps.write(release)
        assert not (release / "dumps").exists()
        assert not [path for path in tmp_path.iterdir() if path.is_dir() and path != release]

    def test_a_killed_process_leaves_no_half_and_the_next_one_mends(self, release, tmp_path):
        data = release.dump.read_text(encoding="utf-8")
        copy = a_release(tmp_path, data)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "talea_catalogue.dumps", str(copy)]
        process = subprocess.Popen(command, env=environment)
        aside = tmp_path / ".dumps-release"
        while not list(aside.glob("*.gz")) and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (copy / "dumps").exists()
        assert aside.exists()
        made = dumps.write(copy)
        assert not aside.exists()
        assert dumps.read(made.folder) == made

    def test_what_is_whole_is_not_made_again(self, tmp_path):
        release = a_release(tmp_path, practice())
        first = dumps.write(release)
        before = (first.folder / "dumps.json").stat().st_mtime_ns
        dumps.write(release)
        assert (first.folder / "dumps.json").stat().st_mtime_ns == before

    @pytest.mark.parametrize("harm", ["cut", "gone", "garbage", "format", "other"])
    def test_what_is_not_whole_is_made_again(self, tmp_path, harm):
        release = a_release(tmp_path, practice())
        folder = dumps.write(release).folder
        index = folder / "dumps.json"
        if harm == "cut":
            (folder / "talea.nq.gz").write_bytes(b"")
        elif harm == "gone":
            (folder / "SHA256SUMS").unlink()
        elif harm == "garbage":
            index.write_bytes(b"[" * 100_000)
        elif harm == "format":
            index.write_text(json.dumps({**json.loads(index.read_text()), "format": 99}))
        else:
            (release / "data.nq").write_text(practice((ns.DCT + "title", '"new"@it')))
        if harm != "other":
            assert dumps.read(folder) is None
        made = dumps.write(release)
        assert made.statistics.triples == (2 if harm == "other" else 1)

    def test_they_do_not_spoil_the_release(self, made, release):
        from talea_catalogue.release import whole

        assert made.folder.is_dir()
        assert whole(release.folder)
