"""What the SPARQL service says, in Italian: by itself it speaks English.

An error may bring its own Italian sentence. The others are recognised by their English one; what is
not, such as what the engine says of a text, is quoted as it is.
"""

import re
from typing import Final

from talea_sparql.errors import SparqlError

_QUOTED: Final = "Il servizio dice, in inglese: «{}»"
_SENTENCES: Final = tuple(
    (re.compile(english), italian)
    for english, italian in (
        # The limits.
        (
            r"The query has (\S+) bytes; the limit is (\S+)\.",
            "Il testo della query ha {} byte; il limite è {}.",
        ),
        (
            r"Brackets are nested deeper than (\S+) levels\.",
            "Ci sono più di {} parentesi annidate.",
        ),
        (
            r"The query has more than (\S+) patterns to plan\.",
            "La query ha più di {} parti da mettere in ordine.",
        ),
        (r"The query has more than (\S+) operators\.", "La query ha più di {} operatori."),
        (
            r"The query searches for more than (\S+) texts\.",
            "La query cerca più di {} testi.",
        ),
        (
            r"The (?:query|SPARQL engine) took longer than (\S+) seconds\.",
            "La query è durata più di {} secondi.",
        ),
        (
            r"The answer (?:of the engine )?has more than (\S+) bytes\.",
            "La risposta supera {} byte.",
        ),
        (
            r"The query needs more than (\S+) bytes of memory\.",
            "La query chiede più di {} byte di memoria.",
        ),
        (
            r"This client already has (\S+) queries under way\.",
            "Da qui sono già in corso {} query.",
        ),
        (r"Too many queries are waiting\.", "Ci sono troppe query in attesa."),
        (
            r"No query process became free in time\.",
            "Nessun processo per le query si è liberato in tempo.",
        ),
        # The service.
        (
            r"This service does not federate: SERVICE is refused\.",
            "Questo servizio non si rivolge ad altri: SERVICE è rifiutato.",
        ),
        (
            r"This service is read only: updates are refused\.",
            "Questo servizio è in sola lettura: gli aggiornamenti sono rifiutati.",
        ),
        (r"The query processes were restarted\.", "I processi per le query sono ripartiti."),
        (
            r"The query processes cannot (?:be )?start(?:ed)?\.",
            "I processi per le query non partono.",
        ),
        (r"The query pool is closed\.", "I processi per le query sono chiusi."),
        (
            r"The query ended the process that evaluated it\.",
            "La query ha fatto cadere il processo che la valutava.",
        ),
        (r"The release cannot be loaded: .*", "La versione del catalogo non si può caricare."),
        # The engine elsewhere.
        (
            r"The SPARQL engine (?:does not answer|was not reached)\.",
            "Il motore SPARQL non risponde.",
        ),
        (r"The SPARQL engine is busy\.", "Il motore SPARQL è occupato."),
        (
            r"The engine takes FROM or the graphs of the request, not both\.",
            "Questo motore prende i grafi da FROM o dalla richiesta, non da tutti e due.",
        ),
        (
            r"On this engine GRAPH needs FROM NAMED where there is FROM\.",
            "In questo motore, dove c’è FROM, a GRAPH serve FROM NAMED.",
        ),
        (
            r"Functions of the engine's own are not SPARQL 1\.1: write others\.",
            "Le funzioni proprie del motore non sono SPARQL 1.1: scrivine altre.",
        ),
        (
            r"(The (?:SPARQL )?engine .+)",
            "Il motore SPARQL ha risposto in un modo che non si può usare: «{}»",
        ),
        # The text of the query.
        (
            r"The query is not SPARQL 1\.1: (.*)",
            "Il testo non è SPARQL 1.1. Il motore dice, in inglese: «{}»",
        ),
        (
            r"The query cannot be evaluated: (.*)",
            "La query non si può valutare. Il motore dice, in inglese: «{}»",
        ),
        (r"The query ends too early \(line (\d+)\)\.", "La query finisce troppo presto (riga {})."),
        (
            r"(.+) is not a word of SPARQL \(line (\d+)\)\.",
            "{} non è una parola di SPARQL (riga {}).",
        ),
        (
            r"A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE \(line (\d+)\)\.",
            "Una query comincia con SELECT, ASK, CONSTRUCT o DESCRIBE (riga {}).",
        ),
        (
            r"The prefix (.*): is not declared \(line (\d+)\)\.",
            "Il prefisso {}: non è dichiarato (riga {}).",
        ),
        (
            r"(.*): can be read as a keyword and a name: rename the prefix \(line (\d+)\)\.",
            "{}: si può leggere come parola chiave e come nome: cambia il prefisso (riga {}).",
        ),
        (
            r"A bracket closes that was not opened \(line (\d+)\)\.",
            "Si chiude una parentesi che non era aperta (riga {}).",
        ),
        (
            r"The character (.+) has no meaning here \(line (\d+)\)\.",
            "Il carattere {} qui non ha senso (riga {}).",
        ),
        (
            r"'(<+)' can be read in two ways: put a space after (?:it|each '<') \(line (\d+)\)\.",
            "«{}» si può leggere in due modi: metti uno spazio dopo ogni «<» (riga {}).",
        ),
        (r"A string has no end \(line (\d+)\)\.", "Una stringa non finisce (riga {})."),
        (
            r"A string has an unknown escape \(line (\d+)\)\.",
            "In una stringa c’è una sequenza con \\ che non esiste (riga {}).",
        ),
        (
            r"An escape names no character \(line (\d+)\)\.",
            "Una sequenza con \\ non indica nessun carattere (riga {}).",
        ),
        (
            r"The query has half a surrogate pair\.",
            "Nella query c’è mezzo carattere Unicode (una metà di una coppia surrogata).",
        ),
    )
)


def in_italian(error: SparqlError) -> str:
    """The sentence of an error in Italian; the English one in quotes where there is none."""
    if error.italian:
        return error.italian
    for english, italian in _SENTENCES:
        found = english.fullmatch(error.detail)
        if found:
            return italian.format(*found.groups())
    return _QUOTED.format(error.detail)
