"""The books of the shipped editions, composed once, and their files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from talea_api.printing.book.parts import Book
from talea_api.publishing import File, composed, written
from talea_catalogue.publication import edition_of

if TYPE_CHECKING:
    from talea_api.language import Lang
    from talea_api.paths import Places
    from talea_api.settings import Settings
    from talea_catalogue.release import Release

Composed = Callable[..., Book]
Written = Callable[..., File]


@pytest.fixture(scope="session")
def book_of(release: Release, settings: Settings, places: Places) -> Composed:
    """`book_of("antologia", "it")`; more keywords are those of `composed`."""

    @cache
    def make(slug: str, lang: Lang = "it", **more: object) -> Book:
        edition = edition_of(release.repository, slug, {})
        here = replace(settings, base_url="")
        return composed(release, here, places, edition, lang, **more)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def file_of(book_of: Composed, places: Places) -> Written:
    """`file_of("antologia", "pdf", "a5", "en")`."""

    @cache
    def make(slug: str, format_: str, paper: str = "a4", lang: Lang = "it") -> File:
        return written(book_of(slug, lang), places, slug, format_, paper)

    return make
