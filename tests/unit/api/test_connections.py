"""The look at connections: one at a time, whatever comes and goes."""

import ipaddress
from types import SimpleNamespace

from talea_api.connections import SPARE, Doors
from talea_api.metrics import Metrics
from talea_api.settings import Settings


class Loop:
    """A loop whose clock we move."""

    def __init__(self):
        self.calls = []

    def call_later(self, seconds, function, *arguments):
        self.calls.append((function, arguments))

    def time(self):
        return 0.0

    def tick(self):
        due, self.calls = self.calls, []
        for function, arguments in due:
            function(*arguments)


def visitor(loop, address):
    """A connection as `Doors` sees it."""
    looks = []
    one = SimpleNamespace(loop=loop, client=(address, 1), look=looks.append, looks=looks)
    return type("Visitor", (SimpleNamespace,), {"__hash__": object.__hash__})(**vars(one))


def doors(**limits):
    trusted = (ipaddress.ip_network("10.0.0.0/8"),)
    return Doors(Settings(**limits), None, Metrics(lambda: None), trusted)


def test_there_is_one_look_a_second_however_many_come_and_go():
    loop, some = Loop(), doors()
    for _ in range(50):
        guest = visitor(loop, "192.0.2.1")
        assert some.enter(guest) is None
        some.leave(guest)
    assert len(loop.calls) == 1
    stays = visitor(loop, "192.0.2.1")
    some.enter(stays)
    loop.tick()
    assert (len(loop.calls), len(stays.looks)) == (1, 1)
    some.leave(stays)
    loop.tick()
    assert loop.calls == [], "nobody is there: nothing to look at"
    some.enter(visitor(loop, "192.0.2.1"))
    assert len(loop.calls) == 1


def test_clients_are_counted_by_address_or_network_and_forgotten():
    loop, some = Loop(), doors(connections=9, connections_per_client=2)
    guests = [visitor(loop, f"2001:db8::{number}") for number in range(1, 4)]
    assert [some.enter(guest) is None for guest in guests] == [True, True, False]
    assert some.enter(visitor(loop, "2001:db8:0:1::1")) is None
    for guest in guests:
        some.leave(guest)
        some.leave(guest)
    assert len(some) == 1
    assert len(some._clients) == 1


def test_beyond_a_few_more_than_the_limit_not_even_a_refusal_is_afforded():
    loop, some = Loop(), doors(connections=3)
    codes = [some.enter(visitor(loop, f"10.0.0.{n}")) for n in range(3 + SPARE)]
    assert [code.code if code else None for code in codes[:5]] == [None] * 3 + ["crowded"] * 2
    assert not some.full()
    some.enter(visitor(loop, "10.0.0.1"))
    assert some.full()
