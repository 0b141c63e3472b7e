"""The training step: one rule for every version.

With y the reconstruction, the step takes the gradients of mse and of bce with respect to y,
weighs them as the version's rule says and pulls the sum back through the autoencoder once. The
rule of a loss variant are its partial derivatives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aegan_lib import backend
from aegan_lib.backend import keras, ops
from aegan_lib.losses import binary_cross_entropy, mean_squared_error
from aegan_lib.models import Models
from aegan_lib.rules import Rule, Seen, State

Tensor = Any


@dataclass(frozen=True)
class Step:
    """A training step, and what it trains with beside the networks' weights.

    Adam's moments, and what the version's rule remembers.
    """

    take: Callable[..., dict[str, Tensor]]
    optimizers: dict[str, keras.optimizers.Optimizer]
    memory: dict[str, keras.Variable]

    def __call__(self, *arguments: Tensor) -> dict[str, Tensor]:
        return self.take(*arguments)

    def state(self) -> dict[str, keras.Variable]:
        """Every variable by a name like "generator_adam/3" or "rule/multiplier"."""
        return {
            f"{name}/{index}": variable
            for name, optimizer in self.optimizers.items()
            for index, variable in enumerate(optimizer.variables)
        } | {f"rule/{name}": variable for name, variable in self.memory.items()}


@dataclass(frozen=True)
class Signal:
    """What the generator is told about one batch of reconstructions.

    The two gradients are with respect to the reconstruction, (n, h, w, 3); `seen` are their norms
    and inner product with both losses, `state` is what the rule remembers afterwards. The generator
    follows weight_mse * mse_gradient + weight_bce * bce_gradient.
    """

    seen: Seen
    g_loss: Tensor
    weight_mse: Tensor
    weight_bce: Tensor
    state: State
    mse_gradient: Tensor
    bce_gradient: Tensor

    @property
    def gradient(self) -> Tensor:
        # Of a loss variant it is the chain rule: d loss/d mse * d mse/dy + d loss/d bce * d bce/dy.
        return self.weight_mse * self.mse_gradient + self.weight_bce * self.bce_gradient


def generator_signal(
    discriminator: keras.Model,
    rule: Rule,
    x: Tensor,
    y: Tensor,
    alpha: Tensor,
    beta: Tensor,
    state: State,
) -> Signal:
    """Judge reconstructions `y` of `x`, both (n, h, w, 3) in [-1, 1], by a rule and its memory."""
    # The generator's aim is that every reconstruction be called real: labels of 1, (n, 1).
    real = ops.ones((ops.shape(y)[0], 1), dtype=y.dtype)
    # Each loss as a function of the reconstructions alone: gradients (n, h, w, 3), with which no
    # weight has anything to do yet.
    mse, (mse_gradient,) = backend.value_and_gradients(lambda y: mean_squared_error(x, y), y)
    bce, (bce_gradient,) = backend.value_and_gradients(
        lambda y: binary_cross_entropy(real, ops.cast(discriminator(y, training=True), y.dtype)), y
    )
    # Scalars over the whole batch: all that a rule looks at, and with its answer on record.
    seen = Seen(
        mse,
        bce,
        norm_mse=_inner(mse_gradient, mse_gradient) ** 0.5,
        norm_bce=_inner(bce_gradient, bce_gradient) ** 0.5,
        inner=_inner(mse_gradient, bce_gradient),
    )
    return Signal(seen, *rule(seen, alpha, beta, state), mse_gradient, bce_gradient)


def make_step(
    models: Models,
    rule: Rule,
    learning_rate: float,
    seed: int,
    eager: bool = False,
    many: bool = False,
    reference: float | None = None,
) -> Step:
    """The training step `step(x, alpha, beta, index)` -> what the batch was, scalars by name.

    `x` is one shuffled batch (n, h, w, 3) in [-1, 1], n even. The discriminator is updated on
    its first half as real, then on the reconstructions of its second half as fake; the
    generator then on all of it. The reconstruction is computed once.

    `eager=True` leaves it uncompiled, so that a debugger can look inside. `many=True` gives
    `steps(images, chosen, alpha, beta, index)`, which takes k steps in one call: of images
    (m, h, w, 3) uint8 each step's batch by their places (k, n), and k of everything else.
    `reference` is the mse that the rule is given to begin with.
    """
    # An optimizer for each side: neither's momentum may move the other.
    discriminator = models.discriminator
    generator_optimizer = _adam(learning_rate, models.autoencoder_variables)
    discriminator_optimizer = _adam(learning_rate, discriminator.trainable_variables)
    # In the type of the weights' own values: a backend may take a number for another.
    floats = keras.config.floatx()
    memory = {
        name: keras.Variable(value, dtype=floats, trainable=False, name=name)
        for name, value in rule.begin(reference).items()
    }
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
        remembered = {name: variable.value for name, variable in memory.items()}
        signal = generator_signal(discriminator, rule, x, y, alpha, beta, remembered)
        generator_optimizer.apply(pull_back(signal.gradient))
        for name, variable in memory.items():
            variable.assign(signal.state[name])

        # What every batch's exchange between the two gradients was.
        seen = signal.seen
        return {
            "mse": seen.mse,
            "bce": seen.bce,
            "g_loss": signal.g_loss,
            "d_loss_real": d_loss_real,
            "d_loss_fake": d_loss_fake,
            "d_accuracy_real": d_accuracy_real,
            "d_accuracy_fake": d_accuracy_fake,
            "weight_mse": signal.weight_mse,
            "weight_bce": signal.weight_bce,
            "gradient_norm_mse": seen.norm_mse,
            "gradient_norm_bce": seen.norm_bce,
            "gradient_cosine": seen.inner / (seen.norm_mse * seen.norm_bce),
            **{f"state_{name}": signal.state[name] for name in memory},
        }

    optimizers = {
        "generator_adam": generator_optimizer,
        "discriminator_adam": discriminator_optimizer,
    }
    if eager:
        return Step(step, optimizers, memory)
    # All that a step reads and writes: weights, moments, what dropout counts and a rule remembers.
    parts = [*models.parts().values(), *optimizers.values()]
    variables = [variable for part in parts for variable in part.variables]
    variables += memory.values()
    if not many:
        return Step(backend.compile_step(step, variables), optimizers, memory)

    def drawn(images: Tensor, chosen: Tensor, *arguments: Tensor) -> dict[str, Tensor]:
        # As `images.to_floats`, where the images lie.
        return step(ops.cast(ops.take(images, chosen, axis=0), "float32") / 127.5 - 1, *arguments)

    return Step(backend.compile_steps(drawn, variables), optimizers, memory)


def _inner(a: Tensor, b: Tensor) -> Tensor:
    return ops.sum(a * b)


def _adam(learning_rate: float, variables: list[keras.Variable]) -> keras.optimizers.Optimizer:
    # Less momentum than Adam's usual 0.9, as is common in training GANs.
    optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5)
    # Its moments are variables, and a compiled step should find all variables made.
    optimizer.build(variables)
    return optimizer
