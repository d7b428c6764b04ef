"""Record files: what is refused and how it is named, and writing that is whole and repeatable."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import records
from talea_catalogue.errors import RecordError
from talea_catalogue.sources import Sources

ME = "<https://w3id.org/talea/id/pratica/x>"
SAY = f'{ME} <http://purl.org/dc/terms/title> "Titolo"@it .'

REFUSED = {
    "not Turtle": (f"{ME} dct:title", "Turtle non valido"),
    "not UTF-8": (b"\xff\xfe\x00", "non è in UTF-8 (byte 0)"),
    "blank node as value": (f"{ME} <http://a/b> [] .", "nodi anonimi"),
    "blank node as subject": ("[] <http://a/b> 1 .", "nodi anonimi"),
    "triple as value": (f"{ME} <http://a/b> <<( <http://a/b> <http://a/c> 1 )>> .", "una tripla"),
    "another resource": (SAY.replace("/x>", "/y>"), "parla di un'altra risorsa: https://"),
    "a longer name": (SAY.replace("/x>", "/xx>"), "parla di un'altra risorsa: https://"),
    "a body": (SAY.replace("pratica/x", "ente/c_a662"), "parla di un'altra risorsa: https://"),
    "two megabytes": ("#" * 2_000_001, "supera 2000000 byte"),
    "relative address": ("<x> <y> <z> .", "Turtle non valido"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_record_is_refused_in_italian(
    put: Callable[..., Path], content: str | bytes, reason: str
) -> None:
    path = put("pratica/x.ttl", content)
    with pytest.raises(RecordError, match=reason.replace("(", r"\(").replace(")", r"\)")) as caught:
        records.parse(path)
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["pratica/X.ttl", "pratica/a_b.ttl", "pratica/.a.ttl", "voc/a.ttl"]
)
def test_a_file_out_of_place_is_named(put: Callable[..., Path], name: str, tmp_path: Path) -> None:
    path = put(name, SAY)
    layers = records.read_layers(tmp_path / "none", tmp_path / "records")
    assert [fault.file for fault in layers.faults] == [str(path)]
    assert not layers.records


@pytest.mark.parametrize("name", ["x.ttl", "pratica/vecchie/x.ttl", "altro/pratica/x.ttl"])
def test_a_file_in_no_folder_of_records_is_named_too(
    put: Callable[..., Path], name: str, tmp_path: Path
) -> None:
    path = put(name, SAY)
    layers = records.read_layers(tmp_path / "none", tmp_path / "records")
    assert [(fault.file, "cartella di schede" in fault.reason) for fault in layers.faults] == [
        (str(path), True)
    ]


def test_a_folder_or_a_broken_link_with_the_name_of_a_record_is_named(tmp_path: Path) -> None:
    layer = tmp_path / "records"
    (layer / "pratica" / "x.ttl").mkdir(parents=True)
    (layer / "pratica" / "y.ttl").symlink_to(tmp_path / "nowhere")
    faults = records.read_layers(tmp_path / "none", layer).faults
    assert {Path(f.file).name: f.reason for f in faults} == {
        "x.ttl": "non si può leggere: è una cartella",
        "y.ttl": "non si può leggere: non esiste",
    }


def test_a_withdrawn_record_says_nothing_else(put: Callable[..., Path], model_record: str) -> None:
    mark = "<https://w3id.org/talea/id/pratica/bari-social-book> owl:deprecated true ."
    prefix = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    record = records.parse(put("pratica/bari-social-book.ttl", prefix + model_record + mark))
    assert record.withdrawn
    assert [str(t.predicate.value).rsplit("#")[-1] for t in record.triples] == ["deprecated"]


def test_shipped_records_are_as_the_writer_would_write_them(sources: Sources) -> None:
    """Those of the import: bodies, places and practices."""
    for kind in ("pratica", "luogo"):
        for path in sorted((sources.records / kind).glob("*.ttl")):
            assert records.turtle(records.parse(path).triples) == path.read_bytes(), path


@pytest.mark.parametrize(
    "text",
    ["a\u2028b", "a\u0085b", "a\x0bb\x0cc", "a\r\nb", "\n@prefix x: <y> .", '"""', "\\", "a\x1db"],
)
def test_any_text_is_written_and_read_back(text: str) -> None:
    triple = ox.Triple(ox.NamedNode("http://a/b"), ox.NamedNode("http://a/c"), ox.Literal(text))
    data = records.turtle([triple])
    assert [quad.triple for quad in ox.parse(data, format=ox.RdfFormat.TURTLE)] == [triple]


def test_writing_the_same_record_again_touches_nothing(tmp_path: Path, model_record: str) -> None:
    triples = [q.triple for q in ox.parse(model_record, format=ox.RdfFormat.TURTLE)]
    assert records.write(tmp_path, "pratica", "bari-social-book", triples)
    before = (tmp_path / "pratica" / "bari-social-book.ttl").stat().st_mtime_ns
    assert not records.write(tmp_path, "pratica", "bari-social-book", triples)
    assert (tmp_path / "pratica" / "bari-social-book.ttl").stat().st_mtime_ns == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_an_interrupted_write_leaves_the_old_file_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "x.ttl"
    path.write_bytes(b"old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, call, interrupted)
    with pytest.raises(KeyboardInterrupt):
        records.write_atomically(path, b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x.ttl", b"old")]
