"""`talea import modulo.xlsx`: the rows of a workbook become records of the home.

A practice enters whole or not at all: one bad cell in one of its parts keeps it out, and is named.
Rows are first read cell by cell, by rules taken from the shapes; what passes goes, in one batch,
through the same checks as every record. Names are given once and for ever, so a row without a code
that says the same promoter and title as a known practice is that practice, and importing the same
file twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from openpyxl.utils.cell import coordinate_to_tuple

from ... import mapping, records
from ... import namespaces as ns
from ...errors import ImportFileError
from ...gazetteer import Gazetteer
from ...mapping import MappingError
from ...records import RecordFile
from ...sources import Sources
from ...terms import T
from ...text import fold, slugify
from ...validate import Checker, Finding, dangling, known_resources, ontology_terms, trespassing
from ...vocabulary import Vocabulary
from ..convert import MAX_SLUG
from ..disk import write_record
from . import report
from .door import open_book
from .faults import Entry, Fault, Outcome, SheetReport
from .names import Named, catalogue_names, record_names
from .plan import BODIES, DEFAULTS, OWN_NUMBER, OWNER, PLACES, PRACTICES, ROOTS, Table, tables
from .reader import Grid, Reader, grids
from .rows import Place, Row, places, to_object
from .rules import Rules

MAX_MADE = 80
"""Longest code that we make, in characters, before a number that tells two apart."""
_MADE_AGAIN = 100
"""How many codes are tried before giving up."""
_FORMS = (("Comune di ", ""), ("Ambito territoriale sociale di ", "ats "))
"""How the name of a public body begins, and what stands for it in a code."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record made of a row, and where each of its nodes comes from."""

    row: Row
    record: RecordFile
    places: Mapping[str, Place]


def import_sheet(path: Path, sources: Sources, home: Path, out: Path | None = None) -> SheetReport:
    """Import a workbook into `home/records`, and write the report `out`, the same workbook marked.

    Raises `ImportFileError` if it is no workbook of ours or the report cannot be written there.
    """
    if out is not None:
        report.writable(out, path)
    opened = open_book(path)
    try:
        entering = _Import(opened.book, sources, home)
    except ImportFileError as error:
        raise ImportFileError(f"{path}: {error}") from error
    said = entering.run()
    advice = "Se contano, scrivi i valori nel modulo."
    said.notices += [Fault(path.name, "", "", "", n, advice, notice=True) for n in opened.notices]
    if out is not None:
        report.write(out, opened.book, said)
    return said


