"""A build that starts from the last release says what one that starts from nothing says."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from talea_catalogue import answers, release, standing
from talea_catalogue import build as module
from talea_catalogue import namespaces as ns
from talea_catalogue.build import Built, build, needs_build
from talea_catalogue.checkpoint import NAME, Checkpoint
from talea_catalogue.errors import BuildError
from talea_catalogue.records import RecordFile
from talea_catalogue.release import current, open_release
from talea_catalogue.repository import Repository
from talea_catalogue.search import Query
from talea_catalogue.sources import Sources
from talea_catalogue.survey import Seen, settled
from talea_catalogue.terms import T
from talea_catalogue.validate import Checker

CODE = "code"
EXAMPLES = int(os.environ.get("TALEA_HISTORIES", "9"))
MODEL = "bari-social-book"
BODY = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix talea: <https://w3id.org/talea/onto/> .
<https://w3id.org/talea/id/ente/{slug}> a talea:ThirdSectorOrganization ;
    dct:title "{title}"@it .
"""
GONE = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<https://w3id.org/talea/id/{kind}/{slug}> owl:deprecated true .
"""
TRANSFER = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix talea: <https://w3id.org/talea/onto/> .
@prefix voc: <https://w3id.org/talea/voc/> .
<{root}replica/{slug}> a talea:Replication ;
    talea:replicates <{root}pratica/{b}> ; talea:yields <{root}pratica/{a}> ;
    talea:placeAsSaid "Bari"@it ; talea:inCountry <{root}luogo/italia> ;
    talea:adoptedIn <{root}luogo/072006> ;
    dct:title "Bari"@it ; talea:replicationKind voc:genere-replica\\/stesso-programma ;
    dct:source <https://example.org/> .
"""
REPLICA = "<https://w3id.org/talea/id/pratica/{a}> talea:replicaOf <{root}pratica/{b}> .\n"


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory, small: Sources) -> Sources:
    """The small catalogue with more practices, and a body, to edit."""
    folder = tmp_path_factory.mktemp("light")
    shutil.copytree(small.records, folder / "records")
    model = (small.records / "pratica" / f"{MODEL}.ttl").read_text("utf-8")
    for slug in SHIPPED:
        (folder / "records" / "pratica" / f"{slug}.ttl").write_text(practice(model, slug))
    (folder / "records" / "ente").mkdir()
    (folder / "records" / "ente" / "x.ttl").write_text(BODY.format(slug="x", title="Fornito"))
    return replace(small, records=folder / "records")


def practice(text: str, slug: str, *, title: str = "", body: str = "", comune: str = "") -> str:
    """The model practice under another name, with what is given in the place of its own."""
    text = text.replace(f"/{MODEL}", f"/{slug}")
    text = text.replace("Bari Social Book – luoghi sociali per leggere", title or f"Libri {slug}")
    if body:
        text = text.replace("id/ente/c_a662", f"id/ente/{body}")
    if comune:
        text = text.replace("id/luogo/072006", f"id/luogo/{comune}")
    return text


SHIPPED = ("e", "f")
SLUGS = ("a", "b", *SHIPPED, MODEL)
slug, body = st.sampled_from(SLUGS), st.sampled_from(("x", "y"))
EDIT = st.one_of(
    st.tuples(st.just("practice"), slug, st.sampled_from(("uno", "due"))),
    st.tuples(st.just("elsewhere"), slug, st.sampled_from(("0", "1"))),
    st.tuples(st.just("needs body"), slug, body),
    st.tuples(st.just("body"), st.sampled_from(("x", "y", "a")), st.sampled_from(("Uno", "Due"))),
    st.tuples(st.just("no body"), body, st.just("")),
    st.tuples(st.just("body gone"), body, st.just("")),
    st.tuples(st.just("delete"), slug, st.just("")),
    st.tuples(st.just("withdraw"), slug, st.just("")),
    st.tuples(st.just("no turtle"), slug, st.just("")),
    st.tuples(st.just("bad"), slug, st.just("")),
    st.tuples(st.just("replica"), slug, slug),
    st.tuples(st.just("transfer"), slug, slug),
    st.tuples(st.just("comment"), slug, st.just("")),
    st.tuples(st.just("old times"), slug, st.just("")),
    st.tuples(st.just("stray"), st.just(""), st.just("")),
    st.tuples(st.just("upgrade"), st.sampled_from(SHIPPED), st.sampled_from(("uno", "due", ""))),
    st.tuples(st.just("vocabulary"), st.just(""), st.just("")),
)


