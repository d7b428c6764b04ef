"""The first sheet of the form: what to do, in plain Italian, with one example."""

from collections.abc import Iterator, Sequence

from .plan import BODIES, PLACES, PRACTICES, Table

_BEGINNING = (
    "Una riga del foglio «Pratiche» è una pratica. Scrivi solo ciò che sai: una cella vuota vuol "
    "dire «non indicato», ed è meglio di una risposta inventata.",
    "Le colonne scure, con l'asterisco, sono obbligatorie: chi promuove la pratica e almeno una "
    "fonte, cioè l'indirizzo di una pagina web dove se ne parla.",
    "Il codice lascialo vuoto: si fa da solo.",
    "Dove c'è un elenco, scegli da lì. Se servono più valori nella stessa cella, scrivine uno per "
    "riga: per andare a capo premi Alt+Invio (in LibreOffice Ctrl+Invio).",
    "Azioni, bisogni, destinatari, risultati, risorse e il resto hanno un foglio ciascuno: una "
    "riga per ogni azione, una per ogni risultato, e così via. Nella colonna «pratica» scrivi il "
    "titolo della pratica come sta nel foglio «Pratiche» (puoi sceglierlo dall'elenco).",
    "Se manca un Comune fuori dalla Puglia, scrivi il nome con la sigla della provincia, per "
    "esempio «Castro (BG)».",
    "Se chi promuove la pratica non è nell'elenco, aggiungilo prima nel foglio «Enti nuovi».",
    "I numeri si scrivono come 1234,50. Non usare formule, macro e celle unite: non entrano.",
    "Puoi spostare o stringere le colonne, ma non cancellare la seconda riga, che è nascosta. "
    "Tieni il puntatore sul titolo di una colonna per sapere che cosa ci va.",
)
_EXAMPLE = (
    "Foglio «Pratiche»: titolo «Orti sociali»; chi la promuove «Comune di Trani»; Comune del "
    "promotore «Trani»; regione «Puglia»; paese «Italia»; anno di inizio 2021; fonti "
    "«https://www.comune.esempio.it/orti».",
    "Foglio «Bisogno»: pratica «Orti sociali»; testo «Gli anziani soli passano le giornate in "
    "casa.»; categoria di bisogno: una voce dell'elenco.",
    "Foglio «Azione», due righe, tutte e due con pratica «Orti sociali»: «Assegnazione di trenta "
    "orti» e «Corso di orticoltura».",
    "Foglio «Fatto riferito»: pratica «Orti sociali»; genere «Realizzazione»; descrizione «Orti "
    "assegnati»; misura: valore 30; misura: unità «orti»; misura: periodo secondo la fonte «2022».",
)
_END = (
    "Manda il file a chi cura il catalogo. Ti torna lo stesso file con le celle da correggere "
    "colorate, il motivo nel commento, e due fogli in fondo: «Errori» ed «Entrate». Correggi e "
    "rimanda lo stesso file: ciò che è già entrato non si raddoppia.",
)


def lines(plan: Sequence[Table]) -> Iterator[tuple[str, bool]]:
    """The lines of the sheet, each with whether it is a title."""
    yield "Modulo delle buone pratiche di welfare locale", True
    yield from ((text, False) for text in _BEGINNING)
    yield "Un esempio", True
    yield from ((text, False) for text in _EXAMPLE)
    yield "I fogli", True
    for table in plan:
        if not table.hidden:
            yield f"«{table.title}»: {_what(table)}", False
    yield "Dopo", True
    yield from ((text, False) for text in _END)


def _what(table: Table) -> str:
    fixed = {
        PRACTICES: "una riga per pratica.",
        BODIES: "solo chi non è già nell'elenco degli enti.",
        PLACES: "solo i luoghi fuori d'Italia che non sono già nell'elenco.",
    }
    if table.key in fixed:
        return fixed[table.key]
    listed = ", ".join(c.title for c in table.columns if not c.hidden and not c.key.startswith("#"))
    return f"colonne {listed}."