class _Import:
    """One run: what is known before it, what the workbook says, what comes of it."""

    def __init__(self, book: Any, sources: Sources, home: Path) -> None:
        self._sources, self._layer = sources, home / "records"
        rules = Rules.load(sources.ontology)
        self._tables = tables(rules)
        found, self._beside = grids(book, self._tables)
        self._reader = Reader(found)
        self._known = records.read_layers(sources.records, self._layer).records
        self._gazetteer = Gazetteer.load(sources.territory)
        self._vocabulary = Vocabulary.load(sources.ontology / "vocabularies")
        self._names = catalogue_names(self._vocabulary, self._gazetteer, rules, self._known)

    def run(self) -> SheetReport:
        """Read, check and write; returns what there is to say."""
        made = [*self._new(PLACES), *self._new(BODIES)]
        self._names = self._names.with_more(
            named for candidate in made for named in record_names(candidate.record)
        )
        made += self._practices()
        sound = self._sound(made)
        said = SheetReport(notices=self._beside)
        for candidate in sound:
            said.entries.append(self._enter(candidate))
        said.problems = sorted(self._reader.faults, key=self._order)
        return said

    def _order(self, fault: Fault) -> tuple[int, int, int]:
        """Sheets in their order, then rows from the top, then columns from the left."""
        titles = [grid.sheet.title for grid in self._reader.grids.values()]
        place = titles.index(fault.sheet) if fault.sheet in titles else len(titles)
        row, column = coordinate_to_tuple(fault.cell) if fault.cell else (0, 0)
        return place, row, column

    # -- bodies and places

    def _new(self, table: str) -> Iterator[Candidate]:
        """The records of a sheet of new bodies or places, where their rows are good."""
        _, _, shape, kind = next(root for root in ROOTS if root[0] == table)
        taken: dict[str, Row] = {}
        for row in self._reader.rows(table, self._names):
            if row in self._reader.bad:
                continue
            try:
                slug = row.values.get("slug") or slugify(row.values["name"])[:MAX_SLUG].strip("-")
            except ValueError:
                self._reader.fault(
                    row, "name", "non ha lettere latine né cifre", "Correggi il nome."
                )
                continue
            row.values["slug"] = slug
            if slug in taken:
                self._reader.fault(
                    row,
                    "name",
                    f"è già alla riga {taken[slug].number}",
                    "Togli una delle due righe.",
                )
                continue
            taken[slug] = row
            candidate = self._candidate(row, shape, kind, slug)
            known = self._known.get(ns.graph(kind, slug))
            if candidate and known and set(known.triples) != set(candidate.record.triples):
                self._reader.fault(
                    row,
                    "name",
                    "è già nel catalogo, che ne dice altro",
                    "Togli la riga: qui si aggiunge solo ciò che manca.",
                )
            elif candidate:
                yield candidate

    # -- practices

    def _practices(self) -> Iterator[Candidate]:
        """The records of the practices whose rows, and whose parts' rows, are all good."""
        slugs = self._slugs()
        title = {
            number: self._reader.value(PRACTICES, number, "title", self._names) for number in slugs
        }
        self._names = self._names.with_more(
            Named(mapping.practice_iri(slug), slug, tuple(filter(None, [title[number]])))
            for number, slug in slugs.items()
        )
        rows = {row.number: row for row in self._reader.rows(PRACTICES, self._names)}
        self._faults_of_codes(rows, slugs)
        self._parts(rows, slugs)
        for number, row in rows.items():
            if any(part in self._reader.bad for part in row.tree()):
                continue
            row.values["slug"] = slugs[number]
            for key, value in DEFAULTS.items():
                row.values.setdefault(key, value)
            candidate = self._candidate(row, mapping.PRACTICE, "pratica", slugs[number])
            if candidate:
                yield candidate

    def _slugs(self) -> dict[int, str]:
        """The code of each row of practices: the one written, or one made of promoter and title."""
        grid = self._reader.grids[PRACTICES]
        written = {n: self._reader.value(PRACTICES, n, "slug", self._names) for n in grid.rows}
        found = {number: slug for number, slug in written.items() if slug}
        for number in sorted(grid.rows):
            if number not in found and "slug" not in grid.rows[number]:
                slug = self._made(number)
                if slug:
                    found[number] = slug
        return found

    def _made(self, number: int) -> str | None:
        """The code of a row that has none: that of a known practice with its promoter and title."""
        promoters = self._reader.value(PRACTICES, number, "promoters", self._names) or ()
        title = self._reader.value(PRACTICES, number, "title", self._names)
        if not promoters or (
            title is None and "title" in self._reader.grids[PRACTICES].rows[number]
        ):
            return None  # it cannot be read, and is named at its cell
        pattern = next(
            c.pattern
            for t in self._tables
            if t.key == PRACTICES
            for c in t.columns
            if c.key == "promoters"
        )
        body = self._names.written(promoters[0], pattern)
        for form, short in _FORMS:
            body = short + body.removeprefix(form) if body.startswith(form) else body
        try:
            base = slugify(f"{body} {title or ''}")
        except ValueError:
            return None
        if len(base) > MAX_MADE:
            base = base[: MAX_MADE + 1].rpartition("-")[0] or base[:MAX_MADE]
        for again in range(1, _MADE_AGAIN):
            slug = base if again == 1 else f"{base}-{again}"
            known = self._known.get(ns.graph("pratica", slug))
            if known is None or known.withdrawn or _said(known) == (set(promoters), title):
                return slug
        return None

    def _faults_of_codes(self, rows: Mapping[int, Row], slugs: Mapping[int, str]) -> None:
        """Codes that two rows share, or that are of something else."""
        grid = self._reader.grids[PRACTICES]
        by_slug = defaultdict(list)
        for number, slug in slugs.items():
            by_slug[slug].append(number)
        for number, row in rows.items():
            slug = slugs.get(number, "")
            if not slug:
                if row not in self._reader.bad:
                    self._reader.fault(
                        row,
                        "slug",
                        "manca, e non si può fare dal titolo",
                        "Scrivi un codice di lettere minuscole, cifre e trattini.",
                    )
                continue
            others = [str(other) for other in by_slug[slug] if other != number]
            known = self._known.get(ns.graph("pratica", slug))
            given = "slug" in grid.rows[number]
            if others:
                self._reader.fault(
                    row,
                    "slug",
                    f"la stessa pratica è anche alla riga {', '.join(others)}",
                    "Tieni una riga sola; se sono pratiche diverse, scrivi due codici diversi.",
                )
            elif known is not None and known.withdrawn:
                self._reader.fault(
                    row,
                    "slug",
                    f"la scheda «{slug}» è stata ritirata",
                    "Se è un'altra pratica, scrivi un altro codice.",
                )
            elif given and known is None and slug.isdigit():
                self._reader.fault(
                    row,
                    "slug",
                    "è di sole cifre, e il codice resta per sempre nell'indirizzo",
                    "Lascia vuoto il codice: si fa da solo.",
                )
            elif given and known is not None and _another(known, row):
                self._reader.fault(
                    row,
                    "slug",
                    f"«{slug}» è già il codice di un'altra pratica, di un altro ente e con un "
                    "altro titolo",
                    "Se la pratica è nuova, lascia vuoto il codice.",
                )

    # -- parts

    def _parts(self, rows: Mapping[int, Row], slugs: Mapping[int, str]) -> None:
        """Read the sheets of parts and hang each row from the one that it names."""
        owners = _Owners(rows, slugs)
        numbered: dict[str, dict[tuple[Any, ...], Row]] = {}
        for table in self._tables:
            if not table.parent:
                continue
            here: dict[tuple[Any, ...], Row] = {}
            for row in self._reader.rows(table.key, self._names):
                self._hang(table, row, owners, numbered, here)
            numbered[table.key] = here

    def _hang(
        self,
        table: Table,
        row: Row,
        owners: "_Owners",
        numbered: Mapping[str, Mapping[tuple[Any, ...], Row]],
        here: dict[tuple[Any, ...], Row],
    ) -> None:
        owner = owners.find(row.values.get(OWNER), self._reader, row)
        if owner is None:
            return
        key: tuple[Any, ...] = (owner.number, *(row.values.get("#" + t) for t in table.above))
        above = numbered[table.above[-1]].get(key) if table.above else owner
        if above is None:
            column = "#" + table.above[-1]
            if column in row.values:
                self._reader.fault(
                    row,
                    column,
                    f"nessuna riga con il numero {row.values[column]} per questa pratica",
                    "Scrivi un numero che c'è nella colonna «n.» dell'altro foglio.",
                )
            if row in self._reader.bad:
                self._reader.bad.add(owner)
            return
        siblings = above.parts.setdefault(table.local, [])
        siblings.append(row)
        if table.column(OWN_NUMBER) is None:
            return
        number = row.values.get(OWN_NUMBER, len(siblings))
        if (*key, number) in here:
            self._reader.fault(
                row,
                OWN_NUMBER,
                f"il numero {number} è già alla riga {here[*key, number].number}",
                "Dai un numero diverso a ogni riga di una pratica.",
            )
        here[*key, number] = row

    # -- checks

    def _candidate(self, row: Row, shape: mapping.Shape, kind: str, slug: str) -> Candidate | None:
        """The record of a row without faults."""
        iri = ns.resource(kind, slug)
        where = dict(places(shape, row, iri))
        try:
            thing = to_object(shape, row)
            triples = tuple(mapping.encode(shape, thing, iri))
            if mapping.decode(shape, mapping.index(triples), iri) != thing:
                raise MappingError(iri, "", "non si può scrivere così com'è")
        except (MappingError, TypeError, ValueError) as error:
            reason = error.reason if isinstance(error, MappingError) else "manca qualcosa"
            self._reader.fault(row, "slug", reason, "Controlla le celle della riga.")
            return None
        path = self._layer / kind / f"{slug}.ttl"
        return Candidate(row, RecordFile(path, kind, slug, triples), where)

    def _sound(self, made: Sequence[Candidate]) -> list[Candidate]:
        """The candidates that pass every check of a record. What names a fallen one falls too."""
        by_file = {str(candidate.record.path): candidate for candidate in made}
        new = [candidate.record for candidate in made if not self._unchanged(candidate)]
        judged = Checker(self._sources.ontology / "shapes").check(new).findings
        findings = [finding for finding in judged if finding.severity == "errore"]
        findings += trespassing(new, self._gazetteer)
        terms = ontology_terms(self._sources.ontology)
        findings += self._dangling(made, terms)
        while findings:
            for finding in findings:
                self._named(by_file[finding.file], finding)
            fallen = {finding.file for finding in findings}
            by_file = {file: c for file, c in by_file.items() if file not in fallen}
            findings = self._dangling(list(by_file.values()), terms)
        return list(by_file.values())

    def _dangling(self, left: Sequence[Candidate], terms: set[str]) -> list[Finding]:
        in_force = {**self._known, **{c.record.graph: c.record for c in left}}
        known = known_resources(in_force, self._gazetteer, self._vocabulary)
        return dangling([c.record for c in left], known, terms)

    def _named(self, candidate: Candidate, finding: Finding) -> None:
        """Put a finding of the checks at the cell that it comes from."""
        place = candidate.places.get(finding.node)
        row = place.row if place else candidate.row
        column = place.columns.get(finding.path) if place else None
        key = column.key if column else row.table.columns[0].key
        self._reader.fault(row, key, finding.message, "Correggi la cella, oppure lasciala vuota.")

    def _unchanged(self, candidate: Candidate) -> bool:
        known = self._known.get(candidate.record.graph)
        return known is not None and set(known.triples) == set(candidate.record.triples)

    # -- writing

    def _enter(self, candidate: Candidate) -> Entry:
        record, known = candidate.record, self._known.get(candidate.record.graph)
        outcome: Outcome = "nuova" if known is None else "aggiornata"
        if self._unchanged(candidate):
            outcome = "invariata"
        else:
            write_record(self._layer, record.kind, record.slug, record.triples)
        grid: Grid = self._reader.grids[candidate.row.table.key]
        title = candidate.row.values.get("title") or candidate.row.values.get("name") or ""
        return Entry(
            record.kind, record.slug, title, grid.sheet.title, candidate.row.number, outcome
        )


