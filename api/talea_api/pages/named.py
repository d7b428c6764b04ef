"""The Comuni and the Ambiti that a search text names: where their own pages answer it.

Who writes «pratiche per minori Accadia» may want what Accadia does, what it could begin or who like
it has begun something: the results answer the first alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.search import Answer
from talea_catalogue.search.analysis import terms
from talea_catalogue.search.constraints import Name
from talea_catalogue.vocabulary import Concept

from ..views import Visit
from .atlas import FILTERS
from .common import Link
from .questions import encoded

__all__ = ["Named", "named", "the_one"]

MOST: Final = 3
"""Places whose pages are offered."""


@dataclass(frozen=True, slots=True)
class Named:
    """A Comune or an Ambito and its page.

    Of a Comune, `from_here` leads to the practices seen from it, narrowed by `about` where the text
    says whom or what they are for; `repeated` to who like it took one up. Of a Comune of Puglia,
    `district` is its Ambito.
    """

    name: str
    href: str
    from_here: str | None = None
    about: str = ""
    repeated: str | None = None
    district: Link | None = None


def named(visit: Visit, answer: Answer) -> list[Named]:
    """The first places that the text of an answer names, in its order."""
    found = [one for name in answer.named[: 2 * MOST] for one in _of(visit, answer, name)]
    told = {one.district.href for one in found if one.district}
    return [one for one in found if one.href not in told][:MOST]


def the_one(answer: Answer) -> str | None:
    """The ISTAT code of the Comune that alone is named; None where none is, or several."""
    comuni = [name.values[0] for name in answer.named if not name.is_district]
    return comuni[0] if len(comuni) == 1 else None


def _of(visit: Visit, answer: Answer, name: Name) -> Iterator[Named]:
    districts = visit.release.repository.districts()
    if name.is_district:
        for one in districts:
            if tuple(istat for istat, _ in one.members) == name.values:
                yield Named(one.name, f"{visit.base}/ambiti/{one.id}")
        return
    istat = name.values[0]
    there = f"{visit.base}/comuni/{istat}"
    chosen = _about(visit, answer)
    asked = {filter_: one.notation for filter_, one in chosen.items()}
    of = next((d for d in districts if any(istat == code for code, _ in d.members)), None)
    yield Named(
        visit.release.repository.label(ns.resource("luogo", istat)),
        there,
        f"{there}/pratiche" + (f"?{encoded(asked)}" if asked else ""),
        ", ".join(one.label(visit.lang) for one in chosen.values()),
        f"{there}#ripetute" if visit.release.replicability.repeated(istat, 1) else None,
        Link(of.name, f"{visit.base}/ambiti/{of.id}") if of else None,
    )


def _about(visit: Visit, answer: Answer) -> dict[str, Concept]:
    """Filter of the page of a Comune -> the need or the people that the visit or the text says."""
    concepts = visit.release.repository.vocabulary.concepts
    words = set(terms(answer.correction.used))
    found: dict[str, Concept] = {}
    for name in FILTERS:
        given = (concepts.get(ns.concept(name, v)) for v in answer.filters.get(name, ()))
        near = (concepts[iri] for iri in answer.topics)
        said = (one for one in near if one.scheme == name and _says(words, one))
        if one := next((one for one in (*given, *said) if one), None):
            found[name] = one
    return found


def _says(words: Iterable[str], one: Concept) -> bool:
    """Whether words have every word of a name of a concept."""
    have = set(words)
    names = (set(terms(name)) for name in (one.label_it, one.label_en, *one.alt_labels))
    return any(name and name <= have for name in names)
