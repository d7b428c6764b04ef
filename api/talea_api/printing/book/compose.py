"""From an edition and its practices to a book: the only place that decides what a book holds."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.errors import TaleaError
from talea_catalogue.model import Practice
from talea_catalogue.publication import Edition
from talea_catalogue.release import Release
from talea_catalogue.terms import T
from talea_catalogue.text import fold
from talea_catalogue.vocabulary import Lang

from ...pages.practice import KINDS
from ...paths import Places
from ...settings import Settings
from ...version import VERSION
from ...views import Visit
from ..document import (
    Block,
    Document,
    Entries,
    Entry,
    Figure,
    Item,
    List,
    Paragraph,
    Section,
    Table,
    Words,
)
from . import sheet
from .contents import contents
from .drawings import bars, puglia
from .frame import BOOK_TEXTS, Frame, bullets, texts
from .parts import Book, Chapter, Sheet, sheet_as_data

__all__ = ["EmptyBookError", "Told", "book", "frame_for", "sheet_alone", "sheet_document"]

Told = Callable[[str, int, int], None]
"""Called with a step in words, how many are done and how many there are."""
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_WORDS: Final = (
    *("contents", "todo-how", "sheet-link"),
    *("lacking-title", "lacking", "cover-name", "accessibility"),
)
"""The texts that the pages need of their own."""
_SCHEMES: Final = ("area-tematica", "livello-completezza", "livello-evidenza", "genere-replica")
"""Schemes that the glossary explains whole; of the others, what the sheets use."""


class EmptyBookError(TaleaError):
    """Nothing is left to print: its text says why, in Italian."""


def frame_for(release: Release, settings: Settings, places: Places, lang: Lang) -> Frame:
    """What the sheets of a release are written with. Raises OSError, ValueError."""
    visit = Visit(release, settings, lang, "/", {}, {}, places.sources.territory)
    return Frame(visit, texts(places.printing / BOOK_TEXTS))


def book(
    frame: Frame,
    edition: Edition,
    slugs: Sequence[str],
    *,
    only_complete: bool = False,
    tell: Told = lambda step, done, total: None,
) -> Book:
    """The book of some practices, in the order of the edition.

    Raises `EmptyBookError` where `only_complete` leaves none of them.
    """
    repository = frame.release.repository
    practices = [it for slug in slugs if (it := repository.practice(slug))]
    if only_complete:
        practices = [it for it in practices if sheet.is_complete(it)]
        if not practices:
            raise EmptyBookError(
                f"nessuna delle {len(slugs)} schede è completa: senza --only-complete il libro le "
                "mostra con ciò che manca"
            )
    shown: dict[str, Sheet] = {}
    for number, it in enumerate(practices, 1):
        shown[it.slug] = sheet.compose(frame, it)
        tell(frame.t("step-sheets"), number, len(practices))
    chapters = tuple(_chapters(frame, edition, practices, shown))
    place = {one.anchor: n for n, one in enumerate(s for c in chapters for s in c.sheets)}
    practices.sort(key=lambda it: place[it.slug])
    return Book(
        title=Words(edition.it.title, True),
        lang=frame.lang,
        date=edition.it.issued or frame.release.manifest.date[:10],
        iri=edition.iri,
        digest=frame.release.manifest.data_digest,
        cover=tuple(_cover(frame, edition, practices)),
        colophon=tuple(_colophon(frame, edition)),
        front=tuple(_front(frame, edition, practices)),
        chapters=chapters,
        back=tuple(_back(frame, practices)),
        words={key: frame.t(key) for key in _WORDS},
    )


def sheet_alone(frame: Frame, slug: str, most: int | None = None) -> dict[str, Any] | None:
    """A practice as a file of its own, as JSON can carry it; None where there is none.

    With `most`, its lists keep so many lines and long texts are cut: see `sheet.shortened`.
    """
    it = frame.release.repository.practice(slug)
    if it is None:
        return None
    manifest = frame.release.manifest
    whole = sheet.compose(frame, it)
    return {
        "sheet": sheet_as_data(sheet.shortened(frame, whole, most) if most else whole),
        "lang": frame.lang,
        "date": manifest.date[:10],
        "foot": frame.t(
            "foot", day=frame.day(manifest.date[:10]), digest=manifest.data_digest_short
        ),
        "words": {key: frame.t(key) for key in _WORDS},
    }


def sheet_document(frame: Frame, slug: str) -> Document | None:
    """The same practice, whole, as a document to correct; None where there is none."""
    it = frame.release.repository.practice(slug)
    if it is None:
        return None
    manifest, whole = frame.release.manifest, sheet.compose(frame, it)
    date = manifest.date[:10]
    links = [(frame.t("sheet-link"), whole.link), (frame.t("todo-how"), whole.wanting)]
    return Document(
        title=whole.title.text,
        subtitle=whole.place,
        lang=frame.lang,
        date=date,
        facts=(
            *((name, _joined(values)) for name, values in whole.facts),
            *((name, Words(link, href=link)) for name, link in links if link),
        ),
        sections=(*whole.first, *whole.then),
        foot=frame.t("foot", day=frame.day(date), digest=manifest.data_digest_short),
        page=frame.t("page"),
    )


def _joined(several: Sequence[Words]) -> Words:
    text = "; ".join(one.text for one in several)
    return Words(text, all(one.italian for one in several))


# --- Before the sheets ---


def _cover(frame: Frame, edition: Edition, practices: Sequence[Practice]) -> Iterable[Words]:
    it = edition.it
    if it.festival:
        event = frame.release.repository.describe(it.festival)
        told = {name: values[0].value for name, values in event.properties} if event else {}
        venue, date = told.get(T.venue.value, ""), told.get(T.eventDate.value, "")
        parts = (venue, frame.day(date) if date else "")
        yield Words(", ".join(filter(None, parts)), True)
    if it.place:
        yield frame.quote(it.place)
    yield Words(frame.many("count-practices", len(practices)))
    bodies = len({body for one in practices for body in one.promoters})
    yield Words(frame.many("count-bodies", bodies))


def _colophon(frame: Frame, edition: Edition) -> Iterable[Block]:
    it, manifest = edition.it, frame.release.manifest
    yield from _paragraphs(frame, it.colophon)
    date = it.issued or manifest.date[:10]
    address = frame.address(edition.iri)
    yield Paragraph(
        Words(
            frame.t(
                "cite",
                title=it.title,
                year=date[:4],
                digest=manifest.data_digest_short,
                iri=address,
            ),
            href=address,
        )
    )
    yield Paragraph(Words(frame.t("licence"), href=LICENCE))
    yield Paragraph(frame.say("issued", day=frame.day(date)))
    if not it.place:
        yield Paragraph(frame.say("no-place"))
    yield Paragraph(frame.say("made", version=VERSION, digest=manifest.data_digest))
    yield Paragraph(frame.say("faces"))
    yield Paragraph(frame.say("boundaries"))
    sources = _series(frame)
    if sources:
        yield Paragraph(frame.say("facts-from"))
        yield bullets([Item(one) for one in sources])
    for one in it.sources:
        yield Paragraph(Words(one, href=one, label=frame.t("source")))


def _series(frame: Frame) -> list[Words]:
    """The series of the facts about Comuni, with what their licences ask to be said."""
    found = {}
    for one in frame.release.repository.series():
        name = ns.local(one.property or "") if one.property else ""
        if name in sheet.FACTS or ns.local(one.iri) in sheet.FACTS:
            title = one.title_en if frame.lang == "en" else one.title_it
            parts = (title, one.attribution or one.source or one.publisher)
            year = one.reference_date or one.edition
            found[one.iri] = Words("; ".join(filter(None, (*parts, year))))
    return [found[iri] for iri in sorted(found)]


def _paragraphs(frame: Frame, text: str | None) -> Iterable[Paragraph]:
    """The paragraphs of a text of a record."""
    for part in (text or "").split("\n\n"):
        if part.strip():
            yield Paragraph(frame.quote(" ".join(part.split())))


def _front(frame: Frame, edition: Edition, practices: Sequence[Practice]) -> Iterable[Section]:
    foreword = tuple(_paragraphs(frame, edition.it.foreword))
    if foreword:
        yield Section(frame.t("foreword"), foreword, "premessa")
    yield Section(frame.t("how-title"), tuple(_how_to_read(frame)), "come-si-legge")
    drawn = puglia(frame, practices)
    if drawn is not None:
        yield Section(frame.t("map-title"), (drawn, *_where(frame, practices)), "mappa")


def _how_to_read(frame: Frame) -> Iterable[Block]:
    yield Paragraph(frame.say("how-1"))
    yield Paragraph(frame.say("how-2"))
    yield bullets(
        [
            Item(Words(f"{kind.title.to(frame.lang)}. {kind.meaning.to(frame.lang)}"))
            for kind in KINDS.values()
        ]
    )
    for key in ("how-3", "how-4", "how-5"):
        yield Paragraph(frame.say(key))


def _where(frame: Frame, practices: Sequence[Practice]) -> Iterable[Block]:
    """The map in words: how many practices each province of Puglia, and elsewhere, has."""
    repository = frame.release.repository
    counted: Counter[str] = Counter()
    for one in practices:
        above = set()
        for place in repository.comuni_of_practice(one.slug):
            up = repository.place(place.above or "")
            above.add(up.name if up else place.name)
        if not above:
            above = {frame.name(one.region or one.country or "") or frame.t("place-unsaid")}
        counted.update(above)
    rows = tuple(
        (Words(name), Words(frame.n(count)))
        for name, count in sorted(counted.items(), key=lambda pair: (-pair[1], fold(pair[0])))
    )
    yield Table((frame.t("province"), frame.t("practices")), rows, (4, 1))


# --- Chapters ---


def _chapters(
    frame: Frame, edition: Edition, practices: Sequence[Practice], shown: Mapping[str, Sheet]
) -> Iterable[Chapter]:
    by_slug = {it.slug: it for it in practices}
    for part in contents(frame, edition.it.order, list(by_slug)):
        these = [by_slug[entry.slug] for entry in part.entries]
        yield _chapter(frame, part.anchor, part.title, these, shown, part.area)


def _chapter(
    frame: Frame,
    anchor: str,
    title: str,
    practices: Sequence[Practice],
    shown: Mapping[str, Sheet],
    area: str | None = None,
) -> Chapter:
    blocks: list[Block] = []
    concept = frame.release.repository.concept(area) if area else None
    if concept and (meaning := concept.definition(frame.lang)):
        blocks.append(Paragraph(Words(meaning)))
    blocks.append(Paragraph(Words(frame.many("count-practices", len(practices)))))
    brief = sum(shown[it.slug].brief for it in practices)
    if brief:
        blocks.append(Paragraph(Words(frame.many("count-brief", brief))))
    return Chapter(anchor, title, tuple(blocks), tuple(shown[it.slug] for it in practices))


# --- After the sheets ---


def _back(frame: Frame, practices: Sequence[Practice]) -> Iterable[Section]:
    yield Section(frame.t("whole-title"), tuple(_whole(frame, practices)), "in-cifre")
    yield Section(frame.t("needs-title"), tuple(_needs(frame, practices)), "bisogni-senza-pratiche")
    for key, anchor, index in (
        ("index-comuni", "indice-luoghi", _by_place(frame, practices)),
        ("index-targets", "indice-destinatari", _by_concept(frame, practices, _targets)),
        ("index-needs", "indice-bisogni", _by_concept(frame, practices, _need_categories)),
        ("index-partners", "indice-partner", _by_partner(frame, practices)),
    ):
        blocks = (Entries(index),) if index else (Paragraph(frame.say("index-empty")),)
        yield Section(frame.t(key), blocks, anchor)
    yield Section(frame.t("glossary"), tuple(_glossary(frame, practices)), "glossario")


def _whole(frame: Frame, practices: Sequence[Practice]) -> Iterable[Block]:
    columns = frame.release.repository.columns()
    listed = [it.slug for it in practices if it.slug in columns.row]
    found = columns.found(listed)
    facets = {facet.name: facet for facet in columns.facets(found, {})}
    yield Paragraph(frame.say("whole-1", count=len(practices)))
    if len(listed) < len(practices):
        yield Paragraph(Words(frame.many("whole-untold", len(practices) - len(listed))))
    for facet in ("area", "target", "evidenza", "replicata"):
        rows = [
            (one.label_en if frame.lang == "en" else one.label_it, one.count)
            for one in facets[facet].options
            if one.depth == 0 and one.count
        ]
        if rows:
            title = frame.t(f"whole-{facet}")
            yield Figure(bars(rows, frame.n), frame.t("chart-alt", title=title))
            yield Table(
                (title, frame.t("practices")),
                tuple((Words(name), Words(frame.n(count))) for name, count in rows),
                (4, 1),
            )


def _needs(frame: Frame, practices: Sequence[Practice]) -> Iterable[Block]:
    """The needs of the vocabulary that no practice of the book answers."""
    repository = frame.release.repository
    columns = repository.columns()
    found = columns.found(it.slug for it in practices if it.slug in columns.row)
    facet = next(one for one in columns.facets(found, {}) if one.name == "bisogno")
    met = {one.value for one in facet.options if one.count}
    lacking = [one for one in columns.known("bisogno") if one.value not in met]
    lacking = [one for one in lacking if repository.concept(ns.concept("bisogno", one.value))]
    if not lacking:
        yield Paragraph(frame.say("needs-all"))
        return
    yield Paragraph(frame.say("needs-1", count=len(lacking)))
    elsewhere = {one.value for f in columns.overview if f.name == "bisogno" for one in f.options}
    items = []
    for one in lacking:
        more = (frame.say("needs-elsewhere"),) if one.value in elsewhere else ()
        items.append(Item(frame.named(ns.concept("bisogno", one.value)), more))
    yield bullets(items)


def _by_place(frame: Frame, practices: Sequence[Practice]) -> tuple[Entry, ...]:
    found: dict[str, list[str]] = {}
    for it in practices:
        comuni = frame.release.repository.comuni_of_practice(it.slug)
        names = [place.name for place in comuni]
        if not names:
            names = [frame.name(one) for one in (*it.implemented_in, *filter(None, [it.region]))]
        for name in dict.fromkeys(names):
            found.setdefault(name, []).append(it.slug)
    return _entries(found, quoted=False)


def _targets(it: Practice) -> set[str]:
    return {iri for group in it.recipients for iri in group.categories}


def _need_categories(it: Practice) -> set[str]:
    return {iri for need in it.needs for iri in need.categories}


def _by_concept(
    frame: Frame, practices: Sequence[Practice], of: Callable[[Practice], set[str]]
) -> tuple[Entry, ...]:
    found: dict[str, list[str]] = {}
    for it in practices:
        for iri in sorted(of(it)):
            found.setdefault(frame.name(iri), []).append(it.slug)
    return _entries(found, quoted=False)


def _by_partner(frame: Frame, practices: Sequence[Practice]) -> tuple[Entry, ...]:
    found: dict[str, list[str]] = {}
    for it in practices:
        for name in dict.fromkeys(one.name for one in it.partners):
            found.setdefault(name, []).append(it.slug)
    return _entries(found, quoted=True)


def _entries(found: Mapping[str, Sequence[str]], *, quoted: bool) -> tuple[Entry, ...]:
    ordered = sorted(found.items(), key=lambda pair: (fold(pair[0]), pair[0]))
    return tuple(Entry(Words(name, quoted), tuple(slugs)) for name, slugs in ordered)


def _glossary(frame: Frame, practices: Sequence[Practice]) -> Iterable[Block]:
    """What the words of the vocabularies mean, those that the book uses."""
    repository = frame.release.repository
    used = {iri for it in practices for iri in (*_targets(it), *_need_categories(it))}
    used |= {iri for it in practices for iri in it.interventions}
    for scheme in repository.schemes():
        if scheme.slug in _SCHEMES:
            used |= {concept.iri for concept, _ in scheme.concepts}
    told = []
    for iri in used:
        concept = repository.concept(iri)
        if concept and (meaning := concept.definition(frame.lang)):
            told.append((concept.label(frame.lang), meaning))
    yield Paragraph(frame.say("glossary-1"))
    yield List(
        "bullet",
        tuple(
            Item(Words(meaning, label=f"{label}."))
            for label, meaning in sorted(set(told), key=lambda pair: (fold(pair[0]), pair))
        ),
    )
