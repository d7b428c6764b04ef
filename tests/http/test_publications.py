"""The publications: their pages, their files, the preview, and the work that makes the books."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import replace
from html import unescape
from io import BytesIO
from urllib.parse import quote

import numpy as np
import pypdf
import pytest

from talea_api import books
from talea_api.books import write as writing
from talea_api.books.index import INDEX
from talea_api.pages import preview, publications
from talea_api.printing.book import compose, contents, sheet
from talea_catalogue import namespaces as ns
from talea_catalogue.publication import EditionError, SelectionError, select
from talea_catalogue.release import current, open_release, sizes
from talea_catalogue.repository import Repository
from talea_catalogue.search.selecting import SELECTING, query_for
from talea_sparql.limits import Limits

FESTIVAL = "/pubblicazioni/festival-2024"
PREVIEW = "/pubblicazioni/anteprima"


@pytest.fixture(scope="module")
def own(tmp_path_factory, home, settings):
    """A home of its own, beside the shipped one: what is written here is not seen there."""
    folder = tmp_path_factory.mktemp("publications")
    shutil.copytree(home, folder, copy_function=os.link, dirs_exist_ok=True)
    return replace(settings, home=folder)


def write(settings, places):
    """The books of the short edition alone: the others take as long as they have practices."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Repository, "publications", lambda self: ["festival-2024"])
        return writing.write(settings, places)


@pytest.fixture(scope="module")
def made(own, places):
    """What was made in that home."""
    return write(own, places)


@pytest.fixture
def another(own, made, tmp_path):
    """A copy of that home, to spoil."""
    shutil.copytree(own.home_folder, tmp_path / "home", copy_function=os.link)
    return replace(own, home=tmp_path / "home")


@pytest.fixture(scope="module")
def reader(own, made, places, open_client):
    """A client of a site with those books."""
    from talea_api.app import create_app
    from talea_sparql.pool import Pool

    release = open_release(current(own.home_folder), places.sources.queries)
    return open_client(create_app(own, release, Pool(release.dump, own.limits()), places=places))


def folder_of(own):
    return current(own.home_folder) / books.FOLDER


def shown(client, path, **given):
    """The status of a page and its words, on one line."""
    query = "&".join(f"{name}={quote(value)}" for name, value in given.items())
    answer = client.page(f"{path}?{query}" if query else path)
    return answer.status_code, " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


# --- Making ---


def test_each_format_and_language_is_made_and_known_by_its_hash(own, made):
    [one] = made
    assert {(f.lang, f.format, f.paper) for f in one.files} == {
        (lang, format_, paper)
        for lang in ("it", "en")
        for format_, paper in (("pdf", "a4"), ("pdf", "a5"), ("epub", None), ("html", None))
    }
    for file in one.files:
        body = (folder_of(own) / file.name).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file.size, file.sha256)
        if file.format == "pdf":
            assert file.pages == len(pypdf.PdfReader(BytesIO(body)).pages)
    assert books.read(folder_of(own)).editions == (one,)


def test_the_index_has_the_contents_of_the_book(made, release, settings, places):
    [one] = made
    it = release.repository.publication("festival-2024")
    known = frozenset(release.repository.slugs())
    frame = compose.frame_for(release, settings, places, "it")
    slugs = select(release.store, it.selection, known)
    expected = [
        (part.title, [(e.slug, e.title, e.place, e.brief) for e in part.entries])
        for part in contents.contents(frame, it.order, slugs)
    ]
    told = [
        (part.title, [(e.slug, e.title, e.place, e.brief) for e in part.lines])
        for part in one.contents["it"]
    ]
    assert told == expected
    assert sorted(one.practices) == sorted(slugs)
    assert one.bodies == sum(release.repository.brief(slug).level == 0 for slug in slugs)


def test_the_books_are_no_part_of_the_release(own, made):
    assert not any(name.startswith("books/") for name in sizes(current(own.home_folder)))


def test_what_is_made_is_left(own, made, places):
    before = (folder_of(own) / INDEX).stat().st_mtime_ns
    assert write(own, places) == made
    assert (folder_of(own) / INDEX).stat().st_mtime_ns == before


