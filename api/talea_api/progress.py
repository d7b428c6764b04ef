"""The progress of a build: a bar on a terminal, nothing elsewhere."""

import sys
from types import TracebackType
from typing import Any


class Progress:
    """Shows the steps that `talea_catalogue.build` reports; use it in a `with`."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, step: str, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=total, leave=False, bar_format="{desc:24} {bar:30} {n_fmt}/{total_fmt}"
            )
        self._bar.set_description_str(step, refresh=False)
        self._bar.n = done
        self._bar.refresh()
