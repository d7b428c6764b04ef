"""Builds: the same content anywhere, and nothing that goes wrong hurts the release in force."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from talea_catalogue import release
from talea_catalogue.build import Built, build, needs_build
from talea_catalogue.errors import BuildError, ReleaseError
from talea_catalogue.release import current, open_release
from talea_catalogue.sources import Sources

CODE = "code"



def opened(home: Path, sources: Sources) -> list[str]:
    """The practices of the release in force: it can be opened and answers."""
    folder = current(home)
    assert folder is not None
    held = open_release(folder, sources.queries)
    return [hit.brief.slug for hit in held.search.search(release_query()).hits]


def release_query() -> Any:
    from talea_catalogue.search import Query

    return Query("libri")


def left_over(home: Path) -> list[str]:
    return sorted(p.name for p in (home / "releases").iterdir() if p.name.startswith("."))


# --- The same anywhere ---

SCRIPT = """
import sys
from pathlib import Path
if sys.argv[4] == "reversed":
    for name in ("glob", "rglob", "iterdir"):
        real = getattr(Path, name)
        setattr(Path, name, lambda self, *a, real=real, **k: reversed(list(real(self, *a, **k))))
from talea_catalogue.build import build
from talea_catalogue.sources import Sources
root, home, records = (Path(a) for a in sys.argv[1:4])
sources = Sources(root / "ontology", records, root / "catalogue/territory", root / "sparql/queries")
print(build(sources, home, code_digest="code").folder)
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_builds_in_different_surroundings_give_the_same_bytes(
    tmp_path: Path, sources: Sources
) -> None:
    root = sources.ontology.parent
    copies = tmp_path / "copies"
    for path in sorted(sources.records.rglob("*.ttl"), reverse=True):
        target = copies / path.relative_to(sources.records)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    one = python(
        SCRIPT, str(root), str(tmp_path / "a"), str(sources.records), "as they come",
        TZ="Europe/Rome", LC_ALL="C", PYTHONHASHSEED="1",
    )  # fmt: skip
    other = python(
        SCRIPT, str(root), str(tmp_path / "b" / "a long and àccented path"), str(copies), "reversed",
        TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8", PYTHONHASHSEED="31337", LANG="it_IT.UTF-8",
    )  # fmt: skip
    assert (one.returncode, other.returncode) == (0, 0), one.stderr + other.stderr
    first, second = (Path(done.stdout.strip()) for done in (one, other))
    assert first.name == second.name
    assert (first / "data.nq").read_bytes() == (second / "data.nq").read_bytes()
    manifests = [json.loads((folder / "release.json").read_text()) for folder in (first, second)]
    assert manifests[0]["data_digest"] == manifests[1]["data_digest"]
    assert manifests[0]["problems"] == manifests[1]["problems"] == []


def test_the_shipped_catalogue_is_built_in_less_than_ten_seconds(
    tmp_path: Path, sources: Sources
) -> None:
    start = time.perf_counter()
    build(sources, tmp_path, code_digest=CODE)
    assert time.perf_counter() - start < 10


def test_a_text_with_line_separators_is_built_and_read_back(
    tmp_path: Path, small: Sources, put: Callable[..., Path], model_record: str
) -> None:
    odd = "Bari\\u2028Social\\u0085Book\\u000B\\r\\n"
    put(
        "pratica/bari-social-book.ttl",
        model_record.replace("Bari Social Book – luoghi sociali per leggere", odd),
    )
    built = build(small, tmp_path, code_digest=CODE)
    assert built.problems == []
    practice = open_release(built.folder, small.queries).repository.practice("bari-social-book")
    assert practice is not None
    assert practice.title == "Bari\u2028Social\u0085Book\x0b\r\n"


# --- When to build ---


@pytest.fixture
def copied(tmp_path: Path, small: Sources) -> Sources:
    """Sources of our own, to change."""
    shutil.copytree(small.ontology, tmp_path / "ontology")
    shutil.copytree(small.records, tmp_path / "shipped")
    return Sources(tmp_path / "ontology", tmp_path / "shipped", small.territory, small.queries)


