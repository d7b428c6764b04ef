"""A big catalogue, built once for all the benches that need one."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from talea_api.paths import code_digest, locate
from talea_catalogue.build import build

sys.path.insert(0, str(Path(__file__).parent))
import synthetic

PRACTICES = 10_000


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of 10,000 synthetic practices beside the shipped ones."""
    home = tmp_path_factory.mktemp("big")
    places = locate()
    synthetic.write(places.sources.records, home / "records", PRACTICES)
    began = time.perf_counter()
    built = build(places.sources, home, code_digest=code_digest(places))
    seconds, quads = time.perf_counter() - began, built.manifest.counts["triple"]
    print(f"\n  full build, s: {seconds:,.2f}\n  quads: {quads:,}", flush=True)
    return home
