"""The two limits of the loss, checked weight by weight against Keras' own training.

With alpha=1, beta=0 the step must be a typical autoencoder, with alpha=0, beta=1 a typical
GAN. The oracles here are written as a Keras tutorial would write them, with `compile` and
`train_on_batch` alone. They train the same networks by the same optimizer, Keras' Adam, and
share nothing else with `aegan_lib.step`: neither loss functions nor differentiation.

References: the AE-GAN notebook, "AE GAN Experiments" (April 1), "Verification of loss
function".
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache

import numpy as np
import pandas as pd

from aegan_lib import step
from aegan_lib.backend import keras, ops
from aegan_lib.models import BOTTLENECK, Models, build_models, values
from aegan_lib.verification.mutants import MUTANTS
from aegan_lib.verification.oracles import ORACLES
from aegan_lib.versions import VERSIONS, Version

LIMITS = ("autoencoder", "gan")  # names of versions: alpha=1, beta=0 and alpha=0, beta=1
TOLERANCE = 1e-6  # of a weight's own movement, in float64
IMAGE_SIZE, FILTERS, LATENT_DIM, BATCH_SIZE = 20, 4, 20, 16

Weights = dict[tuple[str, str], np.ndarray]  # (network, weight's path in it) -> values


def verify(
    limit: str,
    dtype: str = "float64",
    steps: int = 50,
    seed: int = 0,
    mutant: str | None = None,
    eager: bool = False,
) -> pd.DataFrame:
    """Train one limit twice, by the step and by Keras alone, and compare every weight.

    Both start from the same weights and see the same batches, without dropout or XLA.

    Arguments:
        limit: one of LIMITS.
        dtype: of weights, images and optimizers, "float64" or "float32".
        steps: batches trained on; each updates the discriminator twice, the generator once.
        seed: of the initial weights and of the images.
        mutant: how to break the step first, one of MUTANTS; nothing is broken by default.
        eager: leave the step uncompiled. A mutant's always is.

    Returns:
        The rows of `compare`, each headed by limit, dtype and mutant.
    """
    # Ours, the oracle's, and where both began: the oracle after no step at all.
    table = compare(
        trained_by_step(limit, dtype, steps, seed, mutant, eager),
        trained_by_keras(limit, dtype, steps, seed),
        trained_by_keras(limit, dtype, 0, seed),
    )
    setting = {"limit": limit, "dtype": dtype, "mutant": mutant or "none"}
    return pd.DataFrame(setting, table.index).join(table)


def compare(ours: Weights, oracle: Weights, initial: Weights) -> pd.DataFrame:
    """How far two trainings from one start ended apart, one row per weight.

    The columns: network, weight, shape; movement, max |oracle - initial|; difference,
    max |ours - oracle|; ratio, difference / movement. A weight that the oracle never moved
    proves nothing, so its ratio is infinite.
    """
    rows = []
    # How far apart means little by itself: it is held against how far training moved this weight.
    for key, expected in oracle.items():
        movement = np.abs(expected - initial[key]).max()
        difference = np.abs(ours[key] - expected).max()
        ratio = difference / movement if movement > 0 else np.inf
        rows.append((*key, expected.shape, movement, difference, ratio))
    columns = ["network", "weight", "shape", "movement", "difference", "ratio"]
    return pd.DataFrame(rows, columns=columns)


def movement(after: Weights, before: Weights) -> pd.Series:
    """The largest change of any weight, max |after - before|, of each network."""
    # Compared with its own start, a training has but one column of interest.
    table = compare(ours=before, oracle=after, initial=before)
    return table.groupby("network", sort=False).movement.max()


def summarize(table: pd.DataFrame) -> pd.DataFrame:
    """One row per limit, dtype and mutant: the worst weight, and whether it stayed within.

    A ratio that is not finite, whether a weight never moved or training overflowed, fails.
    """
    # Overflow gives NaN, which a maximum would pass over; as infinity it cannot be missed.
    groups = table.fillna({"ratio": np.inf}).groupby(["limit", "dtype", "mutant"], sort=False)
    summary = groups.agg(
        weights=("ratio", "size"),
        smallest_movement=("movement", "min"),
        largest_difference=("difference", "max"),
        largest_ratio=("ratio", "max"),
    ).reset_index()
    return summary.assign(equal=summary.largest_ratio <= TOLERANCE)


class _Oracle:
    """One limit's oracle, trained as far as anybody asks, and its weights along the way."""

    def __init__(self, limit: str, dtype: str, seed: int):
        self.models = tiny_models(dtype, seed)
        self.train = ORACLES[limit](self.models, VERSIONS[limit].learning_rate)
        self.dtype, self.seed = dtype, seed
        self.weights = [weights_of(self.models)]  # after 0, 1, 2, ... batches

    def after(self, steps: int) -> Weights:
        # Trained on from where it is: more images only append, so the first ones are the same.
        trained = len(self.weights) - 1
        for x in random_images(steps, self.dtype, self.seed)[trained:]:
            self.train(x)
            self.weights.append(weights_of(self.models))
        return self.weights[steps]


