"""`talea eval`: figures that can be worked out by hand, and judgements that cannot be read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_api import cli, commands
from talea_api.scores import lines
from talea_catalogue.errors import ImportFileError
from talea_catalogue.intake.golden import read_golden
from talea_catalogue.search import Query, SearchIndex, evaluation
from talea_catalogue.search.evaluation import (
    DEPTH,
    Judged,
    bootstrap,
    evaluate,
    missing,
    ndcg,
    recall,
    reciprocal_rank,
)


@dataclass(frozen=True)
class Ranked:
    """A ranking that a test wrote down."""

    slugs: tuple[str, ...] = ()
    confident: bool = False


class Written:
    """A search whose rankings were written down: text -> signals -> ranking."""

    def __init__(
        self,
        rankings: Mapping[str, Mapping[frozenset[str] | None, Ranked]],
        signals: tuple[str, ...] = (),
    ) -> None:
        self.signals = signals
        self.asked: list[tuple[str, frozenset[str] | None]] = []
        self._rankings = rankings

    def rank(self, text: str, signals: frozenset[str] | None = None) -> Ranked:
        self.asked.append((text, signals))
        return self._rankings[text].get(signals, Ranked())


GAINS = {1: 1, 2: 3, 3: 7}
GRADES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3))
RANKINGS = st.lists(st.sampled_from("abcdefxyz"), unique=True)


def by_hand(slugs: Sequence[str], relevant: Mapping[str, int]) -> float:
    return sum(
        GAINS.get(relevant.get(slug, 0), 0) / math.log2(rank + 1)
        for rank, slug in enumerate(slugs[:10], 1)
    )


def test_ndcg_worked_out_by_hand():
    relevant = {"a": 3, "b": 2, "c": 1}
    best = 7 + 3 / math.log2(3) + 1 / 2
    assert ndcg(["a", "b", "c"], relevant) == 1
    assert ndcg(["x", "c", "a"], relevant) == pytest.approx((1 / math.log2(3) + 7 / 2) / best)
    assert ndcg([*"0123456789", "a"], relevant) == 0  # the eleventh does not count
    assert ndcg([], relevant) == 0
    assert ndcg(["a"], {}) == 0
    many = {str(number): 1 for number in range(30)}  # no order can show more than ten
    assert ndcg([str(number) for number in range(10)], many) == 1


@given(RANKINGS, GRADES)
def test_ndcg_is_the_share_of_the_best_order_there_is(slugs, relevant):
    found = ndcg(slugs, relevant)
    assert 0 <= found <= 1 + 1e-12
    best = max(by_hand(order, relevant) for order in permutations(relevant))
    assert found == pytest.approx(by_hand(slugs, relevant) / best if best else 0)


@given(RANKINGS, GRADES)
def test_recall_and_the_first_useful_one(slugs, relevant):
    useful = [slug for slug in slugs[:10] if relevant.get(slug, 0)]
    total = sum(grade > 0 for grade in relevant.values())
    assert recall(slugs, relevant) == (len(useful) / total if total else 0)
    assert reciprocal_rank(slugs, relevant) == (1 / (1 + slugs.index(useful[0])) if useful else 0)


def test_recall_is_of_all_useful_ones_even_where_ten_cannot_hold_them():
    many = {str(number): 1 for number in range(40)}
    assert recall([str(number) for number in range(40)], many) == DEPTH / 40


FUSION = None
WORDS, MEANING = frozenset({"lexical"}), frozenset({"dense"})
GOLDEN = (
    Judged("1", "nonni soli", "everyday", {"a": 3, "b": 1}),
    Judged("2", "ADI", "keyword", {"c": 2}),
    Judged("3", "ricette", "none", {}),
    Judged("4", "traghetti", "keyword", {"a": 0}),
)
RANKINGS_WRITTEN = {
    "nonni soli": {FUSION: Ranked(("a", "b")), WORDS: Ranked(("x",)), MEANING: Ranked(("b", "a"))},
    "ADI": {FUSION: Ranked(("x", "c"), True), WORDS: Ranked(("c",)), MEANING: Ranked(("x", "y"))},
    "ricette": {FUSION: Ranked(("a",), True)},
    "traghetti": {FUSION: Ranked(("a",), False)},
}


def figures(measured: float, found: float, first: float, n: int) -> dict[str, object]:
    near = [pytest.approx(value) for value in (measured, found, first)]
    return dict(zip(("ndcg@10", "recall@10", "mrr@10", "n"), (*near, n), strict=True))


def test_the_answer_has_the_figures_of_the_search_and_of_each_signal():
    second = 1 / math.log2(3)
    swapped = (1 + 7 * second) / (7 + second)
    search = Written(RANKINGS_WRITTEN, ("lexical", "dense"))
    assert evaluate(search, GOLDEN).as_json() == {
        "overall": figures((1 + second) / 2, 1, 0.75, 2),
        "kinds": {"everyday": figures(1, 1, 1, 1), "keyword": figures(second, 1, 0.5, 1)},
        "none": {"n": 2, "confident": 1},
        "signals": {
            "lexical": {
                "overall": figures(0.5, 0.5, 0.5, 2),
                "kinds": {"everyday": figures(0, 0, 0, 1), "keyword": figures(1, 1, 1, 1)},
            },
            "dense": {
                "overall": figures(swapped / 2, 0.5, 0.5, 2),
                "kinds": {"everyday": figures(swapped, 1, 1, 1), "keyword": figures(0, 0, 0, 1)},
            },
        },
        "intervals": {},
    }


def test_an_ablation_is_the_search_without_a_signal_and_its_loss_is_negative():
    search = Written(RANKINGS_WRITTEN, ("lexical", "dense"))
    report = evaluate(search, GOLDEN, ablate=True)
    # Without one of two, the other stays: the difference is that of its own figures.
    whole, alone = report.scores.overall.ndcg, report.signals["lexical"].overall.ndcg
    assert report.intervals["dense"].mean == pytest.approx(alone - whole)
    assert list(report.intervals) == ["lexical", "dense"]
    assert report.intervals["dense"].mean < 0
    for one in report.intervals.values():
        assert one.low <= one.mean <= one.high
    assert report.as_json()["intervals"]["dense"].keys() == {"mean", "low", "high"}


def test_a_query_is_asked_in_every_way_before_the_next_one():
    search = Written(RANKINGS_WRITTEN, ("lexical", "dense"))
    evaluate(search, GOLDEN, ablate=True)
    texts = [text for text, _ in search.asked]
    assert texts == ["nonni soli"] * 5 + ["ADI"] * 5 + ["ricette", "traghetti"]
    assert search.asked[0][1] is None


def test_nothing_is_left_without_the_only_signal():
    search = Written(RANKINGS_WRITTEN, ("lexical",))
    assert evaluate(search, GOLDEN, ablate=True).intervals == {}


def test_only_queries_without_an_answer_give_no_figure():
    report = evaluate(Written(RANKINGS_WRITTEN, ("a", "b")), GOLDEN[2:], ablate=True)
    body = json.loads(json.dumps(report.as_json()))
    nothing = {"ndcg@10": None, "recall@10": None, "mrr@10": None, "n": 0}
    assert body["overall"] == nothing
    assert body["kinds"] == body["intervals"] == {}
    assert body["none"] == {"n": 2, "confident": 1}
    assert "—" in "\n".join(lines(report))


def test_what_the_catalogue_does_not_have_is_named():
    assert missing(GOLDEN, {"a", "x"}) == ["b", "c"]
    assert missing(GOLDEN, ["a", "b", "c"]) == []


def test_the_bootstrap_gives_the_same_interval_each_time_and_the_textbook_width():
    draw = np.random.default_rng(7)
    rows = np.stack([draw.normal(-0.05, 0.2, 400), np.full(400, 0.125), np.zeros(400)])
    first, constant, nothing = bootstrap(rows)
    assert [first, constant, nothing] == bootstrap(rows)
    assert (constant.low, constant.mean, constant.high) == (0.125, 0.125, 0.125)
    assert (nothing.low, nothing.high) == (0, 0)
    assert first.mean == pytest.approx(rows[0].mean())
    # Of a mean of many values the percentile interval is nearly the normal one.
    half = 1.96 * rows[0].std() / math.sqrt(400)
    assert first.low == pytest.approx(first.mean - half, abs=0.1 * half)
    assert first.high == pytest.approx(first.mean + half, abs=0.1 * half)


def test_the_bootstrap_draws_queries_in_pairs():
    # A difference that every query shares has no spread, however far apart queries are.
    easy_and_hard = np.array([0.0, 1.0] * 50)
    (found,) = bootstrap((easy_and_hard - 0.1 - easy_and_hard)[None])
    assert found.high - found.low < 1e-12


def test_the_bootstrap_of_many_queries_holds_few_draws_at_once(monkeypatch):
    monkeypatch.setattr(evaluation, "_BLOCK", 3_000)
    one, other = bootstrap(np.array([[1.0] * 100, [0.0, 1.0] * 50]))
    assert (one.low, one.high) == (1, 1)
    assert (other.low, other.high) == pytest.approx((0.4, 0.6), abs=0.015)


def test_the_bootstrap_of_nothing():
    assert bootstrap(np.empty((0, 5))) == []
    with pytest.raises(ValueError, match="no query"):
        bootstrap(np.empty((1, 0)))


ONE = {"id": "1", "query": "nonni soli", "kind": "everyday", "relevant": {"a": 3}}


def test_judgements_are_read_with_whatever_else_they_say(tmp_path):
    file = tmp_path / "golden.json"
    odd = {"id": "2", "query": '\u202e🚕 \x00 title:"x" AND (' * 400, "kind": "k", "relevant": {}}
    file.write_text(json.dumps([ONE | {"need": "n01"}, odd, ONE | {"id": "3", "query": ""}]))
    first, second, third = read_golden(file)
    assert first == Judged("1", "nonni soli", "everyday", {"a": 3})
    assert second.query == odd["query"]
    assert (third.query, second.answered) == ("", False)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "JSON non valido"),
        (b"[", "JSON non valido"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "troppi livelli"),
        (b"[1" + b"0" * 5_000 + b"]", "troppo lungo"),
        (b"[]", "un elenco di query giudicate"),
        (b"{}", "un elenco di query giudicate"),
        (b'"nonni"', "un elenco di query giudicate"),
        (b"[1]", "query 1: (scheda): deve essere un oggetto"),
        ([{}], "query 1: id: campo obbligatorio mancante (e altri 3)"),
        ([ONE | {"id": ""}], "query 1: id: è vuoto"),
        ([ONE | {"id": 1}], "query 1: id: deve essere un testo"),
        ([ONE | {"query": None}], "query: deve essere un testo"),
        ([ONE, ONE | {"id": "2", "kind": []}], "query 2: kind: deve essere un testo"),
        ([ONE | {"relevant": ["a"]}], "relevant: deve essere un oggetto"),
        ([ONE | {"relevant": {"a": 5}}], "query 1: relevant.a: numero fuori dai limiti"),
        ([ONE | {"relevant": {"a": -1}}], "numero fuori dai limiti"),
        ([ONE | {"relevant": {"a": 2.5}}], "deve essere un numero intero"),
        ([ONE | {"relevant": {"a": True}}], "deve essere un numero intero"),
        ([ONE | {"relevant": {"a": "3"}}], "deve essere un numero intero"),
        ([ONE | {"relevant": {"a": math.nan}}], "deve essere un numero intero"),
        ([ONE, ONE], "query 2: id: «1» c'è già"),
        ([{k: v for k, v in ONE.items() if k != "kind"}], "kind: campo obbligatorio mancante"),
    ],
)
def test_judgements_that_cannot_be_read_say_where_and_why(talea, tmp_path, said, why):
    file = tmp_path / "golden.json"
    file.write_bytes(said if isinstance(said, bytes) else json.dumps(said).encode())
    with pytest.raises(ImportFileError) as raised:
        read_golden(file)
    assert why in str(raised.value)
    code, out, err = talea("eval", str(file))
    assert (code, out) == (1, "")
    assert err == f"talea: {raised.value}\n"


def test_a_folder_and_a_file_that_is_not_there_are_said(talea, tmp_path):
    for path in (tmp_path, tmp_path / "mai.json"):
        code, out, err = talea("eval", str(path))
        assert (code, out) == (1, "")
        assert str(path) in err
        assert err.count("\n") == 1


@pytest.fixture
def talea(capsys, home):
    """Run `talea` in this process on the shipped catalogue: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["--home", str(home), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def by_words(monkeypatch):
    """The search that there is, until it ranks by signals of its own."""

    def rank(self, text, signals=None):
        found = self.search(Query(text, limit=DEPTH))
        return Ranked(tuple(hit.brief.slug for hit in found.hits), not found.partial)

    monkeypatch.setattr(SearchIndex, "signals", ("lexical",), raising=False)
    monkeypatch.setattr(SearchIndex, "rank", rank, raising=False)


@pytest.fixture
def golden(tmp_path):
    """A file of judgements: of a practice of the catalogue, of one of another, of none."""
    file = tmp_path / "golden.json"
    there = {"id": "1", "query": "taxi sociale", "kind": "everyday", "relevant": {}}
    there["relevant"] = {"scheda-case-del-quartiere": 1, "di-un-altro-catalogo": 3}
    file.write_text(json.dumps([there, ONE | {"id": "2", "relevant": {}}]))
    return str(file)


@pytest.mark.usefixtures("by_words")
def test_the_command_prints_the_answer_and_tells_apart_what_is_not_one(talea, golden):
    code, out, err = talea("eval", golden, "--ablate", "--json")
    assert code == 0
    body = json.loads(out)
    assert list(body) == ["overall", "kinds", "none", "signals", "intervals"]
    assert body["overall"]["n"] == body["none"]["n"] == 1
    assert "1 (di-un-altro-catalogo)" in err


@pytest.mark.usefixtures("by_words")
def test_the_command_prints_a_table_for_people(talea, golden, release, monkeypatch):
    monkeypatch.setattr(commands, "_to_judge", lambda options: nullcontext(release))
    code, out, _ = talea("eval", golden)
    assert code == 0
    head, every, kind, *rest = out.splitlines()
    assert head.split() == ["nDCG@10", "recall@10", "MRR@10", "query"]
    assert (every.split()[0], every.split()[-1]) == ("tutte", "1")
    assert kind.split()[0] == "everyday"
    assert "senza risposta: 1 query, sicura in " in "\n".join(rest)


@pytest.mark.usefixtures("by_words")
def test_a_home_without_a_catalogue_stays_as_it_is(talea, golden, tmp_path):
    """The one that is built to be measured has the records of the home, and leaves no trace."""
    home = tmp_path / "home"
    (home / "records" / "pratica").mkdir(parents=True)
    (home / "records" / "pratica" / "x.ttl").write_text("no Turtle")
    code, out, err = talea("eval", golden, "--json", "--home", str(home))
    assert (code, json.loads(out)["none"]["n"]) == (0, 1)
    assert "x.ttl" in err
    assert [path.name for path in home.rglob("*")] == ["records", "pratica", "x.ttl"]


@pytest.mark.usefixtures("by_words")
def test_to_try_an_engine_is_not_to_choose_it(talea, golden, home):
    before = [(home / "current").read_bytes(), *sorted((home / "releases").iterdir())]
    code, out, _ = talea("eval", golden, "--json", "--engine", "none")
    assert (code, json.loads(out)["none"]["n"]) == (0, 1)
    assert [(home / "current").read_bytes(), *sorted((home / "releases").iterdir())] == before


def test_an_engine_that_is_not_there_is_said(talea, golden):
    code, out, err = talea("eval", golden, "--engine", "mai-esistito")
    assert (code, out) == (3, "")
    assert "mai-esistito" in err


def test_the_table_has_each_signal_and_says_what_is_lost_without_it():
    report = evaluate(Written(RANKINGS_WRITTEN, ("lexical", "altro\n")), GOLDEN, ablate=True)
    said = "\n".join(lines(report))
    assert "senza risposta: 2 query, sicura in 1" in said
    assert "parole" in said
    assert "senza le parole  −0.815 [−1.000, −0.631]" in said
    assert "senza altro\\n" in said
