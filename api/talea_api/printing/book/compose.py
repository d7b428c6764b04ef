"""From an edition and its practices to a book: the only place that decides what a book holds."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.dcat import CC_BY
from talea_catalogue.errors import TaleaError
from talea_catalogue.model import Practice
from talea_catalogue.publication import Edition
from talea_catalogue.release import Release
from talea_catalogue.search.facets import UNSAID, Facet
from talea_catalogue.text import fold
from talea_catalogue.vocabulary import Lang

from ...pages.practice import KINDS
from ...pages.publications import festival_of
from ...paths import Places
from ...settings import Settings
from ...version import VERSION
from ...views import Visit
from ..document import (
    Block,
    Document,
    Entries,
    Entry,
    Item,
    List,
    Paragraph,
    Section,
    Table,
    Words,
    as_data,
)
from . import sheet
from .contents import Part, contents
from .drawings import puglia
from .frame import BOOK_TEXTS, Frame, bullets, texts
from .parts import Book, Chapter, Sheet

__all__ = [
    "EmptyBookError",
    "Told",
    "book",
    "frame_for",
    "one_sheet",
    "poster",
    "sheet_alone",
    "sheet_document",
]

Told = Callable[[str, int, int], None]
"""Called with a step in words, how many are done and how many there are."""
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
    chapters = tuple(_chapters(frame, edition, shown))
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


def one_sheet(frame: Frame, slug: str) -> Sheet | None:
    """The sheet of a practice; None where there is none."""
    it = frame.release.repository.practice(slug)
    return sheet.compose(frame, it) if it else None


def sheet_alone(frame: Frame, whole: Sheet, most: int | None = None) -> dict[str, Any]:
    """A practice as a file of its own, as JSON can carry it.

    With `most`, its lists keep so many lines and long texts are cut: see `sheet.shortened`.
    """
    return {
        "sheet": as_data(sheet.shortened(frame, whole, most) if most else whole),
        "lang": frame.lang,
        "date": frame.release.manifest.date[:10],
        "foot": _foot(frame),
        "words": {key: frame.t(key) for key in _WORDS},
    }


def poster(frame: Frame, whole: Sheet, most: int, size: int) -> dict[str, Any]:
    """A practice to hang, as JSON can carry it: the need, what was done, the results, its code.

    Lists keep `most` lines, letters have `size` points; `whole` is not brief.
    """
    alone = sheet_alone(frame, whole, most)
    told = [*alone["sheet"]["first"], *alone["sheet"]["then"]]
    _, promoters = alone["sheet"]["facts"][0]
    left, right = told[1 : sheet.RESULTS], told[sheet.RESULTS : sheet.RESULTS + 1]
    return alone | {"promoters": promoters, "left": left, "right": right, "size": size}


def sheet_document(frame: Frame, whole: Sheet) -> Document:
    """The same practice, whole, as a document to correct."""
    links = [(frame.t("sheet-link"), whole.link), (frame.t("todo-how"), whole.wanting)]
    return Document(
        title=whole.title.text,
        subtitle=whole.place,
        lang=frame.lang,
        date=frame.release.manifest.date[:10],
        facts=(
            *((name, _joined(values)) for name, values in whole.facts),
            *((name, Words(link, href=link)) for name, link in links if link),
        ),
        sections=(*whole.first, *whole.then),
        foot=_foot(frame),
        page=frame.t("page"),
    )


def _foot(frame: Frame) -> str:
    manifest = frame.release.manifest
    day = frame.day(manifest.date[:10])
    return frame.t("foot", day=day, digest=manifest.data_digest_short)


def _joined(several: Sequence[Words]) -> Words:
    text = "; ".join(one.text for one in several)
    return Words(text, all(one.italian for one in several))


# --- Before the sheets ---


def _cover(frame: Frame, edition: Edition, practices: Sequence[Practice]) -> Iterable[Words]:
    it = edition.it
    if festival := festival_of(frame.visit, edition):
        yield Words(", ".join(filter(None, (festival.venue, festival.day))), True)
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
    yield Paragraph(Words(frame.t("licence"), href=CC_BY))
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
    yield Paragraph(frame.say("where-marked"), quiet=True)
    rows = sorted(counted.items(), key=lambda pair: (-pair[1], fold(pair[0])))
    yield _counts(frame, frame.t("province"), rows)


def _counts(frame: Frame, title: str, rows: Sequence[tuple[str, int]]) -> Table:
    """How many practices each name has, with a bar."""
    most = max((count for _, count in rows), default=1)
    return Table(
        (title, frame.t("practices")),
        tuple((Words(name), Words(frame.n(count))) for name, count in rows),
        (1, 1),
        tuple(round(count / most, 3) for _, count in rows),
    )


# --- Chapters ---


def _chapters(frame: Frame, edition: Edition, shown: Mapping[str, Sheet]) -> Iterable[Chapter]:
    for part in contents(frame, edition.it.order, list(shown)):
        yield _chapter(frame, part, [shown[entry.slug] for entry in part.entries])


def _chapter(frame: Frame, part: Part, sheets: Sequence[Sheet]) -> Chapter:
    blocks: list[Block] = []
    concept = frame.release.repository.concept(part.area) if part.area else None
    if concept and (meaning := concept.definition(frame.lang)):
        blocks.append(Paragraph(Words(meaning)))
    blocks.append(Paragraph(Words(frame.many("count-practices", len(sheets)))))
    brief = sum(one.brief for one in sheets)
    if brief == len(sheets):
        blocks.append(Paragraph(frame.say("count-brief-all")))
    elif brief:
        blocks.append(Paragraph(Words(frame.many("count-brief", brief))))
    return Chapter(part.anchor, part.title, tuple(blocks), tuple(sheets))


# --- After the sheets ---


def _back(frame: Frame, practices: Sequence[Practice]) -> Iterable[Section]:
    columns = frame.release.repository.columns()
    listed = [it.slug for it in practices if it.slug in columns.row]
    facets = {facet.name: facet for facet in columns.facets(columns.found(listed), {})}
    whole = _whole(frame, len(practices), len(listed), facets)
    yield Section(frame.t("whole-title"), tuple(whole), "in-cifre")
    needs = _needs(frame, facets["bisogno"])
    yield Section(frame.t("needs-title"), tuple(needs), "bisogni-senza-pratiche")
    for key, anchor, names, quoted in _INDEXES:
        index = _index(practices, partial(names, frame), quoted=quoted)
        blocks = (Entries(index),) if index else (Paragraph(frame.say("index-empty")),)
        yield Section(frame.t(key), blocks, anchor)
    yield Section(frame.t("glossary"), tuple(_glossary(frame, practices)), "glossario")


def _whole(frame: Frame, count: int, listed: int, facets: Mapping[str, Facet]) -> Iterable[Block]:
    """Counts; of `count` practices `listed` are in the facets."""
    yield Paragraph(frame.say("whole-1", count=count))
    yield Paragraph(frame.say("categories"), quiet=True)
    if listed < count:
        yield Paragraph(Words(frame.many("whole-untold", count - listed)))
    for facet in ("area", "target", "evidenza", "replicata"):
        rows = [
            (one.label_en if frame.lang == "en" else one.label_it, one.count)
            for one in facets[facet].options
            if one.depth == 0 and one.count
        ]
        if any(one.count for one in facets[facet].options if one.value != UNSAID):
            yield _counts(frame, frame.t(f"whole-{facet}"), rows)


def _needs(frame: Frame, facet: Facet) -> Iterable[Block]:
    """The needs of the vocabulary that no practice of the book answers."""
    repository = frame.release.repository
    columns = repository.columns()
    met = {one.value for one in facet.options if one.count}
    lacking = [one for one in columns.known("bisogno") if one.value not in met]
    lacking = [one for one in lacking if repository.concept(ns.concept("bisogno", one.value))]
    if not met - {UNSAID}:
        yield Paragraph(frame.say("needs-untold"))
        return
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


def _places(frame: Frame, it: Practice) -> Iterable[str]:
    comuni = frame.release.repository.comuni_of_practice(it.slug)
    elsewhere = (*it.implemented_in, *filter(None, [it.region]))
    return [place.name for place in comuni] or [frame.name(one) for one in elsewhere]


def _targets(frame: Frame, it: Practice) -> Iterable[str]:
    return map(frame.name, sorted(_target_concepts(it)))


def _needs_met(frame: Frame, it: Practice) -> Iterable[str]:
    return map(frame.name, sorted(_need_concepts(it)))


def _partners(frame: Frame, it: Practice) -> Iterable[str]:
    return [one.name for one in it.partners]


_INDEXES: Final = (
    ("index-comuni", "indice-luoghi", _places, False),
    ("index-targets", "indice-destinatari", _targets, False),
    ("index-needs", "indice-bisogni", _needs_met, False),
    ("index-partners", "indice-partner", _partners, True),
)
"""Title, anchor, the terms of a practice, and whether these are words of a record."""


def _index(
    practices: Sequence[Practice], names: Callable[[Practice], Iterable[str]], *, quoted: bool
) -> tuple[Entry, ...]:
    """The terms in alphabetical order, each with the practices that have it, in their order."""
    found: dict[str, list[str]] = {}
    for it in practices:
        for name in dict.fromkeys(names(it)):
            found.setdefault(name, []).append(it.slug)
    ordered = sorted(found.items(), key=lambda pair: (fold(pair[0]), pair[0]))
    return tuple(Entry(Words(name, quoted), tuple(slugs)) for name, slugs in ordered)


def _target_concepts(it: Practice) -> set[str]:
    return {iri for group in it.recipients for iri in group.categories}


def _need_concepts(it: Practice) -> set[str]:
    return {iri for need in it.needs for iri in need.categories}


def _glossary(frame: Frame, practices: Sequence[Practice]) -> Iterable[Block]:
    """What the words of the vocabularies mean, those that the book uses."""
    repository = frame.release.repository
    used = {iri for it in practices for iri in (*_target_concepts(it), *_need_concepts(it))}
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
