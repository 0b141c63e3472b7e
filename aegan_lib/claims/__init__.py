"""Every statement of the two documents, what is measured of it, and the rule for its verdict.

Read from top to bottom, CLAIMS is what the documents say. An *identity* holds by construction
and is checked; a *finding* had to be measured. The ranges were set from the documents' own
numbers and words, the same for every profile, before the runs of more than one seed were there;
only that of `arithmetic` is the aim of 80 % that this report set itself.
"""

from aegan_lib.claims.claim import Claim, Measure, SeedRuns
from aegan_lib.claims.experiments import EXPERIMENTS
from aegan_lib.claims.version_1 import VERSION_1
from aegan_lib.claims.version_4 import VERSION_4
from aegan_lib.claims.version_5_and_table import VERSION_5_AND_TABLE

CLAIMS: tuple[Claim, ...] = (*EXPERIMENTS, *VERSION_1, *VERSION_4, *VERSION_5_AND_TABLE)

__all__ = ["CLAIMS", "Claim", "Measure", "SeedRuns"]
