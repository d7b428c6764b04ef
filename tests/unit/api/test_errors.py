import json

import pytest
from starlette.exceptions import HTTPException

from talea_api.errors import CODES, Problem, problem_of
from talea_api.language import Text
from talea_catalogue.errors import ReleaseError
from talea_sparql import errors as sparql_errors
from talea_sparql.errors import SparqlError

SPARQL = [
    kind
    for kind in vars(sparql_errors).values()
    if isinstance(kind, type) and issubclass(kind, SparqlError) and kind is not SparqlError
]


@pytest.mark.parametrize("kind", SPARQL, ids=lambda kind: kind.__name__)
def test_every_error_of_the_sparql_service_has_its_code(kind):
    problem = problem_of(kind("Because.", limit=7, retry_after=3, line=1, column=2))
    assert problem.code == kind.code
    assert problem.status == CODES[kind.code].status == kind.status
    document = problem.document("it", "/api")
    assert {"limit": 7, "line": 1, "column": 2, "retry_after": 3}.items() <= document.items()
    assert problem.headers["Retry-After"] == "3"
    assert "Because." in document["detail"]


def test_every_code_speaks_both_languages():
    for code, entry in CODES.items():
        assert 400 <= entry.status < 600, code
        assert entry.title.it, code
        assert entry.title.en, code


def test_a_document_has_one_shape():
    document = Problem("not-found").document("en", "https://talea.test/api")
    assert list(document) == ["type", "title", "status", "detail", "code"]
    assert document["type"] == "https://talea.test/api#not-found"
    json.dumps(document)


def test_a_surprise_gives_a_reference_and_nothing_else(caplog):
    problem = problem_of(RuntimeError("the password is hunter2"))
    assert problem.status == 500
    assert "hunter2" not in json.dumps(problem.document("it", "/api"))
    assert problem.members["reference"] in caplog.text


def test_the_catalogue_speaks_for_itself():
    problem = problem_of(ReleaseError("la versione non si apre"))
    assert (problem.status, problem.detail) == (
        503,
        Text("la versione non si apre", "la versione non si apre"),
    )


def test_head_is_allowed_wherever_get_is():
    problem = problem_of(HTTPException(405, headers={"Allow": "POST, GET"}))
    assert problem.headers["Allow"] == "GET, HEAD, POST"
