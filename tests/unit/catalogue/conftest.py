"""What the tests of the catalogue share: its sources, a shipped record, a home of one's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from talea_catalogue import release
from talea_catalogue.build import Built, build
from talea_catalogue.sources import Sources
from talea_catalogue.validate import Checker

ROOT = Path(__file__).resolve().parents[3]
MODEL = "bari-social-book"
"""A shipped record of level 2 with most kinds of part."""


@pytest.fixture(scope="session")
def sources() -> Sources:
    """The shipped catalogue."""
    return Sources(
        ontology=ROOT / "ontology",
        records=ROOT / "catalogue" / "records",
        territory=ROOT / "catalogue" / "territory",
        queries=ROOT / "sparql" / "queries",
    )


@pytest.fixture(scope="session")
def checker(sources: Sources) -> Checker:
    """The shapes, read once."""
    return Checker(sources.ontology / "shapes")


@pytest.fixture(scope="session")
def model_record(sources: Sources) -> str:
    """The text of a shipped record of level 2."""
    return (sources.records / "pratica" / f"{MODEL}.ttl").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Sources:
    """The catalogue with one practice and few Comuni outside Puglia: it builds in a moment."""
    folder = tmp_path_factory.mktemp("small")
    for kind, slug in (("pratica", MODEL), ("luogo", "italia"), ("evento", "festival-2024")):
        (folder / "records" / kind).mkdir(parents=True)
        shutil.copy(sources.records / kind / f"{slug}.ttl", folder / "records" / kind)
    shutil.copytree(sources.territory, folder / "territory")
    comuni = folder / "territory" / "comuni_italia.csv"
    comuni.write_bytes(b"".join(comuni.read_bytes().splitlines(keepends=True)[:20]))
    return Sources(sources.ontology, folder / "records", folder / "territory", sources.queries)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory, small: Sources) -> Built:
    """A release of `small`, made by the code "code". Tests do not write in it."""
    return build(small, tmp_path_factory.mktemp("sound"), code_digest="code")


@pytest.fixture
def small_home(tmp_path: Path, sound: Built) -> Path:
    """A home of one's own with that release in force."""
    folder = tmp_path / "releases" / sound.folder.name
    shutil.copytree(sound.folder, folder)
    release.switch(tmp_path, folder)
    return tmp_path


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """`put("pratica/x.ttl", text)`: write a record in the home `tmp_path`."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / "records" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
