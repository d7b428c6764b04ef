"""The doors of the data: files, editions, VoID, DCAT, the feed, the sitemap, JSON-LD in pages."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
import shutil
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from talea_api import feeds
from talea_api.pages.data import COUNTS
from talea_api.routes.pages import VIEWS
from talea_catalogue import dumps
from talea_catalogue import namespaces as ns
from talea_catalogue.release import Manifest, pin

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
SITE = "https://talea.test"
RDF = {
    "ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    "jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
    "nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
}


@pytest.fixture(scope="module")
def edition(release):
    """The address of the edition that is served."""
    return f"/dati/versioni/{release.manifest.data_digest_short}"


@pytest.fixture(scope="module")
def published(settings, release, places, open_client):
    """A client of the site once it was told its address."""
    from talea_api.app import create_app
    from talea_sparql.pool import Pool

    told = replace(settings, base_url=SITE, site_owner="Un ente", feedback_email="a@example.org")
    return open_client(
        create_app(told, release, Pool(release.dump, settings.limits()), places=places)
    )


class TestFiles:
    def test_every_file_of_the_page_is_there_with_the_hash_that_it_says(
        self, client, edition, release
    ):
        page = client.page(edition).text
        made = dumps.read(release.folder / dumps.FOLDER)
        links = re.findall(rf'href="({edition}/[^"]+)"', page)
        assert {link.removeprefix(edition + "/") for link in links} == {f.name for f in made.files}
        for link in links:
            answer = client.get(link)
            assert answer.status_code == 200, link
            file = made.file(link.removeprefix(edition + "/"))
            assert hashlib.sha256(answer.content).hexdigest() == file.sha256
            assert answer.headers["content-length"] == str(file.size)
            assert answer.headers["etag"] == f'"{file.sha256}"'
            assert answer.headers["memento-datetime"].endswith(" GMT")
            assert "content-encoding" not in answer.headers
            assert "attachment" in answer.headers["content-disposition"]
            if not link.rsplit("/", 1)[-1].startswith("SHA256SUMS"):
                assert file.sha256 in page, link

    @pytest.mark.parametrize(
        ("name", "media_type"),
        [
            ("talea.nq.gz", "application/gzip"),
            ("GoodPractice.csv.gz", "application/gzip"),
            ("talea-csv.zip", "application/zip"),
            ("SHA256SUMS", "text/plain; charset=utf-8"),
        ],
    )
    def test_media_types(self, client, edition, name, media_type):
        assert client.head(f"{edition}/{name}").headers["content-type"] == media_type

    def test_a_file_comes_in_ranges(self, client, edition):
        address = f"{edition}/talea.nq.gz"
        whole = client.get(address)
        assert whole.headers["accept-ranges"] == "bytes"
        size = len(whole.content)
        first = client.get(address, headers={"Range": "bytes=0-9999"})
        assert first.status_code == 206
        assert first.headers["content-range"] == f"bytes 0-9999/{size}"
        tag = {"If-Range": whole.headers["etag"]}
        rest = client.get(address, headers={"Range": "bytes=10000-", **tag})
        assert first.content + rest.content == whole.content
        changed = client.get(address, headers={"Range": "bytes=10000-", "If-Range": '"other"'})
        assert (changed.status_code, len(changed.content)) == (200, size)
        assert client.get(address, headers={"Range": f"bytes={size}-"}).status_code == 416

    @pytest.mark.parametrize(
        "asked", ["bytes=0-0," * 5_000, "bytes=-", "bytes=5-1", "potatoes=1-2", "bytes=" + "9" * 99]
    )
    def test_hostile_ranges_cost_nothing(self, client, edition, asked):
        answer = client.get(f"{edition}/talea.nq.gz", headers={"Range": asked})
        assert answer.status_code in (200, 206, 400, 416)
        assert len(answer.content) < 2_000_000

    def test_head_does_not_read_the_file(self, client, edition, monkeypatch):
        import anyio

        monkeypatch.setattr(anyio, "open_file", lambda *_, **__: pytest.fail("it was opened"))
        answer = client.head(f"{edition}/talea.nq.gz")
        assert answer.status_code == 200
        assert int(answer.headers["content-length"]) > 1_000

    @pytest.mark.parametrize(
        "name",
        [
            "dumps.json",
            "../data.nq",
            "..%2fdata.nq",
            "%2e%2e/release.json",
            "GoodPractice.csv",
            "",
            "x.gz",
        ],
    )
    def test_only_the_files_of_the_index_are_served(self, client, edition, name):
        assert client.get(f"http://talea.test{edition}/{name}").status_code == 404

    def test_scripts_of_other_sites_may_read_them(self, client, edition):
        for name in ("talea.nq.gz", "talea-csv.zip"):
            answer = client.head(f"{edition}/{name}", headers={"Origin": "https://a.example"})
            assert answer.headers["access-control-allow-origin"] == "*"


class TestEditions:
    def test_the_whole_digest_and_its_beginning_lead_to_one_page(self, client, release, edition):
        whole = client.page("/dati/versioni/" + release.manifest.data_digest)
        assert whole.status_code == 200
        assert f'<link rel="canonical" href="{edition}">' in whole.text
        for base in ("", "/en"):
            listed = client.page(base + "/dati/versioni").text
            assert f'href="{base}{edition}"' in listed
            assert release.manifest.data_digest in listed

    def test_all_that_an_edition_counts_has_a_name_in_words(self, release):
        assert release.manifest.counts.keys() <= COUNTS.keys()

    @pytest.mark.parametrize("digest", ["0" * 12, "f" * 64, "d", "", "x" * 5_000, "%00", "<b>"])
    def test_an_edition_that_is_not_kept_is_said_so(self, client, digest):
        answer = client.get(f"/dati/versioni/{digest}/talea.nq.gz")
        assert answer.status_code == 404
        page = client.page(f"/en/dati/versioni/{digest or 'x'}")
        assert page.status_code == 404
        assert "keeps no edition of the data" in page.text

    @pytest.mark.parametrize("suffix", RDF)
    def test_each_edition_is_described(self, client, edition, suffix):
        media_type, form = RDF[suffix]
        answer = client.get(f"{edition}.{suffix}")
        assert answer.headers["content-type"].startswith(media_type)
        described = {t.predicate.value for t in ox.parse(answer.content, format=form)}
        assert {ns.DCT + "title", "http://www.w3.org/ns/dcat#distribution"} <= described
        led = client.get(edition, headers={"Accept": media_type})
        assert (led.status_code, led.headers["location"]) == (303, f"{edition}.{suffix}")

    def test_while_the_files_are_made_the_page_says_so_and_then_has_them(
        self, tmp_path, release, settings, places, open_client
    ):
        """And an edition that is kept stays at its address when another is in force."""
        from talea_api.app import create_app
        from talea_catalogue.release import open_release
        from talea_sparql.pool import Pool

        home = tmp_path
        folder = home / "releases" / release.folder.name
        ignored = shutil.ignore_patterns("dumps")
        shutil.copytree(release.folder, folder, ignore=ignored)
        older = home / "releases" / ("0" * 16)
        shutil.copytree(release.folder, older, ignore=ignored)
        counts = {**release.manifest.counts, "pratica": 7}
        replace(
            Manifest.read(older),
            data_digest="a" * 64,
            date="2020-01-01T00:00:00+00:00",
            counts=counts,
        ).write(older)
        opened = open_release(folder, places.sources.queries)
        app = create_app(
            replace(settings, home=home),
            opened,
            Pool(opened.dump, settings.limits()),
            places=places,
        )
        client = open_client(app)
        edition = f"/dati/versioni/{release.manifest.data_digest_short}"
        assert "si stanno preparando" in client.page("/dati").text
        early = client.page(f"{edition}/talea.nq.gz")
        assert (early.status_code, early.headers["retry-after"]) == (404, "60")
        assert "dataDump" not in client.get("/.well-known/void").text
        assert client.get("/dati/catalogo.ttl").status_code == 200

        dumps.write(folder)
        assert "si stanno preparando" not in client.page("/dati").text
        assert client.get(f"{edition}/talea.nq.gz").status_code == 200
        assert "dataDump" in client.get("/.well-known/void").text
        assert "si stanno preparando" in client.page("/dati/versioni/" + "a" * 12).text
        assert 'href="/dati/versioni/' + "a" * 12 in client.page(edition).text
        assert ">7<" in client.page(edition).text
        pin(home, "a" * 64)
        assert "Fissata" in client.page("/dati/versioni").text
        assert "per sempre" in client.page("/dati/versioni/" + "a" * 12).text

        shutil.rmtree(older)
        assert client.page("/dati/versioni/" + "a" * 12).status_code == 404
        assert "a" * 12 not in client.page("/dati/versioni").text

    def test_the_page_of_the_data_leads_to_everything(self, client, edition):
        for base in ("", "/en"):
            page = client.page(base + "/dati").text
            for href in (
                base + edition,
                edition + "/talea.ttl.gz",
                base + "/dati/versioni",
                base + "/sparql",
                base + "/api",
                base + "/feed.atom",
                "/dati/catalogo.ttl",
                "/dati/void.ttl",
                "/dati/talea.nq",
                "/dati/pratiche.csv",
            ):
                assert f'href="{href}"' in page, href
            links = set(re.findall(r'href="(/[^"#?]*)', page))
            for link in links:
                assert client.get(html.unescape(link)).status_code in (200, 303), link


class TestVoid:
    @pytest.mark.parametrize("suffix", RDF)
    def test_it_is_negotiated(self, client, suffix):
        media_type, form = RDF[suffix]
        answer = client.get("/.well-known/void", headers={"Accept": media_type})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["vary"].startswith("Accept")
        same = client.get(f"/dati/void.{suffix}").content
        assert {t.predicate for t in ox.parse(same, format=form)} == {
            t.predicate for t in ox.parse(answer.content, format=form)
        }

    def test_a_browser_is_led_to_the_page_and_nonsense_is_refused(self, client):
        assert client.page("/.well-known/void").headers["location"] == "/dati"
        refused = client.get("/.well-known/void", headers={"Accept": "image/png"})
        assert refused.status_code == 406

    def test_its_numbers_are_those_of_the_sparql_service(self, client, release):
        turtle = client.get("/.well-known/void").content
        store = ox.Store()
        store.load(turtle, format=ox.RdfFormat.TURTLE)
        prefix = "PREFIX void: <http://rdfs.org/ns/void#> "
        asked = "SELECT (COUNT(*) AS ?n) { { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } } }"
        answer = client.get("/sparql", params={"query": asked, "format": "json"})
        counted = answer.json()["results"]["bindings"][0]["n"]["value"]
        said = list(store.query(prefix + "SELECT ?n { ?d void:triples ?n ; void:classes ?c }"))
        assert [row[0].value for row in said] == [counted]
        partition = (
            prefix + f"SELECT ?n {{ ?p void:class <{ns.ONTO}GoodPractice> ; void:entities ?n }}"
        )
        practices = str(release.repository.counts()["practices"])
        assert [row[0].value for row in store.query(partition)] == [practices]

    def test_what_it_names_is_there(self, client, published):
        turtle = published.get("/.well-known/void").content
        for triple in ox.parse(turtle, format=ox.RdfFormat.TURTLE):
            name = triple.predicate.value.rsplit("#", 1)[-1]
            if name == "exampleResource":
                path = triple.object.value.removeprefix(ns.ROOT)
                assert client.get("/" + path).status_code == 303
            if name in ("dataDump", "sparqlEndpoint"):
                assert triple.object.value.startswith(SITE + "/")
                assert client.get(triple.object.value.removeprefix(SITE)).status_code == 200


class TestCatalogue:
    def test_it_leads_to_the_format_asked_for(self, client):
        for suffix, (media_type, _) in RDF.items():
            led = client.get("/dati/catalogo", headers={"Accept": media_type})
            assert (led.status_code, led.headers["location"]) == (303, f"/dati/catalogo.{suffix}")
            answer = client.get(f"/dati/catalogo.{suffix}")
            assert answer.headers["content-type"].startswith(media_type)
        assert client.page("/dati/catalogo").headers["location"] == "/dati"
        assert client.get("/dati/catalogo", headers={"Accept": "image/png"}).status_code == 406

    def test_every_distribution_can_be_taken_and_has_its_size(self, client, published):
        dcat = "http://www.w3.org/ns/dcat#"
        store = ox.Store()
        store.load(published.get("/dati/catalogo.ttl").content, format=ox.RdfFormat.TURTLE)
        rows = list(
            store.query(
                f"SELECT ?url ?size {{ ?d <{dcat}downloadURL> ?url ; <{dcat}byteSize> ?size }}"
            )
        )
        assert len(rows) > 10
        for url, size in rows:
            head = client.head(url.value.removeprefix(SITE))
            assert head.headers["content-length"] == size.value, url

    def test_no_address_comes_from_the_client(self, client, published):
        for door in ("/dati/catalogo.ttl", "/.well-known/void", "/feed.atom", "/sitemap.xml"):
            for one in (client, published):
                answer = one.get(door, headers={"Host": "evil.example", "X-Forwarded-Host": "evil"})
                assert "evil" not in answer.text, door


class TestFeed:
    @pytest.mark.parametrize("base", ["", "/en"])
    def test_it_is_atom(self, published, base, release):
        answer = published.get(base + "/feed.atom")
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        feed = ET.fromstring(answer.content)
        assert feed.tag == ATOM + "feed"
        for name in ("id", "title", "updated", "author"):
            assert len(feed.findall(ATOM + name)) == 1, name
        entries = feed.findall(ATOM + "entry")
        ids = [entry.findtext(ATOM + "id") for entry in entries]
        assert len(ids) == len(set(ids)) == min(feeds.ENTRIES, len(release.repository.slugs()))
        assert all(one.startswith(ns.ID + "pratica/") for one in ids)
        for entry in [feed, *entries]:
            assert datetime.fromisoformat(entry.findtext(ATOM + "updated")).tzinfo
            assert entry.findtext(ATOM + "title")
        hrefs = [entry.find(ATOM + "link").get("href") for entry in entries]
        assert all(href.startswith(SITE + base + "/pratiche/") for href in hrefs)
        assert published.page(hrefs[0].removeprefix(SITE)).status_code == 200

    def test_identifiers_do_not_depend_on_the_language_or_the_site(self, client, published):
        def ids(answer):
            return re.findall(r"<entry><id>([^<]+)", answer.text)

        assert ids(client.get("/feed.atom")) == ids(published.get("/en/feed.atom"))

    def test_every_page_announces_it(self, client):
        assert 'type="application/atom+xml"' in client.page("/").text
        assert 'href="/en/feed.atom"' in client.page("/en/pratiche").text

    @pytest.mark.parametrize("page", ["2", "999999", "0", "-1", "x", "1e9", "²"])
    def test_a_page_that_is_not_there(self, client, page, monkeypatch):
        answer = client.get("/feed.atom", params={"pagina": page})
        assert answer.status_code in (200, 404)

    def test_pages_hold_all_of_them_once(self, release, settings, monkeypatch):
        from talea_api.views import Visit

        monkeypatch.setattr(feeds, "ENTRIES", 10)
        visit = Visit(release, settings, "it", "/feed.atom", {}, {})
        last = feeds.pages_of_feed(release)
        slugs, relations = [], []
        for number in range(1, last + 1):
            feed = ET.fromstring(feeds.atom(visit, number))
            slugs += [ns.local(e.findtext(ATOM + "id")) for e in feed.findall(ATOM + "entry")]
            relations.append({link.get("rel") for link in feed.findall(ATOM + "link")})
        assert sorted(slugs) == release.repository.slugs()
        assert "next" not in relations[-1]
        assert "previous" not in relations[0]
        assert all({"next", "previous"} <= one for one in relations[1:-1])


class TestSitemap:
    def test_without_an_address_there_is_none(self, client):
        answer = client.get("/sitemap.xml")
        assert answer.status_code == 404
        assert "TALEA_BASE_URL" in answer.text
        assert "Sitemap" not in client.get("/robots.txt").text

    def test_robots_lead_to_it(self, published):
        assert f"Sitemap: {SITE}/sitemap.xml" in published.get("/robots.txt").text

    def test_every_public_page_is_in_it_in_both_languages(self, published, release):
        answer = published.get("/sitemap.xml")
        assert answer.headers["content-type"].startswith("application/xml")
        urls = {}
        for url in ET.fromstring(answer.content).findall(MAP + "url"):
            links = {link.get("hreflang"): link.get("href") for link in url.findall(XHTML + "link")}
            urls[url.findtext(MAP + "loc")] = links
        for address, links in urls.items():
            assert set(links) == {"it", "en"}
            assert address in links.values()
            assert set(links.values()) <= set(urls)
        for slug in release.repository.slugs():
            assert f"{SITE}/en/pratiche/{slug}" in urls
        for path in ("/", "/dati", "/comuni/072006", "/ambiti/ats-bari", "/vocabolari/target"):
            assert SITE + path in urls, path
        assert not [one for one in urls if "/sparql" in one or "?" in one or "#" in one]
        for address in sorted(urls)[::12]:
            page = published.page(address.removeprefix(SITE))
            assert page.status_code == 200, address
            assert f'<link rel="canonical" href="{address}">' in page.text, address
            assert "noindex" not in page.text

    def test_ten_thousand_practices_keep_to_the_protocol(self, settings):
        pages = [f"/pratiche/una-pratica-dal-nome-non-breve-{n}" for n in range(26_000)]
        told = replace(settings, base_url=SITE)
        count = feeds.parts(len(pages))
        assert count > 1
        index = ET.fromstring(feeds.sitemap_index(count, told))
        parts = [one.findtext(MAP + "loc") for one in index.findall(MAP + "sitemap")]
        assert len(parts) == count == len(set(parts))
        seen = []
        for part in range(1, count + 1):
            body = feeds.sitemap(pages, told, part)
            found = [u.findtext(MAP + "loc") for u in ET.fromstring(body).findall(MAP + "url")]
            assert len(found) <= 50_000
            assert len(body) <= 4_000_000
            seen += found
        assert len(seen) == len(set(seen)) == 2 * len(pages)

    def test_parts_beyond_the_last_are_not_there(self, published):
        assert published.get("/sitemap-1.xml").status_code == 200
        for part in ("2", "0", "99999999999999999999", "x", "-1"):
            assert published.get(f"/sitemap-{part}.xml").status_code == 404

    def test_the_pages_that_stand_alone_are_those_of_the_table(self, release):
        paths = feeds.paths(release, VIEWS)
        assert len(paths) == len(set(paths))
        assert {view.path for view in VIEWS if "{" not in view.path} <= set(paths)


def blocks(page: str) -> list[dict]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(one) for one in found]


class TestSchemaOrg:
    def test_the_home_page_can_be_searched(self, published):
        site = next(one for one in blocks(published.page("/en/").text) if one["@type"] == "WebSite")
        action = site["potentialAction"]
        assert action["@type"] == "SearchAction"
        address = action["target"]["urlTemplate"].replace("{words}", "taxi").removeprefix(SITE)
        assert published.page(address).status_code == 200

    def test_a_practice_has_its_sheet_and_its_place_in_the_site(self, published):
        found = {b["@type"]: b for b in blocks(published.page("/pratiche/bari-social-book").text)}
        assert found["CreativeWork"]["name"].startswith("Bari Social Book")
        steps = found["BreadcrumbList"]["itemListElement"]
        assert [step["position"] for step in steps] == [1, 2, 3]
        assert steps[1]["item"] == SITE + "/pratiche"
        assert "item" not in steps[-1]

    def test_what_is_not_known_is_not_there(self, client, release):
        untitled = next(
            b.slug
            for b in map(release.repository.brief, release.repository.slugs())
            if b.title is None
        )
        sheet = blocks(client.page(f"/pratiche/{untitled}").text)[0]
        assert "name" not in sheet
        assert None not in sheet.values()

    def test_the_data_are_a_dataset(self, published, client, release):
        data = next(b for b in blocks(published.page("/dati").text) if b["@type"] == "Dataset")
        assert data["version"] == release.manifest.data_digest
        assert data["creator"]["contactPoint"]["email"] == "a@example.org"
        for one in data["distribution"]:
            answer = client.get(one["contentUrl"].removeprefix(SITE))
            assert hashlib.sha256(answer.content).hexdigest() == one["sha256"]
        plain = next(b for b in blocks(client.page("/dati").text) if b["@type"] == "Dataset")
        assert plain["creator"] == {"@type": "Organization", "name": "Progetto Talea"}


def test_what_a_script_of_a_researcher_does(published, release):
    """From the well-known address to the rows of a table, without reading a page."""
    turtle = published.get("/.well-known/void").content
    dump = next(
        triple.object.value
        for triple in ox.parse(turtle, format=ox.RdfFormat.TURTLE)
        if triple.predicate.value.endswith("#dataDump") and "talea.nq.gz" in triple.object.value
    )
    store = ox.Store()
    data = gzip.decompress(published.get(dump.removeprefix(SITE)).content)
    store.load(data, format=ox.RdfFormat.N_QUADS)
    rows = store.query(
        f"SELECT ?p {{ ?p a <{ns.ONTO}GoodPractice> }}", use_default_graph_as_union=True
    )
    assert len(list(rows)) == release.repository.counts()["practices"]


def test_a_server_makes_the_files_of_its_first_release_while_it_answers(
    start_server, release, tmp_path
):
    import time

    import httpx

    home = tmp_path / "home"
    folder = home / "releases" / release.folder.name
    shutil.copytree(release.folder, folder, ignore=shutil.ignore_patterns("dumps"))
    (home / "current").write_text(folder.name + "\n")
    server = start_server(home)
    assert httpx.get(server.url + "/dati", headers={"Accept": "text/html"}).status_code == 200
    file = f"{server.url}/dati/versioni/{release.manifest.data_digest_short}/talea.nq.gz"
    for _ in range(300):
        if httpx.get(file).status_code == 200:
            break
        time.sleep(0.2)
    assert gzip.decompress(httpx.get(file).content) == release.dump.read_bytes()
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".dumps-")]
