"""What the tests of the catalogue share: its sources, a shipped record, a home of one's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

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
    """The catalogue with one practice only: it builds in a moment."""
    records = tmp_path_factory.mktemp("small") / "records"
    for kind, slug in (("pratica", MODEL), ("luogo", "italia"), ("evento", "festival-2024")):
        (records / kind).mkdir(parents=True)
        shutil.copy(sources.records / kind / f"{slug}.ttl", records / kind)
    return Sources(sources.ontology, records, sources.territory, sources.queries)


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """`put("pratica/x.ttl", text)`: write a record in the home `tmp_path`."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / "records" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
