"""Every statement of the two documents, what is measured of it, and the rule for its verdict.

Read from top to bottom, CLAIMS is what the documents say. An *identity* holds by construction
and is checked. Everything else had to be measured: what was observed, expected, hoped or inferred.
The ranges that decide were written down in `reports/plan.toml` before the runs that are judged by
them were trained.
"""

from aegan_lib.claims.claim import Claim, Measure, SeedRuns
from aegan_lib.claims.experiments import EXPERIMENTS
from aegan_lib.claims.planned import ranged
from aegan_lib.claims.version_1 import VERSION_1
from aegan_lib.claims.version_4 import VERSION_4
from aegan_lib.claims.version_5_and_table import VERSION_5_AND_TABLE

CLAIMS: tuple[Claim, ...] = ranged((*EXPERIMENTS, *VERSION_1, *VERSION_4, *VERSION_5_AND_TABLE))

__all__ = ["CLAIMS", "Claim", "Measure", "SeedRuns"]
