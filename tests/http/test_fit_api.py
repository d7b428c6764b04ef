"""`/api/v1/practices/{slug}/fit` and `talea fit`: the same answer, with no score of any kind."""

import json

import pytest

from talea_api.cli import main

SLUG, ISTAT = "scheda-pippi", "072023"
ADDRESS = f"/api/v1/practices/{SLUG}/fit"
KEYS = ["practice", "comune", "rules", "release", "coverage", "blocking", "blocks", "criteria"]
FACT = {"subject", "predicate", "object", "source", "date"}


@pytest.fixture(scope="module")
def answer(client):
    response = client.get(f"{ADDRESS}?comune={ISTAT}")
    assert response.status_code == 200
    return response.json()


def test_the_answer_has_the_agreed_keys_and_no_score(answer):
    assert list(answer)[: len(KEYS)] == KEYS
    assert (answer["practice"], answer["comune"]) == (SLUG, ISTAT)
    assert [one["id"] for one in answer["criteria"]] == [f"C{n}" for n in range(1, 15)]
    assert answer["coverage"] == {"comparable": 4, "of": 9}
    names = set()

    def walk(value):
        if isinstance(value, dict):
            names.update(value)
            value = list(value.values())
        for one in value if isinstance(value, list) else ():
            walk(one)

    walk(answer)
    assert not {name for name in names if "score" in name or "punteggio" in name}


def test_each_row_has_its_facts_with_their_source_and_the_query(answer):
    for one in [*answer["blocks"], *answer["criteria"]]:
        assert "SELECT DISTINCT" in one["query"]
        for fact in one["facts"]:
            assert set(fact) >= FACT
            assert fact["source"]


def test_the_fund_of_the_ambito_is_found(answer):
    fund = next(one for one in answer["blocks"] if one["verdict"] == "soddisfatto")
    assert fund["prerequisite"].endswith("/prerequisito/6")
    stated = next(fact for fact in fund["facts"] if "/servizio/" in fact["subject"])
    assert stated["date"] == "2023-03-01"


def test_a_query_finds_the_facts_through_the_public_door(client, answer):
    one = next(one for one in answer["criteria"] if one["id"] == "C6")
    rows = client.get("/sparql", params={"query": one["query"], "format": "json"}).json()
    found = {row["subject"]["value"] for row in rows["results"]["bindings"]}
    assert {fact["subject"] for fact in one["facts"]} <= found


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{ADDRESS}?comune=999999", 404),
        (f"/api/v1/practices/nulla/fit?comune={ISTAT}", 404),
        (ADDRESS, 400),
        (f"{ADDRESS}?comune=", 400),
        (f"{ADDRESS}?comune=07202x", 400),
        (f"{ADDRESS}?comune={'0' * 5000}", 400),
        (f"{ADDRESS}?comune=%00%0a", 400),
    ],
)
def test_what_is_not_known_is_said(client, address, status):
    response = client.get(address)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("slug", "istat"), [("comune-matino-2024", "075059"), ("altena-stellwerk", "022205")]
)
def test_little_known_is_an_honest_answer(client, slug, istat):
    answer = client.get(f"/api/v1/practices/{slug}/fit?comune={istat}").json()
    assert answer["coverage"]["comparable"] < 9
    missing = [one for one in answer["criteria"] if one["verdict"] == "mancante"]
    assert missing
    assert all(one["missing"] for one in missing)


def test_the_command_gives_what_the_api_gives(home, answer, capsys):
    assert main(["fit", SLUG, "--comune", ISTAT, "--json", "--home", str(home)]) == 0
    assert json.loads(capsys.readouterr().out) == answer
    assert main(["fit", SLUG, "--comune", ISTAT, "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    assert "PREREQUISITI" in shown
    assert "4 criteri su 9" in shown


@pytest.mark.parametrize("given", [["nulla", "--comune", ISTAT], [SLUG, "--comune", "xx"]])
def test_the_command_says_what_it_does_not_know(home, given, capsys):
    assert main(["fit", *given, "--home", str(home)]) == 2
    assert "non è il codice" in capsys.readouterr().err