class Bench:
    """A home and sources of one's own, to edit at random."""

    def __init__(self, folder: Path, light: Sources, model: str) -> None:
        self.home = folder / "home"
        self.records = self.home / "records"
        shutil.copytree(light.ontology, folder / "ontology")
        shutil.copytree(light.records, folder / "shipped")
        self.sources = Sources(
            folder / "ontology", folder / "shipped", light.territory, light.queries
        )
        self.model = model
        lines = (light.territory / "comuni_italia.csv").read_text("utf-8").splitlines()
        self.comuni = [line.split(",")[0].strip('"') for line in lines[1:3]]
        self.times = 0

    def edit(self, what: str, one: str, other: str) -> None:
        """Do one edit to the files."""
        here = self.records / "pratica" / f"{one}.ttl"
        body = self.records / "ente" / f"{one}.ttl"
        for folder in (here.parent, body.parent):
            folder.mkdir(parents=True, exist_ok=True)
        match what:
            case "practice":
                here.write_text(practice(self.model, one, title=f"Libri {other}"))
            case "elsewhere":
                here.write_text(practice(self.model, one, comune=self.comuni[int(other)]))
            case "needs body":
                here.write_text(practice(self.model, one, body=other))
            case "body":
                body.write_text(BODY.format(slug=one, title=other))
            case "no body":
                body.unlink(missing_ok=True)
            case "body gone":
                body.write_text(GONE.format(kind="ente", slug=one))
            case "delete":
                here.unlink(missing_ok=True)
            case "withdraw":
                here.write_text(GONE.format(kind="pratica", slug=one))
            case "no turtle":
                here.write_text("this is no Turtle")
            case "bad":
                here.write_text(practice(self.model, one).replace("startYear 2016", "startYear 1"))
            case "replica":
                link = REPLICA.format(a=one, b=other, root=ns.ID)
                here.write_text(practice(self.model, one) + link)
            case "transfer":
                path = self.records / "replica" / f"da-{other}-a-{one}.ttl"
                path.parent.mkdir(exist_ok=True)
                path.write_text(TRANSFER.format(a=one, b=other, slug=path.stem, root=ns.ID))
            case "comment" if here.exists():
                here.write_text(here.read_text() + "# lo stesso\n")
            case "old times" if here.exists():
                os.utime(here, (1, 1))
            case "upgrade":
                path = self.sources.records / "pratica" / f"{one}.ttl"
                path.unlink(missing_ok=True)
                if other:
                    path.write_text(practice(self.model, one, title=f"Fornita {other}"))
            case "stray":
                (self.records / "fuori.ttl").write_text("# fuori posto\n")
            case "vocabulary":
                self.times += 1
                path = next((self.sources.ontology / "vocabularies").glob("target.ttl"))
                link = f"<urn:talea:prova:{self.times}> <urn:talea:dice> {self.times} .\n"
                path.write_text(path.read_text("utf-8") + link)

    def build(self, **options: object) -> Built:
        """Build the home as it is."""
        return build(self.sources, self.home, code_digest=CODE, **options)  # type: ignore[arg-type]


