"""All that Keras leaves to its backend: differentiate, and compile.

Nothing else in this library imports TensorFlow, and Keras is taken from here too, so that
TensorFlow's start-up notices are caught once, wherever the first import happens.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def _silent_stderr() -> Iterator[None]:
    # TensorFlow announces oneDNN and missing GPUs from C++ before any log level applies, so
    # only the file descriptor itself can be turned away. Python's own errors still get out.
    sys.stderr.flush()
    saved = os.dup(2)
    with open(os.devnull, "w") as sink:
        os.dup2(sink.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


with _silent_stderr():
    import keras
    import tensorflow as tf
    from keras import ops

    tf.config.list_physical_devices()  # looks for GPUs now, and complains now if there is none
    # The remapper fails on the gradient of a fused LeakyReLU and says so at every trace.
    tf.config.optimizer.set_experimental_options({"remapping": False})

__all__ = ["keras", "ops"]

Tensor = Any
Variables = Sequence[Any]  # Keras variables


def value_and_gradients(
    function: Callable[..., Tensor], *arguments: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """`function(*arguments)`, a scalar, and its gradient with respect to each argument."""
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
    """`function()`, a scalar and something beside it, and the scalar's gradients."""
    with _watching(variables) as tape:
        value, beside = function()
    return value, beside, tape.gradient(value, [v.value for v in variables])


def pullback(
    function: Callable[[], Tensor], variables: Variables
) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
    """`function()` and the map that pulls a gradient at its output back to `variables`."""
    # The forward pass alone: what is to be pulled back is known only later, by whoever calls this.
    with _watching(variables) as tape:
        output = function()
    values = [v.value for v in variables]
    # The product of a gradient at the output, shaped like it, with the Jacobian: one gradient per
    # variable. The tape is used up by it, so the map can be called once.
    return output, lambda gradient: tape.gradient(output, values, output_gradients=gradient)


def compile_step(step: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`step` as one graph. Its arguments must be tensors: a Python number would retrace."""
    return tf.function(step, autograph=False)


def threads() -> int:
    """How many threads one operation may use: they decide how sums are rounded."""
    # TensorFlow says 0 where nothing was set by call: then its environment variable holds, and
    # without that it takes one thread a core.
    asked = tf.config.threading.get_intra_op_parallelism_threads()
    return asked or int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0)) or os.cpu_count() or 1


def device_names() -> list[str]:
    """The accelerators in use, or ["CPU"]."""
    accelerators = tf.config.list_physical_devices("GPU")
    # A card that does not give its name is still an accelerator.
    details = [tf.config.experimental.get_device_details(device) for device in accelerators]
    return [detail.get("device_name", "GPU") for detail in details] or ["CPU"]


@contextmanager
def _watching(variables: Variables) -> Iterator[tf.GradientTape]:
    # Only what will be differentiated is recorded, so that no gradient is built which nobody
    # uses: above all none of the discriminator's weights in the generator's update.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([v.value for v in variables])
        yield tape
