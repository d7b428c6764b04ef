"""The JSON answers: the same for the API and for the command line, whatever carries them.

Keys are English. A reference is `{"iri", "label": {"it", "en"}}`; what no source gives is null or
an empty list; measured numbers are numbers, with the words of the source beside them.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from talea_catalogue import model
from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.repository import Brief, Fact, Repository
from talea_catalogue.search import Answer, Query, Reason
from talea_catalogue.search.constraints import Said
from talea_catalogue.search.facets import FILTERS

Json = dict[str, Any]

LIMIT: Final = 20
LARGEST_LIMIT: Final = 100
LARGEST_OFFSET: Final = 10_000
LONGEST_TEXT: Final = 300
"""Characters of a search text."""
_ISTAT: Final = re.compile(r"[0-9]{6}", re.ASCII)


def search_answer(release: Release, query: Query) -> Json:
    """What `/api/v1/search` and `talea search --json` answer."""
    answer = release.search.search(query)
    ref = _References(release.repository)
    return {
        "query": query.text,
        "release": release.manifest.data_digest,
        "total": answer.total,
        "confident": answer.confident,
        "understood": _understood(answer, ref),
        "results": [
            brief_answer(hit.brief)
            | {"confident": hit.confident, "why": [_reason(one, ref) for one in hit.reasons]}
            for hit in answer.hits
        ],
        "facets": {
            facet.name: [
                {
                    "value": option.value,
                    "label": {"it": option.label_it, "en": option.label_en},
                    "count": option.count,
                    "selected": option.selected,
                }
                for option in facet.options
            ]
            for facet in answer.facets
        },
    }


def brief_answer(brief: Brief) -> Json:
    """A practice as a line of a list."""
    return {
        "slug": brief.slug,
        "iri": brief.iri,
        "title": brief.title,
        "promoter": brief.promoter,
        "tier": brief.level,
    }


def practice_answer(release: Release, slug: str) -> Json | None:
    """Everything that the catalogue knows of a practice; None when it does not hold it."""
    repository = release.repository
    practice = repository.practice(slug)
    if practice is None:
        return None
    ref = _References(repository)
    level = repository.level(slug)
    return {
        "release": release.manifest.data_digest,
        "slug": slug,
        "iri": ns.resource("pratica", slug),
        "title": practice.title,
        "tier": level.level,
        "missing_for_next_tier": ref(level.missing),
        "promoters": ref(practice.promoters),
        "promoter_as_said": practice.promoter_as_said,
        "promoter_office": practice.promoter_office,
        "promoter_place": _one(ref, practice.promoter_place),
        "promoter_members": ref(practice.promoter_members),
        "implemented_in": ref(practice.implemented_in),
        "region": _one(ref, practice.region),
        "country": _one(ref, practice.country),
        "period_as_said": practice.period_as_said,
        "start_year": practice.start_year,
        "thematic_areas": ref(practice.thematic_areas),
        "interventions": ref(practice.interventions),
        "needs": [
            {"title": need.title, "categories": ref(need.categories)} for need in practice.needs
        ],
        "recipients": [
            {"title": group.title, "categories": ref(group.categories)}
            for group in practice.recipients
        ],
        "actions": [action.title for action in practice.actions],
        "results": [_result(result, ref) for result in practice.results],
        "budgets": [
            {"amount_eur": _number(budget.amount), "note": budget.note}
            for budget in practice.budgets
        ],
        "staff": [one.description for one in practice.staff],
        "funding": ref(practice.funding),
        "funding_as_said": practice.funding_as_said,
        "resource_note": practice.resource_note,
        "partners": [
            {"name": partner.name, "body": _one(ref, partner.body)} for partner in practice.partners
        ],
        "prerequisites": [one.title for one in practice.prerequisites],
        "obstacles": [
            {"description": one.description, "overcome_by": one.overcome_by}
            for one in practice.obstacles
        ],
        "improvements": [one.description for one in practice.improvements],
        "replicability": practice.replicability,
        "replications": [
            {
                "as_said": one.as_said,
                "kind": _one(ref, one.kind),
                "adopted_in": _one(ref, one.adopted_in),
                "yields": _one(ref, one.yields),
            }
            for one in practice.replications
        ],
        "replica_of": ref(practice.replica_of),
        "web_page": practice.web_page,
        "presented_at": ref(practice.presented_at),
        "same_body": ref(practice.same_body),
        "record": _record(practice.record, ref),
    }


def comune_answer(release: Release, istat: str) -> Json | None:
    """A Comune, its Ambito, its facts with their sources, its practices; None for no Comune."""
    repository = release.repository
    comune = repository.comune(istat)
    if comune is None:
        return None
    ref = _References(repository)
    return {
        "release": release.manifest.data_digest,
        "istat": comune.istat,
        "name": comune.name,
        "iri": comune.place_iri,
        "body_iri": comune.body_iri,
        "province": comune.province,
        "region": comune.region,
        "ambito": {
            "id": comune.ambito,
            "iri": ns.resource("ente", comune.ambito),
            "name": comune.ambito_name,
        }
        if comune.ambito
        else None,
        "membership_basis": comune.membership_basis,
        "notes": list(comune.notes),
        "facts": [_fact(fact, ref) for fact in comune.facts],
        "practices": [brief_answer(brief) for brief in repository.practices_of_comune(istat)],
    }


# --- Parts ---


class _References:
    """Turns IRIs into references, asking for each label once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[str, Json] = {}

    def __call__(self, iris: Iterable[str]) -> list[Json]:
        return [self.one(iri) for iri in iris]

    def one(self, iri: str) -> Json:
        if iri not in self._known:
            label = {
                "it": self._repository.label(iri, "it"),
                "en": self._repository.label(iri, "en"),
            }
            self._known[iri] = {"iri": iri, "label": label}
        return self._known[iri]


