"""The command `talea`: reads the command line, turns every error into one line and an exit code.

What each command does is in `commands`, imported only when one runs, so that `talea --help` answers
at once.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn

OK, FINDINGS, USAGE, ENVIRONMENT, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130

_EXIT_CODES: Final = """\
codici di uscita:
  0  tutto bene
  1  qualcosa da correggere nei dati, nel file o nella query
  2  riga di comando o impostazione sbagliata
  3  l'ambiente non lo permette: cartella non scrivibile, porta occupata, disco pieno
  4  errore interno
"""


_ITEM: Final = """\
il file è un elenco JSON: [ {scheda}, {scheda} ]. Campi obbligatori di ogni scheda:
  id            nome della scheda nell'indirizzo: lettere minuscole, cifre e trattini
  realizzatore  chi la promuove: {"nome": …, "tipo": "Comune", "comune_istat": …}
                tipo: Comune, ATS, ETS, Regione, Provincia, Impresa sociale, Comune estero,
                Unione estera, Comune con ETS, ETS con Comune, ETS con ente locale,
                Servizio sanitario con ETS, Programma nazionale
                comune_istat è il nome del Comune, e serve quando il tipo è Comune
  paese         per esempio "Italia"
  fonti         elenco di indirizzi web, almeno uno
  confidenza    low, medium o high
  festival      {"selezionata": true, false o null}: null vuol dire che non si sa
facoltativi: titolo, regione, luogo, sede, livello_attuazione, contesto, periodo, anno_inizio,
  area_tematica, destinatari, bisogno, azioni, componenti, fasi, atti, esiti, valutazione, risorse,
  costi, personale, partner, prerequisiti, fattori_critici, quando_non_funziona, cosa_adattare,
  strumenti_di_replica, esperienze_affini, ostacoli, margini_miglioramento, replicabilita,
  replicata_da, replicata_da_dettaglio, replicata_da_scheda, repliche, replica_di,
  ruolo_nella_filiera, integra_id, correlate, piani, pagina_web, nota_confidenza, nota,
  nota_redazionale, stato_scheda, pratiche_documentate_stesso_ente, scheda_esistente, temi
Un campo che non si conosce si lascia fuori. Con titolo, bisogno, azioni e una fonte la scheda
è documentata. «scheda_esistente»: true aggiunge questi fatti alla scheda che c'è già. «temi»
lega la scheda a voci dei vocabolari: {"concetto": "bisogno/isolamento", "parole": le parole della
scheda che lo dicono}. Le repliche con una storia propria stanno accanto:
{ "practices": [ … ], "transfers": [ … ] }.
Un prerequisito può dire ciò che si controlla da sé: {"descrizione": …, "grandezza": "residenti",
"almeno": 8000, "al_massimo": 20000, "forma_ambito": "consorzio"}. Un fattore critico con il suo
«motivo» può dire per che cosa si confronta con altri luoghi: "criteri": ["c1", "c4"].
Un esempio intero è nella pagina /progetto#aggiungi del sito.

"""

_EXPORT: Final = """\
La cartella ha i pesi in virgola mobile (safetensors), il tokenizer e i prompt: la apre qualunque
programma che usa sentence-transformers.

"""

_PUBLISH: Final = """\
Una pubblicazione è una scheda del catalogo («pubblicazione»), con il titolo, la premessa e la query
che sceglie le pratiche. Con Talea ne arrivano due: antologia e festival-2024. Le tue stanno nella
tua cartella, in records/pubblicazione. Fissata ai suoi dati, dà gli stessi file ogni volta.

"""

_GOLDEN: Final = """\
il file è un elenco JSON: [ {"id": …, "query": …, "kind": …, "relevant": {"codice": 1, …}} ]
  query     che cosa si cerca
  kind      di che genere è, per avere le misure anche per genere
  relevant  le schede utili, per codice, con un voto: 1 la sfiora, 2 risponde in parte, 3 risponde;
            una scheda che non c'è vale 0; vuoto: nessuna risponde, e la ricerca lo deve capire
Le misure sono sui primi dieci risultati. Di ogni differenza si dà l'intervallo in cui sta 95 volte
su 100 (bootstrap). Il catalogo in uso resta com'è, anche quando si prova un altro motore.

"""

_COPY: Final = """\
La copia si apre dal disco con un browser (index.html), senza rete e senza programmi, e si pubblica
così com'è su qualunque sito. La cartella è nuova, vuota, o una copia fatta prima, che viene
sostituita. Con TALEA_BASE_URL la copia dice dove si trova il sito.

