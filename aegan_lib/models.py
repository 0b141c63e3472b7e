"""The three networks, at any image size of 5 * 2**k pixels.

At 80 px with 128 filters they are the experiment's own: encoder 1,968,740, decoder 1,253,847
and discriminator 1,651,841 parameters.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aegan_lib import backend
from aegan_lib.arrays import UnreadableError, read_arrays
from aegan_lib.backend import keras, ops

layers = keras.layers

BOTTLENECK = 5  # pixels along each side of the smallest feature map
LEAK = 0.2


class Conv2D(keras.layers.Conv2D):
    """Keras' own, computed as it is fastest; padded, with an odd kernel.

    Called as Keras' own too: files name weights by their layer's class.
    """

    def convolution_op(self, inputs: object, kernel: object) -> object:
        if self.strides == (1, 1):
            return backend.convolution(inputs, ops.convert_to_tensor(kernel))
        return super().convolution_op(inputs, kernel)


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

    def weights(self) -> dict[str, keras.Variable]:
        """Every weight by a name like "encoder/2.Conv2D.kernel"."""
        return {
            f"{network}/{name}": weight
            for network, model in self.parts().items()
            for name, weight in weights_of(model).items()
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
    with _precision(dtype):
        # One order of arguments for all three, and one part each of the seed's random numbers.
        return Models(
            build_encoder(image_size, filters, latent_dim, seed),
            build_decoder(image_size, filters, latent_dim, seed),
            build_discriminator(image_size, filters, seed, dropout),
        )


def build_encoder(
    image_size: int, filters: int, latent_dim: int = 100, seed: int = 0
) -> keras.Model:
    """Images (n, h, w, 3) in [-1, 1] -> codes (n, latent_dim) >= 0.

    The last layer is a ReLU, so a code unit can die: be 0 for every image.
    """
    # (n, h, w, 3) -> (n, 5 * 5 * filters) -> (n, latent_dim).
    weights = _initializers(seed, part=0)
    seen = _convolutions(image_size, filters, weights)
    code = layers.Dense(latent_dim, activation="relu", kernel_initializer=next(weights))
    return keras.Sequential([*seen, code], name="encoder")


def build_decoder(
    image_size: int, filters: int, latent_dim: int = 100, seed: int = 0
) -> keras.Model:
    """Codes (n, latent_dim) -> images (n, h, w, 3) in [-1, 1]."""
    weights = _initializers(seed, part=1)
    # (n, latent_dim) -> (n, 5, 5, latent_dim), then twice as wide and high with every layer upward.
    # Initializers are drawn in the order below, not the layers' own: what a seed gives hangs on it.
    side = BOTTLENECK
    upward: list[keras.Layer] = []
    for _ in range(halvings(image_size)):
        # At stride 2 a kernel of 4 reaches every pixel equally often; one of 3 or 5 would not.
        larger = layers.Conv2DTranspose(
            filters, 4, strides=2, padding="same", kernel_initializer=next(weights)
        )
        upward += [larger, layers.LeakyReLU(LEAK)]
    start = layers.Dense(side * side * latent_dim, kernel_initializer=next(weights))
    # (n, h, w, filters) -> (n, h, w, 3); tanh has the range of the images, [-1, 1].
    image = Conv2D(3, 5, padding="same", activation="tanh", kernel_initializer=next(weights))
    network = [
        _input((latent_dim,)),
        start,
        layers.LeakyReLU(LEAK),
        layers.Reshape((side, side, latent_dim)),
        *upward,
        image,
    ]
    return keras.Sequential(network, name="decoder")


def build_discriminator(
    image_size: int, filters: int, seed: int = 0, dropout: float = 0.4
) -> keras.Model:
    """Images (n, h, w, 3) in [-1, 1] -> logits (n, 1); positive means "real"."""
    weights = _initializers(seed, part=2)
    # The encoder's convolutions with weights of their own. No sigmoid: the loss takes logits.
    seen = _convolutions(image_size, filters, weights)
    verdict = layers.Dense(1, kernel_initializer=next(weights))
    network = [*seen, layers.Dropout(dropout, seed=seed), verdict]
    return keras.Sequential(network, name="discriminator")


def apply(model: keras.Model, inputs: np.ndarray, chunk: int = 256) -> np.ndarray:
    """What `model` makes of `inputs`, without dropout.

    In chunks, so that the feature maps of a whole test set never exist at once.
    """
    # A batch at a time is made as it is needed, and leaves the accelerator before the next one.
    parts = (inputs[begin : begin + chunk] for begin in range(0, len(inputs), chunk))
    outputs = (model(part, training=False) for part in parts)
    # NumPy knows nothing narrower: whatever the networks compute in, this is how they are read.
    return np.concatenate([ops.convert_to_numpy(ops.cast(y, "float32")) for y in outputs])


def weights_of(model: keras.Model) -> dict[str, keras.Variable]:
    """Every weight of one network by a name like "2.Conv2D.kernel"."""
    # By a layer's place, not its name: Keras numbers names through all models of one process.
    return {
        f"{index}.{type(layer).__name__}.{weight.name}": weight
        for index, layer in enumerate(model.layers)
        for weight in layer.weights
    }


def read_into(variables: Mapping[str, keras.Variable], path: Path) -> None:
    """Give `variables` the values in a file, which holds just these, each of its shape.

    Raises:
        UnreadableError: it does not.
    """
    # In half precision where they were made small.
    types = ("float32", "float16")
    forms = {name: (types, tuple(variable.shape)) for name, variable in variables.items()}
    arrays = read_arrays(path, forms.get)
    if missing := sorted(forms.keys() - arrays.keys()):
        raise UnreadableError(f"{', '.join(missing[:3])} is missing")
    for name, variable in variables.items():
        variable.assign(arrays[name].astype(np.float32))


def values(variables: Mapping[str, keras.Variable]) -> dict[str, np.ndarray]:
    """What variables hold, as arrays by the same names."""
    return {name: ops.convert_to_numpy(variable) for name, variable in variables.items()}


def halvings(image_size: int) -> int:
    """How often `image_size` must be halved to reach the 5 x 5 bottleneck.

    Raises:
        ValueError: `image_size` is not 5 * 2**k with k >= 1.
    """
    # Rounded down, so any other size ends at a size that is not its own.
    steps = int(np.log2(max(image_size, 1) / BOTTLENECK))
    if steps < 1 or BOTTLENECK * 2**steps != image_size:
        raise ValueError(
            "The networks halve an image down to 5 x 5 pixels, so image_size must be one of "
            f"10, 20, 40, 80, 160, … Received: image_size={image_size}."
        )
    return steps


@contextmanager
def _precision(dtype: str) -> Iterator[None]:
    """The precision of all layers that are made in here, whatever was set before."""
    # Keras has one policy for the whole process: whoever builds next must find it as it was.
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _input(shape: tuple[int, ...]) -> keras.KerasTensor:
    # Keras would take its own default here, whatever the policy says, and round float64 images.
    return keras.Input(shape, dtype=keras.config.dtype_policy().compute_dtype)


def _convolutions(
    image_size: int, filters: int, weights: Iterator[keras.Initializer]
) -> list[keras.Layer]:
    """What encoder and discriminator share: one convolution at full size, then halvings."""
    steps = halvings(image_size)  # an impossible size is named before Keras finds another fault
    downward = [_input((image_size, image_size, 3))]
    # (n, h, w, 3) -> (n, h, w, filters) -> (n, h / 2, w / 2, filters) -> ... -> (n, 5, 5, filters).
    for stride in [1] + [2] * steps:
        smaller = Conv2D(
            filters, 5, strides=stride, padding="same", kernel_initializer=next(weights)
        )
        downward += [smaller, layers.LeakyReLU(LEAK)]
    return [*downward, layers.Flatten()]


def _initializers(seed: int, part: int) -> Iterator[keras.Initializer]:
    # One stream per network: two layers of one shape must not start alike.
    stream = np.random.default_rng([seed, part])
    while True:
        yield keras.initializers.GlorotUniform(seed=int(stream.integers(2**31)))
