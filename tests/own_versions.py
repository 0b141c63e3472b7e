"""A file of one's own versions, as somebody might write it."""

OWN = '''
from dataclasses import dataclass, replace

from aegan_lib import Version
from aegan_lib.backend import ops

FACTOR = 2


def hinge(mse, bce, alpha, beta):
    """2 * mse + beta * max(bce - alpha, 0) + mse <b>."""
    return FACTOR * mse + beta * ops.maximum(bce - alpha, 0.0) + mse


@dataclass(frozen=True)
class Late:
    """beta from batch `start` on."""

    start: int
    beta: float

    def __call__(self, history):
        return self.beta if len(history["mse"]) >= self.start else 0.0

    def scaled(self, profile):
        return replace(self, beta=profile.slope_scale)


hinged = Version(
    "hinged", hinge, alpha=1, beta=10, learning_rate=1e-4, start="autoencoder", source="mine",
    intent="Only a discriminator that is sure of itself should be heard.",
)
late = Version(
    "late", lambda mse, bce, alpha, beta: alpha * mse + beta * bce, alpha=1, beta=Late(4, 0.5),
    learning_rate=1e-4, intent="The adversary should wait.",
)
'''
