"""Practices near a practice, a concept or a Comune, as pages show them: each with its why.

Templates show them with the macros of `alike.html`.
"""

from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Brief
from talea_catalogue.search import FromComune, Hit, Reason, Shared
from talea_catalogue.search.facets import Value

from ..render import LOCALES, number
from ..views import Visit
from .common import Link, place_of, title_of

MOST: Final = 4
"""Practices shown on the page of something else."""
TOPICS: Final = ("area-tematica", "bisogno", "target", "tipo-intervento", "altro-tema")
"""Schemes whose concepts have a page of their own; of the last the catalogue has no practice."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A part of a practice, under the name of its field, and the part that it is close to."""

    field: str
    text: str
    beside: str | None


@dataclass(frozen=True, slots=True)
class Alike:
    """A practice near something else, and why: concepts, the closest part, or like facts."""

    href: str
    title: str
    titled: bool
    promoter: str
    place: str | None
    topics: tuple[Link, ...] = ()
    echo: Echo | None = None
    facts: tuple[str, ...] = ()


def similar(visit: Visit, slug: str) -> list[Alike]:
    """The practices most like one."""
    return [alike(visit, hit) for hit in visit.release.search.similar(slug, MOST)]


def alike(visit: Visit, hit: Hit) -> Alike:
    """A practice and the reasons for which it is near."""
    echo = next((one for one in hit.reasons if one.concept is None), None)
    topics = tuple(topic(visit, one.concept) for one in hit.reasons if one.concept)
    return _alike(visit, hit.brief, topics, _echo(visit, echo) if echo else None)


def topic(visit: Visit, iri: str) -> Link:
    """A concept by its name, and the page of its practices."""
    scheme, notation = iri.removeprefix(ns.VOC).split("/")
    label = visit.release.repository.label(iri, visit.lang)
    return Link(label, f"{visit.base}/vocabolari/{scheme}/{notation}")


@dataclass(frozen=True, slots=True)
class FromLike:
    """Practices of Comuni like one. `classes` are its own, `all` leads to every practice of them.

    `unknown` says what is not known of the Comune: without anything it is like none.
    """

    classes: tuple[str, ...]
    unknown: tuple[str, ...]
    practices: tuple[Alike, ...]
    all: str | None


def from_comuni_like(visit: Visit, istat: str) -> FromLike | None:
    """The practices of Comuni like one; None where there is no such Comune."""
    found = visit.release.search.from_comuni_like(istat, limit=MOST)
    if found is None:
        return None
    filters = {name: value.value for name, value in found.classes.items()}
    return FromLike(
        tuple(_class(visit, name, value) for name, value in found.classes.items()),
        tuple(_called(visit, name) for name in found.unknown),
        tuple(_from_comune(visit, one, istat, found.comune.name) for one in found.practices),
        visit.href("/pratiche", **filters) if found.practices else None,
    )


def _from_comune(visit: Visit, one: FromComune, istat: str, name: str) -> Alike:
    """A practice of a Comune like `istat`, whose name is `name`: its sheet is seen from there."""
    facts = tuple(_shared(visit, each, one.comune.name, name) for each in one.shared)
    return _alike(visit, one.brief, facts=facts, comune=istat)


def _shared(visit: Visit, shared: Shared, there: str, here: str) -> str:
    """What two Comuni share, with the value of each where it is a number."""
    label = visit.text(shared.value.label_it, shared.value.label_en)
    if shared.here is None or shared.there is None:
        both = visit.text(f"come {here}", f"like {here}")
        return f"{there}: {label} ({_called(visit, shared.facet)}), {both}"
    theirs, ours = (number(n, LOCALES[visit.lang]) for n in (shared.there, shared.here))
    return visit.text(
        f"{there}: {theirs} abitanti; {here}: {ours}",
        f"{there}: {theirs} residents; {here}: {ours}",
    )


def _class(visit: Visit, facet: str, value: Value) -> str:
    return f"{_called(visit, facet)} ({visit.text(value.label_it, value.label_en)})"


def _called(visit: Visit, facet: str) -> str:
    names = {
        "popolazione": visit.text("abitanti", "residents"),
        "aree-interne": visit.text("classe delle aree interne", "inner-area class"),
    }
    return names[facet]


def _alike(
    visit: Visit,
    brief: Brief,
    topics: tuple[Link, ...] = (),
    echo: Echo | None = None,
    facts: tuple[str, ...] = (),
    comune: str | None = None,
) -> Alike:
    return Alike(
        href=f"{visit.base}/pratiche/{brief.slug}" + (f"?comune={comune}" if comune else ""),
        title=title_of(visit, brief),
        titled=brief.title is not None,
        promoter=brief.promoter,
        place=place_of(brief),
        topics=topics,
        echo=echo,
        facts=facts,
    )


def _echo(visit: Visit, reason: Reason) -> Echo:
    text = "".join(piece for piece, _ in reason.fragments)
    return Echo(visit.text(reason.label_it, reason.label_en), text, reason.beside)
