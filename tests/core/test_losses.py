"""Loss variants on rows worked by hand: value and effective weights."""

import numpy as np
import pytest

from aegan_lib import backend, losses
from aegan_lib.backend import ops

# loss, (mse, bce, alpha, beta), value, d/d mse, d/d bce
ROWS = [
    (losses.weighted, (0.5, 2.0, 1.0, 0.25), 1.0, 1.0, 0.25),
    (losses.weighted, (0.5, 2.0, 1.0, 0.0), 0.5, 1.0, 0.0),
    (losses.weighted, (0.5, 2.0, 0.0, 1.0), 2.0, 0.0, 1.0),
    # 0.25 + 0.5 / 0.25; 1 - 0.5 / 0.0625; 0.125 / 0.25
    (losses.inverse, (0.25, 4.0, 1.0, 0.125), 2.25, -7.0, 0.5),
    # alpha = 2: 1 + 0.5 / 1; 2 - 0.5 / (2 * 0.25); 0.25 / 1
    (losses.inverse, (0.5, 2.0, 2.0, 0.25), 1.5, 1.0, 0.25),
    (losses.inverse_detached, (0.25, 4.0, 1.0, 0.125), 2.25, 1.0, 0.5),
    (losses.inverse_detached, (0.5, 2.0, 2.0, 0.25), 1.5, 2.0, 0.25),
    (losses.min_ceiling, (0.25, 4.0, 1.0, 1.0), 0.5, 2.0, 0.0),
    (losses.min_ceiling, (0.75, 0.5, 1.0, 1.0), 1.25, 1.0, 1.0),
]


@pytest.mark.parametrize(("loss", "arguments", "value", "weight_mse", "weight_bce"), ROWS)
def test_value_and_effective_weights(loss, arguments, value, weight_mse, weight_bce):
    mse, bce, alpha, beta = (ops.convert_to_tensor(number, "float32") for number in arguments)
    got, weights = backend.value_and_gradients(lambda m, b: loss(m, b, alpha, beta), mse, bce)
    assert float(got) == pytest.approx(value)
    assert [float(w) for w in weights] == pytest.approx([weight_mse, weight_bce])


def test_v1_is_flat_where_its_docstring_says():
    mse = ops.convert_to_tensor((0.0005 * 5) ** 0.5, "float32")
    _, (weight,) = backend.value_and_gradients(lambda m: losses.inverse(m, 5.0, 1.0, 0.0005), mse)
    assert float(mse) == pytest.approx(0.05)
    assert float(weight) == pytest.approx(0, abs=1e-5)


def test_mean_squared_error_by_hand():
    x = np.array([[1.0, -1.0], [0.5, 0.0]], "float32")
    y = np.array([[0.0, -1.0], [0.0, 0.5]], "float32")
    assert float(losses.mean_squared_error(x, y)) == pytest.approx((1 + 0 + 0.25 + 0.25) / 4)


def test_binary_cross_entropy_by_hand_and_at_the_extremes():
    def bce(labels, logits):
        columns = (np.array(values, "float32")[:, None] for values in (labels, logits))
        return float(losses.binary_cross_entropy(*columns))

    assert bce([1, 0], [0, 0]) == pytest.approx(np.log(2))
    assert bce([1], [np.log(3)]) == pytest.approx(np.log(4 / 3))  # sigmoid = 3/4
    # A sigmoid would have rounded to 1 here and the textbook formula to infinity.
    assert bce([0], [200]) == pytest.approx(200)
    assert bce([1], [200]) == 0


def test_shapes_are_checked_and_never_broadcast():
    with pytest.raises(ValueError, match=r"one shape.*\(2,\).*\(2, 1\)"):
        losses.binary_cross_entropy(np.ones(2, "float32"), np.ones((2, 1), "float32"))
    with pytest.raises(ValueError, match="one shape"):
        losses.mean_squared_error(np.ones((2, 4, 4, 3)), np.ones((1, 4, 4, 3)))
