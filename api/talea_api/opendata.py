"""What the site says of its data to machines: editions, their files, DCAT-AP_IT and VoID.

The files of an edition are made after it is in force, and editions come and go, so whatever is
written from them is kept under a key with `state`.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from pyoxigraph import Literal, Triple

from talea_catalogue import dcat, dumps, editions
from talea_catalogue import namespaces as ns
from talea_catalogue.editions import KeptEdition
from talea_catalogue.release import Release
from talea_catalogue.terms import T

from .errors import Problem
from .language import Text
from .settings import Settings

EDITION: Final = dcat.EDITIONS + "/{digest}"
"""The route of one edition."""
PROJECT: Final = "Progetto Talea"
"""Who publishes, where nobody has said otherwise."""
_EXAMPLES: Final = 3
_PLAUSIBLE: Final = range(1900, 2100)
"""Years that a practice can have begun in."""


def state(release: Release, settings: Settings) -> str:
    """A text that changes when what there is to download changes."""
    return editions.state(settings.home_folder, release.folder)


def kept(release: Release, settings: Settings) -> list[KeptEdition]:
    """The editions that the home keeps, the one that is served first."""
    return editions.kept(settings.home_folder, release.folder)


def edition_named(release: Release, settings: Settings, digest: str) -> KeptEdition:
    """The edition with this digest, whole or its first 12 digits; raises Problem 404."""
    if len(digest) in (12, 64):
        for one in kept(release, settings):
            if one.manifest.data_digest.startswith(digest):
                return one
    raise Problem(
        "not-found",
        Text(
            "Questo sito non conserva un’edizione dei dati con questa impronta. "
            f"Le edizioni che si possono scaricare sono alla pagina {dcat.EDITIONS}.",
            "This site keeps no edition of the data with this digest. "
            f"The editions that can be downloaded are on the page /en{dcat.EDITIONS}.",
        ),
    )


def files(release: Release) -> dumps.Dumps | None:
    """The files of the release that is served; None until they are made."""
    return dumps.read(release.folder / dumps.FOLDER)


def catalogue(release: Release, settings: Settings) -> Iterable[Triple]:
    """The catalogue as DCAT-AP_IT describes it."""
    versions = [_version(one) for one in kept(release, settings)]
    return dcat.catalogue(_site(settings), versions, _first_year(release))


def edition(release: Release, settings: Settings, digest: str) -> Iterable[Triple]:
    """One edition as DCAT-AP_IT describes it, with those before it; raises Problem 404."""
    found = edition_named(release, settings, digest)
    older = [
        _version(one) for one in kept(release, settings) if one.manifest.date < found.manifest.date
    ]
    return dcat.version(_site(settings), _version(found), older)


def void(release: Release, settings: Settings) -> Iterable[Triple]:
    """The dataset as VoID describes it."""
    examples = islice(release.repository.listed(), _EXAMPLES)
    now = _version(kept(release, settings)[0])
    iris = [ns.resource("pratica", slug) for slug in examples]
    return dcat.void_description(_site(settings), now, iris)


def publisher(settings: Settings) -> dcat.Publisher:
    """Who publishes, as the settings say; the project where they say nothing."""
    return dcat.Publisher(
        settings.site_owner.strip() or PROJECT,
        settings.site_owner_code.strip() or (settings.site if settings.site_owner else ns.ROOT),
        settings.feedback_email.strip() or None,
    )


def _site(settings: Settings) -> dcat.Site:
    return dcat.Site(settings.site, publisher(settings))


def _version(one: KeptEdition) -> dcat.Version:
    return dcat.Version(one.manifest.data_digest, one.manifest.date, one.dumps())


def _first_year(release: Release) -> int | None:
    """The earliest year in which a practice is known to have begun."""
    years = (
        quad.object.value
        for quad in release.store.quads(None, T.startYear, None)
        if isinstance(quad.object, Literal)
    )
    known = [int(year) for year in years if year.isascii() and year.isdigit()]
    return min((year for year in known if year in _PLAUSIBLE), default=None)
