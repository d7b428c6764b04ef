"""Suggestions while typing: what a beginning finds, in which order, and how soon."""

import random
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talea_catalogue.search.suggest import KINDS, MOST, Entry, Suggester

BASE = "https://w3id.org/talea/"
SAID = ("mamme che lavorano", "who minds the children", "torno in ufficio e non ho un nido")


def entry(kind, name, english="", *said, weight=0):
    return Entry(kind, f"{BASE}{kind}/{name}", name, english or name, "", "", said, weight)


ENTRIES = [
    entry("concept", "Conciliazione vita e lavoro", "Work-life balance", *SAID),
    entry("concept", "Anziani", "Older people", "nonni rimasti soli"),
    entry("place", "Bari", "", "Comune di Bari", weight=9),
    entry("place", "Mola di Bari", "", "Comune di Mola di Bari", weight=1),
    entry("place", "Sannicandro di Bari", "", weight=2),
    entry("place", "Nardò"),
    entry("practice", "Casa delle bambine e dei bambini", weight=3),
    entry("practice", "La casa di tutti", weight=4),
    entry("practice", "Lavoro e mamme", weight=1),
    entry("body", "Caritas di Bari"),
]


@pytest.fixture(scope="module")
def suggester():
    return Suggester(ENTRIES)


@pytest.fixture(scope="module")
def shipped(release):
    return release.search.suggester


def names(found):
    return [one.entry.label_it for one in found]


@pytest.mark.parametrize(
    "text", ["mamme che lavorano", "mamme che lav", "LAV  Mamm", "mamma lavora"]
)
def test_a_concept_is_found_by_what_people_say_and_tells_it(suggester, text):
    found = {one.entry.label_it: one.via for one in suggester.suggest(text)}
    assert found["Conciliazione vita e lavoro"] == "mamme che lavorano"


def test_the_very_name_comes_first_then_what_begins_so(suggester):
    assert names(suggester.suggest("bari")) == [
        "Bari",
        "Sannicandro di Bari",
        "Mola di Bari",
        "Caritas di Bari",
    ]
    assert names(suggester.suggest("casa")) == [
        "Casa delle bambine e dei bambini",
        "La casa di tutti",
    ]


def test_another_name_is_told_only_where_it_explains_something(suggester):
    (found,) = suggester.suggest("comune di bar")[:1]
    assert (found.entry.label_it, found.via) == ("Bari", None)


@pytest.mark.parametrize("text", ["nardo", "NARDO'", "Nardò", "nardo\u0300"])
def test_accents_and_case_make_no_difference(suggester, text):
    assert names(suggester.suggest(text)) == ["Nardò"]


def test_a_name_is_found_in_the_other_language(suggester):
    (found,) = suggester.suggest("older")
    assert (found.entry.label("en"), found.via) == ("Older people", None)


def test_few_letters_find_names_and_not_what_people_say(suggester):
    assert names(suggester.suggest("no")) == []
    assert names(suggester.suggest("nonn")) == ["Anziani"]


def test_each_kind_has_its_share(suggester):
    many = [entry(kind, f"casa {number}") for kind in KINDS for number in range(20)]
    full = Suggester(many)
    found = [one.entry.kind for one in full.suggest("casa")]
    assert len(found) == MOST
    assert sorted(found) == sorted(list(KINDS) * 2)
    assert found == sorted(found, key=found.index), "each kind stands together"
    alone = Suggester([*many[:20], entry("body", "casa madre")])
    assert len(alone.suggest("casa")) == MOST


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "di che per",
        "👵🏽🏠",
        "بيت للمسنين",
        "\x00\x07\u202e\n",
        'title:"casa" AND (* OR ~2) -x [a TO b]',
        "casa " * 2_000,
        "c" * 10_000,
        "a\u0300" * 50,
        "\U0010ffff\U0010ffff",
    ],
)
def test_any_text_is_answered(suggester, text):
    assert len(suggester.suggest(text)) <= MOST


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40) | st.text("casbari dmole'", max_size=20))
def test_no_entry_comes_twice_and_kinds_stand_together(suggester, text):
    found = suggester.suggest(text)
    assert len({one.entry.iri for one in found}) == len(found) <= MOST
    kinds = [one.entry.kind for one in found]
    assert kinds == sorted(kinds, key=kinds.index)


def test_a_suggester_of_nothing_suggests_nothing():
    assert Suggester([]).suggest("casa") == []


# --- The shipped catalogue ---


def test_every_kind_is_there(shipped):
    assert {name.entry.kind for name in shipped._names} == set(KINDS)


@pytest.mark.parametrize(
    ("text", "kind", "iri"),
    [
        ("anzian", "concept", "voc/target/anziani"),
        ("taxi soc", "concept", "voc/tipo-intervento/trasporto-sociale"),
        ("putign", "place", "id/luogo/072036"),
        ("comune di bari", "place", "id/luogo/072006"),
        ("ambito di putign", "place", "id/ente/ats-putignano"),
        ("social book", "practice", "id/pratica/bari-social-book"),
        ("regione pu", "body", "id/ente/regione-puglia"),
    ],
)
def test_what_the_catalogue_has_is_suggested(shipped, text, kind, iri):
    found = {one.entry.iri: one.entry.kind for one in shipped.suggest(text)}
    assert found.get(BASE + iri) == kind, found


def test_every_everyday_label_finds_its_concept(release, shipped):
    """Typed whole, a label that no other concept shares finds its own."""
    labels = release.repository.everyday_labels()
    suggested = {name.entry.iri for name in shipped._names}
    sample = [(iri, label) for iri in suggested & labels.keys() for label in labels[iri][:5]]
    assert len(sample) > 100
    missed = [
        label
        for iri, label in sample
        if iri not in {one.entry.iri for one in shipped.suggest(label)}
    ]
    assert len(missed) <= 0.02 * len(sample), missed


# --- Speed, in the time of a processor ---


def seconds(suggester, texts):
    times = []
    for text in texts:
        start = thread_time()
        suggester.suggest(text)
        times.append(thread_time() - start)
    return sorted(times)[int(0.95 * len(times))]


def test_the_shipped_catalogue_is_suggested_at_once(shipped):
    texts = ["an", "co", "bar", "mamme che lav", "povertà edu", "assistenza domic", "di per", "ser"]
    assert seconds(shipped, texts * 5) < 0.002


def test_a_hundred_thousand_titles_are_quick():
    chance = random.Random(5)
    words = [word for one in ENTRIES for name in (one.label_it, *one.said) for word in name.split()]
    words += [f"{a}{b}{c}" for a in "bcdlmps" for b in "aeiou" for c in ("nta", "ri", "sso", "llo")]
    titles = (" ".join(chance.choices(words, k=8)) for _ in range(100_000))
    big = Suggester(entry("practice", f"{title} {at}") for at, title in enumerate(titles))
    texts = ["la", "ba", "casa", "casa di b", "mamme che lav", "bari la", "di", "di che per la"]
    assert seconds(big, texts * 3) < 0.010
