"""The release that is served now, and the passage to the next one without a pause.

An `Edition` is a release with the pool of its public SPARQL lane. Each request holds the edition
that it began with, so that one page never mixes two releases; an edition that was replaced closes
when its last request ends.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from talea_catalogue.release import Release
from talea_sparql.pool import Pool

from .collector import set_aside

log = logging.getLogger("talea")

SCOPE_KEY: Final = "talea.edition"
LOOK_EVERY: Final = 0.05
"""Seconds between two looks at the home."""
CLOSE_WITHIN: Final = 10.0
"""Seconds that a pool may take to end its processes."""


class Edition:
    """A release, its pool, and how many requests are using them."""

    def __init__(self, release: Release, pool: Pool) -> None:
        self.release = release
        self.pool = pool
        self._users = 0
        self._retired = False

    @property
    def digest(self) -> str:
        """The build digest: data, code and templates."""
        return str(self.release.manifest.build_digest)

    def enter(self) -> None:
        """A request begins."""
        self._users += 1

    async def leave(self) -> None:
        """A request ends; the last one of a retired edition closes it."""
        self._users -= 1
        await self._close_if_idle()

    async def retire(self) -> None:
        """No new request will come: close now, or when the last one ends."""
        self._retired = True
        await self._close_if_idle()

    async def _close_if_idle(self) -> None:
        if self._retired and self._users == 0:
            self._users = -1
            try:
                await asyncio.wait_for(self.pool.close(), CLOSE_WITHIN)
            except TimeoutError:
                log.error("the processes of the SPARQL pool did not end in time")
            await asyncio.to_thread(self.release.close)


Opener = Callable[[], Awaitable[Edition]]


class Holder:
    """Holds the current edition. All methods belong to the event loop.

    `marker` is the file of the home that names the current release. When it changes, `opener`
    opens the new edition aside, with its pool started, and the next request uses it; if that
    fails, the old one goes on serving and the failure is logged once.
    """

    def __init__(
        self,
        edition: Edition,
        marker: Path | None = None,
        opener: Opener | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.edition = edition
        self._marker = marker
        self._opener = opener
        self._clock = clock
        self._seen = self._stamp()
        self._looked = clock()
        self._passage: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None

    def warm_up(self) -> None:
        """Begin to make search and comparisons of this edition ready, for the first to be quick."""
        self._warming = asyncio.create_task(self._warm(self.edition))

    def current(self) -> Edition:
        """The edition for a new request. Looks at the home now and then."""
        now = self._clock()
        if self._opener is not None and now - self._looked >= LOOK_EVERY and self._passage is None:
            self._looked = now
            stamp = self._stamp()
            if stamp is not None and stamp != self._seen:
                self._seen = stamp
                self._passage = asyncio.create_task(self._pass(self._opener))
        return self.edition

    async def close(self) -> None:
        """Wait for a passage or a warming under way, then close the edition."""
        if self._passage is not None:
            await self._passage
        if self._warming is not None:
            await self._warming
        await self.edition.retire()

    async def _pass(self, opener: Opener) -> None:
        try:
            successor = await opener()
        except Exception as error:
            log.error("the new release cannot be opened, the old one stays: %s", error)
        else:
            old, self.edition = self.edition, successor
            log.info("now serving release %s", successor.digest[:12])
            self.warm_up()
            await old.retire()
        finally:
            self._passage = None

    async def _warm(self, edition: Edition) -> None:
        edition.enter()
        try:
            await asyncio.to_thread(edition.release.search.warm_up)
            await asyncio.to_thread(edition.release.replicability.warm_up)
            await asyncio.to_thread(set_aside)
        except Exception as error:  # whoever asks is told again, each in its answer
            log.error("search and comparisons are not ready: %s", error)
        finally:
            await edition.leave()

    def _stamp(self) -> tuple[int, int, int] | None:
        if self._marker is None:
            return None
        try:
            status = self._marker.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


class HoldEdition:
    """Gives each request its edition, in `scope[SCOPE_KEY]`, and holds it until the answer ends."""

    def __init__(self, app: ASGIApp, holder: Holder) -> None:
        self.app = app
        self.holder = holder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        edition = self.holder.current()
        edition.enter()
        try:
            await self.app({**scope, SCOPE_KEY: edition}, receive, send)
        finally:
            await edition.leave()
