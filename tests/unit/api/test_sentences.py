"""What the SPARQL service says, in Italian."""

import pytest

from talea_api.sentences import in_italian
from talea_sparql import Limits, SparqlError, errors, inspect

LIMITS = Limits(query_bytes=400, patterns=5, operators=5, nesting_depth=5)
REFUSED = {
    "ASK { " + "?s ?p ?o . " * 9 + "}": "più di 5 parti",
    "ASK { FILTER(" + "1+" * 9 + "1) }": "più di 5 operatori",
    "ASK " + "{" * 9 + "}" * 9: "più di 5 parentesi annidate",
    "ASK {} # " + "x" * 500: "il limite è 400",
    "ASK { SERVICE <http://e/> {} }": "SERVICE è rifiutato",
    "CLEAR ALL": "sola lettura",
    "ASK { ?s": "finisce troppo presto (riga 1)",
    "ASK { } }": "parentesi che non era aperta",
    "ASK { a:b a:c 1 }": "Il prefisso a: non è dichiarato",
    "WHAT {}": "WHAT non è una parola di SPARQL",
    "GRAPH {}": "comincia con SELECT",
    "ASK { ?s ?p 'x }": "stringa non finisce",
    "ASK { ?s ?p '\\x' }": "sequenza con \\",
    "ASK { ?s ?p '\\uD800' }": "non indica nessun carattere",
    "ASK { ?s ?p \x00 }": "qui non ha senso",
    "ASK { ?s ?p '\ud800' }": "mezzo carattere",
    "ASK { FILTER(?a <b> ?c) }": "in due modi",
}


@pytest.mark.parametrize("query", REFUSED, ids=list(REFUSED.values()))
def test_what_the_guard_says(query):
    with pytest.raises(SparqlError) as caught:
        inspect(query, LIMITS)
    said = in_italian(caught.value)
    assert REFUSED[query] in said
    assert "in inglese" not in said


def test_what_the_engine_says_is_quoted():
    error = errors.QuerySyntaxError("The query is not SPARQL 1.1: expected one of {, }")
    assert "«expected one of {, }»" in in_italian(error)
    assert "«Because.»" in in_italian(errors.EvaluationError("Because."))


@pytest.mark.parametrize(
    ("english", "italian"),
    [
        ("The query took longer than 10 seconds.", "La query è durata più di 10 secondi."),
        ("The SPARQL engine took longer than 2 seconds.", "La query è durata più di 2 secondi."),
        ("The answer has more than 10 bytes.", "La risposta supera 10 byte."),
        ("The answer of the engine has more than 10 bytes.", "La risposta supera 10 byte."),
        ("The SPARQL engine does not answer.", "Il motore SPARQL non risponde."),
        ("The query pool is closed.", "I processi per le query sono chiusi."),
        ("The query processes cannot be started.", "I processi per le query non partono."),
    ],
)
def test_what_the_lanes_say(english, italian):
    assert in_italian(errors.UnavailableError(english)) == italian


def test_what_a_lying_engine_does_is_quoted():
    said = in_italian(errors.UnavailableError("The SPARQL engine broke off its answer."))
    assert said.startswith("Il motore SPARQL ha risposto")


def test_a_sentence_of_its_own_comes_first():
    assert in_italian(errors.MalformedRequestError("No.", italian="No!")) == "No!"