def _one(ref: _References, iri: str | None) -> Json | None:
    return ref.one(iri) if iri else None


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _result(result: model.ReportedResult, ref: _References) -> Json:
    measurement = result.measurement
    return {
        "kind": result.kind.value,
        "is_measured_outcome": result.kind is model.ResultKind.OUTCOME,
        "description": result.description,
        "measurement": None
        if measurement is None
        else {
            "value": _number(measurement.value),
            "qualifier": _one(ref, measurement.qualifier),
            "unit": measurement.unit,
            "unit_as_said": measurement.unit_as_said,
            "period_as_said": measurement.period_as_said,
            "baseline_as_said": measurement.baseline_as_said,
            "method_as_said": measurement.method_as_said,
        },
    }


def _record(record: model.Record, ref: _References) -> Json:
    return {
        "status": _one(ref, record.status),
        "sources": list(record.sources),
        "confidence": _one(ref, record.confidence),
        "confidence_note": record.confidence_note,
        "selected_at_festival": record.selected,
        "selection_note": record.selection_note,
        "link_confirmed": record.link_confirmed,
        "attributions": [
            {
                "about": ref.one(one.about),
                "origin": ref.one(one.origin),
                "note": one.note,
            }
            for one in record.attributions
        ],
    }


def _fact(fact: Fact, ref: _References) -> Json:
    is_concept = fact.value.startswith(ns.VOC)
    series = fact.series
    return {
        "property": fact.property,
        "label": {"it": series.title_it, "en": series.title_en},
        "value": fact.value,
        "concept": ref.one(fact.value) if is_concept else None,
        "unit": {"it": series.unit_it, "en": series.unit_en} if series.unit_it else None,
        "series": series.iri,
        "reference_date": series.reference_date,
        "publisher": series.publisher,
        "source": series.source,
        "licence": series.licence,
    }


def _understood(answer: Answer, ref: _References) -> Json:
    """How the text was read: what was sought in its place, its filters, its topics."""
    correction = answer.correction
    return {
        "correction": {"sought": correction.used, "perhaps": correction.text}
        if correction.changes
        else None,
        "filters": [_said(one, correction.used) for one in answer.said],
        "unmet": [_said(one, correction.used) for one in answer.unmet],
        "topics": ref(answer.topics),
        "beyond": _one(ref, answer.beyond),
    }


def _said(said: Said, text: str) -> Json:
    return {
        "name": said.name,
        "values": list(said.values),
        "label": {"it": said.label_it, "en": said.label_en},
        "words": text[said.start : said.end].strip(),
    }


def _reason(reason: Reason, ref: _References) -> Json:
    return {
        "field": reason.field,
        "label": {"it": reason.label_it, "en": reason.label_en},
        "text": "".join(text for text, _ in reason.fragments),
        "fragments": [{"text": text, "match": match} for text, match in reason.fragments],
        "concept": _one(ref, reason.concept),
        "said": {"it": reason.said_it, "en": reason.said_en} if reason.concept else None,
    }


def is_known(repository: Repository, name: str, value: str) -> bool:
    """Whether a value makes sense for a filter: see `talea_catalogue.search.facets`."""
    if name == "comune":
        place = repository.place(ns.resource("luogo", value)) if _ISTAT.fullmatch(value) else None
        return place is not None and place.kind == "City"
    return repository.columns().takes(name, value)


def filters_from(given: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The filters that have a value, sorted, so that equal questions are equal."""
    cleaned = {name: sorted({value for value in given.get(name, ()) if value}) for name in FILTERS}
    return {name: tuple(values) for name, values in cleaned.items() if values}
