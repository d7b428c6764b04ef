"""Which document describes which IRI, and back: the address table, without HTTP.

    /id/pratica/{slug}[/part…]        /pratiche/{slug}[#part…]
    /id/luogo/{istat}, a Comune       /comuni/{istat}
    /id/ente/{id} of a Comune         /comuni/{istat}
    /id/ente/ats-{name}               /ambiti/ats-{name}
    /id/pubblicazione/{id}            /pubblicazioni/{id}
    /id/{tipo}/{id}                   /risorse/{tipo}/{id}
    /onto/{Term}                      /ontologia#{Term}
    /voc/{scheme}[/{concept}]         /vocabolari/{scheme}[#{concept}]

IRIs live under `namespaces.ROOT`; the site answers for them at its own address.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from talea_catalogue import namespaces as ns

from .settings import Settings

_ISTAT = re.compile(r"[0-9]{6}")
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Document:
    """A page of the site: its path, without language, and the place in it."""

    path: str
    fragment: str = ""

    @property
    def href(self) -> str:
        """Path and fragment."""
        return f"{self.path}#{self.fragment}" if self.fragment else self.path

    def as_type(self, suffix: str) -> str:
        """The address of the same document as `ttl`, `jsonld`, `nt`, `rdf` or `html`."""
        return f"{self.path}.{suffix}"


def document(iri: str, comune_of: Callable[[str], str | None]) -> Document | None:
    """The document that describes `iri`; None when the IRI is none of ours.

    `comune_of` gives the ISTAT code of the Comune whose body has this IRI. Nothing is said of
    whether the resource exists.
    """
    if iri == ns.ONTO:
        return Document("/ontologia")
    if not well_formed(iri):
        return None
    space, *parts = iri.removeprefix(ns.ROOT).split("/")
    if space == "onto" and len(parts) == 1:
        return Document("/ontologia", parts[0])
    if space == "voc" and 1 <= len(parts) <= 2:
        return Document(f"/vocabolari/{parts[0]}", "".join(parts[1:2]))
    if space != "id" or len(parts) < 2:
        return None
    return _instance(iri, parts, comune_of)


def _instance(
    iri: str, parts: list[str], comune_of: Callable[[str], str | None]
) -> Document | None:
    kind, name, *inner = parts
    # The page has a place for each part of a resource, where the parts of that part stand too.
    place = "-".join(inner[:2])
    if kind == "pratica":
        return Document(f"/pratiche/{name}", place)
    if kind == "pubblicazione":
        return Document(f"/pubblicazioni/{name}", place)
    if kind == "scheda":
        return Document(f"/pratiche/{name}", "scheda")
    if kind == "luogo" and _ISTAT.fullmatch(name):
        return Document(f"/comuni/{name}", place)
    if kind == "ente":
        istat = comune_of(iri) if not inner else None
        if istat:
            return Document(f"/comuni/{istat}", "ente")
        if name.startswith("ats-"):
            return Document(f"/ambiti/{name}", place)
    return Document(f"/risorse/{kind}/{name}", place)


def well_formed(iri: str) -> bool:
    """Whether `iri` is one that Talea could have minted: anything else names nothing here."""
    if iri == ns.ONTO:
        return True
    parts = iri.removeprefix(ns.ROOT).split("/")
    return iri.startswith(ns.ROOT) and all(_SEGMENT.fullmatch(part) for part in parts)


def published(settings: Settings, iri: str) -> str:
    """Where a reader finds one of our IRIs: itself, or the site's door to it where it has one."""
    path = site_path(iri) if settings.base_url else None
    return settings.absolute(path) if path else iri


def site_path(iri: str) -> str | None:
    """The path at which this site answers for one of our IRIs: `/id/pratica/x`."""
    return "/" + quote(iri.removeprefix(ns.ROOT)) if iri.startswith(ns.ROOT) else None