@pytest.mark.parametrize("changed", ["code", "address", "a file"])
def test_other_code_another_address_or_a_lost_file_make_it_again(
    another, places, monkeypatch, changed
):
    begun = []
    again = books.Made("festival-2024", "x")
    monkeypatch.setattr(writing, "_made", lambda *given: begun.append(given[3]) or again)
    if changed == "code":
        monkeypatch.setattr(writing, "code_digest", lambda places: "other")
    elif changed == "address":
        another = replace(another, base_url="https://example.org")
    else:
        (folder_of(another) / "festival-2024.epub").unlink()
    assert write(another, places) == [again]
    assert begun == ["festival-2024"]
    assert [path.name for path in folder_of(another).iterdir()] == [INDEX]
    assert not list(another.home_folder.glob("releases/.books-*"))


def test_an_edition_that_cannot_be_made_says_why_and_stops_no_other(another, places, monkeypatch):
    def refused(*given):
        raise EditionError("questi dati non ci sono")

    monkeypatch.setattr(writing.publishing, "folder_of", refused)
    [one] = write(another, places)
    assert (one.problem, one.files) == ("questi dati non ci sono", ())
    assert books.read(folder_of(another)).editions == (one,)
    monkeypatch.undo()
    made = [books.Made("festival-2024", "x")]
    monkeypatch.setattr(writing, "_made", lambda *given: made[0])
    assert write(another, places) == made  # as soon as the data are there


def test_a_selection_that_finds_nothing_is_a_problem_of_its_book(another, places, monkeypatch):
    shutil.rmtree(folder_of(another))

    def nothing(*given, **more):
        raise SelectionError("non trova nessuna pratica")

    monkeypatch.setattr(writing.publishing, "composed", nothing)
    [one] = write(another, places)
    assert (one.problem, one.files) == ("non trova nessuna pratica", ())
    assert [path.name for path in folder_of(another).iterdir()] == [INDEX]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "\x00",
        '{"format": 1}',
        '{"format": 1, "code": "", "site": "", "editions": 3}',
    ],
)
def test_an_index_that_is_not_one_is_no_book(tmp_path, text):
    (tmp_path / INDEX).write_text(text)
    assert books.read(tmp_path) is None


def test_a_book_that_lacks_a_file_is_no_book(own, made, tmp_path):
    shutil.copy(folder_of(own) / INDEX, tmp_path)
    assert books.read(tmp_path) is None


# --- Pages and files ---


def test_the_list_names_each_publication_with_its_formats(reader):
    status, text = shown(reader, "/pubblicazioni")
    assert status == 200
    assert "Le buone pratiche del primo Festival del welfare locale in Puglia" in text
    assert "20 pratiche; di 19 si conosce solo l’ente" in text
    assert "PDF, EPUB, HTML" in text


@pytest.mark.parametrize("base", ["", "/en"])
def test_the_page_says_what_is_in_the_book_and_how_to_check_it(reader, made, base):
    page = reader.page(base + FESTIVAL)
    for file in made[0].files:
        assert f'href="{FESTIVAL}/{file.name}"' in page.text
        assert file.sha256 in page.text
    _, text = shown(reader, base + FESTIVAL)
    assert ("esportato da Typst" if not base else "exported by Typst") in text
    assert "certifi" not in text
    assert "talea publish --edition festival-2024 --format all --out libro" in text
    assert "https://w3id.org/talea/id/pubblicazione/festival-2024" in text
    assert page.text.index("comune-andria-2024") < page.text.index("comune-troia-2024")


def test_while_the_files_are_made_the_page_says_so(client):
    status, text = shown(client, FESTIVAL)
    assert status == 200
    assert "I file si stanno preparando" in text
    assert "talea publish --edition festival-2024" in text
    answer = client.get(f"{FESTIVAL}/festival-2024-a4.pdf")
    assert (answer.status_code, answer.headers["retry-after"]) == (404, "60")


