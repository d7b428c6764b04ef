"""Makes a copy of the catalogue: follows every link of the application, writes where it leads.

The same release gives the same bytes: dates are those of the release, and nothing says when the
copy was made.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from talea_catalogue import dumps
from talea_catalogue.errors import TaleaError
from talea_catalogue.release import Release
from talea_catalogue.search import predicate

from ..app import create_app
from ..language import LANGS, Lang, Text, base_of, language_of, without_language
from ..paths import Places
from ..pools import pool_for
from ..render import DIST, LOCALES, STATIC, Page, Stamp, day
from ..settings import Settings
from ..views import Visit
from . import addresses, pages
from .addresses import Target
from .asking import ask
from .folder import Folder, replacing
from .rewriting import rewrite, symbols_of

Tell = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many."""

FORMAT: Final = 1
README: Final = "LEGGIMI.txt"
START: Final = "index.html"
_READ_ONLY: Final[Mapping[str, tuple[str, Callable[[Visit], Page]]]] = {
    addresses.PRACTICES: ("copy_practices.html", pages.practices),
    addresses.ABOUT: ("copy_about.html", pages.about),
    addresses.QUESTIONS: ("copy_questions.html", pages.library),
}
"""Pages that a copy makes for itself: path -> template and what fills it."""
_NOT_HERE: Final = Text(
    "Questa funzione chiede un server: in questa copia non c’è.",
    "This function needs a server: it is not in this copy.",
)
_WHY: Final = Text("Che cosa manca", "What is missing")
_INSTEAD: Final[tuple[tuple[str, str, str, Text], ...]] = (
    ("/pratiche", "q", "/pratiche", Text("Cerca una pratica", "Search for a practice")),
    ("/pratiche", "bisogno", "/bisogni", Text("Parti da un bisogno", "Start from a need")),
    ("/comuni", "comune", "/comuni", Text("Parti dal tuo Comune", "Start from your Comune")),
)
"""Forms that a link can stand for: address, a field, where the link leads, what it says."""


_ID: Final = re.compile(r'\sid="([^"]+)"')


class ExportError(TaleaError):
    """A page of the site could not be copied."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy came to: files, their bytes, and addresses that led nowhere on the site."""

    files: int
    bytes: int
    lost: tuple[str, ...]


def export(
    settings: Settings,
    places: Places,
    release: Release,
    out: Path,
    tell: Tell = lambda step, done, total: None,
    chosen: Callable[[str], bool] = lambda address: True,
) -> Copied:
    """Write the copy of a release to `out`, which is replaced whole; `chosen` as in `Copy`.

    Raises UsageError where `out` holds something else, MachineError where the system refuses,
    ExportError where a page cannot be made.
    """
    with replacing(out) as folder:
        if dumps.read(release.folder / dumps.FOLDER) is None:
            tell("file da scaricare", 0, 1)
            dumps.write(release.folder)
        return asyncio.run(Copy(settings, places, release, folder, tell, chosen).write())


@dataclass(slots=True)
class _Waiting:
    """The addresses still to be asked for, by their file, and every file that was ever met."""

    met: set[str] = field(default_factory=set)
    queue: deque[tuple[str, str]] = field(default_factory=deque)

    def add(self, wanted: Mapping[str, str]) -> None:
        for file, address in wanted.items():
            if file not in self.met:
                self.met.add(file)
                self.queue.append((file, address))


