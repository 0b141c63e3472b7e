"""A fixed weight on which Adam steps further at first, whatever the two losses do.

    make report EXTRA=benchmarks/ramp_variants.py VERSIONS="weighted config weighted_ramped"

Adam steps further on a gradient that grows, and config's grows with the adversary's. This one grows
by itself, as if the learning rate began larger and fell.
"""

from dataclasses import dataclass, replace

from aegan_lib.rules import Rule, Seen, State, Tensor
from aegan_lib.versions import VERSIONS


@dataclass(frozen=True)
class Ramp(Rule):
    """(1 + n / batches) * (alpha, beta) in the batch that follows n others.

    With batches=100 and quick's 6,000, Adam's step is 1.5 times the rate in the first quarter and
    1.2 in the last; 1.3 in the mean, as on config.
    """

    batches: float

    def begin(self, reference: float | None) -> dict[str, float]:
        return {"before": 0.0}

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        k = 1 + state["before"] / self.batches
        return k * alpha, k * beta, {"before": state["before"] + 1}


weighted_ramped = replace(
    VERSIONS["weighted"], name="weighted_ramped", loss=Ramp(batches=100.0),
    source="ours; α, β: doc; rate: scripts",
    intent="A fixed weight of losses that both grow, so that Adam steps further at first.",
)  # fmt: skip
