"""Search on the shipped catalogue: what is there is found, and no query does harm."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talea_catalogue.release import Release
from talea_catalogue.search import Query, SearchIndex
from talea_catalogue.search.analysis import evened, mark, places, term, terms
from talea_catalogue.search.facets import FACETS, FILTERS, OUTSIDE, RANGES
from talea_catalogue.search.index import CLOSEST, MAX_LIMIT
from talea_catalogue.search.reasons import MAX_REASONS


@pytest.fixture(scope="session")
def search(release: Release) -> SearchIndex:
    """The index of the shipped catalogue."""
    return release.search


@pytest.fixture(scope="session")
def titles(release: Release) -> dict[str, str]:
    """The titles of the ranked practices."""
    repository = release.repository
    return {slug: repository.brief(slug).title or "" for slug in repository.listed()}


LISTED = 105
"""Practices with a title: those of which only the body is known are not searched."""


def slugs(search: SearchIndex, text: str, **filters: tuple[str, ...]) -> list[str]:
    """All that is found, page after page."""
    found: list[str] = []
    while True:
        answer = search.search(Query(text, filters, limit=MAX_LIMIT, offset=len(found)))
        found += [hit.brief.slug for hit in answer.hits]
        if len(found) >= answer.total or not answer.hits:
            return found


def as_words(search: SearchIndex, text: str) -> list[str]:
    """What is found by words alone: a capital may tell a place from a word (`constraints`)."""
    query = Query(text, limit=MAX_LIMIT, as_words=frozenset(FILTERS))
    return [hit.brief.slug for hit in search.search(query).hits]


# --- What is found ---


def test_every_word_of_a_title_finds_its_practice(
    search: SearchIndex, titles: dict[str, str]
) -> None:
    asked: dict[str, set[str]] = {}
    for slug, title in titles.items():
        for word in re.findall(r"\w+", title):
            if term(word) is not None:
                asked.setdefault(word, set()).add(slug)
    assert len(asked) > 200
    for word, having in asked.items():
        assert having <= set(slugs(search, word)), word


def test_words_of_a_title_together_find_its_practice(
    search: SearchIndex, titles: dict[str, str]
) -> None:
    for slug, title in list(titles.items())[::4]:
        words = [word for word in re.findall(r"\w+", title) if term(word)]
        for some in (words[:2], words[-2:], words[::2]):
            answer = search.search(Query(" ".join(some), limit=MAX_LIMIT, exactly=True))
            if not answer.said:  # else its words are a filter, and what remains is searched for
                assert slug in [hit.brief.slug for hit in answer.hits], some


def test_a_whole_title_finds_its_practice_first(
    search: SearchIndex, titles: dict[str, str]
) -> None:
    for slug, title in titles.items():
        answer = search.search(Query(title))
        first = answer.hits[0]
        assert first.brief.slug == slug or titles[first.brief.slug] == title
        assert (answer.confident, first.confident) == (True, True), title


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        str.lower,
        str.title,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace("'", "’"),
        lambda text: text.replace("’", "'"),
        lambda text: f"  {text}\t\n",
    ],
    ids=["upper", "lower", "title", "decomposed", "curly", "straight", "spaces"],
)
def test_case_and_apostrophes_make_no_difference(
    search: SearchIndex, titles: dict[str, str], change: object
) -> None:
    assert callable(change)
    for text in (*list(titles.values())[:25], "perché l'età più fragile", "comunità dell'anziano"):
        assert as_words(search, change(text)) == as_words(search, text), text


def test_missing_accents_change_little(search: SearchIndex, titles: dict[str, str]) -> None:
    """Words are the same; an engine of meaning reads «perche» and «perché» a little otherwise."""
    texts = [text for text in titles.values() if bare(text) != text]
    assert len(texts) >= 10
    for text in texts:
        assert slugs(search, bare(text))[0] == slugs(search, text)[0], text
    for text in ("perché l'età più fragile", "comunità dell'anziano", "povertà e disabilità"):
        accented, plain = slugs(search, text)[:10], slugs(search, bare(text))[:10]
        assert len(set(plain) & set(accented)) >= len(accented) / 2, text


def bare(text: str) -> str:
    """A text without its accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def test_practices_of_which_only_the_body_is_known_are_never_ranked(
    search: SearchIndex, release: Release
) -> None:
    untitled = [f"comune-{name}-2024" for name in ("bari", "andria", "taranto")]
    assert all(release.repository.practice(slug) for slug in untitled)
    for text in ("", "Comune di Bari", "Andria", "Taranto", "Puglia", "comune bari 2024"):
        answer = search.search(Query(text, limit=MAX_LIMIT))
        assert all(hit.brief.title and hit.brief.level > 0 for hit in answer.hits)
    assert search.search(Query()).total == LISTED


