"""What a book holds: every practice chosen, nothing that the data do not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from talea_api.pages.common import UNTITLED
from talea_api.pages.evidence import CLAIMS
from talea_api.pages.practice import CORE, KINDS
from talea_api.pages.replication import GROUPS
from talea_api.printing.book.compose import EmptyBookError, frame_for
from talea_api.printing.book.parts import Book
from talea_api.printing.document import as_data
from talea_api.publishing import composed
from talea_api.render import LOCALES, day, number
from talea_api.version import VERSION
from talea_catalogue import namespaces as ns
from talea_catalogue.publication import SelectionError, edition_of, select
from talea_catalogue.replicability.said import written
from talea_catalogue.search.facets import FACETS

if TYPE_CHECKING:
    from talea_api.paths import Places
    from talea_api.settings import Settings
    from talea_catalogue.release import Release

    from .conftest import Composed

EDITIONS = ("antologia", "festival-2024")
PREFIX = "PREFIX talea: <https://w3id.org/talea/onto/>\n"


@pytest.mark.parametrize("slug", EDITIONS)
def test_every_practice_of_the_selection_is_there_once(
    book_of: Composed, release: Release, slug: str
) -> None:
    edition = edition_of(release.repository, slug, {})
    chosen = select(release.store, edition.it.selection, frozenset(release.repository.slugs()))
    found = [sheet.anchor for sheet in book_of(slug).sheets]
    assert sorted(found) == sorted(chosen)


def test_the_anthology_has_all_that_is_documented(book_of: Composed, release: Release) -> None:
    levels = {slug: release.repository.level(slug).level for slug in release.repository.slugs()}
    found = {sheet.anchor for sheet in book_of("antologia").sheets}
    assert found == {slug for slug, level in levels.items() if level >= 2}
    assert not any(sheet.brief for sheet in book_of("antologia").sheets)


def test_the_festival_says_how_little_is_known(book_of: Composed) -> None:
    book = book_of("festival-2024")
    told = " ".join(texts(as_data(book)))
    assert len(book.sheets) == 20  # sources speak of 21 practices and list 20 bodies
    assert "27 marzo 2024" in told
    assert "parlano di 21 pratiche, elencano 20 enti" in told
    assert sum(sheet.brief for sheet in book.sheets) >= 18
    assert all(sheet.wanting for sheet in book.sheets)


def test_chapters_are_the_areas_and_brief_sheets_end_them(
    book_of: Composed, release: Release
) -> None:
    for slug in EDITIONS:
        for chapter in book_of(slug).chapters:
            brief = [sheet.brief for sheet in chapter.sheets]
            assert brief == sorted(brief)
            for sheet in chapter.sheets:
                areas = release.repository.practice(sheet.anchor).thematic_areas
                name = release.repository.label(areas[0]) if areas else "Senza un’area tematica"
                assert name == chapter.title


def test_results_of_different_kinds_stay_apart(book_of: Composed, release: Release) -> None:
    for sheet in book_of("antologia").sheets:
        practice = release.repository.practice(sheet.anchor)
        data = next(one for one in (*sheet.first, *sheet.then) if one.title == "I risultati")
        heads = [block.words.text for block in data.blocks if type(block).__name__ == "Paragraph"]
        kinds = {one.kind for one in practice.results}
        assert heads == [f"{text.title.it}:" for kind, text in KINDS.items() if kind in kinds]
        claims = sum(one.kind in CLAIMS for one in practice.results)
        told = [
            words
            for block in data.blocks
            for item in getattr(block, "items", ())
            for words in item.more
            if words.label == "Evidenza:"
        ]
        assert len(told) == claims


def test_what_sources_count_is_printed(book_of: Composed, release: Release) -> None:
    """Staff and what a measure was before: a result without them says something else."""
    for sheet in book_of("antologia").sheets:
        practice = release.repository.practice(sheet.anchor)
        told = set(texts(as_data(sheet)))
        assert practice is not None
        for one in practice.staff:
            if one.people is not None:
                assert written(one.people, "it") in told, sheet.anchor
        for result in practice.results:
            measure = result.measurement
            if measure and measure.baseline is not None and not measure.baseline_as_said:
                said = written(measure.baseline, "it")
                assert any(text.startswith(said) for text in told), sheet.anchor


def test_nothing_is_said_to_be_evaluated_where_a_note_says_that_it_was_not(
    book_of: Composed, release: Release
) -> None:
    for sheet in book_of("antologia").sheets:
        practice = release.repository.practice(sheet.anchor)
        assert practice is not None
        told = list(texts(as_data(sheet)))
        if "È stata valutata; la fonte non dice con quale metodo." in told:
            assert any(one.evaluator or one.comparison for one in practice.evaluations)


# --- Every sentence has an origin ---


UNREAD = {"svg", "code", "wanting_code", "href", "anchor", "kind", "style", "lang", "sheets"}
"""What a reader does not read as text."""


def texts(value: Any, key: str = "") -> Iterator[str]:
    """Every text of a book that a reader reads."""
    if isinstance(value, str):
        if key not in UNREAD:
            yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in ("iri", "digest", "date", "sheets_of", "link", "wanting"):
                yield from texts(one, name)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one, key)


def origins(book: Book, release: Release, settings: Settings, places: Places) -> list[Any]:
    """The statements of the data, and our own texts as patterns."""
    lang = book.lang
    frame = frame_for(release, settings, places, lang)
    literals = {q.object.value for q in release.store.quads() if isinstance(q.object, ox.Literal)}
    patterns = [text[lang] for text in frame.own.values()]
    for kind in KINDS.values():
        patterns += [kind.title.to(lang), f"{kind.title.to(lang)}. {kind.meaning.to(lang)}"]
        patterns.append(f"{kind.title.to(lang)}:")
    patterns += [f"{title.to(lang)}. {meaning.to(lang)}" for _, title, meaning in GROUPS]
    patterns += [text.to(lang) for _, text in CORE]
    patterns += [f"{text.to(lang)}:" for _, text in CORE]
    patterns += [f"{{body}}: {UNTITLED.to(lang)}"]
    columns = release.repository.columns()
    values = [one for facet in FACETS for one in columns.known(facet)]
    patterns += [one.label_en if lang == "en" else one.label_it for one in values]
    return [literals, patterns]


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("slug", EDITIONS)
def test_every_sentence_is_a_statement_or_a_listed_text(
    book_of: Composed, release: Release, settings: Settings, places: Places, slug: str, lang: str
) -> None:
    book = book_of(slug, lang)
    literals, listed = origins(book, release, settings, places)
    known = {" ".join(part.split()) for one in literals for part in (one, *one.split("\n\n"))}
    # A statement may be a number or a date, written for people.
    for one in literals:
        if re.fullmatch(r"-?\d+(\.\d+)?", one):
            known.add(written(Decimal(one), lang))
            known.add(number(Decimal(one), LOCALES[lang]))
        elif re.fullmatch(r"\d{4}-\d\d-\d\d", one):
            known |= {day(one, LOCALES[lang]), one[:4]}
    iris = {q.object.value for q in release.store.quads() if isinstance(q.object, ox.NamedNode)}
    known |= {iri.split("://", 1)[-1].rstrip("/") for iri in iris} | iris
    known |= {number(count, LOCALES[lang]) for count in range(2_000)}  # counts of the book
    known |= {book.digest, book.digest[:12], book.iri, book.date[:4], VERSION, "Colophon"}
    patterns = [
        re.compile(re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(one)) + r"\Z", re.DOTALL)
        for one in sorted(set(listed), key=len, reverse=True)
    ]
    strange = [
        text
        for text in dict.fromkeys(texts(as_data(book)))
        if text.strip() and not explained(" ".join(text.split()), known, patterns)
    ]
    assert not strange, "\n".join(strange)


def explained(text: str, known: set[str], patterns: list[re.Pattern[str]], deep: int = 0) -> bool:
    """Whether a text is known, is one of ours with known values, or is several of these together.

    A sum is written as `qualifier number–number €`; several statements are joined by a semicolon,
    a title and a description by a full stop, two bodies by a comma.
    """
    if text in known or text.rstrip(":.") in known or not text:
        return True
    if deep > 5:
        return False
    for pattern in patterns:
        match = pattern.match(text)
        if match and all(explained(one, known, patterns, deep + 1) for one in match.groups()):
            return True
    if _is_sum(text, known):
        return True
    return any(
        (text[: mark.start()] in known or _is_sum(text[: mark.start()], known))
        and explained(text[mark.end() :], known, patterns, deep + 1)
        for mark in JOINS.finditer(text)
    ) or all(
        part != text and explained(part, known, patterns, deep + 1) for part in text.split("; ")
    )


def _is_sum(text: str, known: set[str]) -> bool:
    amount = re.fullmatch(r"(?:(.+) )?([\d.,]+)(?:–([\d.,]+))? €", text)
    return bool(amount) and all(one in known for one in amount.groups() if one)


JOINS = re.compile(r"; |\. |, | ")


def test_the_test_of_sentences_finds_a_stranger(
    book_of: Composed, release: Release, settings: Settings, places: Places
) -> None:
    literals, listed = origins(book_of("festival-2024"), release, settings, places)
    patterns = [
        re.compile(re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(one)) + r"\Z") for one in listed
    ]
    for invented in ("Questa pratica funziona ovunque.", "Da completare: il voto della pratica."):
        assert not explained(invented, set(literals), patterns)


# --- Bad selections ---


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT ?p { ?p a talea:Nessuna }", "non trova nessuna pratica"),
        ("SELECT ?p { ?p a talea:Plan }", "queste righe danno altro"),
        ("SELECT ?t ?p { ?p a talea:GoodPractice ; talea:promoterAsSaid ?t }", "danno altro"),
        ("SELECT ?p { ?p a talea:GoodPractice", "non va"),
        ("ASK {}", "non va"),
        ("SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }", "non va"),
        ("DROP ALL", "non va"),
        ("", "non va"),
    ],
)
def test_a_selection_of_which_no_book_can_be_made_is_named(
    release: Release, query: str, told: str
) -> None:
    with pytest.raises(SelectionError, match=told):
        select(release.store, PREFIX + query, frozenset(release.repository.slugs()))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("ASK {}", "serve una SELECT"),
        ("SELECT ?p FROM <http://x> { ?p a talea:GoodPractice }", "non trova nessuna pratica"),
        ("SELECT ?p { SERVICE <http://localhost/> { ?p ?q ?r } }", "SERVICE"),
        ("SELECT ?p { ?p a talea:GoodPractice", "non va: "),
        (
            "SELECT ?p { ?p ?a ?b . ?c ?d ?e . ?f ?g ?h FILTER(CONCAT(STR(?b), STR(?h)) = 'x') }",
            "non va: ",
        ),
    ],
)
def test_a_query_of_ones_own_is_stopped_by_the_limits_of_the_service(
    release: Release, settings: Settings, places: Places, query: str, told: str
) -> None:
    edition = edition_of(release.repository, "antologia", {})
    few = replace(settings, sparql_seconds=1)
    with pytest.raises(SelectionError, match=told) as caught:
        composed(release, few, places, edition, "it", query=PREFIX + query)
    assert "The query" not in str(caught.value)


def test_a_practice_chosen_twice_is_told_once(release: Release) -> None:
    iri = ns.resource("pratica", "bari-social-book")
    query = f"SELECT ?p {{ VALUES ?p {{ <{iri}> <{iri}> }} }}"
    known = frozenset(release.repository.slugs())
    assert select(release.store, query, known) == ["bari-social-book"]


def test_where_no_sheet_is_complete_the_book_is_refused(book_of: Composed) -> None:
    with pytest.raises(EmptyBookError, match="nessuna delle 20 schede"):
        book_of("festival-2024", only_complete=True)
