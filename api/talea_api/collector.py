"""Python's garbage collector, held back while memory fills with what stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Build or open a release without the collector, which would look at all that is held.

    That is a tenth of the time. Another thread that does the same ends it earlier, and no worse.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def set_aside() -> None:
    """Let the collector look no more at what is held now: it stays as long as the release.

    Otherwise a page now and then would wait for it to go through a release. What was set aside
    before is looked at once, since a release that is no longer served should go.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
