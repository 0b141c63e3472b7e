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