def test_a_build_is_needed_only_after_a_change(tmp_path: Path, copied: Sources) -> None:
    home = tmp_path / "home"
    assert needs_build(copied, home, CODE)
    build(copied, home, code_digest=CODE)
    assert not needs_build(copied, home, CODE)
    assert needs_build(copied, home, "other code")
    for path in (copied.records / "luogo/italia.ttl", copied.ontology / "talea.ttl"):
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        assert needs_build(copied, home, CODE)
        path.write_bytes(before)
        assert not needs_build(copied, home, CODE)
    (home / "records/pratica").mkdir(parents=True)
    (home / "records/pratica/x.ttl").write_text("# nothing")
    assert needs_build(copied, home, CODE)


def test_a_change_of_bytes_that_says_the_same_keeps_the_release(
    tmp_path: Path, copied: Sources
) -> None:
    home = tmp_path / "home"
    first = build(copied, home, code_digest=CODE)
    with (copied.records / "luogo/italia.ttl").open("a") as file:
        file.write("# a comment\n")
    again = build(copied, home, code_digest=CODE)
    assert (again.folder, again.new) == (first.folder, False)
    assert again.manifest.date == first.manifest.date
    assert not needs_build(copied, home, CODE)


def test_old_releases_are_pruned_and_the_one_in_force_stays(
    tmp_path: Path, small: Sources
) -> None:
    made = [build(small, tmp_path, code_digest=f"code {n}").folder for n in range(6)]
    assert current(tmp_path) == made[-1]
    assert sum(folder.exists() for folder in made) == 4
    assert made[-1].exists()


# --- What goes wrong ---


def test_a_home_that_cannot_be_written_is_one_italian_line(
    tmp_path: Path, small: Sources
) -> None:
    (tmp_path / "file").write_text("a file in the place of the folder")
    for home in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/talea")):
        with pytest.raises(BuildError) as caught:
            build(small, home, code_digest=CODE)
        assert str(caught.value).isprintable()
        assert "L'ultima versione resta in uso" in str(caught.value)
        assert "non è una cartella" in str(caught.value) or "non esiste" in str(caught.value)


