"""A practice as a sheet of the book: two pages that say where, what, with which results, and how
it could be done again. What its sources do not say is named as missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.lineage import INFERRED
from talea_catalogue.model import Measurement, Practice, ReportedResult, ResultKind
from talea_catalogue.places import Place
from talea_catalogue.replicability.beside import money, own, quantity
from talea_catalogue.replicability.said import written

from ...pages.common import ITALY
from ...pages.evidence import evidence_of
from ...pages.figures import in_words
from ...pages.practice import CORE, KINDS, inferred
from ...pages.replication import Told, groups
from ..document import Block, Item, List, Paragraph, Section, Todo, Words, web
from .contents import Entry, entry
from .frame import Frame, bullets
from .parts import Sheet

__all__ = ["FACTS", "compose", "is_complete", "shortened"]

COMUNI: Final = 3
"""Comuni of a practice whose context is told; of more, how many there are."""
FACTS: Final = (
    "population",
    "pct0to17",
    "pct65plus",
    "degurba",
    "innerAreaClass",
    "ifc-decile-2021",
)
"""What is told of a Comune, by the local name of the property or of the series."""
TAKEN_UP: Final = 8
"""Replications that a sheet tells; of more, how many there are and where they are."""
_BINDING: Final = {True: "binding", False: "useful", None: "binding-unsaid"}
SIZES: Final = (1.2, 1.1, 1.0)
"""How large a sheet may be set on its two pages, against the text of the book."""
PAGES: Final = (605.0, 670.0)
"""Room on the two A4 pages of a sheet, in points: less 35, which the estimate may be wrong by."""
LINE: Final = 66
"""Characters on a line of a page that has a column beside, about."""
SECTION, PARAGRAPH, TODO, LINE_HIGH, ITEM, MORE = 17.9, 7.4, 9.6, 10.3, 3.5, 10.8
"""Points that parts of a page take besides their lines, and a line: by least squares on the heights
that Typst measures of the shipped sheets (half of them within 12 points, 90 in 100 within 30)."""
FACT, FACT_LINE, FACT_WIDE = 20.0, 10.5, 28
"""Points that a fact in the column takes besides its lines, a line of it, and its characters."""
TITLE, TITLE_LINE = 18.0, 55
"""Points and characters of a line of the title."""
CUT: Final = 92
"""Characters of a line of a sheet by itself, about."""


def is_complete(it: Practice) -> bool:
    """Whether nothing in the sheet is left to complete: every section of the book has a text."""
    return bool(
        it.title
        and it.needs
        and it.actions
        and any(one.kind is ResultKind.OUTCOME for one in it.results)
        and it.obstacles
        and it.improvements
        and it.replicability
        and it.prerequisites
        and (it.budgets or it.costs)
    )


def compose(frame: Frame, it: Practice) -> Sheet:
    """The sheet of a practice."""
    line = entry(frame, frame.release.repository.brief(it.slug))
    link = frame.address(ns.resource("pratica", it.slug))
    wanting = None if is_complete(it) else frame.address(ns.resource("scheda", it.slug))
    told = [section(frame, it) for section in (_BRIEF if line.brief else _SECTIONS)]
    facts = tuple(_facts(frame, it, line))
    first, then, size = _on_two_pages(told, line.title, facts)
    return Sheet(
        anchor=it.slug,
        title=Words(line.title, line.titled),
        place=line.place,
        facts=facts,
        first=first,
        then=then,
        link=link,
        code=frame.code(link),
        wanting=wanting,
        wanting_code=frame.code(wanting) if wanting else None,
        size=size,
        brief=line.brief,
    )


def shortened(frame: Frame, whole: Sheet, most: int) -> Sheet:
    """A sheet whose lists keep `most` lines, and whose texts are cut where they are long."""
    longest = CUT * (most + 2)

    def cut(words: Words) -> Words:
        if len(words.text) <= longest:
            return words
        return replace(words, text=words.text[:longest].rsplit(" ", 1)[0] + " […]")

    def fewer(block: Block) -> Block:
        if isinstance(block, Paragraph):
            return replace(block, words=cut(block.words))
        if not isinstance(block, List):
            return block
        items = tuple(Item(cut(one.line), tuple(map(cut, one.more))) for one in block.items[:most])
        if left := len(block.items) - most:
            items += (Item(Words(frame.many("left-out", left))),) if left > 0 else ()
        return replace(block, items=items)

    def short(sections: Sequence[Section]) -> tuple[Section, ...]:
        return tuple(replace(one, blocks=tuple(map(fewer, one.blocks))) for one in sections)

    def some(values: tuple[Words, ...]) -> tuple[Words, ...]:
        left = len(values) - most - 1
        kept = tuple(map(cut, values[: most + 1]))
        return (*kept, Words(frame.many("left-out", left))) if left > 0 else kept

    facts = tuple((name, some(values)) for name, values in whole.facts)
    return replace(whole, facts=facts, first=short(whole.first), then=short(whole.then))


def _on_two_pages(
    told: Sequence[Section], title: str, facts: Sequence[tuple[str, tuple[Words, ...]]]
) -> tuple[tuple[Section, ...], tuple[Section, ...], float]:
    """What goes on the first page, what on the second, and how large; zero where it needs more.

    The results begin the second page; where there is no room for all that follows, they end the
    first. Larger letters take more lines, too: a height grows a little less than the size's power
    of 1.5.
    """
    left, right = PAGES
    left -= TITLE * (len(title) // TITLE_LINE)
    beside = sum(FACT + FACT_LINE * _lines(FACT_WIDE, *values) for _, values in facts)
    for at in (RESULTS, RESULTS + 1):
        halves = tuple(told[:at]), tuple(told[at:])
        heights = max(_height(halves[0]), beside), _height(halves[1])
        for size in SIZES:
            room = zip(heights, (left, right), strict=True)
            if all(high * size**1.5 <= page for high, page in room):
                return *halves, size
    return tuple(told[:RESULTS]), tuple(told[RESULTS:]), 0.0


def _height(sections: Sequence[Section]) -> float:
    """Points that some sections take at the size of the book, about."""
    blocks = [block for one in sections for block in one.blocks]
    return SECTION * len(sections) + sum(map(_block_height, blocks))


def _block_height(block: Block) -> float:
    if isinstance(block, Paragraph):
        return PARAGRAPH + LINE_HIGH * _lines(LINE, block.words)
    if isinstance(block, Todo):
        return TODO + LINE_HIGH * _lines(LINE, block.words)
    if isinstance(block, List):
        narrow, small = LINE - 4, round((LINE - 4) / 0.9)
        return sum(
            ITEM + LINE_HIGH * _lines(narrow, one.line) + MORE * _lines(small, *one.more)
            for one in block.items
        )
    return 0.0


def _lines(wide: int, *several: Words) -> int:
    """Lines of `wide` characters that some words take on one line, or on as many as they need."""
    signs = sum(len(one.label) + len(one.text) + 3 for one in several)
    return 1 + signs // wide if several else 0


# --- At its head ---


def _facts(frame: Frame, it: Practice, line: Entry) -> Iterable[tuple[str, tuple[Words, ...]]]:
    promoters = tuple(frame.named(body) for body in it.promoters)
    said = it.promoter_as_said
    if said and said not in {one.text for one in promoters}:
        promoters = (*(one for one in promoters if one.text not in said), frame.quote(said))
    yield frame.t("promoter"), promoters or (_missing(frame),)
    places = tuple(frame.named(one) for one in it.implemented_in[:COMUNI])
    if len(it.implemented_in) > COMUNI:
        places += (frame.say("and-more-places", count=len(it.implemented_in) - COMUNI),)
    if places:
        yield frame.t("where"), places
    elif region := it.region or it.country:
        yield frame.t("region" if it.region else "country"), (frame.named(region),)
    else:
        yield frame.t("where"), (_missing(frame),)
    yield frame.t("when"), _when(frame, it)
    groups = tuple(frame.quote(one.title) for one in it.recipients)
    yield frame.t("recipients"), groups or (_missing(frame),)
    if it.thematic_areas:
        name = "area-assigned" if "thematicArea" in inferred(it) else "area"
        yield frame.t(name), tuple(frame.named(one) for one in it.thematic_areas)
    repository = frame.release.repository
    for key, slugs in (
        ("deepens", [ns.local(iri) for iri in it.deepens]),
        ("deepened-by", repository.deepenings.get(it.slug, ())),
    ):
        others = repository.briefs(slugs)
        if others:
            yield frame.t(key), tuple(frame.named(one.iri) for one in others)
    level = ns.concept("livello-completezza", str(line.level))
    yield frame.t("level"), (frame.named(level),)


def _when(frame: Frame, it: Practice) -> tuple[Words, ...]:
    if it.period_as_said:
        return (frame.quote(it.period_as_said),)
    if it.start_year is not None:
        return (frame.say("since", year=str(it.start_year)),)
    return (_missing(frame),)


def _missing(frame: Frame) -> Words:
    return frame.say("missing")


# --- First: where, why, what ---


def _context(frame: Frame, it: Practice) -> Section:
    comuni = frame.release.repository.comuni_of_practice(it.slug)
    items = [item for place in comuni[:COMUNI] if (item := _comune(frame, place))]
    blocks: list[Block] = [bullets(items)] if items else []
    if len(comuni) > 1 and not it.implemented_in:
        blocks.append(Paragraph(frame.say("comuni-of-promoter", count=len(comuni))))
    elif len(comuni) > COMUNI:
        blocks.append(Paragraph(frame.say("comuni-all", count=len(comuni))))
    if it.context and it.context.residents is not None:
        blocks.append(Paragraph(frame.say("residents-as-said", count=it.context.residents)))
    if it.context and it.context.note:
        blocks.append(Paragraph(frame.quote(it.context.note, "context-note")))
    return Section(frame.t("context"), tuple(blocks) or tuple(_elsewhere(frame, it)))


def _elsewhere(frame: Frame, it: Practice) -> Iterable[Block]:
    """Of a practice whose Comuni the catalogue does not have: where it is, and what nobody says."""
    place = next(iter(it.implemented_in), None) or it.region or it.country
    if place:
        yield Paragraph(frame.named(place))
    here = "what-comuni" if it.country == ITALY else "what-residents"
    yield frame.todo(here if place else "what-context")


def _comune(frame: Frame, place: Place) -> Item | None:
    """What is known of a Comune of a practice, each datum with its year."""
    territory = frame.release.repository.territory
    told = []
    for key in FACTS:
        datum = territory.get(key, place.istat)
        if datum is None:
            continue
        text = frame.t(f"fact-{key.lower()}", value=in_words(frame.visit, datum.fact.object))
        if datum.fact.date:
            text = frame.t("fact-year", fact=text, year=datum.fact.date[:4])
        told.append(Words(text))
    if not told:
        return None
    return Item(Words(place.name, False, frame.address(place.iri)), tuple(told))


def _need(frame: Frame, it: Practice) -> Section:
    blocks: list[Block] = [Paragraph(frame.quote(one.title)) for one in it.needs]
    return Section(frame.t("need"), tuple(blocks) or (frame.todo("what-need"),))


def _done(frame: Frame, it: Practice) -> Section:
    items = [Item(frame.quote(one.title)) for one in it.actions]
    blocks: list[Block] = [bullets(items)] if items else [frame.todo("what-done")]
    steps = [
        Item(frame.quote(one.title), _quotes(frame, one.period_as_said, one.duration_as_said))
        for one in it.steps
    ]
    if steps:
        blocks += [Paragraph(frame.say("steps")), List("number", tuple(steps))]
    partners = [
        Item(Words(one.name, True, frame.address(one.body) if one.body else None))
        for one in it.partners
    ]
    if partners:
        blocks += [Paragraph(frame.say("partners")), bullets(partners)]
    return Section(frame.t("done"), tuple(blocks))


def _quotes(frame: Frame, *several: str | None) -> tuple[Words, ...]:
    return tuple(frame.quote(one) for one in several if one)


# --- Then: what came of it, how it could be done again ---


def _results(frame: Frame, it: Practice) -> Section:
    blocks: list[Block] = []
    if not any(one.kind is ResultKind.OUTCOME for one in it.results):
        blocks.append(frame.todo("what-outcomes"))
    for kind, told in KINDS.items():
        these = [_result(frame, one) for one in it.results if one.kind is kind]
        if these:
            blocks += [Paragraph(Words(told.title.to(frame.lang) + ":")), bullets(these)]
    for one in it.evaluations:
        parts = _quotes(frame, one.comparison, one.evaluator, one.note)
        if one.design:
            blocks.append(bullets([Item(frame.quote(one.design, "evaluation"), parts)]))
        elif one.comparison or one.evaluator:
            blocks.append(bullets([Item(frame.say("evaluated"), parts)]))
        elif one.note:  # most often that none was found
            blocks.append(bullets([Item(frame.quote(one.note, "evaluation"))]))
    return Section(frame.t("results"), tuple(blocks))


def _result(frame: Frame, one: ReportedResult) -> Item:
    measure = one.measurement or Measurement()
    before = replace(measure, value=measure.baseline, qualifier=None)
    baseline = quantity(before, frame.names).to(frame.lang) if measure.baseline is not None else ""
    told = [
        Words(text, True, None, frame.t(label))
        for label, text in (
            ("value", quantity(measure, frame.names).to(frame.lang)),
            ("period", measure.period_as_said),
            ("compared", measure.baseline_as_said or baseline),
            ("method", measure.method_as_said),
            ("note", one.note),
        )
        if text
    ]
    step = evidence_of(one)
    if step is not None:
        concept = ns.concept("livello-evidenza", str(step))
        told.append(Words(frame.name(concept), label=frame.t("evidence")))
    return Item(frame.quote(one.description), tuple(told))


def _obstacles(frame: Frame, it: Practice) -> Section:
    items = [
        Item(
            frame.quote(one.description),
            (
                frame.quote(one.overcome_by, "overcome")
                if one.overcome_by
                else frame.say("not-overcome"),
            ),
        )
        for one in it.obstacles
    ]
    return Section(
        frame.t("obstacles"), (bullets(items),) if items else (frame.todo("what-obstacles"),)
    )


def _improvements(frame: Frame, it: Practice) -> Section:
    items = [Item(frame.quote(one.description)) for one in it.improvements]
    return Section(
        frame.t("improvements"), (bullets(items),) if items else (frame.todo("what-improvements"),)
    )


def _replicability(frame: Frame, it: Practice) -> Section:
    blocks: list[Block] = []
    if it.replicability:
        blocks.append(Paragraph(frame.quote(it.replicability)))
    else:
        blocks.append(frame.todo("what-replicability"))
    core = [
        Item(frame.quote(one.title), _quotes(frame, one.description, one.reason))
        for one in it.components
        if one.core
    ]
    if core:
        blocks += [Paragraph(Words(CORE[0][1].to(frame.lang) + ":")), bullets(core)]
    blocks += _prerequisites(frame, it)
    failures = [Item(frame.quote(one.description)) for one in it.failures]
    if failures:
        blocks += [Paragraph(frame.say("failures")), bullets(failures)]
    advice = [Item(frame.quote(one.description)) for one in it.adaptation_advice]
    if advice:
        blocks += [Paragraph(frame.say("advice")), bullets(advice)]
    return Section(frame.t("replicability"), tuple(blocks))


def _prerequisites(frame: Frame, it: Practice) -> list[Block]:
    if not it.prerequisites:
        return [frame.todo("what-prerequisites")]
    items = [
        Item(
            frame.quote(one.title),
            (frame.say(_BINDING[one.binding]), *_quotes(frame, one.reason)),
        )
        for one in it.prerequisites
    ]
    return [Paragraph(frame.say("prerequisites")), bullets(items)]


def _costs(frame: Frame, it: Practice) -> Section:
    lines = [
        Item(Words(money(one, own(""), frame.names).to(frame.lang), True))
        for one in (*it.budgets, *it.costs)
    ]
    blocks: list[Block] = [bullets(lines)] if lines else [frame.todo("what-costs")]
    said = it.funding_as_said
    kinds = [frame.name(one) for one in it.funding if frame.name(one) != said]
    if said or kinds:
        blocks.append(Paragraph(frame.say("paid")))
    if said:
        blocks.append(bullets([Item(frame.quote(said))]))
    if kinds:
        label = frame.t("paid-assigned" if "fundingSource" in inferred(it) else "paid-kind")
        blocks.append(Paragraph(Words("; ".join(kinds), label=label), quiet=True))
    staff = [
        Item(
            frame.quote(one.description),
            (
                *_people(frame, one.people),
                *_quotes(frame, one.hours_as_said, one.note),
            ),
        )
        for one in it.staff
    ]
    if staff:
        blocks += [Paragraph(frame.say("staff")), bullets(staff)]
    return Section(frame.t("costs"), tuple(blocks))


def _people(frame: Frame, count: Decimal | None) -> tuple[Words, ...]:
    if count is None:
        return ()
    return (Words(written(count, frame.lang), label=frame.t("people")),)


def _taken_up(frame: Frame, it: Practice) -> Section:
    found = groups(frame.visit, it.replications, frame.release.repository.replications_of(it.slug))
    blocks: list[Block] = []
    for group in found:
        told = (*group.shown, *group.folded)
        blocks.append(Paragraph(Words(f"{group.title}. {group.meaning}")))
        if not group.taken_up:
            blocks.append(Paragraph(Words(frame.many("in-network", group.count))))
            continue
        blocks.append(bullets([_adopter(frame, one) for one in told[:TAKEN_UP]]))
        if len(told) > TAKEN_UP:
            blocks.append(Paragraph(Words(frame.many("more-taken-up", len(told) - TAKEN_UP))))
    return Section(frame.t("taken-up"), tuple(blocks) or (frame.todo("what-taken-up"),))


def _adopter(frame: Frame, told: Told) -> Item:
    it = told.it
    more = [frame.say("since", year=str(it.start_year))] if it.start_year is not None else []
    if it.change_as_said:
        more.append(frame.quote(it.change_as_said, "changed"))
    more += [frame.quote(f"{one.title}. {one.description}", "changed") for one in it.adaptations]
    if it.outcome_as_said:
        more.append(frame.quote(it.outcome_as_said, "went"))
    if not it.change_as_said and not it.adaptations:
        more.append(frame.say("change-unsaid"))
    return Item(frame.quote(it.as_said), tuple(more))


def _sources(frame: Frame, it: Practice) -> Section:
    blocks: list[Block] = [_listed(it) if it.record.sources else frame.todo("what-sources")]
    if it.record.confidence:
        notes = _quotes(frame, it.record.confidence_note)
        blocks.append(bullets([Item(frame.named(it.record.confidence, "confidence"), notes)]))
    deduced = [frame.name(one.about) for one in it.record.attributions if one.origin == INFERRED]
    if deduced:
        blocks.append(Paragraph(Words("; ".join(deduced), label=frame.t("deduced")), quiet=True))
    return Section(frame.t("sources"), tuple(blocks))


def _listed(it: Practice) -> List:
    return List("number", tuple(Item(web(one)) for one in it.record.sources))


def _untold(frame: Frame, it: Practice) -> Section:
    """All that a brief sheet says: that nobody has told the practice yet, and its sources."""
    heads: list[Block] = [frame.todo(f"what-{key}") for key in ("need", "done", "outcomes")]
    notes = [frame.quote(it.record.selection_note)] if it.record.selection_note else []
    blocks: list[Block] = [Paragraph(one) for one in notes] + heads
    if it.record.sources:
        blocks += [Paragraph(frame.say("sources-head")), _listed(it)]
    return Section(frame.t("untold"), tuple(blocks))


_Make = Callable[[Frame, Practice], Section]
_SECTIONS: Final[Sequence[_Make]] = (
    _context,
    _need,
    _done,
    _results,
    _obstacles,
    _improvements,
    _replicability,
    _costs,
    _taken_up,
    _sources,
)
_BRIEF: Final[Sequence[_Make]] = (_context, _untold)
RESULTS: Final = _SECTIONS.index(_results)
"""The section that begins the second page."""
