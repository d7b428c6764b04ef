"""Errors as one readable line and an exit code, for the command line."""

import errno
from typing import Final

from talea_catalogue.errors import BuildError, EngineError, ReleaseError, TaleaError
from talea_sparql.errors import SparqlError

from .cli import ENVIRONMENT, FINDINGS, INTERNAL, USAGE
from .settings import SettingsError

_REASONS: Final = {
    errno.EACCES: "non hai il permesso",
    errno.EADDRINUSE: "è già in uso",
    errno.EADDRNOTAVAIL: "non è un indirizzo di questo computer",
    errno.EISDIR: "è una cartella",
    errno.ENOENT: "non c'è",
    errno.ENOSPC: "lo spazio su disco è finito",
    errno.ENOTDIR: "non è una cartella",
    errno.EROFS: "il disco è in sola lettura",
}


class UsageError(TaleaError):
    """The command line asks for something that makes no sense."""


class MachineError(TaleaError):
    """This machine does not allow what was asked."""


def explain(error: Exception) -> tuple[str, int]:
    """The line to print and the exit code of an error."""
    if isinstance(error, UsageError | SettingsError):
        return str(error), USAGE
    if isinstance(error, BuildError | EngineError | ReleaseError | MachineError):
        return str(error), ENVIRONMENT
    if isinstance(error, TaleaError):
        return str(error), FINDINGS
    if isinstance(error, SparqlError):
        return _query(error), FINDINGS
    if isinstance(error, UnicodeDecodeError):
        return f"il file non è in UTF-8 (byte {error.start})", FINDINGS
    if isinstance(error, OSError):
        return f"{error.filename or 'sistema'}: {reason(error)}", ENVIRONMENT
    return f"errore interno: {type(error).__name__}: {error} (con --debug la traccia)", INTERNAL


def reason(error: OSError) -> str:
    """Why the system refused, in Italian where we know how to say it."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def _query(error: SparqlError) -> str:
    from .errors import problem_of  # and with it the web framework, which a build does not need

    document = problem_of(error).document("it", "")
    where = f" (riga {error.line}, colonna {error.column})" if error.line else ""
    return " ".join(f"{document['title']}{where}. {document.get('detail', '')}".split())
