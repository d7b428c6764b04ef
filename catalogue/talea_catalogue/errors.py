"""Errors that a person can read: one Italian line each, no trace needed."""

import errno
from typing import Final

_REASONS: Final = {
    errno.ENOSPC: "lo spazio su disco è finito",
    errno.EDQUOT: "lo spazio assegnato è finito",
    errno.EACCES: "non hai il permesso",
    errno.EPERM: "non hai il permesso",
    errno.EROFS: "il disco è in sola lettura",
    errno.ENOENT: "non esiste",
    errno.EISDIR: "è una cartella",
    errno.ENOTDIR: "non è una cartella",
    errno.EEXIST: "non è una cartella",
    errno.ENOTEMPTY: "la cartella non è vuota",
    errno.ENAMETOOLONG: "il nome è troppo lungo",
    errno.EIO: "il disco ha un guasto",
}


def system_reason(error: OSError) -> str:
    """Why the system refused, in Italian where the reason is a usual one."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


class TaleaError(Exception):
    """Base of the errors that the command line and the pages show as they are."""


class RecordError(TaleaError):
    """A record file that cannot be read. `file` names it."""

    def __init__(self, file: str, reason: str) -> None:
        # A name may hold bytes that are no text: they must still be printable.
        self.file = file.encode("utf-8", "backslashreplace").decode()
        self.reason = reason
        super().__init__(f"{self.file}: {reason}")


class ReleaseError(TaleaError):
    """A release that cannot be opened."""


class BuildError(TaleaError):
    """A release that could not be built; the previous one still serves."""


class ImportFileError(TaleaError):
    """A file that cannot be imported at all."""


class BusyError(TaleaError):
    """Too many ask for the same thing at once: whoever waits a little may have it."""


class EngineError(TaleaError):
    """A model of meaning that is not there, is damaged, or cannot be written."""