class Copy:
    """One copy while it is made."""

    def __init__(
        self,
        settings: Settings,
        places: Places,
        release: Release,
        folder: Folder,
        tell: Tell,
        chosen: Callable[[str], bool] = lambda address: True,
    ) -> None:
        """`chosen` tells which addresses to copy: the others count as not to be had."""
        self._chosen = chosen
        # Nobody else asks: no rate is kept, and no answer is asked for twice.
        self._settings = replace(settings, rate_per_minute=0, page_cache_mb=0)
        self._release = release
        self._places = places
        self._folder = folder
        self._tell = tell
        self._app: FastAPI = create_app(
            self._settings,
            release,
            pool_for(self._settings, release.data, predicate(release.search)),
            places=places,
            copy=True,
        )
        dist = places.static / "dist"
        names: dict[str, str] = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
        self._symbols = symbols_of((dist / names["icons.svg"]).read_text(encoding="utf-8"))
        self._assets = [STATIC + DIST + name for key, name in names.items() if _is_needed(key)]
        self._waiting = _Waiting()
        self._lost: dict[str, str] = {}
        # What leads to a file, and to a place in it: to be written again where it is not there.
        self._leading: dict[tuple[str, str], set[tuple[str, str]]] = {}
        self._places_in: dict[str, frozenset[str]] = {}
        self._nowhere: set[tuple[str, str]] = set()

    async def write(self) -> Copied:
        """Write every file of the copy."""
        self._waiting.add({addresses.file_of(path): path for path in self._beginnings()})
        await self._follow()
        while again := self._led_astray():
            for file, address in again.items():
                await self._write(file, address)
            await self._follow()
        index = json.dumps(
            self._release.search.portable(), ensure_ascii=False, separators=(",", ":")
        )
        self._folder.write(
            addresses.file_of(addresses.INDEX), f"var TALEA_INDICE={index};\n".encode()
        )
        self._folder.write(README, _readme(self._release, self._settings).encode())
        manifest = self._release.manifest
        self._folder.finish(
            {
                "format": FORMAT,
                "data_digest": manifest.data_digest,
                "build_digest": manifest.build_digest,
                "date": manifest.date,
                "files": len(self._folder) + 1,
            }
        )
        size = sum(path.stat().st_size for path in self._folder.path.rglob("*") if path.is_file())
        return Copied(len(self._folder) + 1, size, tuple(sorted(self._lost.values())))

    # -- what is written

    def _beginnings(self) -> Iterator[str]:
        """The addresses that every link is followed from, and what no link leads to."""
        repository = self._release.repository
        for lang in LANGS:
            base = base_of(lang)
            yield base + "/"
            yield from (base + path for path in _READ_ONLY)
            yield from (f"{base}/pratiche/{slug}" for slug in repository.slugs())
            yield from (f"{base}/comuni/{place.istat}" for place, _ in repository.comuni())
            yield from (f"{base}/ambiti/{district.id}" for district, _ in repository.ambiti())
        yield from self._assets

    async def _follow(self) -> None:
        """Write what waits, and what that leads to."""
        done = 0
        while self._waiting.queue:
            file, address = self._waiting.queue.popleft()
            await self._write(file, address)
            done += 1
            self._tell("pagine e file", done, done + len(self._waiting.queue))

    async def _write(self, file: str, address: str) -> None:
        if not self._chosen(address):
            self._lost[file] = address
            return
        html = self._own(address)
        if html is None:
            reply = await ask(self._app, address)
            if reply.status >= 500:
                raise ExportError(f"{address}: la pagina non si può scrivere ({reply.status})")
            if reply.status != 200:
                self._lost[file] = address
                return
            if not reply.is_page:
                self._folder.write(file, reply.body)
                return
            html = reply.body.decode()
        lang = language_of(address.partition("?")[0])
        resolve = partial(self._resolve, file, address, lang)
        page = rewrite(html, file, resolve, partial(_form, address, lang), self._symbols)
        self._folder.write(file, page.html.encode())
        self._places_in[file] = frozenset(_ID.findall(page.html))
        self._waiting.add(page.wanted)

    def _resolve(self, file: str, address: str, lang: Lang, href: str) -> Target | None:
        found = addresses.target(href, lang)
        if found is None:
            return None
        if found.address == addresses.INDEX:
            return replace(found, address=None)
        if found.file in self._lost:
            return addresses.lacks(base_of(lang))
        if (found.file, found.fragment) in self._nowhere:
            found = replace(found, fragment="")
        for place in {"", found.fragment}:
            self._leading.setdefault((found.file, place), set()).add((file, address))
        return found

    def _led_astray(self) -> dict[str, str]:
        """The pages that lead to what turned out not to be there: file -> address."""
        nowhere = {
            (file, place)
            for file, place in self._leading
            if file in self._lost
            or (place and file in self._places_in and place not in self._places_in[file])
        }
        self._nowhere |= nowhere
        return dict(sorted(one for each in nowhere for one in self._leading.pop(each)))

    def _own(self, address: str) -> str | None:
        """A page that only a copy has, before its links are changed; None for any other."""
        path, _, query = address.partition("?")
        plain = without_language(path)
        if plain not in _READ_ONLY:
            return None
        template, fill = _READ_ONLY[plain]
        lang = language_of(path)
        asked = {
            name: (value,)
            for name, _, value in (one.partition("=") for one in query.split("&"))
            if name
        }
        visit = Visit(
            self._release,
            self._settings,
            lang,
            plain,
            {},
            asked,
            self._places.sources.territory,
        )
        manifest = self._release.manifest
        stamp = Stamp(manifest.data_digest, manifest.date)
        renderer = self._app.state.services.renderer
        html: str = renderer.page(template, lang, plain, self._fitted(fill(visit), query), stamp)
        return html

    def _fitted(self, page: Page, query: str) -> Page:
        """A page whose links to the other language keep its parameters."""
        return replace(page, search=f"?{query}") if query else page