def test_a_folder_named_as_a_record_does_not_stop_the_build(
    tmp_path: Path, small: Sources
) -> None:
    (tmp_path / "records/pratica/x.ttl").mkdir(parents=True)
    built = build(small, tmp_path, code_digest=CODE)
    assert [problem.message for problem in built.problems] == ["non si può leggere: è una cartella"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 12 MB, where this process may mount one."""
    home = tmp_path / "disk"
    home.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(home)],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("cannot mount a small disk; the simulated one is tested anyway (../shared)")
    yield home
    subprocess.run(["umount", str(home)], check=True)  # noqa: S607


def test_a_disk_that_fills_leaves_the_last_release(small_disk: Path, small: Sources) -> None:
    """The free space shrinks until the build succeeds: it fails at ever later moments."""
    first = build(small, small_disk, code_digest=CODE)
    filler = small_disk / "filler"
    failures = 0
    for free in (0, 4096, 300_000, 2_000_000, 4_000_000, 4_400_000, 4_800_000, 5_200_000):
        room = shutil.disk_usage(small_disk).free
        filler.write_bytes(b"\0" * max(0, room - free))
        try:
            build(small, small_disk, code_digest=f"code {free}")
        except BuildError as error:
            failures += 1
            assert "lo spazio su disco è finito" in str(error)
            assert current(small_disk) == first.folder
            assert opened(small_disk, small)
            assert left_over(small_disk) == []
        filler.unlink()
        if current(small_disk) != first.folder:
            break
    assert failures >= 3


@pytest.mark.parametrize("step", ["dump", "index", "manifest", "rename", "switch"])
def test_a_failure_while_writing_leaves_the_last_release(
    tmp_path: Path, small: Sources, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    build(small, tmp_path, code_digest=CODE)
    before = current(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = {
        "dump": (Path, "write_bytes"),
        "index": ("talea_catalogue.build", "build_index"),
        "manifest": (release.Manifest, "write"),
        "rename": (os, "rename"),
        "switch": (os, "replace"),
    }[step]
    if isinstance(target[0], str):
        monkeypatch.setattr(".".join(target), full)
    else:
        monkeypatch.setattr(*target, full)
    with pytest.raises(BuildError, match="lo spazio su disco è finito"):
        build(small, tmp_path, code_digest="other")
    monkeypatch.undo()
    assert current(tmp_path) == before
    assert opened(tmp_path, small) == ["bari-social-book"]
    assert left_over(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from talea_catalogue import build as module
from talea_catalogue.sources import Sources
ontology, records, territory, queries, home = (Path(a) for a in sys.argv[1:6])
moment = sys.argv[6]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
def progress(step, done, total):
    if moment == step or moment == f"{step} {done}":
        die()
if moment.startswith("os."):
    setattr(os, moment[3:], die)
module.build(Sources(ontology, records, territory, queries), home, code_digest="other", progress=progress)
"""
MOMENTS = ["controllo", "grafi", "indice di ricerca", "scrittura 4", "os.rename", "os.replace"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_build_killed_the_last_release_opens_and_the_next_build_cleans_up(
    tmp_path: Path, small: Sources, moment: str
) -> None:
    build(small, tmp_path, code_digest=CODE)
    before = current(tmp_path)
    folders = (small.ontology, small.records, small.territory, small.queries, tmp_path)
    done = python(KILLED, *map(str, folders), moment)
    assert done.returncode == -signal.SIGKILL
    assert current(tmp_path) == before
    assert opened(tmp_path, small) == ["bari-social-book"]
    built = build(small, tmp_path, code_digest="other")
    assert current(tmp_path) == built.folder != before
    assert opened(tmp_path, small) == ["bari-social-book"]
    assert left_over(tmp_path) == []
    assert not list(tmp_path.glob(".*.tmp"))


def test_two_processes_may_build_at_once(tmp_path: Path, small: Sources) -> None:
    folders = (small.ontology, small.records, small.territory, small.queries, tmp_path)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED, *map(str, folders), "never"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in running:
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
    assert opened(tmp_path, small) == ["bari-social-book"]
    assert left_over(tmp_path) == []


# --- Spoilt releases ---

RUBBISH = [b"", b"\n", b"\xff\xfe", b"a" * 10_000, b"..", b"../x", b"/etc", b"\0", b"0123456789abcdef"]


@pytest.mark.parametrize("content", RUBBISH, ids=lambda content: repr(content[:12]))
def test_a_spoilt_pointer_is_no_release_and_the_next_build_mends_it(
    tmp_path: Path, small: Sources, content: bytes
) -> None:
    built = build(small, tmp_path, code_digest=CODE) if content == RUBBISH[0] else None
    (tmp_path / "current").write_bytes(content)
    assert current(tmp_path) is None
    assert needs_build(small, tmp_path, CODE)
    if built:
        again = build(small, tmp_path, code_digest=CODE)
        assert (again.folder, again.new) == (built.folder, False)
        assert current(tmp_path) == built.folder


def spoil_dump(folder: Path) -> None:
    lines = (folder / "data.nq").read_bytes().splitlines(keepends=True)
    (folder / "data.nq").write_bytes(b"".join(lines[: len(lines) // 2]))


def spoil_byte(folder: Path) -> None:
    data = (folder / "data.nq").read_bytes()
    (folder / "data.nq").write_bytes(data.replace(b"Bari", b"Beri", 1))


SPOILT: dict[str, Callable[[Path], object]] = {
    "half a dump": spoil_dump,
    "a changed byte": spoil_byte,
    "no dump": lambda folder: (folder / "data.nq").unlink(),
    "no index": lambda folder: shutil.rmtree(folder / "index"),
    "half a manifest": lambda folder: (folder / "release.json").write_text('{"data_digest": "a'),
    "a list for a manifest": lambda folder: (folder / "release.json").write_text("[]"),
    "a foreign manifest": lambda folder: (folder / "release.json").write_text('{"problems": []}'),
    "a deep manifest": lambda folder: (folder / "release.json").write_text("[" * 100_000),
    "another format": lambda folder: (folder / "release.json").write_text(
        (folder / "release.json").read_text().replace('"format": 1', '"format": 99')
    ),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, small: Sources) -> Built:
    return build(small, tmp_path_factory.mktemp("sound"), code_digest=CODE)


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_release_is_refused_in_one_line_and_built_again(
    tmp_path: Path, small: Sources, sound: Built, how: str
) -> None:
    folder = tmp_path / "releases" / sound.folder.name
    shutil.copytree(sound.folder, folder)
    release.switch(tmp_path, folder)
    assert not needs_build(small, tmp_path, CODE)
    SPOILT[how](folder)
    with pytest.raises(ReleaseError) as caught:
        open_release(folder, small.queries)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert needs_build(small, tmp_path, CODE)
    assert build(small, tmp_path, code_digest=CODE).new
    assert opened(tmp_path, small) == ["bari-social-book"]
