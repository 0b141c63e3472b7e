"""Training steps broken on purpose, to see that the comparison with Keras notices.

A mutant is a context in which `step.make_step` makes a broken step, to be run uncompiled: some
remember things in Python.
"""

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from aegan_lib import backend, step
from aegan_lib.backend import ops

Tensor = Any


def flipped_sign() -> AbstractContextManager[Any]:
    """The generator climbs its loss."""
    return _scaled_signal(-1)


def frozen_generator() -> AbstractContextManager[Any]:
    """The generator's loss is 0: its updates change nothing."""
    return _scaled_signal(0)


def swapped_labels() -> AbstractContextManager[Any]:
    """The discriminator, not the generator, takes real for fake and fake for real."""
    # Taken before anything is replaced, or the replacement would call itself.
    differentiate, cross_entropy = backend.variable_gradients, step.binary_cross_entropy

    def swapped(labels: Tensor, logits: Tensor) -> Tensor:
        return cross_entropy(1 - labels, logits)

    def update(*arguments: Any) -> tuple[Tensor, Tensor, list[Tensor]]:
        # Swapped while the discriminator's gradients are taken and no longer: the generator's aim,
        # by the same function, stays right.
        with patch.object(step, "binary_cross_entropy", swapped):
            return differentiate(*arguments)

    return patch.object(backend, "variable_gradients", update)


def stale_reconstruction() -> AbstractContextManager[Any]:
    """Everyone judges the reconstruction of the batch before."""
    pullback = backend.pullback
    reconstructions: list[Tensor] = []

    def stale(*arguments: Any) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
        y, pull_back = pullback(*arguments)
        # The one before the last, or the only one there is, is judged; the gradient is pulled back
        # through the present batch all the same.
        reconstructions.append(y)
        return reconstructions[-2:][0], pull_back

    return patch.object(backend, "pullback", stale)


def frozen_discriminator() -> AbstractContextManager[Any]:
    """The discriminator's updates change nothing."""
    differentiate = backend.variable_gradients

    def frozen(*arguments: Any) -> tuple[Tensor, Tensor, list[Tensor]]:
        # Zeros, not nothing at all: the optimizer runs as always, and Adam of zeros moves nothing.
        value, beside, gradients = differentiate(*arguments)
        return value, beside, [ops.zeros_like(gradient) for gradient in gradients]

    return patch.object(backend, "variable_gradients", frozen)


def _scaled_signal(factor: int) -> AbstractContextManager[Any]:
    judge = step.generator_signal

    def scaled(*arguments: Any) -> step.Signal:
        # The gradient is linear in the two weights, so scaling both scales all of it.
        signal = judge(*arguments)
        return dataclasses.replace(
            signal, weight_mse=factor * signal.weight_mse, weight_bce=factor * signal.weight_bce
        )

    return patch.object(step, "generator_signal", scaled)


MUTANTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "flipped sign": flipped_sign,
    "real and fake swapped": swapped_labels,
    "stale reconstruction": stale_reconstruction,
    "frozen discriminator": frozen_discriminator,
    "frozen generator": frozen_generator,
}
