"""The shelf sends a page again as the layers sent it: same bytes, same headers, same edition."""

import pytest

from talea_api import shelf
from talea_api.security import HEADER_BYTES

PAGES = ("/", "/en/", "/pratiche/scheda-pippi", "/comuni/072006", "/vocabolari/bisogno/isolamento")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def again(monkeypatch):
    """The answers that the shelf sent by itself."""
    sent = []
    own = shelf._send_again

    async def watched(status, headers, body, send):
        sent.append(status)
        await own(status, headers, body, send)

    monkeypatch.setattr(shelf, "_send_again", watched)
    return sent


def described(response):
    return response.status_code, response.content, sorted(response.headers.multi_items())


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br;q=1, gzip;q=0"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sent_again_as_it_was(client, again, page, encoding):
    headers = {"Accept": BROWSER, "Accept-Encoding": encoding}
    through = client.get(page, headers={**headers, "Origin": "https://example.org"})
    first = client.get(page, headers=headers)
    second = client.get(page, headers=headers)
    assert again
    assert described(first) == described(second)
    assert second.content == through.content


@pytest.mark.parametrize("page", PAGES)
def test_an_unchanged_page_is_said_unchanged(client, again, page, monkeypatch):
    headers = {"Accept": BROWSER, "Accept-Encoding": "gzip"}
    tag = client.get(page, headers={**headers, "Origin": "https://example.org"}).headers["etag"]
    asking = {**headers, "If-None-Match": tag}
    client.get(page, headers=asking)
    short = client.get(page, headers=asking)
    assert again[-1] == 304
    assert client.get(page, headers=headers).status_code == 200
    monkeypatch.setattr(shelf, "_plain", lambda scope: None)
    assert described(short) == described(client.get(page, headers=asking))
    assert short.status_code == 304


def test_what_is_not_plain_goes_through_the_layers(client, again):
    page, headers = PAGES[2], {"Accept": BROWSER}
    client.get(page, headers=headers)
    again.clear()
    client.head(page, headers=headers)
    client.get(page, headers={**headers, "Origin": "https://example.org"})
    client.get(page, headers={**headers, "Range": "bytes=0-9"})
    client.get(page, headers={"Accept": "text/turtle"})
    client.get("/pratiche?q=casa", headers={"Accept": "application/json"})
    client.get(page, headers={**headers, "X-Long": "x" * HEADER_BYTES})
    assert not again


def test_a_page_of_another_edition_or_no_longer_kept_is_made_anew(client, app, again):
    page, headers = PAGES[3], {"Accept": BROWSER}
    client.get(page, headers=headers)
    app.state.services.cache.clear()
    again.clear()
    assert client.get(page, headers=headers).status_code == 200
    assert not again
    client.get(page, headers=headers)
    assert len(again) == 1


def test_the_requests_remembered_are_bounded(client, monkeypatch):
    monkeypatch.setattr(shelf, "_MOST", 3)
    for number in range(10):
        client.get(PAGES[0], headers={"Accept": f"text/html, x/{number}"})
    assert client.get(PAGES[0]).status_code == 200
