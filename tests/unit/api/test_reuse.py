"""Citations and snippets: whatever a query holds, a snippet asks it and does nothing else."""

from __future__ import annotations

import ast
import shutil
import subprocess
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_api.pages.reuse import LONGEST_ADDRESS, Source, cite, snippets

ENDPOINT = "https://example.org/sparql"
HOSTILE = {
    "plain": "SELECT * WHERE { ?s ?p ?o }",
    "lines": "SELECT *\nWHERE {\n  ?s ?p ?o\n}\n",
    "single quotes": "ASK { ?s ?p 'it''s' }",
    "end of the quotation": "ASK {}' ; touch /tmp/owned ; echo '",
    "command substitution": 'ASK { ?s ?p "$(touch /tmp/owned) `id` $HOME !!" }',
    "backslashes": 'ASK { ?s ?p "a\\"b\\\\n\\u0041" }',
    "triple quotes": "ASK { ?s ?p \"\"\"one\"\"\" , '''two''' }\n",
    "quote at the end": 'ASK {}\n# "',
    "quote at the start": '"""\nASK {}',
    "here document": "ASK {}\nEOF\ntouch /tmp/owned\n",
    "control characters": "ASK {} # \x03\ntouch /tmp/owned\r\n\x1b[201~\x7f\x00"[:-1],
    "tabulator": "ASK {}\t\t# x",
    "direction of writing": "ASK {} # \u202etxt\u2066\u200b\u2028",
    "upload of a file": "@/etc/passwd",
    "option": "--output /tmp/owned",
    "markup": "ASK {} # </code><script>alert(1)</script>",
    "letters": 'ASK { ?s ?p "perché «sì» 🌱" }',
}


def texts(query: str) -> dict[str, str]:
    return {one.id: one.text for one in snippets(query, ENDPOINT, "text/turtle", "it")}


def asked_by_curl(snippet: str) -> list[str]:
    """The arguments that curl would get from a shell that runs the snippet."""
    shell = shutil.which("bash")
    assert shell
    spoken = "curl() { printf '%s\\0' \"$@\"; }\n" + snippet
    done = subprocess.run([shell, "-c", spoken], capture_output=True, check=True, cwd="/")
    assert done.stderr == b""
    return done.stdout.decode("utf-8", "surrogatepass").split("\0")[:-1]


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_curl_sends_the_query_as_it_is(query):
    snippet = texts(query)["curl"]
    assert asked_by_curl(snippet) == [
        "-H",
        "Accept: text/turtle",
        "--data-urlencode",
        "query=" + query,
        ENDPOINT,
    ]


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("name", ["python", "sparqlwrapper"])
def test_python_holds_the_query_as_it_is(query, name):
    tree = ast.parse(texts(query)[name])
    values = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "query"
    ]
    assert values == [query]
    strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    assert ENDPOINT in strings
    assert len(tree.body) <= 9, "nothing of the query became code"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_no_snippet_has_a_character_that_is_not_seen(query):
    for text in texts(query).values():
        unseen = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
        assert unseen <= {"\n"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_python_reads_back_any_query(query):
    first = ast.parse(texts(query)["python"]).body[2]
    assert isinstance(first, ast.Assign)
    assert ast.literal_eval(first.value) == query


def source(query: str, address: str, title: str = "") -> Source:
    return Source(
        query=query,
        title=title,
        address=address,
        data_digest="ab" * 32,
        data_date="2026-11-22T10:00:00Z",
        edition="https://example.org/dati/versioni/abababababab",
        today=date(2026, 12, 1),
    )


def test_a_citation_says_what_of_which_data_and_when():
    found = cite(source("ASK {}", "https://example.org/sparql?domanda=cq-01", "Titolo"), "it")
    assert found.text == (
        "«Titolo». Talea, catalogo delle buone pratiche di welfare locale, edizione dei dati "
        "abababababab del 22 novembre 2026 (https://example.org/dati/versioni/abababababab), "
        f"query SHA-256 {found.query_digest[:16]}, https://example.org/sparql?domanda=cq-01, "
        "consultato il 1 dicembre 2026. CC BY 4.0."
    )
    # printf 'ASK {}' | sha256sum
    assert found.query_digest.startswith("819ea91ed5f12b38cced0681c93fbb6a")
    english = cite(source("ASK {}", "https://example.org/sparql?domanda=cq-01"), "en").text
    assert english.startswith("Talea, catalogue of good practices")
    assert "read on 1 December 2026" in english


def test_an_address_that_nobody_could_copy_is_left_out():
    found = cite(source("ASK {}", "https://example.org/" + "x" * LONGEST_ADDRESS), "it")
    assert found.address == ""
    assert "xxx" not in found.text


def test_equal_queries_have_equal_hashes_and_others_not():
    one, two = source("ASK {}", "a"), source("ASK { }", "a")
    assert cite(one, "it").query_digest == cite(one, "en").query_digest
    assert cite(one, "it").query_digest != cite(two, "it").query_digest
