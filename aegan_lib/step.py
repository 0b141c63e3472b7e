"""The training step: one rule for every version.

A loss variant is a rule for two weights. With y the reconstruction, the step takes the
gradients of mse and of bce with respect to y, weighs them by the variant's partial
derivatives and pulls the sum back through the autoencoder once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aegan_lib import backend
from aegan_lib.backend import keras, ops
from aegan_lib.losses import Loss, binary_cross_entropy, mean_squared_error
from aegan_lib.models import Models

Tensor = Any


@dataclass(frozen=True)
class Step:
    """A training step, and the moments that it trains with beside the networks' weights."""

    take: Callable[..., dict[str, Tensor]]
    optimizers: dict[str, keras.optimizers.Optimizer]

    def __call__(self, *arguments: Tensor) -> dict[str, Tensor]:
        return self.take(*arguments)

    def state(self) -> dict[str, keras.Variable]:
        """Every variable of the optimizers by a name like "generator_adam/3"."""
        return {
            f"{name}/{index}": variable
            for name, optimizer in self.optimizers.items()
            for index, variable in enumerate(optimizer.variables)
        }


@dataclass(frozen=True)
class Signal:
    """What the generator is told about one batch of reconstructions.

    The two gradients are with respect to the reconstruction, (n, h, w, 3); the weights are
    the loss variant's partial derivatives, so that the generator follows
    weight_mse * mse_gradient + weight_bce * bce_gradient.
    """

    mse: Tensor
    bce: Tensor
    g_loss: Tensor
    weight_mse: Tensor
    weight_bce: Tensor
    mse_gradient: Tensor
    bce_gradient: Tensor

    @property
    def gradient(self) -> Tensor:
        # The chain rule: d loss/dy = d loss/d mse * d mse/dy + d loss/d bce * d bce/dy.
        return self.weight_mse * self.mse_gradient + self.weight_bce * self.bce_gradient


def generator_signal(
    discriminator: keras.Model,
    loss: Loss,
    x: Tensor,
    y: Tensor,
    alpha: Tensor,
    beta: Tensor,
) -> Signal:
    """Judge reconstructions `y` of `x`, both (n, h, w, 3) in [-1, 1], by a loss variant."""
    # The generator's aim is that every reconstruction be called real: labels of 1, (n, 1).
    real = ops.ones((ops.shape(y)[0], 1), dtype=y.dtype)
    # Each loss as a function of the reconstructions alone: gradients (n, h, w, 3), with which no
    # weight has anything to do yet.
    mse, (mse_gradient,) = backend.value_and_gradients(lambda y: mean_squared_error(x, y), y)
    bce, (bce_gradient,) = backend.value_and_gradients(
        lambda y: binary_cross_entropy(real, ops.cast(discriminator(y, training=True), y.dtype)), y
    )
    # The variant as a function of two numbers: its slopes at this point are the effective weights.
    g_loss, (weight_mse, weight_bce) = backend.value_and_gradients(
        lambda mse, bce: loss(mse, bce, alpha, beta), mse, bce
    )
    return Signal(mse, bce, g_loss, weight_mse, weight_bce, mse_gradient, bce_gradient)


