"""A judge that learns to tell a set from real faces, and is the surer the less real it is.

References: Blier and Ollivier, "The Description Length of Deep Learning Models" (2018).
"""

from typing import Any

import numpy as np

from aegan_lib import backend
from aegan_lib.backend import keras, ops
from aegan_lib.evaluation.judges.reference import Judge, Reference, less_chance
from aegan_lib.images import to_floats
from aegan_lib.losses import binary_cross_entropy
from aegan_lib.metrics import Images
from aegan_lib.models import BOTTLENECK, LEAK

BATCHES, HALF = 25, 16  # HALF real images and HALF of the set in a batch
STARTS = 3  # initial weights, each with an order of its own
REPEATS = 3  # further updates after each batch, on images that were seen
LEARNING_RATE = 2e-3  # of Adam
FILTERS = 16  # of the first convolution; each halving doubles them


def classifier(reference: Reference, repeats: int = REPEATS) -> Judge:
    """How fast a fresh classifier learns to tell the set from real faces, in nats per image.

    ln 2 minus its mean log-loss on BATCHES batches, each taken *before* it is learned from: the
    length of a prequential code for what is real. After each batch it learns `repeats` times more
    from images that it has seen. Averaged over STARTS initial weights. The most is ln 2, for what
    is told without learning: sets that are told at once are hardly ordered.
    """
    model = _network(reference.faces.shape[1:])
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(model.trainable_variables)
    variables = [*model.variables, *optimizer.variables]
    empty = [ops.convert_to_numpy(variable) for variable in variables]
    # Real is 1, the set 0: (2 * HALF, 1).
    labels = np.repeat(np.array([[1], [0]], np.float32), HALF, axis=0)

    def update(x: Any) -> Any:
        def loss() -> tuple[Any, Any]:
            logits = model(x, training=True)
            return binary_cross_entropy(ops.convert_to_tensor(labels), logits), logits

        value, _, gradients = backend.variable_gradients(loss, model.trainable_variables)
        optimizer.apply(gradients)
        return value  # with the weights before this update

    step = backend.compile_step(update, variables)

    def start_anew(rng: np.random.Generator) -> None:
        for variable, value in zip(variables, empty, strict=True):
            variable.assign(value)
        for weights in model.trainable_variables:
            # He's variance, 2 by the number of inputs; biases stay 0.
            if len(weights.shape) > 1:
                scale = np.sqrt(2 / np.prod(weights.shape[:-1]))
                weights.assign(scale * rng.standard_normal(weights.shape))

    def code_length(images: Images, start: int) -> float:
        rng = np.random.default_rng(start)
        start_anew(rng)
        # Nothing is coded twice: as many batches as the smaller of both has images for.
        smaller = min(len(images), len(reference.faces))
        count = HALF * min(BATCHES, smaller // HALF)
        both = [
            to_floats(x[rng.choice(len(x), count, replace=False)])
            for x in (reference.faces, images)
        ]
        losses = []
        for begin in range(0, count, HALF):
            seen = begin + HALF
            losses.append(float(step(np.concatenate([x[begin:seen] for x in both]))))
            for _ in range(repeats):
                again = rng.integers(0, seen, (2, HALF))
                step(np.concatenate([x[rows] for x, rows in zip(both, again, strict=True)]))
        return float(np.mean(losses))

    def distance(images: Images) -> float:
        return float(np.log(2) - np.mean([code_length(images, start) for start in range(STARTS)]))

    return less_chance(distance, reference.others)


def _network(shape: tuple[int, ...]) -> keras.Model:
    """Images (n, h, w, 3) in [-1, 1] -> logits (n, 1), with weights of 0 as yet."""
    layers, size, filters = keras.layers, min(shape[:2]), FILTERS
    network = [keras.Input(shape)]
    while size > BOTTLENECK:
        halving = layers.Conv2D(filters, 3, 2, "same", kernel_initializer="zeros")
        network += [halving, layers.LeakyReLU(LEAK)]
        size, filters = -(-size // 2), 2 * filters
    verdict = layers.Dense(1, kernel_initializer="zeros")
    return keras.Sequential([*network, layers.Flatten(), verdict])