def same(one: Built, other: Built, queries: Path, where: Path) -> None:
    """The two releases say the same, to the byte, and answer the same."""
    assert one.manifest.data_digest == other.manifest.data_digest
    dumps = [(built.folder / "data.nq").read_bytes() for built in (one, other)]
    assert dumps[0] == dumps[1]
    assert [str(p).replace(str(where), "") for p in one.problems] == [
        str(p).replace(str(where), "") for p in other.problems
    ]
    assert one.manifest.counts == other.manifest.counts
    assert one.manifest.dump_sha256 == other.manifest.dump_sha256
    opened = [open_release(built.folder, queries) for built in (one, other)]
    # A store gives blank nodes names of its own.
    quads = [sorted(re.sub(r"_:\w+", "_:", str(q)) for q in r.store.quads()) for r in opened]
    assert quads[0] == quads[1]
    assert len(opened[0].store) == one.manifest.counts["triple"]
    for words in ("", "libri", "uno due", "bari", "fornito"):
        found = [
            {(hit.brief, hit.reasons) for hit in r.search.search(Query(words, limit=100)).hits}
            for r in opened
        ]
        assert found[0] == found[1]
    for question in (*answers.QUESTIONS, "practices-replicated"):
        rows = [r.store.select(question) for r in opened]
        assert rows[0] == rows[1]
    told = [dict(said(r.repository)) for r in opened]
    assert told[0] == told[1]


def same_as_full(bench: Bench, built: Built) -> None:
    """`built`, with its store on disk, is what a full build of the same records makes elsewhere."""
    home = _home_with(bench.records, bench.home.parent / "o")
    full = build(bench.sources, home, code_digest=CODE, disk_from=0)
    same(built, full, bench.sources.queries, bench.home)


def said(repository: Repository) -> Iterator[tuple[str, object]]:
    """What pages ask of a release."""
    yield "listed", repository.listed()
    yield "facets", repository.columns().overview
    yield "concepts", repository.concept_uses("target")
    yield "Bari", repository.practices_of_comune("072006")
    for slug in SLUGS:
        iri = ns.resource("pratica", slug)
        yield slug, repository.practice(slug)
        yield f"{slug} gone", repository.gone(iri)
        yield f"{slug} label", repository.label(iri)
        yield f"{slug} triples", sorted(map(str, repository.triples(iri)))
        yield f"{slug} replicas", repository.replicas_declared(slug)
        yield f"{slug} transfers", repository.replications_of(slug)
        if slug in repository.listed():
            yield f"{slug} level", repository.level(slug)
    for slug in ("x", "y", "a"):
        yield f"body {slug}", repository.practices_of_body(ns.resource("ente", slug))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, light: Sources) -> Path:
    """A home built once in memory and one built once on disk: any example starts from a copy."""
    folder = tmp_path_factory.mktemp("begun")
    for name, disk_from in HOMES.items():
        (folder / name).mkdir()
        build(light, folder / name, code_digest=CODE, disk_from=disk_from)
    return folder


HOMES = {"memory": module.DISK_FROM, "disk": 0}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),  # shrinking would build for hours
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.tuples(EDIT, st.booleans()), min_size=3, max_size=6), st.sampled_from([*HOMES]))
def test_any_edits_give_what_a_full_build_gives(
    light: Sources,
    begun: Path,
    checker: Checker,
    model_record: str,
    edits: list[tuple[tuple[str, str, str], bool]],
    where: str,
) -> None:
    """Each edit may be followed by a build; the last one is. None may fall back on a full build."""
    disk_from = HOMES[where]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Checker", lambda _: checker)
        if where == "disk":
            patch.setattr(module, "_MANY", 1.0)  # index and answers always start from the last
        bench = Bench(Path(folder), light, model_record)
        shutil.copytree(begun / where, bench.home)
        begins = count_calls(patch, "_build")
        for edit, built_now in edits:
            bench.edit(*edit)
            if built_now:
                bench.build(disk_from=disk_from)
        done = len(begins)
        built = bench.build(disk_from=disk_from)
        assert len(begins) == done + 1
        full = build(
            bench.sources,
            _home_with(bench.records, Path(folder) / "other"),
            code_digest=CODE,
            full=True,
            disk_from=disk_from,
        )
        same(built, _at_home(full, Path(folder)), bench.sources.queries, Path(folder))


