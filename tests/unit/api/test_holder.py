"""The passage from one release to the next, with releases and pools that only count."""

import asyncio
from types import SimpleNamespace

from talea_api.holder import Edition, Holder


class Part:
    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


class AsyncPart(Part):
    async def close(self):
        self.closed += 1


def edition(digest):
    release = Part()
    release.manifest = SimpleNamespace(build_digest=digest)
    return Edition(release, AsyncPart())


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def settle():
    for _ in range(20):
        await asyncio.sleep(0.005)


def test_a_new_release_is_taken_and_the_old_one_closes_after_its_last_request(tmp_path):
    async def story():
        marker = tmp_path / "current"
        marker.write_text("one")
        old, new, clock = edition("one"), edition("two"), Clock()

        async def opener():
            return new

        holder = Holder(old, marker, opener, clock)
        running = holder.current()
        running.enter()
        marker.unlink()
        marker.write_text("second")
        assert holder.current() is old, "looked before a second had passed"
        clock.now = 1.5
        assert holder.current() is old, "the passage happens aside"
        await settle()
        assert holder.current() is new
        assert old.pool.closed == 0
        await running.leave()
        assert (old.pool.closed, old.release.closed) == (1, 1)
        await holder.close()
        assert (new.pool.closed, new.release.closed) == (1, 1)

    asyncio.run(story())


def test_a_release_that_does_not_open_leaves_the_old_one(tmp_path, caplog):
    async def story():
        marker = tmp_path / "current"
        marker.write_text("one")
        old, clock, calls = edition("one"), Clock(), []

        async def opener():
            calls.append(1)
            raise OSError("no disk")

        holder = Holder(old, marker, opener, clock)
        marker.write_text("broken")
        for second in range(1, 6):
            clock.now = second * 2.0
            assert holder.current() is old
            await settle()
        assert calls == [1], "tried once, not at every look"
        await holder.close()

    asyncio.run(story())
    assert "no disk" in caplog.text


def test_a_home_that_vanishes_changes_nothing(tmp_path):
    async def story():
        clock = Clock()
        marker = tmp_path / "current"
        marker.write_text("one")
        holder = Holder(edition("one"), marker, None, clock)
        marker.unlink()
        clock.now = 5.0
        assert holder.current().digest == "one"

    asyncio.run(story())
