"""Errors that a person can read: one Italian line each, no trace needed."""


class TaleaError(Exception):
    """Base of the errors that the command line and the pages show as they are."""


class RecordError(TaleaError):
    """A record file that cannot be read. `file` names it."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason


class ReleaseError(TaleaError):
    """A release that cannot be opened."""


class BuildError(TaleaError):
    """A release that could not be built; the previous one still serves."""


class ImportFileError(TaleaError):
    """A file that cannot be imported at all."""
