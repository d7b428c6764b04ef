"""`/risorse/piano/{id}`: a public plan and the practices that carry it out."""

from talea_catalogue import namespaces as ns

from ..render import Page
from ..views import Visit
from .common import alternates, cards, formats, known, linker, missing, page


def plan(visit: Visit) -> Page:
    """A plan with a record of its own."""
    repository = visit.release.repository
    slug = visit.names["id"]
    iri = known(visit, ns.resource("piano", slug))
    it = repository.plan(slug)
    if it is None:
        raise missing()
    return page(
        visit,
        it.title,
        alternates=alternates(visit),
        data={
            "iri": iri,
            "plan": it,
            "ref": linker(visit),
            "practices": cards(visit, repository.practices_of_plan(slug)),
            "formats": formats(visit),
        },
    )
