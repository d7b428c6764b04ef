import pytest

from talea_api.errors import Problem
from talea_api.meter import Meter


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_burst_then_a_steady_rate():
    clock = Clock()
    meter = Meter(per_minute=60, burst=3, clients=10, clock=clock)
    for _ in range(3):
        meter.take("a")
    with pytest.raises(Problem) as refused:
        meter.take("a")
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "2"
    clock.now += 1
    meter.take("a")


def test_clients_do_not_spend_each_others_tokens():
    meter = Meter(per_minute=60, burst=1, clients=10, clock=Clock())
    meter.take("a")
    meter.take("b")


def test_refusals_do_not_lengthen_the_wait():
    clock = Clock()
    meter = Meter(per_minute=60, burst=1, clients=10, clock=clock)
    meter.take("a")
    for _ in range(100):
        with pytest.raises(Problem):
            meter.take("a")
    clock.now += 1
    meter.take("a")


def test_memory_is_bounded():
    meter = Meter(per_minute=60, burst=1, clients=100, clock=Clock())
    for number in range(10_000):
        meter.take(f"client {number}")
    assert len(meter) == 100


def test_zero_is_no_limit():
    meter = Meter(per_minute=0, burst=1, clients=10)
    for _ in range(1_000):
        meter.take("a")
    assert len(meter) == 0
