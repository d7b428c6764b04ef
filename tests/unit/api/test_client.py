"""Who asks: only a trusted proxy may speak for somebody else."""

import pytest

from talea_api.security import client_of
from talea_api.settings import Settings

PROXY = Settings(trusted_proxy="10.0.0.0/8, 127.0.0.1").trusted_networks()


def scope(peer, *forwarded):
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"type": "http", "client": peer and (peer, 5000), "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("198.51.100.7", [], (), "198.51.100.7"),
        ("198.51.100.7", ["203.0.113.9"], (), "198.51.100.7"),
        ("198.51.100.7", ["203.0.113.9"], PROXY, "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9"], PROXY, "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.9"], PROXY, "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.9, 10.0.0.2"], PROXY, "203.0.113.9"),
        ("10.0.0.1", ["nonsense"], PROXY, "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, nonsense, 10.0.0.3"], PROXY, "10.0.0.3"),
        ("10.0.0.1", [], PROXY, "10.0.0.1"),
        ("::ffff:198.51.100.7", [], (), "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", [], (), "2001:db8:1:2::/64"),
        (None, ["6.6.6.6"], PROXY, "unknown"),
        ("testclient", [], (), "unknown"),
    ],
)
def test_client(peer, forwarded, trusted, expected):
    assert client_of(scope(peer, *forwarded), trusted) == expected
