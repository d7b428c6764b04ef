"""What a form calls the parameters of a named query, in both languages."""

from __future__ import annotations

import pytest

from talea_sparql import LibraryError
from talea_sparql.library import parse_query

HEADER = "# title-it: Prova\n# title-en: Test\n"
PARAMETERS = "# parameters: x: integer 1\n# parameters: y: iri <http://e/>\n"
BODY = "ASK { $y ?p $x }"


def test_a_parameter_has_a_name_in_each_language() -> None:
    labels = (
        "# parameter-it: x: Quanti abitanti\n# parameter-it: y: Il Comune: quale\n"
        "# parameter-en: x: How many residents\n"
    )
    x, y = parse_query("q", HEADER + PARAMETERS + labels + BODY).parameters
    assert x.labels == {"it": "Quanti abitanti", "en": "How many residents"}
    assert y.labels == {"it": "Il Comune: quale"}


def test_a_parameter_without_a_name_is_allowed() -> None:
    x, y = parse_query("q", HEADER + PARAMETERS + BODY).parameters
    assert not x.labels
    assert not y.labels


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("# parameter-it: z: Niente", "no parameters"),
        ("# parameter-it: x", "name: words"),
        ("# parameter-it: x: Uno\n# parameter-it: x: Due", "name: words"),
    ],
)
def test_a_wrong_name_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(LibraryError, match=complaint):
        parse_query("q", f"{HEADER}{PARAMETERS}{line}\n{BODY}")
