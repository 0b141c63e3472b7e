"""The two limits as a Keras tutorial would write them, with `compile` and `train_on_batch`."""

from collections.abc import Callable

import numpy as np

from aegan_lib.backend import keras
from aegan_lib.models import Models

Train = Callable[[np.ndarray], None]  # on one batch (n, h, w, 3) in [-1, 1], n even


def autoencoder_oracle(models: Models, learning_rate: float) -> Train:
    """A typical autoencoder.

    The discriminator looks on: it learns to tell the images from their reconstructions, and
    nobody listens to it.
    """
    # Its loss is on images, the discriminator's on logits: two models, each with its own optimizer.
    autoencoder = keras.Sequential([models.encoder, models.decoder])
    _compile(autoencoder, keras.losses.MeanSquaredError(), learning_rate)
    discriminator = models.discriminator
    _compile(discriminator, keras.losses.BinaryCrossentropy(from_logits=True), learning_rate)

    def train(x: np.ndarray) -> None:
        # In the step's order: the discriminator sees reconstructions from before they get better.
        _train_discriminator(discriminator, x, autoencoder.predict_on_batch(x))
        autoencoder.train_on_batch(x, x)

    return train


def gan_oracle(models: Models, learning_rate: float) -> Train:
    """A typical GAN, whose generator happens to be an autoencoder.

    It learns through a frozen *copy* of the discriminator: freezing the discriminator itself
    would stop its own training in Keras 3.
    """
    generator = keras.Sequential([models.encoder, models.decoder])
    discriminator = models.discriminator
    _compile(discriminator, keras.losses.BinaryCrossentropy(from_logits=True), learning_rate)
    # Frozen before it is compiled, which is when Keras takes note of what may be trained.
    critic = keras.models.clone_model(discriminator)
    critic.trainable = False
    gan = keras.Sequential([generator, critic])
    _compile(gan, keras.losses.BinaryCrossentropy(from_logits=True), learning_rate)

    def train(x: np.ndarray) -> None:
        # The critic catches up after the discriminator has learned and before it is listened to.
        _train_discriminator(discriminator, x, generator.predict_on_batch(x))
        critic.set_weights(discriminator.get_weights())
        # Every reconstruction, not half of them, with the label of a real image.
        gan.train_on_batch(x, np.ones((len(x), 1), x.dtype))

    return train


ORACLES = {"autoencoder": autoencoder_oracle, "gan": gan_oracle}


def _train_discriminator(discriminator: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """The first half of images `x` is real, the second half of reconstructions `y` fake."""
    half = len(x) // 2
    # Two updates and not one of both halves: Adam's moments would differ.
    discriminator.train_on_batch(x[:half], np.ones((half, 1), x.dtype))
    discriminator.train_on_batch(y[half:], np.zeros((half, 1), x.dtype))


def _compile(model: keras.Model, loss: keras.losses.Loss, learning_rate: float) -> None:
    adam = keras.optimizers.Adam(learning_rate, beta_1=0.5)
    adam.build(model.trainable_variables)  # built by the first batch, it would be traced twice
    model.compile(adam, loss, jit_compile=False)
