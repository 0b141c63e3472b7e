"""Versions that try what is suspected of v4: that rare, huge weights of the adversary blind Adam.

    make report EXTRA=benchmarks/v4_variants.py VERSIONS="v4 v4_low v4_median v4_median_low"

v4's beta is large where the loss of two batches, 50 apart, hardly differs: up to its ceiling of 1.
Adam divides by the mean square of past gradients, over some thousand batches, so that one of that
size is a long step towards the adversary and makes all steps short for a long while after it:
`python benchmarks/study.py steps` shows by how much. A lower ceiling takes the huge weights away, a
median over the window most of the rare ones.

The document has a ceiling of 1. A training script that the author stored has 0.01, so that what the
document shows may be of `v4_low`.
"""

from dataclasses import dataclass, replace

import numpy as np

from aegan_lib.schedules import History, SlopeSchedule
from aegan_lib.versions import VERSIONS

CEILING = 0.01  # the stored script's, and twice what weighted has


@dataclass(frozen=True)
class MedianSlopeSchedule(SlopeSchedule):
    """`SlopeSchedule` with a slope between the medians of the window's halves, not its two ends."""

    def __call__(self, history: History) -> float:
        mse = history["mse"]
        if len(mse) <= self.window:
            return 0.0
        before, after = np.array_split(np.asarray(mse[-1 - self.window :], float), 2)
        apart = (len(before) + len(after)) / 2
        slope = (np.median(after) - np.median(before)) / apart
        if np.isnan(slope):
            return 0.0
        return float(min(abs(self.scale / slope), self.ceiling)) if slope else self.ceiling


v4 = VERSIONS["v4"]
v4_low = replace(
    v4, name="v4_low", source="ours; loss, α: doc; rate: scripts",
    beta=SlopeSchedule(scale=2e-7, window=50, ceiling=CEILING),
    intent="v4 with a ceiling of 0.01: no weight that blinds Adam.",
)  # fmt: skip
v4_median = replace(
    v4, name="v4_median", source="ours; loss, α: doc; rate: scripts",
    beta=MedianSlopeSchedule(scale=2e-7, window=50, ceiling=1.0),
    intent="v4 with a slope that single batches do not decide.",
)  # fmt: skip
v4_median_low = replace(
    v4_median, name="v4_median_low",
    beta=MedianSlopeSchedule(scale=2e-7, window=50, ceiling=CEILING),
    intent="v4 with both.",
)  # fmt: skip
