"""The attacks on a running server: one table of classes, each with its attacks.

An attack is a function of a `Target`; it asserts what its victim must answer and leaves nothing
open. Texts of queries are short by generation, so that the table says what each one is. They are
also sent without the guard by `test_attacks.py`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, urlencode

QUERY_TYPE = "application/sparql-query"
FORM_TYPE = "application/x-www-form-urlencoded"
COPIES = 2  # of each query, at the same time
SLOW_CLIENT = 2  # seconds that the servers of these tests give a slow client
ATTACKER = "127.0.0.2"  # not the address of the readers: limits count clients

REFUSED = {"too-deep", "too-many-patterns", "too-many-operators", "query-too-long", "syntax"}
STOPPED = {"deadline", "memory", "result-too-large"}


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request; `code` is that of the problem document, or `ok`."""

    status: int
    code: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Target:
    """A server under attack, and a listener that nothing may ever connect to."""

    port: int
    listener: socket.socket
    source: str = ATTACKER

    @property
    def trap(self) -> str:
        """The address of the listener."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/"

    def connect(self, seconds: float = 15) -> socket.socket:
        """A new connection from the attacker's address."""
        return socket.create_connection(
            ("127.0.0.1", self.port), seconds, source_address=(self.source, 0)
        )

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """One request by a well-behaved client; underscores in names of headers become hyphens."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=30, source_address=(self.source, 0)
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(connection):
            connection.request(method, path, body, named)
            return _reply(connection.getresponse())

    def ask(self, query: str, parameters: str = "") -> Reply:
        """Post a query."""
        return self.send(
            "POST",
            "/sparql" + parameters,
            query.encode("utf-8", "surrogatepass"),
            Content_Type=QUERY_TYPE,
        )

    def exchange(self, *parts: bytes) -> bytes:
        """Send bytes as they are and read until the server has finished."""
        with self.connect() as connection:
            with contextlib.suppress(OSError):  # it may hang up while we still send
                for part in parts:
                    connection.sendall(part)
            return drain(connection)

    def untouched(self) -> bool:
        """Whether nobody has connected to the listener."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return True
        return False


def _reply(response: http.client.HTTPResponse) -> Reply:
    body = response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    code = "ok" if response.status < 400 else ""
    if headers.get("content-type") == "application/problem+json":
        problem = json.loads(body)
        assert problem["status"] == response.status
        assert problem["detail"], problem
        code = problem["code"]
    return Reply(response.status, code, body, headers)


def drain(connection: socket.socket) -> bytes:
    """All that comes until the end, however it ends."""
    found = b""
    with contextlib.suppress(OSError):
        while part := connection.recv(65_536):
            found += part
    return found


def status_of(answer: bytes) -> int:
    """The status of an answer as it came."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer.split(b" ", 2)[1])


def code_of(answer: bytes) -> str:
    """The code of an answer that must be a problem document."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, answer[:400]
    return str(json.loads(body)["code"])


Attack = Callable[[Target], None]
QUERIES: list[str] = []
"""The texts of the attacks that are only a query."""


def query(name: str, text: str, *expected: str, parameters: str = "") -> tuple[str, Attack]:
    """An attack that is a query, sent some times at once: each must end in one of these ways."""
    QUERIES.append(text)
    allowed = set(expected)

    def run(target: Target) -> None:
        filled = text.replace("TRAP", target.trap)
        with ThreadPoolExecutor(COPIES) as several:
            asked = [
                several.submit(target.ask, filled, parameters.replace("TRAP", quote(target.trap)))
                for _ in range(COPIES)
            ]
        for one in asked:
            reply = one.result()
            assert reply.code in allowed, (name, reply.status, reply.body[:400])

    return name, run


ALL = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
ONE = "ASK { ?s ?p ?o }"