_oracle = cache(_Oracle)  # one serves the step and all its mutants


def trained_by_keras(limit: str, dtype: str, steps: int, seed: int) -> Weights:
    """The weights after `steps` batches of the limit's oracle."""
    with _float_type(dtype):
        return _oracle(limit, dtype, seed).after(steps)


@cache  # who moves whom is asked of mutants that are then compared
def trained_by_step(
    limit: str, dtype: str, steps: int, seed: int, mutant: str | None = None, eager: bool = False
) -> Weights:
    """The weights after `steps` batches of the limit's version, trained as `training` does."""
    with _float_type(dtype), MUTANTS[mutant]() if mutant else nullcontext():
        # The experiment's own version, with its loss, alpha, beta and learning rate.
        models = tiny_models(dtype, seed)
        images = random_images(steps, dtype, seed)
        run_step(models, VERSIONS[limit], images, eager=eager or mutant is not None)
        return weights_of(models)


def run_step(models: Models, version: Version, batches: np.ndarray, eager: bool = False) -> None:
    """Train `models` by the step on batches (steps, n, h, w, 3) in [-1, 1]."""
    take = step.make_step(models, version.rule, version.learning_rate, seed=0, eager=eager)
    alpha = ops.convert_to_tensor(version.alpha, batches.dtype.name)
    beta = ops.convert_to_tensor(version.beta, batches.dtype.name)
    # One update of each side after the other, as in training, but for history and pictures.
    for index, x in enumerate(batches):
        take(ops.convert_to_tensor(x), alpha, beta, ops.convert_to_tensor(index))


def tiny_models(dtype: str = "float64", seed: int = 0) -> Models:
    """The three networks at 20 pixels, without dropout."""
    # Dropout would be drawn by each side in its own way, and the two could not be compared.
    return build_models(IMAGE_SIZE, FILTERS, LATENT_DIM, seed, dtype, dropout=0.0)


def random_images(steps: int, dtype: str = "float64", seed: int = 0) -> np.ndarray:
    """Batches of random coloured tiles, (steps, n, h, w, 3) in [-1, 1]; more only append."""
    # A colour for each pixel of the smallest feature map: something that these networks can learn.
    tiles = (steps, BATCH_SIZE, BOTTLENECK, BOTTLENECK, 3)
    colours = np.random.default_rng(seed).uniform(-1, 1, tiles).astype(dtype)
    size = IMAGE_SIZE // BOTTLENECK
    # (steps, n, 5, 5, 3) -> (steps, n, 20, 20, 3).
    return colours.repeat(size, axis=2).repeat(size, axis=3)


def weights_of(models: Models) -> Weights:
    arrays = values(models.weights())
    return {tuple(name.split("/")): array for name, array in arrays.items()}  # type: ignore[misc]


@contextmanager
def _float_type(dtype: str) -> Iterator[None]:
    # Keras keeps learning rates, and feeds and sums up in `train_on_batch`, in this one type:
    # left at float32 it would round an oracle in float64.
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before)


def silenced(steps: int, seed: int) -> pd.DataFrame:
    """How far each network moves while one side learns nothing: a row a silenced side.

    At alpha=0, beta=1, so that each side has something to say to the other.
    """
    initial = weights_of(tiny_models("float64", seed))
    # If a side that learns nothing stands still while the other moves, neither moves the other's.
    rows = {
        mutant: movement(trained_by_step("gan", "float64", steps, seed, mutant), initial)
        for mutant in ("frozen discriminator", "frozen generator")
    }
    return pd.DataFrame(rows).T


def broken(steps: int, seed: int) -> pd.DataFrame:
    """Every mutant at both limits, compared with Keras: the rows of `verify`."""
    return pd.concat(
        verify(limit, "float64", steps, seed, mutant) for limit in LIMITS for mutant in MUTANTS
    )
