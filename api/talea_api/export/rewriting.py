"""Turns the addresses of a page into relative ones, and takes out what needs a server.

Tags are told as the HTML standard does (quotes, comments, scripts); whatever does not have to
change stays as it was, byte for byte. Python's own `html.parser` does the same ten times slower,
and a copy has some seventy million characters. Drawings are put inside the page, because a browser
refuses those of another file of the disk.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from html import escape, unescape
from typing import Final
from urllib.parse import quote

from .addresses import Target

Resolve = Callable[[str], Target | None]
"""What an address written in the page leads to; None for one that stays as it is."""
Form = Callable[[str, frozenset[str]], str]
"""The HTML that stands for a form, by its address and the names of its fields."""

_VALUE: Final = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)"""
_NAME: Final = r"=?[^\s/>=]++"
_ATTRIBUTE: Final = re.compile(rf"(?P<name>{_NAME})(?:\s*+=\s*+(?P<value>{_VALUE}))?")
_TOKEN: Final = re.compile(
    rf"<!--(?:.*?--!?>|.*)"
    rf"|<(?P<start>[a-zA-Z][^\s/>]*+)(?P<rest>(?>[\s/]++|{_NAME}(?:\s*+=\s*+{_VALUE})?|=)*+)>",
    re.DOTALL,
)
"""A comment or a start tag. Nothing else changes."""
_RAW: Final = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed"})
"""Elements in which nothing is a tag but their own end."""
_MAY_LEAD: Final = re.compile(
    r"(?:href|src|srcset|style|poster|data|action|cite|background)\s*=", re.IGNORECASE
)
_ADDRESSES: Final = frozenset(
    {"href", "src", "poster", "data", "action", "formaction", "cite", "xlink:href", "background"}
)
_CSS_URL: Final = re.compile(r"""url\(\s*(?P<quote>["']?)(?P<href>[^"')]*)(?P=quote)\s*\)""")
_SPRITE: Final = "icons."
_PREFIX: Final = "icona-"
"""What ids of drawings begin with inside a page, whose own ids they must not be."""
_FIELDS: Final = frozenset({"input", "select", "textarea", "button"})
_CHANGED: Final = _ADDRESSES | {"srcset", "imagesrcset", "style"}
_FORM_END: Final = re.compile(r"</form\s*>", re.IGNORECASE)
LACKS: Final = "data-lacks"
"""On a link: that what it led to is not in the copy. The style sheet shows it."""
_OURS: Final = "data-copy-search"
"""What a form has that works without a server."""
_SPACE: Final = " \t\n\r\f"
_GONE_LINKS: Final = frozenset({"preload", "prefetch", "modulepreload", "preconnect"})
_SCRIPTS_OF_SERVERS: Final = ("suggest.", "sparql.")


@dataclass(slots=True)
class Rewritten:
    """A page of a copy, and the addresses of the site that it leads to."""

    html: str
    wanted: dict[str, str] = field(default_factory=dict)
    """File -> the address to ask for it."""


def rewrite(
    html: str, file: str, resolve: Resolve, form: Form, symbols: Mapping[str, str]
) -> Rewritten:
    """The page for a copy, that stands at `file`; `symbols` are the drawings by their id."""
    reader = _Reader(posixpath.dirname(file), resolve, form, symbols)
    return Rewritten(reader.read(html), reader.wanted)


@lru_cache(maxsize=200_000)
def relative(file: str, folder: str) -> str:
    """The address of a file as a page in `folder` writes it."""
    return quote(posixpath.relpath(file, folder or "."), safe="/-._~")


def in_css(css: str, follow: Callable[[str], str]) -> str:
    """A style sheet, or a part of one, with its addresses changed."""
    return _CSS_URL.sub(
        lambda match: f"url({match['quote']}{follow(match['href'])}{match['quote']})", css
    )


def symbols_of(sprite: str) -> dict[str, str]:
    """The drawings of the sprite by their id, each as a `<symbol>` for the inside of a page."""
    found = re.finditer(r'<symbol id="([^"]+)".*?</symbol>', sprite, re.DOTALL)
    return {
        match[1]: match[0].replace(f'id="{match[1]}"', f'id="{_PREFIX}{match[1]}"', 1)
        for match in found
    }


