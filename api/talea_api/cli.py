"""The command `talea`: reads the command line, turns every error into one line and an exit code.

What each command does is in `commands`, imported only when one runs, so that `talea --help` answers
at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

OK, FINDINGS, USAGE, ENVIRONMENT, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130

_EXIT_CODES: Final = """\
codici di uscita:
  0  tutto bene
  1  qualcosa da correggere nei dati, nel file o nella query
  2  riga di comando o impostazione sbagliata
  3  l'ambiente non lo permette: cartella non scrivibile, porta occupata, disco pieno
  4  errore interno
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
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
    shared = argparse.ArgumentParser(add_help=False)
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
    top = argparse.ArgumentParser(
        prog="talea",
        description="Talea, il catalogo delle buone pratiche di welfare locale.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    top.set_defaults(home=None, debug=False)
    top.add_argument("--version", action="store_true", help="mostra la versione")
    commands = top.add_subparsers(dest="command", metavar="COMANDO")

    def command(name: str, text: str, example: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"esempio:\n  {example}\n\n{_EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[shared],
        )

    serve = command(
        "serve",
        "costruisce il catalogo e lo mostra a un indirizzo di questo computer",
        "talea serve --port 8080",
    )
    serve.add_argument("--host", metavar="INDIRIZZO", help="dove ascoltare (127.0.0.1)")
    serve.add_argument("--port", metavar="PORTA", type=int, help="porta (8000)")

    command(
        "build", "costruisce una versione del catalogo e la mette in uso", "talea build --home dati"
    )

    validate = command(
        "validate", "controlla le schede e dice che cosa non va", "talea validate mia-scheda.ttl"
    )
    validate.add_argument("paths", metavar="FILE", nargs="*", help="file o cartelle (tutto)")
    validate.add_argument(
        "--missing", action="store_true", help="di' anche che cosa manca per il livello successivo"
    )

    import_ = command(
        "import",
        "trasforma un file JSON in schede della tua cartella",
        "talea import pratiche.json",
    )
    import_.add_argument("file", metavar="FILE.json")

    search = command(
        "search", "cerca una pratica", 'talea search "taxi sociale" --comune 072006 --limit 5'
    )
    search.add_argument("text", metavar="PAROLE", nargs="?", default="")
    search.add_argument("--comune", metavar="ISTAT", action="append", default=[])
    search.add_argument("--limit", metavar="N", type=int, default=20, help="da 1 a 100 (20)")
    search.add_argument("--json", action="store_true", help="come /api/v1/search")

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
    return top


if __name__ == "__main__":
    sys.exit(main())
