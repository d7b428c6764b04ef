"""The addresses of a copy, and what becomes of a page in it."""

import html.parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_api.export.addresses import file_of, target
from talea_api.export.rewriting import rewrite, symbols_of

SYMBOLS = symbols_of('<svg><symbol id="it-search" viewBox="0 0 1 1"><path d="M0"/></symbol></svg>')


def written(html, file="pratiche/x.html", lang="it", form="<p>forma</p>"):
    said = rewrite(html, file, lambda href: target(href, lang), lambda *_: form, SYMBOLS)
    return said.html


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "index.html"),
        ("/en/", "en/index.html"),
        ("/en", "en/index.html"),
        ("/pratiche", "pratiche.html"),
        ("/pratiche/x", "pratiche/x.html"),
        ("/pratiche/x.ttl", "pratiche/x.ttl"),
        ("/pratiche/x.html", "pratiche/x.html"),
        ("/dati/versioni/0af/SHA256SUMS", "dati/versioni/0af/SHA256SUMS"),
        ("/static/dist/talea.0a.css", "static/dist/talea.0a.css"),
    ],
)
def test_a_page_is_a_file_that_opens_by_itself(path, file):
    assert file_of(path) == file


@pytest.mark.parametrize(
    ("href", "lang", "file", "end"),
    [
        ("/pratiche/x?comune=072006#costi", "it", "pratiche/x.html", "#costi"),
        ("/en/mappa?comune=072006", "en", "en/mappa.html", "#"),
        ("/pratiche?q=anziani+soli", "it", "pratiche.html", "?q=anziani+soli#"),
        ("/pratiche?bisogno=isolamento", "it", "elenchi/bisogno-isolamento.html", "#"),
        ("/pratiche?b=1", "it", "copia.html", "#altro"),
        ("/en/pratiche?bisogno=%3Cb%3E", "en", "en/copia.html", "#altro"),
        ("/pratiche?q=a&bisogno=isolamento", "it", "copia.html", "#altro"),
        ("/comuni/072006/pratiche?bisogno=casa", "it", "elenchi/bisogno-casa.html", "#"),
        ("/comuni/072006/pratiche", "it", "copia.html", "#da-un-comune"),
        ("/pratiche/x/confronto?comune=072006", "it", "copia.html", "#confronto"),
        ("/en/sparql?domanda=cq-07&need=x", "en", "en/domande.html", "#cq-07"),
        ("/sparql?query=SELECT", "it", "domande.html", "#"),
        ("/api/v1/search?q=a", "en", "en/copia.html", "#programmi"),
        ("/copertura?voce=esiti", "it", "copertura/voce-esiti.html", "#"),
        ("/pratiche/x.ttl", "en", "pratiche/x.ttl", "#"),
    ],
)
def test_what_an_address_leads_to(href, lang, file, end):
    found = target(href, lang)
    query = f"?{found.query}" if found.query else ""
    assert (found.file, f"{query}#{found.fragment}") == (file, end)


@pytest.mark.parametrize(
    "href", ["#costi", "", "x.html", "https://example.org/a", "//example.org", "mailto:a@b.it"]
)
def test_other_addresses_stay(href):
    assert target(href, "it") is None
    assert written(f'<a href="{href}">a</a>') == f'<a href="{href}">a</a>'


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/a/../../../b", "/%2e%2e/%2e%2e/x"])
def test_no_file_is_outside_the_folder(path):
    assert ".." not in target(path, "it").file.split("/")


def test_addresses_become_relative_and_the_rest_stays():
    page = (
        '<!DOCTYPE html>\n<body  class=a><!-- <a href="/no"> -->'
        "<A HREF=/comuni/072006 id=q>à &amp; b"
        "</A><img srcset=\"/static/a.png 1x, /static/b.png 2x\" src='/static/a.png'></body>"
    )
    assert written(page) == (
        '<!DOCTYPE html>\n<body  class=a><!-- <a href="/no"> -->'
        '<A HREF="../comuni/072006.html" id=q>'
        'à &amp; b</A><img srcset="../static/a.png 1x, ../static/b.png 2x" src="../static/a.png">'
        "</body>"
    )


def test_style_sheets_within_a_page():
    page = (
        "<style>a{background:url('/static/a.png')}b{b:url(#x)}</style><p style=\"b:url(/c.svg)\">"
    )
    assert written(page) == (
        "<style>a{background:url('../static/a.png')}b{b:url(#x)}</style>"
        '<p style="b:url(../c.svg)">'
    )


def test_scripts_are_not_read_as_pages():
    data = '<script type="application/ld+json">{"a":"<a href=\\"/x\\">"}</script>'
    assert written(data) == data
    assert written('<script>"<form>"</script><a href="/x">') == (
        '<script>"<form>"</script><a href="../x.html">'
    )
    assert written('<textarea><a href="/x"></textarea>') == '<textarea><a href="/x"></textarea>'


def test_drawings_come_inside_the_page():
    use = (
        '<body><svg viewBox="0 0 9 9"><use href="/static/dist/icons.0a.svg#it-search"></use></svg>'
    )
    found = written(use)
    assert '<symbol id="icona-it-search" viewBox="0 0 1 1">' in found
    assert '<use href="#icona-it-search">' in found
    link = '<svg><a xlink:href="/comuni/072006"><path d="M0"/></a></svg>'
    assert 'xlink:href="../comuni/072006.html"' in written(link)


def test_what_needs_a_server_goes_and_is_told():
    page = (
        '<link rel=preload href="/f.woff2"><link rel="canonical" href="/x">'
        '<script src="/static/dist/suggest.0a.js" defer></script>'
        '<form action="/x"><input name=q><a href="/y">y</a></form><form data-copy-search></form>'
    )
    assert written(page) == "<p>forma</p><form data-copy-search></form>"
    link = written('<a class=b href="/confronta">c</a>')
    assert link == (
        '<a data-lacks="serve il sito in linea" class=b href="../copia.html#confronta">c</a>'
    )


@given(st.text(alphabet="<>/!-\"'= aform=scriptstyle\n&;#hrefsrc", max_size=80))
def test_a_page_without_addresses_of_ours_stays_as_it_is(text):
    if not any(word in text.lower() for word in ("<form", "<script", "<link", "<style")):
        found = rewrite(text, "a.html", lambda href: None, lambda *_: "", {})
        assert (found.html, found.wanted) == (text, {})


PIECES = st.sampled_from(
    [
        *("<a href='/x'>", '<a b="<" href="/x">', '<a href="/x" / c>', "<a href=/x>", "<b a='\"'>"),
        *("<p>", "</p>", "<!-- '", "-->", "<br/>", "a<b", "&lt;"),
        *("<style>", "</style>", "<title>", "</title>"),
    ]
)


@given(st.lists(PIECES, max_size=12))
def test_links_are_those_that_pythons_own_reader_finds(pieces):
    links = []

    class Reader(html.parser.HTMLParser):
        CDATA_CONTENT_ELEMENTS = ("script", "style", "title")

        def handle_starttag(self, tag, attrs):
            links.extend(value for name, value in attrs if name == "href")

    text = "".join(pieces)
    reader = Reader()
    reader.feed(text)
    mine = []
    rewrite(text, "a.html", mine.append, lambda *_: "", {})
    if text.count("<!--") <= text.count("-->"):
        assert mine == links
