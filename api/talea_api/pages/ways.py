"""Pages of the site that a search text asks for, rather than practices: «confronta due pratiche».

A short list of words, each as people write it: whoever types a question about the site into the
search box is led to the page that answers it, above the results.
"""

from typing import Final

from talea_catalogue.text import fold

from ..language import Text
from ..views import Visit
from .common import Link

__all__ = ["ways"]

_COMPARE: Final = frozenset(
    {"confronta", "confrontare", "confronto", "confrontiamo", "compare", "comparison"}
)
_PLAN: Final = frozenset({"scarica", "scaricare", "trasferimento", "download", "transfer"})
_TAKEN_UP: Final = frozenset(
    {
        *("ripetuto", "ripetuta", "ripetute", "ripetuti", "ripreso", "ripresa", "riprese"),
        *("copiato", "copiata", "replicato", "replicata", "replicate", "repeated", "replicated"),
    }
)
_MEASURED: Final = frozenset({"misurati", "misurato", "misurata", "misurate", "measured"})
_START: Final = frozenset(
    {"avviare", "possiamo", "potremmo", "potete", "bloccate", "bloccata", "start"}
)
_WAYS: Final = (
    (
        _COMPARE,
        Text("Confronta due pratiche e scarica il piano", "Compare two practices, get the plan"),
        "/confronta",
    ),
    (
        _TAKEN_UP,
        Text("Le pratiche già riprese altrove", "The practices already taken up elsewhere"),
        "/pratiche?replicata=si",
    ),
    (
        _TAKEN_UP,
        Text(
            "Chi come voi ha ripreso una pratica: scegli il tuo Comune",
            "Who like you has taken up a practice: choose your Comune",
        ),
        "/comuni",
    ),
    (
        _START,
        Text(
            "Che cosa potreste avviare: scegli il tuo Comune",
            "What you could start: choose your Comune",
        ),
        "/comuni",
    ),
    (
        _MEASURED,
        Text(
            "I bisogni con e senza risultati misurati",
            "The needs with and without measured results",
        ),
        "/bisogni/prove",
    ),
)


def ways(visit: Visit, text: str, *, comune: bool) -> list[Link]:
    """The pages that a text asks for; not those that choose a Comune where one is named already."""
    said = set(fold(text).split())
    if "piano" in said and said & _PLAN:
        said.add("confronta")
    return [
        Link(label.to(visit.lang), visit.base + path)
        for words, label, path in _WAYS
        if said & words and not (comune and path == "/comuni")
    ]
