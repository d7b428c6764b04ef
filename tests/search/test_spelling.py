"""Spelling: what is corrected, what is left alone, and what is only proposed."""

import shutil
import unicodedata
from collections import Counter
from pathlib import Path
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talea_catalogue.checkpoint import Checkpoint
from talea_catalogue.graphs import Dump
from talea_catalogue.search import analysis, update_index
from talea_catalogue.search.engines import open_engine
from talea_catalogue.search.spelling import (
    COMMON,
    WORDS,
    Correction,
    Speller,
    common_words,
    count_words,
    read_words,
    write_words,
)
from talea_catalogue.search.writing import Meaning, made_by

LINES = (Path(__file__).parent / "spelling.tsv").read_text("utf-8").splitlines()
TYPED = [line.split("\t") for line in LINES if "\t" in line]
UNUSED = [line for line in LINES if "\t" not in line and not line.startswith("#")]
KNOWN = {
    "anziani": 90,
    "assistenza": 40,
    "domiciliare": 30,
    "scuola": 50,
    "orario": 5,
    "oratorio": 5,
    "infanzia": 20,
    "autosufficienti": 9,
    "non": 300,
    "città": 20,
    "Lecce": 12,
    "della": 70,
    "bollette": 4,
    "bancone": 1,
    "casa": 60,
    "ISEE": 8,
}


@pytest.fixture(scope="module")
def speller():
    return Speller(KNOWN, {"focaccia", "traghetti", "asola"})


@pytest.fixture(scope="module")
def shipped(release):
    """The speller of the shipped catalogue, and the seconds of processor that it takes to open."""
    start = thread_time()
    Speller.open(release.folder / "index")
    return release.search.speller, thread_time() - start


# --- The words of the catalogue ---


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ansiani", "anziani"),
        ("asistenza domicigliare", "assistenza domiciliare"),
        ("ASISTENZA", "ASSISTENZA"),
        ("Squola", "Scuola"),
        ("cittaa", "città"),
        ("dellinfanzia", "dell'infanzia"),
        ("asistenza, per «ansiani»!", "assistenza, per «anziani»!"),
        ("anzinai  soli", "anziani  soli"),
        ("bolete", "bollette"),
    ],
)
def test_a_slip_is_corrected_where_it_stands(speller, typed, meant):
    found = speller.correct(typed)
    assert (found.text, found.used, found.sure) == (meant, meant, True)
    for change in found.changes:
        assert found.asked[change.start : change.end] == change.written


@pytest.mark.parametrize(
    "text",
    [
        "anziani",  # known
        "Citta' citta CITTÀ",  # known, whatever the accent
        "scuole case anziane",  # their stems are known
        "focaccia traghetti",  # good words that the catalogue does not use
        "perche nella dello",  # stop words
        "asa cas",  # too short to tell
        "scu0la 2024 casa2",  # numbers
        "pagare l'ISSE",  # an acronym
        "zzzzzzzz qwertyuiop",  # nothing is near
        "dellu",  # a stop word is near
    ],
)
def test_what_is_known_or_near_to_nothing_is_left_alone(speller, text):
    assert speller.correct(text).changes == ()


def test_what_may_be_two_words_is_proposed_and_not_used(speller):
    found = speller.correct("ansiani oratrio")
    assert not found.sure
    assert found.used == "anziani oratrio"
    assert found.text in ("anziani orario", "anziani oratorio")


def test_a_letter_changed_for_a_far_one_is_doubtful_in_a_rare_word(speller):
    found = speller.correct("barcone")
    assert (found.text, found.used) == ("bancone", "barcone")


def test_words_written_as_one_are_proposed_apart(speller):
    found = speller.correct("nonautosufficienti")
    assert (found.text, found.used) == ("non autosufficienti", "nonautosufficienti")


def test_a_correction_of_nothing_is_not_sure():
    assert Correction("casa").sure is False
    assert Correction("casa").text == Correction("casa").used == "casa"


# --- Any text ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "anziani " * 1_250,
        "ansiani" * 1_500,
        "👵🏽🏠 ansiani",
        "di che per",
        "بيت للمسنين",
        "\x00\x07ansiani\u202e\n",
        'title:"ansiani" AND (* OR ~2) -x [a TO b]',
        "a\u0300" * 50,
        "ſſſſ ﬁﬁﬁﬁ ııııı İİİİİ ẞẞẞẞẞ",
    ],
)
def test_any_text_is_answered(speller, text):
    found = speller.correct(text)
    assert len(found.changes) <= analysis.MAX_WORDS
    assert ("ansiani" in text) <= (len(found.changes) > 0 or len(text) > 5_000)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text("ansicodter' ", max_size=60))
