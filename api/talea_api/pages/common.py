"""What several pages share: addresses, links, cards of practices, breadcrumbs, page numbers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from talea_catalogue import namespaces as ns
from talea_catalogue.model import Practice
from talea_catalogue.places import Place
from talea_catalogue.repository import Brief, Repository
from talea_catalogue.search import Reason

from ..addresses import document
from ..errors import Problem
from ..language import Text
from ..lookups import require
from ..rdf import RDF_FORMATS
from ..render import LOCALES, Page
from ..render import number as in_figures
from ..views import Visit

EDITION: Final = ns.resource("evento", "festival-2024")
UNTITLED: Final = Text("titolo non ancora noto", "title not yet known")
ITALY: Final = ns.resource("luogo", "italia")
SHORT: Final = 140
"""Characters of a need that is shown beside the reasons of a search."""
DOCUMENTED: Final = 2
"""The lowest level of a practice whose content is told."""


@dataclass(frozen=True, slots=True)
class Link:
    """Something with a name and, where the site has a page for it, an address."""

    label: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A practice as the macro `practice_card` shows it."""

    href: str
    title: str
    titled: bool
    promoter: str
    place: str | None
    tier: int
    tier_label: str
    summary: str | None = None
    why: tuple[Markup, ...] = ()
    category: str | None = None
    fuller: tuple[Link, ...] = ()


def page(visit: Visit, title: str, steps: Sequence[tuple[str, str]] = (), **more: Any) -> Page:
    """A page with its title, its breadcrumb (`steps` lie between home and here), its address."""
    trail: list[tuple[str, str | None]] = [(visit.text("Inizio", "Home"), visit.base + "/")]
    trail += [(label, visit.base + path) for label, path in steps]
    more.setdefault("canonical", visit.settings.absolute(visit.base + visit.path))
    return Page(title=title, breadcrumb=(*trail, (title, None)), **more)


def formats(visit: Visit) -> list[tuple[str, str]]:
    """The RDF documents beside a page: address and name of the format."""
    return [(visit.path + form.suffix, form.name) for form in RDF_FORMATS]


def alternates(visit: Visit) -> tuple[tuple[str, str], ...]:
    """The same, as a page announces them: media type and address."""
    return tuple((form.media_type, visit.path + form.suffix) for form in RDF_FORMATS)


def known(visit: Visit, iri: str) -> str:
    """The IRI itself, if the release holds it; raises Problem 404 or 410."""
    require(visit.release.repository, iri)
    return iri


def missing() -> Problem:
    """The 404 of a page."""
    return Problem("not-found")


def href(visit: Visit, iri: str) -> str | None:
    """The address of the page about one of our IRIs, in the language of the visit."""
    found = document(iri, visit.release.repository.comune_of)
    return visit.base + found.href if found else None


def link(visit: Visit, iri: str) -> Link:
    """The name of a resource and the address of its page."""
    return Link(visit.release.repository.label(iri, visit.lang), href(visit, iri))


def fuller(visit: Visit, slug: str, below: str = "", **named: str) -> tuple[Link, ...]:
    """The practices whose sheet goes deeper into that of one: the page `below` each of them.

    `named` are the parameters of the addresses.
    """
    repository = visit.release.repository
    asked = f"?{urlencode(named)}" if named else ""
    return tuple(
        Link(title_of(visit, brief), f"{visit.base}/pratiche/{brief.slug}{below}{asked}")
        for brief in repository.briefs(repository.deepenings.get(slug, ()))
    )


def linker(visit: Visit) -> Callable[[str], Link]:
    """`link`, for templates: each resource is looked up once."""
    found: dict[str, Link] = {}

    def ref(iri: str) -> Link:
        if iri not in found:
            found[iri] = link(visit, iri)
        return found[iri]

    return ref


def level_name(visit: Visit, level: int) -> str:
    """What a level of completeness is called."""
    return visit.release.repository.label(ns.concept("livello-completezza", str(level)), visit.lang)


def card(visit: Visit, brief: Brief, reasons: Iterable[Reason] = ()) -> Card:
    """A practice in a list: its need as a summary, or why a search found it."""
    reasons = tuple(reasons)
    why = tuple(_why(visit, reasons))
    need = brief.need
    if need and why and (len(need) > SHORT or _said_again(need, reasons)):
        need = None
    country = brief.country if brief.country != ITALY else None
    where = [place_of(brief), visit.release.repository.label(country) if country else None]
    return Card(
        href=f"{visit.base}/pratiche/{brief.slug}",
        title=title_of(visit, brief),
        titled=brief.title is not None,
        promoter=brief.promoter,
        place=_with_residents(visit, brief, ", ".join(dict.fromkeys(filter(None, where)))),
        tier=brief.level,
        tier_label=level_name(visit, brief.level),
        summary=need,
        why=why,
    )


def residents_of(visit: Visit, place: Place | None) -> str | None:
    """How many live in a place, as people write it; None where it is not known."""
    if place is None or place.population is None:
        return None
    return in_figures(place.population, LOCALES[visit.lang])


def _with_residents(visit: Visit, brief: Brief, place: str) -> str | None:
    """Where a practice is and, where that is one Comune, how many live there."""
    comuni = visit.release.repository.comuni_of_practice(brief.slug) if place else ()
    residents = residents_of(visit, comuni[0]) if len(comuni) == 1 else None
    if residents is None or comuni[0].name not in place:
        return place or None
    return visit.text(f"{place} ({residents} abitanti)", f"{place} ({residents} residents)")


def cards(visit: Visit, briefs: Iterable[Brief]) -> list[Card]:
    """Practices in a list, in the order given."""
    return [card(visit, brief) for brief in briefs]