def chain(start: str, step: str, times: int) -> str:
    """BINDs of ?x0 and, `times` times, of the next variable from `step`, whose {} is the last."""
    binds = (f"BIND({step.replace('{}', f'?x{i}')} AS ?x{i + 1})" for i in range(times))
    return f"BIND({start} AS ?x0) " + " ".join(binds)


def nested(opening: str, inside: str, closing: str, times: int) -> str:
    """`inside` within so many levels."""
    return opening * times + inside + closing * times


MATCHES = "PREFIX talea: <https://w3id.org/talea/onto/> "


def searching(texts: Iterable[str]) -> str:
    """A query that searches for each of these texts."""
    parts = (f"{{ ?p talea:matches '{text}' }}" for text in texts)
    return f"SELECT (COUNT(*) AS ?n) {{ {' UNION '.join(parts)} }}"


# --- Federation and updates ---


def every_update(target: Target) -> None:
    """An update in each place where the protocol has one."""
    text = f"LOAD <{target.trap}>"
    pairs = urlencode({"update": text})
    replies = [
        target.send("GET", "/sparql?" + pairs),
        target.send("POST", "/sparql", pairs.encode(), Content_Type=FORM_TYPE),
        target.send("POST", "/sparql", text.encode(), Content_Type="application/sparql-update"),
        target.send("POST", "/sparql?" + pairs, ONE.encode(), Content_Type=QUERY_TYPE),
    ]
    assert [(one.status, one.code) for one in replies] == [(403, "update-refused")] * 4
    for method in ("PUT", "DELETE", "PATCH"):
        reply = target.send(method, "/sparql", b"<a:a> <a:b> <a:c> .", Content_Type="text/turtle")
        assert reply.status == 405
        assert "GET" in reply.headers["allow"]
    assert target.untouched()


# --- Encodings ---


def not_utf8(target: Target) -> None:
    """Bytes that are no text, in a body and in an address."""
    for body in (b'ASK { ?s ?p "\xff\xfe" }', b'ASK { ?s ?p "\xc0\xaf" }', b"\xed\xa0\x80"):
        reply = target.send("POST", "/sparql", body, Content_Type=QUERY_TYPE)
        assert (reply.status, reply.code) == (400, "malformed")
    for text in ("%ff", "%c0%af", "%ed%a0%80", "%"):
        reply = target.send("GET", "/sparql?query=" + text)
        assert reply.status == 400, text
        assert reply.code in ("malformed", "syntax")


def other_charsets(target: Target) -> None:
    """A query in UTF-16, UTF-7 or packed, said or not said."""
    for charset in ("utf-16", "utf-7", "iso-8859-1", "x" * 5_000):
        kind = f"{QUERY_TYPE}; charset={charset}"
        reply = target.send("POST", "/sparql", ONE.encode("utf-16"), Content_Type=kind)
        assert (reply.status, reply.code) == (415, "unsupported-media-type")
    reply = target.send("POST", "/sparql", ONE.encode("utf-16"), Content_Type=QUERY_TYPE)
    assert reply.status == 400
    packed = target.send(
        "POST",
        "/sparql",
        b"\x1f\x8b\x08" + b"\0" * 99,
        Content_Type=QUERY_TYPE,
        Content_Encoding="gzip",
    )
    assert packed.status in (400, 415)


# --- Headers and bodies ---


def head(*lines: str, method: str = "GET", path: str = "/sparql?query=ASK%7B%7D") -> bytes:
    """The head of a request that asks for the end of the connection."""
    first = (f"{method} {path} HTTP/1.1", "Host: talea.test", "Connection: close")
    return "\r\n".join((*first, *lines, "", "")).encode("latin-1")


def headers_without_end(target: Target) -> None:
    """A header of a megabyte, and a hundred thousand headers."""
    begin = b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\nX: "
    answer = target.exchange(begin, *[b"a" * 16_384] * 64)
    if answer:  # else it has hung up on us
        assert status_of(answer) == 431
        assert code_of(answer) == "headers-too-long"
        assert b"The headers are too long" in answer
        assert b'"limit": 65536' in answer
    many = target.exchange(b"GET / HTTP/1.1\r\n", *[b"X-A: b\r\n" * 1_000] * 100)
    assert not many or status_of(many) == 431


