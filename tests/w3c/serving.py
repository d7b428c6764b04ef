"""The real application over other data: `python serving.py HOME DATA.nq`, on a free port.

Pages come from the release of HOME; the pool of `/sparql` and of the graph store holds the quads of
DATA.nq. Prints its address once it answers.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from talea_api.app import create_app
from talea_api.paths import locate
from talea_api.server import listen
from talea_api.settings import Settings
from talea_catalogue.release import current, open_release
from talea_sparql.pool import Pool


def main(home: Path, data: Path) -> None:
    """Serve until killed."""
    taken = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    settings = Settings(home=home, base_url=address, rate_per_minute=0)
    places = locate()
    folder = current(home)
    assert folder is not None
    release = open_release(folder, places.sources.queries)
    app = create_app(settings, release, Pool(data, settings.limits()), places=places)
    config = uvicorn.Config(app, log_level="warning", http="h11", ws="none", lifespan="on")
    print(address, flush=True)
    uvicorn.Server(config).run(sockets=[taken])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
