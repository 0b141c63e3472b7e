"""The three networks, at any image size of 5 * 2**k pixels.

At 80 px with 128 filters they are the experiment's own: encoder 1,968,740, decoder 1,253,847
and discriminator 1,651,841 parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aegan_lib.backend import keras, ops

layers = keras.layers

BOTTLENECK = 5  # pixels along each side of the smallest feature map
LEAK = 0.2


@dataclass(frozen=True)
class Models:
    """One AE-GAN. Images are (n, h, w, 3) floats in [-1, 1], codes z (n, latent_dim) >= 0."""

    encoder: keras.Model
    decoder: keras.Model
    discriminator: keras.Model

    @property
    def autoencoder_variables(self) -> list[keras.Variable]:
        return self.encoder.trainable_variables + self.decoder.trainable_variables

    def reconstruct(self, x: object) -> object:
        return self.decoder(self.encoder(x))

    def parts(self) -> dict[str, keras.Model]:
        return {
            "encoder": self.encoder,
            "decoder": self.decoder,
            "discriminator": self.discriminator,
        }


def build_models(
    image_size: int,
    filters: int,
    latent_dim: int = 100,
    seed: int = 0,
    dtype: str = "float32",
    dropout: float = 0.4,
) -> Models:
    """All three networks; their initial weights are a function of `seed` alone."""
    return Models(
        build_encoder(image_size, filters, latent_dim, seed, dtype),
        build_decoder(image_size, filters, latent_dim, seed, dtype),
        build_discriminator(image_size, filters, seed, dtype, dropout),
    )


def build_encoder(
    image_size: int,
    filters: int,
    latent_dim: int = 100,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """Images (n, h, w, 3) in [-1, 1] -> codes (n, latent_dim) >= 0.

    The last layer is a ReLU, so a code unit can die: be 0 for every image.
    """
    weights = _initializers(seed, part=0)
    return keras.Sequential(
        [
            _image_input(image_size, dtype),
            *_convolutions(image_size, filters, weights, dtype),
            layers.Dense(
                latent_dim,
                activation="relu",
                kernel_initializer=next(weights),
                dtype=dtype,
            ),
        ],
        name="encoder",
    )


def build_decoder(
    image_size: int,
    filters: int,
    latent_dim: int = 100,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """Codes (n, latent_dim) -> images (n, h, w, 3) in [-1, 1]."""
    weights = _initializers(seed, part=1)
    upward: list[keras.Layer] = []
    for _ in range(halvings(image_size)):
        upward += [
            layers.Conv2DTranspose(
                filters,
                4,
                strides=2,
                padding="same",
                kernel_initializer=next(weights),
                dtype=dtype,
            ),
            layers.LeakyReLU(LEAK, dtype=dtype),
        ]
    return keras.Sequential(
        [
            keras.Input((latent_dim,), dtype=dtype),
            layers.Dense(
                BOTTLENECK * BOTTLENECK * latent_dim,
                kernel_initializer=next(weights),
                dtype=dtype,
            ),
            layers.LeakyReLU(LEAK, dtype=dtype),
            layers.Reshape((BOTTLENECK, BOTTLENECK, latent_dim), dtype=dtype),
            *upward,
            layers.Conv2D(
                3,
                5,
                padding="same",
                activation="tanh",
                kernel_initializer=next(weights),
                dtype=dtype,
            ),
        ],
        name="decoder",
    )


def build_discriminator(
    image_size: int,
    filters: int,
    seed: int = 0,
    dtype: str = "float32",
    dropout: float = 0.4,
) -> keras.Model:
    """Images (n, h, w, 3) in [-1, 1] -> logits (n, 1); positive means "real"."""
    weights = _initializers(seed, part=2)
    return keras.Sequential(
        [
            _image_input(image_size, dtype),
            *_convolutions(image_size, filters, weights, dtype),
            layers.Dropout(dropout, seed=seed, dtype=dtype),
            layers.Dense(1, kernel_initializer=next(weights), dtype=dtype),
        ],
        name="discriminator",
    )


def apply(model: keras.Model, values: np.ndarray, chunk: int = 256) -> np.ndarray:
    """What `model` makes of `values`, without dropout.

    In chunks, so that the feature maps of a whole test set never exist at once.
    """
    parts = (values[begin : begin + chunk] for begin in range(0, len(values), chunk))
    return np.concatenate([ops.convert_to_numpy(model(part, training=False)) for part in parts])


def halvings(image_size: int) -> int:
    """How often `image_size` must be halved to reach the 5 x 5 bottleneck.

    Raises:
        ValueError: `image_size` is not 5 * 2**k with k >= 1.
    """
    steps = int(np.log2(max(image_size, 1) / BOTTLENECK))
    if steps < 1 or BOTTLENECK * 2**steps != image_size:
        raise ValueError(
            "The networks halve an image down to 5 x 5 pixels, so image_size must be one of "
            f"10, 20, 40, 80, 160, … Received: image_size={image_size}."
        )
    return steps


def _image_input(image_size: int, dtype: str) -> keras.KerasTensor:
    halvings(image_size)  # an impossible size is named here, before Keras finds another fault
    return keras.Input((image_size, image_size, 3), dtype=dtype)


def _convolutions(
    image_size: int,
    filters: int,
    weights: Iterator[keras.Initializer],
    dtype: str,
) -> list[keras.Layer]:
    """What encoder and discriminator share: one convolution at full size, then halvings."""
    downward: list[keras.Layer] = []
    for stride in [1] + [2] * halvings(image_size):
        downward += [
            layers.Conv2D(
                filters,
                5,
                strides=stride,
                padding="same",
                kernel_initializer=next(weights),
                dtype=dtype,
            ),
            layers.LeakyReLU(LEAK, dtype=dtype),
        ]
    return [*downward, layers.Flatten(dtype=dtype)]


def _initializers(seed: int, part: int) -> Iterator[keras.Initializer]:
    # One stream per network: two layers of one shape must not start alike.
    stream = np.random.default_rng([seed, part])
    while True:
        yield keras.initializers.GlorotUniform(seed=int(stream.integers(2**31)))
