"""The notebook of `docs/` runs against a real server and gives the figures of the site."""

import json
from pathlib import Path

from talea_catalogue.search import Query
from talea_catalogue.search.facets import UNSAID

NOTEBOOK = Path(__file__).parents[2] / "docs/notebooks/practices-by-area.ipynb"


def test_the_notebook_makes_the_table_of_the_site_again(server, release, monkeypatch, capsys):
    monkeypatch.setenv("TALEA", server.url)
    names = {}
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
        assert not cell.get("outputs"), "figures come from running it, not from the repository"
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), NOTEBOOK.name, "exec"), names)

    ours = {row["area"].rsplit("/", 1)[1]: int(row["practices"]) for row in names["TABLE"]}
    facets = {facet.name: facet.options for facet in release.search.search(Query()).facets}
    assert ours == {
        option.value: option.count for option in facets["area"] if option.value != UNSAID
    }
    printed = capsys.readouterr().out
    assert all(row["label"] in printed for row in names["TABLE"])
    assert names["EDITION"].startswith(server.url + "/dati/versioni/")
    assert "GMT" in printed
