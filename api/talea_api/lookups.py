"""Is there such a resource? Asked by pages and documents alike."""

from talea_catalogue import namespaces as ns
from talea_catalogue.repository import Repository

from .addresses import site_path, well_formed
from .errors import Problem
from .language import Text


def require(repository: Repository, iri: str) -> None:
    """Raise Problem 410 for a withdrawn resource, 404 for one that the release does not hold."""
    if not well_formed(iri):
        raise Problem("not-found")
    gone = repository.gone(iri)
    if gone is not None:
        replacement = gone.replaced_by
        path = site_path(replacement) if replacement else None
        raise Problem(
            "gone",
            Text(f"La sostituisce {replacement}.", f"It is replaced by {replacement}.")
            if replacement
            else None,
            headers={"Link": f'<{path}>; rel="successor-version"'} if path else {},
            replaced_by=replacement,
        )
    if iri != ns.ONTO and not repository.holds(iri):
        raise Problem("not-found")