"""

_SAID: Final = (
    ("the following arguments are required:", "manca:"),
    ("unrecognized arguments:", "non si capisce:"),
    ("expected one argument", "serve un valore"),
    ("expected at least one argument", "serve almeno un valore"),
    ("invalid choice:", "valore non ammesso:"),
    ("choose from", "si sceglie tra"),
    ("invalid int value:", "serve un numero intero, non"),
    ("ambiguous option:", "opzione ambigua:"),
    ("could match", "può essere"),
    ("ignored explicit argument", "non vuole un valore:"),
    ("argument ", ""),
)
"""What argparse says in English, and what we say."""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "uso: " if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """A parser that says in Italian also what argparse says by itself."""

    def __init__(self, *, plain: bool = False, **options: Any) -> None:
        super().__init__(add_help=False, formatter_class=_Formatter, **options)
        # The options of a parent join those of a parser by the title: only a whole parser renames.
        if not plain:
            self._positionals.title = "argomenti"
            self._optionals.title = "opzioni"
            self.add_argument("-h", "--help", action="help", help="mostra questo aiuto")

    def error(self, message: str) -> NoReturn:
        for english, italian in _SAID:
            message = message.replace(english, italian)
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8
    # Not `set_defaults`: the commands share these options, and would put the default back.
    options = parser().parse_args(arguments, argparse.Namespace(home=None, debug=False))
    options.alone = arguments is None  # this process runs this command and nothing else
    try:
        from . import commands

        return commands.run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: nothing is wrong, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if options.debug:
            raise
        from . import failures

        line, code = failures.explain(error)
        print(f"talea: {line}", file=sys.stderr)
        return code


def parser() -> argparse.ArgumentParser:
    """The command line, in Italian."""
    shared = _Parser(plain=True)
    shared.add_argument(
        "--home",
        metavar="CARTELLA",
        default=argparse.SUPPRESS,
        help="dove stanno le versioni del catalogo e le tue schede (o TALEA_HOME)",
    )
    shared.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="mostra la traccia completa di un errore",
    )
    top = _Parser(
        prog="talea",
        description="Talea, il catalogo delle buone pratiche di welfare locale.",
        epilog=_EXIT_CODES,
        parents=[shared],
    )
    top.add_argument("--version", action="store_true", help="mostra la versione")
    commands = top.add_subparsers(
        dest="command", metavar="COMANDO", title="comandi", parser_class=_Parser
    )

    def command(
        name: str,
        text: str,
        example: str,
        more: str = "",
        among: "argparse._SubParsersAction[_Parser]" = commands,
    ) -> _Parser:
        return among.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"esempio:\n  {example}\n\n{more}{_EXIT_CODES}",
            parents=[shared],
        )

    serve = command(
        "serve",
        "costruisce il catalogo e lo mostra a un indirizzo di questo computer",
        "talea serve --port 8080",
    )
    serve.add_argument("--host", metavar="INDIRIZZO", help="dove ascoltare (127.0.0.1)")
    serve.add_argument("--port", metavar="PORTA", type=int, help="porta (8000)")

    build = command(
        "build", "costruisce una versione del catalogo e la mette in uso", "talea build --home dati"
    )
    build.add_argument(
        "--full", action="store_true", help="rifai tutto, senza fidarti della versione in uso"
    )

    pin = command(
        "pin",
        "conserva per sempre un'edizione dei dati, che qualcuno ha citato",
        "talea pin 3f2a90c1d4e7",
    )
    pin.add_argument("digest", metavar="IMPRONTA", help="l'impronta dell'edizione, o il suo inizio")

    validate = command(
        "validate", "controlla le schede e dice che cosa non va", "talea validate mia-scheda.ttl"
    )
    validate.add_argument(
        "paths", metavar="FILE", nargs="*", help="file o cartelle (senza, tutte le schede)"
    )
    validate.add_argument(
        "--missing", action="store_true", help="di' anche che cosa manca per il livello successivo"
    )

    import_ = command(
        "import",
        "trasforma un file JSON o un modulo Excel in schede della tua cartella",
        "talea import pratiche.json\n  talea import modulo.xlsx --report esito.xlsx",
        _ITEM,
    )
    import_.add_argument(
        "file",
        metavar="FILE",
        help="le schede da aggiungere, .json o .xlsx; un .csv è il registro regionale dei servizi",
    )
    import_.add_argument(
        "--report",
        metavar="ESITO.xlsx",
        help="dove scrivere lo stesso modulo con le celle da correggere colorate e il motivo",
    )

    template = command(
        "template",
        "scrive il modulo Excel da compilare, vuoto o con schede da correggere",
        "talea template --out modulo.xlsx",
    )
    template.add_argument(
        "--out",
        metavar="MODULO.xlsx",
        required=True,
        help="il file da scrivere, che non c'è ancora",
    )
    template.add_argument(
        "--practice",
        metavar="CODICE",
        action="append",
        default=[],
        help="una scheda da mettere nel modulo, per codice; si può ripetere",
    )

    search = command(
        "search", "cerca una pratica", 'talea search "taxi sociale" --comune 072006 --limit 5'
    )
    search.add_argument(
        "text",
        metavar="PAROLE",
        nargs="?",
        default="",
        help="che cosa cercare, tra virgolette; senza, tutte le schede",
    )
    search.add_argument(
        "--comune",
        metavar="ISTAT",
        action="append",
        default=[],
        help="solo le pratiche di un Comune, per codice ISTAT a sei cifre; si può ripetere",
    )
    search.add_argument(
        "--limit", metavar="N", type=int, default=20, help="quante mostrarne, da 1 a 100 (20)"
    )
    search.add_argument("--json", action="store_true", help="in JSON, come /api/v1/search")

    fit = command(
        "fit",
        "confronta una pratica con un Comune: che cosa blocca, che cosa cambia, che cosa non si sa",
        "talea fit scheda-pippi --comune 072023",
    )
    fit.add_argument("slug", metavar="CODICE", help="la scheda, per codice")
    fit.add_argument(
        "--comune", metavar="ISTAT", required=True, help="il Comune, per codice ISTAT a sei cifre"
    )
    fit.add_argument("--json", action="store_true", help="in JSON, come /api/v1/practices/…/fit")

    query = command(
        "query",
        "esegue una query SPARQL sul catalogo, negli stessi limiti del servizio pubblico",
        'echo "SELECT * { ?s ?p ?o } LIMIT 5" | talea query - --format csv',
    )
    query.add_argument("file", metavar="FILE", nargs="?", help="file con la query; - per lo stdin")
    query.add_argument("--name", metavar="NOME", help="una delle query del catalogo")
    query.add_argument(
        "--set",
        metavar="NOME=VALORE",
        action="append",
        default=[],
        help="valore di un parametro della query del catalogo",
    )
    query.add_argument("--format", choices=("json", "csv", "ttl"), help="formato della risposta")

    publish = command(
        "publish",
        "compone una pubblicazione dal catalogo: il libro da stampare, quello da leggere",
        "talea publish --edition antologia --format all --out libro",
        _PUBLISH,
    )
    publish.add_argument(
        "--edition", metavar="CODICE", required=True, help="quale pubblicazione, per codice"
    )
    publish.add_argument(
        "--out", metavar="CARTELLA", help="dove scrivere i file; se non c'è, nasce"
    )
    publish.add_argument(
        "--format",
        choices=("pdf", "epub", "html", "all"),
        default="pdf",
        help="pdf da stampare, epub per i lettori, html per il browser, all per tutti (pdf)",
    )
    publish.add_argument(
        "--paper", choices=("a4", "a5"), default="a4", help="il foglio del PDF (a4)"
    )
    publish.add_argument("--lang", choices=("it", "en"), default="it", help="la lingua (it)")
    publish.add_argument(
        "--select",
        metavar="QUERY.rq",
        help="scegli le pratiche con questa query SPARQL: la prima colonna sono loro",
    )
    publish.add_argument(
        "--only-complete",
        action="store_true",
        help="lascia fuori le schede a cui manca qualcosa",
    )
    publish.add_argument(
        "--pin",
        action="store_true",
        help="non scrivere: fissa la pubblicazione ai dati di oggi, e conservali",
    )

    judge = command(
        "eval",
        "misura la ricerca con query giudicate",
        "talea eval giudizi.json --ablate",
        _GOLDEN,
    )
    judge.add_argument("golden", metavar="GIUDIZI.json", help="le query giudicate")
    judge.add_argument(
        "--engine",
        metavar="MOTORE",
        help="prova un altro motore: bundled, none o sentence-transformers:MODELLO",
    )
    judge.add_argument(
        "--ablate", action="store_true", help="di' anche quanto si perde senza ciascun segnale"
    )
    judge.add_argument("--json", action="store_true", help="in JSON")

    copy = command(
        "export",
        "scrive tutto il catalogo come sito da aprire senza un server",
        "talea export --static copia",
        _COPY,
    )
    copy.add_argument(
        "--static", metavar="CARTELLA", required=True, help="dove scrivere la copia (180 MB)"
    )

    model = command(
        "model",
        "esporta il modello linguistico incluso in Talea",
        "talea model export modello",
    )
    actions = model.add_subparsers(
        dest="action",
        metavar="AZIONE",
        title="azioni",
        required=True,
        parser_class=_Parser,
        help="che cosa farne",
    )
    export = command(
        "export",
        "scrive il modello incluso come cartella di sentence-transformers",
        "talea model export modello",
        _EXPORT,
        actions,
    )
    export.add_argument(
        "folder", metavar="CARTELLA", help="dove scriverlo (480 MB): una cartella nuova o vuota"
    )
    return top


if __name__ == "__main__":
    sys.exit(main())
