"""From a page and its facts to HTML: the Jinja2 environments, one a language.

Templates are in `site/templates`. Each gets `lang`, `base` ("" or "/en"), `request_path` (without
language), `assets(name)`, `page` (a `Page`), `release` (the `Stamp` with its date in words, or
None), `query` (the text in the search box), `site_owner`, `settings`, `copy` (whether there is no
server behind), and what `Page.data` holds. A name that a template uses and nobody gave is an error.
Italian is the language of the sources; `site/i18n/en.po` translates.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote, urlsplit

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from .errors import Problem
from .language import LANGS, Lang, base_of, without_language
from .paths import Places
from .settings import Settings

LOCALES: Final[Mapping[Lang, Locale]] = {
    "it": Locale("it", "IT"),
    "en": Locale("en", "GB"),
}
STATIC: Final = "/static/"
DIST: Final = "dist/"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the foot of a page says of the release. `date` is ISO 8601."""

    data_digest: str
    date: str

    @property
    def data_digest_short(self) -> str:
        """Enough of the digest to quote."""
        return self.data_digest[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page before its template.

    `alternates` are (media type, address); `links` are further values of the header Link, `headers`
    further headers; `breadcrumb` is (label, address or None) from the home
    page to this one; `jsonld` is a JSON object, escaped here; `data` goes to the template by name.
    `search` is what the links to the same page in the other language keep of its address
    (`?comune=072006`).
    """

    title: str | None = None
    description: str | None = None
    robots: str | None = None
    canonical: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    breadcrumb: tuple[tuple[str, str | None], ...] = ()
    jsonld: Any = None
    query: str = ""
    search: str = ""
    status: int = 200
    data: Mapping[str, Any] = field(default_factory=dict)


class Renderer:
    """Writes pages. Safe to use from several threads."""

    def __init__(self, settings: Settings, places: Places, *, copy: bool = False) -> None:
        """With `copy`, the pages are those of a copy without a server (`export`)."""
        manifest = _manifest(places.static / "dist" / "manifest.json")
        self._absolute = settings.absolute
        self._environments = {
            lang: _environment(lang, settings, places, manifest) for lang in LANGS
        }
        for environment in self._environments.values():
            environment.globals["copy"] = copy

    def page(
        self, template: str, lang: Lang, request_path: str, page: Page, stamp: Stamp | None
    ) -> str:
        """The HTML of `page`. `request_path` is without language."""
        release = stamp and SimpleNamespace(
            data_digest=stamp.data_digest,
            data_digest_short=stamp.data_digest_short,
            date=day(stamp.date, LOCALES[lang]),
        )
        shown = SimpleNamespace(
            title=page.title,
            description=page.description,
            robots=page.robots,
            canonical=page.canonical,
            alternates=page.alternates,
            breadcrumb=page.breadcrumb,
            jsonld=jsonld(page.jsonld) if page.jsonld is not None else None,
            trail=self._trail(page),
            search=page.search,
        )
        return (
            self._environments[lang]
            .get_template(template)
            .render(
                {
                    **page.data,
                    "lang": lang,
                    "base": base_of(lang),
                    "request_path": request_path,
                    "page": shown,
                    "release": release,
                    "query": page.query,
                }
            )
        )

    def _trail(self, page: Page) -> Markup | None:
        """The breadcrumb for search engines; the last step is the page itself."""
        if not page.breadcrumb:
            return None
        steps = []
        for position, (name, href) in enumerate(page.breadcrumb, 1):
            step = {"@type": "ListItem", "position": position, "name": name}
            if href:
                step["item"] = self._absolute(href)
            steps.append(step)
        return jsonld(
            {
                "@context": "https://schema.org",
                "@type": "BreadcrumbList",
                "itemListElement": steps,
            }
        )

    def error(self, path: str, lang: Lang, problem: Problem) -> str:
        """The page of an error, by the title and the detail of its code."""
        document = problem.document(lang, "")
        error = SimpleNamespace(
            status=problem.status,
            title=document["title"],
            detail=document.get("detail"),
            reference=problem.members.get("reference"),
            replaced_by=problem.members.get("replaced_by"),
        )
        page = Page(title=document["title"], robots="noindex", data={"error": error})
        # Whatever was asked for, the links to the other language stay on this site.
        asked = "/" + quote(without_language(path).lstrip("/\\"))
        return self.page("error.html", lang, asked, page, None)


def _manifest(path: Path) -> Mapping[str, str]:
    try:
        names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    return names


def _environment(
    lang: Lang, settings: Settings, places: Places, manifest: Mapping[str, str]
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(places.templates),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=False,
        auto_reload=False,
    )
    gettext, ngettext = _translations(lang, places.translations)
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    locale = LOCALES[lang]
    environment.filters |= {
        "number": lambda value: number(value, locale),
        "euro": lambda value: euro(value, locale),
        "date": lambda value: day(value, locale),
        "safe_url": safe_url,
        "link": link,
    }
    environment.globals |= {
        "assets": lambda name: STATIC + DIST + manifest.get(name, name),
        "jsonld": jsonld,
        "site_owner": settings.site_owner,
        "settings": settings,
    }
    return environment


def _translations(
    lang: Lang, folder: Path
) -> tuple[Callable[[str], str], Callable[[str, str, int], str]]:
    """What the templates call to translate. A string without translation stays in Italian."""
    path = folder / f"{lang}.po"
    if not path.is_file():
        return (lambda text: text), (lambda one, many, count: one if count == 1 else many)
    with path.open("rb") as stream:
        catalog: Catalog = read_po(stream, locale=lang)
    singular: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if message.fuzzy or not message.id or not message.string:
            continue
        if isinstance(message.id, str) and isinstance(message.string, str):
            singular[message.id] = message.string
        elif isinstance(message.id, tuple | list) and all(message.string):
            singular[message.id[0]] = message.string[0]
            plural[message.id[0]] = tuple(message.string)

    def ngettext(one: str, many: str, count: int) -> str:
        forms = plural.get(one, (one, many))
        return forms[0] if count == 1 else forms[-1]

    return (lambda text: singular.get(text, text)), ngettext


# --- Filters ---


def number(value: Decimal | int | float, locale: Locale) -> str:
    """A number as people write it: `1.234,5`. Nothing is rounded."""
    return _number(str(value), locale)


@lru_cache(50_000)
def _number(text: str, locale: Locale) -> str:
    return format_decimal(Decimal(text), locale=locale, decimal_quantization=False)


def euro(value: Decimal | int, locale: Locale) -> str:
    """A sum in euro; cents only where there are some."""
    whole = value == int(value)
    return format_currency(
        value, "EUR", locale=locale, format="#,##0 ¤" if whole else None, currency_digits=not whole
    )


def day(value: str, locale: Locale) -> str:
    """An ISO date in words, as precise as it is: a year, a month or a day. Other text stays."""
    parts = value[:10].split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return format_date(date(numbers[0], numbers[1], numbers[2]), "d MMMM y", locale=locale)
        if len(numbers) == 2:
            return format_skeleton("yMMMM", date(numbers[0], numbers[1], 1), locale=locale)
    except ValueError:
        pass
    return value


def safe_url(value: str | None) -> str | None:
    """The address if it is http(s) with a host; None otherwise, so that nothing links to it."""
    if not value or any(character <= " " or character == "\x7f" for character in value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.hostname else None


def link(value: str, text: str | None = None) -> Markup:
    """A link out of the site where the address is http(s); the bare text otherwise."""
    url = safe_url(value)
    if url is None:
        return escape(text or value)
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(url, text or value)


_JSON_ESCAPES: Final = {
    ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"
}


def jsonld(data: Any) -> Markup:
    """JSON that may stand inside `<script>`: no `<`, `>` or `&` is left to end or open a tag."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_JSON_ESCAPES))  # noqa: S704 - escaped on this line