def title_of(visit: Visit, brief: Brief) -> str:
    """The title of a practice, or whose it is and that the title is not known."""
    return brief.title or f"{brief.promoter}: {UNTITLED.to(visit.lang)}"


def place_of(brief: Brief) -> str | None:
    """Where a practice is, as far as known: «Bari, Puglia»."""
    names = dict.fromkeys(name for name in (brief.place, brief.region) if name)
    return ", ".join(names) or None


def leads(repository: Repository, practice: Practice) -> list[Brief]:
    """Documented practices of the same body or of its Ambito: leads, never identities.

    First those that the record names, then those that the catalogue has by itself.
    """
    found = {brief.slug: brief for brief in repository.briefs(map(ns.local, practice.same_body))}
    for body in practice.promoters:
        istat = repository.comune_of(body)
        facts = repository.comune(istat) if istat else None
        others = repository.practices_of_body(body)
        if facts and facts.ambito:
            others = [*others, *repository.practices_of_ambito(facts.ambito)]
        for brief in others:
            if brief.level >= DOCUMENTED and brief.slug != practice.slug:
                found.setdefault(brief.slug, brief)
    return list(found.values())


def _said_again(need: str, reasons: Iterable[Reason]) -> bool:
    """Whether one of the reasons is the need itself, or a piece of it."""
    return any(_plain(reason).strip(" …") in need for reason in reasons)


def _why(visit: Visit, reasons: Sequence[Reason]) -> Iterator[Markup]:
    """Why a search found a practice, a line each; what would be said twice is said once."""
    tied = next((reason for reason in reasons if reason.concept), None)
    for reason in reasons:
        if reason.concept:
            yield _by_concept(visit, reason, reasons)
        elif any(match for _, match in reason.fragments):
            if tied is None or not _names(visit, tied, reason):
                yield _line(visit, visit.text(reason.label_it, reason.label_en), reason)
        elif reason.field != "title" or len(reasons) == 1:
            yield _line(visit, _nearest(visit, reason), reason)


def _by_concept(visit: Visit, reason: Reason, reasons: Iterable[Reason]) -> Markup:
    """The concept that ties a practice to a text, and how people say it."""
    assert reason.concept is not None
    one = link(visit, reason.concept)
    alike = next((other for other in reasons if _names(visit, reason, other)), None)
    said = reason.said_en if visit.lang == "en" else reason.said_it
    shown = _plain(alike) if alike else said
    named = shown == one.label
    name = _marked(alike) if alike and named else one.label
    line = Markup('<span class="quiet">{}:</span> {}').format(
        visit.text("Argomento", "Topic"),
        Markup('<a href="{}">{}</a>').format(one.href, name) if one.href else name,
    )
    if named or not shown:
        return line
    other = "en" if shown in _english(visit, reason) else "it"
    words = _marked(alike) if alike else Markup("{}").format(shown)
    if other != visit.lang:
        words = Markup('<span lang="{}">{}</span>').format(other, words)
    return line + Markup(" ← «{}»").format(words)


def _english(visit: Visit, reason: Reason) -> set[str | None]:
    """What is English of what a reason by concept may show."""
    concept = visit.release.repository.concept(reason.concept or "")
    return {reason.said_en, concept.label_en if concept else None}


def _names(visit: Visit, tied: Reason, other: Reason) -> bool:
    """Whether a reason by words is a name of the concept of another reason."""
    if other.concept or tied.concept is None:
        return False
    concept = visit.release.repository.concept(tied.concept)
    names = {tied.said_it, tied.said_en, *((concept.label_it, concept.label_en) if concept else ())}
    return other.field == tied.field and _plain(other) in names


def _nearest(visit: Visit, reason: Reason) -> str:
    """What introduces the part closest by meaning, which is no match of words."""
    label = visit.text(reason.label_it, reason.label_en).lower()
    return visit.text(f"Il passo più vicino ({label})", f"Closest passage ({label})")


def _line(visit: Visit, label: str, reason: Reason) -> Markup:
    said = Markup(' lang="it"') if visit.lang != "it" else Markup()
    return Markup('<span class="quiet">{}:</span> <span{}>{}</span>').format(
        label, said, _marked(reason)
    )


def _marked(reason: Reason) -> Markup:
    return Markup().join(
        Markup("<mark>{}</mark>").format(text) if match else Markup("{}").format(text)
        for text, match in reason.fragments
    )


def _plain(reason: Reason) -> str:
    return "".join(text for text, _ in reason.fragments)


@dataclass(frozen=True, slots=True)
class PageLink:
    """A numbered page; without an address, a gap between two of them."""

    label: str
    href: str | None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    """What the macro `pagination` shows."""

    previous: str | None
    next: str | None
    links: tuple[PageLink, ...]


def number_of(value: str) -> str | None:
    """A page number, or None for anything else."""
    value = value.strip()
    good = value.isascii() and value.isdigit() and len(value) <= 6 and int(value) > 1
    return str(int(value)) if good else None


def pages(visit: Visit, current: int, last: int) -> Pages:
    """Links to the pages of a list: the first, the last, and those around the current one."""

    def to(number: int) -> str:
        return visit.href(pagina=str(number) if number > 1 else None)

    shown = sorted({1, last, *range(max(1, current - 2), min(last, current + 2) + 1)})
    links: list[PageLink] = []
    before = 0
    for number in shown:
        if number > before + 1:
            links.append(PageLink("…", None))
        links.append(PageLink(str(number), to(number), number == current))
        before = number
    return Pages(
        previous=to(current - 1) if current > 1 else None,
        next=to(current + 1) if current < last else None,
        links=tuple(links),
    )
