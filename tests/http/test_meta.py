import pytest


def test_health_names_the_release(client, release):
    body = client.get("/healthz").json()
    assert body["status"] == "ok"
    assert body["release"] == release.manifest.data_digest


def test_assets_are_kept_for_a_year_and_the_rest_is_not(client, places):
    import json

    manifest = json.loads((places.static / "dist" / "manifest.json").read_text())
    css = client.get("/static/dist/" + manifest["talea.css"])
    assert css.status_code == 200
    assert css.headers["content-type"].startswith("text/css")
    assert css.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/dist/manifest.json").headers["cache-control"].endswith("3600")


def test_what_a_page_asks_for_is_there(client):
    import re

    page = client.page("/").text
    assets = set(re.findall(r"/static/[^\"'#]+", page))
    assert len(assets) >= 4
    for address in assets:
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/%2e%2e/templates/layout.html",
        "/static/..%2ftemplates/layout.html",
        "/static//etc/passwd",
        "/static/dist/.stamp",
        "/static/",
        "/static/dist",
    ],
)
def test_only_the_files_of_the_site_are_served(client, path):
    assert client.get("http://talea.test" + path).status_code == 404


def test_robots(client):
    answer = client.get("/robots.txt")
    assert "Disallow: /sparql" in answer.text
    assert "Sitemap" not in answer.text
