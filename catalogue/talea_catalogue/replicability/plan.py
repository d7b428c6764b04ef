"""The transfer plan: what is known of a practice for a Comune, what it answered, what to do next.

Nothing is invented and nothing is summed up: the steps are the facts that are missing or denied and
the answers that are not settled, each said once. Pure: the date and the names come from outside.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from .. import namespaces as ns
from ..model import ReportedResult
from .asked import COMPARED, CRITICAL, MANAGEABLE, MET, MISSING, Criterion, Missing
from .beside import Known, Names, beside, contacts
from .fit import Fit
from .prerequisites import Check
from .questions import OPEN, UNSURE, Question, Questions
from .rules import Rules
from .said import Said, fill

__all__ = ["Answer", "Plan", "Todo", "plan_of"]

_ORDER: Final = (CRITICAL, MISSING, MET)
_JUDGED: Final = (CRITICAL, MANAGEABLE, MET)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the Comune answers to a question: a level of `questions.LEVELS` or None, and a note."""

    question: Question
    level: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do, and how or with whom; `about` is the code or the IRI that it comes from."""

    what: Said
    how: tuple[Said, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a transfer plan says. What the sheet does not tell is empty here."""

    fit: Fit
    comune: str
    who: str
    date: date
    digest: str
    rules: Rules
    questions: Questions
    answers: tuple[Answer, ...]
    checks: tuple[Check, ...]
    """The prerequisites, those denied first, then those not known, then those met."""
    differences: tuple[Criterion, ...]
    """The comparisons of which both sides are known, the judged ones first."""
    informing: tuple[Criterion, ...]
    unknown: tuple[Missing, ...]
    """What the comparison lacks; what the prerequisites lack is said with each of them."""
    todo: tuple[Todo, ...]
    contacts: tuple[Known, ...]
    known: Mapping[str, tuple[Known, ...]]
    measured: tuple[ReportedResult, ...]
    told: tuple[tuple[str, str, str], ...]
    """What came of replications: IRI, who, in the words of the source."""
    sources: tuple[str, ...]


def plan_of(
    fit: Fit,
    comune: str,
    answers: Iterable[Answer],
    *,
    names: Names,
    rules: Rules,
    questions: Questions,
    digest: str,
    today: date,
    who: str = "",
) -> Plan:
    """The plan of a practice for a Comune; a question without an answer is there as such."""
    it = fit.subject.it
    given = {one.question.id: one for one in answers}
    all_answers = tuple(given.get(one.id, Answer(one)) for one in questions.items)
    differences = [one for one in fit.criteria if one.id in COMPARED and one.verdict != MISSING]
    return Plan(
        fit=fit,
        comune=comune,
        who=who,
        date=today,
        digest=digest,
        rules=rules,
        questions=questions,
        answers=all_answers,
        checks=tuple(sorted(fit.checks, key=lambda one: _rank(one.verdict, _ORDER))),
        differences=tuple(sorted(differences, key=lambda one: _rank(one.verdict, _JUDGED))),
        informing=tuple(one for one in fit.criteria if one.id in ("C7", "C11", "C12", "C13")),
        unknown=_unknown(fit),
        todo=tuple(_todo(fit, all_answers, questions)),
        contacts=contacts(fit, names),
        known=beside(fit, names),
        measured=tuple(one for one in it.results if one.measurement is not None),
        told=tuple(
            (iri, one.as_said, one.outcome_as_said)
            for iri, one in fit.subject.replications
            if one.outcome_as_said
        ),
        sources=_sources(fit),
    )


def _rank(verdict: str, order: tuple[str, ...]) -> int:
    return order.index(verdict) if verdict in order else len(order)


def _unknown(fit: Fit) -> tuple[Missing, ...]:
    asked = {lack for check in fit.checks for lack in check.missing}
    return tuple(lack for lack in fit.missing if lack not in asked)


def _todo(fit: Fit, answers: Iterable[Answer], questions: Questions) -> Iterator[Todo]:
    words = questions.todo
    for one in fit.checks:
        if one.verdict == CRITICAL:
            key = "denied" if one.blocks else "unmet"
            yield Todo(fill(words[key], what=one.it.title), (one.reason,), one.iri)
    for one in fit.checks:
        if one.verdict == MISSING:
            yield Todo(fill(words["check"], what=one.it.title), tuple(_how(one, words)), one.iri)
    for criterion in fit.criteria:
        if criterion.verdict in (CRITICAL, MANAGEABLE) and criterion.declared is not None:
            what = fill(words["difference"], what=criterion.declared.title)
            yield Todo(what, (criterion.reason,), criterion.id)
    for lack in _unknown(fit):
        who = fill(words["who"], who=lack.who)
        yield Todo(fill(words["missing"], what=lack.what), (who,), lack.side)
    for key, level in (("open", OPEN), ("unsure", UNSURE), ("unanswered", None)):
        for answer in answers:
            if answer.level == level:
                yield Todo(fill(words[key], what=answer.question.text), (), answer.question.id)


def _how(check: Check, words: Mapping[str, Said]) -> Iterator[Said]:
    if check.it.check_as_said:
        yield fill(words["how"], how=check.it.check_as_said.rstrip("."))
    else:
        yield check.reason
    for who in dict.fromkeys(lack.who for lack in check.missing):
        yield fill(words["who"], who=who)


def _sources(fit: Fit) -> tuple[str, ...]:
    """The sources of the sheet, then those of the facts that the comparison shows, once each.

    A fact that inherits the list of the sheet names the card: its sources are there already.
    """
    parts: Iterable[Check | Criterion] = (*fit.checks, *fit.criteria)
    told = [fact for part in parts for fact in part.facts]
    named = (source for fact in told for source in (fact.source, *fact.sources))
    card = ns.resource("scheda", fit.subject.it.slug)
    found = (*fit.subject.it.record.sources, *(one for one in named if one != card))
    return tuple(dict.fromkeys(found))
