"""`/pratiche/{slug}`: the sheet of a practice."""

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Final

from talea_catalogue import namespaces as ns
from talea_catalogue.model import Measurement, Practice, Replication, ReportedResult, ResultKind
from talea_catalogue.repository import Brief, Repository
from talea_catalogue.text import fold

from ..language import Text
from ..render import Page, safe_url
from ..views import Visit
from .common import (
    Link,
    alternates,
    cards,
    formats,
    known,
    leads,
    linker,
    missing,
    page,
    place_of,
    title_of,
)
from .fields import FIELDS, WANTING, given, unknown

INFERRED: Final = ns.concept("origine", "inferita")
UNSPECIFIED: Final = ns.concept("genere-replica", "non-precisata")
CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"

Ref = Callable[[str], Link]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reported result: what it is called, and what it is and is not."""

    title: Text
    meaning: Text


KINDS: Final[dict[ResultKind, Kind]] = {
    ResultKind.OUTCOME: Kind(
        Text("Esiti misurati", "Measured outcomes"),
        Text(
            "Un risultato che la fonte dà come misurato, con un numero. Non prova, da solo, "
            "che sia dovuto alla pratica.",
            "A result that the source gives as measured, with a number. It does not prove, by "
            "itself, that the practice caused it.",
        ),
    ),
    ResultKind.QUALITATIVE: Kind(
        Text("Esiti qualitativi", "Qualitative findings"),
        Text(
            "Un cambiamento raccontato a parole, senza una misura.",
            "A change told in words, without a measurement.",
        ),
    ),
    ResultKind.OUTPUT: Kind(
        Text("Realizzazioni", "Outputs"),
        Text(
            "Quanto è stato fatto, fornito, chiesto o ammesso. Non dice che cosa è cambiato.",
            "How much was done, supplied, asked for or admitted. It does not say what changed.",
        ),
    ),
    ResultKind.CAPACITY: Kind(
        Text("Capienza", "Capacity"),
        Text(
            "Quanti posti ci sono o quante persone si possono accogliere. Non dice quante lo "
            "sono state.",
            "How many places there are or how many people can be received. It does not say how "
            "many were.",
        ),
    ),
    ResultKind.CONTEXT: Kind(
        Text("Contesto", "Context"),
        Text(
            "Fatti che stanno intorno alla pratica. Non sono un suo effetto.",
            "Facts that surround the practice. They are not an effect of it.",
        ),
    ),
    ResultKind.FORECAST: Kind(
        Text("Previsioni", "Forecasts"),
        Text(
            "Quanto si prevedeva o si era annunciato. Non dice che sia avvenuto.",
            "What was expected or announced. It does not say that it happened.",
        ),
    ),
}
"""In the order of the sheet. Only the first is a measured outcome."""


@dataclass(frozen=True, slots=True)
class ResultGroup:
    """The results of one kind. `anchor` is also the name that the data give the kind.

    Each comes with its number in the record, which is also its anchor (`esito-3`).
    """

    anchor: str
    title: str
    meaning: str
    results: tuple[tuple[int, ReportedResult], ...]


@dataclass(frozen=True, slots=True)
class ReplicationGroup:
    """The replications of one kind, and what that kind means; each with its number."""

    title: str
    meaning: str
    replications: tuple[tuple[int, Replication], ...]


def practice(visit: Visit) -> Page:
    """The sheet; a shorter page where only the body is known."""
    slug = visit.names["slug"]
    repository = visit.release.repository
    iri = known(visit, ns.resource("pratica", slug))
    it = repository.practice(slug)
    if it is None:
        raise missing()
    brief = repository.brief(slug)
    ref = linker(visit)
    level = repository.level(slug)
    title = title_of(visit, brief)
    linked = repository.replicas_declared(slug)
    named = _named_again(repository, it.replications, linked)
    shown_below = {number for pairs in named.values() for number, _ in pairs}
    return page(
        visit,
        title,
        steps=[(visit.text("Pratiche", "Practices"), "/pratiche")],
        description=it.needs[0].title if it.needs else None,
        alternates=alternates(visit),
        jsonld=_jsonld(visit, it, iri),
        data={
            "iri": iri,
            "practice": it,
            "brief": brief,
            "place": _where(visit, it, brief),
            "ref": ref,
            "level": level.level,
            "level_label": ref(ns.concept("livello-completezza", str(level.level))).label,
            "level_meaning": _meaning(visit, ns.concept("livello-completezza", str(level.level))),
            "wanting": [_wanting(visit, prop) for prop in level.missing],
            "fields_given": given(it),
            "fields_all": len(FIELDS),
            "fields_unknown": unknown(it, visit.lang),
            "inferred": _inferred(it),
            "attributions": [a for a in it.record.attributions if a.origin == INFERRED],
            "meaning": lambda concept: _meaning(visit, concept),
            "topic_links": lambda name, iris: _topics(visit, ref, name, iris),
            "targets": sorted({iri for group in it.recipients for iri in group.categories}),
            "groups": result_groups(visit, it.results),
            "replications": _replications(visit, it.replications, shown_below),
            "came_from": cards(visit, repository.briefs(map(ns.local, it.replica_of))),
            "went_to": [
                (one, named.get(declared.slug, []))
                for declared, one in zip(linked, cards(visit, linked), strict=True)
            ],
            "unit_as_said": lambda measurement: _unit_as_said(repository, measurement),
            "leads": cards(visit, leads(repository, it)),
            "same_name": {ref(body).label for body in it.promoters} == {it.promoter_as_said},
            "untitled": it.title is None,
            "formats": formats(visit),
            "json": f"/api/v1/practices/{slug}",
            "digest": visit.release.manifest.data_digest,
        },
    )


def result_groups(visit: Visit, results: Sequence[ReportedResult]) -> list[ResultGroup]:
    """Results by kind, in the fixed order; a kind without results has no group."""
    return [
        ResultGroup(kind.value, text.title.to(visit.lang), text.meaning.to(visit.lang), these)
        for kind, text in KINDS.items()
        if (these := tuple(pair for pair in enumerate(results, 1) if pair[1].kind is kind))
    ]


def _replications(
    visit: Visit, all_: Sequence[Replication], shown_below: Container[int]
) -> list[ReplicationGroup]:
    pairs = [pair for pair in enumerate(all_, 1) if pair[0] not in shown_below]
    return [
        ReplicationGroup(
            visit.release.repository.label(kind, visit.lang),
            _meaning(visit, kind),
            tuple(pair for pair in pairs if pair[1].kind == kind),
        )
        for kind in dict.fromkeys(one.kind for _, one in pairs)
    ]


def _named_again(
    repository: Repository, replications: Sequence[Replication], linked: Sequence[Brief]
) -> dict[str, list[tuple[int, str]]]:
    """Places named without a kind that are those of practices linked to this one, by slug."""
    found: dict[str, list[tuple[int, str]]] = {}
    for brief in linked:
        other = repository.practice(brief.slug)
        places = (other.promoter_place, *other.implemented_in) if other else ()
        names = [brief.title, brief.place, *(repository.label(one) for one in places if one)]
        words = " | ".join(fold(name) for name in names if name)
        for number, one in enumerate(replications, 1):
            said = re.escape(fold(one.as_said))
            if one.kind == UNSPECIFIED and re.search(rf"(?<!\w){said}(?!\w)", words):
                found.setdefault(brief.slug, []).append((number, one.as_said))
    return found


def _where(visit: Visit, it: Practice, brief: Brief) -> str | None:
    """Every place where a practice takes place; where none is stated, what its line says."""
    if len(it.implemented_in) < 2:
        return place_of(brief)
    names = [visit.release.repository.label(one, visit.lang) for one in it.implemented_in]
    return ", ".join(dict.fromkeys((*names, *filter(None, (brief.region,)))))


def _unit_as_said(repository: Repository, measurement: Measurement) -> str | None:
    """The unit in the words of the record, where they say more than unit and qualifier do."""
    said, unit = measurement.unit_as_said, measurement.unit
    if said and measurement.qualifier:
        word = repository.label(measurement.qualifier)
        said = said.removesuffix(f"({word})").strip()
    return measurement.unit_as_said if said and said != unit else None


def _meaning(visit: Visit, iri: str) -> str:
    concept = visit.release.repository.concept(iri)
    return concept.definition(visit.lang) if concept else ""


def _topics(visit: Visit, ref: Ref, name: str, iris: Sequence[str]) -> list[Link]:
    """Concepts as links to the practices that share them; `name` is the filter."""
    return [Link(ref(iri).label, visit.href("/pratiche", **{name: ns.local(iri)})) for iri in iris]


def _wanting(visit: Visit, prop: str) -> str:
    text = WANTING.get(prop.removeprefix(ns.DCT).rsplit("/", 1)[-1])
    return text.to(visit.lang) if text else visit.release.repository.label(prop, visit.lang)


def _inferred(practice: Practice) -> set[str]:
    """Local names of the properties whose values no source declares."""
    return {ns.local(a.about) for a in practice.record.attributions if a.origin == INFERRED}


def _jsonld(visit: Visit, it: Practice, iri: str) -> dict[str, Any]:
    """The sheet for search engines: what it describes and where that comes from, no more."""
    label = visit.release.repository.label
    topics = [label(one, visit.lang) for one in (*it.thematic_areas, *it.interventions)]
    # Where the promoter sits is not where a practice takes place: only stated places are told.
    places = it.implemented_in or tuple(filter(None, (it.region,)))
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "@id": iri,
        "identifier": iri,
        "name": it.title,
        "url": visit.settings.absolute(visit.base + visit.path),
        "inLanguage": "it",
        "license": CC_BY,
        "version": visit.release.manifest.data_digest,
        "abstract": it.needs[0].title if it.needs else None,
        "about": [*(need.title for need in it.needs), *topics],
        "isBasedOn": [url for url in it.record.sources if safe_url(url)],
        "contentLocation": [{"@type": "Place", "name": label(place)} for place in places],
    }
    return {name: value for name, value in data.items() if value}
