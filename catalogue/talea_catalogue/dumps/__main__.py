"""`python -m talea_catalogue.dumps RELEASE`: make the dumps of a release, as `talea serve` does.

A process of its own, and a patient one: while it works the server answers as before.
"""

import os
import sys
from pathlib import Path

from ..errors import system_reason
from .write import write

if __name__ == "__main__":
    os.nice(10)
    try:
        write(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"talea: i file da scaricare non si scrivono: {system_reason(error)}")
