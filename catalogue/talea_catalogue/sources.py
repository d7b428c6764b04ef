"""Where the parts of a catalogue lie on disk."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders of the shipped catalogue: read only."""

    ontology: Path
    records: Path
    territory: Path
    queries: Path
