"""The JSON of a fit, for the API and for the command line: verdicts with their facts, no score."""

from talea_catalogue import namespaces as ns
from talea_catalogue.release import Release
from talea_catalogue.replicability import Check, Criterion, Fact, Missing, Said
from talea_catalogue.replicability.asked import COMPARED
from talea_catalogue.replicability.fit import Closest

from .answers import Json

__all__ = ["fit_answer"]


def fit_answer(release: Release, slug: str, istat: str) -> Json | None:
    """What `/api/v1/practices/{slug}/fit` answers; None where practice or Comune is not known.

    `blocks` has every prerequisite with its verdict; `blocking` the IRIs of those that are binding
    and denied. A `source` that is a record stands for the list of its `sources`.
    """
    engine = release.replicability
    fit = engine.fit(slug, istat)
    if fit is None:
        return None

    def query(code: str) -> str:
        return engine.query(code, slug, istat)

    return {
        "practice": slug,
        "comune": istat,
        "rules": fit.rules,
        "release": release.manifest.data_digest,
        "coverage": {"comparable": fit.comparable, "of": len(COMPARED)},
        "blocking": [one.iri for one in fit.blocks],
        "blocks": [_check(one, query("prerequisites")) for one in fit.checks],
        "criteria": [_criterion(one, query(one.id)) for one in fit.criteria],
        "closest": _closest(fit.closest),
        "note": _said(engine.rules.prediction),
    }


def _check(one: Check, query: str) -> Json:
    return {
        "prerequisite": one.iri,
        "title": one.it.title,
        "binding": one.it.binding,
        "verdict": one.verdict,
        "route": one.route,
        "reason": one.reason.it,
        "reason_en": one.reason.en,
        "check_as_said": one.it.check_as_said,
        "facts": [_fact(fact) for fact in one.facts],
        "missing": [_missing(lack) for lack in one.missing],
        "query": query,
    }


def _criterion(one: Criterion, query: str) -> Json:
    declared = one.declared
    return {
        "id": one.id,
        "verdict": one.verdict,
        "judged": one.judged,
        "reason": one.reason.it,
        "reason_en": one.reason.en,
        "declared": declared and {"factor": declared.iri, "reason": declared.reason},
        "arithmetic": [sums.it for sums in one.arithmetic],
        "figures": dict(one.figures),
        "facts": [_fact(fact) for fact in one.facts],
        "missing": [_missing(lack) for lack in one.missing],
        "query": query,
    }


def _fact(fact: Fact) -> Json:
    return {
        "subject": fact.subject,
        "predicate": fact.predicate,
        "object": fact.object,
        "source": fact.source,
        "date": fact.date,
        "sources": list(fact.sources),
        "series": fact.series,
    }


def _missing(lack: Missing) -> Json:
    return {"what": _said(lack.what), "who": _said(lack.who), "side": lack.side}


def _closest(closest: Closest | None) -> Json | None:
    if closest is None:
        return None
    return {
        "place": closest.adopter.iri,
        "name": closest.adopter.name,
        "comune": ns.resource("luogo", closest.near.istat),
        "origin": closest.adopter.is_origin,
        "replication": closest.adopter.replication,
        "declared_factors": closest.declared,
        "distance": closest.near.distance,
        "terms": [
            {
                "series": term.here.series.iri,
                "here": term.here.value,
                "there": term.there.value,
                "apart": term.apart,
            }
            for term in closest.near.terms
        ],
    }


def _said(said: Said) -> Json:
    return {"it": said.it, "en": said.en}
