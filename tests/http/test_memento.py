"""Past editions by date (RFC 7089): the time gate, the time map, the dates on editions."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from types import SimpleNamespace

import pytest

from talea_api import memento
from talea_api.app import create_app
from talea_catalogue.release import Manifest, releases
from talea_sparql.pool import Pool

LINK = re.compile(r'<([^>]+)>; rel="([^"]+)"')


def header(moment):
    return {"Accept-Datetime": format_datetime(moment, usegmt=True)}


@pytest.fixture(scope="module")
def past(release, settings, places, open_client, tmp_path_factory):
    """A client of a site that keeps two older editions; their digests and dates, oldest first."""
    home = tmp_path_factory.mktemp("past")
    manifest = Manifest.read(release.folder)
    built = datetime.fromisoformat(manifest.date)
    dates = [built - timedelta(days=30), built - timedelta(days=2)]
    digests = [character * 64 for character in "ab"]
    for date, digest in zip(dates, digests, strict=True):
        folder = releases(home) / digest[:16]
        folder.mkdir(parents=True)
        replace(manifest, date=date.isoformat(), data_digest=digest).write(folder)
    app = create_app(replace(settings, home=home), release, Pool(release.dump), places=places)
    return SimpleNamespace(
        client=open_client(app),
        digests=[*digests, manifest.data_digest],
        dates=[*dates, built],
    )


def test_the_gate_leads_to_the_edition_in_force_at_a_moment(past):
    first, second, now = past.dates
    asked = {
        first - timedelta(days=900): 0,
        first: 0,
        first + timedelta(days=5): 0,
        second: 1,
        second + timedelta(hours=1): 1,
        now: 2,
        now + timedelta(days=900): 2,
    }
    for moment, number in asked.items():
        answer = past.client.get(memento.GATE, headers=header(moment))
        assert answer.status_code == 302
        assert answer.headers["location"].endswith("/dati/versioni/" + past.digests[number][:12])
        assert "accept-datetime" in answer.headers["vary"].lower()
    without = past.client.get(memento.GATE)
    assert without.headers["location"].endswith(past.digests[2][:12])


@pytest.mark.parametrize(
    "value", ["yesterday", "2024-03-27", "Wed, 27 Mar 2024 10:00:00 +0100", "", "x" * 5_000]
)
def test_a_date_that_is_none_is_told(client, value):
    answer = client.get(memento.GATE, headers={"Accept-Datetime": value})
    assert answer.status_code == 400
    assert "Accept-Datetime" in answer.json()["detail"]


def test_the_map_lists_every_edition_with_its_date(past):
    answer = past.client.get(memento.MAP)
    assert answer.headers["content-type"] == "application/link-format"
    found = LINK.findall(answer.text)
    mementos = [(href, rel) for href, rel in found if "memento" in rel]
    assert [href.rsplit("/", 1)[1] for href, _ in mementos] == [d[:12] for d in past.digests]
    assert [rel for _, rel in mementos] == ["first memento", "memento", "last memento"]
    dates = re.findall(r'datetime="([^"]+)"', answer.text)
    assert [parsedate_to_datetime(one) for one in dates] == [
        one.astimezone(UTC).replace(microsecond=0) for one in past.dates
    ]


def test_an_edition_says_its_date_and_where_the_others_are(past):
    for digest, date in zip(past.digests, past.dates, strict=True):
        page = past.client.page("/dati/versioni/" + digest[:12])
        assert page.status_code == 200
        assert parsedate_to_datetime(page.headers["memento-datetime"]) == date
        relations = {rel for _, rel in LINK.findall(page.headers["link"])}
        assert {"original", "timegate", "timemap"} <= relations


def test_the_original_leads_to_gate_and_map(client):
    page = client.page("/dati")
    assert "memento-datetime" not in page.headers
    relations = {rel for _, rel in LINK.findall(page.headers["link"])}
    assert {"timegate", "timemap"} <= relations
    assert "original" not in relations
