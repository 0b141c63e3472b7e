"""The experiment, read from top to bottom: every way of weighing the two losses.

A version is a loss variant, its alpha and beta (a number, or a schedule), a learning rate
and where its weights start. Adding one is one record here and one row in
`tests/core/test_versions.py`.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aegan_lib import losses
from aegan_lib.errors import UserError
from aegan_lib.losses import Loss
from aegan_lib.profiles import Profile
from aegan_lib.schedules import Schedule, SlopeSchedule


@dataclass(frozen=True)
class Version:
    """One answer to how reconstruction and adversary should be weighed.

    Arguments:
        name: its key in VERSIONS, in paths and in tables.
        loss: a function of `losses`.
        alpha: weight of the reconstruction loss, >= 0.
        beta: weight of the adversarial loss, >= 0, or a schedule that gives it per batch.
        learning_rate: Adam's, before the profile scales it.
        intent: what the version is for, one sentence.
        source: where its settings stand: *doc*, *scripts* or *ours*.
        start: the version from whose finished run the autoencoder's weights come.
    """

    name: str
    loss: Loss
    alpha: float
    beta: float | Schedule
    learning_rate: float
    intent: str
    source: str = "doc"
    start: str | None = None

    def __post_init__(self) -> None:
        for field in ("alpha", "beta", "learning_rate"):
            value = getattr(self, field)
            if not callable(value) and not value >= 0:
                raise UserError(
                    f"{field} of version {self.name!r} must be 0 or more. Received: {value}."
                )

    def scaled(self, profile: Profile) -> "Version":
        """This version with the numbers that `profile` uses in place of the documents'."""
        beta = self.beta
        if isinstance(beta, SlopeSchedule):
            beta = dataclasses.replace(beta, scale=profile.slope_scale)
        rate = self.learning_rate * profile.learning_rate_scale
        return dataclasses.replace(self, beta=beta, learning_rate=rate)

    def reweighed(
        self,
        alpha: float | None = None,
        beta: float | None = None,
        learning_rate: float | None = None,
    ) -> "Version":
        """This version with numbers of your own; its name says which."""
        own: dict[str, Any] = {"alpha": alpha, "beta": beta, "learning_rate": learning_rate}
        own = {field: value for field, value in own.items() if value is not None}
        name = "-".join([self.name, *(f"{field}={value:g}" for field, value in own.items())])
        return dataclasses.replace(self, **own, name=name)

    def described(self) -> dict[str, Any]:
        """The settings that decide how a run of this version ends, as JSON."""
        beta: Any = self.beta
        return {
            "name": self.name,
            "loss": self.loss.__name__,
            "alpha": self.alpha,
            "beta": {type(beta).__name__: dataclasses.asdict(beta)} if callable(beta) else beta,
            "learning_rate": self.learning_rate,
            "start": self.start,
        }

    def code(self) -> tuple[Callable[..., Any], ...]:
        """The functions and classes that are this version's own, for a run's fingerprint."""
        return (self.loss, type(self.beta)) if callable(self.beta) else (self.loss,)


VERSIONS = {
    version.name: version
    for version in (
        # The two limits: verification that the loss does what it says.
        Version(
            "autoencoder", losses.weighted, alpha=1, beta=0, learning_rate=2e-4,
            intent="The limit without an adversary: it must be a typical autoencoder.",
        ),
        Version(
            "gan", losses.weighted, alpha=0, beta=1, learning_rate=2e-4,
            intent="The limit without reconstruction: a typical GAN, expected not to converge.",
        ),
        # A fixed rate of exchange.
        Version(
            "weighted", losses.weighted, alpha=1, beta=0.005, learning_rate=1e-4,
            intent="The mix that should fool the discriminator and prevent convergence failure.",
        ),
        Version(
            "weighted_fast", losses.weighted, alpha=1, beta=0.005, learning_rate=2e-4,
            intent="The same mix at the earlier learning rate, which was found too volatile.",
        ),
        Version(
            "pretrained", losses.weighted, alpha=0, beta=1, learning_rate=2e-4,
            start="autoencoder", source="doc; α, β: ours",
            intent="GAN training of an autoencoder that has already learned to reconstruct.",
        ),
        # Let the losses themselves set the rate.
        Version(
            "v1", losses.inverse, alpha=1, beta=0.0005, learning_rate=1e-4,
            intent="The GAN loss should grow as the reconstruction loss falls.",
        ),
        Version(
            "v1_detached", losses.inverse_detached, alpha=1, beta=0.0005, learning_rate=1e-4,
            source="ours",
            intent="What v1 meant: the same growth, without a gradient through the 1/mse.",
        ),
        Version(
            "v4", losses.weighted, alpha=1, learning_rate=1e-4,
            beta=SlopeSchedule(scale=2e-7, window=50, ceiling=1.0),
            intent="The adversary should grow as the reconstruction loss stops falling.",
        ),
        Version(
            "v5", losses.min_ceiling, alpha=1, beta=1, learning_rate=1e-4,
            intent="The GAN loss should count, but never for more than the reconstruction loss.",
        ),
        Version(
            "autoencoder_slow", losses.weighted, alpha=1, beta=0, learning_rate=1e-4,
            source="ours",
            intent="The autoencoder at v5's learning rate: the fair twin of v5.",
        ),
    )
}  # fmt: skip


def training_order(names: list[str]) -> list[str]:
    """`names` with every version they start from put in, each before those that need it."""
    ordered: list[str] = []
    for name in names:
        start = VERSIONS[name].start
        for needed in [*(training_order([start]) if start else []), name]:
            if needed not in ordered:
                ordered.append(needed)
    return ordered
