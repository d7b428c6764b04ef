"""The Atom feed of the practices and the sitemap of the pages, as bytes. No HTTP here.

Atom: RFC 4287, in pages as RFC 5005 has them. Sitemaps: sitemaps.org, protocol 0.9, with the
alternates by language that search engines read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from pyoxigraph import Literal, NamedNode

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.repository import Brief

from . import opendata
from .addresses import document
from .language import LANGS, base_of
from .pages.alike import TOPICS
from .pages.common import title_of
from .settings import Settings
from .views import View, Visit

ENTRIES: Final = 100
"""Practices on one page of the feed."""
PART: Final = 5_000
"""Addresses in one file of the sitemap, far below the 50,000 of the protocol."""
LARGEST: Final = 50_000
"""Files that an index may name."""
_ATOM: Final = "http://www.w3.org/2005/Atom"
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_MODIFIED: Final = NamedNode(ns.DCT + "modified")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# --- Atom ---


def pages_of_feed(release: Release) -> int:
    """How many pages the feed has, at least one."""
    return max(1, -(-len(release.repository.slugs()) // ENTRIES))


def atom(visit: Visit, number: int) -> bytes:
    """A page of the feed, from 1: the practices changed last come first.

    A practice whose record has no date of its own takes that of the release. Identifiers are the
    practices' own IRIs, the same in both languages and in every release.
    """
    release, settings = visit.release, visit.settings
    dates = _modified(release)
    released = release.manifest.date
    repository = release.repository
    briefs = repository.briefs(repository.slugs())
    briefs.sort(key=lambda brief: dates.get(brief.slug, released), reverse=True)
    shown = briefs[(number - 1) * ENTRIES : number * ENTRIES]
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": visit.lang})
    _add(feed, "id", f"{ns.ROOT}feed/{visit.lang}")
    _add(feed, "title", visit.text("Talea: le pratiche", "Talea: the practices"))
    _add(
        feed,
        "subtitle",
        visit.text(
            "La data di una scheda è quella della sua ultima modifica; se non si sa, quella "
            "dell’edizione dei dati.",
            "The date of a record is that of its last change; where it is not known, that of the "
            "edition of the data.",
        ),
    )
    _add(feed, "updated", max((dates.get(b.slug, released) for b in shown), default=released))
    _add(ET.SubElement(feed, "author"), "name", opendata.publisher(settings).name)
    _add(feed, "rights", "CC BY 4.0")
    for relation, target in _around(visit, number, pages_of_feed(release)):
        ET.SubElement(feed, "link", {"rel": relation, "href": target})
    for brief in shown:
        _entry(feed, visit, brief, dates.get(brief.slug, released))
    return bytes(ET.tostring(feed, "utf-8", xml_declaration=True))


def _around(visit: Visit, number: int, last: int) -> Iterator[tuple[str, str]]:
    def page(at: int) -> str:
        return visit.settings.absolute(visit.href(pagina=str(at) if at > 1 else None))

    yield "self", page(number)
    yield "alternate", visit.settings.absolute(visit.base + "/pratiche")
    yield "first", page(1)
    yield "last", page(last)
    if number > 1:
        yield "previous", page(number - 1)
    if number < last:
        yield "next", page(number + 1)


def _entry(feed: ET.Element, visit: Visit, brief: Brief, updated: str) -> None:
    entry = ET.SubElement(feed, "entry")
    _add(entry, "id", brief.iri)
    _add(entry, "title", title_of(visit, brief))
    _add(entry, "updated", updated)
    href = visit.settings.absolute(f"{visit.base}/pratiche/{brief.slug}")
    ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": href})
    _add(ET.SubElement(entry, "author"), "name", brief.promoter)
    for area in brief.areas:
        label = visit.release.repository.label(area, visit.lang)
        ET.SubElement(entry, "category", {"term": area, "label": _clean(label)})
    practice = visit.release.repository.practice(brief.slug)
    if practice and practice.needs:
        _add(entry, "summary", practice.needs[0].title)


def _modified(release: Release) -> dict[str, str]:
    """Slug -> when the record was changed, as an Atom date, where its record says so."""
    found: dict[str, str] = {}
    for quad in release.store.quads(None, _MODIFIED, None):
        subject = quad.subject
        if isinstance(quad.object, Literal) and isinstance(subject, NamedNode):
            kind, _, slug = subject.value.removeprefix(ns.ID).partition("/")
            match = _DATE.fullmatch(quad.object.value)
            if kind == "scheda" and match:
                found[slug] = _instant(match)
    return found


def _instant(match: re.Match[str]) -> str:
    """A date of RFC 3339: a day is its beginning, a time without zone is UTC."""
    text = match[0]
    if not match[1]:
        return text + "T00:00:00+00:00"
    return text if match[3] else text + "+00:00"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


# --- The sitemap ---


def paths(release: Release, views: Sequence[View]) -> list[str]:
    """The pages for robots, without language: those that stand alone, and one a resource."""
    alone = [view.path for view in views if "{" not in view.path]
    found = {path for iri in _described(release) if (path := _page_of(release, iri))}
    schemes = release.repository.schemes()
    found |= {f"/vocabolari/{scheme.slug}" for scheme in schemes}
    found |= {
        f"/vocabolari/{scheme.slug}/{concept.notation}"
        for scheme in schemes
        for concept, _ in scheme.concepts
        if scheme.slug in TOPICS
    }
    return [*alone, *sorted(found)]


def parts(count: int) -> int:
    """How many files hold that many pages, each with two addresses."""
    return max(1, -(-count * len(LANGS) // PART))


def sitemap(pages: Sequence[str], settings: Settings, part: int) -> bytes:
    """The addresses of one file, from 1, each with its alternates."""
    size = PART // len(LANGS)
    shown = pages[(part - 1) * size : part * size]
    rows = chain.from_iterable(_urls(page, settings) for page in shown)
    head = f'<urlset xmlns="{_SITEMAP}" xmlns:xhtml="{_XHTML}">'
    return _document(head, rows, "</urlset>")


def sitemap_index(count: int, settings: Settings) -> bytes:
    """The file that names the others."""
    rows = (
        f"<sitemap><loc>{_clean(settings.absolute(f'/sitemap-{part}.xml'))}</loc></sitemap>"
        for part in range(1, min(count, LARGEST) + 1)
    )
    return _document(f'<sitemapindex xmlns="{_SITEMAP}">', rows, "</sitemapindex>")


def _urls(page: str, settings: Settings) -> Iterator[str]:
    addresses = {lang: settings.absolute(base_of(lang) + page) for lang in LANGS}
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang="{lang}" href={quoteattr(address)}/>'
        for lang, address in addresses.items()
    )
    for address in addresses.values():
        yield f"<url><loc>{quoteattr(address)[1:-1]}</loc>{alternates}</url>"


def _document(head: str, rows: Iterable[str], tail: str) -> bytes:
    text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *rows, tail])
    return (text + "\n").encode()


def _described(release: Release) -> set[str]:
    """Our resources that have a class, parts of others apart."""
    subjects = (quad.subject for quad in release.store.quads(None, ns.TYPE, None))
    iris = {one.value for one in subjects if isinstance(one, NamedNode)}
    depth = ns.ID.count("/") + 1
    return {iri for iri in iris if iri.startswith(ns.ID) and iri.count("/") == depth}


def _page_of(release: Release, iri: str) -> str | None:
    if release.repository.gone(iri) is not None:
        return None
    found = document(iri, release.repository.comune_of)
    return found.path if found else None
