"""Debian's Chromium, driven by playwright. No browser is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # milliseconds: a machine that does much else is slow, not wrong


def chromium_path() -> str | None:
    """Where this machine keeps its Chromium, if it has one."""
    return next((path for name in CANDIDATES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file; without one the tests are skipped, and in CI they fail.

    Not for the session: Playwright keeps an event loop running in this thread, and tests of other
    folders need to run their own.
    """
    executable = chromium_path()
    if executable is None:
        reason = f"no Chromium here (looked for {', '.join(CANDIDATES)}): apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(f"BROWSER TESTS NOT RUN: {reason}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with nothing remembered from another test."""
    with browser.new_context(locale="it-IT") as context:
        yield context.new_page()


@pytest.fixture
def page_without_script(browser: Browser) -> Iterator[Page]:
    """The same, with JavaScript off: for journeys, since axe itself needs it."""
    with browser.new_context(locale="it-IT", java_script_enabled=False) as context:
        yield context.new_page()