def count_calls(patch: pytest.MonkeyPatch, name: str) -> list[None]:
    """A list that grows at each call of a function of the build."""
    calls: list[None] = []
    real = getattr(module, name)

    def call(*arguments: object) -> object:
        calls.append(None)
        return real(*arguments)

    patch.setattr(module, name, call)
    return calls


def _home_with(records: Path, home: Path) -> Path:
    shutil.copytree(records, home / "records")
    return home


def _at_home(built: Built, folder: Path) -> Built:
    """The build of the copied home, with its files named as in the first."""
    for number, problem in enumerate(built.problems):
        file = problem.file.replace(str(folder / "other"), str(folder / "home"))
        built.problems[number] = type(problem)(
            file, problem.node, problem.field, problem.rule, problem.message, problem.severity
        )
    built.problems.sort()
    return built


@pytest.fixture
def bench(tmp_path: Path, light: Sources, model_record: str) -> Bench:
    """A home built once, on disk."""
    bench = Bench(tmp_path, light, model_record)
    bench.edit("practice", "a", "uno")
    bench.edit("practice", "b", "uno")
    bench.build(disk_from=0)
    return bench


def test_a_body_may_have_the_slug_of_a_practice(bench: Bench) -> None:
    """What is computed of the practice stays when the body of its name comes, changes and goes."""
    level = f"{ns.resource('scheda', 'a')}> <{T.completenessLevel.value}>".encode()
    for edit in (("body", "a", "Uno"), ("body", "a", "Due"), ("no body", "a", "")):
        bench.edit(*edit)
        assert level in dump_of(bench.build(disk_from=0))