def test_a_file_comes_whole_in_ranges_or_not_at_all_if_it_is_known(reader, made):
    for file in made[0].files:
        path = f"{FESTIVAL}/{file.name}"
        answer = reader.get(path)
        assert hashlib.sha256(answer.content).hexdigest() == file.sha256
        assert answer.headers["content-type"] == file.media_type
        part = reader.get(path, headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, answer.content[:10])
        known = reader.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")


def test_the_html_edition_may_use_its_own_style_and_nothing_else(reader):
    answer = reader.get(f"{FESTIVAL}/festival-2024.html")
    policy = answer.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; "
        r"form-action 'none'; frame-ancestors 'none'",
        policy,
    )
    assert len(re.findall("<style", answer.text)) == 1
    assert "style=" not in answer.text
    assert "sha256-" not in reader.get(f"{FESTIVAL}/festival-2024-a4.pdf").headers.get(
        "content-security-policy", ""
    )


@pytest.mark.parametrize(
    "path",
    [
        "/pubblicazioni/nessuna",
        "/pubblicazioni/nessuna/x.pdf",
        f"{FESTIVAL}/{INDEX}",
        f"{FESTIVAL}/nessuno.pdf",
        f"{FESTIVAL}/..%2f{INDEX}",
        f"{FESTIVAL}/%2e%2e%2frelease.json",
        f"{FESTIVAL}/%00",
        f"{FESTIVAL}/" + "a" * 3_000,
        "/pubblicazioni/..%2f..%2fetc/passwd",
        f"{PREVIEW}?edizione=nessuna",
        "/pubblicazioni/nessuna.ttl",
    ],
)
def test_what_is_not_there_is_not_found(reader, path):
    assert reader.get(path).status_code == 404


def test_a_file_of_pins_that_cannot_be_read_is_told(own, places, release, open_client, tmp_path):
    from talea_api.app import create_app
    from talea_sparql.pool import Pool

    (tmp_path / "editions.toml").write_text("antologia = 3")
    settings = replace(own, home=tmp_path)
    other = open_client(
        create_app(settings, release, Pool(release.dump, own.limits()), places=places)
    )
    for path in ("/pubblicazioni", FESTIVAL):
        status, text = shown(other, path)
        assert status == 200
        assert "antologia: serve data" in text


def test_the_sheet_of_a_practice_says_in_which_publications_it_is(client, release):
    edition = release.repository.publication("antologia")
    assert "scheda-pippi" in release.repository.chosen_by(edition.selection)
    _, text = shown(client, "/pratiche/scheda-pippi")
    assert "In quali pubblicazioni Antologia delle buone pratiche di welfare locale" in text
    page = client.page("/en/pratiche/comune-bari-2024").text
    assert 'href="/en/pubblicazioni/festival-2024"' in page


def test_the_rdf_of_a_publication_is_beside_its_page(client):
    answer = client.get("/id/pubblicazione/antologia", headers={"Accept": "text/turtle"})
    assert answer.headers["location"] == "/pubblicazioni/antologia.ttl"
    assert "selectionQuery" in client.get("/pubblicazioni/antologia.ttl").text


# --- The preview ---


def test_the_query_of_filters_selects_the_same_practices(release):
    repository = release.repository
    columns, known = repository.columns(), frozenset(repository.slugs())
    several = [
        {"area": ("1", "non-detto"), "replicata": ("si", "non-detto")},
        {"target": ("anziani",), "territorio": ("regione-puglia",), "livello": ("2", "3")},
        {},
    ]
    single = [{name: (one.value,)} for name in SELECTING for one in columns.known(name)]
    for filters in several + single:
        query = query_for(filters, repository.vocabulary)
        found = {ns.local(row["practice"].value) for row in release.store.rows(query, Limits())}
        mask = columns.mask(filters)
        assert found <= known
        assert found == {columns.slugs[row] for row in np.flatnonzero(mask)}, filters


def test_the_preview_calls_complete_what_the_book_does(release, invented_home, places):
    with_more = open_release(current(invented_home), places.sources.queries)
    for one in (release.repository, with_more.repository):
        told = one.sections_told(one.slugs())
        for slug in one.slugs():
            whole = sheet.is_complete(one.practice(slug))
            assert whole == (preview.SECTIONS.keys() == told[slug]), slug
    with_more.close()


