"""Pin the shipped publications to the shipped data: `python -m talea_catalogue.generate_pins`.

To be run where the shipped records, the ontology or the territory change; a test says when. Its
argument is the root of the repository.
"""

import sys
import tempfile
from pathlib import Path

from .build import build
from .publication.editions import NAME, pin
from .search.engines import NO_ENGINE
from .sources import Sources


def main(root: Path) -> None:
    """Write `catalogue/editions.toml` in a checkout."""
    sources = Sources(
        root / "ontology",
        root / "catalogue" / "records",
        root / "catalogue" / "territory",
        root / "sparql" / "queries",
    )
    (root / "catalogue" / NAME).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as home:
        built = build(sources, Path(home), code_digest="pins", engine=NO_ENGINE)
    for path in sorted((sources.records / "pubblicazione").glob("*.ttl")):
        pin(root / "catalogue", path.stem, built.manifest.data_digest)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
