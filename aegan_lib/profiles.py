"""Profiles: the same experiment at several scales."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

BACKENDS = ("tensorflow", "jax")  # what can compute a run; the first does unless it is asked
PRECISIONS = ("float32", "mixed_bfloat16")  # what networks can compute in
LARGEST = 3.4e38  # what float32 can hold, in which losses are weighed
LARGEST_SEED = 2**32 - 1  # of a run: what NumPy's and Keras' generators take


@dataclass(frozen=True)
class Profile:
    """How large the experiment is run; everything else is the version's.

    Arguments:
        image_size: pixels along each side, 5 * 2**k.
        filters: of every convolution but the last.
        batch_size: images; even, since the discriminator sees half a batch real, half fake.
        epochs: passes over the training images.
        train, validation, test: images in each split.
        learning_rate_scale: multiplies every version's learning rate.
        slope_scale: the scale of v4_quiet's schedule, in loss units per batch.
        latent_dim: length of the code.
        precision: what the networks compute in, one of PRECISIONS; their weights, the losses and
            Adam's moments are float32 in either.
    """

    name: str
    image_size: int
    filters: int
    batch_size: int
    epochs: int
    train: int
    validation: int
    test: int
    learning_rate_scale: float = 1.0
    slope_scale: float = 2e-7
    latent_dim: int = 100
    precision: str = PRECISIONS[0]

    @property
    def title(self) -> str:
        """Its name for a reader, and its precision where that is not the usual one."""
        return self.name if self.precision == PRECISIONS[0] else f"{self.name}, {self.precision}"

    @property
    def batches_per_epoch(self) -> int:
        # A last, smaller batch is left out: every update then weighs the same.
        return self.train // self.batch_size

    def fitted(self, counts: Mapping[str, int]) -> "Profile":
        """The same profile on a dataset that has these numbers of images in its splits."""
        # The names of the splits are the names of the fields.
        return replace(self, **dict[str, Any](counts))


PROFILES = {
    profile.name: profile
    for profile in (
        # For tests: everything runs, nothing is learned well.
        Profile(
            "smoke", image_size=20, filters=8, batch_size=32, epochs=3,
            train=640, validation=128, test=256, learning_rate_scale=10,
        ),
        # Minutes on two CPU cores. As in the documents, the code has half a percent of a picture's
        # numbers: one that could hold all of a face would leave an adversary nothing to invent.
        # v4_quiet's slope scale is the largest of 1, 2, 5 × 10ᵏ at which no seed that was tried
        # fell more than 4 dB behind its autoencoder: one did at 1e-8
        # (benchmarks/slope_sweep_quick.csv), another at 2e-8 on the other backend
        # (benchmarks/gpu_quick.csv).
        Profile(
            "quick", image_size=40, filters=16, batch_size=16, epochs=12,
            train=8_000, validation=1_000, test=1_000, learning_rate_scale=5, slope_scale=5e-9,
            latent_dim=25,
        ),
        # The documents' own course of training, on networks that a processor can train for as
        # long: batches, epochs, rates and slope scale are those of `full`, and so is the time that
        # v4 has to let its adversary grow. Images are a sixteenth as large; the code is as short
        # beside them as in `quick`.
        Profile(
            "small", image_size=20, filters=16, batch_size=256, epochs=100,
            train=50_000, validation=1_000, test=1_000, latent_dim=6,
        ),
        # The later document's numbers, and the scripts' where it has none: a GPU's work. Batches
        # were of 128 until version 1, and epochs as few as 36; how many images validation had is
        # stated nowhere.
        Profile(
            "full", image_size=80, filters=128, batch_size=256, epochs=100,
            train=50_000, validation=2_000, test=2_000,
        ),
    )
}  # fmt: skip
