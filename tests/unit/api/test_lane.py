"""The lane of searches: order, limit, what happens when work fails or who asked goes away."""

import asyncio
import os
import sys
import threading

import pytest

from talea_api.lane import GIVES_WAY, Lane
from talea_catalogue.errors import BusyError


def run(story):
    async def whole():
        lane = Lane(1, 2)
        try:
            await story(lane)
        finally:
            lane.close()

    asyncio.run(whole())


def test_one_at_a_time_in_order_and_no_more_than_may_wait():
    async def story(lane):
        gate, done = threading.Event(), []

        def work(number):
            gate.wait(10)
            done.append(number)
            return number

        asked = [asyncio.create_task(lane.run(lambda n=n: work(n))) for n in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError):
            await lane.run(lambda: work(3))
        assert not done
        gate.set()
        assert await asyncio.gather(*asked) == [0, 1, 2]
        assert done == [0, 1, 2]
        assert await lane.run(lambda: work(4)) == 4

    run(story)


def test_work_that_fails_or_is_not_waited_for_leaves_its_place():
    async def story(lane):
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 // 0)
        gate = threading.Event()
        first = asyncio.create_task(lane.run(lambda: gate.wait(10)))
        waiting = [asyncio.create_task(lane.run(lambda: "late")) for _ in range(2)]
        await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        gate.set()
        assert await first is True
        assert await asyncio.gather(*(lane.run(lambda: "now") for _ in range(3))) == ["now"] * 3

    run(story)


@pytest.mark.skipif(sys.platform != "linux", reason="../shared: niceness of a thread is Linux's")
def test_its_threads_give_way_and_the_others_do_not():
    async def story(lane):
        before = os.getpriority(os.PRIO_PROCESS, 0)

        def niceness():
            return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

        assert await lane.run(niceness) == max(before, GIVES_WAY)
        assert os.getpriority(os.PRIO_PROCESS, 0) == before
        assert await asyncio.to_thread(niceness) == before

    run(story)
