"""Folding and slugs: what counts as the same name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_catalogue.text import fold, slugify


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Nardò", "nardo"),
        ("NARDO'", "nardo"),
        ("Nardo\u0300", "nardo"),
        ("  Sant’Agata   di\tPuglia ", "sant agata di puglia"),
        ("Sant'Agata di Puglia", "sant agata di puglia"),
        ("Sant` Agata", "sant agata"),
        ("Castrignano de' Greci", "castrignano de greci"),
        ("Presicce-Acquarica", "presicce-acquarica"),
        ("", ""),
    ],
)
def test_spellings_of_one_name_are_equal(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    assert fold(fold(text).upper()) == fold(text.upper())


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Francavilla Fontana", "francavilla-fontana"),
        ("Corigliano d'Otranto", "corigliano-d-otranto"),
        ("Fasano-Ostuni", "fasano-ostuni"),
        ("Valle d'Aosta", "valle-d-aosta"),
        ("Seclì (LE)", "secli-le"),
    ],
)
def test_slug(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.text(alphabet=st.characters(codec="latin-1")))
def test_a_slug_is_safe_in_an_iri(text: str) -> None:
    try:
        slug = slugify(text)
    except ValueError:
        assert not re.search("[A-Za-z0-9]", text)
    else:
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert slugify(slug) == slug


@pytest.mark.parametrize("text", ["", "  ", "—", "日本"])
def test_a_slug_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        slugify(text)