def test_a_title_made_of_stop_words_is_found_as_it_is_written(search: SearchIndex) -> None:
    for text in ("In.Con.Tra", "in con tra", "INCONTRA"):
        hit = search.search(Query(text)).hits[0]
        assert hit.brief.slug == "comune-bitonto-2024"
        assert hit.reasons[0].fragments == (("In.Con.Tra", True),)
    only_small_words = search.search(Query("con"))
    assert not only_small_words.confident
    assert 0 < only_small_words.total <= CLOSEST


# --- Queries that attack ---

ATTACKS = [
    "di e il la con per",
    "perche piu",
    "a" * 10_000,
    "parola " * 2_000,
    "x" * 79 + "è" * 40,
    "👵🏽🏠🚌",
    "שלום עולם",
    "‮نص عربي‬",
    "日本語",
    "\x00\x01\x1b[2J",
    "\ud800",
    "title:taxi",
    'title:"taxi',
    "taxi AND (NOT OR",
    "taxi^10 ~2 *",
    "*",
    "?",
    "[a TO z]",
    '"); DROP ALL; --',
    "<script>alert(1)</script>",
    "{{7*7}}",
    "../../etc/passwd",
    "\\",
    "/.*/",
    "_",
    "__ _a_",
    "e\u0301\u0301\u0301\u0301",
    "İI ıi ẞß ﬁ",
]


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:20]))
def test_no_text_does_harm(search: SearchIndex, text: str) -> None:
    answer = search.search(Query(text, limit=MAX_LIMIT))
    assert len(answer.hits) == min(answer.total, MAX_LIMIT)
    assert [facet.name for facet in answer.facets] == list(FACETS)


@pytest.mark.parametrize("text", ["di e il", "xyzzy", "qwrtp zxcvb", "日本語", "a" * 10_000])
def test_words_that_mean_nothing_find_the_closest_few_and_say_so(
    search: SearchIndex, text: str
) -> None:
    answer = search.search(Query(text, limit=MAX_LIMIT))
    assert not answer.confident
    assert 0 < answer.total <= CLOSEST
    assert not any(hit.confident for hit in answer.hits)
    assert all(hit.reasons for hit in answer.hits)


def test_signs_find_nothing_and_no_text_finds_all(search: SearchIndex) -> None:
    for text in ("!!", "👵🏽🏠🚌", "\x00\x1b"):
        answer = search.search(Query(text))
        assert (answer.total, answer.confident) == (0, False), text
    assert [search.search(Query(text)).total for text in ("", "  \n")] == [LISTED, LISTED]
    assert search.search(Query("")).confident


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=60), st.integers(-5, 200), st.integers(-5, 200))
def test_random_texts_limits_and_offsets_do_no_harm(
    search: SearchIndex, text: str, limit: int, offset: int
) -> None:
    answer = search.search(Query(text, limit=limit, offset=offset))
    assert len(answer.hits) <= max(0, min(limit, MAX_LIMIT))
    assert answer.total <= LISTED


# --- Reasons ---


@pytest.mark.parametrize(
    "text",
    ["taxi sociale", "anziani soli", "minori stranieri scuola", "housing first", "older people",
     "emporio solidale", "regolamento", "FSE", "cooperativa sociale giovani", "co-progettazione"],
)  # fmt: skip
def test_each_hit_has_a_reason_whose_marked_words_come_from_the_query(
    search: SearchIndex, release: Release, text: str
) -> None:
    answer = search.search(Query(text, limit=MAX_LIMIT, as_words=frozenset(FILTERS)))
    assert answer.hits
    wanted = set(terms(answer.correction.used))
    some_word = False
    for hit in answer.hits:
        assert 0 < len(hit.reasons) <= MAX_REASONS, hit.brief.slug
        for reason in hit.reasons:
            words = {term(piece) for piece, matched in reason.fragments if matched}
            assert words <= wanted
            some_word |= bool(words)
            whole = "".join(piece for piece, _ in reason.fragments)
            assert 0 < len(whole) < 300
            if reason.concept is not None:
                concept = release.repository.concept(reason.concept)
                assert concept is not None
                assert whole == concept.label_it
                assert not words
    assert some_word


def test_who_says_only_a_constraint_sees_it_as_the_reason(search: SearchIndex) -> None:
    for text, said in (("Bari", "Comune di Bari"), ("già replicate", "già replicata")):
        hits = search.search(Query(text, limit=MAX_LIMIT)).hits
        assert hits
        assert all(hit.reasons[0].fragments == ((said, True),) for hit in hits)
        assert all(hit.confident for hit in hits)


