"""Practices near a practice, a concept or a Comune, in the JSON API: each with its why.

Also the lineage of a practice: where it came from and who took it up.
"""

from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from talea_catalogue import namespaces as ns
from talea_catalogue.lineage import Step
from talea_catalogue.release import Release
from talea_catalogue.repository import Repository
from talea_catalogue.search import FromComune, Hit, Reason, Shared
from talea_catalogue.search.facets import Value

from ..answers import LARGEST_LIMIT, LONGEST_TEXT, Json, brief_answer
from .api import ERRORS, JsonText, as_json

SIMILAR: Final = 5
"""Similar practices, unless more are asked for."""
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,199}$")]
Many = Annotated[int, Query(ge=1, le=LARGEST_LIMIT)]


def router() -> APIRouter:
    """The addresses, described in OpenAPI beside the rest of the API."""
    routes = APIRouter(prefix="/api/v1", tags=["catalogue"], responses=ERRORS)

    @routes.get("/practices/{slug}/similar", response_class=JsonText)
    async def similar(request: Request, slug: Slug, limit: Many = SIMILAR) -> Response:
        """The practices most like one: topics that both have, passages that say alike.

        Those that a source says are the same one elsewhere are left out; so are the unlike.
        """
        return await as_json(request, (slug, limit), lambda r: similar_answer(r, slug, limit))

    @routes.get("/practices/{slug}/lineage", response_class=JsonText)
    async def lineage(request: Request, slug: Slug) -> Response:
        """Where a practice came from and who took it up, passage by passage, as far as is known.

        A step is one passage: `practice` was taken up by `as_said`, in the words of the source.
        `generation` is that of the adopter: 0 is the practice asked for, 1 took it up, 2 took it up
        from those. `taken_up` is false for who only shares a network. `yields` is the practice born
        of it, where it has a record, and `linked` tells that this record declares the link.
        `elsewhere` counts who else took up what the practice came from; `left_out` the steps beyond
        the nearest 200. No step is not that there are none: nobody is known.
        """
        return await as_json(request, (slug,), lambda release: lineage_answer(release, slug))

    @routes.get("/concepts/{scheme}/{notation}/practices", response_class=JsonText)
    async def concept(request: Request, scheme: Slug, notation: Slug, limit: Many = 20) -> Response:
        """The practices of a concept, narrower ones included, then the closest in meaning.

        Those that are only close are not `confident`.
        """
        iri = ns.concept(scheme, notation)
        return await as_json(request, (iri, limit), lambda r: concept_answer(r, iri, limit))

    @routes.get("/comuni/{istat}/like/practices", response_class=JsonText)
    async def from_comuni_like(
        request: Request,
        istat: Annotated[str, Path(pattern=r"^[0-9]{6}$")],
        q: Annotated[
            str, Query(max_length=LONGEST_TEXT, description="Words to search for; may be empty")
        ] = "",
        limit: Many = 20,
    ) -> Response:
        """The practices of Comuni of the same class of residents or of inner areas as one."""
        text = " ".join(q.split())
        return await as_json(
            request,
            (istat, text, limit),
            partial(like_answer, istat=istat, text=text, limit=limit),
            searching=bool(text),
        )

    return routes


def similar_answer(release: Release, slug: str, limit: int) -> Json | None:
    """What `/api/v1/practices/{slug}/similar` answers; None for no such practice."""
    if not release.repository.briefs([slug]):
        return None
    hits = release.search.similar(slug, limit)
    return {
        "release": release.manifest.data_digest,
        "slug": slug,
        "results": [_hit(release.repository, hit) for hit in hits],
    }


def lineage_answer(release: Release, slug: str) -> Json | None:
    """What `/api/v1/practices/{slug}/lineage` answers; None for no such practice."""
    repository = release.repository
    found = repository.lineage(slug)
    if found is None:
        return None
    return {
        "release": release.manifest.data_digest,
        "slug": slug,
        "origins": [_step(repository, one) for one in found.origins],
        "replications": [_step(repository, one) for one in found.replications],
        "elsewhere": dict(found.elsewhere),
        "left_out": found.left_out,
    }


def concept_answer(release: Release, iri: str, limit: int) -> Json | None:
    """What `/api/v1/concepts/…/practices` answers; None for no such concept."""
    concept = release.repository.concept(iri)
    if concept is None:
        return None
    hits = release.search.for_concept(iri, limit)
    return {
        "release": release.manifest.data_digest,
        "concept": _reference(release.repository, iri),
        "results": [_hit(release.repository, hit) | {"confident": hit.confident} for hit in hits],
    }


def like_answer(release: Release, istat: str, text: str, limit: int) -> Json | None:
    """What `/api/v1/comuni/{istat}/like/practices` answers; None for no such Comune."""
    found = release.search.from_comuni_like(istat, text, limit)
    if found is None:
        return None
    return {
        "release": release.manifest.data_digest,
        "istat": istat,
        "name": found.comune.name,
        "query": text,
        "classes": {name: _value(value) for name, value in found.classes.items()},
        "unknown": list(found.unknown),
        "results": [_from_comune(one) for one in found.practices],
    }


def _hit(repository: Repository, hit: Hit) -> Json:
    return brief_answer(hit.brief) | {"why": [_why(repository, one) for one in hit.reasons]}


def _step(repository: Repository, one: Step) -> Json:
    def ref(iri: str | None) -> Json | None:
        return _reference(repository, iri) if iri else None

    return {
        "iri": one.iri,
        "practice": one.practice,
        "as_said": one.as_said,
        "generation": one.generation,
        "kind": ref(one.kind),
        "taken_up": one.taken_up,
        "origin": ref(one.origin),
        "year": one.year,
        "status": ref(one.status),
        "adopted_by": [ref(iri) for iri in one.adopted_by],
        "adopted_in": ref(one.adopted_in),
        "place_as_said": one.place_as_said,
        "country": ref(one.country),
        "yields": one.yields,
        "linked": one.linked,
        "changes": [
            {
                "title": change.title,
                "description": change.description,
                "reason": change.reason,
                "basis": ref(change.basis),
            }
            for change in one.changes
        ],
        "tellings": list(one.tellings),
        "detailed_in": list(one.detailed_in),
        "sources": list(one.sources),
    }


def _why(repository: Repository, reason: Reason) -> Json:
    label = {"it": reason.label_it, "en": reason.label_en}
    if reason.concept:
        concept = _reference(repository, reason.concept)
        return {"field": reason.field, "label": label, "concept": concept}
    text = "".join(piece for piece, _ in reason.fragments)
    return {"field": reason.field, "label": label, "text": text, "beside": reason.beside}


def _reference(repository: Repository, iri: str) -> Json:
    return {
        "iri": iri,
        "label": {"it": repository.label(iri, "it"), "en": repository.label(iri, "en")},
    }


def _from_comune(one: FromComune) -> Json:
    return brief_answer(one.brief) | {
        "comune": {"istat": one.comune.istat, "name": one.comune.name},
        "shared": [_shared(each) for each in one.shared],
        "confident": one.confident,
    }


def _shared(shared: Shared) -> Json:
    return {
        "facet": shared.facet,
        **_value(shared.value),
        "here": shared.here,
        "there": shared.there,
    }


def _value(value: Value) -> Json:
    return {"value": value.value, "label": {"it": value.label_it, "en": value.label_en}}
