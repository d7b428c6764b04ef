"""`talea publish`: files, errors in words, and editions that stay what they were."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talea_api.cli import ENVIRONMENT, FINDINGS, OK, USAGE, main
from talea_api.paths import code_digest
from talea_api.publishing import data_of_edition
from talea_catalogue.build import build
from talea_catalogue.publication import EditionError, editions, pin, pins
from talea_catalogue.release import Manifest, current

if TYPE_CHECKING:
    from talea_api.paths import Places
    from talea_api.settings import Settings
    from talea_catalogue.release import Release

FESTIVAL = "festival-2024"


def publish(home: Path, *options: str) -> int:
    return main(["--home", str(home), "publish", *options])


def test_the_shipped_editions_are_pinned_to_the_shipped_data(
    home: Path, places: Places, release: Release
) -> None:
    """Where it fails: `python -m talea_catalogue.generate_pins .`, and read the books again."""
    folder = current(home)
    assert folder is not None
    pinned = pins(places.sources.records)
    assert set(pinned) == {one.it.slug for one in editions(release.repository, pinned)}
    assert set(pinned.values()) == {Manifest.read(folder).data_digest}


@pytest.fixture(scope="module")
def own(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to write in, with that release in force."""
    copy = tmp_path_factory.mktemp("own") / "home"
    shutil.copytree(home, copy)
    return copy


def test_every_format_is_written(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "new" / "folder"
    options = ("--edition", FESTIVAL, "--format", "all", "--paper", "a5", "--lang", "en")
    assert publish(own, *options, "--out", str(out)) == OK
    said = capsys.readouterr()
    names = [f"{FESTIVAL}-a5-en.pdf", f"{FESTIVAL}-en.epub", f"{FESTIVAL}-en.html"]
    assert said.out.splitlines() == [str(out / name) for name in names]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert "20 schede" in said.err
    assert "non è fissata" not in said.err


def test_a_query_of_ones_own_chooses(own: Path, tmp_path: Path) -> None:
    query = tmp_path / "scelta.rq"
    query.write_text(
        "SELECT ?p { VALUES ?p { <https://w3id.org/talea/id/pratica/bari-social-book> } }"
    )
    options = ("--edition", "antologia", "--select", str(query), "--format", "html")
    assert publish(own, *options, "--out", str(tmp_path)) == OK
    page = (tmp_path / "antologia.html").read_text()
    assert page.count("<article") == 1
    assert "Bari Social Book" in page


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--edition", "nessuna", "--out", "OUT"], FINDINGS, "antologia, festival-2024"),
        (["--edition", FESTIVAL], USAGE, "--out"),
        (["--edition", FESTIVAL, "--out", "OUT", "--select", "nulla.rq"], ENVIRONMENT, "nulla.rq"),
        (["--edition", FESTIVAL, "--out", "OUT", "--select", "EMPTY"], USAGE, "vuoto"),
        (["--edition", FESTIVAL, "--out", "OUT", "--select", "NOTHING"], FINDINGS, "non trova"),
        (["--edition", FESTIVAL, "--out", "OUT", "--select", "BINARY"], FINDINGS, "UTF-8"),
        (["--edition", FESTIVAL, "--out", "OUT", "--only-complete"], FINDINGS, "nessuna delle 20"),
        (["--edition", FESTIVAL, "--out", "/dev/null/x"], ENVIRONMENT, "/dev/null"),
        (["--edition", "../../x", "--out", "OUT"], FINDINGS, "non c'è una pubblicazione"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    own: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    options: list[str],
    code: int,
    told: str,
) -> None:
    files = {"EMPTY": b"", "NOTHING": b"SELECT ?p { ?p <urn:x> 1 }", "BINARY": b"\xff\xfe"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    here = {name: str(tmp_path / name) for name in files} | {"OUT": str(tmp_path / "out")}
    assert publish(own, *(here.get(one, one) for one in options)) == code
    said = capsys.readouterr().err.strip().splitlines()
    assert told in said[-1]
    assert not list(tmp_path.glob("out/*"))


def test_a_pinned_edition_is_told_from_its_data_whatever_the_home_adds(
    own: Path, places: Places, settings: Settings, tmp_path: Path
) -> None:
    """A record of the home changes what is in force, and not the book: nor does an empty home."""
    before, after = tmp_path / "before", tmp_path / "after"
    options = ("--edition", FESTIVAL, "--format", "html")
    assert publish(own, *options, "--out", str(before)) == OK
    record = own / "records" / "pratica" / "nuova.ttl"
    record.parent.mkdir(parents=True)
    shipped = places.sources.records / "pratica" / "bari-social-book.ttl"
    record.write_text(shipped.read_text("utf-8").replace("/bari-social-book", "/nuova"))
    build(places.sources, own, code_digest=code_digest(places), engine=settings.meaning)
    assert publish(own, *options, "--out", str(after)) == OK
    name = f"{FESTIVAL}.html"
    assert (after / name).read_bytes() == (before / name).read_bytes()
    # Where the home no longer keeps that release, the shipped records give it again.
    folder = current(own)
    assert folder is not None
    for kept in folder.parent.iterdir():
        if kept != folder and kept.is_dir():
            shutil.rmtree(kept)
    assert publish(own, *options, "--out", str(after)) == OK
    assert (after / name).read_bytes() == (before / name).read_bytes()
    # Pinned to data that are nowhere: an error that says so.
    pin(own, FESTIVAL, "0" * 64)
    with (
        pytest.raises(EditionError, match="000000000000, che qui non ci sono"),
        data_of_edition(replace(settings, home=own), places, FESTIVAL),
    ):
        pass
    # Pinned to the data of today: told from these.
    assert publish(own, "--edition", FESTIVAL, "--pin") == OK
    assert publish(own, *options, "--out", str(after)) == OK


@pytest.mark.parametrize(
    "text", ["x", "x = 1", 'x = { data = "abc" }', "x = { data = 1 }", "\x00", "[x", 'x = "y"']
)
def test_a_file_of_pins_that_is_not_so_made_is_named(
    places: Places, tmp_path: Path, text: str
) -> None:
    (tmp_path / "editions.toml").write_text(text)
    with pytest.raises(EditionError, match=r"editions\.toml"):
        pins(places.sources.records, tmp_path)