def test_the_preview_of_an_edition_has_its_contents(client, release):
    status, text = shown(client, PREVIEW, edizione="antologia")
    assert status == 200
    edition = release.repository.publication("antologia")
    count = len(release.repository.chosen_by(edition.selection))
    assert f"{count} pratiche" in text
    assert f"Schede complete: 0 su {count}." in text
    assert "gli ostacoli (" in text
    assert "talea publish --edition antologia --format all --out libro" in text


def test_the_preview_by_filters_gives_the_query_and_the_command(client, release):
    given = {"edizione": "antologia", "area": "1", "territorio": "regione-puglia"}
    page = client.page(f"{PREVIEW}?edizione=antologia&area=1&territorio=regione-puglia")
    filters = {name: (value,) for name, value in given.items() if name != "edizione"}
    query = query_for(filters, release.repository.vocabulary)
    assert query in unescape(page.text)
    status, text = shown(client, PREVIEW, **given)
    assert status == 200
    assert f"{int(release.repository.columns().mask(filters).sum())} pratiche" in text
    assert "--edition antologia --select scelta.rq --format all --out libro" in text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("SELECT x", 400, "La query non si può usare"),
        ("SELECT ?x { ?x a <http://example.org/Nothing> }", 200, "non trova nessuna pratica"),
        ("SELECT ?x ?y { ?x a ?y } LIMIT 3", 200, "deve dare pratiche del catalogo"),
        ("SELECT (1 AS ?x) {}", 200, "deve dare pratiche del catalogo"),
        ("ASK {}", 200, "serve una query SELECT"),
        ("CONSTRUCT { ?x a ?y } WHERE { ?x a ?y } LIMIT 1", 200, "serve una query SELECT"),
        ("DROP ALL", 400, "La query non si può usare"),
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?x a ?y } }", 400, "non si può usare"),
        ("\x00", 400, "La query non si può usare"),
        ("SELECT ?x { " + "{ " * 200 + "?x a ?y" + " }" * 200 + " }", 400, "non si può usare"),
    ],
)
def test_a_bad_query_is_told_in_words(client, query, status, said):
    answered, text = shown(client, PREVIEW, edizione="antologia", query=query)
    assert said in text
    assert answered == status or (status == 400 and 400 <= answered < 500)


def test_a_query_too_long_for_an_address_is_refused(client):
    assert client.page(f"{PREVIEW}?query={'a' * 20_000}").status_code == 414


def test_a_query_typed_is_worth_more_than_filters(client):
    query = "SELECT ?p { ?p a <https://w3id.org/talea/onto/GoodPractice> } ORDER BY ?p LIMIT 2"
    _, text = shown(client, PREVIEW, edizione="antologia", query=query, area="1", target="xyz")
    assert "i filtri scelti non sono stati usati" in text
    assert "2 pratiche" in text
    assert "«xyz»" in text


def test_only_complete_that_leaves_nothing_says_so(client):
    _, text = shown(client, PREVIEW, edizione="antologia", complete="1")
    assert "Nessuna scheda è completa" in text
    assert "libro" in text


def test_a_choice_too_large_is_counted_and_not_judged(client, monkeypatch):
    for module in (preview, publications):
        monkeypatch.setattr(module, "LISTED", 3)
    _, text = shown(client, PREVIEW, edizione="antologia", area="4", complete="1")
    assert "si conta fino a 3 pratiche" in text
    assert re.search(r"E altre \d+ pratiche, che qui non sono elencate", text)


def test_the_preview_counts_against_the_rate(settings, release, places, open_client):
    from talea_api.app import create_app
    from talea_sparql.pool import Pool

    few = replace(settings, rate_per_minute=1, rate_burst=3)
    slow = open_client(create_app(few, release, Pool(release.dump, few.limits()), places=places))
    path = f"{PREVIEW}?edizione=antologia&area=1"
    assert [slow.page(path).status_code for _ in range(5)][-1] == 429


def test_the_index_is_read_as_it_was_written(own, made):
    data = json.loads((folder_of(own) / INDEX).read_bytes())
    assert data["code"]
    assert data["editions"][0]["slug"] == "festival-2024"
