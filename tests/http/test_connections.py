"""Connections have a time and a share; who gets none is told why."""

import contextlib
import json
import socket
import time

import httpx
import pytest

SECONDS = 1
PER_CLIENT = 6
CONNECTIONS = 14
PROXY = "127.0.0.9"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\n\r\n"


@pytest.fixture(scope="module")
def narrow(start_server):
    """A server with few places and little patience."""
    return start_server(
        TALEA_CLIENT_SECONDS=str(SECONDS),
        TALEA_CONNECTIONS=str(CONNECTIONS),
        TALEA_CONNECTIONS_PER_CLIENT=str(PER_CLIENT),
        TALEA_TRUSTED_PROXY=PROXY,
        TALEA_SPARQL_CHILDREN="1",
    )


@pytest.fixture
def connect(narrow):
    """Open connections from an address; they close with the test."""
    with contextlib.ExitStack() as stack:

        def some(count, source):
            return [
                stack.enter_context(
                    socket.create_connection(("127.0.0.1", narrow.port), 10, (source, 0))
                )
                for _ in range(count)
            ]

        yield some
    time.sleep(0.2)


def answer(connection):
    """What comes until the end: the status and the problem."""
    found = b""
    with contextlib.suppress(OSError):
        while part := connection.recv(65_536):
            found += part
    head, _, body = found.rpartition(b"\r\n\r\n")
    return int(head.rsplit(b"HTTP/1.1 ", 1)[1][:3]), json.loads(body), head


def test_a_client_above_its_share_is_told(connect):
    *_, last = connect(PER_CLIENT + 1, "127.0.0.2")
    last.sendall(WHOLE)
    status, problem, head = answer(last)
    assert (status, problem["code"], problem["limit"]) == (429, "too-many-connections", PER_CLIENT)
    assert problem["title"] == "Too many connections at once"
    assert b"content-security-policy" in head.lower()


def test_a_trusted_proxy_has_no_share_but_the_whole(connect):
    *_, last = connect(PER_CLIENT + 2, PROXY)
    last.sendall(WHOLE)
    assert last.recv(65_536).startswith(b"HTTP/1.1 200")


def test_a_crowd_is_told_to_come_back(connect, narrow):
    for number in (2, 3, 4):
        connect(PER_CLIENT - 1, f"127.0.0.{number}")
    [late] = connect(1, "127.0.0.5")
    late.sendall(WHOLE)
    status, problem, head = answer(late)
    assert (status, problem["code"]) == (503, "crowded")
    assert b"retry-after: 5" in head.lower()


def test_places_come_back_by_themselves(connect, narrow):
    for number in (2, 3, 4):
        connect(PER_CLIENT - 1, f"127.0.0.{number}")
    time.sleep(SECONDS + 2.2)  # they asked for nothing, and were ended
    assert httpx.get(narrow.url + "/healthz").status_code == 200
    counted = httpx.get(narrow.url + "/metrics").text
    assert 'talea_connections_refused_total{reason="too-many-connections"}' in counted


def test_the_second_request_of_a_connection_has_no_more_time_than_the_first(connect):
    [connection] = connect(1, "127.0.0.2")
    connection.sendall(WHOLE + b"GET / HTTP/1.1\r\nAccept-Langua")
    status, problem, head = answer(connection)
    assert head.startswith(b"HTTP/1.1 200")
    assert (status, problem["code"], problem["limit"]) == (408, "slow-request", SECONDS)


def test_who_sends_and_waits_has_all_the_time_of_a_query(connect):
    """The patience is for the client's part, not for ours."""
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    body = slow.encode()
    head = (
        "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    [connection] = connect(1, "127.0.0.2")
    connection.settimeout(SECONDS + 2)
    connection.sendall(head.encode() + body)
    with pytest.raises(TimeoutError):
        connection.recv(1)


def test_a_client_that_keeps_its_connection_is_not_hurried(narrow):
    with httpx.Client(base_url=narrow.url) as client:
        for _ in range(3):
            assert client.get("/healthz").status_code == 200
            time.sleep(SECONDS * 0.7)


def test_requests_in_a_row_are_answered_in_their_order(connect):
    [connection] = connect(1, "127.0.0.2")
    asked = [f"/niente-{number}" for number in range(400)]
    head = "GET {} HTTP/1.1\r\nHost: x\r\nAccept: application/problem+json\r\n\r\n"
    connection.sendall("".join(map(head.format, asked)).encode())
    connection.settimeout(SECONDS + 5)
    found = b""
    while found.count(b"HTTP/1.1 404") < len(asked):
        part = connection.recv(65_536)
        assert part, found
        found += part


def test_a_head_without_end_is_refused_before_it_fills_the_memory(connect):
    [connection] = connect(1, "127.0.0.2")
    connection.sendall(b"GET / HTTP/1.1\r\nAccept-Language: en\r\nX: ")
    with contextlib.suppress(OSError):
        for _ in range(40):
            connection.sendall(b"x" * 8_192)
            time.sleep(0.005)
    status, problem, _ = answer(connection)
    assert (status, problem["code"]) == (431, "headers-too-long")
