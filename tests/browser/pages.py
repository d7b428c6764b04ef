"""What every page of Talea must satisfy in a browser, at any width."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import ConsoleMessage, Page, Request, Response

WIDTHS = (1280, 320)
HEIGHT = 900

AXE_OPTIONS: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations", "incomplete"],
}
# axe reports as "incomplete" what it could not decide. Most of it asks for a human eye; contrast
# does not: an undecided contrast once hid a white menu on white.
INCOMPLETE_RULES = frozenset({"color-contrast"})
UNDECIDED_OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": sorted(INCOMPLETE_RULES)},
    "resultTypes": ["violations", "incomplete"],
}
WIDEN = "width => { document.documentElement.style.minWidth = width; }"


AXE = Axe()


def check_page(page: Page, url: str, *widths: int, status: int = 200) -> None:
    """Open `url` and assert that nothing is wrong with it at any of `widths`, in pixels.

    It is opened once, at the first of them: what it looks like comes from its style sheets alone.

    Everything is collected before the assertion, so that one run names all the faults of a page.
    """
    origin = _origin(url)
    faults: list[str] = []

    def on_request(request: Request) -> None:
        if _origin(request.url) != origin:
            faults.append(f"asks another origin: {request.url}")

    def on_response(response: Response) -> None:
        if response.url != url and response.status >= 400:
            faults.append(f"{response.status} for {response.url}")

    def on_console(message: ConsoleMessage) -> None:
        # The browser logs the status of an error page that we asked for.
        if message.type == "error" and message.location.get("url") != url:
            faults.append(f"console: {message.text}")

    def on_script_error(error: Exception) -> None:
        faults.append(f"script error: {error}")

    page.on("request", on_request)
    page.on("response", on_response)
    page.on("console", on_console)
    page.on("pageerror", on_script_error)
    try:
        _resize(page, widths[0])
        answer = page.goto(url)  # what it asks later is heard while axe works
        if answer is None or answer.status != status:
            faults.append(f"answered {answer and answer.status}, not {status}")
        faults += faults_at(page, *widths)
        faults += _storage_faults(page)
    finally:
        page.remove_listener("request", on_request)
        page.remove_listener("response", on_response)
        page.remove_listener("console", on_console)
        page.remove_listener("pageerror", on_script_error)

    assert not faults, f"{url}:\n" + "\n".join(f"- {fault}" for fault in faults)


def faults_at(page: Page, *widths: int) -> list[str]:
    """What axe and the width of an open page say is wrong with it, at each of some widths."""
    faults: list[str] = []
    for width in widths:
        _resize(page, width)
        found = _layout_faults(page, width) + _axe_faults(page)
        faults += [f"at {width} px: {fault}" for fault in found]
    return faults


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})


def _layout_faults(page: Page, width: int) -> list[str]:
    needed = page.evaluate("document.documentElement.scrollWidth")
    return [f"scrolls sideways: needs {needed} px"] if needed > width else []


def _storage_faults(page: Page) -> list[str]:
    faults = [f"sets the cookie {cookie.get('name')}" for cookie in page.context.cookies()]
    for store in ("localStorage", "sessionStorage"):
        keys = page.evaluate(f"Object.keys({store})")
        faults += [f"writes {key} to {store}" for key in keys]
    return faults


def _axe_faults(page: Page) -> list[str]:
    found = _axe(page, AXE_OPTIONS)
    faults = found["violations"]
    if any(rule["id"] in INCOMPLETE_RULES for rule in found["incomplete"]):
        # What a scrolling table hides in part is undecided too: with the same rules for narrow
        # screens, give the page room to show it all, and ask again.
        page.evaluate(WIDEN, "200rem")
        again = _axe(page, UNDECIDED_OPTIONS)
        page.evaluate(WIDEN, "")
        faults += again["violations"] + again["incomplete"]
    return [
        f"axe {rule['id']}: {rule['help']} ({', '.join(str(part) for part in node['target'])})"
        for rule in faults
        for node in rule["nodes"]
    ]


def _axe(page: Page, options: dict[str, Any]) -> dict[str, Any]:
    """What axe says of a page, which reads the script of axe once."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.axe_script)
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return found
