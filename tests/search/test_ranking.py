"""A big catalogue is ranked through candidates: what comes first is what comes first in full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from talea_catalogue.intake.golden import read_golden
from talea_catalogue.release import Release
from talea_catalogue.search import ranking

TEXTS = [one.query for one in read_golden(Path(__file__).with_name("development.json"))][::5]


def test_candidates_of_a_big_catalogue_hold_what_comes_first(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = release.search
    full = {text: search.rank(text).slugs[:10] for text in TEXTS}
    monkeypatch.setattr(ranking, "ALL_UP_TO", 10)
    monkeypatch.setattr(ranking, "CANDIDATES", 40)
    alike = [len(set(full[text]) & set(search.rank(text).slugs[:10])) / 10 for text in TEXTS]
    assert np.mean(alike) >= 0.95


def test_the_order_is_stable(release: Release) -> None:
    for text in TEXTS[::9]:
        assert release.search.rank(text) == release.search.rank(text)
        assert len(set(slugs := release.search.rank(text).slugs)) == len(slugs)
