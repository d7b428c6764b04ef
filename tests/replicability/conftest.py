"""A release of the shipped catalogue with invented records beside it, and its comparisons."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from talea_api.paths import Places
from talea_catalogue.build import build
from talea_catalogue.release import Release, open_release
from talea_catalogue.replicability import Replicability
from talea_catalogue.replicability.facts import Territory

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


@pytest.fixture(scope="session")
def altered(engine: Replicability) -> Callable[[Territory], Replicability]:
    """The same comparisons over another territory; practices and names stay as they were read."""

    def make(territory: Territory) -> Replicability:
        other = Replicability(engine._repository, engine.rules)
        other.__dict__["territory"] = territory
        other._subject = engine._subject
        other._names = engine._names
        return other

    return make
