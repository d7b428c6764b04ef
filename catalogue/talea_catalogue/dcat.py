"""The catalogue described for other catalogues: DCAT-AP_IT and VoID, as triples.

The Italian profile stands on DCAT-AP: each resource has the class of both. Only authority IRIs that
OntoPiA itself uses are named, so that each can be checked; what the site has not been told (an
address to write to) is left out, never made up. Who calls serialises; nothing is read here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from talea_sparql import void

from . import namespaces as ns
from .dumps import Dumps, File

__all__ = [
    "EDITIONS",
    "PREFIXES",
    "Publisher",
    "Site",
    "Version",
    "catalogue",
    "dataset_iri",
    "edition_path",
    "version",
    "void_description",
]

DCAT: Final = "http://www.w3.org/ns/dcat#"
DCATAPIT: Final = "http://dati.gov.it/onto/dcatapit#"
SPDX: Final = "http://spdx.org/rdf/terms#"
VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
_EU: Final = "http://publications.europa.eu/resource/authority/"
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_W3C: Final = "http://www.w3.org/ns/formats/"
_LICENCES: Final = "https://w3id.org/italia/controlled-vocabulary/licences/"
LICENCE: Final = _LICENCES + "A21_CCBY40"
CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"
_ATTRIBUTION: Final = "http://purl.org/adms/licencetype/Attribution"
THEME: Final = _EU + "data-theme/SOCI"
THEMES: Final = _EU + "data-theme"
FREQUENCY: Final = _EU + "frequency/IRREG"
LANGUAGES: Final = (_EU + "language/ITA", _EU + "language/ENG")
EDITIONS: Final = "/dati/versioni"
"""The page of a site that lists the editions; each has its own below."""
PUGLIA: Final = ns.resource("luogo", "regione-puglia")
_SHA256: Final = SPDX + "checksumAlgorithm_sha256"

_FORMATS: Final = {
    "text/csv": _EU + "file-type/CSV",
    "text/turtle": _EU + "file-type/RDF_TURTLE",
    "application/ld+json": _EU + "file-type/JSON_LD",
    "application/n-quads": _W3C + "N-Quads",
    "application/trig": _W3C + "TriG",
    "application/zip": _EU + "file-type/CSV",
}
"""The format of each kind of file; the archive holds tables."""

_RDF: Final = ("RDF_TURTLE", "JSON_LD", "N-Quads", "TriG")

PREFIXES: Final = {
    **ns.PREFIXES,
    "dcat": DCAT,
    "dcatapit": DCATAPIT,
    "spdx": SPDX,
    "vcard": VCARD,
    "void": void.VOID,
}

TITLE: Final = {
    "it": "Talea: le buone pratiche del welfare locale",
    "en": "Talea: good practices of local welfare",
}
_DESCRIPTION: Final = {
    "it": "Le buone pratiche di welfare locale presentate in Puglia, con gli enti, i luoghi, le "
    "statistiche dei Comuni e i vocabolari che le descrivono, come grafo RDF.",
    "en": "The good practices of local welfare presented in Puglia, with the bodies, the places, "
    "the statistics of the Comuni and the vocabularies that describe them, as an RDF graph.",
}
_RIGHTS: Final = {
    "it": "CC BY 4.0. Le statistiche del territorio hanno la licenza della loro fonte, scritta "
    "accanto a ciascuna serie.",
    "en": "CC BY 4.0. The statistics of the territory have the licence of their source, written "
    "beside each series.",
}
_KEYWORDS: Final = {
    "it": ("welfare locale", "buone pratiche", "servizi sociali", "Comuni", "Puglia"),
    "en": ("local welfare", "good practices", "social services", "municipalities", "Apulia"),
}

_SERVICES: Final = {
    "sparql": ("/sparql", "/sparql", {"it": "Il servizio SPARQL", "en": "The SPARQL service"}),
    "api": (
        "/api/v1/search",
        "/api/openapi.json",
        {"it": "La ricerca in JSON", "en": "The search in JSON"},
    ),
}
"""Where each service answers, where it describes itself, and its title."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the site: a name, a code that identifies it, where to write if there is one."""

    name: str
    identifier: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Where the catalogue is published, without a final slash, and by whom."""

    address: str
    publisher: Publisher

    def at(self, path: str) -> str:
        """The absolute address of a path."""
        return self.address + path


@dataclass(frozen=True, slots=True)
class Version:
    """An edition of the data: its digest, when it was built (ISO 8601), its files if made."""

    digest: str
    date: str
    dumps: Dumps | None = None

    @property
    def short(self) -> str:
        """The first 12 digits, which name its page."""
        return self.digest[:12]


def edition_path(digest: str) -> str:
    """The path on a site of the edition with this digest."""
    return f"{EDITIONS}/{digest[:12]}"


def dataset_iri(site: Site) -> str:
    """The dataset whatever its version."""
    return site.at("/dati#talea")


def version_iri(site: Site, version: Version) -> str:
    """One version of the dataset."""
    return site.at(edition_path(version.digest) + "#talea")


def catalogue(
    site: Site, versions: Sequence[Version], first_year: int | None = None
) -> Iterator[Triple]:
    """The catalogue, its dataset and its services. `versions` begins with the one in force.

    `first_year` is the earliest year in which a practice is known to have begun.
    """
    now = versions[0]
    me, main = NamedNode(site.at("/dati/catalogo#catalogo")), dataset_iri(site)
    yield from _typed(me, DCATAPIT + "Catalog", DCAT + "Catalog")
    yield _text(me, ns.DCT + "title", TITLE["it"], "it")  # one title only, says the profile
    yield from _texts(me, ns.DCT + "description", _DESCRIPTION)
    yield _link(me, ns.DCT + "publisher", _publisher(site))
    yield _when(me, now.date)
    yield from _languages(me)
    yield _link(me, ns.FOAF + "homepage", site.at("/"))
    yield from _typed(NamedNode(site.at("/")), ns.FOAF + "Document")
    yield _link(me, DCAT + "themeTaxonomy", THEMES)
    yield from _named(THEMES, ns.SKOS + "ConceptScheme", ns.DCT + "title", "Temi di dati", "it")
    yield _link(me, ns.DCT + "license", LICENCE)
    yield _link(me, DCAT + "dataset", main)
    yield from _dataset(site, now, versions[1:], main, first_year)
    for name in _SERVICES:
        yield _link(me, DCAT + "service", site.at(f"/dati/catalogo#{name}"))
        yield from _service(site, main, name)
    yield from _shared(site)


def version(site: Site, one: Version, before: Sequence[Version]) -> Iterator[Triple]:
    """One kept version by itself, with all that it names."""
    yield from _dataset(site, one, before, version_iri(site, one), None)
    yield _link(NamedNode(version_iri(site, one)), DCAT + "isVersionOf", dataset_iri(site))
    yield from _shared(site)


def _dataset(
    site: Site, now: Version, before: Sequence[Version], iri: str, first_year: int | None
) -> Iterator[Triple]:
    """A dataset named `iri` that is now at version `now`; `before` are older ones, newest first."""
    me = NamedNode(iri)
    yield from _typed(me, DCATAPIT + "Dataset", DCAT + "Dataset")
    yield from _texts(me, ns.DCT + "title", TITLE)
    yield from _texts(me, ns.DCT + "description", _DESCRIPTION)
    yield Triple(me, NamedNode(ns.DCT + "identifier"), Literal(f"{ns.ROOT}#{now.digest}"))
    yield Triple(me, NamedNode(DCAT + "version"), Literal(now.digest))
    yield Triple(me, NamedNode(ns.OWL + "versionInfo"), Literal(now.short))
    yield _when(me, now.date)
    yield _link(me, DCAT + "theme", THEME)
    yield _link(me, ns.DCT + "accrualPeriodicity", FREQUENCY)
    for predicate in ("rightsHolder", "publisher"):
        yield _link(me, ns.DCT + predicate, _publisher(site))
    yield from _languages(me)
    yield _link(me, ns.DCT + "spatial", PUGLIA)
    yield _link(me, ns.DCT + "conformsTo", ns.ONTO)
    for language, words in _KEYWORDS.items():
        for word in words:
            yield _text(me, DCAT + "keyword", word, language)
    page = site.at(edition_path(now.digest))
    yield _link(me, DCAT + "landingPage", page)
    yield from _typed(NamedNode(page), ns.FOAF + "Document")
    if site.publisher.email:
        yield _link(me, DCAT + "contactPoint", site.at("/dati/catalogo#contatto"))
    if first_year is not None:
        yield from _period(me, first_year)
    for older in before:
        yield _link(me, DCAT + "hasVersion", version_iri(site, older))
        yield from _brief(site, older)
    if before:
        yield _link(me, DCAT + "previousVersion", version_iri(site, before[0]))
    for file in now.dumps.files if now.dumps else ():
        if _kind(file) in _FORMATS:
            yield from _distribution(site, me, now, file)


def void_description(site: Site, now: Version, examples: Iterable[str]) -> Iterator[Triple]:
    """The dataset as VoID says it: its numbers, where it is, resources to begin with."""
    iri = dataset_iri(site)
    me = NamedNode(iri)
    if now.dumps:
        yield from void.describe(iri, now.dumps.statistics)
    else:
        yield from _typed(me, void.VOID + "Dataset")
    description = NamedNode(site.at("/.well-known/void"))
    yield from _typed(description, void.VOID + "DatasetDescription")
    yield _link(description, ns.FOAF + "primaryTopic", iri)
    yield from _texts(me, ns.DCT + "title", TITLE)
    yield from _texts(me, ns.DCT + "description", _DESCRIPTION)
    yield _link(me, ns.DCT + "license", CC_BY)
    yield _link(me, ns.DCT + "publisher", _publisher(site))
    yield _when(me, now.date)
    yield _link(me, ns.FOAF + "homepage", site.at("/dati"))
    yield _link(me, void.VOID + "sparqlEndpoint", site.at("/sparql"))
    yield Triple(me, NamedNode(void.VOID + "uriSpace"), Literal(ns.ID))
    for example in examples:
        yield _link(me, void.VOID + "exampleResource", example)
    for file in now.dumps.files if now.dumps else ():
        if _FORMATS.get(_kind(file), "").endswith(_RDF):
            yield _link(me, void.VOID + "dataDump", _download(site, now, file))
    for name in ("Turtle", "N-Triples", "RDF_XML", "JSON-LD"):
        yield _link(me, void.VOID + "feature", _W3C + name)
    yield from _agent(site)


# --- Parts ---


def _brief(site: Site, older: Version) -> Iterator[Triple]:
    """An older version as the newer one names it: enough to find it and to be valid."""
    yield from _dataset(site, older, (), version_iri(site, older), None)


def _distribution(site: Site, me: NamedNode, now: Version, file: File) -> Iterator[Triple]:
    address = _download(site, now, file)
    one = NamedNode(f"{me.value}-{quote(file.name, safe='')}")
    kind = _kind(file)
    yield _link(me, DCAT + "distribution", one.value)
    yield from _typed(one, DCATAPIT + "Distribution", DCAT + "Distribution")
    yield from _texts(one, ns.DCT + "title", _title(file))
    yield _link(one, DCAT + "accessURL", site.at(edition_path(now.digest)))
    yield _link(one, DCAT + "downloadURL", address)
    yield _link(one, ns.DCT + "format", _FORMATS[kind])
    yield from _typed(NamedNode(_FORMATS[kind]), ns.DCT + "MediaTypeOrExtent")
    yield _link(one, DCAT + "mediaType", _IANA + kind)
    yield from _typed(NamedNode(_IANA + kind), ns.DCT + "MediaType")
    if file.packed:
        yield _link(one, DCAT + "compressFormat", _IANA + "application/gzip")
        yield from _typed(NamedNode(_IANA + "application/gzip"), ns.DCT + "MediaType")
    size = Literal(str(file.size), datatype=NamedNode(ns.XSD + "nonNegativeInteger"))
    yield Triple(one, NamedNode(DCAT + "byteSize"), size)
    yield _when(one, now.date)
    yield _link(one, ns.DCT + "license", LICENCE)
    yield _link(one, ns.DCT + "rights", site.at("/dati/catalogo#diritti"))
    checksum = NamedNode(one.value + "-sha256")
    yield _link(one, SPDX + "checksum", checksum.value)
    yield from _typed(checksum, SPDX + "Checksum")
    yield _link(checksum, SPDX + "algorithm", _SHA256)
    value = Literal(file.sha256, datatype=NamedNode(ns.XSD + "hexBinary"))
    yield Triple(checksum, NamedNode(SPDX + "checksumValue"), value)


def _kind(file: File) -> str:
    """The bare media type of what is in a file."""
    return file.content_type.partition(";")[0]


def _title(file: File) -> dict[str, str]:
    if file.of_class:
        return {
            "it": f"Tabella: {file.label_it or file.name}",
            "en": f"Table: {file.label_en or file.name}",
        }
    return {"it": f"Il file {file.name}", "en": f"The file {file.name}"}


def _download(site: Site, now: Version, file: File) -> str:
    return site.at(f"{edition_path(now.digest)}/{quote(file.name)}")


def _service(site: Site, main: str, name: str) -> Iterator[Triple]:
    path, description, title = _SERVICES[name]
    me = NamedNode(site.at(f"/dati/catalogo#{name}"))
    yield from _typed(me, DCAT + "DataService")
    yield from _texts(me, ns.DCT + "title", title)
    yield _link(me, DCAT + "endpointURL", site.at(path))
    yield _link(me, DCAT + "endpointDescription", site.at(description))
    for address in dict.fromkeys((path, description)):
        yield from _typed(NamedNode(site.at(address)), ns.RDFS + "Resource")
    yield _link(me, DCAT + "servesDataset", main)
    yield _link(me, ns.DCT + "license", LICENCE)
    yield _link(me, ns.DCT + "publisher", _publisher(site))


def _shared(site: Site) -> Iterator[Triple]:
    """What several parts name: the publisher, the licence, the authority terms with their names."""
    yield from _agent(site)
    if site.publisher.email:
        yield from _contact(site)
    licence = NamedNode(LICENCE)
    yield from _typed(licence, DCATAPIT + "LicenseDocument", ns.DCT + "LicenseDocument")
    yield _text(licence, ns.FOAF + "name", "Creative Commons Attribuzione 4.0 (CC BY 4.0)", "it")
    yield Triple(licence, NamedNode(ns.OWL + "versionInfo"), Literal("4.0"))
    yield _link(licence, ns.DCT + "type", _ATTRIBUTION)
    yield from _named(_ATTRIBUTION, ns.SKOS + "Concept", ns.SKOS + "prefLabel", "Attribution", "en")
    rights = NamedNode(site.at("/dati/catalogo#diritti"))
    yield from _typed(rights, ns.DCT + "RightsStatement")
    yield from _texts(rights, ns.RDFS + "label", _RIGHTS)
    yield from _named(
        THEME, ns.SKOS + "Concept", ns.SKOS + "prefLabel", "Popolazione e società", "it"
    )
    yield from _typed(NamedNode(FREQUENCY), ns.DCT + "Frequency")
    for language in LANGUAGES:
        yield from _typed(NamedNode(language), ns.DCT + "LinguisticSystem")
    yield from _named(PUGLIA, ns.DCT + "Location", ns.RDFS + "label", "Puglia", "it")
    standard = NamedNode(ns.ONTO)
    yield from _typed(standard, DCATAPIT + "Standard", ns.DCT + "Standard")
    yield Triple(standard, NamedNode(ns.DCT + "identifier"), Literal(ns.ONTO))
    yield _text(standard, ns.DCT + "title", "Ontologia di Talea", "it")
    yield from _typed(NamedNode(_SHA256), SPDX + "ChecksumAlgorithm")


def _publisher(site: Site) -> str:
    return site.at("/dati/catalogo#editore")


def _agent(site: Site) -> Iterator[Triple]:
    me = NamedNode(_publisher(site))
    yield from _typed(me, DCATAPIT + "Agent", ns.FOAF + "Agent")
    yield _text(me, ns.FOAF + "name", site.publisher.name, "it")
    yield Triple(me, NamedNode(ns.DCT + "identifier"), Literal(site.publisher.identifier))


def _contact(site: Site) -> Iterator[Triple]:
    me = NamedNode(site.at("/dati/catalogo#contatto"))
    yield from _typed(me, DCATAPIT + "Organization", VCARD + "Organization", VCARD + "Kind")
    yield Triple(me, NamedNode(VCARD + "fn"), Literal(site.publisher.name))
    yield _link(me, VCARD + "hasEmail", f"mailto:{site.publisher.email}")


def _period(me: NamedNode, first_year: int) -> Iterator[Triple]:
    """From the first year; it goes on, so there is no end."""
    period = NamedNode(f"{me.value}-periodo")
    yield _link(me, ns.DCT + "temporal", period.value)
    yield from _typed(period, ns.DCT + "PeriodOfTime")
    first = Literal(f"{first_year:04d}-01-01", datatype=NamedNode(ns.XSD + "date"))
    yield Triple(period, NamedNode(DCAT + "startDate"), first)


def _typed(me: NamedNode, *classes: str) -> Iterator[Triple]:
    for name in classes:
        yield Triple(me, ns.TYPE, NamedNode(name))


def _named(iri: str, kind: str, predicate: str, text: str, language: str) -> Iterator[Triple]:
    yield from _typed(NamedNode(iri), kind)
    yield _text(NamedNode(iri), predicate, text, language)


def _link(me: NamedNode, predicate: str, target: str) -> Triple:
    return Triple(me, NamedNode(predicate), NamedNode(target))


def _text(me: NamedNode, predicate: str, text: str, language: str) -> Triple:
    return Triple(me, NamedNode(predicate), Literal(text, language=language))


def _texts(me: NamedNode, predicate: str, texts: dict[str, str]) -> Iterator[Triple]:
    for language, text in texts.items():
        yield _text(me, predicate, text, language)


def _languages(me: NamedNode) -> Iterator[Triple]:
    for language in LANGUAGES:
        yield _link(me, ns.DCT + "language", language)


def _when(me: NamedNode, date: str) -> Triple:
    return Triple(
        me, NamedNode(ns.DCT + "modified"), Literal(date, datatype=NamedNode(ns.XSD + "dateTime"))
    )