def marked(text: str, *wanted: str) -> tuple[tuple[str, bool], ...]:
    return mark(text, places(evened(text), frozenset(wanted)))


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("abc _-.’è\u0301 "), max_size=400),
    st.text(st.sampled_from("abc _"), max_size=400),
)
def test_a_word_of_a_text_can_always_be_marked(before: str, after: str) -> None:
    pieces = marked(f"{before} carrozzina {after}", "carrozzin")
    assert ("carrozzina", True) in pieces


def test_a_word_in_a_long_unbroken_text_is_marked() -> None:
    pieces = marked("https://example.org/" + "x-" * 400 + "anziani" + "-y" * 400, "anzian")
    assert ("anziani", True) in pieces
    assert sum(len(piece) for piece, _ in pieces) < 300


# --- Facets and pages ---

VALUED = [name for name in FILTERS if name not in RANGES]
"""Filters that take a value of a list; ranges are counted by hand in `test_facets.py`."""


@pytest.fixture(scope="session")
def columns(release: Release) -> dict[str, dict[str, set[str]]]:
    """Which practices have which value, by asking one filter at a time without any text."""
    found: dict[str, dict[str, set[str]]] = {name: {} for name in VALUED}
    for facet in release.search.search(Query()).facets:
        for option in facet.options:
            hits = slugs(release.search, "", **{facet.name: (option.value,)})
            found[facet.name][option.value] = set(hits)
    comuni = [place.istat for place, number in release.repository.comuni() if number]
    for istat in comuni:
        found["comune"][istat] = set(slugs(release.search, "", comune=(istat,)))
    for value in ("italia", "regione-puglia", "provincia-072", "spagna"):
        found[OUTSIDE][value] = set(slugs(release.search, "", fuori=(value,)))
    return found


def test_the_counts_of_facets_are_those_of_a_count_by_hand(
    search: SearchIndex, columns: dict[str, dict[str, set[str]]]
) -> None:
    some = {name: st.lists(st.sampled_from(sorted(columns[name])), max_size=2) for name in VALUED}

    @settings(max_examples=80, deadline=None)
    @given(
        st.fixed_dictionaries({}, optional=some),
        st.sampled_from(["", "anziani", "comune", "bambini scuola", "xyzzy"]),
    )
    def check(filters: dict[str, list[str]], text: str) -> None:
        chosen = {name: tuple(values) for name, values in filters.items()}
        base = set(slugs(search, text))

        def passing(names: list[str]) -> set[str]:
            left = set(base)
            for name in names:
                having = [columns[name][value] for value in chosen.get(name, ())]
                if having:
                    left &= set.intersection(*having) if name == OUTSIDE else set.union(*having)
            return left

        answer = search.search(Query(text, chosen, limit=MAX_LIMIT))
        assert set(slugs(search, text, **chosen)) == passing(VALUED)
        assert answer.total == len(passing(VALUED))
        for facet in answer.facets:
            others = passing([name for name in VALUED if name != facet.name])
            counts = {v: len(others & having) for v, having in columns[facet.name].items()}
            told = {option.value: option.count for option in facet.options}
            assert told == {v: n for v, n in counts.items() if n or v in chosen.get(facet.name, ())}
            assert {o.value for o in facet.options if o.selected} == set(chosen.get(facet.name, ()))

    check()


def test_the_territory_of_a_practice_is_that_of_its_record(
    release: Release, columns: dict[str, dict[str, set[str]]]
) -> None:
    for slug in release.repository.listed():
        practice = release.repository.practice(slug)
        assert practice is not None
        for iri in (practice.region, *practice.implemented_in, practice.promoter_place):
            if iri is None:
                continue
            value = iri.rsplit("/", 1)[-1]
            name = "comune" if value in columns["comune"] else "territorio"
            if value in columns[name]:
                assert slug in columns[name][value]


def test_an_unknown_value_or_filter_leaves_nothing(search: SearchIndex) -> None:
    for filters in ({"area": ("9",)}, {"comune": ("999999",)}, {"colore": ("rosso",)}):
        assert search.search(Query("", filters)).total == 0


@pytest.mark.parametrize("text", ["", "anziani", "comune", "sociale bambini lavoro"])
def test_pages_are_complete_disjoint_and_stable(search: SearchIndex, text: str) -> None:
    whole = slugs(search, text)
    for size in (1, 7, 20):
        pages = [
            search.search(Query(text, limit=size, offset=start))
            for start in range(0, len(whole) + size, size)
        ]
        assert [hit.brief.slug for page in pages for hit in page.hits] == whole
        assert {page.total for page in pages} == {len(whole)}
    assert len(set(whole)) == len(whole)
    assert whole == slugs(search, text)
