"""What the tests of the catalogue share: its sources, a shipped record, a home of one's own."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from talea_catalogue import release
from talea_catalogue.build import Built, build
from talea_catalogue.sources import Sources
from talea_catalogue.validate import Checker

ROOT = Path(__file__).resolve().parents[3]
COMUNI = ("Bari", "Bitonto", "Trani")
"""All that the small catalogue has of Puglia."""
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
    """The catalogue with one practice and few Comuni: it builds in a moment.

    Without everyday labels, which are two fifths of what such a build would write.
    """
    folder = tmp_path_factory.mktemp("small")
    unused = shutil.ignore_patterns("examples", "versions", "everyday")
    shutil.copytree(sources.ontology, folder / "ontology", ignore=unused)
    (folder / "ontology" / "everyday").mkdir()
    for kind, slug in (("pratica", MODEL), ("luogo", "italia"), ("evento", "festival-2024")):
        (folder / "records" / kind).mkdir(parents=True)
        shutil.copy(sources.records / kind / f"{slug}.ttl", folder / "records" / kind)
    shutil.copytree(sources.territory, folder / "territory")
    comuni = folder / "territory" / "comuni_italia.csv"
    comuni.write_bytes(b"".join(comuni.read_bytes().splitlines(keepends=True)[:20]))
    keep_rows(folder / "territory", "comuni_puglia", lambda row: row["name"] in COMUNI)
    keep_rows(folder / "territory", "ats_puglia", lambda row: row["name"] in COMUNI)
    for name in ("notes", "comuni_indicators", "ats_services"):
        keep_rows(folder / "territory", name, lambda _: False)
    return Sources(folder / "ontology", folder / "records", folder / "territory", sources.queries)


def keep_rows(folder: Path, name: str, kept: Callable[[dict[str, str]], bool]) -> None:
    """Leave in a file of the territory only some rows, of the members of Ambiti only `COMUNI`."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if kept(row)]
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames or ())
        writer.writeheader()
        for row in rows:
            if "members" in row:
                row["members"] = "; ".join(n for n in row["members"].split("; ") if n in COMUNI)
            writer.writerow(row)


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
