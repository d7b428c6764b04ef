"""What is said of a workbook: what could not enter and why, and what entered."""

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["nuova", "aggiornata", "invariata"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to correct: where it is, what is there, why it cannot enter, what to do.

    A notice keeps nothing out. `cell` is blank where the fault is of a whole sheet.
    """

    sheet: str
    cell: str
    field: str
    value: str
    reason: str
    advice: str
    notice: bool = False

    def __str__(self) -> str:
        where = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        said = f"{self.field}: {self.reason}" if self.field else self.reason
        return f"{where}: {said}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that entered or was already there: kind, code, title, row of its sheet, outcome."""

    kind: str
    code: str
    title: str
    sheet: str
    row: int
    outcome: Outcome


@dataclass(slots=True)
class SheetReport:
    """What an import did: records by outcome, what to correct, what to know."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Fault] = field(default_factory=list)
    notices: list[Fault] = field(default_factory=list)

    @property
    def entered(self) -> list[str]:
        """Codes of the practices that entered or changed."""
        return [e.code for e in self.entries if e.kind == "pratica" and e.outcome != "invariata"]

    @property
    def unchanged(self) -> list[str]:
        """Codes of the practices that said nothing new."""
        return [e.code for e in self.entries if e.kind == "pratica" and e.outcome == "invariata"]
