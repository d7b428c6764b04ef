"""The pool of the public SPARQL lane: over the release, or over an engine elsewhere."""

from pathlib import Path

from talea_catalogue.release import Release
from talea_catalogue.search import predicate
from talea_sparql.magic import Search
from talea_sparql.pool import Answer, Pool
from talea_sparql.protocol import Operation

from .settings import Settings


def pool_for(settings: Settings, data: Path, search: Search | None = None) -> Pool:
    """A pool, not started, that evaluates by what `settings.sparql_url` says.

    `data` is what a pool of processes opens; `search` may be given later.
    """
    if not settings.sparql_url:
        return Pool(data, settings.limits(), search=search)
    from talea_sparql.remote import RemotePool  # and with it the HTTP client

    return RemotePool(settings.sparql_url, settings.limits(), search=search)


async def evaluate_once(
    release: Release, settings: Settings, operation: Operation, client: str
) -> Answer:
    """What one query answers, as the public service would. Raises `SparqlError`."""
    pool = pool_for(settings, release.data, predicate(release.search))
    await pool.start()
    try:
        return await pool.evaluate(operation, client)
    finally:
        await pool.close()
