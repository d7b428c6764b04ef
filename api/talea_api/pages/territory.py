"""`/comuni`, `/comuni/{istat}`, `/ambiti`, `/ambiti/{id}`: where practices are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

from talea_catalogue import namespaces as ns
from talea_catalogue.places import Place
from talea_catalogue.repository import Brief
from talea_catalogue.terms import T
from talea_catalogue.text import fold

from ..render import Page
from ..views import Parameter, Visit
from .alike import from_comuni_like
from .around import alike, open_here, uncovered
from .atlas import choices
from .common import Link, alternates, cards, formats, known, link, missing, number_of, page, pages
from .drawing import locator
from .figures import figure_groups
from .from_here import states
from .place_services import services, services_by_type
from .repeated import repeated_by_alike
from .replication import taken_up_here

PARAMETERS: Final = (
    Parameter("nome"),
    Parameter("comune"),
    Parameter("provincia"),
    Parameter("pagina", clean=number_of),
)
"""`nome` looks for Comuni in the list; `comune` chooses one, by name or ISTAT code."""
PER_PAGE: Final = 50
"""Comuni on one page of the list."""
CLOSE: Final = 80
"""How like a name of a Comune is to what was written, out of 100, to be offered for it."""
OFFERED: Final = 3
"""Names offered at most."""
FEW: Final = 2
"""Practices of a Comune up to which its page also leads to those around it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A Comune in the list."""

    name: str
    href: str
    province: str
    ambito: Link | None
    population: int | None
    practices: int


def the_only_one(visit: Visit) -> str | None:
    """The page of the Comune that is chosen without a doubt; None where the list must help."""
    wanted = fold(visit.one("comune"))
    if not wanted:
        return None
    names = {place.istat: fold(place.name) for place, _ in visit.release.repository.comuni()}
    exact = [istat for istat, name in names.items() if wanted in (istat, name)]
    found = exact or [istat for istat, name in names.items() if wanted in name]
    return f"{visit.base}/comuni/{found[0]}" if len(found) == 1 else None


def _alike(visit: Visit, wanted: str) -> list[Link]:
    """The Comuni whose names are written much like what was asked for."""
    names = {place.istat: fold(place.name) for place, _ in visit.release.repository.comuni()}
    found = extract(wanted, names, scorer=ratio, score_cutoff=CLOSE, limit=OFFERED)
    label = visit.release.repository.label
    return [
        Link(label(ns.resource("luogo", istat)), f"{visit.base}/comuni/{istat}")
        for _, _, istat in found
    ]


def comuni(visit: Visit) -> Page:
    """The Comuni of Puglia, to look for one's own, and those elsewhere that a practice names."""
    repository = visit.release.repository
    districts = {
        istat: district for district, _ in repository.ambiti() for istat, _ in district.members
    }
    name = visit.one("nome") or visit.one("comune")
    wanted, province = fold(name), visit.one("provincia")
    rows = []
    for place, count in repository.comuni():
        above = repository.place(place.above or "")
        code = ns.local(above.iri) if above else ""
        if wanted in fold(place.name) and province in ("", code):
            district = districts.get(place.istat)
            rows.append(
                Row(
                    place.name,
                    f"{visit.base}/comuni/{place.istat}",
                    above.name if above else "",
                    Link(district.name, f"{visit.base}/ambiti/{district.id}") if district else None,
                    place.population,
                    count,
                )
            )
    last = max(1, -(-len(rows) // PER_PAGE))
    current = min(int(visit.one("pagina") or 1), last)
    return page(
        visit,
        visit.text("I Comuni", "The Comuni"),
        robots="noindex" if visit.query else None,
        data={
            "rows": rows[(current - 1) * PER_PAGE : current * PER_PAGE],
            "found": len(rows),
            "pages": pages(visit, current, last),
            "total": len(repository.comuni()),
            "provinces": _provinces(visit),
            "name": name,
            "alike": _alike(visit, wanted) if wanted and not rows else [],
            "province": province,
            "clear": visit.base + visit.path,
            "elsewhere": [
                Link(place.name, f"{visit.base}/comuni/{place.istat}")
                for place in repository.comuni_elsewhere()
                if current == 1
            ],
        },
    )


def comune(visit: Visit) -> Page:
    """A Comune: its facts with their sources, its Ambito, the practices that concern it."""
    istat = visit.names["istat"]
    iri = known(visit, ns.resource("luogo", istat))
    repository = visit.release.repository
    facts = repository.comune(istat)
    if facts is None:
        raise missing()
    engine, concerning = visit.release.replicability, repository.practices_of_comune(istat)
    listed, from_here = engine.practices(istat) or [], f"{visit.path}/pratiche"
    told, untold = _told(concerning)
    body = link(visit, facts.body_iri) if facts.body_iri else None
    observed = [one for one in repository.series() if one.property == T.observedValue.value]
    groups = figure_groups(
        visit, facts.facts, repository.ranks(istat), observed if facts.ambito else ()
    )
    return page(
        visit,
        facts.name,
        steps=[(visit.text("Comuni", "Comuni"), "/comuni")],
        alternates=alternates(visit),
        jsonld=_place_jsonld(visit, iri, facts.name, facts.province, facts.region),
        data={
            "comune": facts,
            "body": body,
            "ambito": facts.ambito
            and Link(facts.ambito_name or "", f"{visit.base}/ambiti/{facts.ambito}"),
            "basis": link(visit, facts.membership_basis) if facts.membership_basis else None,
            "basis_meaning": _definition(visit, facts.membership_basis),
            "figures": groups,
            "attributions": sorted(
                {f.attribution for group in groups for f in group.figures if f.attribution}
            ),
            "services": services_by_type(visit, repository.services_in(istat)),
            "practices": cards(visit, told),
            "untold": cards(visit, untold),
            "taken_up_here": taken_up_here(visit, [iri]),
            "locator": locator(visit.territory, [istat]),
            "like": from_comuni_like(visit, istat),
            "repeated": repeated_by_alike(visit, istat),
            "around": _around(visit, iri) if len(told) <= FEW else None,
            "alike": alike(visit, istat),
            "open_here": open_here(visit, istat, listed, (brief.slug for brief in concerning)),
            "from_here": visit.base + from_here,
            "states": Counter(states(engine, listed).values()),
            "needs": choices(visit, {})[:1],
            "order": engine.rules.order.to(visit.lang),
            "prediction": engine.rules.prediction.to(visit.lang),
            "compare_href": visit.href("/confronta", comune=istat),
            "uncovered": uncovered(visit, concerning, from_here),
            "iri": iri,
            "formats": formats(visit),
            "json": f"/api/v1/comuni/{istat}",
        },
    )


def ambiti(visit: Visit) -> Page:
    """The social districts, each with its Comuni."""
    repository = visit.release.repository
    return page(
        visit,
        visit.text("Gli Ambiti territoriali sociali", "The social districts (Ambiti)"),
        data={
            "rows": [
                (
                    Link(district.name, f"{visit.base}/ambiti/{district.id}"),
                    ", ".join(name for _, name in district.members),
                    count,
                )
                for district, count in repository.ambiti()
            ]
        },
    )


def ambito(visit: Visit) -> Page:
    """A social district: who is in it, how well that is known, what it does."""
    id_ = visit.names["id"]
    iri = known(visit, ns.resource("ente", id_))
    repository = visit.release.repository
    facts, known_services = repository.ambito(id_), repository.services(id_)
    if facts is None or known_services is None:
        raise missing()
    own = repository.practices_of_ambito(id_)
    slugs = {brief.slug for brief in own}
    places = [ns.resource("luogo", istat) for istat, _ in facts.members]
    around: dict[str, Brief] = {}
    for istat, _ in facts.members:
        for brief in repository.practices_of_comune(istat):
            if brief.slug not in slugs:
                around.setdefault(brief.slug, brief)
    told, untold = _told(around.values())
    return page(
        visit,
        facts.name,
        steps=[(visit.text("Ambiti", "Ambiti"), "/ambiti")],
        alternates=alternates(visit),
        data={
            "ambito": facts,
            "members": [
                Link(name, f"{visit.base}/comuni/{istat}") for istat, name in facts.members
            ],
            "lead": facts.lead and Link(facts.lead[1], f"{visit.base}/comuni/{facts.lead[0]}"),
            "services": services(visit, known_services),
            "basis": link(visit, facts.lead_basis) if facts.lead_basis else None,
            "basis_meaning": _definition(visit, facts.lead_basis),
            "own": cards(visit, own),
            "around": cards(visit, told),
            "untold": cards(visit, untold),
            "taken_up_here": taken_up_here(visit, [iri, *places]),
            "uncovered": uncovered(visit, (*own, *around.values())),
            "compare_from": [
                Link(name, visit.href("/confronta", comune=istat))
                for istat, name in sorted(facts.members, key=lambda one: one != facts.lead)
            ],
            "locator": locator(visit.territory, [istat for istat, _ in facts.members]),
            "iri": iri,
            "formats": formats(visit),
        },
    )


def _provinces(visit: Visit) -> list[Place]:
    repository = visit.release.repository
    above = {place.above for place, _ in repository.comuni() if place.above}
    found = [place for iri in above if (place := repository.place(iri))]
    return sorted(found, key=lambda place: place.name)


def _told(briefs: Iterable[Brief]) -> tuple[list[Brief], list[Brief]]:
    """Practices with a title, and those of which only the body is known."""
    listed = list(briefs)
    return [b for b in listed if b.title], [b for b in listed if not b.title]


def _around(visit: Visit, iri: str) -> Link | None:
    """The practices of the province of a Comune, where there are some."""
    repository = visit.release.repository
    place = repository.place(iri)
    above = repository.place(place.above or "") if place else None
    if above is None:
        return None
    code = ns.local(above.iri)
    facets = repository.columns().overview
    values = {o.value for f in facets if f.name == "territorio" for o in f.options if o.count}
    return Link(above.name, f"{visit.base}/pratiche?territorio={code}") if code in values else None


def _definition(visit: Visit, iri: str | None) -> str:
    concept = visit.release.repository.concept(iri) if iri else None
    return concept.definition(visit.lang) if concept else ""


def _place_jsonld(
    visit: Visit, iri: str, name: str, province: str | None, region: str | None
) -> dict[str, object]:
    within = [{"@type": "AdministrativeArea", "name": area} for area in (province, region) if area]
    return {
        "@context": "https://schema.org",
        "@type": "City",
        "@id": iri,
        "name": name,
        "url": visit.settings.absolute(visit.base + visit.path),
        **({"containedInPlace": within} if within else {}),
    }
