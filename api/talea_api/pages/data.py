"""`/dati` and the editions of the data: what there is to take, how to check and to cite it."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from talea_catalogue.dcat import CC_BY, EDITIONS, edition_path
from talea_catalogue.dumps import Dumps, File
from talea_catalogue.editions import KeptEdition
from talea_sparql.formats import by_media_type

from .. import memento, opendata
from ..language import Text
from ..render import Page
from ..views import Visit
from .common import alternates, formats, page
from .figures import LICENCES

_ARCHIVE: Final = Text("Tutte le tabelle, in CSV", "All the tables, as CSV")
_SUMS: Final = Text("Le impronte dei file", "The hashes of the files")
_CONTENTS: Final = Text(
    "Le impronte dei file una volta aperti", "The hashes of the files once unpacked"
)
_COLUMNS: Final = Text("Che cosa sono le colonne", "What the columns are")
_WHAT: Final = {
    ".nq.gz": Text("ogni affermazione con il suo grafo", "each statement with its graph"),
    ".trig.gz": Text("lo stesso, da leggere", "the same, to be read"),
    ".jsonld.gz": Text("lo stesso, in JSON", "the same, as JSON"),
    ".ttl.gz": Text("tutte le affermazioni, senza i grafi", "all the statements, without graphs"),
}
COUNTS: Final = {
    "pratica": Text("pratiche", "practices"),
    "ente": Text("enti", "bodies"),
    "luogo": Text("luoghi", "places"),
    "evento": Text("eventi", "events"),
    "progetto": Text("progetti", "projects"),
    "piano": Text("piani", "plans"),
    "pubblicazione": Text("pubblicazioni", "publications"),
    "replica": Text("repliche", "replications"),
    "grafi": Text("grafi", "graphs"),
    "triple": Text("affermazioni", "statements"),
}
"""What the counts of a manifest are called; one without a name is shown by its own."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file in a table of downloads. `size` is in bytes."""

    title: str
    name: str
    href: str
    size: int
    sha256: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A count of an edition and of the one before it; None where that one did not count it."""

    label: str
    now: int
    before: int | None


def data(visit: Visit) -> Page:
    """The release: what it is, how to take it, how to cite it, what it cannot say."""
    repository = visit.release.repository
    files = opendata.files(visit.release)
    return page(
        visit,
        visit.text("I dati aperti", "The open data"),
        links=memento.links(visit.settings.site)[1:],
        jsonld=_dataset(visit, files),
        data={
            "manifest": visit.release.manifest,
            "counts": dict(repository.counts()),
            "series": repository.series(),
            "licences": LICENCES,
            "site": visit.settings.base_url.rstrip("/"),
            "edition_href": _href(visit, visit.release.manifest.data_digest),
            "graphs": _rdf(visit, visit.release.manifest.data_digest, files),
            "tables": _tables(visit, visit.release.manifest.data_digest, files),
            "others": _others(visit, visit.release.manifest.data_digest, files),
        },
    )


def editions(visit: Visit) -> Page:
    """The editions that this site keeps."""
    return page(
        visit,
        visit.text("Le edizioni dei dati", "The editions of the data"),
        steps=[(visit.text("I dati aperti", "The open data"), "/dati")],
        data={
            "editions": [
                SimpleNamespace(
                    digest=one.manifest.data_digest,
                    href=_href(visit, one.manifest.data_digest),
                    date=one.manifest.date,
                    in_force=one.in_force,
                    pinned=one.pinned,
                    counts=_counts(visit, one),
                )
                for one in opendata.kept(visit.release, visit.settings)
            ]
        },
    )


def edition(visit: Visit) -> Page:
    """One edition: its files, how to cite it, what changed in numbers. Raises Problem 404."""
    found = opendata.edition_named(visit.release, visit.settings, visit.names["digest"])
    digest, files = found.manifest.data_digest, found.dumps()
    others = opendata.kept(visit.release, visit.settings)
    older = [one for one in others if one.manifest.date < found.manifest.date]
    before = max(older, key=lambda one: one.manifest.date, default=None)
    short = found.manifest.data_digest_short
    return page(
        visit,
        visit.text(f"Edizione dei dati {short}", f"Edition of the data {short}"),
        steps=[
            (visit.text("I dati aperti", "The open data"), "/dati"),
            (visit.text("Le edizioni", "The editions"), EDITIONS),
        ],
        canonical=visit.settings.absolute(_href(visit, digest)),
        alternates=alternates(visit),
        links=memento.links(visit.settings.site),
        headers={memento.DATE: memento.http_date(found)},
        data={
            "manifest": found.manifest,
            "in_force": found.in_force,
            "pinned": found.pinned,
            "site": visit.settings.base_url.rstrip("/"),
            "before": before
            and SimpleNamespace(
                href=_href(visit, before.manifest.data_digest),
                digest=before.manifest.data_digest_short,
                date=before.manifest.date,
            ),
            "changes": _changes(visit, found, before),
            "graphs": _rdf(visit, digest, files),
            "tables": _tables(visit, digest, files),
            "others": _others(visit, digest, files),
            "formats": formats(visit),
        },
    )


# --- Parts ---


def _href(visit: Visit, digest: str) -> str:
    return visit.base + edition_path(digest)


def _download(visit: Visit, digest: str, file: File, title: str) -> Download:
    # Files have one address, whatever the language of the page.
    href = f"{edition_path(digest)}/{file.name}"
    return Download(title, file.name, href, file.size, file.sha256, file.rows)


def _rdf(visit: Visit, digest: str, files: Dumps | None) -> list[Download]:
    """The whole graph in each format; nothing where the files are not made yet."""
    found = []
    for suffix, what in _WHAT.items():
        file = files.file("talea" + suffix) if files else None
        form = by_media_type(file.content_type.partition(";")[0]) if file else None
        if file and form:
            title = f"{form.name}: {what.to(visit.lang)}"
            found.append(_download(visit, digest, file, title))
    return found


def _tables(visit: Visit, digest: str, files: Dumps | None) -> list[Download]:
    """One table a class, by name."""
    found = []
    for file in files.tables if files else ():
        label = file.label_en if visit.lang == "en" else file.label_it
        title = label or file.name.removesuffix(".csv.gz")
        found.append(_download(visit, digest, file, title))
    return sorted(found, key=lambda one: (one.title.casefold(), one.name))


def _others(visit: Visit, digest: str, files: Dumps | None) -> dict[str, Download]:
    """The archive of tables, the dictionary of columns and the hashes, by a name of ours."""
    wanted = {
        "archive": ("talea-csv.zip", _ARCHIVE),
        "columns": ("colonne.csv.gz", _COLUMNS),
        "sums": ("SHA256SUMS", _SUMS),
        "contents": ("SHA256SUMS.contents", _CONTENTS),
    }
    found = {}
    for key, (name, title) in wanted.items():
        file = files.file(name) if files else None
        if file:
            found[key] = _download(visit, digest, file, title.to(visit.lang))
    return found


def _counts(visit: Visit, one: KeptEdition) -> list[tuple[str, str, int]]:
    """Name, label and number of each count, those that we have a word for first."""
    counts = one.manifest.counts
    known = [name for name in COUNTS if name in counts]
    return [
        (name, COUNTS[name].to(visit.lang) if name in COUNTS else name, counts[name])
        for name in (*known, *(name for name in counts if name not in COUNTS))
    ]


def _changes(visit: Visit, found: KeptEdition, before: KeptEdition | None) -> list[Change]:
    old = before.manifest.counts if before else {}
    return [Change(label, number, old.get(name)) for name, label, number in _counts(visit, found)]


def _dataset(visit: Visit, files: Dumps | None) -> dict[str, Any]:
    """The dataset for search engines; what is not known is not there."""
    settings, manifest = visit.settings, visit.release.manifest
    publisher = opendata.publisher(settings)
    whole = [file for file in files.files if not file.of_class] if files else []
    contact = {"@type": "ContactPoint", "email": publisher.email} if publisher.email else None
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": "Talea",
        "description": visit.text(
            "Le buone pratiche del welfare locale, come grafo RDF e come tabelle.",
            "Good practices of local welfare, as an RDF graph and as tables.",
        ),
        "url": settings.absolute(visit.base + visit.path),
        "identifier": manifest.data_digest,
        "version": manifest.data_digest,
        "dateModified": manifest.date,
        "license": CC_BY,
        "isAccessibleForFree": True,
        "inLanguage": ["it", "en"],
        "spatialCoverage": {"@type": "Place", "name": "Puglia"},
        "creator": {"@type": "Organization", "name": publisher.name, "contactPoint": contact},
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "application/n-quads",
                "contentUrl": settings.absolute("/dati/talea.nq"),
                "sha256": manifest.dump_sha256,
            },
            *(
                {
                    "@type": "DataDownload",
                    "encodingFormat": file.media_type,
                    "contentUrl": settings.absolute(
                        f"{edition_path(manifest.data_digest)}/{file.name}"
                    ),
                    "sha256": file.sha256,
                    "contentSize": str(file.size),
                }
                for file in whole
            ),
        ],
    }
    if contact is None:
        described["creator"] = {"@type": "Organization", "name": publisher.name}
    return described
