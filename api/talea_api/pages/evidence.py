"""How much is known of each outcome that a sheet claims, and what would make it one step more.

The steps are those of the scheme `livello-evidenza`, and the rule is that of the named query
`practice-evidence`, which gives a practice the best step of its results: here each result has its
own. The steps above the second ask for a judgement that no record holds.
"""

from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.model import Measurement, ReportedResult, ResultKind

from ..language import Text
from ..views import Visit
from .common import Link, link

__all__ = ["CLAIMS", "Step", "evidence_of", "step"]

CLAIMS: Final = (ResultKind.OUTCOME, ResultKind.QUALITATIVE, ResultKind.OUTPUT)
"""The kinds of result that claim something; the others only say what is around or to come."""
_COUNTED: Final = (ResultKind.OUTCOME, ResultKind.OUTPUT)
_NEXT: Final = {
    ResultKind.QUALITATIVE: Text(
        "dare un numero a quello che è cambiato, e per quante persone",
        "give a number to what changed, and for how many people",
    ),
    ResultKind.OUTPUT: Text(
        "misurare che cosa è cambiato per le persone, prima e dopo, e dire con quale strumento",
        "measure what changed for people, before and after, and say with which instrument",
    ),
    ResultKind.OUTCOME: Text(
        "confrontarlo con ciò che sarebbe accaduto altrimenti, per esempio in un gruppo simile",
        "compare it with what would have happened otherwise, for example in a similar group",
    ),
}
"""What the next step asks of a result that has all that its kind can have here."""
_COUNT: Final = Text("dire quanti: manca il numero", "say how many: there is no number")
_WANTING: Final = (
    ("unit", Text("l’unità di misura", "the unit")),
    ("period_as_said", Text("il periodo", "the period")),
    ("method_as_said", Text("come è stato misurato", "how it was measured")),
)
"""What a measured outcome must say besides its value."""


@dataclass(frozen=True, slots=True)
class Step:
    """The step that a result is on, with its name, and in words what the next one asks for."""

    number: int
    name: Link
    next_name: str
    next_step: str


def evidence_of(result: ReportedResult) -> int | None:
    """The step of a result: 0, 1 or 2; None where it claims nothing."""
    if result.kind not in CLAIMS:
        return None
    measured = result.measurement
    if measured is None or measured.value is None or result.kind not in _COUNTED:
        return 0
    return 2 if result.kind is ResultKind.OUTCOME and not _lacking(measured) else 1


def step(visit: Visit, result: ReportedResult) -> Step | None:
    """The step of a result in words; None where it claims nothing."""
    number = evidence_of(result)
    if number is None:
        return None
    name = link(visit, ns.concept("livello-evidenza", str(number)))
    above = link(visit, ns.concept("livello-evidenza", str(number + 1)))
    return Step(number, name, above.label, _next(visit, result, number))


def _next(visit: Visit, result: ReportedResult, number: int) -> str:
    measured = result.measurement
    if result.kind is not ResultKind.QUALITATIVE and number == 0:
        return _COUNT.to(visit.lang)
    lacking = _lacking(measured) if measured and result.kind is ResultKind.OUTCOME else []
    if not lacking:
        return _NEXT[result.kind].to(visit.lang)
    parts = ", ".join(text.to(visit.lang) for text in lacking)
    return visit.text(f"dire {parts}", f"say {parts}")


def _lacking(measured: Measurement) -> list[Text]:
    return [text for name, text in _WANTING if not getattr(measured, name)]
