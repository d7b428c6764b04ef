"""The machine codes of errors: one table, which `/api` lists and tests enumerate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .language import Text


@dataclass(frozen=True, slots=True)
class Code:
    """A machine code: HTTP status, title, and what to do where the problem itself says nothing."""

    status: int
    title: Text
    advice: Text | None = None


CODES: Final[Mapping[str, Code]] = {
    "bad-request": Code(400, Text("La richiesta non è valida", "The request is not valid")),
    "not-http": Code(
        400,
        Text("Questo non è HTTP", "This is not HTTP"),
        Text(
            "La richiesta non segue HTTP/1.1: mandala con un programma che lo parla.",
            "The request does not follow HTTP/1.1: send it with a program that speaks it.",
        ),
    ),
    "bad-parameter": Code(400, Text("Un parametro non è valido", "A parameter is not valid")),
    "not-from-there": Code(
        403,
        Text("Questi dati si leggono solo da qui", "These figures are read from here only"),
        Text(
            "I contatori si leggono da questo computer e dalle reti di TALEA_METRICS_FROM.",
            "Counters are read from this machine and the networks of TALEA_METRICS_FROM.",
        ),
    ),
    "not-found": Code(
        404,
        Text("Questa pagina non c’è", "There is no such page"),
        Text("L’indirizzo non porta a nulla.", "The address leads nowhere."),
    ),
    "method": Code(
        405,
        Text("Metodo non ammesso", "Method not allowed"),
        Text(
            "Questo indirizzo non accetta il metodo usato.",
            "This address does not take the method used.",
        ),
    ),
    "not-acceptable": Code(
        406, Text("Nessun formato fra quelli chiesti", "None of the formats asked for")
    ),
    "gone": Code(
        410,
        Text("Questa scheda è stata ritirata", "This record was withdrawn"),
        Text("La scheda non è più nel catalogo.", "The record is no longer in the catalogue."),
    ),
    "body-too-large": Code(413, Text("La richiesta è troppo grande", "The request is too large")),
    "address-too-long": Code(414, Text("L’indirizzo è troppo lungo", "The address is too long")),
    "range-not-satisfiable": Code(
        416,
        Text("Il file non arriva fin lì", "The file does not reach that far"),
        Text(
            "Chiedi byte che il file ha: quanti sono lo dice Content-Range.",
            "Ask for bytes that the file has: Content-Range says how many there are.",
        ),
    ),
    "unsupported-media-type": Code(
        415, Text("Il formato inviato non si legge qui", "The format sent is not read here")
    ),
    "slow-request": Code(
        408,
        Text("La richiesta è arrivata troppo piano", "The request came too slowly"),
        Text(
            "Mandala tutta insieme, su una nuova connessione.",
            "Send it all at once, on a new connection.",
        ),
    ),
    "too-many-connections": Code(
        429,
        Text("Troppe connessioni insieme", "Too many connections at once"),
        Text(
            "Usa poche connessioni, una richiesta dopo l’altra.",
            "Use few connections, one request after the other.",
        ),
    ),
    "headers-too-long": Code(
        431,
        Text("Le intestazioni sono troppo lunghe", "The headers are too long"),
        Text("Mandane meno, o più corte.", "Send fewer, or shorter ones."),
    ),
    "crowded": Code(
        503,
        Text("Il sito è affollato", "The site is crowded"),
        Text("Riprova tra qualche secondo.", "Try again in a few seconds."),
    ),
    "search-crowded": Code(
        503,
        Text("Troppi stanno cercando insieme", "Too many are searching at once"),
        Text(
            "Riprova tra qualche secondo. Intanto le pratiche si sfogliano con i filtri.",
            "Try again in a few seconds. Meanwhile, practices can be browsed by filter.",
        ),
    ),
    "search-failed": Code(
        503,
        Text("La ricerca a parole ora non funziona", "Search by words does not work now"),
        Text(
            "Il modello che legge il senso delle parole non risponde. Le pratiche si sfogliano con "
            "i filtri; chi gestisce il sito trova il motivo nei messaggi del server.",
            "The model that reads the meaning of words does not answer. Practices can be browsed "
            "by filter; whoever runs the site finds the reason in the messages of the server.",
        ),
    ),
    "too-many-requests": Code(429, Text("Troppe richieste", "Too many requests")),
    "internal": Code(
        500,
        Text("Qualcosa non ha funzionato", "Something went wrong"),
        Text("L’errore è nostro. Riprova tra qualche minuto.", "The fault is ours. Try again."),
    ),
    "catalogue": Code(503, Text("Il catalogo non risponde", "The catalogue does not answer")),
    # The SPARQL service. The detail comes from `talea_sparql`, the advice from here.
    "malformed": Code(
        400, Text("La richiesta non segue il protocollo", "The request breaks the protocol")
    ),
    "method-not-allowed": Code(405, Text("Metodo non ammesso", "Method not allowed")),
    "syntax": Code(400, Text("La query ha un errore di sintassi", "The query has a syntax error")),
    "evaluation": Code(400, Text("La query non si può valutare", "The query cannot be evaluated")),
    "service-refused": Code(
        403,
        Text("SERVICE non è ammesso", "SERVICE is refused"),
        Text(
            "Qui non si interrogano altri servizi: fallo dal tuo computer.",
            "This service asks no other address: query the other service from your own machine.",
        ),
    ),
    "update-refused": Code(
        403,
        Text("Qui si può solo leggere", "Read only"),
        Text(
            "Il servizio accetta solo interrogazioni, non aggiornamenti.",
            "The service takes queries only, no updates.",
        ),
    ),
    "query-too-long": Code(
        413,
        Text("La query è troppo lunga", "The query is too long"),
        Text("Accorciala, o usa i dati da scaricare.", "Shorten it, or use the data to download."),
    ),
    "too-deep": Code(
        400,
        Text("La query è troppo annidata", "The query is nested too deep"),
        Text("Togli qualche livello di parentesi.", "Remove some levels of brackets."),
    ),
    "too-many-patterns": Code(
        400,
        Text("La query ha troppi modelli di triple", "The query has too many patterns"),
        Text("Dividila in più query.", "Split it into several queries."),
    ),
    "matches": Code(
        400,
        Text("talea:matches non si può usare così", "talea:matches cannot be used like this"),
        Text(
            "Il testo da cercare si scrive nella query, come in: "
            '?pratica talea:matches "dopo scuola". '
            'Per il punteggio: ?pratica talea:matches ("dopo scuola" ?punteggio).',
            "The text to search for is written in the query, as in: "
            '?practice talea:matches "dopo scuola". '
            'For the score: ?practice talea:matches ("dopo scuola" ?score).',
        ),
    ),
    "too-many-operators": Code(
        400,
        Text("La query ha troppi operatori", "The query has too many operators"),
        Text("Dividila in più query.", "Split it into several queries."),
    ),
    "deadline": Code(
        504,
        Text("La query ha superato il tempo", "The query took too long"),
        Text(
            "Aggiungi condizioni, o usa i dati da scaricare alla pagina /dati.",
            "Add conditions, or use the data to download on the page /dati.",
        ),
    ),
    "result-too-large": Code(
        422,
        Text("Il risultato è troppo grande", "The result is too large"),
        Text(
            "Aggiungi LIMIT, o usa i dati da scaricare alla pagina /dati.",
            "Add LIMIT, or use the data to download on the page /dati.",
        ),
    ),
    "memory": Code(
        422,
        Text("La query chiede troppa memoria", "The query needs too much memory"),
        Text("Aggiungi condizioni o togli ORDER BY.", "Add conditions or drop ORDER BY."),
    ),
    "busy": Code(
        429,
        Text("Hai già altre query in corso", "You already have queries running"),
        Text("Aspetta che finiscano.", "Wait until they end."),
    ),
    "queue-full": Code(
        503,
        Text("Il servizio è occupato", "The service is busy"),
        Text("Riprova tra poco.", "Try again shortly."),
    ),
    "unavailable": Code(
        503,
        Text("Il servizio SPARQL non risponde", "The SPARQL service does not answer"),
        Text("Il resto del catalogo funziona.", "The rest of the catalogue works."),
    ),
    "remote-engine": Code(
        502,
        Text("Il motore delle query ha risposto male", "The query engine answered wrongly"),
        Text(
            "Riprova tra poco, o usa i dati da scaricare alla pagina /dati.",
            "Try again shortly, or use the data to download on the page /dati.",
        ),
    ),
    "crashed": Code(
        500,
        Text("La query ha fermato il suo processo", "The query stopped its process"),
        Text("Il servizio è già ripartito.", "The service is already up again."),
    ),
}
