"""A maintainer's script: the vectors of the shipped texts, as the bundled engine makes them.

    python -m talea_catalogue.generate_vectors HOME

HOME holds a release of the shipped catalogue, without records of its own, built with the bundled
engine. The vectors of its texts and labels go to `search/vectors.npz`, so that no installation has
to embed them; a test embeds some again and fails where they drift, or where a text is missing.
"""

import sys
from pathlib import Path

from .checkpoint import Checkpoint
from .errors import ReleaseError
from .graphs import Dump
from .namespaces import GRAPH
from .release import current
from .search.engines import open_engine
from .search.vectors import SHIPPED, Shelf
from .search.writing import shipped_texts
from .vocabulary import Vocabulary


def main(home: Path) -> None:
    """Write the vectors of the release in force in a home. Raises `ReleaseError`."""
    folder = current(home)
    state = Checkpoint.load(folder) if folder else None
    if folder is None or state is None:
        raise ReleaseError(f"{home}: nessuna versione")
    dump = Dump(folder / "data.nq", state.table)
    vocabulary = Vocabulary.from_quads(dump.quads(GRAPH + "voc"))
    texts = sorted(set(shipped_texts(dump, vocabulary)))
    shelf = Shelf(open_engine("bundled"), (SHIPPED, home / "vectors.npz"))
    for role in ("query", "document"):
        shelf.take(role, [text for as_, text in texts if as_ == role])
    shelf.save_only(SHIPPED, texts)
    print(f"{len(texts)} vettori, {SHIPPED.stat().st_size} byte")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
