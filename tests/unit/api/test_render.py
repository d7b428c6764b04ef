import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from talea_api.paths import locate
from talea_api.render import (
    LOCALES,
    Page,
    Renderer,
    Stamp,
    day,
    euro,
    jsonld,
    link,
    number,
    safe_url,
)
from talea_api.settings import Settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_in_a_page_stays_json_and_cannot_end_its_element(data):
    text = str(jsonld(data))
    assert json.loads(text) == data
    assert not set("<>&\u2028\u2029") & set(text)


def test_json_refuses_what_is_not_json():
    with pytest.raises(ValueError, match="JSON"):
        jsonld({"value": float("nan")})


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=c", "http://comune.bari.it", "https://[::1]/x"]
)
def test_addresses_that_are_linked(url):
    assert safe_url(url) == url
    assert str(link(url)).startswith('<a href="')


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://",
        "https://a b",
        "http://[::1",
        "ftp://example.org",
        "",
        None,
    ],
)
def test_addresses_that_stay_text(url):
    assert safe_url(url) is None
    if url:
        assert "<a" not in str(link(url))


def test_a_link_escapes_its_text_and_its_address():
    written = str(link('https://example.org/"><script>', "<b>"))
    assert written == (
        '<a href="https://example.org/&#34;&gt;&lt;script&gt;" '
        'rel="noopener noreferrer">&lt;b&gt;</a>'
    )


def test_numbers_and_dates_by_language():
    it, en = LOCALES["it"], LOCALES["en"]
    assert number(Decimal("1234567.89"), it) == "1.234.567,89"
    assert number(12345, en) == "12,345"
    assert euro(Decimal(60000), it).replace("\xa0", " ") == "60.000 €"
    assert "1.50" in euro(Decimal("1.5"), en)
    assert day("2024-03-27", it) == "27 marzo 2024"
    assert day("2024-03-27T10:00:00+00:00", en) == "27 March 2024"
    assert day("2024-03", it) == "marzo 2024"
    assert day("2024", it) == "2024"
    assert day("primavera 2024", it) == "primavera 2024"
    assert day("2024-13-45", it) == "2024-13-45"


@pytest.fixture
def templates(tmp_path):
    """A renderer on templates of the test, and the function that writes one."""
    places = locate()
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "i18n").mkdir()
    (tmp_path / "i18n" / "en.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Pratiche"\nmsgstr "Practices"\n\n'
        'msgid "%(n)s scheda"\nmsgid_plural "%(n)s schede"\n'
        'msgstr[0] "%(n)s record"\nmsgstr[1] "%(n)s records"\n',
        encoding="utf-8",
    )
    from dataclasses import replace

    renderer = Renderer(
        Settings(site_owner="Ente"),
        replace(places, templates=folder, translations=tmp_path / "i18n"),
    )

    def show(source, lang="it", **data):
        (folder / "t.html").write_text(source, encoding="utf-8")
        page = Page(title="<Titolo>", jsonld={"a": "</script>"}, data=data)
        return renderer.page("t.html", lang, "/x", page, Stamp("a" * 64, "2024-03-27"))

    return show


def test_text_is_escaped(templates):
    assert templates("{{ page.title }} {{ x }}", x="<i>&") == "&lt;Titolo&gt; &lt;i&gt;&amp;"


def test_json_for_search_engines_cannot_close_the_script(templates):
    written = templates("<script>{{ page.jsonld | safe }}</script>")
    assert written.count("</script>") == 1


def test_an_unknown_name_is_an_error(templates):
    with pytest.raises(UndefinedError):
        templates("{{ nobody_gave_this }}")


def test_translation_and_its_absence(templates):
    source = (
        '{{ _("Pratiche") }} {{ _("Mai tradotto") }} '
        "{% trans n=n %}{{ n }} scheda{% pluralize %}{{ n }} schede{% endtrans %}"
    )
    assert templates(source, "it", n=1) == "Pratiche Mai tradotto 1 scheda"
    assert templates(source, "en", n=2) == "Practices Mai tradotto 2 records"


def test_what_every_template_gets(templates):
    source = "{{ lang }} {{ base }} {{ request_path }} {{ site_owner }} {{ release.date }}."
    assert templates(source, "en") == "en /en /x Ente 27 March 2024."
    assert templates("{{ assets('talea.css') }}").startswith("/static/dist/talea.")
