"""`talea import FILE.json`: a list of items becomes records of the home.

Good items enter whole and bad ones are named by id and field; running again changes nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .. import mapping, records
from .. import namespaces as ns
from ..errors import ImportFileError, system_reason
from ..gazetteer import Gazetteer
from ..sources import Sources
from ..terms import T
from ..vocabulary import Vocabulary
from .convert import Converted, Converter, FieldError
from .items import Item, explain, shown

MAX_BYTES = 50_000_000
"""Largest file to import, in bytes."""


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


def import_json(path: Path, sources: Sources, home: Path) -> ImportReport:
    """Import `path` into `home/records`; raises `ImportFileError` if the file is not a list."""
    report = ImportReport()
    layer = home / "records"
    known = records.read_layers(sources.records, layer)
    items = list(_checked(read_items(path), report))
    converter = Converter(
        Gazetteer.load(sources.territory),
        Vocabulary.load(sources.ontology / "vocabularies"),
        _editions(known),
        {record.slug for record in known.records.values() if record.kind == "pratica"}
        | {item.id for item in items},
    )
    withdrawn = {r.slug for r in known.records.values() if r.kind == "pratica" and r.withdrawn}
    for name, converted in _converted(items, converter, report):
        if name in withdrawn:
            report.problems.append(Problem(name, "id", "la scheda è stata ritirata"))
            continue
        try:
            changed = _store(converted, known, layer)
        except OSError as error:
            raise ImportFileError(
                f"{layer}: non si può scrivere ({system_reason(error)})"
            ) from error
        (report.entered if changed else report.unchanged).append(name)
    return report


def read_items(path: Path) -> list[Any]:
    """The list in a JSON file, not yet checked."""
    try:
        if path.exists() and not path.is_file():
            raise ImportFileError(f"{path}: non è un file")
        if path.stat().st_size > MAX_BYTES:
            raise ImportFileError(f"{path}: supera {MAX_BYTES} byte")
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ImportFileError(f"{path}: non si può leggere ({system_reason(error)})") from error
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
    if not isinstance(data, list):
        raise ImportFileError(f"{path}: ci si aspetta un elenco di schede")
    return data


def _editions(known: records.Layers) -> dict[int, str]:
    found = {}
    for record in known.records.values():
        for triple in record.triples:
            if triple.predicate == T.editionNumber:
                found[int(mapping.integer.decode(triple.object))] = record.iri
    return found


def _checked(items: list[Any], report: ImportReport) -> Iterator[Item]:
    """Each item of the right shape, once; the faults of the others go into the report."""
    seen: set[str] = set()
    for number, raw in enumerate(items, 1):
        name = raw.get("id") if isinstance(raw, dict) else None
        name = shown(name) if isinstance(name, str) and name else f"(elemento {number})"
        try:
            item = Item.model_validate(raw)
        except ValidationError as error:
            report.problems += [Problem(name, *fault) for fault in explain(error)]
            continue
        if item.id in seen:
            report.problems.append(Problem(name, "id", "ripetuto: vale il primo"))
            continue
        seen.add(item.id)
        yield item


def _converted(
    items: list[Item], converter: Converter, report: ImportReport
) -> Iterator[tuple[str, Converted]]:
    """Each item whose names mean something here; the faults of the others go into the report."""
    for item in items:
        try:
            yield item.id, converter.convert(item)
        except FieldError as error:
            report.problems.append(Problem(item.id, error.field, error.message))


def _store(converted: Converted, known: records.Layers, layer: Path) -> bool:
    """Write what is new: bodies and places first, so that the practice never dangles."""
    for body in converted.bodies:
        iri = ns.resource("ente", body.slug)
        if f"{ns.GRAPH}ente/{body.slug}" not in known.records:
            records.write(layer, "ente", body.slug, mapping.encode(mapping.BODY, body, iri))
    for place in converted.places:
        iri = ns.resource("luogo", place.slug)
        if f"{ns.GRAPH}luogo/{place.slug}" not in known.records:
            shape = mapping.PLACE_ELSEWHERE
            records.write(layer, "luogo", place.slug, mapping.encode(shape, place, iri))
    practice = converted.practice
    triples = mapping.practice_triples(practice)
    shipped = known.records.get(f"{ns.GRAPH}pratica/{practice.slug}")
    if shipped and records.turtle(shipped.triples) == records.turtle(triples):
        return False
    return records.write(layer, "pratica", practice.slug, triples)
