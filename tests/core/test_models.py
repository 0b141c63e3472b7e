import numpy as np
import pytest

from aegan_lib import backend
from aegan_lib.backend import ops
from aegan_lib.metrics import dead_units
from aegan_lib.models import build_decoder, build_discriminator, build_encoder, build_models


def test_the_documents_parameter_counts():
    encoder, decoder = build_encoder(80, 128), build_decoder(80, 128)
    discriminator = build_discriminator(80, 128)
    assert encoder.count_params() == 1_968_740
    assert decoder.count_params() == 1_253_847
    assert encoder.count_params() + decoder.count_params() == 3_222_587
    assert discriminator.count_params() == 1_651_841


@pytest.mark.parametrize("size", [20, 40])
def test_shapes_and_ranges(size):
    models = build_models(size, filters=4, latent_dim=12)
    x = np.random.default_rng(0).uniform(-1, 1, (3, size, size, 3)).astype("float32")
    z = np.asarray(models.encoder(x))
    y = np.asarray(models.decoder(z))
    assert z.shape == (3, 12)
    assert z.min() >= 0
    assert y.shape == x.shape
    assert np.abs(y).max() <= 1
    assert models.discriminator(x).shape == (3, 1)


@pytest.mark.parametrize("size", [0, 5, 30, 81, -20])
def test_impossible_sizes_are_named(size):
    with pytest.raises(ValueError, match=rf"10, 20, 40, 80.*image_size={size}"):
        build_encoder(size, 4)


def test_weights_are_a_function_of_the_seed():
    first, again, other = (build_models(20, 4, seed=seed) for seed in (1, 1, 2))
    for name, model in first.parts().items():
        kernels = [w for w in model.get_weights() if w.ndim > 1]
        for a, b, c in zip(
            model.get_weights(),
            again.parts()[name].get_weights(),
            other.parts()[name].get_weights(),
            strict=True,
        ):
            assert np.array_equal(a, b)
            assert a.ndim == 1 or not np.array_equal(a, c)
        shapes = [kernel.shape for kernel in kernels]
        twins = [k for k, shape in zip(kernels, shapes, strict=True) if shapes.count(shape) > 1]
        assert len(twins) < 2 or not np.array_equal(twins[0], twins[1])


def test_dead_units_are_counted():
    assert dead_units(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])) == 1
    assert dead_units(np.ones((4, 3))) == 0
    assert dead_units(np.zeros((4, 3))) == 3


# A bfloat16 has eight bits of a number.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("bfloat16", 2**-8)])
@pytest.mark.parametrize("kernel", [(5, 5, 6, 3), (5, 5, 3, 6), (3, 3, 4, 4), (5, 5, 7, 1)])
def test_convolutions_are_what_keras_computes(kernel, dtype, tolerance):
    """The same sums in another order: the values, and both gradients."""
    rng = np.random.default_rng(0)
    shapes = (2, 10, 12, kernel[2]), kernel, (2, 10, 12, kernel[3])
    rounded = [ops.convert_to_tensor(rng.normal(size=shape), dtype) for shape in shapes]

    def results(convolve, dtype):
        # What reaches a loss of the outputs, which has `upstream` as its gradient there.
        x, weights, upstream = (ops.cast(array, dtype) for array in rounded)
        _, gradients = backend.value_and_gradients(
            lambda x, weights: ops.sum(convolve(x, weights) * upstream), x, weights
        )
        values = [convolve(x, weights), *gradients]
        return [np.asarray(ops.cast(value, "float64")) for value in values]

    ours = results(backend.convolution, dtype)
    exact = results(lambda x, weights: ops.conv(x, weights, padding="same"), "float64")
    for one, other in zip(ours, exact, strict=True):
        assert one.shape == other.shape
        assert np.abs(one - other).max() < tolerance * np.abs(other).max()
