"""The files to download of ten thousand practices: bounded memory, a reasonable time.

python -m pytest -m bench tests/bench/test_dumps.py -s
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import dumps, records
from talea_catalogue import namespaces as ns

from .synthetic import write

PRACTICES = 10_000
MEMORY_MB = 250
SECONDS = 600
MEASURED = """
import re, sys
from pathlib import Path
from talea_catalogue import dumps
dumps.write(Path(sys.argv[1]))
# Not getrusage: its peak counts the process that this one was forked from.
status = Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) // 1024)
"""


@pytest.mark.bench
def test_ten_thousand_practices(places, release, tmp_path):
    layer, folder = tmp_path / "records", tmp_path / "release"
    folder.mkdir()
    write(places.sources.records, layer, PRACTICES)
    quads = _assemble(release.dump, layer, folder / "data.nq")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(folder)],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    seconds, memory = time.perf_counter() - start, int(done.stdout)
    made = dumps.read(folder / dumps.FOLDER)
    assert made is not None
    size = sum(file.size for file in made.files)
    source = (folder / "data.nq").stat().st_size
    print(
        f"\n{quads:,} quads, {source / 1e6:.0f} MB: {seconds:.0f} s, {memory} MB of memory, "
        f"{size / 1e6:.0f} MB of files, on {os.cpu_count()} processors "
        f"(load {os.getloadavg()[0]:.1f})"
    )
    practices = next(t for t in made.tables if t.of_class == ns.ONTO + "GoodPractice")
    assert practices.rows is not None
    assert practices.rows >= PRACTICES
    assert memory < MEMORY_MB
    assert seconds < SECONDS


def _assemble(shipped: Path, layer: Path, target: Path) -> int:
    """The shipped release with the synthetic records after it; how many quads."""
    with target.open("wb") as file, tempfile.TemporaryFile() as aside:
        file.write(shipped.read_bytes())
        for path in sorted((layer / "pratica").glob("*.ttl")):
            record = records.parse(path)
            graph = ox.NamedNode(record.graph)
            quads = [ox.Quad(t.subject, t.predicate, t.object, graph) for t in record.triples]
            aside.write(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
        aside.seek(0)
        while piece := aside.read(1 << 20):
            file.write(piece)
    with target.open("rb") as file:
        return sum(1 for _ in file)