def test_only_the_changed_words_change(speller, text):
    found = speller.correct(text)
    assert found.asked == unicodedata.normalize("NFC", text)
    here, rest = 0, ""
    for change in found.changes:
        assert here <= change.start < change.end
        assert found.asked[change.start : change.end] == change.written
        rest += found.asked[here : change.start] + change.meant
        here = change.end
    assert rest + found.asked[here:] == found.text


def test_a_speller_without_words_changes_nothing():
    assert Speller({}).correct("ansiani soli").changes == ()


# --- In a release ---


def test_what_is_written_is_read_again(tmp_path):
    write_words(tmp_path, KNOWN)
    assert read_words(tmp_path) == KNOWN
    speller = Speller.open(tmp_path)
    assert speller.correct("ansiani").text == "anziani"
    assert speller.knows("focaccia")
    assert not speller.knows("focacia")
    common = (tmp_path / COMMON).read_text("utf-8").split()
    assert common == sorted(common)
    assert {"focaccia", "grandmother"} <= set(common)
    (tmp_path / COMMON).write_text("focaccia\n", "utf-8")
    write_words(tmp_path, {"casa": 1})
    assert read_words(tmp_path) == {"casa": 1}
    assert (tmp_path / COMMON).read_text("utf-8") == "focaccia\n"


def test_an_index_written_anew_in_part_keeps_the_words_and_adds_its_own(release, tmp_path):
    checkpoint = Checkpoint.load(release.folder)
    dump = Dump(release.folder / "data.nq", checkpoint.table)
    before = tmp_path / "before"
    shutil.copytree(release.folder / "index", before)
    write_words(before, read_words(before) - Counter({"melpignano": 10_000}))
    kept = (before / WORDS).read_bytes()
    assert "melpignano" not in read_words(before)
    vocabulary = release.repository.vocabulary
    meaning = Meaning(open_engine(made_by(before).name), tmp_path / "vectors.npz")
    update_index(tmp_path / "after", before, dump, vocabulary, ["melpignano-scambio"], meaning)
    assert read_words(tmp_path / "after")["melpignano"] > 0
    assert Speller.open(tmp_path / "after").knows("putignano")
    assert (before / WORDS).read_bytes() == kept, "files are shared: they are replaced, not changed"


def test_words_are_counted_as_they_are_written():
    assert count_words(["La città, la CITTÀ", "citta 2024 L2"]) == {"la": 2, "città": 2, "citta": 1}


def test_broken_words_are_refused(tmp_path):
    write_words(tmp_path, KNOWN)
    (tmp_path / "words.tsv").write_bytes(b"anziani\n")
    with pytest.raises(ValueError):
        Speller.open(tmp_path)
    (tmp_path / "words.tsv").unlink()
    with pytest.raises(OSError):
        Speller.open(tmp_path)


# --- Measured on the shipped catalogue ---


@pytest.mark.parametrize("word", ["autosufficienti", "putignano", "caritas", "elderly"])
def test_words_of_texts_labels_places_and_bodies_are_known(shipped, word):
    assert word in shipped[0]._uses


def test_typed_words_are_corrected_and_good_ones_left(shipped):
    """At least nine in ten are understood; nothing is changed for sure that was not meant."""
    speller, _ = shipped
    assert len(TYPED) >= 150
    understood, wrong = 0, []
    for typed, meant in TYPED:
        found = speller.correct(typed)
        if analysis.terms(found.used) == analysis.terms(meant):
            understood += 1
        elif found.used != found.asked:
            wrong.append((typed, found.used))
    assert not wrong
    assert understood >= 0.9 * len(TYPED)


def test_good_words_that_the_catalogue_does_not_use_are_not_changed(shipped):
    speller, _ = shipped
    unused = [word for word in UNUSED if word not in speller._uses]
    assert len(unused) >= 100
    assert not [word for word in unused if speller.correct(word).used != word]
    proposed = [word for word in unused if speller.correct(word).changes]
    assert len(proposed) <= 0.05 * len(unused), proposed


def test_the_words_of_the_release_are_ready_soon(shipped):
    assert shipped[1] < 0.3


def test_ten_wrong_words_among_a_hundred_thousand_are_quick():
    words = dict.fromkeys(sorted(common_words())[::2][:100_000], 1)
    speller = Speller({**words, **KNOWN})
    texts = [" ".join(typed for typed, _ in TYPED[at : at + 10]) for at in range(0, 200, 10)]
    times = []
    for text in texts:
        start = thread_time()
        speller.correct(text)
        times.append(thread_time() - start)
    assert sorted(times)[len(times) // 2] < 0.004, "2 ms on a quiet machine"
