"""`python -m talea_api.books HOME`: make the books of a home, as `talea serve` does.

A process of its own, and a patient one: while it works the server answers as before.
"""

import os
import sys
from pathlib import Path

from talea_catalogue.errors import TaleaError, system_reason

from ..paths import locate
from ..settings import Settings
from .write import write

if __name__ == "__main__":
    os.nice(10)
    try:
        write(Settings.read(home=Path(sys.argv[1])), locate())
    except OSError as error:
        sys.exit(f"talea: i libri non si scrivono: {system_reason(error)}")
    except TaleaError as error:
        sys.exit(f"talea: i libri non si scrivono: {error}")
