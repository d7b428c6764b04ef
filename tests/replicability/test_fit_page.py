"""The page of a fit where there is something to judge: on records that are invented."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING

import pytest

from talea_api.pages import fit
from talea_api.render import Renderer, Stamp
from talea_api.settings import Settings
from talea_api.views import Visit
from talea_catalogue.release import Release

if TYPE_CHECKING:
    from talea_api.language import Lang
    from talea_api.paths import Places

Write = Callable[..., str]


@pytest.fixture(scope="module")
def write(invented: Release, places: Places) -> Write:
    """Write the page of a practice for a Comune, as the server does."""
    settings = Settings()
    renderer = Renderer(settings, places)

    def page(slug: str, istat: str, lang: Lang = "it") -> str:
        path = f"/pratiche/{slug}/confronto"
        visit = Visit(invented, settings, lang, path, {"slug": slug}, {"comune": (istat,)})
        stamp = Stamp(invented.manifest.data_digest, invented.manifest.date)
        return renderer.page("fit.html", lang, path, fit.fit(visit), stamp)

    return page


def rows(page: str) -> dict[str, str]:
    """Anchor -> words of the verdict."""
    found = re.findall(
        r'<article class="fit-row[^"]*" id="([^"]+)">.*?<span class="verdict[^"]*">.*?</svg>(.*?)<',
        page,
        re.DOTALL,
    )
    return dict(found)


def test_what_blocks_comes_first_and_is_called_so(write):
    page = write("inventata-ludoteca", "075018")
    assert "Un prerequisito vincolante qui non c’è, per quanto dicono i dati." in page
    short = page[page.index('id="in-breve"') : page.index('id="blocchi"')]
    assert "Risulta bloccata" in short
    assert 'href="#prerequisito-1"' in short
    found = rows(page)
    assert next(iter(found)) == "prerequisito-1"
    assert found["prerequisito-1"] == "Critico"
    first = page[page.index('id="prerequisito-1"') : page.index("</article>")]
    assert "vincolante" in first
    assert "servono almeno 10.000" in first
    assert "ISTAT SITUAS" in first


def test_judged_rows_say_why_the_sheet_declares_them(write, invented):
    page = write("inventata-ludoteca", "075018")
    answer = invented.replicability.fit("inventata-ludoteca", "075018")
    judged = [one for one in answer.criteria if one.declared]
    assert page.count("La scheda dichiara che conta:") == len(judged) == 8
    assert "È giudicato solo ciò che la scheda dichiara importante" in page
    found = rows(page)
    names = {"soddisfatto": "Soddisfatto o simile", "gestibile": "Diverso ma gestibile"}
    names |= {"critico": "Critico", "mancante": "Dato mancante", "non_giudicato": "Non giudicato"}
    assert {one.id.lower(): names[one.verdict] for one in answer.criteria}.items() <= found.items()
    assert len(set(found.values())) >= 4


def test_what_only_the_ambito_reaches_says_so(write, invented):
    engine = invented.replicability
    istat = next(
        istat
        for istat in sorted(engine.territory.puglia)
        if any(one.route for one in engine.fit("inventata-sportello-ambito", istat).checks)
    )
    assert "insieme all’Ambito" in write("inventata-sportello-ambito", istat)
    assert "together with the district" in write("inventata-sportello-ambito", istat, "en")


def test_the_closest_adopter_has_every_term_of_its_distance(write, invented):
    closest = invented.replicability.fit("inventata-vicini", "074012").closest
    page = write("inventata-vicini", "074012")
    start = page.index('id="vicino"')
    part = page[start : page.index('id="non-si-sa"')]
    assert closest.adopter.name in part
    assert part.count('<th scope="row">') == len(closest.near.terms) > 1
    assert "Sono i fattori che la scheda dichiara." in part


def test_a_page_is_written_in_little_time(write, invented):
    comuni = sorted(invented.replicability.territory.puglia)
    slugs = invented.repository.slugs()
    taken = []
    for number in range(60):
        began = time.thread_time()
        write(slugs[number * 11 % len(slugs)], comuni[number * 13 % len(comuni)])
        taken.append(time.thread_time() - began)
    assert median(taken) < 0.04  # 10 ms on a machine with nothing else to do: see the benchmarks