def test_only_the_record_that_changed_is_validated(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = Checker.check

    def check(self: Checker, found: list[RecordFile]) -> object:
        checked.extend(record.slug for record in found)
        return real(self, found)

    monkeypatch.setattr(Checker, "check", check)
    bench.edit("practice", "a", "due")
    bench.build(disk_from=0)
    assert checked == ["a"]
    bench.edit("no turtle", "a", "")
    assert [p.rule for p in bench.build(disk_from=0).problems] == ["readable"]
    bench.edit("practice", "a", "due")
    bench.build(disk_from=0)
    assert checked == ["a", "a"]


def test_the_store_shares_its_files_with_the_last_one(bench: Bench) -> None:
    before = current(bench.home)
    bench.edit("practice", "a", "due")
    after = bench.build(disk_from=0).folder
    assert before is not None
    assert after != before
    shared = {p.stat().st_ino for p in (before / "store").glob("*.sst")}
    assert shared & {p.stat().st_ino for p in (after / "store").glob("*.sst")}
    for folder in (before, after):
        assert release.whole(folder)


@pytest.mark.parametrize("how", ["cut", "other", "missing", "old dump"])
def test_a_spoilt_state_means_a_full_build(bench: Bench, how: str) -> None:
    folder = current(bench.home)
    assert folder is not None
    state = folder / NAME
    match how:
        case "cut":
            state.write_bytes(state.read_bytes()[:-10])
        case "other":
            state.write_bytes(b"[]")
        case "missing":
            state.unlink()
        case "old dump":
            (folder / "data.nq").write_bytes(b"")
    bench.edit("practice", "a", "due")
    assert needs_build(bench.sources, bench.home, CODE)
    built = bench.build(disk_from=0)
    same_as_full(bench, built)


def test_an_edit_that_puts_the_old_times_back_is_seen(bench: Bench) -> None:
    path = bench.records / "pratica" / "a.ttl"
    status = path.stat()
    path.write_text(path.read_text().replace("Libri uno", "Libri tre"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert needs_build(bench.sources, bench.home, CODE)
    assert b"Libri tre" in (bench.build(disk_from=0).folder / "data.nq").read_bytes()


def test_a_full_build_mends_a_release_that_lies(bench: Bench) -> None:
    folder = current(bench.home)
    assert folder is not None
    good = (folder / "data.nq").read_bytes()
    state = Checkpoint.load(folder)
    assert state is not None
    (folder / "data.nq").write_bytes(good.replace(b"Libri uno", b"Libri due"))
    built = bench.build(disk_from=0, full=True)
    assert (built.folder, built.new) == (folder, True)
    assert (folder / "data.nq").read_bytes() == good
    assert [p.name for p in (bench.home / "releases").iterdir()] == [folder.name]


def test_crossing_the_size_makes_and_drops_the_store(bench: Bench) -> None:
    bench.edit("practice", "a", "due")
    small = bench.build().folder
    assert release.store_in(small) is None
    bench.edit("practice", "a", "tre")
    big = bench.build(disk_from=0).folder
    assert release.store_in(big) is not None
    assert len(open_release(big, bench.sources.queries).store) == len(
        list(ox.parse(path=str(big / "data.nq")))
    )


def test_a_cycle_of_replications_is_named_and_left_out(bench: Bench) -> None:
    bench.edit("replica", "a", "b")
    assert bench.build().problems == []
    bench.edit("replica", "b", MODEL)
    assert bench.build().problems == []
    shipped = bench.sources.records / "pratica" / f"{MODEL}.ttl"
    bench.edit("replica", MODEL, "a")
    problems = bench.build().problems
    assert {p.rule for p in problems} >= {"replication-cycle"}
    assert "giro di repliche" in problems[0].message
    digest = bench.build().manifest.data_digest
    full = bench.build(full=True)
    assert full.manifest.data_digest == digest
    assert shipped.exists()
    assert ns.GRAPH + "pratica/" + MODEL in str((full.folder / "data.nq").read_bytes())


def test_a_practice_that_replicates_itself_is_named(bench: Bench) -> None:
    bench.edit("replica", "a", "a")
    (problem,) = bench.build().problems
    assert problem.rule == "replication-cycle"
    assert "a replica di a" in problem.message


def test_a_shipped_record_changed_by_an_upgrade_is_told_against_the_homes(bench: Bench) -> None:
    bench.edit("practice", MODEL, "mio")
    (told,) = bench.build().conflicts
    assert "sostituisce quella fornita" in told
    shipped = bench.sources.records / "pratica" / f"{MODEL}.ttl"
    shipped.write_text(shipped.read_text() + "# a comment changes nothing\n")
    assert len(bench.build().conflicts) == 1
    shipped.write_text(shipped.read_text().replace("dal 2016", "dal 2017"))
    for _ in range(2):
        told = bench.build().conflicts[-1]
        assert str(shipped) in told
        assert str(bench.records / "pratica" / f"{MODEL}.ttl") in told
    bench.edit("practice", MODEL, "mio, confrontato")
    assert len(bench.build().conflicts) == 1


def test_pinned_releases_are_never_pruned(bench: Bench) -> None:
    first = release.history(bench.home)[0]
    release.pin(bench.home, first[1].data_digest)
    assert release.pinned(bench.home) == {first[1].data_digest}
    with pytest.raises(ValueError, match="no data digest"):
        release.pin(bench.home, "../..")
    for title in "bcdefgh":
        bench.edit("practice", "a", title)
        bench.build()
    folders = [folder for folder, _ in release.history(bench.home)]
    assert first[0] in folders
    assert len(folders) == 2 + module.KEEP


def test_a_record_edited_under_the_build_is_read_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what was read too early nor what was read too late is remembered as the other."""
    path = bench.records / "pratica" / "a.ttl"
    real = standing.learn
    bench.edit("practice", "a", "due")
    due = path.read_bytes()

    def learn(*arguments: Any) -> object:
        monkeypatch.undo()
        bench.edit("practice", "a", "tre")
        return real(*arguments)

    monkeypatch.setattr(standing, "learn", learn)
    assert b"Libri tre" in dump_of(bench.build(disk_from=0))
    assert not needs_build(bench.sources, bench.home, CODE)
    path.write_bytes(due)
    assert needs_build(bench.sources, bench.home, CODE)
    assert b"Libri due" in dump_of(bench.build(disk_from=0))


@pytest.mark.parametrize("how", ["removed", "made a folder", "vocabulary"])
def test_what_goes_or_changes_under_the_build_is_looked_at_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = bench.records / "pratica" / "a.ttl"
    real = standing.learn

    def learn(*arguments: Any) -> object:
        monkeypatch.undo()
        if how == "vocabulary":
            bench.edit("vocabulary", "", "")
        else:
            path.unlink()
            if how == "made a folder":
                path.mkdir()
        return real(*arguments)

    bench.edit("practice", "a", "due")
    monkeypatch.setattr(standing, "learn", learn)
    built = bench.build(disk_from=0)
    assert not needs_build(bench.sources, bench.home, CODE)
    assert (b"Libri due" in dump_of(built)) == (how == "vocabulary")
    assert (b"<urn:talea:prova:1>" in dump_of(built)) == (how == "vocabulary")
    assert [p.message for p in built.problems] == (
        ["non si può leggere: è una cartella"] if how == "made a folder" else []
    )


def test_files_that_never_rest_are_told_in_one_line(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current(bench.home)
    titles = iter(range(100))
    real = standing.learn

    def learn(*arguments: Any) -> object:
        bench.edit("practice", "a", f"{next(titles)}")
        return real(*arguments)

    monkeypatch.setattr(standing, "learn", learn)
    bench.edit("practice", "a", "due")
    with pytest.raises(BuildError, match="cambiano mentre il catalogo si costruisce"):
        bench.build(disk_from=0)
    assert current(bench.home) == before
    assert next(titles) == module._TRIES


def dump_of(built: Built) -> bytes:
    """The dump of a release."""
    return (built.folder / "data.nq").read_bytes()


@pytest.mark.parametrize("what", ["index", "words", "answers", "store", "no links"])
def test_what_is_spoilt_in_the_last_release_is_made_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Spoilt to the size: the release looks whole until its files are used."""
    folder = current(bench.home)
    assert folder is not None
    monkeypatch.setattr(module, "_MANY", 1.0)
    match what:
        case "index":
            spoil(folder / "index" / "meta.json")
        case "words":
            spoil(folder / "index" / "words.tsv")
        case "answers":
            spoil(folder / answers.NAME)
        case "store":
            for path in (folder / "store").glob("*.sst"):
                spoil(path)
        case "no links":

            def refused(*_: object) -> None:
                raise OSError(errno.EPERM, "Operation not permitted")

            monkeypatch.setattr(module, "change_disk", refused)
            monkeypatch.setattr(os, "link", refused)
    bench.edit("practice", "a", "due")
    built = bench.build(disk_from=0)
    same_as_full(bench, built)


def spoil(path: Path) -> None:
    """Other bytes, as many."""
    path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.parametrize(
    "body", ['{"version": 99}', "[]", "{}", '{"version": 1, "names": 3}', "null", "[" * 100_000]
)
def test_a_state_of_another_kind_is_no_state(tmp_path: Path, body: str) -> None:
    """Even where its hash is right, as another version of the program would write it."""
    head = hashlib.sha256(body.encode()).hexdigest()
    (tmp_path / NAME).write_text(f"{head}\n{body}")
    assert Checkpoint.load(tmp_path) is None


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    stamp = (1, 2, 3, 4)
    seen = [Seen(0, f"ente/{sha}.ttl", tmp_path, stamp, sha) for sha in ("error 5", "ab")]
    assert list(settled(seen, 10**18)) == ["0 ente/ab.ttl"]


def test_blank_nodes_of_two_graphs_never_meet(bench: Bench) -> None:
    """Nor do records have any: only a full build writes the graphs that do."""
    schema = bench.sources.ontology
    for number, folder in enumerate((schema, schema / "shapes", schema / "vocabularies")):
        (folder / "anonimi.ttl").write_text(f"<urn:a:{number}> <urn:b> [ <urn:c> {number} ] .")
    built = bench.build()
    homes: dict[str, set[str]] = {}
    for quad in ox.parse(dump_of(built), format=ox.RdfFormat.N_QUADS):
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.BlankNode):
                homes.setdefault(term.value, set()).add(ns.local(str(quad.graph_name.value)))
    assert {graph for graphs in homes.values() for graph in graphs} == {"onto", "shapes", "voc"}
    assert all(len(graphs) == 1 for graphs in homes.values())
    store = open_release(built.folder, bench.sources.queries).store
    for number in range(3):
        (quad,) = store.quads(ox.NamedNode(f"urn:a:{number}"))
        assert isinstance(quad.object, ox.BlankNode)
        assert len([q for q in store.quads() if q.subject == quad.object]) == 1


REPLACED = """
import os, signal, sys
from pathlib import Path
from talea_catalogue.build import build
from talea_catalogue.sources import Sources
*folders, home, moment = sys.argv[1:]
real, left = os.rename, [int(moment)]
def rename(*arguments):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    real(*arguments)
os.rename = rename
build(Sources(*map(Path, folders)), Path(home), code_digest="code", disk_from=0, full=True)
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_a_full_build_killed_while_it_replaces_a_release_leaves_one(
    bench: Bench, renames: int, run_python: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Killed before the old one went beside, and before the new one took its name."""
    before = current(bench.home)
    assert before is not None
    s = bench.sources
    done = run_python(
        REPLACED,
        *map(str, (s.ontology, s.records, s.territory, s.queries, bench.home)),
        str(renames),
    )
    assert done.returncode == -9, done.stderr
    assert before.exists() == (renames == 0)
    left = current(bench.home)
    assert left is not None
    assert release.whole(left)
    assert "a" in open_release(left, s.queries).repository.listed()
    built = bench.build(disk_from=0)
    assert (built.folder, built.new) == (before, False)
    assert [p.name for p in (bench.home / "releases").iterdir()] == [before.name]


def test_what_an_older_process_of_this_number_left_is_removed(bench: Bench) -> None:
    releases = bench.home / "releases"
    (releases / f".build-{os.getpid()}-old").mkdir()
    beside = releases / f".old-{os.getpid()}-{'0' * 16}"
    beside.mkdir()
    (releases / ".old-rubbish").mkdir()
    bench.edit("practice", "a", "due")
    bench.build()
    assert not list(releases.glob(".build-*"))
    assert not beside.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
import pyoxigraph
from talea_catalogue import build as module
from talea_catalogue.sources import Sources
*folders, home, moment = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
owner, _, name = moment.rpartition(".")
setattr(eval(owner), name, die)
module._MANY = 1.0
module.build(Sources(*map(Path, folders)), Path(home), code_digest="code", disk_from=0)
"""


@pytest.mark.parametrize(
    "moment", ["module.change_disk", "module.update_index", "module.answers.ask_again", "os.rename"]
)
def test_an_incremental_build_that_is_killed_hurts_nothing(
    bench: Bench, moment: str, run_python: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    before = current(bench.home)
    bench.edit("practice", "a", "due")
    s = bench.sources
    done = run_python(
        KILLED, *map(str, (s.ontology, s.records, s.territory, s.queries, bench.home)), moment
    )
    assert done.returncode == -9, done.stderr
    assert current(bench.home) == before
    assert before is not None
    assert release.whole(before)
    built = bench.build(disk_from=0)
    assert built.folder != before
    assert not list((bench.home / "releases").glob(".build-*"))


@pytest.fixture
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script in a process of its own."""
    import sys

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run