def _is_needed(name: str) -> bool:
    """Whether pages of a copy use an asset: drawings are inside them, and other scripts go."""
    return name == "copy.js" or (not name.endswith(".js") and name != "icons.svg")


def _form(address: str, lang: Lang, action: str, names: Iterable[str]) -> str:
    """What stands for a form: the link that does as well, or that it is not here."""
    base, here = base_of(lang), without_language(address.partition("?")[0])
    for path, name, there, said in _INSTEAD:
        if without_language(action) == path and name in names and here != there:
            return f'<p><a class="button" href="{base}{there}">{escape(said.to(lang))}</a></p>'
    found = addresses.target(action, lang) if action else None
    part = found.fragment if found and found.file.endswith("copia.html") else "scelte"
    return (
        f'<p class="quiet">{escape(_NOT_HERE.to(lang))} '
        f'<a href="{base}{addresses.ABOUT}#{part or "scelte"}">{escape(_WHY.to(lang))}</a></p>'
    )


def _readme(release: Release, settings: Settings) -> str:
    """The text at the root of a copy, in both languages, with the line ends of any system."""
    manifest = release.manifest
    dates = {lang: day(manifest.date, LOCALES[lang]) for lang in LANGS}
    site = settings.base_url.rstrip("/")
    lines = [
        "TALEA, IL CATALOGO DELLE BUONE PRATICHE DI WELFARE LOCALE",
        "",
        "Questa cartella è una copia intera del catalogo. Per leggerla non servono né rete né",
        f"programmi: apri il file {START} con un browser. Non spostare i singoli file.",
        "",
        f"Dati del {dates['it']}, edizione {manifest.data_digest}",
        "Licenza dei dati: CC BY 4.0 (si riusano citando la fonte). Programma: EUPL-1.2.",
        *([f"Il sito: {site}"] if site else []),
        "I dati da scaricare sono nella cartella dati, con le loro impronte.",
        "Per controllare che nessun file sia cambiato: sha256sum -c SHA256SUMS",
        "Si può pubblicare così com'è su qualunque sito.",
        "",
        "---",
        "",
        "TALEA, THE CATALOGUE OF GOOD PRACTICES OF LOCAL WELFARE",
        "",
        f"This folder is a whole copy of the catalogue. Open en/{START} with a browser: neither a",
        "network nor a program is needed. Keep the files where they are.",
        "",
        f"Data of {dates['en']}, edition {manifest.data_digest}",
        "Licence of the data: CC BY 4.0. Software: EUPL-1.2.",
        *([f"The site: {site}"] if site else []),
        "To check that no file has changed: sha256sum -c SHA256SUMS",
        "",
    ]
    return "\r\n".join(lines)


def summary(copied: Copied, out: Path) -> str:
    """What the command says at the end."""
    return f"{out}: {copied.files} file, {copied.bytes / 1_000_000:.0f} MB. Apri {out / START}"
