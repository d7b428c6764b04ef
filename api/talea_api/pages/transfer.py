"""`/pratiche/{slug}/piano`: the questions that only the Comune can answer, and its transfer plan.

The page is a form beside what the catalogue knows. What is written in it comes back in a file and
is kept nowhere: not here, not in the browser, not in a log.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.replicability import Fit
from talea_catalogue.replicability.beside import Known, Names, beside
from talea_catalogue.replicability.plan import Answer, plan_of
from talea_catalogue.replicability.questions import Question, shipped
from talea_catalogue.replicability.said import name_of
from talea_catalogue.repository import Brief

from ..addresses import document
from ..errors import Problem
from ..language import Text
from ..printing import transfer as written
from ..printing.document import Document
from ..render import Page
from ..views import Visit
from .choosing import COMUNE, choice, page_for
from .common import Link, href, known, missing, title_of

__all__ = ["NOTE", "WHO", "Filled", "answers_of", "document_of", "form"]

NOTE: Final = 500
"""Characters of a note."""
WHO: Final = 100
"""Characters of who answers."""
FORMATS: Final = ("pdf", "docx")
_SHOWN: Final = 6
"""Things known next to a question that are open; the others fold."""
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that nobody sees, and that neither format may carry."""
_BLANK = re.compile(r"[^\S\n]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the page shows it; `level` and `note` are the names of its fields.

    `known` are a name, whether it is Italian whatever the page is in, and the address of a page.
    """

    it: Question
    level: str
    note: str
    text: str
    levels: tuple[tuple[str, str], ...]
    beside: str
    silent: str
    known: tuple[tuple[Link, bool], ...]
    folded: tuple[tuple[Link, bool], ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form gave: its answers, who answers, and the format of the file."""

    answers: tuple[Answer, ...]
    who: str
    format: str


def form(visit: Visit) -> Page:
    """The form for the Comune of the address, or the question which one it is."""
    slug = visit.names["slug"]
    brief = _brief(visit, slug)
    chosen = choice(visit)
    fit = _fit(visit, slug, chosen.istat) if chosen.istat else None
    name = visit.text("Piano di trasferimento", "Transfer plan")
    step = f"{name}: {chosen.name}" if fit else name
    data = {
        "name": name,
        "action": visit.href(),
        "change": visit.href(comune=None),
        "fit": fit,
        "prediction": visit.release.replicability.rules.prediction.to(visit.lang),
        "asked": _asked(visit, fit) if fit else (),
        "compare": visit.href(f"/pratiche/{slug}/confronto"),
        "longest_note": NOTE,
        "longest_who": WHO,
    }
    return page_for(visit, brief, chosen, step, found=fit is not None, data=data)


def _brief(visit: Visit, slug: str) -> Brief:
    """The practice in brief; raises Problem 404 or 410."""
    known(visit, ns.resource("pratica", slug))
    brief = next(iter(visit.release.repository.briefs([slug])), None)
    if brief is None:
        raise missing()
    return brief


def _fit(visit: Visit, slug: str, istat: str) -> Fit:
    found = visit.release.replicability.fit(slug, istat)
    if found is None:
        raise missing()
    return found


def _names(release: Release) -> Names:
    return partial(name_of, release.repository.label)


def _asked(visit: Visit, fit: Fit) -> tuple[Asked, ...]:
    found = beside(fit, _names(visit.release))
    return tuple(_question(visit, one, found[one.id]) for one in shipped().items)


def _question(visit: Visit, one: Question, told: Sequence[Known]) -> Asked:
    links = [
        (Link(what.text.to(visit.lang), href(visit, what.iri) if what.iri else None), what.quoted)
        for what in told
    ]
    return Asked(
        one,
        _level_field(one),
        _note_field(one),
        one.text.to(visit.lang),
        tuple((level, words.to(visit.lang)) for level, words in one.levels.items()),
        one.beside.to(visit.lang),
        one.silent.to(visit.lang),
        tuple(links[:_SHOWN]),
        tuple(links[_SHOWN:]),
    )


def _level_field(one: Question) -> str:
    return one.id.lower()


def _note_field(one: Question) -> str:
    return f"nota-{one.id.lower()}"


# --- What comes back ---


def answers_of(given: Mapping[str, Sequence[str]]) -> Filled:
    """The answers of a form, by the names of its fields. Raises Problem 400, in words.

    A field that is empty or not there is a question without an answer; fields that the form does
    not have are left aside.
    """
    answers = []
    for one in shipped().items:
        level = _single(given, _level_field(one)).strip() or None
        if level is not None and level not in one.levels:
            raise _refused(
                f"La risposta alla domanda {one.id} non è tra quelle previste.",
                f"The answer to question {one.id} is not one of those offered.",
            )
        note = _clean(_single(given, _note_field(one)))
        if len(note) > NOTE:
            raise _refused(
                f"La nota alla domanda {one.id} ha {len(note)} caratteri: al massimo {NOTE}.",
                f"The note to question {one.id} has {len(note)} characters: {NOTE} at most.",
            )
        answers.append(Answer(one, level, note))
    who = " ".join(_clean(_single(given, "chi")).split())
    if len(who) > WHO:
        raise _refused(
            f"«Chi risponde» ha {len(who)} caratteri: al massimo {WHO}.",
            f"“Who answers” has {len(who)} characters: {WHO} at most.",
        )
    wanted = _single(given, "formato") or FORMATS[0]
    if wanted not in FORMATS:
        raise _refused(
            "Il piano si scarica in PDF o in DOCX.", "The plan is downloaded as PDF or as DOCX."
        )
    return Filled(tuple(answers), who, wanted)


def _single(given: Mapping[str, Sequence[str]], name: str) -> str:
    values = given.get(name, ())
    if len(values) > 1:
        raise _refused(
            f"Il campo «{name}» c’è {len(values)} volte: ne serve una.",
            f"The field “{name}” is there {len(values)} times: once is enough.",
        )
    return values[0] if values else ""


def _clean(text: str) -> str:
    """A text without what nobody sees; its lines stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    seen = "".join(one for one in lines if one == "\n" or unicodedata.category(one) not in _UNSEEN)
    return _BLANK.sub(" ", seen).strip()


def _refused(it: str, en: str) -> Problem:
    return Problem("bad-parameter", Text(it, en))


def document_of(visit: Visit, filled: Filled, today: date) -> Document:
    """The plan of the Comune of the address, with these answers.

    Raises Problem 404 or 410 for the practice, 400 where the address names no Comune.
    """
    slug = visit.names["slug"]
    brief = _brief(visit, slug)
    chosen = choice(visit)
    if not chosen.istat:
        raise _refused(
            "L’indirizzo non dice di quale Comune è il piano: sceglilo nella pagina.",
            "The address does not say for which Comune the plan is: choose it on the page.",
        )
    names = _names(visit.release)
    plan = plan_of(
        _fit(visit, slug, chosen.istat),
        chosen.name,
        filled.answers,
        names=names,
        rules=visit.release.replicability.rules,
        questions=shipped(),
        digest=visit.release.manifest.data_digest,
        today=today,
        who=filled.who,
    )
    page_of = visit.href(**{COMUNE.name: chosen.istat})
    frame = written.Frame(
        visit.lang,
        names,
        lambda iri: _address(visit, iri),
        title_of(visit, brief),
        visit.settings.site + page_of,
    )
    return written.document(plan, frame)


def _address(visit: Visit, iri: str) -> str | None:
    """The address of the page about an IRI, where a file can lead to it."""
    found = document(iri, visit.release.repository.comune_of)
    return visit.settings.site + visit.base + found.href if found else None
