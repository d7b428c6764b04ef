"""Engines that lie, break off, never end or are not there: each becomes a named error."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import pytest

from talea_sparql import LibraryError, Limits, Operation, SparqlError
from talea_sparql.library import Library, parse_query
from talea_sparql.pool import Pool
from talea_sparql.remote import RemotePool, RemoteStore

from .engines import free_port

JSON = "application/sparql-results+json"
SELECT = "SELECT ?s { ?s <urn:p> ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s <urn:p> ?o }"
ASK = "ASK { ?s <urn:p> ?o }"
ROWS = b'{"head":{"vars":["s"]},"results":{"bindings":[%s]}}'
ROW = b'{"s":{"type":"uri","value":"urn:x"}}'
GOOD = ROWS % ROW
LIMITS = Limits(deadline_seconds=0.6, children=2, result_bytes=100_000)

Pieces = Iterable[bytes]


def answer(
    body: bytes,
    media_type: str = JSON,
    status: str = "200 OK",
    *,
    length: int | None = None,
    headers: str = "",
) -> Pieces:
    """A whole answer, or one whose length is not so."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {size}\r\n{headers}"
    return [head.encode() + b"\r\n" + body]


def endless(piece: bytes, pause: float, head: bytes = b"") -> Pieces:
    """Something that goes on until the client leaves."""
    yield head
    while True:
        yield piece
        time.sleep(pause)


CHUNKED = (
    f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
).encode()
LARGE = b"10000\r\n" + b" " * 65_536 + b"\r\n"