def make_step(
    models: Models,
    loss: Loss,
    learning_rate: float,
    seed: int,
    eager: bool = False,
    many: bool = False,
) -> Step:
    """The training step `step(x, alpha, beta, index)` -> what the batch was, scalars by name.

    `x` is one shuffled batch (n, h, w, 3) in [-1, 1], n even. The discriminator is updated on
    its first half as real, then on the reconstructions of its second half as fake; the
    generator then on all of it. The reconstruction is computed once.

    `eager=True` leaves it uncompiled, so that a debugger can look inside. `many=True` gives
    `steps(images, chosen, alpha, beta, index)`, which takes k steps in one call: of images
    (m, h, w, 3) uint8 each step's batch by their places (k, n), and k of everything else.
    """
    # An optimizer for each side: neither's momentum may move the other.
    discriminator = models.discriminator
    generator_optimizer = _adam(learning_rate, models.autoencoder_variables)
    discriminator_optimizer = _adam(learning_rate, discriminator.trainable_variables)
    # A dropout layer's state is (seed, how many masks it has drawn).
    dropouts = [
        layer.seed_generator.state
        for layer in discriminator.layers
        if getattr(layer, "seed_generator", None) is not None
    ]

    def choose_masks(index: Tensor, judgement: int) -> None:
        # Dropout is a function of (seed, step, judgement), so nothing of it is to be saved. Three
        # masks are drawn in a step: one in each update of the discriminator, one in judging for
        # the generator. The next step begins three further.
        number = ops.cast(3 * index, "uint32") + ops.cast(judgement, "uint32")
        for state in dropouts:
            state.assign(ops.stack([ops.full((), seed, "uint32"), number]))

    def update_discriminator(images: Tensor, label: float) -> tuple[Tensor, Tensor]:
        # One label for all of them, (n, 1): images of both kinds are never in one update.
        labels = ops.full((ops.shape(images)[0], 1), label, dtype=images.dtype)

        def judge() -> tuple[Tensor, Tensor]:
            logits = ops.cast(discriminator(images, training=True), images.dtype)
            return binary_cross_entropy(labels, logits), logits

        variables = discriminator.trainable_variables
        # Its own weights alone learn here: whoever made the images has no part in this gradient.
        d_loss, logits, gradients = backend.variable_gradients(judge, variables)
        discriminator_optimizer.apply(gradients)
        # Accuracy is that of the logits before this update; one of exactly 0 is called fake.
        return d_loss, ops.mean((logits > 0) == (labels > 0))

    def step(x: Tensor, alpha: Tensor, beta: Tensor, index: Tensor) -> dict[str, Tensor]:
        # The reconstruction is computed once, and remembered so that gradients can be pulled back.
        half = ops.shape(x)[0] // 2
        # In the precision of the images, whatever the networks compute in: losses are taken of it.
        y, pull_back = backend.pullback(
            lambda: ops.cast(models.reconstruct(x), x.dtype), models.autoencoder_variables
        )

        # First the discriminator learns, in two updates: real images, then reconstructions.
        choose_masks(index, 0)
        d_loss_real, d_accuracy_real = update_discriminator(x[:half], 1.0)
        choose_masks(index, 1)
        d_loss_fake, d_accuracy_fake = update_discriminator(y[half:], 0.0)

        # Then the generator is told by both losses how its output should change.
        choose_masks(index, 2)
        signal = generator_signal(discriminator, loss, x, y, alpha, beta)
        generator_optimizer.apply(pull_back(signal.gradient))

        # What the two gradients were, so that every batch's exchange between them is on record.
        norm_mse = _inner(signal.mse_gradient, signal.mse_gradient) ** 0.5
        norm_bce = _inner(signal.bce_gradient, signal.bce_gradient) ** 0.5
        inner = _inner(signal.mse_gradient, signal.bce_gradient)
        return {
            "mse": signal.mse,
            "bce": signal.bce,
            "g_loss": signal.g_loss,
            "d_loss_real": d_loss_real,
            "d_loss_fake": d_loss_fake,
            "d_accuracy_real": d_accuracy_real,
            "d_accuracy_fake": d_accuracy_fake,
            "weight_mse": signal.weight_mse,
            "weight_bce": signal.weight_bce,
            "gradient_norm_mse": norm_mse,
            "gradient_norm_bce": norm_bce,
            "gradient_cosine": inner / (norm_mse * norm_bce),
        }

    optimizers = {
        "generator_adam": generator_optimizer,
        "discriminator_adam": discriminator_optimizer,
    }
    if eager:
        return Step(step, optimizers)
    # All that a step reads and writes: weights, moments, and what dropout counts.
    parts = [*models.parts().values(), *optimizers.values()]
    variables = [variable for part in parts for variable in part.variables]
    if not many:
        return Step(backend.compile_step(step, variables), optimizers)

    def drawn(images: Tensor, chosen: Tensor, *arguments: Tensor) -> dict[str, Tensor]:
        # As `images.to_floats`, where the images lie.
        return step(ops.cast(ops.take(images, chosen, axis=0), "float32") / 127.5 - 1, *arguments)

    return Step(backend.compile_steps(drawn, variables), optimizers)


def _inner(a: Tensor, b: Tensor) -> Tensor:
    return ops.sum(a * b)


def _adam(learning_rate: float, variables: list[keras.Variable]) -> keras.optimizers.Optimizer:
    # Less momentum than Adam's usual 0.9, as is common in training GANs.
    optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5)
    # Its moments are variables, and a compiled step should find all variables made.
    optimizer.build(variables)
    return optimizer