def costly_headers(target: Target) -> None:
    """Headers that are read: thousands of ranges, tags, addresses, languages."""
    for line in (
        "Accept: " + ",".join(f"a/b{i};q=0.{i}" for i in range(3_000)),
        "Accept: " + "*/*;q=0." + "9" * 60_000,
        "If-None-Match: " + ",".join(f'"{i}"' for i in range(7_000)),
        "X-Forwarded-For: " + ",".join(["10.0.0.1"] * 6_000),
        "Accept-Language: " + ",".join(["it-IT;q=0.5"] * 5_000),
        "Accept-Encoding: " + ",".join(["gzip;q=x"] * 6_000),
        "Content-Type: " + "a/b;" * 15_000,
        "Cookie: " + "a=b;" * 15_000,
        "Range: bytes=" + ",".join(f"{i}-{i + 1}" for i in range(5_000)),
    ):
        assert status_of(target.exchange(head(line))) in (200, 304, 400, 406), line[:30]


def heads_that_are_none(target: Target) -> None:
    """What is not HTTP, or may be read in two ways."""
    for raw in (
        b"\0" * 4_096 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX\0Y: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    ):
        answer = target.exchange(raw)
        assert 400 <= status_of(answer) < 502, (raw, answer[:100])
        assert status_of(answer) != 500, raw
    asked = target.exchange(b"BAD\r\nAccept-Language: en\r\n\r\n")
    assert code_of(asked) == "not-http"
    assert b"This is not HTTP" in asked


def bodies_without_end(target: Target) -> None:
    """Ten gigabytes announced, and a body in pieces that never ends."""
    declared = head(f"Content-Length: {10**10}", "Content-Type: " + QUERY_TYPE, method="POST")
    answer = target.exchange(declared, b"a" * 1_000)
    assert status_of(answer) == 413
    assert code_of(answer) == "body-too-large"
    pieces = head("Transfer-Encoding: chunked", "Content-Type: " + QUERY_TYPE, method="POST")
    piece = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    answer = target.exchange(pieces, *[piece] * 100)
    assert not answer or status_of(answer) == 413


def bodies_of_another_kind(target: Target) -> None:
    """A form of a hundred thousand fields, a multipart, a body where none belongs."""
    form = target.send("POST", "/sparql", b"a=b&" * 60_000, Content_Type=FORM_TYPE)
    assert (form.status, form.code) == (400, "malformed")
    parts = "multipart/form-data; boundary=x"
    assert target.send("POST", "/sparql", b"--x\r\n" * 9_000, Content_Type=parts).status == 415
    assert target.send("POST", "/pratiche", b"x" * 200_000).status == 405
    assert target.send("GET", "/sparql?query=ASK%7B%7D", b"x" * 200_000).status == 200


# --- Connections ---

LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 25000"  # some megabytes, under the cap


def stopped_readers(target: Target) -> None:
    """Readers of large answers that never read are left; what they asked for is let go."""
    asked = head(path="/sparql?query=" + quote(LARGE))
    with several(target, 6, asked, receive_buffer=4_096) as connections:
        time.sleep(SLOW_CLIENT * 2 + 3)
        for connection in connections:
            assert len(drain(connection)) < 3_000_000, "it went on writing"


def one_byte_readers(target: Target) -> None:
    """Readers of one byte at a time get the answer or the end, not a place for ever."""
    asked = head(path="/sparql?query=" + quote(LARGE))
    with several(target, 4, asked, receive_buffer=4_096) as connections:
        end = time.monotonic() + SLOW_CLIENT + 1
        while time.monotonic() < end:
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.recv(1)
            time.sleep(0.2)
        for connection in connections:
            assert len(drain(connection)) < 3_000_000, "it went on writing"


