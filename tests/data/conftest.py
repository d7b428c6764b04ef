"""A release for tests that read it with their own eyes."""

from __future__ import annotations

from pathlib import Path

import pytest

from talea_catalogue.release import Release


@pytest.fixture(scope="session")
def dump(release: Release) -> Path:
    """The N-Quads of the shipped catalogue."""
    return release.dump
