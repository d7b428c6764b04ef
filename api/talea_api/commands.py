"""What each command of `talea` does: functions from the parsed options to an exit code."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.errors import BuildError
from talea_catalogue.records import write_atomically

from .cli import FINDINGS, OK, USAGE
from .collector import without_collection
from .failures import UsageError
from .paths import Places, code_digest, locate
from .settings import Settings
from .version import VERSION

if TYPE_CHECKING:
    from talea_catalogue.build import Built
    from talea_catalogue.release import Release
    from talea_catalogue.sources import Sources


def run(options: argparse.Namespace) -> int:
    """Run the command that was asked for."""
    if options.version:
        print(f"talea {VERSION}")
        return OK
    chosen: dict[str | None, Callable[[argparse.Namespace], int]] = {
        "serve": serve,
        "build": build,
        "pin": pin,
        "validate": validate,
        "import": import_,
        "template": template,
        "search": search,
        "fit": fit,
        "query": query,
        "eval": judge,
        "export": export_,
        "model": model,
        "publish": publish,
    }
    function = chosen.get(options.command)
    if function is None:
        from .cli import parser

        parser().print_help()
        return USAGE
    return function(options)


def _settings(options: argparse.Namespace, **given: Any) -> Settings:
    home = Path(options.home).expanduser() if options.home else None
    return Settings.read(home=home, **given)


def _say(text: str) -> None:
    """Tell a person something that is not the result: it goes to stderr."""
    print(f"talea: {text}", file=sys.stderr, flush=True)


# --- serve ---


def serve(options: argparse.Namespace) -> int:
    """Serve the catalogue until Ctrl-C; build it first where the home has none or an old one."""
    from .background import files_beside
    from .server import confined, listen, serve_forever

    wanted = _settings(options, host=options.host, port=options.port)
    settings, places = confined(wanted), locate()
    if settings.host != wanted.host:
        _say(
            f"questo sistema non può contenere le query degli estranei: ascolto su {settings.host} "
            f"e non su {wanted.host} (TALEA_ALLOW_UNCONFINED=1 per farlo lo stesso)"
        )
    # The port first: a build that ends at a busy port is a minute lost.
    socket = listen(settings.host, settings.port)
    try:
        _bring_up_to_date(settings, places)
        with files_beside(settings):
            return serve_forever(settings, places, socket)
    except KeyboardInterrupt:
        return OK
    finally:
        socket.close()


def _bring_up_to_date(settings: Settings, places: Places) -> None:
    """Build where something changed; when that fails, the last release goes on serving."""
    from talea_catalogue.build import needs_build
    from talea_catalogue.release import current

    home = settings.home_folder
    try:
        if needs_build(places.sources, home, code_digest(places), settings.meaning):
            _say(f"costruisco il catalogo in {home}")
            _warn(_build(settings, places))
    except (BuildError, OSError) as error:
        if current(home) is None:
            raise
        _say(f"il catalogo non si è aggiornato e resta com'era: {error}")


# --- build ---


def build(options: argparse.Namespace) -> int:
    """Build a release, put it in force, and then write its files to download."""
    from talea_catalogue.dumps import write as write_dumps

    settings, places = _settings(options), locate()
    with without_collection():
        built = _build(settings, places, full=options.full)
    _warn(built)
    counts = ", ".join(f"{name} {number}" for name, number in built.manifest.counts.items())
    state = "nuova" if built.new else "già costruita"
    print(f"versione {built.manifest.data_digest[:12]} ({state}): {counts}")
    print(built.folder, flush=True)
    _say("la versione è in uso; scrivo i file da scaricare")
    if options.alone and hasattr(os, "nice"):
        os.nice(10)  # a server on this machine is opening the release
    write_dumps(built.folder)
    if settings.books:
        _write_books(settings, places)
    return FINDINGS if built.problems else OK


def _write_books(settings: Settings, places: Places) -> None:
    """The files of the publications, with what stops one of them."""
    from .books.write import write
    from .progress import Progress

    _say("scrivo i libri delle pubblicazioni")
    with Progress() as progress:
        made = write(settings, places, progress)
    for one in made:
        if one.problem:
            _say(f"{one.slug}: {one.problem}")


def pin(options: argparse.Namespace) -> int:
    """Keep an edition of the data for ever, at its address."""
    from talea_catalogue import editions, release

    home = _settings(options).home_folder
    digest = editions.digest_of(home, options.digest.strip().lower())
    if digest is None:
        kept = {manifest.data_digest[:12] for _, manifest in release.history(home)}
        raise UsageError(
            f"{options.digest}: non è una sola edizione; qui ci sono {', '.join(sorted(kept))}"
            if kept
            else f"{home}: non c'è ancora un'edizione dei dati"
        )
    release.pin(home, digest)
    print(digest)
    return OK


def _build(settings: Settings, places: Places, *, full: bool = False) -> "Built":
    from talea_catalogue.build import build as make
    from talea_catalogue.search.engines import default_engine

    from .progress import Progress

    if not settings.engine and (why := default_engine()[1]):
        _say(f"la ricerca guarda solo le parole: {why}")
    with Progress() as progress:
        return make(
            places.sources,
            settings.home_folder,
            code_digest=code_digest(places),
            progress=progress,
            full=full,
            engine=settings.meaning,
        )


def _warn(built: "Built") -> None:
    for line in built.conflicts:
        _say(line)
    for problem in built.problems[:10]:
        _say(str(problem))
    if built.problems:
        _say(f"{len(built.problems)} errori: quelle schede restano fuori (talea validate)")


# --- validate, import ---


def validate(options: argparse.Namespace) -> int:
    """Print what is wrong with the records, one finding a line."""
    from talea_catalogue.validate import validate as check

    paths = [Path(path) for path in options.paths]
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: non c'è")
    report = check(locate().sources, _settings(options).home_folder, paths)
    shown = ("errore", "avviso", "manca") if options.missing else ("errore", "avviso")
    for finding in report.findings:
        if finding.severity in shown:
            print(finding)
    errors = sum(finding.severity == "errore" for finding in report.findings)
    warnings = sum(finding.severity == "avviso" for finding in report.findings)
    _say(f"{errors} errori, {warnings} avvisi")
    return OK if report.conforms else FINDINGS


def import_(options: argparse.Namespace) -> int:
    """Turn a JSON file, or a form, into records of the home; a CSV file is the register."""
    from talea_catalogue.intake import ImportReport, import_json
    from talea_catalogue.intake.sheet import SUFFIXES, SheetReport, import_sheet

    settings, path = _settings(options), Path(options.file)
    sources, home = locate().sources, settings.home_folder
    report: ImportReport | SheetReport
    if path.suffix.lower() in SUFFIXES:
        report = import_sheet(path, sources, home, Path(options.report) if options.report else None)
        for notice in report.notices:
            print(f"avviso: {notice}", file=sys.stderr)
    elif options.report:
        raise UsageError(f"--report serve con un modulo .xlsx, non con {path.name}")
    elif path.suffix.lower() == ".csv":
        return _import_register(path, sources, home)
    else:
        report = import_json(path, sources, home)
    for problem in report.problems:
        print(problem, file=sys.stderr)
    for name in report.entered:
        print(name)
    _say(
        f"{len(report.entered)} schede entrate, {len(report.unchanged)} già presenti, "
        f"{len(report.problems)} problemi; «talea build» le mette in linea"
    )
    return FINDINGS if report.problems else OK


def _import_register(path: Path, sources: "Sources", home: Path) -> int:
    """Make a CSV file the register of services of the home."""
    from talea_catalogue.intake.register import import_register

    report = import_register(path, sources, home)
    for problem in report.problems:
        print(problem, file=sys.stderr)
    for line in report.lines():
        print(line)
    services = "1 servizio" if report.entered == 1 else f"{report.entered} servizi"
    problems = "1 problema" if len(report.problems) == 1 else f"{len(report.problems)} problemi"
    state = ", come prima" if report.entered and not report.written else ""
    _say(f"{services} nel registro{state}, {problems}; «talea build» li mette in linea")
    return FINDINGS if report.problems or not report.entered else OK


def template(options: argparse.Namespace) -> int:
    """Write the form to fill, empty or with some records."""
    from talea_catalogue.intake.sheet import write_template

    settings, out = _settings(options), Path(options.out)
    count = write_template(out, locate().sources, settings.home_folder, options.practice)
    _say(f"{out} scritto, {_counted(count) if count else 'vuoto'}")
    return OK


# --- search, query ---


def _open(options: argparse.Namespace) -> "tuple[Settings, Release]":
    """The release in force, made or brought up to date where needed."""
    settings = _settings(options)
    return settings, _open_by(settings)


def _open_by(settings: Settings) -> "Release":
    from talea_catalogue.release import current, open_release

    places = locate()
    _bring_up_to_date(settings, places)
    folder = current(settings.home_folder)
    if folder is None:  # pragma: no cover - the line above made one or raised
        raise BuildError("il catalogo non è stato costruito")
    return open_release(folder, places.sources.queries, settings.sparql_url, settings.meaning)


def search(options: argparse.Namespace) -> int:
    """Print the practices that match."""
    from talea_catalogue.search import Query

    from .answers import LARGEST_LIMIT, LONGEST_TEXT, filters_from, search_answer

    if not 1 <= options.limit <= LARGEST_LIMIT:
        raise UsageError(f"--limit va da 1 a {LARGEST_LIMIT}, non {options.limit}")
    if len(options.text) > LONGEST_TEXT:
        raise UsageError(f"le parole sono al massimo {LONGEST_TEXT} caratteri")
    _, release = _open(options)
    for code in options.comune:
        if release.repository.comune(code) is None:
            raise UsageError(f"{code} non è il codice ISTAT di un Comune del catalogo")
    filters = filters_from({"comune": options.comune})
    answer = search_answer(release, Query(options.text.strip(), filters, options.limit))
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return OK
    for number, result in enumerate(answer["results"], 1):
        print(f"{number}. {result['title']} · {result['promoter']} (livello {result['tier']})")
        for reason in result["why"]:
            said = (reason["said"] or {}).get("it")
            said = f" ← «{said}»" if said else ""
            print(f"   {reason['label']['it']}: {reason['text']}{said}")
        print(f"   {result['iri']}")
    _say(_counted(answer["total"]))
    if answer["total"] and not answer["confident"]:
        _say("nessuna sembra rispondere: queste sono le più vicine")
    return OK


def fit(options: argparse.Namespace) -> int:
    """Print what blocks a practice in a Comune, what differs, what is not known."""
    from .fit_answer import fit_answer

    _, release = _open(options)
    if not release.repository.briefs([options.slug]):
        raise UsageError(f"{options.slug} non è il codice di una scheda del catalogo")
    answer = fit_answer(release, options.slug, options.comune)
    if answer is None:
        raise UsageError(f"{options.comune} non è il codice ISTAT di un Comune del catalogo")
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return OK
    label = release.repository.label
    coverage = answer["coverage"]
    print(f"{label(ns.resource('pratica', options.slug))}")
    print(f"a {label(ns.resource('luogo', options.comune))}\n")
    print(f"PREREQUISITI ({len(answer['blocking'])} bloccano)")
    for one in answer["blocks"]:
        print(f"  {_VERDICTS[one['verdict']]}: {one['title']}\n      {one['reason']}")
    if not answer["blocks"]:
        print("  la scheda non ne dichiara")
    print(f"\nCONFRONTO ({coverage['comparable']} criteri su {coverage['of']} confrontabili)")
    for one in answer["criteria"]:
        name = label(ns.concept("criterio", one["id"].lower()))
        print(f"  {one['id']} {name}, {_VERDICTS[one['verdict']]}\n      {one['reason']}")
    print(f"\n{answer['note']['it']}")
    print(f"Regole {answer['rules']}, edizione dei dati {answer['release'][:12]}.")
    return OK


_VERDICTS: Final = {
    "soddisfatto": "soddisfatto",
    "gestibile": "diverso ma gestibile",
    "critico": "critico",
    "mancante": "non si sa",
    "non_giudicato": "mostrato, non giudicato",
}
"""Codes of a fit, in words."""


def _counted(total: int) -> str:
    if not total:
        return "nessuna pratica: prova con altre parole, o con meno parole"
    return "1 scheda" if total == 1 else f"{total} schede"


def query(options: argparse.Namespace) -> int:
    """Evaluate one query as the public service would, and print the answer."""
    import asyncio

    if (options.file is None) == (options.name is None):
        raise UsageError("serve una query: un FILE, - per lo stdin, oppure --name NOME")
    settings, release = _open(options)
    limit = settings.limits().query_bytes + 1  # one more is enough to be refused
    if options.name is not None:
        text = _named(release, options.name, options.set)
    elif options.file == "-":
        text = _text(sys.stdin.buffer, limit)
    else:
        with Path(options.file).open("rb") as file:
            text = _text(file, limit)
    body = asyncio.run(_evaluate(release, settings, text, options.format))
    sys.stdout.buffer.write(body)
    if not body.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    return OK


def _text(file: BinaryIO, limit: int) -> str:
    """At most `limit` bytes of a file as text: what was cut is refused for its length."""
    data = file.read(limit)
    # Notepad begins a file with a mark.
    return data.decode("utf-8-sig", "ignore" if len(data) == limit else "strict")


def _named(release: "Release", name: str, given: list[str]) -> str:
    """A query of the catalogue, with the values of its own example where none is given."""
    from talea_sparql.errors import LibraryError

    library = release.store.library
    if name not in library:
        raise UsageError(f"non c'è una query {name}: ci sono {', '.join(library)}")
    values = library[name].examples()
    for pair in given:
        parameter, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set vuole NOME=VALORE, non {pair}")
        values[parameter] = value
    try:
        return library[name].bind(values)
    except LibraryError as error:
        raise UsageError(str(error)) from error


async def _evaluate(
    release: "Release", settings: Settings, text: str, format_: str | None
) -> bytes:
    from talea_sparql.protocol import parse

    from .pools import evaluate_once

    accept = {
        None: None,
        "json": "application/sparql-results+json, application/ld+json",
        "csv": "text/csv",
        "ttl": "text/turtle",
    }[format_]
    operation = parse("POST", b"", "application/sparql-query", text.encode(), accept)
    return (await evaluate_once(release, settings, operation, "talea query")).body


# --- eval ---


def judge(options: argparse.Namespace) -> int:
    """Measure the search against judgements."""
    from talea_catalogue.intake.golden import read_golden
    from talea_catalogue.intake.items import shown
    from talea_catalogue.search.evaluation import Ranker, evaluate, missing

    from .progress import Progress
    from .scores import lines

    golden = read_golden(Path(options.golden))
    with _to_judge(options) as release, Progress() as progress:
        if unknown := missing(golden, release.repository.slugs()):
            _say(
                "schede dei giudizi che qui non ci sono, e contano come non trovate: "
                f"{len(unknown)} ({', '.join(map(shown, unknown[:5]))}{', …' * (len(unknown) > 5)})"
            )
        search: Ranker = release.search
        report = evaluate(search, golden, ablate=options.ablate, tell=progress)
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        for line in lines(report):
            print(line)
    return OK


@contextlib.contextmanager
def _to_judge(options: argparse.Namespace) -> "Iterator[Release]":
    """The release in force; one in a temporary folder where there is none, or of another engine.

    To measure is not to install, nor to choose: the home stays as it is.
    """
    from talea_catalogue.release import current
    from talea_catalogue.search.engines import open_engine

    settings = _settings(options, engine=options.engine)
    open_engine(settings.meaning)  # what is missing is told now, and not after a build
    home = settings.home_folder
    with contextlib.ExitStack() as stack:
        if current(home) is None or settings.meaning != _settings(options).meaning:
            aside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="talea-")))
            for layer in ("records", "territory"):
                if (home / layer).is_dir():
                    shutil.copytree(home / layer, aside / layer)
            settings = replace(settings, home=aside, sparql_url="")
        release = _open_by(settings)
        stack.callback(release.close)
        yield release


# --- publish ---


def publish(options: argparse.Namespace) -> int:
    """Write an edition as files, or pin it to the data in force."""
    from talea_catalogue.publication import SelectionError, edition_of, pin
    from talea_catalogue.release import current
    from talea_catalogue.release import pin as keep

    if options.pin:
        settings, release = _open(options)
        edition = edition_of(release.repository, options.edition, {})
        digest = release.manifest.data_digest
        keep(settings.home_folder, digest)
        pin(settings.home_folder, edition.it.slug, digest)
        print(f"{edition.it.slug} {digest}")
        return OK
    if options.out is None:
        raise UsageError("serve --out CARTELLA, dove scrivere i file")
    from .printing.book.compose import frame_for
    from .progress import Progress
    from .publishing import FORMATS, composed, data_of_edition, written

    settings, places, out = _settings(options), locate(), Path(options.out)
    # Told to end, it ends as when it is interrupted: no half file stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    out.mkdir(parents=True, exist_ok=True)
    limit = settings.limits().query_bytes + 1
    query = ""
    if options.select:
        with Path(options.select).open("rb") as file:
            query = _text(file, limit)
        if not query.strip():
            raise UsageError(f"{options.select}: è vuoto")
    formats = FORMATS if options.format == "all" else (options.format,)
    _bring_up_to_date(settings, places)
    with data_of_edition(settings, places, options.edition) as (release, edition):
        if edition.digest is None:
            _say(
                f"{options.edition} non è fissata ai suoi dati: domani potrebbe dire altro "
                f"(talea publish --edition {options.edition} --pin la fissa a quelli di oggi)"
            )
        with Progress() as progress, without_collection():
            try:
                made = composed(
                    release,
                    settings,
                    places,
                    edition,
                    options.lang,
                    query=query,
                    only_complete=options.only_complete,
                    tell=progress,
                )
            except SelectionError as error:
                if query and release.folder != current(settings.home_folder):
                    digest = release.manifest.data_digest_short
                    raise SelectionError(
                        f"{error} (nei dati {digest}, a cui la pubblicazione è fissata: "
                        f"talea publish --edition {options.edition} --pin la fissa a "
                        "quelli di oggi)"
                    ) from error
                raise
            say = frame_for(release, settings, places, "it").t("step-files")
            for number, format_ in enumerate(formats, 1):
                progress(say, number - 1, len(formats))
                told = written(made, places, options.edition, format_, options.paper)
                write_atomically(out / told.name, told.body)
                print(out / told.name, flush=True)
    _say(f"{_counted(len(made.sheets))}, dati {made.digest[:12]}")
    return OK


# --- export ---


def export_(options: argparse.Namespace) -> int:
    """Write the whole catalogue as a static site."""
    from .export.folder import check
    from .export.site import export, summary
    from .progress import Progress

    out = Path(options.static)
    check(out.expanduser().resolve())  # told now, and not after a build
    settings, release = _open(options)
    places = locate()
    if settings.books:
        _write_books(settings, places)
    try:
        with Progress() as progress, without_collection():
            copied = export(settings, places, release, out, progress)
    finally:
        release.close()
    print(summary(copied, out))
    return OK


# --- model ---


def model(options: argparse.Namespace) -> int:
    """Write the bundled model as a folder of sentence-transformers: so far the only action."""
    from talea_catalogue.search.engines.export import export_bundled

    print(export_bundled(Path(options.folder)))
    return OK