LIES: dict[str, tuple[Callable[[], Pieces], str]] = {
    "a page": (lambda: answer(b"<html>Welcome</html>", "text/html"), "remote-engine"),
    "a page that says it is JSON": (lambda: answer(b"<html></html>"), "remote-engine"),
    "JSON of another kind": (lambda: answer(b'{"error":"no"}'), "remote-engine"),
    "no media type": (lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"], "remote-engine"),
    "XML results": (lambda: answer(b"<x/>", "application/sparql-results+xml"), "remote-engine"),
    "nothing": (lambda: answer(b""), "remote-engine"),
    "no content": (lambda: [b"HTTP/1.1 204 No Content\r\n\r\n"], "remote-engine"),
    "half of it": (lambda: answer(GOOD[:-20]), "remote-engine"),
    "less than its length": (lambda: answer(GOOD, length=len(GOOD) + 9), "remote-engine"),
    "an error after the rows": (
        lambda: answer(GOOD + b"\nError: out of memory"),
        "remote-engine",
    ),
    "an error within the rows": (
        lambda: answer(ROWS % (ROW + b",\nTimeout exceeded")),
        "remote-engine",
    ),
    "yes instead of rows": (lambda: answer(b'{"head":{},"boolean":true}'), "remote-engine"),
    "another variable": (
        lambda: answer(b'{"head":{"vars":["s"]},"results":{"bindings":[{"t":%s}]}}' % ROW[5:-1]),
        "remote-engine",
    ),
    "an IRI with spaces": (lambda: answer(GOOD.replace(b"urn:x", b"urn: x")), "remote-engine"),
    "bytes that are no text": (lambda: answer(GOOD.replace(b"x", b"\xff")), "remote-engine"),
    "nesting": (lambda: answer(b'{"head":' + b"[" * 90_000), "remote-engine"),
    "an unasked encoding": (
        lambda: answer(zlib.compress(b" " * 9_999_999), headers="Content-Encoding: deflate\r\n"),
        "remote-engine",
    ),
    "rows left out": (lambda: answer(GOOD, headers="X-SPARQL-MaxRows: 1\r\n"), "remote-engine"),
    "part of it": (lambda: answer(GOOD, status="206 Partial Content"), "remote-engine"),
    "another address": (
        lambda: answer(b"", status="307 Over there", headers="Location: http://127.0.0.1:9/\r\n"),
        "remote-engine",
    ),
    "itself as another address": (
        lambda: answer(b"", status="302 Found", headers="Location: /sparql\r\n"),
        "remote-engine",
    ),
    "a failure": (lambda: answer(b"", status="500 Oh"), "remote-engine"),
    "a closed door": (lambda: answer(b"", status="401 Who"), "remote-engine"),
    "another protocol": (lambda: [b"SSH-2.0-OpenSSH_9.2\r\n"], "remote-engine"),
    "silence at once": (list, "remote-engine"),
    "a wrong chunk": (lambda: [CHUNKED + b"zz\r\n"], "remote-engine"),
    "headers without end": (
        lambda: endless(b"X: " + b"y" * 60_000 + b"\r\n", 0, b"HTTP/1.1 200 OK\r\n"),
        "remote-engine",
    ),
    "a syntax error": (lambda: answer(b"no", "text/plain", "400 Bad Request"), "syntax"),
    "busy": (lambda: answer(b"", status="503 Later"), "unavailable"),
    "no end": (lambda: endless(LARGE, 0, CHUNKED), "result-too-large"),
    "a byte now and then": (lambda: endless(b"1\r\n \r\n", 0.05, CHUNKED), "deadline"),
    "a header now and then": (
        lambda: endless(b"X: y\r\n", 0.05, b"HTTP/1.1 200 OK\r\n"),
        "deadline",
    ),
    "nothing, for ever": (lambda: endless(b"", 0.05), "deadline"),
}
GRAPH_LIES: dict[str, tuple[Callable[[], Pieces], str]] = {
    "no end that can be seen": (
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Type: application/n-triples\r\n\r\n"],
        "remote-engine",
    ),
    "a line cut short": (
        lambda: answer(b"<urn:s> <urn:p> <urn:o> .\n<urn:s> <ur", "application/n-triples"),
        "remote-engine",
    ),
    "an error as text": (
        lambda: answer(b"Error: too many rows\n", "application/n-triples"),
        "remote-engine",
    ),
    "Turtle": (lambda: answer(b"<urn:s> a <urn:o> .", "text/turtle"), "remote-engine"),
    "relative IRIs": (lambda: answer(b"<s> <p> <o> .", "application/n-triples"), "remote-engine"),
}


class Liar:
    """A little server that lies as it is told; what the start looks at, it answers well."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/sparql"
        self.lie: Callable[[], Pieces] = list
        self.requests: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = self._read(connection)
            self.requests.append(request)
            looking = "FILTER(isIRI(?s)" in request
            for piece in answer(ROWS % b"") if looking else self.lie():
                connection.sendall(piece)

    @staticmethod
    def _read(connection: socket.socket) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65_536)
        head, _, body = data.partition(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length:")[1].split()[0])
        while len(body) < size:
            body += connection.recv(65_536)
        return unquote_plus((head + b"\r\n\r\n" + body).decode())


@pytest.fixture
def liar() -> Iterator[Liar]:
    """A liar that is still to be told what to say."""
    found = Liar()
    yield found
    found.close()


def library() -> Library:
    """The three queries as named ones."""
    header = "# title-it: Prova\n# title-en: Test\n"
    texts = {"select": SELECT, "construct": CONSTRUCT, "ask": ASK}
    return Library({name: parse_query(name, header + text) for name, text in texts.items()})


def limits_for(expected: str) -> Limits:
    """A short deadline where it is what ends the query; on a busy machine others would meet it."""
    return LIMITS if expected == "deadline" else replace(LIMITS, deadline_seconds=10.0)


def code_of(address: str, query: str, limits: Limits = LIMITS) -> str:
    """How a query of a stranger ends; a good one is answered afterwards."""

    async def main() -> str:
        pool = RemotePool(address, limits)
        await pool.start()
        try:
            await pool.evaluate(Operation(query), "c")
        except SparqlError as error:
            return error.code
        finally:
            await pool.close()
        return "answered"

    return asyncio.run(main())


BOTH = [*((SELECT, lie) for lie in LIES), *((CONSTRUCT, lie) for lie in GRAPH_LIES)]


@pytest.mark.parametrize(("query", "lie"), BOTH)
def test_strangers_get_a_named_error(liar: Liar, query: str, lie: str) -> None:
    liar.lie, expected = (LIES | GRAPH_LIES)[lie]
    started = time.perf_counter()
    assert code_of(liar.address, query, limits_for(expected)) == expected
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(("query", "lie"), BOTH)
def test_pages_get_a_named_error(
    liar: Liar, query: str, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talea_sparql.remote._TRUSTED_BYTES", 1_000_000)
    liar.lie, expected = (LIES | GRAPH_LIES)[lie]
    seconds = limits_for(expected).deadline_seconds
    store = RemoteStore(liar.address, library(), seconds=seconds)
    error: type[Exception] = LibraryError if expected == "syntax" else SparqlError
    with pytest.raises(error) as caught:
        store.select("select") if query is SELECT else store.construct("construct")
    assert expected == "syntax" or caught.value.code == expected  # type: ignore[attr-defined]
    store.close()


def test_a_truthful_engine_is_believed(liar: Liar) -> None:
    liar.lie = lambda: answer(GOOD)
    assert code_of(liar.address, SELECT) == "answered"
    liar.lie = lambda: [CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)]
    assert code_of(liar.address, SELECT) == "answered"


def test_rows_are_no_answer_to_ask(liar: Liar) -> None:
    liar.lie = lambda: answer(GOOD)
    assert code_of(liar.address, ASK) == "remote-engine"


def test_nobody_is_there() -> None:
    address = f"http://127.0.0.1:{free_port()}/sparql"
    with pytest.raises(SparqlError) as caught:
        code_of(address, SELECT)
    assert (caught.value.code, caught.value.status) == ("unavailable", 503)
    store = RemoteStore(address, library())
    with pytest.raises(SparqlError) as caught:
        store.connect()
    assert caught.value.code == "unavailable"
    with pytest.raises(SparqlError):
        store.select("select")
    store.close()
    store.close()


def test_a_store_that_closes_lets_its_readers_go(liar: Liar) -> None:
    liar.lie = LIES["nothing, for ever"][0]
    store = RemoteStore(liar.address, library())
    ends: list[str] = []

    def read() -> None:
        try:
            store.select("select")
        except SparqlError as error:
            ends.append(error.code)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    while len(liar.requests) < len(readers):
        time.sleep(0.01)
    store.close()
    for reader in readers:
        reader.join(5)
    read()
    assert ends == ["unavailable"] * 4


def test_an_engine_that_comes_back_is_used_again(liar: Liar) -> None:
    async def main() -> list[str]:
        pool = RemotePool(liar.address, LIMITS)
        await pool.start()
        ends = []
        for lie, _ in (LIES["silence at once"], LIES["nothing, for ever"], (None, "")):
            liar.lie = lie or (lambda: answer(GOOD))
            try:
                await pool.evaluate(Operation(SELECT), "c")
                ends.append("answered")
            except SparqlError as error:
                ends.append(error.code)
        await pool.close()
        return ends

    assert asyncio.run(main()) == ["remote-engine", "deadline", "answered"]


def test_a_connection_that_was_dropped_is_opened_again(liar: Liar) -> None:
    answers: Iterator[Pieces] = itertools.chain([[]], itertools.repeat(answer(GOOD)))
    liar.lie = lambda: next(answers)
    assert code_of(liar.address, SELECT) == "answered"


def test_functions_of_one_engine_are_not_passed_on(liar: Liar) -> None:
    liar.lie = lambda: answer(GOOD)
    for query in (
        'PREFIX x: <bif:> SELECT ?s { BIND(x:file_to_string("/etc/passwd") AS ?s) }',
        "SELECT ?s { ?s ?p ?o FILTER(<SQL:f>(?s)) }",
        "SELECT ?s { ?s ?p ?o FILTER(<\\u0062if:f>(?s)) }",
    ):
        assert code_of(liar.address, query) == "evaluation"
        assert not any("file_to_string" in one or ":f>" in one for one in liar.requests)


def test_the_environment_names_no_proxy(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    liar.lie = lambda: answer(GOOD)
    assert code_of(liar.address, SELECT) == "answered"


@pytest.mark.parametrize("truths", [(True, True, True), (False, False, True), (False, True, False)])
def test_an_engine_without_the_union_is_refused(truths: tuple[bool, bool, bool]) -> None:
    """It says yes to what is not there, or does not join graphs, or cannot tell them apart."""

    class Odd(Liar):
        def _serve(self, connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                request = self._read(connection)
                if "FILTER(isIRI" in request:
                    terms: Any = {name: {"type": "uri", "value": f"urn:{name}"} for name in "gspo"}
                    head = {"head": {"vars": list("gspo")}, "results": {"bindings": [terms]}}
                    body = json.dumps(head).encode()
                else:
                    absent = "no-such-property" in request
                    found = truths[0 if absent else 2 if "GRAPH" in request else 1]
                    body = json.dumps({"head": {}, "boolean": found}).encode()
                for piece in answer(body):
                    connection.sendall(piece)

    odd = Odd()
    with pytest.raises(SparqlError) as caught:
        code_of(odd.address, SELECT)
    assert caught.value.code == "remote-engine"
    assert "union" in caught.value.detail
    odd.close()


def test_an_engine_that_leaves_out_rows_is_refused(liar: Liar) -> None:
    counts = b'{"q":1}'
    number = b'{"type":"literal","value":"7"}'
    counts = (
        b'{"head":{"vars":["quads","graphs"]},"results":{"bindings":[{"quads":%s,"graphs":%s}]}}'
    )

    def lie() -> Pieces:
        if "COUNT" in liar.requests[-1]:
            return answer(counts % (number, number))
        return answer(ROWS % b",".join([ROW] * 5))

    liar.lie = lie
    store = RemoteStore(liar.address, library())
    with pytest.raises(SparqlError, match="leaves out rows"):
        store.connect()
    store.close()


def test_many_at_once_are_let_in_as_told(liar: Liar) -> None:
    def slow() -> Pieces:
        time.sleep(0.1)
        return answer(GOOD)

    liar.lie = slow

    async def main(pool: Pool) -> list[str]:
        await pool.start()

        async def one(client: str) -> str:
            try:
                await pool.evaluate(Operation(SELECT), client)
            except SparqlError as error:
                return error.code
            return "answered"

        ends = await asyncio.gather(*(one(f"c{i}") for i in range(12)))
        assert pool.stats().answered == ends.count("answered")
        await pool.close()
        return list(ends)

    limits = Limits(children=2, queue_length=6)
    ends = asyncio.run(main(RemotePool(liar.address, limits)))
    assert ends.count("answered") == 8
    assert ends.count("queue-full") == 4
