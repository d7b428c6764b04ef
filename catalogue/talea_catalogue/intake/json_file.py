"""`talea import FILE.json`: practices and transfers become records of the home.

The file is a list of practices, or an object with `practices` and `transfers`. A practice marked as
already in the catalogue adds its facts to the record that is there.

Good items enter whole and bad ones are named by id and field; running again changes nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from .. import mapping, model, records
from .. import namespaces as ns
from ..errors import ImportFileError
from ..gazetteer import Gazetteer
from ..sources import Sources
from ..terms import T
from ..text import fold
from ..vocabulary import Vocabulary
from .convert import (
    Components,
    Converted,
    ConvertedTransfer,
    Converter,
    FieldError,
    transfer_slug,
)
from .disk import read_file, write_record
from .items import Item, TransferItem, explain, shown
from .merge import Same, merge

MAX_BYTES = 50_000_000
"""Largest file to import, in bytes."""


_PARTS = frozenset({"nota_lettura", "practices", "transfers"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an item did not enter: its id (or its place in the list), the field, the reason."""

    id: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.id}: {self.field}: {self.message}"


@dataclass(slots=True)
class ImportReport:
    """What an import did: ids entered or changed, ids that said nothing new, problems."""

    entered: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds, not yet checked: practices and transfers."""

    practices: list[Any]
    transfers: list[Any]


def import_json(
    path: Path, sources: Sources, home: Path, same: Mapping[str, Same] | None = None
) -> ImportReport:
    """Import `path` into `home/records`; raises `ImportFileError` if it is not a list of records.

    `same` names, by practice, the parts that an item marked as already in the catalogue repeats.
    """
    report = ImportReport()
    layer = home / "records"
    known = records.read_layers(sources.records, layer)
    document = read_document(path)
    items = list(_checked(document.practices, Item, report))
    transfers = list(_checked(document.transfers, TransferItem, report))
    found, passed = _converted(items, transfers, sources, known, same or {}, report)
    writer = _Writer(known, layer, report)
    for converted in found.values():
        writer.practice(converted)
    for name, transfer in passed.items():
        writer.places(transfer.places)
        slug = transfer.transfer.slug
        writer.record(name, "replica", slug, mapping.TRANSFER, transfer.transfer)
    return report


def _converted(
    items: list[Item],
    transfers: list[TransferItem],
    sources: Sources,
    known: records.Layers,
    same: Mapping[str, Same],
    report: ImportReport,
) -> tuple[dict[str, Converted], dict[str, ConvertedTransfer]]:
    """Practices by slug and transfers by id; the faults of the others go into the report.

    What names an item that cannot enter cannot enter either, or its link would lead nowhere: so
    they are converted again without the names of those, until no other is lost.
    """
    gazetteer = Gazetteer.load(sources.territory)
    vocabulary = Vocabulary.load(sources.ontology / "vocabularies")
    editions = _editions(known)
    practices = {item.id for item in items}
    replications = {transfer_slug(item.id) for item in transfers}
    lost: set[str] = set()
    while True:
        converter = Converter(
            gazetteer,
            vocabulary,
            editions,
            _slugs(known, "pratica") | (practices - lost),
            _slugs(known, "replica") | (replications - lost),
        )
        problems: list[Problem] = []
        found = _practices(items, converter, known, same, problems)
        passed = _transfers(transfers, found, converter, known, problems)
        entering = {transfer.transfer.slug for transfer in passed.values()} | set(found)
        missing = (practices | replications) - entering
        if missing <= lost:
            report.problems += problems
            return found, passed
        lost |= missing


def _practices(
    items: Iterable[Item],
    converter: Converter,
    known: records.Layers,
    same: Mapping[str, Same],
    problems: list[Problem],
) -> dict[str, Converted]:
    """The practices by slug, each item that deepens one merged into it."""
    found: dict[str, Converted] = {}
    for item in items:
        try:
            converted = converter.convert(item)
            if item.scheda_esistente:
                converted = _deepened(converted, found.get(item.id), known, same.get(item.id))
        except FieldError as error:
            problems.append(Problem(item.id, error.field, error.message))
            continue
        found[item.id] = converted
    return found


def _transfers(
    items: Iterable[TransferItem],
    found: Mapping[str, Converted],
    converter: Converter,
    known: records.Layers,
    problems: list[Problem],
) -> dict[str, ConvertedTransfer]:
    """The transfers by id; each starts from a practice that enters or is in force."""
    passed: dict[str, ConvertedTransfer] = {}
    for item in items:
        start = item.origin_practice
        practice = found[start].practice if start in found else _in_force(known, start)
        try:
            if practice is None:
                raise FieldError("from", f"nessuna pratica «{start}»")
            passed[item.id] = converter.convert_transfer(item, _components(practice))
        except FieldError as error:
            problems.append(Problem(item.id, error.field, error.message))
    return passed


def _deepened(
    more: Converted, first: Converted | None, known: records.Layers, same: Same | None
) -> Converted:
    """The practice that is there with the facts of `more`, and all that it names."""
    there = first.practice if first else _in_force(known, more.practice.slug)
    if there is None:
        raise FieldError("scheda_esistente", "la scheda non è nel catalogo")
    practice = merge(there, more.practice, same)
    bodies = tuple(
        body
        for body in (*(first.bodies if first else ()), *more.bodies)
        if ns.resource("ente", body.slug) in practice.promoters
    )
    places = (*(first.places if first else ()), *more.places)
    return Converted(practice, bodies, tuple(dict.fromkeys(places)))


def read_document(path: Path) -> Document:
    """The practices and transfers of a JSON file, not yet checked."""
    data = read_json(path)
    if isinstance(data, list):
        return Document(data, [])
    if isinstance(data, dict) and data and not set(data) - _PARTS:
        parts = [data.get("practices", []), data.get("transfers", [])]
        if all(isinstance(part, list) for part in parts):
            return Document(*parts)
    raise ImportFileError(f"{path}: ci si aspetta un elenco di schede")


def read_json(path: Path) -> Any:
    """What a JSON file says. Raises `ImportFileError`."""
    try:
        return json.loads(read_file(path, MAX_BYTES, f"{MAX_BYTES} byte").decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}: non è in UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise ImportFileError(
            f"{path}: JSON non valido alla riga {error.lineno}, colonna {error.colno}"
        ) from error
    except RecursionError as error:
        raise ImportFileError(f"{path}: JSON non valido: troppi livelli") from error
    except ValueError as error:  # the only one left: an integer of thousands of digits
        raise ImportFileError(f"{path}: JSON non valido: un numero è troppo lungo") from error


def _editions(known: records.Layers) -> dict[int, str]:
    found = {}
    for record in known.records.values():
        for triple in record.triples:
            if triple.predicate == T.editionNumber:
                found[int(mapping.integer.decode(triple.object))] = record.iri
    return found


def _slugs(known: records.Layers, kind: str) -> set[str]:
    return {record.slug for record in known.records.values() if record.kind == kind}


def _in_force(known: records.Layers, slug: str) -> model.Practice | None:
    """The practice as the catalogue has it now."""
    record = known.records.get(ns.graph("pratica", slug))
    if record is None or record.withdrawn:
        return None
    return mapping.practice_from(record.triples, slug)


def _components(practice: model.Practice) -> Components:
    """The components of a practice, by folded title."""
    start = mapping.practice_iri(practice.slug)
    return {
        fold(part.title): f"{start}/componente/{number}"
        for number, part in enumerate(practice.components, 1)
    }


AnyItem = TypeVar("AnyItem", Item, TransferItem)


def _checked(items: list[Any], shape: type[AnyItem], report: ImportReport) -> Iterator[AnyItem]:
    """Each item of the right shape, once; the faults of the others go into the report."""
    seen: set[tuple[str, bool]] = set()
    for number, raw in enumerate(items, 1):
        name = raw.get("id") if isinstance(raw, dict) else None
        name = shown(name) if isinstance(name, str) and name else f"(elemento {number})"
        try:
            item = shape.model_validate(raw)
        except ValidationError as error:
            report.problems += [Problem(name, *fault) for fault in explain(error)]
            continue
        key = (item.id, isinstance(item, Item) and item.scheda_esistente)
        if key in seen:
            report.problems.append(Problem(name, "id", "ripetuto: vale il primo"))
            continue
        seen.add(key)
        yield item


class _Writer:
    """Writes what is new in the home: bodies and places first, so that nothing dangles."""

    def __init__(self, known: records.Layers, layer: Path, report: ImportReport) -> None:
        self._known, self._layer, self._report = known, layer, report
        self._withdrawn = {(r.kind, r.slug) for r in known.records.values() if r.withdrawn}

    def practice(self, converted: Converted) -> None:
        """A practice with its bodies and places."""
        if self._refused("pratica", converted.practice.slug, converted.practice.slug):
            return
        for body in converted.bodies:
            self._missing("ente", body.slug, mapping.BODY, body)
        self.places(converted.places)
        practice = converted.practice
        self.record(practice.slug, "pratica", practice.slug, mapping.PRACTICE, practice)

    def places(self, places: Iterable[model.PlaceElsewhere]) -> None:
        """Places that the catalogue does not have yet."""
        for place in places:
            self._missing("luogo", place.slug, mapping.PLACE_ELSEWHERE, place)

    def record(self, name: str, kind: str, slug: str, shape: mapping.Shape, thing: Any) -> None:
        """One record; the report calls it `name`."""
        if self._refused(kind, slug, name):
            return
        triples = list(mapping.encode(shape, thing, ns.resource(kind, slug)))
        there = self._known.records.get(ns.graph(kind, slug))
        changed = not (there and records.turtle(there.triples) == records.turtle(triples))
        changed = changed and write_record(self._layer, kind, slug, triples)
        (self._report.entered if changed else self._report.unchanged).append(name)

    def _refused(self, kind: str, slug: str, name: str) -> bool:
        if (kind, slug) not in self._withdrawn:
            return False
        self._report.problems.append(Problem(name, "id", "la scheda è stata ritirata"))
        return True

    def _missing(self, kind: str, slug: str, shape: mapping.Shape, thing: Any) -> None:
        if ns.graph(kind, slug) not in self._known.records:
            triples = mapping.encode(shape, thing, ns.resource(kind, slug))
            write_record(self._layer, kind, slug, triples)
