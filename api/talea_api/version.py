"""The version of the installed package."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _installed() -> str:
    try:
        return version("talea")
    except PackageNotFoundError:  # a checkout that is not installed
        return "0"


VERSION: Final = _installed()
