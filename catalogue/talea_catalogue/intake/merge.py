"""Two records of one practice become one: the first keeps its words, the second adds its facts.

Lists are joined without repeating an equal part, so merging the same facts again changes nothing.
Where the two give different words for a field that has one value, the first stay in the field and
the second are told in the editors' note: nothing that a source says is lost.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from .. import model
from .. import namespaces as ns

P = TypeVar("P")
Same = Mapping[str, Mapping[int, int]]
"""Parts that say the same: by field, the index in the second record and that in the first."""

_IN_WORDS = {
    "period_as_said": "periodo",
    "start_year": "anno di inizio",
    "promoter_as_said": "promotore",
    "promoter_office": "ufficio",
    "region_as_said": "territorio",
    "level_as_said": "livello di attuazione",
    "venue": "sede",
    "funding_as_said": "finanziamento",
    "resource_note": "nota sulle risorse",
    "replicability": "replicabilità",
    "web_page": "pagina web",
}
"""The fields whose second value is told in the note, as the note calls them."""

_OF_THE_PLACE = {"residents": "abitanti", "note": "contesto"}
_OF_THE_RECORD = {"confidence": "confidenza", "selection_note": "nota sulla selezione"}
"""The same for the fields of the context and of the record."""

_FIRST_ONLY = ("thematic_areas", "promoters")
"""Lists that the editors or the promoter's type give: two of them are not two facts."""

_BOUNDS = ("at_least", "at_most")
"""Fields that mean nothing without the measure that they bound."""


def merge(
    first: model.Practice, second: model.Practice, same: Same | None = None
) -> model.Practice:
    """One practice with the slug, title and wording of `first` and the facts of both."""
    values: dict[str, Any] = {}
    said = []
    for field in dataclasses.fields(model.Practice):
        name = field.name
        mine, theirs = getattr(first, name), getattr(second, name)
        if name in ("slug", "record", "title", "other_titles"):
            continue
        if isinstance(mine, tuple):
            if not (name in _FIRST_ONLY and mine):
                values[name] = _joined(mine, theirs, (same or {}).get(name, {}))
        elif mine is None:
            values[name] = theirs
        elif isinstance(mine, model.Context) and theirs is not None:
            values[name] = _filled(mine, theirs)
            said += _differing(mine, theirs, _OF_THE_PLACE)
        elif theirs not in (None, mine) and name in _IN_WORDS:
            said.append(f"{_IN_WORDS[name]} «{theirs}»")
    if second.thematic_areas and second.thematic_areas != first.thematic_areas:
        said.append(f"area tematica «{', '.join(map(ns.local, second.thematic_areas))}»")
    said += _differing(first.record, second.record, _OF_THE_RECORD)
    titles = {*first.other_titles, *second.other_titles, second.title} - {first.title, None}
    return dataclasses.replace(
        first,
        title=first.title or second.title,
        other_titles=tuple(sorted(cast(set[str], titles))),
        record=_record(first.record, second.record, said),
        **values,
    )


def _joined(mine: tuple[Any, ...], theirs: tuple[Any, ...], same: Mapping[int, int]) -> Any:
    if all(isinstance(item, str) for item in (*mine, *theirs)):
        return tuple(sorted({*mine, *theirs}))
    joined = list(mine)
    for number, part in enumerate(theirs):
        if number in same:
            joined[same[number]] = _filled(joined[same[number]], part)
        elif part not in joined:
            joined.append(part)
    return tuple(joined)


def _filled(part: P, other: P) -> P:
    """`part` with the sources of both, and the fields that it leaves empty from `other`.

    So also in the parts of a part, as the measurement of a result. The bounds of one measure are
    no bounds of another, and stay out.
    """
    values = {}
    measures = {getattr(one, "measure", None) for one in (part, other)} - {None}
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        mine, theirs = getattr(part, field.name), getattr(other, field.name)
        if field.name in _BOUNDS and len(measures) > 1:
            continue
        if isinstance(mine, tuple):
            values[field.name] = _joined(mine, theirs, {})
        elif mine is None:
            values[field.name] = theirs
        elif dataclasses.is_dataclass(mine) and theirs is not None:
            values[field.name] = _filled(mine, theirs)
    return dataclasses.replace(part, **values)  # type: ignore[type-var]


def _differing(first: object, second: object, fields: Mapping[str, str]) -> list[str]:
    """What `second` says otherwise in `fields`, each with the name that the note gives it."""
    found = []
    for name, called in fields.items():
        mine, theirs = getattr(first, name), getattr(second, name)
        if mine is not None and theirs not in (None, mine):
            words = ns.local(theirs) if name == "confidence" else theirs
            found.append(f"{called} «{words}»")
    return found


def _record(first: model.Record, second: model.Record, said: list[str]) -> model.Record:
    differing = f"Un'altra raccolta delle fonti dice: {'; '.join(said)}." if said else None
    about = {attribution.about for attribution in first.attributions}
    return dataclasses.replace(
        first,
        sources=tuple(sorted({*first.sources, *second.sources})),
        confidence=first.confidence or second.confidence,
        selected=second.selected if first.selected is None else first.selected,
        selection_note=first.selection_note or second.selection_note,
        link_confirmed=(
            second.link_confirmed if first.link_confirmed is None else first.link_confirmed
        ),
        confidence_note=_notes(first.confidence_note, second.confidence_note),
        editorial_note=_notes(first.editorial_note, second.editorial_note, differing),
        attributions=tuple(
            sorted(
                (*first.attributions, *(a for a in second.attributions if a.about not in about)),
                key=lambda attribution: attribution.about,
            )
        ),
    )


def _notes(*notes: str | None) -> str | None:
    """The notes one after the other, each paragraph once."""
    paragraphs = dict.fromkeys(p for note in notes if note for p in note.split("\n\n"))
    return "\n\n".join(paragraphs) or None
