"""Where the data of Talea is: the one place that knows a checkout from an installed wheel.

A wheel carries ontology, records, queries, templates and assets in `talea_api/_bundle`, under the
same paths that they have in the checkout; an editable install and a checkout read them in place.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from talea_catalogue.errors import TaleaError
from talea_catalogue.sources import Sources

BUNDLE = "_bundle"
PACKAGES = ("talea_catalogue", "talea_sparql", "talea_api")


class InstallationError(TaleaError):
    """The data that Talea is made of is not where it should be."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that a running Talea reads. All are read-only."""

    root: Path
    sources: Sources
    templates: Path
    translations: Path
    static: Path
    printing: Path


def locate(package: Path | None = None) -> Places:
    """Find the data beside `package`, the folder of `talea_api`.

    Raises InstallationError, naming the first folder that is missing.
    """
    package = package or Path(__file__).resolve().parent
    bundle = package / BUNDLE
    root = bundle if bundle.is_dir() else package.parent.parent
    places = Places(
        root=root,
        sources=Sources(
            ontology=root / "ontology",
            records=root / "catalogue" / "records",
            territory=root / "catalogue" / "territory",
            queries=root / "sparql" / "queries",
        ),
        templates=root / "site" / "templates",
        translations=root / "site" / "i18n",
        static=root / "site" / "static",
        printing=root / "site" / "print",
    )
    for folder in (places.sources.ontology, places.templates, places.static):
        if not folder.is_dir():
            raise InstallationError(
                f"Manca la cartella {folder}: reinstallare Talea con «pip install .»."
            )
    return places


def code_digest(places: Places) -> str:
    """SHA-256 in hexadecimal of the code and its rules, templates, translations and assets."""
    digest = hashlib.sha256()
    for name, path in sorted(_code(places)):
        digest.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return digest.hexdigest()


_CODE: Final = (".py", ".toml")
"""Suffixes of what a package is made of: modules, and the rules that they go by."""


def _code(places: Places) -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        spec = find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            for path in Path(location).rglob("*"):
                if path.suffix in _CODE:
                    yield f"{package}/{path.relative_to(location).as_posix()}", path
    for folder in (places.templates, places.translations, places.static, places.printing):
        for path in folder.rglob("*"):
            if path.is_file():
                yield f"site/{path.relative_to(folder.parent).as_posix()}", path
