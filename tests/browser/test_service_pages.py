"""The pages of machines and of mistakes, in a browser: the SPARQL form, the API, errors."""

from urllib.parse import quote

import pytest

from .pages import WIDTHS, check_page

QUERY = "SELECT * WHERE { ?s ?p ?o } LIMIT 20"
PAGES = {
    "/sparql": 200,
    "/en/sparql": 200,
    "/sparql?format=html&query=" + quote(QUERY): 200,
    "/sparql?format=html&query=" + quote("ASK {}"): 200,
    "/sparql?format=html&query=" + quote("CONSTRUCT WHERE { ?s a ?c } LIMIT 5"): 200,
    "/sparql?format=html&query=" + quote("SELECT * WHERE {"): 400,
    "/api": 200,
    "/nothing-here": 404,
    "/en/nothing-here": 404,
}


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_page(page, server, path):
    check_page(page, server.url + path, *WIDTHS, status=PAGES[path])


@pytest.mark.browser
def test_a_query_is_asked_without_scripts(page_without_script, server):
    page = page_without_script
    page.goto(server.url + "/sparql")
    page.get_by_label("Query SPARQL 1.1").fill("ASK {}")
    page.get_by_role("button", name="Esegui").click()
    assert "sì" in page.get_by_role("status").inner_text()
