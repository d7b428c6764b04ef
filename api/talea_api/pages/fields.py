"""The fields of a sheet, in its order: what each is called, and where the sheet shows it.

What counts as an answer is in one place, the query `practice-fields.rq`; a test keeps the keys here
and there equal.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from ..language import Lang, Text


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a sheet may say.

    `inline` is true where the sheet writes «non indicato» in the place of the answer; the others
    are named together at the end of their section. `of` is the field that this one is a detail of.
    """

    key: str
    name: Text
    inline: bool = False
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The fields that a sheet shows under one heading; `anchor` is that heading's."""

    anchor: str
    title: Text
    fields: tuple[Field, ...]


SECTIONS: Final = (
    Section(
        "azioni",
        Text("Che cos’è", "What it is"),
        (
            Field("bisogno", Text("il bisogno", "the need"), inline=True),
            Field("destinatari", Text("a chi è rivolta", "who it is for"), inline=True),
            Field("azioni", Text("le azioni", "the actions"), inline=True),
            Field("periodo", Text("il periodo", "the period"), inline=True),
            Field("luogo", Text("il luogo", "the place"), inline=True),
            Field("livello", Text("il livello a cui è attuata", "the level of implementation")),
            Field("contesto", Text("il contesto del luogo", "the context of the place")),
        ),
    ),
    Section(
        "promotore",
        Text("Chi la fa", "Who runs it"),
        (
            Field("promotore", Text("chi la promuove", "who promotes it"), inline=True),
            Field("ufficio", Text("l’ufficio", "the office"), inline=True),
            Field("partner", Text("i partner", "the partners"), inline=True),
        ),
    ),
    Section(
        "costi",
        Text("Che cosa è servito", "What it took"),
        (
            Field("somme", Text("le somme", "the sums"), inline=True),
            Field(
                "tipo-spesa",
                Text(
                    "se le spese sono di avvio o di esercizio",
                    "whether costs are for starting or for running",
                ),
                of="somme",
            ),
            Field("finanziamento", Text("chi finanzia", "who funds it"), inline=True),
            Field("personale", Text("il personale", "the staff"), inline=True),
            Field(
                "persone",
                Text("quante persone ci lavorano", "how many people work on it"),
                of="personale",
            ),
            Field("ore", Text("le ore di lavoro", "the hours of work"), of="personale"),
            Field("fasi", Text("le fasi", "the steps")),
            Field("tempi-fasi", Text("i tempi delle fasi", "the times of the steps"), of="fasi"),
            Field("atti", Text("gli atti", "the formal acts")),
        ),
    ),
    Section(
        "risultati",
        Text("Che cosa ha prodotto", "What came of it"),
        (
            Field("esiti", Text("esiti misurati", "measured outcomes"), inline=True),
            Field(
                "periodo-esiti",
                Text("il periodo degli esiti misurati", "the period of measured outcomes"),
                of="esiti",
            ),
            Field(
                "realizzazioni",
                Text("realizzazioni o esiti qualitativi", "outputs or qualitative findings"),
            ),
            Field("valutazione", Text("come è stata valutata", "how it was evaluated")),
        ),
    ),
    Section(
        "replicabilita",
        Text("Che cosa serve per ripeterla", "What it takes to repeat it"),
        (
            Field("replicabilita", Text("la replicabilità", "replicability")),
            Field("componenti", Text("le componenti", "the components")),
            Field(
                "essenziali",
                Text(
                    "quali componenti sono essenziali e quali no",
                    "which components are core and which are not",
                ),
                of="componenti",
            ),
            Field(
                "perche-componenti",
                Text("perché una componente c’è", "why a component is there"),
                of="componenti",
            ),
            Field("prerequisiti", Text("i prerequisiti", "the prerequisites")),
            Field(
                "vincolanti",
                Text("quali prerequisiti sono vincolanti", "which prerequisites are binding"),
                of="prerequisiti",
            ),
            Field(
                "perche-prerequisiti",
                Text("perché un prerequisito serve", "why a prerequisite is needed"),
                of="prerequisiti",
            ),
            Field(
                "verifica",
                Text("come verificare un prerequisito", "how to check a prerequisite"),
                of="prerequisiti",
            ),
            Field("fattori", Text("i fattori critici", "the critical factors")),
            Field(
                "perche-fattori",
                Text("perché un fattore è critico", "why a factor is critical"),
                of="fattori",
            ),
            Field("ostacoli", Text("gli ostacoli", "the obstacles"), inline=True),
            Field(
                "superati",
                Text("come gli ostacoli sono stati affrontati", "how the obstacles were met"),
                of="ostacoli",
            ),
            Field("limiti", Text("quando non funziona", "when it does not work")),
            Field("consigli", Text("che cosa adattare", "what to adapt")),
            Field("strumenti", Text("gli strumenti per ripeterla", "the tools to repeat it")),
            Field("margini", Text("i margini di miglioramento", "the room for improvement")),
        ),
    ),
    Section(
        "riprese",
        Text("Chi l’ha ripresa", "Who took it up"),
        (
            Field("riprese", Text("chi l’ha ripresa", "who took it up"), inline=True),
            Field(
                "rete",
                Text("chi sta nella stessa rete o programma", "who is in the same network"),
            ),
            Field(
                "cambiamenti",
                Text("che cosa ha cambiato chi l’ha ripresa", "what who took it up changed"),
                of="riprese",
            ),
            Field(
                "esiti-riprese",
                Text("com’è andata a chi l’ha ripresa", "how it went for who took it up"),
                of="riprese",
            ),
        ),
    ),
    Section(
        "fonti",
        Text("Da dove viene", "Where it comes from"),
        (
            Field("pagina", Text("la pagina web", "the web page"), inline=True),
            Field("fonti", Text("le fonti", "the sources"), inline=True),
        ),
    ),
)
FIELDS: Final = tuple(field for section in SECTIONS for field in section.fields)

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


def unsaid(said: Collection[str], lang: Lang) -> list[tuple[str, list[str]]]:
    """The fields without an answer, under the title of their section."""
    found = (
        (
            section.title.to(lang),
            [field.name.to(lang) for field in section.fields if field.key not in said],
        )
        for section in SECTIONS
    )
    return [(title, names) for title, names in found if names]


def left_out(said: Collection[str], lang: Lang) -> dict[str, list[str]]:
    """By anchor of its section, the fields without an answer that no «non indicato» there shows.

    A detail is named only where there is something that it would be a detail of.
    """
    return {
        section.anchor: [
            field.name.to(lang)
            for field in section.fields
            if field.key not in said and not field.inline and (field.of is None or field.of in said)
        ]
        for section in SECTIONS
    }
