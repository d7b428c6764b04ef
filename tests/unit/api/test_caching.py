import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_api.caching import Answer, AnswerCache, accepts_gzip, make_answer, matches


def answer(size):
    return Answer(b"x" * size, "text/plain", "tag")


def test_the_cache_never_passes_its_limit_and_drops_the_oldest():
    cache = AnswerCache(10_000)
    for number in range(20):
        cache.put(number, answer(1_000))
        assert cache.size <= 10_000
    assert cache.get(0) is None
    assert cache.get(19) is not None


def test_what_is_used_stays():
    cache = AnswerCache(5_000)
    for number in range(10):
        cache.put(number, answer(500))
        cache.get(0)
    assert cache.get(0) is not None


def test_one_large_answer_does_not_empty_the_cache():
    cache = AnswerCache(10_000)
    cache.put("small", answer(10))
    cache.put("large", answer(5_000))
    assert cache.get("small") is not None
    assert cache.get("large") is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3_000)), max_size=50))
def test_the_size_is_the_sum_of_what_is_kept(puts):
    cache = AnswerCache(8_000)
    for key, size in puts:
        cache.put(key, answer(size))
    kept = [entry for key in range(6) if (entry := cache.get(key))]
    assert cache.size == sum(entry.size + 1 for entry in kept) <= 8_000
    assert len(cache) == len(kept)


def test_long_keys_count_too():
    cache = AnswerCache(10_000)
    for number in range(100):
        cache.put(("x" * 1_000, number), answer(1))
    assert len(cache) < 10


def test_a_tag_changes_with_the_build_and_with_the_bytes():
    tags = {make_answer(body, "text/html", digest).tag for body in (b"a", b"b") for digest in "12"}
    assert len(tags) == 4


def test_only_what_shrinks_is_compressed():
    page = make_answer(b"<p>ciao</p>" * 1_000, "text/html", "1")
    assert page.gzipped is not None
    assert gzip.decompress(page.gzipped) == page.body
    assert make_answer(b"<p>ciao</p>", "text/html", "1").gzipped is None
    assert make_answer(b"x" * 5_000, "font/woff2", "1").gzipped is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, False),
        ("", False),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"abc-gz"', True),
        ('"x", "abc"', True),
        ("*", True),
        ('"abcd"', False),
    ],
)
def test_if_none_match(header, expected):
    assert matches(header, "abc") is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, False),
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("identity, *;q=0", False),
        ("*", True),
        ("gzip;q=nonsense", False),
    ],
)
def test_accept_encoding(header, expected):
    assert accepts_gzip(header) is expected
