"""What a hostile review found in the home folder: each thing is named, and nothing stops for it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from talea_catalogue.build import build, needs_build
from talea_catalogue.release import Manifest, current, open_release, whole
from talea_catalogue.sources import Sources

LINKS = [("pratica", name) for name in ("targetGroup", "needCategory")] + [
    ("scheda", name) for name in ("completenessLevel", "implementedIn", "inRegion", "promoterPlace")
]
"""Kind of subject and property whose values are links."""


def test_a_literal_where_a_link_belongs_is_named_and_left_out(
    tmp_path: Path, small: Sources, put: Callable[..., Path], model_record: str
) -> None:
    expected = {}
    for number, (kind, name) in enumerate(LINKS):
        for value in ("true", "1", '"x"'):
            slug = f"letterale-{number}-{len(expected)}"
            text = model_record.replace("/bari-social-book", f"/{slug}")
            subject = f"<https://w3id.org/talea/id/{kind}/{slug}>"
            text += f"\n{subject} <https://w3id.org/talea/onto/{name}> {value} .\n"
            put(f"pratica/{slug}.ttl", text)
            expected[slug] = {name}
    built = build(small, tmp_path, code_digest="code")
    found: dict[str, set[str]] = {}
    for problem in built.problems:
        found.setdefault(Path(problem.file).stem, set()).add(problem.field)
    assert found == expected
    opened = open_release(built.folder, small.queries)
    assert not set(expected) & set(opened.repository.slugs())


def test_a_name_that_is_no_text_is_named(
    tmp_path: Path, small: Sources, put: Callable[..., Path], model_record: str
) -> None:
    put("pratica/other.ttl", model_record)
    folder = tmp_path / "records" / "pratica"
    odd = os.fsencode(folder) + b"/caff\xe8.ttl"
    try:
        os.rename(folder / "other.ttl", odd)
    except OSError:
        pytest.xfail("this file system takes UTF-8 names only")
    built = build(small, tmp_path, code_digest="code")
    (problem,) = built.problems
    assert "caff" in problem.file
    str(problem).encode("utf-8")  # it can be printed
    assert not needs_build(small, tmp_path, "code")


def test_a_pipe_in_the_place_of_a_record_is_not_waited_for(
    tmp_path: Path, small: Sources, put: Callable[..., Path], model_record: str
) -> None:
    put("pratica/other.ttl", model_record).unlink()
    os.mkfifo(tmp_path / "records" / "pratica" / "pipe.ttl")
    (problem,) = build(small, tmp_path, code_digest="code").problems
    assert "non è un file" in problem.message


@pytest.mark.parametrize("how", ["emptied", "removed"])
def test_a_spoilt_index_is_built_again(tmp_path: Path, small: Sources, how: str) -> None:
    folder = build(small, tmp_path, code_digest="code").folder
    victim = folder / "index" / "meta.json"
    if how == "emptied":
        victim.write_bytes(b"")
    else:
        victim.unlink()
    assert not whole(folder)
    assert needs_build(small, tmp_path, "code")
    again = build(small, tmp_path, code_digest="code")
    assert whole(again.folder)
    open_release(again.folder, small.queries)


def test_another_user_can_serve_what_this_one_built(tmp_path: Path, small: Sources) -> None:
    folder = build(small, tmp_path, code_digest="code").folder
    for path in (tmp_path / "current", folder / "release.json", folder / "data.nq"):
        assert path.stat().st_mode & stat.S_IROTH, path
    assert folder.stat().st_mode & stat.S_IXOTH


def test_a_manifest_of_other_types_is_no_release(tmp_path: Path, small: Sources) -> None:
    folder = build(small, tmp_path, code_digest="code").folder
    text = (folder / "release.json").read_text(encoding="utf-8")
    digest = Manifest.read(folder).data_digest
    (folder / "release.json").write_text(text.replace(f'"{digest}"', "5"), encoding="utf-8")
    assert needs_build(small, tmp_path, "code")
    assert current(tmp_path) == folder
