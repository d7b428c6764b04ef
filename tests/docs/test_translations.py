"""Every sentence of the templates has its English, and the catalogue of them holds nothing else."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "site" / "templates"
OPTIONS = {"newstyle_gettext": "true", "silent": "false"}
FIELDS = re.compile(r"%\(\w+\)s")
TAGS = re.compile(r"</?\w+")


def sources() -> dict[str, list[str]]:
    """The first form of each source string -> where it stands."""
    found: dict[str, list[str]] = {}
    for path in sorted(TEMPLATES.glob("*.html")):
        with path.open("rb") as stream:
            messages = extract("jinja2.ext:babel_extract", stream, options=OPTIONS)
            for line, message, *_ in messages:
                first = message if isinstance(message, str) else message[0]
                found.setdefault(first, []).append(f"{path.name}:{line}")
    return found


@pytest.fixture(scope="module")
def english():
    """First form of the source -> the forms of its translation."""
    with (ROOT / "site" / "i18n" / "en.po").open("rb") as stream:
        catalog = read_po(stream, locale="en")
    return {
        message.id[0] if isinstance(message.id, tuple) else message.id: message
        for message in catalog
        if message.id
    }


def test_there_is_something_to_translate():
    assert len(sources()) > 300


def test_every_sentence_has_its_english(english):
    missing = {
        text: places
        for text, places in sources().items()
        if text not in english or not all(_forms(english[text].string)) or english[text].fuzzy
    }
    assert not missing


def test_no_translation_is_left_over(english):
    assert not set(english) - set(sources())


def test_translations_keep_fields_and_tags(english):
    for text, message in english.items():
        sources_ = _forms(message.id)
        for form in _forms(message.string):
            assert set(FIELDS.findall(form)) <= set(FIELDS.findall(" ".join(sources_))), text
            assert TAGS.findall(form) == TAGS.findall(sources_[-1]), text
        assert set(FIELDS.findall(_forms(message.string)[-1])) == set(FIELDS.findall(sources_[-1]))


def _forms(text):
    return (text,) if isinstance(text, str) else tuple(text)
