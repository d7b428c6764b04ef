"""What the catalogue knows next to each question of the self-assessment, and where it says so.

Everything is a part of the sheet or of one of its replications, in its own words, or the answer of
a criterion. Where there is none, nothing is shown: the question says that the sheet is silent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .. import namespaces as ns
from ..model import FinancialResource, Measurement, Obstacle, Replication
from ..vocabulary import Lang
from .fit import Fit
from .practices import was_done
from .said import Said, written

__all__ = ["Known", "Names", "beside", "contacts", "money", "own", "quantity"]

Names = Callable[[str], Said]
"""The name of what an IRI stands for."""
_REFUSED: Final = ns.concept("tipo-ostacolo", "adesione-utenza")


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that the catalogue knows.

    `quoted` are words of a record, which are Italian in both languages; `iri` is what they are of.
    """

    text: Said
    quoted: bool = True
    iri: str | None = None


def beside(fit: Fit, names: Names) -> Mapping[str, tuple[Known, ...]]:
    """Code of the question -> what is known next to it; an empty tuple where nothing is."""
    return {code: tuple(dict.fromkeys(found(fit, names))) for code, found in _BESIDE.items()}


def own(text: str) -> Said:
    """Words of a record: the same in both languages."""
    return Said(text, text)


def contacts(fit: Fit, names: Names) -> tuple[Known, ...]:
    """Whom to call: promoter, closest adopter, who took it up. No person: the graph has none."""
    it = fit.subject.it
    found = [Known(names(body), quoted=False, iri=body) for body in it.promoters]
    if not found and it.promoter_as_said:
        found.append(Known(own(it.promoter_as_said), iri=fit.subject.iri))
    if fit.closest is not None:
        adopter = fit.closest.adopter
        iri = adopter.replication or adopter.iri
        found.append(Known(own(adopter.name), quoted=False, iri=iri))
    named = {one.iri for one in found}
    found += [Known(own(one.as_said), iri=iri) for iri, one in _done(fit) if iri not in named]
    return tuple(dict.fromkeys(found))


def _done(fit: Fit) -> Iterator[tuple[str, Replication]]:
    """The replications in which the practice was done elsewhere."""
    return ((iri, one) for iri, one in fit.subject.replications if was_done(one))


def _acts(fit: Fit, names: Names) -> Iterator[Known]:
    for number, one in enumerate(fit.subject.it.acts, 1):
        more = ", ".join(filter(None, (one.adopted_by_as_said, str(one.year or ""))))
        yield Known(
            own(f"{one.title} ({more})" if more else one.title), iri=_part(fit, "atto", number)
        )


def _refusals(fit: Fit, names: Names) -> Iterator[Known]:
    yield from _obstacles(fit.subject.it.obstacles, f"{fit.subject.iri}/ostacolo/")
    for iri, one in _done(fit):
        yield from _obstacles(one.obstacles, f"{iri}/ostacolo/")


def _obstacles(several: Iterable[Obstacle], start: str) -> Iterator[Known]:
    for number, one in enumerate(several, 1):
        if _REFUSED in one.types:
            text = " ".join(filter(None, (one.description, one.overcome_by)))
            yield Known(own(text), iri=f"{start}{number}")


def _changes(fit: Fit, names: Names) -> Iterator[Known]:
    for iri, one in _done(fit):
        if one.change_as_said:
            yield Known(own(f"{one.as_said}: {one.change_as_said}"), iri=iri)
        for change in one.adaptations:
            yield Known(own(f"{one.as_said}: {change.title}. {change.description}"), iri=iri)
    for advice in fit.subject.it.adaptation_advice:
        yield Known(own(advice.description), iri=fit.subject.iri)


def _staff(fit: Fit, names: Names) -> Iterator[Known]:
    for number, one in enumerate(fit.subject.it.staff, 1):
        people = "" if one.people is None else f"{one.people:f}"
        parts = (people, one.description)
        text = " ".join(filter(None, parts))
        more = "; ".join(filter(None, (one.hours_as_said, one.note)))
        yield Known(own(f"{text} ({more})" if more else text), iri=_part(fit, "personale", number))


