"""`/pratiche/{slug}`: the sheet of a practice."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from talea_catalogue import namespaces as ns
from talea_catalogue.dcat import CC_BY
from talea_catalogue.lineage import INFERRED
from talea_catalogue.model import (
    Context,
    FinancialResource,
    Measurement,
    Practice,
    ReportedResult,
    ResultKind,
    Transfer,
)
from talea_catalogue.repository import Brief, Repository

from ..language import Text
from ..render import Page, safe_url
from ..views import Visit
from .alike import similar
from .choosing import COMUNE, choice
from .common import (
    Link,
    alternates,
    cards,
    formats,
    fuller,
    known,
    leads,
    link,
    linker,
    missing,
    page,
    place_of,
    title_of,
)
from .evidence import CLAIMS, step
from .fields import FIELDS, WANTING, left_out, unsaid
from .publications import holding
from .replication import groups, notes

Ref = Callable[[str], Link]
P = TypeVar("P")


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
    ResultKind.ESTIMATE: Kind(
        Text("Stime", "Estimates"),
        Text(
            "Un valore stimato da chi promuove la pratica. Non è un esito misurato.",
            "A value estimated by those who promote the practice. It is not a measured outcome.",
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

    Each comes with its number in the record, which is also its anchor (`esito-3`). `claims` is
    whether they are on the ladder of evidence.
    """

    anchor: str
    title: str
    meaning: str
    results: tuple[tuple[int, ReportedResult], ...]
    claims: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum or a cost line of the sheet; `anchor` is its place on the page."""

    anchor: str
    it: FinancialResource


@dataclass(frozen=True, slots=True)
class Choice(Generic[P]):
    """Parts that answer a question alike: yes, no, or nobody says; each with its number."""

    title: str
    parts: tuple[tuple[int, P], ...]


CORE: Final = (
    (True, Text("Essenziali", "Core")),
    (False, Text("Si possono cambiare", "May be changed")),
    (None, Text("Nessuna fonte dice se siano essenziali", "No source says whether they are core")),
)
BINDING: Final = (
    (True, Text("Vincolanti", "Binding")),
    (False, Text("Utili, non vincolanti", "Useful, not binding")),
    (
        None,
        Text("Nessuna fonte dice se siano vincolanti", "No source says whether they are binding"),
    ),
)
COSTS: Final = (
    (ns.concept("tipo-costo", "avvio"), Text("Per cominciare", "To start")),
    (ns.concept("tipo-costo", "esercizio"), Text("Per mantenerla", "To keep it running")),
    (
        None,
        Text(
            "Non è detto se per cominciare o per mantenerla",
            "It is not said whether to start or to keep it running",
        ),
    ),
)


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
    title = title_of(visit, brief)
    chosen = choice(visit)
    return page(
        visit,
        title,
        search=f"?{COMUNE.name}={chosen.istat}" if chosen.istat else "",
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
            "choice": chosen,
            "fuller": fuller(visit, slug, **({COMUNE.name: chosen.istat} if chosen.istat else {})),
            "fit_href": f"{visit.base}/pratiche/{slug}/confronto",
            "evidence": lambda result: step(visit, result),
            "note_of": lambda sources: notes(it.record.sources, sources),
            "noted": _has_notes(it),
            **_completeness(visit, slug),
            "inferred": inferred(it),
            "attributions": [a for a in it.record.attributions if a.origin == INFERRED],
            "meaning": lambda concept: _meaning(visit, concept),
            "topic_links": lambda name, iris: _topics(visit, ref, name, iris),
            "targets": sorted({iri for group in it.recipients for iri in group.categories}),
            "groups": result_groups(visit, it.results),
            "sums": _sums(visit, it),
            "components": _choices(visit, CORE, it.components, lambda one: one.core),
            "prerequisites": _choices(visit, BINDING, it.prerequisites, lambda one: one.binding),
            **_lineage(visit, it),
            "unit_as_said": lambda measurement: _unit_as_said(repository, measurement),
            "similar": similar(visit, slug),
            "leads": cards(visit, leads(repository, it)),
            "same_name": {ref(body).label for body in it.promoters} == {it.promoter_as_said},
            "untitled": it.title is None,
            "formats": formats(visit),
            "json": f"/api/v1/practices/{slug}",
            "digest": visit.release.manifest.data_digest,
            "publications": holding(visit, slug),
        },
    )


def _completeness(visit: Visit, slug: str) -> dict[str, Any]:
    """How much is known: the level, what the next one asks for, the fields without an answer."""
    repository = visit.release.repository
    level = repository.level(slug)
    concept = ns.concept("livello-completezza", str(level.level))
    said = repository.fields_said([slug])[slug]
    return {
        "level": level.level,
        "level_label": repository.label(concept, visit.lang),
        "level_meaning": _meaning(visit, concept),
        "wanting": [_wanting(visit, prop) for prop in level.missing],
        "fields_given": len(said),
        "fields_all": len(FIELDS),
        "fields_unsaid": unsaid(said, visit.lang),
        "left_out": left_out(said, visit.lang),
    }


def _lineage(visit: Visit, it: Practice) -> dict[str, Any]:
    """Who took the practice up, where it came from, and the sheets beside it."""
    repository = visit.release.repository
    own = repository.replications_of(it.slug)
    came_by = repository.replications_yielding(it.slug)
    origins = dict.fromkeys((*it.replica_of, *(one.replicates for one in came_by)))
    shown = {ns.local(one.yields) for one in (*own, *it.replications) if one.yields}
    linked = repository.replicas_declared(it.slug)
    known = own or it.replications or linked or origins
    return {
        "lineage": visit.href(f"{visit.path}/filiera") if known else None,
        "taken_up": groups(visit, it.replications, own),
        "went_to": cards(visit, (brief for brief in linked if brief.slug not in shown)),
        "came_from": [
            (one, [link(visit, ns.resource("replica", by.slug)) for by in _from(came_by, iri)])
            for iri in origins
            for one in cards(visit, repository.briefs([ns.local(iri)]))
        ],
        "beside": _beside(visit, it),
    }


def _from(came_by: Iterable[Transfer], origin: str) -> list[Transfer]:
    return [one for one in came_by if one.replicates == origin]


def _beside(visit: Visit, it: Practice) -> list[tuple[str, list[Link]]]:
    """Other sheets that the record names, or that name it, each under what the tie is."""
    repository = visit.release.repository
    found = (
        (visit.text("Approfondisce", "Goes deeper into"), it.deepens),
        (visit.text("È approfondita da", "Is told in depth by"), repository.deepened_by(it.slug)),
        (visit.text("Si collega a", "Is related to"), it.related),
        (visit.text("Attua", "Carries out"), (*it.plans, *it.project_actions)),
    )
    return [(title, [link(visit, iri) for iri in iris]) for title, iris in found if iris]


def _choices(
    visit: Visit,
    titles: Iterable[tuple[bool | None, Text]],
    parts: Sequence[P],
    answer: Callable[[P], bool | None],
) -> list[Choice[P]]:
    """Parts by what sources say of them; a choice that nothing has is left out."""
    return [
        Choice(title.to(visit.lang), these)
        for value, title in titles
        if (these := tuple(pair for pair in enumerate(parts, 1) if answer(pair[1]) is value))
    ]


def _sums(visit: Visit, it: Practice) -> list[tuple[str, list[Sum]]]:
    """The sums and the cost lines, apart by whether they start the practice or keep it running."""
    all_ = [
        Sum(f"{segment}-{number}", one)
        for segment, lines in (("risorsa", it.budgets), ("costo", it.costs))
        for number, one in enumerate(lines, 1)
    ]
    known_types = {kind for kind, _ in COSTS}
    found = [
        (
            title.to(visit.lang),
            [
                s
                for s in all_
                if (s.it.cost_type if s.it.cost_type in known_types else None) == kind
            ],
        )
        for kind, title in COSTS
    ]
    return [(title, these) for title, these in found if these]


def _has_notes(it: Practice) -> bool:
    """Whether some part of the record names its own sources."""
    parts = (part for field in dataclasses.fields(it) for part in _parts(getattr(it, field.name)))
    return any(getattr(part, "sources", ()) for part in parts)


def _parts(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, Context) else ()


def result_groups(visit: Visit, results: Sequence[ReportedResult]) -> list[ResultGroup]:
    """Results by kind, in the fixed order; a kind without results has no group."""
    return [
        ResultGroup(
            anchor=kind.value,
            title=text.title.to(visit.lang),
            meaning=text.meaning.to(visit.lang),
            results=these,
            claims=kind in CLAIMS,
        )
        for kind, text in KINDS.items()
        if (these := tuple(pair for pair in enumerate(results, 1) if pair[1].kind is kind))
    ]


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


def inferred(practice: Practice) -> set[str]:
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
