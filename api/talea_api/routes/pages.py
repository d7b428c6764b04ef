"""The table of pages, and the files that one of them offers."""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from talea_catalogue import dcat

from .. import opendata
from ..caching import make_answer, matches, reply
from ..pages import (
    about,
    atlas,
    choosing,
    compare,
    coverage,
    data,
    fit,
    from_here,
    home,
    interface,
    lineage,
    needs,
    plan,
    practice,
    publications,
    replication,
    resource,
    search,
    spreadsheet,
    territory,
    transfer,
    vocabulary,
)
from ..sending import SentFile
from ..services import edition_of, services_of
from ..views import PAGE_CACHE, View, add_views
from .transfer import download

VIEWS: Final = (
    View("home", "/", "home.html", home.home),
    View(
        "practices",
        "/pratiche",
        "practices.html",
        search.practices,
        parameters=search.PARAMETERS,
        expensive=True,
        text="q",
    ),
    View(
        "practice",
        "/pratiche/{slug}",
        "practice.html",
        practice.practice,
        parameters=(choosing.COMUNE,),
        resource=True,
    ),
    View(
        "fit",
        "/pratiche/{slug}/confronto",
        "fit.html",
        fit.fit,
        parameters=(choosing.COMUNE,),
    ),
    View(
        "transfer",
        "/pratiche/{slug}/piano",
        "transfer.html",
        transfer.form,
        parameters=(choosing.COMUNE,),
        post=download,
    ),
    View(
        "compare",
        "/confronta",
        "compare.html",
        compare.compare,
        parameters=compare.PARAMETERS,
        expensive=True,
        text="q",
    ),
    View("lineage", "/pratiche/{slug}/filiera", "lineage.html", lineage.lineage),
    View(
        "comuni",
        "/comuni",
        "comuni.html",
        territory.comuni,
        parameters=territory.PARAMETERS,
        straight=territory.the_only_one,
    ),
    View("map", "/mappa", "map.html", atlas.atlas, parameters=atlas.PARAMETERS, expensive=True),
    View("needs", "/bisogni", "needs.html", needs.needs),
    View("need-evidence", "/bisogni/prove", "need_evidence.html", needs.evidence),
    View("comune", "/comuni/{istat}", "comune.html", territory.comune, resource=True),
    View(
        "from-here",
        "/comuni/{istat}/pratiche",
        "from_here.html",
        from_here.from_here,
        parameters=from_here.PARAMETERS,
        expensive=True,
    ),
    View("ambiti", "/ambiti", "ambiti.html", territory.ambiti),
    View("ambito", "/ambiti/{id}", "ambito.html", territory.ambito, resource=True),
    View(
        "replication",
        "/risorse/replica/{id}",
        "replication.html",
        replication.replication,
        resource=True,
    ),
    View("plan", "/risorse/piano/{id}", "plan.html", plan.plan, resource=True),
    View("resource", "/risorse/{kind}/{id}", "resource.html", resource.resource, resource=True),
    View("ontology", "/ontologia", "ontology.html", vocabulary.ontology, resource=True),
    View("schemes", "/vocabolari", "schemes.html", vocabulary.schemes),
    View("scheme", "/vocabolari/{scheme}", "scheme.html", vocabulary.scheme, resource=True),
    View("concept", "/vocabolari/{scheme}/{notation}", "concept.html", vocabulary.concept),
    View("data", "/dati", "data.html", data.data, state=opendata.state),
    View("editions", dcat.EDITIONS, "editions.html", data.editions, state=opendata.state),
    View(
        "edition",
        opendata.EDITION,
        "edition.html",
        data.edition,
        expensive=True,
        resource=True,
        state=opendata.state,
    ),
    View(
        "publications",
        publications.EDITIONS,
        "publications.html",
        publications.publications,
        state=publications.state,
    ),
    View(
        "publication",
        publications.EDITIONS + "/{edition}",
        "publication.html",
        publications.publication,
        resource=True,
        state=publications.state,
    ),
    View(
        "coverage",
        "/copertura",
        "coverage.html",
        coverage.coverage,
        parameters=coverage.PARAMETERS,
        expensive=True,
    ),
    View("project", "/progetto", "project.html", about.project),
    View("privacy", "/privacy", "privacy.html", about.privacy),
    View("legal", "/note-legali", "legal.html", about.legal),
    View("accessibility", "/accessibilita", "accessibility.html", about.accessibility),
    View("api", "/api", "api.html", interface.api),
)


def router() -> Router:
    """Every page, in both languages."""
    routes = Router(
        [
            Route("/dati/talea.nq", dump, name="dump"),
            Route("/dati/pratiche.csv", table, name="table"),
        ]
    )
    add_views(routes, VIEWS)
    return routes


async def dump(request: Request) -> Response:
    """The whole release as N-Quads; its name carries the digest, so that copies stay apart."""
    services_of(request).charge(request)
    release = edition_of(request).release
    headers = {
        "ETag": f'"{release.manifest.dump_sha256}"',
        "Cache-Control": PAGE_CACHE,
    }
    if matches(request.headers.get("if-none-match"), release.manifest.dump_sha256):
        return Response(status_code=304, headers=headers)
    name = f"talea-{release.manifest.data_digest_short}.nq"
    return SentFile(release.dump, media_type="application/n-quads", filename=name, headers=headers)


async def table(request: Request) -> Response:
    """Every record on one line, for a spreadsheet."""
    services, edition = services_of(request), edition_of(request)
    services.charge(request)
    key = (edition.digest, "pratiche.csv")
    answer = services.cache.get(key)
    if answer is None:
        body = await run_in_threadpool(spreadsheet.table, edition.release, services.settings)
        name = f"talea-schede-{edition.release.manifest.data_digest_short}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        answer = make_answer(body, "text/csv; charset=utf-8", edition.digest, headers)
        services.cache.put(key, answer)
    return reply(request, answer, cache_control=PAGE_CACHE)
