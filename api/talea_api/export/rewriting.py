"""Turns the addresses of a page into relative ones, and takes out what needs a server.

The page is read as HTML and written again piece by piece as it was: only what has to change does.
Drawings are put inside the page, because a browser refuses those of another file of the disk.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote

from .addresses import Target

Resolve = Callable[[str], Target | None]
"""What an address written in the page leads to; None for one that stays as it is."""
Form = Callable[[str, frozenset[str]], str]
"""The HTML that stands for a form, by its address and the names of its fields."""

_ATTRIBUTE: Final = re.compile(
    r"""(?P<name>[^\s"'>/=]+)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
)
_ADDRESSES: Final = frozenset(
    {"href", "src", "poster", "data", "action", "formaction", "cite", "xlink:href", "background"}
)
_CSS_URL: Final = re.compile(r"""url\(\s*(?P<quote>["']?)(?P<href>[^"')]*)(?P=quote)\s*\)""")
_SPRITE: Final = "icons."
_PREFIX: Final = "icona-"
"""What ids of drawings begin with inside a page, whose own ids they must not be."""
_FIELDS: Final = frozenset({"input", "select", "textarea", "button"})
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
    reader = _Reader(file, resolve, form, symbols)
    reader.feed(html)
    reader.close()
    return Rewritten(reader.text(), reader.wanted)


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


class _Reader(HTMLParser):
    def __init__(
        self, file: str, resolve: Resolve, form: Form, symbols: Mapping[str, str]
    ) -> None:
        super().__init__(convert_charrefs=False)
        self.wanted: dict[str, str] = {}
        self._folder = posixpath.dirname(file)
        self._resolve = resolve
        self._form = form
        self._symbols = symbols
        self._used: set[str] = set()
        self._out: list[str] = []
        self._body: int | None = None
        self._in_form: tuple[str, set[str]] | None = None
        self._skipped = False
        self._style = False

    def text(self) -> str:
        if self._used and self._body is not None:
            drawn = "".join(self._symbols[name] for name in sorted(self._used))
            svg = f'<svg hidden aria-hidden="true" focusable="false">{drawn}</svg>'
            self._out.insert(self._body, svg)
        return "".join(self._out)

    # -- what changes

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        values = {name: value or "" for name, value in attrs}
        if self._in_form is not None:
            if tag in _FIELDS and values.get("name"):
                self._in_form[1].add(values["name"])
            return
        if tag == "form":
            self._in_form = (values.get("action", ""), set())
            return
        if tag == "link" and self._is_gone(values):
            return
        if tag == "script" and self._of_servers(values):
            self._skipped = True
            return
        self._style = tag == "style"
        self._write(self._start(tag, raw))
        if tag == "body" and self._body is None:
            self._body = len(self._out)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._in_form is not None:
            action, names = self._in_form
            self._in_form = None
            said = _Reader("/".join(("", self._folder, "x")), self._resolve, self._form, {})
            said._folder = self._folder
            said.feed(self._form(unescape(action), frozenset(names)))
            said.close()
            self.wanted |= said.wanted
            self._write(said.text())
        elif tag == "script" and self._skipped:
            self._skipped = False
        else:
            self._style = False
            self._write(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._write(in_css(data, self._follow) if self._style else data)

    def _start(self, tag: str, raw: str) -> str:
        head = re.match(r"<[^\s/>]+", raw)
        if head is None or len(head[0]) == len(raw.rstrip(">")):
            return raw
        rest = raw[head.end() :]
        return head[0] + _ATTRIBUTE.sub(lambda match: self._attribute(tag, match), rest)

    def _attribute(self, tag: str, match: re.Match[str]) -> str:
        name, written = match["name"].lower(), match["value"]
        if written is None:
            return match[0]
        value = unescape(written[1:-1] if written[0] in "\"'" else written)
        if name in ("srcset", "imagesrcset"):
            changed = ", ".join(self._candidate(one) for one in value.split(",") if one.strip())
        elif name == "style":
            changed = in_css(value, self._follow)
        elif tag == "use" and name in ("href", "xlink:href"):
            changed = self._drawing(value)
        elif name in _ADDRESSES:
            changed = self._follow(value)
        else:
            return match[0]
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
        found = self._resolve(href)
        if found is None:
            return href
        if found.address is not None:
            self.wanted[found.file] = found.address
        query = f"?{found.query}" if found.query else ""
        fragment = f"#{found.fragment}" if found.fragment else ""
        return relative(found.file, self._folder) + query + fragment

    def _is_gone(self, values: Mapping[str, str]) -> bool:
        kinds = set(values.get("rel", "").lower().split())
        if "canonical" in kinds:
            return not values.get("href", "").startswith(("http://", "https://"))
        return bool(kinds & _GONE_LINKS) or values.get("type") == "application/atom+xml"

    def _of_servers(self, values: Mapping[str, str]) -> bool:
        return values.get("src", "").rpartition("/")[2].startswith(_SCRIPTS_OF_SERVERS)

    # -- what stays

    def handle_entityref(self, name: str) -> None:
        self._write(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._write(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._write(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self._write(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self._write(f"<?{data}>")

    def _write(self, text: str) -> None:
        if self._in_form is None and not self._skipped:
            self._out.append(text)
