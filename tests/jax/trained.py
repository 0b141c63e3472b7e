"""The weights that one backend trains, from weights and batches that the other has as well.

    python -m tests.jax.trained initial.npz trained.npz float64 50

Every distinct step of the registered versions, without dropout, after the first batch and after
the last; keys are version/batches/network/weight.
"""

import sys
from collections.abc import Iterator
from functools import partial

import numpy as np

from aegan_lib.backend import keras, ops
from aegan_lib.step import make_step
from aegan_lib.verification.comparison import random_images, tiny_models, weights_of
from aegan_lib.versions import VERSIONS, Version

RATE = 1e-3


def distinct() -> Iterator[Version]:
    """Versions whose step is like no other's before, whatever trains them and at which rate."""
    seen = set()
    for version in VERSIONS.values():
        # A schedule is a fixed beta of its own here: what it makes of a history is no backend's.
        beta = 0.01 if callable(version.beta) else version.beta
        # Of a sweep over β one is enough: its code is the same.
        if (step := (version.loss, version.alpha, beta > 0)) not in seen:
            seen.add(step)
            yield version.reweighed(beta=beta)


def main(initial: str, trained: str, dtype: str, steps: int) -> None:
    start = np.load(initial)
    made = {}
    # Optimizers keep their own numbers in this type.
    keras.config.set_floatx(dtype)
    # Keras rounds Adam's 0.999 to float32 on TensorFlow, whatever type it computes in, and not on
    # JAX: so both are given the rounded one.
    keras.optimizers.Adam = partial(keras.optimizers.Adam, beta_2=float(np.float32(0.999)))
    for version in distinct():
        models = tiny_models(dtype)
        for name, model in models.parts().items():
            model.set_weights([start[f"{name}/{i}"] for i in range(len(model.weights))])
        take = make_step(models, version.rule, RATE, seed=0, reference=0.05)
        alpha, beta = (ops.convert_to_tensor(w, dtype) for w in (version.alpha, version.beta))
        for index, x in enumerate(random_images(steps, dtype)):
            take(ops.convert_to_tensor(x), alpha, beta, ops.convert_to_tensor(index))
            if index in (0, steps - 1):
                for (network, weight), values in weights_of(models).items():
                    made[f"{version.name}/{index + 1}/{network}/{weight}"] = values
    np.savez(trained, **made)


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
