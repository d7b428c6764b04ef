"""The twenty things that a sheet may say, and how many of them its sources give."""

from collections.abc import Callable
from typing import Final

from talea_catalogue.model import Practice, ResultKind

from ..language import Lang, Text

FIELDS: Final[tuple[tuple[Text, Callable[[Practice], object]], ...]] = (
    (Text("il bisogno", "the need"), lambda p: p.needs),
    (Text("a chi è rivolta", "who it is for"), lambda p: p.recipients),
    (Text("le azioni", "the actions"), lambda p: p.actions),
    (Text("il luogo", "the place"), lambda p: p.implemented_in or p.promoter_place or p.region),
    (Text("il periodo", "the period"), lambda p: p.period_as_said or p.start_year),
    (Text("chi la promuove", "who promotes it"), lambda p: p.promoters),
    (Text("l’ufficio", "the office"), lambda p: p.promoter_office),
    (Text("i partner", "the partners"), lambda p: p.partners),
    (
        Text("esiti misurati", "measured outcomes"),
        lambda p: [r for r in p.results if r.kind is ResultKind.OUTCOME],
    ),
    (
        Text("realizzazioni o esiti qualitativi", "outputs or qualitative findings"),
        # A forecast, a capacity or a fact around the practice does not say what it produced.
        lambda p: [r for r in p.results if r.kind in (ResultKind.OUTPUT, ResultKind.QUALITATIVE)],
    ),
    (Text("le somme", "the sums"), lambda p: p.budgets),
    (Text("chi finanzia", "who funds it"), lambda p: p.funding_as_said or p.funding),
    (Text("il personale", "the staff"), lambda p: p.staff),
    (Text("gli ostacoli", "the obstacles"), lambda p: p.obstacles),
    (Text("i margini di miglioramento", "the room for improvement"), lambda p: p.improvements),
    (Text("la replicabilità", "replicability"), lambda p: p.replicability),
    (Text("i prerequisiti", "the prerequisites"), lambda p: p.prerequisites),
    (Text("le repliche", "replications"), lambda p: p.replications or p.replica_of),
    (Text("la pagina web", "the web page"), lambda p: p.web_page),
    (Text("le fonti", "the sources"), lambda p: p.record.sources),
)

WANTING: Final[dict[str, Text]] = {
    "title": Text("il titolo", "its title"),
    "hasNeed": Text("il bisogno", "the need"),
    "hasAction": Text("che cosa si fa", "what is done"),
    "hasReportedResult": Text("che cosa ha prodotto", "what it produced"),
    "hasObstacle": Text("gli ostacoli incontrati", "the obstacles met"),
    "hasImprovementArea": Text("i margini di miglioramento", "the room for improvement"),
    "replicabilityStatement": Text(
        "che cosa si dice della replicabilità", "what is said of replicability"
    ),
    "hasResource": Text("le risorse impiegate", "the resources used"),
    "hasPrerequisite": Text("i prerequisiti", "the prerequisites"),
    "hasMeasurement": Text(
        "almeno un esito misurato con il suo periodo",
        "at least one measured outcome with its period",
    ),
}
"""In words, what a record lacks for the next level, by the local name of the property."""


def given(practice: Practice) -> int:
    """How many of the fields the sources give."""
    return sum(1 for _, value in FIELDS if value(practice))


def unknown(practice: Practice, lang: Lang) -> list[str]:
    """The names of the fields that no source gives."""
    return [name.to(lang) for name, value in FIELDS if not value(practice)]
