"""Differentiate and compile with TensorFlow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import tensorflow as tf

from aegan_lib import backend
from aegan_lib.backend import Tensor, Variables

PACKAGES = ("tensorflow",)

tf.config.list_physical_devices()  # looks for GPUs now, and complains now if there is none
# The remapper fails on the gradient of a fused LeakyReLU and says so at every trace.
tf.config.optimizer.set_experimental_options({"remapping": False})


def value_and_gradients(
    function: Callable[..., Tensor], *arguments: Tensor
) -> tuple[Tensor, list[Tensor]]:
    # The arguments are tensors, which no tape watches unasked. Weights that `function` uses stay
    # unwatched: nobody asks for their gradients here.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(arguments)
        value = function(*arguments)
    # A loss that ignores an argument has gradient zero there, not none.
    return value, tape.gradient(value, arguments, unconnected_gradients="zero")


def variable_gradients(
    function: Callable[[], tuple[Tensor, Tensor]], variables: Variables
) -> tuple[Tensor, Tensor, list[Tensor]]:
    with _watching(variables) as tape:
        value, beside = function()
    return value, beside, tape.gradient(value, [v.value for v in variables])


def pullback(
    function: Callable[[], Tensor], variables: Variables
) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
    # The forward pass alone: what is to be pulled back is known only later, by whoever calls this.
    with _watching(variables) as tape:
        output = function()
    values = [v.value for v in variables]
    # The tape is used up by it.
    return output, lambda gradient: tape.gradient(output, values, output_gradients=gradient)


def convolution(x: Tensor, kernel: Tensor) -> Tensor:
    # As a value: of a variable, TensorFlow would want to make the gradient's bookkeeping itself.
    return _convolution(x, tf.convert_to_tensor(kernel))


@tf.custom_gradient
def _convolution(x: Tensor, kernel: Tensor) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
    # On processors a convolution that gives few channels is three to five times slower than its
    # arithmetic, forward as backward. The same sums are therefore taken in another order.
    def gradient(upstream: Tensor) -> list[Tensor]:
        few = kernel.shape[3] < kernel.shape[2]
        # The sum over places of input times gradient, at each offset, is that of gradient times
        # input at the opposite one: asked for in the order that gives many channels.
        first, last = (upstream, x) if few else (x, upstream)
        weights = tf.raw_ops.Conv2DBackpropFilter(
            input=first,
            filter_sizes=(*kernel.shape[:2], first.shape[3], last.shape[3]),
            out_backprop=last,
            strides=(1, 1, 1, 1),
            padding="SAME",
        )
        return [_convolved(upstream, _turned(kernel)), _turned(weights) if few else weights]

    return _convolved(x, kernel), gradient


def _convolved(x: Tensor, kernel: Tensor) -> Tensor:
    size, _, inputs, outputs = kernel.shape
    if outputs >= inputs:
        return tf.nn.conv2d(x, kernel, 1, "SAME")
    # Every row of the kernel by itself: (n, h, w, k * o), of which row r belongs r - k // 2 lower.
    rows = tf.reshape(tf.transpose(kernel, (1, 2, 0, 3)), (1, size, inputs, size * outputs))
    by_row = tf.nn.conv2d(x, rows, 1, "SAME")
    exact = by_row if by_row.dtype.size > 2 else tf.cast(by_row, tf.float32)
    around = size // 2
    exact = tf.pad(exact, ((0, 0), (around, around), (0, 0), (0, 0)))
    height = x.shape[1]
    parts = [
        exact[:, row : row + height, :, row * outputs : (row + 1) * outputs] for row in range(size)
    ]
    return tf.cast(tf.add_n(parts), x.dtype)


def _turned(kernel: Tensor) -> Tensor:
    """Upside down, left to right, inputs for outputs: what takes gradients back."""
    return tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))


def compile_step(step: Callable[..., Tensor], _: Variables) -> Callable[..., Tensor]:
    # A graph of TensorFlow's finds the variables that it reads and writes by itself.
    return tf.function(step, autograph=False)


def block_limit() -> int:
    return 1


def threads() -> int:
    # TensorFlow says 0 where nothing was set by call: then its environment variable holds, and
    # without that, or where it holds no number, it takes one thread for each core that it may use.
    return tf.config.threading.get_intra_op_parallelism_threads() or backend.asked_threads()


def device_names() -> list[str]:
    accelerators = tf.config.list_physical_devices("GPU")
    # A card that does not give its name is still an accelerator.
    details = [tf.config.experimental.get_device_details(device) for device in accelerators]
    return [detail.get("device_name", "GPU") for detail in details]


@contextmanager
def _watching(variables: Variables) -> Iterator[tf.GradientTape]:
    # Only what will be differentiated is recorded, so that no gradient is built which nobody
    # uses: above all none of the discriminator's weights in the generator's update.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([v.value for v in variables])
        yield tape