def slow_heads(target: Target) -> None:
    """Heads that come one byte at a time are refused, and connections that say nothing end."""
    with several(target, 40, b"GET / HTTP/1.1\r\nAccept-Language: en\r\nX: ") as connections:
        end = time.monotonic() + SLOW_CLIENT + 1.5
        while time.monotonic() < end:
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a")
            time.sleep(0.2)
        for connection in connections:
            answer = drain(connection)
            assert status_of(answer) == 408
            assert code_of(answer) == "slow-request"
            assert b"The request came too slowly" in answer
    with several(target, 20, b"") as connections:
        time.sleep(SLOW_CLIENT + 1.5)
        for connection in connections:
            assert drain(connection) == b""


def slow_bodies(target: Target) -> None:
    """Bodies that come one byte at a time are refused."""
    begin = head("Content-Length: 5000", "Content-Type: " + QUERY_TYPE, method="POST")
    with several(target, 20, begin) as connections:
        end = time.monotonic() + SLOW_CLIENT + 1
        while time.monotonic() < end:
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.sendall(b" ")
            time.sleep(0.2)
        for connection in connections:
            answer = drain(connection)
            assert status_of(answer) == 408
            assert code_of(answer) == "slow-request"


SLOW = f"SELECT (COUNT(*) AS ?n) {{ {ALL} }}"


def leave_at_once(target: Target) -> None:
    """Clients that ask for something slow and leave, politely and not."""
    asked = head(path="/sparql?query=" + quote(SLOW))
    for polite in (True, False):
        with several(target, 15, asked) as connections:
            time.sleep(0.1)
            if not polite:
                for connection in connections:
                    reset(connection)


def leave_half_way(target: Target) -> None:
    """Clients that leave in the middle of a body, of a head, or of an answer."""
    body = head("Content-Length: 5000", "Content-Type: " + QUERY_TYPE, method="POST")
    for sent in (body + b"ASK", b"GET / HT", head(path="/sparql?query=" + quote(LARGE))):
        with several(target, 10, sent) as connections:
            time.sleep(0.1)
            for connection in connections:
                reset(connection)


def more_than_a_share(target: Target) -> None:
    """One client with more connections than its share is refused those above it."""
    with several(target, 230, b"") as connections:
        for connection in connections[-20:]:
            connection.sendall(head("Accept-Language: en"))
            answer = drain(connection)
            assert (status_of(answer), code_of(answer)) == (429, "too-many-connections")
            assert b"Too many connections at once" in answer
        reader = Target(target.port, target.listener, "127.0.0.1")
        assert reader.send("GET", "/").status == 200, "the others are served"


def requests_in_a_row(target: Target) -> None:
    """Hundreds of requests sent before the first answer is read are all answered."""
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = target.exchange(one * 300, head(path="/healthz"))
    assert answer.count(b"HTTP/1.1 200") == 301


@contextlib.contextmanager
def several(
    target: Target, count: int, sent: bytes, receive_buffer: int = 0
) -> Iterator[list[socket.socket]]:
    """So many connections that have sent this much, and are closed at the end."""
    with contextlib.ExitStack() as stack:
        connections = []
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            if receive_buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.settimeout(15)
            connection.bind((target.source, 0))
            connection.connect(("127.0.0.1", target.port))
            connection.sendall(sent)
            connections.append(connection)
        yield connections