class _Owners:
    """The practices of the workbook, by code and by title."""

    def __init__(self, rows: Mapping[int, Row], slugs: Mapping[int, str]) -> None:
        self._found: dict[str, list[Row]] = defaultdict(list)
        for number, row in rows.items():
            for name in {fold(slugs.get(number, "")), fold(row.values.get("title", ""))} - {""}:
                self._found[name].append(row)

    def find(self, name: str | None, reader: Reader, part: Row) -> Row | None:
        """The practice that a part names; a fault of the part where there is none, or two."""
        if name is None:
            return None
        found = self._found.get(fold(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(str(row.number) for row in found)
            reader.fault(
                part,
                OWNER,
                f"più pratiche hanno questo nome: righe {listed}",
                "Scrivi il codice della pratica.",
            )
            reader.bad.update(found)
        else:
            reader.fault(
                part,
                OWNER,
                "non è il codice né il titolo di una pratica del foglio «Pratiche»",
                "Copia il codice o il titolo come è scritto in quel foglio.",
            )
        return None


def _said(record: RecordFile) -> tuple[set[str], str | None]:
    """The promoters and the title of a known practice."""
    mine = mapping.index(record.triples).get(record.iri, {})
    promoters = {t.value for t in mine.get(T.promotedBy.value, []) if isinstance(t, ox.NamedNode)}
    titles = [t.value for t in mine.get(ns.TITLE.value, []) if isinstance(t, ox.Literal)]
    return promoters, titles[0] if titles else None


def _another(known: RecordFile, row: Row) -> bool:
    """Whether a row that gives the code of a known practice shares neither promoter nor title."""
    promoters, title = _said(known)
    return not promoters & set(row.values.get("promoters", ())) and fold(title or "") != fold(
        row.values.get("title", "")
    )