def _leaders(fit: Fit, names: Names) -> Iterator[Known]:
    it = fit.subject.it
    if it.promoter_as_said:
        office = f", {it.promoter_office}" if it.promoter_office else ""
        yield Known(own(it.promoter_as_said + office), iri=fit.subject.iri)
    yield Known(fit.criterion("C5").reason, quoted=False)


def _partners(fit: Fit, names: Names) -> Iterator[Known]:
    for one in fit.subject.it.partners:
        yield Known(own(one.name), iri=one.body or fit.subject.iri)


def _duplicates(fit: Fit, names: Names) -> Iterator[Known]:
    yield Known(fit.criterion("C7").reason, quoted=False)


def _core(fit: Fit, names: Names) -> Iterator[Known]:
    for number, one in enumerate(fit.subject.it.components, 1):
        if one.core:
            text = f"{one.title}. {one.reason}" if one.reason else one.title
            yield Known(own(text), iri=_part(fit, "componente", number))


def _payers(fit: Fit, names: Names) -> Iterator[Known]:
    it = fit.subject.it
    if it.funding_as_said:
        yield Known(own(it.funding_as_said), iri=fit.subject.iri)
    for fund in it.funding:
        yield Known(names(fund), quoted=False, iri=fund)
    for iri, one in _done(fit):
        for line in one.budgets:
            yield Known(money(line, own(one.as_said), names), iri=iri)


def money(line: FinancialResource, of: Said, names: Names) -> Said:
    """A sum as its source gives it, after whose it is: qualifier, euro, what it refers to, note."""

    def one(lang: Lang) -> str:
        bounds = [written(n, lang) for n in (line.amount, line.maximum) if n is not None]
        word = names(line.qualifier).to(lang) if line.qualifier else ""
        euro = f"{'–'.join(bounds)} €" if bounds else ""
        value = " ".join(filter(None, (word, euro)))
        parts = (of.to(lang), line.title, value, line.refers_to, line.note)
        return "; ".join(filter(None, parts))

    return Said(one("it"), one("en"))


def quantity(measure: Measurement, names: Names) -> Said:
    """A measure as its source gives it: qualifier, value, unit; empty where it gives none."""

    def one(lang: Lang) -> str:
        word = names(measure.qualifier).to(lang) if measure.qualifier else ""
        value = written(measure.value, lang) if measure.value is not None else ""
        return " ".join(filter(None, (word, value, measure.unit or measure.unit_as_said)))

    return Said(one("it"), one("en"))


def _left_out(fit: Fit, names: Names) -> Iterator[Known]:
    it = fit.subject.it
    for number, group in enumerate(it.recipients, 1):
        yield Known(own(group.title), iri=_part(fit, "destinatari", number))
    for number, one in enumerate(it.failures, 1):
        yield Known(own(one.description), iri=_part(fit, "limite", number))


def _measures(fit: Fit, names: Names) -> Iterator[Known]:
    for number, one in enumerate(fit.subject.it.results, 1):
        if one.measurement is not None:
            yield Known(own(one.description), iri=_part(fit, "esito", number))
    for number, judged in enumerate(fit.subject.it.evaluations, 1):
        parts = (judged.design, judged.comparison, judged.evaluator)
        if text := "; ".join(filter(None, parts)):
            yield Known(own(text), iri=_part(fit, "valutazione", number))


def _help(fit: Fit, names: Names) -> Iterator[Known]:
    yield from contacts(fit, names)
    for number, tool in enumerate(fit.subject.it.tools, 1):
        yield Known(own(tool.title), iri=_part(fit, "strumento", number))


def _part(fit: Fit, segment: str, number: int) -> str:
    return f"{fit.subject.iri}/{segment}/{number}"


_BESIDE: Final[Mapping[str, Callable[[Fit, Names], Iterable[Known]]]] = {
    "A1": _acts,
    "A2": _refusals,
    "A3": _changes,
    "A4": _staff,
    "A5": _leaders,
    "A6": _partners,
    "A7": _duplicates,
    "A8": _core,
    "A9": _payers,
    "A10": _left_out,
    "A11": _measures,
    "A12": _help,
}
