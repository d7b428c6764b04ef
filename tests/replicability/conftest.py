"""A release of the shipped catalogue with invented records beside it, and its comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from talea_api.collector import set_aside
from talea_api.paths import Places
from talea_catalogue.release import Release, current, open_release
from talea_catalogue.replicability import Replicability
from talea_catalogue.replicability.facts import Territory


@pytest.fixture(scope="session")
def invented(invented_home: Path, places: Places) -> Iterator[Release]:
    """The shipped records and those of `records/`, which are invented and never shipped."""
    folder = current(invented_home)
    assert folder is not None
    opened = open_release(folder, places.sources.queries)
    opened.replicability.warm_up()
    set_aside()  # thirty thousand comparisons, and the collector would look at the release in each
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
