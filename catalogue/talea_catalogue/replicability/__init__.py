"""Can a Comune do what another did: prerequisites checked, contexts compared, unknowns named.

`Replicability` answers for one release; what is computed and how is in decision 0016, thresholds
and wording in `rules.toml`. Everything else here is pure: facts in, verdicts out.
"""

from .asked import COMPARED, Criterion, Missing
from .engine import Replicability
from .facts import Fact
from .fit import Fit
from .prerequisites import Check
from .said import Said

__all__ = [
    "COMPARED",
    "Check",
    "Criterion",
    "Fact",
    "Fit",
    "Missing",
    "Replicability",
    "Said",
]