class _Reader:
    def __init__(
        self, folder: str, resolve: Resolve, form: Form, symbols: Mapping[str, str]
    ) -> None:
        self.wanted: dict[str, str] = {}
        self._folder = folder
        self._resolve = resolve
        self._form = form
        self._symbols = symbols
        self._used: set[str] = set()
        self._lacking = ""

    def read(self, html: str) -> str:
        """The page with its addresses changed."""
        out: list[str] = []
        body = None
        done = place = 0
        while (found := _TOKEN.search(html, place)) is not None:
            place = found.end()
            if not found["start"]:
                continue
            name = found["start"].lower()
            end = _end_of_raw(html, name, place) if name in _RAW else place
            if name == "form" and _OURS not in found["rest"]:
                inside = _FORM_END.search(html, place)
                place = end = inside.end() if inside else len(html)
                new = self._instead(found, html[found.end() : end])
            elif self._is_gone(name, found["rest"]):
                place = end = _after(html, name, end) if name == "script" else end
                new = ""
            else:
                new = self._start(name, found)
                if name == "style":
                    new += in_css(html[place:end], self._follow)
                place = end
                end = end if name == "style" else found.end()
                if new == html[found.start() : end] and not (name == "body" and body is None):
                    continue
            out += (html[done : found.start()], new)
            done = end
            if name == "body" and body is None:
                body = len(out)
        out.append(html[done:])
        if self._used and body is not None:
            out.insert(body, self._sprite())
        return "".join(out)

    def _sprite(self) -> str:
        drawn = "".join(self._symbols[name] for name in sorted(self._used))
        return f'<svg hidden aria-hidden="true" focusable="false">{drawn}</svg>'

    def _instead(self, form: re.Match[str], inside: str) -> str:
        """What stands for a form, its own links changed."""
        names = {
            name
            for tag in _TOKEN.finditer(inside)
            if (tag["start"] or "").lower() in _FIELDS
            and (name := _values(tag["rest"]).get("name"))
        }
        html = self._form(_values(form["rest"]).get("action", ""), frozenset(names))
        return self.read(html) if "<form" not in html else ""

    def _start(self, tag: str, found: re.Match[str]) -> str:
        if not _MAY_LEAD.search(found["rest"]):
            return found[0]
        self._lacking = ""
        change = partial(self._attribute, tag)
        rest = _ATTRIBUTE.sub(change, found["rest"])
        said = f' {LACKS}="{escape(self._lacking)}"' if tag == "a" and self._lacking else ""
        return f"<{found['start']}{said}{rest}>"

    def _attribute(self, tag: str, match: re.Match[str]) -> str:
        name, written = match["name"].lower(), match["value"]
        if written is None or name not in _CHANGED:
            return match[0]
        value = _value(written)
        if name in ("srcset", "imagesrcset"):
            changed = ", ".join(self._candidate(one) for one in value.split(",") if one.strip())
        elif name == "style":
            changed = in_css(value, self._follow)
        elif tag == "use" and name in ("href", "xlink:href"):
            changed = self._drawing(value)
        else:
            changed = self._follow(value)
        return match[0] if changed == value else f'{match["name"]}="{escape(changed)}"'

    def _candidate(self, one: str) -> str:
        address, *size = one.split()
        return " ".join((self._follow(address), *size))

    def _drawing(self, value: str) -> str:
        file, _, name = value.partition("#")
        if _SPRITE in file and name in self._symbols:
            self._used.add(name)
            return f"#{_PREFIX}{name}"
        return self._follow(value)

    def _follow(self, href: str) -> str:
        found = self._resolve(href.strip(_SPACE))
        if found is None:
            return href
        self._lacking = found.lacking
        if found.address is not None:
            self.wanted[found.file] = found.address
        query = f"?{found.query}" if found.query else ""
        fragment = f"#{found.fragment}" if found.fragment else ""
        return relative(found.file, self._folder) + query + fragment

    def _is_gone(self, tag: str, rest: str) -> bool:
        """Whether an element is of no use without a server."""
        if tag == "script":
            source = _values(rest).get("src", "")
            return source.rpartition("/")[2].startswith(_SCRIPTS_OF_SERVERS)
        if tag != "link":
            return False
        values = _values(rest)
        kinds = set(values.get("rel", "").lower().split())
        if "canonical" in kinds:
            return not values.get("href", "").startswith(("http://", "https://"))
        return bool(kinds & _GONE_LINKS) or values.get("type") == "application/atom+xml"


def _value(written: str) -> str:
    return unescape(written[1:-1] if written[0] in "\"'" else written)


def _values(rest: str) -> dict[str, str]:
    """The attributes of a tag; of a name that comes twice, the first."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(rest):
        found.setdefault(match["name"].lower(), _value(match["value"]) if match["value"] else "")
    return found


def _end_of_raw(html: str, tag: str, start: int) -> int:
    """Where the text of an element ends in which nothing is a tag."""
    end = re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE).search(html, start)
    return end.start() if end else len(html)


def _after(html: str, tag: str, end: int) -> int:
    """Where the end tag at `end` ends."""
    close = html.find(">", end)
    return close + 1 if close >= 0 else len(html)
