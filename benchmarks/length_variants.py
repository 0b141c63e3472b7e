"""A version that tried what was suspected of config: that its gain is a length, and no weighing.

    make report EXTRA=benchmarks/length_variants.py VERSIONS="weighted config weighted_as_config"

Adam steps further on a gradient that grows, and config's grows with the adversary's. vqgan is
config's direction with a length that hardly grows; here is a fixed weight's direction with the
length of config's formula. It makes Adam step 1.2 times the rate and not 1.3 as on config: a fixed
weight hears the adversary less, whose gradient grows less for that. `ramp_variants.py` does better.
"""

from dataclasses import dataclass, replace

from aegan_lib import backend
from aegan_lib.rules import Rule, Seen, State, Tensor, over
from aegan_lib.versions import VERSIONS


@dataclass(frozen=True)
class LengthOfConfig(Rule):
    """k * (alpha, beta), k making their sum as long as config's of the same two gradients.

    If neither is zero. `share` is the beta of that config, whose alpha is 1.
    """

    share: float

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        # In units of the mean of both norms: config's gradients are that long before their weights.
        unit = (seen.norm_mse + seen.norm_bce) / 2
        cosine = over(over(seen.inner, seen.norm_mse), seen.norm_bce)
        a, b = alpha * over(seen.norm_mse, unit), beta * over(seen.norm_bce, unit)
        theirs = 1 + self.share**2 + 2 * self.share * cosine
        ours = a * a + b * b + 2 * a * b * cosine
        k = backend.ops.sqrt(backend.ops.maximum(over(theirs, ours), 0.0))
        return k * alpha, k * beta, state


config = VERSIONS["config"]
assert isinstance(config.beta, (int, float))
weighted_as_config = replace(
    VERSIONS["weighted"], name="weighted_as_config", loss=LengthOfConfig(share=float(config.beta)),
    source="ours; α, β: doc; rate: scripts",
    intent="A fixed weight whose gradient is as long as config's would be.",
)  # fmt: skip
