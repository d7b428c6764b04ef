import pytest

from talea_api.language import language_of, without_language


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/", "en", "it"),
        ("/en", "it", "en"),
        ("/en/pratiche", None, "en"),
        ("/english", "en", "it"),
        ("/api/v1/search", None, "it"),
        ("/api/v1/search", "en-GB,en;q=0.9,it;q=0.5", "en"),
        ("/api/v1/search", "it;q=0.9, en;q=0.8", "it"),
        ("/sparql", "de, fr;q=nonsense", "it"),
        ("/id/luogo/072006", "en", "en"),
    ],
)
def test_language(path, accept, expected):
    assert language_of(path, accept) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/en", "/"), ("/en/", "/"), ("/en/dati", "/dati"), ("/dati", "/dati"), ("/enti", "/enti")],
)
def test_without_language(path, expected):
    assert without_language(path) == expected
