"""Constraints said in words: what is read as a filter, what stays words, and any text at all."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talea_catalogue.search.constraints import Constraints
from talea_catalogue.search.constraints.reading import WORD
from talea_catalogue.search.facets import FILTERS
from talea_catalogue.text import fold

from .phrases import NOTHING, SAID, Row

if TYPE_CHECKING:
    from talea_api.paths import Places
    from talea_catalogue.release import Release
    from talea_catalogue.repository import Repository

ENOUGH, NONE_ENOUGH = 120, 60
WORDS = (
    *("candela", "conversano", "maglie", "mattinata", "noci", "panni", "pulsano", "salve", "troia"),
    *(
        "scorrano",
        "turi",
        "veglie",
        "bovino",
        "carpino",
        "castro",
        "cavallino",
        "specchia",
        "pizzo",
    ),
)
"""Names of Comuni that people also type as words."""
QUICK = 0.005
"""Seconds of processor that any text may take."""
HOSTILE = {
    "empty": "",
    "blank": " " * 10_000,
    "one word": "x" * 10_000,
    "digits": "1" * 10_000,
    "groups": "1.000." * 2_000,
    "numbers": "tra 1 e 2 mila euro " * 500,
    "places": "a bari e lecce " * 700,
    "bare places": "bari " * 2_000,
    "not a place": "non in provincia di lecce e " * 400,
    "funds": "con i fondi del pnrr " * 500,
    "only stop words": "di a da in con su per tra fra il lo la " * 250,
    "apostrophes": "l'" * 5_000,
    "emoji": "😀👨‍👩‍👧🏽" * 1_500,
    "right to left": "בארי عربي " * 1_000,
    "marks": "a\u0301\u0302" * 3_000,
    "a sign that folds to many": "\ufdfa" * 3_000,
    "control": "\x00\x01\x1f\x7f\n" * 2_000,
    "lone surrogate": "a Bari \ud800 euro",
    "query syntax": 'title:"bari" AND (lecce OR NOT *)^2 ~1 {!q} [1 TO 2] \\',
    "bidi": "a \u202eiraB\u202c 50\u200b mila €",
}


@pytest.fixture(scope="module")
def repository(release: Release) -> Repository:
    return release.repository


@pytest.fixture(scope="module")
def constraints(repository: Repository) -> Constraints:
    """With every place of the release, and every filter taken as one that leaves something."""
    funds = repository.vocabulary.schemes["fonte-finanziamento"].concepts
    return Constraints(
        repository.places(), [concept for concept, _ in funds], repository.districts()
    )


def test_the_table_is_large_enough() -> None:
    texts = [text for text, _, _ in SAID] + list(NOTHING)
    assert len(set(texts)) == len(texts)
    assert len(SAID) >= ENOUGH
    assert len(NOTHING) >= NONE_ENOUGH


@pytest.mark.parametrize("row", SAID, ids=[text for text, _, _ in SAID])
def test_said(constraints: Constraints, row: Row) -> None:
    text, filters, rest = row
    reading = constraints.read(text)
    assert dict(reading.filters) == filters
    assert reading.rest == rest
    assert set(reading.filters) <= set(FILTERS)
    assert all(said.label_it and said.label_en for said in reading.said)


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_said(constraints: Constraints, text: str) -> None:
    reading = constraints.read(text)
    assert reading.said == ()
    assert reading.rest.split() == text.split()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("chi come Accadia ha ripetuto una pratica", ["Comune di Accadia"]),
        ("soldi ambito Accadia", ["Comune di Accadia"]),
        ("noci", ["Comune di Noci"]),
        ("raccolta delle noci", []),
        ("il comune di noci e le noci", ["Comune di Noci"]),
        ("provincia di Lecce", []),
        ("ambito di Troia", ["Ambito di Troia"]),
        ("vicino a Troia", ["Comune di Troia", "Ambito di Troia"]),
        ("", []),
    ],
)
def test_what_a_text_names_is_told_whether_or_not_it_narrows(
    constraints: Constraints, text: str, named: list[str]
) -> None:
    assert [one.label_it for one in constraints.read(text).named] == named


def test_every_comune_of_puglia_is_read_after_a_word_that_places(
    constraints: Constraints, repository: Repository
) -> None:
    missed = []
    for place, _ in repository.comuni():
        for text in (
            f"anziani a {place.name}",
            f"anziani a {place.name.lower()} sotto i 50 mila euro",
            f"ANZIANI NEL COMUNE DI {place.name.upper()}",
            f"elderly care in the town of {fold(place.name)}",
        ):
            if constraints.read(text).filters.get("comune") != (place.istat,):
                missed.append(text)
    assert not missed


def test_every_ambito_and_province_is_read(
    constraints: Constraints, repository: Repository
) -> None:
    for district in repository.districts():
        name = district.name.removeprefix("Ambito territoriale sociale di ")
        members = tuple(istat for istat, _ in district.members)
        for text in (f"nidi nell'Ambito di {name}", f"nidi ats {name.lower()}"):
            assert constraints.read(text).filters == {"comune": members}, text
    for place in repository.places():
        if place.kind == "Province":
            reading = constraints.read(f"nidi in provincia di {place.name}")
            assert reading.filters == {"territorio": (place.iri.rsplit("/", 1)[-1],)}


@pytest.mark.parametrize("word", WORDS)
def test_a_name_that_is_a_word_needs_a_sign(constraints: Constraints, word: str) -> None:
    for text in (
        word,
        f"laboratorio di {word}",
        f"gli anziani e {word}",
        f"{word.title()} per noi",
    ):
        assert not constraints.read(text).said, text


def test_everyday_wordings_of_needs_say_almost_no_constraint(
    constraints: Constraints, places: Places
) -> None:
    """Labels of concepts, written as people ask; some do say a place, a fund or a small Comune.

    Those of topics that the catalogue does not hold say a place more often («… in Bari»).
    """
    kinds: set[str] = set()
    for file in places.sources.ontology.joinpath("everyday").glob("*.ttl"):
        labels = {
            quad.object.value
            for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)
            if isinstance(quad.object, ox.Literal)
        }
        said = {label: found for label in labels if (found := constraints.read(label).said)}
        most = len(labels) / (40 if file.stem == "altro-tema" else 100)
        assert len(said) <= max(most, 5), said
        kinds |= {one.name for found in said.values() for one in found}
    assert kinds <= {"comune", "territorio", "fuori", "fonte", "anno", "anno-a", *SIZES}


SIZES = ("abitanti-da", "abitanti-a", "aree-interne")


def test_no_title_hides_its_own_practice(repository: Repository) -> None:
    constraints = Constraints.of(repository)
    columns = repository.columns()
    hidden = [
        title
        for slug, row in columns.row.items()
        if (title := repository.brief(slug).title)
        and not columns.mask(constraints.read(title).filters)[row]
    ]
    assert not hidden


def test_what_no_practice_meets_stays_words(repository: Repository) -> None:
    reading = Constraints.of(repository).read("nido a Surano con fondi PNRR")
    assert reading.filters == {"fonte": ("pnrr",)}
    assert reading.rest == "nido a Surano"
    assert [(said.name, said.label_it) for said in reading.unmet] == [
        ("comune", "Comune di Surano")
    ]


def test_a_filter_taken_away_leaves_its_words(constraints: Constraints) -> None:
    reading = constraints.read("nido a Lecce con fondi PNRR", without={"comune"})
    assert reading.filters == {"fonte": ("pnrr",)}
    assert reading.rest == "nido a Lecce"


def test_each_bound_of_a_range_can_be_taken_away(constraints: Constraints) -> None:
    text = "tra 100 e 200 mila euro"
    assert constraints.read(text, without={"costo-da"}).filters == {"costo-a": ("200000",)}


def test_words_are_told_by_their_place_in_the_text(constraints: Constraints) -> None:
    text = "nido  a NARDO' — PNRR"
    place, fund = constraints.read(text).said
    assert text[place.start : place.end] == "a NARDO'"
    assert text[fund.start : fund.end] == "PNRR"


_PARTS = st.sampled_from([text for text, _, _ in SAID] + list(NOTHING))
_TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(_PARTS, st.text(max_size=12)), max_size=6).map(" ".join),
    st.lists(_PARTS, max_size=4).map("".join),
)


@settings(deadline=None, max_examples=300)
@given(_TEXTS)
def test_any_text_keeps_its_other_words(constraints: Constraints, text: str) -> None:
    reading = constraints.read(text)
    here = 0
    for said in reading.said:
        assert here <= said.start < said.end <= len(text)
        here = said.end
    spans = [text[said.start : said.end] for said in reading.said]
    words = _words(text)
    assert sorted(_words(" ".join(spans)) + _words(reading.rest)) == sorted(words)
    assert {said.name for said in reading.said} == set(reading.filters)


def _words(text: str) -> list[str]:
    return WORD.findall(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_have_a_quick_answer(constraints: Constraints, text: str) -> None:
    constraints.read(text)
    taken = []
    for _ in range(5):
        start = time.thread_time()
        constraints.read(text)
        taken.append(time.thread_time() - start)
    assert min(taken) < QUICK


def test_a_long_text_is_read_at_its_beginning(constraints: Constraints) -> None:
    text = "asili a Lecce " + "parola " * 2_000
    reading = constraints.read(text)
    assert reading.filters == {"comune": ("075035",)}
    assert len(re.findall("parola", reading.rest)) == 2_000
