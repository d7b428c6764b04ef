"""A release of the shipped catalogue with invented records beside it, and its comparisons."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from talea_api.paths import Places
from talea_catalogue.build import build
from talea_catalogue.release import Release, open_release
from talea_catalogue.replicability import Replicability

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory, places: Places) -> Iterator[Release]:
    """The shipped records and those of `records/`, which are invented and never shipped."""
    home = tmp_path_factory.mktemp("invented")
    shutil.copytree(HERE / "records", home / "records")
    opened = open_release(
        build(places.sources, home, code_digest="invented").folder, places.sources.queries
    )
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def engine(invented: Release) -> Replicability:
    """The comparisons of shipped and invented records."""
    return invented.replicability