def reset(connection: socket.socket) -> None:
    """Hang up with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# --- Datasets and caches ---


def graphs(name: str, count: int) -> str:
    """So many parameters of the dataset."""
    return "&".join(f"{name}=http%3A//e/{i}" for i in range(count))


def many_graphs(target: Target) -> None:
    """As many graphs as a request may name, and one more."""
    for name in ("named-graph-uri", "default-graph-uri"):
        for count, code in ((999, "ok"), (1_001, "malformed")):
            body = f"{graphs(name, count)}&{urlencode({'query': ONE})}".encode()
            reply = target.send("POST", "/sparql", body, Content_Type=FORM_TYPE)
            assert reply.code == code, (name, count, reply.body[:200])


def graphs_that_are_none(target: Target) -> None:
    """Graphs that are no address, or an address to fetch."""
    for text in ("x", "http://e/ b", "http://e/<>", "\0", "file:///etc/passwd", target.trap):
        pairs = urlencode({"query": ONE, "named-graph-uri": text, "default-graph-uri": text})
        reply = target.send("GET", "/sparql?" + pairs)
        assert reply.status in (200, 400)
        assert b"root:" not in reply.body
    assert target.untouched()


def texts_never_seen(target: Target) -> None:
    """Queries that differ in a comment only, so that no cache helps."""
    for number in range(300):
        assert target.ask(f"{ONE} # {number} {'x' * 3_000}").status == 200


def addresses_never_seen(target: Target) -> None:
    """Pages and searches whose addresses differ in what is not read, or is."""
    for number in range(100):
        filler = f"{number}" + "x" * 5_000
        assert target.send("GET", f"/?x={filler}").status == 200
        assert target.send("GET", f"/pratiche?q={number}&y={filler}").status == 200
        assert target.send("GET", "/sparql", Accept=f"text/x{number}, */*").status == 200


CLASSES: dict[str, dict[str, Attack]] = {
    "federation": dict(
        [
            query("service", "SELECT * { SERVICE <TRAP> { ?s ?p ?o } }", "service-refused"),
            query("silent", "ASK { SERVICE SILENT <TRAP> { ?s ?p ?o } }", "service-refused"),
            query("escaped", "ASK { \\u0053ERVICE <TRAP> { ?s ?p ?o } }", "service-refused"),
            query("glued", "SELECT*{{}SERVICESILENT<TRAP>{}}", "service-refused"),
            query("bound", "ASK { VALUES ?u {<TRAP>} SERVICE ?u {} }", "service-refused"),
            query("from", "SELECT * FROM <TRAP> FROM NAMED <TRAP> { ?s ?p ?o }", "ok"),
            query("dataset", ONE, "ok", parameters="?default-graph-uri=TRAP"),
        ]
    ),
    "updates": dict(
        [
            query("load", "LOAD <TRAP>", "update-refused"),
            query("drop", "DROP ALL", "update-refused"),
            query("after", "ASK {} ; DROP ALL", "update-refused", "syntax"),
            query("prologue", "PREFIX a: <a:> DELETE WHERE { ?s ?p ?o }", "update-refused"),
            ("every place", every_update),
        ]
    ),
    "parser depth": dict(
        [
            query("braces", "ASK " + nested("{", "", "}", 5_000), *REFUSED),
            query("functions", f"ASK {{FILTER({nested('STR(', '1', ')', 9_000)})}}", *REFUSED),
            query("not", f"ASK {{FILTER({'!' * 60_000}1)}}", *REFUSED),
            query("or", "ASK {FILTER(" + "||".join(["?x"] * 12_000) + ")}", *REFUSED),
            query("unions", "ASK {" + "UNION".join(["{?s ?p ?o}"] * 4_000) + "}", *REFUSED),
            query("selects", "ASK {" + nested("{SELECT * {", "", "}}", 4_000) + "}", *REFUSED),
            query("lists", f"ASK {{?s ?p {nested('(', '1', ')', 5_000)}}}", *REFUSED),
            query("blank nodes", f"ASK {{?s ?p {nested('[<a:p> ', '1', ']', 5_000)}}}", *REFUSED),
            query("paths", f"ASK {{?s {nested('(', '<a:p>', ')*', 5_000)} ?o}}", *REFUSED),
            query("long path", "ASK {?s " + "/".join(["<a:p>"] * 8_000) + " ?o}", *REFUSED),
            query("exists", "ASK {" + nested("FILTER EXISTS {", "", "}", 3_000) + "}", *REFUSED),
        ]
    ),
    "planning bombs": dict(
        [
            query(
                "patterns",
                "ASK {" + ".".join(f"?s <a:{i}> ?o{i}" for i in range(300)) + "}",
                *REFUSED,
            ),
            query("optionals", "ASK {" + "OPTIONAL{?s ?p ?o}" * 600 + "}", *REFUSED),
            query("list", "ASK {?s ?p (" + "?o " * 3_000 + ")}", *REFUSED),
            query(
                "the most",
                "ASK {?s " + ";".join(f"<a:{i}> ?o{i}" for i in range(80)) + "}",
                "ok",
                "deadline",
            ),
            query("the most graphs", "ASK {" + "GRAPH ?g {?s ?p ?o}" * 40 + "}", "ok", "deadline"),
        ]
    ),
    "cross products": dict(
        [
            query("count", SLOW, "deadline"),
            query("distinct", f"SELECT (COUNT(DISTINCT ?c) AS ?n) {{ {ALL} }}", *STOPPED),
            query(
                "not exists", f"ASK {{ {ALL} FILTER NOT EXISTS {{ ?j ?k ?l }} }}", "ok", *STOPPED
            ),
            query(
                "minus",
                f"SELECT (COUNT(*) AS ?n) {{ {ALL} MINUS {{ ?a ?b ?c . ?x ?y ?z }} }}",
                *STOPPED,
            ),
            query(
                "inequality",
                "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
                "FILTER(?c != ?f && ?f != ?i) }",
                *STOPPED,
            ),
        ]
    ),
    "ORDER BY bombs": dict(
        [
            query("three", f"SELECT * {{ {ALL} }} ORDER BY ?c ?f ?i", *STOPPED),
            query("random", f"SELECT * {{ {ALL} }} ORDER BY RAND() LIMIT 1", *STOPPED),
            query(
                "groups", f"SELECT ?a ?d (COUNT(*) AS ?n) {{ {ALL} }} GROUP BY ?a ?d ?g", *STOPPED
            ),
            query("distinct rows", f"SELECT DISTINCT * {{ {ALL} }} OFFSET 999999999", *STOPPED),
        ]
    ),
    "regular expressions": dict(
        [
            query(
                "repetition",
                'SELECT * { ?s ?p ?o FILTER REGEX(?o, "((a{500}){500}){500}") }',
                "ok",
                *STOPPED,
            ),
            query(
                "a new one each row",
                "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?r "
                'FILTER REGEX(?o, CONCAT("(\\\\w{50}|", STR(?t), "){20}")) }',
                "ok",
                *STOPPED,
            ),
            query(
                "backtracking",
                f'SELECT * {{ ?s ?p ?o FILTER REGEX("{"a" * 30_000}b", "^(a+)+$") }} LIMIT 10',
                "ok",
                *STOPPED,
            ),
            query(
                "replacement",
                "SELECT (STRLEN(?x9) AS ?n) { "
                + chain("'xxxxxxxx'", "REPLACE({}, 'x', 'xxxxxxxxxxxxxxxx')", 9)
                + "}",
                "ok",
                *STOPPED,
            ),
        ]
    ),
    "string growth": dict(
        [
            query(
                "doubling",
                "SELECT (STRLEN(?x40) AS ?n) { " + chain("'xxxxxxxx'", "CONCAT({}, {})", 40) + "}",
                "ok",
                *STOPPED,
            ),
            query(
                "doubling shown",
                "SELECT ?x26 { " + chain("'xxxxxxxx'", "CONCAT({}, {})", 26) + "}",
                *STOPPED,
            ),
            query(
                "escaping",
                "SELECT (STRLEN(?x40) AS ?n) { " + chain("'%%%%'", "ENCODE_FOR_URI({})", 40) + "}",
                "ok",
                *STOPPED,
            ),
            query(
                "group concat",
                f"SELECT (GROUP_CONCAT(CONCAT(?c, ?f, ?i)) AS ?x) {{ {ALL} }}",
                *STOPPED,
            ),
            query(
                "separator",
                f"SELECT (GROUP_CONCAT(?c; separator='{'x' * 30_000}') AS ?x) {{ {ALL} }}",
                *STOPPED,
            ),
        ]
    ),
    "path explosions": dict(
        [
            query("all pairs", "SELECT (COUNT(*) AS ?n) { ?a (!<a:a>|^!<a:a>)* ?b }", *STOPPED),
            query(
                "twice",
                "SELECT (COUNT(*) AS ?n) { ?a (!<a:a>)+ ?b . ?b (!<a:a>)+ ?c . ?c (!<a:a>)* ?d }",
                *STOPPED,
            ),
            query(
                "star of star",
                "ASK { ?a (((!<a:a>|^!<a:a>)*)*)+ ?b FILTER(?a = <n:o>) }",
                "ok",
                *STOPPED,
            ),
            query(
                "optional steps",
                "SELECT (COUNT(*) AS ?n) { ?a " + "/".join(["(!<a:a>|^!<a:a>)?"] * 8) + " ?b }",
                *STOPPED,
            ),
        ]
    ),
    "huge VALUES": dict(
        [
            query(
                "crossed",
                "SELECT (COUNT(*) AS ?n) {"
                + "".join(f" VALUES ?v{i} {{ {'1 ' * 3_000}}}" for i in range(4))
                + "}",
                *STOPPED,
            ),
            query(
                "columns",
                "SELECT * { VALUES ("
                + " ".join(f"?v{i}" for i in range(300))
                + ") {"
                + ("(" + "UNDEF " * 300 + ") ") * 20
                + "} }",
                "ok",
                *REFUSED,
            ),
            query(
                "joined",
                f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o . ?t ?q ?o VALUES ?p {{ "
                f"{'<a:b> ' * 5_000}}} }}",
                "ok",
                *STOPPED,
            ),
        ]
    ),
    "numbers and dates": dict(
        [
            query(
                "exponents",
                "SELECT (1e308*1e308 AS ?a) (1e-999999999 AS ?b) (-1e999999999 AS "
                "?c) (1e400/1e400 AS ?d) {}",
                "ok",
                "syntax",
            ),
            query(
                "digits",
                f"SELECT ({'9' * 60_000} + 1 AS ?a) (1.{'1' * 3_000} * 3 AS ?b) {{}}",
                "ok",
                "syntax",
            ),
            query(
                "edges",
                "SELECT (9223372036854775807 + 1 AS ?a) (-9223372036854775808 / -1 AS "
                "?b) (ABS(-9223372036854775808) AS ?c) (1 / 0 AS ?d) (1.0 / 0.0 AS ?e) "
                "(ROUND(1e308) AS ?f) (CEIL(-170141183460469231731.687303715884105728) AS ?g) {}",
                "ok",
            ),
            query(
                "dates",
                "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT "
                '(xsd:dateTime("9999999999999-12-31T23:59:59Z") + '
                'xsd:duration("P99999999999999999Y") AS ?a) '
                '(xsd:date("-999999999-01-01") - xsd:date("999999999-12-31") AS ?b) '
                '(xsd:time("24:00:00") + xsd:dayTimeDuration("-P999999999999D") AS ?c) '
                '(YEAR("0000-00-00T99:99:99"^^xsd:dateTime) AS ?d) '
                '(ADJUST(NOW(), xsd:dayTimeDuration("PT99999H")) AS ?e) {}',
                "ok",
                "syntax",
            ),
            query(
                "substrings",
                "SELECT (SUBSTR('abc', -9223372036854775808, 9223372036854775807) "
                "AS ?a) (SUBSTR('abc', 1e308) AS ?b) (SUBSTR('àbc', 2, -1) AS ?c) {}",
                "ok",
            ),
            query(
                "limits",
                "SELECT * { ?s ?p ?o } LIMIT 99999999999999999999 OFFSET 99999999999999999999",
                "ok",
                "syntax",
                "result-too-large",
            ),
            query(
                "limit", "SELECT * { ?s ?p ?o } LIMIT 0 OFFSET 18446744073709551615", "ok", "syntax"
            ),
        ]
    ),
    "searches": dict(
        [
            query("texts", MATCHES + searching(f"w{i}" for i in range(40)), "too-many-patterns"),
            query("variable", MATCHES + "SELECT * { ?s ?x ?t . ?p talea:matches ?t }", "matches"),
            query("long", MATCHES + searching(["parola " * 5_000]), "ok", "matches"),
            query(
                "syntax",
                MATCHES + searching(["((((" * 500, "* OR *:* AND [a TO z]~9999^1e99", "a* b* ~1"]),
                "ok",
                "matches",
            ),
            query(
                "crossed",
                MATCHES
                + "SELECT (COUNT(*) AS ?n) { "
                + " ".join(f"?p{i} talea:matches ('servizi' ?s{i}) ." for i in range(8))
                + "}",
                "ok",
                *STOPPED,
            ),
        ]
    ),
    "result floods": dict(
        [
            query("rows", f"SELECT * {{ {ALL} }}", *STOPPED),
            query(
                "triples",
                "CONSTRUCT { " + "?a ?b ?c . ?d ?e ?f . " * 150 + "} WHERE { ?a ?b ?c . ?d ?e ?f }",
                "too-many-operators",
                *STOPPED,
            ),
            query(
                "blank nodes for each",
                "CONSTRUCT { [] <a:p> [], [], [], [] } WHERE { ?a ?b ?c . ?d ?e ?f }",
                *STOPPED,
            ),
            query("describe", "DESCRIBE ?s ?o { ?s ?p ?o . ?t ?q ?r }", "ok", *STOPPED),
            query(
                "wide",
                "SELECT "
                + " ".join(f"(STR(?o) AS ?x{i})" for i in range(200))
                + " { ?s ?p ?o . ?t ?q ?r }",
                *STOPPED,
            ),
        ]
    ),
    "encodings": dict(
        [
            query("nul", 'ASK { ?s ?p "\0" }', "ok", "syntax"),
            query("escaped nul", 'SELECT ("\\u0000" AS ?x) {}', "ok", "syntax", "evaluation"),
            query("half a pair", 'SELECT ("\\uD800" AS ?x) {}', "syntax"),
            query("too far", 'SELECT ("\\UFFFFFFFF" AS ?x) {}', "syntax"),
            query("byte order mark", "\ufeffASK {}", "ok", "syntax"),
            query("right to left", "ASK { ?\u202e ?p ?o }", "syntax"),
            query(
                "controls",
                f'SELECT ("{"".join(map(chr, range(1, 10)))}" AS ?x) {{}}',
                "ok",
                "syntax",
            ),
            ("not UTF-8", not_utf8),
            ("other charsets", other_charsets),
        ]
    ),
    "header floods": {
        "without end": headers_without_end,
        "costly": costly_headers,
        "no HTTP": heads_that_are_none,
    },
    "body floods": {"without end": bodies_without_end, "other kinds": bodies_of_another_kind},
    "slow readers": {"stopped": stopped_readers, "one byte": one_byte_readers},
    "slow writers": {"heads": slow_heads, "bodies": slow_bodies},
    "clients that leave": {"at once": leave_at_once, "half way": leave_half_way},
    "many connections": {"a share": more_than_a_share, "in a row": requests_in_a_row},
    "dataset floods": {
        "many": many_graphs,
        "none": graphs_that_are_none,
        **dict(
            [
                query(
                    "FROM",
                    "SELECT * "
                    + "".join(f"FROM NAMED <http://e/{i}> " for i in range(2_000))
                    + "{ GRAPH ?g { ?s ?p ?o } }",
                    "ok",
                    *REFUSED,
                )
            ]
        ),
    },
    "cache busting": {"texts": texts_never_seen, "addresses": addresses_never_seen},
}
