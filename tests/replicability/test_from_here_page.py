"""The practices seen from a Comune where one is blocked: on records that are invented."""

from __future__ import annotations

import html
import re

from talea_api.pages import from_here
from talea_api.render import Renderer, Stamp
from talea_api.settings import Settings
from talea_api.views import Visit

BLOCKED, ISTAT = "inventata-ludoteca", "075018"


def test_what_blocks_a_practice_is_named_with_its_reason(invented, places):
    settings, path = Settings(), f"/comuni/{ISTAT}/pratiche"
    visit = Visit(
        invented, settings, "it", path, {"istat": ISTAT}, {from_here.STATE: (from_here.BLOCKED,)}
    )
    filled = from_here.from_here(visit)
    fits = {
        one.slug: invented.replicability.fit(one.slug, ISTAT)
        for one in invented.replicability.practices(ISTAT)
    }
    expected = [slug for slug, fit in fits.items() if fit.blocks]
    shown = [re.split("[/?]", row.href)[2] for row in filled.data["rows"]]
    assert BLOCKED in shown
    assert shown == expected
    row = filled.data["rows"][shown.index(BLOCKED)]
    (block,) = fits[BLOCKED].blocks
    assert row.reasons[0].title == block.it.title
    assert row.reasons[0].why == block.reason.it
    assert row.checks.startswith("1 blocca")
    stamp = Stamp(invented.manifest.data_digest, invented.manifest.date)
    text = html.unescape(
        Renderer(settings, places).page("from_here.html", "it", path, filled, stamp)
    )
    assert "Blocca:" in text
    assert block.reason.it in text
    assert "Nessuna risulta bloccata" not in text


def test_states_agree_with_fits_where_some_are_denied(invented):
    engine = invented.replicability
    for istat in (ISTAT, "072006", "074012"):
        listed = engine.practices(istat)
        for slug, state in from_here.states(engine, listed).items():
            fit = engine.fit(slug, istat)
            met = all(one.verdict == "soddisfatto" for one in fit.checks)
            assert (state == from_here.BLOCKED) == bool(fit.blocks)
            assert (state == from_here.UNTOLD) == (not fit.checks)
            assert (state == from_here.MET) == (met and bool(fit.checks))
